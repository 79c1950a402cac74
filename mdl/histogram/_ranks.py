"""Ranks as integers of any size: few numbers from very many, and digits of one base.

`complexity.counting` ranks the bit string of a subset, place by place; here the places are up to
2^50, and only the chosen ones cost time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["joined", "parted", "subset", "subset_index"]


def subset_index(chosen: Sequence[int]) -> int:
    """The rank of ascending numbers from 0 among sets as large: sum of binom(c_i, i) (Cover)."""
    return sum(math.comb(number, at + 1) for at, number in enumerate(chosen))


def subset(index: int, size: int, among: int) -> list[int]:
    """The ascending numbers below `among` of that rank."""
    chosen: list[int] = []
    top = among
    for at in range(size, 0, -1):
        top = _greatest(index, at, top - 1)
        index -= math.comb(top, at)
        chosen.append(top)
    return chosen[::-1]


def _greatest(index: int, at: int, high: int) -> int:
    """The greatest number up to `high` whose binomial is at most the index.

    By Newton's method within a bracket, as binomials of many places are what takes the time: in the
    logarithm of the middle of the binomial's factors its own logarithm is concave, and nearly a
    line.
    """
    low, guess = at - 1, high
    while index and low < high:
        number = min(max(guess, low + 1), high)
        value = math.comb(number, at)
        low, high = (number, high) if value <= index else (low, number - 1)
        if low < high:
            middle = number - (at - 1) / 2
            slope = -middle * math.log1p(-at / (number + 0.5))  # by Stirling's formula
            step = round(middle * math.expm1(_log_ratio(index, value) / slope))
            guess = number + (step or (1 if value <= index else -1))
    return low


def _log_ratio(a: int, b: int) -> float:
    """ln(a / b), to a double's precision where they are near each other too."""
    if abs(a.bit_length() - b.bit_length()) > 8:
        return math.log(a) - math.log(b)
    return math.log1p((a - b) / b)


def joined(digits: list[int], base: int) -> tuple[int, int]:
    """Digits as one number, halves first, and base^len(digits)."""
    if len(digits) <= 1:
        return (digits[0], base) if digits else (0, 1)
    half = len(digits) // 2
    (high, a), (low, b) = joined(digits[:half], base), joined(digits[half:], base)
    return high * b + low, a * b


def parted(number: int, base: int, size: int) -> list[int]:
    """The digits of a number, as many as `size`."""
    if size <= 1:
        return [number] if size else []
    half = size // 2
    high, low = divmod(number, base ** (size - half))
    return parted(high, base, half) + parted(low, base, size - half)
