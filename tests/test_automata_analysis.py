"""Exact analysis of one-dimensional rules, against enumeration, theorems and published numbers."""

import tracemalloc
from itertools import product
from math import comb

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.automata.analysis import (
    LinearRule,
    basins,
    conserves_number,
    count_preimages,
    equivalents,
    inverse,
    is_reversible,
    is_surjective,
    langton_lambda,
    linear,
    preimages,
    shortest_orphan,
)
from simulations.automata.analysis import debruijn as debruijn_module
from simulations.automata.automaton import Automaton
from simulations.automata.elementary import ElementaryCA
from simulations.automata.one_dimensional import RadiusRule, Totalistic1D

few = settings(deadline=None, max_examples=30)
kinds = st.sampled_from([(2, 1), (2, 2), (3, 1), (4, 1)])


def soup(shape, states, seed):
    return np.random.default_rng(seed).integers(0, states, shape).astype(np.uint8)


def random_rule(kind, seed):
    states, radius = kind
    return RadiusRule(soup(states ** (2 * radius + 1), states, seed), states, radius)


def image(rule, word):
    """What the rule makes of a word, 2 r cells shorter."""
    k, n = rule.states, 2 * rule.radius + 1
    places = range(len(word) - n + 1)
    return tuple(int(rule.table[int("".join(map(str, word[i : i + n])), k)]) for i in places)


def images(rule, length):
    """How many words lead to each word of a length."""
    k, r = rule.states, rule.radius
    words = np.array(list(product(range(k), repeat=length + 2 * r)))
    wide = [words[:, i : i + 2 * r + 1] @ k ** np.arange(2 * r, -1, -1) for i in range(length)]
    numbers = np.zeros(len(words), int)
    for i, places in enumerate(reversed(wide)):
        numbers += rule.table[places].astype(int) * k**i
    return np.bincount(numbers, minlength=k**length)


def ring_map(rule, width):
    """The number that every state of a ring becomes, one state after the other."""
    k = rule.states
    states = np.array(list(product(range(k), repeat=width)), np.uint8)
    after = np.array([RadiusRule(rule.table, k, rule.radius).run(each, 1) for each in states])
    return after.astype(int) @ k ** np.arange(width - 1, -1, -1)


# --- linear rules


def test_the_elementary_rules_that_are_linear():
    # by the definition: f(x + y) = f(x) + f(y), and affine ones are their complements
    expected = [
        n for n in range(256)
        if all((n >> (x ^ y) ^ n >> x ^ n >> y) & 1 == 0 for x, y in np.ndindex(8, 8))
    ]  # fmt: skip
    found = {n: linear(n) for n in range(256)}
    assert expected == [0, 60, 90, 102, 150, 170, 204, 240]
    assert [n for n, form in found.items() if form and not form.constant] == expected
    affine = sorted(255 - n for n in expected)
    assert [n for n, form in found.items() if form and form.constant] == affine


linear_rules = st.sampled_from([2, 3, 4, 6, 8, 9, 12]).flatmap(
    lambda k: st.builds(
        LinearRule,
        st.just(k),
        st.sampled_from([3, 5] if k < 5 else [3]).flatmap(
            lambda n: st.tuples(*[st.integers(0, k - 1)] * n)
        ),
        st.integers(0, k - 1),
    )
)


@given(linear_rules, st.integers(1, 30), st.integers(0, 70), st.integers(0, 9))
def test_a_jump_is_many_steps_on_a_ring(form, width, steps, seed):
    rule, cells = form.rule, soup(width, form.states, seed)
    assert linear(rule) == form
    np.testing.assert_array_equal(form.run(cells, steps), rule.run(cells, steps))


@given(linear_rules, st.integers(1, 30), st.integers(0, 200), st.integers(0, 9))
def test_a_jump_is_many_steps_on_the_open_line(form, width, steps, seed):
    form = LinearRule(form.states, form.coefficients)
    rule = RadiusRule(form.rule.table, form.states, form.radius, "open")
    cells = soup(width, form.states, seed)
    np.testing.assert_array_equal(
        form.run(cells, steps, boundary="open"), rule.run(cells, steps)
    )  # fmt: skip


