"""DenseNet: Huang, Liu, van der Maaten and Weinberger, "Densely Connected Convolutional
Networks", CVPR 2017, table 1 (DenseNet-BC).

Differs from the paper: the stem's batch norm and ReLU stand behind its convolution, as in the
authors' code and in torchvision, where the note of table 1 puts them before each convolution.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from helpers.networks.parts import check_pictures, convolution, start


class DenseNet(nn.Module):
    """A stem, dense blocks with a transition between two of them, and one linear layer."""

    def __init__(self, features: nn.Sequential, head: nn.Sequential, smallest: int):
        super().__init__()
        self.features, self.head, self.smallest = features, head, smallest
        start(self)

    def forward(self, images: Tensor) -> Tensor:  # (N, 3, H, W) -> (N, num_classes)
        check_pictures(self, images)
        return self.head(self.features(images))


class DenseLayer(nn.Module):
    """[x, branch(x)]: what came in, and `growth` new channels behind it (equation 2)."""

    def __init__(self, inputs: int, growth: int):
        super().__init__()
        self.branch = nn.Sequential(
            *_activated_convolution(inputs, 4 * growth, 1),  # the bottleneck
            *_activated_convolution(4 * growth, growth, 3),
        )

    def forward(self, x: Tensor) -> Tensor:  # (N, inputs, H, W) -> (N, inputs + growth, H, W)
        return torch.cat([x, self.branch(x)], 1)


def densenet(
    num_classes: int = 1000,
    *,
    blocks: tuple[int, ...] = (6, 12, 24, 16),
    growth: int = 32,
    compression: float = 0.5,
) -> DenseNet:
    """DenseNet-121, or one of other depth and growth, with random weights.

    Args:
        blocks: number of layers in each dense block.
        growth: k, the channels that a layer adds; the stem has twice as many.
        compression: theta, the share of the channels that a transition keeps.
    """
    channels = 2 * growth
    parts = OrderedDict(stem=_stem(channels))  # (N, 64, 56, 56) at 224 pixels
    for number, layers in enumerate(blocks):  # (N, 1024, 7, 7) after the last
        if number:
            kept = int(compression * channels)
            parts[f"transition{number}"] = _transition(channels, kept)
            channels = kept
        inputs = range(channels, channels + layers * growth, growth)
        parts[f"dense{number + 1}"] = nn.Sequential(*(DenseLayer(c, growth) for c in inputs))
        channels += layers * growth
    parts["end"] = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU())
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes))
    smallest = 2 ** (len(blocks) + 1) - 3  # a last map of 1 by 1, at 29 pixels for four blocks
    return DenseNet(nn.Sequential(parts), head, smallest)


def _activated_convolution(inputs: int, outputs: int, kernel: int) -> list[nn.Module]:
    """Batch norm and ReLU before the convolution, as in a pre-activation ResNet (section 3)."""
    layer = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)
    return [nn.BatchNorm2d(inputs), nn.ReLU(), layer]


def _stem(channels: int) -> nn.Sequential:
    return nn.Sequential(
        *convolution(3, channels, 7, stride=2),  # (N, 64, 112, 112)
        nn.ReLU(),
        nn.MaxPool2d(3, 2, padding=1),  # (N, 64, 56, 56)
    )


def _transition(inputs: int, outputs: int) -> nn.Sequential:
    """Fewer channels, then maps of half the height and width."""
    return nn.Sequential(*_activated_convolution(inputs, outputs, 1), nn.AvgPool2d(2))
