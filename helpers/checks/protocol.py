"""All that a check may do with a student's answer.

Checks never touch the student's object: they hand over and get back numbers, tensors and lists of
them. So the object may live in the same process (`helpers.checks.local`) or in another one.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor


@dataclass(frozen=True)
class Foreign:
    """Stands for a value of another process that is not plain; `kind` says in words what it is."""

    kind: str


@dataclass
class Layer:
    """What one layer with parameters did in one forward pass.

    `kind` is its class name, `parameters` the shapes, the weight before the bias. A sketch is a few
    numbers that stand for a tensor (`sketch` in helpers.checks.compare).
    """

    kind: str
    parameters: list[list[int]]
    input_shape: list[int]
    input_sketch: list[float]
    input_minimum: float
    output_shape: list[int] = field(default_factory=list)
    output_sketch: list[float] = field(default_factory=list)


@dataclass
class Pass:
    """One forward pass: what came out, and the layers with parameters in the order they ran.

    `error` is a sentence where the pass broke off, and `output` is then None. The layers serve
    explanations; a verdict rests on outputs.
    """

    output: Any
    layers: list[Layer]
    error: str = ""


class Network(Protocol):
    """A network that the student's class built."""

    def run(self, images: Tensor, *, training: bool = False) -> Pass:
        """One forward pass; each call of a part that looks at outputs comes here."""

    def set(self, images: Tensor, values: list[Tensor]) -> None:
        """Give the parameters these values, layer by layer in the order in which they run."""

    def gradients(self, images: Tensor, direction: Tensor) -> list[list[float]]:
        """Sketches of the gradients of (output * direction).sum(), ordered as for `set`."""

    def idle(self, images: Tensor) -> list[str]:
        """Names of the parameters that no layer of a forward pass owns."""


class Answer(Protocol):
    """What the student handed in."""

    def call(self, *arguments: Any) -> Any:
        """Call it with copies of the arguments; what it returns. Raises Wrong where it fails."""

    def arguments_after(self, *arguments: Any) -> list[Any]:
        """The arguments as they are after a call: a function that alters its input shows here."""

    def gradient(self, direction: Tensor, x: Tensor, *rest: Any) -> Tensor:
        """The gradient of (answer(x, *rest) * direction).sum() with respect to x."""

    def on_meta(self, x: Tensor, *rest: Any) -> str:
        """The device on which the result lies when x lies on torch's `meta` device."""

    def build(self, *arguments: Any, meta: bool = False, **options: Any) -> Network:
        """Build a network; with `meta` its parameters have shapes and no memory."""
