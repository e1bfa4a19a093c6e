"""A folder of pictures, a subfolder a class, to three parts of arrays."""

import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from helpers.data import cache
from helpers.data.pictures import SUFFIXES, PictureError, fit, open_picture
from helpers.data.splits import Part, Splits
from helpers.data.stream import Stream

PARTS = ("train", "val", "test")
Listing = dict[str, list[tuple[Path, int]]]  # part -> (file, label)


def load(name: str, root: Path, *, size: int, per_class: int | None, seed: int) -> Splits:
    """The pictures under `root`: train/, val/ and test/ where they exist, each with a folder a
    class; otherwise `root` itself has a folder a class, and a tenth of each class is val and
    another tenth test.

    Raises:
        FileNotFoundError: no such folder, or no picture in it.
    """
    divided = (root / "train").is_dir()
    classes, skipped = class_folders(root / "train" if divided else root)
    listing: Listing = {part: [] for part in PARTS}
    if divided:
        _check_same_classes(root, classes)
    for label, name_ in enumerate(classes):
        for part in PARTS if divided else ("",):
            files, more = pictures_in(root / part / name_)
            skipped += more
            for own, chosen in ({part: files} if divided else tenths(files, seed)).items():
                listing[own] += [(file, label) for file in chosen]
    return read(name, root, listing, classes, size=size, per_class=per_class, skipped=skipped)


def _check_same_classes(root: Path, classes: list[str]) -> None:
    """Raises: ValueError when val/ or test/ has a class that train/ has not."""
    for part in ("val", "test"):
        if (root / part).is_dir():
            unknown = sorted(set(class_folders(root / part)[0]) - set(classes))
            if unknown:
                raise ValueError(
                    f"{root}: {part}/ has the class {unknown[0]!r}, which train/ has not "
                    f"({len(unknown)} such); each part needs folders of the same names"
                )


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


def tenths(files: list[Path], seed: int) -> dict[str, list[Path]]:
    """The files of one class, drawn by `seed`: a tenth to val, a tenth to test (at least one
    each of three or more), the rest to train."""
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
    streamed: bool = False,
) -> Splits:
    """The listed pictures, decoded once and cached, as Splits.

    `per_class` keeps the first of each class in train; val and test stay whole. Where the
    pictures would fill more than half of the machine's memory, or `streamed` says so, the parts
    are Streams.

    Raises:
        FileNotFoundError: no readable picture for train.
        ValueError: `per_class` is more than a class has.
    """
    skipped, parts = list(skipped), {}
    if per_class is not None:
        train = _first_of_each(listing["train"], per_class, classes)
        listing = {**listing, "train": train}
    streamed = streamed or not _fits(sum(map(len, listing.values())), size)
    for part in PARTS:
        if streamed:
            parts[part] = _stream(listing[part], size)
        else:
            parts[part], damaged = _part(root, part, listing[part], size)
            skipped += damaged
    if not len(parts["train"]):
        raise FileNotFoundError(f"{root}: no readable picture for train")
    return Splits(name, **parts, classes=tuple(classes), skipped=tuple(skipped))


def _fits(pictures: int, size: int) -> bool:
    """Whether arrays of so many pictures fill at most half of the machine's memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return pictures * 3 * size * size <= memory / 2


def _first_of_each(
    files: list[tuple[Path, int]], per_class: int, classes: list[str]
) -> list[tuple[Path, int]]:
    kept = Counter()
    first = []
    for file, label in files:
        kept[label] += 1
        if kept[label] <= per_class:
            first.append((file, label))
    scarce = min(range(len(classes)), key=kept.__getitem__)
    if kept[scarce] < per_class:
        raise ValueError(
            f"per_class is {per_class}, and class {classes[scarce]!r} has {kept[scarce]} training "
            "pictures; ask for at most so many, or leave per_class out to take all"
        )
    return first


def _stream(files: list[tuple[Path, int]], size: int) -> Stream:
    labels = torch.tensor([label for _, label in files], dtype=torch.int64)
    return Stream(labels, tuple(str(file) for file, _ in files), size)


def _part(
    root: Path, part: str, files: list[tuple[Path, int]], size: int
) -> tuple[Part, list[str]]:
    """The pictures, and a sentence for each that cannot be read."""
    stamps = [(str(f.relative_to(root)), *_stamp(f)) for f, _ in files]
    key = cache.key(__name__, "rows of pixels", size, str(root.resolve()), stamps)
    name = f"{root.name[:40]}-{part}-{key}"
    found = cache.arrays(name, lambda: decode([f for f, _ in files], size, part))
    readable = found["readable"]
    reasons = bytes(found["reasons"]).decode().split("\n")
    labels = torch.tensor([label for _, label in files], dtype=torch.int64)
    paths = tuple(str(f) for (f, _), ok in zip(files, readable, strict=True) if ok)
    images = torch.from_numpy(found["pixels"]).permute(0, 3, 1, 2)
    part = Part(images, labels[torch.from_numpy(readable)], paths=paths)
    return part, [reason for reason in reasons if reason]


def _stamp(file: Path) -> tuple[int, int, bool]:
    """What changes when the file does, or when it may be read at last."""
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns, os.access(file, os.R_OK)


def decode(files: list[Path], size: int, what: str = "pictures") -> cache.Arrays:
    """pixels uint8 (readable, size, size, 3), readable bool (N,), reasons utf-8 lines.

    Pixels lie in memory as a picture file has them, which makes each crop of them twice as fast
    as from whole channels.
    """
    pixels = np.zeros((len(files), size, size, 3), np.uint8)

    def one(row: int) -> str | None:
        try:
            pixels[row] = np.asarray(fit(open_picture(files[row], size), size))
        except PictureError as error:
            return str(error).replace("\n", " ")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        progress = tqdm(pool.map(one, range(len(files))), what, len(files), disable=None)
        reasons = list(progress)
    readable = np.array([reason is None for reason in reasons], bool)
    text = "\n".join(reason for reason in reasons if reason is not None)
    return {
        "pixels": pixels if readable.all() else pixels[readable],
        "readable": readable,
        "reasons": np.frombuffer(text.encode(errors="replace"), np.uint8),
    }
