"""Measures of automata, against theorems, enumeration and plain statements of the same thing."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from complexity import get_code, lz76
from simulations import observe
from simulations.automata import measures
from simulations.automata.analysis import is_surjective
from simulations.automata.asynchronous import Asynchronous
from simulations.automata.elementary import ElementaryCA
from simulations.automata.exclusion import Exclusion
from simulations.automata.life import Generations, LifeLike
from simulations.automata.local import LocalRule
from simulations.automata.margolus import BlockAutomaton, Margolus
from simulations.automata.measures.neighbourhoods import patterns
from simulations.automata.sandpile import Sandpile

LINES = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 9)), elements=st.integers(0, 2)
)
PLANES = hnp.arrays(
    np.uint8,
    st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5)),
    elements=st.integers(0, 1),
)


def de_bruijn(order):
    """A ring on which every word of so many bits is met once (Lyndon words, in order)."""
    word, ring = [0] * (order + 1), []

    def extend(t, period):
        if t > order:
            if order % period == 0:
                ring.extend(word[1 : period + 1])
            return
        word[t] = word[t - period]
        extend(t + 1, period)
        for bit in range(word[t - period] + 1, 2):
            word[t] = bit
            extend(t + 1, t)

    extend(1, 1)
    return np.array(ring, np.uint8)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 2, shape, np.uint8)


def inner_step(rule, row):
    """One step by Wolfram's table of the cells that have two neighbours."""
    return [
        rule >> int(f"{a}{b}{c}", 2) & 1 for a, b, c in zip(row, row[1:], row[2:], strict=False)
    ]


def entropy(items):
    counts = Counter(items)
    total = sum(counts.values())
    return -sum(n / total * math.log2(n / total) for n in counts.values())


# patterns


def seen_from(history, at, shape, periodic):
    """The pattern, or None if it leaves the history."""
    pattern = []
    for offset in shape:
        place = [a + b for a, b in zip(at, offset, strict=True)]
        if not 0 <= place[0] < len(history):
            return None
        for axis in range(1, history.ndim):
            if not periodic and not 0 <= place[axis] < history.shape[axis]:
                return None
            place[axis] %= history.shape[axis]
        pattern.append(int(history[tuple(place)]))
    return tuple(pattern)


@given(st.one_of(LINES, PLANES), st.booleans(), st.data())
def test_patterns_are_what_is_seen(history, periodic, data):
    offset = st.tuples(st.integers(-1, 1), *[st.integers(-3, 3) for _ in range(history.ndim - 1)])
    shapes = data.draw(st.lists(st.lists(offset, min_size=1, max_size=4), min_size=1, max_size=2))
    places = list(itertools.product(*map(range, history.shape)))
    seen = [[seen_from(history, at, shape, periodic) for shape in shapes] for at in places]
    kept = [[p for p in each if p is not None] for each in seen if None not in each]
    if not kept:
        with pytest.raises(ValueError, match="history: got shape"):
            measures.patterns(history, *shapes, periodic=periodic)
        return
    base = max(2, int(history.max()) + 1)
    found = measures.patterns(history, *shapes, periodic=periodic)
    for i, codes in enumerate(found):
        numbers = [sum(x * base**k for k, x in enumerate(reversed(each[i]))) for each in kept]
        assert codes.ravel().tolist() == numbers


def test_patterns_of_more_cells_than_a_number_holds_are_told_apart():
    history = noise(1, 200)
    shape = [(0, i) for i in range(150)]
    [codes] = measures.patterns(np.concatenate([history, history], axis=1), shape)
    assert len(np.unique(codes)) == 200
    assert codes[0, :200].tolist() == codes[0, 200:].tolist()


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_light_cones_hold_what_can_matter(dimensions):
    past = measures.light_cone(2, 1, dimensions, past=True)
    future = measures.light_cone(2, 1, dimensions, past=False)
    assert len(past) == 1 + 3**dimensions + 5**dimensions
    assert len(future) == 3**dimensions + 5**dimensions
    assert {(-t, *x) for t, *x in future} | {(0,) * (dimensions + 1)} == set(past)


# entropies


def test_surjective_rules_keep_fair_coins_fair_and_no_others_do():
    ring = de_bruijn(10)
    for rule in range(256):
        row = ElementaryCA(rule).run(ring, 1)[None]
        joint = measures.spatial_entropy(row, 8).joint
        fair = joint == tuple(range(1, 9))
        assert fair == is_surjective(rule), rule


