"""ps5-preactivation: norm and ReLU before the convolutions (He et al. 2016, "Identity Mappings",
figure 4e), and a branch that starts at zero.

Parameters are set by shape, so it does not matter whether branch or shortcut runs first.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from helpers.checks.compare import alike, close, first_difference, tensor_of
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise, Part
from helpers.checks.failure import Wrong
from helpers.checks.layers import SINGLE, flat, shapes_of
from helpers.checks.oracle import Oracle
from helpers.checks.protocol import Answer, Network, Pass


@dataclass(frozen=True)
class Case:
    """One block and the shapes of what goes in and comes out."""

    c_in: int
    c_out: int
    stride: int
    maps: tuple[int, ...]
    result: tuple[int, ...]

    def __str__(self) -> str:
        return f"PreActivationBlock({self.c_in}, {self.c_out}, {self.stride}) on {self.maps}"

    def build(self, answer: Answer) -> Network:
        return answer.build(self.c_in, self.c_out, self.stride)


COPY = Case(2, 2, 1, (2, 2, 3, 3), (2, 2, 3, 3))
CHANGED = (
    Case(2, 3, 2, (2, 2, 4, 5), (2, 3, 2, 3)),
    Case(2, 2, 2, (2, 2, 3, 3), (2, 2, 2, 2)),
    Case(3, 2, 1, (2, 3, 2, 3), (2, 2, 2, 3)),
)

WIDE = (  # so many channels that some ReLU is open, whatever the random start
    Case(16, 16, 1, (2, 16, 4, 4), (2, 16, 4, 4)),
    Case(3, 16, 2, (2, 3, 6, 6), (2, 16, 3, 3)),
    Case(3, 16, 1, (2, 3, 4, 4), (2, 16, 4, 4)),
)


def maps(draws: Draws, case: Case) -> Tensor:
    return draws.tensor(*case.maps, low=-2, high=2).float()


def ordered(run: Pass) -> list[list[int]]:
    return sorted(flat(shapes_of(run)))


def structure(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """The shape of the result and the parameters, before any value is looked at."""
    for case in (COPY, *CHANGED):
        x = maps(draws, case)
        expected = oracle(f"{case}", lambda a, c=case, x=x: ordered(c.build(a).run(x)))
        network = case.build(answer)
        run = network.run(x)
        if run.error:
            raise Wrong(asked=f"{case}", got=run.error)
        got = ordered(run)
        if got != expected:
            raise Wrong(
                asked=f"{case}",
                expected=f"parameters of shapes {expected}",
                got=f"{got}",
                cause=structure_cause(case, run, got, expected),
            )
        if idle := network.idle(x):
            raise Wrong(asked=f"{case}", got=f"forward never uses {', '.join(idle)}")
        tensor_of(run.output, case.result, f"{case}")


def structure_cause(case: Case, run: Pass, got: list, expected: list) -> str:
    if any(layer.kind.startswith("Conv") and len(layer.parameters) > 1 for layer in run.layers):
        return "a convolution has a bias"
    point = [case.c_out, case.c_in, 1, 1]
    if (point in got) != (point in expected):
        return "when is the shortcut a convolution, and when is it x itself?"
    norms = [sum(len(shape) == 1 for shape in shapes) // 2 for shapes in (got, expected)]
    if norms[0] != norms[1]:
        return f"{norms[0]} batch norms in place of {norms[1]}; the shortcut has none"
    return "channels or kernels of the two convolutions"


def filled(network: Network, x: Tensor, values: dict[tuple[int, ...], list[Tensor]]) -> Network:
    """Each parameter gets the next value of its shape, in the order of running."""
    queues = {shape: list(queue) for shape, queue in values.items()}
    shapes = flat(shapes_of(network.run(x)))
    network.set(x, [queues[tuple(shape)].pop(0) for shape in shapes])
    return network


def drawn(shapes: list[list[int]], draws: Draws) -> dict[tuple[int, ...], list[Tensor]]:
    values: dict[tuple[int, ...], list[Tensor]] = {}
    for shape in shapes:
        low, high = (-0.6, 1.2) if len(shape) == 1 else (-0.8, 0.8)
        values.setdefault(tuple(shape), []).append(draws.tensor(*shape, low=low, high=high).float())
    return values


def outputs(cases: tuple[Case, ...], training: bool) -> Part:
    def part(answer: Answer, oracle: Oracle, draws: Draws) -> None:
        for case in cases:
            one(case, training, answer, oracle, draws)

    return part


def one(case: Case, training: bool, answer: Answer, oracle: Oracle, draws: Draws) -> None:
    mode = "train" if training else "eval"
    asked = f"{case}, parameters set by the check, in {mode} mode"
    x = maps(draws, case)
    shapes = oracle(f"{case}, parameters", lambda a: ordered(case.build(a).run(x)))
    values = drawn(shapes, draws)
    expected = oracle(
        f"{case}", lambda a: filled(case.build(a), x, values).run(x, training=training).output
    )
    network = case.build(answer)
    if ordered(network.run(x)) != shapes:
        raise Wrong(asked=f"{case}", got="other parameters than the exercise says")
    run = filled(network, x, values).run(x, training=training)
    if run.error:
        raise Wrong(asked=asked, got=run.error)
    got = tensor_of(run.output, case.result, asked)
    same = close(got, expected, SINGLE)
    if not same.all():
        cause = cause_of(case, run, x, got, expected)
        raise Wrong(asked=asked, cause=cause, **first_difference(got, expected, same))


def cause_of(case: Case, run: Pass, x: Tensor, got: Tensor, expected) -> str:
    expected = torch.as_tensor(expected, dtype=torch.float64)
    if alike(got, expected.clamp(min=0), SINGLE):
        return "a ReLU comes after the addition"
    for layer in run.layers:
        convolution = len(layer.parameters[0]) == 4
        if convolution and layer.input_minimum < 0:
            kind = "1 x 1 shortcut" if layer.parameters[0][2:] == [1, 1] else "3 x 3 convolution"
            return f"negative numbers arrive at a {kind}: it should get what a ReLU gives"
    if case is COPY:
        branch = expected - x
        if alike(got, branch, SINGLE):
            return "the shortcut is missing: this is the branch alone"
        if float((got - branch).min()) > -1e-6:
            return "the shortcut of a block that changes nothing is x itself, not p"
    return "the order of norm, ReLU and convolution, their settings, or what is added"


def start(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """As built: a copy, also in train mode, that can learn."""
    x = maps(draws, COPY)
    network = COPY.build(answer)
    for training in (False, True):
        asked = f"{COPY}, as it is built, in {'train' if training else 'eval'} mode"
        got = tensor_of(network.run(x, training=training).output, COPY.result, asked)
        same = close(got, x, SINGLE)
        if not same.all():
            cause = "the branch does not start at zero, or the shortcut is not x itself"
            raise Wrong(asked=asked, cause=cause, **first_difference(got, x, same))
    for case in WIDE:
        awake(case, answer, draws)


def awake(case: Case, answer: Answer, draws: Draws) -> None:
    """The last convolution starts at 0 in every block, and its gradient does not."""
    x, direction = maps(draws, case), draws.tensor(*case.result).float()
    network = case.build(answer)
    layers = network.run(x).layers
    last = [layer for layer in layers if layer.parameters[0][2:] == [3, 3]][-1]
    if any(abs(value) > 1e-6 for value in last.output_sketch):
        raise Wrong(
            asked=f"the last 3 x 3 convolution of {case}, as it is built",
            expected="its output is 0",
            got="another output",
            cause="its weights do not start at 0 in a block that changes the shape",
        )
    shapes = flat(shapes_of(network.run(x)))
    found = network.gradients(x, direction)
    number = max(i for i, shape in enumerate(shapes) if shape[2:] == [3, 3])
    if not any(abs(value) > 1e-9 for value in found[number]):
        raise Wrong(
            asked=f"the gradient of the last 3 x 3 convolution of {case}, as it is built",
            expected="a gradient that is not 0, so that the block can learn",
            got="0" if found[number] else "none",
            cause="something else starts at 0 too, or the path back is cut",
        )


EXERCISE = Exercise(
    "PreActivationBlock(c_in, c_out, stride=1)",
    {
        "parameters": structure,
        "same shape, eval mode": outputs((COPY,), False),
        "other shapes, eval mode": outputs(CHANGED, False),
        "train mode": outputs((COPY, CHANGED[0]), True),
        "start": start,
    },
    {
        "same shape, eval mode": 35,
        "other shapes, eval mode": 25,
        "train mode": 10,
        "start": 30,
    },
)
