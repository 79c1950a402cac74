"""Regression codes: against integrals, other packages' densities, and their own symmetries."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.special import gammaln

import mdl
from mdl.families import _octaves as octaves
from mdl.regression import Linear, Polynomial, codelengths, degree_frequencies, subset_candidates
from mdl.regression._fit import fitted, orthonormal

E_LOG = math.log2(math.e)
VERSIONS = codelengths.VERSIONS


def cubic(n: int, seed: int, noise: float = 0.3):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, n)
    return x, 1 - 2 * x + 3 * x**3 + rng.normal(0, noise, n)


def totals(data, version="nml", degrees=range(11)):
    return np.array([Polynomial(d, version).describe(data).total_bits for d in degrees])


def fit_of(x, y, intercept=False):
    return fitted(orthonormal(x, intercept=intercept, what="x"), y, intercept=intercept, what="x")


# what all versions promise


@pytest.mark.parametrize("version", VERSIONS)
def test_descriptions(version):
    data = cubic(40, 0)
    for candidate in (Polynomial(3, version), Polynomial(0, version)):
        found = candidate.describe(data)
        assert isinstance(candidate, mdl.Predictive)
        assert (found.version, found.n, found.parameters) == (version, 40, candidate.degree + 2)
        assert found.regret_bits > 0
        residual = data[1] - candidate.predict(data, data[0])
        scale = math.sqrt(np.mean(residual**2))
        expected = -stats.norm.logpdf(residual, 0, scale).sum() * E_LOG
        assert found.best_fit_bits == pytest.approx(expected)
        assert found.to_dict()["fit"]["scale"] == pytest.approx(scale)
        assert candidate.describe(([], [])).total_bits == 0


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("intercept", [True, False])
def test_linear_and_polynomial_agree(version, intercept):
    x, y = cubic(30, 1)
    powers = np.column_stack([x, x**2, x**3])  # another basis of the same space
    linear = Linear(version=version, intercept=intercept)
    assert linear.describe((powers, y)).n == 30
    if intercept and version != "two-part":  # which depends on the basis, up to its rounding
        expected = Polynomial(3, version).describe((x, y)).total_bits
        assert linear.describe((powers, y)).total_bits == pytest.approx(expected, abs=1e-6)
    assert math.isfinite(linear.heldout_bits((powers[:20], y[:20]), (powers[20:], y[20:])))


# the codes are densities


@pytest.mark.parametrize("version", ["nml", "bayes"])
@pytest.mark.parametrize("intercept", [True, False])
def test_small_samples_integrate(version, intercept):
    """Over an octave of the scale the code spends what the indices say.

    Without a constant n = 3, in spherical coordinates about the one column; with a constant n = 4
    at a fixed mean, where what is integrated is the density of the three contrasts.
    """
    rng = np.random.default_rng(0)
    n = 3 + intercept
    column = rng.normal(size=(n, 1))
    basis = orthonormal(column, intercept=intercept, what="x")
    inner = [np.full((n, 1), n**-0.5)] if intercept else []
    frame = np.linalg.qr(np.hstack([*inner, basis, rng.normal(size=(n, n - 1 - intercept))]))[0]
    frame = frame[:, intercept:]  # orthonormal contrasts, the first along the column
    code = Linear(version=version, intercept=intercept)

    def density(cosine, radius):
        sine = math.sqrt(1 - cosine**2)
        y = 0.25 * intercept + frame @ (radius * np.array([cosine, sine * 0.6, sine * 0.8]))
        return 2 ** -code.describe((column, y)).total_bits

    # f depends on the radius as r^-3 within the octave 1 <= r / sqrt 3 < 2 alone
    r = 1.5 * math.sqrt(3)
    assert density(0.3, r) * r**3 == pytest.approx(density(0.3, 1.1 * r) * (1.1 * r) ** 3)
    # the shells of F end where (S / k) / (R / (N - k)) is a power of 4; fourteen are added up
    shells = 14
    ends = [math.sqrt(f / (f + 2)) for f in (4.0**j for j in range(shells))]
    share = sum(2 ** -octaves.index_bits(j) for j in range(shells))
    if version == "bayes":
        ends, share = [0.9, 0.99, 0.999, 1 - 1e-9], 1.0
    cuts = [0.0, *ends]
    sphere = sum(
        integrate.quad(density, a, b * (1 - 1e-13), args=(r,), limit=200)[0]
        for a, b in itertools.pairwise(cuts)
    )
    spent = 2 * 2 * math.pi * sphere * r**3 * math.log(2)  # both signs, the circle, ln r
    given = octaves.signed_bits(0)
    if intercept:  # the mean .25 is in shell 0: two units long, in steps of sqrt(n)
        given += octaves.index_bits(0) + 1 + 0.5 * math.log2(n)
    assert spent == pytest.approx(share * 2**-given, rel=2e-6)


@pytest.mark.parametrize("n", [8, 30, 200])
def test_nml_is_rissanens(n):
    """Against (n - k)/2 log(R / (n - k)) + k/2 log(S / k) + 1/2 log(k (n - k)), his form with
    Stirling's formula for the gamma functions; the octave of F is what he leaves open."""
    rng = np.random.default_rng(n)
    x = rng.normal(size=(n, 6))
    y = 10 * x[:, 0] + x @ np.arange(1, 7) + rng.normal(size=n)
    left = []
    for k in range(1, 7):
        fit = fit_of(x[:, :k], y)
        rest = n - k
        rissanen = rest / 2 * math.log2(fit.residual / rest) + k / 2 * math.log2(fit.explained / k)
        rissanen += 0.5 * math.log2(k * rest)
        j = octaves.shell(math.sqrt(fit.explained / k / (fit.residual / rest)), 0)
        assert j > 0
        # Stirling: ln Gamma(a) = (a - 1/2) ln a - a + ln(2 pi) / 2 + 1 / (12 a) - ...
        stirling = sum(
            float(gammaln(a)) - ((a - 0.5) * math.log(a) - a + 0.5 * math.log(2 * math.pi))
            for a in (k / 2, rest / 2)
        )
        ours = codelengths.nml_bits(fit) - octaves.index_bits(j) + stirling * E_LOG
        left.append(ours - rissanen)
    assert np.ptp(left) < 1e-9 * n  # what is left is common to all k


