"""Elementary rules: both kernels against the table stated plainly, and what is published."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations import observe
from simulations.automata import _elementary_kernels as kernels
from simulations.automata import elementary
from simulations.automata.elementary import ElementaryCA

MODES = {"periodic": "wrap", "fixed": "constant", "reflecting": "symmetric"}
"""Boundary -> what NumPy's padding calls it."""

boundaries = st.sampled_from(sorted(MODES))
rules = st.integers(0, 255)
widths = st.one_of(st.integers(1, 200), st.sampled_from([255, 256, 257, 511, 512, 513]))


def plain(cells, rule, boundary, steps):
    """Look every neighbourhood up in the rule's bits; every row from the first to the last."""
    rows = [cells]
    for _ in range(steps):
        wide = np.pad(rows[-1], 1, mode=MODES[boundary]).astype(int)
        rows.append((rule >> (4 * wide[:-2] + 2 * wide[1:-1] + wide[2:]) & 1).astype(np.uint8))
    return np.array(rows)


def soup(width, seed):
    return np.random.default_rng(seed).integers(0, 2, width).astype(np.uint8)


def by_compiled(monkeypatch, automaton, cells, steps):
    """Run by the rule's own kernel, whatever the width."""
    for name in ("_WORTH_COMPILING", "_LONG", "_MANY"):
        monkeypatch.setattr(elementary, name, 0)
    return automaton.run(cells, steps)


