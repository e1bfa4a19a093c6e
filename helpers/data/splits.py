"""What every data set looks like: three parts of pictures and labels, and their classes."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(frozen=True)
class Part:
    """Pictures of one part (train, val or test) and what is known of each.

    Attributes:
        images: uint8 (N, 3, H, W).
        labels: int64 (N,), positions in `Splits.classes`.
        masks: uint8 (N, H, W), 0 is background and k the k-th object; None without masks.
        boxes: for each picture int64 (k, 4): x0 y0 x1 y1 in pixels, end exclusive; or None.
        paths: for each picture its file; None for drawn pictures.
    """

    images: Tensor
    labels: Tensor
    masks: Tensor | None = None
    boxes: tuple[Tensor, ...] | None = None
    paths: tuple[str, ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def batches(
        self, batch_size: int, generator: torch.Generator | None = None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """(images, labels) in order, or shuffled once when a generator is given."""
        order = torch.arange(len(self))
        if generator is not None:
            order = torch.randperm(len(self), generator=generator)
        for rows in order.split(batch_size):
            yield self.images[rows], self.labels[rows]


@dataclass(frozen=True)
class Splits:
    """A data set's three parts.

    Attributes:
        skipped: one sentence for each file that could not be used.
    """

    name: str
    train: Part
    val: Part
    test: Part
    classes: tuple[str, ...]
    skipped: tuple[str, ...] = field(default=())

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of each channel, (3,) each, of pixels in [0, 1].

        They come from train alone: val and test must not leak into what a network sees.
        """
        channels = self.train.images.transpose(0, 1).flatten(1)
        counts = torch.stack([torch.bincount(c, minlength=256) for c in channels]).double()
        share, values = counts / counts.sum(1, keepdim=True), torch.arange(256) / 255
        mean = share @ values.double()
        variance = share @ values.double().square() - mean.square()
        return mean.float(), variance.sqrt().float()
