"""Clustering by NML: normalisers against sums and integrals, searches against all partitions."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import integrate, stats

import mdl
from mdl.clustering import (
    CategoricalFamily,
    Clusters,
    DiagonalGaussian,
    FullGaussian,
    RenormalisedGaussian,
    cluster,
    mixture_complexities,
    recovery,
)
from mdl.clustering.families import _partial
from mdl.clustering.search import best_fit_bits
from mdl.nml import multinomial_complexity, multinomial_complexity_table

DOMAIN = ((0.5,), (2.0,), (0.3,))
PAIR = ((0.5, -1.0), (2.0, 1.5), (0.3, 0.2))


def labellings(n: int, k: int) -> np.ndarray:
    return np.array(list(itertools.product(range(k), repeat=n)), np.int64).reshape(-1, n)


def test_labels_alone_are_multinomial():
    for n in (0, 1, 2, 7, 500):
        expected = multinomial_complexity_table(6, n)
        assert mixture_complexities(np.zeros(n + 1), 6) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(("sizes", "n", "k"), [((2,), 3, 2), ((2, 3), 3, 2), ((3,), 3, 3)])
def test_normaliser_of_categories_is_the_shtarkov_sum(sizes, n, k):
    """Exact fractions, added over all tables and labellings."""
    total = Fraction(0)
    cells = [range(size) for _ in range(n) for size in sizes]
    for flat in itertools.product(*cells):
        x = np.array(flat).reshape(n, len(sizes))
        for labels in labellings(n, k):
            likelihood = Fraction(1)
            for c in range(k):
                rows = x[labels == c]
                likelihood *= Fraction(len(rows), n) ** len(rows)
                for column, size in zip(rows.T, sizes, strict=True):
                    for count in np.bincount(column, minlength=size).tolist():
                        if count:
                            likelihood *= Fraction(count, len(rows)) ** count
            total += likelihood
    found = mixture_complexities(CategoricalFamily(sizes).complexities(n), k)[-1]
    assert found == pytest.approx(math.log2(total), abs=1e-12)


def test_wide_ranges_of_factors_take_the_other_way_of_adding():
    """Large normalisers, where products of doubles overflow, against exact sums."""
    single = np.array([0.0, 700.0, 1500.0, 1900.0, 2600.0])
    n, exact = 4, Fraction(0)
    for counts in itertools.product(range(n + 1), repeat=3):
        if sum(counts) == n:
            term = Fraction(math.factorial(n))
            for h in counts:
                term *= Fraction(h, n) ** h / math.factorial(h) * 2 ** int(single[h])
            exact += term
    expected = exact.numerator.bit_length() - 53
    bits = expected + math.log2(exact.numerator >> expected) - math.log2(exact.denominator)
    assert mixture_complexities(single, 3)[-1] == pytest.approx(bits, abs=1e-9)


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_normaliser_of_one_column_is_the_integral(n):
    """Densities of the mean and of the sample variance by scipy, added over the domain."""
    [centre], [half], [least] = DOMAIN
    del centre

    def at(logged: float) -> float:
        """Of the sample variance e^logged, under the best deviation for it."""
        variance = math.exp(logged)
        best = max(variance, least**2)
        scale = best / n
        chance = stats.chi2.pdf(variance / scale, n - 1) / scale * variance
        return chance * stats.norm.pdf(0, scale=math.sqrt(best / n))

    if n == 1:  # no variance
        expected = 2 * half * stats.norm.pdf(0, scale=least)
    else:
        cut = 2 * math.log(least)
        parts = [
            integrate.quad(at, *span, epsabs=1e-12, limit=200)[0]
            for span in ((cut - 60, cut - 3), (cut - 3, cut), (cut, cut + 60))
        ]
        expected = 2 * half * sum(parts)
    found = DiagonalGaussian(*DOMAIN).complexities(n)
    assert found[0] == 0
    assert found[n] == pytest.approx(math.log2(expected), abs=1e-6)


def test_normaliser_of_two_correlated_columns_is_the_integral():
    """The Wishart density of scipy over deviations and correlation."""
    n, r = 5, 0.9
    _, half, least = map(np.array, PAIR)

    def at(rho: float, shares: np.ndarray) -> float:
        """`shares`, 0 to 1, are the least deviations over the deviations."""
        one, two = deviations = least / shares
        scatter = np.outer(deviations, deviations) * [[1, rho], [rho, 1]]
        density = stats.wishart.pdf(scatter, n - 1, scatter / n)
        mean = stats.multivariate_normal.pdf([0, 0], cov=scatter / n)
        variances = np.prod(2 * deviations * least / shares**2)  # d variance / d share
        return density * mean * variances * one * two  # and d covariance / d rho

    nodes, weights = np.polynomial.legendre.leggauss(40)
    few, few_weights = np.polynomial.legendre.leggauss(5)
    total = sum(
        wa / 2 * wb / 2 * wr * r * at(rho * r, np.array([a + 1, b + 1]) / 2)
        for a, wa in zip(few, few_weights, strict=True)
        for b, wb in zip(few, few_weights, strict=True)
        for rho, wr in zip(nodes, weights, strict=True)
    )
    expected = math.log2(total * np.prod(2 * half))
    found = FullGaussian(*PAIR, correlation=r).complexities(n)
    assert found[n] == pytest.approx(expected, abs=1e-9)
    assert found[:3].tolist() == [0, -math.inf, -math.inf]


def test_full_and_diagonal_agree_without_boundary():
    """One column: the full family is the diagonal one, less what deviates too little."""
    one = FullGaussian(*DOMAIN).complexities(400)
    assert np.isneginf(one[1])
    two = DiagonalGaussian(*DOMAIN).complexities(400)
    share = np.exp2(one[2:] - two[2:])
    n = np.arange(2, 401)
    boundary = 4 / 0.3 * np.sqrt(n / (2 * math.pi)) * stats.chi2.cdf(n, n - 1)
    assert share == pytest.approx(1 - boundary / np.exp2(two[2:]), abs=1e-9)


def test_a_renormalised_domain_is_not_empty():
    with pytest.raises(ValueError, match="minimum_deviation: got 4, accepted is less than the"):
        RenormalisedGaussian((0,), (4,), (4,))


def test_renormalised_is_normalised():
    """-log2 of the renormalised density of h rows integrates to its stated normaliser."""
    family = RenormalisedGaussian(*DOMAIN)
    h, half, least = 6, 2.0, 0.3

    def at(logged: float, mean: float) -> float:
        variance = math.exp(logged)
        estimates = np.array([[0.5 + mean]]), np.array([[variance]])
        first = 2 ** -family.further_bits(estimates, np.array([float(h)]))[0]
        sample = stats.chi2.pdf(h, h - 1) * h / variance * variance
        return sample * stats.norm.pdf(0, scale=math.sqrt(variance / h)) * first

    low, high = 2 * math.log(least) + 1e-9, 2 * math.log(half)
    inside = integrate.dblquad(at, 0, least, low, high)[0]
    beyond = integrate.dblquad(at, least, half, low, high)[0]
    found = family.complexities(h)
    assert found[h] == pytest.approx(math.log2(2 * (inside + beyond)), abs=1e-6)
    assert found[0] == 0
    assert np.isneginf(found[1])


def test_partial_correlations():
    """By inverting the covariance, the textbook formula."""
    rng = np.random.default_rng(0)
    covariance = np.cov(rng.normal(size=(9, 4)) @ rng.normal(size=(4, 4)), rowvar=False)
    largest = 0.0
    for i in range(4):
        for j in range(i):
            among = [*range(j), j, i]
            precision = np.linalg.inv(covariance[np.ix_(among, among)])
            partial = -precision[-1, -2] / math.sqrt(precision[-1, -1] * precision[-2, -2])
            largest = max(largest, abs(partial))
    assert _partial(covariance) == pytest.approx(largest, abs=1e-9)


FAMILIES = {
    "diagonal": lambda rng: (rng.normal(size=(7, 2)), DiagonalGaussian((0, 0), (4, 4), (0.1, 0.1))),
    "renormalised": lambda rng: (
        rng.normal(size=(8, 1)),
        RenormalisedGaussian((0,), (4,), (0.01,)),
    ),
    "full": lambda rng: (
        rng.normal(size=(8, 2)),
        FullGaussian((0, 0), (4, 4), (0.01, 0.01), 0.999),
    ),
    "categorical": lambda rng: (rng.integers(0, 3, (8, 3)), CategoricalFamily((3, 3, 3))),
}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("k", [2, 3])
def test_search_against_all_partitions(name, k):
    """Never below the optimum, and at it in most of six tables."""
    hits = 0
    for seed in range(6):
        x, family = FAMILIES[name](np.random.default_rng(seed))
        # a label that is new is the next: every partition once
        every = [
            labels
            for labels in labellings(len(x), k)
            if all(labels[i] <= labels[:i].max(initial=-1) + 1 for i in range(len(x)))
        ]
        least = min(best_fit_bits(x, labels, k, family) for labels in every)
        found = Clusters(k, family).describe(x).best_fit_bits
        assert found >= least - 1e-9
        hits += found <= least + 1e-9
    assert hits >= 4, hits


def test_bits_do_not_depend_on_how_labels_are_called():
    rng = np.random.default_rng(1)
    x, labels = rng.normal(size=(30, 2)), rng.integers(0, 4, 30)
    candidate = Clusters(4)
    bits = {
        round(candidate.describe_labelling(x, np.array(order)[labels]).total_bits, 9)
        for order in itertools.permutations(range(4))
    }
    assert len(bits) == 1
    assert candidate.describe(x).total_bits <= bits.pop()


def test_moving_rows_changes_nothing_else():
    """Order of rows, and the units of columns but for n log2 of their factor."""
    rng = np.random.default_rng(2)
    x, labels = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    one = Clusters(2).describe_labelling(x, labels).total_bits
    order = rng.permutation(40)
    assert Clusters(2).describe_labelling(x[order], labels[order]).total_bits == pytest.approx(one)
    scaled = Clusters(2).describe_labelling(x * 8 + 5, labels).total_bits
    assert scaled == pytest.approx(one + 40 * 2 * 3)


def test_small_numbers_of_rows():
    family = DiagonalGaussian(*DOMAIN)
    assert Clusters(3, family).describe(np.zeros((0, 1))).total_bits == 0
    one = Clusters(1, family).describe([[0.7]])
    assert one.total_bits == pytest.approx(math.log2(4))  # uniform over the means' range
    assert Clusters(3, family).describe([[0.7]]).total_bits == pytest.approx(2 + math.log2(3))
    equal = Clusters(1, family).describe(np.full((9, 1), 0.7))  # on the boundary, finite
    assert math.isfinite(equal.total_bits)
    assert cluster([[3.0], [4.0]], progress=False).clusters in (1, 2)


def test_categories_are_split_where_they_depend():
    rng = np.random.default_rng(3)
    group = rng.integers(0, 2, 200)
    x = np.where(rng.random((200, 8)) < 0.9, group[:, None], 1 - group[:, None])
    found = cluster(x, family="categorical", max_clusters=4, progress=False)
    assert found.clusters == 2
    agree = np.mean(found.labels == group)
    assert max(agree, 1 - agree) > 0.97
    single = found.selection.rows[-1].description
    assert single.total_bits >= found.selection.best.total_bits
    alone = Clusters(1, "categorical").describe(x)
    counts = x.sum(0)
    entropy = sum(-200 * (p * math.log2(p) + (1 - p) * math.log2(1 - p)) for p in counts / 200)
    assert alone.total_bits == pytest.approx(entropy + 8 * multinomial_complexity(2, 200))


def test_selection_and_cross_validation():
    rng = np.random.default_rng(4)
    x = np.concatenate([rng.normal(0, 1, (40, 2)), rng.normal(8, 1, (40, 2))])
    found = mdl.cluster(x, max_clusters=3, folds=4, restarts=3, progress=False)
    assert {found.selection.winner(each) for each in ("mdl", "bic", "cv")} == {
        "2 clusters, diagonal (nml)"
    }
    assert isinstance(Clusters(2), mdl.Predictive)
    # a held-out density, against scipy's
    train, test = x[::2], x[1::2]
    labels = Clusters(2).describe(train).fit["labels"]
    density = sum(
        np.mean(labels == c)
        * stats.norm.pdf(test, train[labels == c].mean(0), train[labels == c].std(0)).prod(1)
        for c in (0, 1)
    )
    assert Clusters(2).heldout_bits(train, test) == pytest.approx(-np.log2(density).sum())


def test_determinism():
    x = np.random.default_rng(5).normal(size=(60, 3))
    first = cluster(x, max_clusters=5, seed=7, progress=False)
    again = cluster(x, max_clusters=5, seed=7, progress=False)
    assert first.to_dict() == again.to_dict()


def test_one_gaussian_is_one_cluster():
    """Over forty data sets, not more than chance allows for a share of one in ten."""
    wrong = 0
    for seed in range(40):
        x = np.random.default_rng(seed).normal(size=(60, 2))
        wrong += cluster(x, max_clusters=3, restarts=3, progress=False).clusters > 1
    assert stats.binomtest(wrong, 40, 0.1, alternative="greater").pvalue > 0.01


def test_recovery_grows_with_rows():
    found = recovery((20, 150), replicas=10, restarts=3, max_clusters=4, folds=3, progress=False)
    assert set(found.chosen) == {"nml", "bic", "icl", "aic", "cv"}
    assert found.share("nml")[1] >= 0.9
    assert found.share("aic")[1] <= found.share("nml")[1]
    assert found.too_high("nml")[1] == 0
    again = recovery((150,), replicas=2, restarts=3, max_clusters=4, progress=False)
    assert again.chosen["bic"].tolist() == found.chosen["bic"][1:, :2].tolist()


def test_clusters_that_overlap_are_fewer_than_components():
    """At 2.5 deviations labels cost more than narrower clusters save, at any number of rows."""
    rng = np.random.default_rng(9)
    which = rng.integers(0, 3, 4000)
    x = rng.normal(size=(4000, 2)) + 2.5 / math.sqrt(2) * which[:, None]
    two, three = (Clusters(k, restarts=3).describe(x) for k in (2, 3))
    place = x.sum(1) / math.sqrt(2) / 2.5  # along the line of means, in their distances
    nearest = np.clip(np.rint(place), 0, 2).astype(int)
    for labels in (which, nearest):
        assert Clusters(3).describe_labelling(x, labels).total_bits > two.total_bits + 10
    assert three.total_bits > two.total_bits
    more = (three.parameters - two.parameters) / 2 * math.log2(4000)
    assert three.fit["mixture_bits"] + more < two.fit["mixture_bits"] - 100


def test_mixtures_come_near_the_likelihood_of_the_truth():
    """Fitted to rows of two overlapping Gaussians they are likelier than the truth."""
    rng = np.random.default_rng(8)
    x = rng.normal(size=(300, 1)) + 2 * rng.integers(0, 2, (300, 1))
    truth = stats.norm.pdf(x) / 2 + stats.norm.pdf(x, 2) / 2
    for seed in range(5):
        bits = Clusters(2, restarts=3, seed=seed).describe(x).fit["mixture_bits"]
        assert bits <= -np.log2(truth).sum()
    new = rng.normal(size=(4000, 1)) + 2 * rng.integers(0, 2, (4000, 1))
    held_out = Clusters(2, restarts=3).heldout_bits(x, new)
    ideal = -np.log2(stats.norm.pdf(new) / 2 + stats.norm.pdf(new, 2) / 2).sum()
    assert ideal - 20 < held_out < 1.03 * ideal  # of labels alone: 1.06


def test_saving_and_figure(tmp_path):
    x = np.random.default_rng(6).normal(size=(30, 1))
    found = cluster(x, max_clusters=2, progress=False)
    document = json.loads(found.save(tmp_path / "c.json").read_text())
    assert document["clusters"] == found.clusters
    found.plot(tmp_path / "c.png")
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    assert "clusters of" in repr(found)
    with pytest.raises(ValueError, match=r"accepted is a name in \.json"):
        found.save(tmp_path / "c.txt")


GOOD = np.random.default_rng(7).normal(size=(12, 2))


@pytest.mark.parametrize(
    ("x", "options", "error", "says"),
    [
        ([[1.0, np.nan], [2, 3]], {}, ValueError, "NaN or infinity"),
        ([[1.0, np.inf], [2, 3]], {}, ValueError, "NaN or infinity"),
        ([["a"], ["b"]], {}, TypeError, "finite real numbers"),
        ([[1.0], [2, 3]], {}, ValueError, "ragged"),
        ([[1.0, 2.0]], {}, ValueError, "at least 2"),
        (np.zeros((0, 2)), {}, ValueError, "at least 2"),
        (np.zeros((3, 0)), {}, ValueError, "shape"),
        ([[1.0, 2], [1, 3]], {}, ValueError, "column 0 is constant"),
        ([[1e200], [-1e200]], {}, ValueError, "beyond floats"),
        (GOOD, {"family": "diagnal"}, ValueError, "did you mean 'diagonal'"),
        (GOOD, {"family": "categorical"}, TypeError, "integers"),
        ([[-1], [2]], {"family": "categorical"}, ValueError, "from 0 to 65535"),
        ([[5], [2]], {"family": CategoricalFamily((3,))}, ValueError, "beyond the alphabet"),
        (GOOD, {"max_clusters": 0}, ValueError, "from 1"),
        (GOOD, {"restarts": 0}, ValueError, "at least 1"),
        (GOOD[:2], {"family": "full"}, ValueError, "no partition is in the domain"),
    ],
)
def test_bad_input(x, options, error, says):
    with pytest.raises(error, match=says):
        cluster(x, progress=False, **options)


def test_bad_labels_and_factors():
    with pytest.raises(ValueError, match="from 0 to 1"):
        Clusters(2).describe_labelling(GOOD, np.full(12, 2))
    with pytest.raises(ValueError, match=r"shape \(3,\)"):
        Clusters(2).describe_labelling(GOOD, [0, 1, 0])
    with pytest.raises(ValueError, match="NaN or infinity"):
        mixture_complexities(np.array([0.0, math.nan]), 2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        FullGaussian(*DOMAIN, correlation=1.0)


def test_many_categories_of_which_few_occur_take_little_memory():
    import tracemalloc

    rows = np.array([[0], [60000], [7], [0], [60000], [0]])
    tracemalloc.start()
    try:
        found = cluster(rows, max_clusters=2, family="categorical", restarts=1)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.bits > 0
    assert most < 64e6


def test_estimates_and_features_are_those_of_whole_indicators():
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.integers(0, 4, 50), rng.choice([0, 2, 6], 50)])
    family, weights = CategoricalFamily((4, 7)), rng.random((50, 3))
    indicators = [np.eye(4)[x[:, 0]], np.eye(7)[x[:, 1]]]
    for found, each in zip(family.estimate(x, weights), indicators, strict=True):
        assert found == pytest.approx(weights.T @ each / weights.sum(0)[:, None], rel=1e-12)
    points, whole = family.features(x), np.concatenate(indicators, axis=1)
    assert points @ points.T == pytest.approx(whole @ whole.T, abs=0)


def test_a_narrow_number_of_clusters_is_the_same_number():
    x = np.random.default_rng(0).normal(size=(20, 2))
    narrow, wide = (mdl.Clusters(k).describe(x) for k in (np.uint8(3), 3))  # type: ignore[arg-type]
    assert narrow.name == wide.name
    assert narrow.total_bits == wide.total_bits


@pytest.mark.parametrize("dtype", [np.float16, np.float32, ">f4", np.longdouble])
def test_numbers_are_numbers_of_any_width(dtype):
    rng = np.random.default_rng(5)
    rows = np.concatenate([rng.normal(0, 1, (20, 2)), rng.normal(9, 1, (20, 2))]).astype(dtype)
    found, wide = (cluster(x, max_clusters=3, progress=False) for x in (rows, rows.astype(float)))
    assert found.bits == wide.bits
    assert found.labels.tolist() == wide.labels.tolist()
    with pytest.raises(ValueError, match="got NaN or infinity"):
        cluster(np.full((4, 2), np.inf, dtype))
