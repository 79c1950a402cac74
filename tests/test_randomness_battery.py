"""The battery: one verdict, its level, what it rejects; many sequences; the command."""

from __future__ import annotations

import csv
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import complexity
from complexity.randomness import battery, frequency, proportions, random_excursions
from complexity.randomness.batteries import LEAST, TESTS
from complexity.randomness.verdict import holm
from tests.constants import digits_of_pi

SHORT = {"frequency", "block_frequency", "runs", "longest_run", "serial", "cumulative_sums"}


def coins(n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2, n, dtype=np.uint8)


# Holm's correction


@settings(max_examples=50)
@given(
    st.lists(st.fractions(0, 1, max_denominator=999), min_size=1, max_size=12), st.integers(0, 4)
)
def test_holm_rejects_step_by_step(p_values, more):
    """A level rejects what the procedure itself rejects: least first, until one is too great."""
    tests = len(p_values) + more
    adjusted = holm([float(p) for p in p_values], tests)
    for level in (Fraction(1, 100), Fraction(1, 20), Fraction(1, 2)):
        rejected = set()
        for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
            if p_values[place] * (tests - rank) > level:
                break
            rejected.add(place)
        for place, p in enumerate(adjusted):
            if abs(p - float(level)) > 1e-12:
                assert (p <= level) == (place in rejected)


def test_holms_example():
    assert holm([0.01, 0.04, 0.03], 3) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.01, 0.04, 0.03], 5) == pytest.approx([0.05, 0.12, 0.12])
    assert holm([0.6, 0.5], 2) == [1, 1]


def test_the_family_wise_level_holds():
    """Any test rejects in at most a share alpha of 200 random sequences; uncorrected, in many more.

    With 0.05 the number has mean 10 at most and is above 20 with probability 0.001.
    """
    stream = np.random.PCG64(1)
    found, alone = 0, 0
    for _ in range(200):
        bits = np.unpackbits(stream.random_raw(7).view(np.uint8))[:400]
        result = battery(bits, alpha=0.05, codes=["kt", "ctw-bits", "zlib"], progress=False)
        found += not result.passes
        alone += any(outcome.p <= 0.05 for outcome in result.outcomes)
        assert result.passes == all(not o.adjusted_p <= 0.05 for o in result.outcomes)
    assert found <= 20
    assert alone > 40


# What is rejected


def lcg(n: int, bit: int) -> np.ndarray:
    """One bit of x -> 1664525 x + 1013904223 modulo 2^32, whose period is 2^(bit + 1)."""
    x, out = 1, []
    for _ in range(n):
        x = (1664525 * x + 1013904223) % 2**32
        out.append(x >> bit & 1)
    return np.array(out)


def register(n: int) -> np.ndarray:
    """x^19 + x^5 + x^2 + x + 1, primitive: a period of 2^19 - 1 with all words of 19 bits but 0."""
    bits = bytearray([0] * 18 + [1])
    for k in range(n - 19):
        bits.append(bits[k] ^ bits[k + 1] ^ bits[k + 2] ^ bits[k + 5])
    return np.frombuffer(bytes(bits), np.uint8)


REJECTED = {
    "biased": (np.random.default_rng(0).random(20_000) < 0.52, {"frequency", "cumulative_sums"}),
    "alternating": ("01" * 2000, {"runs", "serial", "sum_test", "betting"}),
    "zeros": ("0" * 1000, {"frequency", "sum_test", "betting", "longest_run"}),
    "repeated": (np.tile(coins(500), 20), {"sum_test", "betting"}),
    "low bit of a congruential generator": (lcg(20_000, 6), {"sum_test", "betting", "serial"}),
    "text": (b"it was the best of times, it was the worst of times, " * 20, {"sum_test", "serial"}),
    "digits as text": ("".join(map(str, digits_of_pi(3000))).encode(), {"frequency", "betting"}),
}


@pytest.mark.parametrize("what", REJECTED)
def test_what_is_not_random_is_rejected(what):
    bits, tests = REJECTED[what]
    result = battery(bits, progress=False)
    assert tests <= set(result.rejected)
    assert not result.passes
    assert result.verdict.startswith("not random: rejected by ")


def test_what_a_test_does_not_see_is_left_to_others():
    alternating = battery("01" * 2000, progress=False)
    assert alternating["frequency"].p == alternating["block_frequency"].p == 1
    shifted = register(1_000_000)
    result = battery(shifted, tests=["frequency", "runs", "matrix_rank", "linear_complexity"])
    assert set(result.rejected) == {"matrix_rank", "linear_complexity"}


