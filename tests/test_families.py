"""Families of observations: their codes against sums, integrals, and each other."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import gammaln, xlog1py, xlogy

import mdl
from mdl.families import (
    Exponential,
    Gaussian,
    Geometric,
    LogNormal,
    Poisson,
    Uniform,
    exponential_complexity,
    gaussian_complexity,
    geometric_complexity,
    poisson_complexity,
    shtarkov,
)
from mdl.families import _octaves as octaves

REAL = [
    *(Gaussian(version=v) for v in Gaussian.versions),
    *(Gaussian(mean=1.0, version=v) for v in Gaussian.versions),
    *(Gaussian(scale=2.0, version=v) for v in Gaussian.versions),
    *(Exponential(v) for v in Exponential.versions),
    *(Uniform(v) for v in Uniform.versions),
    *(LogNormal(v) for v in Gaussian.versions),
]
COUNTS = [family(v) for family in (Poisson, Geometric) for v in family.versions]
EVERY = [*REAL, *COUNTS]
NAMES = [each.name for each in EVERY]
SAMPLE = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]
E_LOG = math.log2(math.e)


def samples_with_sum(total: int, n: int):
    """Every sample of n counts with this sum."""
    for bars in itertools.combinations(range(total + n - 1), n - 1):
        ends = (-1, *bars, total + n - 1)
        yield [b - a - 1 for a, b in itertools.pairwise(ends)]


# what all of them promise


@pytest.mark.parametrize("candidate", EVERY, ids=NAMES)
def test_descriptions(candidate):
    found = candidate.describe(SAMPLE)
    assert isinstance(candidate, mdl.Predictive)
    assert (found.name, found.version, found.n) == (candidate.name, candidate.version, 8)
    assert found.regret_bits > 0
    if found.version != "two-part":
        assert found.data_bits == found.best_fit_bits
    empty = candidate.describe([])
    assert (empty.n, empty.total_bits, empty.parameters) == (0, 0, found.parameters)
    assert found.to_dict()["total_bits"] == pytest.approx(found.total_bits)
    assert math.isfinite(candidate.heldout_bits(SAMPLE[:5], SAMPLE[5:]))


def test_names_differ():
    assert len(set(NAMES)) == len(NAMES)
    table = mdl.select(EVERY, SAMPLE, folds=2, progress=False)
    assert len(table.rows) == len(EVERY)


@pytest.mark.parametrize(
    ("candidate", "data", "says"),
    [
        (Gaussian(), [1.0, math.nan], "got nan at 1, accepted are finite"),
        (Gaussian(), [math.inf], "accepted are finite"),
        (Gaussian(), [[1.0]], r"got shape \(1, 1\), accepted is \(n,\)"),
        (Gaussian(), [2.0, 2.0], "scale 0, where the density is unbounded"),
        (Gaussian(), [2.0], "scale 0"),
        (Gaussian(), [1e200, 1.0], "magnitudes up to 1e\\+100"),
        (Gaussian(mean=2.0, version="bayes"), [2.0], "scale 0"),
        (Gaussian(mean_range=(0, 1)), [1.0, 4.0], "the mean is 2.5, outside the mean_range"),
        (Gaussian(scale_range=(1, 2)), [1.0, 9.0], "the scale is 4, outside the scale_range"),
        (Exponential(), [1.0, -1.0], "got -1, accepted are numbers from 0"),
        (Exponential(), [0.0, 0.0], "mean 0, where the density is unbounded"),
        (Exponential(mean_range=(1, 2)), [5.0], "outside the mean_range"),
        (Uniform(), [1.0, 1.0], "all 1, where the density is unbounded"),
        (LogNormal(), [1.0, 0.0], "got 0, accepted are positive"),
        (LogNormal(), [1.0], "scale 0"),
        (Poisson(), [1, -1], "got -1 at 1, accepted are whole numbers from 0"),
        (Poisson(), [1.5], "got 1.5 at 0, accepted are whole"),
        (Geometric(), [2**52, 2**52], "sums below 2\\^53"),
        (Geometric(mean_range=(1, 2)), [9], "outside the mean_range"),
        (Poisson("cnml"), [2**30, 1], "use 'nml'"),
        (Geometric("cnml"), [2**30, 1], "use 'nml'"),
    ],
)
def test_bad_data(candidate, data, says):
    with pytest.raises(ValueError, match=says):
        candidate.describe(data)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Gaussian(version="ml"), ValueError, "known: nml, bayes, prequential"),
        (lambda: Uniform("two-part"), ValueError, "known: nml, bayes"),
        (lambda: Gaussian(scale=0), ValueError, "scale: got 0"),
        (lambda: Gaussian(precision=-1), ValueError, "precision: got -1"),
        (lambda: Gaussian(precision="x"), TypeError, "accepted is a positive number"),  # type: ignore[arg-type]
        (lambda: Gaussian(mean=math.nan), ValueError, "mean: got nan"),
        (lambda: Gaussian(mean_range=(1, 1)), ValueError, "low < high"),
        (lambda: Gaussian(mean=1, mean_range=(1, 2)), ValueError, "an unknown mean"),
        (lambda: Poisson("bayes", (1, 2)), ValueError, "is for version 'nml'"),
        (lambda: Poisson(mean_range=(-1, 2)), ValueError, "low < high from 0"),
        (lambda: Poisson(mean_range=3), TypeError, "accepted is a pair"),  # type: ignore[arg-type]
        (lambda: Poisson().describe(["a"]), TypeError, "accepted are real numbers"),
        (lambda: Poisson().heldout_bits([], [1]), ValueError, "train: got no observation"),
        (lambda: poisson_complexity(1, (0.1, 0.2)), ValueError, "can have as their mean"),
        (lambda: poisson_complexity(10, (0, 1e300)), ValueError, "below 2\\^62"),
        (lambda: gaussian_complexity(1, mean_range=(0, 1)), ValueError, "scale: got None"),
        (lambda: gaussian_complexity(0, scale_range=(1, 2)), ValueError, "n: got 0"),
        (lambda: exponential_complexity(3, (0, 1)), ValueError, "mean_range: got 0"),
    ],
)
def test_bad_calls(call, error, says):
    with pytest.raises(error, match=says):
        call()


# counts: codes of sequences


@pytest.mark.parametrize("n", [1, 2, 5])
def test_geometric_sums_against_all_samples(n):
    """The exact sum is that of the maximised likelihood over every sample, and the bits its log."""
    by_hand = Fraction(0)
    for total in range(2 * n, 3 * n + 1):
        mean = Fraction(total, n)
        chance = 1 / (1 + mean)
        for sample in samples_with_sum(total, n):
            by_hand += math.prod((chance * (1 - chance) ** x for x in sample), start=Fraction(1))
    exact = geometric_complexity(n, (2, 3), exact=True)
    assert exact == by_hand
    assert geometric_complexity(n, (2, 3)) == pytest.approx(math.log2(by_hand), abs=1e-12)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_poisson_sums_against_all_samples(n):
    by_hand = sum(
        math.prod(stats.poisson.pmf(sample, total / n))
        for total in range(2 * n, 3 * n + 1)
        for sample in samples_with_sum(total, n)
    )
    assert poisson_complexity(n, (2, 3)) == pytest.approx(math.log2(by_hand), abs=1e-12)


def test_terms_against_fractions():
    sums = np.array([0, 1, 2, 5, 15, 16, 17, 300, 3000])
    geometric = [float(shtarkov._exact_term(7, int(s))) for s in sums]
    np.testing.assert_allclose(shtarkov.geometric_terms(sums, 7), geometric, rtol=1e-13)
    poisson = [float(Fraction(int(s) ** int(s), math.factorial(s))) if s < 100 else 0 for s in sums]
    near = sums < 100
    expected = np.array(poisson)[near] * np.exp(-sums[near].astype(float))
    np.testing.assert_allclose(shtarkov.poisson_terms(sums)[near], expected, rtol=1e-13)


@pytest.mark.parametrize(
    "terms", [shtarkov.poisson_terms, lambda s: shtarkov.geometric_terms(s, 9)]
)
def test_integrated_octaves_are_sums(terms, monkeypatch):
    low, high = 1000, 3_000_000
    with_integral = shtarkov.sum_of_terms(terms, low, high)
    monkeypatch.setattr(shtarkov, "_SUMMED", 1 << 40)
    assert with_integral == pytest.approx(shtarkov.sum_of_terms(terms, low, high), rel=1e-12)


@pytest.mark.parametrize("family", [Poisson, Geometric])
@pytest.mark.parametrize("length", [0, 1, 2, 3, 4])
def test_nml_sums_to_its_octave(family, length):
    """Over all samples whose sum has this bit length the code spends what the index says."""
    spent = sum(
        2 ** -family("nml").describe(sample).total_bits
        for total in range((1 << length) >> 1, 1 << length)
        for sample in samples_with_sum(total, 3)
    )
    assert spent == pytest.approx(2 ** -octaves.index_bits(length), rel=1e-12)


@pytest.mark.parametrize("code", [octaves.index_bits, octaves.count_bits])
def test_index_codes_are_complete(code):
    """Codewords of the same length of the index end a partial sum at 1 - 2^-j (gamma) or below."""
    spent = sum(Fraction(1, 2 ** int(code(i))) for i in range((1 << 12) - 1))
    assert spent == {octaves.index_bits: 1 - Fraction(1, 4096)}.get(code, Fraction(9140625, 10**7))


@pytest.mark.parametrize("version", ["cnml", "bayes", "prequential"])
@pytest.mark.parametrize("first", [0, 2])
def test_poisson_given_the_first_count_sums_to_one(version, first):
    """The rest of a sample has probabilities that add up to 1, to the tail."""
    spent = sum(
        2 ** -Poisson(version).describe([first, *rest]).total_bits
        for total in range(60)
        for rest in samples_with_sum(total, 2)
    )
    assert spent == pytest.approx(2 ** -octaves.count_bits(first), rel=1e-4)
    assert spent <= 2 ** -octaves.count_bits(first) * (1 + 1e-12)


@pytest.mark.parametrize("version", ["cnml", "bayes", "prequential"])
def test_geometric_given_the_first_count_sums_to_one(version):
    """Tails are heavy: Richardson's extrapolation of partial sums, whose tail goes as 1 / x."""
    first, ends = 2, (1000, 4000)
    partial, spent = [], 0.0
    for x in range(ends[-1]):
        if x in ends:
            partial.append(spent)
        spent += 2 ** -Geometric(version).describe([first, x]).total_bits
    partial.append(spent)
    given = 2 ** -octaves.count_bits(first)
    power = {"cnml": 1, "bayes": 1, "prequential": None}[version]
    if power is None:  # a geometric distribution: no tail
        assert spent == pytest.approx(given, rel=1e-12)
    else:
        ratio = (ends[1] / ends[0]) ** power
        assert partial[0] < partial[1] < given
        left = (ratio * partial[1] - partial[0]) / (ratio - 1)
        assert left == pytest.approx(given, rel=1e-3)


