"""Jupyter's messages: written and signed on the way in, disbelieved on the way out.

Signatures are not checked, for a student has the key. Source: the documentation of jupyter_client,
"Messaging in Jupyter".
"""

import json
import math
from dataclasses import dataclass
from typing import Any

from jupyter_client.session import Session as Writer

from helpers.judge.wire import Broken

DELIMITER = b"<IDS|MSG>"
HEADER_BYTES = 1 << 16
CONTENT_BYTES = 4 << 20
MOST_DEPTH = 20


@dataclass(frozen=True)
class Message:
    """What came: its kind, the id of the request that it answers, content and raw buffers.

    `content` is None where it was too long to be read.
    """

    kind: str
    request: str
    content: dict[str, Any] | None
    buffers: list[bytes]


def written(writer: Writer, kind: str, content: dict, buffers: list[bytes]) -> tuple[str, list]:
    """The id of a request, and its parts."""
    message = writer.msg(kind, content)
    return message["header"]["msg_id"], [*writer.serialize(message), *buffers]


def read(parts: list[bytes]) -> Message:
    """A message from its parts.

    Raises: Broken where they are not one.
    """
    try:
        _, header, parent, _, content, *buffers = parts[parts.index(DELIMITER) + 1 :]
        if max(len(header), len(parent)) > HEADER_BYTES:
            raise ValueError("a long header")
        kind, request = plain(header)["msg_type"], plain(parent).get("msg_id", "")
        body = plain(content) if len(content) <= CONTENT_BYTES else None
        return Message(str(kind), str(request), body, buffers)
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        raise Broken("sent what is not a message of a kernel") from None


def plain(part: bytes) -> dict[str, Any]:
    """A JSON object that can be written again: finite numbers, no half characters, not deep."""
    value = json.loads(part.decode("utf-8", "replace"), parse_constant=refuse)
    return dict(cleaned(value, MOST_DEPTH).items())


def cleaned(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is not finite")
    if isinstance(value, dict | list) and not depth:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        return {cleaned(k, 1): cleaned(v, depth - 1) for k, v in value.items()}
    if isinstance(value, list):
        return [cleaned(item, depth - 1) for item in value]
    return value


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
