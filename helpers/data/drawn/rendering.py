"""A part of the data set as arrays: which pictures it has, and at what size."""

import sys
from collections.abc import Iterable, Iterator

import numpy as np
from numpy import ndarray
from PIL import Image
from tqdm import tqdm

from helpers.data.drawn import processes, scene
from helpers.data.drawn.kinds import KINDS
from helpers.data.drawn.processes import Record
from helpers.data.pictures import fit
from helpers.names import choose

PARTS = ("train", "val", "test")
USUAL = {"train": 200, "val": 20, "test": 60}  # pictures a class
FEW = 100  # so few pictures are drawn before another process has started


def render(
    part: str, per_class: int | None = None, size: int = 112, seed: int = 0
) -> dict[str, ndarray]:
    """All pictures of a part, class after class.

    Args:
        part: "train", "val" or "test".
        per_class: pictures a class in train; val has a tenth of it, test three tenths.
            None takes 200, 20 and 60.
        size: height and width in pixels.
        seed: 0 or more; another seed draws other pictures.

    Returns:
        images uint8 (N, 3, size, size); labels int64 (N,); masks uint8 (N, size, size);
        boxes int64 (N, 2, 4), -1 where a picture has no second object.

    Raises:
        ValueError: an unknown part, or a negative seed.
        RuntimeError: a drawing process ended early.
    """
    choose("part of the drawn pictures", part, PARTS)
    if seed < 0:
        raise ValueError(f"the seed of the drawn pictures must be 0 or more, got {seed}")
    count = _count(part, per_class)
    made = _empty(count, size)
    bar = tqdm(total=len(made["labels"]), desc=part, disable=not sys.stderr.isatty())

    def take(row: int, record: Record) -> None:
        made["images"][row], made["masks"][row], made["boxes"][row] = record
        bar.update()

    with bar:
        _draw((part, count, size, seed), len(made["labels"]), take)
    return made


def _empty(count: int, size: int) -> dict[str, ndarray]:
    total = count * len(KINDS)
    return {
        "images": np.empty((total, 3, size, size), np.uint8),
        "labels": np.repeat(np.arange(len(KINDS), dtype=np.int64), count),
        "masks": np.empty((total, size, size), np.uint8),
        "boxes": np.empty((total, 2, 4), np.int64),
    }


def _draw(job: tuple[str, int, int, int], total: int, take) -> None:
    """In other processes where that pays and is possible, else here."""
    if total > FEW and processes.usable() > 1 and sys.executable:
        try:
            return processes.draw(job, total, take)
        except OSError:
            pass  # a sandbox may forbid new processes
    for row, record in enumerate(records(*job, range(total))):
        take(row, record)


def _count(part: str, per_class: int | None) -> int:
    """How many pictures of each class the part has."""
    if per_class is None:
        return USUAL[part]
    tenths = {"train": 10, "val": 1, "test": 3}[part]
    return max(1, per_class * tenths // 10)


def records(part: str, count: int, size: int, seed: int, rows: Iterable[int]) -> Iterator[Record]:
    """Image (3, size, size), mask (size, size) and boxes (2, 4) of the part's rows."""
    kinds = list(KINDS.values())
    for row in rows:
        label, index = divmod(row, count)
        # a stream of its own: more pictures, or other classes, leave this one as it is
        place = np.random.SeedSequence(seed, spawn_key=(PARTS.index(part), label, index))
        picture = scene.draw(kinds[label], np.random.Generator(np.random.PCG64(place)))
        yield _fitted(picture, size)


def _fitted(picture: scene.Picture, size: int) -> Record:
    image = np.asarray(fit(Image.fromarray(picture.image), size)).transpose(2, 0, 1)
    mask = np.asarray(fit(Image.fromarray(picture.mask), size, Image.Resampling.NEAREST))
    boxes, found = np.full((2, 4), -1, np.int64), scene.boxes(mask)
    boxes[: len(found)] = found
    return image, mask, boxes
