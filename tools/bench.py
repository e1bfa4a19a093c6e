"""Our networks against torchvision's in time and memory, in turns in one process: `make bench`.

A ratio of 1.00 says that both take the same. The two take turns, so a machine that slows down
slows both. `--pairs 30 --size 112 --batch 8` are the defaults; `python -m tools.bench resnet18`
takes that network alone.

Peak memory is what a run adds to the process: Linux keeps the largest resident memory and can set
it back, so each run has its own. It holds all that a run allocates, also what oneDNN takes for
itself. Parameters are there before and do not count; gradients do. It is measured first, while the
allocator gives each freed tensor back at once: else the peak would hang on where in the heap the
weights happen to lie. For the times it keeps them, as in every training of the course. Other
systems than Linux with glibc have no such mark or no such allocator, and only time is printed.

`--keep` keeps all ratios in book/results/network-speed.json.
"""

import argparse
import json
import os
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

from helpers import allocator, networks, results

Work = Callable[[], object]


RECORD = results.RECORDS / "network-speed.json"
MARK = Path("/proc/self/clear_refs")  # 5 sets the largest resident memory back: man 5 proc


def seconds(work: Work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def peak_mib(work: Work) -> float:
    """The MiB that the process grew by at most; first call `allocator.give_back`."""
    MARK.write_text("5")
    before = resident_mib("VmRSS")
    work()
    return resident_mib("VmHWM") - before


def ratios(
    ours: Work, theirs: Work, pairs: int, measure: Callable[[Work], float] = seconds
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
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def summary(found: np.ndarray) -> str:
    """The median ratio, with its 95 % interval from the order of the values."""
    median, low, high = median_interval(found)
    return f"{median:.3f} (95 % interval {low:.3f} to {high:.3f}, {len(found)} pairs)"


def median_interval(found: np.ndarray) -> tuple[float, float, float]:
    """The median and the ends of its 95 % interval, which six values or more have."""
    median = float(np.median(found))
    interval = quantile_test(found, q=median).confidence_interval(0.95)
    return median, float(interval.low), float(interval.high)


def kept(found: np.ndarray) -> dict[str, Any]:
    """What a record holds of the ratios: the median, its interval, and each of them."""
    median, low, high = median_interval(found)
    return {"median": median, "low": low, "high": high, "ratios": found.round(3).tolist()}


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


def compare(
    quantity: str, measure: Callable[[Work], float], name: str, images: torch.Tensor, pairs: int
) -> dict[str, dict]:
    """Prints the ratios of one network, forward and training step, and gives them as kept."""
    both, found = twins(name), {}
    for kind in (forward, step):
        of_kind = ratios(*(kind(network, images) for network in both), pairs, measure)
        print(f"{name}, {kind.__name__}, {quantity}: {summary(of_kind)}", flush=True)
        found[kind.__name__] = kept(of_kind)
    return found


def measured(names: list[str], images: torch.Tensor, pairs: int) -> dict[str, dict]:
    """Peak memory where it can be had, and time: for each network the ratios of both works."""

    def each(quantity: str, measure: Callable[[Work], float]) -> dict[str, dict]:
        return {quantity: {n: compare(quantity, measure, n, images, pairs) for n in names}}

    found = {}
    if MARK.exists() and allocator.give_back():
        found |= each("peak memory", peak_mib)
    allocator.keep_freed()
    return found | each("time", seconds)


def main() -> None:
    known = [name for name, row in networks.NETWORKS.items() if row.torchvision]
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("networks", nargs="*", default=known, help="all that torchvision has")
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--size", type=int, default=112, help="height and width in pixels")
    parser.add_argument("--batch", type=int, default=8, help="pictures in a batch")
    parser.add_argument("--keep", action="store_true", help="keep the ratios in book/results")
    asked = parser.parse_args()
    names = [networks.choose("network", name, known) for name in asked.networks]
    if asked.keep and names != known:
        parser.error(
            "--keep records every network, and the others would be lost; name none with it"
        )
    images = torch.randn(asked.batch, 3, asked.size, asked.size)
    record = {
        "command": f"python -m tools.bench --pairs {asked.pairs} --size {asked.size} "
        f"--batch {asked.batch} --keep",
        "ratios": measured(names, images, asked.pairs),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "threads": torch.get_num_threads(),
        "processors": os.cpu_count(),
    }
    if asked.keep:
        RECORD.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
