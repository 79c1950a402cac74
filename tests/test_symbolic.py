"""Series as symbols: each method against its plain statement, and what cannot change it."""

from __future__ import annotations

import copy
import json
import math
import os
import pickle
import statistics
from fractions import Fraction
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from scipy.stats import norm, rankdata

import complexity
from complexity import SymbolSeries, symbolise
from complexity.symbolic import METHODS

ECG = Path(os.environ.get("COMPLEXODYNAMICS_DATA", "nowhere")) / "mitbih_100" / "100.dat"

MODERATE = settings(max_examples=60, deadline=None)
whole = st.lists(st.integers(-(2**62), 2**62), min_size=3, max_size=60)
tied = st.lists(st.integers(-3, 3), min_size=3, max_size=60)
reals = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=60)
series = st.one_of(whole, tied, reals)


@MODERATE
@given(reals, st.integers(2, 20))
def test_width_is_that_of_histograms(x, alphabet):
    assume(max(x) - min(x) > 1e-3)
    found = symbolise(x, "width", alphabet=alphabet)
    counts, edges = np.histogram(x, bins=alphabet)
    # bins of the histogram are computed otherwise: a value at an edge, up to rounding, may differ
    apart = np.abs(np.subtract.outer(np.array(x), edges[1:-1])) > 1e-9 * max(map(abs, x))
    if apart.all():
        assert np.bincount(found, minlength=alphabet).tolist() == counts.tolist()
    assert found[int(np.argmin(x))] == 0
    assert found[int(np.argmax(x))] == alphabet - 1


def test_width_at_its_edges():
    assert symbolise([0, 1, 2, 3, 4], "width:4").tolist() == [0, 1, 2, 3, 3]
    assert symbolise([-1e308, 0, 1e308], "width:2").tolist() == [0, 1, 1]


