"""ILSVRC 2012 in small, in the true formats: flat validation pictures and the devkit.

Source: the kit's readme.txt; http://www.image-net.org/challenges/LSVRC/2012.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.io
from PIL import Image

from helpers.data import drawn
from helpers.data.devkit import FOLDER, META, PICTURE, TRUTH

FIELDS = (
    *("ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children", "wordnet_height"),
    "num_train_images",
)
PARENT = 1001  # synsets with children have the numbers after the classes'


def write(root: Path, per_class: int, seed: int = 0) -> tuple[Path, Path]:
    """Drawn pictures in no order in one flat folder, and the kit that knows their classes.

    Returns:
        The folder of pictures, and the folder of the devkit.
    """
    flat = root / "ILSVRC2012_img_val"
    flat.mkdir(parents=True)
    labels = np.repeat(np.arange(len(drawn.CLASSES)), per_class)
    labels = np.random.default_rng(seed).permutation(labels).tolist()
    for number, label in enumerate(labels, start=1):
        picture = drawn.draw(label, np.random.default_rng([seed, number]))
        Image.fromarray(picture.image).save(flat / PICTURE.format(number), quality=95)
    truth = [label + 1 for label in labels]
    return flat, devkit(root, truth, drawn.WNIDS, drawn.CLASSES)


def devkit(root: Path, truth: Sequence[int], wnids: Sequence[str], words: Sequence[str]) -> Path:
    """The kit's two files that say which class a picture has, below `root`.

    Args:
        truth: the number of each picture's class, from 1.
        wnids, words: of each class, in the order of the numbers.
    """
    classes = [_synset(k, *row, []) for k, row in enumerate(zip(wnids, words, strict=True), 1)]
    rows = [*classes, _synset(PARENT, "n00001740", "entity", list(range(1, len(classes) + 1)))]
    table = np.array([[row] for row in rows], dtype=[(name, object) for name in FIELDS])
    data = root / FOLDER / "data"
    data.mkdir(parents=True)
    scipy.io.savemat(data / META, {"synsets": table})
    (data / TRUTH).write_text("".join(f"{number}\n" for number in truth))
    return data.parent


def _synset(number: int, wnid: str, words: str, children: list[int]) -> tuple:
    text = "what it is"
    return (number, wnid, words, text, len(children), np.array(children, float), 0.0, 1300.0)
