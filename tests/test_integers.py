"""Codes of integers and reals: published codewords, Kraft sums, bounds, the best parameters."""

from __future__ import annotations

import heapq
import math
import re
from fractions import Fraction
from itertools import count, pairwise, takewhile

import laws
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

import complexity
from complexity import _prefix
from complexity.code import DecodeError
from mdl import integers
from mdl.integers.log_star import MAX_RANK, _integral, log_star

UNIVERSAL = ["elias-gamma", "elias-delta", "elias-omega", "fibonacci"]
COMPILED = ["unary", *UNIVERSAL, "golomb", "golomb:7", "rice", "rice:0", "leb128"]
SPECS = [*COMPILED, "log-star"]
LEAST = {"positive": 1, "natural": 0, "signed": -300}

# of 1, 2, 3, ...: D. Salomon, Variable-length Codes for Data Compression, 2007, tables 2.4 to 2.9
# (gamma, delta, omega) and 2.14 (Fibonacci); Golomb and Rice with a unary part of zeros and a one
PUBLISHED = {
    "unary": "1 01 001 0001 00001 000001 0000001",
    "elias-gamma": (
        "1 010 011 00100 00101 00110 00111 0001000 0001001 0001010 0001011 0001100 0001101 "
        "0001110 0001111 000010000 000010001 000010010 000010011 000010100"
    ),
    "elias-delta": (
        "1 0100 0101 01100 01101 01110 01111 00100000 00100001 00100010 00100011 00100100 "
        "00100101 00100110 00100111 001010000 001010001 001010010 001010011 001010100"
    ),
    "elias-omega": (
        "0 100 110 101000 101010 101100 101110 1110000 1110010 1110100 1110110 1111000 1111010 "
        "1111100 1111110 10100100000 10100100010 10100100100 10100100110 10100101000"
    ),
    "fibonacci": (
        "11 011 0011 1011 00011 10011 01011 000011 100011 010011 001011 101011 0000011 1000011 "
        "0100011 0010011 1010011 0001011 1001011 0101011"
    ),
    "golomb:m=3,integers=positive": "10 110 111 010 0110 0111 0010 00110 00111 00010",
    "golomb:m=5,integers=positive": "100 101 110 1110 1111 0100 0101 0110 01110 01111 00100",
    "rice:k=2,integers=positive": "100 101 110 111 0100 0101 0110 0111 00100 00101",
}


@pytest.mark.parametrize("spec", PUBLISHED)
def test_published_codewords(spec):
    code = integers.get(spec)
    for n, word in enumerate(PUBLISHED[spec].split(), 1):
        assert code.codeword(n) == word
        assert code.bits(n) == len(word)


@pytest.mark.parametrize(
    ("n", "gamma", "delta", "omega"),
    [(1, 1, 1, 1), (17, 9, 9, 11), (100, 13, 11, 13), (1000, 19, 16, 17), (10**6, 39, 28, 31)],
)
def test_lengths(n, gamma, delta, omega):
    lengths = [integers.get(f"elias-{name}").bits(n) for name in ("gamma", "delta", "omega")]
    assert lengths == [gamma, delta, omega]


@pytest.mark.parametrize(
    ("spec", "total"),
    [("elias-gamma", 0.999755859375), ("elias-delta", 0.9140625), ("elias-omega", 0.921875)],
)
def test_partial_kraft_sums(spec, total):
    code = integers.get(spec)
    assert sum(Fraction(1, 2 ** int(code.bits(n))) for n in range(1, 4096)) == Fraction(total)


def test_kraft_sum_of_fibonacci_is_one():
    """F(l - 1) codewords of every length l, which add up to 1 - F(L + 2) / 2^L up to length L."""
    fibonacci = [0, 1]
    for _ in range(40):
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    code, total = integers.Fibonacci(), Fraction(0)
    lengths = [int(code.bits(n)) for n in takewhile(lambda n: code.bits(n) <= 17, count(1))]
    for longest in range(2, 18):
        assert lengths.count(longest) == fibonacci[longest - 1]
        total += Fraction(fibonacci[longest - 1], 2**longest)
        assert total == 1 - Fraction(fibonacci[longest + 2], 2**longest)


