"""ps1-distort: a grid of displacements for each picture.

As in the other sets, a usual mistake is the right answer to another question: to other
displacements. What way a grid is enlarged shows when it has a point for each pixel.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from helpers.checks.compare import alike, kind_of, require_same, require_unchanged, tensor_of
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise
from helpers.checks.failure import Wrong
from helpers.checks.oracle import Ask, Oracle
from helpers.checks.protocol import Answer

PRECISE = 1e-9  # relative to the largest value, in float64
COARSE = 1e-5  # the same in float32


@dataclass(frozen=True)
class Case:
    """The arguments of one call, in its order."""

    images: Tensor
    displacements: Tensor

    def __str__(self) -> str:
        images, moves = (tuple(t.shape) for t in (self.images, self.displacements))
        return f"grid_distort(images, displacements) with images of {images}, the other of {moves}"

    @property
    def size(self) -> tuple[int, ...]:
        return tuple(self.images.shape[2:])


def ask(case: Case) -> Ask:
    return lambda answer: answer.call(case.images, case.displacements)


def enlarged(case: Case, **how) -> Tensor:
    """Displacements with a point for each pixel."""
    return interpolate(case.displacements, case.size, **how)


def units(case: Case) -> Tensor:
    """Displacements that move by as many half sides as these move pixels."""
    half = [(length - 1) / 2 for length in case.size]
    return case.displacements * torch.tensor(half, dtype=torch.float64).view(2, 1, 1)


MISTAKES = {
    "axes": (
        lambda case: case.displacements.flip(1),
        "the two displacements are exchanged: channel 0 moves along rows' numbers (down), "
        "channel 1 along columns' (right), while grid_sample takes x before y",
    ),
    "sign": (
        lambda case: -case.displacements,
        "the sign: a pixel takes its value from where its displacement leads",
    ),
    "transposed": (
        lambda case: case.displacements.transpose(2, 3),
        "the grid's rows and columns are exchanged",
    ),
    "first for all": (
        lambda case: case.displacements[:1].expand_as(case.displacements),
        "all pictures have the displacements of the first",
    ),
    "units": (
        units,
        "displacements are pixels; here they count in half sides, as grid_sample's numbers do",
    ),
    "cells": (
        lambda case: enlarged(case, mode="bilinear"),
        "the outer grid points should lie on the centres of the outer pixels; here they lie inside "
        "the picture, in the middle of cells (align_corners=False)",
    ),
    "nearest": (
        lambda case: enlarged(case, mode="nearest"),
        "each pixel has the displacement of one grid point; between them it is interpolated",
    ),
    "bicubic": (
        lambda case: enlarged(case, mode="bicubic", align_corners=True),
        "displacements are interpolated bicubically, not bilinearly",
    ),
}


def compare(answer: Answer, oracle: Oracle, case: Case, key: str) -> None:
    """One call against the oracle, with a cause where the mistake is a known one."""
    expected = oracle(key, ask(case))
    causes = {}
    for name, (other, cause) in MISTAKES.items():
        asked = ask(replace(case, displacements=other(case)))
        causes[cause] = oracle(f"{key}, {name}", asked)
    got = tensor_of(ask(case)(answer), tuple(case.images.shape), str(case))
    whole = "each number is one pixel's own: pixels should be interpolated too"
    if torch.isin(got, case.images).all():
        causes[whole] = got
    require_same(got, expected, PRECISE, str(case), causes)


def pictures(draws: Draws, n: int, height: int, width: int) -> Tensor:
    return draws.tensor(n, 1, height, width, low=0.5, high=2)


def form(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    case = Case(draws.tensor(2, 3, 6, 8), draws.tensor(2, 2, 3, 4))
    tensor_of(ask(case)(answer), (2, 3, 6, 8), str(case))


def inward(draws: Draws, n: int, size: tuple[int, int], grid: tuple[int, int]) -> Case:
    """Every grid point moves somewhere into the picture, so that no pixel looks beyond the edge."""
    axes = [torch.linspace(0, m - 1, k).double() for m, k in zip(size, grid, strict=True)]
    last = torch.tensor(size).view(2, 1, 1) - 1
    goals = draws.tensor(n, 2, *grid, low=0) * last
    moves = 0.75 * (goals - torch.stack(torch.meshgrid(*axes, indexing="ij")))
    return Case(pictures(draws, n, *size), moves)


def inside(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    compare(answer, oracle, inward(draws, 1, (7, 7), (4, 4)), "inside")


def each_its_own(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    compare(answer, oracle, inward(draws, 3, (5, 5), (3, 3)), "each")


def sizes(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Pictures and grids that are not square; a grid of four points, and one of every pixel."""
    for size, grid in (((4, 7), (2, 2)), ((7, 4), (3, 2)), ((5, 4), (5, 4))):
        compare(answer, oracle, inward(draws, 1, size, grid), f"{size}, grid {grid}")


def beyond(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Places outside the picture, on all four sides, far and near."""
    images = pictures(draws, 1, 4, 5)
    moves = 6 * draws.tensor(1, 2, 2, 3)
    moves[:, :, 0, 0], moves[:, :, 1, 2] = -7, 8
    case = Case(images, moves)
    expected = oracle("beyond", ask(case))
    got = tensor_of(ask(case)(answer), tuple(images.shape), str(case))
    came = "here it gives 0" if got[0, 0, 0, 0] == 0 else "here the picture is mirrored, or goes on"
    cause = f"a place outside counts as the nearest place inside: {came}"
    require_same(got, expected, PRECISE, f"{case}, up to 8 pixels far", {cause: got})


def unchanged(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    case = Case(draws.tensor(1, 2, 4, 5), draws.tensor(1, 2, 2, 3))
    require_unchanged(answer, str(case), images=case.images, displacements=case.displacements)


def kinds(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    double = inward(draws, 1, (4, 5), (2, 3))
    case = Case(double.images.float(), double.displacements.float())
    expected = oracle("float32", ask(case))
    asked, got = f"{case}, both torch.float32", ask(case)(answer)
    if getattr(got, "dtype", None) != torch.float32:
        came = str(got.dtype) if isinstance(got, Tensor) else kind_of(got)
        raise Wrong(asked=asked, expected="dtype torch.float32, as images", got=came)
    got = tensor_of(got, tuple(case.images.shape), asked)
    if not alike(got, expected, COARSE):
        raise Wrong(asked=asked, expected="the values of float64, to 5 digits", got="others")


EXERCISE = Exercise(
    "grid_distort(images, displacements)",
    {
        "shape": form,
        "inside the picture": inside,
        "each picture its own": each_its_own,
        "sizes": sizes,
        "beyond the edge": beyond,
        "arguments unchanged": unchanged,
        "dtype": kinds,
    },
    {
        "inside the picture": 40,
        "each picture its own": 20,
        "sizes": 20,
        "beyond the edge": 15,
        "dtype": 5,
    },
)
