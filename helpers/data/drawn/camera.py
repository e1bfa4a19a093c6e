"""From a painted scene to a photograph's bytes: lamp colour, haze, dull colours, grain, blur."""

import numpy as np
from numpy import ndarray
from numpy.random import Generator
from PIL import Image, ImageFilter

from helpers.data.drawn.chance import between, happens
from helpers.data.drawn.shapes import cos, sin
from helpers.data.drawn.texture import grain


def photograph(scene: ndarray, rng: Generator) -> ndarray:
    """The scene (H, W, 3), float32 about 0 to 255, as uint8."""
    black = between(rng, 0, 45)  # the darkest level, so that no dark tone is a class's own
    scene = scene * (_lamp(rng, *scene.shape[:2]) * np.float32(1 - black / 255))
    scene *= np.array([_gain(rng) for _ in range(3)], np.float32)
    grey = scene[..., :1] * np.float32(0.3) + scene[..., 1:2] * np.float32(0.59)
    grey += scene[..., 2:] * np.float32(0.11)
    colourful = between(rng, 0.15, 1.2)
    scene *= np.float32(colourful)
    scene += grey * np.float32(1 - colourful) + np.float32(black)
    scene += grain(rng, scene.shape, between(rng, 1, 9))
    image = np.clip(scene, 0, 255).astype(np.uint8)
    if happens(rng, 0.2):
        blurred = Image.fromarray(image).filter(ImageFilter.BoxBlur(between(rng, 0.3, 0.9)))
        image = np.asarray(blurred)
    return image


def _lamp(rng: Generator, height: int, width: int) -> ndarray:
    """Brightness (H, W, 1) that falls off across the picture."""
    turns, strength = between(rng, 0, 1), between(rng, 0, 0.35)
    exposure = between(rng, 0.8, 1.15)
    x = (np.arange(width, dtype=np.float32) / np.float32(width) - np.float32(0.5))[None]
    y = (np.arange(height, dtype=np.float32) / np.float32(height) - np.float32(0.5))[:, None]
    along = x * np.float32(cos(turns)) + y * np.float32(sin(turns))
    return (np.float32(exposure) * (1 + np.float32(strength) * along))[..., None]


def _gain(rng: Generator) -> float:
    return between(rng, 0.72, 1.28)
