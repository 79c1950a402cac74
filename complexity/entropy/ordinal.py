"""Permutation entropy: how the values of a series are ordered within short windows.

References:
    C. Bandt and B. Pompe, Permutation entropy: a natural complexity measure for time series,
        Phys. Rev. Lett. 88 (2002), 174102.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from complexity.entropy import _kernels
from complexity.entropy._estimates import Estimate, series
from complexity.errors import integer

__all__ = ["PermutationEntropy", "permutation_entropy"]

LARGEST_ORDER = 12  # 12! < 2**31


@dataclass(frozen=True, kw_only=True)
class PermutationEntropy(Estimate):
    """Entropy of ordinal patterns, in bits per window.

    Attributes:
        normalised: value / log2(order!), 0 to 1.
        order: values in a window.
        delay: samples from one value of a window to the next.
        n: length of the series.
        windows: windows counted, n - (order - 1) * delay.
        patterns: distinct patterns among them, of order! possible ones.
        tied: share of the windows that hold equal values, whose pattern is a convention.
    """

    normalised: float
    order: int
    delay: int
    n: int
    windows: int
    patterns: int
    tied: float


def permutation_entropy(x: ArrayLike, *, order: int = 3, delay: int = 1) -> PermutationEntropy:
    """Plug-in entropy of the ordinal patterns of `x` (Bandt and Pompe 2002, equation 1).

    Equal values count as increasing in time (a stable sort).

    It lies when order! is not well below the number of windows (the plug-in entropy is then too
    low, for white noise too); when many values are equal, as in coarsely rounded data (`tied` says
    how many windows: a constant series and a rising one both give 0); and it is blind to
    amplitudes: noise of any size on a constant gives the maximum. A series of period p has at most
    p patterns, so at most log2(p) bits.

    Args:
        x: series (n,) of finite real numbers, booleans or integers (unsigned 64-bit ones as
            float64).
        order: values in a window, 2 to 12.
        delay: samples from one value of a window to the next, at least 1.

    Raises:
        TypeError: `x` holds no real numbers, or another argument is not an integer.
        ValueError: an argument is out of range, or `x` is not 1-D, not finite, or too short for
            one window.

    Example:
        >>> permutation_entropy([4, 7, 9, 10, 6, 11, 3], order=2).value  # 4 of 6 pairs rise
        0.9182958340544896
    """
    order = integer("order", order, 2, LARGEST_ORDER)
    delay = integer("delay", delay, 1)
    span = (order - 1) * delay + 1
    values = series(x, span, f"one window of order={order}, delay={delay}")
    codes = np.empty(values.size - span + 1, np.int32)
    tied = int(_kernels.ordinal_codes(values, order, delay, codes))
    possible = math.factorial(order)
    if possible <= 1 << 16 or possible <= 4 * codes.size:
        counts = np.bincount(codes)
        counts = counts[counts > 0]
    else:
        _, counts = np.unique(codes, return_counts=True)
    shares = counts / codes.size
    value = float(shares @ -np.log2(shares)) if len(counts) > 1 else 0.0
    warning = f"{order}! = {possible} patterns, {codes.size} windows" * (possible > codes.size)
    return PermutationEntropy(
        value=value,
        units="bits",
        warning=warning,
        normalised=value / math.log2(possible),
        order=order,
        delay=delay,
        n=values.size,
        windows=codes.size,
        patterns=len(counts),
        tied=tied / codes.size,
    )
