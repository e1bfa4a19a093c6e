"""ps1-statistics: channel statistics of a whole from those of its parts.

As in the other sets, a usual mistake is the right answer to other parts: with equal counts, equal
means, or variances that were standard deviations.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from helpers.checks.compare import (
    alike,
    close,
    first_difference,
    kind_of,
    no_return,
    require_unchanged,
    tensor_of,
)
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise, Part
from helpers.checks.failure import Wrong
from helpers.checks.oracle import Ask, Oracle
from helpers.checks.protocol import Answer

PRECISE = 1e-9  # relative to the largest value
HARD = 1e-5  # where means are 10,000,000 times the spread
SINGLE = 1e-5  # what float32 keeps
CHANNELS = 3
NAMES = ("the mean", "the variance")


@dataclass(frozen=True)
class Parts:
    """The arguments of one call, in its order."""

    counts: list[int]
    means: Tensor
    variances: Tensor

    def __str__(self) -> str:
        shape = tuple(self.means.shape)
        return f"merge(counts, means, variances) with counts = {self.counts}, the others {shape}"

    @property
    def arguments(self) -> tuple[list[int], Tensor, Tensor]:
        return self.counts, self.means, self.variances


def ask(parts: Parts) -> Ask:
    return lambda answer: statistics(answer.call(*parts.arguments), str(parts))


def statistics(value: Any, asked: str) -> list[Any]:
    """[count, mean, variance]. Raises Wrong where the reply is something else."""
    wanted = "three values: (count, mean, variance)"
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise Wrong(asked=asked, expected=wanted, got=kind_of(value), cause=no_return(value))
    count, *moments = value
    one = count.numel() == 1 if isinstance(count, Tensor) else hasattr(count, "__float__")
    if not one:
        raise Wrong(asked=asked, expected=wanted, got=f"count is {kind_of(count)}")
    for name, moment in zip(NAMES, moments, strict=True):
        if isinstance(moment, Tensor) and moment.isnan().any():
            raise Wrong(
                asked=asked,
                expected="finite numbers",
                got=f"{name} holds nan",
                cause="a part of count 0 has nan for mean and variance, and 0 times nan is nan",
            )
    return [float(count), *(tensor_of(moment, (CHANNELS,), asked) for moment in moments)]


MISTAKES: dict[str, tuple[Callable[[Parts], Parts], str]] = {
    "counts 1": (
        lambda p: replace(p, counts=[1] * len(p.counts)),
        "each part counts the same; a part counts as often as it has pixels",
    ),
    "means 0": (
        lambda p: replace(p, means=torch.zeros_like(p.means)),
        "only the spread within the parts is counted; how far their means lie apart is missing",
    ),
    "variances 0": (
        lambda p: replace(p, variances=torch.zeros_like(p.variances)),
        "only how far the means lie apart is counted; the spread within the parts is missing",
    ),
    "deviations": (
        lambda p: replace(p, variances=p.variances.square()),
        "the variances are squared, as if they were standard deviations",
    ),
}


def compare(answer: Answer, oracle: Oracle, key: str, parts: Parts, tolerance: float) -> None:
    """One set of parts against the oracle, with a cause where the mistake is a known one."""
    count, *moments = oracle(key, ask(parts))
    known = {}
    for name, (other, cause) in MISTAKES.items():
        known[cause] = oracle(f"{key}, {name}", ask(other(parts)))
    came, *got = ask(parts)(answer)
    asked = str(parts)
    if came != count:
        raise Wrong(asked=asked, expected=f"count {count:.0f}", got=f"count {came:.0f}")
    for place, name in enumerate(NAMES):
        same = close(got[place], moments[place], tolerance)
        if not same.all():
            raise Wrong(
                asked=f"{name} of {asked}",
                cause=cause_of(got[place], moments[place], place, known, count),
                **first_difference(got[place], moments[place], same),
            )


def cause_of(got: Tensor, expected: Any, place: int, known: dict[str, Any], count: float) -> str:
    right = torch.tensor(expected, dtype=torch.float64)
    others = {
        **{cause: values[1 + place] for cause, values in known.items()},
        "this is the standard deviation; the variance was asked": right.sqrt(),
        "divided by the count less one; the variance of all pixels is divided by their number": (
            right * count / (count - 1)
        ),
    }
    found = next((text for text, values in others.items() if alike(got, values, PRECISE)), "")
    if not found and alike(got, expected, SINGLE):
        return "right to about 6 digits: somewhere float64 numbers were turned into float32"
    return found


def draw(draws: Draws, counts: list[int], low: float = -1, high: float = 1) -> Parts:
    shape = (len(counts), CHANNELS)
    means = draws.tensor(*shape, low=low, high=high)
    return Parts(counts, means, draws.tensor(*shape, low=0.25, high=2))


def counts(draws: Draws, parts: int) -> list[int]:
    return [draws.integer(10, 40) * (1 + k) for k in range(parts)]


def some(*numbers: int) -> Part:
    """A part that merges so many parts each time."""

    def part(answer: Answer, oracle: Oracle, draws: Draws) -> None:
        for number in numbers:
            parts = draw(draws, counts(draws, number))
            compare(answer, oracle, f"{number} parts", parts, PRECISE)

    return part


def empty(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Parts without a pixel stand first, in the middle, and last; their statistics are nan."""
    parts = draw(draws, [0, *counts(draws, 2), 0, 0, *counts(draws, 1), 0])
    without = torch.tensor(parts.counts) == 0
    parts.means[without] = parts.variances[without] = torch.nan
    expected = oracle("empty", ask(parts))
    got = ask(parts)(answer)
    for name, mine, right in zip(("the count", *NAMES), got, expected, strict=True):
        if not alike(mine, right, PRECISE):
            raise Wrong(
                asked=str(parts),
                expected=f"{name} of the other parts alone",
                got=f"{name} differs",
                cause="a part of count 0 changes the result; it should count for nothing",
            )


