"""Probabilities sent as fractions: compositions of a power of two, at a precision of one's choice.

A distribution over m outcomes at precision b is m counts that sum to q = 2^b: one of
C(q + m - 1, m - 1) compositions, all in as many bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["composition_bits", "quantised"]


def composition_bits(precision: ArrayLike, outcomes: int) -> NDArray[np.float64]:
    """log2 of the number of compositions of 2^precision into that many parts, zeros allowed."""
    from scipy.special import gammaln

    q = np.exp2(np.asarray(precision, np.float64))
    nats = gammaln(q + outcomes) - gammaln(q + 1) - gammaln(outcomes)
    return np.maximum(nats, 0) / np.log(2)


def quantised(
    weights: NDArray[np.float64],
    first: NDArray[np.int64],
    precision: int,
) -> NDArray[np.int64]:
    """Counts that sum to 2^precision in every group, near the weights' shares, none of them zero.

    Every outcome gets one; the rest goes by shares, what rounding leaves by largest remainder. A
    group of more outcomes than 2^precision gets zeros.

    Args:
        weights: (P,) positive, grouped.
        first: (C,) where each group begins.
        precision: b.
    """
    sizes = np.diff(first, append=weights.size)
    owners = np.repeat(np.arange(first.size), sizes)
    rest = (1 << precision) - sizes
    shares = weights / np.add.reduceat(weights, first)[owners] * np.maximum(rest, 0)[owners]
    whole = np.floor(shares).astype(np.int64)
    left = np.maximum(rest, 0) - np.add.reduceat(whole, first)
    order = np.lexsort((whole - shares, owners))  # by group, largest remainder first
    place = np.empty(weights.size, np.int64)
    place[order] = np.arange(weights.size) - first[owners]
    return np.where(rest[owners] >= 0, 1 + whole + (place < left[owners]), 0)
