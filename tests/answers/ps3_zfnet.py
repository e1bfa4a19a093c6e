"""Answers to ps3-zfnet."""

from collections import OrderedDict
from typing import ClassVar

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from tests.answers.table import Right, Wrong


def pool(**how):
    return nn.MaxPool2d(**{"kernel_size": 3, "stride": 2, "ceil_mode": True} | how)


class Plain(nn.Module):
    """The right network in parts that the wrong ones replace."""

    convolutions = ((3, 96, 7, 2, 1), (96, 256, 5, 2, 0), (256, 384, 3, 1, 1), (384, 384, 3, 1, 1),
                    (384, 256, 3, 1, 1))  # fmt: skip
    pooled: ClassVar = {0: {}, 1: {}, 4: {}}
    rate = 0.5
    activation = nn.ReLU
    bias, groups = True, 1

    def __init__(self, num_classes, hidden=4096):
        super().__init__()
        self.features = nn.Sequential(*self.maps())
        self.head = nn.Sequential(*self.units(num_classes, hidden))

    def maps(self):
        for number, (c_in, c_out, kernel, stride, padding) in enumerate(self.convolutions):
            groups = self.groups if number else 1
            yield nn.Conv2d(c_in, c_out, kernel, stride, padding, groups=groups, bias=self.bias)
            yield self.activation()
            if number in self.pooled:
                yield self.pool(**self.pooled[number])

    pool = staticmethod(pool)

    def units(self, num_classes, hidden):
        drop = self.rate
        return [
            nn.Linear(256 * 6 * 6, hidden), nn.ReLU(), nn.Dropout(drop),
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(drop),
            nn.Linear(hidden, num_classes),
        ]  # fmt: skip

    def forward(self, images):
        return self.head(self.features(images).flatten(1))


def variant(**attributes):
    return type("ZFNet", (Plain,), attributes)


def changed(number, row):
    rows = list(Plain.convolutions)
    rows[number] = row
    return variant(convolutions=tuple(rows))


def head(edit):
    """The head's list of modules, edited."""

    def units(self, num_classes, hidden):
        return edit(Plain.units(self, num_classes, hidden))

    return variant(units=units)


def maps(edit):
    return variant(maps=lambda self: edit(list(Plain.maps(self))))


def without(*places):
    return lambda modules: [m for i, m in enumerate(modules) if i not in places]


def ending(function):
    return variant(forward=lambda self, images: function(Plain.forward(self, images)))


class LiveDropout(Plain):
    rate = 0.0

    def forward(self, images):
        x = self.features(images).flatten(1)
        for module in self.head:
            x = F.dropout(x, 0.5) if isinstance(module, nn.Dropout) else module(x)
        return x


class AlexNetOrder(Plain):
    """Dropout before the linear layers, as torchvision's AlexNet has it."""

    def units(self, num_classes, hidden):
        one, relu, drop, two, relu2, drop2, three = super().units(num_classes, hidden)
        return [drop, one, relu, drop2, two, relu2, three]


class ColumnsFirst(Plain):
    def forward(self, images):
        return self.head(self.features(images).transpose(2, 3).flatten(1))


class CutInTheMiddle(Plain):
    def forward(self, images):
        return self.head(self.features(images).detach().flatten(1))


class Unused(Plain):
    def __init__(self, num_classes, hidden=4096):
        super().__init__(num_classes, hidden)
        self.spare = nn.Linear(3, 3)


class FixedHidden(Plain):
    def __init__(self, num_classes, hidden=4096):
        super().__init__(num_classes, 32)


class FixedClasses(Plain):
    def __init__(self, num_classes, hidden=4096):
        super().__init__(1000, hidden)


class OtherDefault(Plain):
    def __init__(self, num_classes, hidden=2048):
        super().__init__(num_classes, hidden)


class NoHidden(Plain):
    def __init__(self, num_classes):
        super().__init__(num_classes)


class NoSuper(nn.Module):
    def __init__(self, num_classes, hidden=4096):
        self.features = nn.Conv2d(3, 96, 7, 2, 1)


class NoForward(nn.Module):
    def __init__(self, num_classes, hidden=4096):
        super().__init__()


class Unwritten(nn.Module):
    def __init__(self, num_classes, hidden=4096):
        super().__init__()
        raise NotImplementedError()


class NotAModule:
    def __init__(self, num_classes, hidden=4096):
        pass


def average(**how):
    return nn.AvgPool2d(3, 2, ceil_mode=True)


