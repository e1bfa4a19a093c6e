"""Pictures that do not fit in memory: read from their files batch by batch, each time anew."""

import os
import warnings
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from helpers.data.pictures import PictureError, fit, open_picture

AHEAD = 2  # batches that are read while the network works on another


@dataclass(frozen=True)
class Stream:
    """Pictures of one part that stay on disk: as `Part`, but `batches` are the only way to them.

    Attributes:
        labels: int64 (N,), positions in `Splits.classes`.
        paths: for each picture its file.
        size: height and width of the pictures in pixels.
    """

    labels: Tensor
    paths: tuple[str, ...]
    size: int

    def __len__(self) -> int:
        return len(self.labels)

    def batches(
        self, batch_size: int, generator: torch.Generator | None = None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """(images uint8 (n, 3, size, size), labels) in order, or shuffled once when a generator
        is given. A picture that cannot be read is left out of its batch, with a warning."""
        order = torch.arange(len(self))
        if generator is not None:
            order = torch.randperm(len(self), generator=generator)
        pool, reading = ThreadPoolExecutor(os.cpu_count()), deque()
        try:
            for rows in order.split(batch_size):
                reading.append((rows, [pool.submit(self._read, row) for row in rows.tolist()]))
                if len(reading) > AHEAD:
                    yield from self._batch(*reading.popleft())
            while reading:
                yield from self._batch(*reading.popleft())
        finally:
            pool.shutdown(cancel_futures=True)

    def _read(self, row: int) -> Tensor | PictureError:
        """uint8 (size, size, 3), or why there is none."""
        try:
            picture = fit(open_picture(self.paths[row], self.size), self.size)
        except PictureError as error:
            return error
        return torch.from_numpy(np.array(picture))

    def _batch(self, rows: Tensor, reading: list[Future]) -> Iterator[tuple[Tensor, Tensor]]:
        """The batch, or nothing where none of its pictures can be read."""
        found = [future.result() for future in reading]
        for error in (f for f in found if isinstance(f, PictureError)):
            warnings.warn(f"left out: {error}", stacklevel=3)
        readable = torch.tensor([isinstance(f, Tensor) for f in found])
        if readable.any():
            images = torch.stack([f for f in found if isinstance(f, Tensor)])
            yield images.permute(0, 3, 1, 2), self.labels[rows[readable]]