def test_after_many_steps_too():
    ring = de_bruijn(14)
    rows = ElementaryCA(90).history(ring, 3)
    found = measures.spatial_entropy(rows, 8)
    assert found.joint == tuple(range(1, 9))
    assert (found.rate, found.excess) == (1.0, 0.0)


@given(st.one_of(LINES, PLANES), st.integers(1, 4), st.booleans())
def test_conditional_entropies_are_those_of_counted_patterns(history, longest, periodic):
    space = history.ndim - 1
    reach = range(-3, 4)
    before = sorted(
        (x for x in itertools.product(reach, repeat=space) if x < (0,) * space),
        key=lambda x: (sum(y * y for y in x), [-y for y in x]),
    )[: longest - 1]
    shape = [(0, *x) for x in before]
    places = itertools.product(*map(range, history.shape))
    kept = [
        (at, pattern)
        for at in places
        if (pattern := seen_from(history, at, shape, periodic)) is not None
    ]
    if not kept:
        return
    found = measures.spatial_entropy(history, longest, periodic=periodic)
    for m in range(longest):
        joint = entropy((pattern[:m], history[at]) for at, pattern in kept)
        given_ = entropy(pattern[:m] for _, pattern in kept)
        assert found.joint[m] == pytest.approx(joint, abs=1e-12)
        assert found.conditional[m] == pytest.approx(joint - given_, abs=1e-12)
    assert found.samples == len(kept)


@pytest.mark.parametrize("pattern", ["01", "0011", "00010011011111"])
def test_the_excess_entropy_of_a_period_is_its_logarithm(pattern):
    row = np.array([[int(c) for c in pattern] * 10], np.uint8)
    found = measures.spatial_entropy(row, len(pattern) + 1)
    assert found.rate == pytest.approx(0, abs=1e-12)
    assert found.excess == pytest.approx(math.log2(len(pattern)), abs=1e-9)


def test_a_chessboard_holds_one_bit_and_coins_hold_none():
    board = np.indices((8, 8)).sum(axis=0) % 2
    found = measures.spatial_entropy(board[None].astype(np.uint8), 5)
    assert found.conditional == (1.0, 0.0, 0.0, 0.0, 0.0)
    assert found.excess == 1.0
    coins = measures.spatial_entropy(noise(4, 64, 64), 5)
    assert coins.rate == pytest.approx(1, abs=0.01)
    assert coins.excess == pytest.approx(0, abs=0.02)


def test_the_time_of_a_shift_is_the_space_of_its_row():
    rows = ElementaryCA(170).history(de_bruijn(10), 20)
    assert measures.temporal_entropy(rows, 8).joint == pytest.approx(range(1, 9), abs=1e-12)
    still = ElementaryCA(204).history(de_bruijn(10), 20)
    assert measures.temporal_entropy(still, 8).conditional == (1.0, *[0.0] * 7)


def test_entropies_of_too_few_cells_say_so():
    assert "patterns possible" in measures.spatial_entropy(noise(1, 100), 8).warning
    assert not measures.spatial_entropy(noise(1, 100)).warning
    with pytest.raises(ValueError, match="longest: got 63, accepted are at most 62"):
        measures.spatial_entropy(noise(1, 100), 63)
    with pytest.raises(ValueError, match=r"it is state\[None\]"):
        measures.spatial_entropy(noise(100))


# information


def enumerated_information(rule, past, future):
    """I(past cone; future cone) from fair coins, over all words that the cones depend on."""
    margin = 2 * future + past
    pairs = []
    for word in itertools.product((0, 1), repeat=2 * margin + 1):
        rows = [list(word)]
        for _ in range(past + future):
            rows.append(inner_step(rule, rows[-1]))
        cone = {t: rows[t] for t in range(past + future + 1)}
        centre = {t: margin - t for t in cone}
        before = tuple(
            cone[past - i][centre[past - i] + j] for i in range(past + 1) for j in range(-i, i + 1)
        )
        after = tuple(
            cone[past + i][centre[past + i] + j]
            for i in range(1, future + 1)
            for j in range(-i, i + 1)
        )
        pairs.append((before, after))
    return entropy(a for a, _ in pairs) + entropy(b for _, b in pairs) - entropy(pairs)


