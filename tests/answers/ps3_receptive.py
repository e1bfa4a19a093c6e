"""Answers to ps3-receptive."""

import numpy as np
import torch

from tests.answers.table import Right, Wrong


def loop(
    size="reach * jump", offset="(reach / 2 - p) * jump", jump="jump * s", reach="d * (k - 1)"
):
    """An answer that walks through the layers, with other terms where given."""
    terms = {"reach": reach, "size": size, "offset": offset, "jump": jump}
    code = {name: compile(term, "<answer>", "eval") for name, term in terms.items()}

    def receptive_field(layers):
        total, jump, centre = 1, 1, 0.0
        for k, s, p, d in layers:
            known = {"k": k, "s": s, "p": p, "d": d, "jump": jump}
            known["reach"] = eval(code["reach"], known)
            total += eval(code["size"], known)
            centre += eval(code["offset"], known)
            jump = eval(code["jump"], known)
        return total, jump, centre

    return receptive_field


def stride_first(layers):
    size, jump, offset = 1, 1, 0.0
    for k, s, p, d in layers:
        jump *= s
        size += d * (k - 1) * jump
        offset += (d * (k - 1) / 2 - p) * jump
    return size, jump, offset


def shifted_offset(by):
    def receptive_field(layers):
        size, jump, offset = good(layers)
        return size, jump, offset + by

    return receptive_field


def backwards(layers):
    return good(layers[::-1])


def rounded(layers):
    size, jump, offset = good(layers)
    return size, jump, int(offset // 1)


def left_edge(layers):
    size, jump, offset = good(layers)
    return size, jump, offset - (size - 1) / 2


def emptied(layers):
    result = good(layers)
    while layers:
        layers.pop()
    return result


def starts_at_zero(layers):
    size, jump, offset = good(layers)
    return size - 1, jump, offset


def needs_a_layer(layers):
    k, s, p, d = layers[0]
    first = (1 + d * (k - 1), s, d * (k - 1) / 2 - p)
    for k, s, p, d in layers[1:]:
        size, jump, offset = first
        reach = d * (k - 1)
        first = (size + reach * jump, jump * s, offset + (reach / 2 - p) * jump)
    return first


def unwritten(layers):
    raise NotImplementedError


def text(layers):
    return "3", "1", "1.0"


def a_dictionary(layers):
    return dict(zip(("size", "jump", "offset"), good(layers), strict=True))


good = loop()

WRONG = [
    Wrong("own stride first", stride_first, ("stride is applied before",)),
    Wrong("no dilation", loop(reach="k - 1"), ("dilation is not used", "part 'dilation'")),
    Wrong("d * k", loop(reach="d * k - 1"), ("too wide",)),
    Wrong("one too few", loop(reach="(k - 1) * d - 1"), ("too narrow", "one layer")),
    Wrong("k in place of k - 1", loop(reach="d * (k - 1) + 1"), ("one step too much",)),
    Wrong(
        "padding widens", loop(size="(reach + 2 * p) * jump"), ("padding is counted in the size",)
    ),
    Wrong("padding narrows", loop(size="(reach - 2 * p) * jump"), ("taken off the size",)),
    Wrong("padding forgotten", loop(offset="reach / 2 * jump"), ("padding is not used",)),
    Wrong("padding added", loop(offset="(reach / 2 + p) * jump"), ("sign of the padding",)),
    Wrong("size without jump", loop(size="reach"), ("strides of the earlier", "wrong: size")),
    Wrong("offset without jump", loop(offset="reach / 2 - p"), ("wrong: offset", "strides")),
    Wrong("padding without jump", loop(offset="reach / 2 * jump - p"), ("offset",)),
    Wrong("jump summed", loop(jump="jump + s"), ("jump is how many input pixels",)),
    Wrong("jump last stride", loop(jump="s"), ("wrong: jump", "strides of the earlier")),
    Wrong("offset halved down", loop(offset="(reach // 2 - p) * jump"), ("even", "rounded")),
    Wrong("offset rounded", rounded, ("even kernels", "between two pixels")),
    Wrong("pixel centres at .5", shifted_offset(0.5), ("half a pixel too much",)),
    Wrong("pixel centres at -.5", shifted_offset(-0.5), ("half a pixel too little",)),
    Wrong("left edge", left_edge, ("first pixel of the field",)),
    Wrong("backwards", backwards, ("last to the first",)),
    Wrong("starts at 0", starts_at_zero, ("size 2", "size 3", "too narrow")),
    Wrong("no empty stack", needs_a_layer, ("no layer", "IndexError", "of your cell")),
    Wrong("empties the list", emptied, ("in place",)),
    Wrong("two numbers", lambda layers: good(layers)[:2], ("three numbers", "a tuple of 2")),
    Wrong("a number", lambda layers: good(layers)[0], ("three numbers", "type int")),
    Wrong("a dictionary", a_dictionary, ("three numbers", "dict")),
    Wrong("text", text, ("size is a value of type str",)),
    Wrong("nan", lambda layers: (3, 1, float("nan")), ("offset nan",)),
    Wrong("nothing", lambda layers: None, ("nothing (None)", "return")),
    Wrong("unwritten", unwritten, ("not written yet",)),
    Wrong("too many arguments", lambda layers, size: 0, ("called as receptive_field(layers)",)),
    Wrong("its result", good([(3, 1, 0, 1)]), ("itself, without brackets", "a tuple of 3")),
]


def by_edges(layers):
    """First and last pixel of the fields of outputs 0 and 1, from the last layer back."""

    def field(output):
        first = last = output
        for k, s, p, d in reversed(layers):
            first, last = first * s - p, last * s - p + d * (k - 1)
        return first, last

    (first, last), (following, _) = field(0), field(1)
    return last - first + 1, following - first, (first + last) / 2


def by_gradient(layers):
    """Which pixels have a gradient, in a one-dimensional network of ones."""
    length, far = 6000, 3000
    x = torch.ones(1, 1, length, dtype=torch.double, requires_grad=True)
    y = x
    for k, s, _, d in layers:
        kernel = torch.ones(1, 1, k, dtype=torch.double) / k
        y = torch.nn.functional.conv1d(y, kernel, stride=s, dilation=d)
    jump = int(np.prod([s for _, s, _, _ in layers], dtype=int))
    middle = far // jump
    seen = torch.autograd.grad(y[0, 0, middle], x)[0][0, 0].nonzero()[:, 0]
    first, last = int(seen[0]), int(seen[-1])
    shift, scale = 0, 1
    for _, s, p, _ in layers:
        shift, scale = shift + p * scale, scale * s
    return last - first + 1, jump, (first + last) / 2 - middle * jump - shift


def recursive(layers):
    if not layers:
        return [1, 1, 0]
    *earlier, (k, s, p, d) = layers
    size, jump, offset = recursive(earlier)
    return [size + jump * d * (k - 1), jump * s, offset + jump * (d * (k - 1) - 2 * p) / 2]


def by_numpy(layers):
    k, s, p, d = np.array(layers, dtype=np.int64).reshape(-1, 4).T
    jumps = np.cumprod(np.concatenate([[1], s]))
    reach = d * (k - 1)
    return 1 + (reach * jumps[:-1]).sum(), jumps[-1], ((reach / 2 - p) * jumps[:-1]).sum()


def as_tensors(layers):
    return tuple(torch.tensor(value) for value in good(layers))


RIGHT = [
    Right("a loop", good),
    Right("edges, from the last layer back", by_edges),
    Right("gradient of a network of ones", by_gradient),
    Right("recursion, a list", recursive),
    Right("numpy scalars", by_numpy),
    Right("tensors of one number", as_tensors),
]
