"""The stack coder against two plain statements of ANS in Python's integers, and its laws."""

from __future__ import annotations

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from test_fuzz import mutated

from complexity.code import DecodeError
from mdl.bits_back import _kernels as kernels
from mdl.bits_back.ans import AnsStack, PayloadError
from mdl.bits_back.frequencies import (
    MAX_PRECISION,
    cumulative_frequencies,
    normal_edges,
    normal_middles,
)


def exact_push(number: int, start: int, frequency: int, precision: int) -> int:
    """ANS on one integer of any size (Duda 2009): no words, no loss."""
    return (number // frequency << precision) + start + number % frequency


def exact_pop(number: int, start: int, frequency: int, precision: int) -> int:
    return frequency * (number >> precision) + (number & ((1 << precision) - 1)) - start


def streamed(payload: bytes, symbols: list[tuple[int, int, int]]) -> bytes:
    """The file format, stated plainly: head in [2^48, 2^64), words of 16 bits, in Python ints."""
    blob = b"\x01" + payload
    size = len(blob) if len(blob) <= 8 else 7 + (len(blob) + 1) % 2
    head, rest = int.from_bytes(blob[:size], "big"), blob[size:]
    words = [int.from_bytes(rest[i : i + 2], "big") for i in range(0, len(rest), 2)][::-1]
    for start, frequency, precision in symbols:
        while head >= frequency << (64 - precision):
            words.append(head & 0xFFFF)
            head >>= 16
        head = exact_push(head, start, frequency, precision)
    top = head.to_bytes((head.bit_length() + 7) // 8, "big")
    return top + b"".join(word.to_bytes(2, "big") for word in reversed(words))


@st.composite
def intervals(draw, least=0):
    """(start, frequency, precision) of some symbols: any interval of any precision."""
    found = []
    for _ in range(draw(st.integers(least, 30))):
        precision = draw(st.integers(1, MAX_PRECISION))
        frequency = draw(st.integers(1, 1 << precision))
        found.append((draw(st.integers(0, (1 << precision) - frequency)), frequency, precision))
    return found


def push(stack, symbols):
    for start, frequency, precision in symbols:
        stack.push([start], [frequency], precision=precision)


@given(st.binary(max_size=40), intervals())
def test_bytes_are_those_of_the_plain_statement_and_come_back(payload, symbols):
    stack = AnsStack(payload)
    push(stack, symbols)
    blob = stack.to_bytes()
    assert blob == streamed(payload, symbols)
    again = AnsStack.from_bytes(blob)
    assert again.to_bytes() == blob
    for start, frequency, precision in reversed(symbols):
        slot = again.peek(precision)
        assert start <= slot < start + frequency
        again.update(start, frequency, precision=precision)
    assert again.payload() == payload


@pytest.mark.parametrize("counts", [(1000, 3000), (7, 0, 20, 1, 2000), (1,) * 200])
def test_many_symbols_at_a_time_are_the_plain_statement(counts):
    """Of 40 bits each: as many words as a symbol can take, on a stack that has to grow."""
    rng, symbols = np.random.default_rng(0), []
    stack = AnsStack(b"payload")
    for count in counts:
        values = rng.integers(0, 1 << MAX_PRECISION, count)
        stack.push_uniform(values, bits=MAX_PRECISION)
        symbols += [(value, 1, MAX_PRECISION) for value in values.tolist()]
    assert stack.to_bytes() == streamed(b"payload", symbols)
    found = stack.pop_uniform(sum(counts), bits=MAX_PRECISION)
    assert found.tolist() == [value for value, _, _ in symbols]
    assert stack.payload() == b"payload"


@given(st.binary(min_size=8, max_size=20), intervals(least=1))
def test_as_long_as_exact_ans_of_one_integer(payload, symbols):
    stack = AnsStack(payload)
    push(stack, symbols)
    number = first = int.from_bytes(b"\x01" + payload, "big")
    for symbol in symbols:
        number = exact_push(number, *symbol)
    ideal = sum(precision - math.log2(frequency) for _, frequency, precision in symbols)
    exact = math.log2(number) - math.log2(first)
    # both within 2^-8 bits a symbol of log2(1/p): the head holds at least 8 bits more than 2^40
    assert abs(exact - ideal) <= 2**-7 * len(symbols) + 1e-9
    assert abs(stack.net_bits - ideal) <= 2**-7 * len(symbols) + 1e-9
    assert stack.bits <= 8 * len(stack.to_bytes()) < stack.bits + 8
    for symbol in reversed(symbols):
        number = exact_pop(number, *symbol)
    assert number == first


@given(st.binary(max_size=30))
def test_overhead_of_a_payload_is_a_byte(payload):
    stack = AnsStack(payload)
    assert len(stack.to_bytes()) == len(payload) + 1
    assert AnsStack.from_bytes(stack.to_bytes()).payload() == payload


@given(
    st.integers(0, 2**32), st.integers(0, 60), st.integers(2, 40), st.sampled_from([16, 24, 32, 40])
)
def test_categorical_symbols_come_back(seed, count, size, precision):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(size, 0.2), count).reshape(count, size)
    symbols = rng.integers(0, size, count)
    stack = AnsStack(b"payload")
    stack.push_categorical(symbols, probabilities, precision=precision)
    assert np.array_equal(stack.pop_categorical(probabilities, precision=precision), symbols)
    assert stack.payload() == b"payload"


@given(
    st.integers(0, 2**32),
    st.integers(0, 40),
    st.integers(1, 14),
    st.floats(1e-6, 1e3),
    st.floats(0, 1e3),
)
def test_normal_buckets_come_back_whatever_the_normal(seed, count, bits, sd, far):
    rng = np.random.default_rng(seed)
    mean, deviation = far * rng.normal(size=count), sd * rng.gamma(2, size=count)
    symbols, edges = rng.integers(0, 1 << bits, count), normal_edges(bits)
    stack = AnsStack(b"payload")
    stack.push_normal(symbols, mean, deviation, edges)
    assert np.array_equal(stack.pop_normal(mean, deviation, edges), symbols)
    assert stack.payload() == b"payload"


@given(st.integers(0, 2**32), st.integers(0, 40), st.integers(1, 40))
def test_uniform_symbols_cost_their_bits(seed, count, bits):
    symbols = np.random.default_rng(seed).integers(0, 1 << bits, count)
    stack = AnsStack(b"a payload of some bytes")
    stack.push_uniform(symbols, bits=bits)  # frequencies of 1: nothing is rounded but in log2
    assert stack.net_bits == pytest.approx(bits * count, abs=1e-9 + count * 2**-8)
    assert np.array_equal(stack.pop_uniform(count, bits=bits), symbols)
    assert stack.payload() == b"a payload of some bytes"


@given(st.binary(min_size=300, max_size=400), st.integers(0, 2**32))
def test_sampling_is_undone_by_pushing(payload, seed):
    rng = np.random.default_rng(seed)
    mean, sd, edges = rng.normal(size=30), rng.gamma(1, size=30) + 1e-3, normal_edges(10)
    table = rng.dirichlet(np.ones(5), 20)
    stack = AnsStack(payload, sampling=True)
    buckets, letters = stack.pop_normal(mean, sd, edges), stack.pop_categorical(table)
    assert stack.initial_bits == pytest.approx(-stack.net_bits)
    stack.push_categorical(letters, table)
    stack.push_normal(buckets, mean, sd, edges)
    assert stack.payload() == payload


def test_what_a_seed_supplies_is_a_payload():
    mean, sd, edges = np.zeros(50), np.full(50, 0.01), normal_edges(12)
    drawn = AnsStack(seed=7, sampling=True)
    first = drawn.pop_normal(mean, sd, edges)
    initial = drawn.initial_bits
    supplied = drawn.supplied
    given_ = AnsStack(supplied, sampling=True)
    assert np.array_equal(given_.pop_normal(mean, sd, edges), first)
    assert given_.to_bytes() == drawn.to_bytes()
    assert given_.initial_bits == pytest.approx(initial, abs=1e-9)
    drawn.push_normal(first, mean, sd, edges)
    assert drawn.payload() == supplied
    assert 8 * len(supplied) - 17 < initial + 48 <= 8 * len(supplied) + 1


def test_popped_symbols_are_samples():
    """Chi-squared tests of 20,000 symbols popped off random bytes; seeds fixed beforehand."""
    payload = np.random.default_rng(2024).bytes(120_000)
    stack = AnsStack(payload, sampling=True)
    count, edges = 20_000, normal_edges(3)
    mean, sd = 0.4, 0.6
    buckets = stack.pop_normal(np.full(count, mean), np.full(count, sd), edges)
    expected = np.diff(special.ndtr((edges - mean) / sd)) * count
    assert expected.min() > 20
    seen = np.bincount(buckets, minlength=8)
    assert stats.chisquare(seen, expected).pvalue > 1e-4
    p = np.array([0.5, 0.3, 0.15, 0.05])
    letters = stack.pop_categorical(np.tile(p, (count, 1)))
    assert stats.chisquare(np.bincount(letters, minlength=4), p * count).pvalue > 1e-4


def test_forty_bits_do_not_leak_on_many_buckets():
    """A peaked normal over 2^14 buckets costs its entropy: 24 bits of precision lose 0.1 %."""
    rng, edges = np.random.default_rng(0), (np.arange(2**14 + 1) - 2**13) * 2.0**-8
    mean, sd = rng.normal(size=4000), np.full(4000, 0.02)
    weights = rng.normal(mean, sd)
    symbols = np.clip(np.searchsorted(edges, weights) - 1, 0, 2**14 - 1)
    above, below = (edges[symbols + 1] - mean) / sd, (edges[symbols] - mean) / sd
    mass = special.ndtr(above) - special.ndtr(below)
    ideal = -np.log2(mass).sum()
    lost = {}
    for precision in (24, 40):
        stack = AnsStack(b"eight or more bytes")
        stack.push_normal(symbols, mean, sd, edges, precision=precision)
        lost[precision] = (stack.net_bits - ideal) / 4000
    assert abs(lost[40]) < 1e-4
    assert lost[24] > 1e-3


def test_functions_are_those_of_scipy():
    x = np.linspace(-12, 12, 20_001)
    ours = np.array([kernels.normal_cdf(each) for each in x])
    assert np.abs(ours - special.ndtr(x)).max() < 2e-15
    y = np.linspace(-708, 709, 20_001)
    np.testing.assert_allclose(kernels.exponentials(y), np.exp(y), rtol=1e-15)
    np.testing.assert_allclose(kernels.sigmoids(y), special.expit(y), rtol=1e-15)
    assert kernels.normal_cdf(np.inf) == 1
    assert kernels.normal_cdf(-np.inf) == 0
    assert np.isnan(kernels.normal_cdf(np.nan))
    assert np.isnan(kernels.exp(np.nan))
    assert kernels.exp(np.inf) == np.inf


def test_a_search_begins_at_the_quantile():
    """Acklam 2003: a relative error below 1.15e-9, from 2^-41 on here."""
    tail = 2.0 ** -np.arange(1, 42)
    p = np.concatenate([tail, 1 - tail, np.linspace(0.001, 0.999, 999)])
    guessed = np.array([kernels._guessed_quantile(each) for each in p])
    np.testing.assert_allclose(guessed, special.ndtri(p), rtol=1.2e-9, atol=1e-15)


@pytest.mark.parametrize("bits", [1, 2, 5, 10, 16])
def test_buckets_have_equal_mass_and_their_medians(bits):
    size, edges = 1 << bits, normal_edges(bits)
    np.testing.assert_allclose(np.diff(special.ndtr(edges)), 1 / size, rtol=1e-9)
    np.testing.assert_allclose(
        special.ndtr(normal_middles(bits)), (np.arange(size) + 0.5) / size, rtol=1e-9
    )


@given(st.integers(0, 2**32), st.integers(1, 300), st.sampled_from([12, 24, 40]))
def test_frequencies_are_within_a_unit_of_the_exact_ones(seed, size, precision):
    size = min(size, (1 << precision) // 4)
    rng = np.random.default_rng(seed)
    p = rng.gamma(0.1, size=(3, size)) + 1e-300
    table = cumulative_frequencies(p, precision=precision)
    frequencies = np.diff(table.astype(object), axis=1)
    assert (frequencies >= 2 - (size == 1)).all() or size == 1
    assert (table[:, 0] == 0).all()
    assert (table[:, -1] == 1 << precision).all()
    exact = p / p.sum(axis=1, keepdims=True) * ((1 << precision) - 2 * size) + 2
    assert np.abs(frequencies.astype(float) - exact).max() <= 1 + 2.0**precision * 1e-13


@pytest.mark.parametrize(("mean", "sd"), [(0.3, 0.2), (-7, 1e-3), (50, 0.1), (0, 1e4)])
def test_intervals_of_buckets_tile_the_line(mean, sd):
    edges, size = normal_edges(10), 1 << 10
    starts, frequencies = np.empty(size, np.uint64), np.empty(size, np.uint64)
    kernels.normal_intervals(
        np.arange(size), np.full(size, mean), np.full(size, sd), edges, np.uint64(40), starts,
        frequencies,
    )  # fmt: skip
    assert int(starts[0]) == 0
    assert (frequencies > 0).all()
    assert (starts[1:] == (starts + frequencies)[:-1]).all()
    assert int(starts[-1] + frequencies[-1]) == 1 << 40
    exact = np.diff(special.ndtr((edges - mean) / sd))
    np.testing.assert_allclose(frequencies / 2**40, exact, atol=2e-9)


def test_a_short_payload_says_what_is_missing_and_is_kept():
    stack = AnsStack(b"ten bytes!", sampling=True)
    with pytest.raises(PayloadError, match=r"81 bits ran out at symbol 4 of 10, at least \d+ bits"):
        stack.pop_uniform(10, bits=10)
    assert stack.payload() == b"ten bytes!"
    assert stack.pop_uniform(3, bits=10).size == 3
    with pytest.raises(PayloadError, match="payload too short"):
        AnsStack().pop_uniform(1, bits=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.push([0], [0], precision=8), "empty"),
        (lambda s: s.push([0, 1], [1, 0], precision=8), "empty"),
        (lambda s: s.push([250], [7], precision=8), "beyond 2\\^8"),
        (lambda s: s.push([-1], [7], precision=8), "empty"),
        (lambda s: s.push([0, 250, 1], [1, 7, 1], precision=8), "beyond 2\\^8"),
        (lambda s: s.push([0], [1], precision=41), "precision: got 41"),
        (lambda s: s.push([0, 1], [1], precision=8), "shapes"),
        (lambda s: s.push_uniform([4], bits=2), "0 to 3"),
        (lambda s: s.push_uniform([1.5], bits=2), "integers"),
        (lambda s: s.push_categorical([2], [[0.5, 0.5]]), "0 to 1"),
        (lambda s: s.push_categorical([0], [[0.5, np.nan]]), "row 0 has NaN"),
        (lambda s: s.push_categorical([0, 0], [[0.5, 0.5], [-1, 2]]), "row 1 has NaN, negative"),
        (lambda s: s.push_categorical([0], [[0.0, 0.0]]), "no mass"),
        (lambda s: s.push_categorical([0, 1], [[0.5, 0.5]]), "rows"),
        (lambda s: s.push_categorical([0], [[0.5, 0.5]], precision=2), "precision: got 2"),
        (lambda s: s.push_categorical([0], [[1 / 5] * 5], precision=4), "4 bits for 5 symbols"),
        (lambda s: s.push_categorical([0], [0.5, 0.5]), r"shape \(2,\), accepted is \(n, K\)"),
        (lambda s: s.push_categorical([0], [[]]), r"shape \(1, 0\), accepted is \(n, K\)"),
        (lambda s: s.push_normal([0], [np.nan], [1], normal_edges(4)), "NaN"),
        (lambda s: s.push_normal([0], [0], [0], normal_edges(4)), "sd: got 0"),
        (lambda s: s.push_normal([0, 0], [0, 0], [1, -2], normal_edges(4)), "sd: got -2"),
        (lambda s: s.push_normal([0, 1], [0], [1], normal_edges(4)), "symbols: got 2"),
        (lambda s: s.push_normal([16], [0], [1], normal_edges(4)), "0 to 15"),
        (lambda s: s.pop([0], [1], precision=8), "not on top"),
    ],
)
def test_bad_input_is_named(call, message):
    stack = AnsStack(b"whatever was there")
    with pytest.raises(ValueError, match=message):
        call(stack)
    assert stack.payload() == b"whatever was there"


