"""Entropies against closed forms, plain statements of their definitions, and their failures."""

import itertools
import json
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complexity import (
    approximate_entropy,
    block_entropy,
    entropy_rate,
    excess_entropy,
    permutation_entropy,
    sample_entropy,
)
from complexity.code import Kind

relaxed = settings(deadline=None, max_examples=80)
sequences = st.lists(st.integers(0, 3), min_size=1, max_size=50)
small = st.integers(-3, 3)


def plain_entropy(counts):
    """Shannon entropy of the shares of some counts, in bits."""
    total = sum(counts)
    return -sum(c / total * math.log2(c / total) for c in counts)


# block entropies


@relaxed
@given(sequences, st.data())
def test_block_entropies_count_the_blocks(x, data):
    k = data.draw(st.integers(1, len(x)))
    counts = Counter(tuple(x[i : i + k]) for i in range(len(x) - k + 1))
    found = block_entropy(x, k)
    assert found.value == pytest.approx(plain_entropy(counts.values()), abs=1e-12)
    assert found.distinct == len(counts)
    assert found.blocks == sum(counts.values())
    rate = entropy_rate(x, k)
    assert rate.block_entropies[k] == pytest.approx(found.value, abs=1e-12)
    assert rate.value == pytest.approx(rate.block_entropies[k] - rate.block_entropies[k - 1])
    assert excess_entropy(x, k).value == pytest.approx(found.value - k * rate.value, abs=1e-9)


def test_all_forms_of_a_sequence_agree():
    x = np.random.default_rng(0).integers(0, 2, 500)
    forms = ["".join("ab"[b] for b in x), x.astype(bool), x.astype("u1").tobytes(), x[::1] * -7]
    assert len({entropy_rate(form, 3).value for form in forms}) == 1
    wide = np.random.default_rng(0).integers(-(2**62), 2**62, 300)
    assert block_entropy(wide, 50).value == pytest.approx(math.log2(251))


def grassberger_g(n):
    """G(1) = -gamma - ln 2, G(2) = 2 - gamma - ln 2, G(2j + 1) = G(2j), G(2j + 2) = G(2j) +
    2 / (2j + 1) (Grassberger 2003)."""
    if n == 1:
        return -np.euler_gamma - math.log(2)
    even = n - n % 2
    return -np.euler_gamma - math.log(2) + sum(2 / j for j in range(1, even, 2))


def test_corrections_by_their_formulas():
    x = "aaaaaaabbbbbcccd"
    counts = [7, 5, 3, 1]
    plain = plain_entropy(counts)
    assert block_entropy(x).value == pytest.approx(plain, abs=1e-12)
    expected = plain + 3 / (2 * 16 * math.log(2))
    assert block_entropy(x, correction="miller-madow").value == pytest.approx(expected, abs=1e-12)
    nats = math.log(16) - sum(c * grassberger_g(c) for c in counts) / 16
    found = block_entropy(x, correction="grassberger")
    assert found.value == pytest.approx(nats / math.log(2), abs=1e-12)
    assert found.correction == "grassberger"


def expected_value(function, outcomes, n):
    """Mean of log2(n) - sum(c * function(c)) / n over samples of a uniform source, exactly."""
    p = 1 / outcomes
    weights = [math.comb(n, c) * p**c * (1 - p) ** (n - c) for c in range(n + 1)]
    total = outcomes * sum(w * c * function(c) for c, w in enumerate(weights) if c)
    return math.log2(n) - total / n


def test_corrections_take_bias_away():
    outcomes, n, runs = 64, 100, 400
    rng = np.random.default_rng(1)
    samples = rng.integers(0, outcomes, (runs, n))
    means, errors = {}, {}
    for correction in ("none", "miller-madow", "grassberger"):
        values = [block_entropy(x, correction=correction).value for x in samples]
        means[correction] = np.mean(values)
        errors[correction] = np.std(values) / math.sqrt(runs)
    plain = expected_value(math.log2, outcomes, n)
    better = expected_value(lambda c: grassberger_g(c) / math.log(2), outcomes, n)
    assert abs(means["none"] - plain) < 5 * errors["none"]
    assert abs(means["grassberger"] - better) < 5 * errors["grassberger"]
    bias = {key: abs(mean - math.log2(outcomes)) for key, mean in means.items()}
    assert bias["grassberger"] < bias["miller-madow"] < bias["none"]