def test_renormalising_twice_gives_the_spheres():
    """The two normalisers, multiplied out as in Rissanen (2000), equations 13 to 20."""
    n, k = 9, 3
    rng = np.random.default_rng(2)
    x = rng.normal(size=(n, k))
    fit = fit_of(x, x @ [3.0, 1, 1] + rng.normal(size=n))
    tau, r = fit.residual / n, fit.explained / n
    ln_c1 = n / 2 * math.log(n / 2) - n / 2 - gammaln((n - k) / 2) - gammaln(k / 2)
    ln_c1 += math.log(4 / k**2) + k / 2 * math.log(r / tau)
    ln_c2 = math.log(k**2 / 4) + 2 * math.log(math.log(4))  # an octave of each
    nats = n / 2 * math.log(2 * math.pi * math.e * tau) + ln_c1 + ln_c2
    shell = octaves.shell(math.sqrt(r * (n - k) / (tau * k)), 0)
    unit = octaves.octave(math.sqrt(fit.total / n))
    bits = nats * E_LOG + octaves.index_bits(shell) + octaves.signed_bits(unit)
    assert codelengths.nml_bits(fit) == pytest.approx(bits)


def test_bayes_factors_against_quadrature():
    """The mixture over g by scipy, with the inverse gamma density, at fixed g by hand."""
    x, y = cubic(25, 4)
    fit = fit_of(np.column_stack([x, x**3]), y, intercept=True)
    null = codelengths.bayes_bits(fit_of(np.zeros((25, 0)), y, intercept=True))

    def factor(g):
        rest = fit.residual / fit.total
        return (1 + g) ** ((24 - 2) / 2) * (1 + g * rest) ** (-24 / 2)

    assert null - codelengths.bayes_bits(fit, 25.0) == pytest.approx(math.log2(factor(25.0)))
    mixed = integrate.quad(
        lambda t: (
            factor(math.exp(t)) * stats.invgamma.pdf(math.exp(t), 0.5, scale=12.5) * math.exp(t)
        ),
        -5,
        25,
        limit=200,
    )[0]
    assert null - codelengths.bayes_bits(fit) == pytest.approx(math.log2(mixed), abs=1e-7)