def test_a_quarter_of_the_units_is_enough_for_as_many_symbols():
    """Two units each at least, half of them left to the probabilities."""
    table = cumulative_frequencies([[1.0, 0.0, 0.0, 0.0]], precision=4)
    assert np.diff(table[0].astype(int)).min() >= 2
    assert table[0, -1] == 16


def test_constructor_errors():
    with pytest.raises(TypeError, match="payload: got str"):
        AnsStack("text")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a seed"):
        AnsStack(b"x", seed=1)
    for blob in (b"", b"\0\1"):
        with pytest.raises(DecodeError, match="not zero"):
            AnsStack.from_bytes(blob)
    with pytest.raises(DecodeError, match="no payload"):
        AnsStack.from_bytes(b"\2abc").payload()


def test_mutated_stacks_pop_something_or_run_out():
    rng = np.random.default_rng(5)
    p = rng.dirichlet(np.ones(6), 12)
    stack = AnsStack(b"payload")
    stack.push_categorical(rng.integers(0, 6, 12), p)
    blob = stack.to_bytes()
    for _ in range(2000):
        try:
            other = AnsStack.from_bytes(mutated(blob, b"\1" + blob, rng))
            symbols = other.pop_categorical(p)
        except (DecodeError, PayloadError):
            continue
        assert ((symbols >= 0) & (symbols < 6)).all()


