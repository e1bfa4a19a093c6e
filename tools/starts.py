"""Does every network of the table begin to learn? `python -m tools.starts`.

Trains each tiny member on drawn pictures, in batches of 64 at the shared recipe's peak rate, until
the mean loss of the last 20 steps is below ln 10 - 0.3, or for 300 steps. Kept in
book/results/starts.json, which is written after each network; a network that stands there is not
trained again.
"""

import argparse
import json
import math

import torch
from torch import nn

from helpers import augment, data, networks, results, train

RECORD = results.RECORDS / "starts.json"
SIZE, BATCH, STEPS, LAST = 64, 64, 300, 20
BELOW = 0.3  # nats under the loss of a guess


def losses(name: str, splits: data.Splits, steps: int = STEPS) -> list[float]:
    """The training loss of each step, up to the one at which the network has begun to learn."""
    classes = len(splits.classes)
    torch.manual_seed(0)
    network = networks.build(name, classes, **networks.NETWORKS[name].tiny).train()
    optimiser = torch.optim.AdamW(network.parameters(), train.Recipe.peak_rate)
    generator, statistics, found = torch.Generator().manual_seed(0), splits.statistics(), []
    while len(found) < steps and not begun(found, classes):
        rows = torch.randint(len(splits.train), (BATCH,), generator=generator)
        outputs = network(augment.normalise(splits.train.images[rows], *statistics))
        logits = outputs[0] if isinstance(outputs, tuple) else outputs
        loss = nn.functional.cross_entropy(logits, splits.train.labels[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        found.append(loss.item())
    return found


def begun(found: list[float], classes: int) -> bool:
    """Whether the mean of the last losses is BELOW nats under that of a guess."""
    last = found[-LAST:]
    return len(last) == LAST and sum(last) / LAST < math.log(classes) - BELOW


def main() -> None:
    argparse.ArgumentParser(prog="python -m tools.starts", description=__doc__).parse_args()
    torch.set_num_threads(1)
    record = {"command": "python -m tools.starts", "torch": torch.__version__, "networks": {}}
    if RECORD.exists():
        record["networks"] = json.loads(RECORD.read_text())["networks"]
    for name in (n for n in networks.NETWORKS if n not in record["networks"]):
        size = SIZE if networks.NETWORKS[name].smallest <= SIZE else 112
        splits = data.load("drawn", size=size)
        found = losses(name, splits)
        said = {"size": size, "steps": len(found), "begun": begun(found, len(splits.classes)),
                "last_loss": round(sum(found[-LAST:]) / LAST, 3)}  # fmt: skip
        record["networks"][name] = said
        RECORD.write_text(json.dumps(record, indent=1) + "\n")
        print(name, said, flush=True)


if __name__ == "__main__":
    main()
