"""ps3-zfnet: ZFNet by its table (Zeiler & Fergus 2014, figure 3).

The check gives every parameter a value of its own and compares logits. What the single layers
did only serves to say where a difference begins.
"""

from typing import Any

import torch
from torch import Tensor

from helpers.checks.compare import alike, close, first_difference, kind_of, tensor_of
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise
from helpers.checks.failure import Wrong
from helpers.checks.oracle import Ask, Oracle
from helpers.checks.protocol import Answer, Layer, Network, Pass

PICTURE = (3, 224, 224)
SMALL = {"num_classes": 10, "hidden": 64}  # the table's convolutions, and heads that cost little
BUILT = "ZFNet(num_classes=10, hidden=64)"
SINGLE = 1e-3  # relative to the largest value, in float32
KINKED = 1e-2  # the same for gradients: rounding moves a few activations across 0
PARAMETERS = "parameters"


def network_of(answer: Answer) -> Network:
    return answer.build(SMALL["num_classes"], hidden=SMALL["hidden"])


def weights(shapes: list[list[int]], draws: Draws) -> list[Tensor]:
    """A value for every parameter: weights keep the signal's size, biases are far from 0."""
    values = []
    for shape in shapes:
        fan_in = max(1, torch.Size(shape[1:]).numel())
        bound = (6 / fan_in) ** 0.5 if len(shape) > 1 else 0.5
        values.append(draws.tensor(*shape, low=-bound, high=bound).float())
    return values


def shapes_of(run: Pass) -> list[list[list[int]]]:
    return [layer.parameters for layer in run.layers]


def walk(run: Pass) -> list[list[int]]:
    return [layer.output_shape for layer in run.layers]


def flat(shapes: list[list[list[int]]]) -> list[list[int]]:
    return [shape for layer in shapes for shape in layer]


def name(number: int, shapes: list[list[list[int]]]) -> str:
    """'convolution 2' or 'linear layer 1': the place of a layer in the order of running."""
    dims = len(shapes[number][0])
    place = sum(len(s[0]) == dims for s in shapes[: number + 1])
    return f"{'convolution' if dims == 4 else 'linear layer'} {place}"


def same_shape(got: list[int], expected: list[int]) -> bool:
    """Equal but for trailing axes of size 1, as a linear layer written as a convolution has."""
    return torch.Size(got) == torch.Size(expected + [1] * (len(got) - len(expected)))


def same_size(got: list[list[int]], expected: list[list[int]]) -> bool:
    sizes = [[torch.Size(s).numel() for s in shapes] for shapes in (got, expected)]
    return sizes[0] == sizes[1] and got[0][0] == expected[0][0]


def compare_parameters(run: Pass, expected: list, asked: str) -> None:
    """Each layer's parameters. Raises Wrong at the first layer that differs."""
    got = shapes_of(run)
    for number, (mine, right) in enumerate(zip(got, expected, strict=False)):
        if not same_size(mine, right):
            raise Wrong(
                asked=asked,
                expected=f"{name(number, expected)} has parameters of shape {right}",
                got=f"{run.layers[number].kind} with {mine}",
                where=f"layer {number + 1} of those with parameters, in the order they run",
                cause=parameter_cause(mine, right),
            )
    if run.error:
        raise Wrong(asked=asked, got=run.error, where=broke_off(run))
    if len(got) != len(expected):
        raise Wrong(
            asked=asked,
            expected=f"{len(expected)} layers with parameters",
            got=f"{len(got)}: {', '.join(layer.kind for layer in run.layers)}",
            cause="compare your layers with the rows of the table",
        )


def parameter_cause(mine: list[list[int]], right: list[list[int]]) -> str:
    if len(mine) < len(right):
        return "the layer has no bias"
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


