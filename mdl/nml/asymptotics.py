"""Approximations of the multinomial parametric complexity, beside the exact one.

===============  =====================================================  ==========================
approximation    leading error                                          bits, K = 10 / 100, n = 1000
===============  =====================================================  ==========================
fisher           O(1 / sqrt n) at fixed K: only for n far above K^2     36.5868 / 236.0678
szpankowski      O(n^-3/2) at fixed K                                   37.0298 / 251.1518
exact                                                                   37.0297 / 251.1147
===============  =====================================================  ==========================

References:
    J. Rissanen, Fisher information and stochastic complexity, IEEE Trans. Inf. Theory 42(1), 1996.
    W. Szpankowski, Average case analysis of algorithms on sequences, Wiley 2001; as equation 6 of
    P. Kontkanen, W. Buntine, P. Myllymäki, J. Rissanen and H. Tirri, Efficient computation of
        stochastic complexity, AISTATS 2003.
"""

from __future__ import annotations

import math

from complexity.errors import integer
from mdl.nml.multinomial import MAX_ALPHABET, MAX_N

__all__ = ["fisher_complexity", "szpankowski_complexity"]


def fisher_complexity(alphabet_size: int, n: int) -> float:
    """Rissanen's asymptotic form, (K-1)/2 log2(n / 2 pi) + log2 of the Fisher volume, in bits.

    The integral over the simplex of the square root of the Fisher information's determinant is
    pi^(K/2) / Gamma(K/2). It may be negative where n is small.

    Args:
        alphabet_size: K, 1 to 16777216.
        n: number of symbols, at least 1.

    Raises:
        TypeError: an argument is no integer.
        ValueError: it is out of range.

    Example:
        >>> round(fisher_complexity(2, 10), 6)
        1.986712
    """
    k = integer("alphabet_size", alphabet_size, 1, MAX_ALPHABET)
    integer("n", n, 1, MAX_N)
    volume = (k * math.log(math.pi) / 2 - math.lgamma(k / 2)) / math.log(2)
    if k == 1:
        return 0.0
    return (k - 1) / 2 * math.log2(n / (2 * math.pi)) + volume


def szpankowski_complexity(alphabet_size: int, n: int) -> float:
    """Szpankowski's three terms (constant, n^-1/2, n^-1), in bits.

    Args:
        alphabet_size: K, 1 to 16777216.
        n: number of symbols, at least 1.

    Raises:
        TypeError: an argument is no integer.
        ValueError: it is out of range.

    Example:
        >>> round(szpankowski_complexity(2, 10), 6)
        2.220999
    """
    k = integer("alphabet_size", alphabet_size, 1, MAX_ALPHABET)
    integer("n", n, 1, MAX_N)
    if k == 1:
        return 0.0
    ratio = math.exp(math.lgamma(k / 2) - math.lgamma((k - 1) / 2))
    nats = (
        (k - 1) / 2 * math.log(n / 2)
        + math.log(math.pi) / 2
        - math.lgamma(k / 2)
        + math.sqrt(2) * k * ratio / (3 * math.sqrt(n))
        + ((3 + k * (k - 2) * (2 * k + 1)) / 36 - (ratio * k) ** 2 / 9) / n
    )
    return nats / math.log(2)