@pytest.mark.parametrize("spec", [*SPECS, "truncated-binary:low=1,high=4096", "golomb:1000"])
def test_codewords_of_the_first_4096_are_prefix_free(spec):
    code = integers.get(spec)
    words = sorted(code.codeword(n) for n in range(1, 4097))
    assert all(not b.startswith(a) for a, b in pairwise(words))  # neighbours do
    assert len(set(words)) == 4096


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 100, 127])
def test_truncated_binary_is_complete_and_best(size):
    code = integers.TruncatedBinary(-7, size - 8)
    lengths = [int(code.bits(n)) for n in range(-7, size - 7)]
    assert sum(Fraction(1, 2**length) for length in lengths) == 1
    assert sum(lengths) == huffman_cost([1] * size)
    assert sorted(code.codeword(n) for n in range(-7, size - 7)) == [
        code.codeword(n) for n in range(-7, size - 7)
    ]


def huffman_cost(weights: list) -> float:
    """The least sum of weight times length over all prefix codes (Huffman 1952)."""
    heap, cost = list(weights), 0
    heapq.heapify(heap)
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        cost += joined
        heapq.heappush(heap, joined)
    return cost


@pytest.mark.parametrize("theta", [0.0, 0.3, 0.618, 0.619, 0.8, 0.9, 0.97])
def test_golomb_parameter_is_a_huffman_code(theta):
    """Against Huffman's code of the distribution, cut off where its tail is below 1e-13."""
    n = np.arange(max(int(math.log(1e-13) / math.log(theta or 0.01)), 2))
    mass = (1 - theta) * theta**n
    code = integers.Golomb(integers.golomb_parameter(theta))
    cost = float(sum(p * code.bits(int(k)) for p, k in zip(mass, n, strict=True)))
    assert cost == pytest.approx(huffman_cost(mass.tolist()), abs=1e-9)
    for m in range(1, 60):
        other = integers.Golomb(m)
        assert cost <= sum(p * other.bits(int(k)) for p, k in zip(mass, n, strict=True)) + 1e-9


@pytest.mark.parametrize("theta", [0.0, 0.3, 0.618, 0.7, 0.9, 0.97])
def test_rice_parameter_is_the_best(theta):
    n = np.arange(max(int(math.log(1e-13) / math.log(theta or 0.01)), 2))
    mass = (1 - theta) * theta**n
    costs = [
        sum(p * integers.Rice(k).bits(int(i)) for p, i in zip(mass, n, strict=True))
        for k in range(12)
    ]
    assert integers.rice_parameter(theta) == int(np.argmin(costs))
    for k in range(6):
        closed = k + 1 / (1 - theta ** (2**k))
        assert costs[k] == pytest.approx(closed, abs=1e-9)


@pytest.mark.parametrize("mean", [1e3, 1e6, 1e12])
def test_golomb_parameter_of_large_means(mean):
    """m is about mean ln 2, and satisfies Gallager and van Voorhis' inequalities exactly."""
    theta = mean / (1 + mean)
    m = integers.golomb_parameter(theta)
    assert m == pytest.approx(mean * math.log(2), rel=1e-3)
    if mean < 1e4:
        exact = Fraction(theta)
        assert exact**m * (1 + exact) <= 1 < exact ** (m - 1) * (1 + exact)


def test_golomb_parameter_at_the_ends_of_its_ranges():
    """m is the least with theta^m + theta^(m+1) <= 1, in Fractions, on both sides of every end."""
    for end in [*range(1, 20), 126, 205, 318]:
        root = optimize.brentq(lambda t, end=end: t**end * (1 + t) - 1, 0.1, 1, xtol=1e-16)
        for step in range(-4, 5):
            theta = root + step * math.ulp(root)
            exact, m = Fraction(theta), integers.golomb_parameter(theta)
            assert exact**m * (1 + exact) <= 1
            assert m == 1 or exact ** (m - 1) * (1 + exact) > 1


@pytest.mark.parametrize("function", [integers.golomb_parameter, integers.rice_parameter])
@pytest.mark.parametrize("theta", [-0.1, 1, 2.0, math.nan, math.inf])
def test_bad_theta(function, theta):
    with pytest.raises(ValueError, match=r"^theta: got .*accepted is 0 <= theta < 1"):
        function(theta)
    with pytest.raises(TypeError, match="accepted is a number"):
        function("0.5")


