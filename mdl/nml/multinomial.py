"""The parametric complexity of the multinomial family, exactly and in floats.

The Shtarkov sum C(K, n) adds the maximised likelihood of all K^n sequences of n symbols:

    C(K, n) = sum over h_1 + ... + h_K = n of n! / (h_1! ... h_K!) prod (h_k / n)^h_k.

For two symbols it is 1 + Q(n), with Ramanujan's Q(n) = sum_{j=1}^n n! / ((n - j)! n^j), whose terms
are positive and fall as exp(-j^2 / 2n): about 9 sqrt(n) of them are all that a double can see. From
n = 4096 on Q has its asymptotic series, whose first omitted term is below 1e-14 of the sum there.
More symbols come by the linear recurrence C(K + 2, n) = C(K + 1, n) + (n / K) C(K, n), carried
through the ratios C(K + 1, n) / C(K, n), which are between 1 and n + 1: nothing overflows. Nothing
is subtracted either, so that the relative error of the sum stays below 1e-12.

References:
    Y. M. Shtarkov, Universal sequential coding of single messages, Problems of Information
        Transmission 23(3), 1987.
    P. Kontkanen and P. Myllymäki, A linear-time algorithm for computing the multinomial stochastic
        complexity, Information Processing Letters 103(6), 2007: the recurrence (theorem 1).
    T. Mononen and P. Myllymäki, Computing the multinomial stochastic complexity in sub-linear time,
        PGM 2008: the sum over falling powers.
    D. E. Knuth, The art of computer programming 1, section 1.2.11.3, equation 25: the series of Q.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer

__all__ = [
    "MAX_ALPHABET",
    "MAX_N",
    "multinomial_complexity",
    "multinomial_complexity_table",
]

MAX_ALPHABET = 1 << 24
"""The most symbols: time is linear in their number, some twenty seconds here."""
MAX_N = 1 << 53
"""The greatest n: beyond, a double skips integers."""

_SERIES_FROM = 4096


@overload
def multinomial_complexity(
    alphabet_size: int, n: int, *, exact: Literal[False] = False
) -> float: ...
@overload
def multinomial_complexity(alphabet_size: int, n: int, *, exact: Literal[True]) -> Fraction: ...
@overload
def multinomial_complexity(
    alphabet_size: int, n: NDArray[Any], *, exact: Literal[False] = False
) -> NDArray[np.float64]: ...
def multinomial_complexity(
    alphabet_size: int, n: int | NDArray[Any], *, exact: bool = False
) -> float | Fraction | NDArray[np.float64]:
    """Parametric complexity of n symbols from an alphabet, log2 C(K, n), in bits.

    It is what normalised maximum likelihood adds to -log2 of the maximised likelihood of every
    sequence: the least worst-case regret there is.

    Args:
        alphabet_size: K, 1 to 16777216.
        n: number of symbols, 0 to 2^53, or an array of such integers, of any shape.
        exact: whether to give the Shtarkov sum itself as a Fraction (one n; time is quadratic in
            n, a second at n = 10,000).

    Returns:
        Bits, a float (an array of float64 of the shape of `n` for an array): exactly 0 for one
        symbol or n = 0, log2 K for n = 1; relative error of the sum below 1e-12. With `exact`, the
        Fraction C(K, n): no logarithm.

    Raises:
        TypeError: an argument is no integer, or `exact` is asked of an array.
        ValueError: it is out of range.

    Example:
        >>> multinomial_complexity(2, 2, exact=True)
        Fraction(5, 2)
        >>> round(multinomial_complexity(10, 1797), 5)
        40.72251
    """
    alphabet_size = integer("alphabet_size", alphabet_size, 1, MAX_ALPHABET)
    if exact:
        if isinstance(n, np.ndarray):
            raise TypeError("n: got an array, accepted with exact=True is one integer")
        return _exact(alphabet_size, integer("n", n, 0, MAX_N))
    if not isinstance(n, np.ndarray):
        return _of_one(alphabet_size, integer("n", n, 0, MAX_N))
    return deque(_rows(alphabet_size, _sizes(n)), maxlen=1).pop()


@lru_cache(maxsize=4096)
def _of_one(alphabet_size: int, n: int) -> float:
    return float(deque(_rows(alphabet_size, _sizes(n)), maxlen=1).pop())


def multinomial_complexity_table(alphabet_size: int, n: int | NDArray[Any]) -> NDArray[np.float64]:
    """Parametric complexity for every alphabet of 1 to `alphabet_size` symbols, in bits.

    Args:
        alphabet_size: the largest K.
        n: number of symbols, or an array of such integers, of any shape.

    Returns:
        Bits, (alphabet_size, *shape of n) float64: row K - 1 is `multinomial_complexity(K, n)`, bit
        for bit, at the cost of the last row alone.

    Raises:
        TypeError: an argument is no integer.
        ValueError: it is out of range.
    """
    alphabet_size = integer("alphabet_size", alphabet_size, 1, MAX_ALPHABET)
    sizes = _sizes(n)
    table = np.empty((alphabet_size, *sizes.shape))
    for row, bits in enumerate(_rows(alphabet_size, sizes)):
        table[row] = bits
    return table


def _sizes(n: Any) -> NDArray[np.float64]:
    if not isinstance(n, np.ndarray):
        return np.array(integer("n", n, 0, MAX_N), np.float64)
    if n.dtype.kind not in "iu":
        raise TypeError(f"n: got an array of {n.dtype}, accepted are integers")
    if n.size and not 0 <= int(n.min()) <= int(n.max()) <= MAX_N:
        raise ValueError(
            f"n: got {int(n.min())} to {int(n.max())}, accepted are integers from 0 to {MAX_N}"
        )
    return n.astype(np.float64)


def _rows(alphabet_size: int, n: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """log2 C(K, n) for K = 1, 2, ..., alphabet_size."""
    bits = np.zeros(n.shape)
    yield bits
    if alphabet_size == 1:
        return
    ratio = two_symbols(n)  # C(2, n) / C(1, n)
    for size in range(2, alphabet_size + 1):
        bits = bits + np.log2(ratio)
        yield bits
        ratio = 1 + n / ((size - 1) * ratio)  # C(size + 1, n) / C(size, n)


def two_symbols(n: NDArray[np.float64]) -> NDArray[np.float64]:
    """C(2, n) = 1 + Q(n)."""
    total = np.empty(n.shape)
    large = n >= _SERIES_FROM
    total[large] = _series(n[large])
    total[~large] = _falling_powers(n[~large])
    return total


def _falling_powers(n: NDArray[np.float64]) -> NDArray[np.float64]:
    """sum_{j=0}^n n! / ((n - j)! n^j), smallest n to largest at once."""
    total, term = np.ones(n.shape), np.ones(n.shape)
    divisor = np.maximum(n, 1)
    j = 0
    while np.any(term > 1e-17):  # the total is at least 1, the terms fall
        term = term * np.maximum(n - j, 0) / divisor
        total += term
        j += 1
    return total


def _series(n: NDArray[np.float64]) -> NDArray[np.float64]:
    root = np.sqrt(np.pi * n / 2)
    even = 1 + 1 / (12 * n) + 1 / (288 * n**2) - 139 / (51840 * n**3)  # those of Stirling's series
    return 1 + root * even - 1 / 3 - 4 / (135 * n) + 8 / (2835 * n**2)


def _exact(alphabet_size: int, n: int) -> Fraction:
    falling, numerator = 1, 1  # n^n C(K, n) is an integer for every K
    for j in range(n):
        falling *= n - j
        numerator = numerator * n + falling
    before, now = n**n, numerator
    if alphabet_size == 1:
        return Fraction(1)
    for size in range(1, alphabet_size - 1):
        before, now = now, now + n * before // size
    return Fraction(now, n**n)
