"""Drawn pictures as a hand-held camera frames them: of any shape, the object anywhere in it.

`drawn` keeps its objects in the central square, where no crop can lose them. These do not, so
the ways from a picture of any shape to a square one can be compared.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from helpers.data import cache, drawing, drawn
from helpers.data.splits import Part, Splits

PARTS = {"train": 1.0, "val": 0.1, "test": 0.3}  # pictures, as a share of train's
BILINEAR = Image.Resampling.BILINEAR
WAYS: dict[str, Callable[..., Image.Image]] = {
    "squash": Image.Image.resize,  # both sides to the wanted length, whatever the shape
    "pad": ImageOps.pad,  # the longer side fits, black bars beside the shorter one
    "crop": ImageOps.fit,  # the shorter side fits, the ends of the longer one are lost
}


def draw(label: int, rng: np.random.Generator) -> drawn.Picture:
    """A picture of the class CLASSES[label]: a drawn one, cut close to its
    objects above and below (or left and right), and at a random place at one
    end. The objects stay whole."""
    whole = drawn.draw(label, rng)
    sides = np.array(whole.mask.shape[::-1])
    first, last = whole.boxes[:, :2].min(0), whole.boxes[:, 2:].max(0)
    long = int(sides.argmax())
    low, high = 3 * first // 4, last + (sides - last) // 4
    low[long], high[long] = 0, sides[long]
    if rng.integers(2):
        low[long] = rng.integers(0, first[long] + 1)
    else:
        high[long] = rng.integers(last[long], sides[long] + 1)
    (x0, y0), (x1, y1) = low, high
    image, mask = whole.image[y0:y1, x0:x1], whole.mask[y0:y1, x0:x1]
    return drawn.Picture(image, mask, whole.boxes - np.tile(low, 2))


def load(*, size: int, per_class: int, seed: int = 0) -> dict[str, Splits]:
    """The same pictures made square in each of WAYS: Splits of `size` by `size` pixels.

    Args:
        per_class: pictures a class in train; val has a tenth and test three tenths of it.
    """
    parts = {part: _part(part, size, per_class, seed) for part in PARTS}
    return {
        way: Splits("framed", **{part: made[way] for part, made in parts.items()},
                    classes=drawn.CLASSES)
        for way in WAYS
    }  # fmt: skip


def _part(part: str, size: int, per_class: int, seed: int) -> dict[str, Part]:
    count = max(1, round(PARTS[part] * per_class))
    labels = np.repeat(np.arange(len(drawn.CLASSES)), count)
    place = np.random.SeedSequence(seed, spawn_key=(list(PARTS).index(part),))
    key = cache.key(drawing.code(), Path(__file__).read_text(), size, count, seed)
    made = cache.arrays(
        f"framed-{part}-{key}", lambda: _render(labels, size, np.random.default_rng(place))
    )
    return {
        way: Part(torch.from_numpy(made[way]).permute(0, 3, 1, 2), torch.from_numpy(labels))
        for way in WAYS
    }


def _render(labels: np.ndarray, size: int, rng: np.random.Generator) -> cache.Arrays:
    pictures = [Image.fromarray(draw(label, rng).image) for label in labels]
    return {
        way: np.stack([np.asarray(square(p, (size, size), BILINEAR)) for p in pictures])
        for way, square in WAYS.items()
    }
