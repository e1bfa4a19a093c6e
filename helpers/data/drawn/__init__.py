"""Ten of ImageNet's classes drawn by code, with a mask and a box for every object.

`draw` makes one picture, `render` a whole part of the data set. A picture depends on the
seed, its part, its class and its position in the class alone.
"""

from numpy.random import Generator

from helpers.data.drawn import scene
from helpers.data.drawn.kinds import KINDS
from helpers.data.drawn.rendering import render
from helpers.data.drawn.scene import Picture

__all__ = ["CLASSES", "WNIDS", "Picture", "draw", "render"]

CLASSES = tuple(KINDS)
WNIDS = tuple(kind.wnid for kind in KINDS.values())


def draw(label: int, rng: Generator) -> Picture:
    """One picture of the class CLASSES[label]; its sizes vary.

    Raises:
        IndexError: no such class.
    """
    return scene.draw(KINDS[CLASSES[label]], rng)
