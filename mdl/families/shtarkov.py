"""Shtarkov sums of the Poisson and the geometric family, over ranges of the sample's sum.

The sum s of the sample is sufficient, and the maximised probability of all samples with sum s is

    Poisson    s^s e^-s / s!                                      (whatever n is)
    geometric  C(n + s - 1, s) (n / (n + s))^n (s / (n + s))^s

about 1 / sqrt(2 pi s), and sqrt(n / (2 pi s (n + s))): over all s both sums diverge. The geometric
terms are rational, so that a Fraction is exact; the Poisson terms hold powers of e.

References:
    S. de Rooij and P. Grünwald, An empirical study of minimum description length model selection
        with infinite parametric complexity, J. Math. Psychology 50(2), 2006.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.families._family import checked_range

__all__ = [
    "geometric_complexity",
    "geometric_terms",
    "poisson_complexity",
    "poisson_terms",
    "sum_of_terms",
]

Terms = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_SUMMED = 1 << 20  # sums from here on are integrals: the midpoint rule errs by 1 / (24 s^2)
_LARGEST = 1 << 62


def poisson_terms(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """The maximised probability (m,) of the samples with these sums, Poisson: s^s e^-s / s!."""
    s = np.maximum(sums, 1)
    return np.where(sums == 0, 1.0, np.exp(-_stirling(s)) / np.sqrt(2 * np.pi * s))


def geometric_terms(sums: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """The maximised probability (m,) of the samples of size n with these sums, geometric."""
    s, size = np.maximum(sums, 1), np.array([float(n)])
    exponent = _stirling(size + s) - _stirling(size) - _stirling(s)
    roots = np.sqrt(n / (2 * np.pi * s)) / np.sqrt(n + s)
    return np.where(sums == 0, 1.0, roots * np.exp(exponent))


def _stirling(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """ln Gamma(x) - ((x - 1/2) ln x - x + ln(2 pi) / 2), for x >= 1, without cancellation."""
    from scipy.special import gammaln

    near = np.minimum(x, 16)
    exact = gammaln(near) - ((near - 0.5) * np.log(near) - near + 0.5 * math.log(2 * math.pi))
    far = np.maximum(x, 16)
    inverse = 1 / far**2
    # the series of Bernoulli numbers; the next term is below 1e-15 from 16 on
    series = 1 / 12 - inverse * (
        1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse * (1 / 1188)))
    )
    return np.where(x < 16, exact, series / far)


def sum_of_terms(terms: Terms, low: int, high: int) -> float:
    """The sum of smooth terms over low <= s < high; 0 if there are none.

    Terms are added one by one below 2^20. Beyond, octaves are integrated by the Gauss-Legendre rule
    in ln s, which is right to 1e-12 of the sum.
    """
    total = 0.0
    for start in range(low, min(high, _SUMMED), 1 << 16):
        stop = min(start + (1 << 16), high, _SUMMED)
        total += float(terms(np.arange(start, stop, dtype=np.float64)).sum())
    nodes, weights = np.polynomial.legendre.leggauss(24)
    for first, last in _octaves(max(low, _SUMMED), high):
        a, b = math.log(first - 0.5), math.log(last - 0.5)
        s = np.exp((a + b) / 2 + (b - a) / 2 * nodes)
        total += float(np.sum(weights * s * terms(s)) * (b - a) / 2)
    return total


def _octaves(low: int, high: int) -> Iterator[tuple[int, int]]:
    while low < high:
        yield low, min(2 * low, high)
        low *= 2


def poisson_complexity(n: int, mean_range: tuple[float, float]) -> float:
    """Parametric complexity, in bits, of n Poisson counts whose mean is in a closed range.

    The sum over sums s from n low to n high of s^s e^-s / s!.

    Raises:
        TypeError, ValueError: n is no integer from 1; the range is not (low, high) from 0, holds
            no sample, or holds sums of 2^62 and more.
    """
    low, high = _sums(n, mean_range)
    return math.log2(sum_of_terms(poisson_terms, low, high + 1))


def geometric_complexity(
    n: int, mean_range: tuple[float, float], *, exact: bool = False
) -> float | Fraction:
    """Parametric complexity of n geometric counts (from 0) whose mean is in a closed range.

    Args:
        n: counts, at least 1.
        mean_range: (low, high) of the fitted mean, low from 0.
        exact: whether to add Fractions (slow beyond some hundred sums).

    Returns:
        Bits, the log2 of the Shtarkov sum; with `exact`, the sum itself.

    Raises:
        TypeError, ValueError: as `poisson_complexity`.
    """
    n = integer("n", n, 1)
    low, high = _sums(n, mean_range)
    if exact:
        return sum((_exact_term(n, s) for s in range(low, high + 1)), Fraction(0))
    return math.log2(sum_of_terms(lambda s: geometric_terms(s, n), low, high + 1))


def _exact_term(n: int, s: int) -> Fraction:
    return math.comb(n + s - 1, s) * Fraction(n**n * s**s, (n + s) ** (n + s))


def _sums(n: int, mean_range: tuple[float, float]) -> tuple[int, int]:
    """The least and the greatest sum of n counts with their mean in the range."""
    n = integer("n", n, 1)
    low, high = checked_range("mean_range", mean_range, low=0)
    first, last = math.ceil(Fraction(low) * n), math.floor(Fraction(high) * n)
    # an end such as 0.3 is the double of 3/10, though a little less; samples' means are doubles too
    first -= first > 0 and (first - 1) / n >= low
    last += (last + 1) / n <= high
    if first > last or last >= _LARGEST:
        raise ValueError(
            f"mean_range: got {mean_range}, accepted is a range that {n} counts can have as their "
            "mean, with a sum below 2^62"
        )
    return first, last
