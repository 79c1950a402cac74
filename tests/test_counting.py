"""Enumerative and run-length codes; Kraft's inequality for every code of bit strings."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, product

import laws
import numpy as np
import pytest

import complexity
from complexity import counting
from complexity.bitstrings import MAX_BITS, as_bits
from complexity.code import DecodeError
from complexity.counting import MAX_ENUMERATED, Enumerative, Runs

BITS = [
    name
    for name, entry in complexity.codes(domain="bits", available=True).items()
    if entry.kind != complexity.Kind.ESTIMATE
]
VARIANTS = ["ctw-bits:depth=3", "ctw-bits:depth=64", "kt:order=3", "runs:integers=delta"]


def strings(n: int) -> Iterator[tuple[int, ...]]:
    return product((0, 1), repeat=n)


@pytest.mark.parametrize(
    ("spec", "longest"), [*((spec, 14) for spec in BITS), *((spec, 11) for spec in VARIANTS)]
)
def test_kraft(spec, longest):
    """All strings of up to so many bits together; of 14 bits 32767."""
    laws.check_kraft(complexity.get_code(spec), (x for n in range(longest + 1) for x in strings(n)))


def entropy_alone(n: int) -> float:
    """The Kraft sum over {0,1}^n of n H(k / n), as if k cost nothing."""
    total = 0.0
    for k in range(n + 1):
        bits = sum(-m * math.log2(m / n) for m in (k, n - k) if m)
        total += math.comb(n, k) * 2**-bits
    return total


@pytest.mark.parametrize(("n", "total"), [(8, 4.25), (12, 5.04), (14, 5.38)])
def test_entropy_without_its_parameter_is_no_code(n, total):
    assert entropy_alone(n) == pytest.approx(total, abs=0.005)
    kt = complexity.get_code("kt")
    assert math.fsum(2 ** (8 - kt.bits(x)) for x in strings(n)) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("n", [1, 5, 8])
def test_enumerative_is_the_laplace_mixture(n):
    for x in strings(n):
        p = Fraction(1)
        for i, bit in enumerate(x):
            p *= Fraction(x[:i].count(bit) + 1, i + 2)
        assert Enumerative().bits(x) - 8 == pytest.approx(-math.log2(p), abs=1e-12)


@pytest.mark.parametrize(("n", "k"), [(6, 0), (6, 1), (7, 3), (9, 9), (10, 8)])
def test_enumeration_is_in_dictionary_order(n, k):
    """The index is the rank among all strings of n bits with k ones."""
    ones = [set(c) for c in combinations(range(n), k)]
    ranked = sorted(tuple(int(i in c) for i in range(n)) for c in ones)
    width = (len(ranked) - 1).bit_length()
    for index, x in enumerate(ranked):
        blob = Enumerative().encode(x)
        size = 8 * len(blob) - 8
        number = int.from_bytes(blob[1:], "big") >> (size - n.bit_length() - width)
        assert number == k << width | index


def test_enumerative_large():
    code = Enumerative()
    x = (np.random.default_rng(1).random(20_000) < 0.1).astype(np.uint8)
    blob = code.encode(x)
    assert code.bits(x) <= 8 * len(blob) <= code.bits(x) + code.overhead
    assert np.array_equal(code.decode(blob), x)
    with pytest.raises(ValueError, match="accepted are at most 131072"):
        code.bits(np.zeros(MAX_ENUMERATED + 1, np.uint8))


@pytest.mark.parametrize(
    ("number", "gamma", "delta"),
    [(1, 1, 1), (17, 9, 9), (100, 13, 11), (1000, 19, 16), (10**6, 39, 28)],
)
def test_lengths_of_elias_codes(number, gamma, delta):
    """One run: a code of 2, the first bit, and the run; lengths as published by Elias."""
    x = np.ones(number, np.uint8)
    assert Runs().bits(x) == 3 + 1 + gamma
    assert Runs("delta").bits(x) == 4 + 1 + delta
    for code in (Runs(), Runs("delta")):
        assert 8 * len(code.encode(x)) == -(-int(code.bits(x)) // 8) * 8
        assert np.array_equal(code.decode(code.encode(x)), x)


def test_runs_by_hand():
    assert Runs().encode("0001111") == bytes([0b01100110, 0b01000000])
    assert Runs().encode("") == b"\x80"
    assert Runs("delta").encode("0") == bytes([0b01000100])


def test_a_run_too_long_is_refused():
    code = "010" + "0" + "0" * 40 + "1" * 41
    blob = int(code.ljust(88, "0"), 2).to_bytes(11, "big")
    with pytest.raises(DecodeError, match=f"more than {MAX_BITS} bits"):
        Runs().decode(blob)


@pytest.mark.parametrize("x", ["0" * 10, "0001111110"])
def test_runs_of_as_many_bits_as_there_may_be(x, monkeypatch):
    monkeypatch.setattr(counting, "MAX_BITS", 10)
    assert "".join(map(str, Runs().decode(Runs().encode(x)))) == x
    with pytest.raises(DecodeError, match="more than 10 bits"):
        Runs().decode(Runs().encode(x + "0"))


@pytest.mark.parametrize(
    "x",
    ["0110", [0, 1, 1, 0], (False, True, True, False), np.array([0, 1, 1, 0]), [0, True, 1, 0]],
)
@pytest.mark.parametrize("name", BITS)
def test_spellings_of_bits(name, x):
    code = complexity.get_code(name)
    array = np.array([0, 1, 1, 0], np.uint8)
    assert code.encode(x) == code.encode(array)
    assert laws.same(code.decode(code.encode(x)), array)


@pytest.mark.parametrize(
    ("x", "error", "says"),
    [
        ("012", ValueError, "items other than 0 and 1"),
        ("0é", ValueError, "other characters"),
        ([0, -1], ValueError, "items other than 0 and 1"),
        ([0.0, 1.0], TypeError, "items of type float64"),
        ([[0], [0, 1]], ValueError, "ragged"),
        (np.zeros((2, 2), int), ValueError, r"shape \(2, 2\)"),
        (b"01", TypeError, "np.unpackbits"),
        (3, TypeError, "got int"),
        (["0", "1"], TypeError, "items of type <U1"),
    ],
)
def test_what_is_no_bit_string(x, error, says):
    with pytest.raises(error, match=f"^x: .*{says}"):
        as_bits("x", x)
    with pytest.raises(error, match=says):
        complexity.get_code("kt").bits(x)


def test_a_bit_string_too_long():
    with pytest.raises(ValueError, match="got 11 bits, accepted are at most 10"):
        as_bits("x", "0" * 11, limit=10)
    with pytest.raises(ValueError, match="integers: unknown 'omega'"):
        Runs("omega")
