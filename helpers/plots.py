"""Figures of the course: pictures, curves, heatmaps over pictures."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor

from helpers.names import choose
from helpers.results import Run

MAPS = {"perceptual": "inferno", "classic": "jet"}


def pictures(
    images: Tensor, titles: Sequence[str] = (), *, columns: int = 5, dpi: int = 80
) -> None:
    """Shows uint8 pictures (N, 3, H, W) or (N, H, W, 3) in rows, each under its title.

    Args:
        dpi: dots by inch; a picture is 1.45 inches wide. Fewer make a page's file smaller.
    """
    if images.shape[-1] != 3:
        images = images.permute(0, 2, 3, 1)
    rows = -(-len(images) // columns)
    size = (1.45 * columns, 1.65 * rows)
    _, axes = plt.subplots(rows, columns, figsize=size, dpi=dpi, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for position, (axis, image) in enumerate(zip(axes.flat, images, strict=False)):
        axis.imshow(np.asarray(image))
        if position < len(titles):
            axis.set_title(titles[position], fontsize=9)
    plt.tight_layout()
    plt.show()


def heatmaps(
    images: Tensor,
    attributions: Tensor | Mapping[str, Tensor],
    masks: Tensor,
    titles: Sequence[str],
) -> None:
    """A row of pictures, below it their heatmaps over them, and below these their masks in white.

    Args:
        images: uint8 (N, 3, H, W).
        attributions: (N, H, W) in [0, 1], or several of these, each a row under its name.
        masks: (N, H, W), 0 is background.
        titles: N, one above each picture.
    """
    named = attributions if isinstance(attributions, Mapping) else {"": attributions}
    white = (255 * (masks[:, None] > 0)).to(torch.uint8).expand_as(images)
    rows = [images, *(overlay(images, attribution) for attribution in named.values()), white]
    above = [text for name in named for text in (name, *[""] * (len(images) - 1))]
    pictures(torch.cat(rows), [*titles, *above], columns=len(images), dpi=60)


def learning_curves(runs: Mapping[str, Run]) -> None:
    """Loss and accuracy over the epochs: train dashed, val solid, a colour for each run; the loss
    of a guess is a dotted line."""
    _, axes = plt.subplots(1, 2, figsize=(9, 3.2))
    for axis, quantity in zip(axes, ("loss", "accuracy"), strict=True):
        for number, (name, run) in enumerate(runs.items()):
            for part, style in (("train", "--"), ("val", "-")):
                values = run.curves[f"{part}_{quantity}"]
                epochs = range(1, len(values) + 1)
                axis.plot(epochs, values, style, color=f"C{number}", label=f"{name}, {part}")
        axis.set(xlabel="epoch", ylabel=quantity)
    for chance in {run.chance for run in runs.values()}:
        axes[0].axhline(chance, linestyle=":", color="grey", label="a guess")
    axes[0].legend(fontsize=8)
    plt.tight_layout()
    plt.show()


def by_layer(values: Mapping[str, Sequence[float]], label: str) -> None:
    """A line for each name over the layers, from the picture's side on; the axis is logarithmic."""
    _, axis = plt.subplots(figsize=(7.5, 3.4))
    for (name, numbers), style in zip(values.items(), cycle(("-", "--", "-.", ":"))):
        axis.semilogy(range(1, len(numbers) + 1), numbers, style, label=name)
    axis.set(xlabel="layer", ylabel=label)
    axis.legend(fontsize=8)
    plt.tight_layout()
    plt.show()


def differences(points: Mapping[str, Sequence[float]], label: str) -> None:
    """A row for each name: a dot for each seed's value and a bar for their mean, against 0."""
    _, axis = plt.subplots(figsize=(7.5, 0.5 + 0.42 * len(points)))
    for row, values in enumerate(map(np.asarray, points.values())):
        axis.barh(row, np.mean(values), height=0.5, color="C0", alpha=0.35)
        axis.plot(values, [row] * len(values), "o", color="C0", markersize=5)
    axis.axvline(0, color="grey", linewidth=1)
    axis.set(xlabel=label, yticks=range(len(points)), yticklabels=points)
    axis.invert_yaxis()
    plt.tight_layout()
    plt.show()


def overlay(images: Tensor, attribution: Tensor, *, colours: str = "perceptual") -> Tensor:
    """Heatmaps laid over grey pictures, uint8 (N, 3, H, W).

    Args:
        images: uint8 (N, 3, H, W).
        attribution: (N, H, W) in [0, 1]; where it is 0 the grey picture stays as it is.
        colours: "perceptual", even steps to every eye, or "classic", from blue to red.
    """
    colormap = plt.get_cmap(MAPS[choose("colour map", colours, MAPS)])
    grey = images.float().mean(1, keepdim=True).expand_as(images)
    paint = torch.from_numpy(colormap(attribution.cpu().numpy())[..., :3]).permute(0, 3, 1, 2)
    strength = 0.7 * attribution.cpu()[:, None].sqrt()
    return ((1 - strength) * grey + strength * 255 * paint).round().clamp(0, 255).to(torch.uint8)