@pytest.mark.parametrize("family", [Poisson, Geometric])
def test_conditional_nml_of_two_against_its_sum(family):
    """For n = 2 the normaliser is one sum over the second count, done here by hand."""
    code = family("cnml")
    maximised = [2 ** -code.describe([3, x]).best_fit_bits for x in range(3000)]
    bits = code.describe([3, 5]).model_bits - octaves.count_bits(3)
    tail = maximised[-1] * 3000 if family is Geometric else 0.0  # terms fall as x^-2
    assert bits == pytest.approx(math.log2(sum(maximised) + tail), rel=1e-3)
    assert code.describe([3]).total_bits == octaves.count_bits(3)


@pytest.mark.parametrize("rest", [[1], [0, 5], [4, 0, 2, 9]])
@pytest.mark.parametrize("first", [0, 3])
def test_conditional_nml_of_more_counts_against_its_sum(first, rest):
    """The normaliser of geometric counts: by sums s, C(s - first + n - 2, n - 2) samples each."""
    n, end = len(rest) + 1, 10**6
    sums = np.arange(first, end, dtype=np.float64)
    mean = sums / n
    ways = gammaln(sums - first + n - 1) - gammaln(n - 1) - gammaln(sums - first + 1)
    nats = ways - n * np.log1p(mean) + xlogy(sums, mean) - xlog1py(sums, mean)
    tail = n**n * math.exp(-n) / math.factorial(n - 2) / end  # terms fall as s^-2
    found = Geometric("cnml").describe([first, *rest])
    bits = found.model_bits - octaves.count_bits(first)
    assert bits == pytest.approx(math.log2(np.exp(nats).sum() + tail), abs=1e-8)