@pytest.mark.parametrize("steps", [10**18, 2**60 - 1, 3 * 2**70 + 5])
def test_pascals_triangle_far_down(steps):
    # by Kummer's theorem C(t, j) is odd exactly if j and t - j have no binary digit in common
    cells = np.zeros(2001, np.uint8)
    cells[1000] = 1
    after = linear(90).run(cells, steps, boundary="open")
    expected = np.zeros(2001, np.uint8)
    for x in range(-1000, 1001):
        if (steps + x) % 2 == 0:
            j = (steps + x) // 2
            expected[1000 + x] = j & (steps - j) == 0
    np.testing.assert_array_equal(after, expected)


@pytest.mark.parametrize("states", [3, 4, 6, 9, 12])
def test_binomial_coefficients_modulo_a_number(states):
    cells = np.zeros(1500, np.uint8)
    cells[0] = 1
    after = LinearRule(states, (1, 1, 0)).run(cells, 1400, boundary="open")
    np.testing.assert_array_equal(after, [comb(1400, j) % states for j in range(1500)])


def test_as_many_states_as_a_byte_has():
    form, cells = LinearRule(256, (1, 0, 1)), np.array([1, 2, 255], np.uint8)
    wide = cells.astype(int)
    for _ in range(5):
        wide = np.roll(wide, 1) + np.roll(wide, -1)
    np.testing.assert_array_equal(form.run(cells, 5), wide % 256)


def test_rule_90_forgets_rings_of_a_power_of_two():
    cells = soup(1 << 12, 2, 1)
    assert not linear(90).run(cells, 1 << 11).any()
    assert linear(90).run(cells, (1 << 11) - 1).any()


def test_a_constant_has_no_open_line():
    with pytest.raises(ValueError, match="got 'open' for a rule with constant 1"):
        linear(105).run([1], 5, boundary="open")
    with pytest.raises(ValueError, match="cells from 2 to 2, accepted are 0 to 1 for rule 150"):
        linear(150).run([2], 5)


# --- surjective, reversible

SURJECTIVE = [
    15, 30, 45, 51, 60, 75, 85, 86, 89, 90, 101, 102, 105, 106, 120, 135, 149, 150, 153, 154, 165,
    166, 169, 170, 180, 195, 204, 210, 225, 240,
]  # fmt: skip


def test_the_surjective_elementary_rules():
    assert [n for n in range(256) if is_surjective(n)] == SURJECTIVE


@pytest.mark.parametrize("number", range(0, 256, 3))
def test_surjective_means_balanced_and_orphans_are_the_shortest(number):
    # Hedlund 1969: surjective exactly if every word has as many preimages as every other
    rule = RadiusRule(number)
    orphan = shortest_orphan(number)
    assert (orphan is None) == is_surjective(number)
    for length in range(1, 9 if orphan is None else len(orphan) + 1):
        counts = images(rule, length)
        if orphan is None:
            assert (counts == 4).all()
        elif length < len(orphan):
            assert counts.all()
        else:
            assert int("".join(map(str, orphan)), 2) == np.flatnonzero(counts == 0)[0]


@few
@given(kinds, st.integers(0, 999))
def test_orphans_of_other_rules(kind, seed):
    rule = random_rule(kind, seed)
    orphan = shortest_orphan(rule)
    if orphan is None:
        assert (images(rule, 3) == rule.states ** (2 * rule.radius)).all()
    elif len(orphan) <= 4:
        assert images(rule, len(orphan) - 1).all()
        number = int("".join(map(str, orphan)), rule.states)
        assert np.flatnonzero(images(rule, len(orphan)) == 0)[0] == number


@given(st.sampled_from([(2, 1), (2, 2), (3, 1)]), st.integers(0, 999))
def test_permutive_rules_are_surjective(kind, seed):
    # Hedlund 1969: if the last cell permutes the outcomes
    states, radius = kind
    context = soup((states ** (2 * radius), 1), states, seed)
    table = (context + np.arange(states, dtype=np.uint8)) % states
    assert is_surjective(RadiusRule(table.ravel(), states, radius))


def test_reversible_elementary_rules_are_those_one_to_one_on_rings():
    expected = [
        n for n in range(256)
        if all(len(set(ring_map(RadiusRule(n), w))) == 2**w for w in (1, 2, 3, 4, 5))
    ]  # fmt: skip
    assert [n for n in range(256) if is_reversible(n)] == expected == [15, 51, 85, 170, 204, 240]


