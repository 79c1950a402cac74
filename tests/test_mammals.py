"""The tree of mammals: recomputed where the genomes are, and what the page says of it."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path

import pytest

from complexity import distances
from examples import mammals

DATA = Path(os.environ.get("COMPLEXODYNAMICS_DATA", "nowhere")) / "mammal_mtdna" / "34-mammals"
DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.skipif(not DATA.is_dir(), reason="no mammals below COMPLEXODYNAMICS_DATA")
def test_apes_are_apes():
    names = ("human", "chimpanzee", "gorilla", "mouse", "rat", "platypus")
    genomes = {name: (DATA / name).read_bytes() for name in names}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        matrix = distances.ncd_matrix(genomes, code="zlib", progress=False)
    assert matrix.nearest("human")[0][0] == "chimpanzee"
    assert matrix.nearest("mouse")[0][0] == "rat"
    assert matrix["human", "chimpanzee"] == pytest.approx(0.655, abs=0.01)
    tree = distances.neighbour_joining(matrix)
    for clade in (["human", "chimpanzee"], ["human", "chimpanzee", "gorilla"], ["mouse", "rat"]):
        assert tree.is_clade(clade)


@pytest.mark.skipif(not DATA.is_dir(), reason="no mammals below COMPLEXODYNAMICS_DATA")
def test_ten_mammals():
    """S(T) and the groups, as measured by an independent implementation beforehand."""
    found = mammals.compare(mammals.sequences("10-mammals"), "zlib", mammals.TEN)[0]
    assert found["joining_score"] == pytest.approx(0.9998, abs=5e-5)
    assert found["quartet_score"] >= found["joining_score"] - 1e-12
    assert found["joining_missing"] == found["quartet_missing"] == []


@pytest.mark.parametrize("rows", ["all", "ten"])
def test_documents_say_what_the_results_say(rows):
    """The stored trees have the clades that the tables claim, and the tables are in the text."""
    found = json.loads((DOCS / "results" / "mammals.json").read_text())[rows]
    assert mammals.table(found) in (DOCS / "distances.md").read_text()
    clades = mammals.TEN if rows == "ten" else mammals.CLADES
    for row in found:
        for kind in ("joining", "quartet"):
            tree = distances.parse_newick(row[f"{kind}_newick"])
            assert mammals.missing(tree, clades) == row[f"{kind}_missing"]
    if rows == "all":
        scores = {row["code"]: row["joining_score"] for row in found}
        assert scores["zlib"] == pytest.approx(0.9820, abs=5e-5)
        assert sum(score >= 0.97 for score in scores.values()) >= 3
