"""Segmentation: against every segmentation, integrals of the likelihood, and the unpruned table."""

from __future__ import annotations

import json
import math
from itertools import combinations, pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

import mdl
from mdl.segmentation import FAMILIES, Segments, complexities, segment

SMALL = settings(max_examples=25, deadline=None)
REALS = ("gaussian", "mean", "linear")


def plain_fit(x: np.ndarray, family: str, scale: float) -> float:
    """-log2 of the maximised likelihood, by scipy's densities at the estimates."""
    n = len(x)
    if family == "multinomial":
        shares = {letter: float(np.mean(x == letter)) for letter in set(x.tolist())}
        return -sum(math.log2(shares[letter]) for letter in x.tolist())
    if family == "poisson":
        return -float(stats.poisson.logpmf(x, x.mean()).sum()) / math.log(2)
    line = np.full(n, x.mean())
    if family == "linear" and n > 1:
        line = np.polynomial.Polynomial.fit(np.arange(n), x, 1)(np.arange(n))
    deviation = scale
    if family != "mean":
        deviation = max(scale, math.sqrt(float(np.mean((x - line) ** 2))))
    return -float(stats.norm.logpdf(x, line, deviation).sum()) / math.log(2)


def brute(x: np.ndarray, family: str, scale: float) -> tuple[float, tuple[int, ...]]:
    n = len(x)
    values = x if family in ("multinomial", "poisson") else x.astype(float)
    options = {"alphabet_size": len(set(x.tolist()))} if family == "multinomial" else {}
    if family == "poisson":
        options = {"spread": float(x.max())}
    elif family != "multinomial":
        options = {"spread": max(4 * float(np.ptp(x)), 8 * scale), "scale": scale}
    extra = complexities(family, n, **options)
    cost = {
        (a, b): plain_fit(values[a:b], family, scale) + extra[b - a]
        for a in range(n)
        for b in range(a + 1, n + 1)
    }
    best = (math.inf, ())
    for m in range(1, n + 1):
        for cuts in combinations(range(1, n), m - 1):
            bounds = (0, *cuts, n)
            bits = sum(cost[pair] for pair in pairwise(bounds))
            best = min(best, (bits + math.log2(math.comb(n - 1, m - 1)) + math.log2(n), cuts))
    return best


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=9))
def test_no_segmentation_is_shorter(family, x):
    scale = 0.5 if family in REALS else None
    found = segment(x, family, scale=scale, method="dp")
    bits, _ = brute(np.array(x), family, scale or 0)
    assert found.total_bits == pytest.approx(bits, abs=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_twelve_items(family):
    x = np.array([0, 1, 0, 0, 1, 0, 9, 9, 10, 9, 10, 9])
    scale = 0.5 if family in REALS else None
    bits, cuts = brute(x, family, scale or 0)
    found = segment(x, family, scale=scale)
    assert found.total_bits == pytest.approx(bits, abs=1e-7)
    assert tuple(found.cuts.tolist()) == cuts == (6,)
    assert found.total_bits < found.null_bits


def steps(seed: int, n: int, length: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    levels, spread = rng.normal(0, 5, n // length + 1), rng.uniform(0.5, 3, n // length + 1)
    return np.repeat(levels, length)[:n] + np.repeat(spread, length)[:n] * rng.normal(size=n)


@pytest.mark.parametrize("family", FAMILIES)
@SMALL
@given(st.integers(0, 2**32), st.integers(2, 150), st.sampled_from([3, 10, 40]))
def test_pruning_loses_nothing(family, seed, n, length):
    x = steps(seed, n, length)
    if family not in REALS:
        x = np.rint(np.abs(x)).astype(int) % 7
    found = segment(x, family, method="pelt")
    table = segment(x, family, method="dp", max_segments=-(-n // 2))
    assert found.optimal
    assert found.total_bits == pytest.approx(table.total_bits, abs=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_fixed_price_is_minimised(family):
    """One pruned pass against the whole table of numbers of segments."""
    from mdl.segmentation import _kernels as kernels
    from mdl.segmentation.families import as_series

    x = steps(7, 120, 12)
    if family not in REALS:
        x = np.rint(np.abs(x)).astype(int) % 7
    series = as_series(x, family, None)
    code = FAMILIES[family]
    totals, _ = kernels.all_counts(series.sums, series.extra, code, series.scale, 120)
    for price in (0.0, 1.0, 4.0, 9.0, 100.0):
        bounds = kernels.linear_price(series.sums, series.extra, code, series.scale, price)
        pairs = list(pairwise(bounds))
        bits = sum(kernels.fit_bits(series.sums, a, b, code, series.scale) for a, b in pairs)
        bits += sum(series.extra[b - a] for a, b in pairs) + price * len(pairs)
        assert bits == pytest.approx(float((totals + price * np.arange(1, 121)).min()), abs=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("scale", [1.0, 1e-2, 1e-5])
def test_complexities_do_not_fall(family, scale):
    """What the pruning needs."""
    extra = complexities(family, 3000, spread=10.0, scale=scale, alphabet_size=5)
    assert extra[0] == 0
    assert (np.diff(extra[1:]) >= 0).all()


@pytest.mark.parametrize("scale", [0.3, 2.0])
def test_gaussian_complexity_is_the_integral(scale):
    """Two items: the maximised likelihood over all pairs whose mean is in the range."""
    spread = 3.0

    def likelihood(difference):  # of (m + d, m - d)
        deviation = max(scale, abs(difference))
        return stats.norm.pdf(difference, 0, deviation) ** 2

    # dx dy = 2 dm dd; beyond the scale the integrand falls as 1 / d^2
    half = integrate.quad(likelihood, 0, scale)[0] + integrate.quad(likelihood, scale, np.inf)[0]
    expected = math.log2(spread * 2 * 2 * half)
    assert complexities("gaussian", 2, spread=spread, scale=scale)[2] == pytest.approx(expected)


def test_gaussian_complexity_by_sampling_the_statistics():
    """n items: the densities of mean and deviation at their own maxima, integrated numerically."""
    n, spread, scale = 7, 2.0, 0.4

    def at(s):  # of sample mean and sample deviation at (mean, s) under (mean, max(s, scale))
        sigma = max(s, scale)
        mean = math.sqrt(n / (2 * math.pi)) / sigma
        return mean * stats.chi2.pdf(n * s * s / sigma**2, n - 1) * 2 * n * s / sigma**2

    total = integrate.quad(at, 0, scale)[0] + integrate.quad(at, scale, np.inf)[0]
    expected = math.log2(spread * total)
    assert complexities("gaussian", n, spread=spread, scale=scale)[n] == pytest.approx(expected)


@pytest.mark.parametrize("n", [2, 3, 4, 9])
def test_linear_complexity_by_its_design(n):
    """The determinant and both parts of the deviation, from the design matrix itself."""
    spread, scale = 2.0, 0.4
    u = np.linspace(0, 1, n)
    design = np.stack([1 - u, u], axis=1)
    root = math.sqrt(np.linalg.det(design.T @ design)) / (2 * math.pi)
    if n == 2:
        total = root / scale**2
    else:

        def at(s):
            sigma = max(s, scale)
            return (
                root / sigma**2 * stats.chi2.pdf(n * s * s / sigma**2, n - 2) * 2 * n * s / sigma**2
            )

        total = integrate.quad(at, 0, scale)[0] + integrate.quad(at, scale, np.inf)[0]
    found = complexities("linear", n, spread=spread, scale=scale)[n]
    assert found == pytest.approx(math.log2(spread**2 * total))


@pytest.mark.parametrize("n", [2, 3, 5, 50, 2000])
def test_fitted_ends_are_within_the_volume(n):
    """Weights of a fitted end: the negative ones sum to less than a third, and 3/2 are allowed."""
    design = np.stack([1 - np.linspace(0, 1, n), np.linspace(0, 1, n)], axis=1)
    weights = np.linalg.pinv(design)
    assert -weights[weights < 0].sum() / 2 <= 1 / 3 + 1e-9


def test_poisson_complexity_is_the_sum():
    """Over all sequences of counts whose sum is in range, by enumeration of three items."""
    top = 3
    total = 0.0
    for x in np.ndindex(*[3 * top + 1] * 3):
        if sum(x) <= 3 * top:
            total += math.exp(float(stats.poisson.logpmf(x, max(sum(x), 1e-300) / 3).sum()))
    found = complexities("poisson", 3, spread=float(top))[3]
    assert found == pytest.approx(math.log2(total))


def test_poisson_complexity_where_it_is_not_summed():
    direct = complexities("poisson", 1, spread=float((1 << 20) + 5000))[1]
    s = np.arange(1, (1 << 20) + 5001, dtype=float)
    terms = stats.poisson.pmf(s, s)
    assert direct == pytest.approx(math.log2(1 + math.fsum(terms.tolist())), abs=1e-9)


def test_parameters():
    x = np.array([1.0, 2.0, 3.0, 4.0, 10.0, 8.0, 6.0, 4.0])
    found = segment(x, "linear", scale=0.01)
    assert found.cuts.tolist() == [4]
    assert [each["slope"] for each in found.parameters] == pytest.approx([1, -2])
    assert [each["mean"] for each in found.parameters] == pytest.approx([2.5, 7])
    letters = segment("aaaaaaaaaaaabbbbbbbbbbbb", "multinomial")
    assert letters.cuts.tolist() == [12]
    assert letters.parameters[0]["shares"] == {"a": 1.0, "b": 0.0}
    gaussian = segment([0.0, 1.0, 0.0, 1.0], max_segments=1)
    assert gaussian.parameters[0] == {"mean": 0.5, "standard_deviation": 0.5}


def test_limits_and_kept_promises():
    assert segment([4.0], scale=1.0).cuts.size == 0
    assert segment([4.0], scale=1.0).total_bits == pytest.approx(math.log2(8.0))
    constant = segment([2.0] * 30, scale=0.1)
    assert constant.cuts.size == 0
    assert constant.total_bits == pytest.approx(constant.null_bits, abs=1e-9)
    assert segment([0] * 10, "poisson").data_bits == 0
    assert segment([1] * 10, "multinomial").total_bits == pytest.approx(math.log2(10))
    assert segment([0, 1, 1, 0, 1, 0, 0, 1, 1], "mean").scale == 1 / 0.9538725524
    assert segment([0, 0, 0, 5, 5, 5]).scale == 0.5  # half the precision: the median is 0
    shifted = segment(1e6 + steps(3, 200, 20), scale=0.5)
    plain = segment(steps(3, 200, 20), scale=0.5)
    assert shifted.cuts.tolist() == plain.cuts.tolist()
    capped = segment(steps(3, 600, 20), method="pelt", max_segments=3)
    assert len(capped.parameters) <= 3
    assert capped.optimal


@pytest.mark.parametrize("family", REALS)
def test_noise_is_one_segment(family):
    """At most 5 of 100 series are cut."""
    scale = 1.0 if family == "mean" else 0.1
    noise = np.random.default_rng(0).normal(size=(100, 60))
    assert sum(segment(x, family, scale=scale).cuts.size > 0 for x in noise) <= 5


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"x": []}, ValueError, "at least 1"),
        ({"x": [1.0, math.nan]}, ValueError, "got nan at 1"),
        ({"x": [1.0, math.inf]}, ValueError, "got inf at 1"),
        ({"x": [2.0, 2.0]}, ValueError, "constant series.*give scale"),
        ({"x": [0.0, 1e200]}, ValueError, "below 1e150"),
        ({"x": [0.0, 1.0], "scale": -1.0}, ValueError, "positive"),
        ({"x": [0.0, 1.0], "scale": True}, TypeError, "positive number"),
        ({"x": [0.0, 1.0], "scale": 1e-9}, ValueError, "accepted is at least 1e-06"),
        ({"x": [0.0, 1.0], "family": "gauss"}, ValueError, "did you mean 'gaussian'"),
        ({"x": [0.0, 1.0], "method": "greedy"}, ValueError, "method: unknown"),
        ({"x": [0.0, 1.0], "max_segments": 0}, ValueError, "max_segments: got 0"),
        ({"x": [0.5, 1.0], "family": "poisson"}, ValueError, "integers from 0"),
        ({"x": [-1, 1], "family": "poisson"}, ValueError, "integers from 0"),
        ({"x": [1, 1], "family": "poisson", "scale": 1.0}, ValueError, "None for 'poisson'"),
        ({"x": [0.5], "family": "multinomial"}, TypeError, "integers or characters"),
        ({"x": list(range(300)), "family": "multinomial"}, ValueError, "300 different"),
        ({"x": "ab", "family": "multinomial", "scale": 1.0}, ValueError, "None for"),
        ({"x": [0, 1] * 3000, "method": "dp"}, ValueError, "at most 4096"),
    ],
)
def test_bad_input(arguments, error, says):
    with pytest.raises(error, match=says):
        segment(arguments.pop("x"), **arguments)


def test_candidates():
    x = steps(3, 200, 50)
    table = mdl.select([Segments(), Segments(max_segments=1)], x, progress=False)
    assert table.best.name == "segments-gaussian (nml)"
    assert [row.name for row in table.rows][1] == "segments-gaussian-1 (nml)"
    assert isinstance(Segments(), mdl.Candidate)
    described = Segments("multinomial").describe("ab" * 10 + "cc" * 10)
    assert described.parameters == 2 * 2 + 1
    with pytest.raises(ValueError, match="family: unknown"):
        Segments("x")


def test_saving(tmp_path):
    found = segment("aaaaaaaabbbbbbbb" * 2, "multinomial")
    document = json.loads(found.save(tmp_path / "s.json").read_text())
    assert document["total_bits"] == found.total_bits
    assert document["segments"] == len(found.parameters) == 4
    found.plot(tmp_path / "s.png")
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    assert "4 segments" in repr(found)
    with pytest.raises(ValueError, match="accepted is a name"):
        found.save(tmp_path / "s.csv")


@pytest.mark.parametrize("mean", [0.5, 1e6, 1e9, 4e11])
def test_large_counts_keep_their_digits(mean):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.poisson(mean, 300), rng.poisson(mean * 1.5, 200)])
    found = segment(x, "poisson", max_segments=2)
    with mpmath.workdps(40):
        bits = mpmath.mpf(0)
        for part in np.split(x, found.cuts):
            total = int(part.sum())
            bits += sum(mpmath.loggamma(int(each) + 1) for each in part)
            bits += total - total * mpmath.log(mpmath.mpf(total) / len(part))
        assert found.data_bits == pytest.approx(float(bits / mpmath.log(2)), abs=0.02)


def test_counts_of_nothing_beside_many():
    found = segment([0] * 20 + [10**6] * 20 + [0] * 20, "poisson")
    assert found.cuts.tolist() == [20, 40]
    assert found.data_bits == pytest.approx(-20 * stats.poisson.logpmf(10**6, 1e6) / math.log(2))


def test_poisson_complexity_of_any_spread():
    """1 / sqrt(2 pi s) added up to n times the spread."""
    for spread in (2.0**62, 1e300):
        wanted = [1 + 0.5 * math.log2(n / (2 * math.pi)) + 0.5 * math.log2(spread) for n in (1, 2)]
        assert complexities("poisson", 2, spread=spread)[1:] == pytest.approx(wanted)
