"""Values travel whole; bytes that anyone may have written never break the reader."""

import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.checks import wire
from helpers.checks.protocol import Foreign

PLAIN = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text()
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=12,
)


@settings(deadline=None)
@given(VALUES)
def test_plain_values_come_back_as_they_were(value):
    assert repr(wire.decode(wire.encode(value))) == repr(value)


@pytest.mark.parametrize("dtype", wire.DTYPES.values(), ids=str)
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 3)])
def test_tensors_come_back_bit_by_bit(dtype, shape):
    value = (torch.arange(6).reshape(2, 3) if shape == (2, 3) else torch.ones(shape)).to(dtype)
    (back,) = wire.decode(wire.encode([value.requires_grad_(dtype.is_floating_point)]))
    assert back.dtype == dtype
    assert torch.equal(back, value)


def test_a_tensor_without_memory_travels_as_its_shape():
    back = wire.decode(wire.encode(torch.empty(1000, 1000, 1000, device="meta")))
    assert (back.device.type, back.shape) == ("meta", (1000, 1000, 1000))


def test_what_cannot_travel_is_described():
    assert wire.decode(wire.encode({1, 2})) == Foreign("a value of type set")
    assert wire.decode(wire.encode(torch.ones(2, dtype=torch.complex64))).kind.endswith("Tensor")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_unreadable(data):
    with pytest.raises(wire.Unreadable):
        wire.decode(data + b"\xff")


def written(text: str, rest: bytes = b"") -> bytes:
    return len(text).to_bytes(8, "big") + text.encode() + rest


@pytest.mark.parametrize(
    "data",
    [
        written("[" * 100_000),
        written('{"list": ' * 50_000),
        written('{"tensor": ["float64", [1000000000, 1000000000]]}', bytes(80)),
        written('{"tensor": ["float64", [-1]]}'),
        written('{"tensor": ["object", [1]]}', bytes(8)),
        written('{"tensor": ["float32", [true]]}', bytes(4)),
        written('{"tensor": [["float32"], [1]]}', bytes(4)),
        written('{"meta": ["float32", ' + json.dumps([1] * 100) + "]}"),
        written('{"pickle": "gASVAAAA"}'),
        written('{"list": 5}'),
        written('{"dict": [1]}'),
        written("9" * 5000),
        written("null", b"more"),
    ],
)
def test_a_forged_value_is_unreadable(data):
    with pytest.raises(wire.Unreadable):
        wire.decode(data)
