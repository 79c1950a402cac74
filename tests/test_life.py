"""Life-like, Generations and isotropic rules: notation, published patterns, the open plane."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import label

from simulations.automata.isotropic import Isotropic
from simulations.automata.life import Generations, LifeLike
from simulations.automata.rulestring import LETTERS, count_rule, hensel_rule


def pattern(rle: str) -> np.ndarray:
    """Cells of a run-length encoded pattern of two states."""
    rows: list[list[int]] = [[]]
    for count, tag in re.findall(r"(\d*)([bo$])", rle):
        times = int(count or 1)
        if tag == "$":
            rows += [[] for _ in range(times)]
        else:
            rows[-1] += [int(tag == "o")] * times
    cells = np.zeros((len(rows), max(map(len, rows))), np.uint8)
    for y, row in enumerate(rows):
        cells[y, : len(row)] = row
    return cells


GLIDER = "bo$2bo$3o"
LWSS = "bo2bo$o$o3bo$4o"
GUN = (
    "24bo$22bobo$12b2o6b2o12b2o$11bo3bo4b2o12b2o$2o8bo5bo3b2o$2o8bo3bob2o4bobo$10bo5bo7bo$11bo3bo"
    "$12b2o"
)


def populations(rle, times, rule="B3/S23"):
    """Live cells on the open plane at ascending times."""
    system = LifeLike(rule, "open").system(pattern(rle))
    found = []
    for time in times:
        system.advance(time - system.time)
        found.append(int(system.snapshot()["cells0"].sum()))
    return found


@pytest.mark.parametrize(
    ("name", "rle", "expected"),
    [
        ("R-pentomino", "b2o$2o$bo", {1102: 118, 1103: 116, 1104: 116, 1200: 116}),
        ("acorn", "bo$3bo$2o2b3o", {5205: 635, 5206: 633, 5207: 633}),
        ("diehard", "6bo$2o$bo3b3o", {129: 2, 130: 0, 131: 0}),
        ("pi", "3o$obo$obo", {173: 55}),
        ("Gosper's gun", GUN, {0: 36, 30: 41, 60: 46, 90: 51, 300: 86}),
    ],
)
def test_published_populations(name, rle, expected):
    assert populations(rle, list(expected)) == list(expected.values()), name


def test_ash_of_the_r_pentomino():
    # 8 blocks, 6 gliders, 4 beehives, 4 blinkers, a boat, a loaf, a ship
    system = LifeLike("B3/S23", "open").system(pattern("b2o$2o$bo"))
    system.advance(1103)
    pieces, count = label(system.snapshot()["cells0"], np.ones((3, 3)))  # type: ignore[misc]
    assert Counter(np.bincount(pieces.ravel())[1:]) == {4: 8, 5: 6 + 1, 6: 4 + 1, 3: 4, 7: 1}
    assert count == 25


@pytest.mark.parametrize(("rle", "shift"), [(GLIDER, (1, 1)), (LWSS, (0, -2))])
def test_spaceships_move_by_their_displacement(rle, shift):
    cells = np.zeros((40, 40), np.uint8)
    ship = pattern(rle)
    cells[15 : 15 + ship.shape[0], 15 : 15 + ship.shape[1]] = ship
    for boundary in ("periodic", "fixed", "open"):
        after = LifeLike("B3/S23", boundary).run(cells, 4)
        np.testing.assert_array_equal(after, np.roll(cells, shift, (0, 1)))


def test_a_glider_comes_home_on_a_small_torus():
    cells = np.zeros((8, 8), np.uint8)
    cells[:3, :3] = pattern(GLIDER)
    states = LifeLike("B3/S23").history(cells, 32)
    np.testing.assert_array_equal(states[32], cells)
    assert not any(np.array_equal(state, cells) for state in states[1:32])


def test_a_replicator_makes_copies_of_itself():
    # HighLife's replicator: after 12 generations there are two along the diagonal
    cells = np.zeros((60, 60), np.uint8)
    cells[27:32, 27:32] = pattern("2b3o$bo2bo$o3bo$o2bo$3o")
    counts = [int(x.sum()) for x in LifeLike("B36/S23", "open").history(cells, 12)]
    assert counts[0] == 12
    assert counts[12] == 24


def test_brians_brain_dies_in_one_step_more():
    cells = np.array([[0, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    after = Generations("/2/3", "fixed").run(cells, 1)
    expected = [[0, 1, 1, 0], [0, 2, 2, 0], [0, 1, 1, 0], [0, 0, 0, 0]]
    np.testing.assert_array_equal(after, expected)


@pytest.mark.parametrize("text", ["B3/S23", "b3s23", "23/3", "S23/B3", " B3S23 ", "B3/S32"])
def test_life_by_all_its_names(text):
    assert LifeLike(text).name == "B3/S23"


@pytest.mark.parametrize("text", ["B2/S345/C4", "345/2/4", "b2s345c4", "B2/S345/G4", "543/2/4"])
def test_star_wars_by_all_its_names(text):
    assert (Generations(text).name, Generations(text).states) == ("B2/S345/C4", 4)


@given(st.sets(st.integers(0, 8)), st.sets(st.integers(0, 8)), st.integers(3, 256))
def test_names_are_read_back(birth, survival, states):
    rule = count_rule(
        f"{''.join(map(str, survival))}/{''.join(map(str, birth))}/{states}", dying=True
    )
    assert count_rule(str(rule), dying=True) == rule
    assert (set(rule.birth), set(rule.survival)) == (birth, survival)


arrangements = st.frozensets(
    st.sampled_from([(n, letter) for n, known in enumerate(LETTERS) for letter in known or [""]])
)


@settings(max_examples=50)
@given(arrangements, arrangements)
def test_hensel_names_are_read_back(birth, survival):
    rule = type(hensel_rule("B/S"))(birth, survival)
    assert hensel_rule(str(rule)) == rule


NUMBERS = {
    1: {"c": 1, "e": 2},
    2: {"c": 5, "e": 10, "a": 3, "i": 40, "k": 33, "n": 68},
    3: dict(zip("ceaiknjqry", (69, 42, 11, 7, 98, 13, 14, 70, 41, 97), strict=True)),
    4: dict(
        zip(
            "ceaiknjqrytwz",
            (325, 170, 15, 45, 99, 71, 106, 102, 43, 101, 105, 78, 108),
            strict=True,
        )
    ),
}
"""Golly's neighbourhoods of the letters (liferules.cpp), row by row from bit 0, the cell bit 4."""


