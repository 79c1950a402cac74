"""Whether all words of a length are equally frequent (SP 800-22, sections 2.11 and 2.12).

Words overlap, and the sequence is taken as a ring.

References:
    I. J. Good, The serial test for sampling numbers and other tests for randomness, Proc. Cambridge
        Philosophical Society 49, 1953.
    A. Rukhin et al., NIST Special Publication 800-22 rev. 1a, 2010, sections 2.11, 2.12, 3.11
        and 3.12.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import BitsLike
from complexity.errors import integer
from complexity.randomness.outcome import Outcome, Part, chi_square_tail, of_parts, sequence

__all__ = ["approximate_entropy", "serial"]

_LONGEST = 24


def serial(bits: BitsLike | bytes, *, length: int | None = None) -> Outcome:
    """The serial test, section 2.11: are the words of `length` bits equally frequent?

    Args:
        bits: (n,).
        length: m, 2 to 24; the document asks for m < floor(log2 n) - 2. By default the longest
            such m, at most 16.

    Returns:
        Two parts, chi-square with 2^(m-1) and 2^(m-2) degrees of freedom: the first and the second
        difference of the statistics psi^2 of lengths m, m - 1 and m - 2.

    Raises:
        TypeError, ValueError: as `battery`; or no m is that short (n < 32).

    Example:
        >>> [round(part.p, 6) for part in serial("0011011101", length=3).parts]  # section 2.11.4
        [0.808792, 0.67032]
    """
    data = sequence("bits", bits)
    n = data.size
    if length is None:
        length = min(16, n.bit_length() - 4)
        if length < 2:
            raise ValueError(f"bits: got {n} bits, accepted are at least 32")
    integer("length", length, 2, _LONGEST)
    # n (psi^2 + n) of m, m - 1 and m - 2, integers: what should be 0 is, and never below
    psi = [int((counts**2).sum()) * counts.size for counts in _counts(data, length, 3)]
    first, second = (psi[0] - psi[1]) / n, (psi[0] - 2 * psi[1] + psi[2]) / n
    parts = [
        Part("first difference", first, chi_square_tail(first, 1 << (length - 1))),
        Part("second difference", second, chi_square_tail(second, 1 << (length - 2))),
    ]
    return of_parts("serial", parts, {"length": length})


def approximate_entropy(bits: BitsLike | bytes, *, length: int | None = None) -> Outcome:
    """The approximate entropy test, section 2.12: how surely do m bits not tell the next one?

    Args:
        bits: (n,).
        length: m, 1 to 23; the document asks for m < floor(log2 n) - 5. By default the longest
            such m, at most 10.

    Returns:
        The statistic is 2 n (ln 2 - ApEn), chi-square with 2^m degrees of freedom: ApEn is the
        difference of the entropies of words of m + 1 and of m bits.

    Raises:
        TypeError, ValueError: as `battery`; or no m is that short (n < 128).

    Example:
        >>> round(approximate_entropy("0100110101", length=3).p, 6)  # section 2.12.4
        0.261961
    """
    data = sequence("bits", bits)
    n = data.size
    if length is None:
        length = min(10, n.bit_length() - 7)
        if length < 1:
            raise ValueError(f"bits: got {n} bits, accepted are at least 128")
    integer("length", length, 1, _LONGEST - 1)
    longer, shorter = (_entropy(counts, n) for counts in _counts(data, length + 1, 2))
    statistic = max(0.0, 2 * n * (math.log(2) - (longer - shorter)))
    p = chi_square_tail(statistic, 1 << length)
    return Outcome("approximate_entropy", statistic, p, parameters={"length": length})


def _counts(bits: NDArray[np.uint8], length: int, number: int) -> Iterator[NDArray[np.int64]]:
    """How often every word of `length` bits occurs, then of one bit less, and so on."""
    n = bits.size
    ring = np.concatenate([bits, np.resize(bits, length - 1)])
    words = np.zeros(n, np.int32)
    for k in range(length):
        words <<= 1
        words |= ring[k : k + n]
    counts = np.bincount(words, minlength=1 << length)
    for _ in range(number):
        yield counts
        counts = counts.reshape(-1, 2).sum(axis=1) if counts.size > 1 else counts


def _entropy(counts: NDArray[np.int64], n: int) -> float:
    """In nats."""
    found = counts[counts > 0] / n
    return -float((found * np.log(found)).sum())
