"""Plain values as bytes and back: how a judge and a student's kernel talk.

Numbers, strings, None, lists, tuples, dictionaries with string keys and tensors; nothing that could
run code. Eight bytes hold the length of a JSON text; the numbers of the tensors follow it, raw.
"""

import json
import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from helpers.checks.compare import kind_of
from helpers.checks.protocol import Foreign

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        *(torch.float64, torch.float32, torch.float16, torch.bfloat16),
        *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    )
}
PLAIN = (bool, int, float, str, type(None))
AXES = 16  # a tensor has no more


class Unreadable(ValueError):
    """Bytes that are no value; the text says what is wrong with them."""


def encode(value: Any) -> bytes:
    """The value as bytes. What cannot travel becomes Foreign."""
    buffers: list[memoryview] = []
    text = json.dumps(_packed(value, buffers)).encode()
    return b"".join([len(text).to_bytes(8, "big"), text, *buffers])


def _packed(value: Any, buffers: list[memoryview]) -> Any:
    if type(value) in PLAIN:
        return value
    if isinstance(value, np.generic) and type(value.item()) in PLAIN:
        return _packed(value.item(), buffers)
    if isinstance(value, Tensor) and str(value.dtype).removeprefix("torch.") in DTYPES:
        return _packed_tensor(value, buffers)
    if type(value) in (list, tuple):
        return {type(value).__name__: [_packed(item, buffers) for item in value]}
    if type(value) is dict and all(type(key) is str for key in value):
        return {"dict": [[key, _packed(item, buffers)] for key, item in value.items()]}
    return {"foreign": value.kind if isinstance(value, Foreign) else kind_of(value)}


def _packed_tensor(value: Tensor, buffers: list[memoryview]) -> dict:
    shape, dtype = list(value.shape), str(value.dtype).removeprefix("torch.")
    if value.is_meta:
        return {"meta": [dtype, shape]}
    flat = value.detach().cpu().contiguous().flatten()
    buffers.append(memoryview(flat.view(torch.uint8).numpy()))
    return {"tensor": [dtype, shape]}


def decode(data: bytes | memoryview) -> Any:
    """The value of bytes that anyone may have written.

    Raises:
        Unreadable: it is not what `encode` gives: a length that does not fit, an unknown dtype, a
            shape with more numbers than came, lists nested too deep.
    """
    try:
        length = int.from_bytes(data[:8], "big")
        if length > len(data) - 8:
            raise Unreadable("the text is shorter than announced")
        reader = _Reader(memoryview(data)[8 + length :])
        value = reader.value(json.loads(bytes(data[8 : 8 + length])))
    except Unreadable:
        raise
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Unreadable(f"not the text of a value ({type(error).__name__})") from None
    if reader.rest:
        raise Unreadable(f"{len(reader.rest)} bytes too many")
    return value


class _Reader:
    """Takes tensors off the buffer in their order."""

    def __init__(self, buffer: memoryview):
        self.rest = buffer

    def value(self, packed: Any) -> Any:
        if isinstance(packed, PLAIN):
            return packed
        if not isinstance(packed, dict) or len(packed) != 1:
            raise Unreadable("an item without its kind")
        ((kind, body),) = packed.items()
        if kind == "list":
            return [self.value(item) for item in body]
        if kind == "tuple":
            return tuple(self.value(item) for item in body)
        if kind == "dict":
            return {str(key): self.value(item) for key, item in body}
        if kind == "foreign":
            return Foreign(str(body)[:200])
        if kind in ("tensor", "meta"):
            return self._tensor(*body, meta=kind == "meta")
        raise Unreadable(f"an item of unknown kind {kind[:20]!r}")

    def _tensor(self, dtype: str, shape: list[int], meta: bool) -> Tensor:
        if dtype not in DTYPES:
            raise Unreadable(f"unknown dtype {dtype[:20]!r}")
        if len(shape) > AXES or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
            raise Unreadable("a shape that no tensor has")
        if meta:
            return torch.empty(shape, dtype=DTYPES[dtype], device="meta")
        size = math.prod(shape) * DTYPES[dtype].itemsize
        if size > len(self.rest):
            raise Unreadable("fewer numbers than the shape announces")
        taken, self.rest = self.rest[:size], self.rest[size:]
        if not size:
            return torch.empty(shape, dtype=DTYPES[dtype])
        return torch.frombuffer(bytearray(taken), dtype=DTYPES[dtype]).reshape(shape)
