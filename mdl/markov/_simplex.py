"""Probabilities sent as fractions: compositions of a power of two, at a precision of one's choice.

A distribution over m outcomes at precision b is m counts that sum to q = 2^b: one of
C(q + m - 1, m - 1) compositions, all in as many bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["as_rows", "composition_bits", "quantised"]


def as_rows(argument: str, table: ArrayLike) -> NDArray[np.float64]:
    """Distributions along the last axis, float64 and contiguous.

    Raises:
        TypeError: they hold no numbers.
        ValueError: there is none, a number is negative or NaN, or a sum is not 1 to 1e-9.
    """
    try:
        rows = np.ascontiguousarray(table, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{argument}: got {table!r}, accepted are rows of numbers") from None
    if np.ndim(table) < 1 or not rows.size:
        raise ValueError(f"{argument}: got shape {np.shape(table)}, accepted are rows of numbers")
    if not (rows >= 0).all() or not np.allclose(rows.sum(axis=-1), 1, rtol=0, atol=1e-9):
        raise ValueError(f"{argument}: got other rows, accepted are probabilities that sum to 1")
    return rows


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
