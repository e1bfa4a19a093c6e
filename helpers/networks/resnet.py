"""ResNet: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016,
table 1; and ResNeXt: Xie et al., "Aggregated Residual Transformations for Deep Neural Networks",
CVPR 2017, table 1.

Differs from the paper: a bottleneck halves the maps in its 3 by 3 convolution, as torchvision's
does ("v1.5"), where the paper does in the 1 by 1 before it; where the shape changes, the shortcut
is a 1 by 1 convolution in each network (the paper's option B).
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from helpers.networks.parts import check_pictures, convolution, start

Branch = Callable[..., nn.Sequential]


class ResNet(nn.Module):
    """A stem, four stages of blocks and one linear layer; `features` ends with the last block."""

    def __init__(self, features: nn.Sequential, head: nn.Sequential):
        super().__init__()
        self.features, self.head, self.smallest = features, head, 1
        start(self)

    def forward(self, images: Tensor) -> Tensor:  # (N, 3, H, W) -> (N, num_classes)
        check_pictures(self, images)
        return self.head(self.features(images))


class Block(nn.Module):
    """relu(branch(x) + shortcut(x)), equation 2; in a plain network relu of
    the branch alone."""

    def __init__(self, branch: nn.Sequential, shortcut: nn.Module | None):
        super().__init__()
        self.branch, self.shortcut = branch, shortcut
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        y = self.branch(x)
        if self.shortcut is not None:
            y = y + self.shortcut(x)
        return self.relu(y)


def basic(
    inputs: int,
    channels: int,
    stride: int,
    batch_norm: bool,
) -> nn.Sequential:
    """The branch of ResNet-18 and 34 (figure 5, left), `channels` outputs."""
    layer = partial(convolution, batch_norm=batch_norm)
    return nn.Sequential(
        *layer(inputs, channels, 3, stride=stride),
        nn.ReLU(),
        *layer(channels, channels, 3),
    )


def bottleneck(
    inputs: int,
    channels: int,
    stride: int,
    batch_norm: bool,
    cardinality: int,
    group_width: int,
) -> nn.Sequential:
    """The branch of ResNet-50 (figure 5, right) and, in groups, of ResNeXt.

    It has 4 `channels` outputs. Its 3 by 3 convolution has `cardinality`
    groups of `group_width` channels in the first stage of the published form,
    twice as many in each further stage.
    """
    inner = max(1, channels * group_width // 64) * cardinality
    layer = partial(convolution, batch_norm=batch_norm)
    return nn.Sequential(
        *layer(inputs, inner, 1),
        nn.ReLU(),
        *layer(inner, inner, 3, stride=stride, groups=cardinality),
        nn.ReLU(),
        *layer(inner, 4 * channels, 1),
    )


def basic_resnet(
    blocks: tuple[int, ...],
    num_classes: int = 1000,
    *,
    width: float = 1.0,
    shortcut: bool = True,
    batch_norm: bool = True,
) -> ResNet:
    """ResNet of basic blocks with random weights.

    Args:
        blocks: number of blocks in each stage.
        width: factor on the channels of all convolutions.
        shortcut: without it the network is plain: no block adds its input.
        batch_norm: after each convolution; without it convolutions have a bias.
    """
    return _resnet(blocks, basic, 1, num_classes, width, shortcut, batch_norm)


def bottleneck_resnet(
    blocks: tuple[int, ...],
    num_classes: int = 1000,
    *,
    width: float = 1.0,
    cardinality: int = 1,
    group_width: int = 64,
    shortcut: bool = True,
    batch_norm: bool = True,
) -> ResNet:
    """ResNet or ResNeXt of bottlenecks with random weights.

    Args:
        blocks, width, shortcut, batch_norm: as in `basic_resnet`.
        cardinality, group_width: groups of a bottleneck's 3 by 3 convolution, and channels of a
            group in the first stage (ResNeXt, table 2: 1 by 64, 2 by 40, 4 by 24, 8 by 14 and
            32 by 4 cost the same).
    """
    branch = partial(bottleneck, cardinality=cardinality, group_width=group_width)
    return _resnet(blocks, branch, 4, num_classes, width, shortcut, batch_norm)


def _resnet(blocks, branch: Branch, expansion, num_classes, width, shortcut, batch_norm) -> ResNet:
    channels = round(64 * width)
    stages = OrderedDict(stem=_stem(channels, batch_norm))  # (N, 64, 56, 56) at 224 pixels
    inputs = channels
    for number, count in enumerate(blocks):  # (N, 512 * expansion, 7, 7) after the last
        outputs = channels * expansion
        stage = []
        for stride in [1 if number == 0 else 2] + [1] * (count - 1):
            way = _shortcut(inputs, outputs, stride, batch_norm) if shortcut else None
            stage.append(Block(branch(inputs, channels, stride, batch_norm), way))
            inputs = outputs
        stages[f"conv{number + 2}"] = nn.Sequential(*stage)
        channels *= 2
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, num_classes))
    return ResNet(nn.Sequential(stages), head)


def _stem(channels, batch_norm) -> nn.Sequential:
    return nn.Sequential(
        *convolution(3, channels, 7, stride=2, batch_norm=batch_norm),  # (N, 64, 112, 112)
        nn.ReLU(),
        nn.MaxPool2d(3, 2, padding=1),  # (N, 64, 56, 56)
    )


def _shortcut(inputs, outputs, stride, batch_norm) -> nn.Module:
    """The input itself, or a 1 by 1 convolution of it where the shape changes (option B)."""
    if inputs == outputs and stride == 1:
        return nn.Identity()
    return nn.Sequential(*convolution(inputs, outputs, 1, stride=stride, batch_norm=batch_norm))
