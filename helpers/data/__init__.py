"""Pictures as tensors: `load` gives any data set as three parts with labels.

| name | pictures |
|---|---|
| `drawn` | ten of ImageNet's classes drawn by code, with masks and boxes; no download |
| `imagenette` | photographs of ten classes: downloaded, or read from $IMAGENETTE_DIR |
| `imagenet` | ILSVRC 2012 from $IMAGENET_DIR: its 50 validation pictures a class, or all of it |
| a folder | yours: a subfolder a class, or train/, val/, test/ with those in them |
"""

import os
import warnings
from pathlib import Path

from helpers.data.splits import Part, Splits
from helpers.data.stream import Stream
from helpers.names import choose

__all__ = ["Part", "Splits", "Stream", "load"]
NAMES = ("drawn", "imagenette", "imagenet")


def load(
    name: str | Path = "drawn", *, size: int = 112, per_class: int | None = None, seed: int = 0
) -> Splits:
    """A data set as pictures of `size` by `size` pixels, decoded once and cached.

    Args:
        name: "drawn", "imagenette", "imagenet" or a folder.
        size: height and width of the pictures in pixels, 1 or more.
        per_class: how many training pictures a class; None takes the usual number or all.
        seed: draws other pictures (`drawn`), or divides what has no parts.

    Pictures that would fill more than half of the memory, and all of ImageNet, are not decoded
    at once: their parts are Streams, with `batches` and without `images`.

    Raises:
        ValueError: an unknown name, a size or number below 1, `per_class` larger than a class,
            or parts whose classes differ.
        FileNotFoundError: a folder without pictures.
    """
    for what, value in (("size", size), ("per_class", per_class)):
        if value is not None and value < 1:
            raise ValueError(f"{what} must be 1 or more, got {value}")
    splits = _load(name, size, per_class, seed)
    if splits.skipped:
        shown = "\n  ".join(splits.skipped[:5])
        warnings.warn(f"{len(splits.skipped)} left out of {name}:\n  {shown}", stacklevel=2)
    return splits


def _load(name: str | Path, size: int, per_class: int | None, seed: int) -> Splits:
    """What each data set needs is imported only when it is asked for."""
    if os.sep in str(name) or Path(name).is_dir():
        from helpers.data import folder

        root = Path(name).expanduser()
        return folder.load(root.name, root, size=size, per_class=per_class, seed=seed)
    known = choose("data set (nor folder)", str(name), NAMES)
    if known == "drawn":
        from helpers.data import drawing

        return drawing.load(size=size, per_class=per_class, seed=seed)
    if known == "imagenet":
        from helpers.data import imagenet

        return imagenet.load(size=size, per_class=per_class, seed=seed)
    from helpers.data import imagenette

    return imagenette.load(size=size, per_class=per_class)
