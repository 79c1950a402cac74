"""One contract for all that `mdl` is given: an exact answer, or an error that says what to do.

An error is a TypeError or ValueError that names the argument and says what is accepted. Nothing
warns, and nothing returns NaN. Every public candidate and every public function is in a table here;
`test_nothing_is_left_out` sees to it.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import mdl
from mdl import (
    bayesian_network,
    clustering,
    consistency,
    discrete,
    experts,
    families,
    histogram,
    integers,
    markov,
    nml,
    objects,
    regression,
    regret,
    segmentation,
    trees,
)

NAN, INF = math.nan, math.inf
PACKAGES = (
    bayesian_network, clustering, consistency, discrete, experts, families, histogram, integers,
    markov, nml, objects, regression, regret, segmentation, trees,
)  # fmt: skip


def check_error(raised: BaseException, *arguments: str) -> None:
    """It names one of the arguments, and says what is accepted, or what to do."""
    said = str(raised)
    names = "|".join(map(re.escape, arguments))
    assert re.match(rf"(code '.*': )?({names})\b", said), said
    assert re.search(r"accepted|known|give |use |wanted|is for version|has none", said), said


# Data

REALS = {
    **{f"gaussian {v}": families.Gaussian(version=v) for v in families.Gaussian.versions},
    "gaussian, known mean": families.Gaussian(mean=0.5),
    "gaussian, known scale": families.Gaussian(scale=2.0),
    "gaussian, both known": families.Gaussian(mean=0.5, scale=2.0),
    **{f"exponential {v}": families.Exponential(v) for v in families.Exponential.versions},
    **{f"log-normal {v}": families.LogNormal(v) for v in families.Gaussian.versions},
    **{f"uniform {v}": families.Uniform(v) for v in families.Uniform.versions},
    "histogram nml": histogram.IrregularHistogram(),
    "histogram genum": histogram.IrregularHistogram("genum"),
    "histogram with precision": histogram.IrregularHistogram(precision=0.5),
    "regular": histogram.RegularHistogram(3),
    "regular with precision": histogram.RegularHistogram(3, precision=0.5),
    **{f"segments {f}": segmentation.Segments(f) for f in ("gaussian", "mean", "linear")},
    "segments with scale": segmentation.Segments(scale=1.0),
    **{
        f"{k} clusters {f}": clustering.Clusters(k, f, restarts=2)
        for f in ("diagonal", "renormalised", "full")
        for k in (1, 2)
    },
}
COUNTS = {
    **{f"poisson {v}": families.Poisson(v) for v in families.Poisson.versions},
    **{f"geometric {v}": families.Geometric(v) for v in families.Geometric.versions},
    "segments poisson": segmentation.Segments("poisson"),
    "clusters categorical": clustering.Clusters(2, "categorical", restarts=2),
}
SYMBOLS = {
    **{
        f"bernoulli {v}": discrete.Bernoulli(v)
        for v in ("nml", "bayes", "prequential", "snml", "cnml", "luckiness", "two-part",
                  "two-part-grid")
    },
    **{
        f"multinomial {v}": discrete.Multinomial(3, v)
        for v in ("nml", "bayes", "prequential", "snml", "cnml", "luckiness", "two-part",
                  "two-part-grid")
    },
    **{
        f"markov {v}": markov.MarkovChain(1, 2, v)
        for v in ("fnml", "nml", "bayes", "prequential", "two-part")
    },
    "markov of what occurs": markov.MarkovChain(1),
    "tree source": markov.TreeSource(2, 2),
    "best tree source": markov.TreeSource(2, version="map"),
    "hidden prequential": markov.HiddenMarkov(2, 2),
    "hidden two-part": markov.HiddenMarkov(2, 2, "two-part"),
    "segments multinomial": segmentation.Segments("multinomial"),
}  # fmt: skip
PAIRS = {
    **{
        f"polynomial {v}": regression.Polynomial(1, v)
        for v in ("nml", "bayes", "prequential", "snls", "two-part")
    },
    **{f"constant {v}": regression.Polynomial(0, v) for v in ("nml", "prequential")},
    "linear": regression.Linear(),
    "linear without constant": regression.Linear(intercept=False),
    "linear of one column": regression.Linear((1,)),
    "decision trees": trees.DecisionTrees(),
    "rule lists": trees.RuleLists(),
}
NETWORKS = {
    f"network {score}": bayesian_network.NetworkModel(score)
    for score in ("fnml", "qnml", "bic", "bdeu")
}

SERIES: dict[str, Any] = {
    "NaN": [1.0, NAN, 2.0],
    "infinity": [1.0, INF, 2.0],
    "minus infinity": [1.0, -INF],
    "one constant": [3.0] * 5,
    "integers alike": [1] * 5,
    "zeros": [0] * 4,
    "one number": [1.5],
    "one integer": [1],
    "nothing": [],
    "no floats": np.zeros(0),
    "negative": [-1, 2, 3],
    "halves": [0.5, 1, 2],
    "strings": ["a", "b"],
    "None": None,
    "a dictionary": {},
    "a table": np.ones((2, 2)),
    "a cube": np.ones((2, 2, 2)),
    "complex": [1j, 2],
    "booleans": [True, False, True],
    "objects": [object()],
    "huge": [1e300, -1e300, 1.0],
    "tiny": [1e-320, 2e-320, 3e-320],
    "ragged": [[1], [1, 2]],
    "beyond exact integers": [0, 1e16],
    "beyond 64 bits": [2**70, 1],
    "a number": 5,
    "a time": [np.datetime64("NaT")],
}
X = np.arange(8.0)
Y = np.array([0, 1, 1, 0, 1, 2, 0, 1])
TABLE = np.column_stack([X, X**2])
TUPLES: dict[str, Any] = {
    **{f"outputs: {name}": (X, bad) for name, bad in SERIES.items()},
    **{f"inputs: {name}": (bad, Y) for name, bad in SERIES.items()},
    "outputs constant": (X, np.ones(8)),
    "outputs on a line": (X, 2 * X + 1),
    "inputs NaN": (np.where(X == 3, NAN, X), Y),
    "columns NaN": (np.where(TABLE == 9, NAN, TABLE), Y),
    "columns constant": (np.ones((8, 2)), Y),
    "columns alike": (np.column_stack([X, X]), Y),
    "two rows": (TABLE[:2], Y[:2]),
    "one row": (TABLE[:1], Y[:1]),
    "no row": (TABLE[:0], Y[:0]),
    "no column": (TABLE[:, :0], Y),
    "three columns": (np.column_stack([TABLE, X**3]), Y),
    "different lengths": (TABLE, Y[:3]),
    "no tuple": [X, Y],
    "three": (X, Y, Y),
}


def finite(found: Any) -> bool:
    values = [found.total_bits, found.bic_bits, found.aic_bits, found.regret_bits]
    return all(map(math.isfinite, values))


def check_candidate(candidate: Any, series: dict[str, Any], good: Any) -> None:
    for label, bad in series.items():
        calls = [lambda bad=bad: finite(candidate.describe(bad))]
        if isinstance(candidate, mdl.Predictive):
            calls.append(lambda bad=bad: math.isfinite(candidate.heldout_bits(good, bad)))
            calls.append(lambda bad=bad: math.isfinite(candidate.heldout_bits(bad, good)))
        for call in calls:
            try:
                assert call(), label
            except (TypeError, ValueError) as error:
                check_error(
                    error, "data", "data[0]", "data[1]", "x", "y", "train", "train[0]", "train[1]",
                    "test", "test[0]", "test[1]", "train and test", "precision", "bins", "columns",
                    "states", "scale", "alphabet_size",
                )  # fmt: skip
            except Exception as error:
                raise AssertionError(f"{label}: {error!r}") from error


@pytest.mark.parametrize("name", [*REALS, *COUNTS, *SYMBOLS])
def test_series(name):
    candidate = (REALS | COUNTS | SYMBOLS)[name]
    good = [0, 1, 1, 0, 1] if name in SYMBOLS else [0, 1, 1, 0, 2, 3]
    if name.startswith(("exponential", "log-normal")):
        good = [0.5, 1.0, 2.5]
    check_candidate(candidate, SERIES, good)


@pytest.mark.parametrize("name", PAIRS)
def test_inputs_and_outputs(name):
    wide = name.split()[0] not in ("polynomial", "constant")
    check_candidate(PAIRS[name], TUPLES, (TABLE if wide else X, Y))


@pytest.mark.parametrize("name", NETWORKS)
def test_tables(name):
    tables = SERIES | {"three columns": np.zeros((3, 3), int), "no rows": np.zeros((0, 2), int)}
    check_candidate(NETWORKS[name], tables, np.array([[0, 1], [1, 1], [0, 0]]))


# Arguments

WHOLE = [1.5, NAN, INF, "3", None, True, 1j, [1]]
BAD: dict[str, list[Any]] = {
    "count": [0, -1, *WHOLE],
    "natural": [-1, *WHOLE],
    "positive": [0.0, -1.0, NAN, INF, "1", True, 1j, [1.0]],
    "not negative": [-1.0, NAN, INF, "1", None, True, 1j],
    "below one": [1.0, -0.1, NAN, INF, "1", None, True],
    "name": ["no such name", "", 5, None],
    "range": [(2, 1), (1, 1), (0, NAN), (0, INF), 5, "ab", (1,)],
    "chances": [
        [0.5, 0.6], [0.5, NAN], [-0.5, 1.5], [], ["a", "b"], [[0.5, 0.5]], [1j, 0], 0.5, None
    ],
    "counts": [[-1, 2], [0.5, 1], [NAN, 1], [INF], [], ["a"], None, 3, [1j]],
    "letters": [[-1], [9], [0.5], [NAN], ["a"], "01", None, 3, [[0, 1]], [[0], [0, 1]]],
    "integer": [0.5, NAN, INF, "3", None, True, [1], 1j],
    "real": [NAN, INF, -INF, "3", None, True, [1.0], 1j],
    "series": [
        [NAN], [INF], [], ["a"], [1j, 2], None, [[1.0]], [[1], [1, 2]], [1e300, -1e308, 1e308]
    ],
    "rows": [[[0.5, 0.6], [1, 0]], [[NAN, 1], [1, 0]], [[2, -1], [1, 0]], [[0.5, 0.5]], 5, "ab"],
    "sizes": [[], [0], [1.5], [NAN], ["3"], [True], [-1]],
}  # fmt: skip

Call = tuple[Callable[..., Any], dict[str, Any], dict[str, str]]
CALLS: dict[str, Call] = {
    "nml.multinomial_complexity": (
        nml.multinomial_complexity,
        {"alphabet_size": 3, "n": 10},
        {"alphabet_size": "count", "n": "natural"},
    ),
    "nml.multinomial_complexity_table": (
        nml.multinomial_complexity_table,
        {"alphabet_size": 3, "n": 10},
        {"alphabet_size": "count", "n": "natural"},
    ),
    "nml.fisher_complexity": (
        nml.fisher_complexity,
        {"alphabet_size": 3, "n": 10},
        {"alphabet_size": "count", "n": "count"},
    ),
    "nml.szpankowski_complexity": (
        nml.szpankowski_complexity,
        {"alphabet_size": 3, "n": 10},
        {"alphabet_size": "count", "n": "count"},
    ),
    "nml.luckiness_complexity": (
        nml.luckiness_complexity,
        {"pseudo_counts": [1, 1], "n": 10},
        {"pseudo_counts": "counts not whole", "n": "natural"},
    ),
    "discrete.Bernoulli": (
        discrete.Bernoulli,
        {"version": "bayes", "alpha": 0.5},
        {"version": "name", "alpha": "positive"},
    ),
    "discrete.Multinomial": (
        discrete.Multinomial,
        {"alphabet_size": 3, "version": "bayes", "alpha": 0.5},
        {"alphabet_size": "count", "version": "name", "alpha": "positive"},
    ),
    "discrete.BernoulliCodec": (
        discrete.BernoulliCodec,
        {"version": "bayes", "alpha": 0.5},
        {"version": "name", "alpha": "positive"},
    ),
    "discrete.MultinomialCodec": (
        discrete.MultinomialCodec,
        {"alphabet_size": 3, "version": "bayes", "alpha": 0.5},
        {"alphabet_size": "count", "version": "name", "alpha": "positive"},
    ),
    "discrete.as_letters": (
        lambda x: discrete.as_letters("x", x, 3),
        {"x": [0, 1]},
        {"x": "letters"},
    ),
    "discrete.conditional_nml_bits": (
        discrete.conditional_nml_bits,
        {"x": [0, 1], "alphabet_size": 3, "start": 1},
        {"x": "letters", "alphabet_size": "count", "start": "natural"},
    ),
    "discrete.snml_bits": (
        discrete.snml_bits,
        {"x": [0, 1], "alphabet_size": 3},
        {"x": "letters", "alphabet_size": "count"},
    ),
    "discrete.dirichlet_bits": (
        discrete.dirichlet_bits,
        {"counts": [1, 2], "alpha": 1.0},
        {"counts": "counts", "alpha": "positive"},
    ),
    **{
        f"discrete.{name}": (getattr(discrete, name), {"counts": [1, 2]}, {"counts": "counts"})
        for name in ("grid_bits", "maximum_likelihood_bits", "nml_bits", "type_bits")
    },
    **{
        f"integers.{name}": (
            lambda x, name=name: getattr(integers, name)(integers="signed").bits(x),
            {"x": 3},
            {"x": "integer"},
        )
        for name in (
            "EliasDelta", "EliasGamma", "EliasOmega", "Fibonacci", "Leb128", "LogStar", "Unary"
        )
    },
    "integers.Golomb": (integers.Golomb, {"m": 3}, {"m": "count", "integers": "name"}),
    "integers.Rice": (integers.Rice, {"k": 3}, {"k": "natural", "integers": "name"}),
    "integers.TruncatedBinary": (
        integers.TruncatedBinary,
        {"low": 1, "high": 9},
        {"low": "integer", "high": "integer"},
    ),
    "integers.IntegerArray": (
        lambda x: integers.IntegerArray().bits(x),
        {"x": [1, 2]},
        {"x": "positive integers"},
    ),
    "integers.Real": (
        lambda x, precision=2: integers.Real(precision).quantise(x),
        {"x": 0.5, "precision": 2},
        {"x": "real", "precision": "natural"},
    ),
    "integers.UniformReal": (
        integers.UniformReal,
        {"low": 0.0, "high": 1.0, "precision": 4, "base": 2},
        {"low": "real", "high": "real", "precision": "natural", "base": "base"},
    ),
    "integers.get": (lambda code: integers.get(code), {"code": "elias-delta"}, {"code": "spec"}),
    "integers.golomb_parameter": (
        integers.golomb_parameter, {"theta": 0.5}, {"theta": "below one"}
    ),
    "integers.rice_parameter": (integers.rice_parameter, {"theta": 0.5}, {"theta": "below one"}),
    "integers.normalising_constant": (integers.normalising_constant, {}, {}),
    "integers.optimal_precision": (
        integers.optimal_precision,
        {"fisher_information": 4.0, "n": 10},
        {"fisher_information": "not negative", "n": "natural"},
    ),
    "integers.parameter_bits": (
        integers.parameter_bits,
        {"fisher_information": 4.0, "n": 10, "width": 1.0},
        {"fisher_information": "not negative", "n": "natural", "width": "positive"},
    ),
    "families.exponential_complexity": (
        families.exponential_complexity,
        {"n": 5, "mean_range": (1, 2)},
        {"n": "count", "mean_range": "range"},
    ),
    "families.poisson_complexity": (
        families.poisson_complexity,
        {"n": 5, "mean_range": (1, 2)},
        {"n": "count", "mean_range": "range"},
    ),
    "families.geometric_complexity": (
        families.geometric_complexity,
        {"n": 5, "mean_range": (1, 2)},
        {"n": "count", "mean_range": "range"},
    ),
    "families.gaussian_complexity": (
        families.gaussian_complexity,
        {"n": 5, "mean_range": (1, 2), "scale_range": (1, 2)},
        {"n": "count", "mean_range": "range", "scale_range": "range", "scale": "positive"},
    ),
    "families.Exponential": (
        families.Exponential,
        {"version": "nml", "mean_range": (1, 2), "precision": 0.1},
        {"version": "name", "mean_range": "range", "precision": "positive"},
    ),
    "families.Gaussian": (
        families.Gaussian,
        {"version": "nml", "precision": 0.1},
        {
            "mean": "real but None",
            "scale": "positive",
            "version": "name",
            "mean_range": "range",
            "scale_range": "range",
            "precision": "positive",
        },
    ),
    **{
        f"families.{name}": (
            getattr(families, name),
            {"version": "nml", "mean_range": (1, 2)},
            {"version": "name", "mean_range": "range"},
        )
        for name in ("Geometric", "Poisson")
    },
    **{
        f"families.{name}": (
            getattr(families, name),
            {"version": "nml", "precision": 0.1},
            {"version": "name", "precision": "positive"},
        )
        for name in ("LogNormal", "Uniform")
    },
    "regression.Polynomial": (
        regression.Polynomial,
        {"degree": 2, "version": "bayes", "precision": 0.1, "g": 3.0},
        {"degree": "natural", "version": "name", "precision": "positive", "g": "positive"},
    ),
    "regression.Linear": (
        regression.Linear,
        {"columns": (0,), "version": "bayes", "structure_bits": 1.0, "precision": 0.1, "g": 3.0},
        {
            "columns": "columns",
            "version": "name",
            "structure_bits": "not negative",
            "precision": "positive",
            "g": "positive",
        },
    ),
    "regression.subset_candidates": (
        regression.subset_candidates,
        {"columns": 3, "largest": 2, "version": "nml", "structure": "size", "precision": 1.0},
        {
            "columns": "count",
            "largest": "natural but None",
            "version": "name",
            "structure": "name",
            "precision": "positive",
        },
    ),
    "regression.degree_frequencies": (
        lambda **told: regression.degree_frequencies(**told, progress=False),
        {"sizes": (20,), "max_degree": 3, "replicas": 1, "folds": 2},
        {
            "sizes": "sizes",
            "coefficients": "coefficients",
            "noise": "positive",
            "max_degree": "natural",
            "replicas": "count",
            "folds": "natural",
            "versions": "names",
            "seed": "natural",
        },
    ),
    "markov.MarkovChain": (
        markov.MarkovChain,
        {"order": 1, "alphabet_size": 2, "version": "bayes", "prior": 0.5},
        {
            "order": "natural",
            "alphabet_size": "count but None",
            "version": "name",
            "prior": "positive",
        },
    ),
    "markov.TreeSource": (
        markov.TreeSource,
        {"depth": 1, "alphabet_size": 2, "version": "map"},
        {"depth": "natural", "alphabet_size": "count but None", "version": "name"},
    ),
    "markov.HiddenMarkov": (
        markov.HiddenMarkov,
        {"states": 2, "alphabet_size": 2},
        {
            "states": "count",
            "alphabet_size": "count but None",
            "version": "name",
            "restarts": "count",
            "seed": "natural",
        },
    ),
    "markov.forward_bits": (
        markov.forward_bits,
        {"symbols": [0, 1], "transitions": np.eye(2), "emissions": np.eye(2)},
        {"symbols": "letters", "transitions": "rows", "emissions": "rows"},
    ),
    "markov.markov_complexity": (
        markov.markov_complexity,
        {"alphabet_size": 2, "order": 1, "n": 5, "start": [0]},
        {
            "alphabet_size": "count",
            "order": "natural",
            "n": "natural",
            "start": "letters but None",
        },
    ),
    "markov.sample_chain": (
        markov.sample_chain,
        {"transitions": np.eye(2), "n": 5},
        {"transitions": "rows", "n": "natural", "seed": "natural"},
    ),
    "markov.order_table": (
        lambda **told: markov.order_table(**told, progress=False),
        {"data": [0, 1, 1, 0], "max_order": 1, "alphabet_size": 2},
        {
            "data": "letters",
            "max_order": "natural",
            "alphabet_size": "count but None",
            "versions": "names",
            "folds": "natural",
        },
    ),
    "markov.order_consistency": (
        lambda **told: markov.order_consistency(**told, progress=False),
        {"transitions": np.full((2, 2), 0.5), "lengths": (20,), "max_order": 1, "replicas": 1},
        {
            "transitions": "rows",
            "lengths": "sizes",
            "max_order": "natural",
            "replicas": "count",
            "criteria": "names",
            "seed": "natural",
        },
    ),
    "histogram.histogram": (
        histogram.histogram,
        {"x": [1.0, 2.0, 4.0], "method": "dp", "precision": 0.5, "max_bins": 3},
        {
            "x": "series",
            "method": "name",
            "precision": "positive",
            "max_bins": "count but None",
        },
    ),
    "histogram.codelength": (
        histogram.codelength,
        {"x": [1.0, 2.0, 4.0], "edges": [1, 2, 4], "precision": 0.5},
        {"x": "series", "edges": "edges", "method": "name", "precision": "positive"},
    ),
    "histogram.as_grid": (
        histogram.as_grid,
        {"x": [1.0, 2.0], "precision": 0.5},
        {"x": "series", "precision": "positive"},
    ),
    "histogram.HistogramCode": (
        lambda x: histogram.HistogramCode().bits(x),
        {"x": np.array([1, 2])},
        {"x": "series"},
    ),
    "histogram.IrregularHistogram": (
        histogram.IrregularHistogram,
        {"version": "nml", "precision": 0.5, "max_bins": 3},
        {"version": "name", "precision": "positive", "max_bins": "count but None"},
    ),
    "histogram.RegularHistogram": (
        histogram.RegularHistogram,
        {"bins": 3, "precision": 0.5},
        {"bins": "count", "precision": "positive"},
    ),
    "histogram.bins_found": (
        lambda **told: histogram.bins_found(**told, progress=False),
        {"sizes": (20,), "replicas": 1},
        {
            "sizes": "sizes",
            "replicas": "count",
            "tolerance": "natural",
            "max_bins": "count",
            "seed": "natural",
        },
    ),
    "segmentation.segment": (
        segmentation.segment,
        {"x": [1.0, 2.0, 4.0], "family": "mean", "scale": 1.0, "max_segments": 2},
        {
            "x": "series",
            "family": "name",
            "scale": "positive",
            "max_segments": "count but None",
            "method": "name",
        },
    ),
    "segmentation.Segments": (
        segmentation.Segments,
        {"family": "mean", "scale": 1.0, "max_segments": 2},
        {"family": "name", "scale": "positive", "max_segments": "count but None"},
    ),
    "segmentation.complexities": (
        segmentation.complexities,
        {"family": "gaussian", "n": 3, "spread": 1.0, "scale": 1.0, "alphabet_size": 2},
        {
            "family": "name",
            "n": "natural",
            "spread": "positive",
            "scale": "positive",
            "alphabet_size": "count",
        },
    ),
    "clustering.cluster": (
        lambda **told: clustering.cluster(**told, progress=False),
        {"x": [1.0, 2.0, 4.0, 7.0], "max_clusters": 2, "restarts": 1},
        {
            "x": "series",
            "max_clusters": "count",
            "family": "name",
            "restarts": "count",
            "seed": "natural",
            "folds": "natural",
        },
    ),
    "clustering.Clusters": (
        clustering.Clusters,
        {"clusters": 2},
        {"clusters": "count", "family": "name", "restarts": "count", "seed": "natural"},
    ),
    "clustering.CategoricalFamily": (
        lambda alphabet_sizes: clustering.CategoricalFamily(alphabet_sizes),
        {"alphabet_sizes": (2,)},
        {"alphabet_sizes": "sizes"},
    ),
    **{
        f"clustering.{name}": (
            lambda name=name, **told: getattr(clustering, name)(
                **{key: (value,) for key, value in told.items()}
            ),
            {"centre": 0.0, "half_range": 1.0, "minimum_deviation": 0.1},
            {"centre": "real", "half_range": "positive", "minimum_deviation": "positive"},
        )
        for name in ("DiagonalGaussian", "FullGaussian", "RenormalisedGaussian")
    },
    "clustering.mixture_complexities": (
        clustering.mixture_complexities,
        {"single": [0.0, 1.0], "clusters": 2},
        {"single": "bits", "clusters": "count"},
    ),
    "clustering.recovery": (
        lambda **told: clustering.recovery(**told, progress=False),
        {"sizes": (12,), "replicas": 1, "max_clusters": 3, "restarts": 1},
        {
            "sizes": "sizes",
            "clusters": "count",
            "columns": "count",
            "distance": "positive",
            "max_clusters": "count",
            "replicas": "count",
            "folds": "natural",
            "family": "name",
            "restarts": "count",
            "seed": "natural",
        },
    ),
    "trees.DecisionTrees": (
        trees.DecisionTrees,
        {"max_depth": 2},
        {"max_depth": "natural", "version": "name", "alphabet_size": "count but None"},
    ),
    "trees.RuleLists": (
        trees.RuleLists,
        {"cuts": 2},
        {
            "max_rule_length": "count",
            "cuts": "count",
            "beam_width": "count",
            "version": "name",
            "alphabet_size": "count but None",
        },
    ),
    "trees.grow_tree": (
        trees.grow_tree,
        {"x": TABLE, "y": Y},
        {
            "x": "table",
            "y": "labels",
            "alphabet_size": "count but None",
            "max_depth": "natural",
            "version": "name",
        },
    ),
    "trees.grow_rules": (
        trees.grow_rules,
        {"x": TABLE, "y": Y},
        {
            "x": "table",
            "y": "labels",
            "alphabet_size": "count but None",
            "max_rule_length": "count",
            "cuts": "count",
            "beam_width": "count",
            "version": "name",
        },
    ),
    "trees.LabelCodec": (
        lambda x, **told: trees.LabelCodec(x, **told),
        {"x": TABLE, "alphabet_size": 3},
        {"x": "table", "alphabet_size": "count", "max_depth": "natural"},
    ),
    "trees.tree_bits": (
        lambda **told: trees.tree_bits(trees.DecisionTree((3, 4, 1)), TABLE, Y, **told),
        {"alphabet_size": 3, "max_depth": 2},
        {"version": "name"},
    ),
    "bayesian_network.NetworkModel": (
        bayesian_network.NetworkModel,
        {"score": "fnml"},
        {"score": "name", "method": "name"},
    ),
    "bayesian_network.learn_network": (
        bayesian_network.learn_network,
        {"data": [[0, 1], [1, 1]], "max_parents": 1},
        {
            "data": "network data",
            "score": "name",
            "method": "name",
            "max_parents": "natural but None",
            "arities": "arities",
            "restarts": "natural",
            "seed": "natural",
        },
    ),
    "experts.Constant": (experts.Constant, {"chances": [0.5, 0.5]}, {"chances": "chances"}),
    "experts.Counting": (
        experts.Counting,
        {"alphabet_size": 2, "alpha": 1.0},
        {"alphabet_size": "count", "alpha": "positive"},
    ),
    "experts.BayesMixture": (
        experts.BayesMixture,
        {"experts": [experts.Counting(2), experts.Counting(2, 1.0)], "prior": [0.5, 0.5]},
        {"experts": "experts", "prior": "weights"},
    ),
    "experts.FixedShare": (
        experts.FixedShare,
        {"experts": [experts.Counting(2), experts.Counting(2, 1.0)], "rate": 0.1},
        {"experts": "experts", "rate": "below one"},
    ),
    "experts.Switch": (
        experts.Switch,
        {"experts": [experts.Counting(2), experts.Counting(2, 1.0)]},
        {"experts": "experts"},
    ),
    "experts.GeometricMixture": (
        experts.GeometricMixture,
        {"experts": [experts.Counting(2), experts.Counting(2, 1.0)], "rate": 0.1},
        {"experts": "experts", "rate": "not negative"},
    ),
    "experts.sequential_bits": (
        lambda symbols: experts.sequential_bits(experts.Counting(2), symbols),
        {"symbols": [0, 1]},
        {"symbols": "symbols one by one"},
    ),
    "experts.bayes_mixture": (
        experts.bayes_mixture,
        {"table": [[0.5, 0.5], [0.1, 0.9]], "prior": [0.5, 0.5]},
        {"table": "chances of experts", "prior": "weights"},
    ),
    "experts.fixed_share": (
        experts.fixed_share,
        {"table": [[0.5, 0.5], [0.1, 0.9]], "rate": 0.1},
        {"table": "chances of experts", "rate": "below one"},
    ),
    "experts.switch": (
        experts.switch,
        {"table": [[0.5, 0.5], [0.1, 0.9]]},
        {"table": "chances of experts"},
    ),
    "experts.geometric_mixture": (
        experts.geometric_mixture,
        {"table": np.full((2, 1, 2), 0.5), "symbols": [0], "rate": 0.1},
        {"table": "cube of chances", "symbols": "letters", "rate": "not negative"},
    ),
    "consistency.wilson_intervals": (
        consistency.wilson_intervals, {"shares": [0.5], "n": 10}, {"shares": "shares", "n": "count"}
    ),
    "regret.regret_curves": (
        regret.regret_curves,
        {"n": [5], "codes": ["nml"]},
        {"n": "sizes", "alphabet_size": "count", "codes": "names"},
    ),
}  # fmt: skip
BAD |= {
    "counts not whole": [[-1, 2], [NAN, 1], [INF], [], ["a"], None, 3, [1j]],
    "real but None": [value for value in BAD["real"] if value is not None],
    "count but None": [value for value in BAD["count"] if value is not None],
    "natural but None": [value for value in BAD["natural"] if value is not None],
    "positive integers": [[0], [-1], [0.5], [NAN], ["a"], "12", None, 3, [[1]], [[1], [1, 2]]],
    "base": [3, 0, NAN, "2", None],
    "letters but None": [value for value in BAD["letters"] if value is not None],
    "spec": ["no-such-code", "elias-delta:x=1", 5, None, "xz"],
    "columns": [(-1,), (0, 0), (0.5,), ("a",), (NAN,)],
    "coefficients": [(), (1, 0), (NAN,), (INF,), ("a",), (1j,)],
    "names": [(), ("no such name",), (5,)],
    "edges": [[], [1], [2, 1], [1, 1], [1, NAN], ["a", "b"], None, 5, [[1, 2]], [1j, 2]],
    "table": [
        np.full((8, 2), NAN), np.full((8, 2), INF), np.ones(8), np.ones((8, 0)), "ab", None, [["a"]]
    ],
    "labels": [[-1] * 8, [0.5] * 8, [NAN] * 8, ["a"] * 8, [0] * 7, [[0]] * 8, None],
    "network data": [
        [[0.5]], [[NAN]], [], [[]], None, 5, [0, 1], [[[0]]], {"a": [0], "b": [0, 1]}, {}
    ],
    "arities": [(2,), (2, 0), (2, 1.5), (1, 1), (2, "a")],
    "experts": [[], [5], [experts.Counting], [object()], None, 5],
    "weights": [[0.5, 0.6], [0.5, NAN], [-0.5, 1.5], [], ["a", "b"], [[0.5, 0.5]], [1.0], 0.5],
    "symbols one by one": [[2], [-1], [0.5], [NAN], ["a"], [None]],
    "chances of experts": [
        [[0.5, 1.1]], [[NAN]], [[-0.1]], [], [["a"]], [0.5], None, [[1j]], [[0.0]],
        [[0.5], [0.5, 1]],
    ],
    "cube of chances": [
        np.full((2, 1, 2), 0.6), np.full((2, 1, 2), NAN), np.full((2, 2), 0.5), [], None, "ab",
        np.array([[[0.0, 1.0]]]),
    ],
    "bits": [[NAN], [INF], [], [[0.0]], ["a"], None],
    "shares": [[NAN], [1.5], [-0.1], ["a"], [1j], [INF]],
}  # fmt: skip

OTHER_ARGUMENTS = {
    "code": ("spec",),
    "versions": ("version",),
    "arities": ("data",),
    "table": ("prior", "rate"),
    "transitions": ("emissions",),
    "emissions": ("transitions",),
    "high": ("low",),
    "low": ("high",),
    "mean_range": ("scale_range", "scale"),
    "clusters": ("max_clusters",),
    "max_order": ("order",),
}


def refused(call: Callable[..., Any], arguments: dict[str, Any]) -> Exception | None:
    try:
        call(**arguments)
    except (TypeError, ValueError) as error:
        return error
    return None


@pytest.mark.parametrize("name", CALLS)
def test_arguments(name):
    call, good, kinds = CALLS[name]
    call(**good)
    for argument, kind in kinds.items():
        for value in BAD[kind]:
            error = refused(call, good | {argument: value})
            assert error is not None, f"{argument}={value!r} is accepted"
            check_error(error, argument, *OTHER_ARGUMENTS.get(argument, ()))


NO_CALL = {
    "Family", "Predictor", "ExpertCode", "Consistency", "Clustering", "Grid", "Histogram",
    "OrderTable", "Segmentation", "DecisionTree", "RuleList", "BayesianNetwork", "RegretCurves",
    "stream", "prune_tree", "score_network",
}  # fmt: skip
"""Protocols and records, and functions of what others here have made."""


def test_nothing_is_left_out():
    """Of objects, which have tests of damage and of every domain, and estimators see below."""
    described = {type(each) for group in (REALS, COUNTS, SYMBOLS, PAIRS, NETWORKS)
                 for each in group.values()}  # fmt: skip
    for package in PACKAGES:
        for name in package.__all__:
            thing = getattr(package, name)
            if inspect.ismodule(thing) or not callable(thing) or package is objects:
                continue
            short = package.__name__.removeprefix("mdl.")
            assert f"{short}.{name}" in CALLS or name in NO_CALL, f"{short}.{name}"
            if hasattr(thing, "describe"):
                assert thing in described, name


# Estimators

ESTIMATORS = {
    "MDLHistogram": {"method": "no such", "precision": -1.0, "max_bins": 0},
    "MDLMixture": {"max_clusters": 0, "family": "no such", "restarts": 0, "random_state": -1},
    "MDLPolynomialRegression": {"max_degree": -1, "version": "no such"},
    "MDLRuleListClassifier": {"max_rule_length": 0, "cuts": 0, "beam_width": 0, "version": "no"},
    "MDLTreeClassifier": {"max_depth": -1, "version": "no such"},
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimators(name):
    pytest.importorskip("sklearn")
    make = getattr(mdl, name)
    x = np.arange(12.0)[:, None] ** 2
    y = np.arange(12) // 5
    make().fit(x, y)
    for argument, value in ESTIMATORS[name].items():
        with pytest.raises((TypeError, ValueError), match=r"accepted|known") as raised:
            make(**{argument: value}).fit(x, y)
        said = str(raised.value)
        assert said.startswith((argument, "degree", "seed")), said  # as the candidates call them
    for bad in (np.where(x == 4, NAN, x), np.where(x == 4, INF, x), x[:0], x[:, 0]):
        with pytest.raises(ValueError, match=r"NaN|infinity|sample|2D array"):
            make().fit(bad, y[: len(bad)])


# Limits


@pytest.mark.parametrize("size", [1, 2, 3, 10, 1 << 14])
def test_limits_of_the_multinomial(size):
    """Nothing, one letter, one symbol, and as many letters as are accepted."""
    assert nml.multinomial_complexity(size, 0) == 0
    assert nml.multinomial_complexity(size, 1) == pytest.approx(math.log2(size))
    values = [nml.multinomial_complexity(size, n) for n in (0, 1, 2, 1 << 20, 1 << 53)]
    assert all(map(math.isfinite, values))
    assert values == sorted(values)
    if size > 1:
        assert values[-1] == pytest.approx(nml.szpankowski_complexity(size, 1 << 53), rel=1e-6)


def test_where_the_recurrence_would_overflow():
    """C(K, n) itself is beyond a double from K = 1000, n = 10^6 on."""
    bits = nml.multinomial_complexity(1000, 10**6)
    assert bits > 1024
    assert bits == pytest.approx(nml.szpankowski_complexity(1000, 10**6), rel=1e-6)
    # of many letters nearly all sequences of ten have each once: the likelihood 10^-10
    many = 1 << 16
    distinct = sum(math.log2(many - j) for j in range(10)) - 10 * math.log2(10)
    assert distinct < nml.multinomial_complexity(many, 10) < distinct + 0.01


@pytest.mark.parametrize("n", [0, 1, 2, 1000])
def test_constants_cost_the_complexity_alone(n):
    assert float(discrete.nml_bits([n, 0, 0])) == nml.multinomial_complexity(3, n)
    assert discrete.Bernoulli().describe("0" * n).data_bits == 0
    assert markov.MarkovChain(0, 2).describe([1] * n).data_bits == 0


def test_versions_of_no_data_agree():
    """n = 0 takes no bits, but for what says that no parameters follow."""
    for name, candidate in (REALS | COUNTS | SYMBOLS).items():
        try:
            found = candidate.describe(np.zeros(0, np.int64))
        except ValueError as error:
            check_error(error, "x", "data")
            continue
        assert found.n == 0
        assert 0 <= found.total_bits < 12, name
