"""How many closed terms there are of every size, and the weight of all of them, sum of 2^-size.

With n bits below d lambdas there are T(n, d) terms whose variables are bound, and

    T(n, d) = [2 <= n <= d + 1] + T(n - 2, d + 1) + sum over k of T(k, d) T(n - 2 - k, d).

Their weights K(d), sums over n of T(n, d) 2^-n, obey K = K(d + 1) / 4 + K^2 / 4 + (1 - 2^-d) / 2.
With d to infinity all terms are allowed, a complete prefix code, so K(d) rises to 1; the smaller
root of the equation takes any bounds of K(d + 1) to bounds of K(d) about half as far apart.

References:
    K. Grygiel and P. Lescanne, Counting and generating terms in the binary lambda calculus, Journal
        of Functional Programming 25, 2015; OEIS A114852.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from complexity.machines.terms import Term

__all__ = ["MAX_LISTED", "closed_terms", "count_closed", "kraft_sum"]

MAX_LISTED = 36
"""Bits of the largest terms that are listed: there are 11,148,652 of them."""

_DEPTH, _DIGITS = 150, 160
"""Lambdas, and binary digits, at which the weight of all closed terms is bounded."""


def count_closed(size: int) -> int:
    """How many closed terms have `size` bits, exactly: OEIS A114852.

    Args:
        size: 0 to 500.

    Raises:
        TypeError, ValueError: it is no integer, or out of range.

    Example:
        >>> [count_closed(size) for size in range(4, 13)]
        [1, 0, 1, 1, 2, 1, 6, 5, 13]
        >>> count_closed(40)
        130880047
    """
    size = integer("size", size, 0, 500)
    for smaller in range(0, size, 50):  # so that recursion stays shallow
        _count(smaller, (size - smaller) // 2)
    return _count(size, 0)


@cache
def _count(size: int, lambdas: int) -> int:
    if size < 2:
        return 0
    found = int(size <= lambdas + 1) + _count(size - 2, lambdas + 1)
    left = size - 2
    halves = sum(_count(k, lambdas) * _count(left - k, lambdas) for k in range(2, (left + 1) // 2))
    return found + 2 * halves + (0 if left % 2 else _count(left // 2, lambdas) ** 2)


def closed_terms(size: int) -> Iterator[Term]:
    r"""The closed terms of `size` bits, in the order of their bits.

    Args:
        size: 0 to `MAX_LISTED`.

    Raises:
        TypeError, ValueError: it is no integer, or out of range.

    Example:
        >>> [str(term) for term in closed_terms(8)]
        ['\\x y z. z', '\\x. x x']
    """
    from complexity.machines import _kernels

    size = integer("size", size, 0, MAX_LISTED)
    buffer = np.zeros(size + 1, np.int32)
    for code in codes_of(size):
        length = _kernels.decode(code, size, buffer)  # pyright: ignore[reportCallIssue]
        yield Term(tuple(buffer[:length].tolist()))


def codes_of(size: int) -> NDArray[np.uint64]:
    """The closed terms of `size` bits as integers, (k,) uint64, ascending."""
    from complexity.machines import _listing_kernels

    codes = np.zeros(count_closed(size), np.uint64)
    if codes.size:
        _listing_kernels.generate(size, codes)  # pyright: ignore[reportCallIssue]
    return codes


@cache
def kraft_sum() -> tuple[Fraction, Fraction]:
    """Bounds of the weight of all closed terms, less than 2^-100 apart.

    Returns:
        (lower, upper), exact fractions: 0.126002848 to nine digits

    Example:
        >>> lower, upper = kraft_sum()
        >>> f"{float(lower):.7f}", upper - lower < Fraction(1, 2**100)
        ('0.1260028', True)
    """
    one = 1 << _DIGITS
    lower, upper = 0, one  # in units of 2^-_DIGITS
    for lambdas in range(_DEPTH - 1, -1, -1):
        # K(d) = 2 - sqrt(2 + 2^(1 - d) - K(d + 1)), the root rounded outwards
        inside = 2 * one + (2 * one >> lambdas)
        lower = 2 * one - math.isqrt((inside - lower) << _DIGITS) - 1
        upper = 2 * one - math.isqrt((inside - upper) << _DIGITS)
        lower, upper = max(lower, 0), min(upper, one)
    return Fraction(lower, one), Fraction(upper, one)
