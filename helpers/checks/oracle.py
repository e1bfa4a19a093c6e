"""Where the right values come from.

A check asks the same question twice: once of the student's answer, once of the oracle. A question
is a function `ask(answer)` that speaks to an answer by the protocol and returns plain values
(a number, a tensor, or lists of them).
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch

from helpers.checks.protocol import Answer

FOLDER = Path(__file__).with_name("oracles")
Ask = Callable[[Answer], Any]


class Oracle(Protocol):
    def __call__(self, key: str, ask: Ask) -> Any:
        """The right reply to `ask`, as numbers in lists; `key` names the question in its exercise.

        Called by a check, once for each question, in an order that never depends on the answer.
        """


class Recorded:
    """Replies read from a small file of numbers; the question itself is not asked."""

    def __init__(self, exercise: str):
        self._values = json.loads((FOLDER / f"{exercise}.json").read_text())

    def __call__(self, key: str, ask: Ask) -> Any:
        return self._values[key]


class Live:
    """Replies of a reference answer, kept in `values` as they are given."""

    def __init__(self, reference: Answer):
        self._reference = reference
        self.values: dict[str, Any] = {}

    def __call__(self, key: str, ask: Ask) -> Any:
        if key in self.values:
            raise ValueError(f"two questions are named {key!r}; give each its own name")
        self.values[key] = plain(ask(self._reference))
        return self.values[key]


def plain(value: Any) -> Any:
    """Tensors and tuples as lists, floats to 12 digits: the form in which oracles are recorded."""
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value