@given(rules, widths, boundaries, st.integers(0, 20), st.integers(0, 9))
def test_any_rule_on_any_row(rule, width, boundary, steps, seed):
    cells = soup(width, seed)
    automaton = ElementaryCA(rule, boundary)
    expected = plain(cells, rule, boundary, steps)
    np.testing.assert_array_equal(automaton.run(cells, steps), expected[-1])
    np.testing.assert_array_equal(automaton.history(cells, steps), expected)
    watched = automaton.column(cells, steps, width // 2)
    np.testing.assert_array_equal(watched, expected[:, width // 2])


@pytest.mark.parametrize("boundary", sorted(MODES))
@pytest.mark.parametrize("width", [1, 2, 3, 63, 64, 65, 128])
def test_every_rule(boundary, width):
    cells = soup(width, width)
    for rule in range(256):
        expected = plain(cells, rule, boundary, 5)
        np.testing.assert_array_equal(ElementaryCA(rule, boundary).history(cells, 5), expected)


@pytest.mark.parametrize("width", [898, 1100, 2048, 2177, 5000])
@pytest.mark.parametrize("rule", [30, 184])
def test_a_compiled_rule_is_the_same_rule(monkeypatch, rule, width):
    # both are without mirror symmetry, so a side taken for the other shows
    for boundary in MODES:
        for steps in (1, 3, 4, 63, 64, 65, 150):
            cells = soup(width, steps)
            expected = plain(cells, rule, boundary, steps)[-1]
            run = by_compiled(monkeypatch, ElementaryCA(rule, boundary), cells, steps)
            np.testing.assert_array_equal(run, expected)


def test_a_compiled_rule_on_the_open_line(monkeypatch):
    cells = soup(1500, 1)
    wide = np.pad(cells, 300)
    run = by_compiled(monkeypatch, ElementaryCA(30, "open"), cells, 300)
    np.testing.assert_array_equal(run, plain(wide, 30, "fixed", 300)[-1][300:-300])


def test_kernels_refuse_too_little_room():
    words = np.zeros(4 * (kernels.FRONT + 3 + kernels.DEPTH), np.uint64)
    copies = np.zeros((0, 5), np.uint64)
    for rows in (3, 4):
        with pytest.raises(ValueError, match="too few rows"):
            kernels.compiled(30)(words, rows, copies, 1, 1)


def value(tree, inputs):
    """The truth table of a formula."""
    if isinstance(tree, int):
        return inputs[tree]
    if len(tree) == 1:
        return tree[0]
    gate, a, b = tree[0], value(tree[1], inputs), value(tree[2], inputs)
    return {"xor": a ^ b, "and_": a & b, "or_": a | b, "and_not": a & ~b}[gate]


def gates(tree):
    return 0 if isinstance(tree, int) or len(tree) == 1 else 1 + gates(tree[1]) + gates(tree[2])


def test_formulas_say_their_rule_and_are_short():
    for rule in range(256):
        assert value(kernels.formula(rule), (240, 204, 170)) == rule
    shortest = {rule: gates(kernels.formula(rule)) for rule in (204, 90, 30, 150, 110, 184)}
    # r30 = l ^ (c | r), r110 = (c | r) ^ (l & c & r) = (c ^ r) | (c & ~l)
    assert shortest == {204: 0, 90: 1, 30: 2, 150: 2, 110: 3, 184: 3}


@settings(max_examples=30)
@given(rules.map(lambda n: n & 254), st.integers(1, 40), st.integers(0, 150), st.integers(0, 99))
def test_the_open_line_is_a_row_too_long_to_leave(rule, width, steps, seed):
    cells = soup(width, seed)
    expected = plain(np.pad(cells, steps), rule, "fixed", steps)[:, steps : steps + width]
    automaton = ElementaryCA(rule, "open")
    np.testing.assert_array_equal(automaton.run(cells, steps), expected[-1])
    np.testing.assert_array_equal(automaton.history(cells, steps), expected)
    np.testing.assert_array_equal(automaton.column(cells, steps, 0), expected[:, 0])


def test_a_history_longer_than_is_made_at_a_time():
    cells = soup(5000, 4)
    history = ElementaryCA(30, "reflecting").history(cells, 450)
    np.testing.assert_array_equal(history, plain(cells, 30, "reflecting", 450))


def test_a_system_goes_on():
    cells = soup(100, 3)
    run = observe(
        ElementaryCA(110).system(cells), {"ones": lambda x: float(x.sum())}, [0, 7, 90],
        progress=False,
    )  # fmt: skip
    history = ElementaryCA(110).history(cells, 90)
    assert run.values[:, 0, 0].tolist() == history[[0, 7, 90]].sum(axis=1).tolist()


def test_the_centre_column_of_rule_30():
    # OEIS A051023
    column = ElementaryCA(30, "open").column([1], 99_999, 0)
    first = "1101110011000101100100111010111001110101011000011001010110101011"
    assert "".join(map(str, column[:64])) == first
    # ones among the first 10^k cells, of the Rule 30 Prizes' page
    counts = [int(column[: 10**k].sum()) for k in range(1, 6)]
    assert counts == [7, 52, 481, 5032, 50098]


ROWS = {
    30: [1, 7, 25, 111, 401, 1783, 6409, 28479, 102849, 456263],
    54: [1, 7, 17, 119, 273, 1911, 4369],
    60: [1, 3, 5, 15, 17, 51, 85, 255],
    62: [1, 7, 25, 111, 433, 1751, 7033],
    90: [1, 5, 17, 85, 257, 1285, 4369, 21845],
    110: [1, 6, 28, 104, 496, 1568, 7360, 27520, 130304, 396800, 1848320, 6879232, 32706560],
    126: [1, 7, 27, 127, 387, 1935, 6579],
    150: [1, 7, 21, 107, 273, 1911, 5189, 28123],
    190: [1, 7, 29, 119, 477, 1911, 7645],
    222: [1, 7, 31, 127, 511, 2047],
}
"""Row t from a single cell, as a binary number of 2 t + 1 digits (OEIS A110240, A117999, ...)."""


@pytest.mark.parametrize("rule", sorted(ROWS))
def test_rows_from_a_single_cell(rule):
    steps = len(ROWS[rule]) - 1
    state = np.zeros(2 * steps + 1, int)
    state[steps] = 1
    for t, row in enumerate(ElementaryCA(rule, "open").history(state, steps)):
        number = int("".join(map(str, row[steps - t : steps + t + 1])), 2)
        assert number == ROWS[rule][t]


def test_ones_in_the_rows_of_rules_30_and_90():
    history = ElementaryCA(30, "open").history([0] * 20 + [1] + [0] * 20, 15)
    assert history.sum(1).tolist() == [1, 3, 3, 6, 4, 9, 5, 12, 7, 12, 11, 14, 12, 19, 13, 22]
    history = ElementaryCA(90, "open").history([0] * 300 + [1] + [0] * 300, 300)
    assert history.sum(1).tolist() == [2 ** t.bit_count() for t in range(301)]


def test_the_ether_of_rule_110():
    ether = np.array([int(bit) for bit in "00010011011111"])
    states = ElementaryCA(110).history(ether, 7)
    np.testing.assert_array_equal(states[7], ether)
    assert not any(np.array_equal(state, ether) for state in states[1:7])


@given(st.integers(0, 99))
def test_rule_90_forgets_a_ring_of_64(seed):
    assert not ElementaryCA(90).run(soup(64, seed), 32).any()


@pytest.mark.parametrize("ones", [250, 500, 750])
def test_traffic_of_rule_184(ones):
    cells = np.zeros(1000, np.uint8)
    cells[np.random.default_rng(ones).permutation(1000)[:ones]] = 1
    after = ElementaryCA(184).run(cells, 1500)
    assert after.sum() == ones
    # a car moves if the cell to its right is free: min(density, 1 - density) do
    assert int((after & (1 - np.roll(after, -1))).sum()) == min(ones, 1000 - ones)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ElementaryCA(256), "rule: got 256, accepted is an integer from 0 to 255"),
        (lambda: ElementaryCA(45, "open"), "got 'open' for rule 45"),
        (lambda: ElementaryCA(30, "torus"), "boundary: unknown 'torus'"),
        (lambda: ElementaryCA(30).run([0, 2], 1), "cells from 0 to 2"),
        (lambda: ElementaryCA(30).run([[0, 1]], 1), "2 axes"),
        (lambda: ElementaryCA(30).column([0, 1], 1, 2), "cell: got 2"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


@pytest.mark.parametrize("boundary", ["periodic", "fixed", "reflecting", "open"])
def test_no_cells_no_change(boundary):
    automaton = ElementaryCA(30, boundary)
    assert automaton.run(np.zeros(0, int), 5).shape == (0,)
    assert automaton.history(np.zeros(0, int), 5).shape == (6, 0)