def test_bayes_factor_against_the_marginal_likelihood():
    """At fixed g and sigma integrated out: y is a multivariate Student under both."""
    rng = np.random.default_rng(8)
    x, y, g = rng.normal(size=(6, 2)), rng.normal(size=6), 5.0
    fit = fit_of(x, y)
    hat = x @ np.linalg.solve(x.T @ x, x.T)
    # with 1 / sigma: the marginal is |V|^(-1/2) (y' V^-1 y)^(-n/2) up to a constant
    cover = np.eye(6) + g * hat
    ln = -0.5 * np.linalg.slogdet(cover)[1] - 3 * math.log(y @ np.linalg.solve(cover, y))
    ln += 3 * math.log(y @ y)
    null = codelengths.bayes_bits(fit_of(np.zeros((6, 0)), y))
    assert null - codelengths.bayes_bits(fit, g) == pytest.approx(ln * E_LOG)


@pytest.mark.parametrize("degree", [0, 2])
def test_prequential_is_students_one_by_one(degree):
    x, y = cubic(25, 3)
    columns = np.vander(x, degree + 1)
    start = degree + 2
    found = Polynomial(degree, "prequential").describe((x, y)).total_bits
    by_hand = (
        Polynomial(0, "nml").describe((x[:start], y[:start])).total_bits if start > 2 else None
    )
    if by_hand is None:
        m, t = y[:2].mean(), np.sum((y[:2] - y[:2].mean()) ** 2)
        unit = octaves.octave(math.sqrt(t))
        shell, length = octaves.shell_bits(m, unit)
        by_hand = octaves.signed_bits(unit) + shell + length + 0.5
        # one contrast: its sign, and ln T even over ln 4
        by_hand += math.log2(2 * math.sqrt(t)) + math.log2(math.log(4)) - 1
    for i in range(start, 25):
        seen = columns[:i]
        sent, residual = np.linalg.lstsq(seen, y[:i], rcond=None)[:2]
        free = i - degree - 1
        lever = columns[i] @ np.linalg.inv(seen.T @ seen) @ columns[i]
        scale = math.sqrt(residual[0] / free * (1 + lever))
        by_hand -= stats.t.logpdf(y[i], free, columns[i] @ sent, scale) * E_LOG
    assert found == pytest.approx(by_hand)


def test_snls_one_by_one():
    """The density of the next output by quadrature of s_t^(-t/2), from the definition."""
    x, y = cubic(12, 3)
    columns = np.vander(x, 3)
    start = 4
    by_hand = Polynomial(0).describe((x[:start], y[:start])).total_bits
    squares = float(np.linalg.lstsq(columns[:start], y[:start], rcond=None)[1][0])

    def last_residual(i, value):
        outputs = np.append(y[:i], value)
        sent = np.linalg.lstsq(columns[: i + 1], outputs, rcond=None)[0]
        return value - columns[i] @ sent

    for i in range(start, 12):
        t = i + 1
        # the residual is linear in the value
        at_0, at_1 = last_residual(i, 0.0), last_residual(i, 1.0)
        slope = at_1 - at_0
        scale = math.sqrt(squares) / slope

        def weight(u, t=t, scale=scale):
            return (1 + (u / scale) ** 2) ** (-t / 2)

        norm = 2 * integrate.quad(weight, 0, np.inf)[0]
        residual = at_0 + slope * y[i]
        by_hand -= math.log2((1 + residual**2 / squares) ** (-t / 2) / norm)
        squares += residual**2
    assert Polynomial(2, "snls").describe((x, y)).total_bits == pytest.approx(by_hand, abs=1e-6)


