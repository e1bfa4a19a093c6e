"""Answers to ps4-factorised."""

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models import inception

from tests.answers.table import Right, Wrong


class Plain(nn.Module):
    """The right module in parts that the wrong ones replace."""

    activation, mode, bias, groups = nn.ReLU, "zeros", True, 1
    branch2 = ("1", "n1", "1n")
    branch3 = ("1", "1n", "n1", "1n", "n1")
    rate = 0.0

    def __init__(self, c_in, reduced, width, n):
        super().__init__()
        self.sizes = {"1": (1, 1), "n1": (n, 1), "1n": (1, n), "nn": (n, n)}
        self.branches = nn.ModuleList(
            [
                self.unit(c_in, width, "1"),
                self.chain(c_in, reduced, width, self.branch2),
                self.chain(c_in, reduced, width, self.branch3),
                nn.Sequential(self.pool(), self.unit(c_in, width, "1")),
            ]
        )
        self.drop = nn.Dropout(self.rate)

    def chain(self, c_in, reduced, width, kinds):
        channels = [c_in, *[reduced] * (len(kinds) - 1), width]
        pairs = zip(channels, channels[1:], kinds, strict=False)
        return nn.Sequential(*(self.unit(*pair) for pair in pairs))

    def unit(self, c_in, c_out, kind):
        kernel = self.sizes[kind]
        conv = nn.Conv2d(
            c_in, c_out, kernel, padding=self.padding(kernel), bias=self.bias,
            padding_mode=self.mode,
        )  # fmt: skip
        return nn.Sequential(conv, self.activation())

    def padding(self, kernel):
        return tuple(k // 2 for k in kernel)

    def pool(self):
        return nn.AvgPool2d(3, 1, padding=1, count_include_pad=False)

    def join(self, maps):
        return torch.cat(maps, 1)

    def forward(self, x):
        return self.drop(self.join([branch(x) for branch in self.branches]))


def variant(**attributes):
    return type("FactorisedInception", (Plain,), attributes)


def reordered(*order):
    return variant(join=lambda self, maps: torch.cat([maps[i] for i in order], 1))


def ending(function):
    return variant(forward=lambda self, x: function(Plain.forward(self, x)))


class NoLastReLU(Plain):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.branches[2][4][1] = nn.Identity()


class NoReductionReLU(Plain):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.branches[1][0][1] = nn.Identity()


class Chained(Plain):
    """Something stands after a reduction that the table does not have."""

    def forward(self, x):
        one, two = self.branches[0](x), self.branches[1](x)
        third = self.branches[2][1:](self.branches[2][0](x) * 0.5)
        return self.join([one, two, third, self.branches[3](x)])


class FixedSeven(Plain):
    def __init__(self, c_in, reduced, width, n):
        super().__init__(c_in, reduced, width, 7)


class WidthEverywhere(Plain):
    def __init__(self, c_in, reduced, width, n):
        super().__init__(c_in, width, width, n)


class Detached(Plain):
    def forward(self, x):
        maps = [branch(x) for branch in self.branches]
        return self.join([maps[0], maps[1].detach(), *maps[2:]])


class Spare(Plain):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.spare = nn.Linear(2, 2)


class NoSuper(nn.Module):
    def __init__(self, c_in, reduced, width, n):
        self.one = nn.Conv2d(c_in, width, 1)


class Unwritten(nn.Module):
    def __init__(self, c_in, reduced, width, n):
        super().__init__()
        raise NotImplementedError()


class Live(Plain):
    def forward(self, x):
        return F.dropout(super().forward(x), 0.5)


WRONG = [
    Wrong("n by n", variant(branch2=("1", "nn")), ("convolution 3", "size of the kernel")),
    Wrong("the other order in branch 2", variant(branch2=("1", "1n", "n1")),
          ("convolution 3", "the kernel lies the other way")),
    Wrong("the other order in branch 3", variant(branch3=("1", "n1", "1n", "n1", "1n")),
          ("convolution 6", "the kernel lies the other way")),
    Wrong("a short third branch", variant(branch3=("1", "1n", "n1")), ("convolution 7",)),
    Wrong("no padding", variant(padding=lambda self, kernel: 0), ("after convolution 3",)),
    Wrong("padding on both axes", variant(padding=lambda self, kernel: max(kernel) // 2),
          ("after convolution 3", "padding")),
    Wrong("zeros in the mean", variant(pool=lambda self: nn.AvgPool2d(3, 1, padding=1)),
          ("convolution 10", "pooling's kind, window and edge")),
    Wrong("max pooling", variant(pool=lambda self: nn.MaxPool2d(3, 1, padding=1)),
          ("convolution 10", "pooling's kind")),
    Wrong("no pooling", variant(pool=lambda self: nn.Identity()), ("convolution 10", "pooling")),
    Wrong("a pooling that halves", variant(pool=lambda self: nn.AvgPool2d(3, 2, padding=1)),
          ("after convolution 10", "stride")),
    Wrong("the other edge as padding", variant(mode="circular"), ("own settings", "padding")),
    Wrong("no ReLU", variant(activation=nn.Identity), ("a ReLU is missing",)),
    Wrong("no ReLU after a reduction", NoReductionReLU, ("a ReLU is missing",)),
    Wrong("no ReLU at the end of a branch", NoLastReLU, ("what follows the last convolutions",)),
    Wrong("sigmoid", variant(activation=nn.Sigmoid), ("what runs before this layer",)),
    Wrong("no bias", variant(bias=False), ("no bias", "convolution 1")),
    Wrong("branches in another order", reordered(0, 2, 1, 3), ("another order",)),
    Wrong("a sum in place of a join", variant(join=lambda self, maps: sum(maps)),
          ("axis 1 (channels)",)),
    Wrong("joined along the rows", variant(join=lambda self, maps: torch.cat(maps, 2)),
          ("axis 1 (channels)",)),
    Wrong("something after a reduction", Chained, ("what runs before this layer",)),
    Wrong("n fixed", FixedSeven, ("in the part 'other n'", "follow from the arguments")),
    Wrong("reduced not used", WidthEverywhere, ("convolution 2", "number of channels")),
    Wrong("detached", Detached, ("gradient", "convolution 2", "detach")),
    Wrong("a spare layer", Spare, ("never uses spare.weight",)),
    Wrong("dropout in eval mode", Live, ("two calls in eval mode differ",)),
    Wrong("torchvision's InceptionC", inception.InceptionC, ("called as FactorisedInception",)),
    Wrong("no super().__init__", NoSuper, ("__init__() call",)),
    Wrong("unwritten", Unwritten, ("not written yet",)),
    Wrong("nothing", ending(lambda x: None), ("nothing (None)",)),
    Wrong("built already", Plain(2, 2, 2, 3), ("built already",)),
    Wrong("None", None, ("the class FactorisedInception",)),
]  # fmt: skip


class Explicit(nn.Module):
    """Layers by name, functional activations, the pooling as a division of two sums."""

    def __init__(self, c_in, reduced, width, n):
        super().__init__()

        def one(c, d):
            return nn.Conv2d(c, d, 1)

        def tall(c, d):
            return nn.Conv2d(c, d, (n, 1), padding=(n // 2, 0))

        def flat(c, d):
            return nn.Conv2d(c, d, (1, n), padding=(0, n // 2))

        self.last = one(c_in, width)
        self.a = one(c_in, width)
        self.b = nn.ModuleList([one(c_in, reduced), tall(reduced, reduced), flat(reduced, width)])
        self.c = nn.ModuleList([one(c_in, reduced), flat(reduced, reduced), tall(reduced, reduced),
                                flat(reduced, reduced), tall(reduced, width)])  # fmt: skip

    def forward(self, x):
        b = c = x
        a = self.a(x).relu()
        for layer in self.b:
            b = layer(b).relu()
        for layer in self.c:
            c = F.relu(layer(c))
        window = torch.ones(x.shape[1], 1, 3, 3, dtype=x.dtype)
        sums = F.conv2d(x, window, padding=1, groups=x.shape[1])
        counts = F.conv2d(torch.ones_like(x), window, padding=1, groups=x.shape[1])
        return torch.cat((a, b, c, F.relu(self.last(sums / counts))), dim=1)


class Same(Plain):
    def padding(self, kernel):
        return "same"


class Filled(Plain):
    """Writes each branch into its place."""

    def join(self, maps):
        width = maps[0].shape[1]
        out = maps[0].new_empty(len(maps[0]), 4 * width, *maps[0].shape[2:])
        for number, part in enumerate(maps):
            out[:, number * width : (number + 1) * width] = part
        return out


class Double(Plain):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.double()


def function(c_in, reduced, width, n):
    return Plain(c_in, reduced, width, n)


RIGHT = [
    Right("parts in a list", Plain),
    Right("explicit, defined in another order", Explicit),
    Right("padding='same'", Same),
    Right("each branch written into its place", Filled),
    Right("float64", Double),
    Right("ReLU in place", variant(activation=lambda _: nn.ReLU(inplace=True))),
    Right("a function that builds", function),
    Right("one ReLU after the join as well", ending(torch.relu)),
]