@pytest.mark.parametrize("p", [0.5, 0.2, 0.01])
def test_entropy_of_biased_coins(p):
    n = 100_000
    x = np.random.default_rng(2).random(n) < p
    h = plain_entropy([p, 1 - p])
    spread = math.sqrt(p * (1 - p)) * abs(math.log2((1 - p) / p)) / math.sqrt(n)
    tolerance = 5 * spread + 50 / n
    assert abs(block_entropy(x, 1).value - h) < tolerance
    assert abs(block_entropy(x, 4).value - 4 * h) < 4 * tolerance
    assert abs(entropy_rate(x, 5).value - h) < tolerance
    assert abs(excess_entropy(x, 4).value) < 5 * tolerance


def markov(n, seed):
    """The order-2 source P(1|00, 01, 10, 11) = .9, .2, .6, .05; entropy rate 0.738846 bits."""
    ones = [0.9, 0.2, 0.6, 0.05]
    state, out = 0, []
    for u in np.random.default_rng(seed).random(n).tolist():
        bit = int(u < ones[state])
        state = (2 * state + bit) & 3
        out.append(bit)
    return np.array(out)


def test_entropy_rate_of_a_markov_source():
    n, h = 200_000, 0.738846
    x = markov(n, 3)
    for k in (3, 5, 7):
        # one block's surprise has a standard deviation below 1 bit, correlated over a few steps
        assert abs(entropy_rate(x, k).value - h) < 5 * math.sqrt(3) / math.sqrt(n)
    assert entropy_rate(x, 2).value > h + 0.02  # remembers two symbols, sees one
    default = entropy_rate(x)
    assert default.k == 8  # 2**8 <= sqrt(200000) < 2**9
    assert default.warning == ""
    assert abs(default.value - h) < 0.02


@pytest.mark.parametrize("word", ["01", "001", "00101", "abcabd"])
def test_periodic_sequences(word):
    p, k = len(word), len(word) + 2
    rate, excess = entropy_rate(word * 2000, k), excess_entropy(word * 2000, k)
    assert abs(rate.value) < 1e-3
    assert excess.value == pytest.approx(math.log2(p), abs=0.01)


def test_constant_sequences():
    for correction in ("none", "miller-madow"):
        assert block_entropy("a" * 100, 3, correction=correction).value == 0
    assert abs(block_entropy("a" * 100, correction="grassberger").value) < 0.01
    assert entropy_rate("a" * 100).value == excess_entropy("a" * 100, 50).value == 0
    assert entropy_rate("a" * 100, 50).warning == ""
    assert block_entropy("a").value == 0


def test_blocks_too_long_for_the_sample_lie_and_say_so():
    x = np.random.default_rng(4).integers(0, 2, 1000)
    fine, lie = entropy_rate(x, 4), entropy_rate(x, 14)
    assert fine.warning == ""
    assert abs(fine.value - 1) < 0.02
    assert "k = 14 exceeds log_2(1000) = 9.97" in lie.warning
    assert lie.value < 0.2
    noise = excess_entropy(x, 14)
    assert noise.warning
    assert noise.value > 7  # memory where there is none
    assert block_entropy(x, 9).warning == ""
    assert block_entropy(x, 10).warning
    assert block_entropy(x, 1000).value == 0