def test_digits_of_pi_pass():
    result = battery(digits_of_pi(50_000), progress=False)
    assert result.passes
    assert "proves none" in result.verdict


# The result


def test_tests_that_are_too_short_are_not_counted():
    result = battery(coins(1000), progress=False)
    applied = {outcome.test for outcome in result.outcomes if not outcome.reason}
    assert applied == {test for test in TESTS if LEAST.get(test, 0) <= 1000}
    assert result.tests == len(applied) == 10
    for outcome in result.outcomes:
        assert math.isnan(outcome.p) == math.isnan(outcome.adjusted_p) == bool(outcome.reason)
    assert result["universal"].reason == "from 387840 bits on"
    assert "universal (from 387840 bits on)" in " ".join(repr(result).split("\n"))
    none = battery("01", tests=["runs"], progress=False)
    assert (none.tests, none.verdict) == (0, "no test applies to so few bits: nothing is said")


def test_tests_that_the_bits_rule_out_are_counted():
    """Else the number of tests, and with it the level, would hang on the data."""
    result = battery("1" * 150, tests=["frequency", "runs"], progress=False)
    assert result["runs"].counted
    assert result.tests == 2
    assert result["frequency"].adjusted_p == 2 * result["frequency"].p
    assert "not applicable: runs: 100.00 % of the bits are ones" in repr(result)
    few = random_excursions(coins(10_000))
    assert few.counted
    assert few.reason.endswith("cycles, fewer than 500")


def test_threads_change_nothing():
    bits = coins(5000)
    alone, several = (battery(bits, workers=n, progress=False) for n in (1, 3))
    assert [o.to_dict() for o in alone.outcomes] == [o.to_dict() for o in several.outcomes]
    (tree,) = (p for p in alone["sum_test"].parts if p.label == "ctw-bits")
    saved = 5000 - complexity.get_code("ctw-bits").bits(bits)
    assert tree.statistic == pytest.approx(saved, abs=1e-6)


@pytest.mark.parametrize(
    "given",
    [
        "0110100110010110" * 10,
        [0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0] * 10,
        np.tile([False, True, True, False, True, False, False, True], 20)
        ^ np.repeat([False, True] * 10, 8),
        bytes([0b01101001, 0b10010110]) * 10,
        bytearray([0b01101001, 0b10010110]) * 10,
        memoryview(bytes([0b01101001, 0b10010110]) * 10),
    ],
)
def test_all_ways_to_give_bits(given):
    """Bytes are read most significant bit first."""
    result = battery(given, progress=False)
    same = battery(np.array([0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0] * 10), progress=False)
    assert result.n == 160
    assert repr(result) == repr(same)


@pytest.mark.parametrize(
    ("bits", "options", "error", "message"),
    [
        ("", {}, ValueError, "bits: got no bits"),
        (b"", {}, ValueError, "bits: got no bits"),
        ("012", {}, ValueError, "bits: got items other than 0 and 1"),
        ([0, 1, 2], {}, ValueError, "bits: got items other than 0 and 1"),
        ([[0, 1], [1, 0]], {}, ValueError, "bits: got an array of shape"),
        ([0.0, 1.0], {}, TypeError, "bits: got items of type float64"),
        (7, {}, TypeError, "bits: got int"),
        (None, {}, TypeError, "bits: got NoneType"),
        ("01", {"alpha": 1.5}, ValueError, "alpha: got 1.5"),
        ("01", {"alpha": "x"}, TypeError, "alpha: got 'x'"),
        ("01", {"alpha": 0}, ValueError, "alpha: got 0, accepted is a number above 0 and below 1"),
        ("01", {"codes": ["xz"], "tests": ["runs"]}, ValueError, "codes: got some, but the sum"),
        ("01", {"tests": ["run"]}, ValueError, "tests: unknown 'run'.*did you mean 'runs'"),
        ("01", {"tests": []}, ValueError, "tests: got none"),
        ("01", {"tests": 3}, TypeError, "tests: got 3"),
        ("01", {"codes": ["entropy"]}, ValueError, "codes: 'entropy' is an estimate"),
        ("01", {"constants": "nist"}, ValueError, "constants: unknown 'nist'"),
        ("01", {"workers": 0}, ValueError, "workers: got 0"),
    ],
)
def test_bad_input(bits, options, error, message):
    with pytest.raises(error, match=message):
        battery(bits, **options)


