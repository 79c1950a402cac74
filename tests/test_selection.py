"""`mdl.select`: the table, its weights, its criteria, its folds."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import product

import networkx
import numpy as np
import pytest

import mdl
from mdl.bayesian_network import NetworkModel


@dataclass(frozen=True)
class Coin:
    """Bernoulli with a known or a fitted chance of one (two-part, at 1/2 log2 n)."""

    name: str
    chance: float | None = None
    exchangeable: bool = True

    def describe(self, data):
        n, ones = len(data), int(np.sum(data))
        fitted = (ones + 0.5) / (n + 1) if self.chance is None else self.chance
        bits = -(ones * math.log2(fitted) + (n - ones) * math.log2(1 - fitted))
        fair = 0.0 if self.chance is not None else 0.5 * math.log2(n)
        return mdl.Description(
            self.name, "two-part", n, fair, bits, bits, int(self.chance is None), fit={"p": fitted}
        )

    def heldout_bits(self, train, test):
        chance = (np.sum(train) + 0.5) / (len(train) + 1) if self.chance is None else self.chance
        return float(-np.log2(np.where(test, chance, 1 - chance)).sum())


DATA = np.arange(100) % 5 == 0


def test_table():
    result = mdl.select([Coin("fair", 0.5), Coin("fitted")], DATA, folds=5, progress=False)
    assert [row.name for row in result.rows] == ["fitted", "fair"]
    fitted, fair = result.rows
    assert fair.total_bits == fair.cv_bits == pytest.approx(100)
    assert fair.weight / fitted.weight == pytest.approx(2 ** (fitted.total_bits - 100))
    assert fair.weight + fitted.weight == pytest.approx(1)
    assert result.bits == fitted.total_bits + 1
    assert fitted.bic_bits - fitted.description.best_fit_bits == pytest.approx(math.log2(10))
    assert fitted.aic_bits - fitted.description.best_fit_bits == pytest.approx(1 / math.log(2))
    assert {result.winner(criterion) for criterion in ("mdl", "bic", "aic", "cv")} == {"fitted"}
    assert "fitted" in repr(result).splitlines()[1]
    assert isinstance(Coin("x"), mdl.Predictive)


def test_estimates_do_not_compete_with_codes():
    """Kraft holds for the bits of a selection, though one of its candidates is no code.

    Over all tables of three rows of three bits; 2^-total of BIC alone sums to 2.5.
    """
    fork = networkx.DiGraph([(0, 1), (0, 2)])
    code, score = (NetworkModel(s, network=fork, arities=(2, 2, 2)) for s in ("fnml", "bic"))
    total = estimates = 0.0
    for bits in product((0, 1), repeat=9):
        table = mdl.select([code, score], np.reshape(bits, (3, 3)), progress=False)
        total += 2**-table.bits
        estimates += 2 ** -score.describe(np.reshape(bits, (3, 3))).total_bits
        assert (table.best.name, table.best.weight, len(table.rows)) == (code.name, 1, 2)
        assert table.winner("mdl") == code.name
    assert total <= 1 + 1e-9 < estimates
    alone = mdl.select([score], np.zeros((3, 3), int), progress=False)
    assert (alone.best.name, alone.best.weight) == (score.name, 1)


def test_data_that_no_candidate_has_a_codeword_for():
    rows = np.array([[1.0, 2.0], [1.1, 2.1], [0.9, 1.9], [8.0, 9.0], [8.1, 9.2]])  # on two lines
    with pytest.raises(ValueError, match="data: got what no candidate has a codeword for"):
        mdl.select([mdl.Clusters(k, "full") for k in (1, 2)], rows, progress=False)


def test_folds_are_the_same_for_all_and_follow_time_where_one_needs_it():
    class Recorder(Coin):
        def heldout_bits(self, train, test):
            seen.append((sorted(train), sorted(test)))
            return 0.0

    for exchangeable in (True, False):
        seen: list = []
        pair = [Recorder("a", 0.5), Recorder("b", 0.5, exchangeable)]
        mdl.select(pair, np.arange(100), folds=4, seed=3, progress=False)
        assert seen[:4] == seen[4:]
        for train, test in seen:
            assert not set(train) & set(test)
            assert exchangeable or max(train) < min(test)
        if exchangeable:
            assert sorted(row for _, test in seen[:4] for row in test) == list(range(100))


def test_saving(tmp_path):
    result = mdl.select([Coin("fair", 0.5), Coin("fitted")], DATA, progress=False)
    document = json.loads(result.save(tmp_path / "table.json").read_text())
    assert document["best"] == "fitted"
    assert document["rows"][0]["cv_bits"] is None
    assert result.save(tmp_path / "t.csv").read_text().startswith("name,version,n,model_bits")
    result.plot(tmp_path / "t.png")
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match=r"accepted is a name in \.json or \.csv"):
        result.save(tmp_path / "t.txt")


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"candidates": []}, ValueError, "at least one"),
        ({"candidates": [Coin("a"), Coin("a")]}, ValueError, "'a' twice"),
        ({"candidates": [Coin]}, TypeError, r"objects with a name and describe\(\)"),
        ({"folds": 1}, ValueError, "0 or at least 2"),
        ({"folds": 51}, ValueError, "at most 50 for 100"),
        ({"seed": -1}, ValueError, "at least 0"),
    ],
)
def test_bad_input(arguments, error, says):
    with pytest.raises(error, match=says):
        mdl.select(**({"candidates": [Coin("a")], "data": DATA} | arguments), progress=False)


def test_a_criterion_that_was_not_computed():
    result = mdl.select([Coin("a")], DATA, progress=False)
    with pytest.raises(ValueError, match="nothing was cross-validated"):
        result.winner("cv")
    with pytest.raises(ValueError, match="did you mean 'bic'"):
        result.winner("bik")


def test_nothing_returns_nan():
    with pytest.raises(ValueError, match="data_bits: got NaN"):
        mdl.Description("a", "nml", 3, 0.0, math.nan, 0.0, 1)


def test_bytes_are_folded_as_texts_are():
    from mdl.markov import MarkovChain

    text = "01" * 20 + "0011"
    for data in (text.encode(), bytearray(text.encode()), memoryview(text.encode())):
        [row] = mdl.select([MarkovChain(1)], data, folds=2).rows
        assert row.cv_bits == mdl.select([MarkovChain(1)], text, folds=2).rows[0].cv_bits
