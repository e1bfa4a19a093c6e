"""What several families share: convolutions with batch norm, the start, refused pictures."""

from torch import Tensor, nn


def convolution(
    inputs: int,
    outputs: int,
    kernel: int,
    *,
    stride: int = 1,
    groups: int = 1,
    batch_norm: bool = True,
    eps: float = 1e-5,
) -> list[nn.Module]:
    """A convolution and its batch norm, which replaces the bias.

    (N, inputs, H, W) -> (N, outputs, H, W) for an odd kernel and stride 1; a stride of 2 halves
    height and width, rounded up. `eps` is added to the variance.
    """
    layer = nn.Conv2d(
        inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=not batch_norm
    )
    return [layer, nn.BatchNorm2d(outputs, eps)] if batch_norm else [layer]


def start(network: nn.Module) -> None:
    """Draws the weights anew, so that a deep network begins with logits near zero.

    Convolutions: normal, standard deviation sqrt(2 / fan out), so that gradients keep their size
    through ReLUs (He et al., "Delving Deep into Rectifiers", 2015, equation 14). Linear layers:
    normal, 0.01. Biases: 0. Batch norm keeps PyTorch's scale 1 and shift 0.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
        else:
            continue
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def check_pictures(network: nn.Module, images: Tensor) -> None:
    """Refuses what is no batch of pictures, or smaller than `network.smallest` pixels.

    Raises:
        ValueError: not (N, 3, H, W) with N 1 or more, or H or W too small.
    """
    name, smallest, shape = type(network).__name__, network.smallest, tuple(images.shape)
    if len(shape) != 4 or shape[0] == 0 or shape[1] != 3:
        raise ValueError(
            f"{name} needs a batch (N, 3, H, W) of at least one picture, got shape {shape}; "
            "one picture alone becomes a batch by picture[None]"
        )
    if min(shape[2:]) < smallest:
        raise ValueError(
            f"{name} needs pictures of at least {smallest} by {smallest} pixels, "
            f"got {shape[2]} by {shape[3]}; load them with size=112"
        )


def refuse_one_value(norm: nn.BatchNorm2d, inputs: tuple[Tensor]) -> None:
    """A forward pre-hook: batch norm cannot train on one value a channel, which it makes 0.

    Raises:
        ValueError: in train mode, one picture with maps of 1 by 1.
    """
    (maps,) = inputs
    if norm.training and maps.shape[0] * maps.shape[2] * maps.shape[3] == 1:
        raise ValueError(
            "batch norm in train mode needs more than one value a channel, got one picture whose "
            "maps are 1 by 1; use a batch of 2 or more, larger pictures, or network.eval()"
        )
