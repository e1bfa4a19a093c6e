"""Numbers that say how good predictions and heatmaps are."""

import math
from collections.abc import Sequence

import torch
from scipy.stats import ttest_ind
from sklearn.metrics import f1_score
from torch import Tensor


def top_k_accuracy(logits: Tensor, labels: Tensor, k: int = 1) -> float:
    """Share in [0, 1] of the pictures whose label is among the k largest logits.

    Args:
        logits: (N, num_classes).
        labels: (N,).
    """
    best = logits.topk(min(k, logits.shape[1]), dim=1).indices
    return (best == labels[:, None]).any(1).double().mean().item()


def macro_f1(logits: Tensor, labels: Tensor) -> float:
    """Mean over the classes of the harmonic mean of precision and recall, in [0, 1]."""
    predicted = logits.argmax(1).tolist()
    every = list(range(logits.shape[1]))
    return float(
        f1_score(labels.tolist(), predicted, labels=every, average="macro", zero_division=0)
    )


def interval(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share seen in n independent trials.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    centre = share + z * z / (2 * n)
    margin = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = ((centre + sign * margin) / (1 + z * z / n) for sign in (-1, 1))
    return max(0.0, low), min(1.0, high)


def with_interval(share: float, n: int) -> str:
    """A share seen in n trials with its 95 % interval: `69.6% of 500 (65.4% to 73.5%)`."""
    low, high = interval(share, n)
    return f"{share:.1%} of {n} ({low:.1%} to {high:.1%})"


def difference(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """Mean of `ours` less mean of `theirs`, with the ends of its 95 % interval (Welch's t).

    Args:
        ours, theirs: a value for each seed, two or more of each, in any unit.
    """
    found = ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
    low, high = float(found.low), float(found.high)
    return (low + high) / 2, low, high


def pointing_game(attribution: Tensor, masks: Tensor, tolerance: int = 0) -> Tensor:
    """For each picture whether its heatmap's largest value lies on an object: bool (N,).

    Args:
        attribution: (N, H, W), larger where the network looked.
        masks: (N, H, W), 0 is background.
        tolerance: also counted when the object is at most this many pixels away.

    Source: Zhang et al., "Top-down neural attention by excitation backprop", 2016, section 4.1.
    """
    near = (masks > 0).float()[:, None]
    if tolerance:
        near = torch.nn.functional.max_pool2d(near, 2 * tolerance + 1, 1, tolerance)
    peak = attribution.flatten(1).argmax(1, keepdim=True)
    return near.flatten(1).gather(1, peak)[:, 0] > 0
