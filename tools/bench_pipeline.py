"""Our augmented batches against the usual way's, timed in turns in one process: `make bench`.

The usual way is ImageFolder, torchvision's transforms and DataLoader with two workers; ours are
`helpers.data` and `helpers.augment`. Each prepares all training photographs of Imagenette once,
at 128 pixels; where theirs has two workers ours has two threads. A ratio of 5 says that ours takes
a fifth of the time. Ours decodes every photograph once before, which is timed apart. All is kept
in book/results/pipeline-speed.json.
"""

import argparse
import json
import os
import resource
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
import torchvision
from torch import Generator, Tensor
from torch.utils.data import DataLoader
from torchvision import transforms as usual
from torchvision.datasets import ImageFolder

from helpers import augment, data, results
from helpers.data import Part, Splits, folder, imagenette
from helpers.data.ahead import prepared
from tools import bench

RECORD = results.RECORDS / "pipeline-speed.json"
KEPT, SIZE, BATCH = 160, 128, 64  # pixels of our cached pictures, pixels and pictures of a batch
DEGREES, STRENGTH, SHARE = 15, 0.4, 0.3
WORKERS = 2  # processes of theirs, threads of ours

# What is done to each picture after its random resized crop. Both distort from a random four-sided
# part; torchvision leaves black corners where ours fills the square.
OURS = {
    "flip": (augment.flip,),
    "rotation and colour": (
        augment.flip,
        lambda images, generator: augment.rotate(images, DEGREES, generator),
        lambda images, generator: augment.colour(images, STRENGTH, generator),
    ),
    "distortion and erasing": (
        augment.flip,
        lambda images, generator: augment.distort(images, SHARE, generator),
        augment.erase,
    ),
}
THEIRS = {
    "flip": ([usual.RandomHorizontalFlip()], []),
    "rotation and colour": (
        [
            usual.RandomHorizontalFlip(),
            usual.RandomRotation(DEGREES, usual.InterpolationMode.BILINEAR),
            usual.ColorJitter(STRENGTH, STRENGTH, STRENGTH),
        ],
        [],
    ),
    "distortion and erasing": (
        [usual.RandomHorizontalFlip(), usual.RandomPerspective(SHARE, p=1.0)],
        [usual.RandomErasing(p=1.0)],
    ),
}


def ours(part: Part, statistics: tuple, kind: str) -> Iterator[Tensor]:
    """An epoch of batches (64, 3, 128, 128), from pictures in memory."""

    def prepare(images: Tensor, generator: Generator) -> Tensor:
        images = augment.crop(images, SIZE, generator)
        for change in OURS[kind]:
            images = change(images, generator)
        return augment.normalise(images, *statistics)

    for images, _ in prepared(part, BATCH, prepare, seed=0, threads=WORKERS):
        yield images


def theirs(part: Part, statistics: tuple, kind: str) -> Iterator[Tensor]:
    """An epoch of batches of the same shape, from the files of the same pictures."""
    on_pictures, on_tensors = THEIRS[kind]
    as_tensor = [usual.ToTensor(), usual.Normalize(*statistics)]
    steps = [usual.RandomResizedCrop(SIZE), *on_pictures, *as_tensor, *on_tensors]
    root, files = Path(part.paths[0]).parents[1], set(part.paths)
    pictures = ImageFolder(root, usual.Compose(steps), is_valid_file=files.__contains__)
    for images, _ in DataLoader(pictures, BATCH, shuffle=True, num_workers=WORKERS):
        yield images


def decoding(files: list[Path]) -> dict:
    """Seconds to decode each file once, and MiB that this takes beside the array itself."""
    peak_before, begin = _peak_mib(), time.perf_counter()
    pixels = folder.decode(files, SIZE)["pixels"]
    seconds = time.perf_counter() - begin
    beside = _peak_mib() - peak_before - pixels.nbytes / 2**20
    print(f"{len(files):,} files decoded: {seconds:.1f} s, {beside:.0f} MiB beside the array")
    return {"pictures": len(files), "seconds": round(seconds, 2), "mib_beside": round(beside)}


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def work(way: Callable[..., Iterator[Tensor]], *given) -> bench.Work:
    """All batches of an epoch, one after the other, none kept."""
    return lambda: deque(way(*given), maxlen=0)


def measured(splits: Splits, pairs: int) -> dict[str, dict]:
    """For each kind the ratios of their seconds by ours, their median and its interval."""
    found = {}
    for kind in OURS:
        works = [work(way, splits.train, splits.statistics(), kind) for way in (theirs, ours)]
        ratios = bench.ratios(*works, pairs)
        print(f"{kind}: {bench.summary(ratios)}", flush=True)
        found[kind] = bench.kept(ratios)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.bench_pipeline", description=__doc__)
    parser.add_argument("--pairs", type=int, default=11, help="6 or more")
    parser.add_argument("--keep", action="store_true", help="keep the ratios in book/results")
    asked = parser.parse_args()
    torch.set_num_threads(1)  # each of our threads, and each of their workers, has one core
    root = imagenette.root()
    record = {"decoding": decoding(sorted(root.rglob("*.JPEG")))}  # first: memory peaks once
    splits = data.load("imagenette", size=KEPT)
    record |= {
        "command": f"python -m tools.bench_pipeline --pairs {asked.pairs} --keep",
        "pictures": len(splits.train),
        "kinds": measured(splits, asked.pairs),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "processors": os.cpu_count(),
        "threads": WORKERS,
    }
    if asked.keep:
        RECORD.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
