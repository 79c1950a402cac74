"""`cxd mdl cluster`: the table, the document, the figure, and one line for whatever is wrong."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

import mdl
from complexity.inputs import read_table

pytestmark = pytest.mark.usefixtures("own_folder")


@pytest.fixture
def iris() -> Path:
    load_iris = pytest.importorskip("sklearn.datasets").load_iris
    bunch = load_iris()
    heading = "sepal length,sepal width,petal length,petal width,species"
    rows = [
        ",".join([*map(str, row), str(bunch.target_names[label])])
        for row, label in zip(bunch.data, bunch.target, strict=True)
    ]
    path = Path("iris.csv")
    path.write_text("\n".join([heading, *rows]) + "\n")
    return path


def test_iris(cxd, iris):
    """Two clusters with covariances: setosa, and the others."""
    status, out, err = cxd("mdl", "cluster", iris, "--family", "full", "--max-clusters", "4")
    assert (status, err) == (0, "")
    assert "150 rows of sepal length, sepal width, petal length, petal width" in out
    assert "shortest: 2 clusters of 50, 100 rows" in out


def test_document_and_figure(cxd, iris):
    arguments = ("--columns", "petal length,4", "--max-clusters", "3", "--out", "iris.png")
    status, out, err = cxd("mdl", "cluster", iris, *arguments, "--json")
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["columns"] == ["petal length", "petal width"]
    _, rows = read_table(iris, ["petal length", "petal width"])
    found = mdl.cluster(rows, max_clusters=3, progress=False)
    assert document["bits"] == found.bits
    assert document["labels"] == found.labels.tolist()
    assert Path("iris.png").read_bytes().startswith(b"\x89PNG")


def test_categories(cxd):
    rng = np.random.default_rng(0)
    group = rng.integers(0, 2, 120)
    rows = (rng.random((120, 6)) < 0.05) ^ group[:, None]
    np.savetxt("c.csv", rows, fmt="%d", delimiter=",")
    status, out, err = cxd(
        "mdl", "cluster", "c.csv", "--family", "categorical", "--max-clusters", "3"
    )
    assert (status, err) == (0, "")
    assert "shortest: 2 clusters" in out


def test_clusters_without_rows_are_not_listed_as_clusters(cxd):
    """Of two groups of equal rows every third cluster is empty; it is paid for all the same."""
    Path("two.csv").write_text("a,b\n" + "1,2\n" * 3 + "8,9\n" * 2)
    status, out, err = cxd("mdl", "cluster", "two.csv")
    assert (status, err) == (0, "")
    rows = [line.split(maxsplit=5) for line in out.splitlines() if line.lstrip()[:1].isdigit()]
    told = {row[0]: row[5].strip() for row in rows}
    assert told["1"] == "5"
    assert told["2"] == "3, 2"
    assert [told[k] for k in "345"] == ["3, 2; 1 empty", "3, 2; 2 empty", "3, 2; 3 empty"]


def test_standard_input(cxd, monkeypatch):
    text = "\n".join(f"{i % 7 + 100 * (i % 2)},{i % 5}" for i in range(40))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    status, out, _ = cxd("mdl", "cluster", "-", "--max-clusters", "2", "--json")
    assert status == 0
    assert json.loads(out)["clusters"] == 2


@pytest.mark.parametrize(
    ("text", "arguments", "says"),
    [
        (None, (), "does not exist"),
        ("", (), "no rows"),
        ("a,b\n", (), "no rows"),
        ("a,b\nx,y\n", (), "no column that holds numbers alone"),
        ("alpha,b\n1,2\n2,3\n", ("--columns", "alpa"), "did you mean 'alpha'"),
        ("a,b\n1,2\n2,3\n", ("--columns", "3"), "column 3 of 2"),
        ("a,b\n1,x\n2,3\n", ("--columns", "b"), "not numbers"),
        ("a,b\n1,2\n2\n", ("--columns", "b"), "lack a column of b"),
        ("a,b\n1,nan\n2,3\n", (), "NaN or infinity"),
        ("a,b\n1,2\n1,3\n", (), "column 0 is constant"),
        ("a\n1\n", (), "at least 2"),
        ("a\n1\n2\n", ("--family", "ful"), "did you mean 'full'"),
        ("a\n1.5\n2\n", ("--family", "categorical"), "integers"),
        ("a\n1\n2\n", ("--max-clusters", "0"), "max-clusters: got 0"),
        ("a\n1\n2\n", ("--out", "x.txt"), "accepted is a name in .png"),
        ("a\n1\n2\n", ("--out", "no/x.png"), "the folder no does not exist"),
    ],
)
def test_errors(cxd, tmp_path, text, arguments, says):
    if text is not None:
        Path("t.csv").write_text(text)
    before = sorted(tmp_path.rglob("*"))
    status, out, err = cxd("mdl", "cluster", "t.csv", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert says in err
    assert sorted(tmp_path.rglob("*")) == before
