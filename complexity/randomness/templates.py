"""How often given words occur (SP 800-22, sections 2.7 and 2.8).

References:
    A. Rukhin et al., NIST Special Publication 800-22 rev. 1a, 2010, sections 2.7, 2.8, 3.7, 3.8.
    K. Hamano and T. Kaneko, Correction of overlapping template matching test included in NIST
        randomness test suite, IEICE Trans. Fundamentals E90-A(9), 2007: the exact probabilities.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import BitsLike
from complexity.errors import integer, one_of
from complexity.randomness.outcome import (
    CONSTANTS,
    Outcome,
    Part,
    chi_square,
    chi_square_tail,
    of_parts,
    sequence,
)

__all__ = ["aperiodic_words", "nonoverlapping_templates", "occurrences", "overlapping_templates"]

_LONGEST, _MOST = 9, 5  # of the overlapping template, and its last class: 5 occurrences and more
_BLOCK = 1032


def nonoverlapping_templates(
    bits: BitsLike | bytes, *, length: int = 9, blocks: int = 8
) -> Outcome:
    """The non-overlapping template matching test, section 2.7: for every word that is aperiodic.

    Such a word, as 000000001, cannot overlap itself. There are 148 of length 9.

    Args:
        bits: (n,). Bits behind the last whole block are left out.
        length: of the words, 2 to 16; the document recommends 9 or 10.
        blocks: how many; the document asks for at most 100.

    Returns:
        A part for every word: chi-square with as many degrees of freedom as blocks, over the
        occurrences in a block in standard deviations.

    Raises:
        TypeError, ValueError: as `battery`; or a block has fewer than 2 * length bits.

    Example:
        >>> outcome = nonoverlapping_templates("10100100101110010110", length=3, blocks=2)
        >>> {part.label: round(part.p, 6) for part in outcome.parts}["001"]  # section 2.7.4
        0.344154
    """
    data = sequence("bits", bits)
    integer("length", length, 2, 16)
    integer("blocks", blocks, 1)
    size = data.size // blocks
    if size < 2 * length:
        least = 2 * length * blocks
        raise ValueError(
            f"bits: got {data.size} bits, accepted are at least {least} for these words"
        )
    mean = (size - length + 1) / 2**length
    variance = size * (2.0**-length - (2 * length - 1) * 4.0**-length)
    words = aperiodic_words(length)
    found = [
        np.bincount(_windows(row, length), minlength=1 << length)[words]
        for row in data[: blocks * size].reshape(blocks, size)
    ]
    statistics = ((np.array(found) - mean) ** 2 / variance).sum(axis=0)
    parts = [
        Part(f"{word:0{length}b}", float(statistic), chi_square_tail(float(statistic), blocks))
        for word, statistic in zip(words.tolist(), statistics, strict=True)
    ]
    parameters = {"length": length, "blocks": blocks, "block": size}
    return of_parts("nonoverlapping_templates", parts, parameters)


@cache
def aperiodic_words(length: int) -> NDArray[np.int64]:
    """The words of that length, as numbers, no beginning of which is also their end.

    Example:
        >>> aperiodic_words(3).tolist()  # 001, 011, 100, 110
        [1, 3, 4, 6]
    """
    words = np.arange(1 << length)
    good = np.ones(words.size, bool)
    for border in range(1, length):
        good &= words >> (length - border) != words & ((1 << border) - 1)
    return np.flatnonzero(good)


def _windows(bits: NDArray[np.uint8], length: int) -> NDArray[np.int32]:
    """Every window of so many bits as a number, first bit most significant, (n - length + 1,)."""
    count = bits.size - length + 1
    windows = np.zeros(count, np.int32)
    for k in range(length):
        windows <<= 1
        windows |= bits[k : k + count]
    return windows


def overlapping_templates(bits: BitsLike | bytes, *, constants: str = "exact") -> Outcome:
    """The overlapping template matching test, section 2.8: runs of nine ones in blocks of 1032.

    Args:
        bits: (n,), n >= 1032; the document asks for n >= 10^6. Bits behind the last whole block
            are left out.
        constants: "exact" probabilities, or those of the "published" program: a compound Poisson
            law, 0.367879 for no occurrence in place of 0.364091.

    Returns:
        The statistic is chi-square with 5 degrees of freedom over the blocks with 0, 1, ..., 4, 5
        and more occurrences.

    Raises:
        TypeError, ValueError: as `battery`; or there is no whole block.
    """
    data = sequence("bits", bits)
    one_of("constants", constants, CONSTANTS)
    count = data.size // _BLOCK
    if not count:
        raise ValueError(f"bits: got {data.size} bits, accepted are at least {_BLOCK}, a block")
    blocks = data[: count * _BLOCK].reshape(count, _BLOCK)
    ones = np.cumsum(np.pad(blocks, ((0, 0), (1, 0))), axis=1, dtype=np.int32)
    hits = ((ones[:, _LONGEST:] - ones[:, :-_LONGEST]) == _LONGEST).sum(axis=1)
    observed = np.bincount(np.minimum(hits, _MOST), minlength=_MOST + 1)
    exact = constants == "exact"
    shares = occurrences(_LONGEST, _BLOCK, _MOST) if exact else _published()
    statistic = chi_square(observed, count * shares)
    parameters = {"length": _LONGEST, "block": _BLOCK, "blocks": count, "constants": constants}
    return Outcome(
        "overlapping_templates", statistic, chi_square_tail(statistic, _MOST), parameters=parameters
    )


@cache
def occurrences(length: int, n: int, most: int) -> NDArray[np.float64]:
    """The probabilities of 0, 1, ..., `most` and more runs of ones of that length in `n` coins.

    Overlapping ones count: with probability [k, r] of k occurrences so far and a present run of r
    ones, `length` standing for longer ones, one coin after another.

    Example:
        >>> occurrences(2, 3, 2).tolist()  # 011, 110 have one, 111 two
        [0.625, 0.25, 0.125]
    """
    state = np.zeros((most + 1, length + 1))
    state[0, 0] = 1
    for _ in range(n):
        after = np.zeros_like(state)
        after[:, 0] = state.sum(axis=1) / 2
        after[:, 1:length] = state[:, : length - 1] / 2
        hit = (state[:, length - 1] + state[:, length]) / 2
        after[1:, length] = hit[:-1]
        after[most, length] += hit[most]
        state = after
    return state.sum(axis=1)


@cache
def _published() -> NDArray[np.float64]:
    """Poisson clumps, one on average, of geometric sizes, two on average (section 3.8)."""
    shares = [math.exp(-1)]
    for count in range(1, _MOST):
        ways = (math.comb(count - 1, k - 1) / math.factorial(k) for k in range(1, count + 1))
        shares.append(math.exp(-1) * 0.5**count * sum(ways))
    return np.array([*shares, 1 - sum(shares)])
