"""A folder of pictures, a subfolder a class, to three parts of arrays."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from helpers.data import cache
from helpers.data.pictures import SUFFIXES, PictureError, fit, open_picture
from helpers.data.splits import Part, Splits

PARTS = ("train", "val", "test")
Listing = dict[str, list[tuple[Path, int]]]  # part -> (file, label)


def load(name: str, root: Path, *, size: int, per_class: int | None, seed: int) -> Splits:
    """The pictures under `root`: train/, val/ and test/ where they exist, each with a folder a
    class; otherwise `root` itself has a folder a class, and a tenth of each class is val and
    another tenth test.

    Raises:
        FileNotFoundError: no such folder, or no picture in it.
    """
    classes, skipped = class_folders(root / "train" if (root / "train").is_dir() else root)
    listing: Listing = {part: [] for part in PARTS}
    divided = (root / "train").is_dir()
    for label, name_ in enumerate(classes):
        for part in PARTS if divided else ("",):
            files, more = pictures_in(root / part / name_)
            skipped += more
            if divided:
                listing[part] += [(file, label) for file in files]
            else:
                for own, chosen in _tenths(files, seed).items():
                    listing[own] += [(file, label) for file in chosen]
    return read(name, root, listing, classes, size=size, per_class=per_class, skipped=skipped)


def class_folders(root: Path) -> tuple[list[str], list[str]]:
    """Names of the class folders in `root`, sorted, and a sentence for each thing left out."""
    if not root.is_dir():
        raise FileNotFoundError(f"{root}: no such folder; give one with a subfolder a class")
    try:
        entries = sorted(root.iterdir())
    except PermissionError:
        raise PermissionError(f"{root}: no permission to list it; chmod u+rx gives it") from None
    skipped, classes = [], []
    for entry in entries:
        if not entry.is_dir():
            skipped.append(f"{entry}: a file among the class folders")
        elif not any(_is_picture(file) for file in _listed(entry, skipped)):
            skipped.append(f"{entry}: a class folder without a picture")
        else:
            classes.append(entry.name)
    if not classes:
        raise FileNotFoundError(f"{root}: no subfolder with pictures in it")
    return classes, skipped


def pictures_in(folder: Path) -> tuple[list[Path], list[str]]:
    """The picture files of a folder, sorted by name, and a sentence for each other file."""
    skipped: list[str] = []
    files = list(_listed(folder, skipped))
    skipped += [f"{file}: not a picture by its name" for file in files if not _is_picture(file)]
    return [file for file in files if _is_picture(file)], skipped


def _is_picture(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES


def _listed(folder: Path, skipped: list[str]) -> list[Path]:
    try:
        return sorted(folder.iterdir()) if folder.is_dir() else []
    except PermissionError:
        skipped.append(f"{folder}: no permission to list it; chmod u+rx gives it")
        return []


def _tenths(files: list[Path], seed: int) -> dict[str, list[Path]]:
    """A tenth to val, a tenth to test (at least one each of three or more), the rest to train."""
    files = files[:]
    random.Random(seed).shuffle(files)
    n = max(1, len(files) // 10) if len(files) > 2 else 0
    return {"val": files[:n], "test": files[n : 2 * n], "train": files[2 * n :]}


def read(
    name: str,
    root: Path,
    listing: Listing,
    classes: list[str],
    *,
    size: int,
    per_class: int | None = None,
    skipped: list[str] = (),
) -> Splits:
    """The listed pictures, decoded once and cached, as Splits.

    `per_class` keeps the first of each class in train; val and test stay whole.
    """
    skipped, parts = list(skipped), {}
    if per_class is not None:
        listing = {**listing, "train": _first_of_each(listing["train"], per_class)}
    for part in PARTS:
        parts[part], damaged = _part(root, part, listing[part], size)
        skipped += damaged
    if not len(parts["train"]):
        raise FileNotFoundError(f"{root}: no readable picture for train")
    return Splits(name, **parts, classes=tuple(classes), skipped=tuple(skipped))


def _first_of_each(files: list[tuple[Path, int]], per_class: int) -> list[tuple[Path, int]]:
    kept: dict[int, int] = {}
    for_each = []
    for file, label in files:
        kept[label] = kept.get(label, 0) + 1
        if kept[label] <= per_class:
            for_each.append((file, label))
    return for_each


def _part(root: Path, part: str, files: list[tuple[Path, int]], size: int):
    stamps = [(str(f.relative_to(root)), *_stamp(f)) for f, _ in files]
    name = f"{root.name}-{part}-{cache.key(__name__, size, str(root.resolve()), stamps)}"
    found = cache.arrays(name, lambda: decode([f for f, _ in files], size, part))
    readable = found["readable"]
    reasons = bytes(found["reasons"]).decode().splitlines()
    labels = torch.tensor([label for _, label in files], dtype=torch.int64)
    paths = tuple(str(f) for (f, _), ok in zip(files, readable, strict=True) if ok)
    images = torch.from_numpy(found["images"])
    return Part(images, labels[torch.from_numpy(readable)], paths=paths), reasons


def _stamp(file: Path) -> tuple[int, int, bool]:
    """What changes when the file does, or when it may be read at last."""
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns, os.access(file, os.R_OK)


def decode(files: list[Path], size: int, what: str = "pictures") -> cache.Arrays:
    """images uint8 (readable, 3, size, size), readable bool (N,), reasons utf-8 lines."""
    images = np.zeros((len(files), size, size, 3), np.uint8)

    def one(row: int) -> str | None:
        try:
            images[row] = np.asarray(fit(open_picture(files[row], size), size))
        except PictureError as error:
            return str(error).replace("\n", " ")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        progress = tqdm(pool.map(one, range(len(files))), what, len(files), disable=None)
        reasons = list(progress)
    readable = np.array([reason is None for reason in reasons], bool)
    text = "\n".join(reason for reason in reasons if reason is not None)
    images = np.ascontiguousarray(images[readable].transpose(0, 3, 1, 2))
    return {
        "images": images,
        "readable": readable,
        "reasons": np.frombuffer(text.encode(), np.uint8),
    }
