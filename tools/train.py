"""Trains a network's small member and records it: `make train NETWORK=alexnet DATASET=imagenette`.

A training that is stopped goes on from its checkpoint in _build/checkpoints.
"""

import argparse
from pathlib import Path

import torch

from helpers import data, networks, results, train, weights
from helpers.data.few import few

CHECKPOINTS = Path("_build/checkpoints")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.train", description=__doc__)
    parser.add_argument("network")
    parser.add_argument("--dataset", default="drawn")
    parser.add_argument("--size", type=int, default=112, help="height and width in pixels")
    parser.add_argument("--per-class", type=int, help="training pictures a class; all if not given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--recipe", default="full", help="the recipe's name in the record")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE")
    parser.add_argument("--variant", action="append", default=[], metavar="KEYWORD=VALUE")
    parser.add_argument("--package", action="store_true", help="keep the weights in helpers/")
    return parser.parse_args()


def assignments(texts: list[str]) -> dict:
    """["epochs=3", "hidden=(512,)"] as {"epochs": 3, "hidden": (512,)}."""
    from ast import literal_eval

    pairs = (text.split("=", 1) for text in texts)
    found = {}
    for name, value in pairs:
        try:
            found[name] = literal_eval(value)
        except (ValueError, SyntaxError):
            found[name] = value
    return found


def main() -> None:
    asked = arguments()
    entry = networks.NETWORKS[networks.choose("network", asked.network, networks.NETWORKS)]
    member = entry.tiny if asked.dataset == "drawn" else entry.small
    variant = {**member, **assignments(asked.variant)}
    recipe = train.Recipe(asked.recipe, **{"epochs": 40, **entry.recipe, **assignments(asked.set)})
    splits = data.load(asked.dataset, size=asked.size)
    if asked.per_class is not None:
        splits = few(splits, len(splits.classes), asked.per_class)
    torch.manual_seed(asked.seed)
    network = networks.build(asked.network, len(splits.classes), **variant)
    name = f"{splits.name}-{asked.network}-{asked.recipe}-s{asked.seed}"
    run = train.fit(
        network,
        splits,
        recipe,
        seed=asked.seed,
        device=asked.device,
        checkpoint=CHECKPOINTS / f"{name}.pt",
    )
    print(f"{results.save(run)}: test {100 * run.test.top1_accuracy:.1f} %")
    if asked.package:
        print(weights.save(network, run))


if __name__ == "__main__":
    main()
