"""The adaptive binary coder of quantised weights as a codec of 1-D arrays of integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128
from complexity._bytecodec import _as_bytes
from complexity.code import DecodeError, Kind
from complexity.errors import as_array
from mdl.weights.codec.stream import Reader, Statistics, Writer, measure

__all__ = ["Cabac"]

_MAX_ITEMS = 1 << 24


@dataclass(frozen=True)
class Cabac:
    """Context-adaptive binary arithmetic coding of integers, good for many near 0.

    Each integer is a row of decisions (zero, sign, magnitude above 1, 2, ..., the excess by
    exponential Golomb) with adaptive probabilities, mixed from contexts of the two magnitudes
    before. Where these tell nothing, in arrays of more than 8192, it is coded at once by counts of
    those before, which is several times as fast. No model is sent. The codeword is the number of
    integers as LEB128 and the shortest bytes that stay in the coder's last interval, at most 10
    bits over the ideal length. There is no checksum: damage may decode to other integers.

    References:
        D. Marpe, H. Schwarz and T. Wiegand, Context-based adaptive binary arithmetic coding in the
            H.264/AVC video compression standard, IEEE TCSVT 2003 (binarisation, contexts).
        S. Wiedemann et al., DeepCABAC: a universal compression algorithm for deep neural networks,
            IEEE JSTSP 2020 (of quantised weights).
        M. Mahoney, Adaptive weighing of context models for lossless data compression, 2005 (the
            logistic mixture).

    Example:
        >>> code = Cabac()
        >>> code.decode(code.encode([0, 0, -1, 0, 2, 0, 0, 300])).tolist()
        [0, 0, -1, 0, 2, 0, 0, 300]
    """

    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float] = 10.0
    name: ClassVar[str] = "cabac"

    def bits(self, x: Sequence[int] | NDArray[Any]) -> float:
        """The ideal codelength of `x` in bits, its length included.

        Args:
            x: (n,) integers of at most 2^63 - 1 in magnitude.

        Raises:
            TypeError: `x` is no array or sequence of integers.
            ValueError: it is not 1-D, too long, or an item is out of range.
        """
        items = _items(x)
        return 8.0 * len(_leb128.write(items.size)) + measure(items, Statistics())

    def encode(self, x: Sequence[int] | NDArray[Any]) -> bytes:
        """The codeword of `x`.

        Raises:
            TypeError, ValueError: as `bits`.
        """
        items, writer = _items(x), Writer()
        writer.integers(items, Statistics())
        return _leb128.write(items.size) + writer.finish()

    def decode(self, blob: bytes) -> NDArray[np.int64]:
        """The array (n,) int64 whose codeword `blob` is.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        data = _as_bytes("blob", blob)
        count, start = _leb128.read(data, 0, "the length")
        if count > _MAX_ITEMS:
            raise DecodeError(f"damaged: {count} integers, of at most {_MAX_ITEMS}")
        reader = Reader(data[start:])
        items = reader.integers(count, Statistics())
        reader.finish()
        return items


def _items(x: Any) -> NDArray[np.int64]:
    accepted = "accepted is a sequence or array (n,) of integers"
    if isinstance(x, str | bytes | bytearray | memoryview):
        raise TypeError(f"x: got {type(x).__name__}, {accepted}")
    array = as_array("x", x, accepted)
    array = array if array.size else array.astype(np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(f"x: got items of type {array.dtype}, {accepted} of 64 bits")
    if array.ndim != 1 or array.size > _MAX_ITEMS:
        raise ValueError(
            f"x: got an array of shape {array.shape}, {accepted}, n at most {_MAX_ITEMS}"
        )
    if array.size and (int(array.max()) > 2**63 - 1 or int(array.min()) < -(2**63) + 1):
        raise ValueError(
            f"x: got items from {array.min()} to {array.max()}, accepted are at most 2^63 - 1 in "
            "magnitude"
        )
    return array.astype(np.int64)
