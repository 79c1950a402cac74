"""Histograms: against every choice of cuts, the published criteria, and their own files."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mdl
from mdl.histogram import (
    HistogramCode,
    IrregularHistogram,
    RegularHistogram,
    as_grid,
    bins_found,
    codelength,
    histogram,
)
from mdl.histogram.grid import MAX_CELLS
from mdl.integers import LogStar

CODE = HistogramCode()
SMALL = settings(max_examples=40, deadline=None)


def brute_nml(x: list[int], precision: int = 1) -> float:
    """Least bits as recorded over all choices of cuts, as in the paper, with exact complexities."""
    values = sorted(x)
    low, high = Fraction(values[0]), Fraction(values[-1])
    half = Fraction(precision, 2)
    places = {v + s for v in map(Fraction, values) for s in (-half, half)}
    inner = sorted(places - {low - half, high + half})
    n, best = len(values), math.inf
    for bins in range(1, len(inner) + 2):
        complexity = math.log2(mdl.nml.multinomial_complexity(bins, n, exact=True))
        fixed = complexity + math.log2(math.comb(len(inner), bins - 1)) + LogStar().bits(bins)
        for cuts in combinations(inner, bins - 1):
            edges = [low - half, *cuts, high + half]
            bits = fixed
            for a, b in pairwise(edges):
                h = sum(a < v < b for v in values)
                if h:
                    bits -= h * math.log2(Fraction(precision * h) / ((b - a) * n))
            best = min(best, bits)
    return best


def brute_enumerative(x: list[int]) -> float:
    """Least bits of the enumerative criterion over granules, bins and all borders of granules."""
    low, cells = min(x), max(x) - min(x) + 1
    n, best = len(x), math.inf
    levels = (cells - 1).bit_length() + 1
    for shift in range(levels):
        granules = -(-cells >> shift)
        for bins in range(1, granules + 1):
            for cuts in combinations(range(1, granules), bins - 1):
                edges = [0, *(cut << shift for cut in cuts), cells]
                h = [sum(a <= v - low < b for v in x) for a, b in pairwise(edges)]
                alternatives = math.comb(granules - 1, bins - 1) * math.comb(n + bins - 1, bins - 1)
                alternatives *= math.factorial(n)
                for count, width in zip(h, np.diff(edges).tolist(), strict=True):
                    alternatives = alternatives * width**count // math.factorial(count)
                bits = math.log2(alternatives) + math.log2(levels) + LogStar().bits(bins)
                best = min(best, bits)
    return best


@SMALL
@given(st.lists(st.integers(0, 40), min_size=1, max_size=7))
def test_dp_is_the_best_of_all_cuts(x):
    found = histogram(np.array(x), method="dp", precision=1)
    assert found.optimal
    assert found.recorded_bits == pytest.approx(brute_nml(x), abs=1e-9)
    counts = np.histogram(x, found.edges)[0]
    np.testing.assert_array_equal(found.counts, counts)


def test_dp_of_fourteen_points():
    x = [1, 1, 1, 2, 2, 2, 2, 3, 3, 20, 21, 21, 22, 22]
    found = histogram(x, method="dp", precision=1)
    assert found.recorded_bits == pytest.approx(brute_nml(x), abs=1e-9)
    np.testing.assert_array_equal(found.edges, [0.5, 3.5, 19.5, 22.5])


@SMALL
@given(st.lists(st.integers(0, 13), min_size=1, max_size=14))
def test_genum_is_never_better_than_all_cuts_and_exact_at_its_granules(x):
    best = brute_enumerative(x)
    found = histogram(np.array(x))
    assert found.recorded_bits >= best - 1e-9
    # greedy merging chooses the granules; at them the cuts are the optimum of the criterion
    assert found.optimal
    again = codelength(x, found.edges)
    np.testing.assert_array_equal(again.counts, found.counts)


def test_genum_finds_the_optimum_of_clear_bins():
    x = [0, 0, 1, 0, 1, 1, 0, 12, 13, 12, 13, 13, 12, 0]
    assert histogram(x).recorded_bits == pytest.approx(brute_enumerative(x), abs=1e-9)


def test_the_code_is_a_code():
    """All arrays of 3 values in 0..4 under given cells: lengths of best-cut codes obey Kraft."""
    total = 0.0
    for x in np.ndindex(5, 5, 5):
        if min(x) == 0 and max(x) == 4:  # the range is known
            total += 2 ** -histogram(np.array(x)).recorded_bits
    assert 0 < total <= 1


@pytest.mark.parametrize("method", ["dp", "genum"])
def test_merged_and_moved_cuts_come_near_the_optimum(method, monkeypatch):
    from mdl.histogram import search

    rng = np.random.default_rng(3)
    x = np.rint(np.concatenate([rng.normal(0, 30, 300), rng.normal(300, 5, 300)])).astype(int)
    exact = histogram(x, method=method, precision=1)
    monkeypatch.setattr(search, "_EXACT", 30)
    near = histogram(x, method=method, precision=1)
    assert exact.optimal
    assert not near.optimal
    assert exact.total_bits <= near.total_bits + 1e-9 < exact.total_bits + 10


@pytest.mark.parametrize("method", ["dp", "genum"])
@pytest.mark.parametrize(
    ("ties", "draw"),
    [
        (np.full(5, 0.5), lambda rng: rng.random(1000)),
        (np.full(10, 37.0), lambda rng: rng.normal(37, 0.5, 600)),
        (np.zeros(1200), lambda rng: rng.lognormal(0, 3, 1800)),
    ],
)
def test_ties_among_values_that_differ_are_a_bin(ties, draw, method):
    """Never beaten by the bins of the rest and a cell for the ties."""
    rest = draw(np.random.default_rng(5))
    x = np.concatenate([rest, ties])
    found, grid = histogram(x, method=method), as_grid(x)
    cell = np.rint((ties[0] - grid.origin) / grid.precision)
    inner = histogram(rest, method=method).edges[1:-1]
    edges = np.unique([grid.edge(0), *inner, *grid.edge([cell, cell + 1]), grid.edge(grid.size)])
    assert found.total_bits <= codelength(x, edges, method=method).total_bits + 1e-9
    assert found.counts[np.diff(found.edges) < 1e-9].sum() == ties.size


def test_the_rounding_of_far_values_is_no_structure():
    """Doubles about 1e9 are multiples of 2^-23: their bits are those of whole numbers."""
    whole = np.rint(np.random.default_rng(0).normal(0, 1000, 20_000)).astype(int)
    far = 1e9 + np.ldexp(whole, -23)
    assert as_grid(far).precision == 2.0**-23
    assert as_grid(far).size == np.ptp(whole) + 1
    assert histogram(far).recorded_bits == pytest.approx(histogram(whole).recorded_bits)


def test_many_bins_beyond_dynamic_programming(monkeypatch):
    from mdl.histogram import search

    x = np.repeat(np.arange(40) * 100, 50)
    exact = histogram(x)
    assert exact.counts.size == 79
    monkeypatch.setattr(search, "_EXACT", 20)
    assert histogram(x).total_bits == pytest.approx(exact.total_bits, abs=1e-6)


def test_bits_of_given_edges():
    x = np.array([1, 1, 2] * 10 + [7, 8, 9, 9])
    found = codelength(x, [0, 4.5, 20], method="dp")
    n = 34  # 9 cells, and the border of 4 of them: granules of 4 leave 2 places, of 5 sizes
    expected = 30 * math.log2(4 * n / 30) + 4 * math.log2(5 * n / 4)
    assert found.granule == 4
    assert found.data_bits == pytest.approx(expected)
    complexity = math.log2(mdl.nml.multinomial_complexity(2, n, exact=True))
    structure = math.log2(2) + LogStar().bits(2) + math.log2(5)
    assert found.model_bits == pytest.approx(complexity + structure)
    assert codelength(x, [0, 100]).counts.tolist() == [n]
    best = histogram(x)
    assert codelength(x, best.edges).total_bits <= best.total_bits + 1e-9


@SMALL
@given(st.integers(0, 2**32), st.integers(1, 400), st.sampled_from([3, 100, 10**6, 2**49]))
def test_the_file_is_as_long_as_the_criterion(seed, n, spread):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, spread, n) // rng.choice([1, spread // 3], n)
    found = histogram(x)
    parts = CODE.bits(x)
    header = parts - found.recorded_bits
    # header: five integers in Elias' delta code in place of L*(K) and the granules
    assert -20 <= header <= 5 * 75
    back = CODE.decode(CODE.encode(x))
    np.testing.assert_array_equal(back, x)
    assert CODE.bits(x) <= 8 * len(CODE.encode(x)) <= CODE.bits(x) + CODE.overhead


def test_the_bits_of_a_file_to_the_last():
    """Cuts, counts, order and places, counted by hand."""
    x = np.array([0, 0, 1, 1, 0, 1, 1, 0, 99, 98, 97, 99])
    found = histogram(x)
    granules = -(-100 // found.granule)
    k, n = found.counts.size, x.size
    alternatives = math.comb(granules - 1, k - 1) * math.comb(n + k - 1, k - 1) * math.factorial(n)
    for h, w in zip(found.counts.tolist(), np.diff(found.edges).astype(int).tolist(), strict=True):
        alternatives = alternatives * w**h // math.factorial(h)

    def delta(number):
        size = number.bit_length()
        return size - 1 + 2 * size.bit_length() - 1

    header = sum(map(delta, (n + 1, 1, 100, found.granule.bit_length(), k)))
    assert CODE.bits(x) == pytest.approx(header + math.log2(alternatives), abs=1e-9)


def test_damage_that_asks_for_much_is_refused_quickly():
    from complexity import _prefix
    from complexity.code import DecodeError

    for numbers in (
        [65537, 1, 1 << 50, 1, 60000],
        [65537, 1, 1 << 50, 1, 2],
        [2, 1, 1 << 51, 1, 1],
    ):
        blob = _prefix.packed("".join(map(_prefix.delta, numbers)) + "01" * 40)
        with pytest.raises(DecodeError):
            CODE.decode(blob)


@pytest.mark.parametrize(
    ("x", "error", "says"),
    [
        ([1, 2], TypeError, "an array"),
        (np.array([1.0]), TypeError, "float64"),
        (np.zeros((2, 2), int), ValueError, "shape"),
        (np.array([0, 2**50]), ValueError, "range below"),
        (np.zeros(65537, int), ValueError, "up to 65536"),
    ],
)
def test_arrays_that_have_no_file(x, error, says):
    with pytest.raises(error, match=says):
        CODE.encode(x)


def test_density():
    rng = np.random.default_rng(0)
    found = histogram(rng.exponential(size=2000))
    assert float((found.densities * np.diff(found.edges)).sum()) == pytest.approx(1)
    assert found.density([found.edges[0] - 1, found.edges[-1] + 1]).tolist() == [0, 0]
    assert found.density(found.edges[-1]) == found.densities[-1]
    assert found.density(found.edges[:-1]).tolist() == found.densities.tolist()
    with pytest.raises(ValueError, match="NaN"):
        found.density([math.nan])


def test_the_predictive_density_is_one():
    from scipy.integrate import quad

    found = histogram([1.0, 1.5, 1.2, 1.4, 4.0, 9.0, 9.5], method="dp", precision=0.1)

    def density(x):
        return float(2 ** -found.predictive_bits(x))

    inside = sum(
        density((a + b) / 2) * (b - a)
        for a, b in zip(found.edges[:-1], found.edges[1:], strict=True)
    )
    below = quad(density, -np.inf, found.edges[0])[0]
    above = quad(density, found.edges[-1], np.inf)[0]
    assert inside + below + above == pytest.approx(1, abs=1e-8)
    assert np.isfinite(found.predictive_bits([-1e300, 1e300])).all()


@pytest.mark.parametrize("method", ["dp", "genum"])
def test_limits(method):
    one = histogram([5], method=method)
    assert (one.counts.tolist(), one.edges.tolist()) == ([1], [4.5, 5.5])
    assert one.recorded_bits == pytest.approx(LogStar().bits(1))
    same = histogram([0.3] * 9, method=method, precision=0.1)
    assert same.counts.tolist() == [9]
    assert same.data_bits == pytest.approx(9 * math.log2(0.1))
    two = histogram([0.0, 1.0] * 200, method=method)
    assert two.counts.sum() == 400
    few = histogram([1, 2, 3], method=method, max_bins=50)
    assert few.counts.size <= 3
    assert histogram(np.arange(1000) ** 2, method=method, max_bins=2).counts.size <= 2


@pytest.mark.parametrize("method", ["dp", "genum"])
@pytest.mark.parametrize(
    "x",
    [
        np.array([1e-300, 1.0, 1e300]),
        np.array([5e-324, 0.0, 1e-323]),
        np.array([-8e307, 8e307, 0.0]),
        np.geomspace(1e-300, 1e300, 200),
        np.array([0, 2**62], np.int64) // 2**12,
    ],
)
def test_huge_and_tiny_ranges(method, x):
    found = histogram(x, method=method)
    assert math.isfinite(found.total_bits)
    assert found.counts.sum() == x.size
    assert np.isfinite(found.predictive_bits(x)).all()


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"x": []}, ValueError, "at least 1 number"),
        ({"x": [[1.0]]}, ValueError, r"shape \(1, 1\)"),
        ({"x": [1.0, math.nan]}, ValueError, "got nan at 1.*isfinite"),
        ({"x": [math.inf, 1.0]}, ValueError, "got inf at 0"),
        ({"x": ["a"]}, TypeError, "real numbers"),
        ({"x": [1j]}, TypeError, "real numbers"),
        ({"x": [0.5, 0.5]}, ValueError, "one value 0.5.*give precision"),
        ({"x": [-1.7e308, 1.7e308]}, ValueError, "overflows"),
        ({"x": [1.0, 2.0], "precision": -1.0}, ValueError, "got -1.0"),
        ({"x": [1.0, 2.0], "precision": 0.0}, ValueError, "positive"),
        ({"x": [1.0, 2.0], "precision": math.nan}, ValueError, "positive"),
        ({"x": [1.0, 2.0], "precision": "1"}, TypeError, "positive number"),
        ({"x": [1.0, 2.0], "precision": 1e-20}, ValueError, "accepted is at least"),
        ({"x": [1, 2], "method": "bayes"}, ValueError, "known: genum, dp"),
        ({"x": [1, 2], "max_bins": 0}, ValueError, "max_bins: got 0"),
    ],
)
def test_bad_input(arguments, error, says):
    with pytest.raises(error, match=says):
        histogram(arguments.pop("x"), **arguments)


def test_bad_edges():
    with pytest.raises(ValueError, match="ascending"):
        codelength([1, 2, 3], [3, 1])


def test_the_grid_of_data():
    assert as_grid([3, 3, 7]).precision == 1
    assert as_grid([0.25, 0.5, 10.0]).precision == 0.01
    assert as_grid([0.1, 0.2, 0.7]).precision == 0.1
    grid = as_grid(np.random.default_rng(0).random(50))
    assert grid.size == 1 << 45
    assert as_grid([1, 2**51], None).size == 2**51
    with pytest.raises(ValueError, match="at least"):
        as_grid([0, MAX_CELLS], None)
    assert as_grid([1.0, 1.4, 1.6], 0.5).cells.tolist() == [0, 1]


def test_places_that_the_data_give_make_no_code():
    x = [1.0, 1.5, 2.0, 7.5, 8.0]
    kinds = [
        IrregularHistogram(version, precision).describe(x).kind
        for version in ("nml", "genum")
        for precision in (None, 0.5)
    ]
    assert kinds == ["ideal", "estimate", "ideal", "ideal"]


def test_candidates():
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.random(400), 0.5 + 0.01 * rng.random(600)])
    candidates = [
        IrregularHistogram(),
        IrregularHistogram("genum"),
        *map(RegularHistogram, (1, 10)),
    ]
    table = mdl.select(candidates, x, folds=5, progress=False)
    names = [row.name for row in table.rows]
    assert set(names[:2]) == {"histogram (nml)", "histogram (genum)"}
    assert table.winner("cv") in names[:2]
    regular = {row.name: row.description for row in table.rows}["regular-10 (nml)"]
    h = np.histogram(x, np.linspace(*regular.fit["edges"][[0, -1]], 11))[0]
    expected = -sum(k * math.log2(k / 1000 * 10 / np.ptp(x)) for k in h if k)
    assert regular.data_bits == pytest.approx(expected)
    assert regular.model_bits == mdl.nml.multinomial_complexity(10, 1000)
    assert all(isinstance(each, mdl.Predictive) for each in candidates)
    with pytest.raises(ValueError, match="version: unknown"):
        IrregularHistogram("bayes")
    with pytest.raises(ValueError, match="bins: got 0"):
        RegularHistogram(0)


def test_saving(tmp_path):
    found = histogram([1, 1, 2, 2, 1, 2, 90, 95, 99, 92])
    document = json.loads(found.save(tmp_path / "h.json").read_text())
    assert document["total_bits"] == found.total_bits
    lines = found.save(tmp_path / "h.csv").read_text().splitlines()
    assert lines[0] == "lower,upper,count,density"
    assert len(lines) == found.counts.size + 1
    found.plot(tmp_path / "h.png")
    assert (tmp_path / "h.png").read_bytes().startswith(b"\x89PNG")
    assert "3 bins" in repr(found)
    with pytest.raises(ValueError, match="accepted is a name"):
        found.save(tmp_path / "h.txt")


def test_the_true_bins_are_found_as_data_grow():
    result = bins_found((50, 800), replicas=30, seed=1, progress=False)
    for method in ("genum", "dp"):
        low, high = result.interval(method).T
        assert low[1] > high[0]
        assert low[1] > result.interval("aic")[1, 1]
    # with 99 places for a cut two parameters are a low price for a bin
    assert result.too_high("aic")[1] > 0.5
    with pytest.raises(TypeError, match="tolerance"):
        bins_found((100,), tolerance=0.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="sizes: got 5"):
        bins_found((5,))


def test_the_likeliest_bins_of_every_number():
    from mdl.histogram.consistency import _likeliest

    x = np.array([0, 0, 1, 1, 1, 4, 5, 5, 9, 9])
    for bins, found in enumerate(_likeliest(x, 4), 1):
        best = math.inf
        for cuts in combinations(range(1, 10), bins - 1):
            edges = np.array([0, *cuts, 10])
            h, w = np.histogram(x, edges)[0], np.diff(edges)
            best = min(best, float((h * np.log2(10 * w / np.maximum(h, 1))).sum()))
        assert found.best_fit_bits == pytest.approx(best)
        assert found.counts.size == bins


def test_bits_of_many_integers_at_once():
    from mdl.histogram.search import _integer_bits

    numbers = [*range(1, 70), 65535, 65536, 65537]
    expected = [LogStar().bits(number) for number in numbers]
    assert _integer_bits(np.array(numbers)).tolist() == pytest.approx(expected, abs=1e-12)


def test_ranks_of_subsets_are_a_numbering():
    from mdl.histogram._ranks import joined, parted, subset, subset_index

    for among, size in ((6, 3), (5, 0), (4, 4), (9, 2)):
        chosen = list(combinations(range(among), size))
        ranks = [subset_index(each) for each in chosen]
        assert sorted(ranks) == list(range(math.comb(among, size)))
        assert [tuple(subset(rank, size, among)) for rank in ranks] == chosen
    digits = [3, 0, 6, 6, 1]
    assert joined(digits, 7) == (int("30661", 7), 7**5)
    assert parted(int("30661", 7), 7, 5) == digits


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.uint8, np.int64, np.uint64])
def test_narrow_integers_have_the_cells_of_wide_ones(dtype):
    ends = np.iinfo(dtype)
    near = ([ends.max - 90, ends.max - 90, ends.max - 1, ends.max], [ends.min, ends.min + 77])
    wide = [[ends.min, -1, 0, 0, ends.max]] if ends.bits < 64 and ends.min else []
    for values in (*near, *wide):
        grid = as_grid(np.array(values, dtype))
        cells = [value - min(values) for value in values]
        assert grid.cells.tolist() == sorted(set(cells))
        assert grid.size == max(cells) + 1
    if ends.bits < 64:
        values = [ends.min, ends.min, ends.min + 1, ends.max - 3, ends.max]
        assert histogram(np.array(values, dtype)).total_bits == histogram(values).total_bits


@pytest.mark.parametrize("x", [[2**60, 2**60 + 1, 2**60 + 9], [1e16, 1e16 + 2, 1e16 + 64]])
def test_bins_without_width_are_an_error(x):
    assert np.diff(histogram(np.array(x) - x[0]).edges).min() > 0
    with pytest.raises(ValueError, match=r"^x: got values about .*accepted are .*subtract"):
        histogram(x, precision=1)


@pytest.mark.parametrize("among", range(13))
def test_a_rank_gives_its_subset_among_few(among):
    from mdl.histogram._ranks import subset

    for size in range(among + 1):  # in Cover's order, by the greatest first
        every = sorted(combinations(range(among), size), key=lambda chosen: chosen[::-1])
        assert [tuple(subset(rank, size, among)) for rank in range(len(every))] == every


@settings(deadline=None)
@given(st.data(), st.integers(1, 50), st.sampled_from([60, 1000, 10**6, 2**49, 2**50]))
def test_a_rank_gives_its_subset_among_many(data, size, among):
    from mdl.histogram._ranks import subset, subset_index

    rank = data.draw(st.integers(0, math.comb(among, size) - 1))
    chosen = subset(rank, size, among)
    assert all(a < b for a, b in pairwise(chosen))
    assert 0 <= chosen[0] <= chosen[-1] < among
    assert subset_index(chosen) == rank


@pytest.mark.parametrize("among", [301, 400, 600, 2**49])
def test_a_subset_takes_few_binomials(among, monkeypatch):
    from mdl.histogram import _ranks

    calls = []

    def counted(n, k, comb=math.comb):
        calls.append(n)
        return comb(n, k)

    every = math.comb(among, 300)
    chosen = np.sort(np.random.default_rng(0).choice(2**49, 300, replace=False)).tolist()
    uneven = _ranks.subset_index(chosen) if among == 2**49 else every // 7
    monkeypatch.setattr(math, "comb", counted)
    for rank in (0, 1, uneven, every - 1, every**2):  # the last is none of them
        calls.clear()
        _ranks.subset(rank, 300, among)
        assert len(calls) <= 12 * 300


@pytest.mark.parametrize("precision", [0.1, 0.3, 0.7, 0.05])
def test_equal_bins_hold_every_value(precision):
    """Also where half a precision beyond an end is rounded to within it."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        x = np.round(5 * rng.normal(size=5) + rng.choice([0, 100]), 2)
        assert RegularHistogram(3, precision=precision).fit(x).n == 5
    x = np.array([-10.4, 0.85, -5.33, -0.01, 0.24])
    assert RegularHistogram(3, precision=0.1).fit(x).n == 5


def test_a_narrow_number_of_bins_is_the_same_number():
    x = np.random.default_rng(0).normal(size=300)
    wide = RegularHistogram(255).describe(x).total_bits
    assert RegularHistogram(np.uint8(255)).describe(x).total_bits == wide  # type: ignore[arg-type]
