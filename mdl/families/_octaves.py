"""Codes of what a family of infinite complexity has to be told first: octaves and first values.

An octave is a factor of two: 2^i <= scale < 2^(i + 1). Its index goes by the Elias gamma code of
2|i| + (i < 0), plus one. An observation that nothing is known of yet goes by the Cauchy density
1 / (pi (1 + x^2)), a positive one by twice that, a count x by the Elias delta code of x + 1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from complexity._prefix import delta, gamma

__all__ = [
    "cauchy_bits",
    "count_bits",
    "index_bits",
    "octave",
    "shell",
    "shell_bits",
    "signed_bits",
]


def index_bits(index: int) -> float:
    """Bits of an index 0, 1, 2, ...: the Elias gamma code of one more."""
    return float(len(gamma(index + 1)))


def signed_bits(index: int) -> float:
    """Bits of any integer: 0, 1, -1, 2, -2, ... are the indices 0, 1, 2, 3, 4, ..."""
    return index_bits(2 * index - 1 if index > 0 else -2 * index)


def count_bits(count: int) -> float:
    """Bits of a count of which nothing is known: the Elias delta code of one more."""
    return float(len(delta(count + 1)))


def octave(scale: float) -> int:
    """floor(log2 scale), exact."""
    return math.frexp(scale)[1] - 1


def shell(mean: float, unit: int) -> int:
    """Which shell the mean is in: 0 for |mean| < 2^unit, j for 2^(j - 1) <= |mean| / 2^unit < 2^j.

    Both signs together a shell is 2^(unit + max(j, 1)) long.
    """
    return max(octave(mean) - unit + 1, 0) if mean else 0


def shell_bits(mean: float, unit: int) -> tuple[float, float]:
    """Bits of the shell of a mean, and log2 of the shell's length."""
    j = shell(mean, unit)
    return index_bits(j), float(unit + max(j, 1))


def cauchy_bits(values: NDArray[np.float64], *, positive: bool = False) -> float:
    """Bits (density, resolution 1) of observations (n,) that nothing is known of."""
    # hypot keeps 1 + x^2 from overflowing
    bits = 2 * np.log2(np.hypot(1.0, values)) + math.log2(math.pi) - positive
    return float(bits.sum())
