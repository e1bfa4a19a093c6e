"""Answers to ps4-network."""

from functools import partial

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from tests.answers.table import Right, Wrong

ROWS = ((32, 32), (32, 48), (80,), (112, 48), (96, 64), (80, 80), (48, 96), (96,), (176, 160),
        (176, 160))  # fmt: skip


def changed(number, row):
    return variant(rows=(*ROWS[:number], row, *ROWS[number + 1 :]))


class Plain(nn.Module):
    """The right network in parts that the wrong ones replace."""

    rows, width, stem_stride, padding, bias = ROWS, 96, 1, 1, True
    activation = staticmethod(F.relu)

    def __init__(self, num_classes):
        super().__init__()
        self.stem = self.conv(3, self.width, 3, stride=self.stem_stride, padding=1)
        self.stages, inputs = nn.ModuleList(), self.width
        for row in self.rows:
            if len(row) == 2:
                wide = self.conv(inputs, row[1], 3, padding=self.padding)
                branches, outputs = [self.conv(inputs, row[0], 1), wide], sum(row)
            else:
                branches = [self.conv(inputs, row[0], 3, stride=2, padding=1)]
                outputs = inputs + row[0]
            self.stages.append(nn.ModuleList(branches))
            inputs = outputs
        self.head = nn.Linear(inputs, num_classes)

    def conv(self, *sizes, **how):
        return nn.Conv2d(*sizes, bias=self.bias, **how)

    def pool(self, x):
        return F.max_pool2d(x, 3, 2, padding=1)

    def join(self, maps):
        return torch.cat(maps, 1)

    def mean(self, x):
        return x.mean((2, 3))

    def features(self, images):
        x = self.activation(self.stem(images))
        for stage in self.stages:
            maps = [self.activation(branch(x)) for branch in stage]
            x = self.join(maps if len(maps) == 2 else [*maps, self.pool(x)])
        return x

    def forward(self, images):
        return self.head(self.mean(self.features(images)))


def variant(**attributes):
    return type("SmallInception", (Plain,), attributes)


def ending(function):
    return variant(forward=lambda self, images: function(Plain.forward(self, images)))


class PoolFirst(Plain):
    def join(self, maps):
        return torch.cat(maps[::-1], 1)


class NoStemReLU(Plain):
    def features(self, images):
        x = self.stem(images)
        for stage in self.stages:
            maps = [F.relu(branch(x)) for branch in stage]
            x = self.join(maps if len(maps) == 2 else [*maps, self.pool(x)])
        return x


class Flat(Plain):
    """A linear layer on all places."""

    def __init__(self, num_classes):
        super().__init__(num_classes)
        self.head = nn.Linear(336 * 49, num_classes)

    def mean(self, x):
        return x.flatten(1)


class FixedPool(Plain):
    def mean(self, x):
        return F.avg_pool2d(x, 7).flatten(1)


class Normed(Plain):
    def conv(self, *sizes, **how):
        return nn.Sequential(super().conv(*sizes, **how), nn.BatchNorm2d(sizes[1]))


class Detached(Plain):
    def mean(self, x):
        return super().mean(x).detach()


class Spare(Plain):
    def __init__(self, num_classes):
        super().__init__(num_classes)
        self.spare = nn.Linear(2, 2)