WRONG = [
    Wrong("conv 1 stride 4", changed(0, (3, 96, 7, 4, 1)), ("after convolution 1", "stride")),
    Wrong("conv 1 without padding", changed(0, (3, 96, 7, 2, 0)), ("110", "109", "padding")),
    Wrong("conv 1 of 11", changed(0, (3, 96, 11, 2, 3)), ("size of the kernel",)),
    Wrong("conv 1 of 64", changed(0, (3, 64, 7, 2, 1)), ("number of channels", "convolution 1")),
    Wrong("conv 2 padded", changed(1, (96, 256, 5, 2, 2)), ("after convolution 2", "padding")),
    Wrong("conv 2 stride 1", changed(1, (96, 256, 5, 1, 0)), ("after convolution 2", "stride")),
    Wrong("conv 3 without padding", changed(2, (256, 384, 3, 1, 0)), ("after convolution 3",)),
    Wrong("groups", variant(groups=2), ("convolution 2", "groups")),
    Wrong("no biases", variant(bias=False), ("no bias", "convolution 1")),
    Wrong("floor", variant(pooled={0: {"ceil_mode": False}, 1: {"ceil_mode": False}, 4: {}}),
          ("rounding of the pooling", "after convolution 2")),
    Wrong("padded pools", variant(pooled={0: {"padding": 1, "ceil_mode": False},
          1: {"padding": 1, "ceil_mode": False}, 4: {}}),
          ("input of convolution 2", "edge of the pooling")),
    Wrong("pools of 2", variant(pooled={0: {"kernel_size": 2}, 1: {"kernel_size": 2},
          4: {"kernel_size": 2, "ceil_mode": False}}), ("input of convolution 2", "pooling")),
    Wrong("average pools", variant(pool=staticmethod(average)), ("convolution 2", "pooling")),
    Wrong("no last pool", variant(pooled={0: {}, 1: {}}), ("RuntimeError", "mat1 and mat2")),
    Wrong("no ReLU", variant(activation=nn.Identity), ("a ReLU is missing",)),
    Wrong("no ReLU after conv 4", maps(without(9)), ("convolution 5", "a ReLU is missing")),
    Wrong("no ReLU after conv 5", maps(without(11)), ("linear layer 1", "a ReLU is missing")),
    Wrong("no ReLU in the head", head(without(1)), ("linear layer 2", "a ReLU is missing")),
    Wrong("ReLU on logits", head(lambda m: [*m, nn.ReLU()]), ("after the last layer",)),
    Wrong("leaky", variant(activation=nn.LeakyReLU), ("input of convolution 2", "ReLU")),
    Wrong("response norm", maps(lambda m: [*m[:2], nn.LocalResponseNorm(5), *m[2:]]),
          ("input of convolution 2", "the table does not have")),
    Wrong("batch norm", maps(lambda m: [m[0], nn.BatchNorm2d(96), *m[1:]]), ("BatchNorm2d",)),
    Wrong("softmax", ending(lambda x: x.softmax(1)), ("softmax", "logits")),
    Wrong("log-softmax", ending(lambda x: x.log_softmax(1)), ("log-softmax",)),
    Wrong("no dropout", head(without(2, 5)), ("dropout in train mode", "no dropout")),
    Wrong("one dropout", head(without(2)), ("dropout in train mode", "a dropout is missing")),
    Wrong("rate", variant(rate=0.25), ("dropout in train mode", "rate")),
    Wrong("dropout first", AlexNetOrder, ("dropout in train mode", "in another place")),
    Wrong("dropout in eval", LiveDropout, ("two calls in eval mode differ",)),
    Wrong("columns first", ColumnsFirst, ("linear layer 1", "order of flattening")),
    Wrong("detached", CutInTheMiddle, ("gradient", "convolution 1", "detach")),
    Wrong("spare layer", Unused, ("never uses spare.weight",)),
    Wrong("one linear layer less", head(lambda m: [m[0], m[6]]), ("linear layer 2",)),
    Wrong("hidden fixed", FixedHidden, ("linear layer 1", "units")),
    Wrong("classes fixed", FixedClasses, ("linear layer 3", "1000")),
    Wrong("default hidden", OtherDefault, ("full size", "4096", "2048")),
    Wrong("no hidden", NoHidden, ("hidden", "called as ZFNet(num_classes, hidden=4096)")),
    Wrong("no super().__init__", NoSuper, ("__init__() call", "of your cell")),
    Wrong("no forward", NoForward, ("forward",)),
    Wrong("unwritten", Unwritten, ("not written yet",)),
    Wrong("not a module", NotAModule, ("an nn.Module",)),
    Wrong("a tuple", ending(lambda x: (x, x)), ("a tuple of 2",)),
    Wrong("nothing", ending(lambda x: None), ("nothing (None)", "return")),
    Wrong("transposed", ending(lambda x: x.T), ("axis 0",)),
    Wrong("nan", ending(lambda x: x / 0 * 0), ("nan or infinite",)),
    Wrong("torchvision's AlexNet", torchvision.models.alexnet, ("called as ZFNet",)),
    Wrong("built already", Plain(2, 2), ("built already",)),
    Wrong("None", None, ("the class ZFNet", "None")),
    Wrong("a string", "ZFNet", ("the class ZFNet", "str")),
]  # fmt: skip


