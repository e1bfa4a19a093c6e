"""Changes to a batch of pictures; each picture draws its own, from a seeded generator.

Every function takes and gives (N, 3, H, W) tensors on any device and does not change its input.
What draws is built on what does the same with given numbers: `crop` on `cut`, `rotate` on `turns`
and `warp`. All but `normalise` give the pixels' own type, so a batch stays uint8 until the network
needs floats; `normalise` comes last.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional

Range = tuple[float, float]
GREY = (0.2989, 0.587, 0.114)  # what the eye makes of red, green, blue: ITU-R BT.601
PIECE = 4  # pictures that stay in a processor's cache while they are changed
TRIES = 10  # as in torchvision's RandomResizedCrop


def normalise(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """uint8 pixels to floats with mean 0 and standard deviation 1 in each channel.

    Args:
        mean, std: (3,), of pixels in [0, 1], from `Splits.statistics`.
    """
    mean, std = (255 * v.to(images.device) for v in (mean, std))
    pixels = images.to(torch.float32, copy=True)
    if pixels.is_contiguous(memory_format=torch.channels_last):
        width = pixels.shape[3]  # whole rows fill the processor's vectors, three channels do not
        rows = pixels.permute(0, 2, 3, 1).flatten(2)
        rows.sub_(mean.repeat(width)).div_(std.repeat(width))
        return pixels
    return pixels.sub_(mean.view(3, 1, 1)).div_(std.view(3, 1, 1))


def flip(images: Tensor, generator: Generator) -> Tensor:
    """Each picture mirrored left to right with probability one half."""
    mirrored = torch.rand(len(images), generator=generator) < 0.5
    images = images.clone()
    for row in mirrored.nonzero()[:, 0].tolist():
        images[row] = images[row].flip(2)
    return images


def shift(images: Tensor, pixels: int, generator: Generator) -> Tensor:
    """Each picture moved by up to `pixels` along both axes, its edge repeated behind it."""
    n, _, height, width = images.shape
    down, right = torch.randint(-pixels, pixels + 1, (2, n), generator=generator)
    rows = (torch.arange(height) + down[:, None]).clamp(0, height - 1).to(images.device)
    columns = (torch.arange(width) + right[:, None]).clamp(0, width - 1).to(images.device)
    images = images.gather(2, rows.view(n, 1, height, 1).expand_as(images))
    return images.gather(3, columns.view(n, 1, 1, width).expand_as(images))


def cut(images: Tensor, boxes: Tensor, size: int) -> Tensor:
    """One box of each picture, resized to `size` by `size` pixels; antialiased, bilinear.

    Args:
        images: uint8.
        boxes: int64 (N, 4), x0 y0 x1 y1 in pixels, end exclusive.
    """

    def resized(pictures: Tensor, boxes: Tensor) -> Tensor:
        cuts = zip(pictures, boxes.tolist(), strict=True)
        return torch.cat([_resized(p[None, :, y0:y1, x0:x1], size) for p, (x0, y0, x1, y1) in cuts])

    return _in_pieces(resized, images, boxes)


def crop(
    images: Tensor,
    size: int,
    generator: Generator,
    scale: Range = (0.08, 1.0),
    ratio: Range = (3 / 4, 4 / 3),
) -> Tensor:
    """A random box of each picture, resized to `size` by `size` pixels.

    Args:
        images: uint8.
        scale: smallest and largest share of the picture's area.
        ratio: smallest and largest width by height.

    Source: Szegedy et al. 2015, Going deeper with convolutions, section 6.
    """
    return cut(images, _random_boxes(images, scale, ratio, generator), size)


def zoom(images: Tensor, most: float, generator: Generator) -> Tensor:
    """The middle of each picture, enlarged 1 to `most` times.

    Args:
        images: uint8, square.
        most: 1 or more.
    """
    size = images.shape[-1]
    side = (size / _uniform((len(images),), (1, most), generator)).round().long()
    low = (size - side) // 2
    return cut(images, torch.stack((low, low, low + side, low + side), 1), size)


def warp(images: Tensor, matrices: Tensor) -> Tensor:
    """Each pixel taken from elsewhere in its picture; bilinear, black outside it.

    Args:
        images: uint8.
        matrices: float (N, 3, 3), from a place in the new picture to its place in the old one,
            both as (x, y, 1) in pixels from the middle of the picture.
    """
    height, width = images.shape[2:]
    x = torch.arange(width, device=images.device) - (width - 1) / 2
    y = torch.arange(height, device=images.device) - (height - 1) / 2
    halves = torch.tensor([width / 2, height / 2, 1], device=images.device)  # grid_sample's unit

    def warped(pictures: Tensor, matrices: Tensor) -> Tensor:
        across, down, fixed = (matrices / halves[:, None]).unsqueeze(3).unbind(2)  # (N, 3, 1) each
        places = (across * x)[:, :, None] + (down * y + fixed)[..., None]  # (N, 3, H, W)
        grid = (places[:, :2] / places[:, 2:]).movedim(1, 3)
        return functional.grid_sample(pictures.float(), grid, align_corners=False)

    return _in_pieces(_rounded(warped), images, matrices.float().to(images.device))


def rotate(images: Tensor, degrees: float, generator: Generator) -> Tensor:
    """Each uint8 picture turned about its middle by up to `degrees` either way."""
    return warp(images, turns(_uniform((len(images),), (-degrees, degrees), generator)))


def turns(degrees: Tensor) -> Tensor:
    """Matrices (N, 3, 3) for `warp` that turn by (N,) degrees against the clock."""
    sin, cos = degrees.deg2rad().sin(), degrees.deg2rad().cos()
    matrices = torch.eye(3).repeat(len(degrees), 1, 1)
    matrices[:, :2, :2] = torch.stack((cos, -sin, sin, cos), 1).view(-1, 2, 2)
    return matrices


def distort(images: Tensor, share: float, generator: Generator) -> Tensor:
    """Each picture as seen from an angle: a random four-sided part of it fills the square.

    Args:
        images: uint8.
        share: how far each corner of that part may lie from the picture's own, along each axis,
            as a share of half the side; from 0 to below 1.
    """
    inward = 1 - share * torch.rand(len(images), 4, 2, generator=generator)
    return warp(images, perspectives(_corners(images) * inward, _corners(images)))


def perspectives(seen: Tensor, shown: Tensor) -> Tensor:
    """Matrices (N, 3, 3) for `warp` that show the four points `seen` (N, 4, 2) at `shown` (4, 2).

    Points are (x, y) in pixels from the middle of the picture.
    Source: Hartley and Zisserman, Multiple View Geometry, 2nd edition, section 4.1: two linear
    equations a point, with the last of the nine numbers set to 1.
    """
    seen, shown = seen.double(), shown.double().expand_as(seen)
    here = torch.cat((shown, torch.ones_like(shown[..., :1])), 2)
    nothing = torch.zeros_like(here)
    for_x = torch.cat((here, nothing, -seen[..., :1] * shown), 2)
    for_y = torch.cat((nothing, here, -seen[..., 1:] * shown), 2)
    numbers = torch.linalg.solve(torch.cat((for_x, for_y), 1), torch.cat(seen.unbind(2), 1))
    return functional.pad(numbers, (0, 1), value=1).view(-1, 3, 3)


def recolour(images: Tensor, brightness: Tensor, contrast: Tensor, saturation: Tensor) -> Tensor:
    """Each picture's pixels, contrast to its mean grey, and distance from grey, multiplied.

    In this order, as one step: only the last value is cut to 0..255, while torchvision's
    ColorJitter cuts after each of the three.

    Args:
        images: uint8.
        brightness, contrast, saturation: (N,) factors from 0; 1 changes nothing.
    """

    grey = torch.tensor(GREY, device=images.device)
    steps = torch.stack((brightness, contrast, saturation)).float().to(images.device)
    brightness, contrast, saturation = steps[:, :, None, None]
    to_grey = (1 - saturation) * grey.expand(3, 3)  # each channel from red, green, blue
    matrices = brightness * contrast * (saturation * torch.eye(3, device=images.device) + to_grey)

    def recoloured(pictures: Tensor, matrices: Tensor, kept: Tensor) -> Tensor:
        pixels = pictures.to(torch.float32, memory_format=torch.contiguous_format).flatten(2)
        middle = (pixels.mean(2) @ grey).view(-1, 1, 1)
        return torch.baddbmm(kept * middle, matrices, pixels).view(pictures.shape)

    return _in_pieces(_rounded(recoloured), images, matrices, brightness * (1 - contrast))


def colour(images: Tensor, strength: float, generator: Generator) -> Tensor:
    """Brightness, contrast and saturation of each uint8 picture times 1 - `strength` to
    1 + `strength`, each drawn for itself; `strength` from 0 to 1."""
    limits = (1 - strength, 1 + strength)
    return recolour(images, *_uniform((3, len(images)), limits, generator))


def erase(
    images: Tensor,
    generator: Generator,
    scale: Range = (0.02, 0.33),
    ratio: Range = (0.3, 3.3),
) -> Tensor:
    """A random box of each picture filled with that picture's mean colour.

    Args:
        images: uint8.
        scale: smallest and largest share of the picture's area.
        ratio: smallest and largest width by height.

    Source: Zhong et al. 2020, Random Erasing Data Augmentation, algorithm 1.
    """
    boxes = _random_boxes(images, scale, ratio, generator).tolist()
    images = images.clone()
    for picture, (x0, y0, x1, y1) in zip(images, boxes, strict=True):
        mean = picture.float().mean((1, 2), keepdim=True)
        picture[:, y0:y1, x0:x1] = mean.round().to(images.dtype)
    return images


def _uniform(shape: tuple[int, ...], limits: Range, generator: Generator) -> Tensor:
    low, high = limits
    return low + (high - low) * torch.rand(shape, generator=generator)


def _random_boxes(images: Tensor, scale: Range, ratio: Range, generator: Generator) -> Tensor:
    """int64 (N, 4): for each picture the first of ten drawn boxes that lies inside it; where
    none does, the last one, cut to the picture."""
    n, _, height, width = images.shape
    area = height * width * _uniform((TRIES, n), scale, generator)
    limits = tuple(torch.tensor(ratio).log().tolist())
    aspect = _uniform((TRIES, n), limits, generator).exp()
    wide = (area * aspect).sqrt().round().clamp(min=1)
    high = (area / aspect).sqrt().round().clamp(min=1)
    fits = (wide <= width) & (high <= height)
    fits[-1] = True
    first = fits.int().argmax(0, keepdim=True)
    wide = wide.gather(0, first)[0].clamp(max=width).long()
    high = high.gather(0, first)[0].clamp(max=height).long()
    left, top = torch.rand(2, n, generator=generator)
    x0, y0 = (left * (width - wide + 1)).long(), (top * (height - high + 1)).long()
    return torch.stack((x0, y0, x0 + wide, y0 + high), 1)


def _corners(images: Tensor) -> Tensor:
    """(4, 2): the corners of the picture, in pixels from its middle."""
    height, width = images.shape[2:]
    return torch.tensor([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * torch.tensor([width, height]) / 2


def _resized(picture: Tensor, size: int) -> Tensor:
    if picture.device.type == "cpu":  # torch has a fast kernel for uint8 there, and none elsewhere
        picture = picture.contiguous(memory_format=torch.channels_last)
        return _interpolate(picture, size)
    return _rounded(_interpolate)(picture, size)


def _interpolate(pictures: Tensor, size: int) -> Tensor:
    pictures = pictures if pictures.device.type == "cpu" else pictures.float()
    return functional.interpolate(pictures, (size, size), mode="bilinear", antialias=True)


def _rounded(change: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A change that computes in floats, as one that gives uint8."""

    def rounded(*arguments) -> Tensor:
        whole = change(*arguments).round_().clamp_(0, 255)
        return whole.to(torch.int16).to(torch.uint8)  # five times faster on a CPU than at once

    return rounded


def _in_pieces(change: Callable[..., Tensor], images: Tensor, *draws: Tensor) -> Tensor:
    """change(images, *draws), a few pictures at a time on a CPU.

    Raises:
        TypeError: pictures that are not uint8.
    """
    if images.dtype != torch.uint8:
        raise TypeError(
            f"augmentation needs uint8 pictures of 0 to 255, got {images.dtype}; "
            "augment first, normalise last"
        )
    if images.device.type != "cpu":
        return change(images, *draws)
    pieces = zip(*(tensor.split(PIECE) for tensor in (images, *draws)), strict=True)
    return torch.cat([change(*piece) for piece in pieces])