@pytest.mark.parametrize(("past", "future"), [(0, 1), (1, 1), (2, 1), (1, 2)])
@pytest.mark.parametrize("rule", [0, 22, 30, 54, 90, 110, 184])
def test_light_cone_information_is_that_of_all_words(rule, past, future):
    ring = de_bruijn(2 * (2 * future + past) + 1)
    history = ElementaryCA(rule).history(ring, past + future)
    found = measures.light_cone_information(history, past, future)
    assert found.plugin_bits == pytest.approx(enumerated_information(rule, past, future), abs=1e-9)


def test_light_cone_information_where_it_can_be_told():
    ring = de_bruijn(9)

    def bits(rule):
        history = ElementaryCA(rule).history(ring, 2)
        return measures.light_cone_information(history, 1, 1).plugin_bits

    assert bits(0) == 0
    assert bits(204) == pytest.approx(3)  # three cells that stay what they are
    assert bits(170) == pytest.approx(1)  # of three, one was in the past cone
    assert bits(90) == pytest.approx(0)  # every cell to come has a part unseen


def test_coins_share_nothing_and_the_null_says_so():
    found = measures.light_cone_information(noise(60, 400), 1, 1, shuffles=30, seed=1)
    assert abs(found.plugin_bits - found.null_mean) < 4 * found.null_sd
    assert abs(found.bits) < found.plugin_bits / 5
    assert found.p_value > 0.01
    history = ElementaryCA(110).history(noise(400), 60)
    assert measures.light_cone_information(history, 1, 1, shuffles=9).p_value == 0.1


@pytest.mark.parametrize("each", [2, 3, 5, 7])
@pytest.mark.parametrize("place", [0, 8])
def test_shuffles_that_show_as_much_count_however_sums_are_rounded(each, place):
    """One cell in n is followed by a 1: wherever it is, it tells as much of three equal shares."""
    history = np.zeros((2, 3 * each), np.uint8)
    history[0] = np.repeat([0, 1, 2], each)
    history[1, place % (3 * each)] = 1
    found = measures.light_cone_information(history, 0, 1, radius=0, shuffles=99)
    assert found.p_value == 1


def test_information_at_a_distance():
    ring = de_bruijn(8)[None]
    found = measures.mutual_information_at(ring, range(1, 8))
    assert found.plugin_bits == pytest.approx([0] * 7, abs=1e-12)
    row = np.tile([0, 0, 1, 1], 8)[None]
    assert measures.mutual_information_at(row, [1, 2, 4]).plugin_bits == pytest.approx([0, 1, 1])
    columns = np.repeat(noise(1, 30, 1), 20, axis=2)
    assert measures.mutual_information_at(columns, [3]).plugin_bits[0] == pytest.approx(
        entropy(columns.ravel().tolist())
    )


# causal states


@pytest.mark.parametrize("method", ["chi2", "exact"])
@pytest.mark.parametrize("pattern", ["01", "011", "0011"])
def test_the_complexity_of_a_period_is_its_logarithm(pattern, method):
    row = [int(c) for c in pattern] * 60
    history = ElementaryCA(170).history(row, 40)
    found = measures.causal_states(history, 2, 2, method=method)
    assert found.statistical_complexity == pytest.approx(math.log2(len(pattern)), abs=1e-9)


@pytest.mark.parametrize(("rule", "row", "phases"), [(110, "00010011011111", 14), (54, "0001", 8)])
def test_the_complexity_of_a_domain_is_that_of_its_phases(rule, row, phases):
    # Crutchfield and Hanson: rule 54's domain has 8 states; rule 110's ether is one ring of 14
    history = ElementaryCA(rule).history([int(c) for c in row] * 8, 28 + 8 - 1)
    found = measures.causal_states(history, 4, 4, method="exact")
    assert found.count == phases
    assert found.statistical_complexity == pytest.approx(math.log2(phases), abs=1e-9)


def test_coins_and_additive_rules_have_one_state():
    assert measures.causal_states(noise(100, 500), 2, 2).statistical_complexity == 0
    for rule in (90, 105, 150):
        history = ElementaryCA(rule).history(de_bruijn(9), 2)
        assert measures.causal_states(history, 1, 1, method="exact").count == 1
    # under rule 60 the past cone knows two neighbours, whose sum is one of the cells to come
    history = ElementaryCA(60).history(de_bruijn(9), 2)
    assert measures.causal_states(history, 1, 1, method="exact").statistical_complexity == 1


