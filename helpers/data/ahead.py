"""Batches made ready by threads while the one before is used."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Generator, Tensor

from helpers.data.splits import Part

Prepare = Callable[[Tensor, Generator], Tensor]


def prepared(
    part: Part, batch_size: int, prepare: Prepare, *, seed: int, threads: int = 2
) -> Iterator[tuple[Tensor, Tensor]]:
    """(prepare(images, generator), labels) of each batch of a shuffled part, in order.

    Each batch has a generator of its own, so the number of threads changes nothing but the time.
    At most `threads` batches wait ready beside the one in use. A thread works on one batch; give
    torch one thread, `torch.set_num_threads(1)`, or more threads than cores compete.

    Args:
        prepare: what is done to uint8 images (n, 3, H, W); called from several threads at once.
        seed: of the order and of what each batch's generator draws.
    """
    generator = Generator().manual_seed(seed)
    batches = torch.randperm(len(part), generator=generator).split(batch_size)
    seeds = torch.randint(2**62, (len(batches),), generator=generator).tolist()

    def one(rows: Tensor, seed: int) -> tuple[Tensor, Tensor]:
        images = prepare(part.images[rows], Generator().manual_seed(seed))
        return images, part.labels[rows]

    with ThreadPoolExecutor(threads) as pool:
        waiting = deque()
        for rows, seed_ in zip(batches, seeds, strict=True):
            waiting.append(pool.submit(one, rows, seed_))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
