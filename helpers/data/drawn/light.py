"""Light on an object: where it comes from, and how bright a curved surface becomes."""

from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from numpy.random import Generator

from helpers.data.drawn.chance import between
from helpers.data.drawn.shapes import cos, sin


@dataclass(frozen=True)
class Light:
    """A unit vector towards the lamp: x right, y down, z to the viewer."""

    x: float
    y: float
    z: float

    @classmethod
    def drawn(cls, rng: Generator) -> "Light":
        """From above, somewhere between left and right."""
        angle, z = between(rng, -0.43, -0.07), between(rng, 0.45, 0.9)
        flat = (1 - z * z) ** 0.5
        return cls(flat * float(cos(angle)), flat * float(sin(angle)), z)


def flat(u: ndarray, v: ndarray, light: Light) -> ndarray:
    """Brightness (H, W) of a flat thing: a little more on the side of the lamp."""
    return 1 + 0.15 * (u * np.float32(light.x) + v * np.float32(light.y))


def ball(u: ndarray, v: ndarray, light: Light) -> ndarray:
    """Brightness of the unit ball: ambient 0.45 and Lambert's cosine."""
    depth = np.sqrt(np.maximum(0, 1 - u * u - v * v))
    facing = u * np.float32(light.x) + v * np.float32(light.y) + depth * np.float32(light.z)
    return 0.45 + 0.7 * np.maximum(0, facing)


def pillow(u: ndarray, v: ndarray, light: Light) -> ndarray:
    """Brightness of a thing that bulges towards the viewer."""
    u, v = u * np.float32(0.75), v * np.float32(0.75)
    depth = np.sqrt(np.maximum(0.2, 1 - u * u - v * v))
    facing = u * np.float32(light.x) + v * np.float32(light.y) + depth * np.float32(light.z)
    return 0.55 + 0.6 * np.maximum(0, facing)


def column(u: ndarray, v: ndarray, light: Light) -> ndarray:
    """Brightness of an upright metal column: a bright stripe where it faces the lamp."""
    u = np.minimum(1, np.maximum(-1, u))
    facing = np.maximum(0, u * np.float32(light.x) + np.sqrt(1 - u * u) * np.float32(light.z))
    return 0.65 + 0.4 * facing + 0.2 * facing * facing * facing * facing