@given(n=st.one_of(st.integers(1, 2**20), st.integers(1, 2**400)))
def test_universality_bounds(n):
    """Elias 1975, sections IV and V; Fibonacci: log_phi(sqrt(5) n) digits at most, and a one."""
    log = math.log2(n)
    assert integers.EliasGamma().bits(n) <= 2 * log + 1 + 1e-9
    assert integers.EliasDelta().bits(n) <= 1 + log + 2 * math.log2(1 + log) + 1e-9
    assert integers.EliasOmega().bits(n) <= 1 + 2.5 * math.floor(log + 1e-12)
    golden = math.log2((1 + 5**0.5) / 2)
    digits = integers.Fibonacci().bits(n) - 1
    assert digits <= (log + math.log2(5) / 2) / golden + 1e-6
    assert digits > (log + math.log2(5) / 2) / golden - 2


def test_fibonacci_beside_delta():
    fibonacci, delta = integers.Fibonacci(), integers.EliasDelta()
    longer = [n for n in range(1, 6766) if fibonacci.bits(n) > delta.bits(n)]
    assert longer == [1, 6765]


@pytest.mark.parametrize("spec", [*UNIVERSAL, "golomb", "rice:60"])
@pytest.mark.parametrize("integers_", ["positive", "natural", "signed"])
@given(x=st.integers(-(2**70), 2**70), large=st.integers(-(2**900), 2**900))
def test_round_trip_of_any_size(spec, integers_, x, large):
    code = integers.get(spec, integers=integers_)
    for n in (x, large) if spec in UNIVERSAL else (x % 10**4 - 5000,):
        n = n if integers_ == "signed" else abs(n) + (integers_ == "positive")
        laws.check_round_trip(code, n)
        laws.check_length(code, n)


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("integers_", list(LEAST))
def test_maps(spec, integers_):
    """Every integer of the domain once, none else, in the order of the codewords' lengths."""
    code = integers.get(spec, integers=integers_)
    ranks = [code.rank(n) for n in range(LEAST[integers_], 301)]
    if integers_ == "signed":
        assert sorted(ranks) == list(range(1, 602))
        assert [code.unrank(rank) for rank in range(1, 6)] == [0, -1, 1, -2, 2]
    else:
        assert ranks == list(range(1, len(ranks) + 1))
        least = LEAST[integers_]
        with pytest.raises(ValueError, match=f"^x: got {least - 1}, accepted .* at least {least}"):
            code.bits(least - 1)
    assert [code.unrank(rank) for rank in ranks] == list(range(LEAST[integers_], 301))


@pytest.mark.parametrize("bad", [1.0, "1", True, None, math.nan, [1]])
@pytest.mark.parametrize("spec", [*SPECS, "rice:integers=signed", "truncated-binary"])
def test_what_is_no_integer(spec, bad):
    with pytest.raises(TypeError, match=r"^x: got .*accepted is an integer"):
        integers.get(spec).bits(bad)


def test_leb128_is_the_toolkits():
    from complexity import _leb128

    for n in [0, 1, 127, 128, 300, 2**40, 2**70 - 1]:
        assert integers.Leb128().encode(n) == _leb128.write(n)
    with pytest.raises(ValueError, match="at most 70 bits"):
        integers.Leb128().bits(2**70)
    with pytest.raises(DecodeError, match="shortest form"):
        integers.Leb128().decode(b"\x80\x00")


# --- Rissanen's prior


def test_log_star_integral():
    """The mass between 1, 2, 4, 16 and 65536 by quadrature is ln 2 to the power 1, 2, 3, 4."""
    towers = [1, 2, 4, 16, 65536]
    for power, (a, b) in enumerate(pairwise(towers), 1):
        value, _ = integrate.quad(
            lambda y: 2 ** (y - log_star_real(2**y)) * math.log(2), math.log2(a), math.log2(b)
        )
        assert value == pytest.approx(math.log(2) ** power, rel=1e-9)
        assert _integral(a) - _integral(b) == pytest.approx(value, rel=1e-9)


def log_star_real(x: float) -> float:
    total, term = 0.0, math.log2(x)
    while term > 0:
        total, term = total + term, math.log2(term)
    return total


