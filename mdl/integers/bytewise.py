"""LEB128, the varint of file formats, as a code of integers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from complexity import _leb128, _prefix
from complexity.code import DecodeError
from complexity.errors import shown
from mdl.integers._base import MappedCode

__all__ = ["Leb128"]

_LIMIT = 1 << 70


@dataclass(frozen=True)
class Leb128(MappedCode):
    """7 bits to a byte, the lowest first, the top bit meaning "more": 8 bits per 7, whole bytes.

    The code that heads most codewords of this toolkit. Its Kraft sum is below 1, as no codeword
    longer than a byte ends in a zero byte.

    Args:
        integers: "natural" (n >= 0), "positive" (n - 1 is coded) or "signed"; 70 bits at most.

    Raises:
        ValueError: `integers` is none of those.

    Example:
        >>> Leb128().encode(300).hex()
        'ac02'
    """

    integers: str = field(default="natural", kw_only=True)
    family: ClassVar[str] = "leb128"
    kernel: ClassVar[int] = 7

    def rank(self, x: int) -> int:
        """The place of `x`, from 1."""
        rank = super().rank(x)
        if rank > _LIMIT:
            raise ValueError(
                f"x: got {shown(self.unrank(rank))}, accepted are integers of at most 70 bits"
            )
        return rank

    def write(self, rank: int) -> str:
        """The codeword of a rank."""
        return _prefix.unpacked(_leb128.write(rank - 1))

    def read(self, code: str, at: int) -> tuple[int, int]:
        """A rank and the place behind it."""
        number, shift = 0, 0
        while True:
            byte, at = _prefix.read_bits(code, at, 8)
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if shift >= 70:
                raise DecodeError("damaged: an integer is longer than 10 bytes")
        if shift and not byte:
            raise DecodeError("damaged: an integer is not in its shortest form")
        return number + 1, at

    def _length(self, rank: int) -> float:
        return 8 * max(-(-(rank - 1).bit_length() // 7), 1)
