"""Our networks against torchvision's, timed in turns in one process: `make bench`.

A ratio of 1.00 says that both take the same time. The two take turns, so a machine that slows
down slows both. `--pairs 30 --size 112 --batch 16` are the defaults.
"""

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
import torchvision
from scipy.stats import quantile_test
from torch import nn

from helpers import networks

Work = Callable[[], object]


def ratios(ours: Work, theirs: Work, pairs: int) -> np.ndarray:
    """Our seconds by theirs, for each of `pairs` pairs; the one that begins changes each time."""
    found = []
    for pair in range(-2, pairs):  # two to warm up
        order = (ours, theirs) if pair % 2 else (theirs, ours)
        took = {work: seconds(work) for work in order}
        found.append(took[ours] / took[theirs])
    return np.array(found[2:])


def seconds(work: Work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


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
    """A training step without the optimiser, which is the same for both."""

    def work() -> None:
        network.train().zero_grad()
        outputs = network(images)  # a tuple where there are auxiliary classifiers
        logits = torch.cat(outputs) if isinstance(outputs, tuple) else outputs
        logits.logsumexp(1).sum().backward()

    return work


def twins(name: str, classes: int = 10) -> tuple[nn.Module, nn.Module]:
    """Our form of torchvision's network, and torchvision's."""
    row = networks.NETWORKS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # GoogLeNet's first weights will change
        theirs = torchvision.models.get_model(row.torchvision, weights=None, num_classes=classes)
    return networks.build(name, classes, **row.twin), theirs


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--size", type=int, default=112, help="height and width in pixels")
    parser.add_argument("--batch", type=int, default=16, help="pictures in a batch")
    asked = parser.parse_args()
    images = torch.randn(asked.batch, 3, asked.size, asked.size)
    for name in (n for n, row in networks.NETWORKS.items() if row.torchvision):
        pair = twins(name)
        for kind in (forward, step):
            works = [kind(network, images) for network in pair]
            print(f"{name}, {kind.__name__}: {summary(ratios(*works, asked.pairs))}", flush=True)


if __name__ == "__main__":
    main()