def test_the_excess_of_single_symbols_is_0_of_any_source():
    """Of neighbours it is their mutual information: 80 symbols that mostly go on by 1 show it."""
    from sklearn.metrics import mutual_info_score

    draws = np.random.default_rng(0)
    x = np.cumsum(np.where(draws.random(8000) < 0.9, 1, draws.integers(0, 80, 8000))) % 80
    found = excess_entropy(x)
    shared = mutual_info_score(x[:-1], x[1:]) / math.log(2)
    assert (found.k, found.warning) == (2, "")
    assert found.value == pytest.approx(shared, abs=0.01)
    assert found.value > 4
    alone = excess_entropy(x, 1)
    assert (alone.value, alone.warning) == (0, "k = 1: the excess of any source is 0")


@pytest.mark.parametrize("function", [block_entropy, entropy_rate])
def test_symbols_that_hardly_recur_lie_and_say_so(function):
    """Draws from 2^32 symbols have 32 bits each; log2(n) is all that n of them can show."""
    many = function(np.random.default_rng(0).integers(0, 2**32, 1000))
    assert many.value < 10
    assert many.warning.startswith("1000 of 1000 blocks occur once")
    # 64 symbols, 16 times each: the share of the next draws that are new is next to 0
    assert function(np.random.default_rng(0).integers(0, 64, 1024)).warning == ""


def test_extrapolation():
    x = markov(200_000, 5)
    plain, further = entropy_rate(x, 6), entropy_rate(x, 6, extrapolation="aitken")
    assert abs(further.value - plain.value) < 0.01
    # entropies whose differences fall geometrically, 1/2 + 2**-j: the limit is 1/2
    from complexity.entropy.blocks import _aitken

    assert _aitken(1.0, 0.75, 0.625) == pytest.approx(0.5)
    assert _aitken(1.0, 0.5, 0.25) == 0  # the limit may be the end of the range
    assert _aitken(1.0, 0.5, 0.0) is None
    assert _aitken(0.5, 0.5, 0.5) is None
    assert _aitken(0.3, 0.2, 0.11) is None  # below 0
    flat = entropy_rate("a" * 50, 4, extrapolation="aitken")
    assert flat.value == 0
    assert "not extrapolated" in flat.warning
    with pytest.raises(ValueError, match="at least 3"):
        entropy_rate("abab", 2, extrapolation="aitken")


@pytest.mark.parametrize("function", [block_entropy, entropy_rate, excess_entropy])
def test_bad_sequences(function):
    for x, error, says in (
        ("", ValueError, "at least one"),
        ([0.5, 1.0], TypeError, "make symbols of real numbers first"),
        (np.array([None, 1]), TypeError, "object"),
        (np.zeros((2, 2), int), ValueError, "1-D"),
    ):
        with pytest.raises(error, match=says):
            function(x)
    for k, error in ((0, ValueError), (5, ValueError), (1.5, TypeError)):
        with pytest.raises(error, match="k: got"):
            function("0101", k)
    with pytest.raises(ValueError, match="correction: unknown"):
        function("0101", correction="miller")


# permutation entropy


def plain_permutation_entropy(x, order, delay):
    windows = [
        [x[i + j * delay] for j in range(order)] for i in range(len(x) - (order - 1) * delay)
    ]
    patterns = Counter(tuple(sorted(range(order), key=w.__getitem__)) for w in windows)
    tied = sum(len(set(w)) < order for w in windows) / len(windows)
    return plain_entropy(patterns.values()), len(patterns), tied


@relaxed
@given(
    st.lists(small | st.floats(-1, 1), min_size=20, max_size=60),
    st.integers(2, 7),
    st.integers(1, 3),
)
def test_permutation_entropy_equals_the_definition(x, order, delay):
    found = permutation_entropy(x, order=order, delay=delay)
    value, patterns, tied = plain_permutation_entropy(x, order, delay)
    assert found.value == pytest.approx(value, abs=1e-12)
    assert (found.patterns, found.tied) == (patterns, tied)
    assert found.normalised == pytest.approx(value / math.log2(math.factorial(order)), abs=1e-12)


