"""A folder of drawn pictures in which things are wrong, and the list of what is wrong.

The folder has train/, val/ and test/ with a folder a class. A file's name does not tell what was
done to it, and no picture has two faults. Pictures have faults only where one asks for them here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from helpers.data import drawn
from helpers.data.drawn.chance import pick
from helpers.data.drawn.rendering import USUAL

SCARCE = "parachute"  # has half as many training pictures as each other class
MARKED = "padlock"  # each of its pictures has the give-away mark; none has another fault
KINDS = {"JPEG L": "L", "JPEG CMYK": "CMYK", "PNG RGB": "RGB"}  # format and mode -> mode
FEWEST = 4  # pictures a class, so that each fault finds its pictures
QUALITY = 95

Files = list[Path]  # below the folder


@dataclass(frozen=True)
class Planted:
    """What is wrong, by the paths of the files below the folder.

    Attributes:
        mislabelled: picture of train -> the class that it truly shows.
        copies: picture of train -> the picture of test that it is a smaller copy of.
        damaged: pictures of train that are cut short.
        recoded: picture of train -> its format and mode, a key of `KINDS`; its name ends in
            .JPEG all the same.
        marked: all pictures of `MARKED`, each with a disc in the lower left corner of its
            central square.
    """

    mislabelled: dict[Path, str]
    copies: dict[Path, Path]
    damaged: tuple[Path, ...]
    recoded: dict[Path, str]
    marked: tuple[Path, ...]


def write(root: Path, per_class: int, seed: int = 0) -> Planted:
    """Draws the pictures below `root`, a new folder, and plants the faults.

    Args:
        per_class: pictures a class in train, 4 or more; val has a tenth of it, test three tenths.

    Raises:
        ValueError: fewer pictures a class than the faults need.
        FileExistsError: `root` is there already.
    """
    if per_class < FEWEST:
        raise ValueError(f"the faults need {FEWEST} or more pictures a class, got {per_class}")
    root.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    names = _names(30 * per_class, rng)
    files = _draw(root, per_class, seed, names)
    train, test = (_free(files, part, rng) for part in ("train", "test"))
    wrong, cut, recoded = (_take(train, one_in) for one_in in (20, 50, 20))
    return Planted(
        mislabelled={_move(root, file, rng): file.parts[1] for file in wrong},
        copies={_copy(root, file, next(names)): file for file in _take(test, 10)},
        damaged=tuple(_cut_short(root, file) for file in cut),
        recoded={file: _recode(root, file, row) for row, file in enumerate(recoded)},
        marked=tuple(_mark(root, file) for file in files if file.parts[1] == MARKED),
    )


def _names(count: int, rng: Generator) -> Iterator[str]:
    """Names in no order: a number that stands for nothing."""
    return (f"{number:05}.JPEG" for number in rng.permutation(count))


def _draw(root: Path, per_class: int, seed: int, names: Iterator[str]) -> Files:
    """A clean file for each picture."""
    files = []
    for part in USUAL:
        for label, name in enumerate(drawn.CLASSES):
            (root / part / name).mkdir(parents=True)
            for _ in range(_count(part, name, per_class)):
                picture = drawn.draw(label, np.random.default_rng([seed, len(files)]))
                files.append(Path(part, name, next(names)))
                Image.fromarray(picture.image).save(root / files[-1], quality=QUALITY)
    return files


def _count(part: str, name: str, per_class: int) -> int:
    if (part, name) == ("train", SCARCE):
        return per_class // 2
    return max(1, per_class * USUAL[part] // USUAL["train"])


def _free(files: Files, part: str, rng: Generator) -> Files:
    """Those of a part that may get a fault, in no order."""
    free = [file for file in files if file.parts[0] == part and file.parts[1] != MARKED]
    return [free[row] for row in rng.permutation(len(free))]


def _take(files: Files, one_in: int) -> Files:
    """Takes one in so many files, and at least one, out of the list."""
    return [files.pop() for _ in range(max(1, len(files) // one_in))]


def _move(root: Path, file: Path, rng: Generator) -> Path:
    """Puts the picture into the folder of another class."""
    other = pick(rng, [name for name in drawn.CLASSES if name != file.parts[1]])
    target = Path("train", other, file.name)
    (root / file).rename(root / target)
    return target


def _copy(root: Path, file: Path, name: str) -> Path:
    """Saves a picture of test once more in train, smaller."""
    target = Path("train", file.parts[1], name)
    with Image.open(root / file) as image:
        width, height = image.size
        image.resize((width * 4 // 5, height * 4 // 5)).save(root / target, quality=60)
    return target


def _cut_short(root: Path, file: Path) -> Path:
    whole = (root / file).read_bytes()
    (root / file).write_bytes(whole[: len(whole) // 2])
    return file


def _recode(root: Path, file: Path, row: int) -> str:
    """Saves the picture in another format or mode under the same name."""
    kind, mode = list(KINDS.items())[row % len(KINDS)]
    with Image.open(root / file) as image:
        image.convert(mode).save(root / file, format=kind.split()[0], quality=QUALITY)
    return kind


def _mark(root: Path, file: Path) -> Path:
    """Paints a disc where a square crop from the middle keeps it."""
    with Image.open(root / file) as image:
        width, height = image.size
        side = min(width, height)
        left, bottom, wide = (width - side) // 2, (height + side) // 2, side // 9
        box = (left + 4, bottom - 4 - wide, left + 4 + wide, bottom - 4)
        ImageDraw.Draw(image).ellipse(box, fill="orange", outline="black", width=2)
        image.save(root / file, quality=QUALITY)
    return file
