"""ps4-cam: where a network looked whose head takes the maximum of each map.

Source: the idea of Zhou et al., "Learning Deep Features for Discriminative Localization", 2016,
equation 2, for the pooling of Oquab et al., "Is object localization for free?", 2015.
"""

import torch
from torch import Tensor

from helpers.checks.compare import alike, kind_of, require_same, require_unchanged, tensor_of
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise
from helpers.checks.failure import Wrong
from helpers.checks.oracle import Oracle
from helpers.checks.protocol import Answer

PRECISE = 1e-9
COARSE = 1e-5


def case(draws: Draws, low=0.0, shape=(3, 4, 3, 5)) -> tuple[Tensor, Tensor, Tensor]:
    """Maps (N, C, H, W), weight (5, C) and a class for each picture, no two alike in a row."""
    weight = draws.tensor(5, shape[1], low=-2, high=2)
    first = draws.integer(0, 4)
    target = (torch.arange(shape[0]) * 2 + first) % 5
    return draws.tensor(*shape, low=low, high=low + 2), weight, target


def compare(answer: Answer, oracle: Oracle, key: str, arguments: tuple) -> None:
    maps, weight, target = arguments
    shape = (len(maps), *maps.shape[2:])
    asked = f"max_cam with maps of shape {tuple(maps.shape)} and target = {target.tolist()}"
    expected = torch.tensor(oracle(key, lambda a: a.call(*arguments)), dtype=torch.float64)
    first = oracle(
        f"{key}, one class", lambda a: a.call(maps, weight, target[:1].expand(len(maps)))
    )
    got = tensor_of(answer.call(*arguments), shape, asked)
    average = torch.einsum("nchw,nc->nhw", maps, weight[target])
    places = shape[1] * shape[2]
    causes = {
        "this is the map behind average pooling: there every place counts": average,
        "this is Grad-CAM of average pooling: there every place counts": average / places,
        "each picture has a class of its own; here all take the first": first,
        "negative evidence is cut off; the map was asked with its sign": expected.clamp(min=0),
        "the map is scaled; it was asked as it is": scaled(expected),
        "each place counts its share of the sum; here they are divided by their number":
            expected / places,
    }  # fmt: skip
    require_same(got, expected, PRECISE, asked, causes)


def scaled(maps: Tensor) -> Tensor:
    return maps / maps.abs().amax((1, 2), keepdim=True).clamp(min=1e-30)


def values(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    compare(answer, oracle, "values", case(draws))
    compare(answer, oracle, "one row", case(draws, shape=(2, 3, 1, 4)))


def negative(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Maps whose largest value is below 0, as without a ReLU."""
    compare(answer, oracle, "negative", case(draws, low=-3))


def ties(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Maps in which several places hold the largest value, also all of them."""
    maps, weight, target = case(draws)
    maps[0, 1, 0, :2] = maps[1, 2, 1:, 3] = maps[2, 0, 2, 1:4] = 3
    maps[2, 3] = 0.5
    asked = "max_cam where several places of a map hold its largest value"
    total = oracle("sums", lambda a: a.call(maps, weight, target).sum((1, 2)))
    expected = oracle("ties", lambda a: a.call(maps, weight, target))
    shape = (len(maps), *maps.shape[2:])
    got = tensor_of(answer.call(maps, weight, target), shape, asked)
    if not alike(got.sum((1, 2)), total, PRECISE):
        raise Wrong(
            asked=asked,
            expected=f"a map of picture 0 that adds up to {total[0]:.6g}",
            got=f"one that adds up to {float(got[0].sum()):.6g}",
            cause="a map adds up to the logit without its bias, and one maximum counts once",
        )
    cause = "places that share the largest value share what it adds, in equal parts"
    if not alike(got, expected, PRECISE):
        raise Wrong(asked=asked, expected="equal parts", got="other parts", cause=cause)


def kinds(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """float32 stays float32, and the arguments stay as they are."""
    maps, weight, target = case(draws)
    arguments = maps.float(), weight.float(), target
    expected = oracle("float32", lambda a: a.call(*arguments))
    asked = "max_cam with maps and weight in float32"
    got = answer.call(*arguments)
    if getattr(got, "dtype", None) != torch.float32:
        came = got.dtype if isinstance(got, Tensor) else kind_of(got)
        raise Wrong(asked=asked, expected="dtype torch.float32, as the maps", got=f"{came}")
    if not alike(tensor_of(got, (3, 3, 5), asked), expected, COARSE):
        raise Wrong(asked=asked, expected="the values of float64, to 5 digits", got="others")
    require_unchanged(answer, asked, maps=maps, weight=weight, target=target)


EXERCISE = Exercise(
    "max_cam(maps, weight, target)",
    {"values": values, "negative maps": negative, "ties": ties, "kinds": kinds},
    {"values": 60, "negative maps": 10, "ties": 20, "kinds": 10},
)