@pytest.mark.parametrize("last", [2**16, 2**18, 2**20])
def test_normalising_constant(last):
    """Sums up to other cut-offs, with the tail between its integrals from `last` and `last` + 1."""
    head = math.fsum(2.0 ** -log_star(n) for n in range(1, last + 1))
    c = integers.normalising_constant()
    assert head + _integral(last + 1) < c < head + _integral(last)
    assert c == pytest.approx(2.865108415840, abs=2e-12)


def test_the_quoted_constant_breaks_kraft():
    """2.865064 is refuted by a partial sum and a lower bound of the tail alone."""
    head = math.fsum(2.0 ** -log_star(n) for n in range(1, 2**16 + 1))
    assert (head + _integral(2**16 + 1)) / 2.865064 == pytest.approx(1.0000155, abs=2e-7)
    assert (head + _integral(2**16)) / integers.normalising_constant() < 1 + 1e-6
    assert (head + _integral(2**16 + 1)) / integers.normalising_constant() < 1


def test_log_star_codewords_are_shannons():
    """Of ceil(L*(n)) bits, so less than a bit above the ideal; and their Kraft sum is below 1."""
    code = integers.LogStar()
    total = Fraction(0)
    for n in range(1, 5000):
        length = len(code.codeword(n))
        assert length == math.ceil(code.bits(n))
        total += Fraction(1, 2**length)
    assert 0.5 < total < 1
    for n in [2**40, 3**40, MAX_RANK - 1, MAX_RANK]:
        assert code.bits(n) <= len(code.codeword(n)) < code.bits(n) + 1
        laws.check_round_trip(code, n)
    assert code.bits(10**100) == pytest.approx(1.5185897 + log_star(10**100))
    with pytest.raises(ValueError, match="consider elias-omega"):
        code.encode(MAX_RANK + 1)
    with pytest.raises(DecodeError, match="no integer has that codeword"):
        code.decode(b"\xff" * 20)
    with pytest.raises(ValueError, match=r"^n: got 0"):
        log_star(0)


# --- arrays


@pytest.mark.parametrize("spec", COMPILED)
@pytest.mark.parametrize("integers_", list(LEAST))
@given(items=st.lists(st.integers(-300, 5000), max_size=30))
def test_arrays_are_codewords_in_a_row(spec, integers_, items):
    """The compiled coder against the strings that the codes of single integers write."""
    code = integers.get(spec, integers=integers_)
    array = integers.IntegerArray(code)
    items = [n if integers_ == "signed" else abs(n) + LEAST[integers_] for n in items]
    words = _prefix.delta(len(items) + 1) + "".join(map(code.codeword, items))
    assert array.bits(items) == len(words)
    blob = array.encode(items)
    assert blob == _prefix.packed(words)
    assert laws.same(array.decode(blob), np.array(items, np.int64))


@pytest.mark.parametrize("spec", [*UNIVERSAL, "rice:62", "golomb:4611686018427387904", "leb128"])
@pytest.mark.parametrize(
    ("integers_", "ends"),
    [
        ("positive", (1, 2**63 - 1)),
        ("natural", (0, 2**63 - 2)),
        ("signed", (-(2**62) + 1, 2**62 - 1)),
    ],
)
def test_arrays_up_to_the_greatest_integers(spec, integers_, ends):
    code = integers.get(spec, integers=integers_)
    array = integers.IntegerArray(code)
    items = [*ends, 7, 2**62 - 1, 2**61 + 12345, *ends]
    assert array.encode(items) == _prefix.packed(
        _prefix.delta(8) + "".join(map(code.codeword, items))
    )
    laws.check_round_trip(array, np.array(items, np.int64))
    for beyond in (ends[0] - 1, ends[1] + 1):
        with pytest.raises(
            (ValueError, TypeError), match=f"^x: got items .*{ends[1]}|int64|uint64"
        ):
            array.bits([beyond])


@pytest.mark.parametrize("low", [-(2**70), -(2**63), -5, 2**62, 2**69])
def test_arrays_of_ranges(low):
    code = integers.get(f"integers(truncated-binary:low={low},high={low + 999})")
    items = [low, low + 999, low + 17]
    if not -(2**63) <= low < 2**63 - 999:
        with pytest.raises((TypeError, ValueError)):
            code.bits(items)
        return
    laws.check_round_trip(code, np.array(items, np.int64))
    assert code.bits(items) == 5 + sum(map(code.code.bits, items))


