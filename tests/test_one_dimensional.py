"""One-dimensional rules of any radius and number of states, against their definition."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations.automata.elementary import ElementaryCA
from simulations.automata.one_dimensional import RadiusRule, Totalistic1D, digits, number_of

MODES = {"periodic": "wrap", "fixed": "constant", "reflecting": "symmetric"}
"""Boundary -> what NumPy's padding calls it."""

boundaries = st.sampled_from(sorted(MODES))
kinds = st.sampled_from([(2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (5, 1)])


def plain(cells, change, radius, boundary, steps):
    """`change` takes the tuple of 2 radius + 1 cells around a cell to its next state."""
    rows = [cells]
    for _ in range(steps):
        wide = np.pad(rows[-1], radius, mode=MODES[boundary]).tolist()
        around = [tuple(wide[i : i + 2 * radius + 1]) for i in range(len(cells))]
        rows.append(np.array([change(each) for each in around], np.uint8))
    return np.array(rows)


def soup(width, states, seed):
    return np.random.default_rng(seed).integers(0, states, width).astype(np.uint8)


def agree(automaton, cells, change, boundary, steps):
    expected = plain(cells, change, automaton.radius, boundary, steps)
    np.testing.assert_array_equal(automaton.run(cells, steps), expected[-1])
    np.testing.assert_array_equal(automaton.history(cells, steps), expected)


@given(kinds, st.integers(1, 40), boundaries, st.integers(0, 6), st.integers(0, 99))
def test_rules_by_their_table(kind, width, boundary, steps, seed):
    states, radius = kind
    table = soup(states ** (2 * radius + 1), states, seed)

    def change(around):
        return table[int("".join(map(str, around)), states)]

    automaton = RadiusRule(table, states, radius, boundary)
    agree(automaton, soup(width, states, seed), change, boundary, steps)
    again = RadiusRule(automaton.number, states, radius)
    np.testing.assert_array_equal(again.table, table)


@given(
    kinds, st.booleans(), st.integers(1, 40), boundaries, st.integers(0, 6), st.integers(0, 99)
)  # fmt: skip
def test_rules_by_the_sum(kind, outer, width, boundary, steps, seed):
    states, radius = kind
    count = (2 * radius + 1) * (states - 1) + 1
    code = soup(2 * radius * (states - 1) * states + states if outer else count, states, seed)

    def change(around):
        own, total = around[radius], sum(around)
        return code[states * (total - own) + own if outer else total]

    automaton = Totalistic1D(number_of(code, states), states, radius, outer=outer,
                             boundary=boundary)  # fmt: skip
    cells = soup(width, states, seed)
    agree(automaton, cells, change, boundary, steps)
    same = RadiusRule(automaton.table, states, radius, boundary)
    np.testing.assert_array_equal(same.run(cells, steps), automaton.run(cells, steps))


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("width", [1023, 1024, 1025, 3000])
def test_at_the_length_of_a_chunk(boundary, width):
    cells = soup(width, 2, width)
    run = RadiusRule(30, boundary=boundary).run(cells, 9)
    np.testing.assert_array_equal(run, ElementaryCA(30, boundary).run(cells, 9))


@given(st.integers(1, 30), st.integers(0, 99), st.integers(0, 150))
def test_the_open_line_is_a_row_too_long_to_leave(width, seed, steps):
    automaton = Totalistic1D(20, 2, 2, boundary="open")
    cells = soup(width, 2, seed)
    wide = Totalistic1D(20, 2, 2, boundary="fixed").history(np.pad(cells, 2 * steps), steps)
    expected = wide[:, 2 * steps : 2 * steps + width]
    np.testing.assert_array_equal(automaton.run(cells, steps), expected[-1])
    np.testing.assert_array_equal(automaton.history(cells, steps), expected)


def test_elementary_rules_by_their_sum():
    # odd sums, unequal cells, all, two, one, any
    for code, rule in {10: 150, 6: 126, 8: 128, 4: 104, 2: 22, 14: 254}.items():
        np.testing.assert_array_equal(Totalistic1D(code, 2).table, ElementaryCA(rule).table)


def test_names():
    assert repr(RadiusRule(110)) == "RadiusRule('rule 110, k=2, r=1', boundary='periodic')"
    assert Totalistic1D(777).name == "code 777, k=3, r=1"
    assert RadiusRule(0, 3, 2).name == "rule 0, k=3, r=2"
    assert RadiusRule(0, 3, 3).name.startswith("rule sha256:")
    assert Totalistic1D(777).code == 777
    assert Totalistic1D(20, 2, 2, outer=True).name == "outer code 20, k=2, r=2"


@given(st.integers(2, 7), st.integers(1, 200), st.integers(0, 99))
def test_digits(base, count, seed):
    table = soup(count, base, seed)
    number = number_of(table, base)
    assert number == sum(int(d) * base**i for i, d in enumerate(table))
    np.testing.assert_array_equal(digits(number, base, count), table)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RadiusRule(256), "got a code number of 9 bits, accepted are those below 2^8"),
        (lambda: RadiusRule([0, 1, 2]), "shape (3,), accepted are 8 entries from 0 to 1"),
        (lambda: RadiusRule(-1), "rule: got -1"),
        (lambda: RadiusRule(0, 1), "states: got 1"),
        (lambda: RadiusRule(0, 20, 3), "a table of 1,280,000,000 entries"),
        (lambda: RadiusRule(1, boundary="open"), "got 'open' for rule 1, k=2, r=1"),
        (lambda: Totalistic1D(3**7, 3), "accepted are those below 3^7"),
        (lambda: Totalistic1D(1, boundary="open"), "got 'open' for code 1"),
        (lambda: Totalistic1D(0, 9, 9).table, "accepted are up to 16,777,216 entries"),
        (lambda: RadiusRule(30).run([0, 2], 1), "cells from 0 to 2"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_bad_types_are_named():
    with pytest.raises(TypeError, match="dtype float64"):
        RadiusRule(np.zeros(8))
    with pytest.raises(TypeError, match=r"rule: got 1\.5"):
        RadiusRule(1.5)


@pytest.mark.parametrize("boundary", ["periodic", "fixed", "reflecting", "open"])
def test_no_cells_no_change(boundary):
    automaton = RadiusRule(30, boundary=boundary)
    assert automaton.run(np.zeros(0, int), 5).shape == (0,)
    assert automaton.history(np.zeros(0, int), 5).shape == (6, 0)
