"""Structure functions, sophistication, depth and scale maps: the laws they obey."""

from __future__ import annotations

import json
import math
from functools import cache
from itertools import groupby, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import complexity
from complexity.structure import (
    Automata,
    CoarseGrainings,
    ContextTrees,
    MarkovTypes,
    Prefixes,
    effective_complexity,
    logical_depth,
    machine_depth,
    scale_map,
    sophistication,
    structure_function,
    sufficient_statistic,
)
from complexity.structure.depth import DECODERS
from complexity.structure.pictures import neighbour_bits

MODERATE = settings(max_examples=40, deadline=None)
bit_lists = st.one_of(
    st.lists(st.integers(0, 1), max_size=80),
    st.builds(
        lambda word, times: word * times,
        st.lists(st.integers(0, 1), max_size=5),
        st.integers(0, 15),
    ),
)
slacks = st.floats(0, 120)


def coins(n, seed=0, p=0.5):
    return (np.random.default_rng(seed).random(n) < p).astype(np.uint8)


def order_2(n, seed):
    """P(1 | older, newer) = .9, .2, .6, .05 for 00, 01, 10, 11."""
    draws, bits = np.random.default_rng(seed).random(n), [0, 0]
    for draw in draws:
        bits.append(int(draw < (0.9, 0.2, 0.6, 0.05)[2 * bits[-2] + bits[-1]]))
    return bits[2:]


@cache
def every_function(n):
    return [structure_function(bits) for bits in product((0, 1), repeat=n)]


@given(bit_lists, slacks)
@MODERATE
def test_the_curves_are_what_they_are_defined_as(bits, alpha):
    classes = [MarkovTypes(2), ContextTrees(3), Prefixes()]
    function = structure_function(bits, classes=classes)
    every = [
        (model.model_bits + math.log2(3), model.data_bits)
        for each in classes
        for model in each.models(bits)
    ]
    least = min((data for model, data in every if model <= alpha), default=math.inf)
    total = min((model + data for model, data in every if model <= alpha), default=math.inf)
    assert function.least_data(alpha) == least
    assert function.least_total(alpha) == pytest.approx(total)
    assert alpha + function.least_data(alpha) >= function.least_total(alpha)
    assert function.least_total(alpha) >= function.minimum_bits
    assert function.least_total(math.inf) == function.minimum_bits
    assert list(function.alpha) == sorted(set(function.alpha))
    assert list(function.h) == sorted(set(function.h), reverse=True)


def test_kraft_of_the_union():
    for n in (0, 3, 10):
        assert sum(2.0**-function.minimum_bits for function in every_function(n)) <= 1


def test_few_strings_fall_below_the_line_of_slope_one():
    """At most a share of 2^-c has h(alpha) + alpha <= n - c for any alpha (Kraft)."""
    shortest = np.array([function.minimum_bits for function in every_function(10)])
    shares = [(shortest <= 10 - c).mean() for c in range(11)]
    assert all(share <= 2.0**-c for c, share in enumerate(shares))
    assert shares[2] > 0  # there are such strings


@pytest.mark.parametrize(("p", "n"), [(0.5, 1000), (0.2, 1500)])
def test_a_typical_string_falls_one_bit_a_bit(p, n):
    """Below -log2 P(x) - alpha by more than 20 bits with probability 2^-20 at most."""
    bits = coins(n, seed=7, p=p)
    function = structure_function(bits)
    ones = int(bits.sum())
    ideal = -ones * math.log2(p) - (n - ones) * math.log2(1 - p)
    spent = math.log2(n + 1) + math.log2(3)
    for alpha in np.linspace(spent, n, 200):
        assert function.least_data(alpha) >= ideal - alpha - 20
        assert function.least_data(alpha) <= n - math.floor(alpha - spent + 1e-9)


@given(bit_lists, slacks)
@MODERATE
def test_sophistication_is_a_point_of_its_curve(bits, slack):
    found = sophistication(bits, slack=slack)
    at = [value for start, value in found.curve if start <= slack]
    assert found.bits == at[-1] == min(at)
    assert found.curve[0][0] == 0
    model = sufficient_statistic(bits, slack=slack)
    assert found.model == model
    assert model.total_bits <= structure_function(bits).minimum_bits + slack
    effective = effective_complexity(bits, slack=slack)
    assert effective.bits == model.model_bits
    assert effective.total_information == effective.bits + effective.random_bits


def test_rounding_does_not_choose_among_equal_totals():
    """Every bit of a prefix saves one of data: all totals are n + log2(n + 1), none is shortest."""
    for n in range(1, 400):
        found = sophistication(coins(n), classes=[Prefixes()])
        assert found.model.description == "0 literal bits"
        assert found.curve == ((0.0, math.log2(n + 1)),)


