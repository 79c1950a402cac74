"""Bit strings, the domain "bits": what is accepted for one, and the array that stands for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import as_array

__all__ = ["MAX_BITS", "BitsLike", "as_bits"]

MAX_BITS = 1 << 27
"""The longest bit string of the domain: 16 MiB when packed."""

BitsLike = str | Sequence[int] | NDArray[Any]
"""A '0101' string, a sequence of 0 and 1, or an array (n,) of booleans or integers 0 and 1."""


def as_bits(argument: str, x: BitsLike, *, limit: int = MAX_BITS) -> NDArray[np.uint8]:
    """The bits of `x` as an array (n,) of uint8, a new one or `x` itself.

    Args:
        argument: what the caller calls `x`, for the error.
        x: a str of '0' and '1', a sequence of 0 and 1, or an array (n,) of booleans or integers.
        limit: the most bits accepted.

    Raises:
        TypeError: `x` is something else, such as bytes or floats.
        ValueError: it holds other characters or numbers, has other than one dimension, or is
            longer than `limit`.

    Example:
        >>> as_bits("x", "0110")
        array([0, 1, 1, 0], dtype=uint8)
    """
    accepted = "accepted is a str of '0' and '1', or a sequence or array (n,) of 0 and 1"
    if isinstance(x, str):
        try:
            array = np.frombuffer(x.encode("ascii"), np.uint8) - np.uint8(ord("0"))
        except UnicodeEncodeError:
            raise ValueError(f"{argument}: got other characters, {accepted}") from None
    elif isinstance(x, np.ndarray):
        array = as_array(argument, x, accepted)
    elif isinstance(x, Sequence) and not isinstance(x, bytes | bytearray | memoryview):
        array = as_array(argument, x, accepted) if len(x) else np.zeros(0, np.uint8)
    else:
        raise TypeError(
            f"{argument}: got {type(x).__name__}, {accepted}; "
            "for the bits of bytes use np.unpackbits(np.frombuffer(x, np.uint8))"
        )
    if array.dtype.kind not in "biu":
        raise TypeError(f"{argument}: got items of type {array.dtype}, {accepted}")
    if array.ndim != 1:
        raise ValueError(f"{argument}: got an array of shape {array.shape}, {accepted}")
    if array.size > limit:
        raise ValueError(f"{argument}: got {array.size} bits, accepted are at most {limit}")
    if array.size and not 0 <= int(array.min()) <= int(array.max()) <= 1:
        raise ValueError(f"{argument}: got items other than 0 and 1, {accepted}")
    return np.ascontiguousarray(array, np.uint8)
