"""The drawn pictures as Splits: rendered once, cached by the drawing code's own content."""

import hashlib
from pathlib import Path

import torch

from helpers.data import cache, drawn
from helpers.data.splits import Part, Splits

PARTS = ("train", "val", "test")


def load(*, size: int, per_class: int | None, seed: int) -> Splits:
    """The `drawn` data set; `per_class` counts train, val has a tenth and test three tenths."""
    parts = {part: _part(part, size, per_class, seed) for part in PARTS}
    return Splits("drawn", **parts, classes=drawn.CLASSES)


def code() -> str:
    """Hash of the drawing code: pictures drawn by other code are not ours."""
    digest = hashlib.sha256()
    for file in sorted(Path(drawn.__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _part(part: str, size: int, per_class: int | None, seed: int) -> Part:
    name = f"drawn-{part}-{cache.key(code(), part, size, per_class, seed)}"
    made = cache.arrays(name, lambda: drawn.render(part, per_class, size, seed))
    boxes = torch.from_numpy(made["boxes"])
    return Part(
        images=torch.from_numpy(made["images"]),
        labels=torch.from_numpy(made["labels"]),
        masks=torch.from_numpy(made["masks"]),
        boxes=tuple(b[b[:, 0] >= 0] for b in boxes),
    )
