"""`cxd sweep`: files, tables, one-line errors, interrupts."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from complexodynamics.cli import main
from simulations.sweeping import Sweep, sweep
from simulations.sweeping.coffee import coffee_numbers

pytestmark = pytest.mark.usefixtures("own_folder")

ROOT = Path(__file__).parent.parent
CUPS = ["coffee", "size=8:13:4", "steps=40", "samples=4", "null_samples=0", "--replicas", "2"]
MINE = """
import time
import numpy as np

def noise(scale, seed, name="a", flag=None):
    return {"noise": scale * np.random.default_rng(seed).normal(), "name_length": len(str(name))}

def arrays(n, seed):
    return np.ones(n)

def failing(n, seed):
    if n == 2:
        raise ArithmeticError("two")
    return n

def slow(n, seed):
    time.sleep(0.2)
    return n
"""


@pytest.fixture
def mine(monkeypatch, tmp_path):
    """A module of one's own in the working folder."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "mine_to_sweep", raising=False)
    (tmp_path / "mine_to_sweep.py").write_text(MINE)
    yield "mine_to_sweep"
    sys.modules.pop("mine_to_sweep", None)


def test_cups(cxd):
    status, out, err = cxd("sweep", *CUPS, "--workers", "1", "--out", "there")
    assert (status, err) == (0, "")
    assert out.startswith("coffee: 4 cells, 4 computed")
    assert "size=8" in out
    assert "size=12" in out
    found = Sweep.load("there")
    grid = {"size": [8, 12], "steps": [40], "samples": [4], "null_samples": [0]}
    here = sweep(coffee_numbers, grid, 2, workers=1)
    assert here["complexity_peak_bits"].tobytes() == found["complexity_peak_bits"].tobytes()
    mean, low, _ = found.interval("entropy_end_bits")
    assert f"{mean[0, 0, 0, 0]:.4g} ± {mean[0, 0, 0, 0] - low[0, 0, 0, 0]:.4g}" in out
    rows = list(csv.DictReader(Path("there/cells.csv").read_text().splitlines()))
    assert [row["size"] for row in rows] == ["8", "8", "12", "12"]
    assert Path("there/figure.png").read_bytes().startswith(b"\x89PNG")
    status, out, _ = cxd("sweep", *CUPS, "--workers", "1", "--out", "there", "--json")
    document = json.loads(out)
    assert document["sweep"]["provenance"]["kept"] == 4
    assert document["means"][1]["parameters"]["size"] == 12
    assert document["means"][0]["entropy_end_bits"]["mean"] == mean[0, 0, 0, 0]


def test_a_function_of_ones_own(cxd, mine):
    status, out, _ = cxd(
        "sweep", f"{mine}:noise", "scale=1,2.5,-1e1", "name=b:c,true,x", "flag=none,true",
        "--workers", "1", "--json",
    )  # fmt: skip
    assert status == 0
    grid = json.loads(out)["sweep"]["grid"]
    assert grid == {"scale": [1, 2.5, -10.0], "name": ["b:c", True, "x"], "flag": [None, True]}


def test_many_settings_and_arrays(cxd, mine):
    status, out, _ = cxd("sweep", f"{mine}:noise", "scale=0:20", "--workers", "1")
    assert status == 0
    assert "and 8 settings more" in out
    assert Path(f"runs/sweep-{mine}-noise/run.json").exists()
    status, out, _ = cxd("sweep", f"{mine}:arrays", "n=1,2", "--workers", "1", "--out", "a")
    assert status == 0
    assert not Path("a/figure.png").exists()


