"""A smaller problem out of a data set: fewer classes, fewer training pictures of each."""

from collections.abc import Sequence

import torch

from helpers.data.splits import Part, Splits


def few(splits: Splits, classes: int, per_class: int | None = None, *, seed: int = 0) -> Splits:
    """Some classes, drawn by `seed`, with the first `per_class` training pictures of each.

    val and test keep every picture of these classes. Labels count from 0 again.

    Raises:
        ValueError: more classes, or more pictures, than there are, or none; or pictures that do
            not lie in memory.
    """
    if not isinstance(splits.train, Part):
        raise ValueError(f"{splits.name} is streamed; few() takes pictures that lie in memory")
    if not 1 <= classes <= len(splits.classes):
        raise ValueError(f"asked for {classes} classes of {len(splits.classes)}")
    draw = torch.randperm(len(splits.classes), generator=torch.Generator().manual_seed(seed))
    kept = draw[:classes].sort().values.tolist()
    return Splits(
        splits.name,
        _part(splits.train, kept, per_class),
        _part(splits.val, kept),
        _part(splits.test, kept),
        tuple(splits.classes[k] for k in kept),
    )


def _part(part: Part, kept: Sequence[int], per_class: int | None = None) -> Part:
    rows = [(part.labels == label).nonzero()[:, 0] for label in kept]
    fewest = min(map(len, rows))
    if per_class is not None and not 1 <= per_class <= fewest:
        raise ValueError(f"asked for {per_class} pictures a class; a class has {fewest}")
    labels = [torch.full_like(found[:per_class], k) for k, found in enumerate(rows)]
    chosen = torch.cat([found[:per_class] for found in rows])
    return Part(
        part.images[chosen],
        torch.cat(labels),
        masks=None if part.masks is None else part.masks[chosen],
        boxes=None if part.boxes is None else tuple(part.boxes[row] for row in chosen),
        paths=None if part.paths is None else tuple(part.paths[row] for row in chosen),
    )
