"""Lattice gases: what is conserved, what is undone, how many states collide."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from simulations.automata.lattice_gas import LatticeGas, collisions
from tests.automata_laws import conserves, goes_back, goes_on, plain_word

few = settings(deadline=None, max_examples=30)
MODELS = ("HPP", "FHP-I", "FHP-II", "FHP-III")
BITS = dict(zip(MODELS, (4, 6, 7, 7), strict=True))
LINKS = {4: [(0, 1), (-1, 0), (0, -1), (1, 0)],
         6: [(0, 1), (-1, 0), (-1, -1), (0, -1), (1, 0), (1, 1)]}  # fmt: skip
MOMENTA = ("mass", "momentum x", "momentum y")
models = st.sampled_from(MODELS)


@st.composite
def gases(draw):
    """A gas and a state of it."""
    gas = LatticeGas(draw(models), draw(st.sampled_from(["periodic", "reflecting"])))
    shape = draw(st.tuples(st.integers(1, 10), st.integers(1, 10)))
    cells = st.integers(0, 2 ** BITS[gas.model] - 1)
    return gas, draw(arrays.arrays(np.uint8, shape, elements=cells))


def plain_step(gas, cells, time):
    """Particle by particle: collide by the table, then go on, or turn round at a wall."""
    height, width = cells.shape
    links = LINKS[4 if gas.model == "HPP" else 6]
    new = np.zeros_like(cells)
    for y in range(height):
        for x in range(width):
            i = y * width + x
            coin = plain_word(plain_word(0, time), i // 64) >> i % 64 & 1
            tables = collisions(gas.model)
            state = int(tables[coin % len(tables), cells[y, x]])
            for d, (dy, dx) in enumerate(links):
                if not state >> d & 1:
                    continue
                yy, xx = y + dy, x + dx
                if gas.boundary == "periodic":
                    new[yy % height, xx % width] |= 1 << d
                elif 0 <= yy < height and 0 <= xx < width:
                    new[yy, xx] |= 1 << d
                else:
                    new[y, x] |= 1 << (d + len(links) // 2) % len(links)
            new[y, x] |= state & 64
    return new


@few
@given(gases(), st.integers(0, 5), st.integers(0, 5))
def test_steps_equal_the_plain_rule(pair, steps, start):
    gas, cells = pair
    expected = cells
    for time in range(start, start + steps):
        expected = plain_step(gas, expected, time)
    np.testing.assert_array_equal(gas.run(cells, steps, start=start), expected)


@few
@given(gases(), st.integers(0, 9), st.integers(0, 9), st.integers(0, 5))
def test_goes_on_and_back_and_conserves(pair, first, second, start):
    gas, cells = pair
    goes_on(gas, cells, first, second, start=start)
    goes_back(gas, cells, first, start=start)
    conserves(gas, cells, 6, *(MOMENTA if gas.boundary == "periodic" else MOMENTA[:1]))


LONG = [("HPP", 32, 500), ("FHP-I", 24, 300), ("FHP-II", 24, 300), ("FHP-III", 24, 300)]


@pytest.mark.parametrize(("model", "side", "steps"), LONG)
def test_long_runs(model, side, steps):
    state = np.random.default_rng(3).integers(0, 2 ** BITS[model], (side, side))
    gas = LatticeGas(model)
    conserves(gas, state, steps, *MOMENTA)
    goes_back(gas, state, steps)
    assert (gas.run(state, steps) != state).mean() > 0.5


def velocities(model):
    angles = np.arange(6) * np.pi / 3
    hexagon = np.stack([np.cos(angles), np.sin(angles)], 1)
    return np.vstack([hexagon, [[0, 0]]])[: BITS[model]]


@pytest.mark.parametrize("model", MODELS[1:])
def test_how_many_states_collide(model):
    """Three pairs and two triples; the same beside a particle at rest, and six moving particles
    that meet one at rest, and back; or every state that has a mate of its mass and momentum."""
    bits = np.arange(2 ** BITS[model])[:, np.newaxis] >> np.arange(BITS[model]) & 1
    classes = Counter(zip(bits.sum(1), *(bits @ velocities(model)).round(6).T + 0.0, strict=True))
    saturated = sum(size for size in classes.values() if size > 1)
    count = {"FHP-I": 3 + 2, "FHP-II": 2 * (3 + 2) + 6 + 6, "FHP-III": saturated}[model]
    for table in collisions(model):
        assert sum(int(new) != old for old, new in enumerate(table)) == count


@pytest.mark.parametrize("model", MODELS[1:])
def test_collisions_are_physics(model):
    """Permutations that conserve, are alike in all directions, and of which one mirrors the other;
    momenta here are of real vectors on a real hexagon."""
    states = 2 ** BITS[model]
    bits = np.arange(states)[:, np.newaxis] >> np.arange(BITS[model]) & 1
    momenta = bits @ velocities(model)
    turn = [int(sum((s >> d & 1) << (d + 1) % 6 for d in range(6)) | s & 64) for s in range(states)]
    flip = [int(sum((s >> d & 1) << -d % 6 for d in range(6)) | s & 64) for s in range(states)]
    left, right = collisions(model)
    for table in (left, right):
        assert sorted(table.tolist()) == list(range(states))
        np.testing.assert_array_equal(bits[table].sum(1), bits.sum(1))
        np.testing.assert_allclose(momenta[table], momenta, atol=1e-12)
        np.testing.assert_array_equal(table[turn], np.array(turn)[table])
    np.testing.assert_array_equal(right[flip], np.array(flip)[left])


def test_the_links_are_the_directions():
    """A lone particle goes straight, at 60 degrees to the next one's way."""
    for d in range(6):
        state = np.zeros((9, 9), int)
        state[4, 4] = 1 << d
        y, x = np.argwhere(LatticeGas("FHP-I").run(state, 3))[0] - 4
        place = np.array([x - y / 2, -y * np.sqrt(3) / 2])
        np.testing.assert_allclose(place, 3 * velocities("FHP-I")[d], atol=1e-12)


def test_head_on_pairs_turn_both_ways_equally_often():
    state = np.full((200, 200), 0b001001)
    one, other = 0b010010, 0b100100
    table = collisions("FHP-I")[:, 0b001001]
    assert sorted(table.tolist()) == [one, other]
    went = LatticeGas("FHP-I", "periodic").run(state, 1)
    share = np.count_nonzero(went & 0b010000) / went.size
    assert abs(share - 0.5) < 5 * 0.5 / 200


def test_bad_gases():
    with pytest.raises(ValueError, match=r"unknown 'FHP-IV'; known: HPP, FHP-I, FHP-II, FHP-III"):
        LatticeGas("FHP-IV")
    with pytest.raises(ValueError, match="cells from 0 to 64, accepted are 0 to 63 for FHP-I"):
        LatticeGas("FHP-I").run([[0, 64]], 1)
