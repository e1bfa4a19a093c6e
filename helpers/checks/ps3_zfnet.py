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
from helpers.checks.layers import (
    SINGLE,
    compare_gradients,
    compare_layers,
    first_layer,
    flat,
    name,
    negative,
    require_all_used,
    shapes_of,
    sketched,
    walk,
    weights,
)
from helpers.checks.oracle import Ask, Oracle
from helpers.checks.protocol import Answer, Layer, Network, Pass

PICTURE = (3, 224, 224)
SMALL = {"num_classes": 10, "hidden": 64}  # the table's convolutions, and heads that cost little
BUILT = "ZFNet(num_classes=10, hidden=64)"
LOUD = 8  # pixels of this size make weak additions (response normalisation) visible
PARAMETERS = "parameters"


def network_of(answer: Answer) -> Network:
    return answer.build(SMALL["num_classes"], hidden=SMALL["hidden"])


def table(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Parameters and shapes, layer by layer, before any value is looked at."""
    asked = f"{BUILT} on pictures of shape (2, 3, 224, 224)"
    images = draws.tensor(2, *PICTURE).float()
    shapes = oracle(PARAMETERS, describe(images))
    expected = oracle("shapes", lambda a: walk(network_of(a).run(images)))
    network = network_of(answer)
    run = network.run(images)
    compare_layers(run, shapes, expected, asked)
    require_all_used(network, images, asked)
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
    owners = [
        f"the {p} of {name(i, shapes)}" for i in range(len(shapes)) for p in ("weight", "bias")
    ]
    compare_gradients(got, expected, owners, asked)


EXERCISE = Exercise(
    "ZFNet(num_classes, hidden=4096)",
    {
        "table": table,
        "full size": full_size,
        "logits in eval mode": logits,
        "dropout in train mode": dropout,
        "gradient": gradient,
    },
    {
        "logits in eval mode": 60,
        "full size": 10,
        "dropout in train mode": 20,
        "gradient": 10,
    },
)
