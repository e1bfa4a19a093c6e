"""AlexNet: Krizhevsky, Sutskever and Hinton, "ImageNet Classification with Deep Convolutional
Neural Networks", NeurIPS 2012, section 3 and figure 2; and the one-tower form of Krizhevsky,
"One weird trick", arXiv 1404.5997, which torchvision carries.

Differs from the paper: the pictures are 227 pixels wide, since 224 does not give the 55 of the
paper's own figure; the last maps are pooled to `pool` by `pool` whatever the picture's size
(at 227 pixels they are 6 by 6 already); weights start as PyTorch draws them.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from helpers.names import choose
from helpers.networks.parts import check_pictures


@dataclass(frozen=True)
class Form:
    """What differs between the two publications.

    Attributes:
        channels: of the five convolutions.
        towers: groups of convolutions 2, 4 and 5: the paper's two GPUs.
        padding: of the first convolution.
        response_norm: local response normalisation after convolutions 1 and 2.
    """

    channels: tuple[int, int, int, int, int]
    towers: int
    padding: int
    response_norm: bool


FORMS = {
    "paper": Form((96, 256, 384, 384, 256), towers=2, padding=0, response_norm=True),
    "torchvision": Form((64, 192, 384, 256, 256), towers=1, padding=2, response_norm=False),
}
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}


class AlexNet(nn.Module):
    """Five convolutions and three linear layers; `features` ends with the fifth's ReLU."""

    def __init__(self, features: nn.Sequential, head: nn.Sequential, smallest: int):
        super().__init__()
        self.features, self.head, self.smallest = features, head, smallest

    def forward(self, images: Tensor) -> Tensor:  # (N, 3, H, W) -> (N, num_classes)
        check_pictures(self, images)
        return self.head(self.features(images))


def alexnet(
    num_classes: int = 1000,
    variant: str = "paper",
    *,
    width: float = 1.0,
    pool: int = 6,
    hidden: tuple[int, ...] = (4096, 4096),
    activation: str = "relu",
    overlap: bool = True,
    response_norm: bool | None = None,
    towers: int | None = None,
    dropout: float = 0.5,
) -> AlexNet:
    """AlexNet with random weights.

    Args:
        variant: "paper" (two towers, 60,965,224 parameters) or "torchvision" (one tower).
        width: factor on the channels of all convolutions.
        pool: height and width of the maps that the head sees.
        hidden: units of the head's hidden linear layers.
        activation: "relu", or "tanh" as networks had it before.
        overlap: pool 3 by 3 windows with stride 2; without it 2 by 2 windows.
        response_norm, towers: override the variant's.
        dropout: probability of a zero before each hidden layer, in training.

    Raises:
        ValueError: an unknown variant or activation.
    """
    act = ACTIVATIONS[choose("activation", activation, ACTIVATIONS)]
    form = FORMS[choose("variant of alexnet", variant, FORMS)]
    channels = [round(c * width) for c in form.channels]
    towers = form.towers if towers is None else towers
    norm = form.response_norm if response_norm is None else response_norm
    window = 3 if overlap else 2
    features = _features(channels, towers, form.padding, norm, window, act)
    head = nn.Sequential(
        nn.MaxPool2d(window, 2),  # (N, 256, 13, 13) -> (N, 256, 6, 6) at 227 pixels
        nn.AdaptiveAvgPool2d(pool),  # (N, 256, pool, pool)
        nn.Flatten(),
        *_linear(channels[-1] * pool**2, hidden, num_classes, act, dropout),
    )
    return AlexNet(features, head, smallest=67 - 4 * (form.padding // 2))


def _features(channels, towers, padding, norm, window, act) -> nn.Sequential:
    """Shapes at 227 pixels in the paper's form, 96 channels first."""
    c1, c2, c3, c4, c5 = channels

    def response() -> list[nn.Module]:
        # section 3.3; PyTorch divides alpha by n, the paper does not
        layer = nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)
        return [layer] if norm else []

    return nn.Sequential(
        nn.Conv2d(3, c1, 11, stride=4, padding=padding),  # (N, 96, 55, 55)
        act(),
        *response(),
        nn.MaxPool2d(window, 2),  # (N, 96, 27, 27)
        nn.Conv2d(c1, c2, 5, padding=2, groups=towers),  # (N, 256, 27, 27)
        act(),
        *response(),
        nn.MaxPool2d(window, 2),  # (N, 256, 13, 13)
        nn.Conv2d(c2, c3, 3, padding=1),  # (N, 384, 13, 13), the towers meet
        act(),
        nn.Conv2d(c3, c4, 3, padding=1, groups=towers),  # (N, 384, 13, 13)
        act(),
        nn.Conv2d(c4, c5, 3, padding=1, groups=towers),  # (N, 256, 13, 13)
        act(),
    )


def _linear(units, hidden, num_classes, activation, dropout) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Dropout(dropout), nn.Linear(units, width), activation()]
        units = width
    return [*layers, nn.Linear(units, num_classes)]