@pytest.mark.parametrize("n", [*range(1, 70), 500, 5000])
def test_constants_have_no_structure(n):
    for bit in "01":
        assert sophistication(bit * n).bits <= 3


def test_coins_have_no_structure():
    """All strings of a length, a model of log2 24 bits, fails few strings: Kraft again."""
    for slack in (5, 6, 8):
        kept = [f.sufficient(slack).model_bits <= math.log2(24) + 1e-9 for f in every_function(10)]
        assert 1 - np.mean(kept) <= 24 * 2.0**-slack
    for seed in range(5):
        assert sophistication(coins(3000, seed), slack=25).bits <= math.log2(24)


@pytest.mark.parametrize("slack", [0, 5, 10])
def test_between_them_there_is(slack):
    for seed in range(5):
        found = sophistication(order_2(2000, seed), slack=slack)
        assert found.bits >= 5 + math.log2(3)
        # a type says its counts in the model, a tree only its leaves: a few bits of slack decide
        small = ("tree {00,01,1}", "tree {00,01,10,11}")
        assert found.model.description in (small if slack else (*small, "type of order 2"))


def test_pictures():
    y, x = np.mgrid[:32, :32]
    disc = (y - 16) ** 2 + (x - 16) ** 2 < 100
    function = structure_function(disc.astype(int))
    assert function.size == 1024
    assert function.minimum_bits < 300
    assert function.sufficient().description == "blocks of 1 by 1, sums"
    noise = np.random.default_rng(2).integers(0, 2, (32, 32))
    assert structure_function(noise).sufficient(slack=4).description == "all pictures"
    noisy = (np.random.default_rng(3).random((32, 32)) < np.where(disc, 0.95, 0.05)).astype(int)
    between = sophistication(noisy, slack=4).bits
    assert sophistication(noise, slack=4).bits < between < 1024


def test_results_are_plain_files(tmp_path):
    function = structure_function("0110" * 20)
    assert "least total" in repr(function)
    saved = json.loads(function.save(tmp_path / "h.json").read_text())
    assert saved["minimum_bits"] == function.minimum_bits
    assert [model["model_bits"] for model in saved["models"]] == list(function.alpha)
    assert function.plot(tmp_path / "h.png").axes[0].get_xlabel().endswith("bits of the model")
    found = sophistication("0110" * 20)
    assert json.loads(found.save(tmp_path / "s.json").read_text())["bits"] == found.bits
    found.plot(tmp_path / "s.svg")
    depth = logical_depth("0110" * 20)
    assert json.loads(depth.save(tmp_path / "d.json").read_text())["code"] == depth.code
    mapped = scale_map(np.eye(16, dtype=int), scales=[1, 2, 32], sizes=[4], shuffles=2)
    assert json.loads(mapped.save(tmp_path / "m.json").read_text())["bits"][2] == [None]
    mapped.plot(tmp_path / "m.png")
    assert {path.name for path in tmp_path.iterdir()} == {
        *("h.json", "h.png", "s.json", "s.svg", "d.json", "m.json", "m.png")
    }
    assert json.dumps(effective_complexity("01" * 9).to_dict())
    with pytest.raises(ValueError, match=r"accepted is a name in \.json"):
        function.save(tmp_path / "h.txt")


def test_operations_are_those_of_the_parse():
    bits = order_2(1000, 1)
    packed = np.packbits(np.array(bits, np.uint8))
    operations = {each.code: each.operations for each in logical_depth(bits).decodings}
    assert operations == {
        "literal": 1000,
        "runs": 1000 + len(list(groupby(bits))),
        "lz76": 1000 + complexity.lz76(packed),
        "lz78": 1000 + complexity.lz78(packed),
        "kt": 2000,
        "ctw": 1000 + 25 * 1000,
        "enumerative": 1000 + 1000 * math.ceil(math.comb(1000, sum(bits)).bit_length() / 64),
    }
    assert logical_depth(bits, codes="kt").operations == 2000
    assert {each.operations for each in logical_depth("").decodings} == {0}


def test_depth_of_the_trivial_and_of_the_random_is_small():
    assert logical_depth("0" * 2000).operations == 2001
    assert logical_depth(coins(2000)).operations == 2000
    deep = logical_depth(order_2(2000, 3))
    assert (deep.code, deep.operations) == ("ctw", 52000)


