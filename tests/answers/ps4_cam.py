"""Answers to ps4-cam."""

import torch
from torch.nn import functional as F

from tests.answers.table import Right, Wrong


def plain(maps, weight, target):
    """The right answer."""
    highest = maps.amax((2, 3), keepdim=True)
    there = (maps == highest).to(maps.dtype)
    return torch.einsum("nchw,nc->nhw", there / there.sum((2, 3), keepdim=True) * highest,
                        weight[target])  # fmt: skip


def average(maps, weight, target):
    return torch.einsum("nchw,nc->nhw", maps, weight[target])


def graded(maps, weight, target):
    return average(maps, weight, target) / maps[0, 0].numel()


def first_class(maps, weight, target):
    return plain(maps, weight, target[:1].expand(len(maps)))


def full_ties(maps, weight, target):
    there = (maps == maps.amax((2, 3), keepdim=True)).to(maps.dtype)
    return torch.einsum("nchw,nc->nhw", there * maps, weight[target])


def first_tie(maps, weight, target):
    n, c, h, w = maps.shape
    best = maps.flatten(2).argmax(2, keepdim=True)
    there = torch.zeros(n, c, h * w, dtype=maps.dtype).scatter(2, best, 1.0).view_as(maps)
    return torch.einsum("nchw,nc->nhw", there * maps, weight[target])


def weights_alone(maps, weight, target):
    there = (maps == maps.amax((2, 3), keepdim=True)).to(maps.dtype)
    return torch.einsum("nchw,nc->nhw", there, weight[target])


def sum_maximum(maps, weight, target):
    """All at the maximum of the sum."""
    total = average(maps, weight, target)
    there = (total == total.amax((1, 2), keepdim=True)).to(maps.dtype)
    return there * (maps.amax((2, 3)) * weight[target]).sum(1)[:, None, None]


def zeros_win(maps, weight, target):
    return plain(maps.clamp(min=0), weight, target)


def altered(maps, weight, target):
    out = plain(maps, weight, target)
    maps.mul_(2)
    return out


def without_first(maps, weight, target):
    return plain(maps[:, 1:], weight[:, 1:], target)


WRONG = [
    Wrong("the map of average pooling", average, ("'values'", "behind average pooling")),
    Wrong("Grad-CAM of average pooling", graded, ("Grad-CAM of average pooling",)),
    Wrong("one class for all", first_class, ("class of its own",)),
    Wrong("cut at 0", lambda *a: plain(*a).clamp(min=0), ("negative evidence is cut off",)),
    Wrong("scaled", lambda *a: plain(*a) / plain(*a).abs().amax((1, 2), keepdim=True),
          ("the map is scaled",)),
    Wrong("divided by the places", lambda m, w, t: plain(m, w, t) / m[0, 0].numel(),
          ("divided by their number",)),
    Wrong("each tie in full", full_ties, ("'ties'", "one maximum counts once")),
    Wrong("the first of a tie", first_tie, ("'ties'", "equal parts")),
    Wrong("weights alone", weights_alone, ("'values'", "numbers differ")),
    Wrong("the maximum of the sum", sum_maximum, ("'values'", "numbers differ")),
    Wrong("zeros win", zeros_win, ("'negative maps'",)),
    Wrong("maps altered", altered, ("'kinds'", "maps changed")),
    Wrong("a channel lost", without_first, ("'values'", "numbers differ")),
    Wrong("always float64", lambda m, w, t: plain(m.double(), w.double(), t),
          ("'kinds'", "torch.float32")),
    Wrong("transposed", lambda *a: plain(*a).transpose(1, 2), ("axis 1",)),
    Wrong("all classes", lambda m, w, t: torch.stack([plain(m, w, t * 0 + c) for c in range(5)], 1),
          ("4 axes in place of 3",)),
    Wrong("a channel axis", lambda *a: plain(*a)[:, None], ("4 axes in place of 3",)),
    Wrong("the logits", lambda m, w, t: (m.amax((2, 3)) * w[t]).sum(1), ("1 axes in place of 3",)),
    Wrong("enlarged", lambda *a: F.interpolate(plain(*a)[:, None], scale_factor=2)[:, 0],
          ("axis 1",)),
    Wrong("nothing", lambda maps, weight, target: None, ("nothing (None)", "return")),
    Wrong("two arguments", lambda maps, weight: maps, ("max_cam(maps, weight, target)",)),
    Wrong("None", None, ("the function max_cam",)),
]  # fmt: skip


def looped(maps, weight, target):
    out = torch.zeros(maps.shape[0], *maps.shape[2:], dtype=maps.dtype)
    for n in range(len(maps)):
        for k, one in enumerate(maps[n]):
            places = (one == one.max()).nonzero()
            for y, x in places.tolist():
                out[n, y, x] += weight[target[n], k] * one.max() / len(places)
    return out


def flat(maps, weight, target):
    values = maps.flatten(2)
    highest, _ = values.max(2, keepdim=True)
    there = values.eq(highest)
    share = torch.where(there, highest / there.sum(2, keepdim=True), torch.zeros_like(values))
    return (share * weight[target][:, :, None]).sum(1).view(len(maps), *maps.shape[2:])


def derived(maps, weight, target):
    """The gradient of the logit with respect to the maps, times the maps; amax shares ties."""
    with torch.enable_grad():
        x = maps.detach().clone().requires_grad_()
        logits = (x.amax((2, 3)) * weight[target]).sum()
        (gradient,) = torch.autograd.grad(logits, x)
    return (gradient * maps).sum(1)


def by_picture(maps, weight, target):
    found = []
    for one, label in zip(maps, target, strict=True):
        top = one.amax((1, 2), keepdim=True)
        there = (one == top).to(one.dtype)
        there = there / there.sum((1, 2), keepdim=True)
        found.append(torch.tensordot(weight[label], top * there, 1))
    return torch.stack(found)


def one_hot(maps, weight, target):
    rows = F.one_hot(target, len(weight)).to(weight.dtype) @ weight
    return plain(maps, rows, torch.arange(len(maps)))


RIGHT = [
    Right("shares of the maxima", plain),
    Right("loops", looped),
    Right("flat, with where", flat),
    Right("gradient times maps", derived),
    Right("picture by picture", by_picture),
    Right("one-hot rows", one_hot),
]