@MODERATE
@given(series, st.sampled_from([2, 4, 8, 16]))
def test_quantile_counts_breakpoints_below(x, alphabet):
    """NumPy's quantiles by the inverse of the distribution function, exact for these shares."""
    found = symbolise(x, f"quantile:{alphabet}")
    values = np.array(x)
    shares = np.arange(1, alphabet) / alphabet
    cuts = np.quantile(values, shares, method="inverted_cdf")
    assert found.tolist() == (values[:, None] > cuts).sum(axis=1).tolist()
    smaller = rankdata(values, method="min").astype(int) - 1
    assert found.tolist() == [alphabet * c // len(x) for c in smaller]


@pytest.mark.parametrize(("n", "alphabet"), [(100, 8), (101, 7), (5, 9), (64, 64)])
def test_quantile_symbols_are_equally_frequent(n, alphabet):
    x = np.random.default_rng(0).permutation(n)
    counts = np.bincount(symbolise(x, f"quantile:{alphabet}"), minlength=alphabet)
    assert set(counts) <= {n // alphabet, -(-n // alphabet)}


def plain_levels(x, segment):
    mean, deviation = statistics.fmean(x), statistics.pstdev(x)
    parts = [x[start : start + segment] for start in range(0, len(x), segment)]
    return [statistics.fmean((value - mean) / deviation for value in part) for part in parts]


@MODERATE
@given(st.integers(0, 2**32), st.integers(2, 12), st.integers(1, 9), st.integers(2, 80))
def test_sax_by_its_statement(seed, alphabet, segment, n):
    x = np.random.default_rng(seed).normal(3, 7, n)
    found = symbolise(x, "sax", alphabet=alphabet, segment=segment)
    levels = plain_levels(x.tolist(), segment)
    breakpoints = [norm.ppf(i / alphabet) for i in range(1, alphabet)]
    assert len(found) == len(levels)
    for symbol, level in zip(found.tolist(), levels, strict=True):
        # the mean of one segment that is all is 0 up to rounding, which may be a breakpoint
        if min(abs(level - edge) for edge in breakpoints) > 1e-12:
            assert symbol == sum(level >= edge for edge in breakpoints)
    assert found.alphabet_size == alphabet


def test_sax_breakpoints_are_those_published():
    """Lin et al. 2007, table of breakpoints: -0.67, 0, 0.67 for four symbols."""
    ramp = np.linspace(-3, 3, 60_001)
    standard = ramp / ramp.std()
    found = symbolise(ramp, "sax:4")
    edges = [standard[np.flatnonzero(found == symbol)[0]] for symbol in (1, 2, 3)]
    assert np.allclose(edges, [-0.67, 0, 0.67], atol=0.005)


@MODERATE
@given(series, st.integers(2, 5), st.integers(1, 3))
def test_ordinal_by_brute_force(x, order, delay):
    assume(len(x) > (order - 1) * delay)
    found = symbolise(x, "ordinal", order=order, delay=delay)
    windows = [x[i : i + (order - 1) * delay + 1 : delay] for i in range(len(found))]
    assert len(found) == len(x) - (order - 1) * delay
    # the same symbol exactly where a stable sort gives the same permutation
    patterns = [tuple(np.argsort(window, kind="stable").tolist()) for window in windows]
    pairs = set(zip(found.tolist(), patterns, strict=True))
    assert len(pairs) == len(set(patterns)) == len(set(found.tolist()))


def test_ordinal_symbols_are_ranks_in_dictionary_order():
    for order in range(2, 7):
        found = [int(symbolise(p, "ordinal", order=order)[0]) for p in permutations(range(order))]
        assert found == list(range(math.factorial(order)))


@MODERATE
@given(series)
def test_sign_and_median_by_their_statements(x):
    signs = [1 + (b > a) - (b < a) for a, b in pairwise(x)]
    assert symbolise(x, "sign").tolist() == signs
    exact = statistics.median_high(x)  # for an even number nothing is between the two middle ones
    assert symbolise(x, "median").tolist() == [int(value >= exact) for value in x]
    if all(abs(value) < 2**50 for value in x):
        assert symbolise(x, "median").tolist() == (np.array(x) >= np.median(x)).tolist()


def test_integers_are_compared_exactly():
    big = 2**60
    assert symbolise([big, big + 1, big, big + 2], "sign").tolist() == [2, 0, 2]
    assert symbolise([big, big + 1], "quantile:2").tolist() == [0, 1]
    assert symbolise([-(2**63), 2**63 - 1, 0], "sign").tolist() == [2, 0]
    for shift in (big, 2**63, 2**64 - 9):
        moved = np.array([shift + value for value in (3, 4, 0, 8, 1)], np.uint64)
        for method in ("sign", "quantile:3", "ordinal:3", "median"):
            plain = symbolise([3, 4, 0, 8, 1], method)
            assert symbolise(moved, method).tolist() == plain.tolist()


@pytest.mark.parametrize("method", ["quantile:5", "ordinal:4", "sign", "median"])
@MODERATE
@given(x=tied, slope=st.integers(1, 9), cube=st.booleans())
def test_increasing_maps_change_nothing(method, x, slope, cube):
    mapped = [slope * value**3 + value if cube else math.exp(slope * value) for value in x]
    assume(len(x) > 3)
    assert symbolise(mapped, method).tolist() == symbolise(x, method).tolist()


@pytest.mark.parametrize("method", ["width:5", "sax:segment=3"])
@MODERATE
@given(seed=st.integers(0, 2**32), power=st.integers(-300, 300), sign=st.booleans())
def test_scale_changes_nothing(method, seed, power, sign):
    x = np.random.default_rng(seed).normal(size=30)
    found = symbolise(x, method)
    assert symbolise(np.ldexp(x, power), method).tolist() == found.tolist()
    if sign:
        turned = symbolise(-x, method)
        assert (turned + found == found.alphabet_size - 1).all()


@pytest.mark.parametrize("constant", [0, 0.1, -7, 1e300])
@pytest.mark.parametrize(
    ("method", "symbol"),
    [("width", 0), ("quantile", 0), ("ordinal", 0), ("sign", 1), ("median", 1), ("sax:5", 2)],
)
def test_constant_series(constant, method, symbol):
    assert set(symbolise([constant] * 11, method).tolist()) == {symbol}


@pytest.mark.parametrize("method", METHODS)
@MODERATE
@given(x=series)
def test_every_method_gives_symbols_of_its_alphabet(method, x):
    found = symbolise(x, method)
    assert isinstance(found, SymbolSeries)
    assert found.dtype == np.uint8
    assert found.method == method
    assert found.ndim == 1
    assert int(found.max()) < found.alphabet_size
    assert np.array_equal(symbolise(np.array(x), found.method), found)


def test_large_alphabets_take_two_bytes():
    x = np.random.default_rng(0).normal(size=3000)
    for method, size in [("quantile:1000", 1000), ("ordinal:8", 40_320), ("quantile:256", 256)]:
        found = symbolise(x, method)
        assert found.alphabet_size == size
        assert found.dtype == (np.uint16 if size > 256 else np.uint8)
    assert len(set(symbolise(x, "quantile:1000").tolist())) == 1000


def test_options_and_specs():
    x = np.random.default_rng(0).normal(size=40)
    found = symbolise(x, "sax:alphabet=3,segment=5")
    assert found.method == "sax:alphabet=3,segment=5"
    assert np.array_equal(symbolise(x, "sax:3", segment=5), found)
    assert np.array_equal(symbolise(x, "sax:9", alphabet=3, segment=5), found)
    assert symbolise(x, "sax:4").method == "sax"


def test_symbols_say_how_they_were_made_in_another_process_too():
    found = symbolise(np.arange(4.0), "quantile:2")
    for back in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found), found.copy()):
        assert repr(back) == repr(found)
    assert complexity.measure(back, codes=["raw"]).unit == "symbols (by quantile:alphabet=2, lossy)"