def compare_walk(run: Pass, expected: list, shapes: list, asked: str) -> None:
    """The shape after each layer. Raises Wrong at the first that differs."""
    for number, (layer, right) in enumerate(zip(run.layers, expected, strict=False)):
        if not same_shape(layer.output_shape, right):
            raise Wrong(
                asked=asked,
                expected=f"shape {tuple(right)} after {name(number, shapes)}",
                got=f"shape {tuple(layer.output_shape)}",
                where=f"its input has shape {tuple(layer.input_shape)}",
                cause="stride or padding of this row, or stride and rounding of the pooling before",
            )


def table(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Parameters and shapes, layer by layer, before any value is looked at."""
    asked = f"{BUILT} on pictures of shape (2, 3, 224, 224)"
    images = draws.tensor(2, *PICTURE).float()
    shapes = oracle(PARAMETERS, lambda a: shapes_of(network_of(a).run(images)))
    expected = oracle("shapes", lambda a: walk(network_of(a).run(images)))
    network = network_of(answer)
    run = network.run(images)
    whole = run if not run.error else Pass(None, run.layers[:-1])
    compare_walk(whole, expected, shapes, asked)
    compare_parameters(run, shapes, asked)
    if idle := network.idle(images):
        raise Wrong(asked=asked, got=f"forward never uses {', '.join(idle)}")
    tensor_of(run.output, (2, SMALL["num_classes"]), asked)


def full_size(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """As in the paper: 1,000 classes and 4,096 units, without the memory for them."""

    def asked(a: Answer) -> Any:
        return shapes_of(a.build(1000, meta=True).run(torch.empty(1, *PICTURE, device="meta")))

    expected = oracle("full size", asked)
    run = answer.build(1000, meta=True).run(torch.empty(1, *PICTURE, device="meta"))
    compare_parameters(run, expected, "ZFNet(1000)")


def logits(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Logits in eval mode, every parameter drawn by the check."""
    asked = f"{BUILT}, parameters set by the check, in eval mode"
    images = draws.tensor(2, *PICTURE).float()
    values = weights(flat(oracle(f"{PARAMETERS} again", describe(images))), draws)

    def filled(a: Answer) -> Network:
        network = network_of(a)
        network.set(images, values)
        return network

    expected = oracle("logits", lambda a: filled(a).run(images).output)
    sketches = oracle("layers", lambda a: sketched(filled(a).run(images)))
    network = filled(answer)
    run, again = network.run(images), network.run(images)
    got = tensor_of(run.output, (2, SMALL["num_classes"]), asked)
    same = close(got, expected, SINGLE)
    if same.all():
        return
    shapes = shapes_of(run)
    raise Wrong(
        asked=asked,
        **{**first_difference(got, expected, same), "where": first_layer(run, sketches, shapes)},
        cause=logits_cause(got, again.output, run, sketches),
    )


def describe(images: Tensor) -> Ask:
    return lambda a: shapes_of(network_of(a).run(images))


def sketched(run: Pass) -> list[list[list[float]]]:
    return [[layer.input_sketch, layer.output_sketch] for layer in run.layers]


def first_layer(run: Pass, sketches: list, shapes: list) -> str:
    """Where the difference begins, in the order of running."""
    for number, (layer, (before, after)) in enumerate(zip(run.layers, sketches, strict=True)):
        if not alike(layer.input_sketch, before, SINGLE):
            return f"right up to the output of {previous(number, shapes)}, wrong at the input of " \
                   f"{name(number, shapes)}"
        if not alike(layer.output_sketch, after, SINGLE):
            return f"{name(number, shapes)}: its input is right, its output is not"
    return f"every layer up to {name(len(shapes) - 1, shapes)} is right; what comes after it is not"


def previous(number: int, shapes: list) -> str:
    return name(number - 1, shapes) if number else "nothing: already the picture"


def logits_cause(got: Tensor, again: Any, run: Pass, sketches: list) -> str:
    if not torch.equal(got, torch.as_tensor(again).to(got)):
        return "two calls in eval mode differ: dropout is active there (does it know the mode?)"
    if torch.allclose(got.sum(1), torch.ones(len(got)).to(got), atol=1e-4) and got.min() >= 0:
        return "each row adds up to 1: a softmax; logits were asked"
    if torch.allclose(got.exp().sum(1), torch.ones(len(got)).to(got), atol=1e-4):
        return "a log-softmax at the end; logits were asked"
    return layer_cause(run.layers, sketches)


def layer_cause(layers: list[Layer], sketches: list) -> str:
    for number, (layer, (before, after)) in enumerate(zip(layers, sketches, strict=True)):
        if not alike(layer.input_sketch, before, SINGLE):
            if number and layer.input_minimum < 0:
                return "negative numbers arrive there: a ReLU is missing before"
            return (
                "what runs between these two layers: kind, window and edge of the pooling, "
                "something that the table does not have, or the order of flattening"
            )
        if not alike(layer.output_sketch, after, SINGLE):
            return "the layer's own settings: padding mode, groups, dilation"
    return "something runs after the last layer: logits come straight out of it"


def dropout(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """In train mode, with weights that make each unit show which dropouts it went through."""
    asked = "ZFNet(num_classes=64, hidden=64) in train mode, with weights that show each dropout"
    images = draws.tensor(8, *PICTURE).float()

    def seen(a: Answer) -> list[float]:
        network = a.build(64, hidden=64)
        network.set(images, revealing(network.run(images)))
        output = tensor_of(network.run(images, training=True).output, (8, 64), asked)
        return sorted({round(v, 4) for v in output.flatten().tolist()})

    expected, got = oracle("dropout", seen), seen(answer)
    if got != expected:
        raise Wrong(
            asked=asked,
            expected=f"units take the values {expected}",
            got=f"units take the values {got[:6]}",
            cause=dropout_cause(got),
        )


def dropout_cause(got: list[float]) -> str:
    if len(got) == 1:
        return "no dropout in train mode"
    if 0 not in got or len(got) == 2:
        return "a dropout is missing, or stands in another place than the exercise says"
    return "where the dropouts stand, or their rate"


def revealing(run: Pass) -> list[Tensor]:
    """Parameters with which convolutions give 1 everywhere and linear layers pass units on, + 1."""
    values = []
    for layer in run.layers:
        weight, bias = layer.parameters
        value = torch.zeros(weight).flatten(1)
        if layer is not run.layers[-1] and value.shape[0] != 64 or value.shape[0] > 64:
            values += [value, torch.ones(bias)]
            continue
        value[range(64), range(64)] = 1.0
        values += [value, torch.zeros(bias) if layer is run.layers[-1] else torch.ones(bias)]
    return values


def gradient(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """The gradient reaches every parameter."""
    asked = f"gradients of the logits of {BUILT} with respect to its parameters"
    images = draws.tensor(1, *PICTURE).float()
    shapes = oracle(f"{PARAMETERS} for gradients", describe(images))
    values, direction = weights(flat(shapes), draws), draws.tensor(1, SMALL["num_classes"]).float()

    def gradients(a: Answer) -> list[list[float]]:
        network = network_of(a)
        network.set(images, values)
        return network.gradients(images, direction)

    expected, got = oracle("gradients", gradients), gradients(answer)
    owners = [(name(i, shapes), p) for i in range(len(shapes)) for p in ("weight", "bias")]
    for (layer, parameter), mine, right in zip(owners, got, expected, strict=True):
        if not mine or not alike(mine, right, KINKED):
            raise Wrong(
                asked=asked,
                expected=f"the gradient of the {parameter} of {layer}",
                got="none" if not mine else "another one",
                cause="the path back is cut: .detach(), .data, no_grad, or a tensor made anew",
            )


EXERCISE = Exercise(
    "ZFNet(num_classes, hidden=4096)",
    {
        "table": table,
        "full size": full_size,
        "logits in eval mode": logits,
        "dropout in train mode": dropout,
        "gradient": gradient,
    },
)