def test_sampled_states_are_the_exact_ones():
    exact = measures.causal_states(ElementaryCA(30).history(de_bruijn(13), 4), method="exact")
    sampled = measures.causal_states(ElementaryCA(30).history(noise(2000), 200))
    assert sampled.count == exact.count
    assert sampled.statistical_complexity == pytest.approx(exact.statistical_complexity, abs=0.02)


def test_the_local_complexity_averages_to_the_whole():
    found = measures.causal_states(ElementaryCA(110).history(noise(500), 60))
    assert found.local.mean() == pytest.approx(found.statistical_complexity)
    assert found.local.shape == (60 + 1 - 2 - 2, 500)
    assert found.first == 2
    board = np.indices((3, 8, 8)).sum(axis=0) % 2
    assert measures.causal_states(board, 1, 1, method="exact").statistical_complexity == 1


# damage


def test_damage_that_can_be_told():
    ring = noise(401)

    def followed(rule):
        return measures.damage_spreading(ElementaryCA(rule), ring, 100, sites=6)

    still = followed(204)
    assert (still.counts == 1).all()
    assert still.speeds.tolist() == [[0, 0]]
    assert followed(170).speeds.tolist() == [[1, -1]]
    assert followed(240).speeds.tolist() == [[-1, 1]]
    sierpinski = followed(90)
    assert (sierpinski.counts == [2 ** t.bit_count() for t in range(101)]).all()
    assert (sierpinski.fronts[:, :, 0, 1] == np.arange(101)).all()
    assert sierpinski.speeds.tolist() == followed(150).speeds.tolist() == [[1, 1]]
    healed = followed(0)
    assert healed.surviving == 0
    assert np.isnan(healed.speeds).all()


def test_rule_30_spreads_one_cell_a_step_to_the_right_and_a_quarter_to_the_left():
    # Wolfram 1986, Random sequence generation by cellular automata: about 0.25
    found = measures.damage_spreading(ElementaryCA(30), noise(2501, seed=2), 1000, sites=8)
    left, right = found.speeds[0]
    assert right == 1
    assert left == pytest.approx(0.252, abs=0.03)


@settings(max_examples=20)
@given(st.sampled_from(["B3/S23", "B36/S23", "B2/S"]), st.integers(0, 99))
def test_damage_on_the_plane_is_the_difference(rule, seed):
    life, board = LifeLike(rule), noise(11, 13, seed=seed)
    found = measures.damage_spreading(life, board, 4, sites=2, seed=seed)
    for site, counts, fronts in zip(found.sites, found.counts, found.fronts, strict=True):
        other = board.copy()
        other[tuple(site)] ^= 1
        differ = life.history(board, 4) != life.history(other, 4)
        assert counts.tolist() == differ.sum(axis=(1, 2)).tolist()
        for here, front in zip(differ, fronts, strict=True):
            rolled = np.roll(here, (5 - site[0], 6 - site[1]), (0, 1))
            places = np.argwhere(rolled) - [5, 6]
            if len(places):
                assert front.T.tolist() == [places.min(0).tolist(), places.max(0).tolist()]
            else:
                assert np.isnan(front).all()


def test_damage_to_the_last_of_256_states():
    # a cell becomes its left neighbour
    shift = LocalRule(np.arange(256), [-1], states=256, dimensions=1)
    found = measures.damage_spreading(shift, np.full(31, 255), 5, sites=2)
    assert (found.counts == 1).all()
    assert found.speeds.tolist() == [[-1, 1]]


def test_damage_must_not_meet_itself():
    with pytest.raises(ValueError, match="steps: got 50, accepted are at most 49"):
        measures.damage_spreading(ElementaryCA(30), noise(100), 50)


def test_damage_where_cells_change_one_after_another():
    # each cell adds its left neighbour, already new: sums of all before, by Pascal's triangle
    sums = Asynchronous(LocalRule([0, 1, 1, 0], [-1, 0], dimensions=1, boundary="fixed"),
                        "sequential")  # fmt: skip
    found = measures.damage_spreading(sums, noise(20), 30, sites=5)
    for (site,), counts, fronts in zip(found.sites, found.counts, found.fronts, strict=True):
        assert counts[0] == 1
        for t in range(1, 31):
            far = [k for k in range(20 - site) if math.comb(t - 1 + k, k) % 2]
            assert counts[t] == len(far)
            assert fronts[t].tolist() == [[far[0], far[-1]]]


