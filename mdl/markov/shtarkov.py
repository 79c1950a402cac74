"""The parametric complexity of Markov chains: the exact Shtarkov sum, by Markov types.

The sum of the maximised likelihoods of all K^n sequences after a given context needs only how often
every symbol follows every context (the sequence's Markov type) and how many sequences have that
type. For a binary chain of order 1 that number is a product of two binomials (runs; the case K = 2
of Whittle's formula), and the types are quadratic in n. In general the types and their numbers are
carried from one length to the next, exactly, in integers; there are about n^(K^k (K - 1)) of them.

The sum grows as (n / 2 pi)^(K^k (K - 1) / 2) times the integral of the root of the determinant of
the Fisher information; for the binary chain of order 1 that integral is 4 G, with Catalan's
constant G = 0.9159655942.

References:
    Y. M. Shtarkov, Universal sequential coding of single messages, Problems of Information
        Transmission 23(3), 1987.
    P. Whittle, Some distribution and moment formulae for the Markov chain, J. R. Stat. Soc. B 17,
        1955: sequences per type.
    P. Jacquet and W. Szpankowski, Markov types and minimax redundancy for Markov sources, IEEE
        Trans. Inf. Theory 50(7), 2004.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, overload

import numpy as np

from complexity.errors import integer
from mdl.markov._symbols import MAX_ALPHABET

__all__ = ["MAX_BINARY", "MAX_TYPES", "markov_complexity"]

MAX_TYPES = 200_000
"""The most Markov types of one length that are carried along: some seconds."""
MAX_BINARY = 10_000
"""The longest sequence of the binary chain of order 1, in floats."""
_MAX_ORDER = 16


@overload
def markov_complexity(
    alphabet_size: int,
    order: int,
    n: int,
    *,
    start: Sequence[int] | None = None,
    exact: Literal[False] = False,
) -> float: ...
@overload
def markov_complexity(
    alphabet_size: int,
    order: int,
    n: int,
    *,
    start: Sequence[int] | None = None,
    exact: Literal[True],
) -> Fraction: ...
def markov_complexity(
    alphabet_size: int,
    order: int,
    n: int,
    *,
    start: Sequence[int] | None = None,
    exact: bool = False,
) -> float | Fraction:
    """Parametric complexity of Markov chains of an order, for n symbols after a known context.

    Args:
        alphabet_size: K, from 1.
        order: k, 0 to 16. For order 0 it is the multinomial's.
        n: number of symbols after the context.
        start: the context, k symbols, the oldest first; zeros by default.
        exact: whether to give the Shtarkov sum itself as a Fraction.

    Returns:
        Bits, log2 of the sum: 0 for n = 0, log2 K for n = 1. With `exact`, the sum.

    Raises:
        TypeError: an argument is no integer.
        ValueError: it is out of range, or there are more than MAX_TYPES Markov types (n above
            MAX_BINARY for the binary chain of order 1, in floats).

    Example:
        >>> markov_complexity(2, 1, 3, exact=True)
        Fraction(112, 27)
        >>> round(2 ** markov_complexity(2, 1, 10), 7)
        9.5794545
    """
    # as ints: counts are digits of one number, beyond 64 bits
    alphabet_size = integer("alphabet_size", alphabet_size, 1, MAX_ALPHABET)
    order, n = integer("order", order, 0, _MAX_ORDER), integer("n", n, 0)
    if start is not None and not isinstance(start, Sequence | np.ndarray):
        raise TypeError(f"start: got {start!r}, accepted is a sequence of {order} symbols")
    context = (0,) * order if start is None else tuple(start)
    if len(context) != order:
        raise ValueError(f"start: got {len(context)} symbols, accepted are {order}, the order")
    for symbol in context:
        integer("start", symbol, 0, alphabet_size - 1)
    if order == 0:
        from mdl.nml import multinomial_complexity

        if exact:
            return multinomial_complexity(alphabet_size, n, exact=True)
        return multinomial_complexity(alphabet_size, n)
    if alphabet_size == 1 or n == 0:
        return Fraction(1) if exact else 0.0
    first = functools.reduce(lambda code, symbol: code * alphabet_size + int(symbol), context, 0)
    if exact:
        return _sum(alphabet_size, order, n, first)
    if alphabet_size == 2 and order == 1:
        return _binary_bits(n)  # both contexts alike
    return _bits(alphabet_size, order, n, first)


@functools.lru_cache(maxsize=64)
def _binary_bits(n: int) -> float:
    """Types by F01 = m, F10 = m or m - 1 and F00; the chain is in state 0 before."""
    from scipy.special import gammaln, xlogy

    if n > MAX_BINARY:
        raise ValueError(_too_many(f"n: got {n}, accepted are at most {MAX_BINARY}"))
    log_factorial = gammaln(np.arange(n + 2) + 1.0)
    power = xlogy(np.arange(n + 1.0), np.arange(n + 1.0))  # h ln h
    parts = [1.0]  # n zeros
    for up in range(1, n + 1):
        for down in (up, up - 1):
            if up + down > n:
                continue
            zeros = np.arange(n - up - down + 1)  # F00
            ones = n - up - down - zeros  # F11
            nats = log_factorial[zeros + down] - log_factorial[zeros] - log_factorial[down]
            nats += log_factorial[ones + up - 1] - log_factorial[ones] - log_factorial[up - 1]
            nats += power[zeros] + power[up] - power[zeros + up]
            nats += power[ones] + power[down] - power[ones + down]
            parts.append(float(np.exp(nats).sum()))
    return math.log2(math.fsum(parts))


@functools.lru_cache(maxsize=64)
def _bits(alphabet_size: int, order: int, n: int, first: int) -> float:
    terms = []
    for rows, number in _types(alphabet_size, order, n, first):
        nats = math.log(number)
        for row in rows:
            nats += sum(h * math.log(h) for h in row if h) - sum(row) * math.log(sum(row) or 1)
        terms.append(math.exp(nats))  # at most 1: a part of a probability
    return math.log2(math.fsum(terms))


def _sum(alphabet_size: int, order: int, n: int, first: int) -> Fraction:
    numerators: dict[tuple[int, ...], int] = {}  # by the denominators, the contexts' totals
    for rows, number in _types(alphabet_size, order, n, first):
        totals = tuple(sorted(sum(row) for row in rows))
        product = math.prod(h**h for row in rows for h in row)
        numerators[totals] = numerators.get(totals, 0) + number * product
    return sum(
        (Fraction(top, math.prod(t**t for t in totals)) for totals, top in numerators.items()),
        Fraction(0),
    )


def _types(alphabet_size: int, order: int, n: int, first: int):
    """Every Markov type, as its rows, with the number of sequences that have it.

    A type is one integer, a count in every (n + 1)-ary digit; the last context goes with it.
    """
    contexts, base = alphabet_size**order, n + 1
    if contexts > MAX_TYPES:
        raise ValueError(_too_many(f"order: got {order}, {contexts} contexts"))
    weight = [base**pair for pair in range(contexts * alphabet_size)]
    layer = {(0, first): 1}
    for _ in range(n):
        after: dict[tuple[int, int], int] = {}
        for (code, context), number in layer.items():
            for pair in range(context * alphabet_size, (context + 1) * alphabet_size):
                key = (code + weight[pair], pair % contexts)
                after[key] = after.get(key, 0) + number
        if len(after) > MAX_TYPES:
            raise ValueError(
                _too_many(f"n: got {n}, which makes more than {MAX_TYPES} Markov types")
            )
        layer = after
    for (code, _), number in layer.items():
        digits = []
        for _ in weight:
            code, digit = divmod(code, base)
            digits.append(digit)
        rows = [
            tuple(digits[at : at + alphabet_size]) for at in range(0, len(digits), alphabet_size)
        ]
        yield [row for row in rows if any(row)], number


def _too_many(what: str) -> str:
    return f"{what} for an exact Shtarkov sum; for more use the versions 'fnml' or 'bayes'"
