"""From a painted scene to a photograph's bytes: lamps, haze, dull colours, grain, film, blur.

Red, green and blue each have their own lamp, haze and film: no two pictures show a thing in
the same colours, so that colours tell little of its class.
"""

import numpy as np
from numpy import ndarray
from numpy.random import Generator
from PIL import Image, ImageFilter

from helpers.data.drawn.chance import between, happens
from helpers.data.drawn.shapes import cos, sin
from helpers.data.drawn.texture import grain

GAIN = (0.65, 1.3)  # of a lamp
FALL = 0.8  # most that a lamp loses from one side of the picture to the other
BLACKEST = 45  # largest darkest level, of 255
BEND = 0.7  # largest bend of the film's parabola; from 1 on it would turn back


def photograph(scene: ndarray, rng: Generator) -> ndarray:
    """The scene (H, W, 3), float32 about 0 to 255, as uint8."""
    exposure = between(rng, 0.8, 1.15)
    red, green, blue = (_lit(scene[..., channel], exposure, rng) for channel in range(3))
    grey = red * np.float32(0.3) + green * np.float32(0.59) + blue * np.float32(0.11)
    colourful = between(rng, 0.15, 1.2)
    levels = np.stack([red, green, blue]) * np.float32(colourful)
    levels += grey * np.float32(1 - colourful)
    levels += grain(rng, levels.shape, between(rng, 1, 9))
    levels = np.clip(levels, 0, 255).astype(np.uint8)
    image = Image.merge("RGB", [Image.fromarray(level).point(_film(rng)) for level in levels])
    if happens(rng, 0.2):
        image = image.filter(ImageFilter.BoxBlur(between(rng, 0.3, 0.9)))
    return np.asarray(image)


def _lit(channel: ndarray, exposure: float, rng: Generator) -> ndarray:
    """One colour (H, W) under its lamp, which falls off across the picture, and in its haze."""
    height, width = channel.shape
    x = (np.arange(width, dtype=np.float32) / np.float32(width) - np.float32(0.5))[None]
    y = (np.arange(height, dtype=np.float32) / np.float32(height) - np.float32(0.5))[:, None]
    turns, strength = between(rng, 0, 1), between(rng, 0, FALL)
    along = x * np.float32(cos(turns) * strength) + y * np.float32(sin(turns) * strength)
    black = between(rng, 0, BLACKEST)
    gain = exposure * between(rng, *GAIN) * (1 - black / 255)
    return channel * (np.float32(gain) * (1 + along)) + np.float32(black)


def _film(rng: Generator) -> list[int]:
    """The film's answer to each level from 0 to 255: a parabola through both ends."""
    bend = between(rng, -BEND, BEND)
    return [int(level + bend * level * (255 - level) / 255) for level in range(256)]
