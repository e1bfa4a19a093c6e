"""ps3-lrn: local response normalisation within channels.

A wrong answer is recognised by asking the oracle a slightly different question: an answer that
behaves as the right one would with alpha * n * n forgot the division. So no formula stands here.
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
    require_unchanged,
    tensor_of,
)
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise
from helpers.checks.failure import Wrong
from helpers.checks.oracle import Ask, Oracle
from helpers.checks.protocol import Answer

PRECISE = 1e-9  # relative to the largest value, in float64
COARSE = 1e-5  # the same in float32


@dataclass(frozen=True)
class Case:
    """The arguments of one call, in its order."""

    x: Tensor
    window: int
    k: float
    alpha: float
    beta: float

    def __str__(self) -> str:
        call = f"window={self.window}, k={self.k:g}, alpha={self.alpha:g}, beta={self.beta:g}"
        return f"lrn(x, {call}) with x of shape {tuple(self.x.shape)}, {self.x.dtype}"


def ask(case: Case) -> Ask:
    return lambda answer: answer.call(*arguments(case))


def arguments(case: Case) -> tuple[Any, ...]:
    return case.x, case.window, case.k, case.alpha, case.beta


def turned(case: Case, *axes: int) -> Ask:
    """The same on a picture that is mirrored before and after."""

    def asked(answer: Answer) -> Tensor:
        return answer.call(*arguments(replace(case, x=case.x.flip(axes)))).flip(axes)

    return asked


def swapped(case: Case) -> Ask:
    """The same with channels and rows exchanged before and after: a window over channels."""

    def asked(answer: Answer) -> Tensor:
        return answer.call(*arguments(replace(case, x=case.x.transpose(1, 2)))).transpose(1, 2)

    return asked


def rooted(case: Case) -> Ask:
    """What comes of summing x in place of its square; for positive x."""

    def asked(answer: Answer) -> Tensor:
        root = case.x.sqrt()
        return answer.call(*arguments(replace(case, x=root))) * root

    return asked


@dataclass(frozen=True)
class Mistake:
    """A usual mistake: the question to which it is the right answer, and what to say."""

    name: str
    ask: Callable[[Case], Ask]
    cause: str


def changed(**how: Callable[[Case], Any]) -> Callable[[Case], Ask]:
    return lambda case: ask(replace(case, **{key: value(case) for key, value in how.items()}))


MISTAKES = (
    Mistake(
        "alpha whole",
        changed(alpha=lambda c: c.alpha * c.window**2),
        "alpha is not divided by the number of positions in the window",
    ),
    Mistake(
        "alpha by one side",
        changed(alpha=lambda c: c.alpha * c.window),
        "alpha is divided by one side of the window, not by its number of positions",
    ),
    Mistake(
        "wider",
        changed(
            window=lambda c: c.window + 1,
            alpha=lambda c: c.alpha * (c.window + 1) ** 2 / c.window**2,
        ),
        "the window is one too wide",
    ),
    Mistake(
        "wider, with its divisor",
        changed(window=lambda c: c.window + 1),
        "the window, and the divisor with it, is one too wide",
    ),
    Mistake("narrower", changed(window=lambda c: c.window - 1), "the window is one too narrow"),
    Mistake("k 0", changed(k=lambda c: 0.0), "k is missing"),
    Mistake("k 1", changed(k=lambda c: 1.0), "k is fixed at 1 in place of the argument"),
    Mistake(
        "beta negative",
        changed(beta=lambda c: -c.beta),
        "the sign of beta: x is multiplied where it should be divided, or the reverse",
    ),
    Mistake("beta 1", changed(beta=lambda c: 1.0), "the power beta is missing"),
    Mistake("beta 0.75", changed(beta=lambda c: 0.75), "beta is fixed in place of the argument"),
    Mistake(
        "channels",
        swapped,
        "the window lies over channels and columns; it should lie over rows and columns",
    ),
    Mistake(
        "factor alone",
        lambda case: lambda answer: ask(case)(answer) / case.x,
        "this is the factor alone: x itself is not in the result",
    ),
)
SHIFTED = Mistake(
    "shifted",
    lambda case: turned(case, 2, 3),
    "an even window has one position more on one side: here it lies on the other side "
    "than the exercise says",
)
NO_SQUARE = Mistake("no square", rooted, "x is summed in the window, not its square")


def draw(draws: Draws, window: int, shape=(1, 2, 6, 5), low: float = -2) -> Case:
    """A case whose constants are far from each other's and from 1."""
    k, beta = draws.integer(18, 30) / 10, draws.integer(5, 7) / 10
    alpha = draws.integer(30, 60) / 10
    return Case(draws.tensor(*shape, low=low, high=2), window, k, alpha, beta)


