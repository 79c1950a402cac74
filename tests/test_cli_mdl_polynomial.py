"""`cxd mdl polynomial`: the table, the figure, and one line for whatever is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

import mdl
from mdl.regression import Polynomial

pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def table() -> Path:
    """A cubic with noise, under headings."""
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, 60).round(4)
    y = (1 - 2 * x + 3 * x**3 + rng.normal(0, 0.3, 60)).round(4)
    rows = [f"{a},{b},{k},1,word" for k, (a, b) in enumerate(zip(x, y, strict=True))]
    path = Path("cubic.csv")
    path.write_text("\n".join(["input,output,row,one,text", *rows]) + "\n")
    return path


@pytest.fixture
def refused(cxd):
    """Run a command that must fail: one line on standard error, no file."""

    def run(*arguments: str | Path) -> str:
        before = sorted(Path().iterdir())
        status, out, err = cxd("mdl", "polynomial", *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("cxd: ")
        assert sorted(Path().iterdir()) == before
        return err

    return run


def test_table_and_figure(cxd, table):
    status, out, err = cxd(
        "mdl", "polynomial", table, "--x", "input", "--y", "output", "--folds", 5, "--out", "f.png"
    )
    assert (status, err) == (0, "")
    assert "output given input, 60 rows: degree 3" in out
    assert out.count("polynomial-") == 11
    assert Path("f.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("version", ["nml", "bayes", "prequential", "snls", "two-part"])
def test_json_is_the_selection(cxd, table, version):
    status, out, err = cxd(
        "mdl", "polynomial", table, "--x", "1", "--y", "2", "--max-degree", 4, "--json",
        "--version", version, "--precision", 0.0001,
    )  # fmt: skip
    assert (status, err) == (0, "")
    found = json.loads(out)
    data = np.loadtxt(table, delimiter=",", skiprows=1, usecols=(0, 1))
    candidates = [Polynomial(d, version, precision=0.0001) for d in range(5)]
    expected = mdl.select(candidates, (data[:, 0], data[:, 1]), progress=False)
    assert found["rows"] == json.loads(json.dumps(expected.to_dict()["rows"]))
    assert (found["best"], found["degree"]) == (f"polynomial-3 ({version})", 3)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--x", "inptu", "--y", "output"], "did you mean 'input'"),
        (["--x", "input", "--y", "text"], "cells that are not numbers"),
        (["--x", "one", "--y", "output"], "inputs that are all 1"),
        (["--x", "input", "--y", "one"], "outputs that are all 1"),
        (["--x", "input", "--y", "input"], "fits the outputs exactly"),
        (["--x", "input"], "y"),
        (["--x", "input", "--y", "output", "--max-degree", "-1"], "--max-degree: got -1"),
        (["--x", "input", "--y", "output", "--max-degree", "51"], "from 0 to 50"),
        (["--x", "input", "--y", "output", "--folds", "1"], "folds: got 1"),
        (["--x", "input", "--y", "output", "--folds", "40"], "at most 30"),
        (["--x", "input", "--y", "output", "--precision", "0"], "precision: got 0"),
        (["--x", "input", "--y", "output", "--version", "ml"], "version: unknown 'ml'"),
        (["--x", "input", "--y", "output", "--out", "f.txt"], "accepted is a name in .png"),
        (["--x", "input", "--y", "output", "--out", "no/f.png"], "does not exist"),
    ],
)
def test_bad_input(refused, table, arguments, says):
    assert says in refused(table, *arguments)


def test_few_rows_and_no_file(refused):
    Path("few.csv").write_text("x,y\n1,2\n2,3\n3,5\n4,1\n")
    error = refused("few.csv", "--x", "x", "--y", "y")
    assert "got 4 observations" in error
    assert "a --max-degree below 10" in error
    assert "does not exist" in refused("none.csv", "--x", "x", "--y", "y")


def test_real_molecules(cxd):
    """Solubility given weight, of 1128 molecules (Delaney 2004): bent, not cubic."""
    folder = os.environ.get("COMPLEXODYNAMICS_DATA")
    path = Path(folder or "none") / "molecules" / "delaney-processed.csv"
    if not path.exists():
        pytest.skip("needs COMPLEXODYNAMICS_DATA with molecules/delaney-processed.csv")
    weight, soluble = "Molecular Weight", "measured log solubility in mols per litre"
    status, out, _ = cxd("mdl", "polynomial", path, "--x", weight, "--y", soluble, "--json")
    assert status == 0
    found = json.loads(out)
    assert found["rows"][0]["n"] == 1128
    assert found["degree"] == 2
