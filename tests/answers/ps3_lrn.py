"""Answers to ps3-lrn."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.answers.table import Right, Wrong


def windows(x, before, after):
    """(N, C, H, W, n, n): the window of every position, 0 outside."""
    n = before + after + 1
    return F.pad(x, (before, after, before, after)).unfold(2, n, 1).unfold(3, n, 1)


def local(x, n, reach=None):
    before, after = reach or ((n - 1) // 2, n // 2)
    return windows(x * x, before, after).sum((-1, -2))


def of_reach(reach):
    """An answer whose window has another reach, divided by its own number of positions."""

    def lrn(x, window, k, alpha, beta):
        before, after = reach(window)
        n = before + after + 1
        return x / (k + alpha / n**2 * local(x, n, (before, after))) ** beta

    return lrn


def formula(text):
    """An answer from its last line; `s` is the sum of squares and n the window."""
    code = compile(text, "<answer>", "eval")

    def lrn(x, window, k, alpha, beta):
        names = {"x": x, "n": window, "k": k, "alpha": alpha, "beta": beta}
        return eval(code, globals(), names | {"s": local(x, window)})

    return lrn


def over_all_channels(x, window, k, alpha, beta):
    total = local(x, window).sum(1, keepdim=True)
    return x / (k + alpha / window**2 * total) ** beta


def across_channels(x, window, k, alpha, beta):
    return F.local_response_norm(x, window, alpha, beta, k)


def channels_and_columns(x, window, k, alpha, beta):
    turned = x.transpose(1, 2)
    return (turned / (k + alpha / window**2 * local(turned, window)) ** beta).transpose(1, 2)


def smaller_divisor_at_edges(x, window, k, alpha, beta):
    count = local(torch.ones_like(x), window)
    return x / (k + alpha * local(x, window) / count) ** beta


def reflected_edges(x, window, k, alpha, beta):
    before, after = (window - 1) // 2, window // 2
    padded = F.pad(x * x, (before, after, before, after), mode="replicate")
    return x / (k + alpha * F.avg_pool2d(padded, window, 1)) ** beta


def in_place(x, window, k, alpha, beta):
    s = local(x, window)
    with torch.no_grad():
        x /= (k + alpha / window**2 * s) ** beta
    return x


def numpy_inside(x, window, k, alpha, beta):
    s = local(x.detach(), window).numpy()
    return torch.from_numpy(x.detach().numpy() / (k + alpha / window**2 * s) ** beta)


def single_precision(x, window, k, alpha, beta):
    return (x.float() / (k + alpha / window**2 * local(x.float(), window)) ** beta).to(x)


def double_result(x, window, k, alpha, beta):
    return x.double() / (k + alpha / window**2 * local(x.double(), window)) ** beta


def on_the_cpu(x, window, k, alpha, beta):
    out = torch.zeros(x.shape, dtype=x.dtype)
    return out + x / (k + alpha / window**2 * local(x, window)) ** beta


def same_padding_both_sides(x, window, k, alpha, beta):
    mean = F.avg_pool2d(x * x, window, 1, padding=window // 2)
    return x / (k + alpha * mean) ** beta


def two_arguments(x, window):
    return x


def prints_only(x, window, k, alpha, beta):
    print(x.shape)


def unwritten(x, window, k, alpha, beta):
    raise NotImplementedError()


def misspelt(x, window, k, alpha, beta):
    return x / (k + alhpa) ** beta  # noqa: F821


def columns_alone(x, window, k, alpha, beta):
    before, after = (window - 1) // 2, window // 2
    s = F.pad(x * x, (before, after)).unfold(3, window, 1).sum(-1)
    return x / (k + alpha / window**2 * s) ** beta


def fixed_at_three(x, window, k, alpha, beta):
    return x / (k + alpha / 9 * local(x, 3)) ** beta


def mixed_batch(x, window, k, alpha, beta):
    total = local(x, window).mean(0, keepdim=True)
    return x / (k + alpha / window**2 * total) ** beta


WRONG = [
    Wrong("alpha whole", formula("x / (k + alpha * s) ** beta"), ("not divided", "odd windows")),
    Wrong("alpha / n", formula("x / (k + alpha / n * s) ** beta"), ("one side of the window",)),
    Wrong("no k", formula("x / (alpha / n**2 * s) ** beta"), ("k is missing",)),
    Wrong("k of 1", formula("x / (1 + alpha / n**2 * s) ** beta"), ("k is fixed at 1",)),
    Wrong("times", formula("x * (k + alpha / n**2 * s) ** beta"), ("sign of beta",)),
    Wrong("no beta", formula("x / (k + alpha / n**2 * s)"), ("power beta is missing",)),
    Wrong("beta .75", formula("x / (k + alpha / n**2 * s) ** 0.75"), ("beta is fixed",)),
    Wrong("factor", formula("(k + alpha / n**2 * s) ** -beta"), ("factor alone",)),
    Wrong("gradient cut", formula("x / (k + alpha / n**2 * s.detach()) ** beta"), ("stops",)),
    Wrong("all detached", formula("(x / (k + alpha / n**2 * s) ** beta).detach()"), ("no_grad",)),
    Wrong("nan", formula("x * float('nan')"), ("nan or infinite",)),
    Wrong("a sum", formula("s.sum()"), ("shape ()", "in place of 4")),
    Wrong("a list", formula("s.tolist()"), ("a list",)),
    Wrong("x itself", formula("x"), ("numbers differ",)),
    Wrong(
        "x, not its square",
        lambda x, n, k, a, b: (
            x / (k + a / n**2 * windows(x, (n - 1) // 2, n // 2).sum((-1, -2))) ** b
        ),
        ("nan or infinite",),
    ),
    Wrong(
        "|x|, not its square",
        lambda x, n, k, a, b: (
            x / (k + a / n**2 * windows(x.abs(), (n - 1) // 2, n // 2).sum((-1, -2))) ** b
        ),
        ("not its square",),
    ),
    Wrong("even to the left", of_reach(lambda n: (n // 2, (n - 1) // 2)), ("even", "other side")),
    Wrong("one too wide", of_reach(lambda n: ((n - 1) // 2, n // 2 + 1)), ("one too wide",)),
    Wrong("no window narrower", of_reach(lambda n: ((n - 2) // 2, (n - 1) // 2)), ("narrow",)),
    Wrong("all channels", over_all_channels, ("channels apart", "more than one channel")),
    Wrong("torch's own", across_channels, ("more than one channel",)),
    Wrong("channels, columns", channels_and_columns, ("more than one channel",)),
    Wrong("batch mixed", mixed_batch, ("more than one picture",)),
    Wrong("fewer at edges", smaller_divisor_at_edges, ("reaches over the edge", "divisor")),
    Wrong("edges repeated", reflected_edges, ("reaches over the edge",)),
    Wrong("columns alone", columns_alone, ("numbers differ",)),
    Wrong("window fixed", fixed_at_three, ("window=5",)),
    Wrong(
        "even grows",
        same_padding_both_sides,
        ("even windows", "RuntimeError", "size of tensor", "of your cell"),
    ),
    Wrong("in place", in_place, ("x unchanged", "in place")),
    Wrong("numpy", numpy_inside, ("gradient", "numpy")),
    Wrong("float32 inside", single_precision, ("float32",)),
    Wrong("float64 out", double_result, ("dtype torch.float32",)),
    Wrong("cpu", on_the_cpu, ("dtype and device", "on meta", "of your cell")),
    Wrong("two arguments", two_arguments, ("can be called as lrn(x, window, k",)),
    Wrong("nothing returned", prints_only, ("nothing (None)", "return")),
    Wrong("unwritten", unwritten, ("not written yet",)),
    Wrong("misspelt", misspelt, ("NameError", "alhpa", "of your cell")),
    Wrong("None", None, ("None",)),
    Wrong("a string", "lrn", ("type str",)),
    Wrong("a class", nn.LocalResponseNorm, ("the class LocalResponseNorm",)),
]


def by_pooling(x, window, k, alpha, beta):
    squares = F.pad(x**2, ((window - 1) // 2, window // 2) * 2)
    return x * (k + alpha * F.avg_pool2d(squares, window, 1)).pow(-beta)


def by_convolution(x, window, k, alpha, beta):
    channels = x.shape[1]
    kernel = x.new_ones(channels, 1, window, window)
    squares = F.pad(x.square(), ((window - 1) // 2, window // 2) * 2)
    return x / (k + alpha / window**2 * F.conv2d(squares, kernel, groups=channels)) ** beta


def by_loops(x, window, k, alpha, beta):
    before, after = (window - 1) // 2, window // 2
    height, width = x.shape[2:]
    rows = []
    for r in range(height):
        r0, r1 = max(0, r - before), min(height, r + after + 1)
        row = []
        for c in range(width):
            c0, c1 = max(0, c - before), min(width, c + after + 1)
            energy = (x[:, :, r0:r1, c0:c1] ** 2).sum((2, 3)) / window**2
            row.append(x[:, :, r, c] / (k + alpha * energy) ** beta)
        rows.append(torch.stack(row, -1))
    return torch.stack(rows, -2)


def by_running_sums(x, window, k, alpha, beta):
    before, after = (window - 1) // 2, window // 2
    sums = F.pad(x * x, (before + 1, after, before + 1, after)).cumsum(2).cumsum(3)
    n = window
    s = sums[..., n:, n:] - sums[..., :-n, n:] - sums[..., n:, :-n] + sums[..., :-n, :-n]
    return x / (k + alpha / n**2 * s) ** beta


def by_im2col(x, window, k, alpha, beta):
    squares = F.pad(x * x, ((window - 1) // 2, window // 2) * 2)
    columns = F.unfold(squares.flatten(0, 1).unsqueeze(1), window).mean(1)
    return x / torch.exp(beta * torch.log(k + alpha * columns.reshape(x.shape)))


def by_shifts(x, window, k, alpha, beta):
    squares = F.pad(x * x, ((window - 1) // 2, window // 2) * 2)
    total = torch.zeros_like(x)
    for i, j in np.ndindex(window, window):
        total = total + squares[:, :, i : i + x.shape[2], j : j + x.shape[3]]
    return x / (k + alpha * total / window**2) ** beta


class Module(nn.Module):
    """A module in place of a function; called, it does the same."""

    def forward(self, x, window, k, alpha, beta):
        return by_pooling(x, window, k, alpha, beta)


RIGHT = [
    Right("average pooling", by_pooling),
    Right("unfolded windows", of_reach(lambda n: ((n - 1) // 2, n // 2))),
    Right("grouped convolution", by_convolution),
    Right("loops", by_loops),
    Right("running sums", by_running_sums),
    Right("im2col, logarithms", by_im2col),
    Right("shifted sums", by_shifts),
    Right("a module", Module()),
]
