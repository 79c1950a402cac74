"""Shortest shift registers and ranks over GF(2), against exhaustive search and plain Python."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complexity.randomness import _kernels as kernels


def words(n: int) -> np.ndarray:
    """All words of n bits, (2^n, n)."""
    return np.array(list(itertools.product((0, 1), repeat=n)), np.uint8)


def registers_search(n: int) -> dict[tuple[int, ...], int]:
    """Every word of n bits and the shortest register that gives it, by running all of them."""
    found: dict[tuple[int, ...], int] = {}
    for length in range(n + 1):
        for taps in itertools.product((0, 1), repeat=length):
            for start in itertools.product((0, 1), repeat=length):
                word = list(start)
                while len(word) < n:
                    word.append(sum(t & word[-1 - k] for k, t in enumerate(taps)) % 2)
                found.setdefault(tuple(word), length)
        if len(found) == 2**n:
            return found
    return found


@pytest.mark.parametrize("n", range(1, 10))
def test_registers_are_the_shortest(n):
    shortest = registers_search(n)
    lengths = kernels.linear_complexities(words(n))
    assert [shortest[tuple(word)] for word in words(n).tolist()] == lengths.tolist()


def test_as_many_words_of_each_complexity_as_rueppel_counted():
    n = 14
    counts = Counter(kernels.linear_complexities(words(n)).tolist())
    expected = {length: 2 ** min(2 * length - 1, 2 * n - 2 * length) for length in range(1, n + 1)}
    assert counts == {0: 1} | expected


def plain_register(bits: list[int]) -> int:
    """Massey's algorithm on lists of coefficients."""
    n = len(bits)
    present, before, length, shift = [1] + [0] * n, [1] + [0] * n, 0, 1
    for at in range(n):
        if sum(present[k] & bits[at - k] for k in range(length + 1)) % 2 == 0:
            shift += 1
            continue
        kept = present[:]
        for k in range(n + 1 - shift):
            present[k + shift] ^= before[k]
        if 2 * length <= at:
            length, before, shift = at + 1 - length, kept, 1
        else:
            shift += 1
    return length


@settings(max_examples=25)
@given(st.lists(st.integers(0, 1), min_size=1, max_size=200), st.integers(1, 9))
def test_registers_are_those_of_the_plain_algorithm(word, times):
    word = (word * times)[:260]
    blocks = np.array([word, word[::-1]], np.uint8)
    expected = [plain_register(word), plain_register(word[::-1])]
    assert kernels.linear_complexities(blocks).tolist() == expected


@pytest.mark.parametrize("size", [63, 64, 65, 127, 128, 129])
def test_registers_at_the_edges_of_words(size):
    """Zeros and then a one need a register of their length; a period needs at most its length."""
    last = np.zeros((2, size), np.uint8)
    last[0, -1] = 1
    last[1, ::3] = 1
    assert kernels.linear_complexities(last).tolist() == [size, 3]


def plain_rank(rows: list[int]) -> int:
    """How many rows are left when each is reduced by those before."""
    basis: list[int] = []
    for row in rows:
        for other in basis:
            row = min(row, row ^ other)
        if row:
            basis.append(row)
    return len(basis)


@settings(max_examples=25)
@given(st.integers(2, 64), st.integers(0, 2**32), st.integers(0, 3))
def test_ranks_are_those_of_plain_elimination(size, seed, shift):
    rng = np.random.default_rng(seed)
    matrices = rng.integers(0, 1 << size, (3, size), dtype=np.uint64, endpoint=False)
    matrices[0, ::2] >>= np.uint64(min(size - 1, size >> shift))
    before = matrices.copy()
    expected = [plain_rank([int(row) for row in matrix]) for matrix in matrices]
    assert kernels.gf2_ranks(matrices).tolist() == expected
    np.testing.assert_array_equal(matrices, before)


def test_every_matrix_of_three_rows():
    matrices = np.array(list(itertools.product(range(8), repeat=3)), np.uint64)
    # 1, (7 * 7), 7 * 7 * 6 = 294 and 7 * 6 * 4 = 168 matrices of rank 0 to 3
    assert np.bincount(kernels.gf2_ranks(matrices)).tolist() == [1, 49, 294, 168]
