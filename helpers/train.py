"""One training loop for every network: `fit(network, splits, Recipe(...))` gives a record."""

import math
import os
import platform
import resource
import subprocess
import sys
import time
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Generator, Tensor, nn
from tqdm import tqdm

from helpers import allocator, augment, metrics, networks, results
from helpers.names import choose

AUXILIARY = 0.3  # weight of each auxiliary classifier's loss: GoogLeNet's paper, section 5
OPTIMISERS = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": lambda parameters, **options: torch.optim.SGD(
        parameters, momentum=0.9, nesterov=True, **options
    ),
}


@dataclass(frozen=True)
class Recipe:
    """How to train. The rate rises over the first `warmup` of all steps, then falls as a cosine.

    Attributes:
        name: stands in the record's file name.
        peak_rate: the largest learning rate.
        schedule: "one-cycle" as above, or "constant".
        flips: mirror each picture with probability one half.
        shift: move each picture by up to this share of its size.
    """

    name: str = "page"
    epochs: int = 5
    batch_size: int = 64
    optimiser: str = "adamw"
    peak_rate: float = 5e-4
    weight_decay: float = 0.01
    schedule: str = "one-cycle"
    warmup: float = 0.25
    flips: bool = True
    shift: float = 0.1

    def rate(self, progress: float) -> float:
        """The learning rate after a share `progress` in [0, 1] of all steps."""
        if self.schedule == "constant":
            return self.peak_rate
        if progress < self.warmup:
            return self.peak_rate * (0.04 + 0.96 * progress / self.warmup)
        falling = (progress - self.warmup) / (1 - self.warmup)
        return self.peak_rate * max(1e-4, (1 + math.cos(math.pi * falling)) / 2)


class Stopped(RuntimeError):
    """A training that cannot go on; the message says why."""


def pick_device(name: str = "auto") -> torch.device:
    """The device of that name; "auto" takes CUDA, then MPS, then the CPU.

    Raises:
        ValueError: an unknown name, or a device that this machine does not have.
    """
    present = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if name == "auto":
        return torch.device(next((d for d, there in present.items() if there()), "cpu"))
    choose("device", name, ("auto", "cpu", *present))
    if name in present and not present[name]():
        raise ValueError(f"device={name!r}, but this machine has none; use 'auto' or 'cpu'")
    return torch.device(name)


def fit(network: nn.Module, splits, recipe: Recipe, *, seed=0, device="auto", checkpoint=None):
    """Trains the network in place and gives the record of it.

    Args:
        splits: from `data.load`.
        seed: of the order of the pictures and of what augmentation draws. Seed the network's
            own start with `torch.manual_seed` before it is built.
        device: "auto", "cpu", "cuda" or "mps".
        checkpoint: a file; written after each epoch, and gone on from when it is there.

    Returns: results.Run. Where the environment names a folder in COURSE_RECORDS, it is saved there
    too, so that whoever runs a chapter keeps its trainings.

    Raises:
        Stopped: the loss is not a number.
        ValueError: labels outside the network's classes, or a checkpoint of something else.
    """
    return Training(network, splits, recipe, seed, pick_device(device), checkpoint).run()


