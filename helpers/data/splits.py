"""What every data set looks like: three parts of pictures and labels, and their classes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import torch
from torch import Tensor

from helpers.data.stream import Stream


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

    @property
    def size(self) -> int:
        """Height and width of the pictures in pixels."""
        return self.images.shape[-1]

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
        train, val, test: a `Part`; or a `Stream`, which has `batches` but no `images`, where the
            pictures do not fit in memory.
        skipped: one sentence for each file that could not be used.
    """

    name: str
    train: Part | Stream
    val: Part | Stream
    test: Part | Stream
    classes: tuple[str, ...]
    skipped: tuple[str, ...] = field(default=())

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of each channel, (3,) each, of pixels in [0, 1].

        They come from train alone: val and test must not leak into what a network sees. Of more
        than 10,000 pictures, 10,000 are drawn, always the same.
        """
        batches = self.train.batches(250, torch.Generator().manual_seed(0))
        counts = torch.zeros(3, 256, dtype=torch.float64)
        for images, _ in islice(batches, 40):
            for channel, count in zip(images.unbind(1), counts, strict=True):
                count += torch.bincount(channel.flatten(), minlength=256)
        share, values = counts / counts.sum(1, keepdim=True), torch.arange(256).double() / 255
        mean = share @ values
        variance = share @ values.square() - mean.square()
        return mean.float(), variance.sqrt().float()
