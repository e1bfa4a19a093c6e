"""Parts of a check for a module that a table describes: its layers, its values, its gradient.

The check gives every parameter a value of its own. So names and starting weights do not matter,
and a layer is known by its place in the order of running. Inputs are at least 0, as after a ReLU.
"""

from dataclasses import dataclass
from itertools import zip_longest

import torch
from torch import Tensor

from helpers.checks.compare import alike, close, first_difference, tensor_of
from helpers.checks.draws import Draws
from helpers.checks.exercise import Part
from helpers.checks.failure import Wrong
from helpers.checks.layers import (
    SINGLE,
    broke_off,
    compare_gradients,
    compare_layers,
    first_layer,
    flat,
    name,
    negative,
    require_all_used,
    shapes_of,
    walk,
    weights,
)
from helpers.checks.oracle import Oracle
from helpers.checks.protocol import Answer, Network, Pass

KEPT = 4  # numbers of each sketch that are recorded
DIGITS = 7  # of each recorded number: more than float32 agrees in on two processors


@dataclass(frozen=True)
class Case:
    """A module and the input that it is asked with.

    Attributes:
        module: its name.
        arguments: of the call that builds it.
        shape: of the input, (N, C, H, W).
        inner: whether each layer's output must have the solution's shape too.
    """

    module: str
    arguments: tuple[int, ...]
    shape: tuple[int, ...]
    inner: bool = True

    @property
    def asked(self) -> str:
        call = ", ".join(map(str, self.arguments))
        return f"{self.module}({call}) on an input of shape {self.shape}"

    def input(self, draws: Draws) -> Tensor:
        return draws.tensor(*self.shape, low=0, high=2).float()

    def run(self, answer: Answer, x: Tensor) -> Pass:
        return answer.build(*self.arguments).run(x)

    def filled(self, answer: Answer, x: Tensor, values: list[Tensor]) -> Network:
        """The module with these parameters. Raises Wrong where they do not fit its layers."""
        network = answer.build(*self.arguments)
        run = network.run(x)
        if run.error:
            raise Wrong(asked=self.asked, got=run.error, where=broke_off(run))
        mine, wanted = flat(shapes_of(run)), [list(value.shape) for value in values]
        if [torch.Size(s).numel() for s in mine] != [torch.Size(s).numel() for s in wanted]:
            pairs = list(zip_longest(mine, wanted))
            got, expected = next((m, w) for m, w in pairs if m != w)
            raise Wrong(
                asked=self.asked,
                expected=f"a parameter of shape {expected or 'none'}",
                got=f"one of shape {got or 'none'}",
                cause="how the sizes of the layers follow from the arguments",
            )
        network.set(x, values)
        return network


def table(*cases: Case) -> Part:
    """A part: parameters and shapes, layer by layer, before any value is looked at."""

    def part(answer: Answer, oracle: Oracle, draws: Draws) -> None:
        for case in cases:
            compare_table(answer, oracle, case, case.input(draws))

    return part


def compare_table(answer: Answer, oracle: Oracle, case: Case, x: Tensor) -> None:
    shapes = oracle(f"parameters, {case.asked}", lambda a: shapes_of(case.run(a, x)))
    walked = oracle(f"shapes, {case.asked}", lambda a: walk(case.run(a, x)))
    whole = oracle(f"output, {case.asked}", lambda a: list(case.run(a, x).output.shape))
    network = answer.build(*case.arguments)
    run = network.run(x)
    compare_layers(run, shapes, walked if case.inner else walk(run), case.asked)
    for number, (layer, right) in enumerate(zip(run.layers, shapes, strict=True)):
        kernel, wanted = list(layer.parameters[0][2:]), list(right[0][2:])
        if kernel != wanted and kernel[::-1] == wanted:
            raise Wrong(
                asked=case.asked,
                expected=f"{name(number, shapes)} with a kernel of {by(right)} (rows by columns)",
                got=f"a kernel of {by(layer.parameters)}",
                cause="the kernel lies the other way",
            )
    require_all_used(network, x, case.asked)
    tensor_of(run.output, tuple(whole), case.asked)


def by(parameters: list[list[int]]) -> str:
    return " by ".join(map(str, parameters[0][2:]))


def values(*cases: Case) -> Part:
    """A part: the output in eval mode, every parameter drawn by the check."""

    def part(answer: Answer, oracle: Oracle, draws: Draws) -> None:
        for case in cases:
            compare_values(answer, oracle, case, draws)

    return part