def test_bayes_against_integrals():
    data = [2, 0, 3, 1]
    gamma = integrate.quad(
        lambda m: math.prod(stats.poisson.pmf(data[1:], m)) * stats.gamma.pdf(m, 2.5), 0, 60
    )[0]
    bits = Poisson("bayes").describe(data).total_bits - octaves.count_bits(2)
    assert bits == pytest.approx(-math.log2(gamma), abs=1e-7)
    beta = integrate.quad(
        lambda p: p**3 * (1 - p) ** sum(data[1:]) * stats.beta.pdf(p, 1, 2.5), 0, 1
    )[0]
    bits = Geometric("bayes").describe(data).total_bits - octaves.count_bits(2)
    assert bits == pytest.approx(-math.log2(beta), abs=1e-7)


@pytest.mark.parametrize("family", [Poisson, Geometric])
def test_all_zero_and_one_count(family):
    for version in family.versions:
        zeros = family(version).describe([0, 0, 0])
        assert zeros.best_fit_bits == 0
        assert 0 < zeros.total_bits < 6
        assert math.isfinite(family(version).describe([7]).total_bits)


def test_two_part_sends_what_is_decoded():
    """The bits given the sent mean are the likelihood under it, by scipy."""
    data = np.random.default_rng(1).poisson(3, 50)
    found = Poisson("two-part").describe(data)
    sent = found.fit["sent"]["mean"]
    assert found.data_bits == pytest.approx(-stats.poisson.logpmf(data, sent).sum() * E_LOG)
    assert math.sqrt(sent) / math.sqrt(3 / 50) == pytest.approx(
        round(math.sqrt(sent) / math.sqrt(3 / 50))
    )
    data = np.random.default_rng(1).geometric(0.3, 50) - 1
    found = Geometric("two-part").describe(data)
    chance = 1 / (1 + found.fit["sent"]["mean"])
    assert found.data_bits == pytest.approx(-stats.geom.logpmf(data + 1, chance).sum() * E_LOG)


COUNTED = {  # the law of one count, the root of its Fisher information, the mean at a distance
    Poisson: (
        stats.poisson.logpmf,
        lambda m: 1 / math.sqrt(m),
        lambda even: even**2 / 4,
    ),
    Geometric: (
        lambda x, m: stats.geom.logpmf(np.asarray(x) + 1, 1 / (1 + m)),
        lambda m: 1 / math.sqrt(m * (1 + m)),
        lambda even: math.sinh(even / 2) ** 2,
    ),
}