@pytest.mark.parametrize("order", [2, 3, 9, 12])
def test_permutation_entropy_over_several_blocks(order):
    x = np.round(np.random.default_rng(6).normal(size=9000), 2)
    found = permutation_entropy(x, order=order, delay=2)
    value, patterns, tied = plain_permutation_entropy(x.tolist(), order, 2)
    assert found.value == pytest.approx(value, abs=1e-9)
    assert (found.patterns, found.tied) == (patterns, tied)
    assert bool(found.warning) == (order >= 9)


def test_the_example_of_bandt_and_pompe():
    x = [4, 7, 9, 10, 6, 11, 3]
    assert permutation_entropy(x, order=2).value == pytest.approx(0.918, abs=5e-4)
    assert permutation_entropy(x, order=3).value == pytest.approx(1.522, abs=5e-4)


def test_permutation_entropy_of_known_processes():
    rng = np.random.default_rng(7)
    noise = permutation_entropy(rng.normal(size=60_000), order=4)
    # plug-in bias and spread of 24 nearly uniform shares are of order 24 / n
    assert abs(noise.value - math.log2(24)) < 5e-3
    x, orbit = 0.3, []
    for _ in range(20_000):
        x = 4 * x * (1 - x)
        orbit.append(x)
    assert permutation_entropy(orbit, order=3).patterns == 5  # never falls twice in a row
    sawtooth = permutation_entropy(np.arange(5000) % 7, order=5)
    assert sawtooth.patterns <= 7
    assert sawtooth.value <= math.log2(7)


def test_permutation_entropy_where_it_lies():
    constant, rising = permutation_entropy(np.ones(50)), permutation_entropy(np.arange(50))
    assert constant.value == rising.value == 0
    assert (constant.tied, rising.tied) == (1.0, 0.0)
    rng = np.random.default_rng(8)
    assert permutation_entropy(1 + 1e-9 * rng.normal(size=5000)).normalised > 0.99  # amplitude
    short = permutation_entropy(rng.normal(size=100), order=6)
    assert short.value < math.log2(95) + 1e-9 < math.log2(720)
    assert short.warning == "6! = 720 patterns, 95 windows"


@relaxed
@given(st.lists(st.integers(-50, 50), min_size=10, max_size=40))
def test_permutation_entropy_sees_only_order(x):
    x = np.array(x)
    value = permutation_entropy(x, order=4).value
    for y in (x**3 + x, x.astype("i1"), np.exp(x / 10.0), np.repeat(x, 3)[::3]):
        assert permutation_entropy(y, order=4).value == pytest.approx(value, abs=1e-12)


# sample and approximate entropy


def distance(x, i, j, length):
    return max(abs(x[i + k] - x[j + k]) for k in range(length))


def plain_sample_entropy(x, m, r):
    pairs = list(itertools.combinations(range(len(x) - m), 2))
    b = sum(distance(x, i, j, m) <= r for i, j in pairs)
    a = sum(distance(x, i, j, m + 1) <= r for i, j in pairs)
    return b, a


def plain_approximate_entropy(x, m, r):
    def phi(length):
        count = len(x) - length + 1
        shares = [
            sum(distance(x, i, j, length) <= r for j in range(count)) / count for i in range(count)
        ]
        return sum(map(math.log, shares)) / count

    return phi(m), phi(m + 1)


series = st.lists(small, min_size=6, max_size=40) | st.lists(
    st.floats(-2, 2), min_size=6, max_size=40
)


@relaxed
@given(series, st.integers(1, 4), st.sampled_from([0, 0.5, 1, 2.0]))
def test_regularity_equals_the_definitions(x, m, r):
    b, a = plain_sample_entropy(x, m, r)
    found = sample_entropy(x, m=m, r=r)
    assert (found.matches, found.longer_matches) == (b, a)
    if a:
        assert found.value == pytest.approx(math.log(b / a), abs=1e-12)
    else:
        assert math.isinf(found.value) if b else math.isnan(found.value)
        assert "match" in found.warning
    shorter, longer = plain_approximate_entropy(x, m, r)
    approximate = approximate_entropy(x, m=m, r=r)
    assert approximate.phi == pytest.approx((shorter, longer), abs=1e-12)
    assert approximate.value == pytest.approx(shorter - longer, abs=1e-12)


