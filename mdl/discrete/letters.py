"""Letters, the domain "letters": integers 0 to K - 1 over an alphabet of known size K."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import as_array

__all__ = ["MAX_LETTERS", "LettersLike", "as_letters"]

MAX_LETTERS = 1 << 20
"""The longest sequence that is encoded; codelengths are computed of any."""

LettersLike = Sequence[int] | NDArray[Any]
"""A sequence of integers 0 to K - 1, or an array (n,) of booleans or such integers."""


def as_letters(
    argument: str, x: LettersLike, alphabet_size: int, *, limit: int | None = None
) -> NDArray[np.int64]:
    """The letters of `x` as an array (n,) of int64.

    Args:
        argument: what the caller calls `x`, for the error.
        x: a sequence or an array (n,) of booleans or integers 0 to `alphabet_size` - 1; what
            becomes an array by itself, as a pandas Series, is one.
        alphabet_size: K.
        limit: the most letters accepted, None for any number.

    Raises:
        TypeError: `x` is something else, such as a str or floats.
        ValueError: a letter is out of range, it has other than one dimension, or it is too long.

    Example:
        >>> as_letters("x", [2, 0, 1], 3)
        array([2, 0, 1])
    """
    accepted = f"accepted is a sequence or an array (n,) of integers 0 to {alphabet_size - 1}"
    if hasattr(x, "__array__") and not isinstance(x, np.generic):
        array = as_array(argument, x, accepted)
    elif isinstance(x, Sequence) and not isinstance(x, str | bytes | bytearray | memoryview):
        array = as_array(argument, x, accepted) if len(x) else np.zeros(0, np.int64)
    else:
        raise TypeError(f"{argument}: got {type(x).__name__}, {accepted}")
    if array.dtype.kind not in "biu":
        raise TypeError(f"{argument}: got items of type {array.dtype}, {accepted}")
    if array.ndim != 1:
        raise ValueError(f"{argument}: got an array of shape {array.shape}, {accepted}")
    if limit is not None and array.size > limit:
        raise ValueError(f"{argument}: got {array.size} letters, accepted are at most {limit}")
    if array.size and not 0 <= int(array.min()) <= int(array.max()) < alphabet_size:
        raise ValueError(
            f"{argument}: got letters from {int(array.min())} to {int(array.max())}, {accepted}"
        )
    return array.astype(np.int64)
