"""Sequences of symbols as ranks 0, 1, ... in a NumPy array, whatever they came as."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import as_array

__all__ = ["Symbols", "ranks"]

Symbols = bytes | bytearray | memoryview | str | ArrayLike
"""A byte string, a text, or a sequence or 1-D array of booleans or integers."""

_SPAN = 1 << 16  # ranks by table where values span no more than this


def ranks(x: Symbols) -> tuple[NDArray[Any], int]:
    """The symbols of `x` by their rank among the distinct ones.

    Args:
        x: bytes, a str (one symbol per character), or a 1-D array or sequence of bool or int.

    Returns:
        Ranks (n,) as uint8 or int32, contiguous, and the number of distinct symbols.

    Raises:
        TypeError: `x` is none of those.
        ValueError: it has more than one dimension, or 2**30 symbols or more.
    """
    values = _values(x)
    if values.ndim != 1:
        raise ValueError(f"x: got shape {values.shape}, accepted is a 1-D array; use x.ravel()")
    if values.size >= 1 << 30:
        raise ValueError(f"x: got {values.size} symbols, accepted are fewer than 2**30")
    if values.size == 0:
        return np.empty(0, np.uint8), 0
    low, high = int(values.min()), int(values.max())
    if high - low >= _SPAN:
        distinct, inverse = np.unique(values, return_inverse=True)
        return _narrow(inverse, len(distinct)), len(distinct)
    if high - low < 2 and values.dtype == np.uint8:
        return np.ascontiguousarray(values) - np.uint8(low), high - low + 1
    if values.dtype == np.uint8:
        table, size = _table(values, 256)
        return np.frombuffer(values.tobytes().translate(table.tobytes()), np.uint8), size
    if values.dtype.kind == "u" and values.itemsize == 8:
        offsets = (values - np.uint64(low)).astype(np.int64)
    else:
        offsets = values.astype(np.int64) - low
    table, size = _table(offsets, high - low + 1)
    return table[offsets], size


def _table(offsets: NDArray[Any], span: int) -> tuple[NDArray[Any], int]:
    """The rank of every value below `span`, and how many of them occur."""
    rank = np.cumsum(np.bincount(offsets, minlength=span) > 0) - 1
    size = int(rank[-1]) + 1
    return _narrow(np.maximum(rank, 0), size), size


def _narrow(values: NDArray[Any], alphabet_size: int) -> NDArray[Any]:
    return np.ascontiguousarray(values, np.uint8 if alphabet_size <= 256 else np.int32)


def _values(x: Symbols) -> NDArray[Any]:
    if isinstance(x, bytes | bytearray | memoryview):
        return np.frombuffer(bytes(x), np.uint8)  # whose bytes may lie apart in memory
    if isinstance(x, str):
        if x.isascii():
            return np.frombuffer(x.encode("ascii"), np.uint8)
        return np.frombuffer(x.encode("utf-32-le", "surrogatepass"), np.uint32)
    values = as_array("x", x, "accepted is a sequence of symbols")
    if values.dtype == np.bool_:
        return values.view(np.uint8)
    if values.size == 0 and not isinstance(x, np.ndarray) and values.ndim == 1:
        return np.empty(0, np.uint8)
    if values.dtype.kind not in "iu":
        raise TypeError(
            f"x: got {type(x).__name__} of {values.dtype}, accepted is bytes, str, or booleans or "
            "integers; make symbols of real numbers first, with complexity.symbolise"
        )
    return values
