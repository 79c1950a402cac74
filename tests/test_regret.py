"""Regret curves: brute force over all sequences, published values, theorems, the figure."""

from __future__ import annotations

import json
import math
from itertools import product

import numpy as np
import pytest

from mdl import discrete
from mdl.nml import multinomial_complexity
from mdl.regret import REGRET_CODES, _partitions, regret_curves

CANDIDATES = {
    "nml": ("nml", 0.5),
    "kt": ("bayes", 0.5),
    "laplace": ("bayes", 1.0),
    "two-part": ("two-part", 0.5),
    "two-part-grid": ("two-part-grid", 0.5),
    "plug-in": ("prequential", 0.1),
    "snml": ("snml", 0.5),
}


@pytest.mark.parametrize(("size", "n"), [(2, 1), (2, 8), (3, 5), (4, 4)])
def test_brute_force_over_all_sequences(size, n):
    codes = [code for code in REGRET_CODES if size == 2 or code != "snml"]
    curves = regret_curves([n], alphabet_size=size, codes=codes)
    jeffreys = discrete.Multinomial(size, "bayes")
    sequences = list(product(range(size), repeat=n))
    chances = [2.0 ** -jeffreys.describe(x).total_bits for x in sequences]
    for code in codes:
        candidate = discrete.Multinomial(size, *CANDIDATES[code])
        regrets = [candidate.describe(x).regret_bits for x in sequences]
        assert curves.worst[code][0] == pytest.approx(max(regrets), abs=1e-10)
        assert curves.average[code][0] == pytest.approx(np.dot(chances, regrets), abs=1e-10)


@pytest.mark.parametrize(
    ("n", "expected"),
    [(10, [2.220397, 2.504738, 3.459432]), (1000, [5.332823, 5.808821, 9.967226])],
)
def test_values(n, expected):
    curves = regret_curves([n], codes=["nml", "kt", "laplace"])
    assert [curves.worst[code][0] for code in curves.worst] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("size", [2, 3])
def test_theorems(size):
    """NML is minimax with the same regret everywhere, and Jeffreys' mixture has the least mean."""
    n = list(range(1, 121))
    codes = [code for code in REGRET_CODES if size == 2 or code != "snml"]
    curves = regret_curves(n, alphabet_size=size, codes=codes)
    exact = multinomial_complexity(size, np.array(n))
    assert curves.worst["nml"] == pytest.approx(exact, abs=1e-10)
    assert curves.average["nml"] == pytest.approx(exact, abs=1e-10)
    for code in codes:
        assert np.all(curves.worst[code] >= exact - 1e-10), code
        assert np.all(curves.average[code] >= curves.average["kt"] - 1e-10), code
        assert np.all(curves.worst[code] >= curves.average[code] - 1e-10), code
    assert curves.worst["laplace"] == pytest.approx(
        [math.log2(math.comb(m + size - 1, size - 1)) for m in n], abs=1e-9
    )
    assert curves.worst["two-part"] == pytest.approx(curves.worst["laplace"], abs=1e-9)


def test_towards_the_asymptotic_form():
    curves = regret_curves([10, 100, 1000, 10000], codes=["nml", "kt"])
    gaps = curves.worst["nml"] - curves.asymptotic
    assert np.all(gaps > 0)
    assert gaps[:-1] / gaps[1:] == pytest.approx([math.sqrt(10)] * 3, rel=0.1)
    assert abs(curves.average["kt"][-1] - curves.asymptotic[-1]) < 0.01
    # on the boundary the mixture of Jeffreys pays 1/2 bit for ever (Xie and Barron)
    assert curves.worst["kt"][-1] - curves.asymptotic[-1] == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(("n", "parts"), [(1, 2), (9, 2), (10, 3), (12, 5)])
def test_partitions(n, parts):
    expected = {
        tuple(sorted(c, reverse=True)) for c in product(range(n + 1), repeat=parts) if sum(c) == n
    }
    rows = [tuple(row) for row in _partitions(n, parts).tolist()]
    assert len(rows) == len(set(rows))
    assert set(rows) == expected


def test_record_and_figure(tmp_path):
    curves = regret_curves([1, 10, 100])
    kept = json.loads(curves.save(tmp_path / "regret.json").read_text())
    assert kept["n"] == [1, 10, 100]
    assert kept["worst"]["nml"][0] == 1
    figure = curves.plot(tmp_path / "regret.png")
    assert (tmp_path / "regret.png").stat().st_size > 10_000
    assert [len(axes.lines) for axes in figure.axes] == [6, 6]
    assert "asymptotic" in repr(curves)
    with pytest.raises(ValueError, match=r"\.json"):
        curves.save(tmp_path / "regret.txt")


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: regret_curves([]), ValueError, "n: got none"),
        (lambda: regret_curves([0]), ValueError, "n: got 0"),
        (lambda: regret_curves([1.5]), TypeError, "n: got 1.5"),
        (lambda: regret_curves([5], codes=[]), ValueError, "codes: got none"),
        (lambda: regret_curves([5], codes=["mdl"]), ValueError, "codes: unknown"),
        (lambda: regret_curves([5], alphabet_size=3, codes=["snml"]), ValueError, "snml"),
        (lambda: regret_curves([5], alphabet_size=1), ValueError, "alphabet_size"),
        (lambda: regret_curves([1000], alphabet_size=9), ValueError, "partitions"),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 10}, TypeError, "n: got 10, accepted is a sequence"),
        ({"n": [2**64]}, ValueError, "n: got 18446744073709551616, accepted is"),
        ({"n": [10], "codes": "nml"}, TypeError, "codes: got 'nml', accepted is a sequence"),
        ({"n": [10], "codes": None}, TypeError, "codes: got None, accepted is a sequence"),
    ],
)
def test_what_is_no_sequence_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        regret_curves(**arguments)
