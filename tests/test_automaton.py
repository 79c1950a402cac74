"""The core of all automata: states that are checked, the open plane, the system observed."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.signal import convolve2d

from simulations import observe
from simulations.automata import analysis
from simulations.automata.asynchronous import Asynchronous
from simulations.automata.automaton import Automaton
from simulations.automata.elementary import ElementaryCA
from simulations.automata.exclusion import Exclusion
from simulations.automata.lattice_gas import LatticeGas
from simulations.automata.local import LocalRule
from simulations.automata.names import get_automaton
from simulations.automata.plane import Plane
from simulations.automata.sandpile import Sandpile
from simulations.automata.scenes import first_state
from simulations.automata.second_order import SecondOrder

GRIDS = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=9),
                      elements=st.integers(0, 1))  # fmt: skip


class Life(Automaton):
    """Conway's rule, plainly."""

    BOUNDARIES = ("fixed", "open")

    @property
    def name(self):
        return "life"

    def _advance(self, cells, steps, start, seed):
        for _ in range(steps):
            count = convolve2d(cells, np.ones((3, 3), int), mode="same")
            cells = ((count == 3) | ((count == 4) & (cells == 1))).astype(np.uint8)
        return cells


class Drift(Automaton):
    """Adds the time to every cell, modulo 5: a rule that must be told the time."""

    states = 5
    BOUNDARIES = ("periodic",)

    @property
    def name(self):
        return "drift"

    def _advance(self, cells, steps, start, seed):
        return (cells + sum(range(start, start + steps)) + seed % 5 * steps) % 5


@given(GRIDS, st.integers(0, 150))
def test_the_open_plane_is_a_grid_too_large_to_leave(grid, steps):
    wide = np.pad(grid, steps)
    far = Life("fixed").run(wide, steps)
    here = tuple(slice(steps, steps + side) for side in grid.shape)
    np.testing.assert_array_equal(Life("open").run(grid, steps), far[here])


