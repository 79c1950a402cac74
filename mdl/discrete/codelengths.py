"""Codelengths that depend on counts alone, vectorised over rows of counts, in bits.

=======================  =======================================================================
code                     bits of a sequence of n letters with counts h_1, ..., h_K
=======================  =======================================================================
maximum likelihood       sum h_k log2(n / h_k): no code, what the codes are compared with
NML                      the same plus log2 C(K, n)
Dirichlet mixture        log2 of Gamma(n + K a) / Gamma(K a) prod Gamma(a) / Gamma(h_k + a)
types                    log2 C(n + K - 1, K - 1) for the counts, log2 n! / prod h_k! for the index
grid                     log2 of the number of grid points, -log2 likelihood of the best of them
=======================  =======================================================================

The length n is known to the receiver. With a = 1 the Dirichlet mixture has exactly the total of
the types (Laplace); with a = 1/2 it is the mixture of Jeffreys' prior (Krichevsky and Trofimov).

References:
    P. Grünwald, A tutorial introduction to the minimum description length principle, 2005
        (arXiv math/0406077), sections 2.2-2.6.
    Q. Xie and A. R. Barron, Asymptotic minimax regret for data compression, gambling, and
        prediction, IEEE Trans. Inf. Theory 46(2), 2000.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mdl.nml.multinomial import MAX_N, multinomial_complexity

__all__ = [
    "CountsLike",
    "dirichlet_bits",
    "grid_bits",
    "maximum_likelihood_bits",
    "nml_bits",
    "type_bits",
]

CountsLike = Sequence[int] | Sequence[Sequence[int]] | NDArray[Any]
"""Counts of the K letters, (K,), or of many sequences, (..., K): integers of at least 0."""

_LN2 = math.log(2)
_STIRLING = 1e5
MAX_ALPHA = 1e300
"""From far below on a Dirichlet prior is certain of the uniform source; K times it is finite."""


def maximum_likelihood_bits(counts: CountsLike) -> NDArray[np.float64]:
    """-log2 of the maximised likelihood, (...), for counts (..., K); 0 for n = 0.

    Raises:
        TypeError: the counts are no integers.
        ValueError: one is negative, their sum is above 2^53, or there is no letter.
    """
    return _maximum_likelihood(_as_counts(counts))


def nml_bits(counts: CountsLike) -> NDArray[np.float64]:
    """Stochastic complexity: bits under normalised maximum likelihood, (...), for counts (..., K).

    0 for n = 0, log2 K for n = 1.

    Raises:
        TypeError: the counts are no integers.
        ValueError: one is negative, their sum is above 2^53, or there is no letter.

    Example:
        >>> round(float(nml_bits([2, 1])), 6) == round(math.log2(26 / 9 * 27 / 4), 6)
        True
    """
    rows = _as_counts(counts)
    return _maximum_likelihood(rows) + multinomial_complexity(rows.shape[-1], rows.sum(-1))


def dirichlet_bits(counts: CountsLike, alpha: float = 0.5) -> NDArray[np.float64]:
    """Bits under the Bayes mixture with the prior Dirichlet(alpha, ..., alpha), (...).

    It is also the prequential plug-in code that predicts a letter by (its count + alpha) / (n + K
    alpha). 0 for n = 0, log2 K for n = 1.

    Args:
        counts: (..., K).
        alpha: 1/2 for Jeffreys' prior (KT), 1 for Laplace; finite and above 0.

    Raises:
        TypeError: the counts are no integers.
        ValueError: one is negative, their sum is above 2^53, there is no letter, or alpha is out of
            range.

    Example:
        >>> round(2 ** -float(dirichlet_bits([3, 2])) * 256, 9)  # KT(3, 2) = 3/256
        3.0
    """
    rows = _as_counts(counts)
    alpha = min(checked_alpha(alpha), MAX_ALPHA)
    whole, parts = _excess(rows.shape[-1] * alpha, rows.sum(-1)), _excess(alpha, rows).sum(-1)
    return _maximum_likelihood(rows) + (whole - parts) / _LN2


def log_rising(start: float, steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """ln of start (start + 1) ... (start + steps - 1), Gamma(start + steps) / Gamma(start).

    Of a large start by Stirling's formula, as both logarithms would lose their difference; the next
    term is below 1e-17.
    """
    from scipy.special import gammaln

    if start < _STIRLING:
        return gammaln(steps + start) - gammaln(start)
    end = steps + start
    above = (end - 0.5) * np.log1p(steps / start) - steps + (1 / end - 1 / start) / 12
    return steps * math.log(start) + above


def _excess(start: float, steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """`log_rising` less steps ln(steps / e), which is the maximised likelihood's; small beside it.

    Of a large start or many steps by Stirling's formula, so that no large numbers are subtracted.
    """
    from scipy.special import gammaln, xlogy

    many = np.maximum(steps, 1)
    if start >= _STIRLING:
        found = many * np.log1p(start / many) + (start - 0.5) * np.log1p(many / start)
        return np.where(steps > 0, found + (1 / (many + start) - 1 / start) / 12, 0.0)
    few = gammaln(steps + start) - gammaln(start) - xlogy(steps, steps) + steps
    far = many * np.log1p(start / many) - start + (start - 0.5) * np.log(many + start)
    far += 0.5 * math.log(2 * math.pi) + 1 / (12 * (many + start)) - gammaln(start)
    return np.where(steps < _STIRLING, few, far)


def type_bits(counts: CountsLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two parts: bits of the counts, all equally probable, and of the index among the sequences.

    Returns:
        Model bits and data bits, each (...); their total is `dirichlet_bits(counts, 1)`.

    Raises:
        TypeError: the counts are no integers.
        ValueError: one is negative, their sum is above 2^53, or there is no letter.
    """
    rows = _as_counts(counts)
    n = rows.sum(-1)
    model = (_excess(rows.shape[-1], n) - _excess(1, n)) / _LN2
    data = _maximum_likelihood(rows) + (_excess(1, n) - _excess(1, rows).sum(-1)) / _LN2
    return np.maximum(model, 0.0), np.maximum(data, 0.0)


