"""One object's paint: polygons with smooth edges on a transparent tile."""

from collections.abc import Callable
from dataclasses import dataclass

import aggdraw
import numpy as np
from numpy import ndarray
from numpy.random import Generator

from helpers.data.drawn import light as lights
from helpers.data.drawn.colour import Colour
from helpers.data.drawn.light import Light
from helpers.data.drawn.placement import Placement
from helpers.data.drawn.shapes import stroke
from helpers.data.drawn.texture import clouds

THINNEST = 0.7  # pixels; a thinner line would vanish


class Canvas:
    """What a drawer paints on, in its own units; all that is painted belongs to the object.

    Attributes:
        shading: brightness from (u, v, light), one of the functions in `light`.
        roughness: strength of the noise on the surface, 0 to about 0.3.
    """

    def __init__(self, placement: Placement, width: int, height: int):
        self.placement = placement
        self.size = (width, height)
        self.shading: Callable[[ndarray, ndarray, Light], ndarray] = lights.flat
        self.roughness = 0.0
        self._paper = aggdraw.Draw("RGBA", self.size, (0, 0, 0, 0))

    def polygon(self, outline, colour: Colour) -> None:
        """Fill the outline (n, 2)."""
        corners = self.placement.pixels(np.asarray(outline, float))
        self._paper.polygon(corners.ravel().tolist(), aggdraw.Brush(colour))

    def line(self, path, width: float, colour: Colour) -> None:
        """A line along the path (n, 2), with flat ends."""
        self.polygon(stroke(path, max(width, THINNEST / self.placement.scale)), colour)

    def pixels(self) -> ndarray:
        """(H, W, 4) uint8, colours already multiplied by their opacity."""
        width, height = self.size
        return np.frombuffer(self._paper.tobytes(), np.uint8).reshape(height, width, 4)


@dataclass(frozen=True)
class Tile:
    """A painted object, cut to its bounds.

    Attributes:
        paint: float32 (h, w, 3), 0 to 255, multiplied by the opacity.
        opacity: float32 (h, w), 0 to 1.
        x, y: its top left corner's distance from the object's origin, in pixels.
        scale: pixels a unit.
    """

    paint: ndarray
    opacity: ndarray
    x: int
    y: int
    scale: float

    @property
    def covers(self) -> ndarray:
        """(h, w) True where the object is at least half opaque."""
        return self.opacity >= 0.5


def paint(
    drawer: Callable[[Canvas, Generator], None],
    extent: tuple[float, float],
    placement: Placement,
    light: Light,
    rng: Generator,
) -> Tile:
    """The drawer's object under the light, as a tile.

    Args:
        extent: half width and half height of the object in the drawer's units.
    """
    left, top = (int(reach * 1.05) + 3 for reach in placement.reach(extent))
    canvas = Canvas(placement.at(left, top), 2 * left, 2 * top)
    drawer(canvas, rng)
    pixels = canvas.pixels()
    brightness = _brightness(canvas, light, rng)
    opacity = pixels[..., 3].astype(np.float32) / np.float32(255)
    colours = np.minimum(pixels[..., :3] * brightness[..., None], 255 * opacity[..., None])
    x0, y0, x1, y1 = bounds(opacity > 0)
    cut = np.s_[y0:y1, x0:x1]
    return Tile(colours[cut], opacity[cut], x0 - left, y0 - top, placement.scale)


def _brightness(canvas: Canvas, light: Light, rng: Generator) -> ndarray:
    width, height = canvas.size
    u, v = canvas.placement.units(width, height)
    seen = Light(*canvas.placement.direction(light.x, light.y), light.z)
    brightness = canvas.shading(u, v, seen)
    if canvas.roughness:
        cell = max(2.0, canvas.placement.scale * 0.12)
        noise = clouds(rng, width, height, cell) * np.float32(canvas.roughness)
        brightness = brightness * (1 + noise)
    return np.maximum(0, brightness)


def bounds(mask: ndarray) -> tuple[int, int, int, int]:
    """x0 y0 x1 y1, end exclusive, of the True pixels of a mask (H, W) that has some."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
