"""Tests by description length: Kraft and Ville by enumeration, published codelengths."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complexity.code import Kind, codes, get_code
from complexity.context import ContextTree
from complexity.randomness import betting, deficiency, sum_test
from complexity.randomness.martingales import wealth
from tests.constants import digits_of_pi


def words(n: int) -> list[str]:
    return ["".join(word) for word in itertools.product("01", repeat=n)]


def champernowne(n: int) -> str:
    """0, 1, 10, 11, 100, ... one behind the other."""
    text = ""
    for number in itertools.count():
        text += f"{number:b}"
        if len(text) >= n:
            return text[:n]
    raise AssertionError


def fibonacci(n: int) -> str:
    old, new = "0", "01"
    while len(new) < n:
        old, new = new, new + old
    return new[:n]


def thue_morse(n: int) -> np.ndarray:
    return np.array([k.bit_count() % 2 for k in range(n)])


# The sum test


def test_every_valid_code_takes_part():
    """All that are files or ideal codes of bits or bytes, and no estimate."""
    outcome = sum_test("0110" * 30)
    names = {part.label for part in outcome.parts}
    expected = {
        name
        for domain in ("bits", "bytes")
        for name, entry in codes(domain=domain, available=True).items()
        if entry.kind in (Kind.FILE, Kind.IDEAL)
    }
    assert names == expected
    assert {"ctw-bits", "kt", "enumerative", "cm", "xz", "lz76"} <= names
    assert not names & {"bdm", "entropy", "lz76-rate"}
    assert outcome.kind == "bound"


def test_parts_are_what_the_codes_save():
    rng = np.random.default_rng(1)
    bits = (rng.random(1003) < 0.1).astype(np.uint8)
    packed = np.packbits(bits).tobytes()
    outcome = sum_test(bits, codes=["xz", "kt", "zlib:3"])
    lengths = [get_code("xz").bits(packed), get_code("kt").bits(bits)]
    lengths.append(8 * len(get_code("zlib:3").encode(packed)))
    saved = [1003 - length for length in lengths]
    assert [part.statistic for part in outcome.parts] == pytest.approx(saved)
    assert [part.label for part in outcome.parts] == ["xz", "kt", "zlib:level=3"]
    mean = sum(Fraction(2) ** round(s) for s in saved) / 3
    assert outcome.statistic == pytest.approx(math.log2(mean), abs=1)
    assert outcome.statistic == pytest.approx(saved[1] - math.log2(3), abs=1e-6)
    assert outcome.p == pytest.approx(2 ** -(saved[1] - math.log2(3)))
    assert [part.p for part in outcome.parts] == pytest.approx([min(1, 2.0**-s) for s in saved])


@pytest.mark.parametrize("n", [1, 5, 8])
def test_the_mean_of_the_sum_test_is_at_most_one(n):
    """Kraft's inequality for every code and their mixture, over all words of n bits."""
    outcomes = [sum_test(word) for word in words(n)]
    mean = math.fsum(2.0**outcome.statistic for outcome in outcomes) / 2**n
    assert 0 < mean <= 1
    for parts in zip(*(outcome.parts for outcome in outcomes), strict=True):
        assert math.fsum(2.0**part.statistic for part in parts) / 2**n <= 1 + 1e-9, parts[0].label
    assert all(outcome.p == min(1, 2.0**-outcome.statistic) for outcome in outcomes)


def test_short_codewords_are_as_rare_as_claimed():
    """Over all words of 10 bits P(p <= t) <= t, for codes that give away no length."""

    class Told:
        """A tree that need not be told how many bits there are."""

        def __init__(self, depth):
            self.depth, self.name, self.kind = depth, f"told-{depth}", Kind.IDEAL

        def bits(self, x):
            tree = ContextTree(self.depth)
            tree.extend(x)
            return tree.codelength

    outcomes = [sum_test(word, codes=[Told(0), Told(3)]) for word in words(10)]
    assert math.fsum(2.0**o.statistic for o in outcomes) == pytest.approx(2**10)
    for p_values in ([o.p for o in outcomes], *([o.parts[k].p for o in outcomes] for k in (0, 1))):
        for level in np.unique(p_values):
            assert np.mean(np.array(p_values) <= level) <= level
    assert min(o.p for o in outcomes) < 0.02


def test_a_long_sequence_is_coded_in_part(monkeypatch):
    monkeypatch.setattr(deficiency, "MOST_BITS", 1000)
    bits = np.random.default_rng(0).integers(0, 2, 1500)
    (whole,) = sum_test(np.concatenate([np.zeros(1000, int), bits]), codes=["kt"]).parts
    (zeros,) = sum_test("0" * 1000, codes=["kt"]).parts
    assert whole.statistic == pytest.approx(zeros.statistic)