class Unwritten(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        raise NotImplementedError()


class Ten(Plain):
    def __init__(self, num_classes):
        super().__init__(10)


class Sequential(Plain):
    """The 3 by 3 convolution on the output of the 1 by 1."""

    rows = ((32, 32), *ROWS[1:])

    def features(self, images):
        x = F.relu(self.stem(images))
        for stage in self.stages:
            maps = [F.relu(stage[0](x))]
            if len(stage) == 2:
                maps.append(F.relu(stage[1](x * 0.5)))
            x = self.join(maps if len(maps) == 2 else [*maps, self.pool(x)])
        return x


def live(x):
    return F.dropout(x, 0.5)


WRONG = [
    Wrong("a stem of 64", variant(width=64), ("convolution 1", "number of channels")),
    Wrong("a stem with stride 2", variant(stem_stride=2), ("after convolution 1", "stride")),
    Wrong("3 by 3 without padding", variant(padding=0), ("after convolution 3", "padding")),
    Wrong("rows of a module exchanged", changed(1, (48, 32)), ("convolution 4", "channels")),
    Wrong("a module left out", variant(rows=ROWS[:-1]), ("another kind of layer",)),
    Wrong("a downsample of 96", changed(2, (96,)), ("convolution 6", "number of channels")),
    Wrong("the pooling first", PoolFirst, ("what runs before this layer",)),
    Wrong("average pooling", variant(pool=lambda self, x: F.avg_pool2d(x, 3, 2, padding=1)),
          ("what runs before this layer", "pooling's kind")),
    Wrong("a pooling of 2", variant(pool=lambda self, x: F.max_pool2d(x, 2)),
          ("what runs before this layer", "window")),
    Wrong("a pooling without padding", variant(pool=lambda self, x: F.max_pool2d(x, 3, 2)),
          ("RuntimeError", "Sizes of tensors")),
    Wrong("the maximum of each map", variant(mean=lambda self, x: x.amax((2, 3))),
          ("linear layer 1", "pooling's kind")),
    Wrong("a linear layer on all places", Flat, ("linear layer 1",)),
    Wrong("a mean over 7 by 7", FixedPool, ("'other sizes'", "RuntimeError")),
    Wrong("no ReLU", variant(activation=staticmethod(lambda x: x)), ("a ReLU is missing",)),
    Wrong("no ReLU after the stem", NoStemReLU, ("a ReLU is missing",)),
    Wrong("leaky", variant(activation=staticmethod(partial(F.leaky_relu, negative_slope=0.1))),
          ("a ReLU is missing",)),
    Wrong("no biases", variant(bias=False), ("no bias",)),
    Wrong("batch norm", Normed, ("BatchNorm2d",)),
    Wrong("another input of the 3 by 3", Sequential, ("what runs before this layer",)),
    Wrong("softmax", ending(lambda x: x.softmax(1)), ("what follows the last",)),
    Wrong("ReLU on the logits", ending(torch.relu), ("what follows the last",)),
    Wrong("dropout in eval mode", ending(live), ("two calls in eval mode differ",)),
    Wrong("ten classes for all", Ten, ("'other sizes'", "follow from the arguments")),
    Wrong("detached", Detached, ("gradient", "convolution 1", "detach")),
    Wrong("a spare layer", Spare, ("never uses spare.weight",)),
    Wrong("unwritten", Unwritten, ("not written yet",)),
    Wrong("torchvision's GoogLeNet",
          lambda n: torchvision.models.googlenet(num_classes=n, init_weights=False),
          ("convolution 1",)),
    Wrong("a tuple", ending(lambda x: (x, x)), ("a tuple of 2",)),
    Wrong("nothing", ending(lambda x: None), ("nothing (None)",)),
    Wrong("None", None, ("the class SmallInception",)),
]  # fmt: skip


class Inception(nn.Module):
    def __init__(self, c_in, a, b):
        super().__init__()
        self.a = nn.Sequential(nn.Conv2d(c_in, a, 1), nn.ReLU())
        self.b = nn.Sequential(nn.Conv2d(c_in, b, 3, padding=1), nn.ReLU())

    def forward(self, x):
        return torch.cat([self.a(x), self.b(x)], 1)


class Downsample(nn.Module):
    def __init__(self, c_in, b):
        super().__init__()
        self.b = nn.Sequential(nn.Conv2d(c_in, b, 3, 2, 1), nn.ReLU())
        self.pool = nn.MaxPool2d(3, 2, 1)

    def forward(self, x):
        return torch.cat([self.b(x), self.pool(x)], 1)


def modules(num_classes):
    """One Sequential of modules."""
    layers, inputs = [nn.Conv2d(3, 96, 3, padding=1), nn.ReLU()], 96
    for row in ROWS:
        layers.append(Inception(inputs, *row) if len(row) == 2 else Downsample(inputs, *row))
        inputs = sum(row) if len(row) == 2 else inputs + row[0]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, num_classes)]
    return nn.Sequential(*layers, *head)


class OnePoint(Plain):
    """The linear layer as a convolution over the means."""

    def __init__(self, num_classes):
        super().__init__(num_classes)
        self.head = nn.Conv2d(336, num_classes, 1)

    def forward(self, images):
        return self.head(self.features(images).mean((2, 3), keepdim=True)).flatten(1)


class Double(Plain):
    def __init__(self, num_classes):
        super().__init__(num_classes)
        self.double()


class PaddedByHand(Plain):
    def pool(self, x):
        return F.max_pool2d(F.pad(x, (1, 1, 1, 1), value=float("-inf")), 3, 2)


RIGHT = [
    Right("a loop over rows", Plain),
    Right("modules in a Sequential", modules),
    Right("the linear layer as a convolution", OnePoint),
    Right("float64", Double),
    Right("the pooling padded by hand", PaddedByHand),
    Right("the maps clamped", variant(activation=staticmethod(partial(torch.clamp, min=0)))),
]
