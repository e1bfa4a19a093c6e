"""Random numbers with the same bytes on every machine.

`torch.randn` gives other bytes under AVX2 than under AVX-512 with one seed, so a recorded oracle
needs another source: integers from numpy, divided by a power of two, which every CPU does exactly.
"""

import zlib

import numpy as np
import torch
from torch import Tensor

STEPS = 2**15


class Draws:
    """A stream of numbers that depends on the seed and on the name of a part alone."""

    def __init__(self, seed: int, part: str):
        self._random = np.random.Generator(np.random.PCG64([seed, zlib.crc32(part.encode())]))

    def tensor(self, *shape: int, low: float = -1, high: float = 1) -> Tensor:
        """float64 of the shape, evenly spread over [low, high)."""
        steps = self._random.integers(0, STEPS, shape, dtype=np.int64)
        return torch.from_numpy(steps / STEPS) * (high - low) + low

    def integer(self, low: int, high: int) -> int:
        """One integer, low <= n <= high."""
        return int(self._random.integers(low, high + 1))
