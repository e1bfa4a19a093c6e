"""Compare what came with what was expected, in words."""

import math
from typing import Any

import torch
from torch import Tensor

from helpers.checks.failure import Wrong
from helpers.checks.protocol import Answer, Foreign

IMAGE_AXES = ("picture", "channel", "row", "column")


def kind_of(value: Any) -> str:
    """What a value is, for a sentence: 'nothing (None)', 'a string', 'a tuple of 2'."""
    if value is None:
        return "nothing (None)"
    if isinstance(value, Foreign):
        return value.kind
    if isinstance(value, type):
        return f"the class {value.__name__}, not an object made from it"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a value of type {type(value).__name__}"


def no_return(value: Any) -> str:
    return "there is no `return`, or it stands where the code does not come by" * (value is None)


def tensor_of(value: Any, shape: tuple[int, ...], asked: str) -> Tensor:
    """The value as float64, once it is a finite tensor of that shape.

    Raises:
        Wrong: it is something else; the message names the first axis that differs.
    """
    wanted = f"a tensor of shape {tuple(shape)}"
    if not isinstance(value, Tensor):
        raise Wrong(asked=asked, expected=wanted, got=kind_of(value), cause=no_return(value))
    if tuple(value.shape) != tuple(shape):
        got = f"a tensor of shape {tuple(value.shape)}"
        raise Wrong(asked=asked, expected=wanted, got=got, where=axis(value.shape, shape))
    if not value.dtype.is_floating_point:
        raise Wrong(asked=asked, expected="floating point numbers", got=f"dtype {value.dtype}")
    value = value.detach().to(torch.float64)
    if not value.isfinite().all():
        bad = int((~value.isfinite()).sum())
        raise Wrong(
            asked=asked,
            expected="finite numbers",
            got=f"{bad} of {value.numel()} are nan or infinite",
            cause="a division by 0, or a power of a negative number",
        )
    return value


def axis(got, expected) -> str:
    """The first axis in which two shapes differ, named where it is a picture's."""
    if len(got) != len(expected):
        return f"{len(got)} axes in place of {len(expected)}"
    first = next(i for i, (a, b) in enumerate(zip(got, expected, strict=True)) if a != b)
    name = f" ({IMAGE_AXES[first]}s)" if len(expected) == 4 else ""
    return f"axis {first}{name} is {got[first]}, not {expected[first]}"


def close(got: Tensor, expected: Any, tolerance: float) -> Tensor:
    """Where two tensors agree, up to tolerance times the largest expected number."""
    expected = torch.as_tensor(expected, dtype=torch.float64)
    scale = max(1e-30, float(expected.abs().max())) if expected.numel() else 1.0
    return (got - expected).abs() <= tolerance * scale


def alike(got: Any, expected: Any, tolerance: float) -> bool:
    """Whether two lists of numbers (or tensors) have one shape and agree everywhere."""
    got = torch.as_tensor(got, dtype=torch.float64)
    if got.shape != torch.as_tensor(expected).shape:
        return False
    return bool(close(got, expected, tolerance).all())


def require_same(
    got: Tensor, expected: Any, tolerance: float, asked: str, causes: dict[str, Any]
) -> None:
    """Raises Wrong where two tensors differ.

    Args:
        causes: sentences, each with the values that this mistake gives.
    """
    same = close(got, expected, tolerance)
    if not same.all():
        cause = next((text for text, values in causes.items() if alike(got, values, tolerance)), "")
        raise Wrong(asked=asked, cause=cause, **first_difference(got, expected, same))


def require_unchanged(answer: Answer, asked: str, **arguments: Any) -> None:
    """Raises Wrong where a call alters one of its arguments, given in their order by name."""
    after = answer.arguments_after(*arguments.values())
    for (name, before), now in zip(arguments.items(), after, strict=True):
        if plain(now) != plain(before):
            raise Wrong(
                asked=asked,
                expected=f"the same {name} after the call",
                got=f"{name} changed",
                cause="an operation in place: pop, sort, append, +=, x[...] =, or a name that "
                "ends in _",
            )


def plain(value: Any) -> Any:
    """Tensors, also inside lists and tuples, as what `==` compares."""
    if isinstance(value, Tensor):
        return [str(value.dtype), value.tolist()]
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value


def first_difference(got: Tensor, expected: Any, same: Tensor) -> dict[str, str]:
    """`expected`, `got` and `where` of the first number that differs, for Wrong."""
    index = tuple(int(i) for i in (~same).nonzero()[0])
    names = IMAGE_AXES if len(index) == 4 else [f"axis {i}" for i in range(len(index))]
    place = ", ".join(f"{name} {i}" for name, i in zip(names, index, strict=True))
    count = f"{int((~same).sum())} of {got.numel()} numbers differ"
    right = float(torch.as_tensor(expected, dtype=torch.float64)[index])
    digits = 6 if f"{right:.6g}" != f"{float(got[index]):.6g}" else 12
    return {
        "expected": f"{right:.{digits}g}",
        "got": f"{float(got[index]):.{digits}g}",
        "where": f"{count}, the first at {place} (counted from 0)",
    }


def sketch(values: Tensor, count: int = 16) -> list[float]:
    """A few numbers that stand for a tensor: mean, spread, and up to `count` spaced entries.

    The step is odd, so that the entries come from many rows and columns.
    """
    flat = values.detach().flatten().to(torch.float64)
    picked = flat[:: math.ceil(len(flat) / count) | 1]
    return [float(flat.mean()), float(flat.std(correction=0)), *picked.tolist()]
