"""Answers to ps1-distort."""

import numpy as np
import torch
from scipy import ndimage
from torch.nn import functional as F

from tests.answers.table import Right, Wrong


def evenly(displacements, size):
    return F.interpolate(displacements, size, mode="bilinear", align_corners=True)


def sampled(images, y, x, padding_mode="border", mode="bilinear", align_corners=True):
    """The pictures at places (N, H, W) in pixels."""
    height, width = images.shape[2:]
    places = torch.stack((2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1), -1)
    return F.grid_sample(images, places, mode, padding_mode, align_corners)


def answer(enlarge=evenly, sample=sampled, moved=lambda moves: moves.unbind(1), **how):
    def grid_distort(images, displacements):
        height, width = images.shape[2:]
        down, right = moved(enlarge(displacements, (height, width)))
        y, x = torch.arange(height)[:, None] + down, torch.arange(width) + right
        return sample(images, y, x, **how)

    return grid_distort


def from_cells(displacements, size):
    return F.interpolate(displacements, size, mode="bilinear", align_corners=False)


def nearest_point(displacements, size):
    return F.interpolate(displacements, size)


def bicubic(displacements, size):
    return F.interpolate(displacements, size, mode="bicubic", align_corners=True)


def in_units(images, displacements):
    size = images.shape[2:]
    axes = [torch.linspace(-1, 1, n, dtype=images.dtype) for n in size]
    y, x = torch.meshgrid(*axes, indexing="ij")
    down, right = evenly(displacements, size).unbind(1)
    places = torch.stack((x + right, y + down), -1)
    return F.grid_sample(images, places, padding_mode="border", align_corners=True)


def first_for_all(images, displacements):
    return good(images, displacements[:1].expand(len(images), -1, -1, -1))


def mean_for_all(images, displacements):
    return good(images, displacements.mean(0, keepdim=True).expand_as(displacements))


def transposed(images, displacements):
    return good(images, displacements.transpose(2, 3))


def square_pictures(images, displacements):
    height = images.shape[2]
    down, right = evenly(displacements, (height, height)).unbind(1)
    line = torch.arange(height)
    return sampled(images, line[:, None] + down, line + right)


def clamped_move(images, displacements):
    return good(images, displacements.clamp(-1, 1))


def in_place(images, displacements):
    size = torch.tensor(images.shape[2:]).view(2, 1, 1)
    result = good(images, displacements)
    displacements /= size
    return result


def zeroes_the_edge(images, displacements):
    result = good(images, displacements)
    images[..., 0, 0] = 0
    return result


def double(images, displacements):
    return good(images.double(), displacements.double())


def bent_twice(images, displacements):
    return good(good(images, displacements), displacements)


def undone(images, displacements):
    return images


def pictures_alone(images, displacements):
    return good(images, displacements)[:1]


def unwritten(images, displacements):
    raise NotImplementedError


good = answer()

WRONG = [
    Wrong(
        "x before y", answer(moved=lambda m: m.flip(1).unbind(1)), ("are exchanged", "channel 0")
    ),
    Wrong("the wrong way", answer(moved=lambda m: (-m).unbind(1)), ("the sign",)),
    Wrong("grid points inside cells", answer(from_cells), ("align_corners=False",)),
    Wrong("nearest grid point", answer(nearest_point), ("one grid point",)),
    Wrong("bicubic displacements", answer(bicubic), ("bicubically",)),
    Wrong("nearest pixel", answer(mode="nearest"), ("one pixel's own",)),
    Wrong("half sides, not pixels", in_units, ("half sides",)),
    Wrong("0 outside", answer(padding_mode="zeros"), ("beyond the edge", "here it gives 0")),
    Wrong("mirrored outside", answer(padding_mode="reflection"), ("beyond", "is mirrored")),
    Wrong("one grid for all", first_for_all, ("displacements of the first", "each picture")),
    Wrong("the mean grid for all", mean_for_all, ("each picture its own", "numbers differ")),
    Wrong("grid transposed", transposed, ("grid's rows and columns",)),
    Wrong("mixed conventions", answer(align_corners=False), ("inside the picture", "differ")),
    Wrong("square pictures only", square_pictures, ("sha", "axis 3 (columns)")),
    Wrong("moves cut to one pixel", clamped_move, ("inside the picture", "numbers differ")),
    Wrong("alters the displacements", in_place, ("same displacements", "in place")),
    Wrong("alters the pictures", zeroes_the_edge, ("same images", "in place")),
    Wrong("float64 for float32", double, ("dtype torch.float32", "torch.float64")),
    Wrong("bent twice", bent_twice, ("inside the picture", "numbers differ")),
    Wrong("nothing happens", undone, ("inside the picture", "one pixel's own")),
    Wrong("one picture", pictures_alone, ("axis 0 (pictures)",)),
    Wrong("nothing", lambda images, displacements: None, ("nothing (None)", "return")),
    Wrong("unwritten", unwritten, ("not written yet",)),
    Wrong("one argument", lambda images: images, ("called as grid_distort(images, disp",)),
]


