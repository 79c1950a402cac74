"""Codelengths of objects, of one behind another, and of one given another."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from complexity.code import Code, domain_of, resolve
from complexity.distances.continuing import continued
from complexity.serialise import to_bytes

__all__ = [
    "bits",
    "check_joins",
    "conditional_bits",
    "joined",
    "joint_bits",
    "prepared",
    "serialised",
    "takes_bytes",
    "takes_given",
]


def takes_bytes(code: Any) -> bool:
    """Whether the code is one of byte strings, as codes that are not registered are taken to be."""
    return domain_of(code) in ("bytes", "")


def prepared(argument: str, x: Any, code: Any) -> Any:
    """The object as the code takes it: bytes for codes of byte strings, else `x` itself.

    Raises:
        TypeError: a code of byte strings was given something `complexity.to_bytes` does not take.
    """
    return serialised(argument, x) if takes_bytes(code) else x


def serialised(argument: str, x: Any) -> bytes:
    """The object as bytes.

    Raises:
        TypeError: `complexity.to_bytes` does not take it.
    """
    try:
        return to_bytes(x)
    except TypeError as error:
        raise TypeError(str(error).replace("x:", f"{argument}:", 1)) from None


def joined(x: Any, y: Any) -> Any:
    """`x` and then `y`: bytes, texts and sequences concatenated, arrays item by item.

    Raises:
        TypeError: the two are of different types.
    """
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and x.dtype == y.dtype:
        return np.concatenate((x.ravel(), y.ravel()))
    if type(x) is not type(y) or isinstance(x, np.ndarray):
        raise TypeError(
            f"objects: got {type(x).__name__} and {type(y).__name__}, accepted are two of one "
            "type (arrays of one dtype)"
        )
    return x + y


def check_joins(x: Any, y: Any) -> None:
    """Check that `y` can stand behind `x`, before any work.

    Raises:
        TypeError: it cannot.
    """
    for z in (x, y):
        if not isinstance(z, Sequence | np.ndarray):
            raise TypeError(
                f"objects: got {type(z).__name__}, accepted are bytes, texts, sequences and "
                "arrays: what can stand behind another"
            )
    joined(*(z.ravel()[:0] if isinstance(z, np.ndarray) else z[:0] for z in (x, y)))


def bits(code: Any, x: Any) -> float:
    """Length of the codeword of a prepared object, in bits."""
    return float(code.bits(x))


def joint_bits(code: Any, x: Any, others: Sequence[Any], *, alone: bool = True) -> Iterator[float]:
    """Lengths C(xy) in bits for every y of `others`, in their order.

    Where it is faster, x is read once and the code goes on from its state (`continuing.py`), which
    gives the length of the concatenation to the bit; `alone` says that no other thread does so.
    """
    if not isinstance(x, bytes):
        for y in others:
            check_joins(x, y)
    lengths = continued(code, x, others, alone=alone)
    return (bits(code, joined(x, y)) for y in others) if lengths is None else lengths


def takes_given(code: Any) -> bool:
    """Whether the code has `bits(y, given=x)`."""
    try:
        return "given" in inspect.signature(code.bits).parameters
    except (TypeError, ValueError):
        return False


def conditional_bits(y: Any, given: Any, code: str | Code = "xz") -> float:
    """C(y|x): bits that `y` takes when `given` is known.

    Codes that offer `bits(y, given=x)` are asked; for the others it is the chain rule
    C(xy) - C(x), which a code that does not see all of x makes too long.

    Args:
        y: the object to describe.
        given: the object that is known.
        code: a code or its spec.

    Returns:
        Bits; an estimate where the chain rule stands in, and then not necessarily positive.

    Raises:
        TypeError: the objects are not of the code's domain.
        ValueError: the code is unknown.

    References:
        M. Li and P. Vitanyi, An Introduction to Kolmogorov Complexity and Its Applications, 2019,
        section 3.8 (symmetry of information).
    """
    chosen = resolve(code)
    y, given = prepared("y", y, chosen), prepared("given", given, chosen)
    if takes_given(chosen):
        return float(chosen.bits(y, given=given))
    return next(joint_bits(chosen, given, [y])) - bits(chosen, given)
