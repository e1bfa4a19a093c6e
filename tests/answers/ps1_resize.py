"""Answers to ps1-resize."""

import math

import numpy as np
import torch
from torch.nn import functional as F
from torchvision.transforms.v2 import functional as V

from tests.answers.table import Right, Wrong


def padded_size(rows, columns, height, width, round_up=math.ceil):
    if columns * height > rows * width:
        return round_up(columns * height / width), columns
    return rows, round_up(rows * width / height)


def half(much):
    return much // 2, much - much // 2


def with_numpy(images, down, right, mode="reflect", **how):
    padding = [(0, 0), (0, 0), down, right]
    return torch.from_numpy(np.pad(images.numpy(), padding, mode=mode, **how))


def smooth(padded, height, width):
    return F.interpolate(padded, (height, width), mode="bilinear", antialias=True)


def answer(pad=with_numpy, resize=smooth, split=half, round_up=math.ceil):
    def pad_and_resize(images, height, width):
        rows, columns = images.shape[2:]
        tall, wide = padded_size(rows, columns, height, width, round_up)
        tall, wide = max(tall, rows), max(wide, columns)
        padded = pad(images, split(tall - rows), split(wide - columns))
        return resize(padded, height, width)

    return pad_and_resize


def by_torch(images, down, right):
    return F.pad(images, (*right, *down), mode="reflect")


def symmetric(images, down, right):
    return with_numpy(images, down, right, "symmetric")


def zeros(images, down, right):
    return F.pad(images, (*right, *down))


def repeated(images, down, right):
    return F.pad(images, (*right, *down), mode="replicate")


def other_half(much):
    return much - much // 2, much // 2


def one_side(much):
    return 0, much


def aliased(padded, height, width):
    return F.interpolate(padded, (height, width), mode="bilinear")


def aligned(padded, height, width):
    return F.interpolate(padded, (height, width), mode="bilinear", align_corners=True)


def nearest(padded, height, width):
    return F.interpolate(padded, (height, width))


def bicubic(padded, height, width):
    return F.interpolate(padded, (height, width), mode="bicubic", antialias=True)


def squashed(images, height, width):
    return smooth(images, height, width)


def cropped(images, height, width):
    rows, columns = images.shape[2:]
    scale = max(height / rows, width / columns)
    return V.center_crop(
        smooth(images, round(rows * scale), round(columns * scale)), [height, width]
    )


def resized_first(images, height, width):
    rows, columns = images.shape[2:]
    scale = min(height / rows, width / columns)
    inner = smooth(images, round(rows * scale), round(columns * scale))
    down, right = (half(a - b) for a, b in zip((height, width), inner.shape[2:], strict=True))
    return with_numpy(inner, down, right)


def exchanged(images, width, height):
    return good(images, height, width)


def in_place(images, height, width):
    result = good(images.clone(), height, width)
    images.clamp_(0, 1)
    return result


def double(images, height, width):
    return good(images.double(), height, width)


def single(images, height, width):
    return good(images.float(), height, width).to(images.dtype)


def unpadded_when_wide(images, height, width):
    rows, columns = images.shape[2:]
    if columns * height > rows * width:
        return smooth(images, height, width)
    return good(images, height, width)


def as_array(images, height, width):
    return good(images, height, width).numpy()


def unwritten(images, height, width):
    raise NotImplementedError


good = answer()

