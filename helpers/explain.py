"""Where a network looked: one function a method, through Captum wherever Captum has it.

Every function takes (network, images, target) and gives a heatmap (N, H, W) for N pictures.
"""

import warnings

import torch
from captum.attr import LayerAttribution, LayerGradCam
from torch import Tensor, nn

from helpers.names import choose

SCALES = ("picture", "batch")


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
