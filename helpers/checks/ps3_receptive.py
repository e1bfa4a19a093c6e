"""ps3-receptive: receptive field, jump and centre offset of a stack of layers.

As in ps3-lrn, a usual mistake is recognised as the right answer to another question: to a stack
with other kernels, strides, paddings or dilations.
"""

import math
from collections.abc import Callable
from typing import Any

from helpers.checks.compare import kind_of, no_return, require_unchanged
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise, Part
from helpers.checks.failure import Wrong
from helpers.checks.oracle import Ask, Oracle
from helpers.checks.protocol import Answer

NAMES = ("size", "jump", "offset")
EXACT = 1e-9

Stack = list[tuple[int, int, int, int]]  # (kernel, stride, padding, dilation) of each layer


def ask(stack: Stack) -> Ask:
    return lambda answer: answer.call(stack)


def each(change: Callable[[int, int, int, int], tuple]) -> Callable[[Stack], Stack]:
    return lambda stack: [change(*layer) for layer in stack]


def strides_early(stack: Stack) -> Stack:
    """Every layer under its own stride as well: the strides move up by one layer."""
    strides = [*(s for _, s, _, _ in stack), 1]
    layers = [(1, 1, 0, 1), *stack]
    return [(k, s, p, d) for (k, _, p, d), s in zip(layers, strides, strict=True)]


MISTAKES: dict[str, tuple[Callable[[Stack], Stack], str]] = {
    "dilation 1": (each(lambda k, s, p, d: (k, s, p, 1)), "the dilation is not used"),
    "dilation times kernel": (
        each(lambda k, s, p, d: (k * d, s, p, 1)),
        "a dilated kernel is counted too wide: draw its taps in a row of pixels and count",
    ),
    "one short": (
        each(lambda k, s, p, d: (max(1, (k - 1) * d), s, p, 1)),
        "a kernel is counted one pixel too narrow: draw its taps in a row of pixels and count",
    ),
    "one long": (
        each(lambda k, s, p, d: ((k - 1) * d + 2, s, p, 1)),
        "each layer adds one step too much: the first pixel is there already",
    ),
    "strides early": (
        strides_early,
        "a layer's own stride is applied before the layer is counted; which comes first?",
    ),
    "strides 1": (
        each(lambda k, s, p, d: (k, 1, p, d)),
        "the strides of the earlier layers do not reach this number",
    ),
    "backwards": (lambda stack: stack[::-1], "the layers are taken from the last to the first"),
    "padding 0": (each(lambda k, s, p, d: (k, s, 0, d)), "the padding is not used"),
    "padding reversed": (
        each(lambda k, s, p, d: (k, s, -p, d)),
        "the sign of the padding: padding moves the first field to the left",
    ),
    "padding widens": (
        each(lambda k, s, p, d: ((k - 1) * d + 1 + 2 * p, s, p, 1)),
        "padding is counted in the size: it moves a field, and the field stays as wide",
    ),
    "padding narrows": (
        each(lambda k, s, p, d: (max(1, (k - 1) * d + 1 - 2 * p), s, p, 1)),
        "padding is taken off the size: it moves a field, and the field stays as wide",
    ),
    "left edge": (
        each(lambda k, s, p, d: (1, s, p, d)),
        "this is the first pixel of the field; its centre was asked",
    ),
}


def numbers(value: Any, asked: str) -> list[float]:
    """The three numbers of a reply. Raises Wrong where they are something else."""
    wanted = "three numbers: (size, jump, offset)"
    if not isinstance(value, list | tuple) or len(value) != 3:
        raise Wrong(asked=asked, expected=wanted, got=kind_of(value), cause=no_return(value))
    for name, item in zip(NAMES, value, strict=True):
        if isinstance(item, str) or not hasattr(item, "__float__"):
            raise Wrong(asked=asked, expected=wanted, got=f"{name} is {kind_of(item)}")
    return [float(item) for item in value]


def compare(answer: Answer, oracle: Oracle, key: str, stack: Stack) -> None:
    """One stack against the oracle, with a cause where the mistake is a known one."""
    expected = oracle(key, ask(stack))
    known = {name: oracle(f"{key}, {name}", ask(f(stack))) for name, (f, _) in MISTAKES.items()}
    asked = f"receptive_field({stack})"
    got = numbers(ask(stack)(answer), asked)
    wrong = [i for i in range(3) if not math.isclose(got[i], expected[i], abs_tol=EXACT)]
    if wrong:
        first = wrong[0]
        raise Wrong(
            asked=asked,
            expected=f"{NAMES[first]} {expected[first]:g}",
            got=f"{NAMES[first]} {got[first]:g}",
            where=f"wrong: {', '.join(NAMES[i] for i in wrong)}",
            cause=cause(got, expected, wrong, known),
        )


def cause(got: list, expected: list, wrong: list[int], known: dict[str, list]) -> str:
    """The mistake that gives the whole reply, or else one that gives every wrong number of it."""
    if wrong == [2] and abs(got[2] - expected[2]) == 0.5:
        return half(got[2], expected[2])
    for compared in (range(3), wrong):
        for name, numbers_then in known.items():
            if all(math.isclose(got[i], numbers_then[i], abs_tol=EXACT) for i in compared):
                return MISTAKES[name][1]
    if 1 in wrong:
        return "jump is how many input pixels lie between the centres of two neighbouring outputs"
    return ""


def half(got: float, expected: float) -> str:
    if got == math.floor(expected):
        return "the offset is rounded: a field with an even size has its centre between two pixels"
    much = "much: pixel i has its centre at i, not at i + 0.5"
    little = "little: pixel i has its centre at i, not at i - 0.5"
    return f"half a pixel too {much if got > expected else little}"


def fixed(*stacks: Stack) -> Part:
    """A part that compares the given stacks."""

    def part(answer: Answer, oracle: Oracle, draws: Draws) -> None:
        for stack in stacks:
            compare(answer, oracle, str(stack), stack)

    return part


def drawn(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Stacks of two to six layers."""
    for number, depth in enumerate((2, 3, 4, 6)):
        stack = [
            (draws.integer(1, 7), draws.integer(1, 3), draws.integer(0, 3), draws.integer(1, 3))
            for _ in range(depth)
        ]
        compare(answer, oracle, f"drawn {number}", stack)


def unchanged(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    stack = [(draws.integer(3, 7), 2, 1, 1), (3, 1, 0, 2)]
    require_unchanged(answer, f"receptive_field(layers) with layers = {stack}", layers=stack)


EXERCISE = Exercise(
    "receptive_field(layers)",
    {
        "one layer": fixed([(3, 1, 0, 1)], [(5, 2, 0, 1)], [(11, 4, 0, 1)]),
        "padding": fixed([(3, 1, 1, 1)], [(7, 2, 2, 1)]),
        "even kernels": fixed([(2, 2, 0, 1)], [(4, 1, 1, 1)]),
        "strides": fixed([(3, 2, 0, 1), (3, 1, 0, 1)], [(5, 3, 0, 1), (3, 2, 1, 1), (3, 2, 1, 1)]),
        "dilation": fixed([(3, 1, 0, 2)], [(3, 1, 2, 4), (2, 2, 0, 3)]),
        "stacks": drawn,
        "no layer": fixed([]),
        "layers unchanged": unchanged,
    },
    {"strides": 40, "even kernels": 10, "dilation": 20, "stacks": 30},
)
