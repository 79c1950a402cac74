"""The packed engines of two-dimensional rules against the rule stated with a convolution."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve

from simulations.automata import _life_kernels as kernels
from simulations.automata import _packed, life
from simulations.automata._packed import pack, row_words, unpack
from simulations.automata.isotropic import Isotropic
from simulations.automata.life import Generations, LifeLike

MODES = {"periodic": "wrap", "fixed": "constant", "reflecting": "reflect"}
"""Boundary -> what SciPy calls it."""

RING = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]])
WEIGHTS = 2 ** np.arange(9).reshape(3, 3)

boundaries = st.sampled_from(sorted(MODES))
counts = st.sets(st.integers(0, 8))
sides = st.one_of(st.integers(1, 12), st.sampled_from([63, 64, 65, 127, 128, 129, 255, 256, 257]))
few = settings(deadline=None, max_examples=40)


def plain_generations(cells, birth, survival, states, boundary, steps):
    """The rule as it is said: count the neighbours in state 1, be born, stay, or grow older."""
    cells = cells.astype(np.int64)
    for _ in range(steps):
        alive = (cells == 1).astype(np.int64)
        n = convolve(alive, RING, mode=MODES[boundary])
        older = (cells + 1) % states
        kept = np.where(np.isin(n, list(survival)), 1, older)
        born = np.isin(n, list(birth)).astype(np.int64)
        cells = np.where(cells == 0, born, np.where(cells == 1, kept, older))
    return cells


def plain_table(cells, table, boundary, steps):
    """Every cell becomes what the table says of the 3 by 3 around it."""
    cells = cells.astype(np.int64)
    for _ in range(steps):
        # SciPy's convolution turns the weights about
        cells = table[convolve(cells, WEIGHTS[::-1, ::-1], mode=MODES[boundary])].astype(np.int64)
    return cells


def soup(height, width, seed, states=2):
    return np.random.default_rng(seed).integers(0, states, (height, width)).astype(np.uint8)


def written(birth, survival):
    return f"B{''.join(map(str, sorted(birth)))}/S{''.join(map(str, sorted(survival)))}"


@pytest.fixture
def narrow(monkeypatch):
    """Strips of 32 columns with a halo of 8, as if the cache were tiny."""
    monkeypatch.setattr(_packed, "_CACHE", 1)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (64, 2), (256, 3), (257, 4), (300, 1)])
def test_lanes_hold_successive_rows(shape):
    height, width = shape
    cells, rows = soup(height, width, 0), row_words(height)
    words = pack(cells)
    assert words.shape == (rows, width)
    for y in range(height):
        for x in range(width):
            assert int(words[y % rows, x]) >> (y // rows) & 1 == cells[y, x]
    assert sum(int(w).bit_count() for w in words.ravel()) == cells.sum()
    np.testing.assert_array_equal(unpack(words, height), cells)


def test_large_grids_are_packed_alike(monkeypatch):
    cells = soup(200, 300, 8)
    words = pack(cells)
    monkeypatch.setattr(_packed, "_LARGE", 0)
    np.testing.assert_array_equal(pack(cells), words)
    np.testing.assert_array_equal(unpack(words, 200), cells)


@few
@given(counts, counts, sides, sides, boundaries, st.integers(0, 11), st.integers(0, 99))
def test_any_rule_on_any_grid(birth, survival, height, width, boundary, steps, seed):
    cells = soup(height, width, seed)
    automaton = LifeLike(written(birth, survival), boundary)
    expected = plain_generations(cells, birth, survival, 2, boundary, steps)
    np.testing.assert_array_equal(automaton.run(cells, steps), expected)


@few
@given(
    counts, counts, st.integers(2, 12), sides, sides, boundaries, st.integers(0, 11)
)  # fmt: skip
def test_cells_that_die_slowly(birth, survival, states, height, width, boundary, steps):
    cells = soup(height, width, states, states)
    automaton = Generations(f"{written(birth, survival)}/C{states}", boundary)
    expected = plain_generations(cells, birth, survival, states, boundary, steps)
    np.testing.assert_array_equal(automaton.run(cells, steps), expected)


@pytest.mark.parametrize("states", [255, 256])
def test_as_many_states_as_a_byte_holds(states):
    cells = soup(20, 20, 5, states)
    expected = plain_generations(cells, {2}, {3, 4}, states, "periodic", 300)
    run = Generations(f"B2/S34/C{states}").run(cells, 300)
    np.testing.assert_array_equal(run, expected)


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("rule", ["B3/S23", "B0247/S13568"])
@pytest.mark.parametrize("shape", [(70, 40), (256, 30), (5, 3)])
def test_a_compiled_rule_is_the_same_rule(monkeypatch, boundary, rule, shape):
    monkeypatch.setattr(life, "_WORTH_COMPILING", 0)
    automaton, cells = LifeLike(rule, boundary), soup(shape[0], shape[1], 3)
    birth, survival = automaton.rule.birth, automaton.rule.survival
    expected = plain_generations(cells, birth, survival, 2, boundary, 25)
    np.testing.assert_array_equal(automaton.run(cells, 25), expected)


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("height", [9, 200, 256, 257])
@pytest.mark.parametrize("width", [62, 63, 64, 100, 130])
def test_strips_are_seamless(narrow, boundary, height, width):
    cells = soup(height, width, 1)
    for steps in (1, 8, 21):
        expected = plain_generations(cells, {3}, {2, 3}, 2, boundary, steps)
        run = LifeLike("B3/S23", boundary).run(cells, steps)
        np.testing.assert_array_equal(run, expected)
        run = Isotropic("B3/S23", boundary).run(cells, steps)
        np.testing.assert_array_equal(run, expected)
    old = soup(height, width, 2, 5)
    expected = plain_generations(old, {2}, {3, 4, 5}, 5, boundary, 21)
    np.testing.assert_array_equal(Generations("345/2/5", boundary).run(old, 21), expected)


@pytest.mark.parametrize("shape", [(3, 1059), (3, 1061), (3, 1100)])
@pytest.mark.parametrize("boundary", sorted(MODES))
def test_at_the_length_of_a_buffer(shape, boundary):
    cells = soup(shape[0], shape[1], 4)
    expected = plain_generations(cells, {3}, {2, 3}, 2, boundary, 40)
    np.testing.assert_array_equal(LifeLike("B3/S23", boundary).run(cells, 40), expected)
    assert kernels.STRIDE == 1064  # the shapes above are those next to what fits


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_change_nothing(narrow, monkeypatch, threads):
    monkeypatch.setattr(_packed, "_THREADED", 0)
    cells, old = soup(130, 200, 6), soup(130, 200, 7, 4)
    for kind, rule, state in [
        (LifeLike, "B36/S23", cells),
        (Generations, "345/2/4", old),
        (Isotropic, "B2-a/S12", cells),
    ]:
        one, many = kind(rule, "fixed"), kind(rule, "fixed", threads=threads)
        assert one.parameters == many.parameters
        np.testing.assert_array_equal(one.run(state, 30), many.run(state, 30))


letters = st.sampled_from(["B3/S2-i34q", "B2-a/S12", "B2n3-q4w5y/S1c2-kn3i6a78", "B/S", "B0/S"])


@few
@given(letters, sides, sides, boundaries, st.integers(0, 9), st.integers(0, 99))
def test_tables_on_any_grid(rule, height, width, boundary, steps, seed):
    cells, automaton = soup(height, width, seed), Isotropic(rule, boundary)
    expected = plain_table(cells, automaton.table, boundary, steps)
    np.testing.assert_array_equal(automaton.run(cells, steps), expected)
