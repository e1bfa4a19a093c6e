"""Imagenette: photographs of ten of ImageNet's classes, as its authors distribute them.

Source: https://github.com/fastai/imagenette. Which file belongs to which part is decided here
and not by its folder: files named ILSVRC2012_val_* come from ImageNet's own validation pictures,
which no network trained on ImageNet has seen, so they are test.
"""

import os
from pathlib import Path

from helpers.data import folder
from helpers.data.splits import Splits

CLASSES = {
    "n01440764": "tench",
    "n02102040": "English springer",
    "n02979186": "cassette player",
    "n03000684": "chain saw",
    "n03028079": "church",
    "n03394916": "French horn",
    "n03417042": "garbage truck",
    "n03425413": "gas pump",
    "n03445777": "golf ball",
    "n03888257": "parachute",
}


def part_of(file: Path) -> str:
    """The part of one file of train/ or val/."""
    return "test" if file.name.startswith("ILSVRC2012_val_") else file.parent.parent.name


def root() -> Path:
    """$IMAGENETTE_DIR, else the folder of the archive, downloaded once (326 MB).

    Raises:
        FileNotFoundError: IMAGENETTE_DIR names no folder with train/ and val/ in it.
    """
    named = os.environ.get("IMAGENETTE_DIR")
    place = Path(named) if named else fetched()
    for sub in ("train", "val"):
        if not (place / sub).is_dir():
            raise FileNotFoundError(
                f"IMAGENETTE_DIR={place}: no folder {sub}/ in it; give the folder that holds the "
                "archive's train/ and val/, or unset the variable and it is downloaded"
            )
    return place


def load(*, size: int, per_class: int | None) -> Splits:
    """The photographs under `root`.

    Raises:
        FileNotFoundError: as `root`.
    """
    place = root()
    listing: folder.Listing = {part: [] for part in folder.PARTS}
    skipped: list[str] = []
    for label, wnid in enumerate(CLASSES):
        for sub in ("train", "val"):
            files, more = folder.pictures_in(place / sub / wnid)
            skipped += more
            for file in files:
                listing[part_of(file)].append((file, label))
    names = list(CLASSES.values())
    return folder.read(
        "imagenette", place, listing, names, size=size, per_class=per_class, skipped=skipped
    )


def fetched() -> Path:
    """The folder of the downloaded archive, fetched and unpacked where it is not there yet."""
    from helpers.data import download

    return download.imagenette()