def test_two_part_is_what_the_receiver_computes():
    x, y = cubic(50, 6)
    basis = orthonormal(np.vander(x, 4)[:, :3], intercept=True, what="x")
    fit = fitted(basis, y, intercept=True, what="x")
    model, rest, sent = codelengths.two_part(fit)
    step = math.sqrt(12) * sent["sigma"]
    whole = np.column_stack([np.full(50, 50**-0.5), basis])
    numbers = np.rint(whole.T @ y / step)
    expected = -stats.norm.logpdf(y, whole @ numbers * step, sent["sigma"]).sum() * E_LOG
    assert rest == pytest.approx(expected)
    unit = octaves.octave(math.sqrt(fit.total / 49))
    index = round(math.log(sent["sigma"] / 2.0**unit) / math.sqrt(6 / 50))
    indices = [unit, index, *numbers.astype(int).tolist()]
    assert model == sum(octaves.signed_bits(each) for each in indices)


# symmetries


@settings(max_examples=25)
@given(
    st.integers(0, 100),
    st.sampled_from(VERSIONS),
    st.floats(-1000, 1000),
    st.floats(0.01, 100),
    st.booleans(),
)
def test_shift_and_scale_of_x_change_nothing(seed, version, shift, scale, mirrored):
    x, y = cubic(30, seed)
    moved = shift + x * (-scale if mirrored else scale)
    np.testing.assert_allclose(
        totals((moved, y), version, range(5)), totals((x, y), version, range(5)), atol=1e-5
    )


@settings(max_examples=25)
@given(st.integers(0, 100), st.sampled_from(VERSIONS), st.floats(0.001, 1000), st.booleans())
def test_scale_of_y_is_common(seed, version, scale, mirrored):
    """n log2 of the scale, and for whole samples the same change of the octave for all degrees."""
    x, y = cubic(30, seed)
    factor = -scale if mirrored else scale
    change = totals((x, factor * y), version, range(5)) - totals((x, y), version, range(5))
    change -= 30 * math.log2(scale)
    if version in ("nml", "bayes"):
        np.testing.assert_allclose(change, change[0], atol=1e-6)
        assert abs(change[0]) < 20
    else:  # the start of a sequence has an octave of its own, and so has sigma
        assert np.abs(change).max() < 40
    if version == "nml":
        power = totals((x, 4 * y)) - totals((x, y)) - 60
        np.testing.assert_allclose(power, power[0], atol=1e-6)


@given(st.integers(0, 100), st.floats(-50, 50))
@settings(max_examples=20)
def test_shift_of_y_is_common(seed, shift):
    x, y = cubic(30, seed)
    for version in ("nml", "bayes"):
        change = totals((x, y + shift), version, range(5)) - totals((x, y), version, range(5))
        np.testing.assert_allclose(change, change[0], atol=1e-6)


def test_degree_twenty_against_exact_arithmetic():
    """The residual of a fit of degree 20, against one on exactly orthogonal discrete columns."""
    from fractions import Fraction

    n = 60
    x = np.arange(n, dtype=float)
    y = np.random.default_rng(0).integers(-50, 50, n)
    # Gram's polynomials by their recurrence, in whole Fractions
    points = [Fraction(2 * i - (n - 1)) for i in range(n)]
    basis = [[Fraction(1)] * n]
    for degree in range(20):
        column = [p * b for p, b in zip(points, basis[-1], strict=True)]
        for old in basis[-2:]:
            share = sum(a * b for a, b in zip(column, old, strict=True))
            share /= sum(b * b for b in old)
            column = [a - share * b for a, b in zip(column, old, strict=True)]
        assert len(basis) == degree + 1
        basis.append(column)
    left = sum(Fraction(int(v)) ** 2 for v in y)
    for old in basis:
        dot = sum(int(v) * b for v, b in zip(y, old, strict=True))
        left -= dot * dot / sum(b * b for b in old)
    found = Polynomial(20).describe((x, y)).fit["scale"] ** 2 * n
    assert found == pytest.approx(float(left), rel=1e-12)


