"""Changes to a batch of pictures; each picture draws its own, from a seeded generator.

Every function takes and gives (N, 3, H, W) tensors on any device and does not change its input.
"""

import torch
from torch import Generator, Tensor


def normalise(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """uint8 pixels to floats with mean 0 and standard deviation 1 in each channel.

    Args:
        mean, std: (3,), of pixels in [0, 1], from `Splits.statistics`.
    """
    mean, std = (v.to(images.device).view(1, 3, 1, 1) * 255 for v in (mean, std))
    return (images.float() - mean) / std


def flip(images: Tensor, generator: Generator) -> Tensor:
    """Each picture mirrored left to right with probability one half."""
    mirrored = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(mirrored.to(images.device).view(-1, 1, 1, 1), images.flip(3), images)


def shift(images: Tensor, pixels: int, generator: Generator) -> Tensor:
    """Each picture moved by up to `pixels` along both axes, its edge repeated behind it."""
    n, _, height, width = images.shape
    down, right = torch.randint(-pixels, pixels + 1, (2, n), generator=generator)
    rows = (torch.arange(height) + down[:, None]).clamp(0, height - 1).to(images.device)
    columns = (torch.arange(width) + right[:, None]).clamp(0, width - 1).to(images.device)
    images = images.gather(2, rows.view(n, 1, height, 1).expand_as(images))
    return images.gather(3, columns.view(n, 1, 1, width).expand_as(images))
