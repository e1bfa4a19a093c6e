"""Random choices, made so that one seed gives the same numbers on every processor.

`Generator.random` and `Generator.integers` come from integers alone, and Python's own
arithmetic never fuses a product with a sum. `Generator.uniform` and `normal` promise neither.
"""

from collections.abc import Sequence
from typing import TypeVar

from numpy.random import Generator

Item = TypeVar("Item")


def between(rng: Generator, low: float, high: float) -> float:
    """A number, evenly drawn from [low, high)."""
    return low + (high - low) * float(rng.random())


def whole(rng: Generator, low: int, high: int) -> int:
    """A whole number, evenly drawn from low to high, both included."""
    return int(rng.integers(low, high + 1))


def happens(rng: Generator, share: float) -> bool:
    """True in `share` of the calls."""
    return float(rng.random()) < share


def pick(rng: Generator, items: Sequence[Item]) -> Item:
    """One of the items, each as likely as the other."""
    return items[int(rng.integers(len(items)))]