def orbit(neighbourhood: int) -> set[int]:
    """A neighbourhood under all rotations and reflections, by NumPy's."""
    grid = np.array([neighbourhood >> bit & 1 for bit in range(9)]).reshape(3, 3)
    turned = [np.rot90(g, k) for g in (grid, grid.T) for k in range(4)]
    return {int((g.ravel() << np.arange(9)).sum()) for g in turned}


@pytest.mark.parametrize("count", range(1, 8))
def test_letters_mean_the_published_neighbourhoods(count):
    numbers = NUMBERS[min(count, 8 - count)]
    assert set(numbers) == set(LETTERS[count])
    seen: set[int] = set()
    for letter, number in numbers.items():
        expected = orbit(number if count <= 4 else number ^ 0b111101111)
        table = Isotropic(f"B{count}{letter}/S").table
        assert set(np.flatnonzero(table)) == expected
        table = Isotropic(f"B/S{count}{letter}").table
        assert set(np.flatnonzero(table)) == {number | 16 for number in expected}
        seen |= expected
    assert seen == {n for n in range(512) if not n & 16 and n.bit_count() == count}


def test_hensel_names_without_letters_are_life():
    cells = (np.random.default_rng(0).random((90, 70)) < 0.4).astype(np.uint8)
    for boundary in ("periodic", "fixed", "reflecting", "open"):
        life, table = LifeLike("B36/S125", boundary), Isotropic("B36/S125", boundary)
        np.testing.assert_array_equal(life.run(cells, 50), table.run(cells, 50))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LifeLike("B9/S23"), "accepted are B3/S23"),
        (lambda: LifeLike("B33/S23"), "a number twice"),
        (lambda: LifeLike("life"), "got 'life'"),
        (lambda: LifeLike("B2/S345/C4"), "accepted are B3/S23"),
        (lambda: Generations("B3/S23"), "accepted are B2/S345/C4"),
        (lambda: Generations("345/2/1"), "of 1 states, accepted are 2 to 256"),
        (lambda: Generations("345/2/257"), "of 257 states"),
        (lambda: Isotropic("B2x/S"), "letter 'x' for 2 neighbours"),
        (lambda: Isotropic("B8c/S"), "letters of 'none'"),
        (lambda: Isotropic("B2-/S"), "nothing after -"),
        (lambda: LifeLike("B03/S23", "open"), "got 'open' for B03/S23"),
        (lambda: Generations("/01/3", "open"), "got 'open'"),
        (lambda: Isotropic("B02a/S", "open"), "got 'open'"),
        (lambda: LifeLike(boundary="torus"), "boundary: unknown 'torus'"),
        (lambda: LifeLike(threads=0), "threads: got 0"),
        (lambda: LifeLike().run(np.full((2, 2), 2), 1), "cells from 2 to 2"),
        (lambda: LifeLike().run(np.zeros(4, int), 1), "1 axes"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_a_rule_is_a_string():
    with pytest.raises(TypeError, match="rule: got 3"):
        LifeLike(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0)])
def test_no_cells_no_change(shape):
    cells = np.zeros(shape, np.uint8)
    assert LifeLike("B0/S").run(cells, 5).shape == shape
