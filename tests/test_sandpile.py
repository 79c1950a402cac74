"""The abelian sandpile against the order of toppling, the group's theory and published piles."""

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sympy import ZZ, Matrix
from sympy.matrices.normalforms import smith_normal_form

from simulations.automata import sandpile as piles
from simulations.automata.sandpile import Sandpile, sandpile_identity, stabilise
from simulations.system import random_words
from tests.automata_laws import conserves, goes_on, plain_word

few = settings(deadline=None, max_examples=30)
shapes = arrays.array_shapes(min_dims=2, max_dims=2, max_side=5)
heaps = arrays.arrays(np.int64, shapes, elements=st.integers(0, 12))
settled = arrays.arrays(np.uint8, shapes, elements=st.integers(0, 3))


def plain(heights, random):
    """One toppling at a time, of an unstable cell at random: heights, topplings, grains lost."""
    heights = heights.astype(int).copy()
    topplings, lost = np.zeros_like(heights), 0
    while (heights > 3).any():
        y, x = random.choice(np.argwhere(heights > 3).tolist())
        heights[y, x] -= 4
        topplings[y, x] += 1
        for yy, xx in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= yy < heights.shape[0] and 0 <= xx < heights.shape[1]:
                heights[yy, xx] += 1
            else:
                lost += 1
    return heights, topplings, lost


@few
@given(heaps, st.randoms(use_true_random=False))
def test_settles_whatever_the_order(heap, random):
    pile = stabilise(heap)
    heights, topplings, lost = plain(heap, random)
    np.testing.assert_array_equal(pile.heights, heights)
    np.testing.assert_array_equal(pile.topplings, topplings)
    assert pile.lost == lost == heap.sum() - pile.heights.sum()


@few
@given(settled, st.integers(0, 30), st.integers(0, 30), st.integers(0, 5), st.randoms())
def test_driven_grain_by_grain(state, first, second, seed, random):
    goes_on(Sandpile(), state, first, second, seed=seed)
    conserves(Sandpile(), state, 0)
    records = Sandpile().avalanches(state, first, seed=seed)
    np.testing.assert_array_equal(records.state, Sandpile().run(state, first, seed=seed))
    key, cells = int(random_words(seed, (), 1)[0]), state.astype(int)
    for t in range(first):
        cells[np.unravel_index(plain_word(key, t) % cells.size, cells.shape)] += 1
        rounds = 0
        wave = cells.copy()
        while (wave > 3).any():
            unstable = np.pad((wave > 3).astype(int), 1)
            around = sum(np.roll(unstable, *shift) for shift in ((1, 0), (-1, 0), (1, 1), (-1, 1)))
            wave += (around - 4 * unstable)[1:-1, 1:-1]
            rounds += 1
        cells, topplings, lost = plain(cells, random)
        assert records.sizes[t] == topplings.sum()
        assert records.areas[t] == np.count_nonzero(topplings)
        assert records.lost[t] == lost
        assert records.durations[t] == rounds
    np.testing.assert_array_equal(records.state, cells)


@pytest.mark.parametrize(("n", "total"), [(2, 8), (3, 12), (4, 40), (5, 52), (8, 136), (10, 216),
                                          (16, 544), (32, 2288), (64, 9320)])  # fmt: skip
def test_identities_of_squares(n, total):
    identity = sandpile_identity(n)
    assert identity.sum() == total
    np.testing.assert_array_equal(stabilise(identity + identity.astype(int)).heights, identity)
    assert piles.is_recurrent(identity)
    if n == 64:
        assert np.bincount(identity.ravel()).tolist() == [396, 152, 1476, 2072]


@few
@given(settled, heaps, st.data())
def test_identity_changes_no_recurrent_pile(state, heap, data):
    identity = sandpile_identity(state.shape)
    full = np.full(state.shape, 3)
    recurrent = stabilise(full + state).heights
    assert piles.is_recurrent(recurrent)
    np.testing.assert_array_equal(stabilise(recurrent + identity.astype(int)).heights, recurrent)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (2, 2), (2, 3)])
