"""Answers to ps4-grid."""

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models import inception

from tests.answers.table import Right, Wrong


def same(maps, value=0.0):
    """Padding for a window of 3 with stride 2, as TensorFlow has it."""
    sides = []
    for length in (maps.shape[3], maps.shape[2]):
        total = max(0, 2 * (-(-length // 2) - 1) + 3 - length)
        sides += [total // 2, total - total // 2]
    return F.pad(maps, sides, value=value)


def around(maps, value=0.0):
    """One on each side, as PyTorch's padding=1."""
    return F.pad(maps, (1, 1, 1, 1), value=value)


def below(maps, value=0.0):
    """Always below and right."""
    return F.pad(maps, (0, 1, 0, 1), value=value)


def swapped(maps, value=0.0):
    """Rows and columns exchanged."""
    sides = []
    for length in maps.shape[2:]:
        total = max(0, 2 * (-(-length // 2) - 1) + 3 - length)
        sides += [total // 2, total - total // 2]
    return F.pad(maps, sides, value=value)


def rows_only(maps, value=0.0):
    """The columns' padding taken from the rows."""
    total = max(0, 2 * (-(-maps.shape[2] // 2) - 1) + 3 - maps.shape[2])
    side = (total // 2, total - total // 2)
    return F.pad(maps, (*side, *side), value=value)


def reversed_(maps, value=0.0):
    """The larger half above and left."""
    sides = []
    for length in (maps.shape[3], maps.shape[2]):
        total = max(0, 2 * (-(-length // 2) - 1) + 3 - length)
        sides += [total - total // 2, total // 2]
    return F.pad(maps, sides, value=value)


def single_places(maps, value=0.0):
    """As `same`, but a single row or column is padded on one side alone."""
    sides = []
    for length in (maps.shape[3], maps.shape[2]):
        total = 1 if length == 1 else max(0, 2 * (-(-length // 2) - 1) + 3 - length)
        sides += [total // 2, total - total // 2]
    return F.pad(maps, sides, value=value)


class Plain(nn.Module):
    """The right module in parts that the wrong ones replace."""

    padded = staticmethod(same)
    outside = float("-inf")
    stride, kernel, bias = 2, 3, True
    activation = staticmethod(F.relu)

    def __init__(self, c_in, reduced, double, single):
        super().__init__()
        k, s, b = self.kernel, self.stride, self.bias
        self.a = nn.Conv2d(c_in, reduced, 1, bias=b)
        self.b = nn.Conv2d(reduced, double, 3, padding=1, bias=b)
        self.c = nn.Conv2d(double, double, k, stride=s, bias=b)
        self.d = nn.Conv2d(c_in, reduced, 1, bias=b)
        self.e = nn.Conv2d(reduced, single, k, stride=s, bias=b)

    def one(self, x):
        x = self.activation(self.b(self.activation(self.a(x))))
        return self.activation(self.c(self.padded(x)))

    def two(self, x):
        return self.activation(self.e(self.padded(self.activation(self.d(x)))))

    def three(self, x):
        return F.max_pool2d(self.padded(x, self.outside), 3, self.stride)

    def forward(self, x):
        return torch.cat([self.one(x), self.two(x), self.three(x)], 1)


def variant(**attributes):
    return type("GridReduction", (Plain,), attributes)


def padding(function):
    return variant(padded=staticmethod(function))


class PoolFirst(Plain):
    def forward(self, x):
        pooled = self.three(x)
        return torch.cat([pooled, self.one(x), self.two(x)], 1)


class Floor(Plain):
    def three(self, x):
        return F.max_pool2d(x, 3, 2)


class Average(Plain):
    def three(self, x):
        return F.avg_pool2d(F.pad(x, (0, 1, 0, 1)), 3, 2, count_include_pad=False)


class NoLastReLU(Plain):
    def two(self, x):
        return self.e(self.padded(F.relu(self.d(x))))


class NoReductionReLU(Plain):
    def one(self, x):
        return F.relu(self.c(self.padded(F.relu(self.b(self.a(x))))))


class PooledBranch(Plain):
    """Halved by a pooling after convolutions with stride 1."""

    stride = 1

    def one(self, x):
        return F.max_pool2d(around(super().one(x)), 2, 2)


class Wide(Plain):
    """`double` before the last convolution, `single` after it."""

    def __init__(self, c_in, reduced, double, single):
        super().__init__(c_in, reduced, double, single)
        self.c = nn.Conv2d(double, single, 3, stride=2)


class OneReduction(Plain):
    """Both branches share one reduction."""

    def two(self, x):
        return F.relu(self.e(self.padded(F.relu(self.a(x)))))


class Detached(Plain):
    def two(self, x):
        return super().two(x).detach()


class NoPool(Plain):
    def forward(self, x):
        return torch.cat([self.one(x), self.two(x)], 1)


class Unwritten(nn.Module):
    def __init__(self, c_in, reduced, double, single):
        super().__init__()
        raise NotImplementedError()


class Live(Plain):
    def forward(self, x):
        return F.dropout(super().forward(x), 0.5)


WRONG = [
    Wrong("PyTorch's padding", padding(around), ("'even sizes'", "above and left")),
    Wrong("always below and right", padding(below), ("'odd sizes'", "axis 2 (rows)")),
    Wrong("the larger half above", padding(reversed_), ("'even sizes'", "above and left")),
    Wrong("rows and columns exchanged", padding(swapped), ("'odd sizes'",)),
    Wrong("columns as rows", padding(rows_only), ("'odd sizes'",)),
    Wrong("one place padded once", padding(single_places), ("'tiny maps'", "RuntimeError")),
    Wrong("no padding", padding(lambda x, value=0.0: x), ("axis 2 (rows) is 2, not 3",)),
    Wrong("zeros around the pooling", variant(outside=0.0), ("'negative inputs'", "zeros outside")),
    Wrong("a pooling without padding", Floor, ("RuntimeError", "Sizes of tensors")),
    Wrong("average pooling", Average, ("'even sizes'", "kind of the pooling")),
    Wrong("stride 1", variant(stride=1), ("axis 2 (rows)",)),
    Wrong("kernels of 2", variant(kernel=2), ("size of the kernel",)),
    Wrong("pooling first", PoolFirst, ("another order",)),
    Wrong("no ReLU", variant(activation=staticmethod(lambda x: x)), ("a ReLU is missing",)),
    Wrong("no ReLU after a reduction", NoReductionReLU, ("a ReLU is missing",)),
    Wrong("no ReLU at the end", NoLastReLU, ("a ReLU that is missing or too much",)),
    Wrong("no bias", variant(bias=False), ("no bias",)),
    Wrong("double and single mixed up", Wide, ("convolution 3", "number of channels")),
    Wrong("one reduction for both", OneReduction, ("'table'", "convolution 4")),
    Wrong("no pooling branch", NoPool, ("axis 1 (channels)",)),
    Wrong("detached", Detached, ("gradient", "convolution 4", "detach")),
    Wrong("dropout in eval mode", Live, ("two calls in eval mode differ",)),
    Wrong("torchvision's InceptionB", inception.InceptionB, ("called as GridReduction",)),
    Wrong("unwritten", Unwritten, ("not written yet",)),
    Wrong("built already", Plain(2, 2, 2, 2), ("built already",)),
    Wrong("None", None, ("the class GridReduction",)),
]  # fmt: skip


class Sliced(Plain):
    """Convolutions of stride 1, and then every second place of their output."""

    stride = 1

    def every_second(self, maps, x):
        rows, columns = (1 - n % 2 for n in x.shape[2:])
        return maps[:, :, rows::2, columns::2]

    def forward(self, x):
        one = F.relu(self.b(F.relu(self.a(x))))
        one = self.every_second(F.relu(self.c(around(one))), x)
        two = self.every_second(F.relu(self.e(around(F.relu(self.d(x))))), x)
        pooled = F.max_pool2d(x, 3, 1, padding=1)
        return torch.cat([one, two, self.every_second(pooled, x)], 1)


class CeilPool(Plain):
    """The pooling's last window over the edge by ceil_mode, its odd sizes by padding."""

    def three(self, x):
        rows, columns = (n % 2 for n in x.shape[2:])
        low = float("-inf")
        return (
            F.max_pool2d(
                F.pad(x, (columns, columns, rows, rows), value=low),
                3,
                2,
                ceil_mode=not (rows or columns),
            )
            if rows == columns
            else super().three(x)
        )


class Double(Plain):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.double()


class Units(nn.Module):
    """Sequentials with a padding module of their own."""

    class Pad(nn.Module):
        def __init__(self, value=0.0):
            super().__init__()
            self.value = value

        def forward(self, x):
            return same(x, self.value)

    def __init__(self, c_in, reduced, double, single):
        super().__init__()
        pad, relu = self.Pad, nn.ReLU
        self.branches = nn.ModuleList([
            nn.Sequential(nn.Conv2d(c_in, reduced, 1), relu(),
                          nn.Conv2d(reduced, double, 3, padding=1), relu(),
                          pad(), nn.Conv2d(double, double, 3, 2), relu()),
            nn.Sequential(nn.Conv2d(c_in, reduced, 1), relu(),
                          pad(), nn.Conv2d(reduced, single, 3, 2), relu()),
            nn.Sequential(pad(float("-inf")), nn.MaxPool2d(3, 2)),
        ])  # fmt: skip

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


def function(c_in, reduced, double, single):
    return Plain(c_in, reduced, double, single)


RIGHT = [
    Right("padded by hand", Plain),
    Right("stride 1, then every second place", Sliced),
    Right("sequentials", Units),
    Right("ceil_mode for even sizes", CeilPool),
    Right("float64", Double),
    Right("a function that builds", function),
]
