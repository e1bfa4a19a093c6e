"""Colours as (red, green, blue), whole numbers from 0 to 255."""

import colorsys

from numpy.random import Generator

from helpers.data.drawn.chance import between, happens, pick

Colour = tuple[int, int, int]
BLACK, WHITE, STEEL = (25, 25, 28), (245, 245, 242), (150, 152, 158)
# what the ten classes are mostly made of: decoys wear it too, so that colour tells little
COMMON = (
    *(BLACK, WHITE, STEEL, (200, 160, 60), (200, 30, 35), (60, 140, 60), (235, 130, 30)),
    *((110, 70, 40), (220, 210, 190), (40, 80, 160), (230, 190, 30), (175, 120, 60)),
)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """From hue (in turns), saturation and value in [0, 1]."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return int(255 * red), int(255 * green), int(255 * blue)


def scaled(colour: Colour, factor: float) -> Colour:
    """Lighter or darker by a factor, cut at 255."""
    red, green, blue = (min(255, int(channel * factor)) for channel in colour)
    return red, green, blue


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` of the other colour, the rest of the one."""
    red, green, blue = (int(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def any_colour(rng: Generator, saturation=(0.3, 1.0), value=(0.3, 1.0)) -> Colour:
    """Any hue; saturation and value from the ranges."""
    return hsv(between(rng, 0, 1), between(rng, *saturation), between(rng, *value))


def common_colour(rng: Generator) -> Colour:
    """Mostly one of COMMON, a little changed; else any colour."""
    if happens(rng, 0.75):
        return scaled(pick(rng, COMMON), between(rng, 0.75, 1.05))
    return any_colour(rng, (0.1, 1), (0.2, 1))
