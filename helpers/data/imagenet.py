"""ImageNet as it comes: the 50 validation pictures a class alone, or all of ILSVRC 2012.

$IMAGENET_DIR names the folder. What lies in it decides what is read:

| in the folder | train | val | test |
|---|---|---|---|
| val/, or the validation pictures themselves | 40 a class | 5 a class | 5 a class |
| train/ and val/ | the rest of train/ | 50 a class of train/ | val/ |

Which of the 50 go where is drawn by the seed: a tenth to val, a tenth to test. With train/, all
official validation pictures are test, as in the literature, and val is held out of train/: 50 of
a class, or a tenth where it has fewer than 500. The full set is streamed from its files.

Validation pictures lie in a folder for each WordNet id (`helpers.data.sort_imagenet` makes them),
or flat with ILSVRC2012_devkit_t12/ beside. Classes are in the sorted order of their WordNet ids,
as networks trained on ImageNet count them; their names come from the devkit where it is there,
else the ids stand for them.
"""

import os
import random
import re
from collections import defaultdict
from pathlib import Path

from helpers.data import devkit, folder
from helpers.data.splits import Splits

Files = dict[str, list[Path]]  # WordNet id -> pictures, in the order of the ids
HELD_OUT = 50  # of each class of train/


def load(*, size: int, per_class: int | None, seed: int) -> Splits:
    """The pictures under $IMAGENET_DIR.

    Raises:
        FileNotFoundError: the variable is not set, or its folder has no validation pictures.
        ValueError: train/ and val/ have other classes.
    """
    root = _root()
    kit = devkit.read(root / devkit.FOLDER) if (root / devkit.FOLDER).is_dir() else None
    skipped: list[str] = []
    validation = _validation(root / "val" if (root / "val").is_dir() else root, kit, skipped)
    full = (root / "train").is_dir()
    if full:
        train = _sorted(root / "train", skipped)
        _check_same(root, train, validation)
        listing = _listing_of_all(train, validation, seed)
    else:
        listing = _listing_of_fifty(validation, seed)
    names = [kit.words[wnid][0] if kit else wnid for wnid in validation]
    return folder.read(
        "imagenet",
        root,
        listing,
        names,
        size=size,
        per_class=per_class,
        skipped=skipped,
        streamed=full,
    )


def _root() -> Path:
    named = os.environ.get("IMAGENET_DIR")
    if not named:
        raise FileNotFoundError(
            "ImageNet is not here: IMAGENET_DIR is not set; fetch ILSVRC2012_img_val.tar and the "
            "devkit from image-net.org (it asks for an account) and name the folder they are in"
        )
    root = Path(named).expanduser()
    if not root.is_dir():
        raise FileNotFoundError(f"IMAGENET_DIR={named}: no such folder")
    return root


def _validation(place: Path, kit: devkit.Devkit | None, skipped: list[str]) -> Files:
    """The validation pictures of each class, from class folders or by the devkit."""
    if any(re.fullmatch(r"n\d{8}", entry.name) for entry in place.iterdir()):
        return _sorted(place, skipped)
    there = {file.name for file in place.glob("ILSVRC2012_val_*.JPEG")}
    if there and kit:
        return _by_devkit(place, there, kit, skipped)
    wanted = f"{devkit.FOLDER}/ beside them" if there else "n01440764/ and so on, or flat pictures"
    raise FileNotFoundError(
        f"IMAGENET_DIR: {place} has {len(there):,} flat validation pictures and no class folders; "
        f"wanted {wanted}"
    )


def _by_devkit(place: Path, there: set[str], kit: devkit.Devkit, skipped: list[str]) -> Files:
    files: Files = defaultdict(list)
    wanted = kit.wnid_of()
    for name in sorted(there & wanted.keys()):
        files[wanted[name]].append(place / name)
    if missing := sorted(wanted.keys() - there):
        skipped.append(f"{place}: {len(missing):,} pictures are missing, the first {missing[0]}")
    skipped += [
        f"{place / name}: not in the ground truth" for name in sorted(there - wanted.keys())
    ]
    return dict(sorted(files.items()))


def _sorted(place: Path, skipped: list[str]) -> Files:
    """The pictures of each class folder that is named by a WordNet id."""
    files: Files = {}
    for entry in sorted(place.iterdir()):
        if re.fullmatch(r"n\d{8}", entry.name) and entry.is_dir():
            files[entry.name], more = folder.pictures_in(entry)
            skipped += more
    return files


def _check_same(root: Path, train: Files, validation: Files) -> None:
    if differing := sorted(train.keys() ^ validation.keys()):
        where = "train/" if differing[0] in train else "val/"
        raise ValueError(
            f"{root}: train/ has {len(train):,} classes and val/ {len(validation):,}, and "
            f"{differing[0]} is only in {where}; both need the same class folders"
        )


def _listing_of_fifty(validation: Files, seed: int) -> folder.Listing:
    listing: folder.Listing = {part: [] for part in folder.PARTS}
    for label, wnid in enumerate(validation):
        for part, files in folder.tenths(validation[wnid], seed).items():
            listing[part] += [(file, label) for file in files]
    return listing


def _listing_of_all(train: Files, validation: Files, seed: int) -> folder.Listing:
    listing: folder.Listing = {part: [] for part in folder.PARTS}
    for label, wnid in enumerate(train):
        files = train[wnid][:]
        random.Random(seed).shuffle(files)
        held_out = min(HELD_OUT, len(files) // 10)
        parts = {"val": files[:held_out], "train": files[held_out:], "test": validation[wnid]}
        for part, chosen in parts.items():
            listing[part] += [(file, label) for file in chosen]
    return listing
