"""The simulations of the chapter: what is stored, what the page says, and a few seconds of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from examples import consistency
from mdl.consistency import wilson_intervals

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def stored():
    return json.loads((DOCS / "results" / "consistency.json").read_text())


def test_documents_say_what_the_results_say(stored):
    page = (DOCS / "mdl.md").read_text()
    for name, table in consistency.tables(stored).items():
        assert f"<!-- table {name} -->\n{table}\n<!-- end {name} -->" in page
    assert stored["command"] == "python -m examples.consistency"
    assert stored["seed"] == consistency.SEED


def test_stored_intervals_are_those_of_the_shares(stored):
    limits = stored["limits"]
    rows = [*stored["simulations"].values(), *limits["coins"], *limits["overlap"]]
    assert len(rows) == 4 + 4 + 1
    for row in rows:
        for found in row["criteria"].values():
            expected = wilson_intervals(found["share"], row["replicas"])
            np.testing.assert_allclose(found["interval"], expected)
            parts = np.add(found["too_low"], found["too_high"]) + found["share"]
            assert (parts <= 1 + 1e-12).all()  # of bins the number may be right, and a cut wrong


def test_what_the_chapter_claims(stored):
    """With the most data MDL finds every truth, more often than AIC; where it does not, it says so.

    Theorems: the codes are consistent within a bounded set of orders, degrees or bins, AIC is not.
    """
    for row in stored["simulations"].values():
        for name, found in row["criteria"].items():
            low, high = found["interval"][-1]
            if name in ("nml", "fnml", "bayes", "dp", "genum", "bic"):
                assert low > 0.85, (row["subject"], name)
            if name == "aic":
                assert high < 0.97, row["subject"]
    for row in stored["limits"]["coins"]:
        assert row["criteria"]["fnml"]["interval"][0][1] < 0.1
    [overlap] = stored["limits"]["overlap"]
    assert overlap["criteria"]["nml"]["interval"][-1][1] < 0.5


def test_findings_say_what_the_results_say(stored):
    page = " ".join((DOCS / "findings.md").read_text().split())

    def shares(row, n, *criteria):
        at = row["sizes"].index(n)
        return [f"{row['criteria'][name]['share'][at]:.2f}" for name in criteria]

    simulations, limits = stored["simulations"], stored["limits"]
    for said, found in (
        ("60 rows tell NML {}, BIC {}", shares(simulations["clusters"], 60, "nml", "bic")),
        ("1,280 points tell NML {}, BIC {}", shares(simulations["degree"], 1280, "nml", "bic")),
        ("50 values tell {} and {}", shares(simulations["bins"], 50, "dp", "bic")),
        (
            "({} of sequences of 4,096 tosses, BIC {})",
            shares(limits["coins"][3], 4096, "bayes", "bic"),
        ),
        ("({} of 480 rows, BIC {})", shares(limits["overlap"][0], 480, "nml", "bic")),
        ("(100: {}, {})", shares(simulations["order"], 100, "bayes", "bic")),
    ):
        assert said.format(*found) in page
    alone = np.sum(simulations["degree"]["alone"]["nml"][4:], axis=0)
    assert alone.tolist() == [0, 13]


def test_the_stored_numbers_come_again(stored):
    """The first data sets of a size do not depend on how many there are."""
    found = consistency.order_consistency(
        np.stack([1 - consistency.ONES, consistency.ONES], axis=-1),
        (25, 200),
        max_order=6,
        replicas=stored["simulations"]["order"]["replicas"],
        criteria=("bayes", "bic"),
        seed=consistency.SEED,
        progress=False,
    )
    known = stored["simulations"]["order"]
    for name in ("bayes", "bic"):
        shares = dict(zip(known["sizes"], known["criteria"][name]["share"], strict=True))
        assert found.share(name).tolist() == [shares[25], shares[200]]


def test_the_program_with_little_data(tmp_path):
    """Two data sets of one size, drawn and tabled."""
    told: dict[str, Any] = {"replicas": 2, "progress": False}
    found = {
        "order": consistency.order_consistency((0.3, 0.7), (25,), max_order=2, **told),
        "degree": consistency.degree_frequencies((20,), versions=("nml", "bayes"), **told),
        "bins": consistency.bins_found((50,), **told),
        "clusters": consistency.recovery((30,), folds=2, restarts=1, **told),
    }
    for name, (_, own) in consistency.PANELS.items():
        assert {*own, *consistency.OTHERS} <= set(found[name].found)
    consistency.draw(found, tmp_path / "four.png")
    assert (tmp_path / "four.png").stat().st_size > 20_000
    results = {
        "simulations": {name: consistency.stored(each, "bic") for name, each in found.items()},
        "limits": {
            "coins": [consistency.stored(found["order"])],
            "overlap": [consistency.stored(found["clusters"])],
        },
    }
    assert "commit" not in json.dumps(results)
    assert consistency.tables(results)["consistency"].count("\n") == 2 + 4 - 1
