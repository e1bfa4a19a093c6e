"""A small ILSVRC whose pictures tell their class by their brightness."""

from pathlib import Path

from PIL import Image

from helpers.data.devkit import PICTURE
from helpers.data.drawn import ilsvrc

WNIDS = ("n01440764", "n02102040", "n03888257", "n03028079")  # not sorted, as in the kit
WORDS = ("tench, Tinca tinca", "English springer", "parachute, chute", "church, church building")


def devkit(root: Path, truth: list[int], wnids=WNIDS, words=WORDS) -> Path:
    return ilsvrc.devkit(root, truth, wnids, words)


def name(number: int) -> str:
    return PICTURE.format(number)


def flat(folder: Path, truth: list[int]) -> Path:
    """One grey picture for each line: its class's brightness tells the class, no two are equal."""
    folder.mkdir(parents=True)
    for number, label in enumerate(truth, start=1):
        Image.new("RGB", (20 + number, 24), (50 * label,) * 3).save(folder / name(number))
    return folder
