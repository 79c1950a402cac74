"""Rules by table and by function, in one to three dimensions, against a plain statement of them."""

import itertools
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import simulations
from simulations.automata.life import LifeLike
from simulations.automata.local import LocalRule, neighbourhood_offsets
from simulations.system import random_words
from tests.automata_laws import goes_on, plain_word

few = settings(deadline=None, max_examples=30)
BOUNDARIES = ("periodic", "fixed", "reflecting")
boundaries = st.sampled_from(BOUNDARIES)


def life(cells):
    total = cells.sum()
    return total == 3 or (total == 4 and cells[4] == 1)


def weighted(cells):
    """Of every cell another weight, so that no two can be taken for each other."""
    total = 1
    for i, value in enumerate(cells):
        total += (2 * i + 1) * value * (value + i)
    return total % 5


def noisy(cells, uniform):
    return int(uniform * 4 + cells[0]) % 4


def plain_cell(cells, place, boundary):
    """A cell anywhere, the mirror being at the edge."""
    inside = []
    for i, size in zip(place, cells.shape, strict=True):
        if boundary == "periodic":
            i %= size
        while boundary == "reflecting" and not 0 <= i < size:
            i = -1 - i if i < 0 else 2 * size - 1 - i
        if not 0 <= i < size:
            return 0
        inside.append(i)
    return int(cells[tuple(inside)])


def plain_around(cells, place, offsets, boundary):
    places = (tuple(a + b for a, b in zip(place, o, strict=True)) for o in offsets)
    return np.array([plain_cell(cells, each, boundary) for each in places])


def plain_steps(rule, cells, offsets, boundary, steps):
    for _ in range(steps):
        new = np.zeros_like(cells)
        for place in np.ndindex(cells.shape):
            new[place] = rule(plain_around(cells, place, offsets, boundary))
        cells = new
    return cells


def grids(dimensions, states, side=5):
    shapes = arrays.array_shapes(min_dims=dimensions, max_dims=dimensions, max_side=side)
    return arrays.arrays(np.uint8, shapes, elements=st.integers(0, states - 1))


@few
@given(st.data(), boundaries, st.integers(0, 3))
def test_tables_of_any_offsets(data, boundary, steps):
    dimensions, states = data.draw(st.integers(1, 3)), data.draw(st.integers(2, 3))
    offset = st.tuples(*[st.integers(-3, 3)] * dimensions)
    offsets = data.draw(st.lists(offset, min_size=1, max_size=4, unique=True))
    seed = data.draw(st.integers(0, 999))
    table = np.random.default_rng(seed).integers(0, states, states ** len(offsets))
    cells = data.draw(grids(dimensions, states))
    rule = LocalRule(table, offsets, states=states, dimensions=dimensions, boundary=boundary)

    def plain(around):
        return table[int("".join(map(str, around)), states)]

    expected = plain_steps(plain, cells, offsets, boundary, steps)
    np.testing.assert_array_equal(rule.run(cells, steps), expected)
    goes_on(rule, cells, steps, 2)


NAMED = [("moore", 2, "periodic"), ("von-neumann", 3, "fixed"), ("hexagonal", 2, "reflecting")]


@few
@given(st.data(), st.sampled_from(NAMED), st.integers(0, 3))
def test_functions_of_named_neighbourhoods(data, named, steps):
    name, dimensions, boundary = named
    cells = data.draw(grids(dimensions, 5, 4))
    offsets = neighbourhood_offsets(name, dimensions)
    expected = plain_steps(weighted, cells, offsets, boundary, steps)
    rule = LocalRule(weighted, name, states=5, dimensions=dimensions, boundary=boundary)
    np.testing.assert_array_equal(rule.run(cells, steps), expected)
    goes_on(rule, cells, steps, 1)


def test_a_function_a_table_and_the_engine_of_life_agree():
    rng = np.random.default_rng(4)
    state = rng.integers(0, 2, (30, 41))
    for boundary in (*BOUNDARIES, "open"):
        expected = LifeLike("B3/S23", boundary).run(state, 70)
        np.testing.assert_array_equal(LocalRule(life, boundary=boundary).run(state, 70), expected)
        patterns = itertools.product((0, 1), repeat=9)
        table = [int(life(np.array(pattern))) for pattern in patterns]
        np.testing.assert_array_equal(LocalRule(table, boundary=boundary).run(state, 70), expected)


def test_neighbourhoods():
    def sizes(name, dimensions):
        return [len(neighbourhood_offsets(name, dimensions, r)) for r in range(4)]

    # (2r+1)^d; the centred squares and octahedra; the centred hexagonal numbers
    assert [sizes("moore", d) for d in (1, 2, 3)] == [
        [1, 3, 5, 7],
        [1, 9, 25, 49],
        [1, 27, 125, 343],
    ]
    assert [sizes("von-neumann", d) for d in (2, 3)] == [[1, 5, 13, 25], [1, 7, 25, 63]]
    assert sizes("hexagonal", 2) == [1, 7, 19, 37]
    hexagon = neighbourhood_offsets("hexagonal")
    places = [np.hypot(x - y / 2, y * np.sqrt(3) / 2) for y, x in hexagon if (y, x) != (0, 0)]
    np.testing.assert_allclose(places, 1)
    assert LocalRule([0, 1, 1, 0], [-2, 1], dimensions=1).radius == 2