def test_the_result_is_saved_and_drawn(tmp_path):
    result = battery(REJECTED["repeated"][0], name="a$^$", progress=False)
    result.save(tmp_path / "r.json")
    document = json.loads((tmp_path / "r.json").read_text())
    assert document == json.loads(json.dumps(result.to_dict()))
    assert document["rejected"] == list(result.rejected)
    assert document["outcomes"][0]["p"] == result.outcomes[0].p
    assert document["outcomes"][4]["p"] is None
    result.save(tmp_path / "r.csv")
    with (tmp_path / "r.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == sum(1 + len(outcome.parts) for outcome in result.outcomes)
    assert [row["test"] for row in rows if not row["part"]] == list(TESTS)
    assert float(rows[0]["p"]) == result.outcomes[0].p
    for ending in ("png", "svg"):
        result.plot(tmp_path / f"r.{ending}")
        assert (tmp_path / f"r.{ending}").stat().st_size > 1000
    with pytest.raises(ValueError, match=r"accepted is a name in .json or .csv"):
        result.save(tmp_path / "r.txt")
    with pytest.raises(KeyError, match="no 'frequenzy' among frequency"):
        result["frequenzy"]
    assert all(len(line) <= 80 for line in repr(result).splitlines())


def test_the_front_door_is_there():
    assert complexity.randomness.battery is battery


# Many sequences


def test_proportions_are_counted():
    bits = coins(60 * 1000, seed=3)
    result = proportions(bits, 60, alpha=0.1, progress=False)
    assert (result.n, result.sequences) == (1000, 60)
    p_values = [frequency(row).p for row in bits.reshape(60, 1000)]
    row = result.rows[0]
    assert (row.test, row.part, row.sequences) == ("frequency", "", 60)
    assert row.passed == sum(p >= 0.1 for p in p_values)
    reach = 3 * math.sqrt(0.9 * 0.1 / 60)
    assert (row.low, row.high) == pytest.approx((0.9 - reach, 1))
    bins = np.histogram(p_values, 10, (0, 1))[0]
    statistic = ((bins - 6) ** 2 / 6).sum()
    terms = np.random.default_rng(0).chisquare(9, 200_000) >= statistic
    assert row.uniformity == pytest.approx(terms.mean(), abs=0.006)
    assert {row.test for row in result.rows} == {t for t, least in LEAST.items() if least <= 1000}
    assert "60 of 1000 bits, level 0.1" in repr(result)
    assert all(len(line) <= 80 for line in repr(result).splitlines())


def test_the_documents_band():
    """Section 4.2.1: 1000 sequences, alpha = 0.01: 0.99 +- 0.0094392."""
    (row,) = proportions(coins(100_000), 1000, tests=["frequency"], progress=False).rows
    assert row.low == pytest.approx(0.99 - 0.0094392, abs=1e-6)
    assert row.high == pytest.approx(0.99 + 0.0094392, abs=1e-6)
    assert row.within
    biased = np.random.default_rng(0).random(100_000) < 0.55
    result = proportions(biased, 1000, tests=["frequency"], progress=False)
    assert result.outside == result.rows
    assert result.rows[0].uniformity < 1e-4


def test_what_is_too_even_is_not_uniform():
    """Every sequence passes, with p-values too near to 1."""
    even = np.tile([0, 1, 1, 0], 25 * 60)
    (row,) = proportions(even, 60, tests=["frequency"], progress=False).rows
    assert row.passed == 60
    assert row.within
    assert not row.uniform


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sequences": 1}, "sequences: got 1, accepted is an integer from 2 to 1000"),
        ({"sequences": 500}, "of 2 bits each, too few for any test"),
        ({"sequences": 2, "tests": ["betting"]}, "tests: got 'betting', whose p-value is a bound"),
    ],
)
def test_bad_sequences(options, message):
    with pytest.raises(ValueError, match=message):
        proportions(coins(1000), **options, progress=False)


def test_proportions_are_saved_and_drawn(tmp_path):
    result = proportions(coins(3000), 10, progress=False)
    document = json.loads(result.save(tmp_path / "p.json").read_text())
    assert document["rows"][0]["uniformity"] is None
    with result.save(tmp_path / "p.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == len(result.rows)
    result.plot(tmp_path / "p.png")
    assert "P_T is for 55 sequences and more" in repr(result)
    with pytest.raises(ValueError, match="path"):
        result.save(tmp_path / "p.xyz")