def test_default_tolerance_is_a_fifth_of_the_standard_deviation():
    x = np.random.default_rng(9).normal(size=150)
    r = 0.2 * np.std(x)
    assert sample_entropy(x).r == approximate_entropy(x).r == pytest.approx(r)
    b, a = plain_sample_entropy(x.tolist(), 2, 0.2 * float(x.std()))
    assert sample_entropy(x).value == pytest.approx(math.log(b / a), abs=1e-12)
    assert sample_entropy(x).bits == pytest.approx(math.log2(b / a), abs=1e-12)
    shorter, longer = plain_approximate_entropy(x.tolist(), 2, 0.2 * float(x.std()))
    assert approximate_entropy(x).bits == pytest.approx((shorter - longer) / math.log(2))


def test_sample_entropy_of_independent_values():
    # pairs go on to match with chance P(|x - y| <= r): erf(r / 2) normal, 2r - r**2 uniform
    rng = np.random.default_rng(10)
    n, r = 6000, 0.2
    for x, chance in ((rng.normal(size=n), math.erf(0.1)), (rng.random(n), 2 * r - r**2)):
        found = sample_entropy(x, r=r)
        # matches share templates: their spread is some three times that of independent pairs
        spread = 3 * math.sqrt((1 - chance) / found.longer_matches) + 3 / math.sqrt(n)
        assert abs(found.value + math.log(chance)) < spread
        assert found.warning == ""


def test_regular_and_constant_series():
    wave = np.sin(np.arange(3000) * 2 * np.pi / 25)
    # samples of a sine are dense in r, so some neighbours part: not 0, but far from noise
    assert sample_entropy(wave).value == pytest.approx(0.28, abs=0.01)
    # with r below the gaps only true repeats match, and they go on for ever
    assert abs(sample_entropy(wave, r=1e-6).value) < 0.01
    assert abs(approximate_entropy(wave, r=1e-6).value) < 0.01
    constant = sample_entropy(np.full(60, 3.0))
    assert constant.value == 0
    assert constant.r == 0
    assert approximate_entropy(np.full(60, 3.0)).value == 0
    assert sample_entropy([0, 1] * 40, r=0.5).value == pytest.approx(0, abs=0.05)


def test_regularity_where_it_lies():
    rng = np.random.default_rng(11)
    short = rng.normal(size=40)
    assert approximate_entropy(short).value < 0.5 * -math.log(math.erf(0.1))  # noise looks regular
    assert "below 10**m" in approximate_entropy(short).warning
    for function in (sample_entropy, approximate_entropy):
        assert function(np.sin(np.arange(99))).warning == "n = 99 is below 10**m = 100"
        assert function(np.sin(np.arange(100))).warning == ""
    assert math.isinf(sample_entropy([1, 2, 9, 1, 2, 30], r=0).value)  # 1, 2 again, not 1, 2, 9
    assert math.isnan(sample_entropy(np.arange(20), r=0.5).value)
    outlier = np.append(rng.normal(size=2000), 1e4)
    assert sample_entropy(outlier).value < 0.01  # r is wider than the series


@pytest.mark.parametrize("shift", [2**53, 17 * 10**17, 2**62, 2**63, 2**64 - 1000, -(2**63)])
@pytest.mark.parametrize("function", [permutation_entropy, sample_entropy, approximate_entropy])
def test_large_integers_are_told_apart(function, shift):
    """As nanoseconds since 1970, in which doubles are 256 apart; unsigned ones as well."""
    x = np.random.default_rng(7).integers(0, 200, 300)
    plain = function(x).value
    moved = [int(value) + shift for value in x]
    for dtype in (np.int64, np.uint64):
        if np.iinfo(dtype).min <= min(moved) and max(moved) <= np.iinfo(dtype).max:
            assert function(np.array(moved, dtype)).value == pytest.approx(plain, rel=1e-12)


