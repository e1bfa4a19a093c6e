"""Pictures as tensors: `load` gives any data set as three parts with labels.

| name | pictures |
|---|---|
| `drawn` | ten of ImageNet's classes drawn by code, with masks and boxes; no download |
| `imagenette` | photographs of ten classes: downloaded, or read from $IMAGENETTE_DIR |
| a folder | yours: a subfolder a class, or train/, val/, test/ with those in them |
"""

import os
import warnings
from pathlib import Path

from helpers.data.splits import Part, Splits
from helpers.names import choose

__all__ = ["Part", "Splits", "load"]
NAMES = ("drawn", "imagenette")


def load(
    name: str | Path = "drawn", *, size: int = 112, per_class: int | None = None, seed: int = 0
) -> Splits:
    """A data set as pictures of `size` by `size` pixels, decoded once and cached.

    Args:
        name: "drawn", "imagenette" or a folder.
        size: height and width of the pictures in pixels, 1 or more.
        per_class: how many training pictures a class; None takes the usual number or all.
        seed: draws other pictures (`drawn`), or divides a folder that has no parts.

    Raises:
        ValueError: an unknown name, or a size or number below 1.
        FileNotFoundError: a folder without pictures.
    """
    for what, value in (("size", size), ("per_class", per_class)):
        if value is not None and value < 1:
            raise ValueError(f"{what} must be 1 or more, got {value}")
    if os.sep in str(name) or Path(name).is_dir():
        from helpers.data import folder

        root = Path(name).expanduser()
        splits = folder.load(root.name, root, size=size, per_class=per_class, seed=seed)
    elif choose("data set (nor folder)", str(name), NAMES) == "drawn":
        from helpers.data import drawing

        splits = drawing.load(size=size, per_class=per_class, seed=seed)
    else:
        from helpers.data import imagenette

        splits = imagenette.load(size=size, per_class=per_class)
    if splits.skipped:
        shown = "\n  ".join(splits.skipped[:5])
        warnings.warn(f"{len(splits.skipped)} left out of {name}:\n  {shown}", stacklevel=2)
    return splits
