"""Rissanen's universal prior of the integers, and a prefix code for it.

The ideal length is L*(n) = log2 c + log2 n + log2 log2 n + ..., of which positive terms alone
count, and c makes the Kraft sum 1. In c = sum over n >= 1 of 2^-(log2 n + log2 log2 n + ...) the
terms fall so slowly that no computer adds up enough of them: what is beyond N is added as an
integral. With I(a) the integral of the same function f from a to infinity, the substitution
x = 2^y gives I(a) = ln 2 I(log2 a) for a >= 2, and as f(x) = 1/x on [1, 2],
I(1) = ln 2 + I(2) = ln 2 + ln 2 I(1) = ln 2 / (1 - ln 2). Euler and Maclaurin's formula turns it
into a sum.

The widely quoted c = 2.865064 is too small: with it the Kraft sum is 1.0000155, and it is no code.

References:
    J. Rissanen, A universal prior for integers and estimation by minimum description length,
        Annals of Statistics 11(2), 1983: eq (4.1), theorem 2.
"""

from __future__ import annotations

import decimal
import math
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from complexity import _prefix
from complexity.code import DecodeError
from mdl.integers._base import MappedCode

__all__ = ["MAX_RANK", "LogStar", "log_star", "normalising_constant"]

MAX_RANK = 1 << 64
"""The greatest integer that has a codeword; the ideal length has no bound."""

_EXACT = decimal.Context(prec=32)  # logarithms correctly rounded, the same on every platform
_LN2 = _EXACT.ln(decimal.Decimal(2))


def log_star(n: int) -> float:
    """log2 n + log2 log2 n + ..., positive terms only, in bits: without the constant, 0 for 1.

    Raises:
        ValueError: n is less than 1, infinite or NaN.

    Example:
        >>> log_star(16)
        7.0
    """
    if not 1 <= n < math.inf:
        raise ValueError(f"n: got {n}, accepted is an integer from 1 on")
    total, term = 0.0, math.log2(n)
    while term > 0:
        total += term
        term = math.log2(term)
    return total


@lru_cache
def normalising_constant() -> float:
    """c, to 12 decimals and rounded upward, so that the Kraft sum does not exceed 1.

    Example:
        >>> normalising_constant()
        2.86510841584
    """
    last = 1 << 17  # f is smooth from here on, until 2^65536
    terms = [2.0 ** -log_star(n) for n in range(1, last + 1)]
    # f is 1 / x times 1 / log2 x, 1 / log2 log2 x, ...: the chain rule for each factor
    slope, factor, derivative = 0.0, float(last), 1.0
    while factor > 1:
        slope -= derivative / factor
        derivative /= factor * math.log(2)
        factor = math.log2(factor)
    tail = _integral(float(last)) - terms[-1] / 2 - terms[-1] * slope / 12
    return math.ceil(math.fsum([*terms, tail]) * 1e12) / 1e12


def _integral(a: float) -> float:
    """The integral of 2^-log*(x) from a, at least 1, to infinity."""
    if a <= 2:
        return math.log(2) / (1 - math.log(2)) - math.log(a)
    return math.log(2) * _integral(math.log2(a))


@dataclass(frozen=True)
class LogStar(MappedCode):
    """Rissanen's prior of the integers: L*(n) = log2 c + log2 n + log2 log2 n + ... bits.

    `bits` is that ideal length, for n of any size. `encode` writes the Shannon code of the prior:
    codewords of ceil(L*(n)) bits (ceil(L*(n) + 2^-40), so that a rounding never makes one too
    short), in increasing order, for ranks up to 2^64. A file is less than 8 bits and 2^-40 longer
    than the ideal; for greater integers `elias-omega` is the nearest code with codewords.

    Args:
        integers: "positive" (n >= 1), "natural" (n >= 0) or "signed".

    Raises:
        ValueError: `integers` is none of those.

    Example:
        >>> LogStar().bits(1), LogStar().bits(1000)
        (1.5185897..., 17.3218942...)
        >>> [LogStar().codeword(n) for n in (1, 2, 3, 4)]
        ['00', '010', '0110', '01110']
    """

    family: ClassVar[str] = "log-star"
    overhead: ClassVar[float] = 8 + 2.0**-40

    def write(self, rank: int) -> str:
        """The codeword of a rank.

        Raises:
            ValueError: it is beyond 2^64.
        """
        if rank > MAX_RANK:
            raise ValueError(
                "x: accepted for a codeword is a rank of at most 2**64; consider elias-omega"
            )
        last, first = _levels()
        length = bisect_left(last, rank)
        return f"{first[length] + rank - last[length - 1] - 1:0{length}b}"

    def read(self, code: str, at: int) -> tuple[int, int]:
        """A rank and the place behind it."""
        last, first = _levels()
        value = 0
        for length in range(1, len(last)):
            bit, at = _prefix.read_bits(code, at, 1)
            value = 2 * value + bit
            if value < first[length]:
                break  # not reached: codewords increase
            if value - first[length] < last[length] - last[length - 1]:
                return value - first[length] + last[length - 1] + 1, at
        raise DecodeError("damaged: no integer has that codeword")

    def _length(self, rank: int) -> float:
        return math.log2(normalising_constant()) + log_star(rank)


@lru_cache
def _levels() -> tuple[list[int], list[int]]:
    """For every length of codewords: the last rank of at most that length, the first codeword."""
    constant = _log2(decimal.Decimal(repr(normalising_constant())))
    last, first = [0], [0]
    while last[-1] < MAX_RANK:
        most = _EXACT.subtract(len(last) - decimal.Decimal(2) ** -40, constant)
        low, high = last[-1], min(2 * last[-1] + 2, MAX_RANK + 1)
        while high - low > 1:  # L* increases
            middle = (low + high) // 2
            low, high = (middle, high) if _log_star(middle) <= most else (low, middle)
        first.append(2 * (first[-1] + (last[-1] - last[-2] if len(last) > 1 else 0)))
        last.append(low)
    return last, first


def _log_star(n: int) -> decimal.Decimal:
    total, term = decimal.Decimal(0), _log2(decimal.Decimal(n))
    while term > 0:
        total, term = _EXACT.add(total, term), _log2(term)
    return total


def _log2(x: decimal.Decimal) -> decimal.Decimal:
    return _EXACT.divide(_EXACT.ln(x), _LN2)