def grid_bits(counts: CountsLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two parts: a parameter to precision about 1 / sqrt n, and the data by it.

    The grid is (j_k + 1/2) / (m + K/2) for all j_1 + ... + j_K = m, m the least integer of at least
    sqrt n; its points are equally probable, and the best one for the data is sent. Of a concave sum
    of separate terms the greedy choice, one step of j at a time, is the maximum.

    Returns:
        Model bits and data bits, each (...); 0 and 0 for n = 0.

    Raises:
        TypeError: the counts are no integers.
        ValueError: one is negative, their sum is above 2^53, or there is no letter.
    """
    from scipy.special import gammaln

    rows = _as_counts(counts)
    n, size = rows.sum(-1), rows.shape[-1]
    steps = np.ceil(np.sqrt(n)).astype(np.int64)
    flat, left = rows.reshape(-1, size), steps.reshape(-1)
    at = np.zeros(flat.shape)
    for step in range(int(left.max(initial=0))):
        gain = flat * np.log1p(1 / (at + 0.5))
        more = np.flatnonzero(left > step)
        at[more, np.argmax(gain[more], axis=1)] += 1
    chances = (at + 0.5) / (left + size / 2)[:, np.newaxis]
    data = -(flat * np.log2(chances)).sum(1)
    model = (gammaln(steps + size) - gammaln(steps + 1) - math.lgamma(size)) / _LN2
    return np.maximum(model, 0.0), data.reshape(n.shape) + 0.0


def checked_alpha(alpha: float) -> float:
    """A parameter of Dirichlet's prior, finite and above 0.

    Raises:
        TypeError, ValueError: it is not.
    """
    if isinstance(alpha, bool) or not isinstance(alpha, int | float | np.number):
        raise TypeError(f"alpha: got {alpha!r}, accepted is a number above 0")
    if not 0 < alpha < math.inf:
        raise ValueError(f"alpha: got {alpha}, accepted is a finite number above 0")
    return float(alpha)


def _maximum_likelihood(rows: NDArray[np.int64]) -> NDArray[np.float64]:
    from scipy.special import xlogy

    n = rows.sum(-1, keepdims=True)
    return xlogy(rows, n / np.maximum(rows, 1)).sum(-1) / _LN2


def _as_counts(counts: CountsLike) -> NDArray[np.int64]:
    rows = np.asarray(counts)
    if rows.dtype.kind not in "iu":
        raise TypeError(f"counts: got items of type {rows.dtype}, accepted are integers")
    if not rows.ndim or not rows.shape[-1]:
        raise ValueError(f"counts: got an array of shape {rows.shape}, accepted is (..., K)")
    if rows.size and int(rows.min()) < 0:
        raise ValueError(f"counts: got {int(rows.min())}, accepted are integers of at least 0")
    if rows.size and (most := float(rows.sum(-1, dtype=np.float64).max())) > MAX_N:
        raise ValueError(f"counts: got a sum of {most:g}, accepted are sums up to 2^53")
    return rows.astype(np.int64)
