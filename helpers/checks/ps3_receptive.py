"""ps3-receptive: receptive field, jump and centre offset of a stack of layers.

As in ps3-lrn, a usual mistake is recognised as the right answer to another question: to a stack
with other kernels, strides, paddings or dilations.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

from torch import Tensor

from helpers.checks.compare import kind_of
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise
from helpers.checks.failure import Wrong
from helpers.checks.oracle import Ask, Oracle
from helpers.checks.protocol import Answer

NAMES = ("size", "jump", "offset")
EXACT = 1e-9

Stack = list[tuple[int, int, int, int]]  # (kernel, stride, padding, dilation) of each layer


def ask(stack: Stack) -> Ask:
    return lambda answer: answer.call(stack)


def each(**how: Callable[..., int]) -> Callable[[Stack], Stack]:
    """The stack with one entry of each layer changed."""
    places = ("kernel", "stride", "padding", "dilation")

    def change(stack: Stack) -> Stack:
        return [tuple(how.get(n, lambda k, s, p, d, i=i: (k, s, p, d)[i])(*layer)
                      for i, n in enumerate(places)) for layer in stack]

    return change


def strides_early(stack: Stack) -> Stack:
    """Each layer counted with its own stride already applied."""
    kernels = [(k, s, p, d) for k, (_, s, p, d) in zip(stack, stack, strict=True)]
    del kernels
    moved = [1, *(s for _, s, _, _ in stack)]
    layers = [(1, 1, 0, 1), *stack]
    strides = [*moved[1:], 1]
    return [(k, s, p, d) for (k, _, p, d), s in zip(layers, strides, strict=True)]