WRONG = [
    Wrong("the edge is repeated in the mirror", answer(symmetric), ("edge comes twice",)),
    Wrong("black outside", answer(zeros), ("outside the picture stands 0", "padding alone")),
    Wrong("the edge, drawn out", answer(repeated), ("edge comes twice",)),
    Wrong("odd pixel before", answer(split=other_half), ("the odd row goes below",)),
    Wrong("all padding behind", answer(split=one_side), ("lies on one side",)),
    Wrong("F.pad alone", answer(by_torch), ("wide padding", "RuntimeError", "of your cell")),
    Wrong("rounded down", answer(round_up=math.floor), ("rounded down", "padding and resize")),
    Wrong("rounded", answer(round_up=round), ("rounded down", "padding and resize")),
    Wrong("no antialiasing", answer(resize=aliased), ("antialias=True is missing",)),
    Wrong("corners aligned", answer(resize=aligned), ("align_corners=True",)),
    Wrong("nearest", answer(resize=nearest), ("nearest pixels",)),
    Wrong("bicubic", answer(resize=bicubic), ("bicubic in place",)),
    Wrong("squashed", squashed, ("stretched", "aspect changes")),
    Wrong("wide pictures are squashed", unpadded_when_wide, ("stretched", "padding alone")),
    Wrong("cropped", cropped, ("padding alone", "numbers differ")),
    Wrong("resized first, then padded", resized_first, ("padding and resize", "numbers differ")),
    Wrong("height and width exchanged", exchanged, ("axis 2 (rows)",)),
    Wrong("clamped in place", in_place, ("images unchanged", "in place")),
    Wrong("float64 for float32", double, ("dtype torch.float32", "torch.float64")),
    Wrong("float32 inside", single, ("padding and resize", "numbers differ")),
    Wrong("an array", as_array, ("a tensor of shape", "ndarray")),
    Wrong("nothing", lambda images, height, width: None, ("nothing (None)", "return")),
    Wrong("unwritten", unwritten, ("not written yet",)),
    Wrong("one size", lambda images, size: images, ("called as pad_and_resize(images, height",)),
]


def step_by_step(images, down, right):
    """F.pad again and again, as far as it goes each time."""
    for axis, (before, after) in ((2, down), (3, right)):
        images = images.transpose(axis, 3)
        first, last = before, after
        while first or last:
            most = images.shape[3] - 1
            if most == 0:
                images = F.pad(images, (first, last, 0, 0), mode="replicate")
                break
            left, right_now = min(first, most), min(last, most)
            images = F.pad(images, (left, right_now, 0, 0), mode="reflect")
            first, last = first - left, last - right_now
        images = images.transpose(axis, 3)
    return images


def by_repetition(images, down, right):
    """There and back, laid side by side, and a part of it cut out."""
    for axis, (before, after) in ((2, down), (3, right)):
        length = images.shape[axis]
        back = images.flip(axis).narrow(axis, 1, max(0, length - 2))
        period = torch.cat((images, back), axis) if length > 1 else images
        times = -(-before // period.shape[axis])
        long = torch.cat([period] * (times + (length + after) // period.shape[axis] + 1), axis)
        start = times * period.shape[axis] - before
        images = long.narrow(axis, start, before + length + after)
    return images


def pixel_by_pixel(images, down, right):
    def source(place, length):
        while not 0 <= place < length:
            place = -place if place < 0 else 2 * (length - 1) - place
            if length == 1:
                place = 0
        return place

    rows, columns = images.shape[2:]
    ys = [source(y, rows) for y in range(-down[0], rows + down[1])]
    xs = [source(x, columns) for x in range(-right[0], columns + right[1])]
    return images[:, :, ys][:, :, :, xs]


def by_torchvision(padded, height, width):
    return V.resize(padded, [height, width], antialias=True)


def by_recursion(images, height, width):
    rows, columns = images.shape[2:]
    if columns * height > rows * width:
        return by_recursion(images.transpose(2, 3), width, height).transpose(2, 3)
    much = (rows * width + height - 1) // height - columns
    return smooth(with_numpy(images, (0, 0), half(much)), height, width)


RIGHT = [
    Right("numpy's reflect", good),
    Right("F.pad as far as it goes, again and again", answer(step_by_step)),
    Right("there and back, repeated", answer(by_repetition)),
    Right("each place reflected until it lies inside", answer(pixel_by_pixel)),
    Right("torchvision's resize", answer(resize=by_torchvision)),
    Right("wide pictures transposed", by_recursion),
]
