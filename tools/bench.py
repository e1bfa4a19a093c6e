"""Our networks against torchvision's in time and memory, in turns in one process: `make bench`.

A ratio of 1.00 says that both take the same. The two take turns, so a machine that slows down
slows both. `--pairs 30 --size 112 --batch 16` are the defaults; `python -m tools.bench resnet18`
takes that network alone.

Peak memory is what a run adds to the process: Linux keeps the largest resident memory and can set
it back, so each run has its own. What earlier runs have freed is given back first. It holds all
that a run allocates, also what oneDNN takes for itself. Parameters are there before and do not
count; gradients do. Other systems have no such mark, and only time is printed.
"""

import argparse
import ctypes
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torchvision
from scipy.stats import quantile_test
from torch import nn

from helpers import networks

Work = Callable[[], object]


QUANTITIES = ("time", "peak memory")
MARK = Path("/proc/self/clear_refs")  # 5 sets the largest resident memory back: man 5 proc


def seconds(work: Work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def measured(work: Work) -> np.ndarray:
    """Seconds, and the MiB that the process grew by at most (not a number outside Linux)."""
    before = _reset_mark()
    took = seconds(work)
    return np.array([took, resident_mib("VmHWM") - before])


def ratios(
    ours: Work, theirs: Work, pairs: int, measure: Callable[[Work], Any] = seconds
) -> np.ndarray:
    """Ours by theirs for each of `pairs` pairs; the one that begins changes each time."""
    found = []
    for pair in range(-2, pairs):  # two to warm up
        order = (ours, theirs) if pair % 2 else (theirs, ours)
        took = {work: measure(work) for work in order}
        found.append(took[ours] / took[theirs])
    return np.array(found[2:])


def resident_mib(name: str) -> float:
    """Resident memory in MiB: VmRSS is now's, VmHWM the largest since the mark was set back."""
    if not MARK.exists():
        return float("nan")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def _reset_mark() -> float:
    """Gives freed memory back to the system and gives the resident memory that stays, in MiB."""
    if MARK.exists():
        libc = ctypes.CDLL(None)
        if hasattr(libc, "malloc_trim"):  # musl has none and keeps less
            libc.malloc_trim(0)
        MARK.write_text("5")
    return resident_mib("VmRSS")


def summary(found: np.ndarray) -> str:
    """The median ratio, with its 95 % interval from the order of the values."""
    median, low, high = median_interval(found)
    return f"{median:.3f} (95 % interval {low:.3f} to {high:.3f}, {len(found)} pairs)"


def median_interval(found: np.ndarray) -> tuple[float, float, float]:
    """The median and the ends of its 95 % interval, which six values or more have."""
    median = float(np.median(found))
    interval = quantile_test(found, q=median).confidence_interval(0.95)
    return median, float(interval.low), float(interval.high)


def forward(network: nn.Module, images: torch.Tensor) -> Work:
    def work() -> None:
        with torch.inference_mode():
            network.eval()(images)

    return work


def step(network: nn.Module, images: torch.Tensor) -> Work:
    """A training step without the optimiser, which is the same for both; it begins and ends
    without gradients, so that they are part of its memory."""

    def work() -> None:
        outputs = network.train()(images)  # a tuple where there are auxiliary classifiers
        logits = torch.cat(outputs) if isinstance(outputs, tuple) else outputs
        logits.logsumexp(1).sum().backward()
        network.zero_grad()

    return work


def twins(name: str, classes: int = 10) -> tuple[nn.Module, nn.Module]:
    """Our form of torchvision's network, and torchvision's."""
    row = networks.NETWORKS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # GoogLeNet's first weights will change
        theirs = torchvision.models.get_model(row.torchvision, weights=None, num_classes=classes)
    return networks.build(name, classes, **row.twin), theirs


def compare(name: str, images: torch.Tensor, pairs: int) -> None:
    """Prints the ratios of one network, forward and training step."""
    both = twins(name)
    for kind in (forward, step):
        works = [kind(network, images) for network in both]
        found = ratios(*works, pairs, measured)
        for quantity, column in zip(QUANTITIES, found.T, strict=True):
            if np.isfinite(column).all():
                print(f"{name}, {kind.__name__}, {quantity}: {summary(column)}", flush=True)


def main() -> None:
    known = [name for name, row in networks.NETWORKS.items() if row.torchvision]
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("networks", nargs="*", default=known, help="all that torchvision has")
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--size", type=int, default=112, help="height and width in pixels")
    parser.add_argument("--batch", type=int, default=16, help="pictures in a batch")
    asked = parser.parse_args()
    images = torch.randn(asked.batch, 3, asked.size, asked.size)
    for name in asked.networks:
        compare(networks.choose("network", name, known), images, asked.pairs)


if __name__ == "__main__":
    main()