def by_hand(images, y, x):
    """Four neighbours and their weights."""
    n, _, height, width = images.shape
    y, x = y.clamp(0, height - 1), x.clamp(0, width - 1)
    top, left = y.floor().long().clamp(max=height - 2), x.floor().long().clamp(max=width - 2)
    below, beside = (y - top)[:, None], (x - left)[:, None]
    one = torch.arange(n)[:, None, None]
    corner = [images[one, :, top + i, left + j].movedim(-1, 1) for i in (0, 1) for j in (0, 1)]
    upper = corner[0] * (1 - beside) + corner[1] * beside
    lower = corner[2] * (1 - beside) + corner[3] * beside
    return upper * (1 - below) + lower * below


def matrix(n, points):
    """(n, points): the weights of the grid points for each pixel of a line."""
    place = torch.arange(n, dtype=torch.float64)[:, None] * (points - 1) / (n - 1)
    return (1 - (place - torch.arange(points)).abs()).clamp(min=0)


def by_matrices(displacements, size):
    rows, columns = (
        matrix(n, k).to(displacements) for n, k in zip(size, displacements.shape[2:], strict=True)
    )
    return rows @ displacements @ columns.T


def by_scipy(images, displacements):
    height, width = images.shape[2:]
    result = np.empty_like(images.numpy())
    for n, (picture, moves) in enumerate(zip(images.numpy(), displacements.numpy(), strict=True)):
        points = zip(moves.shape[1:], (height, width), strict=True)
        knots = [np.linspace(0, k - 1, m) for k, m in points]
        at = np.meshgrid(*knots, indexing="ij")
        moved = [ndimage.map_coordinates(m, at, order=1, mode="nearest") for m in moves]
        places = np.indices((height, width)) + np.array(moved)
        for c, channel in enumerate(picture):
            result[n, c] = ndimage.map_coordinates(channel, places, order=1, mode="nearest")
    return torch.from_numpy(result)


def picture_by_picture(images, displacements):
    return torch.cat([good(i[None], d[None]) for i, d in zip(images, displacements, strict=True)])


def clamped_places(images, y, x):
    height, width = images.shape[2:]
    return sampled(images, y.clamp(0, height - 1), x.clamp(0, width - 1), "zeros")


def grid_by_grid_sample(displacements, size):
    axes = [torch.linspace(-1, 1, n, dtype=displacements.dtype) for n in size]
    y, x = torch.meshgrid(*axes, indexing="ij")
    places = torch.stack((x, y), -1).expand(len(displacements), -1, -1, -1)
    return F.grid_sample(displacements, places, padding_mode="border", align_corners=True)


RIGHT = [
    Right("interpolate and grid_sample", good),
    Right("four neighbours by hand", answer(sample=by_hand)),
    Right("the grid enlarged by two matrices", answer(by_matrices)),
    Right("scipy's map_coordinates", by_scipy),
    Right("one picture after the other", picture_by_picture),
    Right("places clamped first", answer(sample=clamped_places)),
    Right("the grid enlarged by grid_sample", answer(grid_by_grid_sample)),
]
