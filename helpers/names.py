"""A misspelt name gets the nearest known one and the whole list."""

from collections.abc import Iterable
from difflib import get_close_matches


def choose(kind: str, name: str, known: Iterable[str]) -> str:
    """The name itself when it is known.

    Args:
        kind: what is named, in words: "network", "data set".

    Raises:
        ValueError: no such name; the message lists all known ones.
    """
    known = list(known)
    if name in known:
        return name
    near = get_close_matches(str(name), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise ValueError(f"no {kind} {name!r}{hint} Known: {', '.join(known)}")
