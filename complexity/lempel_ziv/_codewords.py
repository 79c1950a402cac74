"""What the decoders of Lempel-Ziv codewords share: check all of a codeword, then make its bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from complexity.code import DecodeError
from complexity.lempel_ziv import _kernels

__all__ = ["decoded"]

_WRONG = {
    _kernels.TRUNCATED: "truncated: the codeword does not end",
    _kernels.MALFORMED: "damaged: a number in the codeword is out of its range",
    _kernels.TRAILING: "damaged: bytes follow the end of the codeword",
}


def decoded(read: Callable[..., Any], blob: bytes) -> bytes:
    """The bytes of a codeword; nothing is allocated for them before all of it is checked.

    Raises:
        DecodeError: it is truncated, followed by other bytes, or visibly damaged.
    """
    coded = np.frombuffer(blob, np.uint8)
    length = int(read(coded, np.empty(0, np.uint8)))
    if length < 0:
        raise DecodeError(_WRONG[length])
    out = np.empty(length, np.uint8)
    if length:
        read(coded, out)
    return out.tobytes()
