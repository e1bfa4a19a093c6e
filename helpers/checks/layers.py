"""Layers of a network in the order in which they run: compare them, and name the first difference.

Names of modules play no part. A layer is known by its place among those that have parameters.
"""

import torch
from torch import Tensor

from helpers.checks.compare import alike
from helpers.checks.draws import Draws
from helpers.checks.failure import Wrong
from helpers.checks.protocol import Layer, Network, Pass

KINDS = {4: "convolution", 2: "linear layer", 1: "batch norm"}  # by the axes of the weight
SINGLE = 1e-4  # relative to the largest value: float32 on another processor
# The same for gradients: rounding moves a few activations across 0, and the maximum of a pooling to
# another place. Between two processors 0.06 was seen; a path that is cut changes far more.
KINKED = 0.2


def shapes_of(run: Pass) -> list[list[list[int]]]:
    return [layer.parameters for layer in run.layers]


def weights(shapes: list[list[int]], draws: Draws) -> list[Tensor]:
    """A value for every parameter: weights keep the signal's size, biases are far from 0."""
    values = []
    for shape in shapes:
        fan_in = max(1, torch.Size(shape[1:]).numel())
        bound = (6 / fan_in) ** 0.5 if len(shape) > 1 else 0.5
        values.append(draws.tensor(*shape, low=-bound, high=bound).float())
    return values


def walk(run: Pass) -> list[list[int]]:
    return [layer.output_shape for layer in run.layers]


def flat(shapes: list[list[list[int]]]) -> list[list[int]]:
    return [shape for layer in shapes for shape in layer]


def name(number: int, shapes: list[list[list[int]]]) -> str:
    """'convolution 2' or 'batch norm 1': the place of a layer in the order of running."""
    dims = len(shapes[number][0])
    place = sum(len(s[0]) == dims for s in shapes[: number + 1])
    return f"{KINDS.get(dims, 'layer')} {place}"


def same_shape(got: list[int], expected: list[int]) -> bool:
    """Equal but for trailing axes of size 1, as a linear layer written as a convolution has."""
    return torch.Size(got) == torch.Size(expected + [1] * (len(got) - len(expected)))


def same_size(got: list[list[int]], expected: list[list[int]]) -> bool:
    sizes = [[torch.Size(s).numel() for s in shapes] for shapes in (got, expected)]
    return sizes[0] == sizes[1] and got[0][0] == expected[0][0]


def compare_layers(run: Pass, parameters: list, shapes: list, asked: str) -> None:
    """Raises Wrong at the first layer whose parameters or output shape differ."""
    for number, layer in enumerate(run.layers[: len(parameters)]):
        where = f"layer {number + 1} that runs with parameters; its input has shape "
        where += f"{tuple(layer.input_shape)}"
        if not same_size(layer.parameters, parameters[number]):
            raise Wrong(
                asked=asked,
                expected=f"{name(number, parameters)} with parameters {parameters[number]}",
                got=f"{layer.kind} with {layer.parameters}",
                where=where,
                cause=parameter_cause(layer.parameters, parameters[number]),
            )
        if layer.output_shape and not same_shape(layer.output_shape, shapes[number]):
            raise Wrong(
                asked=asked,
                expected=f"shape {tuple(shapes[number])} after {name(number, parameters)}",
                got=f"shape {tuple(layer.output_shape)}",
                where=where,
                cause="stride or padding of this row, or stride and rounding of the pooling before",
            )
    compare_end(run, len(parameters), asked)


def compare_end(run: Pass, count: int, asked: str) -> None:
    """Raises Wrong where the pass broke off, or ran more or fewer layers than the table has."""
    if run.error:
        raise Wrong(asked=asked, got=run.error, where=broke_off(run))
    if len(run.layers) != count:
        raise Wrong(
            asked=asked,
            expected=f"{count} layers with parameters",
            got=f"{len(run.layers)}: {', '.join(layer.kind for layer in run.layers)}",
            cause="compare your layers with the rows of the table",
        )


def require_all_used(network: Network, x: Tensor, asked: str) -> None:
    if idle := network.idle(x):
        raise Wrong(asked=asked, got=f"forward never uses {', '.join(idle)}")


def compare_gradients(got: list, expected: list, owners: list[str], asked: str) -> None:
    """Raise Wrong at the first of the `owners`, one a parameter, whose gradient differs."""
    for owner, mine, right in zip(owners, got, expected, strict=True):
        if not mine or not alike(mine, right, KINKED):
            raise Wrong(
                asked=asked,
                expected=f"the gradient of {owner}",
                got="none" if not mine else "another one",
                cause="the path back is cut: .detach(), .data, no_grad, or a tensor made anew",
            )


def parameter_cause(mine: list[list[int]], right: list[list[int]]) -> str:
    if len(mine) < len(right):
        return "the layer has no bias"
    if len(mine) > len(right):
        return "the layer has a bias, and should have none"
    weight, wanted = mine[0], right[0]
    if len(weight) != len(wanted):
        return "another kind of layer stands here than in the table"
    if weight[:1] + weight[2:] == wanted[:1] + wanted[2:] and len(weight) == 4:
        return "the number of input channels: are the channels split into groups?"
    if weight[2:] != wanted[2:]:
        return "the size of the kernel"
    return "the number of channels or units of this row, or of the one before"


def broke_off(run: Pass) -> str:
    if not run.layers:
        return "before any layer with parameters ran"
    last = run.layers[-1]
    return f"at or after a {last.kind} whose input has shape {tuple(last.input_shape)}"


def sketched(run: Pass) -> list[list[list[float]]]:
    return [[layer.input_sketch, layer.output_sketch] for layer in run.layers]


def first_layer(run: Pass, sketches: list, shapes: list) -> str:
    """Where the difference begins, in the order of running."""
    for number, (layer, (before, after)) in enumerate(zip(run.layers, sketches, strict=True)):
        if negative(number, layer) or not alike(layer.input_sketch, before, SINGLE):
            begin = name(number - 1, shapes) if number else "the picture"
            return f"right after {begin}, wrong at the input of {name(number, shapes)}"
        if not alike(layer.output_sketch, after, SINGLE):
            return f"{name(number, shapes)}: its input is right, its output is not"
    return f"every layer up to {name(len(shapes) - 1, shapes)} is right; what comes after it is not"


def negative(number: int, layer: Layer) -> bool:
    """Whether numbers below 0 arrive at a layer that stands after a ReLU."""
    return number > 0 and layer.input_minimum < 0
