"""The course's networks, by name.

`build("alexnet", num_classes=10)` gives a network with random weights. Every network has
`features` and `head`, takes (N, 3, H, W) floats and returns logits (N, num_classes). In train mode
one with auxiliary classifiers returns a tuple: the logits, then those of each auxiliary.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn

from helpers.names import choose
from helpers.networks import alexnet, densenet, googlenet, resnet, vgg
from helpers.networks.parts import refuse_one_value


@dataclass(frozen=True)
class Network:
    """One line of the table.

    Attributes:
        builder: called as builder(num_classes, **variant).
        paper: where the network was published.
        parameters: of `build(name)`, the published form for 1,000 classes.
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


FASTER = MappingProxyType({"peak_rate": 2e-3})  # batch norm bears four times the shared rate


def _vgg(layers: int, batch_norm: bool, parameters: int) -> Network:
    return Network(
        partial(vgg.vgg, layers, batch_norm),
        "Simonyan, Zisserman 2014",
        parameters,
        torchvision=f"vgg{layers}_bn" if batch_norm else f"vgg{layers}",
        smallest=32,
        small={"width": 0.25, "pool": 3, "hidden": (512,)},
        tiny={"width": 0.1875, "pool": 3, "hidden": (256,)},
        recipe=FASTER if batch_norm else {},
    )


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
    "vgg11": _vgg(11, False, 132_863_336),
    "vgg11_bn": _vgg(11, True, 132_868_840),
    "vgg13": _vgg(13, False, 133_047_848),
    "vgg13_bn": _vgg(13, True, 133_053_736),
    "vgg16": _vgg(16, False, 138_357_544),
    "vgg16_bn": _vgg(16, True, 138_365_992),
    "vgg19": _vgg(19, False, 143_667_240),
    "vgg19_bn": _vgg(19, True, 143_678_248),
    "googlenet": Network(
        googlenet.googlenet,
        "Szegedy et al. 2014",
        parameters=13_385_816,
        torchvision="googlenet",
        smallest=31,
        twin={"variant": "torchvision"},
        small={"width": 0.5},
        tiny={"width": 0.375, "auxiliaries": False},
        recipe=FASTER,
    ),
    "resnet18": Network(
        partial(resnet.basic_resnet, (2, 2, 2, 2)),
        "He, Zhang, Ren, Sun 2015",
        parameters=11_689_512,
        torchvision="resnet18",
        smallest=1,
        small={"width": 0.5},
        tiny={"width": 0.25},
        recipe=FASTER,
    ),
    "resnet34": Network(
        partial(resnet.basic_resnet, (3, 4, 6, 3)),
        "He, Zhang, Ren, Sun 2015",
        parameters=21_797_672,
        torchvision="resnet34",
        smallest=1,
        small={"width": 0.375},
        tiny={"width": 0.1875},
        recipe=FASTER,
    ),
    "resnet50": Network(
        partial(resnet.bottleneck_resnet, (3, 4, 6, 3)),
        "He, Zhang, Ren, Sun 2015",
        parameters=25_557_032,
        torchvision="resnet50",
        smallest=1,
        small={"width": 0.375},
        tiny={"width": 0.1875},
        recipe=FASTER,
    ),
    "resnext50_32x4d": Network(
        partial(resnet.bottleneck_resnet, (3, 4, 6, 3), cardinality=32, group_width=4),
        "Xie, Girshick, Dollár, Tu, He 2016",
        parameters=25_028_904,
        torchvision="resnext50_32x4d",
        smallest=1,
        small={"width": 0.375},
        tiny={"width": 0.1875},
        recipe=FASTER,
    ),
    "densenet121": Network(
        densenet.densenet,
        "Huang, Liu, van der Maaten, Weinberger 2017",
        parameters=7_978_856,
        torchvision="densenet121",
        smallest=29,
        small={"growth": 16},
        tiny={"growth": 12, "blocks": (3, 6, 12, 8)},
        recipe=FASTER,
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
    builder = NETWORKS[choose("network", name, NETWORKS)].builder
    if num_classes < 1:
        raise ValueError(f"num_classes must be 1 or more, got {num_classes}")
    options = [o for o in inspect.signature(builder).parameters if o != "num_classes"]
    for option in variant:
        choose(f"option of {name}", option, options)
    network = builder(num_classes, **variant)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_pre_hook(refuse_one_value)
    network.built_as = name, variant
    return network


def load_state(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Copies weights into the network, all of them or, when one does not fit, none.

    Args:
        state: name -> tensor, as `network.state_dict()` has them.

    Raises:
        ValueError: the first name whose shape differs, or that only one side has.
    """
    wanted = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    given = {key: tuple(value.shape) for key, value in state.items()}
    for key in wanted | given:
        if wanted.get(key) != given.get(key):
            raise ValueError(
                f"the weights do not fit this {type(network).__name__}: {key} has shape "
                f"{wanted.get(key, 'none')} in the network and {given.get(key, 'none')} in the "
                "weights; build the network with the variant and num_classes of the weights"
            )
    network.load_state_dict(state)
