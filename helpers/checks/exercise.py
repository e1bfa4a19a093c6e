"""What an exercise's check consists of."""

from collections.abc import Callable, Collection
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

    Attributes:
        signature: how an answer is called, for sentences and for its name: "lrn(x, window)".
        parts: by name.
        shares: what a part is worth, in percent of the exercise's points; 100 together. The first
            is the exercise's core: without it the others count nothing, so that an answer that
            always gives the same earns nothing by chance.
    """

    signature: str
    parts: dict[str, Part]
    shares: dict[str, int]

    def __post_init__(self):
        unknown = self.shares.keys() - self.parts.keys()
        if unknown or sum(self.shares.values()) != 100:
            raise ValueError(f"{self.signature}: shares of {set(unknown) or 'parts'} must be 100 %")

    @property
    def name(self) -> str:
        """What the answer is called in the notebook: "lrn"."""
        return self.signature.partition("(")[0]

    def credit(self, right: Collection[str]) -> float:
        """The share of the points in [0, 1] for the parts that are right."""
        core = next(iter(self.shares))
        if core not in right:
            return 0.0
        return sum(share for part, share in self.shares.items() if part in right) / 100
