"""A student's object in this very process, spoken to by the protocol."""

import copy
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from helpers.checks.compare import kind_of
from helpers.checks.failure import Wrong
from helpers.checks.local_network import LocalNetwork

INSTALLED = (str(Path(torch.__file__).parents[1]), str(Path(__file__).parent), sys.base_prefix)
EMPTY: Mapping[str, Any] = MappingProxyType({})


class LocalAnswer:
    """A function or class as it stands in the student's notebook.

    Args:
        answer: what the student handed to `check`.
        signature: how the exercise calls it, for sentences: "lrn(x, window, k, alpha, beta)".
    """

    def __init__(self, answer: Any, signature: str):
        self._answer, self._signature = answer, signature
        self._name = signature.partition("(")[0]

    def call(self, *arguments: Any) -> Any:
        self._require_function()
        return self._guard(lambda: self._answer(*copy.deepcopy(arguments)), arguments)

    def arguments_after(self, *arguments: Any) -> list[Any]:
        self._require_function()
        copies = copy.deepcopy(list(arguments))
        self._guard(lambda: self._answer(*copies), arguments)
        return copies

    def gradient(self, direction: Tensor, x: Tensor, *rest: Any) -> Tensor:
        self._require_function()
        x = x.clone().requires_grad_()
        output = self._guard(lambda: self._answer(x, *rest), (x, *rest))
        if not getattr(output, "requires_grad", False):
            raise Wrong(
                expected="a result that a gradient can flow back from",
                got="a result without a gradient",
                cause="the values left torch on the way: numpy, .item(), .detach(), .data, no_grad",
            )
        return self._guard(lambda: torch.autograd.grad((output * direction).sum(), x)[0])

    def on_meta(self, x: Tensor, *rest: Any) -> str:
        x = x.to("meta")
        output = self._guard(lambda: self._answer(x, *rest), (x, *rest))
        return str(getattr(output, "device", "no device"))

    def build(self, *arguments: Any, meta: bool = False, **options: Any) -> LocalNetwork:
        self._require_class()
        with torch.device("meta" if meta else "cpu"):
            module = self._guard(lambda: self._answer(*arguments, **options), arguments, options)
        if not isinstance(module, nn.Module):
            raise Wrong(expected="an nn.Module", got=kind_of(module))
        return LocalNetwork(module, self._guard)

    def _require_function(self) -> None:
        if isinstance(self._answer, type) or not callable(self._answer):
            raise Wrong(
                expected=f"the function {self._name} itself, without brackets",
                got=kind_of(self._answer),
            )

    def _require_class(self) -> None:
        if isinstance(self._answer, nn.Module):
            raise Wrong(
                expected=f"the class {self._name} itself, without brackets",
                got="a network that was built already",
            )
        if not callable(self._answer):
            raise Wrong(expected=f"the class {self._name}", got=kind_of(self._answer))

    def _guard(
        self, run: Callable[[], Any], arguments: tuple = (), options: Mapping[str, Any] = EMPTY
    ) -> Any:
        """What `run` returns, or a sentence about the exception that it raised."""
        try:
            return run()
        except (Exception, SystemExit) as error:
            wrong = self._stumble(error)
            if arguments:
                wrong.lines["asked"] = f"{self._name}({_listed(arguments, options)})"
            raise wrong from None

    def _stumble(self, error: BaseException) -> Wrong:
        if isinstance(error, NotImplementedError) and not str(error):
            return Wrong(
                got=f"{self._name} is not written yet (it raises NotImplementedError)",
                cause="write your code where the comment says so, delete the raise, run the cell",
            )
        message = " ".join(str(error).split())[:300]
        got = f"{type(error).__name__}: {message}" if message else type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if not frame.filename.startswith(INSTALLED)]
        if own:
            return Wrong(got=got, where=f"line {own[-1].lineno} of your cell: {own[-1].line}")
        return Wrong(got=got, expected=f"it can be called as {self._signature}", where=_form(self))


def _listed(arguments: tuple, options: Mapping[str, Any]) -> str:
    """The arguments of a call for a sentence; a tensor by its shape, dtype and device."""

    def shown(value: Any) -> str:
        if isinstance(value, list | tuple) and any(isinstance(item, Tensor) for item in value):
            return f"[{', '.join(map(shown, value))}]"
        if not isinstance(value, Tensor):
            return repr(value)
        return f"tensor of shape {tuple(value.shape)}, {value.dtype}, on {value.device}"

    named = [f"{name}={shown(value)}" for name, value in options.items()]
    return ", ".join([*map(shown, arguments), *named])


def _form(answer: LocalAnswer) -> str:
    """What the student's object accepts, where Python can tell."""
    try:
        return f"yours is {answer._name}{inspect.signature(answer._answer)}"
    except (TypeError, ValueError):
        return ""