def test_kernels_as_plain_python():
    """The same bytes without a compiler, warnings of overflow being errors."""
    program = """
import numpy as np
from mdl.bits_back.ans import AnsStack
from mdl.bits_back.frequencies import normal_edges
rng = np.random.default_rng(3)
stack = AnsStack(rng.bytes(200), sampling=True)
mean, sd, p = rng.normal(size=20), rng.gamma(2, size=20), rng.dirichlet(np.ones(7), 20)
z = stack.pop_normal(mean, sd, normal_edges(8))
stack.push_categorical(rng.integers(0, 7, 20), p)
stack.push_normal(z[::-1], sd, sd, normal_edges(8))
stack.push_uniform(z, bits=8)
x = stack.pop_uniform(5, bits=40)
stack.pop_categorical(p)
print(stack.to_bytes().hex(), x.sum(), z.sum())
"""
    said = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            env=os.environ | extra,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for extra in ({}, {"NUMBA_DISABLE_JIT": "1"})
    ]
    assert said[0] == said[1] != ""


@pytest.mark.parametrize("start", [2**64 - 1, 2**64, 256])
def test_intervals_whose_ends_wrap_around_are_refused(start):
    with pytest.raises(ValueError, match=r"^frequencies: an interval"):
        AnsStack().push([start], [1], precision=8)