@pytest.mark.parametrize("beyond", [-(2**63) - 1, 2**63, -(2**69), 2**69])
def test_items_of_ranges_beyond_64_bits_are_refused(beyond):
    code = integers.TruncatedBinary(-(2**69), 2**69)
    array = integers.IntegerArray(code)
    word = _prefix.delta(2) + code.codeword(beyond)
    with pytest.raises(DecodeError, match="beyond 64 bits"):
        array.decode(_prefix.packed(word))
    ends = np.array([-(2**63), 2**63 - 1], np.int64)
    assert laws.same(array.decode(array.encode(ends)), ends)


def test_arrays_by_log_star():
    code = integers.IntegerArray("log-star")
    items = np.array([1, 5, 2**63 - 1, 100], np.int64)
    laws.check_round_trip(code, items)
    assert code.bits(items) == 5 + sum(len(integers.LogStar().codeword(n)) for n in items.tolist())


@given(blob=st.binary(max_size=40))
@pytest.mark.parametrize("spec", [*SPECS, "truncated-binary:low=0,high=99", "golomb:2**61"])
def test_any_bytes_decode_or_are_refused(spec, blob):
    code = integers.IntegerArray(spec.replace("2**61", str(2**61)))
    try:
        x = code.decode(blob)
    except DecodeError:
        return
    assert code.encode(x) == blob


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (b"123", "got bytes"),
        ("123", "got str"),
        ([1.0], "items of type float64"),
        ([True], "items of type bool"),
        ([[1, 2]], r"shape \(1, 2\)"),
        ([[1], [1, 2]], "ragged"),
        ([0], "from 0 to 0, .*integers from 1 to"),
        (np.array([2**63], np.uint64), "from 1 to 9223372036854775807"),
        ([2**64], "items of type object"),
        ([float("nan")], "float64"),
    ],
)
def test_what_is_no_integer_array(x, says):
    with pytest.raises((TypeError, ValueError), match=f"^x: .*{says}"):
        integers.IntegerArray().bits(x)


def test_bad_array_codes():
    with pytest.raises(ValueError, match="accepted is a code of integers"):
        integers.IntegerArray("xz")
    with pytest.raises(ValueError, match="range of 2 integers or more"):
        integers.IntegerArray("truncated-binary:low=3,high=3")
    with pytest.raises(ValueError, match="consider elias-delta"):
        integers.IntegerArray("unary").encode([2**40])
    with pytest.raises(ValueError, match="consider elias-delta"):
        integers.Unary().encode(2**40)
    assert integers.IntegerArray("unary").bits([2**62, 2**62, 2**62]) == pytest.approx(3 * 2**62)
    with pytest.raises(DecodeError, match="hold no 1000000 integers"):
        integers.IntegerArray().decode(_prefix.packed(_prefix.delta(10**6 + 1) + "1" * 99))


# --- reals


@pytest.mark.parametrize("base", [2, 10])
@pytest.mark.parametrize("precision", [0, 1, 3, 17, 60])
@given(x=st.floats(-(2.0**62), 2.0**62))
def test_reals(base, precision, x):
    code = integers.Real(precision, base)
    value = code.quantise(x)
    assert abs(Fraction(value) - Fraction(x)) <= Fraction(1, 2 * base**precision) + Fraction(
        math.ulp(x)
    )
    laws.check_length(code, value)
    back = code.decode(code.encode(value))
    assert back == value
    assert math.copysign(1, back) == math.copysign(1, value)
    whole = int(abs(value))
    ideal = 1 + integers.LogStar().bits(whole + 1) + precision * math.log2(base)
    assert code.bits(value) == pytest.approx(ideal, abs=1e-9)