def test_damage_may_go_around_a_ring_in_one_sweep():
    for ring in (Asynchronous(ElementaryCA(60), "random-sequential"), Exclusion()):
        with pytest.raises(ValueError, match=r"one of its sweeps; accepted are the .* reflecting"):
            measures.damage_spreading(ring, noise(100), 3)
    whole = Asynchronous(ElementaryCA(60), "alpha", alpha=1.0)
    found = measures.damage_spreading(whole, noise(100), 9, sites=3)
    assert (found.counts == [2 ** t.bit_count() for t in range(10)]).all()
    assert measures.damage_spreading(Sandpile(), np.full((5, 5), 3), 4).counts.shape == (16, 5)


@pytest.mark.parametrize(
    ("rule", "factor"),
    [(90, 2), (165, 2), (60, 2), (150, 3), (105, 3), (204, 1), (170, 1), (51, 1)],
)
def test_exponents_of_linear_rules(rule, factor):
    found = measures.lyapunov_exponent(ElementaryCA(rule), noise(101), 30)
    assert found.exponent == pytest.approx(math.log(factor), abs=1e-12)


def test_defects_die_under_rule_0():
    found = measures.lyapunov_exponent(ElementaryCA(0), noise(10), 5)
    assert found.exponent == -math.inf
    assert found.to_dict()["exponent"] is None


def plain_growth(automaton, cells, steps):
    """Every cell changed by itself: the numbers of defects, as integers."""
    defects, totals = [1] * cells.size, [cells.size]
    for t in range(steps):
        after = automaton.run(cells, 1, start=t).ravel()
        made = [0] * cells.size
        for j in range(cells.size):
            other = cells.copy()
            other.ravel()[j] ^= 1
            for i in np.flatnonzero(automaton.run(other, 1, start=t).ravel() != after):
                made[i] += defects[j]
        defects, cells = made, after.reshape(cells.shape)
        totals.append(sum(defects))
        if not totals[-1]:
            break
    return totals


@settings(max_examples=40)
@given(
    st.integers(0, 255),
    hnp.arrays(np.uint8, st.integers(1, 11), elements=st.integers(0, 1)),
    st.sampled_from(["periodic", "fixed", "reflecting"]),
)
def test_growth_is_that_of_every_cell_changed_alone(rule, row, boundary):
    automaton = ElementaryCA(rule, boundary)
    totals = plain_growth(automaton, row, 5)
    found = measures.lyapunov_exponent(automaton, row, 5).growth
    for t, (before, after) in enumerate(itertools.pairwise(totals)):
        wanted = math.log(Fraction(after, before)) if after else -math.inf
        assert found[t] == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=10)
@given(
    hnp.arrays(
        np.uint8, st.tuples(st.integers(1, 7), st.integers(1, 7)), elements=st.integers(0, 1)
    ),
    st.sampled_from(["periodic", "fixed", "reflecting"]),
)
def test_growth_on_the_plane_too(board, boundary):
    life = LifeLike("B3/S23", boundary)
    totals = plain_growth(life, board, 2)
    found = measures.lyapunov_exponent(life, board, 2).growth
    for t, (before, after) in enumerate(itertools.pairwise(totals)):
        wanted = math.log(Fraction(after, before)) if after else -math.inf
        assert found[t] == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=20)
@given(
    st.sampled_from(["random-sequential", "random-permutation", "sequential", "alpha"]),
    hnp.arrays(np.uint8, st.integers(1, 11), elements=st.integers(0, 1)),
    st.sampled_from(["periodic", "fixed", "reflecting"]),
)
def test_growth_in_any_order_of_updates(order, row, boundary):
    alpha = 0.5 if order == "alpha" else None
    automaton = Asynchronous(ElementaryCA(30, boundary), order, alpha=alpha)
    totals = plain_growth(automaton, row, 4)
    found = measures.lyapunov_exponent(automaton, row, 4).growth
    for t, (before, after) in enumerate(itertools.pairwise(totals)):
        wanted = math.log(Fraction(after, before)) if after else -math.inf
        assert found[t] == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("boundary", ["periodic", "reflecting"])
