"""ps3-zfnet: ZFNet by its table (Zeiler & Fergus 2014, figure 3).

The check gives every parameter a value of its own and compares logits. What the single layers
did only serves to say where a difference begins.
"""

from typing import Any

import torch
from torch import Tensor

from helpers.checks.compare import alike, close, first_difference, tensor_of
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise
from helpers.checks.failure import Wrong
from helpers.checks.oracle import Ask, Oracle
from helpers.checks.protocol import Answer, Layer, Network, Pass

PICTURE = (3, 224, 224)
SMALL = {"num_classes": 10, "hidden": 64}  # the table's convolutions, and heads that cost little
BUILT = "ZFNet(num_classes=10, hidden=64)"
SINGLE = 1e-4  # relative to the largest value, in float32
KINKED = 1e-2  # the same for gradients: rounding moves a few activations across 0
LOUD = 8  # pixels of this size make weak additions (response normalisation) visible
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


def table(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Parameters and shapes, layer by layer, before any value is looked at."""
    asked = f"{BUILT} on pictures of shape (2, 3, 224, 224)"
    images = draws.tensor(2, *PICTURE).float()
    shapes = oracle(PARAMETERS, describe(images))
    expected = oracle("shapes", lambda a: walk(network_of(a).run(images)))
    network = network_of(answer)
    run = network.run(images)
    compare_layers(run, shapes, expected, asked)
    if idle := network.idle(images):
        raise Wrong(asked=asked, got=f"forward never uses {', '.join(idle)}")
    tensor_of(run.output, (2, SMALL["num_classes"]), asked)


def full_size(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """As in the paper: 1,000 classes and 4,096 units, without the memory for them."""

    def run(a: Answer) -> Pass:
        return a.build(1000, meta=True).run(torch.empty(1, *PICTURE, device="meta"))

    parameters = oracle(PARAMETERS, lambda a: shapes_of(run(a)))
    shapes = oracle("shapes", lambda a: walk(run(a)))
    compare_layers(run(answer), parameters, shapes, "ZFNet(1000)")


def logits(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Logits in eval mode, every parameter drawn by the check."""
    asked = f"{BUILT}, parameters set by the check, in eval mode"
    images = draws.tensor(2, *PICTURE, low=-LOUD, high=LOUD).float()
    values = weights(flat(oracle(PARAMETERS, describe(images))), draws)

    def filled(a: Answer) -> Network:
        network = network_of(a)
        network.set(images, values)
        return network

    expected = oracle("logits", lambda a: filled(a).run(images).output)
    sketches = oracle("layers", lambda a: sketched(filled(a).run(images)))
    network = filled(answer)
    run = network.run(images)
    got = tensor_of(run.output, (2, SMALL["num_classes"]), asked)
    same = close(got, expected, SINGLE)
    if same.all():
        return
    shapes = shapes_of(run)
    raise Wrong(
        asked=asked,
        **{**first_difference(got, expected, same), "where": first_layer(run, sketches, shapes)},
        cause=logits_cause(got, network.run(images).output, run, sketches),
    )


def describe(images: Tensor) -> Ask:
    return lambda a: shapes_of(network_of(a).run(images))


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
        if negative(number, layer):
            return "negative numbers arrive there: a ReLU is missing before"
        if not alike(layer.input_sketch, before, SINGLE):
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
    images = draws.tensor(1, *PICTURE).float()

    def seen(a: Answer) -> list[float]:
        network = a.build(64, hidden=64)
        network.set(images, revealing(network.run(images)))
        output = tensor_of(network.run(images, training=True).output, (1, 64), asked)
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
    """Convolutions that give 1 everywhere; then linear layers that pass each unit on, plus 1.

    The last one adds nothing. So a unit's value tells which dropouts scaled it, and where.
    """
    values = []
    for number, layer in enumerate(run.layers, start=1 - len(run.layers)):
        weight, bias = (torch.zeros(shape) for shape in layer.parameters)
        if number > -3:
            weight.flatten(1)[range(64), range(64)] = 1
        values += [weight, bias + (number < 0)]
    return values


def gradient(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """The gradient reaches every parameter."""
    asked = f"gradients of the logits of {BUILT} with respect to its parameters"
    images = draws.tensor(1, *PICTURE).float()
    shapes = oracle(PARAMETERS, describe(images))
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