@pytest.mark.parametrize(
    ("low", "high", "precision", "base", "values"),
    [
        (0, 1, 8, 2, 257),
        (0, 1, 2, 10, 101),
        (-0.3, 0.3, 1, 10, 7),
        (5, 5, 3, 2, 1),
        (-2, 3, 0, 2, 6),
    ],
)
def test_uniform_reals(low, high, precision, base, values):
    """0.3 as a double is below 3/10, and is in the range all the same."""
    code = integers.UniformReal(low, high, precision, base)
    step = Fraction(1, base**precision)
    grid = [k * step for k in range(-1000, 1001) if low <= float(k * step) <= high]
    assert len(grid) == values
    assert code.bits(float(grid[0])) == math.log2(values)
    blobs = set()
    for value in grid:
        laws.check_round_trip(code, float(value))
        laws.check_length(code, float(value))
        blobs.add(code.encode(float(value)))
    assert len(blobs) == values
    for x in np.linspace(low, high, 37).tolist():
        near = code.quantise(x)
        assert abs(Fraction(near) - Fraction(x)) <= min(
            abs(Fraction(float(value)) - Fraction(x)) for value in grid
        ) + Fraction(1, 10**15)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ((0, math.nan), ValueError, "^high: got nan, accepted is a finite number"),
        ((-math.inf, 1), ValueError, "^low: got -inf"),
        ((0, 10**400), ValueError, "^high: .*finite"),
        ((1, 0), ValueError, "^high: got 0.* less than low"),
        ((0.1, 0.2, 1), ValueError, "holds a multiple of 2"),
        ((0, 1, -1), ValueError, "^precision: got -1, accepted is an integer from 0 to 1000"),
        ((0, 1, 2.5), TypeError, "^precision: got 2.5"),
        ((0, 1, 2, 3), ValueError, "^base: got 3, accepted is 2 or 10"),
        (("0", 1), TypeError, "^low: got '0'"),
    ],
)
def test_bad_ranges(arguments, error, says):
    with pytest.raises(error, match=says):
        integers.UniformReal(*arguments)


@pytest.mark.parametrize("code", [integers.Real(4), integers.UniformReal(-1, 1, 4)])
def test_bad_reals(code):
    for x in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match=r"^x: got .*accepted is a finite number"):
            code.bits(x)
        with pytest.raises(ValueError, match=r"^x: got .*accepted is a finite number"):
            code.quantise(x)
    with pytest.raises(TypeError, match=r"^x: got '1', accepted is a real number"):
        code.bits("1")
    with pytest.raises(ValueError, match=r"multiples of 2\^-4; quantise"):
        code.encode(0.1)
    with pytest.raises(ValueError, match=r"^x: got"):
        code.encode(2.0**64)


# --- precision


def test_optimal_precision_on_bernoulli():
    """All steps are tried: bits of the parameter and the expected loss, summed exactly over data.

    For a coin of 1/2, I = 4. The loss of a step d is the mean, over binomial data and over where
    the grid lies, of n D(k / n || rounded k / n).
    """
    n, information = 2000, 4.0
    k = np.arange(1, n)
    weight, best = stats.binom.pmf(k, n, 0.5), k / n
    steps = integers.optimal_precision(information, n) * np.exp(np.linspace(-0.7, 0.7, 57))
    offsets = (np.arange(64) + 0.5) / 64
    totals = []
    for step in steps:
        loss = 0.0
        for offset in offsets:
            sent = (np.round(best / step - offset) + offset) * step
            sent = np.clip(sent, 1e-9, 1 - 1e-9)
            divergence = best * np.log2(best / sent) + (1 - best) * np.log2((1 - best) / (1 - sent))
            loss += n * float(weight @ divergence) / len(offsets)
        totals.append(-math.log2(step) + loss)
    assert steps[int(np.argmin(totals))] == pytest.approx(
        integers.optimal_precision(information, n), rel=0.06
    )
    assert min(totals) == pytest.approx(integers.parameter_bits(information, n), abs=0.01)


def test_parameter_bits():
    """1/2 log2 n, and the limits: no data, no information, a step wider than the range."""
    for n in (100, 10**4, 10**8):
        closed = 0.5 * math.log2(n) + 0.5 * math.log2(math.e * 4 / 12) + 3
        assert integers.parameter_bits(4, n, width=8) == pytest.approx(closed, abs=1e-9)
    assert integers.parameter_bits(4, 0) == 0
    assert integers.parameter_bits(0.0, 10) == 0
    assert integers.optimal_precision(4, 0) == integers.optimal_precision(0, 4) == math.inf
    assert integers.parameter_bits(4, 1) == pytest.approx(4 / 24 * math.log2(math.e))
    assert integers.parameter_bits(12, 1) == pytest.approx(0.5 * math.log2(math.e))


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
def test_bad_precision(bad):
    with pytest.raises(ValueError, match=r"^fisher_information: got"):
        integers.optimal_precision(bad, 3)
    with pytest.raises(ValueError, match=r"^width: got"):
        integers.parameter_bits(1.0, 3, width=bad)


