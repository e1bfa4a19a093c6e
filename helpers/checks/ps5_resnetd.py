"""ps5-resnetd: ResNet-D's stem and shortcut by their table (He et al. 2019, "Bag of Tricks",
figure 2c and section 4.2).

The check gives every parameter a value of its own and compares what comes out.
"""

from torch import Tensor

from helpers.checks.compare import alike, close, first_difference, tensor_of
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise, Part
from helpers.checks.failure import Wrong
from helpers.checks.layers import (
    SINGLE,
    compare_gradients,
    compare_layers,
    flat,
    name,
    require_all_used,
    shapes_of,
    walk,
)
from helpers.checks.oracle import Oracle
from helpers.checks.protocol import Answer, Network, Pass

WIDTH, OUTPUTS = 4, 6
BUILT = f"ResNetD({WIDTH}, {OUTPUTS})"
FEW = 6  # numbers of a sketch that are kept


def built(answer: Answer) -> Network:
    return answer.build(WIDTH, OUTPUTS)


def drawn(shapes: list[list[int]], draws: Draws, middle: float = 0.0) -> list[Tensor]:
    """Weights keep the signal's size; norms scale and shift by numbers around `middle`."""
    values = []
    for shape in shapes:
        bound = (6 / (shape[1] * shape[2] * shape[3])) ** 0.5 if len(shape) == 4 else 0.9
        start = 0.0 if len(shape) == 4 else middle
        values.append(draws.tensor(*shape, low=start - bound, high=start + bound).float())
    return values


def sketched(run: Pass) -> list[list[list[float]]]:
    return [[layer.input_sketch[:FEW], layer.output_sketch[:FEW]] for layer in run.layers]


def table(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Parameters and shapes, layer by layer, before any value is looked at."""
    images = draws.tensor(2, 3, 64, 64).float()
    asked = f"{BUILT} on pictures of shape (2, 3, 64, 64)"
    parameters = oracle("parameters", lambda a: shapes_of(built(a).run(images)))
    shapes = oracle("shapes", lambda a: walk(built(a).run(images)))
    network = built(answer)
    run = network.run(images)
    compare_layers(run, parameters, shapes, asked)
    require_all_used(network, images, asked)
    tensor_of(run.output, (2, OUTPUTS, 8, 8), asked)


def outputs(size: int, side: int, training: bool = False, middle: float = 0.0) -> Part:
    """The result for pictures of `size` pixels, `side` wide; a larger `middle` opens the ReLUs."""

    def part(answer: Answer, oracle: Oracle, draws: Draws) -> None:
        mode = "train" if training else "eval"
        asked = f"{BUILT} on {size} x {size} pixels, parameters set by the check, in {mode} mode"
        images = draws.tensor(1, 3, size, size).float()
        shapes = oracle("parameters", lambda a: shapes_of(built(a).run(images)))
        values = drawn(flat(shapes), draws, middle)

        def run(a: Answer) -> Pass:
            network = built(a)
            network.set(images, values)
            return network.run(images, training=training)

        expected = oracle("output", lambda a: run(a).output)
        sketches = oracle("layers", lambda a: sketched(run(a)))
        require_layers(answer, images, shapes, asked)
        mine = run(answer)
        if mine.error:
            raise Wrong(asked=asked, got=mine.error)
        got = tensor_of(mine.output, (1, OUTPUTS, side, side), asked)
        same = close(got, expected, SINGLE)
        if not same.all():
            found = {**first_difference(got, expected, same), **begin(mine, sketches, shapes)}
            raise Wrong(asked=asked, **found)

    return part


def require_layers(answer: Answer, images: Tensor, shapes: list, asked: str) -> None:
    if shapes_of(built(answer).run(images)) != shapes:
        raise Wrong(asked=asked, got="other parameters than the table has")


def begin(run: Pass, sketches: list, shapes: list) -> dict[str, str]:
    """Where the difference begins, and what it may be."""
    for number, (layer, (before, after)) in enumerate(zip(run.layers, sketches, strict=True)):
        here = name(number, shapes)
        if not alike(layer.input_sketch[:FEW], before, SINGLE):
            last = number == len(shapes) - 2
            return {
                "where": f"wrong at the input of {here}",
                "cause": "the two poolings: their order and kind, and what counts at the edges; "
                "or the ReLU before them"
                if last
                else "a ReLU is missing before, or something that the table does not have",
            }
        if not alike(layer.output_sketch[:FEW], after, SINGLE):
            return {
                "where": f"{here}: its input is right, its output is not",
                "cause": "the layer's own settings: padding mode, groups, dilation, eps",
            }
    return {
        "where": f"every layer up to {name(len(shapes) - 1, shapes)} is right",
        "cause": "something runs after the last layer; the table ends with batch norm",
    }


def gradient(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """The gradient reaches every parameter."""
    images = draws.tensor(1, 3, 32, 32).float()
    asked = f"gradients of the output of {BUILT} with respect to its parameters"
    shapes = oracle("parameters", lambda a: shapes_of(built(a).run(images)))
    values, direction = drawn(flat(shapes), draws), draws.tensor(1, OUTPUTS, 4, 4).float()

    def gradients(a: Answer) -> list[list[float]]:
        network = built(a)
        network.set(images, values)
        return [found[:4] for found in network.gradients(images, direction)]

    expected = oracle("gradients", lambda a: gradients(a))
    require_layers(answer, images, shapes, asked)
    owners = [name(i, shapes) for i, layer in enumerate(shapes) for _ in layer]
    compare_gradients(gradients(answer), expected, owners, asked)


EXERCISE = Exercise(
    "ResNetD(width, outputs)",
    {
        "table": table,
        "eval mode": outputs(32, 4),
        "maps of odd size": outputs(20, 3, middle=0.6),
        "train mode": outputs(24, 3, training=True),
        "gradient": gradient,
    },
    {"eval mode": 50, "maps of odd size": 20, "train mode": 20, "gradient": 10},
)