# selection


def test_symmetric_data_do_not_reward_what_explains_nothing():
    x = np.linspace(-1, 1, 41)
    y = x**2 + 0.1 * np.cos(40 * x)
    odd, none = totals((x, y), degrees=[1, 0])
    assert none < odd
    assert int(np.argmin(totals((x, y)))) == 2


def test_degrees_are_found_as_n_grows():
    """Consistent criteria come near certainty; Akaike's and cross-validation need not."""
    result = degree_frequencies(
        (20, 1280), replicas=100, folds=0, versions=("nml", "bayes"), progress=False
    )
    for name in ("nml", "bayes", "bic"):
        low, high = result.interval(name).T
        assert high[0] < low[1]
        assert low[1] > 0.9
    assert result.interval("aic")[1, 1] < result.interval("nml")[1, 0]
    assert result.too_high("aic")[1] == pytest.approx(1 - result.share("aic")[1])


def test_frequencies(tmp_path):
    made = [
        degree_frequencies(sizes, max_degree=4, replicas=3, folds=3, progress=False)
        for sizes in ((12, 40), (40, 12))
    ]
    result = made[0]
    assert set(result.chosen) == {"nml", "bic", "aic", "cv"}
    for name in result.chosen:  # a size does not depend on the others
        np.testing.assert_array_equal(result.chosen[name], made[1].chosen[name][::-1])
    for share, (low, high) in zip(result.share("nml"), result.interval("nml"), strict=True):
        expected = stats.binomtest(round(3 * share), 3).proportion_ci(method="wilson")
        assert (low, high) == pytest.approx((expected.low, expected.high))
        assert low <= share <= high
    assert result.plot(tmp_path / "f.png") is not None
    assert (tmp_path / "f.png").stat().st_size > 1000
    assert '"replicas": 3' in result.save(tmp_path / "f.json").read_text()
    with pytest.raises(ValueError, match="the last not 0"):
        degree_frequencies(coefficients=(1, 0))
    with pytest.raises(ValueError, match="max_degree: got 2"):
        degree_frequencies(max_degree=2)
    with pytest.raises(ValueError, match="versions: got none"):
        degree_frequencies(versions=())


def test_subsets_are_paid_for():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 4))
    y = x[:, 1] - 0.8 * x[:, 3] + rng.normal(0, 0.5, 80)
    for structure in ("size", "even"):
        candidates = subset_candidates(4, structure=structure)
        assert len(candidates) == 16
        assert sum(2**-each.structure_bits for each in candidates) == pytest.approx(1)
        best = mdl.select(candidates, (x, y), progress=False).best
        assert best.name == "linear 1,3 (nml)"
        plain = Linear((1, 3)).describe((x, y))
        chosen = next(each for each in candidates if each.columns == (1, 3))
        assert best.description.model_bits == pytest.approx(
            plain.model_bits + chosen.structure_bits
        )
    assert len(subset_candidates(10, largest=2)) == 1 + 10 + 45
    with pytest.raises(ValueError, match="accepted are at most 65536"):
        subset_candidates(40)


# bad input

LINE = np.arange(6.0)


