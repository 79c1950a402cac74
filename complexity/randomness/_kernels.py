"""Numba kernels of the tests of randomness: shortest shift registers and ranks over GF(2).

Polynomials and rows of matrices are words of 64 bits, bit k the coefficient k. All helpers live in
this file because Numba's cache does not see changes elsewhere.
"""

import numpy as np
from numba import njit

_U64 = np.uint64
_ONE = np.uint64(1)
_TOP = np.uint64(63)


@njit(cache=True, nogil=True)
def _odd(word):
    """Whether the word has an odd number of ones."""
    for shift in (32, 16, 8, 4, 2, 1):
        word ^= word >> _U64(shift)
    return word & _ONE


@njit(cache=True, nogil=True)
def _shift(words, low):
    """Multiply a polynomial by x and add `low`; what leaves the array is lost."""
    for k in range(words.size):
        carry = words[k] >> _TOP
        words[k] = (words[k] << _ONE) | low
        low = carry


@njit(cache=True, nogil=True)
def linear_complexities(blocks):
    """The length of the shortest linear feedback shift register of every row (Berlekamp-Massey).

    Args:
        blocks: (N, M) uint8 of 0 and 1.

    Returns:
        (N,) int64, from 0 to M.
    """
    count, size = blocks.shape
    words = size // 64 + 1
    lengths = np.empty(count, np.int64)
    present, before, seen, spare = np.empty((4, words), np.uint64)
    for i in range(count):
        present[:] = 0
        before[:] = 0
        seen[:] = 0  # bit j: the symbol j steps ago
        present[0] = before[0] = _ONE
        length = 0
        for at in range(size):
            _shift(seen, _U64(blocks[i, at]))
            _shift(before, _U64(0))
            discrepancy = _U64(0)
            for k in range(words):
                discrepancy ^= present[k] & seen[k]
            if _odd(discrepancy) == _ONE:
                grows = 2 * length <= at
                for k in range(words):
                    spare[k] = present[k]
                    present[k] ^= before[k]
                if grows:
                    length = at + 1 - length
                    before[:] = spare
        lengths[i] = length
    return lengths


@njit(cache=True, nogil=True)
def gf2_ranks(matrices):
    """The rank over GF(2) of every matrix.

    Args:
        matrices: (N, rows) uint64, a word per row; not changed.

    Returns:
        (N,) int64.
    """
    count, size = matrices.shape
    ranks = np.zeros(count, np.int64)
    rows = np.empty(size, np.uint64)
    for i in range(count):
        rows[:] = matrices[i]
        for at in range(size):
            pivot = rows[at]
            if pivot != 0:
                ranks[i] += 1
                lowest = pivot & (~pivot + _ONE)
                for k in range(at + 1, size):
                    if rows[k] & lowest != 0:
                        rows[k] ^= pivot
    return ranks
