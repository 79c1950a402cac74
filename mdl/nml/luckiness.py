"""The Shtarkov sum with a luckiness function: luckiness NML and conditional NML.

Under the luckiness function w(theta) = prod theta_k^a_k the likelihood of counts h is maximised
together with it, at (h_k + a_k) / (n + A), A = sum a_k, and normalised:

    sum over h of n! / (h_1! ... h_K!) prod ((h_k + a_k) / (n + A))^(h_k + a_k).

With a = 0 it is C(K, n). With a the counts of symbols that were seen before, it is the normaliser
of conditional NML. The sum is a convolution of K sequences, each taken relative to the size that it
has at the maximum of the product, so that nothing overflows; only positive terms are added.

References:
    P. Grünwald, The minimum description length principle, MIT Press 2007, sections 11.3 (luckiness
        NML) and 11.4.2 (conditional NML).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer

__all__ = ["MAX_LUCKINESS_N", "luckiness_complexity"]

MAX_LUCKINESS_N = 1 << 14
"""The greatest n: the convolution takes time quadratic in n."""

_MAX_PSEUDO_COUNT = 2.0**40


@overload
def luckiness_complexity(
    pseudo_counts: Sequence[float] | NDArray[Any], n: int, *, exact: Literal[False] = False
) -> float: ...
@overload
def luckiness_complexity(
    pseudo_counts: Sequence[float] | NDArray[Any], n: int, *, exact: Literal[True]
) -> Fraction: ...
def luckiness_complexity(
    pseudo_counts: Sequence[float] | NDArray[Any], n: int, *, exact: bool = False
) -> float | Fraction:
    """log2 of the luckiness Shtarkov sum of n symbols, in bits.

    It is negative where the luckiness function says more than the data: the function is at most 1,
    and is not normalised, which no codelength depends on.

    Args:
        pseudo_counts: a_1, ..., a_K, (K,), finite and at least 0.
        n: number of symbols, 0 to 16384.
        exact: whether to give the sum itself as a Fraction; the pseudo-counts are then integers,
            and n some hundreds.

    Raises:
        TypeError: `n` is no integer, or a pseudo-count is no number.
        ValueError: there is no pseudo-count, or one is out of range or, for `exact`, no integer.

    Example:
        >>> luckiness_complexity([0, 0], 2, exact=True)
        Fraction(5, 2)
        >>> round(luckiness_complexity([1, 1], 10), 6)
        -0.842501
    """
    counts = np.asarray(pseudo_counts)
    if counts.dtype.kind not in "biuf":
        raise TypeError(f"pseudo_counts: got items of type {counts.dtype}, accepted are numbers")
    if counts.ndim != 1 or not counts.size:
        raise ValueError(f"pseudo_counts: got an array of shape {counts.shape}, accepted is (K,)")
    values = counts.astype(np.float64)
    if not np.all((values >= 0) & (values <= _MAX_PSEUDO_COUNT)):
        raise ValueError("pseudo_counts: accepted are finite numbers from 0 to 2^40")
    n = integer("n", n, 0, MAX_LUCKINESS_N)
    if exact:
        if np.any(values != np.floor(values)):
            raise ValueError("pseudo_counts: accepted with exact=True are integers")
        return _exact([int(value) for value in values], n)
    return _bits(values, n)


def luckiness_bits(counts: NDArray[np.int64], pseudo_count: float) -> float:
    """Bits of a sequence with counts h, (K,), under luckiness NML with the same a for every symbol.

    log2 of the sum over h' of n! / (h'_1! ... h'_K!) prod g(h'_k), over prod g(h_k), where g(h) is
    (h + a)^(h + a) / a^a: what the luckiness function says without data is in neither.
    """
    n = integer("n", int(counts.sum()), 0, MAX_LUCKINESS_N)
    pseudo = np.full(counts.size, float(pseudo_count))
    if n == 0:
        return 0.0
    return (_log_sum(pseudo, n) - float(_log_gain(counts, pseudo_count).sum())) / math.log(2)


def _bits(pseudo: NDArray[np.float64], n: int) -> float:
    from scipy.special import xlogy

    total = float(pseudo.sum())
    nats = float(xlogy(pseudo, pseudo).sum() - xlogy(n + total, n + total))
    return (nats + _log_sum(pseudo, n)) / math.log(2) if n else nats / math.log(2)


def _log_gain(h: NDArray[np.int64], value: float) -> NDArray[np.float64]:
    """ln of (h + a)^(h + a) / a^a; of a large a they would lose their quotient."""
    from scipy.special import xlogy

    if value < 1:
        return xlogy(h + value, h + value) - xlogy(value, value)
    return (h + value) * np.log1p(h / value) + h * math.log(value)


def _log_sum(pseudo: NDArray[np.float64], n: int) -> float:
    """ln of the sum over h of n! / (h_1! ... h_K!) prod (h_k + a_k)^(h_k + a_k) / a_k^a_k."""
    from scipy.special import gammaln

    h = np.arange(n + 1)
    tilt = math.log1p(float(pseudo.sum()) / n)  # the product is largest at h_k = n a_k / A
    nats, product = 0.0, np.ones(1)
    values, multiplicities = np.unique(pseudo, return_counts=True)
    for value, times in zip(values.tolist(), multiplicities.tolist(), strict=True):
        logs = _log_gain(h, value) - gammaln(h + 1) - h * (1 + tilt)
        powers, power_nats = np.exp(logs - logs.max()), float(logs.max())
        while True:
            if times & 1:
                product, nats = _convolved(product, powers, nats + power_nats, n)
            times >>= 1
            if not times:
                break
            powers, power_nats = _convolved(powers, powers, 2 * power_nats, n)
    return nats + math.log(product[n]) + math.lgamma(n + 1) + n + n * tilt


def _convolved(
    a: NDArray[np.float64], b: NDArray[np.float64], nats: float, n: int
) -> tuple[NDArray[np.float64], float]:
    """The first n + 1 of the convolution over its maximum, and nats with that maximum's logarithm.

    Directly, not by Fourier transforms: those lose the small values beside the large.
    """
    product = np.convolve(a, b)[: n + 1]
    largest = float(product.max())
    return product / largest, nats + math.log(largest)


def _exact(pseudo: list[int], n: int) -> Fraction:
    sums = [Fraction(1)] + [Fraction(0)] * n
    for value in pseudo:
        terms = [Fraction((h + value) ** (h + value), math.factorial(h)) for h in range(n + 1)]
        sums = [
            sum((terms[h] * sums[m - h] for h in range(m + 1)), Fraction(0)) for m in range(n + 1)
        ]
    total = n + sum(pseudo)
    return sums[n] * Fraction(math.factorial(n), total**total)