@pytest.mark.parametrize("update", ["random-sequential", "parallel"])
def test_growth_of_exclusion(boundary, update):
    process, row = Exclusion(boundary=boundary, update=update), noise(9)
    totals = plain_growth(process, row, 3)
    found = measures.lyapunov_exponent(process, row, 3).growth
    wanted = [math.log(after / before) for before, after in itertools.pairwise(totals)]
    assert found == pytest.approx(wanted, abs=1e-9)


def test_exponents_are_of_two_states():
    with pytest.raises(ValueError, match="automaton: got 3 states, accepted are 2"):
        measures.lyapunov_exponent(Generations("B2/S/C3"), noise(5, 5), 2)


# densities


def test_tables_are_the_rules():
    for rule in range(256):
        table = measures.neighbourhood_table(ElementaryCA(rule))
        assert sum(int(bit) << i for i, bit in enumerate(table)) == rule
    life = measures.neighbourhood_table(LifeLike("B3/S23"))
    assert life.sum() == 84 + 56  # C(8, 3) births, C(8, 2) + C(8, 3) survivals


def exact_density(rule, density, steps):
    """From independent cells, over all words."""
    total = 0.0
    for word in itertools.product((0, 1), repeat=2 * steps + 1):
        row = list(word)
        for _ in range(steps):
            row = inner_step(rule, row)
        ones = sum(word)
        total += row[0] * density**ones * (1 - density) ** (len(word) - ones)
    return total


@pytest.mark.parametrize("rule", [22, 30, 110, 184])
@pytest.mark.parametrize(("order", "exact"), [(1, 1), (2, 1), (3, 2), (5, 3), (6, 3)])
def test_densities_are_exact_as_long_as_they_should_be(rule, order, exact):
    found = measures.local_structure(ElementaryCA(rule), 0.3, exact + 1, order=order)
    for steps in range(exact + 1):
        assert found.densities[steps] == pytest.approx(exact_density(rule, 0.3, steps), abs=1e-12)


def test_mean_field_of_rule_22_and_of_life():
    found = measures.local_structure(ElementaryCA(22), 0.3, 300)
    assert found.density == pytest.approx(1 - 1 / math.sqrt(3), abs=1e-12)
    p = 0.3
    life = measures.local_structure(LifeLike("B3/S23"), p, 1).density
    born = 56 * p**3 * (1 - p) ** 6
    kept = p * (28 * p**2 * (1 - p) ** 6 + 56 * p**3 * (1 - p) ** 5)
    assert life == pytest.approx(born + kept, abs=1e-12)


