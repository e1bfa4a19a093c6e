"""A first network, as one builds it before knowing better: its choices can be switched.

It is no published network, so it does not stand in the table of `networks`.
"""

from collections.abc import Callable

from torch import Tensor, nn

from helpers.names import choose

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
INITIALISATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "he": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
    "xavier": nn.init.xavier_normal_,
    "small": lambda weight: nn.init.normal_(weight, std=0.01),
    "large": lambda weight: nn.init.normal_(weight, std=0.5),
}


class FirstNetwork(nn.Module):
    """Four convolutions, each with pooling, and two linear layers.

    Raises:
        ValueError: an unknown activation or initialisation.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        width: int = 16,
        activation: str = "relu",
        initialisation: str = "he",
        batch_norm: bool = False,
        dropout: float = 0.0,
    ):
        super().__init__()
        active = ACTIVATIONS[choose("activation", activation, ACTIVATIONS)]
        layers, inputs = [], 3
        for outputs in (width, 2 * width, 4 * width, 4 * width):
            layers.append(nn.Conv2d(inputs, outputs, 3, padding=1))
            if batch_norm:
                layers.append(nn.BatchNorm2d(outputs))
            layers += [active(), nn.MaxPool2d(2)]  # half the height and width
            inputs = outputs
        self.features = nn.Sequential(*layers)  # (N, 4 width, 2, 2)
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),  # (N, 16 width)
            nn.Linear(16 * width, 64),
            active(),
            nn.Dropout(dropout),
            nn.Linear(64, num_classes),
        )
        start(self, initialisation)

    def forward(self, images: Tensor) -> Tensor:  # (N, num_classes)
        return self.head(self.features(images))


def start(network: nn.Module, initialisation: str) -> None:
    """Draws the weights anew by one of INITIALISATIONS; biases become 0."""
    known = INITIALISATIONS
    draw = known[choose("initialisation", initialisation, known)]
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            draw(module.weight)
            nn.init.zeros_(module.bias)