def test_symbols_say_how_they_were_made_and_what_is_computed_of_them_does_not():
    found = symbolise([1.0, 2.0, 3.0, 4.0], "quantile:4")
    assert repr(found) == "<4 symbols of 4 by quantile:alphabet=4, lossy: [0, 1, 2, 3]>"
    assert found[1:].method == found.method
    assert type(found + 1) is np.ndarray
    assert found.sum() == 6


@pytest.mark.parametrize(
    ("x", "method", "error", "says"),
    [
        ([1.0, math.nan], "median", ValueError, "x: got nan at index 1, accepted are finite"),
        ([1.0, math.inf], "width", ValueError, "x: got inf at index 1, accepted are finite"),
        ([], "quantile", ValueError, "x: got 0 values, accepted are at least 1"),
        ([1, 2], "ordinal:3", ValueError, "x: got 2 values, accepted are at least 3"),
        ([1], "sign", ValueError, "accepted are at least 2"),
        (np.ones((2, 2)), "sign", ValueError, "accepted is a 1-D series"),
        (["a"], "median", TypeError, "x: got <U1, accepted are"),
        ([1j], "median", TypeError, "real floats"),
        ([1, 2], "quantil", ValueError, "did you mean 'quantile'"),
        ([1, 2], "quantile:1", ValueError, "alphabet: got 1, accepted is an integer from 2 to"),
        ([1, 2], "width:65537", ValueError, "alphabet: got 65537"),
        ([1, 2], "sax:4,5", ValueError, "accepted is key=value"),
        ([1, 2], "sax:segment=0", ValueError, "segment: got 0"),
        ([1, 2], "ordinal:9", ValueError, "order: got 9, accepted is an integer from 2 to 8"),
        ([1, 2], "median:2", ValueError, "no options"),
        ([1, 2], 3, TypeError, "method: got int"),
    ],
)
def test_refusals(x, method, error, says):
    with pytest.raises(error, match=says):
        symbolise(x, method)


