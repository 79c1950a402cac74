"""Whatever a command writes, it does not replace what it reads; terminals show what they can."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from complexodynamics.output import check_not_read

pytestmark = pytest.mark.usefixtures("own_folder")

NUMBERS = "x,y\n" + "".join(f"{at},{at * at % 7}\n" for at in range(30))


@pytest.fixture
def kept(cxd):
    """Run a command that must be refused as it would replace this file."""

    def run(path: str, arguments: str, option: str = "--out") -> None:
        before = Path(path).read_bytes()
        status, out, err = cxd(*arguments.split())
        assert (status, out) == (2, "")
        assert err == f"cxd: {option} {path}: that is the input, which it would replace\n"
        assert Path(path).read_bytes() == before

    return run


@pytest.mark.parametrize(
    "arguments",
    [
        "mdl markov p.svg --out p.svg",
        "mdl markov ./p.svg:y --out p.svg",
        "mdl histogram p.svg:y --out p.svg",
        "mdl segment p.svg:y --out p.svg",
        "mdl polynomial p.svg --x x --y y --out p.svg",
        "mdl cluster p.svg --out p.svg",
        "mdl cluster link.csv --out p.svg",
        "measure p.svg other.csv --out other.csv",
        "measure other.csv:y --out other.csv",
        "measure --recursive . --out other.csv",
    ],
)
def test_a_file_that_is_read_is_not_replaced(kept, arguments):
    Path("p.svg").write_text(NUMBERS)
    Path("other.csv").write_text(NUMBERS)
    Path("link.csv").symlink_to("p.svg")
    kept(arguments.split()[-1], arguments)


@pytest.mark.parametrize("name", ["matrix.csv", "matrix.json", "heatmap.png", "tree.nwk"])
def test_a_file_that_is_compared_is_not_replaced(kept, name):
    Path("run").mkdir()
    for each in (name, "a", "b", "c"):
        Path("run", each).write_text(NUMBERS + each)
    kept(f"run/{name}", "distance run --tree --out run")


def test_a_pattern_is_not_replaced_by_its_run(cxd, kept):
    assert cxd("ca", "90", "--size", "8", "--steps", "3", "--out", "run")[0] == 0
    from simulations.automata import formats

    pattern = formats.Pattern(np.ones((3, 3), np.uint8), rule="B3/S23")
    formats.write("run/result.npz", pattern)
    kept("run/result.npz", "ca B3/S23 --pattern run/result.npz --steps 2 --out run")
    kept("run/result.npz", "ca run/result.npz --steps 2 --out run")


def test_a_file_of_weights_and_its_data_are_not_replaced(kept):
    Path("w.png").write_bytes(b"no weights, which nothing looks at")
    kept("w.png", "describe w.png --figure w.png", "--figure")
    Path("w.pdf").write_bytes(b"nor data")
    arguments = "describe w.png --module m:net --data w.pdf --figure w.pdf"
    kept("w.pdf", arguments, "--figure")


def test_what_is_not_read_may_be_written():
    Path("f").mkdir()
    Path("f/old.csv").write_text("")
    Path("new.csv").write_text("")
    for read in (["-"], ["nothing"], ["nothing:x"], ["f"], ["f/old.csv:x"], []):
        check_not_read("--out", [Path("new.csv"), Path("f/none.csv")], read)


def printed(encoding: str, *arguments: str) -> str:
    """What a command prints on a terminal of an encoding that refuses what it does not have."""
    folder = str(Path(__file__).parent.parent)
    run = subprocess.run(
        [sys.executable, "-c", "from complexodynamics.cli import main; main()", *arguments],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": encoding, "LC_ALL": "C", "PYTHONPATH": folder},
    )
    assert (run.returncode, run.stderr) == (0, b"")
    return run.stdout.decode(encoding.partition(":")[0])


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_codes_are_listed_on_every_terminal(encoding):
    assert "elias-delta" in printed(encoding, "codes")
    listed = json.loads(printed(encoding, "codes", "--json"))["codes"]
    assert listed == json.loads(printed("utf-8", "codes", "--json"))["codes"]
    assert any(not each["summary"].isascii() for each in listed)


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux alone")
@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_names_of_files_are_any_bytes(encoding):
    name, figure = os.fsdecode(b"five\xff.csv"), os.fsdecode(b"out\xff.png")
    Path(name).write_text(NUMBERS)
    arguments = ("mdl", "cluster", name, "--max-clusters", "2", "--out", figure)
    assert "five\\udcff.csv, 30 rows of x, y" in printed(encoding, *arguments)
    assert Path(figure).read_bytes().startswith(b"\x89PNG")
    assert json.loads(printed(encoding, *arguments, "--json"))["file"] == name
