"""The method of 1993 against Monte Carlo, finite differences, quadrature and the paper's claims."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import expit

from mdl.weights import hinton_van_camp as hvc
from mdl.weights.hinton_van_camp import mixture
from mdl.weights.hinton_van_camp.expected import (
    Shape,
    _integrals,
    _rule,
    expected_errors,
    hidden_moments,
)
from mdl.weights.hinton_van_camp.expected import plain_errors as without_noise
from mdl.weights.hinton_van_camp.fitting import _Problem, misfit_bits
from mdl.weights.variational.posterior import GaussianPrior

SHAPE = Shape(3, 4, 2)


def gaussian(z):
    return math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


@given(st.floats(-8, 8), st.floats(1e-6, 300))
def test_hidden_moments_are_the_integrals(mean, var):
    sd = math.sqrt(var)
    edges = sorted({-9.0, 9.0, min(max(-mean / sd, -9.0), 9.0)})

    def integral(f):
        pieces = itertools.pairwise(edges)
        return sum(
            quad(lambda z: gaussian(z) * f(expit(mean + sd * z)), *piece, limit=200)[0]
            for piece in pieces
        )

    first, second = integral(lambda s: s), integral(lambda s: s * s)
    (found, found_var), _, _ = hidden_moments(np.array([mean]), np.array([var]))
    assert found[0] == pytest.approx(first, abs=1e-6)
    assert found_var[0] == pytest.approx(second - first**2, abs=1e-6)


@pytest.mark.parametrize("var", [1e-6, 0.5, 1.0, 1.01, 9.0, 9.01, 100.0])
def test_few_nodes_give_what_many_give(var):
    mean, var = np.linspace(-8, 8, 33), np.full(33, var)
    fine = _integrals(mean, var, *_rule(2001))
    np.testing.assert_allclose(np.array(hidden_moments(mean, var)), fine, atol=1e-8)


def example(seed):
    rng = np.random.default_rng(seed)
    mean, var = rng.normal(size=SHAPE.weights), rng.uniform(0.01, 0.5, SHAPE.weights)
    return mean, var, rng.normal(size=(7, 3)), rng.normal(size=(7, 2))


@pytest.mark.parametrize("seed", [0, 1])
def test_expected_error_is_that_of_sampled_weights(seed):
    mean, var, x, y = example(seed)
    rng = np.random.default_rng(seed + 100)
    draws = np.array([
        without_noise(SHAPE, rng.normal(mean, np.sqrt(var)), x, y)[0] for _ in range(5000)
    ])  # fmt: skip
    error = draws.std(0, ddof=1) / math.sqrt(len(draws))
    assert (np.abs(draws.mean(0) - expected_errors(SHAPE, mean, var, x, y)[0]) < 4 * error).all()


def test_without_variance_it_is_the_squared_error():
    mean, _, x, y = example(2)
    noiseless = expected_errors(SHAPE, mean, np.full(SHAPE.weights, 1e-14), x, y)[0]
    np.testing.assert_allclose(noiseless, without_noise(SHAPE, mean, x, y)[0], rtol=1e-9)


def differences(f, at, step=1e-5):
    return np.array([(f(at + e) - f(at - e)) / (2 * step) for e in step * np.eye(at.size)])


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("spread", [1.0, 30.0])
def test_cost_has_the_slopes_of_finite_differences(seed, spread):
    """With variances that call for the coarse rule, and for the fine one."""
    _, _, x, y = example(seed)
    problem = _Problem(SHAPE, spread * x, y, 5)
    rng = np.random.default_rng(seed)
    at = problem.start(rng) + 0.3 * rng.normal(size=problem.start(rng).size)
    slope = problem.cost(at, 0.7)[1]
    wanted = differences(lambda a: problem.cost(a, 0.7)[0], at)
    np.testing.assert_allclose(slope, wanted, rtol=1e-5, atol=1e-5)


def test_squared_error_has_the_slopes_of_finite_differences():
    mean, _, x, y = example(3)
    slopes = without_noise(SHAPE, mean, x, y)[1]
    wanted = differences(lambda a: without_noise(SHAPE, a, x, y)[0], mean).T
    np.testing.assert_allclose(slopes, wanted, rtol=1e-6, atol=1e-6)


numbers = st.floats(-2, 2)
logs = st.floats(-6, 2)


@given(
    st.lists(st.tuples(numbers, numbers, logs), min_size=1, max_size=4),
    numbers,
    logs,
)
def test_bound_of_the_mixture(components, mean, log_var):
    """Equation 17 is between the divergence (by quadrature) and the best single component's."""
    packed = np.array(components).T.ravel()
    prior = mixture.as_prior(packed)
    bound = mixture.cost(packed, np.array([mean]), np.array([log_var]))[0]
    sd = math.exp(0.5 * log_var)
    assert bound == pytest.approx(prior.kl_bits(mean, sd) * math.log(2), rel=1e-9, abs=1e-9)
    z, h = np.linspace(-12, 12, 4801, retstep=True)
    density = np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    own = -0.5 * z * z - math.log(sd * math.sqrt(2 * math.pi))
    there = prior.log2_density(mean + sd * z) * math.log(2)
    divergence = float((density * (own - there)).sum() * h)
    assert bound >= divergence - 1e-6
    singles = GaussianPrior(prior.means, prior.sds).kl_bits(mean, sd) * math.log(2)
    best = (singles - np.log(prior.proportions)).min()
    assert bound <= best + 1e-9
    if len(components) == 1:
        assert bound == pytest.approx(divergence, abs=1e-6)


