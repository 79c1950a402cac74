"""A code of arrays of integers: their number, then one codeword behind another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity import _prefix
from complexity._bytecodec import _as_bytes
from complexity.code import DecodeError, Kind, resolve
from complexity.errors import as_array
from mdl.integers import _kernels
from mdl.integers._base import IntegerCode

__all__ = ["MAX_ITEMS", "IntegerArray"]

MAX_ITEMS = 1 << 27
"""The longest array."""

_MAX_BITS = 1 << 33  # of a codeword: 1 GiB
_MOST = {"positive": 2**63 - 1, "natural": 2**63 - 2, "signed": 2**62 - 1}
_WRONG = {
    _kernels.TRUNCATED: "truncated: it ends inside an integer",
    _kernels.MALFORMED: "damaged: an integer is out of range or not in its shortest form",
}


@dataclass(frozen=True)
class IntegerArray:
    """1-D arrays of integers: Elias delta of n + 1, then every integer in a given code.

    Nothing is padded but the last byte. The empty array takes 1 bit. Decoding gives an array (n,)
    of int64. The codes of this package are compiled, `log-star` and ranges of more than 2^62
    integers excepted.

    Args:
        code: a registered code of integers, or its spec; no range of one integer.

    Raises:
        TypeError: the code is neither.
        ValueError: it is no code of integers, or one whose codewords take no bits.

    Example:
        >>> code = IntegerArray("rice:2")
        >>> code.bits([3, 0, 9]), code.decode(code.encode([3, 0, 9])).tolist()
        (16.0, [3, 0, 9])
    """

    code: Any = "elias-delta"
    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float] = 7.0

    def __post_init__(self) -> None:
        inner = resolve(self.code)
        if not isinstance(inner, IntegerCode):
            raise ValueError(f"code: got {inner.name!r}, accepted is a code of integers")
        if inner.family == "truncated-binary" and inner.parameter == 1:
            raise ValueError(f"code: got {inner.name!r}, accepted is a range of 2 integers or more")
        object.__setattr__(self, "code", inner)

    @property
    def name(self) -> str:
        """The canonical spec, such as "integers(rice:k=2)"."""
        return f"integers({self.code.name})"

    def bits(self, x: Sequence[int] | NDArray[Any]) -> float:
        """Length of the codeword of `x` in bits, without the padding to whole bytes.

        It is what is written: with `log-star`, whose codewords are whole bits, more than the ideal.

        Args:
            x: (n,) integers.

        Raises:
            TypeError: `x` is no array or sequence of integers.
            ValueError: it is not 1-D, too long, or the code has no codeword for an item.
        """
        items = self._items(x)
        head = len(_prefix.delta(items.size + 1))
        if self._compiled:
            return head + float(self._lengths(items).sum())
        return head + float(sum(len(self.code.codeword(item)) for item in items.tolist()))

    def encode(self, x: Sequence[int] | NDArray[Any]) -> bytes:
        """The codeword of `x`.

        Args:
            x: (n,) integers.

        Raises:
            TypeError, ValueError: as `bits`; or the codeword takes more than 1 GiB.
        """
        items = self._items(x)
        head = _prefix.delta(items.size + 1)
        if not self._compiled:
            return _prefix.packed(head + "".join(map(self.code.codeword, items.tolist())))
        bits = len(head) + float(self._lengths(items).sum())
        if bits > _MAX_BITS:
            raise ValueError(
                f"x: got items that take {bits:.3g} bits in the code {self.code.name}, accepted "
                f"are at most {_MAX_BITS}; consider elias-delta or a greater parameter"
            )
        out = np.zeros(-(-int(bits) // 8), np.uint8)
        _kernels.write(self._ranks(items), self.code.kernel, self.code.parameter, out)
        return out.tobytes()

    def decode(self, blob: bytes) -> NDArray[np.int64]:
        """The array (n,) whose codeword `blob` is. Nearly every damage decodes to another array.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        data = _as_bytes("blob", blob)
        coded = np.frombuffer(data, np.uint8)
        count, at = _kernels.read_count(coded)
        if count < 0:
            raise DecodeError(_WRONG[count])
        if count > 8 * coded.size - at or count > MAX_ITEMS:  # an integer takes a bit or more
            raise DecodeError(f"truncated or damaged: {len(data)} bytes hold no {count} integers")
        if not self._compiled:
            return self._read(_prefix.unpacked(data), int(at), count)
        ranks = np.empty(count, np.int64)
        end = _kernels.read(coded, at, self.code.kernel, self.code.parameter, ranks)
        if end < 0:
            raise DecodeError(_WRONG[end])
        padding = 8 * coded.size - end
        if padding >= 8 or (padding and data[-1] & ((1 << padding) - 1)):
            raise DecodeError("damaged: bits follow the last integer")
        return self._unranked(ranks)

    @property
    def _compiled(self) -> bool:
        low, high = getattr(self.code, "low", 0), getattr(self.code, "high", 0)
        return self.code.kernel >= 0 and high - low < 1 << 62 and -(2**63) <= low <= high < 2**63

    def _items(self, x: Any) -> NDArray[np.int64]:
        accepted = "accepted is a sequence or array (n,) of integers"
        if isinstance(x, str | bytes | bytearray | memoryview):
            raise TypeError(f"x: got {type(x).__name__}, {accepted}")
        array = as_array("x", x, accepted)
        array = array if array.size else array.astype(np.int64)
        if array.dtype.kind not in "iu":
            raise TypeError(f"x: got items of type {array.dtype}, {accepted} of 64 bits")
        if array.ndim != 1:
            raise ValueError(f"x: got an array of shape {array.shape}, {accepted}")
        if array.size > MAX_ITEMS:
            raise ValueError(f"x: got {array.size} items, accepted are at most {MAX_ITEMS}")
        if array.size:
            low, high = self._range()
            least, greatest = int(array.min()), int(array.max())
            if least < low or greatest > high:
                raise ValueError(
                    f"x: got items from {least} to {greatest}, accepted by the code "
                    f"{self.code.name} are integers from {low} to {high}"
                )
        return array.astype(np.int64)

    def _range(self) -> tuple[int, int]:
        if not hasattr(self.code, "integers"):
            return max(self.code.low, -(2**63)), min(self.code.high, 2**63 - 1)
        most = _MOST[self.code.integers]
        return {"positive": 1, "natural": 0, "signed": -most}[self.code.integers], most

    def _lengths(self, items: NDArray[np.int64]) -> NDArray[np.float64]:
        lengths = np.empty(items.size, np.int64)
        _kernels.lengths(self._ranks(items), self.code.kernel, self.code.parameter, lengths)
        return lengths.astype(np.float64)  # unary lengths may add up to more than an int64 holds

    def _ranks(self, items: NDArray[np.int64]) -> NDArray[np.int64]:
        if not hasattr(self.code, "integers"):
            return items - self.code.low + 1
        if self.code.integers == "signed":
            return np.where(items >= 0, 2 * items + 1, -2 * items)
        return items + (self.code.integers == "natural")

    def _unranked(self, ranks: NDArray[np.int64]) -> NDArray[np.int64]:
        if not hasattr(self.code, "integers"):
            return ranks - 1 + self.code.low
        if self.code.integers == "signed":
            return np.where(ranks % 2 == 1, ranks // 2, -(ranks // 2))
        return ranks - (self.code.integers == "natural")

    def _read(self, code: str, at: int, count: int) -> NDArray[np.int64]:
        items = []
        low, high = self._range()
        for _ in range(count):
            rank, at = self.code.read(code, at)
            items.append(self.code.unrank(rank))
            if not low <= items[-1] <= high:
                raise DecodeError("damaged: an integer is beyond 64 bits")
        _prefix.check_padding(code, at)
        return np.array(items, np.int64)
