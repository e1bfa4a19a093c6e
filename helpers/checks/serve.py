"""A student's answer as a server: one request in, one reply out, both bytes (helpers.checks.wire).

Runs beside the answer, in the student's own kernel. Whatever happens here is only what the student
says; whoever asked compares it with what is right.
"""

from dataclasses import asdict
from typing import Any

from helpers.checks import wire
from helpers.checks.failure import Wrong
from helpers.checks.local import LocalAnswer
from helpers.checks.local_network import LocalNetwork

_networks: dict[int, LocalNetwork] = {}  # of the answer that was asked last
KEPT = 4


def reply(request: bytes | memoryview, namespace: dict[str, Any], name: str) -> bytes:
    """{"value": ...}, or {"wrong": its lines} where the answer fails.

    Args:
        namespace, name: where the answer stands, and under what name.
        request: {"do", "signature", "network", "arguments", "options", "forget"}; `do` is the name
            of a method of the protocol, `network` the number of a built one, or None, and `forget`
            the numbers of those that nobody will ask again.
    """
    asked = wire.decode(request)
    try:
        if name not in namespace:
            raise absent(name)
        value = _done(LocalAnswer(namespace[name], asked["signature"]), asked)
    except Wrong as wrong:
        return wire.encode({"wrong": wrong.lines})
    return wire.encode({"value": value})


def absent(name: str) -> Wrong:
    return Wrong(
        got=f"there is no {name}",
        cause="its cell is empty, or stopped at an error: run the notebook from top to bottom",
    )


def _done(answer: LocalAnswer, asked: dict) -> Any:
    for number in asked["forget"]:
        _networks.pop(number, None)
    owner = answer if asked["network"] is None else _networks[asked["network"]]
    value = getattr(owner, asked["do"])(*asked["arguments"], **asked["options"])
    if asked["do"] == "build":
        return _keep(value)
    return asdict(value) if asked["do"] == "run" else value


def _keep(network: LocalNetwork) -> int:
    number = max(_networks, default=0) + 1
    _networks[number] = network
    _networks.pop(number - KEPT, None)
    return number
