"""A small ILSVRC in the true formats: devkit, flat validation pictures, train/ where asked."""

from pathlib import Path

import numpy as np
import scipy.io
from PIL import Image

FIELDS = [
    *("ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children", "wordnet_height"),
    "num_train_images",
]
WNIDS = ("n01440764", "n02102040", "n03888257", "n03028079")  # not sorted, as in the kit
WORDS = ("tench, Tinca tinca", "English springer", "parachute, chute", "church, church building")
PARENT = 1001  # synsets with children have the numbers after the classes'


def synset(number: int, wnid: str, words: str, children: list[int]) -> tuple:
    text = "what it is"
    return (number, wnid, words, text, len(children), np.array(children, float), 0.0, 1300.0)


def devkit(root: Path, truth: list[int], wnids=WNIDS, words=WORDS) -> Path:
    """The two files that the sorter needs, under root/ILSVRC2012_devkit_t12/data."""
    classes = [synset(k, *row, []) for k, row in enumerate(zip(wnids, words, strict=True), 1)]
    rows = [*classes, synset(PARENT, "n00001740", "entity", list(range(1, len(classes) + 1)))]
    table = np.array([[row] for row in rows], dtype=[(name, object) for name in FIELDS])
    data = root / "ILSVRC2012_devkit_t12" / "data"
    data.mkdir(parents=True)
    scipy.io.savemat(data / "meta.mat", {"synsets": table})
    lines = "".join(f"{number}\n" for number in truth)
    (data / "ILSVRC2012_validation_ground_truth.txt").write_text(lines)
    return data.parent


def name(number: int) -> str:
    return f"ILSVRC2012_val_{number:08d}.JPEG"


def flat(folder: Path, truth: list[int]) -> Path:
    """One grey picture for each line: its class's brightness tells the class, no two are equal."""
    folder.mkdir(parents=True)
    for number, label in enumerate(truth, start=1):
        Image.new("RGB", (20 + number, 24), (50 * label,) * 3).save(folder / name(number))
    return folder