def compare_values(answer: Answer, oracle: Oracle, case: Case, draws: Draws) -> None:
    """One number for each picture and channel stands for its map: a sum with drawn weights."""
    x, asked = case.input(draws), f"{case.asked}, parameters set by the check"
    shapes = oracle(f"parameters, {case.asked}", lambda a: shapes_of(case.run(a, x)))
    size = oracle(f"output, {case.asked}", lambda a: list(case.run(a, x).output.shape))
    drawn, direction = weights(flat(shapes), draws), draws.tensor(*(size[2:] or [1]), low=0.5)

    def numbers(output: Tensor) -> Tensor:
        output = tensor_of(output, tuple(size), asked)
        return (output * direction).sum((2, 3)) if len(size) == 4 else output

    def mirrored(a: Answer) -> Tensor:
        turned = [v.flip(2, 3) if v.dim() == 4 else v for v in drawn]
        return numbers(case.filled(a, x.flip(2, 3), turned).run(x.flip(2, 3)).output.flip(2, 3))

    def run(a: Answer) -> Pass:
        return case.filled(a, x, drawn).run(x)

    expected = torch.tensor(
        oracle(f"values, {case.asked}", lambda a: brief(numbers(run(a).output)))
    )
    if case.inner:
        known = oracle(f"layers, {case.asked}", lambda a: short(run(a)))
    else:
        known = oracle(f"mirrored, {case.asked}", lambda a: brief(mirrored(a)))
    network = case.filled(answer, x, drawn)
    ran = cut(network.run(x))
    got = numbers(ran.output)
    same = close(got, expected, SINGLE)
    if same.all():
        return
    difference = first_difference(got, expected, same)
    cause = cause_of(got, numbers(network.run(x).output), expected, ran)
    if case.inner and len(ran.layers) == len(shapes):
        difference["where"] = first_layer(ran, known, shapes)
        cause = cause or cause_by_layer(ran, known)
    if not case.inner:
        cause = cause or cause_by_side(got, known)
    raise Wrong(asked=asked, **difference, cause=cause)


def short(run: Pass) -> list[list[list[float]]]:
    both = [[layer.input_sketch, layer.output_sketch] for layer in run.layers]
    return [[brief(sketch[:KEPT]) for sketch in pair] for pair in both]


def brief(values: Tensor | list) -> list:
    """Tensors as nested lists, each number with DIGITS digits."""
    if isinstance(values, Tensor):
        values = values.tolist()
    if isinstance(values, list):
        return [brief(value) for value in values]
    return float(f"{values:.{DIGITS}g}")


def cut(run: Pass) -> Pass:
    """The same with sketches as short as the recorded ones."""
    for layer in run.layers:
        layer.input_sketch = layer.input_sketch[:KEPT]
        layer.output_sketch = layer.output_sketch[:KEPT]
    return run


def cause_of(got: Tensor, again: Tensor, expected: Tensor, run: Pass) -> str:
    """A cause that needs no look at the single layers, or ""."""
    if not torch.equal(got, again):
        return "two calls in eval mode differ: something random is active there"
    if alike(got.sort(1).values, expected.sort(1).values, SINGLE):
        return "the right maps, joined along the channels in another order than the table's"
    if any(negative(number, layer) for number, layer in enumerate(run.layers)):
        return "negative numbers arrive at a convolution: a ReLU is missing before"
    return ""


def cause_by_layer(run: Pass, sketches: list) -> str:
    for layer, (before, after) in zip(run.layers, sketches, strict=True):
        if not alike(layer.input_sketch, before, SINGLE):
            return (
                "what runs before this layer: which maps it takes, a pooling's kind, window and "
                "edge, or something that the table does not have"
            )
        if not alike(layer.output_sketch, after, SINGLE):
            return "the layer's own settings: where its padding lies, groups, dilation"
    return (
        "what follows the last convolutions: a ReLU that is missing or too much, a pooling's "
        "kind, window and edge, or how the branches are joined"
    )


def cause_by_side(got: Tensor, mirrored: list) -> str:
    if alike(got, mirrored, SINGLE):
        return "the padding lies on the other side: above and left in place of below and right"
    return (
        "on which side each padding lies, a ReLU that is missing or too much, or the kind of "
        "the pooling"
    )


def gradient(case: Case) -> Part:
    """A part: the gradient reaches every parameter."""

    def part(answer: Answer, oracle: Oracle, draws: Draws) -> None:
        x = case.input(draws)
        shapes = oracle("parameters", lambda a: shapes_of(case.run(a, x)))
        size = oracle("output", lambda a: list(case.run(a, x).output.shape))
        drawn, direction = weights(flat(shapes), draws), draws.tensor(*size).float()

        def gradients(a: Answer) -> list[list[float]]:
            found = case.filled(a, x, drawn).gradients(x, direction)
            return [brief(sketch[:KEPT]) for sketch in found]

        expected, got = oracle("gradients", gradients), gradients(answer)
        owners = [
            f"the {p} of {name(i, shapes)}" for i in range(len(shapes)) for p in ("weight", "bias")
        ]
        compare_gradients(got, expected, owners, f"gradients of {case.asked}")

    return part