def test_bad_precision_types():
    with pytest.raises(TypeError, match=r"^n: got 1.5"):
        integers.optimal_precision(1.0, 1.5)
    with pytest.raises(ValueError, match=r"^n: got -1"):
        integers.optimal_precision(1.0, -1)
    with pytest.raises(TypeError, match=r"^fisher_information: got '1'"):
        integers.optimal_precision("1", 1)
    with pytest.raises(TypeError, match=r"^width: got None"):
        integers.parameter_bits(1.0, 1, width=None)
    with pytest.raises(ValueError, match=r"^width: got 0"):
        integers.parameter_bits(1.0, 1, width=0)


# --- by name


def test_get():
    assert (
        integers.get("elias-delta") == complexity.get_code("elias-delta") == integers.EliasDelta()
    )
    assert integers.get("golomb:m=3,integers=signed") == integers.Golomb(3, integers="signed")
    assert integers.get("integers(rice:3)").name == "integers(rice:k=3)"
    with pytest.raises(ValueError, match="did you mean 'elias-delta'"):
        integers.get("elias-dleta")
    with pytest.raises(ValueError, match=re.escape("unknown 'xz'; known: cabac, elias-delta")):
        integers.get("xz")
    with pytest.raises(TypeError, match="accepted is a string"):
        integers.get(3)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("golomb:0", "m: got 0, accepted is an integer from 1"),
        ("rice:-1", "k: got -1, accepted is an integer from 0 to 62"),
        ("rice:63", "k: got 63"),
        ("elias-delta:integers=all", "known: positive, natural, signed"),
        ("truncated-binary:low=3,high=2", "high: got 2, accepted is an integer from 3 on"),
    ],
)
def test_bad_parameters(spec, says):
    with pytest.raises(ValueError, match=says):
        integers.get(spec)


def test_no_code_beats_the_entropy():
    """Expected lengths are at least the entropy, for every code (Kraft, Gibbs)."""
    theta = 0.9
    mass = (1 - theta) * theta ** np.arange(400)
    entropy = float(-(mass @ np.log2(mass)))
    for spec in SPECS:
        code = integers.get(spec, integers="natural")
        cost = sum(p * code.bits(n) for n, p in enumerate(mass.tolist()))
        assert cost > entropy


@pytest.mark.parametrize("precision", [0, 60])
def test_reals_that_round_up_to_the_bound_are_refused(precision):
    """2^64 - 1, and all digits behind the point 1: the nearest double is 2^64."""
    word = "0" + integers.LogStar().codeword(MAX_RANK) + "1" * precision
    with pytest.raises(DecodeError, match=r"beyond 2\^64"):
        integers.Real(precision).decode(_prefix.packed(word))


def test_reals_take_integers_of_numpy():
    for base, precision in ((2, 64), (10, 30)):
        plain = integers.Real(precision, base)
        numpy = integers.Real(precision=np.int64(precision), base=np.int64(base))
        assert numpy.bits(0.5) == plain.bits(0.5)
        assert numpy.encode(0.5) == plain.encode(0.5)
        assert numpy.decode(numpy.encode(0.5)) == 0.5


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: integers.golomb_parameter(Fraction(10**20 - 1, 10**20)), "theta"),
        (lambda: integers.rice_parameter(Fraction(10**20 - 1, 10**20)), "theta"),
        (lambda: integers.parameter_bits(1e308, 100), "n"),
        (lambda: integers.parameter_bits(1.0, 10**400), "n"),
        (lambda: integers.optimal_precision(1.0, 10**400), "n"),
        (lambda: integers.parameter_bits(10**400, 1), "fisher_information"),
        (lambda: integers.parameter_bits(1.0, 1, width=10**400), "width"),
    ],
)
def test_numbers_beyond_doubles_are_named(call, argument):
    with pytest.raises(ValueError, match=rf"^{argument}: got .*accepted"):
        call()
