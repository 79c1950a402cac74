"""`cxd mdl histogram` and `cxd mdl segment`: tables, figures, one line for whatever is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mdl.histogram import histogram
from mdl.segmentation import segment

pytestmark = pytest.mark.usefixtures("own_folder")

HEAPS = [1, 1, 2, 2, 1, 2, 1, 2, 90, 95, 99, 92]


@pytest.fixture
def table() -> Path:
    path = Path("t.csv")
    lines = [f"{value},{at // 6 * 10},word" for at, value in enumerate(HEAPS)]
    path.write_text("\n".join(["heap,count,text", *lines]) + "\n")
    return path


@pytest.fixture
def refused(cxd):
    """Run a command that must fail: one line on standard error, no file."""

    def run(*arguments: str | Path) -> str:
        before = sorted(Path().iterdir())
        status, out, err = cxd("mdl", *arguments)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert err.startswith("cxd: ")
        assert sorted(Path().iterdir()) == before
        return err

    return run


def test_histogram(cxd, table):
    status, out, err = cxd("mdl", "histogram", f"{table}:heap", "--out", "h.png")
    assert (status, err) == (0, "")
    assert "t.csv:heap, 12 values: 3 bins" in out
    assert Path("h.png").read_bytes().startswith(b"\x89PNG")
    status, out, err = cxd("mdl", "histogram", f"{table}:1", "--method", "dp", "--json")
    document = json.loads(out)
    found = histogram(np.array(HEAPS), method="dp")
    assert document == {"file": "t.csv:1"} | found.to_dict()
    status, out, _ = cxd("mdl", "histogram", f"{table}:heap", "--max-bins", 1)
    assert "1 bins" in out


def test_segment(cxd, table):
    arguments = ["mdl", "segment", f"{table}:count", "--family", "poisson"]
    status, out, err = cxd(*arguments, "--out", "s.png")
    assert (status, err) == (0, "")
    assert "12 items: 2 segments (poisson)" in out
    assert Path("s.png").read_bytes().startswith(b"\x89PNG")
    assert "12 items: 1 segment (poisson)" in cxd(*arguments, "--max-segments", 1)[1]
    document = json.loads(cxd(*arguments, "--json")[1])
    found = segment(np.repeat([0, 10], 6), "poisson")
    assert document == {"file": "t.csv:count"} | found.to_dict()


def test_segments_of_letters_and_many(cxd):
    Path("x.fa").write_text(">x\n" + "a" * 40 + "c" * 40 + "\n")
    status, out, _ = cxd("mdl", "segment", "x.fa", "--family", "multinomial")
    assert status == 0
    assert "2 segments" in out
    assert "a 1.000" in out
    np.save("many.npy", np.repeat(np.arange(50) % 2 * 100, 20))
    status, out, _ = cxd("mdl", "segment", "many.npy", "--family", "poisson")
    assert "the first 40; --json has all" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("histogram t.csv", "numbers are read from FILE.csv:COLUMN"),
        ("histogram t.csv:text", "cells that are not numbers"),
        ("histogram t.csv:heat", "did you mean 'heap'"),
        ("histogram t.csv:heap --method bayes", "method: unknown 'bayes'"),
        ("histogram t.csv:heap --precision -1", "precision: got -1"),
        ("histogram t.csv:heap --max-bins 0", "max_bins: got 0"),
        ("histogram t.csv:heap --out h.txt", "accepted is a name in .png"),
        ("histogram t.csv:heap --out no/h.png", "the folder no does not exist"),
        ("histogram nan.npy", "got nan at 0"),
        ("segment t.csv", "series are read from FILE.csv:COLUMN"),
        ("segment t.csv:heap --family gauss", "did you mean 'gaussian'"),
        ("segment t.csv:heap --scale 0", "scale: got 0"),
        ("segment nan.npy", "got nan at 0"),
        ("segment t.csv:heap --max-segments 0", "max_segments: got 0"),
        ("segment t.csv:heap --out s.txt", "accepted is a name in .png"),
        ("segment t.csv:heap --out no/s.png", "the folder no does not exist"),
    ],
)
def test_bad_input(refused, table, arguments, message):
    np.save("nan.npy", np.array([np.nan, 1.0]))
    assert message in refused(*arguments.split())