def test_as_many_recurrent_piles_as_the_group_has_elements(shape):
    """Dhar's theorem; recurrent by the definition too: reached again from the full pile."""
    reached, frontier = {(3,) * (shape[0] * shape[1])}, [(3,) * (shape[0] * shape[1])]
    while frontier:
        pile = frontier.pop()
        for i in range(len(pile)):
            heights = np.array(pile)
            heights[i] += 1
            after = tuple(stabilise(heights.reshape(shape)).heights.ravel().tolist())
            if after not in reached:
                reached.add(after)
                frontier.append(after)
    assert len(reached) == piles.group_order(shape)
    every = itertools.product(range(4), repeat=shape[0] * shape[1])
    if len(next(iter(reached))) < 5:
        burnt = {pile for pile in every if piles.is_recurrent(np.array(pile).reshape(shape))}
        assert burnt == reached


def laplacian(rows, columns):
    places = list(itertools.product(range(rows), range(columns)))
    return Matrix(
        [
            [4 if p == q else -(abs(p[0] - q[0]) + abs(p[1] - q[1]) == 1) for q in places]
            for p in places
        ]
    )


def test_group_orders():
    orders = [piles.group_order(n) for n in range(1, 6)]
    assert orders == [4, 192, 100352, 557568000, 32565539635200]
    # the spanning trees of the grid with its outside as one vertex: Kirchhoff's product
    n = 24
    angles = np.cos(np.arange(1, n + 1) * np.pi / (n + 1))
    log = np.log(4 - 2 * angles[:, np.newaxis] - 2 * angles).sum()
    assert np.log(float(piles.group_order(n) >> 500)) + 500 * np.log(2) == pytest.approx(log)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (3, 1), (2, 2), (2, 3), (3, 3), (4, 3)])
def test_invariant_factors_by_the_whole_laplacian(shape):
    diagonal = smith_normal_form(laplacian(*shape), domain=ZZ).diagonal()
    factors = sorted(abs(int(value)) for value in diagonal if abs(value) != 1)
    assert list(piles.invariant_factors(shape)) == factors


def test_invariant_factors_divide_one_another():
    for n in (4, 6, 9):
        factors = piles.invariant_factors(n)
        assert len(factors) <= n
        assert all(b % a == 0 for a, b in itertools.pairwise(factors))
        assert np.prod(factors, dtype=object) == piles.group_order(n)


def test_many_grains_on_one_cell():
    heap = np.zeros((41, 41), int)
    heap[20, 20] = 4000
    pile = stabilise(heap)
    for turned in (pile.heights.T, pile.heights[::-1], pile.heights[:, ::-1]):
        np.testing.assert_array_equal(pile.heights, turned)
    around = np.pad(pile.topplings, 1)
    change = sum(np.roll(around, *shift) for shift in ((1, 0), (-1, 0), (1, 1), (-1, 1)))
    np.testing.assert_array_equal(heap + (change - 4 * around)[1:-1, 1:-1], pile.heights)


def test_results_and_bad_input():
    pile = stabilise([[4, 3]])
    assert pile.to_dict() == {"heights": [[1, 0]], "topplings": [[1, 1]], "lost": 6}
    assert repr(Sandpile().avalanches([[3]], 1)) == "Avalanches(grains=1, largest=1 topplings)"
    assert Sandpile().avalanches([[3]], 1).to_dict()["lost"] == [4]
    assert stabilise(np.zeros((0, 3), int)).heights.shape == (0, 3)
    with pytest.raises(ValueError, match="heights: got -1 to 2"):
        stabilise([[-1, 2]])
    with pytest.raises(ValueError, match="at most 2\\^60"):
        stabilise([[2**62, 2**62, 2**62]])
    with pytest.raises(TypeError, match="heights: got dtype float64"):
        stabilise([[1.0]])
    with pytest.raises(ValueError, match="heights: got 1 axes"):
        stabilise([1])
    with pytest.raises(ValueError, match="cells from 4 to 4"):
        piles.is_recurrent([[4]])
    with pytest.raises(ValueError, match="shape: got 0"):
        sandpile_identity(0)
    with pytest.raises(ValueError, match="unknown 'open'; known: fixed"):
        Sandpile("open")


def test_a_long_run_takes_no_more_memory_than_a_short_one():
    tracemalloc.start()
    try:
        later = Sandpile().run(np.zeros((2, 2), int), 3_000_000, start=5, seed=1)
        assert tracemalloc.get_traced_memory()[1] < 48 << 20
    finally:
        tracemalloc.stop()
    records = Sandpile().avalanches(np.zeros((2, 2), int), 3_000_000, start=5, seed=1)
    np.testing.assert_array_equal(later, records.state)
