"""Answers to ps5-res2net."""

import torch
from torch.nn import functional as F

from tests.answers.table import Right, Wrong


def answer(
    split=lambda x, s: list(x.chunk(s, 1)),
    feed=lambda group, found: group + found[-1] if len(found) > 1 else group,
    activate=torch.relu,
    begin=lambda group: group,
    join=lambda found: torch.cat(found, 1),
    order=lambda kernels: kernels,
    padding=1,
):
    """An answer in parts that the wrong ones replace."""

    def res2net(x, kernels):
        first, *others = split(x, len(kernels) + 1)
        found = [begin(first)]
        for group, kernel in zip(others, order(kernels), strict=True):
            given = feed(group, found)
            found.append(activate(F.conv2d(given, kernel, padding=padding)))
        return join(found)

    return res2net


good = answer()


def ending(function):
    return lambda x, kernels: function(good(x, kernels), x)


def in_place(x, kernels):
    """Groups are written over x's own channels."""
    width = x.shape[1] // (len(kernels) + 1)
    for i, kernel in enumerate(kernels, 1):
        own = x[:, i * width : (i + 1) * width]
        if i > 1:
            own += x[:, (i - 1) * width : i * width]
        own.copy_(F.conv2d(own, kernel, padding=1).relu())
    return x


def needs_a_kernel(x, kernels):
    width = kernels[0].shape[0]
    return answer(split=lambda x, s: list(x.split(width, 1)))(x, kernels)


def pops(x, kernels):
    found = good(x, kernels)
    while kernels:
        kernels.pop()
    return found


def unwritten(x, kernels):
    raise NotImplementedError()


def cut(group, found):
    return group + found[-1].detach() if len(found) > 1 else group


WRONG = [
    Wrong("group 1 is fed on", answer(feed=lambda g, found: g + found[-1]),
          ("group 2 gets group 1 too",)),
    Wrong("groups alone", answer(feed=lambda g, found: g), ("do not feed each other",)),
    Wrong("kernels backwards", answer(order=lambda k: k[::-1]), ("from the last to the first",)),
    Wrong("every s-th channel", answer(split=lambda x, s: [x[:, i::s] for i in range(s)]),
          ("every s-th channel",)),
    Wrong("no ReLU", answer(activate=lambda y: y), ("a ReLU is missing",)),
    Wrong("ReLU on group 1", answer(begin=torch.relu), ("group 1 went through a ReLU",)),
    Wrong("ReLU at the end", ending(lambda y, x: y.relu()), ("group 1 went through a ReLU",)),
    Wrong("group 1 doubled", answer(begin=lambda g: 2 * g), ("group 1 is changed",)),
    Wrong("reverse order", answer(join=lambda f: torch.cat(f[::-1], 1)), ("reverse order",)),
    Wrong("shortcut added", ending(lambda y, x: y + x), ("x is added at the end",)),
    Wrong("no padding", answer(padding=0), ("RuntimeError",)),
    Wrong("first group dropped", answer(join=lambda f: torch.cat(f[1:], 1)),
          ("axis 1 (channels)",)),
    Wrong("side by side in columns", answer(join=lambda f: torch.cat(f, 3)), ("axis 1",)),
    Wrong("product", answer(feed=lambda g, f: g * f[-1] if len(f) > 1 else g),
          ("three and four groups", "the first at")),
    Wrong("all groups before", answer(feed=lambda g, f: g + sum(f[1:]) if len(f) > 1 else g),
          ("three and four groups", "the first at")),
    Wrong("leaky", answer(activate=lambda y: F.leaky_relu(y)), ("a ReLU is missing",)),
    Wrong("no group without a kernel", needs_a_kernel, ("two groups and one", "IndexError")),
    Wrong("in place", in_place, ("x changed", "in place")),
    Wrong("empties the list", pops, ("kernels changed",)),
    Wrong("cut between groups", answer(feed=cut), ("'gradient'", "detach")),
    Wrong("detached", ending(lambda y, x: y.detach()), ("a gradient can flow back",)),
    Wrong("float64 always", ending(lambda y, x: y.double()), ("dtype torch.float32",)),
    Wrong("a list", answer(join=list), ("a list of 2",)),
    Wrong("nothing", ending(lambda y, x: None), ("nothing (None)", "return")),
    Wrong("unwritten", unwritten, ("not written yet",)),
    Wrong("too few arguments", lambda x: x, ("called as res2net(x, kernels)",)),
]  # fmt: skip


def recursive(x, kernels):
    """The last group after all others."""
    if not kernels:
        return x
    width = kernels[0].shape[0]
    before = recursive(x[:, :-width], kernels[:-1])
    given = x[:, -width:]
    if len(kernels) > 1:
        given = given + before[:, -width:]
    return torch.cat((before, F.conv2d(given, kernels[-1], padding=1).clamp(min=0)), 1)


def by_slices(x, kernels):
    width = x.shape[1] // (1 + len(kernels))
    out, last = x.clone(), 0
    for i, kernel in enumerate(kernels):
        at = slice((i + 1) * width, (i + 2) * width)
        last = F.relu(F.conv2d(x[:, at] + last, kernel, None, 1, 1))
        out[:, at] = last
    return out


def by_unfold(x, kernels):
    """The convolution as a product with all windows."""
    n, _, height, width = x.shape
    groups = x.view(n, len(kernels) + 1, -1, height, width).unbind(1)
    found = [groups[0]]
    for i, kernel in enumerate(kernels, 1):
        given = groups[i] if i == 1 else groups[i] + found[-1]
        windows = F.unfold(given, 3, padding=1)
        product = kernel.flatten(1) @ windows
        found.append(product.view(n, -1, height, width).relu())
    return torch.cat(found, 1)


def padded_by_hand(x, kernels):
    def activate(y):
        return torch.where(y > 0, y, torch.zeros_like(y))

    def feed(group, found):
        return F.pad(group if len(found) == 1 else group + found[-1], (1, 1, 1, 1))

    return answer(activate=activate, feed=feed, padding=0)(x, kernels)


RIGHT = [
    Right("a loop", good),
    Right("recursion", recursive),
    Right("slices of a copy", by_slices),
    Right("windows and products", by_unfold),
    Right("padded by hand", padded_by_hand),
    Right("split by width", answer(split=lambda x, s: list(x.split(x.shape[1] // s, 1)))),
]
