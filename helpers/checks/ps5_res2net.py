"""ps5-res2net: groups of channels that feed each other (Gao et al. 2019, section 3.1).

A usual mistake is the right answer to another question: other channels, or kernels in another
order.
"""

import torch
from torch import Tensor

from helpers.checks.compare import (
    alike,
    kind_of,
    require_same,
    require_unchanged,
    tensor_of,
)
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise
from helpers.checks.failure import Wrong
from helpers.checks.oracle import Oracle
from helpers.checks.protocol import Answer

PRECISE = 1e-9  # relative to the largest value, in float64
COARSE = 1e-5  # the same in float32


def drawn(
    draws: Draws, groups: int, width: int, lively: bool = False
) -> tuple[Tensor, list[Tensor]]:
    """x and its kernels; `lively` ones have few negative numbers, so that no ReLU gives only 0."""
    low = -0.1 if lively else -0.8
    x = draws.tensor(1, groups * width, 2, 3, low=2 * low, high=2)
    return x, [draws.tensor(width, width, 3, 3, low=low, high=1) for _ in range(groups - 1)]


def sentence(x: Tensor, kernels: list[Tensor]) -> str:
    return (
        f"res2net(x, kernels) with x of shape {tuple(x.shape)}, {x.dtype}, {len(kernels)} kernels"
    )


def interleaved(x: Tensor, groups: int) -> Tensor:
    """Channels 0, s, 2s, ... first, as a student gets who takes every s-th."""
    return torch.cat([x[:, i::groups] for i in range(groups)], 1)


def values(answer: Answer, oracle: Oracle, draws: Draws, groups: int, width: int) -> None:
    x, kernels = drawn(draws, groups, width, lively=width == 1)
    key, asked = f"{groups} groups", sentence(x, kernels)
    expected = oracle(key, lambda a: a.call(x, kernels))
    fed = x.clone()
    fed[:, width : 2 * width] += x[:, :width]
    others = {
        "group 2 gets group 1 too; the sum begins with group 3": (fed, kernels),
        "the kernels are used from the last to the first": (x, kernels[::-1]),
        "a group is every s-th channel; it should be neighbouring channels": (
            interleaved(x, groups),
            kernels,
        ),
    }
    causes = {
        text: oracle(f"{key}, {number}", lambda a, given=given: a.call(*given))
        for number, (text, given) in enumerate(others.items())
    }
    alone = [oracle(f"{key}, pair {i}", pair(x, kernels, i, width)) for i in range(1, groups)]
    alone = [torch.tensor(reply, dtype=x.dtype)[:, width:] for reply in alone]
    causes["the groups do not feed each other"] = torch.cat([x[:, :width], *alone], 1)
    got = tensor_of(answer.call(x, kernels), x.shape, asked)
    causes |= by_form(got, expected, x, width)
    require_same(got, expected, PRECISE, asked, causes)


def pair(x: Tensor, kernels: list[Tensor], number: int, width: int):
    """A question with the first group and one other alone."""
    two = torch.cat([x[:, :width], x[:, number * width : (number + 1) * width]], 1)
    return lambda answer: answer.call(two, [kernels[number - 1]])


def by_form(got: Tensor, expected, x: Tensor, width: int) -> dict[str, Tensor]:
    """Causes that the reply itself shows; each with `got`, so that it is found."""
    expected = torch.as_tensor(expected, dtype=torch.float64)
    parts = [torch.cat(list(expected.split(width, 1))[::-1], 1)]
    if alike(got, parts[0], PRECISE):
        return {"the groups stand in the reverse order": got}
    if alike(got - x, expected, PRECISE):
        return {"x is added at the end: that is the block's shortcut, which was not asked": got}
    if alike(got[:, :width], x[:, :width].clamp(min=0), PRECISE):
        return {"group 1 went through a ReLU; it passes as it is": got}
    if not alike(got[:, :width], x[:, :width], PRECISE):
        return {"group 1 is changed; it passes as it is": got}
    if float(got[:, width:].min()) < 0:
        return {"there are negative numbers after group 1: a ReLU is missing": got}
    return {}


def form(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    x, kernels = drawn(draws, 2, 3)
    tensor_of(answer.call(x, kernels), x.shape, sentence(x, kernels))


def more(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    values(answer, oracle, draws, 3, 2)
    values(answer, oracle, draws, 4, 1)


def few(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Two groups, and one, which needs no kernel."""
    for groups in (2, 1):
        x, kernels = drawn(draws, groups, 2)
        expected = oracle(str(groups), lambda a, x=x, k=kernels: a.call(x, k))
        asked = sentence(x, kernels)
        got = tensor_of(answer.call(x, kernels), x.shape, asked)
        causes = by_form(got, expected, x, 2) if groups == 2 else {}
        require_same(got, expected, PRECISE, asked, causes)


def untouched(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    x, kernels = drawn(draws, 3, 1)
    require_unchanged(answer, sentence(x, kernels), x=x, kernels=kernels)


def gradient(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    x, kernels = drawn(draws, 3, 1, lively=True)
    direction = draws.tensor(*x.shape)
    asked = f"the gradient with respect to x of {sentence(x, kernels)}"
    expected = oracle("gradient", lambda a: a.gradient(direction, x, kernels))
    got = tensor_of(answer.gradient(direction, x, kernels), x.shape, asked)
    cut = "the gradient stops between two groups: .detach(), .data or no_grad there"
    require_same(got, expected, PRECISE, asked, {cut: got})


def kinds(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    x, kernels = drawn(draws, 3, 1)
    x, kernels = x.float(), [kernel.float() for kernel in kernels]
    expected, asked = oracle("float32", lambda a: a.call(x, kernels)), sentence(x, kernels)
    got = answer.call(x, kernels)
    if getattr(got, "dtype", None) != torch.float32:
        came = str(got.dtype) if isinstance(got, Tensor) else kind_of(got)
        raise Wrong(asked=asked, expected="dtype torch.float32, as x", got=came)
    require_same(tensor_of(got, x.shape, asked), expected, COARSE, asked, {})


EXERCISE = Exercise(
    "res2net(x, kernels)",
    {
        "shape": form,
        "three and four groups": more,
        "two groups and one": few,
        "x unchanged": untouched,
        "gradient": gradient,
        "dtype": kinds,
    },
    {"three and four groups": 60, "two groups and one": 15, "gradient": 20, "dtype": 5},
)