class Training:
    """The state of one training, epoch by epoch."""

    def __init__(self, network, splits, recipe, seed, device, checkpoint):
        allocator.keep_freed()
        self.network, self.splits, self.recipe = network.to(device), splits, recipe
        self.seed, self.device = seed, device
        self.checkpoint = Path(checkpoint) if checkpoint else None
        self.statistics = splits.statistics()
        choose("optimiser", recipe.optimiser, OPTIMISERS)
        self.optimiser = OPTIMISERS[recipe.optimiser](
            network.parameters(), lr=recipe.peak_rate, weight_decay=recipe.weight_decay
        )
        self.curves = {f"{p}_{q}": [] for p in ("train", "val") for q in ("loss", "accuracy")}
        self.seconds = 0.0
        self._resume()

    def run(self):
        epochs = range(len(self.curves["train_loss"]), self.recipe.epochs)
        bar = tqdm(epochs, "epochs", self.recipe.epochs, len(epochs) < 1, disable=None)
        for epoch in epochs:
            start = time.perf_counter()
            loss, accuracy = self._epoch(epoch)
            val = evaluate(self.network, self.splits.val, self.statistics)
            self._note(loss, accuracy, val.loss, val.top1_accuracy)
            self.seconds += time.perf_counter() - start
            bar.update()
            bar.set_postfix(train=f"{loss:.3f}", val=f"{val.loss:.3f}", refresh=False)
            self._write()
        bar.close()
        record = self._record()
        warn_of_chance(record)
        if folder := os.environ.get("COURSE_RECORDS"):
            results.save(record, Path(folder))
        return record

    def _epoch(self, epoch: int) -> tuple[float, float]:
        """Mean loss and accuracy while training; each epoch has its own generator, so that a
        training that was stopped and resumed sees the same pictures."""
        generator = Generator().manual_seed(1_000_003 * self.seed + epoch)
        self.network.train()
        total, right, seen = 0.0, 0, 0
        steps = math.ceil(len(self.splits.train) / self.recipe.batch_size)
        batches = self.splits.train.batches(self.recipe.batch_size, generator)
        for step, (images, labels) in enumerate(batches):
            rate = self.recipe.rate((epoch + step / steps) / self.recipe.epochs)
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            images, labels = self._augmented(images, generator), labels.to(self.device)
            loss, logits = self._step(images, labels)
            if not math.isfinite(loss):
                raise Stopped(
                    f"the loss is {loss} at epoch {epoch + 1}, step {step + 1}: the weights ran "
                    f"away; try a smaller peak_rate than {self.recipe.peak_rate}"
                )
            total += loss * len(labels)
            right += int((logits.argmax(1) == labels).sum())
            seen += len(labels)
        return total / seen, right / seen

    def _augmented(self, images: Tensor, generator: Generator) -> Tensor:
        images = images.to(self.device)
        if self.recipe.flips:
            images = augment.flip(images, generator)
        if self.recipe.shift:
            pixels = round(self.recipe.shift * images.shape[-1])
            images = augment.shift(images, pixels, generator)
        images = augment.normalise(images, *self.statistics)
        return images.to(memory_format=torch.channels_last)

    def _step(self, images: Tensor, labels: Tensor) -> tuple[float, Tensor]:
        """The loss and the logits of the network's own classifier; auxiliaries only steer."""
        self.optimiser.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            outputs = self.network(images)
            logits, *extra = outputs if isinstance(outputs, tuple) else (outputs,)
            refuse_labels_out_of_range(logits, labels)
            loss, *auxiliaries = (nn.functional.cross_entropy(x, labels) for x in (logits, *extra))
        (loss + AUXILIARY * sum(auxiliaries)).backward()
        self.optimiser.step()
        return loss.item(), logits.detach()

    def _note(self, train_loss, train_accuracy, val_loss, val_accuracy):
        self.curves["train_loss"].append(train_loss)
        self.curves["train_accuracy"].append(train_accuracy)
        self.curves["val_loss"].append(val_loss)
        self.curves["val_accuracy"].append(val_accuracy)

    def _identity(self) -> dict:
        return {
            "recipe": asdict(self.recipe),
            "seed": self.seed,
            "pictures": len(self.splits.train),
        }

    def _write(self):
        if self.checkpoint is None:
            return
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        beside = self.checkpoint.with_suffix(".part")
        state = {
            "identity": self._identity(),
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "curves": self.curves,
            "seconds": self.seconds,
            "random": torch.get_rng_state(),
        }
        torch.save(state, beside)
        os.replace(beside, self.checkpoint)

    def _resume(self):
        if self.checkpoint is None or not self.checkpoint.exists():
            return
        try:
            state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
            same = state["identity"] == self._identity()
        except Exception as error:
            raise ValueError(
                f"{self.checkpoint}: not a whole checkpoint ({type(error).__name__}); delete it "
                "and the training starts anew"
            ) from error
        if not same:
            raise ValueError(
                f"{self.checkpoint}: of a training with {state['identity']}, not with "
                f"{self._identity()}; delete it or name another file"
            )
        try:
            networks.load_state(self.network, state["network"])
        except ValueError as error:
            raise ValueError(
                f"{self.checkpoint}: of another network: {error}, or delete the file"
            ) from error
        self.optimiser.load_state_dict(state["optimiser"])
        self.curves, self.seconds = state["curves"], state["seconds"]
        torch.set_rng_state(state["random"].cpu())

    def _record(self):
        network, splits = self.network, self.splits
        parts = {
            part: evaluate(network, getattr(splits, part), self.statistics)
            for part in ("train", "val", "test")
        }
        on_cpu = self.device.type == "cpu"
        name, variant = getattr(network, "built_as", (type(network).__name__.lower(), {}))
        return results.Run(
            network=name,
            dataset=splits.name,
            size=splits.train.size,
            seed=self.seed,
            device="cpu" if on_cpu else torch.cuda.get_device_name(),
            classes=splits.classes,
            recipe=asdict(self.recipe),
            variant=dict(variant),
            curves=self.curves,
            **parts,
            mean=tuple(self.statistics[0].tolist()),
            std=tuple(self.statistics[1].tolist()),
            seconds=round(self.seconds, 1),
            peak_mib=_peak_mib(),
            environment=_environment(),
        )