def values(answer: Answer, oracle: Oracle, case: Case, key: str, mistakes=MISTAKES) -> None:
    """One call against the oracle, with a cause where the mistake is a known one."""
    expected = oracle(key, ask(case))
    known = {mistake: oracle(f"{key}, {mistake.name}", mistake.ask(case)) for mistake in mistakes}
    got = tensor_of(ask(case)(answer), case.x.shape, str(case))
    same = close(got, expected, PRECISE)
    if same.all():
        return
    causes = [m.cause for m, value in known.items() if alike(got, value, PRECISE)]
    cause = causes[0] if causes else by_place(got, expected, case.window)
    raise Wrong(asked=str(case), cause=cause, **first_difference(got, expected, same))


def by_place(got: Tensor, expected: Any, window: int) -> str:
    """A cause from which numbers differ, and by how much."""
    if alike(got, expected, COARSE):
        return "right to about 6 digits: somewhere float64 numbers were turned into float32"
    same = close(got, expected, PRECISE)
    edge = window // 2
    inner = same[:, :, edge : same.shape[2] - edge, edge : same.shape[3] - edge]
    if inner.numel() and inner.all():
        return (
            "only positions whose window reaches over the edge differ: what counts there, and does "
            "the divisor stay the same?"
        )
    return ""


def form(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    case = draw(draws, 3, (2, 3, 4, 7))
    tensor_of(ask(case)(answer), case.x.shape, str(case))


def odd(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    case = draw(draws, 3, low=0.25)
    values(answer, oracle, case, "positive, window 3", (*MISTAKES, NO_SQUARE))
    for window in (3, 5):
        values(answer, oracle, draw(draws, window), f"window {window}")


def even(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    for window in (2, 4):
        case = draw(draws, window)
        values(answer, oracle, case, f"window {window}", (SHIFTED, *MISTAKES))


def extreme(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """A window of one position, and windows that are larger than the picture."""
    for window in (1, 7, 8):
        values(answer, oracle, draw(draws, window, (1, 2, 3, 4)), f"window {window}", ())


def apart(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Neither another channel nor another picture of the batch changes a result."""
    case = draw(draws, 3, (2, 3, 4, 4))
    before = tensor_of(ask(case)(answer), case.x.shape, str(case))
    for axis, name in ((0, "picture"), (1, "channel")):
        x = case.x.clone()
        x.select(axis, 1).mul_(3)
        after = tensor_of(ask(replace(case, x=x))(answer), x.shape, str(case))
        if not alike(after.select(axis, 0), before.select(axis, 0), PRECISE):
            raise Wrong(
                asked=f"{case}, then again after {name} 1 alone was changed",
                expected=f"{name} 0 of the result stays as it was",
                got=f"{name} 0 changes too",
                cause=f"the sum runs over more than one {name}",
            )


def untouched(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    case = draw(draws, 3)
    require_unchanged(answer, str(case), **vars(case))


def gradient(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    case = draw(draws, 3)
    direction = draws.tensor(*case.x.shape)
    asked = f"the gradient with respect to x of {case}"
    expected = oracle("gradient", lambda a: a.gradient(direction, *arguments(case)))
    got = tensor_of(answer.gradient(direction, *arguments(case)), case.x.shape, asked)
    same = close(got, expected, PRECISE)
    if not same.all():
        cause = "the gradient stops in one part of the formula: .detach(), .data or no_grad there"
        raise Wrong(asked=asked, cause=cause, **first_difference(got, expected, same))


def kinds(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """The result has the dtype and the device of x."""
    case = draw(draws, 4)
    single = replace(case, x=case.x.float())
    expected = oracle("float32", ask(single))
    got = ask(single)(answer)
    if getattr(got, "dtype", None) != torch.float32:
        came = got.dtype if isinstance(got, Tensor) else kind_of(got)
        raise Wrong(asked=str(single), expected="dtype torch.float32, as x", got=f"{came}")
    if not alike(tensor_of(got, case.x.shape, str(single)), expected, COARSE):
        raise Wrong(asked=str(single), expected="the values of float64, to 5 digits", got="others")
    device = answer.on_meta(*arguments(case))
    if device != "meta":
        raise Wrong(
            asked="x on another device (torch's 'meta' device, which has shapes only)",
            expected="a result on the device of x",
            got=f"a result on {device}",
            cause="a tensor made without device=x.device",
        )


EXERCISE = Exercise(
    "lrn(x, window, k, alpha, beta)",
    {
        "shape": form,
        "channels apart": apart,
        "odd windows": odd,
        "even windows": even,
        "windows of 1 and beyond the picture": extreme,
        "x unchanged": untouched,
        "gradient": gradient,
        "dtype and device": kinds,
    },
    {
        "odd windows": 40,
        "even windows": 25,
        "windows of 1 and beyond the picture": 10,
        "gradient": 15,
        "dtype and device": 10,
    },
)
