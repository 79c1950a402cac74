"""The parametric complexity of k clusters, from that of one.

The normaliser of the maximised likelihood of n rows *and their labels* adds over all labellings:

    C_k(n) = sum over h_1 + ... + h_k = n of n! / (h_1! ... h_k!) prod (h_i / n)^h_i C_1(h_i),

with C_1(h) the normaliser of h rows in one cluster. With g(h) = h^h / h! C_1(h) that is a k-fold
convolution of g, which is how it is computed here: products and sums of positive numbers alone.

References:
    P. Kontkanen, P. Myllymäki, W. Buntine, J. Rissanen and H. Tirri, An MDL framework for data
        clustering, in: Advances in Minimum Description Length, MIT Press 2005: the recurrence.
    S. Hirai and K. Yamanishi, Efficient computation of normalized maximum likelihood codes for
        Gaussian mixture models with its applications to clustering, IEEE Trans. Inf. Theory 59(11),
        2013: the same recurrence for Gaussian clusters.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer

__all__ = ["mixture_complexities"]

_SPAN = 900.0
"""Bits between the largest and the least factor up to which doubles hold all products."""


def mixture_complexities(single: NDArray[np.float64], clusters: int) -> NDArray[np.float64]:
    """Parametric complexity of n labelled rows in 1, 2, ..., `clusters` clusters, in bits.

    Args:
        single: (n + 1,) bits, log2 C_1(h) for h = 0..n rows in one cluster; 0 for none, minus
            infinity where h rows of one cluster are outside the domain.
        clusters: the largest number of clusters. Clusters may be empty.

    Returns:
        Bits, (clusters,) float64; minus infinity where no labelling is in the domain. With
        `single` all zeros it is the multinomial complexity: only labels are coded.

    Raises:
        TypeError: `clusters` is no integer.
        ValueError: it is below 1, or `single` holds NaN or plus infinity, or is empty.

    Example:
        >>> float(np.exp2(mixture_complexities(np.zeros(3), 2)[1]))
        2.5
    """
    from scipy.special import gammaln

    integer("clusters", clusters, 1)
    try:
        single = np.asarray(single, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"single: got {single!r}, accepted are numbers (n + 1,)") from None
    if single.ndim != 1 or not single.size:
        raise ValueError(f"single: got shape {single.shape}, accepted is (n + 1,)")
    if np.isnan(single).any() or single.max() == math.inf:
        raise ValueError("single: got NaN or infinity, accepted are bits of 0..n rows")
    h = np.arange(single.size)
    logs = np.log2(np.maximum(h, 1))
    # h^h / h!, tilted by e^-h so that it falls as 1 / sqrt(h) alone; the tilt cancels
    tilted = h * logs - gammaln(h + 1) / math.log(2) - h * math.log2(math.e)
    factor = single + tilted
    rows = [factor]
    for _ in range(clusters - 1):
        rows.append(_convolved(rows[-1], factor))
    return np.array([row[-1] for row in rows]) - tilted[-1]


def _convolved(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """log2 of the convolution of 2^a and 2^b, as long as they are."""
    size = a.size
    tops, spans = zip(*(_extent(each) for each in (a, b)), strict=True)
    if -math.inf in tops:
        return np.full(size, -math.inf)
    with np.errstate(divide="ignore"):
        if sum(spans) < _SPAN:
            product = np.convolve(np.exp2(a - tops[0]), np.exp2(b - tops[1]))[:size]
            return np.log2(product) + sum(tops)
        out = np.empty(size)
        for n in range(size):
            terms = a[: n + 1] + b[n::-1]
            top = terms.max()
            out[n] = top if top == -math.inf else top + np.log2(np.exp2(terms - top).sum())
        return out


def _extent(a: NDArray[np.float64]) -> tuple[float, float]:
    finite = a[np.isfinite(a)]
    return (float(finite.max()), float(np.ptp(finite))) if finite.size else (-math.inf, 0.0)
