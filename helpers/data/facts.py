"""What a check of a data set knows of each picture, and what stands out among many."""

from dataclasses import dataclass
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.ensemble import IsolationForest

from helpers.data.pictures import open_picture

# Of 64 bits. Photographs saved again at quality 40 or half as large differed in at most 4, and of
# a million pairs of Imagenette's photographs none in 6 or fewer.
NEAR = 6
SIDE = 128  # pixels, enough for the hash and the colours
ROWS = 1024  # of the table of distances at a time
PARTS = ("train", "val", "test")


@dataclass(frozen=True)
class Facts:
    """One picture.

    Attributes:
        kind: format and mode of the file: "JPEG RGB", "PNG RGBA".
        hash: bool (64,), close for pictures that look alike.
        features: (7,), in the order of `FEATURES`.
    """

    path: Path
    kind: str
    hash: np.ndarray
    features: tuple[float, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return int(self.features[0]), int(self.features[1])


FEATURES = {  # and how to print each
    "width": "{:.0f} pixels",
    "height": "{:.0f} pixels",
    "width by height": "{:.2f}",
    "bytes a pixel": "{:.3f}",
    "brightness": "{:.0f} of 255",
    "contrast": "{:.0f} of 255",
    "colour": "{:.0f} of 255",
}


@dataclass(frozen=True)
class Report:
    """What was found in a folder.

    Attributes:
        broken: a sentence for each picture that cannot be read.
        others: files that are no pictures by their names.
        duplicates: groups of rows of `pictures`; those across parts or classes come first.
        unusual: row of `pictures`, and why.
    """

    root: Path
    pictures: list[Facts]
    broken: list[str]
    others: list[Path]
    duplicates: list[list[int]]
    unusual: list[tuple[int, str]]

    def place(self, row: int) -> tuple[str, str]:
        """Part ("" where there are no parts) and class of one picture."""
        folders = self.pictures[row].path.relative_to(self.root).parts[:-1]
        part = folders[0] if folders and folders[0] in PARTS else ""
        return part, "/".join(folders[1:] if part else folders)

    def crosses(self, rows: list[int]) -> list[str]:
        """Of "parts" and "classes", those in which the pictures of a group differ."""
        parts, classes = (set(names) for names in zip(*map(self.place, rows), strict=True))
        return ["parts"] * (len(parts) > 1) + ["classes"] * (len(classes) > 1)

    def __str__(self) -> str:
        return (
            f"{len(self.pictures):,} pictures, {len(self.broken):,} broken, "
            f"{len(self.duplicates):,} groups of near-duplicates"
        )


def look(path: Path) -> Facts:
    """The facts of one file.

    Raises:
        PictureError: it cannot be read.
    """
    picture = open_picture(path, SIDE)
    with Image.open(path) as file:
        (width, height), kind = file.size, f"{file.format} {file.mode}"
    pixels = np.asarray(picture, np.float32)
    grey = pixels.mean(2)
    features = (
        *(width, height, width / height, path.stat().st_size / (width * height)),
        *(float(grey.mean()), float(grey.std()), float(np.ptp(pixels, axis=2).mean())),
    )
    return Facts(path, kind, imagehash.phash(picture).hash.flatten(), features)


def near_duplicates(hashes: np.ndarray) -> list[list[int]]:
    """Groups of rows whose hashes, bool (N, 64), differ in at most `NEAR` bits; chains join.

    Source of the hash: perceptual hash of imagehash, the signs of the lowest 8 by 8 frequencies.
    """
    signs = np.where(hashes, 1, -1).astype(np.float32)
    first, second = [], []
    for start in range(0, len(signs), ROWS):
        differing = (signs.shape[1] - signs[start : start + ROWS] @ signs.T) / 2
        rows, columns = np.nonzero(differing <= NEAR)
        first.append(rows + start)
        second.append(columns)
    pairs = (np.concatenate(first), np.concatenate(second))
    links = coo_array((np.ones(len(pairs[0]), bool), pairs), (len(signs),) * 2)
    _, group = connected_components(links, directed=False)
    members = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    return [rows.tolist() for rows in members if len(rows) > 1]


def least_usual(features: np.ndarray, most: int) -> list[tuple[int, str]]:
    """Up to `most` rows that are told apart from the others soonest, each with the feature that
    lies farthest out.

    Source: Liu, Ting and Zhou 2008, Isolation Forest; scikit-learn's, with a fixed seed.
    """
    usual = IsolationForest(random_state=0).fit(features).score_samples(features)
    ranks = features.argsort(0, kind="stable").argsort(0, kind="stable") / len(features)
    found = []
    for row in usual.argsort(kind="stable")[:most].tolist():
        column = int(np.abs(ranks[row] - 0.5).argmax())
        name, form = list(FEATURES.items())[column]
        found.append((row, f"{name} {form.format(features[row, column])}"))
    return found