@given(bit_lists, slacks, slacks)
@MODERATE
def test_depth_falls_as_the_significance_grows(bits, a, b):
    low, high = sorted([a, b])
    strict, lax = logical_depth(bits, significance=low), logical_depth(bits, significance=high)
    assert strict.operations >= lax.operations >= len(bits)
    assert strict.excess_bits <= low
    assert {each.code for each in strict.decodings} == set(DECODERS)


def test_depth_needs_decoders_that_are_registered():
    for name, (spec, _) in DECODERS.items():
        code = complexity.get_code(spec)
        assert isinstance(code, complexity.Codec), name
        bits = coins(100)
        assert (code.decode(code.encode(bits)) == bits).all()


def fastest_machines(states, bound):
    """Output -> least steps of a machine with so many states, each run by itself."""
    halts = [(write, 0, None) for write in (0, 1)]
    moves = list(product((0, 1), (-1, 1), range(states)))
    fastest = {}
    for machine in product(halts + moves, repeat=2 * states):
        for blank in (0, 1):
            tape, place, state = {}, 0, 0
            for steps in range(1, bound + 1):
                write, move, after = machine[2 * state + tape.get(place, blank)]
                tape[place] = write
                if after is None:
                    text = "".join(str(tape[cell]) for cell in sorted(tape))
                    fastest[text] = min(steps, fastest.get(text, bound))
                    break
                place, state = place + move, after
    return fastest


def test_machine_depth_is_that_of_machines_run_one_by_one():
    one, two = fastest_machines(1, 1), fastest_machines(2, 6)
    assert (len(one), len(two)) == (2, 22)
    for text, steps in two.items():
        found = machine_depth(text)
        assert found is not None
        assert (found.states, found.steps) == ((1, one[text]) if text in one else (2, steps))


def test_machine_depth_of_busy_beavers():
    """Champions of 2, 3, 4 states: 6, 21, 107 steps; 4, 6, 13 ones (Rado, Lin, Brady)."""
    deepest = dict.fromkeys(range(1, 5), 0)
    for length in range(1, 13):
        for bits in product("01", repeat=length):
            found = machine_depth("".join(bits))
            if found is not None:
                deepest[found.states] = max(deepest[found.states], found.steps)
                assert found.steps <= {1: 1, 2: 6, 3: 21, 4: 107}[found.states]
                # of zeros on a tape of ones as of ones on a tape of zeros
                fewest = min(bits.count("1"), bits.count("0"))
                assert fewest <= {1: 1, 2: 4, 3: 6, 4: 13}[found.states]
    assert deepest[2] == 6
    four = machine_depth("10111111111111")  # 13 ones, the champion's; others may print it sooner
    assert four is not None
    assert four.states == 4
    assert 14 <= four.steps <= 107
    assert machine_depth("0110100110010110") is None


def test_a_state_for_every_cell_takes_a_step_for_every_cell():
    """Fewer steps visit fewer cells; the champion of two states takes 6 for as many ones."""
    steps = [machine_depth("1111", significance=extra) for extra in (0, 2, 3)]
    assert [each and (each.states, each.steps) for each in steps] == [(2, 6), (2, 4), (2, 4)]


@pytest.mark.parametrize("text", ["1111", "111111", "01010101", "0"])
def test_more_states_take_no_more_steps(text):
    found = [machine_depth(text, significance=extra) for extra in range(4)]
    steps = [each.steps for each in found if each is not None]
    assert steps == sorted(steps, reverse=True)


