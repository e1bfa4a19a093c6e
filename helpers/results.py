"""Records of trainings: what ran, how it went, and how good the network is.

A record is one JSON file, `<dataset>-<network>-<recipe>-<device>-s<seed>.json`.
"""

import json
import math
import os
import sysconfig
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from helpers.names import choose

_CLONE = Path(__file__).parent.parent / "book" / "results"
_INSTALLED = Path(sysconfig.get_path("data")) / "share" / "imagenet-course" / "results"
RECORDS = _CLONE if _CLONE.is_dir() else _INSTALLED  # without a clone, as on Colab, pip's copy


@dataclass(frozen=True)
class Score:
    """How well a network does on one part. Shares in [0, 1], loss in nats."""

    n: int
    loss: float
    top1_accuracy: float
    top2_accuracy: float
    top5_accuracy: float
    macro_f1: float


@dataclass(frozen=True)
class Run:
    """One training.

    Attributes:
        network, variant: what `networks.build` was given.
        recipe: the fields of `train.Recipe`.
        device: "cpu", or the accelerator's name.
        curves: a list over the epochs for train_loss, train_accuracy, val_loss, val_accuracy;
            train's are averages during the epoch, with augmentation and dropout at work.
        mean, std: with which the pictures were normalised.
        peak_mib: largest resident memory of the process until the end of the training.
        environment: versions of Python and torch, threads, and the commit.
    """

    network: str
    dataset: str
    size: int
    seed: int
    device: str
    classes: tuple[str, ...]
    recipe: dict[str, Any]
    variant: dict[str, Any]
    curves: dict[str, list[float]]
    train: Score
    val: Score
    test: Score
    mean: tuple[float, ...]
    std: tuple[float, ...]
    seconds: float
    peak_mib: float = 0.0
    environment: dict[str, Any] = field(default_factory=dict)

    @property
    def chance(self) -> float:
        """The loss of a guess in nats: ln K for K classes."""
        return math.log(len(self.classes))

    @property
    def name(self) -> str:
        """The record's file name without its suffix."""
        device = "cpu" if self.device == "cpu" else "gpu"
        return f"{self.dataset}-{self.network}-{self.recipe['name']}-{device}-s{self.seed}"


def save(run: Run, folder: Path = RECORDS) -> Path:
    """Writes the record whole or not at all, and gives its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{run.name}.json"
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(asdict(run), indent=1) + "\n")
    os.replace(beside, path)
    return path


def load(name: str, folder: Path = RECORDS) -> Run:
    """The record of that name.

    Raises:
        ValueError: no such record (the list is printed), or the file is damaged.
    """
    path = _path(name, folder)
    try:
        fields = json.loads(path.read_text())
        scores = {part: Score(**fields.pop(part)) for part in ("train", "val", "test")}
        for key in ("classes", "mean", "std"):
            fields[key] = tuple(fields[key])
        return Run(**fields, **scores)
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path}: not a whole record ({error}); record it again") from error


def load_all(network: str, recipe: str = "full", folder: Path = RECORDS) -> dict[str, Run]:
    """The records of that network's trainings by that recipe, by their names."""
    names = sorted(path.stem for path in folder.glob(f"*-{network}-{recipe}-[cg]pu-s*.json"))
    return {name: load(name, folder) for name in names}


def measurement(name: str) -> dict[str, Any]:
    """A record that is no training but the plain values that a command of `tools` measured.

    Raises:
        ValueError: no such record; the list is printed.
    """
    return json.loads(_path(name, RECORDS).read_text())


def _path(name: str, folder: Path) -> Path:
    known = sorted(path.stem for path in folder.glob("*.json"))
    return folder / f"{choose('record', name, known)}.json"