@pytest.mark.parametrize("family", COUNTED)
@pytest.mark.parametrize("true_mean", [0.1, 0.7, 3.0, 3.4, 40.0])
def test_two_part_sends_the_best_index(family, true_mean):
    """Steps of sqrt(12 / n) where the Fisher information is 1, the one with the shortest total."""
    log_mass, root, mean_of = COUNTED[family]
    data = np.random.default_rng(4).poisson(true_mean, 30)

    def lengths(step):
        mean = mean_of(step * math.sqrt(12 / 30))
        rest = -log_mass(data, mean).sum() * E_LOG
        return octaves.index_bits(step) + rest, octaves.index_bits(step), mean, step

    total, model, mean, step = min(map(lengths, range(1, 60)))
    found = family("two-part").describe(data)
    assert found.total_bits == pytest.approx(total)
    assert found.model_bits == model
    assert found.fit["sent"]["mean"] == pytest.approx(mean)
    assert integrate.quad(root, 0, mean)[0] == pytest.approx(step * math.sqrt(12 / 30))


@pytest.mark.parametrize("family", COUNTED)
def test_predictions_of_counts(family):
    """The plug-in of mean (sum + 1/2) / n, for the next count and for held-out ones."""
    log_mass, *_ = COUNTED[family]
    data = np.array([2, 0, 3, 1, 7])
    nats = sum(log_mass(data[i], (data[:i].sum() + 0.5) / i) for i in range(1, 5))
    found = family("prequential").describe(data)
    assert found.total_bits == pytest.approx(octaves.count_bits(2) - nats * E_LOG)
    expected = -log_mass(data[3:], (5 + 0.5) / 3).sum() * E_LOG
    for version in family.versions:
        assert family(version).heldout_bits(data[:3], data[3:]) == pytest.approx(expected)


def test_plug_in_redundancy_is_the_ratio_of_variances():
    """De Rooij and Grünwald: (var P / var M) / 2 log2 n for Poisson codes of geometric data of
    mean m, where the ratio is 1 + m; the Bayesian code has 1/2 log2 n whatever the data."""
    mean, sizes, replicas = 3.0, (100, 3200), 200
    doublings = math.log2(sizes[1] / sizes[0])
    slopes = {"prequential": [], "bayes": []}
    for seed in range(replicas):
        rng = np.random.default_rng([7, seed])
        data = rng.geometric(1 / (1 + mean), sizes[1]) - 1
        for version, found in slopes.items():
            ends = [Poisson(version).describe(data[:n]) for n in sizes]
            # against the true mean: the expected regret has the constant of the maximum besides
            against = [-stats.poisson.logpmf(data[:n], mean).sum() * E_LOG for n in sizes]
            gained = [end.total_bits - bits for end, bits in zip(ends, against, strict=True)]
            found.append((gained[1] - gained[0]) / doublings)
    for version, expected in (("prequential", (1 + mean) / 2), ("bayes", 0.5)):
        found = np.array(slopes[version])
        error = found.std(ddof=1) / math.sqrt(replicas)
        assert abs(found.mean() - expected) < 3 * error + 0.02, (version, found.mean(), error)


# densities


def test_gaussian_complexity_against_integrals():
    """n = 2 by quadrature over both observations, in the polar form of mean and scale."""
    # x = m +- s: dx1 dx2 = 2 dm ds, twice for the two orders
    by_hand = 4 * 3.0 * integrate.quad(lambda s: 1 / (2 * math.pi * math.e * s**2), 0.5, 2)[0]
    found = gaussian_complexity(2, mean_range=(-1, 2), scale_range=(0.5, 2))
    assert found == pytest.approx(math.log2(by_hand), abs=1e-9)
    # one unknown, n = 1: the density of x at mean x is 1 / (scale sqrt(2 pi)); at scale |x| ...
    found = gaussian_complexity(1, mean_range=(0, 5), scale=2)
    assert found == pytest.approx(math.log2(5 / (2 * math.sqrt(2 * math.pi))), abs=1e-12)
    by_hand = 2 * integrate.quad(lambda x: stats.norm.pdf(x, 0, x), 1, 4)[0]
    assert gaussian_complexity(1, scale_range=(1, 4)) == pytest.approx(math.log2(by_hand), abs=1e-9)


@pytest.mark.parametrize("n", [2, 3, 10, 1000])
def test_gaussian_complexity_against_chi_squares(n):
    """The density of the sample mean and variance at themselves, from scipy."""

    def at_itself(s):
        of_mean = stats.norm.pdf(0, 0, s / math.sqrt(n))
        return of_mean * stats.chi2.pdf(n, n - 1) * n / s**2 * 2 * s

    by_hand = 3 * integrate.quad(at_itself, 0.5, 2)[0]
    found = gaussian_complexity(n, mean_range=(0, 3), scale_range=(0.5, 2))
    assert found == pytest.approx(math.log2(by_hand), abs=1e-9)
    known = integrate.quad(lambda s: stats.chi2.pdf(n, n) * n / s**2 * 2 * s, 0.5, 2)[0]
    assert gaussian_complexity(n, scale_range=(0.5, 2)) == pytest.approx(math.log2(known), abs=1e-9)


