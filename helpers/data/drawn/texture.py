"""Random patterns: smooth noise for surfaces, grain for the camera's sensor."""

import numpy as np
from numpy import ndarray
from numpy.random import Generator
from PIL import Image


def clouds(rng: Generator, width: int, height: int, cell: float, octaves: int = 2) -> ndarray:
    """Smooth noise (H, W) about 0, float32, mostly in [-1, 1].

    Args:
        cell: size in pixels of the largest patches; each octave halves size and strength.
    """
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        size = max(1.0, cell / 2**octave)
        grid = (max(2, int(height / size) + 2), max(2, int(width / size) + 2))
        values = Image.fromarray(rng.integers(0, 256, grid, dtype=np.uint8))
        values = values.resize((width, height), Image.Resampling.BICUBIC)
        total += (np.asarray(values, np.float32) - 127.5) * np.float32(1 / 127.5 / 2**octave)
    return total


def grain(rng: Generator, shape: tuple[int, ...], strength: float) -> ndarray:
    """Triangular noise about 0 with standard deviation `strength`, float32."""
    pair = rng.integers(0, 256, (2, *shape), dtype=np.uint8)
    # two bytes' sum has the standard deviation 104.5
    return (pair[0].astype(np.float32) + pair[1] - 255) * np.float32(strength / 104.5)
