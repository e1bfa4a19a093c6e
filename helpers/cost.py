"""What a network costs: parameters, multiply-adds, memory of activations, receptive field.

One multiply-add (MAC) counts as one; a paper's "FLOPs" may count it as two.
"""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Row:
    """One layer's cost for one picture.

    Attributes:
        shape: of the layer's output, without the batch.
        macs: multiply-adds of convolutions and linear layers; the rest counts as none.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    macs: int


@dataclass(frozen=True)
class Cost:
    """A network's cost for one picture, by layer in the order in which they run."""

    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        return sum(row.macs for row in self.rows)

    @property
    def activation_mib(self) -> float:
        """Memory of all layers' outputs in float32, in MiB: what training has to keep."""
        return sum(4 * torch.Size(row.shape).numel() for row in self.rows) / 2**20


def parameters(network: nn.Module) -> int:
    """Number of trainable values."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


@torch.no_grad()
def count(network: nn.Module, size: int) -> Cost:
    """The cost of one (3, size, size) picture, counted while it runs through the network.

    The network runs in eval mode: what only training uses, as auxiliary classifiers, costs nothing.
    """
    rows: list[Row] = []
    layers = [(n, m) for n, m in network.named_modules() if not list(m.children())]
    hooks = [
        module.register_forward_hook(lambda m, _, out, name=name: rows.append(_row(name, m, out)))
        for name, module in layers
    ]
    was_training, parameter = network.training, next(network.parameters())
    try:
        picture = torch.zeros(1, 3, size, size, device=parameter.device, dtype=parameter.dtype)
        network.eval()(picture)
    finally:
        network.train(was_training)
        for hook in hooks:
            hook.remove()
    return Cost(tuple(rows))


def _row(name: str, module: nn.Module, output: Tensor) -> Row:
    shape = tuple(output.shape[1:])
    macs = 0
    if isinstance(module, nn.Conv2d):
        macs = output[0].numel() * module.weight[0].numel()
    elif isinstance(module, nn.Linear):
        macs = module.weight.numel()
    return Row(name, type(module).__name__, shape, parameters(module), macs)


def receptive_field(network: nn.Module, layer: nn.Module, size: int) -> int:
    """Width in pixels of what one unit in the middle of the layer's output can see.

    Measured, not calculated: in a copy of the network whose weights are all one and whose
    activations do nothing, the gradient of that unit is positive on exactly those pixels.

    Args:
        layer: one of the network's modules.
        size: of the picture, large enough that the field does not reach its edge.

    Raises:
        ValueError: the field reaches the picture's edge.
    """
    seen: list[Tensor] = []
    name = next(name for name, module in network.named_modules() if module is layer)
    plain = _plain(copy.deepcopy(network)).double().eval()
    plain.get_submodule(name).register_forward_hook(lambda _, __, output: seen.append(output))
    pixels = torch.ones(1, 3, size, size, dtype=torch.double, requires_grad=True)
    plain(pixels)
    middle = seen[0].shape[-1] // 2
    (gradient,) = torch.autograd.grad(seen[0][0, 0, middle, middle], pixels)
    columns = gradient[0].sum((0, 1)).nonzero()[:, 0]
    if columns[0] == 0 or columns[-1] == size - 1:
        raise ValueError(f"the field reaches the edge of {size} pixels; take a larger size")
    return int(columns[-1] - columns[0] + 1)


def _plain(network: nn.Module) -> nn.Module:
    """Weights one, max pooling as average pooling, everything else as nothing."""
    for parent in list(network.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.MaxPool2d):
                kept = (child.kernel_size, child.stride, child.padding, child.ceil_mode)
                setattr(parent, name, nn.AvgPool2d(*kept))
            elif isinstance(child, nn.Conv2d | nn.Linear):
                nn.init.ones_(child.weight)
            elif not list(child.children()) and not isinstance(child, _SPATIAL):
                setattr(parent, name, nn.Identity())
    return network


_SPATIAL = (nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.Flatten)
