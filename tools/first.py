"""Trains the first network in every way that its chapter compares: `python -m tools.first`.

All runs are on drawn pictures of 32 pixels and show about equally many. `switches` changes one
choice at a time, with five classes and 200 pictures of each; `grid` changes the number of classes
and of pictures. The seed draws classes, weights and order. Kept in book/results/first-network.json.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import torch

from helpers import data, first, results, train
from helpers.data.few import few

RECORD = results.RECORDS / "first-network.json"
SIZE, BATCH, STEPS, RATE = 32, 32, 240, 0.03
SWITCHES = {
    "as it is": {},
    "tanh": {"activation": "tanh"},
    "sigmoid": {"activation": "sigmoid"},
    "small weights": {"initialisation": "small"},
    "large weights": {"initialisation": "large"},
    "batch norm": {"batch_norm": True},
    "sigmoid, batch norm": {"activation": "sigmoid", "batch_norm": True},
    "small weights, batch norm": {"initialisation": "small", "batch_norm": True},
    "dropout": {"dropout": 0.5},
    "a quarter of the width": {"width": 4},
}
WORKERS = 3  # each of one thread
CLASSES, PICTURES, SEEDS = (2, 5, 10), (12, 50, 200), (0, 1, 2)


def recipe(pictures: int) -> train.Recipe:
    """As many epochs as show about STEPS batches of pictures, whatever their number."""
    epochs = round(STEPS * BATCH / pictures)
    return train.Recipe("first", epochs, BATCH, "sgd", RATE, weight_decay=0.0, flips=False, shift=0)


def run(classes: int, per_class: int, seed: int, switch: dict) -> dict:
    """One training, in numbers: losses over the epochs, 20 or so, and each part's accuracy."""
    torch.set_num_threads(1)
    part = few(data.load("drawn", size=SIZE), classes, per_class, seed=seed)
    torch.manual_seed(seed)
    network = first.FirstNetwork(classes, **switch)
    found = {"classes": classes, "per_class": per_class, "seed": seed}
    try:
        trained = train.fit(network, part, recipe(len(part.train)), seed=seed, device="cpu")
    except train.Stopped:
        return found | {"stopped": True}
    return found | {
        "stopped": False,
        "train_loss": [round(loss, 4) for loss in trained.curves["train_loss"]][:: _thin(trained)],
        "end_loss": round(trained.train.loss, 4),
        "train_accuracy": trained.train.top1_accuracy,
        "test_accuracy": trained.test.top1_accuracy,
        "test_pictures": trained.test.n,
    }


def _thin(trained: results.Run) -> int:
    return max(1, len(trained.curves["train_loss"]) // 20)


def main() -> None:
    argparse.ArgumentParser(prog="python -m tools.first", description=__doc__).parse_args()
    data.load("drawn", size=SIZE)  # drawn once, cached for all
    switches = [(5, 200, seed, switch) for switch in SWITCHES.values() for seed in SEEDS]
    grid = [(k, n, seed, {}) for k in CLASSES for n in PICTURES for seed in SEEDS]
    grid = [job for job in grid if job not in switches]  # five classes of 200 are there
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as pool:
        found = list(pool.map(run, *zip(*(switches + grid), strict=True)))
    by_switch = iter(found)
    record = {
        "command": "python -m tools.first",
        "torch": torch.__version__,
        "switches": {name: [next(by_switch) for _ in SEEDS] for name in SWITCHES},
        "grid": found[len(switches) :] + found[: len(SEEDS)],
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