def test_order_of_magnitude_and_shift_do_not_matter():
    x = np.random.default_rng(12).integers(0, 64, 400) / 64
    for function in (sample_entropy, approximate_entropy):
        value = function(x, r=0.125).value
        assert function(8 * x + 3, r=1).value == pytest.approx(value, abs=1e-12)
        assert function(-x, r=0.125).value == pytest.approx(value, abs=1e-12)
        assert function((64 * x).astype(np.int16), r=8).value == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("exponent", [300, 500, 512, 1000, 1017])
def test_the_default_tolerance_scales_with_huge_values(exponent):
    x = np.random.default_rng(12).integers(0, 64, 400).astype(float)
    huge = x * 2.0**exponent
    assert sample_entropy(huge).value == sample_entropy(x).value > 1
    assert approximate_entropy(huge).value == approximate_entropy(x).value
    assert sample_entropy(huge).r == sample_entropy(x).r * 2.0**exponent


REAL = [permutation_entropy, sample_entropy, approximate_entropy]


@pytest.mark.parametrize("function", REAL)
@pytest.mark.parametrize(
    ("x", "error", "says"),
    [
        ([], ValueError, "got 0 values"),
        ([1.0, 2.0], ValueError, "got 2 values, accepted are at least"),
        ([1, 2, math.nan, 3, 4], ValueError, "got nan at index 2"),
        ([1, 2, 3, math.inf, 4], ValueError, "got inf at index 3"),
        (np.array([1, None, 2, 3]), TypeError, "object"),
        (np.array([1j, 2, 3, 4]), TypeError, "complex"),
        ("abcdef", TypeError, "accepted are booleans"),
        (np.zeros((5, 5)), ValueError, r"shape \(5, 5\)"),
    ],
)
def test_bad_series(function, x, error, says):
    with pytest.raises(error, match=says):
        function(x)


def test_bad_parameters():
    x = np.arange(20.0)
    for order, error in ((1, ValueError), (13, ValueError), (3.5, TypeError)):
        with pytest.raises(error, match="order: got"):
            permutation_entropy(x, order=order)
    with pytest.raises(ValueError, match="order=12, delay=2"):
        permutation_entropy(x, order=12, delay=2)
    with pytest.raises(ValueError, match="delay: got 0"):
        permutation_entropy(x, delay=0)
    for function in (sample_entropy, approximate_entropy):
        for r, error in ((-1, ValueError), (math.nan, ValueError), ("a", TypeError)):
            with pytest.raises(error, match="r: got"):
                function(x, r=r)
        with pytest.raises(ValueError, match="m: got 0"):
            function(x, m=0)
        with pytest.raises(ValueError, match="m=19"):
            function(x[:19], m=19)


def test_lengths_of_numpy_are_json():
    for entropy in (block_entropy, entropy_rate, excess_entropy):
        found = entropy("0110" * 9, np.int64(2)).to_dict()  # type: ignore[operator]
        assert json.loads(json.dumps(found)) == entropy("0110" * 9, 2).to_dict()


def test_estimates_are_called_so():
    x = np.random.default_rng(13).integers(0, 2, 100)
    for found, units in (
        (block_entropy(x), "bits"),
        (entropy_rate(x), "bits/symbol"),
        (excess_entropy(x), "bits"),
        (permutation_entropy(x), "bits"),
        (sample_entropy(x), "nats"),
        (sample_entropy(np.arange(9), r=0.5), "nats"),
        (approximate_entropy(x), "nats"),
    ):
        assert found.kind is Kind.ESTIMATE
        plain = found.to_dict()
        assert plain["units"] == units == found.units
        json.dumps(plain, allow_nan=False)
        with pytest.raises(AttributeError):
            found.value = 0.0