@pytest.mark.parametrize("n", [1, 2, 10, 1000])
@pytest.mark.parametrize(("low", "high"), [(1, 4), (0.25, 3)])
def test_exponential_complexity_against_gamma(n, low, high):
    by_hand = integrate.quad(lambda m: stats.gamma.pdf(m, n, scale=m / n), low, high)[0]
    assert exponential_complexity(n, (low, high)) == pytest.approx(math.log2(by_hand), abs=1e-9)


@pytest.mark.parametrize(("candidate", "pairs"), [(Gaussian(), "normal"), (Uniform(), "uniform")])
def test_octaves_of_two_observations_integrate(candidate, pairs):
    """n = 2: the density of the code over the samples of one octave and shell is what their
    indices leave, by quadrature over mean (or middle) and half the distance."""
    half = {"normal": (0.5, 1.0), "uniform": (0.25, 0.5)}[pairs]  # unit 2^-1

    def density(middle, s):
        return 4 * 2 ** -candidate.describe([middle - s, middle + s]).total_bits

    for at, shell in ((0.1, 0), (0.75, 1), (1.5, 2)):
        # the density depends on s alone within a shell
        inside = integrate.quad(lambda s, at=at: density(at, s), half[0], half[1] * (1 - 1e-9))[0]
        total = inside * (1.0 if shell == 0 else 2 * 2.0 ** (shell - 2))
        expected = 2 ** -(octaves.signed_bits(-1) + octaves.index_bits(shell))
        assert total == pytest.approx(expected, rel=1e-6)


def test_exponential_octave_integrates():
    density = lambda x: 2 ** -Exponential().describe([x]).total_bits  # noqa: E731
    spent = integrate.quad(density, 4, 8 * (1 - 1e-12))[0]
    assert spent == pytest.approx(2 ** -octaves.signed_bits(2), rel=1e-9)


@pytest.mark.parametrize(
    "candidate",
    [
        Gaussian(version="bayes"),
        Gaussian(version="prequential"),
        Gaussian(mean=1.0, version="bayes"),
        Gaussian(scale=2.0, version="bayes"),
        Gaussian(scale=2.0, version="prequential"),
        Exponential("bayes"),
        Exponential("prequential"),
        Uniform("bayes"),
    ],
    ids=lambda each: each.name,
)
def test_the_next_observation_has_a_density(candidate):
    """Given what came before, the density of the next integrates to 1."""
    before = [0.5, 3.0, 1.25]
    bits = candidate.describe(before).total_bits
    low = 0 if isinstance(candidate, Exponential) else -np.inf

    def density(x):
        return 2 ** (bits - candidate.describe([*before, x]).total_bits)

    cuts = [low, *(c for c in (0.5, 1.5, 3.0) if c > low), np.inf]
    total = sum(integrate.quad(density, a, b, limit=200)[0] for a, b in itertools.pairwise(cuts))
    assert total == pytest.approx(1, rel=1e-6)


def test_gaussian_bayes_is_student():
    """Under the prior 1 / scale the next observation is Student's, with scipy's density."""
    before, new = [0.5, 3.0, 1.25], 2.0
    more = Gaussian(version="bayes").describe([*before, new]).total_bits
    more -= Gaussian(version="bayes").describe(before).total_bits
    spread = np.std(before, ddof=1) * math.sqrt(1 + 1 / 3)
    expected = -stats.t.logpdf(new, 2, np.mean(before), spread) * E_LOG
    assert more == pytest.approx(expected)


def test_gaussian_prequential_one_by_one():
    data = np.random.default_rng(3).normal(5, 2, 40)
    by_hand = float(-stats.cauchy.logpdf(data[:2]).sum() * E_LOG)
    for i in range(2, 40):
        seen = data[:i]
        by_hand -= stats.norm.logpdf(data[i], seen.mean(), seen.std(ddof=1)) * E_LOG
    found = Gaussian(version="prequential").describe(data).total_bits
    assert found == pytest.approx(by_hand)


def test_gaussian_two_part_against_scipy():
    data = np.random.default_rng(3).normal(5, 2, 40)
    found = Gaussian(version="two-part").describe(data)
    sent = found.fit["sent"]
    expected = -stats.norm.logpdf(data, sent["mean"], sent["scale"]).sum() * E_LOG
    assert found.data_bits == pytest.approx(expected)


def gaussian_predictions(mean, scale, version):
    """How many observations are described first, and the density of the next given the others."""

    def bayes(x, seen):  # the prior 1 / scale, flat in the mean
        n = len(seen)
        centre = seen.mean() if mean is None else mean
        wider = 1 + 1 / n if mean is None else 1.0
        if scale is not None:
            return stats.norm.logpdf(x, centre, scale * math.sqrt(wider))
        free = n - (mean is None)
        spread = math.sqrt(np.sum((seen - centre) ** 2) / free * wider)
        return stats.t.logpdf(x, free, centre, spread)

    def plug_in(x, seen):
        centre = seen.mean() if mean is None else mean
        free = len(seen) - (mean is None)
        spread = math.sqrt(np.sum((seen - centre) ** 2) / free) if scale is None else scale
        return stats.norm.logpdf(x, centre, spread)

    start = (mean is None) + (scale is None)
    if start == 0:
        return 0, lambda x, seen: stats.norm.logpdf(x, mean, scale)
    return start, {"bayes": bayes, "prequential": plug_in}[version]