def checkerboard(side, of):
    y, x = np.mgrid[:side, :side]
    return (x // of + y // of) % 2


def test_a_constant_has_no_structure_at_any_scale():
    for value in (0, 1, 200):
        mapped = scale_map(np.full((64, 64), value), shuffles=5)
        assert np.nanmax(np.abs(mapped.structure)) < 1e-9
        assert not mapped.significant.any()


@pytest.mark.parametrize("of", [1, 2, 4])
def test_a_checkerboard_has_structure_up_to_its_scale(of):
    mapped = scale_map(checkerboard(128, of), sizes=(8, 16), shuffles=19)
    for row, scale in enumerate(mapped.scales):
        saved = mapped.structure[row]
        if scale > of:
            assert not mapped.significant[row].any()
            assert saved == pytest.approx(0, abs=1e-9)
        elif scale == of:
            assert mapped.significant[row].all()
            assert saved == pytest.approx([0.67, 0.885], abs=0.02)


def test_noise_is_outside_its_shuffles_by_chance_alone():
    """Exchangeable with 19 shuffles: the least with probability 1/20 at most, here of 200."""
    lowest = 0
    for seed in range(200):
        noise = np.random.default_rng([1, seed]).integers(0, 2, (16, 16))
        mapped = scale_map(noise, scales=[1], sizes=[8], shuffles=19, seed=seed, progress=False)
        lowest += int(mapped.significant[0, 0])
    assert 1 <= lowest <= 22  # Binomial(200, 1/20): outside with probability 1e-4


def test_a_noisy_picture_has_structure_at_its_scale():
    y, x = np.mgrid[:64, :64]
    disc = (y - 32) ** 2 + (x - 32) ** 2 < 400
    noisy = np.random.default_rng(0).random((64, 64)) < np.where(disc, 0.7, 0.3)
    mapped = scale_map(noisy, scales=[1, 4], sizes=[8], shuffles=19)
    assert mapped.significant.all()
    assert mapped.structure[1, 0] > 2 * mapped.structure[0, 0]


def test_cells_of_the_map_are_means_over_windows():
    image = np.random.default_rng(5).integers(0, 200, (30, 41))
    mapped = scale_map(image, scales=[3], sizes=[4], levels=5, shuffles=3, seed=8)
    means = np.add.reduceat(np.add.reduceat(image, range(0, 30, 3), 0), range(0, 41, 3), 1)
    area = np.outer([3] * 10, [3] * 13 + [2])
    coarse = np.floor(means / (area * image.max()) * 4 + 0.5).astype(int)
    windows = [coarse[y : y + 4, x : x + 4] for y in (0, 4) for x in (0, 4, 8)]
    expected = np.mean([neighbour_bits(w[None], 5)[0] for w in windows]) / 16
    assert mapped.bits[0, 0] == pytest.approx(expected)
    assert mapped.null_low[0, 0] <= mapped.null_bits[0, 0] <= mapped.null_high[0, 0]
    again = scale_map(image, scales=[3], sizes=[4], levels=5, shuffles=3, seed=8)
    assert (again.null_bits == mapped.null_bits).all()
    coded = scale_map(image, scales=[3], sizes=[4], levels=5, shuffles=1, codes=["lz78", "zlib"])
    lengths = [
        min(
            len(complexity.get_code(c).encode(w.astype(np.uint8).tobytes()))
            for c in ("lz78", "zlib")
        )
        for w in windows
    ]
    assert coded.bits[0, 0] == pytest.approx((8 * np.mean(lengths) + 1) / 16)


def test_numbers_of_numpy_are_json():
    two = np.int64(2)
    mapped = scale_map(np.eye(4, dtype=int), scales=[two], sizes=[two], levels=two, shuffles=two)  # type: ignore[arg-type]
    assert json.loads(json.dumps(mapped.to_dict()))["provenance"]["levels"] == 2
    depth = machine_depth("11", significance=two)  # type: ignore[arg-type]
    assert depth is not None
    assert json.loads(json.dumps(depth.to_dict()))["significance"] == 2


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: structure_function("01", classes=[]), ValueError, "classes: got none"),
        (lambda: structure_function("01", classes=[Automata]), TypeError, "such as MarkovTypes"),
        (lambda: structure_function("0a"), ValueError, "x: got items"),
        (lambda: structure_function(np.zeros((2, 2))), TypeError, "booleans or integers"),
        (lambda: sophistication("01", slack=-1), ValueError, "slack: got -1"),
        (lambda: sophistication("01", slack="1"), TypeError, "slack: got '1'"),
        (lambda: structure_function("01").sufficient(math.nan), ValueError, "slack: got nan"),
        (lambda: logical_depth("01", codes=["zstd"]), ValueError, "codes: unknown 'zstd'"),
        (lambda: logical_depth("01", codes=[]), ValueError, "codes: got none"),
        (lambda: logical_depth("01", significance=-1), ValueError, "significance: got -1"),
        (lambda: machine_depth(""), ValueError, "x: got no bits"),
        (lambda: machine_depth("0" * 17), ValueError, "at most 16"),
        (lambda: machine_depth("0", significance=-1), ValueError, "significance: got -1"),
        (lambda: scale_map([[0.5]]), TypeError, "array: got float64"),
        (lambda: scale_map([[0, 1]], scales=[]), ValueError, "scales: got none"),
        (lambda: scale_map([[0, 1]], sizes=[0]), ValueError, "sizes: got 0"),
        (lambda: scale_map([[0, 1]], shuffles=0), ValueError, "shuffles: got 0"),
        (lambda: scale_map([[0, 1]], codes=["entropy"]), ValueError, "is an estimate"),
        (lambda: structure_function("01", classes=[CoarseGrainings()]), TypeError, "array: got"),
    ],
)
def test_bad_calls(call, error, says):
    with pytest.raises(error, match=says):
        call()