def hard(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Means far from 0 beside which the spread is small."""
    far = 10_000_000
    parts = draw(draws, counts(draws, 4), far - 1, far + 1)
    expected = oracle("hard", ask(parts))
    got, asked = ask(parts)(answer), f"{parts}, means near {far:,} and variances near 1"
    for place, name in enumerate(NAMES, start=1):
        same = close(got[place], expected[place], HARD)
        if not same.all():
            raise Wrong(
                asked=f"{name} of {asked}",
                cause="digits are lost: a small number as the difference of two very large ones "
                "(the mean of squares less the square of the mean), or float32",
                **first_difference(got[place], expected[place], same),
            )


def many(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """As many pixels as all of ILSVRC has."""
    parts = draw(draws, [draws.integer(6, 9) * 10**9 + draws.integer(1, 99) for _ in range(3)])
    expected = oracle("many", ask(parts))
    got = ask(parts)(answer)
    for name, mine, right in zip(("the count", *NAMES), got, expected, strict=True):
        if not alike(mine, right, PRECISE):
            raise Wrong(
                asked=str(parts),
                expected=f"{name} {right}",
                got=f"{name} {mine.tolist() if isinstance(mine, Tensor) else mine}",
                cause="numbers of this size fit neither into int32 nor, multiplied with each "
                "other, into int64, and float32 rounds them",
            )


def unchanged(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    parts = draw(draws, counts(draws, 3))
    named = dict(zip(("counts", "means", "variances"), parts.arguments, strict=True))
    require_unchanged(answer, str(parts), **named)


EXERCISE = Exercise(
    "merge(counts, means, variances)",
    {
        "two parts": some(2),
        "many parts": some(1, 3, 7),
        "empty parts": empty,
        "large mean, small variance": hard,
        "billions of pixels": many,
        "arguments unchanged": unchanged,
    },
    {
        "two parts": 40,
        "many parts": 20,
        "empty parts": 15,
        "large mean, small variance": 15,
        "billions of pixels": 10,
    },
)