def test_draws_are_of_seed_time_and_place_alone():
    rule = LocalRule(noisy, "von-neumann", states=4, boundary="fixed")
    assert rule.draws
    state = np.random.default_rng(5).integers(0, 4, (4, 7))
    for seed, start in ((0, 0), (2**64 - 1, 0), (3, 5)):
        inner = plain_word(int(random_words(seed, (), 1)[0]), start)
        uniform = [(plain_word(inner, i) >> 11) / 2**53 for i in range(state.size)]
        above = np.pad(state, ((1, 0), (0, 0)))[:-1]
        expected = (np.array(uniform).reshape(state.shape) * 4 + above).astype(int) % 4
        got = rule.run(state, 1, start=start, seed=seed)
        np.testing.assert_array_equal(got, expected)
    goes_on(rule, state, 3, 4, start=2, seed=9)
    assert (rule.run(state, 9, seed=1) != rule.run(state, 9, seed=2)).any()


def test_draws_are_uniform_and_uncorrelated():
    """Kolmogorov's distance, and neighbours in space and time, of 80,000 draws of 256 levels."""
    rule = LocalRule(lambda cells, uniform: int(uniform * 256), [(0, 0)], states=256)
    draws = rule.history(np.zeros((20, 40), int), 100, seed=6)[1:].astype(float)
    levels = np.bincount(draws.astype(int).ravel(), minlength=256)
    expected = draws.size / 256
    chi = ((levels - expected) ** 2 / expected).sum()
    assert abs(chi - 255) < 5 * np.sqrt(2 * 255)
    centred = (draws - 127.5) / (256 / np.sqrt(12))
    for axis in range(3):
        product = centred * np.roll(centred, 1, axis)
        assert abs(product.mean()) < 5 / np.sqrt(draws.size)


def test_names_and_parameters():
    rule = LocalRule(life)
    assert rule.name == "life"
    assert "total == 3" in rule.parameters["source"]
    assert LocalRule([0, 1], [0], dimensions=1).name.startswith("table ")
    assert LocalRule([0, 1], [0], dimensions=1).parameters["neighbourhood"] == [[0]]
    assert repr(rule) == "LocalRule('life', boundary='periodic')"


SHIFT = 1


def added(cells):
    return (cells[0] + SHIFT) % 4


def adding(n):
    def rule(cells):
        return (cells[0] + n) % 4

    return LocalRule(rule, [0], states=4, dimensions=1)


def test_runs_of_rules_with_other_variables_are_told_apart(tmp_path, monkeypatch):
    def observed(rule, folder):
        system = rule.system(np.zeros(3, np.uint8))
        return simulations.observe(system, {"sum": np.sum}, [1], out=tmp_path / folder)

    assert observed(adding(1), "closure").values.item() == 3
    assert observed(adding(1), "closure").values.item() == 3
    with pytest.raises(ValueError, match=r"another run \(system\..*program: "):
        observed(adding(2), "closure")
    one = LocalRule(added, [0], states=4, dimensions=1).parameters
    monkeypatch.setitem(globals(), "SHIFT", 2)
    assert LocalRule(added, [0], states=4, dimensions=1).parameters != one


def test_a_rule_is_what_its_variables_were_when_it_was_made(monkeypatch):
    first = LocalRule(added, [0], states=4, dimensions=1)
    told = first.parameters
    monkeypatch.setitem(globals(), "SHIFT", 3)
    other = LocalRule(added, [0], states=4, dimensions=1)
    assert other.run([0, 1], 1).tolist() == [3, 0]
    assert first.parameters == told


def no_such(cells):
    return cells.no_such_thing()


def test_what_numba_cannot_compile():
    with pytest.raises(
        ValueError, match=r"rule: Numba cannot compile 'no_such': Unknown attribute"
    ):
        LocalRule(no_such)
    with pytest.raises(TypeError, match="'<lambda>' gives float64, accepted are integers"):
        LocalRule(lambda cells: cells[0] * 0.5)
    with pytest.raises(ValueError, match="'<lambda>' takes 3 arguments"):
        LocalRule(lambda cells, uniform, more: 0)
    with pytest.raises(TypeError, match=r"rule: got functools.partial.*accepted are a Python f"):
        LocalRule(partial(life))


def test_a_new_state_out_of_range():
    rule = LocalRule(lambda cells: cells[0] + 1, [(0, 0)], states=3)
    with pytest.raises(ValueError, match=r"gave 3 for the cell \(1, 0\), accepted are 0 to 2"):
        rule.run([[0, 1], [2, 0]], 1)


def test_bad_rules():
    with pytest.raises(ValueError, match="did you mean 'moore'"):
        LocalRule([0], "more")
    with pytest.raises(ValueError, match="accepted is 2 for hexagons"):
        LocalRule([0], "hexagonal", dimensions=3)
    with pytest.raises(ValueError, match="accepted are offsets of 2 numbers"):
        LocalRule([0, 1], [(1,)])
    with pytest.raises(ValueError, match=r"shape \(3,\) .* accepted are 4 integers"):
        LocalRule([0, 1, 1], [0, 1], dimensions=1)
    with pytest.raises(ValueError, match="entries from 0 to 2, accepted are 0 to 1"):
        LocalRule([0, 2], [0], dimensions=1)
    with pytest.raises(ValueError, match=r"134217728 entries, .* consider a function"):
        LocalRule([0], dimensions=3)
    with pytest.raises(ValueError, match="empty ground comes alive"):
        LocalRule([1, 0], [0], dimensions=1, boundary="open")
    with pytest.raises(ValueError, match="'open' for a rule that draws"):
        LocalRule(noisy, states=4, boundary="open")
    assert LocalRule([0, 1], [(0, 0)]).run(np.zeros((0, 3), int), 4).shape == (0, 3)