class Explicit(nn.Module):
    """Named layers, defined in another order than they run; functional ReLU, pooling, dropout."""

    def __init__(self, num_classes, hidden=4096):
        super().__init__()
        self.out = nn.Linear(hidden, num_classes)
        self.fc7 = nn.Linear(hidden, hidden)
        self.fc6 = nn.Linear(9216, hidden)
        self.c5 = nn.Conv2d(384, 256, 3, padding=1)
        self.c4 = nn.Conv2d(384, 384, 3, padding=1)
        self.c3 = nn.Conv2d(256, 384, 3, padding=1)
        self.c2 = nn.Conv2d(96, 256, 5, stride=2)
        self.c1 = nn.Conv2d(3, 96, 7, stride=2, padding=1)

    def forward(self, images):
        x = F.max_pool2d(F.relu(self.c1(images)), 3, 2, ceil_mode=True)
        x = F.max_pool2d(F.relu(self.c2(x)), 3, 2, ceil_mode=True)
        x = F.relu(self.c4(F.relu(self.c3(x))))
        x = torch.flatten(F.max_pool2d(F.relu(self.c5(x)), 3, 2), 1)
        x = F.dropout(F.relu(self.fc6(x)), 0.5, self.training)
        return self.out(F.dropout(F.relu(self.fc7(x)), 0.5, self.training))


class PaddedByHand(Plain):
    """Windows over the edge made by padding below and to the right with the smallest number."""

    @staticmethod
    def pool(**how):
        return nn.Sequential(nn.ConstantPad2d((0, 1, 0, 1), float("-inf")), nn.MaxPool2d(3, 2))


class Convolutional(Plain):
    """The linear layers as convolutions over the last maps."""

    def units(self, num_classes, hidden):
        return [
            nn.Conv2d(256, hidden, 6), nn.ReLU(), nn.Dropout(),
            nn.Conv2d(hidden, hidden, 1), nn.ReLU(), nn.Dropout(),
            nn.Conv2d(hidden, num_classes, 1), nn.Flatten(),
        ]  # fmt: skip

    def forward(self, images):
        return self.head(self.features(images))


class Lazy(Plain):
    def units(self, num_classes, hidden):
        one, *rest = super().units(num_classes, 8 if hidden is None else hidden)
        return [nn.LazyLinear(one.out_features), *rest]


class Double(Plain):
    def __init__(self, num_classes, hidden=4096):
        super().__init__(num_classes, hidden)
        self.double()


class Initialised(Plain):
    def __init__(self, num_classes, hidden=4096):
        super().__init__(num_classes, hidden)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.01)


def one_sequential(num_classes, hidden=4096):
    """A function that builds, in place of a class."""
    plain = Plain(num_classes, hidden)
    layers = [*plain.features, nn.Flatten(), *plain.head]
    return nn.Sequential(OrderedDict((f"layer{i}", m) for i, m in enumerate(layers)))


RIGHT = [
    Right("two Sequentials", Plain),
    Right("explicit, defined backwards", Explicit),
    Right("one Sequential", one_sequential),
    Right("pooling padded by hand", PaddedByHand),
    Right("linear layers as convolutions", Convolutional),
    Right("a lazy linear layer", Lazy),
    Right("float64", Double),
    Right("ReLU in place", variant(activation=lambda _: nn.ReLU(inplace=True))),
    Right("pooling before ReLU", maps(lambda m: [m[0], m[2], m[1], m[3], m[5], m[4], *m[6:]])),
    Right("weights drawn another way", Initialised),
]