@pytest.mark.parametrize("context", range(16))
def test_rules_that_turn_a_cell_over_in_one_context(context):
    # the cells at -2, -1, 1, 2 are to be as said; on a ring of 12 a collision shows if there is one
    table = []
    for a, b, own, c, d in product(range(2), repeat=5):
        table.append(own ^ (8 * a + 4 * b + 2 * c + d == context))
    rule = RadiusRule(table, 2, 2)
    one_to_one = all(basins(rule, width).gardens_of_eden.size == 0 for width in range(1, 13))
    assert is_reversible(rule) == one_to_one
    if one_to_one:
        assert_undone(rule, inverse(rule))
    else:
        with pytest.raises(ValueError, match="accepted are reversible rules"):
            inverse(rule)


def assert_undone(rule, back):
    for width in (1, 2, 3, 7, 40):
        cells = soup(width, rule.states, width)
        np.testing.assert_array_equal(back.run(rule.run(cells, 9), 9), cells)
        np.testing.assert_array_equal(rule.run(back.run(cells, 9), 9), cells)


@few
@given(st.sampled_from([(2, 2), (2, 3)]), st.integers(0, 999))
def test_partitioned_rules_are_reversible(tracks, seed):
    # a cell takes one half from the left, the other from the right, and permutes what it has
    one, two = tracks
    names = np.random.default_rng(seed).permutation(one * two)
    table = [
        names[left // two * two + right % two]
        for left, _, right in product(range(one * two), repeat=3)
    ]
    rule = RadiusRule(table, one * two)
    assert is_reversible(rule)
    assert is_surjective(rule)
    assert_undone(rule, inverse(rule))


def test_graphs_too_large(monkeypatch):
    rule = RadiusRule(0, 4, 5)
    for ask in (is_surjective, is_reversible, inverse, shortest_orphan):
        with pytest.raises(ValueError, match="accepted are up to 33,554,432"):
            ask(rule)
    with pytest.raises(ValueError, match="1,048,576 words of 10 cells"):
        count_preimages(rule, [0, 1])
    monkeypatch.setattr(debruijn_module, "_SUBSETS", 3)
    with pytest.raises(ValueError, match="orphans are too long"):
        shortest_orphan(110)


# --- tables


def test_classes_of_elementary_rules():
    classes = {equivalents(n) for n in range(256)}
    assert len(classes) == 88
    assert sorted(n for each in classes for n in each) == list(range(256))


@few
@given(st.sampled_from([(2, 2), (3, 1)]), st.integers(0, 999))
def test_equivalents_do_the_same_to_states_renamed(kind, seed):
    rule = random_rule(kind, seed)
    states, radius = kind
    cells = soup(20, states, seed)
    renamed = np.roll(np.arange(states, dtype=np.uint8), 1)
    wanted = renamed[rule.run(cells, 3)][::-1]
    runs = [RadiusRule(n, states, radius).run(renamed[cells][::-1], 3) for n in equivalents(rule)]
    assert any(np.array_equal(run, wanted) for run in runs)
    assert rule.number in equivalents(rule)


def conserved_on_rings(rule, widths):
    for width in widths:
        states = np.array(list(product(range(rule.states), repeat=width)), np.uint8)
        for each in states:
            if rule.run(each, 1).sum() != each.sum():
                return False
    return True


def test_conserving_elementary_rules():
    expected = [n for n in range(256) if conserved_on_rings(RadiusRule(n), range(1, 9))]
    assert [n for n in range(256) if conserves_number(n)] == expected == [170, 184, 204, 226, 240]


@few
@given(st.sampled_from([170, 184, 226, 240]), st.sampled_from([184, 204, 226]), st.integers(0, 99))
def test_conserving_rules_of_radius_2(first, second, seed):
    one, two = RadiusRule(first), RadiusRule(second)
    table = np.array([image(two, image(one, w))[0] for w in product(range(2), repeat=5)])
    assert conserves_number(RadiusRule(table, 2, 2))
    table[seed % 32] ^= 1
    rule = RadiusRule(table, 2, 2)
    assert conserves_number(rule) == conserved_on_rings(rule, range(1, 8))


def test_langtons_lambda():
    known = {30: 0.5, 54: 0.5, 90: 0.5, 184: 0.5, 110: 0.625, 0: 0.0, 255: 1.0}
    assert {n: langton_lambda(n) for n in known} == known
    assert langton_lambda(Totalistic1D(777), quiescent=1) == 1 - np.mean(
        Totalistic1D(777).table == 1
    )


@pytest.mark.parametrize("rule", [256, -1])
def test_a_number_is_an_elementary_rule(rule):
    with pytest.raises(ValueError, match=f"rule: got {rule}, accepted is an integer from 0 to 255"):
        is_surjective(rule)
    with pytest.raises(TypeError, match="accepted are ElementaryCA, RadiusRule"):
        is_surjective("30")


def test_a_rule_is_the_same_by_any_name():
    for rule in (90, ElementaryCA(90), RadiusRule(90), Totalistic1D(2, 2, outer=True)):
        assert isinstance(is_surjective(rule), bool)
    assert linear(ElementaryCA(150)) == linear(Totalistic1D(10, 2)) == linear(150)


# --- predecessors and basins


@given(kinds, st.integers(1, 5), st.integers(0, 999))
def test_preimages_are_those_found_one_by_one(kind, width, seed):
    rule = random_rule(kind, seed)
    states = np.array(list(product(range(rule.states), repeat=width)), np.uint8)
    target = soup(width, rule.states, seed)
    expected = [each for each in states if np.array_equal(rule.run(each, 1), target)]
    found = preimages(rule, target)
    assert count_preimages(rule, target) == len(expected)
    np.testing.assert_array_equal(found, np.reshape(expected, (-1, width)))


def test_preimages_of_a_long_ring():
    # rule 90 on an even ring: both sublattices have two predecessors or none
    cells = ElementaryCA(90).run(soup(1000, 2, 0), 1)
    assert count_preimages(90, cells) == 4
    for each in preimages(90, cells):
        np.testing.assert_array_equal(ElementaryCA(90).run(each, 1), cells)
    # rule 0 sends all to nothing
    assert count_preimages(0, np.zeros(500, int)) == 2**500
    with pytest.raises(MemoryError):
        preimages(0, np.zeros(500, int))
    with pytest.raises(ValueError, match="state: got no cells"):
        count_preimages(90, np.zeros(0, int))


@few
@given(st.sampled_from([(2, 1), (2, 2), (3, 1)]), st.integers(1, 6), st.integers(0, 999))
def test_basins_are_where_each_state_goes(kind, width, seed):
    rule = random_rule(kind, seed)
    found = basins(rule, width)
    successor = ring_map(rule, width)
    np.testing.assert_array_equal(found.successor, successor)
    for state in range(successor.size):
        path = [state]
        while successor[path[-1]] not in path:
            path.append(int(successor[path[-1]]))
        far = path.index(successor[path[-1]])
        cycle = path[far:]
        assert found.transient[state] == far
        assert set(found.attractors[found.basin[state]]) == set(cycle)
    assert found.sizes.sum() == successor.size


def test_basins_as_a_graph():
    found = basins(110, 7)
    graph = found.graph()
    assert len(list(nx.weakly_connected_components(graph))) == len(found.attractors)
    cycles = {frozenset(each) for each in nx.attracting_components(graph)}
    assert cycles == {frozenset(each) for each in found.attractors}
    assert [n for n, degree in graph.in_degree() if not degree] == found.gardens_of_eden.tolist()
    assert found.cells(5).tolist() == [0, 0, 0, 0, 1, 0, 1]
    assert found.to_dict()["basin_sizes"] == found.sizes.tolist()
    assert "attractors" in repr(found)


def test_longest_cycles_of_rule_90():
    # Martin, Odlyzko, Wolfram 1984, table 1
    longest = {n: max(map(len, basins(90, n).attractors)) for n in range(3, 16)}
    published = [1, 1, 3, 2, 7, 1, 7, 6, 31, 4, 63, 14, 15]
    assert list(longest.values()) == published


@pytest.mark.parametrize("width", range(3, 13))
def test_gardens_of_eden_of_rule_90(width):
    # Martin, Odlyzko, Wolfram 1984, theorem 3.1: of odd rings half of the states can be reached, of
    # even ones a quarter
    eden = basins(90, width).gardens_of_eden.size
    assert eden == 2**width - 2**width // (2 if width % 2 else 4)


def test_basins_ask_for_memory_first():
    with pytest.raises(MemoryError, match="GiB are needed"):
        basins(30, 60)


def test_basins_ask_for_all_they_take(monkeypatch):
    asked = []
    monkeypatch.setattr(Automaton, "_room", staticmethod(asked.append))
    basins(30, 3)
    asked.clear()
    tracemalloc.start()
    try:
        basins(30, 14)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 0.5 * max(asked) < taken < 1.1 * max(asked)