@given(GRIDS, st.integers(0, 70))
def test_history_of_the_open_plane(grid, steps):
    history = Life("open").history(grid, steps)
    for t in {0, steps // 2, steps}:
        np.testing.assert_array_equal(history[t], Life("open").run(grid, t))


@given(GRIDS, st.integers(0, 40), st.integers(0, 40))
def test_a_system_keeps_the_whole_plane(grid, first, second):
    life = Life("open")
    system = life.system(grid)
    system.advance(first)
    kept = system.snapshot()
    system.advance(second)
    np.testing.assert_array_equal(system.states()[0], life.run(grid, first + second))
    again = life.system(grid)
    again.restore(kept)
    again.advance(second)
    np.testing.assert_array_equal(again.states()[0], system.states()[0])


@given(GRIDS, st.tuples(*[st.integers(-5, 5)] * 2))
def test_a_plane_is_the_same_fitted_and_padded(grid, corner):
    plane = Plane(grid, corner)
    for other in (plane.fitted(), plane.padded(3), plane.padded(2).fitted()):
        np.testing.assert_array_equal(other.window((7, 8)), plane.window((7, 8)))


def test_a_replica_has_a_seed_of_its_own_and_the_time_goes_on(tmp_path):
    state = np.zeros((2, 3, 3), int)
    system = Drift().system(state, seed=3)
    run = observe(system, {"first": lambda cells: float(cells[0, 0])}, [0, 4, 9], progress=False)
    drift = Drift()
    for i in range(2):
        seed = system._child(i)
        for t, value in zip(run.times, run.values[:, i, 0], strict=True):
            assert value == drift.run(state[0], int(t), seed=seed)[0, 0]
    assert drift.run(drift.run(state[0], 4), 5, start=4)[0, 0] == drift.run(state[0], 9)[0, 0]


def test_bad_states():
    drift = Drift()
    with pytest.raises(TypeError, match="state: got an array of dtype float64"):
        drift.run(np.zeros((2, 2)), 1)
    with pytest.raises(ValueError, match=r"state: got an array of 1 axes .* accepted are 2"):
        drift.run(np.zeros(2, int), 1)
    with pytest.raises(ValueError, match="cells from 0 to 5, accepted are 0 to 4"):
        drift.run(np.array([[0, 5]]), 1)
    with pytest.raises(ValueError, match="cells from -1"):
        drift.run(np.array([[0, -1]]), 1)
    with pytest.raises(ValueError, match="steps: got -1"):
        drift.run(np.zeros((2, 2), int), -1)
    with pytest.raises(ValueError, match="boundary: unknown 'open'"):
        Drift("open")


@pytest.mark.parametrize(
    ("seed", "error"), [(-1, ValueError), (1.5, TypeError), (None, TypeError), ("a", TypeError)]
)
@pytest.mark.parametrize("name", ["30", "tasep"])
def test_seeds_are_integers_from_0_on(name, seed, error):
    automaton = get_automaton(name)
    calls = (
        lambda: automaton.run([0, 1, 0], 1, seed=seed),
        lambda: automaton.history([0, 1, 0], 1, seed=seed),
        lambda: automaton.system([0, 1, 0], seed=seed),
        lambda: first_state(automaton, (5,), density=0.5, seed=seed),
    )
    for call in calls:
        with pytest.raises(error, match=r"^seed: got .*, accepted is an integer at least 0$"):
            call()


def test_memory_is_asked_for_before_it_is_taken():
    with pytest.raises(MemoryError, match=r"GiB are needed"):
        Drift().history(np.zeros((1000, 1000), np.uint8), 10**9)


ROW = LocalRule([0, 0, 1, 1, 0, 0, 1, 1], dimensions=1)
HPP = LatticeGas("HPP")


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: analysis.preimages(0, np.zeros(1100, int)), MemoryError, "state: over 2^1112"),
        (lambda: analysis.basins(90, 2000), MemoryError, "state: over 2^2013 bytes are needed"),
        (lambda: ElementaryCA(30).history([0, 1], 10**400), MemoryError, "state: over 2^1329"),
        (lambda: HPP.run([[1, 0]], 1, start=2**64), ValueError, "start: got 18446744073709551616"),
        (lambda: HPP.run([[1, 0]], 2**64), ValueError, "steps: got 18446744073709551616"),
        (lambda: HPP.reverse([[1, 0]], 2**64), ValueError, "steps: got 18446744073709551616"),
        (lambda: HPP.reverse([[1, 0]], 1, start=2**64), ValueError, "start: got 1844"),
        (lambda: HPP.history([[1, 0]], 1, start=2**64), ValueError, "start: got 1844"),
        (lambda: Sandpile().avalanches([[1]], 1, start=2**64), ValueError, "start: got 1844"),
        (lambda: Exclusion().flux([1, 0], 1, start=2**64), ValueError, "start: got 1844"),
        (lambda: get_automaton("rule abc, k=2, r=1"), ValueError, "rule: got 'abc' in 'rule abc,"),
        (lambda: get_automaton("code 7, k=03, r=1"), ValueError, "rule: got '03' in 'code 7,"),
        (lambda: get_automaton("B56/S6V"), ValueError, "rule: got B56/S6V, accepted are 0 to 4"),
        (lambda: Exclusion("a"), TypeError, "right: got 'a', accepted is a probability"),
        (lambda: Exclusion(1.0, np.zeros(2)), TypeError, "left: got array"),
        (lambda: Asynchronous(ROW, "alpha", alpha="x"), TypeError, "alpha: got 'x', accepted is"),
    ],
)
def test_what_is_wrong_is_named(call, error, message):
    with pytest.raises(error, match=re.escape(message)) as caught:
        call()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "turned"),
    [
        ("B3/S23R", "B3/S23"),
        ("b3s23R", "B3/S23"),
        ("23/3R", "B3/S23"),
        ("B36/S12R", "B36/S12"),
        ("B2-a/S12R", "B2-a/S12"),
        ("B3/S2VR", "B3/S2V"),
        ("B3/S23rR", "B3/S23r"),
        ("B2/S345/C4R", "B2/S345/C4"),
        ("rule 37R", "rule 37"),
    ],
)
def test_a_capital_r_at_the_end_is_second_order(rule, turned):
    found = get_automaton(rule)
    assert isinstance(found, SecondOrder)
    assert found.rule.parameters == get_automaton(turned).parameters


def test_hensels_r_is_small():
    assert not isinstance(get_automaton("B3/S23r"), SecondOrder)
    assert get_automaton("B3/S23r").name == "B3/S23r"


@pytest.mark.parametrize("dimensions", [1, 2])
def test_cells_that_heed_themselves_alone_on_the_open_plane(dimensions):
    same = LocalRule([0, 1], dimensions=dimensions, radius=0, boundary="open")
    state = np.eye(9, dtype=np.uint8)[4] if dimensions == 1 else np.eye(9, dtype=np.uint8)
    np.testing.assert_array_equal(same.run(state, 100), state)
    np.testing.assert_array_equal(same.history(state, 3)[3], state)
