"""Markov codes with the KT estimator, against closed forms and products in Fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammaln

import complexity
from complexity import _leb128
from complexity.context import Kt, KtBytes


def body_bits(code, x) -> float:
    return code.bits(x) - 8 * len(_leb128.write(len(x)))


@pytest.mark.parametrize(
    ("x", "p"),
    [
        ("0001", Fraction(5, 128)),
        ("0" * 10, Fraction(46189, 262144)),
        ("01", Fraction(1, 8)),
        ("00011", Fraction(3, 256)),
        ("", Fraction(1)),
    ],
)
def test_known_values(x, p):
    assert body_bits(Kt(), x) == pytest.approx(-math.log2(p), abs=1e-12)


def estimated(x: list[int], order: int, alphabet_size: int) -> Fraction:
    """The product of (count + 1/2) / (counts + alphabet_size / 2) in the context so far."""
    seen: dict[tuple[int, ...], list[int]] = {}
    p = Fraction(1)
    for i, symbol in enumerate(x):
        context = tuple(([0] * order + x)[i : i + order])
        before = seen.setdefault(context, [])
        p *= Fraction(2 * before.count(symbol) + 1, 2 * len(before) + alphabet_size)
        before.append(symbol)
    return p


@settings(max_examples=60, deadline=None)
@given(x=st.lists(st.integers(0, 1), max_size=60), order=st.integers(0, 20))
def test_definition_for_bits(x, order):
    expected = -math.log2(estimated(x, order, 2))
    assert body_bits(Kt(order), x) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    x=st.binary(max_size=60) | st.text("ab", max_size=90).map(str.encode), order=st.integers(0, 1)
)
def test_definition_for_bytes(x, order):
    expected = -math.log2(estimated(list(x), order, 256))
    assert body_bits(KtBytes(order), x) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_two_bytes_of_context():
    x = b"abracadabra" * 4
    expected = -math.log2(estimated(list(x), 2, 256))
    assert body_bits(KtBytes(2), x) == pytest.approx(expected, rel=1e-12)
    assert KtBytes(2).decode(KtBytes(2).encode(x)) == x


def test_dirichlet_integral():
    """Order 0 is the Dirichlet(1/2) mixture in closed form, whatever the order of the symbols."""
    data = np.random.default_rng(3).integers(0, 200, 20_000).astype(np.uint8)
    counts = np.bincount(data, minlength=256)
    nats = gammaln(128.0) - gammaln(128.0 + data.size)
    nats += np.sum(gammaln(counts + 0.5) - gammaln(0.5))
    assert body_bits(KtBytes(), data.tobytes()) == pytest.approx(-nats / math.log(2), rel=1e-9)


def test_given_continues():
    code, x, y = complexity.get_code("kt:order=2"), "0011" * 20, "0011" * 5
    assert code.bits(y, given=x) - 8 == pytest.approx(code.bits(x + y) - code.bits(x), abs=1e-9)
    assert code.decode(code.encode(y, given=x), given=x).tolist() == [0, 0, 1, 1] * 5


@pytest.mark.parametrize("spec", ["kt:order=21", "kt:order=-1", "kt-bytes:order=3"])
def test_bad_orders(spec):
    with pytest.raises(ValueError, match="order: got"):
        complexity.get_code(spec)
