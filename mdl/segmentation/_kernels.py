"""Kernels of the segmentation: the bits of a segment, and two dynamic programmes over them.

`sums` (p, n + 1) are prefix sums of a family's statistics, `extra` (n + 1,) what a segment of each
length costs besides its maximised likelihood, not falling with the length.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

__all__ = [
    "GAUSSIAN",
    "LINEAR",
    "MEAN",
    "MULTINOMIAL",
    "POISSON",
    "all_counts",
    "fit_bits",
    "linear_price",
]

GAUSSIAN, MEAN, POISSON, MULTINOMIAL, LINEAR = range(5)

_LN2 = math.log(2)


@njit(cache=True, nogil=True)
def fit_bits(sums, first, last, family, scale):
    """-log2 of the maximised likelihood of items first to last - 1."""
    n = last - first
    if family == MULTINOMIAL:
        bits = 0.0
        for letter in range(sums.shape[0]):
            count = sums[letter, last] - sums[letter, first]
            if count > 0:
                bits -= count * math.log(count / n)
        return bits / _LN2
    total = sums[0, last] - sums[0, first]
    if family == POISSON:  # row 1: sums of -ln P(x) under one mean, row 2 of that mean
        usual = n * sums[2, 1]
        bits = sums[1, last] - sums[1, first] + (total - usual)
        if 2 * total > usual:
            bits -= total * math.log1p((total - usual) / usual)
        elif total > 0:
            bits -= total * math.log(total / usual)
        return bits / _LN2
    rest = max(sums[1, last] - sums[1, first] - total * total / n, 0.0)
    if family == LINEAR and n > 2:  # row 2: sums of x times its index
        middle = (first + last - 1) / 2
        slope = sums[2, last] - sums[2, first] - middle * total
        rest = max(rest - slope * slope / (n * (float(n) * n - 1) / 12), 0.0)
    elif family == LINEAR:
        rest = 0.0
    variance = scale * scale
    if family != MEAN:
        variance = max(variance, rest / n)
    return (n * math.log(2 * math.pi * variance) + rest / variance) / (2 * _LN2)


@njit(cache=True, nogil=True)
def linear_price(sums, extra, family, scale, price):
    """The segmentation of least bits plus `price` per segment: cuts (m + 1,), 0 and n among them.

    A start s is dropped at t if best[s] plus the fit of s to t is not below best[t]. For any later
    T, the maximised likelihood of s to T is at most the product of those of s to t and of t to T,
    and extra[T - s] >= extra[T - t]: so starting at t is no worse.
    """
    n = sums.shape[1] - 1
    best, back = np.empty(n + 1), np.zeros(n + 1, np.int64)
    best[0] = 0.0
    alive, fits = np.empty(n + 1, np.int64), np.empty(n + 1)
    size = 0
    for last in range(1, n + 1):
        alive[size] = last - 1
        size += 1
        least, at = np.inf, 0
        for i in range(size):
            first = alive[i]
            fits[i] = best[first] + fit_bits(sums, first, last, family, scale)
            bits = fits[i] + extra[last - first]
            if bits < least:
                least, at = bits, first
        best[last], back[last] = least + price, at
        kept = 0
        for i in range(size):
            if fits[i] < best[last]:
                alive[kept] = alive[i]
                kept += 1
        size = kept
    cuts = np.empty(n + 1, np.int64)
    count, at = 0, n
    while at > 0:
        cuts[count] = at
        at = back[at]
        count += 1
    cuts[count] = 0
    return cuts[: count + 1][::-1].copy()


@njit(cache=True, nogil=True)
def all_counts(sums, extra, family, scale, most):
    """Least bits of m segments, m = 1 to `most`, (most,), and where the last of m segments that end
    at each place begins, (most, n + 1). Nothing is pruned."""
    n = sums.shape[1] - 1
    current, bits = np.full(n + 1, np.inf), np.empty(n + 1)
    current[0] = 0.0
    totals, back = np.empty(most), np.zeros((most, n + 1), np.int32)
    cost = np.empty((n + 1, n + 1))
    for last in range(1, n + 1):
        for first in range(last):
            cost[last, first] = fit_bits(sums, first, last, family, scale) + extra[last - first]
    for m in range(most):
        bits[:] = np.inf
        for last in range(m + 1, n + 1):
            for first in range(m, last):
                value = current[first] + cost[last, first]
                if value < bits[last]:
                    bits[last] = value
                    back[m, last] = first
        current[:] = bits
        totals[m] = current[n]
    return totals, back
