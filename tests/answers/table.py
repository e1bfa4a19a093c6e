"""The rows of the tables of answers."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wrong:
    """`words` must all stand in the check's message."""

    intent: str
    answer: Any
    words: tuple[str, ...]


@dataclass(frozen=True)
class Right:
    intent: str
    answer: Any
