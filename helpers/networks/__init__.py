"""The course's networks, by name.

`build("alexnet", num_classes=10)` gives a network with random weights. Every network has
`features` and `head`, takes (N, 3, H, W) floats and returns logits (N, num_classes).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from torch import nn

from helpers.names import choose
from helpers.networks import alexnet


@dataclass(frozen=True)
class Network:
    """One line of the table.

    Attributes:
        builder: called as builder(num_classes, **variant).
        paper: where the network was published.
        parameters: of the published form, for 1,000 classes.
        torchvision: torchvision's name of its form, where it has one.
        twin: the variant that is equal to torchvision's form.
        smallest: the smallest height and width in pixels that the network takes.
        small: the variant that trains on photographs with two cores.
        tiny: the variant that trains on drawn pictures and is packaged, 3 MB at most.
        recipe: what differs from the shared recipe when the small member trains.
    """

    builder: Callable[..., nn.Module]
    paper: str
    parameters: int
    torchvision: str | None
    smallest: int
    twin: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    small: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    tiny: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    recipe: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


NETWORKS = {
    "alexnet": Network(
        alexnet.alexnet,
        "Krizhevsky, Sutskever, Hinton 2012",
        parameters=60_965_224,
        torchvision="alexnet",
        smallest=67,
        twin={"variant": "torchvision"},
        small={"variant": "torchvision", "pool": 3, "hidden": (512,)},
        tiny={"variant": "torchvision", "pool": 3, "hidden": (256,), "width": 0.5},
    ),
}


def build(name: str, num_classes: int = 1000, **variant: Any) -> nn.Module:
    """A network of the table with random weights.

    Its attribute `built_as` holds name and variant, for the record of a training.

    Args:
        num_classes: length of the logits, 1 or more.
        variant: the builder's own keywords, as its docstring lists them.

    Raises:
        ValueError: an unknown name or variant, or no class; the message lists what there is.
    """
    choose("network", name, NETWORKS)
    if num_classes < 1:
        raise ValueError(f"num_classes must be 1 or more, got {num_classes}")
    network = NETWORKS[name].builder(num_classes, **variant)
    network.built_as = name, variant
    return network
