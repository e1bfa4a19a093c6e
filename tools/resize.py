"""Trains one network on the same pictures squashed, padded and cropped: a record for each.

python -m tools.resize
"""

import argparse

import torch

from helpers import networks, results, train
from helpers.data import framed

NETWORK = "resnet18"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.resize", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--size", type=int, default=64, help="height and width in pixels")
    parser.add_argument("--per-class", type=int, default=150, help="training pictures a class")
    asked = parser.parse_args()
    for way, splits in framed.load(size=asked.size, per_class=asked.per_class).items():
        recipe = train.Recipe(way, asked.epochs, peak_rate=4e-3)
        for seed in range(asked.seeds):
            torch.manual_seed(seed)
            variant = networks.NETWORKS[NETWORK].tiny
            network = networks.build(NETWORK, len(splits.classes), **variant)
            run = train.fit(network, splits, recipe, seed=seed, device="cpu")
            print(f"{results.save(run)}: test {100 * run.test.top1_accuracy:.1f} %", flush=True)


if __name__ == "__main__":
    main()
