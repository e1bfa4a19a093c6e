"""A student's network in this process: run it, look at its layers, set its weights."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from helpers.checks.compare import sketch
from helpers.checks.failure import Wrong
from helpers.checks.protocol import Layer, Pass


class LocalNetwork:
    """Layers are known by the order in which they run, so their names do not matter."""

    def __init__(self, module: nn.Module, guard: Callable[[Callable[[], Any]], Any]):
        self._module, self._guard = module, guard
        self._ordered: list[nn.Parameter] | None = None

    def run(self, images: Tensor, *, training: bool = False) -> Pass:
        self._module.train(training)
        with _watched(self._module) as layers, torch.no_grad():
            try:
                output = self._guard(lambda: self._module(self._fit(images)))
            except Wrong as wrong:
                return Pass(None, list(layers.values()), wrong.lines["got"])
        return Pass(output, list(layers.values()))

    def set(self, images: Tensor, values: list[Tensor]) -> None:
        parameters = self._parameters(images)
        with torch.no_grad():
            for parameter, value in zip(parameters, values, strict=True):
                parameter.copy_(value.reshape(parameter.shape))

    def gradients(self, images: Tensor, direction: Tensor) -> list[list[float]]:
        parameters = self._parameters(images)
        output = self._guard(lambda: self._module.eval()(self._fit(images)))
        if not output.requires_grad:
            raise Wrong(
                expected="an output that a gradient can flow back from",
                got="an output without a gradient",
                cause=".detach(), .data or torch.no_grad() in forward",
            )
        total = (output * direction.to(output.dtype)).sum()
        found = self._guard(lambda: torch.autograd.grad(total, parameters, allow_unused=True))
        return [[] if gradient is None else sketch(gradient) for gradient in found]

    def idle(self, images: Tensor) -> list[str]:
        used = {id(parameter) for parameter in self._parameters(images)}
        return [name for name, p in self._module.named_parameters() if id(p) not in used]

    def _parameters(self, images: Tensor) -> list[nn.Parameter]:
        """In the order of a forward pass (of one picture), each layer's weight before its bias."""
        if self._ordered is None:
            self._module.eval()
            with _watched(self._module) as layers, torch.no_grad():
                self._guard(lambda: self._module(self._fit(images[:1])))
            self._ordered = [parameter for module in layers for parameter in _own(module)]
        return self._ordered

    def _fit(self, images: Tensor) -> Tensor:
        """The pictures with the type and on the device of the first parameter, if there is one."""
        first = next(self._module.parameters(), None)
        return images.clone() if first is None else images.to(first.device, first.dtype, copy=True)


def _own(module: nn.Module) -> list[nn.Parameter]:
    """The parameters that the module itself holds, most axes (the weight) first."""
    return sorted(module.parameters(recurse=False), key=lambda p: -p.dim())


@contextmanager
def _watched(module: nn.Module):
    """A dict module -> Layer that fills, in the order of running, during the block."""
    layers: dict[nn.Module, Layer] = {}

    def enter(layer, inputs):
        if _own(layer) and layer not in layers:
            layers[layer] = _entered(layer, inputs[0])

    def leave(layer, inputs, output):
        if layer in layers and isinstance(output, Tensor) and not layers[layer].output_shape:
            layers[layer].output_shape = list(output.shape)
            layers[layer].output_sketch = [] if output.is_meta else sketch(output)

    hooks = [m.register_forward_pre_hook(enter) for m in module.modules()]
    hooks += [m.register_forward_hook(leave) for m in module.modules()]
    try:
        yield layers
    finally:
        for hook in hooks:
            hook.remove()


def _entered(layer: nn.Module, x: Tensor) -> Layer:
    known = not x.is_meta and x.numel() > 0
    return Layer(
        kind=type(layer).__name__,
        parameters=[list(p.shape) for p in _own(layer)],
        input_shape=list(x.shape),
        input_sketch=sketch(x) if known else [],
        input_minimum=float(x.min()) if known else 0.0,
    )
