"""The estimators in scikit-learn: its own checks, and what they found against mdl's functions."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

import mdl

pytest.importorskip("sklearn")
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import mdl.estimators

ALL = [getattr(mdl.estimators, name)() for name in mdl.estimators.__all__]


@parametrize_with_checks(ALL)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_exported():
    assert len(ALL) == 5
    for estimator in ALL:
        assert getattr(mdl, type(estimator).__name__) is type(estimator)


def test_bits_are_those_of_the_functions():
    x, y = load_iris(return_X_y=True)
    tree, rules = mdl.MDLTreeClassifier().fit(x, y), mdl.MDLRuleListClassifier().fit(x, y)
    assert tree.codelength_ == mdl.DecisionTrees().describe((x, y)).total_bits
    assert rules.codelength_ == mdl.RuleLists().describe((x, y)).total_bits
    assert tree.tree_.leaves == 4
    assert str(rules.rules_).startswith("if ")
    mixture = mdl.MDLMixture(family="full", max_clusters=4).fit(x)
    found = mdl.cluster(x, family="full", max_clusters=4, restarts=5, progress=False)
    assert mixture.codelength_ == found.bits
    assert (mixture.labels_ == found.labels).all()
    assert mixture.n_clusters_ == 2
    bins = mdl.MDLHistogram(precision=0.1).fit(x)
    from mdl.histogram import histogram

    assert bins.codelength_ == sum(histogram(c, precision=0.1).total_bits for c in x.T)
    for estimator in (tree, rules, mixture, bins):
        assert estimator.description_.total_bits <= estimator.codelength_
        assert isinstance(estimator.description_, mdl.Description)


def test_classifiers_predict_iris():
    x, labels = load_iris(return_X_y=True)
    y = np.array(["setosa", "versicolor", "virginica"])[labels]
    for classifier in (mdl.MDLTreeClassifier(), mdl.MDLRuleListClassifier()):
        assert cross_val_score(classifier, x, y, cv=5).mean() > 0.88
        assert classifier.fit(x, y).predict_proba(x).sum(1) == pytest.approx(1)


def test_densities_are_normalised():
    """Of one column, by adding over a fine grid."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 1, 200), rng.normal(9, 0.5, 100)]).reshape(-1, 1)
    grid = np.linspace(-30, 40, 700_001).reshape(-1, 1)
    mixture = mdl.MDLMixture().fit(x)
    assert mixture.n_clusters_ == 2
    assert np.exp(mixture.score_samples(grid)).sum() * 1e-4 == pytest.approx(1, abs=1e-6)
    assert mixture.predict_proba(x).argmax(1).tolist() == mixture.predict(x).tolist()
    bins = mdl.MDLHistogram().fit(x)
    inside = np.exp(bins.score_samples(grid)).sum() * 1e-4
    assert 0.95 < inside < 1  # the rest is far away, in the tails


def test_degree_is_found():
    rng = np.random.default_rng(1)
    x = np.linspace(-2, 3, 80).reshape(-1, 1)
    y = x[:, 0] ** 3 - 2 * x[:, 0] + rng.normal(0, 0.5, 80)
    fitted = mdl.MDLPolynomialRegression().fit(x, y)
    assert fitted.degree_ == 3
    assert fitted.predict(x) == pytest.approx(np.polyval(np.polyfit(x[:, 0], y, 3), x[:, 0]))
    from mdl.regression import Polynomial

    one = Polynomial(3).describe((x[:, 0], y))
    assert fitted.description_.total_bits == pytest.approx(one.total_bits)
    assert fitted.codelength_ == pytest.approx(one.total_bits + math.log2(9))


def test_exact_fits_have_no_density():
    x = np.linspace(0, 1, 20).reshape(-1, 1)
    fitted = mdl.MDLPolynomialRegression().fit(x, 3 * x[:, 0] ** 2 + 1)
    assert (fitted.degree_, fitted.codelength_, fitted.description_) == (2, -math.inf, None)
    constant = mdl.MDLPolynomialRegression().fit(x, np.full(20, 7.0))
    assert (constant.degree_, constant.codelength_) == (0, -math.inf)
    assert constant.predict([[5.0]]) == pytest.approx([7])


@pytest.mark.parametrize(
    ("estimator", "says"),
    [
        (mdl.MDLTreeClassifier(version="x"), "version: unknown"),
        (mdl.MDLRuleListClassifier(cuts=0), "cuts: got 0"),
        (mdl.MDLMixture(family="x"), "family: unknown"),
        (mdl.MDLHistogram(method="x"), "method: unknown"),
        (mdl.MDLPolynomialRegression(max_degree=-1), "max_degree: got -1"),
    ],
)
def test_bad_parameters(estimator, says):
    with pytest.raises(ValueError, match=says):
        estimator.fit(np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2)


def test_missing_scikit_learn_names_the_extra():
    program = (
        "import sys; sys.modules['sklearn'] = None\n"
        "import mdl\n"
        "try: mdl.MDLMixture\n"
        "except ImportError as error: print(error.name, error)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.startswith("sklearn ")
    assert 'pip install "complexodynamics[sklearn]"' in run.stdout


def test_small_noise_far_from_zero_is_no_exact_fit():
    """As of moments of transit in Julian days."""
    rng = np.random.default_rng(0)
    x = np.arange(200.0)
    y = 3.5 * x + 1e-8 * x**2 + rng.normal(0, 2e-5, 200)
    near = mdl.MDLPolynomialRegression(max_degree=4).fit(x[:, None], y)
    far = mdl.MDLPolynomialRegression(max_degree=4).fit(x[:, None], y + 2460000.5)
    assert near.degree_ == far.degree_ == 2
    assert far.codelength_ == pytest.approx(near.codelength_, abs=40)  # where the mean is
    exact = mdl.MDLPolynomialRegression(max_degree=4).fit(x[:, None], 2460000.5 + 3.5 * x)
    assert (exact.degree_, exact.codelength_) == (1, -math.inf)


def test_dependent_inputs_leave_degrees_out():
    rng = np.random.default_rng(0)
    x = rng.normal(size=100)
    both = np.column_stack([x, x + 1e-11 * rng.normal(size=100)])
    assert mdl.MDLPolynomialRegression().fit(both, x + rng.normal(size=100)).degree_ == 0


@pytest.mark.parametrize("method", ["genum", "dp"])
@pytest.mark.parametrize("precision", [None, 0.01])
def test_a_histogram_is_described_as_its_candidate(method, precision):
    x = np.round(np.random.default_rng(0).normal(size=300), 2)
    found = mdl.MDLHistogram(method=method, precision=precision).fit(x[:, None]).description_
    version = {"dp": "nml"}.get(method, method)
    wanted = mdl.IrregularHistogram(version, precision).describe(x)
    assert (found.kind, found.parameters) == (wanted.kind, wanted.parameters)
    assert found.bic_bits == pytest.approx(wanted.bic_bits)
