"""The codes of Elias: unary (alpha), gamma, delta and omega.

======  =====================================================  ===================================
code    codeword of n                                          bits
======  =====================================================  ===================================
unary   n - 1 zeros, a one                                     n
gamma   the digits, behind as many zeros less one              2 floor(log2 n) + 1
delta   gamma of the number of digits, the digits but the one  floor(log2 n) + 2 floor(log2(d)) + 1
omega   digits, before them those of their number less one,    d + the digits of d - 1, ... + 1
        and so on to 1; a zero
======  =====================================================  ===================================

d = floor(log2 n) + 1 is the number of binary digits of n. All but unary are universal: for any
decreasing distribution the expected length is within a constant factor of max(1, entropy), and for
delta and omega the factor tends to 1 as the entropy grows.

References:
    P. Elias, Universal codeword sets and representations of the integers, IEEE Trans. Inf. Theory
        21(2), 1975, sections III-V.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from complexity import _prefix
from complexity.code import DecodeError
from mdl.integers._base import MappedCode

__all__ = ["EliasDelta", "EliasGamma", "EliasOmega", "Unary"]


@dataclass(frozen=True)
class Unary(MappedCode):
    """n - 1 zeros and a one: the best code of the geometric distribution with parameter 1/2.

    Args:
        integers: "positive" (n >= 1), "natural" (n >= 0) or "signed".

    Raises:
        ValueError: `integers` is none of those.

    Example:
        >>> Unary().codeword(4)
        '0001'
    """

    family: ClassVar[str] = "unary"
    kernel: ClassVar[int] = 0

    def write(self, rank: int) -> str:
        """The codeword of a rank."""
        return "0" * (rank - 1) + "1"

    def read(self, code: str, at: int) -> tuple[int, int]:
        """A rank and the place behind it."""
        one = code.find("1", at)
        if one < 0:
            raise DecodeError("truncated: it ends inside an integer")
        return one - at + 1, one + 1

    def _length(self, rank: int) -> float:
        return rank


@dataclass(frozen=True)
class EliasGamma(MappedCode):
    """Elias gamma.

    Args:
        integers: "positive" (n >= 1), "natural" (n >= 0) or "signed".

    Raises:
        ValueError: `integers` is none of those.

    Example:
        >>> EliasGamma().codeword(17), EliasGamma(integers="signed").codeword(-1)
        ('000010001', '010')
    """

    family: ClassVar[str] = "elias-gamma"
    kernel: ClassVar[int] = 1

    def write(self, rank: int) -> str:
        """The codeword of a rank."""
        return _prefix.gamma(rank)

    def read(self, code: str, at: int) -> tuple[int, int]:
        """A rank and the place behind it."""
        return _prefix.read_gamma(code, at)

    def _length(self, rank: int) -> float:
        return 2 * rank.bit_length() - 1


@dataclass(frozen=True)
class EliasDelta(MappedCode):
    """Elias delta.

    Args:
        integers: "positive" (n >= 1), "natural" (n >= 0) or "signed".

    Raises:
        ValueError: `integers` is none of those.

    Example:
        >>> EliasDelta().codeword(17), EliasDelta().bits(10**6)
        ('001010001', 28.0)
    """

    family: ClassVar[str] = "elias-delta"
    kernel: ClassVar[int] = 2

    def write(self, rank: int) -> str:
        """The codeword of a rank."""
        return _prefix.delta(rank)

    def read(self, code: str, at: int) -> tuple[int, int]:
        """A rank and the place behind it."""
        return _prefix.read_delta(code, at)

    def _length(self, rank: int) -> float:
        digits = rank.bit_length()
        return digits - 1 + 2 * digits.bit_length() - 1


@dataclass(frozen=True)
class EliasOmega(MappedCode):
    """Elias omega.

    Args:
        integers: "positive" (n >= 1), "natural" (n >= 0) or "signed".

    Raises:
        ValueError: `integers` is none of those.

    Example:
        >>> EliasOmega().codeword(17), EliasOmega().bits(10**6)
        ('10100100010', 31.0)
    """

    family: ClassVar[str] = "elias-omega"
    kernel: ClassVar[int] = 3

    def write(self, rank: int) -> str:
        """The codeword of a rank."""
        return _prefix.omega(rank)

    def read(self, code: str, at: int) -> tuple[int, int]:
        """A rank and the place behind it."""
        return _prefix.read_omega(code, at)

    def _length(self, rank: int) -> float:
        length = 1
        while rank > 1:
            length += rank.bit_length()
            rank = rank.bit_length() - 1
        return length