@pytest.mark.parametrize(
    ("names", "error", "message"),
    [
        (["entropy"], ValueError, "codes: 'entropy' is an estimate"),
        (["bdm"], ValueError, "is an estimate, which tests nothing"),
        (["array(xz)"], ValueError, "takes array; accepted are codes of bits and of bytes"),
        (["xz", "xz:preset=9"], ValueError, "codes: 'xz' is named twice"),
        ([], ValueError, "codes: got none"),
        (["xzz"], ValueError, "did you mean 'xz'"),
        (7, TypeError, "codes: got 7, accepted is a list"),
    ],
)
def test_bad_codes(names, error, message):
    with pytest.raises(error, match=message):
        sum_test("01", codes=names)


# Bets


def test_capital_is_two_to_the_n_times_the_probability():
    """KT and CTW in fractions: P of three zeros and a one, and of 16 bits of Thue and Morse."""
    _, gamblers = wealth("0001", depth=2)
    assert 2 ** gamblers["kt"][-1] == pytest.approx(16 * 5 / 128)
    looks, gamblers = wealth(thue_morse(16), depth=2)
    assert looks.tolist() == list(range(17))
    assert 2 ** gamblers["ctw"][-1] == pytest.approx(2**16 * 25245 / 2**33)
    _, deeper = wealth(thue_morse(16), depth=3)
    assert 2 ** deeper["ctw"][-1] == pytest.approx(2**16 * 46765 / 2**34)
    assert gamblers["kt"][0] == gamblers["ctw"][0] == 0


@pytest.mark.parametrize("depth", [0, 3])
def test_bets_are_fair_and_no_gambler_beats_ville(depth):
    """Two continuations have its mean; P(largest >= c) <= 1/c, over all words of 9 bits."""
    n = 9
    paths = {word: wealth(word, depth=depth)[1] for word in words(n)}
    for name in ("kt", "ctw"):
        by_start: dict[str, float] = {}
        for word, gamblers in paths.items():
            for k in range(n + 1):
                capital = 2.0 ** gamblers[name][k]
                assert by_start.setdefault(word[:k], capital) == pytest.approx(capital)
        for start, capital in by_start.items():
            if len(start) < n:
                after = (by_start[start + "0"] + by_start[start + "1"]) / 2
                assert after == pytest.approx(capital)
    outcomes = [betting(word, depth=depth) for word in words(n)]
    for k in range(3):
        p_values = np.array([o.p if k == 2 else o.parts[k].p for o in outcomes])
        for level in np.unique(p_values):
            assert np.mean(p_values <= level) <= level * (1 + 1e-9)
    assert min(outcome.p for outcome in outcomes) < 0.02


@settings(max_examples=25)
@given(st.text("01", min_size=1, max_size=300), st.integers(0, 8))
def test_the_largest_capital_counts(text, depth):
    outcome = betting(text, depth=depth)
    _, gamblers = wealth(text, depth=depth)
    together = [(2.0**a + 2.0**b) / 2 for a, b in zip(*gamblers.values(), strict=True)]
    assert 2**outcome.statistic == pytest.approx(max(together))
    assert outcome.p == pytest.approx(1 / max(together))
    assert outcome.parameters["ctw final"] == gamblers["ctw"][-1]
    coin = ContextTree(0)
    coin.extend(text)
    assert gamblers["kt"][-1] == pytest.approx(len(text) - coin.codelength, abs=1e-9)


def test_pi_makes_no_gambler_rich():
    """log2 of the capital after 10^6 digits, theory for a fair share of ones beside it."""
    outcome = betting(digits_of_pi(1_000_000))
    assert outcome.parameters["ctw final"] == pytest.approx(-11.068, abs=5e-4)
    assert outcome.parameters["kt final"] == pytest.approx(-10.069, abs=5e-4)
    ones = 499_722
    z = (2 * ones - 10**6) / 1000
    theory = -math.log2(math.pi * 10**6 / 2) / 2 + z**2 / 2 / math.log(2)
    assert outcome.parameters["kt final"] == pytest.approx(theory, abs=1e-3)
    assert outcome.p > 0.1


@pytest.mark.parametrize(
    ("word", "bits"),
    [(champernowne, 7659), (fibonacci, 94_575), (thue_morse, 95_628)],
)
def test_computable_sequences_that_make_gamblers_rich(word, bits):
    outcome = betting(word(100_000), depth=32)
    assert outcome.parameters["ctw final"] == pytest.approx(bits, abs=1)
    assert outcome.p == 0 or bits < 10_000
    assert outcome.statistic >= bits - 2
