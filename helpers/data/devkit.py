"""ILSVRC 2012's development kit: which class each validation picture belongs to.

Its `data` folder has `meta.mat`, a table of 1,860 synsets, and a file with one line a picture:
the ILSVRC2012_ID of its class. Classes are the synsets without children, 1 to 1000 in that
numbering, which is not the sorted order that networks use.

Source: the kit's readme.txt; http://www.image-net.org/challenges/LSVRC/2012.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.io

META, TRUTH = "meta.mat", "ILSVRC2012_validation_ground_truth.txt"
FOLDER = "ILSVRC2012_devkit_t12"
PICTURE = "ILSVRC2012_val_{:08d}.JPEG"


@dataclass(frozen=True)
class Devkit:
    """What the kit says.

    Attributes:
        words: for each class's WordNet id its names, the best known first; sorted by id.
        truth: the WordNet id of each validation picture, in the order of their numbers.
    """

    words: dict[str, tuple[str, ...]]
    truth: tuple[str, ...]

    def wnid_of(self) -> dict[str, str]:
        """Each validation picture's file name and its WordNet id."""
        return {PICTURE.format(k): wnid for k, wnid in enumerate(self.truth, start=1)}


def read(folder: Path) -> Devkit:
    """The kit in `folder`, or in its subfolder `data` as it comes out of the archive.

    Raises:
        FileNotFoundError: one of the two files is not there.
        ValueError: a file of another format, or a picture whose class is not in the table.
    """
    data = folder / "data" if (folder / "data").is_dir() else folder
    for name in (META, TRUTH):
        if not (data / name).is_file():
            raise FileNotFoundError(
                f"{data / name}: no such file; give the folder that ILSVRC2012_devkit_t12.tar.gz "
                "unpacks to"
            )
    leaves = _leaves(data / META)
    truth = _wnids(data / TRUTH, {number: wnid for number, wnid, _ in leaves})
    words = {wnid: tuple(names.split(", ")) for _, wnid, names in leaves}
    return Devkit(dict(sorted(words.items())), truth)


def _leaves(file: Path) -> list[tuple[int, str, str]]:
    """(ILSVRC2012_ID, WordNet id, names) of each synset without children."""
    try:
        synsets = np.atleast_1d(scipy.io.loadmat(file, squeeze_me=True)["synsets"])
        found = [
            (int(row["ILSVRC2012_ID"]), str(row["WNID"]), str(row["words"]))
            for row in synsets
            if row["num_children"] == 0
        ]
    except Exception as error:  # scipy says "not the right format" in many ways
        raise ValueError(
            f"{file}: not the table of ILSVRC's synsets ({error}); unpack the devkit again"
        ) from error
    for number, wnid, _ in found:
        if not re.fullmatch(r"n\d{8}", wnid):  # it becomes a folder's name
            raise ValueError(f"{file}: class {number} has the id {wnid!r}; wanted n and 8 digits")
    return found


def _wnids(file: Path, leaves: dict[int, str]) -> tuple[str, ...]:
    lines = file.read_text("ascii", errors="replace").split()
    for number, line in enumerate(lines, start=1):
        if not line.isdecimal() or int(line) not in leaves:
            raise ValueError(
                f"{file}: line {number} is {line!r}, which is no class of {META}: its "
                f"{len(leaves)} classes are {min(leaves, default=0)} to {max(leaves, default=0)}; "
                "unpack the devkit again"
            )
    if not lines:
        raise ValueError(f"{file}: no line in it; unpack the devkit again")
    return tuple(leaves[int(line)] for line in lines)