@pytest.mark.parametrize(
    ("candidate", "data", "says"),
    [
        (Polynomial(1), (LINE[:3], LINE[:3]), "got 3 observations, accepted are at least 4"),
        (Polynomial(0), ([1.0], [1.0]), "got 1 observations, accepted are at least 3"),
        (Polynomial(1), (LINE, LINE), "polynomial-1 fits the outputs exactly"),
        (Polynomial(1), (LINE, LINE * 0 + 2), "outputs that are all 2"),
        (Polynomial(1), (LINE * 0 + 3, LINE), "inputs that are all 3"),
        (Polynomial(2), (LINE % 2, LINE), "linearly dependent|is constant"),
        (Polynomial(1), (LINE, [1, 2, math.nan, 3, 4, 5]), "got nan at 2"),
        (Polynomial(1), (LINE, LINE[:5]), "got 6 inputs for 5 outputs"),
        (Linear(), (np.ones((6, 1)), LINE), "column 0 of linear is constant"),
        (Linear(intercept=False), (np.zeros((6, 1)), LINE), "column 0 of .* is zero"),
        (Linear(), (np.outer(LINE, [1, 2]), LINE**2), "linearly dependent"),
        (Linear((2,)), (np.ones((6, 2)), LINE), "columns: got \\(2,\\), accepted are 0 to 1"),
        (Linear(), (LINE, LINE), "got shape \\(6,\\), accepted is \\(n, p\\)"),
    ],
)
def test_bad_data(candidate, data, says):
    with pytest.raises(ValueError, match=says):
        candidate.describe(data)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: Polynomial(-1), ValueError, "degree: got -1"),
        (lambda: Polynomial(1.0), TypeError, "degree: got 1.0"),  # type: ignore[arg-type]
        (lambda: Polynomial(1, "mle"), ValueError, "version: unknown 'mle'"),
        (lambda: Polynomial(1, precision=0), ValueError, "precision: got 0"),
        (lambda: Polynomial(1, g=3.0), ValueError, "is for version 'bayes'"),
        (lambda: Polynomial(1, "bayes", g=-3.0), ValueError, "g: got -3"),
        (lambda: Polynomial(1).describe(LINE), TypeError, "accepted is a tuple"),  # type: ignore[arg-type]
        (lambda: Linear((1, 1)), ValueError, "accepted are different ones"),
        (lambda: Linear(structure_bits=math.nan), ValueError, "structure_bits: got nan"),
        (lambda: subset_candidates(3, structure="free"), ValueError, "known: size, even"),
        (lambda: Polynomial(1).predict(([], []), [1.0]), ValueError, "got no observation"),
    ],
)
def test_bad_calls(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_precision_adds_its_bits():
    data = cubic(20, 0)
    coarse, fine = (Polynomial(2, precision=p).describe(data).total_bits for p in (1, 0.25))
    assert fine == pytest.approx(coarse + 40)


@pytest.mark.parametrize("version", ["nml", "prequential"])
@pytest.mark.parametrize(("offset", "scale"), [(1.7e9, 1.0), (1.7e12, 1e3), (0.0, 1e-12)])
def test_far_and_uneven_columns_have_the_coefficients_of_near_ones(version, offset, scale):
    """As of seconds since 1970: beside a constant they have no second singular value."""
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.uniform(0, 2e5, 400), rng.normal(size=400)])
    y = x @ [3e-5, 2.0] + rng.normal(0, 0.3, 400)
    far = x * [scale, 1.0] + [offset, 0.0]
    model = Linear(version=version)
    near, found = (model.describe((each, y)) for each in (x, far))
    slopes = np.asarray(found.fit["coefficients"])
    assert slopes[1:] * [scale, 1.0] == pytest.approx(near.fit["coefficients"][1:], rel=1e-6)
    assert slopes[0] + far @ slopes[1:] == pytest.approx(
        near.fit["coefficients"][0] + x @ near.fit["coefficients"][1:], abs=1e-4
    )
    assert found.total_bits == pytest.approx(near.total_bits, abs=1e-3)
    bits = [model.heldout_bits((each[:300], y[:300]), (each[300:], y[300:])) for each in (x, far)]
    assert bits[1] == pytest.approx(bits[0], abs=1e-3)


def test_no_columns_and_no_constant_have_no_coefficients():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 2)), rng.normal(size=30)
    for intercept in (True, False):
        found = Linear((), intercept=intercept).describe((x, y))
        assert len(found.fit["coefficients"]) == intercept
