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
        low, high = at - 1, top - 1  # the greatest number whose binomial is at most the index
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if math.comb(middle, at) <= index else (low, middle - 1)
        index -= math.comb(low, at)
        chosen.append(low)
        top = low
    return chosen[::-1]


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