KNOWN = [(None, None), (1.25, None), (None, 1.5), (1.25, 1.5)]


@pytest.mark.parametrize(("mean", "scale"), KNOWN)
@pytest.mark.parametrize("version", ["bayes", "prequential"])
def test_gaussian_predictions_with_known_parameters(mean, scale, version):
    """One by one, by scipy: Student or normal densities behind what is described by Cauchy's."""
    data = np.random.default_rng(4).normal(5, 2, 30)
    start, log_density = gaussian_predictions(mean, scale, version)
    nats = stats.cauchy.logpdf(data[:start]).sum()
    nats += sum(log_density(data[i], data[:i]) for i in range(start, 30))
    found = Gaussian(mean=mean, scale=scale, version=version).describe(data)
    assert found.total_bits == pytest.approx(-nats * E_LOG)
    assert found.parameters == start


@pytest.mark.parametrize(("mean", "scale"), KNOWN)
def test_gaussian_held_out(mean, scale):
    train, test = np.array([0.5, 3.0, 1.25, 7.0]), np.array([2.0, -1.0])
    centre = train.mean() if mean is None else mean
    free = len(train) - (mean is None)
    spread = math.sqrt(np.sum((train - centre) ** 2) / free) if scale is None else scale
    expected = -stats.norm.logpdf(test, centre, spread).sum() * E_LOG
    for version in Gaussian.versions:
        code = Gaussian(mean=mean, scale=scale, version=version)
        assert code.heldout_bits(train, test) == pytest.approx(expected)


def test_exponential_predictions():
    """One by one, by scipy, behind a first value by the folded Cauchy density: exponential with the
    mean so far, or Lomax under the prior 1 / mean."""
    data = np.random.default_rng(4).exponential(3, 30)
    for version, log_density in (
        ("prequential", lambda x, seen: stats.expon.logpdf(x, scale=seen.mean())),
        ("bayes", lambda x, seen: stats.lomax.logpdf(x, len(seen), scale=seen.sum())),
    ):
        nats = stats.halfcauchy.logpdf(data[0])
        nats += sum(log_density(data[i], data[:i]) for i in range(1, 30))
        assert Exponential(version).describe(data).total_bits == pytest.approx(-nats * E_LOG)


@pytest.mark.parametrize("true_mean", [0.02, 0.9, 3.0, 3.5, 4.0, 70.0])
def test_exponential_two_part_sends_the_best_index(true_mean):
    """ln of the mean in steps of sqrt(12 / n), of all steps the one with the shortest total."""
    data = np.random.default_rng(4).exponential(true_mean, 30)

    def lengths(step):
        mean = math.exp(step * math.sqrt(12 / 30))
        rest = -stats.expon.logpdf(data, scale=mean).sum() * E_LOG
        return octaves.signed_bits(step) + rest, octaves.signed_bits(step), rest, mean

    total, model, rest, mean = min(map(lengths, range(-40, 41)))
    found = Exponential("two-part").describe(data)
    assert found.total_bits == pytest.approx(total)
    assert found.model_bits == model
    assert found.data_bits == pytest.approx(rest)
    assert found.fit["sent"]["mean"] == pytest.approx(mean)


def test_exponential_nml_is_of_its_range():
    found = Exponential(mean_range=(0.25, 6.0)).describe(SAMPLE)
    assert found.model_bits == pytest.approx(exponential_complexity(8, (0.25, 6.0)))


def test_exponential_held_out():
    expected = -stats.expon.logpdf([2.0, 0.25], scale=3.0).sum() * E_LOG
    for version in Exponential.versions:
        assert Exponential(version).heldout_bits([1.0, 5.0], [2.0, 0.25]) == pytest.approx(expected)


MEANS, SCALES = (-2.0, 9.0), (0.5, 8.0)


@pytest.mark.parametrize(
    ("known", "ranges"),
    [
        ({}, {"mean_range": MEANS, "scale_range": SCALES}),
        ({"scale": 1.5}, {"mean_range": MEANS}),
        ({"mean": 3.0}, {"scale_range": SCALES}),
        ({}, {"mean_range": MEANS}),
        ({}, {"scale_range": SCALES}),
        ({"mean": 3.0}, {}),
        ({"scale": 1.5}, {}),
    ],
)
def test_gaussian_nml_is_of_its_ranges(known, ranges):
    """NML costs what its range costs, and the index of the octave or shell where none is stated."""
    code = Gaussian(**known, **ranges)
    found = code.describe(SAMPLE)
    n, scale = len(SAMPLE), found.fit["scale"]
    wanted, index = dict(ranges), 0.0
    if "scale" not in known and "scale_range" not in ranges:
        unit = math.floor(math.log2(scale))
        wanted["scale_range"] = (2.0**unit, 2.0 ** (unit + 1))
        index += octaves.signed_bits(unit)
    if "mean" not in known and "mean_range" not in ranges:
        unit = math.floor(math.log2(wanted.get("scale_range", (scale,))[0]))
        shell = max(math.floor(math.log2(found.fit["mean"])) - unit + 1, 0)
        length = 2.0**unit * (2.0**shell if shell else 2.0)  # both signs
        wanted["mean_range"] = (0.0, length)
        index += octaves.index_bits(shell)
    if "scale" in known:
        wanted["scale"] = known["scale"]
    expected = index + gaussian_complexity(n, **wanted)
    assert found.model_bits == pytest.approx(expected, abs=1e-9)


