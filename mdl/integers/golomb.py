"""Golomb and Rice codes, and their best parameters for a geometric source.

The codeword of n >= 0 is n // m in unary (zeros and a one), then n % m in truncated binary, k bits
for a Rice code, m = 2^k.

References:
    S. W. Golomb, Run-length encodings, IEEE Trans. Inf. Theory 12(3), 1966.
    R. G. Gallager and D. C. van Voorhis, Optimal source codes for geometrically distributed integer
        alphabets, IEEE Trans. Inf. Theory 21(2), 1975: eq (3), the best m.
    R. F. Rice, Some practical universal noiseless coding techniques, JPL Publication 79-22, 1979.
"""

from __future__ import annotations

import decimal
import math
import numbers
from dataclasses import dataclass, field
from typing import ClassVar

from complexity.code import DecodeError
from complexity.errors import integer
from mdl.integers._base import MappedCode
from mdl.integers.ranges import binary_length, read_below, write_below

__all__ = ["MAX_DIVISOR", "Golomb", "Rice", "golomb_parameter", "rice_parameter"]

MAX_DIVISOR = 1 << 62
"""The greatest m."""

_EXACT = decimal.Context(prec=60)


def golomb_parameter(theta: float) -> int:
    """The m of the best code of the geometric distribution P(n) = (1 - theta) theta^n, n >= 0.

    The Golomb code is then a Huffman code of it; m is the least with theta^m + theta^(m+1) <= 1.

    Args:
        theta: 0 <= theta < 1, mean / (1 + mean).

    Raises:
        TypeError: theta is no number.
        ValueError: it is NaN, out of range, or so near 1 that its double is 1.

    Example:
        >>> golomb_parameter(0.5), golomb_parameter(0.9), golomb_parameter(100 / 101)
        (1, 7, 70)
    """
    theta = _theta(theta)
    if theta == 0:
        return 1
    # theta^m (1 + theta) <= 1: never equal, but so near that doubles are on the wrong side
    exact = decimal.Decimal(theta)
    rise, fall = _EXACT.ln(_EXACT.add(1, exact)), _EXACT.ln(exact)
    return max(math.ceil(_EXACT.divide(rise, fall).copy_negate()), 1)


def rice_parameter(theta: float) -> int:
    """The k of the shortest expected Rice code of P(n) = (1 - theta) theta^n, n >= 0.

    The expected length is k + 1 / (1 - theta^(2^k)).

    Args:
        theta: 0 <= theta < 1, mean / (1 + mean).

    Raises:
        TypeError: theta is no number.
        ValueError: it is NaN, out of range, or so near 1 that its double is 1.

    Example:
        >>> rice_parameter(0.5), rice_parameter(0.9), rice_parameter(100 / 101)
        (0, 3, 6)
    """
    theta = _theta(theta)
    if theta == 0:
        return 0
    most = golomb_parameter(theta).bit_length()  # 2^k beyond 2 m is longer
    return min(range(most + 1), key=lambda k: k - 1 / math.expm1(2.0**k * math.log(theta)))


def _theta(theta: float) -> float:
    if isinstance(theta, bool) or not isinstance(theta, numbers.Real):
        raise TypeError(f"theta: got {theta!r}, accepted is a number, 0 <= theta < 1")
    if not (0 <= theta < 1 and float(theta) < 1):  # a Fraction may round to 1
        raise ValueError(f"theta: got {theta!r}, accepted is 0 <= theta < 1")
    return float(theta)


class _Divided(MappedCode):
    """What Golomb and Rice codes share."""

    kernel: ClassVar[int] = 4

    def write(self, rank: int) -> str:
        """The codeword of a rank."""
        quotient, remainder = divmod(rank - 1, self.parameter)
        return "0" * quotient + "1" + write_below(remainder, self.parameter)

    def read(self, code: str, at: int) -> tuple[int, int]:
        """A rank and the place behind it."""
        one = code.find("1", at)
        if one < 0:
            raise DecodeError("truncated: it ends inside an integer")
        remainder, end = read_below(code, one + 1, self.parameter)
        return (one - at) * self.parameter + remainder + 1, end

    def _length(self, rank: int) -> float:
        quotient, remainder = divmod(rank - 1, self.parameter)
        return quotient + 1 + binary_length(remainder, self.parameter)


@dataclass(frozen=True)
class Golomb(_Divided):
    """The Golomb code with parameter m.

    Args:
        m: the divisor, 1 to 2^62; `golomb_parameter` gives the best for a geometric source.
        integers: "natural" (n >= 0), "positive" (n - 1 is coded) or "signed".

    Raises:
        TypeError: m is no integer.
        ValueError: m is out of range, or `integers` is none of those.

    Example:
        >>> Golomb(10).codeword(42)
        '00001010'
    """

    m: int = 10
    integers: str = field(default="natural", kw_only=True)
    family: ClassVar[str] = "golomb"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "m", integer("m", self.m, 1, MAX_DIVISOR))

    @property
    def parameter(self) -> int:
        """The divisor."""
        return self.m


@dataclass(frozen=True)
class Rice(_Divided):
    """The Golomb code with m = 2^k.

    Args:
        k: bits of the remainder, 0 to 62; `rice_parameter` gives the best for a geometric source.
        integers: "natural" (n >= 0), "positive" (n - 1 is coded) or "signed".

    Raises:
        TypeError: k is no integer.
        ValueError: k is out of range, or `integers` is none of those.

    Example:
        >>> Rice(2).codeword(9)
        '00101'
    """

    k: int = 4
    integers: str = field(default="natural", kw_only=True)
    family: ClassVar[str] = "rice"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "k", integer("k", self.k, 0, 62))

    @property
    def parameter(self) -> int:
        """The divisor."""
        return 1 << self.k
