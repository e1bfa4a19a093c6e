"""ps1-resize: padding by reflection to an aspect, then a resize.

The first part asks for sizes at which nothing is left to resize, so that the padding shows alone.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from helpers.checks.compare import alike, kind_of, require_same, require_unchanged, tensor_of
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise, Part
from helpers.checks.failure import Wrong
from helpers.checks.oracle import Ask, Oracle
from helpers.checks.protocol import Answer

PRECISE = 1e-9  # relative to the largest value, in float64
COARSE = 1e-5  # the same in float32
ONE_MORE = "the odd row goes below the picture and the odd column to its right; here it lies before"
SQUASHED = "the picture is stretched to the size without padding, so its aspect changes"

Size = tuple[int, int]  # height, width


def ask(images: Tensor, size: Size) -> Ask:
    return lambda answer: answer.call(images, *size)


def turned(images: Tensor, size: Size) -> Ask:
    """The same on a picture that is turned upside down before and after."""
    return lambda answer: answer.call(images.flip(2, 3), *size).flip(2, 3)


def sentence(images: Tensor, size: Size) -> str:
    return f"pad_and_resize(images, {size[0]}, {size[1]}) with images of {tuple(images.shape)}"


def padding(*cases: tuple[Size, Size]) -> Part:
    """A part that asks for (picture, result) in sizes that need padding alone."""

    def part(answer: Answer, oracle: Oracle, draws: Draws) -> None:
        for shape, size in cases:
            images = draws.tensor(1, 1, *shape, low=0.5, high=2)
            key, asked = f"{shape} to {size}", sentence(images, size)
            expected = oracle(key, ask(images, size))
            other_side = oracle(f"{key}, turned", turned(images, size))
            got = tensor_of(ask(images, size)(answer), (1, 1, *size), asked)
            stretched = interpolate(images, size, mode="bilinear", antialias=True)
            causes = {ONE_MORE: other_side, SQUASHED: stretched, **edges(got, images)}
            require_same(got, expected, PRECISE, asked, causes)

    return part


def edges(got: Tensor, images: Tensor) -> dict[str, Tensor]:
    """`got` itself under the cause that what it has outside the picture shows, if any."""
    axis = 2 if got.shape[3] == images.shape[3] else 3
    length, much = images.shape[axis], got.shape[axis] - images.shape[axis]
    starts = [k for k in range(much + 1) if torch.equal(got.narrow(axis, k, length), images)]
    if not starts:
        return {}
    before = got.narrow(axis, 0, starts[0])
    after = got.narrow(axis, starts[0] + length, much - starts[0])
    outside = torch.cat((before, after), axis)
    if alike(outside, torch.zeros_like(outside), PRECISE):
        return {"outside the picture stands 0; its pixels should be mirrored there": got}
    if much and starts[0] in (0, much):
        return {"all of the padding lies on one side": got}
    if starts[0] and torch.equal(before.narrow(axis, starts[0] - 1, 1), images.narrow(axis, 0, 1)):
        return {"the pixel at the edge comes twice: the mirror stands on it, not behind it": got}
    return {}


def kernels(padded: Tensor, size: Size) -> dict[str, Tensor]:
    """What other ways to resize give."""
    text = "the padding is right, the resize is not: "
    return {
        f"{text}antialias=True is missing": interpolate(padded, size, mode="bilinear"),
        f"{text}nearest pixels were taken": interpolate(padded, size, mode="nearest"),
        f"{text}bicubic in place of bilinear": interpolate(
            padded, size, mode="bicubic", antialias=True
        ),
        f"{text}align_corners=True": interpolate(padded, size, mode="bilinear", align_corners=True),
    }


SCALED = (  # the picture, the result, the padded picture, and a padded one of too few pixels
    ((7, 12), (4, 8), (7, 14), (7, 13)),
    ((10, 9), (5, 6), (10, 12), (10, 11)),
    ((7, 10), (5, 6), (9, 10), (8, 10)),
    ((5, 4), (12, 12), (5, 5), (5, 4)),
)
SHORT = "the padded side is rounded down, and should be rounded up"


def scaled(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Padding and a resize, both axes, to smaller and to larger sizes."""
    for shape, size, padded, short in SCALED:
        images = draws.tensor(1, 1, *shape)
        key, asked = f"{shape} to {size}", sentence(images, size)
        expected = oracle(key, ask(images, size))
        other_side = oracle(f"{key}, turned", turned(images, size))
        whole = tensor(oracle(f"{key}, padded", ask(images, padded)))
        less = tensor(oracle(f"{key}, short", ask(images, short)))
        got = tensor_of(ask(images, size)(answer), (1, 1, *size), asked)
        causes = {
            ONE_MORE: other_side,
            SHORT: interpolate(less, size, mode="bilinear", antialias=True),
            **kernels(whole, size),
        }
        require_same(got, expected, PRECISE, asked, causes)


def tensor(values: Any) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def form(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    images, size = draws.tensor(2, 3, 6, 8), (10, 10)
    tensor_of(ask(images, size)(answer), (2, 3, *size), sentence(images, size))


def fitting(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """A picture that has the aspect: as it is, and at half its size."""
    images = draws.tensor(1, 1, 4, 6)
    for size in ((4, 6), (2, 3)):
        expected = oracle(str(size), ask(images, size))
        asked = f"{sentence(images, size)}, which have that aspect already"
        got = tensor_of(ask(images, size)(answer), (1, 1, *size), asked)
        require_same(got, expected, PRECISE, asked, {})


def unchanged(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    images, (height, width) = draws.tensor(1, 1, 4, 7), (5, 5)
    asked = sentence(images, (height, width))
    require_unchanged(answer, asked, images=images, height=height, width=width)


def kinds(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    images, size = draws.tensor(1, 1, 4, 7).float(), (5, 5)
    expected = oracle("float32", ask(images, size))
    asked, got = f"{sentence(images, size)}, torch.float32", ask(images, size)(answer)
    if getattr(got, "dtype", None) != torch.float32:
        came = str(got.dtype) if isinstance(got, Tensor) else kind_of(got)
        raise Wrong(asked=asked, expected="dtype torch.float32, as images", got=came)
    require_same(tensor_of(got, (1, 1, *size), asked), expected, COARSE, asked, {})


EXERCISE = Exercise(
    "pad_and_resize(images, height, width)",
    {
        "shape": form,
        "padding alone": padding(((5, 9), (9, 9)), ((6, 9), (9, 9)), ((8, 5), (8, 8))),
        "padding and resize": scaled,
        "wide padding": padding(((3, 4), (12, 4)), ((2, 3), (2, 9)), ((1, 4), (4, 4))),
        "nothing to pad": fitting,
        "images unchanged": unchanged,
        "dtype": kinds,
    },
    {"padding alone": 40, "padding and resize": 35, "wide padding": 20, "dtype": 5},
)