def test_gaussian_nml_of_one_observation_is_even():
    """The density of one observation whose mean is in a range is the range's own."""
    found = Gaussian(scale=1.5, mean_range=(-2, 9)).describe([3.0])
    assert found.total_bits == pytest.approx(math.log2(11), abs=1e-12)


@pytest.mark.parametrize(("mean", "scale"), [(None, None), (1.25, None), (None, 1.5)])
@pytest.mark.parametrize(("centre", "spread"), [(0.01, 0.01), (5, 2), (-30, 9)])
def test_gaussian_two_part_sends_the_best_indices(mean, scale, centre, spread):
    """ln scale in steps of sqrt(6 / n), the mean in steps of sqrt(12 / n) of the scale sent, of all
    steps those with the shortest total."""
    data = np.random.default_rng(3).normal(centre, spread, 40)
    coarse = math.sqrt(12 / 40)

    def totals():
        for k in range(-30, 31) if scale is None else [0]:
            sent = math.exp(k * math.sqrt(6 / 40)) if scale is None else scale
            near = round(data.mean() / (coarse * sent))
            for j in range(near - 4, near + 5) if mean is None else [0]:
                middle = j * coarse * sent if mean is None else mean
                bits = (scale is None) * octaves.signed_bits(k)
                bits += (mean is None) * octaves.signed_bits(j)
                rest = -stats.norm.logpdf(data, middle, sent).sum() * E_LOG
                yield bits + rest, bits, middle, sent

    total, bits, middle, sent = min(totals())
    found = Gaussian(mean=mean, scale=scale, version="two-part").describe(data)
    assert found.total_bits == pytest.approx(total)
    assert found.model_bits == bits
    assert found.fit["sent"] == pytest.approx({"mean": middle, "scale": sent})


@pytest.mark.parametrize("candidate", REAL, ids=lambda each: each.name)
def test_precision_adds_its_bits(candidate):
    kind = type(candidate)
    known = {k: getattr(candidate, k) for k in ("mean", "scale") if hasattr(candidate, k)}
    finer = kind(version=candidate.version, precision=0.125, **known)
    assert finer.describe(SAMPLE).total_bits == pytest.approx(
        candidate.describe(SAMPLE).total_bits + 3 * len(SAMPLE)
    )
    held = candidate.heldout_bits(SAMPLE[:4], SAMPLE[4:])
    assert finer.heldout_bits(SAMPLE[:4], SAMPLE[4:]) == pytest.approx(held + 3 * 4)


def test_lognormal_is_normal_of_logarithms():
    found = LogNormal().describe(SAMPLE)
    expected = -stats.norm.logpdf(np.log(SAMPLE), np.mean(np.log(SAMPLE)), np.std(np.log(SAMPLE)))
    jacobian = np.log2(SAMPLE).sum()
    assert found.best_fit_bits == pytest.approx(expected.sum() * E_LOG + jacobian)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20), st.integers(-20, 20))
def test_gaussian_regret_is_scale_free(data, power):
    """Powers of two move the octave alone: the regret changes by its index."""
    sample = np.array(data)
    if sample.std() < 1e-6 * max(1.0, np.abs(sample).max()):
        return
    plain, scaled = (Gaussian().describe(each) for each in (sample, sample * 2.0**power))
    unit = octaves.octave(plain.fit["scale"])
    moved = octaves.signed_bits(unit + power) - octaves.signed_bits(unit)
    assert scaled.regret_bits - plain.regret_bits == pytest.approx(moved, abs=1e-6)


@pytest.mark.parametrize("family", [Gaussian, Exponential, Poisson, Geometric])
def test_regret_grows_as_half_log_n_per_parameter(family):
    """Of the one-part codes, on data of the family, to one bit besides the octave's."""
    rng = np.random.default_rng(5)
    draw = {
        Gaussian: lambda n: rng.normal(1, 2, n),
        Exponential: lambda n: rng.exponential(3, n),
        Poisson: lambda n: rng.poisson(3, n),
        Geometric: lambda n: rng.geometric(0.25, n) - 1,
    }[family]
    for version in ("nml", "bayes"):
        regrets = [
            np.mean([family(version=version).describe(draw(n)).regret_bits for _ in range(30)])
            for n in (64, 4096)
        ]
        parameters = family().describe(draw(9)).parameters
        # six doublings; the octave of a count's sum takes up to 4 bits more
        octave = 2 * 6 / 6 if family in (Poisson, Geometric) and version == "nml" else 0
        assert abs(regrets[1] - regrets[0] - 3 * parameters) < 1 + octave, regrets