def test_measurements_name_the_method():
    x = np.sin(np.arange(2000) / 5)
    result = complexity.measure(symbolise(x, "quantile:4"), codes=["zlib"], progress=False)
    assert result.unit == "symbols (by quantile:alphabet=4, lossy)"
    assert "lossy" in repr(result)
    (row,) = result.rows
    assert row.z_shuffled < -10
    bits = complexity.measure(symbolise(x, "median"), codes=["ctw-bits"], progress=False)
    assert bits.rows[0].bits < 0.2 * 2000


def test_the_command_says_that_symbols_lose_information(cxd, tmp_path):
    (tmp_path / "t.csv").write_text("x\n" + "\n".join(str(i % 7 / 10) for i in range(200)))
    asked = ("measure", "t.csv:x", "--code", "zlib", "--symbols", "quantile:4")
    status, out, _ = cxd(*asked)
    assert status == 0
    assert "200 symbols (by quantile:alphabet=4, lossy)" in out
    status, out, _ = cxd(*asked, "--json")
    assert json.loads(out)["files"][0]["unit"] == "symbols (by quantile:alphabet=4, lossy)"
    status, _, err = cxd("measure", "t.csv:x", "--symbols", "quantil")
    assert status == 2
    assert "did you mean 'quantile'" in err


@pytest.mark.skipif(not ECG.is_file(), reason="no mitbih_100 below COMPLEXODYNAMICS_DATA")
@pytest.mark.parametrize("method", ["quantile:4", "sax:alphabet=4,segment=5", "ordinal:3"])
def test_an_electrocardiogram_has_structure_above_shuffles(method):
    """The first minute of the first lead of record 100 (format 212: 12 bits a sample)."""
    octets = np.fromfile(ECG, np.uint8, 3 * 360 * 60).astype(int).reshape(-1, 3)
    lead = octets[:, 0] | (octets[:, 1] & 15) << 8
    lead[lead > 2047] -= 4096
    assert lead[0] == 995
    symbols = symbolise(lead, method)
    result = complexity.measure(symbols, codes=["ctw", "zlib"], surrogates=10, progress=False)
    for row in result.rows:
        assert row.ratio_to_shuffled < 0.8
        assert row.z_shuffled < -20


@pytest.mark.parametrize(
    ("spec", "symbol"), [("width", 0), ("quantile", 0), ("sax", 2), ("median", 1)]
)
def test_one_value_is_a_constant_series(spec, symbol):
    assert symbolise([-7.5], spec).tolist() == [symbol]


@given(
    st.one_of(
        st.lists(st.integers(0, 200), min_size=2, max_size=40),
        st.lists(st.sampled_from([1e16, 1e16 + 2, 1e16 + 4, 1e16 + 10]), min_size=2, max_size=9),
    ),
    st.integers(2, 60),
)
@example([0, 1, 2, 3, 4, 5, 6, 7], 49)
@example([1e16, 1e16 + 2, 1e16 + 4], 8)
@MODERATE
def test_width_at_its_edges_in_rational_numbers(x, alphabet):
    low, high = Fraction(min(x)), Fraction(max(x))
    assume(low < high)
    places = [(Fraction(value) - low) * alphabet / (high - low) for value in x]
    assert symbolise(x, "width", alphabet=alphabet).tolist() == [
        min(math.floor(place), alphabet - 1) for place in places
    ]


def test_options_may_be_numpy_integers_and_of_any_size():
    x = [3.0, 1.0, 2.0, 5.0]
    assert symbolise(x, "quantile", alphabet=np.int64(2)).method == "quantile:alphabet=2"
    assert symbolise(x, "sax", segment=10**30).tolist() == symbolise(x, "sax:segment=4").tolist()
    with pytest.raises(ValueError, match=r"option alphabet: got np\.float64"):
        symbolise(x, "quantile", alphabet=np.float64(2))


@pytest.mark.skipif(np.finfo(np.longdouble).max <= np.finfo(float).max, reason="no wider floats")
def test_a_long_double_beyond_doubles_is_named():
    with pytest.raises(ValueError, match="x: got inf at index 1, accepted are finite"):
        symbolise(np.array([1, np.finfo(np.longdouble).max]), "median")
