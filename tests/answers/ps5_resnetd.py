"""Answers to ps5-resnetd."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.answers.table import Right, Wrong


class Plain(nn.Module):
    """The right network in parts that the wrong ones replace."""

    strides, kernels = (2, 1, 1, 1), (3, 3, 3, 1)
    bias, eps = False, 1e-5
    activation = nn.ReLU

    def __init__(self, width, outputs):
        super().__init__()
        self.layers = nn.Sequential(*self.modules_of(width, outputs))

    def channels(self, width, outputs):
        return 3, width // 2, width // 2, width, outputs

    def modules_of(self, width, outputs):
        channels = self.channels(width, outputs)
        for i, (kernel, stride) in enumerate(zip(self.kernels, self.strides, strict=True)):
            if i == 3:
                yield from self.pools()
            c_in, c_out = channels[i : i + 2]
            yield nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, bias=self.bias)
            yield nn.BatchNorm2d(c_out, self.eps)
            if i < 3:
                yield self.activation()

    def pools(self):
        return [nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(2, 2, ceil_mode=True)]

    def forward(self, images):
        return self.layers(images)


def variant(**attributes):
    return type("ResNetD", (Plain,), attributes)


def pools(*layers):
    return variant(pools=lambda self: list(layers))


def modules(edit):
    def changed(self, width, outputs):
        return edit(list(Plain.modules_of(self, width, outputs)))

    return variant(modules_of=changed)


def without(*places):
    return lambda layers: [m for i, m in enumerate(layers) if i not in places]


def ending(function):
    return variant(forward=lambda self, images: function(Plain.forward(self, images)))


class CutInTheMiddle(Plain):
    def forward(self, images):
        return self.layers[9:](self.layers[:9](images).detach())


class Frozen(Plain):
    def forward(self, images):
        self.eval()
        return super().forward(images)


class Unused(Plain):
    def __init__(self, width, outputs):
        super().__init__(width, outputs)
        self.spare = nn.Linear(3, 3)


class Unwritten(nn.Module):
    def __init__(self, width, outputs):
        super().__init__()
        raise NotImplementedError()


def whole_width(self, width, outputs):
    return 3, width, width, width, outputs


def half_to_the_end(self, width, outputs):
    return 3, width // 2, width // 2, width // 2, outputs


def fixed(self, width, outputs):
    return 3, 32, 32, 64, 256


MAX, MEAN = nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(2, 2, ceil_mode=True)

WRONG = [
    Wrong("no stride", variant(strides=(1, 1, 1, 1)), ("after convolution 1", "stride")),
    Wrong("stride in convolution 3", variant(strides=(1, 1, 2, 1)), ("after convolution 1",)),
    Wrong("stride in the shortcut", variant(strides=(2, 1, 1, 2), pools=lambda self: [MAX]),
          ("convolution 4", "poolings")),
    Wrong("whole width", variant(channels=whole_width), ("convolution 1", "channels")),
    Wrong("half width to the end", variant(channels=half_to_the_end), ("convolution 3",)),
    Wrong("fixed channels", variant(channels=fixed), ("convolution 1", "channels")),
    Wrong("a stem of 7", variant(kernels=(7, 3, 3, 1)), ("size of the kernel",)),
    Wrong("biases", variant(bias=True), ("has a bias",)),
    Wrong("shortcut of 3", variant(kernels=(3, 3, 3, 3)), ("convolution 4", "kernel")),
    Wrong("floor", pools(MAX, nn.AvgPool2d(2)), ("maps of odd size",)),
    Wrong("padded mean", pools(MAX, nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.AvgPool2d(2))),
          ("maps of odd size", "edges")),
    Wrong("mean of 3", pools(MAX, nn.AvgPool2d(3, 2, 1)), ("convolution 4", "poolings")),
    Wrong("two max poolings", pools(MAX, nn.MaxPool2d(2, ceil_mode=True)),
          ("convolution 4", "poolings")),
    Wrong("two means", pools(nn.AvgPool2d(3, 2, 1), MEAN), ("convolution 4", "poolings")),
    Wrong("mean first", pools(MEAN, MAX), ("convolution 4", "poolings")),
    Wrong("max pooling of 2", pools(nn.MaxPool2d(2, ceil_mode=True), MEAN),
          ("convolution 4", "poolings")),
    Wrong("no mean", pools(MAX), ("after convolution 4",)),
    Wrong("no ReLU", variant(activation=nn.Identity), ("input of convolution 2", "ReLU")),
    Wrong("no ReLU after convolution 2", modules(without(5)), ("input of convolution 3", "ReLU")),
    Wrong("no ReLU after convolution 3", modules(without(8)), ("convolution 4", "the ReLU before")),
    Wrong("ReLU at the end", ending(torch.relu), ("after the last layer",)),
    Wrong("leaky", variant(activation=nn.LeakyReLU), ("input of convolution 2", "ReLU")),
    Wrong("no norm in the shortcut", modules(without(12)), ("8 layers with parameters",)),
    Wrong("eps", variant(eps=0.5), ("batch norm 1", "eps")),
    Wrong("never in train mode", Frozen, ("'train mode'",)),
    Wrong("detached", CutInTheMiddle, ("'gradient'", "detach")),
    Wrong("spare layer", Unused, ("never uses spare.weight",)),
    Wrong("a tuple", ending(lambda y: (y, y)), ("a tuple of 2",)),
    Wrong("nothing", ending(lambda y: None), ("nothing (None)", "return")),
    Wrong("flattened", ending(lambda y: y.flatten(1)), ("2 axes in place of 4",)),
    Wrong("unwritten", Unwritten, ("not written yet",)),
    Wrong("built already", Plain(4, 6), ("built already",)),
]  # fmt: skip


class Explicit(nn.Module):
    """Named layers, defined backwards, functional ReLU and poolings."""

    def __init__(self, width, outputs):
        super().__init__()
        half = width // 2
        self.n4, self.c4 = nn.BatchNorm2d(outputs), nn.Conv2d(width, outputs, 1, bias=False)
        self.n3, self.c3 = nn.BatchNorm2d(width), nn.Conv2d(half, width, 3, 1, 1, bias=False)
        self.n2, self.c2 = nn.BatchNorm2d(half), nn.Conv2d(half, half, 3, 1, 1, bias=False)
        self.n1, self.c1 = nn.BatchNorm2d(half), nn.Conv2d(3, half, 3, 2, 1, bias=False)

    def forward(self, images):
        x = F.relu(self.n1(self.c1(images)))
        x = F.relu(self.n2(self.c2(x)))
        x = F.max_pool2d(F.relu(self.n3(self.c3(x))), 3, 2, 1)
        return self.n4(self.c4(F.avg_pool2d(x, 2, ceil_mode=True)))


class TwoParts(Plain):
    def __init__(self, width, outputs):
        super().__init__(width, outputs)
        self.stem, self.way = self.layers[:10], self.layers[10:]
        del self.layers

    def forward(self, images):
        return self.way(self.stem(images))


class EdgeRepeated(Plain):
    """A mean over the edge is that of the edge's pixels, repeated."""

    def pools(self):
        return [MAX, Even(), nn.AvgPool2d(2)]


class Even(nn.Module):
    def forward(self, x):
        return F.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2), mode="replicate")


class Double(Plain):
    def __init__(self, width, outputs):
        super().__init__(width, outputs)
        self.double()


def one_sequential(width, outputs):
    return nn.Sequential(*Plain(width, outputs).layers)


RIGHT = [
    Right("one Sequential in a class", Plain),
    Right("explicit, defined backwards", Explicit),
    Right("stem and shortcut", TwoParts),
    Right("the edge repeated", EdgeRepeated),
    Right("float64", Double),
    Right("a function that builds", one_sequential),
    Right("ReLU in place", variant(activation=lambda _: nn.ReLU(inplace=True))),
]