def test_uniform_held_out():
    """The prior 1 / width after n rows: (n - 1) / (n + 1) that the next is within the extremes,
    evenly, and beyond as width^-n."""
    train, width = np.array([1.0, 2.0, 5.0]), 4.0
    for version in Uniform.versions:
        inside = Uniform(version).heldout_bits(train, [3.0])
        assert inside == pytest.approx(-math.log2((3 - 1) / (3 + 1) / width))
        beyond = Uniform(version).heldout_bits(train, [9.0])
        assert beyond - inside == pytest.approx(3 * math.log2((9 - 1) / width))


def test_other_families_win_on_their_own_data():
    rng = np.random.default_rng(0)
    reals = [Gaussian(), Exponential(), Uniform(), LogNormal()]
    for data, wanted in (
        (rng.normal(20, 2, 400), "gaussian (nml)"),
        (rng.exponential(3, 400), "exponential (nml)"),
        (rng.uniform(2, 5, 400), "uniform (nml)"),
        (np.exp(rng.normal(1, 1, 400)), "log-normal (nml)"),
    ):
        assert mdl.select(reals, data, folds=5, progress=False).best.name == wanted
    counts = [Poisson(), Geometric()]
    assert mdl.select(counts, rng.poisson(5, 100), progress=False).best.name == "poisson (nml)"
    drawn = rng.geometric(0.2, 100) - 1
    assert mdl.select(counts, drawn, progress=False).best.name == "geometric (nml)"


def test_sums_at_decimal_ends_are_those_of_samples():
    assert shtarkov._sums(10, (0.1, 0.3)) == (1, 3)
    assert shtarkov._sums(10, (0.2, 0.6)) == (2, 6)
    assert shtarkov._sums(10, (0.0, 0.25)) == (0, 2)
    for n, low, high in itertools.product(range(1, 40), (0.1, 0.2, 1 / 3), (0.3, 0.6, 0.7)):
        inside = [s for s in range(n + 1) if low <= np.mean([s, *[0] * (n - 1)]) <= high]
        if inside and low < high:
            assert shtarkov._sums(n, (low, high)) == (inside[0], inside[-1])


@pytest.mark.parametrize("family", [Poisson, Geometric])
def test_nml_of_a_stated_range_sums_to_one(family):
    code, total = family(mean_range=(0.1, 0.3)), 0.0
    for counts in itertools.combinations_with_replacement(range(4), 10):
        if 1 <= sum(counts) <= 3:
            orders = math.factorial(10)
            for value in range(4):
                orders //= math.factorial(counts.count(value))
            total += orders * 2 ** -code.describe(counts).total_bits
    assert total == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Gaussian(mean=10**400), ValueError, "^mean: got 1000"),
        (lambda: Gaussian(mean=-(10**400)), ValueError, "^mean: got -1000"),
        (lambda: Gaussian(scale=10**400), ValueError, "^scale: got 1000"),
        (lambda: Gaussian(scale_range=(1e-50, 1e300)), ValueError, r"^scale_range: got 1e\+300"),
        (lambda: Gaussian(mean_range=(-1e308, 1e308)), ValueError, "^mean_range: got"),
        (lambda: Gaussian(mean_range=(0, 10**400)), ValueError, "^mean_range: got"),
        (lambda: Exponential(mean_range=(1e-20, 1e300)), ValueError, r"^mean_range: got 1e\+300"),
        (lambda: exponential_complexity(3, (1, 1e300)), ValueError, r"^mean_range: got 1e\+300"),
        (lambda: Poisson(mean_range="19"), TypeError, "^mean_range: got '19', accepted is a pair"),  # type: ignore[arg-type]
        (lambda: Poisson(mean_range=("1", "9")), TypeError, "^mean_range: got"),  # type: ignore[arg-type]
    ],
)
def test_numbers_beyond_doubles_and_no_numbers(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_the_exact_sum_of_an_integer_of_numpy():
    n = np.int64(30)
    expected = geometric_complexity(30, (0, 2), exact=True)
    assert geometric_complexity(n, (0, 2), exact=True) == expected


@pytest.mark.parametrize("mean", [0.3, 40.0, 1e6, 1e10, 1e14])
def test_large_counts_keep_their_digits(mean):
    sample = np.random.default_rng(0).poisson(mean, 20)
    total, n = int(sample.sum()), len(sample)
    with mpmath.workdps(50):
        factorials = sum(mpmath.loggamma(int(each) + 1) for each in sample)
        best = factorials + total - (total * mpmath.log(mpmath.mpf(total) / n) if total else 0)
        best_bits = float(best / mpmath.log(2))

        def marginal(some):
            s, half = int(some.sum()), mpmath.mpf(1) / 2
            whole = sum(mpmath.loggamma(int(each) + 1) for each in some)
            return (s + half) * mpmath.log(len(some)) - mpmath.loggamma(s + half) + whole

        rest = float((marginal(sample) - marginal(sample[:1])) / mpmath.log(2))
    described = Poisson("bayes").describe(sample)
    assert described.best_fit_bits == pytest.approx(best_bits, abs=1e-6)
    first = octaves.count_bits(int(sample[0]))
    assert described.total_bits == pytest.approx(first + rest, abs=1e-6)