def refuse_labels_out_of_range(logits: Tensor, labels: Tensor) -> None:
    """Raises ValueError unless every label is one of the logits' positions."""
    least, largest, classes = int(labels.min()), int(labels.max()), logits.shape[1]
    if least < 0 or largest >= classes:
        wrong = least if least < 0 else largest
        raise ValueError(
            f"label {wrong} is out of range: the network gives {classes} logits, so labels are "
            f"0 to {classes - 1}; build it with num_classes=len(splits.classes)"
        )


def warn_of_chance(run: results.Run) -> None:
    losses, classes = run.curves["train_loss"], len(run.classes)
    if losses and abs(losses[-1] - run.chance) < 0.02:
        warnings.warn(
            f"the loss stays at ln {classes} = {run.chance:.3f}: the network tells no class "
            "from another; try a smaller rate or a smaller head",
            stacklevel=4,
        )


@torch.no_grad()
def _answers(network: nn.Module, part, statistics, batch_size: int = 250) -> tuple[Tensor, Tensor]:
    """Logits and labels; a stream leaves out what it cannot read."""
    network.eval()
    device = next(network.parameters()).device
    found = [
        (network(augment.normalise(images.to(device), *statistics)).cpu(), labels)
        for images, labels in part.batches(batch_size)
    ]
    logits, labels = zip(*found, strict=True)
    return torch.cat(logits), torch.cat(labels)


def evaluate(network: nn.Module, part, statistics) -> results.Score:
    """The network's score on one part, in eval mode, without augmentation."""
    logits, labels = _answers(network, part, statistics)
    refuse_labels_out_of_range(logits, labels)
    return results.Score(
        n=len(labels),
        loss=nn.functional.cross_entropy(logits, labels).item(),
        top1_accuracy=metrics.top_k_accuracy(logits, labels, 1),
        top2_accuracy=metrics.top_k_accuracy(logits, labels, 2),
        top5_accuracy=metrics.top_k_accuracy(logits, labels, 5),
        macro_f1=metrics.macro_f1(logits, labels),
    )


def _peak_mib() -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20, 1)


def _environment() -> dict[str, str | int]:
    here = Path(__file__).parent
    asked = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=here, capture_output=True, text=True
    )
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "commit": asked.stdout.strip() or "unknown",
    }
