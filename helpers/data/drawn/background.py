"""What lies behind the objects: one function a kind, `draw` picks one and two colours."""

from collections.abc import Callable

import numpy as np
from numpy import ndarray
from numpy.random import Generator

from helpers.data.drawn.chance import between, happens, pick
from helpers.data.drawn.colour import any_colour
from helpers.data.drawn.shapes import cos, sin
from helpers.data.drawn.texture import clouds


def draw(rng: Generator, width: int, height: int) -> ndarray:
    """A background, float32 (H, W, 3), about 0 to 255."""
    one, other = (np.array(any_colour(rng, (0, 0.7), (0.2, 1)), np.float32) for _ in range(2))
    kind = pick(rng, KINDS)
    if kind is not horizon:
        other = np.float32(0.45) * one + np.float32(0.55) * other
    share = np.clip(kind(rng, width, height), 0, 1).astype(np.float32)
    # a channel at a time: faster than a product whose last axis has three
    return np.stack([a + (b - a) * share for a, b in zip(one, other, strict=True)], axis=-1)


# each: how much (H, W) of the second colour shows


def fog(rng: Generator, width: int, height: int) -> ndarray:
    return 0.5 + 0.5 * clouds(rng, width, height, between(rng, 30, 120), 3)


def carpet(rng: Generator, width: int, height: int) -> ndarray:
    return 0.5 + 0.5 * clouds(rng, width, height, between(rng, 3, 9))


def ramp(rng: Generator, width: int, height: int) -> ndarray:
    x, y = _grid(width, height)
    turns = between(rng, 0, 1)
    along = x * np.float32(cos(turns)) + y * np.float32(sin(turns))
    return 0.4 + along * np.float32(0.8 / max(width, height)) + 0 * (x + y)


def planks(rng: Generator, width: int, height: int) -> ndarray:
    x, y = _grid(width, height)
    along = x if happens(rng, 0.5) else y
    rings = along * np.float32(between(rng, 0.03, 0.12)) + clouds(rng, width, height, 60) * 0.5
    return 0.5 + 0.4 * sin(rings) + 0.15 * clouds(rng, width, height, 6, 1)


def cloth(rng: Generator, width: int, height: int) -> ndarray:
    x, y = _grid(width, height)
    threads = np.float32(between(rng, 0.05, 0.2))
    weave = sin(x * threads) * sin(y * threads)
    return 0.5 + 0.2 * weave + 0.35 * clouds(rng, width, height, 50)


def stripes(rng: Generator, width: int, height: int) -> ndarray:
    x, y = _grid(width, height)
    turns, pitch = between(rng, 0, 1), between(rng, 14, 50)
    along = (x * np.float32(cos(turns)) + y * np.float32(sin(turns))) / np.float32(pitch)
    return np.where(along - np.floor(along) < 0.5, 0.2, 0.75) + 0.1 * clouds(rng, width, height, 8)


def bricks(rng: Generator, width: int, height: int) -> ndarray:
    x, y = _grid(width, height)
    high, long, mortar = between(rng, 18, 50), pick(rng, (1, 2)), between(rng, 1, 3)
    row = np.floor(y / np.float32(high))
    shift = (row % 2) * np.float32(high / 2 * long if long == 2 else 0)
    edge = np.minimum(y % np.float32(high), (x + shift) % np.float32(high * long))
    return np.where(edge < mortar, 1.0, 0.3 + 0.2 * clouds(rng, width, height, 20))


def horizon(rng: Generator, width: int, height: int) -> ndarray:
    line = int(height * between(rng, 0.35, 0.75))
    share = 0.15 * clouds(rng, width, height, 60)
    share[line:] = 0.85 + 0.25 * clouds(rng, width, height - line, 6)
    return share


def leaves(rng: Generator, width: int, height: int) -> ndarray:
    patches = clouds(rng, width, height, between(rng, 12, 40))
    return 0.35 + 0.4 * (patches > 0) + 0.15 * clouds(rng, width, height, 5, 1)


KINDS: tuple[Callable[[Generator, int, int], ndarray], ...] = (
    *(fog, carpet, ramp, planks, cloth, stripes, bricks, horizon, leaves),
)


def _grid(width: int, height: int) -> tuple[ndarray, ndarray]:
    columns = np.arange(width, dtype=np.float32)[None]
    return columns, np.arange(height, dtype=np.float32)[:, None]
