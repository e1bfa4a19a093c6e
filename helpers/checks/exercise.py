"""What an exercise's check consists of."""

from collections.abc import Callable
from dataclasses import dataclass

from helpers.checks.draws import Draws
from helpers.checks.oracle import Oracle
from helpers.checks.protocol import Answer

Part = Callable[[Answer, Oracle, Draws], None]


@dataclass(frozen=True)
class Exercise:
    """A check in named parts, the simplest first.

    A part asks the answer, asks the oracle the same, and raises Wrong where they differ. Parts
    share no inputs: each has draws of its own.
    """

    signature: str
    parts: dict[str, Part]
