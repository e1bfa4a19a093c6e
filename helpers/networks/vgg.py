"""VGG: Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
Recognition", ICLR 2015, table 1: A (11 layers), B (13), D (16), E (19); and each with batch norm.

Differs from the paper: weights start as He et al. 2015 draw them, where the paper takes those of
a trained shallower network; batch norm, where there is any, came later; the last maps are pooled
to `pool` by `pool` whatever the picture's size (at 224 pixels they are 7 by 7 already).
"""

from torch import Tensor, nn

from helpers.networks.parts import check_pictures, start

STACKS = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
}
CHANNELS = (64, 128, 256, 512, 512)


class VGG(nn.Module):
    """Five stacks of convolutions, three linear layers; `features` ends with the last stack."""

    def __init__(self, features: nn.Sequential, head: nn.Sequential, he_start: bool):
        super().__init__()
        self.features, self.head, self.smallest = features, head, 32
        if he_start:
            start(self)

    def forward(self, images: Tensor) -> Tensor:  # (N, 3, H, W) -> (N, num_classes)
        check_pictures(self, images)
        return self.head(self.features(images))


def vgg(
    layers: int,
    batch_norm: bool,
    num_classes: int = 1000,
    *,
    stacked: bool = True,
    width: float = 1.0,
    pool: int = 7,
    hidden: tuple[int, ...] = (4096, 4096),
    he_start: bool = True,
) -> VGG:
    """VGG with random weights.

    Args:
        layers: with weights, in the published form: a key of STACKS.
        batch_norm: after each convolution, which keeps its bias.
        stacked: without it one convolution of 2n + 1 by 2n + 1 replaces each stack of n
            convolutions of 3 by 3: it sees as much (section 2.3; for 13 layers, the shallow
            network of section 4.1).
        width: factor on the channels of all convolutions.
        pool: height and width of the maps that the head sees.
        hidden: units of the head's hidden linear layers.
        he_start: without it all weights stay as PyTorch draws them, too small for ReLUs
            (He et al. 2015, section 2.2).
    """
    channels = [round(c * width) for c in CHANNELS]
    head = nn.Sequential(
        nn.MaxPool2d(2),  # (N, 512, 14, 14) -> (N, 512, 7, 7) at 224 pixels
        nn.AdaptiveAvgPool2d(pool),  # (N, 512, pool, pool)
        nn.Flatten(),
        *_linear(channels[-1] * pool**2, hidden, num_classes),
    )
    features = _features(STACKS[layers], channels, stacked, batch_norm)
    return VGG(features, head, he_start)


def _features(stack, channels, stacked, batch_norm) -> nn.Sequential:
    """At 224 pixels: (N, 64, 224, 224), (N, 128, 112, 112), ..."""
    layers: list[nn.Module] = []
    inputs = 3
    for count, outputs in zip(stack, channels, strict=True):
        kernels = [3] * count if stacked else [2 * count + 1]
        for k in kernels:
            layers.append(nn.Conv2d(inputs, outputs, k, padding=k // 2))
            layers += [nn.BatchNorm2d(outputs)] if batch_norm else []
            layers.append(nn.ReLU())
            inputs = outputs
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers[:-1])  # the last pooling belongs to the head


def _linear(units, hidden, num_classes) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(units, width), nn.ReLU(), nn.Dropout(0.5)]
        units = width
    return [*layers, nn.Linear(units, num_classes)]
