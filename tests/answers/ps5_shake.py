"""Answers to ps5-shake."""

import torch

from tests.answers.table import Right, Wrong


def shares(*given):
    return [None if s is None else s.view(-1, 1, 1, 1) for s in given]


def mixed(branches, share):
    return share * branches[0] + (1 - share) * branches[1]


def with_shares(seen, felt, halves=lambda branches: branches.mean(0)):
    """An answer whose shares are functions of alpha and beta."""

    def shake_shake(branches, alpha, beta):
        if alpha is None:
            return halves(branches)
        forward, backward = (f(*shares(alpha, beta)) for f in (seen, felt))
        values, gradients = mixed(branches, forward), mixed(branches, backward)
        return gradients + (values - gradients).detach()

    return shake_shake


def first(a, b):
    return a


def second(a, b):
    return b


def of_first_picture(a, b):
    return a[:1]


good = with_shares(first, second)


def ending(function):
    return lambda branches, alpha, beta: function(good(branches, alpha, beta))


def scaled_twice(branches, alpha, beta):
    """The gradient goes through both shares."""
    if alpha is None:
        return branches.mean(0)
    a, b = shares(alpha, beta)
    parts = [(a, b, branches[0]), (1 - a, 1 - b, branches[1])]
    return sum(Scale.apply(s * x, t) for s, t, x in parts)


class Scale(torch.autograd.Function):
    """x forward, a factor backward."""

    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(factor)
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0], None


def live_in_eval(branches, alpha, beta):
    if alpha is None:
        alpha = beta = torch.full((branches.shape[1],), 0.3, dtype=branches.dtype)
    return good(branches, alpha, beta)


def halves_felt_wrong(branches):
    half = branches.mean(0)
    return branches[0] + (half - branches[0]).detach()


def needs_shares(branches, alpha, beta):
    a, b = (s.view(-1, 1, 1, 1) for s in (alpha, beta))
    return mixed(branches, b) + (mixed(branches, a) - mixed(branches, b)).detach()


def by_columns(branches, alpha, beta):
    """Shares along the last axis: they spread over rows and columns."""
    return mixed(branches, alpha) if alpha is not None else branches.mean(0)


def unwritten(branches, alpha, beta):
    raise NotImplementedError()


WRONG = [
    Wrong("alpha for branch 1", with_shares(lambda a, b: 1 - a, second), ("share of branch 0",)),
    Wrong("shares exchanged", with_shares(second, first), ("beta is used in the forward",)),
    Wrong("one alpha", with_shares(of_first_picture, second), ("first picture's alpha",)),
    Wrong("mean alpha", with_shares(lambda a, b: a.mean(0, True), second), ("mean alpha",)),
    Wrong("always half", lambda x, a, b: x.mean(0), ("count one half",)),
    Wrong("a sum", lambda x, a, b: x.sum(0), ("added, without their shares",)),
    Wrong("alpha backward", with_shares(first, first), ("backward", "alpha is used in the")),
    Wrong("beta for branch 1", with_shares(first, lambda a, b: 1 - b),
          ("beta is the share of branch 0",)),
    Wrong("one beta", with_shares(first, lambda a, b: b[:1]), ("first picture's beta",)),
    Wrong("half backward", with_shares(first, lambda a, b: 0.5), ("shared half and half",)),
    Wrong("gradient scaled twice", scaled_twice, ("'backward'", "by alpha and by beta")),
    Wrong("detached", ending(lambda y: y.detach()), ("a gradient can flow back",)),
    Wrong("sum in evaluation", with_shares(first, second, lambda x: x.sum(0)),
          ("'evaluation'", "each counts one half")),
    Wrong("branch 0 in evaluation", with_shares(first, second, lambda x: x[0]),
          ("only branch 0",)),
    Wrong("branch 1 in evaluation", with_shares(first, second, lambda x: x[1]),
          ("only branch 1",)),
    Wrong("a share in evaluation", live_in_eval, ("'evaluation'",)),
    Wrong("evaluation feels branch 0", with_shares(first, second, halves_felt_wrong),
          ("'evaluation'", "other shares than one half")),
    Wrong("no evaluation", needs_shares, ("'evaluation'", "NoneType", "of your cell")),
    Wrong("shares on columns", by_columns, ("axis 3", "columns")),
    Wrong("float64 always", ending(lambda y: y.double()), ("dtype torch.float32",)),
    Wrong("both branches", lambda x, a, b: x, ("5 axes in place of 4",)),
    Wrong("nothing", ending(lambda y: None), ("nothing (None)", "return")),
    Wrong("unwritten", unwritten, ("not written yet",)),
    Wrong("its result", torch.zeros(2), ("itself, without brackets",)),
]  # fmt: skip


class Shake(torch.autograd.Function):
    @staticmethod
    def forward(ctx, branches, alpha, beta):
        ctx.save_for_backward(beta)
        return torch.lerp(branches[1], branches[0], alpha)

    @staticmethod
    def backward(ctx, g):
        (beta,) = ctx.saved_tensors
        return torch.stack((beta * g, (1 - beta) * g)), None, None


def as_function(branches, alpha, beta):
    if alpha is None:
        alpha = beta = branches.new_full((branches.shape[1],), 0.5)
    return Shake.apply(branches, *shares(alpha, beta))


def by_hook(branches, alpha, beta):
    """Values by alpha, and a hook that puts beta into the gradient."""
    if alpha is None:
        return 0.5 * branches[0] + 0.5 * branches[1]
    a, b = torch.stack((alpha, 1 - alpha)), torch.stack((beta, 1 - beta))
    a, b = (share[..., None, None, None] for share in (a, b))
    again = branches.clone()
    if again.requires_grad:
        again.register_hook(lambda g: g / a * b)
    return (a * again).sum(0)


def by_einsum(branches, alpha, beta):
    if alpha is None:
        alpha = beta = branches.new_full((branches.shape[1],), 0.5)
    a, b = (torch.stack((s, 1 - s)) for s in (alpha, beta))
    felt = torch.einsum("bn,bnchw->nchw", b, branches)
    return felt + torch.einsum("bn,bnchw->nchw", a - b, branches.detach())


def by_scale(branches, alpha, beta):
    if alpha is None:
        return branches.mean(dim=0)
    a, b = (torch.stack((s, 1 - s))[..., None, None, None] for s in (alpha, beta))
    return (branches.detach() * a + Scale.apply(branches, b) - branches.detach()).sum(0)


def with_loop(branches, alpha, beta):
    if alpha is None:
        return torch.add(*branches) / 2
    out = []
    for x, y, a, b in zip(*branches, alpha, beta, strict=True):
        felt = b * x + (1 - b) * y
        out.append(felt + (a * x + (1 - a) * y).detach() - felt.detach())
    return torch.stack(out)


RIGHT = [
    Right("the difference detached", good),
    Right("an autograd function", as_function),
    Right("a hook", by_hook),
    Right("einsum", by_einsum),
    Right("scaled backward", by_scale),
    Right("a loop over pictures", with_loop),
]
