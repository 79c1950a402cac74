"""What every code of integers does: number what it takes from 1 on, write it, insist on an end."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from typing import ClassVar

from complexity import _prefix
from complexity._bytecodec import _as_bytes
from complexity._spec import canonical_name
from complexity.bitstrings import MAX_BITS
from complexity.code import Kind
from complexity.errors import integer, one_of, shown

__all__ = ["MAPS", "IntegerCode", "MappedCode", "whole"]

MAPS = ("positive", "natural", "signed")
"""Which integers a code takes: n >= 1; n >= 0, coded as n + 1; all, 0, -1, 1, -2, ... as 1 on."""


@dataclass(frozen=True)
class IntegerCode(ABC):
    """A prefix code of integers, without a bound on their size unless it says so.

    `bits` is the exact number of bits of a codeword unless the code says so; zeros to the byte's
    end are less than 8 more. Fields of a subclass are its parameters, all with defaults; `family`
    is its registered name. A subclass writes and reads *ranks*, integers from 1 on.
    """

    family: ClassVar[str]
    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float] = 7.0
    kernel: ClassVar[int] = -1
    """The number of the code in `_kernels`, -1 if it has none."""

    @property
    def name(self) -> str:
        """The canonical spec, such as "rice:k=2"."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return canonical_name(self.family, values, {f.name: f.default for f in fields(self)})  # type: ignore[misc]

    def bits(self, x: int) -> float:
        """Length of the codeword of `x` in bits, without the padding to whole bytes.

        Raises:
            TypeError: `x` is no integer.
            ValueError: the code has no codeword for it, or one of more bits than a float holds.
        """
        rank = self.rank(x)
        try:
            return float(self._length(rank))
        except OverflowError:
            raise ValueError(
                f"x: got {shown(self.unrank(rank))}, which takes 2^1024 bits or more in the code "
                f"{self.name}; consider elias-delta"
            ) from None

    def codeword(self, x: int) -> str:
        """The codeword of `x` as a string of '0' and '1'.

        Raises:
            TypeError: `x` is no integer.
            ValueError: the code has no codeword for it, or one of more than 2**27 bits.
        """
        rank = self.rank(x)
        length = self._length(rank)
        if length > MAX_BITS:
            raise ValueError(
                f"x: got {shown(self.unrank(rank))}, whose bits in the code {self.name} are "
                f"{shown(round(length))}, accepted are at most {MAX_BITS}; consider elias-delta"
            )
        return self.write(rank)

    def encode(self, x: int) -> bytes:
        """The codeword of `x`, with zeros to the byte's end.

        Raises:
            TypeError: `x` is no integer.
            ValueError: the code has no codeword for it, or one of more than 2**27 bits.
        """
        return _prefix.packed(self.codeword(x))

    def decode(self, blob: bytes) -> int:
        """The integer whose codeword `blob` is. Nearly every damage decodes to another integer.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        code = _prefix.unpacked(_as_bytes("blob", blob))
        rank, at = self.read(code, 0)
        _prefix.check_padding(code, at)
        return self.unrank(rank)

    @property
    def parameter(self) -> int:
        """What the kernel needs besides its number."""
        return 0

    @abstractmethod
    def rank(self, x: int) -> int:
        """The place of `x`, from 1, among the integers that the code takes."""

    @abstractmethod
    def unrank(self, rank: int) -> int:
        """The integer at that place."""

    @abstractmethod
    def write(self, rank: int) -> str:
        """The codeword of a rank."""

    @abstractmethod
    def read(self, code: str, at: int) -> tuple[int, int]:
        """The rank whose codeword is at place `at` of the bits, and the place behind it.

        Raises:
            DecodeError: there is none.
        """

    @abstractmethod
    def _length(self, rank: int) -> float: ...


@dataclass(frozen=True)
class MappedCode(IntegerCode):
    """A code of the positive, of the natural or of all integers."""

    integers: str = field(default="positive", kw_only=True)

    def __post_init__(self) -> None:
        one_of("integers", self.integers, MAPS)

    def rank(self, x: int) -> int:
        """The place of `x`, from 1."""
        if self.integers == "signed":
            number = whole("x", x)
            return 2 * number + 1 if number >= 0 else -2 * number
        if self.integers == "natural":
            return integer("x", x, 0) + 1
        return integer("x", x, 1)

    def unrank(self, rank: int) -> int:
        """The integer at that place."""
        if self.integers == "signed":
            return rank // 2 if rank % 2 else -(rank // 2)
        return rank - (self.integers == "natural")


def whole(argument: str, value: object) -> int:
    """`value` as an int of any sign.

    Raises:
        TypeError: it is not an integer (bool is not one here).
    """
    try:
        if not isinstance(value, bool):
            return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        pass
    raise TypeError(f"{argument}: got {value!r}, accepted is an integer")
