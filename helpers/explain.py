"""Where a network looked: one function a method, through Captum wherever Captum has it.

Every function takes (network, images, target) and gives a heatmap (N, H, W) for N pictures.
"""

import warnings

import torch
from captum.attr import LayerAttribution, LayerGradCam
from torch import Tensor, nn

from helpers.names import choose

SCALES = ("picture", "batch")


def cam(
    network: nn.Module,
    images: Tensor,
    target: Tensor | int,
    *,
    scale: str | None = "picture",
) -> Tensor:
    """The class activation map of each picture, enlarged to the picture's size.

    It needs a head that averages each map and ends in one linear layer. There the logit of a class
    is the mean over all places of this map, before it is enlarged, plus the bias.

    Args:
        images: (N, 3, H, W), normalised as in training.
        target: the class that is asked for, one for all or (N,).
        scale: see `scaled`.

    Returns: (N, H, W).

    Raises:
        ValueError: the head does something else between the maps and the logits.

    Source: Zhou et al., "Learning Deep Features for Discriminative Localization", 2016, equation 2.
    """
    pool, *between, linear = network.head
    harmless = all(isinstance(layer, nn.Flatten | nn.Dropout) for layer in between)
    if not (
        isinstance(pool, nn.AdaptiveAvgPool2d) and pool.output_size in (1, (1, 1)) and harmless
    ):
        raise ValueError(
            f"CAM needs average pooling to 1 by 1 and one linear layer, but the head of this "
            f"{type(network).__name__} is {network.head}; grad_cam takes any head"
        )
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            maps = network.features(images)  # (N, C, h, w)
    finally:
        network.train(was_training)
    weights = linear.weight.detach()[torch.as_tensor(target)].expand(len(maps), -1)
    coarse = torch.einsum("nchw,nc->nhw", maps, weights)[:, None]
    fine = LayerAttribution.interpolate(coarse, images.shape[-2:], "bilinear")
    return scaled(fine[:, 0], scale)


def grad_cam(
    network: nn.Module,
    images: Tensor,
    target: Tensor | int,
    *,
    layer: nn.Module | None = None,
    scale: str | None = "picture",
) -> Tensor:
    """Grad-CAM of each picture, enlarged to the picture's size.

    Args:
        images: (N, 3, H, W), normalised as in training.
        target: the class that is asked for, one for all or (N,).
        layer: where to look; the network's `features` by default.
        scale: see `scaled`.

    Returns: (N, H, W).

    Source: Selvaraju et al., "Grad-CAM", 2017, equations 1 and 2. The ReLU of equation 2 is
    applied by `scale`; with scale=None the map keeps its sign.
    """
    was_training = network.training
    network.eval()
    try:
        captum = LayerGradCam(network, network.features if layer is None else layer)
        coarse = captum.attribute(images, target).detach()  # (N, 1, h, w)
    finally:
        network.train(was_training)
    fine = LayerAttribution.interpolate(coarse, images.shape[-2:], "bilinear")
    return scaled(fine[:, 0], scale)


def centre(images: Tensor) -> Tensor:
    """The baseline that needs no network: 1 in the middle of each picture, falling to 0 in its
    corners. A heatmap that finds objects no more often says only that they are in the middle.

    Args:
        images: (N, 3, H, W); only the shape counts.

    Returns: (N, H, W).
    """
    height, width = images.shape[-2:]
    y, x = (torch.linspace(-1, 1, side) for side in (height, width))
    near = 1 - torch.sqrt((y[:, None] ** 2 + x**2) / 2)
    return near.expand(len(images), -1, -1)


def scaled(attribution: Tensor, scale: str | None) -> Tensor:
    """A signed map (N, H, W), made ready to be looked at.

    Args:
        scale: None leaves it as it is. "picture" cuts negatives to 0 and divides each picture's
            map by its own maximum, "batch" by the largest of all, so that pictures compare.

    A map without a positive value becomes all zeros, with a warning.
    """
    if scale is None:
        return attribution
    choose("scale", scale, SCALES)
    positive = attribution.clamp(min=0)
    peaks = positive.flatten(1).amax(1)
    if (empty := int((peaks == 0).sum())) > 0:
        warnings.warn(f"{empty} heatmaps have no positive value; they are all zeros", stacklevel=3)
    if scale == "batch":
        peaks = peaks.max().expand_as(peaks)
    return positive / torch.where(peaks > 0, peaks, 1)[:, None, None]
