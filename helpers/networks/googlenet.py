"""GoogLeNet: Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, table 1 and section 5.

Differs from the paper: batch norm after each convolution (Ioffe and Szegedy 2015) makes it train,
and replaces the two response normalisations; weights start as He et al. 2015 draw them; the
auxiliary classifiers pool to 4 by 4 whatever the picture's size, where the paper pools 5 by 5
windows with stride 3 (14 by 14 maps give 4 by 4 in both).
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from helpers.names import choose
from helpers.networks.parts import check_pictures, convolution, start

# table 1: 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, pool proj
INCEPTIONS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
POOL_AFTER = ("3b", "4e")
AUXILIARY_AFTER = ("4a", "4d")


Unit = Callable[..., nn.Module]


@dataclass(frozen=True)
class Form:
    """What torchvision does otherwise.

    Attributes:
        five: kernel of the "5 by 5" branch.
        last_pool: window of the pooling after 4e.
        dropout: probability of a zero before the last linear layer, in training.
        smallest: the smallest height and width in pixels.
    """

    five: int
    last_pool: int
    dropout: float
    smallest: int


FORMS = {
    "paper": Form(five=5, last_pool=3, dropout=0.4, smallest=31),
    "torchvision": Form(five=3, last_pool=2, dropout=0.2, smallest=15),
}


class GoogLeNet(nn.Module):
    """A stem, nine inceptions and one linear layer; `features` ends with inception 5b.

    In eval mode it returns logits (N, num_classes). In train mode, with auxiliary classifiers, it
    returns a tuple: the logits, then those of the auxiliaries after 4a and after 4d.
    """

    def __init__(self, features, auxiliaries: nn.ModuleDict, head, smallest: int):
        super().__init__()
        self.features, self.auxiliaries, self.head = features, auxiliaries, head
        self.smallest = smallest
        start(self)

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, ...]:
        check_pictures(self, images)
        if not (self.training and self.auxiliaries):
            return self.head(self.features(images))
        x, extra = images, []
        for name, stage in self.features.named_children():
            x = stage(x)
            if name in self.auxiliaries:
                extra.append(self.auxiliaries[name](x))
        return self.head(x), *extra


class Inception(nn.Module):
    """Four branches over one input, side by side in the channels (figure 2b).

    Args:
        channels: a row of INCEPTIONS.
        five: kernel of the third branch.
        unit: unit(inputs, outputs, kernel) makes a convolution with its
            batch norm and ReLU.
    """

    def __init__(self, inputs: int, channels: tuple, five: int, unit: Unit):
        super().__init__()
        one, reduce3, three, reduce5, wide, projected = channels
        self.one = unit(inputs, one, 1)
        self.three = nn.Sequential(
            unit(inputs, reduce3, 1),
            unit(reduce3, three, 3),
        )
        self.five = nn.Sequential(
            unit(inputs, reduce5, 1),
            unit(reduce5, wide, five),
        )
        self.pool = nn.Sequential(
            nn.MaxPool2d(3, 1, padding=1),
            unit(inputs, projected, 1),
        )

    def forward(self, x: Tensor) -> Tensor:  # (N, inputs, H, W)
        branches = (self.one, self.three, self.five, self.pool)
        return torch.cat([branch(x) for branch in branches], 1)


def googlenet(
    num_classes: int = 1000,
    variant: str = "paper",
    *,
    auxiliaries: bool = True,
    width: float = 1.0,
    batch_norm: bool = True,
) -> GoogLeNet:
    """GoogLeNet with random weights.

    Args:
        variant: "paper", or "torchvision" with a 3 by 3 kernel in the "5 by 5" branch.
        auxiliaries: two more classifiers, which only train mode uses.
        width: factor on the channels of all convolutions and on the auxiliaries' hidden units.
        batch_norm: after each convolution; without it convolutions have a bias, as published.

    Raises:
        ValueError: an unknown variant.
    """
    form = FORMS[choose("variant of googlenet", variant, FORMS)]
    unit = partial(_unit, batch_norm=batch_norm)
    features, outputs = _features(form, width, unit)
    extra = {
        f"inception{name}": _auxiliary(outputs[name], num_classes, width, unit)
        for name in AUXILIARY_AFTER
        if auxiliaries
    }
    head = nn.Sequential(
        nn.AdaptiveAvgPool2d(1),  # (N, 1024, 1, 1)
        nn.Flatten(),
        nn.Dropout(form.dropout),
        nn.Linear(outputs["5b"], num_classes),
    )
    return GoogLeNet(features, nn.ModuleDict(extra), head, form.smallest)


def _unit(inputs: int, outputs: int, kernel: int, stride: int = 1, *, batch_norm: bool):
    layers = convolution(inputs, outputs, kernel, stride=stride, batch_norm=batch_norm, eps=1e-3)
    return nn.Sequential(*layers, nn.ReLU())


def _features(form, width, unit) -> tuple[nn.Sequential, dict[str, int]]:
    """The stages up to 5b, and how many channels each inception gives."""
    stem, inputs = _stem(width, unit)
    stages: OrderedDict[str, nn.Module] = OrderedDict(stem=stem)
    outputs = {}
    for name, row in INCEPTIONS.items():
        channels = tuple(round(c * width) for c in row)
        stages[f"inception{name}"] = Inception(inputs, channels, form.five, unit)
        inputs = outputs[name] = channels[0] + channels[2] + channels[4] + channels[5]
        if name in POOL_AFTER:
            window = form.last_pool if name == "4e" else 3
            stages[f"pool{name[0]}"] = nn.MaxPool2d(window, 2, ceil_mode=True)
    return nn.Sequential(stages), outputs


def _stem(width, unit) -> tuple[nn.Sequential, int]:
    narrow, wide = round(64 * width), round(192 * width)
    layers = nn.Sequential(
        unit(3, narrow, 7, 2),  # (N, 64, 112, 112) at 224 pixels
        nn.MaxPool2d(3, 2, ceil_mode=True),  # (N, 64, 56, 56)
        unit(narrow, narrow, 1),
        unit(narrow, wide, 3),  # (N, 192, 56, 56)
        nn.MaxPool2d(3, 2, ceil_mode=True),  # (N, 192, 28, 28)
    )
    return layers, wide


def _auxiliary(inputs, num_classes, width, unit) -> nn.Sequential:
    """Section 5: (N, inputs, H, W) -> (N, num_classes)."""
    maps, hidden = round(128 * width), round(1024 * width)
    return nn.Sequential(
        nn.AdaptiveAvgPool2d(4),
        unit(inputs, maps, 1),
        nn.Flatten(),
        nn.Linear(maps * 16, hidden),
        nn.ReLU(),
        nn.Dropout(0.7),
        nn.Linear(hidden, num_classes),
    )
