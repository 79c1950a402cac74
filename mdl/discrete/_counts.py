"""Counts of letters by their exact NML probability, through the arithmetic coder.

The alphabet is halved again and again; of n letters the left half holds l with the probability

    n! / (l! r!) (l / n)^l (r / n)^r C(K_l, l) C(K_r, r) / C(K, n),    r = n - l,

whose product over all halvings is the NML probability of the counts: C(K, n) is the sum over l of
the numerators. One number is coded as a walk down a tree of partial sums, in which only positive
terms are added. All is computed with + - * / and square roots, so that every machine with IEEE
arithmetic computes the same.

References:
    P. Kontkanen, W. Buntine, P. Myllymäki, J. Rissanen and H. Tirri, Efficient computation of
        stochastic complexity, AISTATS 2003: C(K, n) from those of parts of the alphabet.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import DecodeError
from complexity.context import _kernels as coders
from mdl.nml.multinomial import two_symbols

__all__ = ["code_counts"]

_RARE = 2.0**-20  # a decision less likely is coded in steps: the coder rounds to 32 bits
_FLOOR = 2.0**-1000  # least weight relative to the largest: keeps everything encodable
_TABULATED = 32


def code_counts(
    counts: NDArray[np.int64] | None,
    n: int,
    alphabet_size: int,
    mode: int,
    coder: NDArray[np.uint64],
    buffer: NDArray[np.uint8],
) -> NDArray[np.int64]:
    """Encode counts, or decode them (None).

    Args:
        counts: (K,), of sum n.
        n: number of letters.
        alphabet_size: K, at least 2.
        mode: ENCODE or DECODE of the coder's kernels.
        coder, buffer: its state, advanced.

    Returns:
        The counts.

    Raises:
        DecodeError: the buffer is too short, or holds what is no codeword.
    """
    weights = _weights(alphabet_size, n)
    found = np.zeros(alphabet_size, np.int64)
    todo = [(0, alphabet_size, n)]
    while todo:
        start, size, total = todo.pop()
        if size == 1:
            found[start] = total
        elif total:
            half = (size + 1) // 2
            left = None if counts is None else int(counts[start : start + half].sum())
            sums = _partial_sums(weights[half], weights[size - half], total)
            left = _code_number(sums, left, mode, coder, buffer)
            todo.append((start + half, size - half, total - left))
            todo.append((start, half, left))
    return found


_Scaled = tuple[NDArray[np.float64], NDArray[np.int64]]  # mantissas and exponents of 2


def _weights(alphabet_size: int, n: int) -> dict[int, _Scaled]:
    """size -> h^h e^-h / h! C(size, h) for h = 0, ..., n, for all sizes that halving gives."""
    sizes, size = {1}, {alphabet_size}
    while max(size) > 1:
        size = {part for whole in size for part in ((whole + 1) // 2, whole // 2) if part}
        sizes |= size
    h = np.arange(n + 1, dtype=np.float64)
    mantissa, exponent = np.frexp(_stirling(h))
    exponent = exponent.astype(np.int64)
    found = {1: (mantissa, exponent)}
    ratio = two_symbols(h) if max(sizes) > 1 else h
    for size in range(2, max(sizes) + 1):
        mantissa, more = np.frexp(mantissa * ratio)
        exponent = exponent + more
        ratio = 1 + h / ((size - 1) * ratio)
        if size in sizes:
            found[size] = (mantissa, exponent)
    return found


def _stirling(h: NDArray[np.float64]) -> NDArray[np.float64]:
    """h^h e^-h / h!."""
    x = np.maximum(h, _TABULATED)
    series = 571 / 2488320 - 163879 / (209018880 * x)  # of Gamma, from its end
    series = 1 + (1 / 12 + (1 / 288 - (139 / 51840 + series / x) / x) / x) / x
    values = 1 / (np.sqrt(2 * np.pi * x) * series)
    values[:_TABULATED] = _first()[: h.size]
    return values


@cache
def _first() -> list[float]:
    """The first values, rounded from Fractions."""
    e = sum(Fraction(1, math.factorial(k)) for k in range(60))
    return [float(Fraction(k**k, math.factorial(k)) / e**k) for k in range(_TABULATED)]


def _partial_sums(left: _Scaled, right: _Scaled, total: int) -> list[NDArray[np.float64]]:
    """The weights of 0, ..., total on the left, and sums of two, of four, ...; the root last."""
    mantissa = left[0][: total + 1] * right[0][total::-1]
    exponent = left[1][: total + 1] + right[1][total::-1]
    shift = np.maximum(exponent - exponent.max(), -1022).astype(np.int32)
    sums = np.zeros(1 << total.bit_length())
    sums[: total + 1] = np.maximum(np.ldexp(mantissa, shift), _FLOOR)
    levels = [sums]
    while sums.size > 1:
        sums = sums[0::2] + sums[1::2]
        levels.append(sums)
    return levels


def _code_number(
    levels: list[NDArray[np.float64]], number: int | None, mode: int, coder: Any, buffer: Any
) -> int:
    at = 0
    for depth in range(len(levels) - 2, -1, -1):
        zero, one = float(levels[depth][2 * at]), float(levels[depth][2 * at + 1])
        bit = None if number is None else (number >> depth) & 1
        at = 2 * at + _decide(zero, one, bit, mode, coder, buffer)
    return at


def _decide(zero: float, one: float, bit: int | None, mode: int, coder: Any, buffer: Any) -> int:
    if one == 0:
        return 0
    rare = int(one < zero)
    p, escaped = min(zero, one) / (zero + one), False
    while p < _RARE:  # is it the rare one? if so, p is 2^20 times as large
        if not _code(_RARE, bit if bit is None else int(bit == rare), mode, coder, buffer):
            if escaped:
                raise DecodeError("damaged: a rare count that is not")
            return 1 - rare
        p, escaped = p / _RARE, True
    seen = _code(p, bit if bit is None else int(bit == rare), mode, coder, buffer)
    if escaped and not seen:
        raise DecodeError("damaged: a rare count that is not")
    return rare if seen else 1 - rare


def _code(p: float, one: int | None, mode: int, coder: Any, buffer: Any) -> int:
    if mode == coders.ENCODE:
        coders._encode(coder, buffer, p, one)
        return one or 0
    seen = int(coders._decode(coder, buffer, p))
    if seen < 0:
        raise DecodeError("truncated or damaged: it ends inside the counts")
    return seen