def test_bits_of_targets_are_those_of_their_density():
    """Equation 3 is -log2 of the Gaussian density at its own variance."""
    y = np.random.default_rng(0).normal(size=50)
    sd = math.sqrt((y * y).mean())
    bits = (0.5 * (y / sd) ** 2 + math.log(sd * math.sqrt(2 * math.pi))).sum() / math.log(2)
    assert misfit_bits((y * y).sum(), 50) == pytest.approx(bits)


def test_trivial_solution():
    """Its weights cost log2 of the ways to say which one is the bias, at most."""
    y = np.random.default_rng(0).normal(3, 1, 105)
    model_bits, data_bits = hvc.trivial_bits(y, weights=521)
    assert math.log2(521) < model_bits < math.log2(521) + 1 / math.log(2)
    assert data_bits == pytest.approx(misfit_bits(105 * y.var(), 105))
    assert hvc.trivial_bits(y - y.mean(), weights=521)[0] == 0


def test_the_stand_in_has_the_sizes_of_the_experiment():
    (x, y), (x_test, y_test) = hvc.peptides_like(0)
    assert x.shape == (105, 128)
    assert (y.shape, x_test.shape, y_test.shape) == ((105, 1), (420, 128), (420, 1))
    np.testing.assert_allclose(x.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(x.std(0), 1)
    assert Shape(128, 4, 1).weights == 521
    again = hvc.peptides_like(0)[0][0]
    assert (x == again).all()
    assert (hvc.peptides_like(1)[0][0] != x).any()


@pytest.fixture(scope="module")
def curve():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    y = 2 * np.tanh(x[:, :1] - x[:, 1:]) + 0.1 * rng.normal(size=(60, 1))
    return x, y


@pytest.fixture(scope="module")
def found(curve):
    return hvc.fit(*curve, hidden=3, restarts=2, iterations=15, final_iterations=300)


def test_fit_is_shorter_than_the_trivial_solution_where_there_is_structure(curve, found):
    assert found.total_bits < sum(hvc.trivial_bits(curve[1], weights=found.shape.weights))
    assert hvc.relative_error(found.predict(curve[0]), curve[1]) < 0.1
    assert found.total_bits == min(found.restarts)
    assert found.report().total_bits == pytest.approx(found.total_bits)
    assert found.model_bits == pytest.approx(found.posterior.kl_bits)


def test_fit_descends_to_a_stationary_point(curve, found):
    problem = _Problem(found.shape, *curve, 5)
    prior = found.posterior.prior
    packed = np.concatenate([np.log(prior.proportions), prior.means, 2 * np.log(prior.sds)])
    at = np.concatenate([found.posterior.mean, 2 * np.log(found.posterior.sd), packed])
    cost = problem.cost(at, 1.0)[0]
    free = len(curve[1]) * 0.5 * math.log2(2 * math.pi * math.e)
    assert cost / math.log(2) + free == pytest.approx(found.total_bits, abs=1e-6)
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert problem.cost(at + 1e-3 * rng.normal(size=at.size), 1.0)[0] > cost - 1e-4


def test_predictions_are_expected_outputs(curve, found):
    x = curve[0][:3]
    rng = np.random.default_rng(1)
    draws = []
    for _ in range(4000):
        w, u = found.shape.split(found.posterior.sample(seed=rng))
        draws.append(expit(x @ w[:-1] + w[-1]) @ u[:-1] + u[-1])
    error = np.std(draws, axis=0, ddof=1) / math.sqrt(len(draws))
    assert (np.abs(np.mean(draws, axis=0) - found.predict(x)) < 4 * error).all()


def test_results_come_from_the_seed(curve):
    short = {"hidden": 2, "restarts": 2, "iterations": 3, "final_iterations": 3}
    first, again, other = (hvc.fit(*curve, **short, seed=seed).to_dict() for seed in (1, 1, 2))
    assert first == again
    assert set(first["restarts"]).isdisjoint(other["restarts"])


def test_ridge_is_that_of_scikit_learn(curve):
    linear = pytest.importorskip("sklearn.linear_model")
    x, y = curve
    theirs = linear.Ridge(alpha=3.0).fit(x, y).predict(x)
    np.testing.assert_allclose(hvc.ridge(x, y, decay=3.0)(x), theirs.reshape(-1, 1))
    theirs = linear.LinearRegression().fit(x, y).predict(x)
    np.testing.assert_allclose(hvc.ridge(x, y, decay=0.0)(x), theirs)


def test_weight_decay_shrinks_the_network(curve):
    x, y = curve
    errors = [
        hvc.relative_error(hvc.decay_network(x, y, decay=d, restarts=2)(x), y)
        for d in (0.0, 1, 1e4)
    ]
    assert errors[0] < errors[1] < errors[2]
    assert errors[2] > 0.9


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"inputs": [[1.0], [2.0]], "targets": [1.0]}, "targets: got 1 for 2 inputs"),
        ({"inputs": [[1.0], [math.nan]], "targets": [1.0, 2.0]}, "inputs: got NaN"),
        ({"inputs": [[[1.0]]], "targets": [1.0]}, "inputs: got shape"),
        ({"inputs": [[1.0]], "targets": [1.0], "hidden": 0}, "hidden: got 0"),
        ({"inputs": [[1.0]], "targets": [1.0], "tolerance": 0.0}, "tolerance: got 0.0"),
    ],
)
def test_bad_input_is_named(arguments, said):
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        hvc.fit(**arguments)


def test_constant_targets_have_no_density():
    for call in (
        lambda: hvc.trivial_bits(np.ones(8), weights=9),
        lambda: hvc.relative_error(np.zeros((8, 2)), np.eye(8, 2) * [1, 0]),
    ):
        with pytest.raises(ValueError, match="targets: got a constant column"):
            call()
