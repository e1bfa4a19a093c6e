"""A student's answer that lives in another process, spoken to by the protocol of the checks."""

from collections.abc import Callable
from typing import Any

from torch import Tensor

from helpers.checks import wire
from helpers.checks.failure import Wrong
from helpers.checks.protocol import Layer, Pass

Ask = Callable[[bytes], bytes]  # one request of helpers.checks.serve, its reply
LINE = 600  # characters of a sentence that the other side may send
LINES = ("asked", "expected", "got", "where")
LAYERS = 10_000


class RemoteAnswer:
    """What the other side says is bounded and of the right type; true it need not be.

    Args:
        ask: sends a request and gives the reply. What it raises passes through.
        signature: as in helpers.checks.exercise.
    """

    def __init__(self, ask: Ask, signature: str):
        self._ask, self._signature = ask, signature
        self._gone: list[int] = []  # networks that take memory on the other side for nothing

    def call(self, *arguments: Any) -> Any:
        return self.request("call", *arguments)

    def arguments_after(self, *arguments: Any) -> list[Any]:
        after = _list(self.request("arguments_after", *arguments))
        if len(after) != len(arguments):
            raise unreadable(f"{len(after)} arguments in place of {len(arguments)}")
        return after

    def gradient(self, direction: Tensor, x: Tensor, *rest: Any) -> Tensor:
        return self.request("gradient", direction, x, *rest)

    def on_meta(self, x: Tensor, *rest: Any) -> str:
        return str(self.request("on_meta", x, *rest))[:LINE]

    def build(self, *arguments: Any, meta: bool = False, **options: Any) -> "RemoteNetwork":
        number = self.request("build", *arguments, meta=meta, **options)
        if type(number) is not int:
            raise unreadable("a network without a number")
        return RemoteNetwork(self, number)

    def forget(self, network: int) -> None:
        """The next request tells the other side."""
        self._gone.append(network)

    def request(self, do: str, *arguments: Any, network: int | None = None, **options: Any) -> Any:
        """What the other side's method gives. Raises Wrong as it does, or where it says nothing."""
        asked = {
            "do": do,
            "signature": self._signature,
            "network": network,
            "arguments": list(arguments),
            "options": options,
            "forget": self._gone,
        }
        self._gone = []
        try:
            said = wire.decode(self._ask(wire.encode(asked)))
        except wire.Unreadable as error:
            raise unreadable(str(error)) from None
        if not isinstance(said, dict) or not said.keys() & {"value", "wrong"}:
            raise unreadable("neither a value nor an error")
        if "wrong" in said:
            raise _wrong(said["wrong"])
        return said["value"]


class RemoteNetwork:
    """A network that the other side keeps under a number."""

    def __init__(self, answer: RemoteAnswer, number: int):
        self._answer, self._number = answer, number

    def __del__(self) -> None:
        self._answer.forget(self._number)

    def run(self, images: Tensor, *, training: bool = False) -> Pass:
        said = self._request("run", images, training=training)
        try:
            layers = [_layer(layer) for layer in said["layers"][:LAYERS]]
            return Pass(said["output"], layers, str(said["error"])[:LINE])
        except (TypeError, KeyError, ValueError) as error:
            raise unreadable(f"a pass through the network, {type(error).__name__}") from None

    def set(self, images: Tensor, values: list[Tensor]) -> None:
        self._request("set", images, values)

    def gradients(self, images: Tensor, direction: Tensor) -> list[list[float]]:
        return [_floats(sketch) for sketch in _list(self._request("gradients", images, direction))]

    def idle(self, images: Tensor) -> list[str]:
        return [str(name)[:LINE] for name in _list(self._request("idle", images))]

    def _request(self, do: str, *arguments: Any, **options: Any) -> Any:
        return self._answer.request(do, *arguments, network=self._number, **options)


class Nonsense(Wrong):
    """The other side says what the course's own code never says."""


def unreadable(what: str) -> Nonsense:
    return Nonsense(
        expected="a reply of the course's own code in your notebook",
        got=f"bytes that say nothing: {what}",
        cause="something in the notebook changes helpers, json or torch itself",
    )


def _wrong(lines: Any) -> Wrong:
    """The other side's sentences, as text of a bounded length."""
    if not isinstance(lines, dict):
        return unreadable("an error without sentences")
    texts = {
        name: str(lines.get(name, ""))[:LINE] for name in ("asked", "expected", "got", "where")
    }
    return Wrong(**texts, cause=str(lines.get("likely cause", ""))[:LINE])


def _layer(said: dict) -> Layer:
    return Layer(
        kind=str(said["kind"])[:LINE],
        parameters=[_whole(shape) for shape in _list(said["parameters"])],
        input_shape=_whole(said["input_shape"]),
        input_sketch=_floats(said["input_sketch"]),
        input_minimum=float(said["input_minimum"]),
        output_shape=_whole(said["output_shape"]),
        output_sketch=_floats(said["output_sketch"]),
    )


def _list(said: Any) -> list:
    if not isinstance(said, list):
        raise unreadable("one value where a list was asked")
    return said


def _floats(said: Any) -> list[float]:
    try:
        return [float(number) for number in _list(said)]
    except (TypeError, ValueError, OverflowError):
        raise unreadable("a list that holds more than numbers") from None


def _whole(said: Any) -> list[int]:
    if not all(type(number) is int and 0 <= number < 2**40 for number in _list(said)):
        raise unreadable("a shape that no tensor has")
    return said