def test_failures_are_said_at_the_end(cxd, mine):
    status, out, err = cxd("sweep", f"{mine}:failing", "n=1,2,3", "--workers", "1", "--out", "a")
    assert status == 2
    assert "3 cells, 2 computed" in out
    assert err == "cxd: 1 of 3 cells failed; the first: n=2, replica 0: ArithmeticError: two\n"
    assert Path("a/cells.csv").read_text() == "n,replica,value\n1,0,1\n2,0,\n3,0,3\n"
    status, out, err = cxd("sweep", f"{mine}:failing", "n=2", "--workers", "1", "--out", "b")
    assert (status, out) == (2, "")
    assert err.startswith("cxd: 1 of 1 cell failed; the first: n=2")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def broken(:", "SyntaxError: invalid syntax"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("raise KeyError('a\\nb')", "KeyError: 'a\\nb'"),
    ],
)
def test_a_module_that_cannot_be_imported(cxd, mine, monkeypatch, line, why):
    Path(f"{mine}.py").write_text(f"{line}\n")
    status, out, err = cxd("sweep", f"{mine}:noise", "scale=1")
    assert (status, out) == (2, "")
    assert err.startswith(f"cxd: simulation: importing {mine!r} raised {why}")
    assert err.count("\n") == 1
    assert not Path("runs").exists()
    monkeypatch.setenv("CXD_TRACEBACK", "1")
    with pytest.raises(ValueError, match="importing") as caught:
        main(["sweep", f"{mine}:noise", "scale=1"])
    assert caught.value.__cause__ is not None


def test_where_a_function_failed_is_shown_on_demand(cxd, mine, monkeypatch):
    monkeypatch.setenv("CXD_TRACEBACK", "1")
    with pytest.raises(ValueError, match="ArithmeticError: two") as caught:
        main(["sweep", f"{mine}:failing", "n=2", "--workers", "1"])
    assert 'raise ArithmeticError("two")' in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "SIMULATION is missing"),
        ("cofee size=8", "simulation: unknown 'cofee'; known beside module:function: coffee; did"),
        ("coffee siz=8", "grid: unknown 'siz'; known to"),
        ("coffee size", "got 'size', accepted is NAME=VALUE"),
        ("coffee size=", "accepted is NAME=VALUE"),
        ("coffee size=8,", "got 'size=8,', accepted is NAME=VALUE"),
        ("coffee size=0:100000 steps=0:100000", "got 10,000,000,000 cells, accepted are below"),
        ("coffee size=8 size=9", "size: given twice"),
        ("coffee size=8,8", "accepted are different values"),
        ("coffee size=8:8", "size: 8:8 holds no numbers"),
        (f"coffee size=0:{10**21}", "size: 0:1000000000000000000000 holds 1,000,000,000,000,0"),
        ("coffee size=8:9:0", "size: 8:9:0 holds no numbers"),
        ("coffee size=8 --replicas 0", "replicas: got 0"),
        ("coffee size=8 --workers 0", "workers: got 0"),
        ("coffee size=8 --seed -1", "seed: got -1"),
        ("coffee size=8 --workers 2 --cluster tcp://h:1", "give --cluster or --workers"),
        ("coffee size=8 --cluster host", "cluster: got 'host'"),
        ("no_such_module:f x=1", "there is no module 'no_such_module'"),
        (":f x=1", "accepted is module:function"),
        ("math:sqr x=1", "simulation: unknown 'sqr'; known in math"),
        ("coffee seed=1", "'seed' is the sweep's own"),
    ],
)
def test_bad_input(cxd, tmp_path, monkeypatch, arguments, message):
    monkeypatch.setattr(sys, "path", list(sys.path))
    status, out, err = cxd("sweep", *arguments.split())
    assert (status, out) == (2, "")
    assert message in err
    assert err.startswith("cxd: ")
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_an_interrupt_and_the_same_command_again(cxd, mine):
    """Ctrl-C of a whole process group, as a terminal sends it."""
    arguments = ["sweep", f"{mine}:slow", "n=0:40", "--workers", "2", "--out", "there"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from complexodynamics.cli import main; main()", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    cells = Path("there/cells")
    deadline = time.monotonic() + 60
    while len(list(cells.glob("*.cxd"))) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    kept = len(list(cells.glob("*.cxd")))
    said_kept = int(said.split()[3])
    assert said_kept in (kept, kept - 1)  # the interrupt may come between a file and its count
    assert said.endswith(f"after {said_kept} of 40 cells; kept in there; the same call goes on\n")
    assert said.startswith("cxd: interrupted")
    assert 3 <= kept < 40
    few = ["n=0:4" if each == "n=0:40" else each for each in arguments]
    status, out, _ = cxd(*few, "--json")
    assert status == 0
    assert json.loads(out)["sweep"]["provenance"]["kept"] >= 2