def test_longer_blocks_come_nearer_to_the_density_of_rule_22():
    ran = ElementaryCA(22).history(ElementaryCA(22).run(noise(20_011), 2000), 200)
    simulated = float(ran.mean())
    assert simulated == pytest.approx(0.351, abs=0.002)
    errors = [
        abs(measures.local_structure(ElementaryCA(22), 0.5, 300, order=n).density - simulated)
        for n in (1, 5, 10)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.01


@pytest.mark.parametrize("order", [1, 2, 4])
def test_surjective_rules_leave_coins_as_they_are(order):
    for rule in (30, 45, 90, 106, 154, 204):
        found = measures.local_structure(ElementaryCA(rule), 0.5, 20, order=order)
        assert found.blocks == pytest.approx([2.0**-order] * 2**order, abs=1e-12)


def test_what_local_structure_refuses():
    with pytest.raises(ValueError, match=r"density: got 1\.5"):
        measures.local_structure(ElementaryCA(22), 1.5)
    with pytest.raises(ValueError, match="order: got 2 in 2 dimensions"):
        measures.local_structure(LifeLike(), order=2)
    with pytest.raises(ValueError, match="automaton: got 3 states"):
        measures.local_structure(Generations("B2/S/C3"))
    lazy = Asynchronous(ElementaryCA(22), "alpha", alpha=0.5)
    for random in (Exclusion(1.0, update="parallel"), lazy):
        with pytest.raises(ValueError, match="which draws; accepted are those of one rule"):
            measures.local_structure(random)
    for blocks in (BlockAutomaton("sand", "fixed"), BlockAutomaton("sand"), Margolus("bbm")):
        with pytest.raises(ValueError, match="which works in blocks; accepted are those of one"):
            measures.neighbourhood_table(blocks)


# bits, and observing


def test_bits_per_cell():
    history = ElementaryCA(30).history(noise(256), 100)
    for spec in ("template", "array(xz):layout=packed"):
        bits = get_code(spec).bits(history)
        assert measures.bits_per_cell(history, spec) == bits / history.size
    row = noise(5000)
    assert measures.lz76_bits_per_cell(row) == lz76(row) * math.log2(5000) / 5000
    assert measures.bits_per_cell(np.zeros((50, 50), np.uint8)) < 0.02
    with pytest.raises(ValueError, match="got none"):
        measures.bits_per_cell(np.zeros((0, 3), np.uint8))


def test_observing_what_is_about_to_come():
    automaton, states = ElementaryCA(110), noise(2, 60)

    def cones(history):
        return measures.light_cone_information(history, 1, 1).bits

    instrument = measures.HistoryInstrument(
        {"cones": cones, "entropy": lambda history: measures.spatial_entropy(history, 4).rate}, 20
    )
    system = automaton.system(states)
    found = observe(system, instrument, [0, 5, 9], progress=False)
    assert system.time == 9
    for t, row in zip([0, 5, 9], found.values, strict=True):
        for state, (bits, rate) in zip(states, row, strict=True):
            history = automaton.history(automaton.run(state, t), 20)
            assert bits == cones(history)
            assert rate == measures.spatial_entropy(history, 4).rate


def test_results_can_be_kept_and_drawn(tmp_path):
    import json

    rows = ElementaryCA(110).history(noise(80), 30)
    found = [
        measures.spatial_entropy(rows),
        measures.temporal_entropy(rows),
        measures.mutual_information_at(rows, [1, 2, 3]),
        measures.causal_states(rows),
        measures.damage_spreading(ElementaryCA(110), rows[0], 20),
        measures.local_structure(ElementaryCA(110), order=3, steps=10),
    ]
    for i, each in enumerate(found):
        json.dumps(each.to_dict(), allow_nan=False)
        each.plot(tmp_path / f"{i}.png")
        assert (tmp_path / f"{i}.png").stat().st_size > 1000
    json.dumps(measures.light_cone_information(rows).to_dict(), allow_nan=False)
    json.dumps(measures.lyapunov_exponent(ElementaryCA(110), rows[0], 9).to_dict())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: measures.causal_states(noise(3, 9), 2, 2), "history: got shape"),
        (lambda: measures.causal_states(noise(9, 9), method="x"), "method: unknown 'x'"),
        (lambda: measures.causal_states(noise(9, 9), significance=0), "significance: got 0"),
        (lambda: measures.mutual_information_at(noise(9, 9), [0]), "distances: got 0"),
        (lambda: measures.lz76_bits_per_cell([1]), "cells: got 1"),
    ],
)
def test_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_cells_of_64_bits_are_cells():
    history = noise(20, 50)
    codes, same = (patterns(h, [(0, 0), (0, 1)])[0] for h in (history, history.astype(np.uint64)))
    assert same.dtype == np.int64
    np.testing.assert_array_equal(codes, same)
    wide = measures.spatial_entropy(history.astype(np.uint64), 4)
    assert wide.to_dict() == measures.spatial_entropy(history, 4).to_dict()
    with pytest.raises(ValueError, match=r"history: got a cell \d+, accepted are cells below 2.63"):
        measures.spatial_entropy(history.astype(np.uint64) << np.uint64(63))


def test_patterns_of_the_largest_cells_are_told_apart():
    # pairs in base 2^62 would come to 0 * 2^62 + 9 and, beyond 64 bits, to 4 * 2^62 + 9
    for largest in (2**62 - 1, 2**63 - 1):
        (codes,) = patterns([[0, 9, 4, 9, 1, 2, 3, largest]], [(0, 0), (0, 1)])
        assert len(np.unique(codes)) == codes.size == 8
    history = noise(20, 50).astype(np.int64)
    small = patterns(history, [(0, 0), (1, -1), (1, 1)])[0]
    large = patterns(history * (2**63 - 2) + 1, [(0, 0), (1, -1), (1, 1)])[0]
    pairs = set(zip(small.ravel(), large.ravel(), strict=True))
    assert len(pairs) == len(np.unique(small)) == len(np.unique(large))


def test_real_numbers_are_no_cells():
    with pytest.raises(TypeError, match="dtype float64"):
        measures.spatial_entropy(np.zeros((2, 2)))
