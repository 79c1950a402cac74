"""`cxd ca`: pictures, curves and tables of any automaton; one line for whatever is wrong."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from complexity.measurement import best_bits
from simulations import Trajectory, memory
from simulations.automata.elementary import ElementaryCA
from simulations.automata.life import LifeLike
from simulations.automata.names import get_automaton
from simulations.automata.scenes import first_state

pytestmark = pytest.mark.usefixtures("own_folder")

GLIDER = "#N Glider\nx = 3, y = 3, rule = B3/S23\nbob$2bo$3o!\n"
SQUARE = "x = 3, y = 3, rule = B3/S23:T8,8\nbob$2bo$3o!\n"


def the_run() -> Path:
    """The only run's folder."""
    (found,) = Path("runs").iterdir()
    return found


def test_the_history_of_a_row(cxd):
    status, out, err = cxd("ca", "30", "--size", "31", "--steps", "12")
    assert (status, err) == (0, "")
    assert out.startswith("rule 30, 31 cells, periodic, 12 steps")
    folder = the_run()
    names = ["curves.csv", "curves.png", "picture.png", "result.npz", "run.json"]
    assert sorted(each.name for each in folder.iterdir()) == names
    expected = ElementaryCA(30).history(np.eye(31, dtype=np.uint8)[15], 12)
    run = Trajectory.load(folder)
    np.testing.assert_array_equal(run.frames, expected)
    assert run.population[:, 0].tolist() == expected.sum(axis=1).tolist()
    with Image.open(folder / "picture.png") as image:
        zoom = 512 // 31
        assert image.size == (31 * zoom, 13 * zoom)
        pixels = np.asarray(image.convert("L"))[zoom // 2 :: zoom, zoom // 2 :: zoom]
    np.testing.assert_array_equal(pixels < 128, expected == 1)


def test_the_last_state_and_the_film_of_a_plane(cxd):
    arguments = ["--size", "20x24", "--steps", "10", "--density", "0.4", "--seed", "3"]
    status, out, _ = cxd("ca", "b3/s23", *arguments, "--samples", "5", "--json")
    assert status == 0
    said = json.loads(out)
    life = LifeLike("B3/S23")
    state = first_state(life, (20, 24), density=0.4, seed=3)
    folder = Path(said["files"]["run"]).parent
    with Image.open(folder / "film.gif") as film:
        assert film.n_frames == 6
        assert film.size == (24 * 21, 20 * 21)
    with (folder / "curves.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["steps"]) for row in rows] == [0, 2, 4, 6, 8, 10]
    alive = [int(life.run(state, t).sum()) for t in (0, 2, 4, 6, 8, 10)]
    assert [int(row["population"]) for row in rows] == alive
    population = next(row for row in said["rows"] if row["name"] == "population")
    assert population["start"] == alive[0]
    assert population["end"] == alive[-1]
    assert (population["least"], population["most"]) == (min(alive), max(alive))


def test_a_pattern_s_file_has_its_rule_and_its_grid(cxd):
    Path("glider.rle").write_text(GLIDER)
    Path("torus.rle").write_text(SQUARE)
    status, out, _ = cxd("ca", "glider.rle", "--steps", "40", "--out", "free")
    assert status == 0
    assert out.startswith("B3/S23, a window of 67 x 67 cells, open, 40 steps")
    free = Trajectory.load("free").frames
    np.testing.assert_array_equal(np.argwhere(free[-1]), np.argwhere(free[0]) + 10)
    status, out, _ = cxd("ca", "torus.rle", "--steps", "32", "--out", "round")
    assert status == 0
    assert out.startswith("B3/S23, 8 x 8 cells, periodic, 32 steps")
    frames = Trajectory.load("round").frames
    assert frames[0].sum() == 5
    np.testing.assert_array_equal(frames[-1], frames[0])


def test_a_pattern_may_go_far(cxd):
    Path("glider.rle").write_text(GLIDER)
    status, out, _ = cxd("ca", "glider.rle", "--steps", "1000000000000", "--samples", "9", "--json")
    assert status == 0
    run = Trajectory.load(Path(json.loads(out)["files"]["run"]).parent)
    assert run.times[-1] == 10**12
    assert run.provenance["parameters"]["system"]["engine"] == "HashLife"
    assert set(run.population[:, 0].tolist()) == {5}


def test_cells_of_a_file_under_another_rule(cxd):
    Path("glider.rle").write_text(GLIDER)
    arguments = ["--pattern", "glider.rle", "--size", "9", "--steps", "3", "--out", "run"]
    assert cxd("ca", "highlife", *arguments, "--boundary", "periodic")[0] == 0
    frames = Trajectory.load("run").frames
    assert frames.shape == (4, 9, 9)
    expected = LifeLike("B36/S23").history(frames[0], 3)
    np.testing.assert_array_equal(frames, expected)


def test_cells_of_an_array(cxd):
    row = np.array([0, 1, 1, 0, 1], np.int64)
    np.save("row.npy", row)
    assert cxd("ca", "90", "--pattern", "row.npy", "--steps", "4", "--out", "run")[0] == 0
    np.testing.assert_array_equal(Trajectory.load("run").frames, ElementaryCA(90).history(row, 4))


@pytest.mark.parametrize(
    "rule",
    ["110R", "B2/S345/C4", "B2-a/S12", "B2/S34H", "critters", "fhp-i", "sandpile", "LLRR", "tasep"],
)
def test_every_kind_of_rule(cxd, rule):
    status, out, err = cxd("ca", rule, "--size", "12", "--steps", "4", "--json")
    assert (status, err) == (0, "")
    said = json.loads(out)
    for row in said["rows"][3:]:  # the invariants
        assert row["least"] == row["most"]
    assert {row["name"] for row in said["rows"][3:]} == set(get_automaton(rule).invariants)
    for path in said["files"].values():
        assert Path(path).is_file()


def test_a_history_with_gaps_has_no_bits(cxd):
    """Rule 30 on 101 cells: every second row of 1001 steps is not a history."""

    def bits(*arguments):
        status, out, _ = cxd("ca", "30", "--size", "101", *arguments, "--json")
        assert status == 0
        return json.loads(out)["space_time_bits"]

    assert bits("--steps", "1001") is None
    rows = ElementaryCA(30).history(np.eye(101, dtype=np.uint8)[50], 1001)
    whole = best_bits(rows, codes=["template"])
    assert bits("--steps", "1001", "--samples", "1001") == whole
    assert bits("--steps", "1000") == best_bits(rows[:-1], codes=["template"])
    status, out, _ = cxd("ca", "30", "--size", "101", "--steps", "1001")
    assert status == 0
    assert "all rows" not in out


def test_the_same_command_returns_the_same_run(cxd):
    first = cxd("ca", "life", "--size", "16", "--steps", "6")
    files = {path: path.read_bytes() for path in the_run().iterdir()}
    assert cxd("ca", "life", "--size", "16", "--steps", "6") == first
    assert {path: path.read_bytes() for path in the_run().iterdir()} == files
    assert cxd("ca", "life", "--size", "16", "--steps", "6", "--seed", "1")[0] == 0
    assert len(list(Path("runs").iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("lif", "rule: unknown 'lif'; known beside 0 to 255, "),
        ("lif", "did you mean 'life'?"),
        ("256", "rule: got 256, accepted is an integer from 0 to 255"),
        ("B33/S23", "rule: got 'B33/S23' with a number twice"),
        ("B2-z/S12", "letter 'z' for 2 neighbours, accepted are letters of 'aceikn'"),
        ("life --boundary torus", "known: periodic, fixed, reflecting, open"),
        ("B0/S8 --boundary open", "accepted with B0 are periodic, fixed, reflecting"),
        ("sandpile --boundary periodic", "boundary: unknown 'periodic'; known: fixed"),
        ("critters --size 5", "accepted are even sides"),
        ("life --size 3y", "size: got '3y', accepted are cells as 400, 200x300 or 40x40x40"),
        ("life --size 0", "size: got '0'"),
        ("life --size 3x4x5", "size: got 3x4x5, accepted for B3/S23 are 2 sides"),
        ("life --size 30000x30000", "size: got 900,000,000 cells, accepted are at most"),
        ("life --density 1.5", "density: got 1.5, accepted is a number from 0 to 1"),
        ("life --density nan", "density: got nan"),
        ("life --steps -1", "steps: got -1, accepted is an integer from 0"),
        ("life --seed -1", "seed: got -1, accepted is an integer at least 0"),
        ("life --samples 0", "samples: got 0, accepted is an integer from 1"),
        ("life --code gzp --size 8", "did you mean 'gzip'?"),
        ("life --code bdm --size 8", "'bdm' is an estimate"),
        ("nothing.rle", "nothing.rle: No such file or directory"),
        ("life --pattern nothing.npy", "nothing.npy: no such file"),
        ("cells.npy", "cells.npy names no rule; give one, as cxd ca B3/S23 --pattern cells.npy"),
        ("glider.rle --density 0.5", "--density: a pattern has its own cells"),
        ("glider.rle --pattern glider.rle", "--pattern: glider.rle is a pattern already"),
        ("glider.rle --size 2", "size: got 2 by 2, accepted is at least the pattern's 3 by 3"),
        ("110 --pattern glider.rle", "accepted for rule 110 are 1 sides"),
        ("broken.rle", "broken.rle:2"),
        ("life --pattern floats.npy", "state: got an array of dtype float64"),
        ("life --pattern empty.npy", "empty.npy holds no cells; give --size"),
        ("life --pattern broken.npy", "broken.npy is not a readable .npy file"),
        ("life --pattern several.npy", "state: got an array of 3 axes (shape (2, 3, 3))"),
        ("110 --pattern cells.npy", "state: got an array of 2 axes (shape (3, 3))"),
        ("life --out glider.rle", "glider.rle is a file; give a folder"),
    ],
)
def test_whatever_is_wrong_is_said_in_one_line(cxd, arguments, message):
    Path("glider.rle").write_text(GLIDER)
    Path("broken.rle").write_text("x = 3, y = 3, rule = B3/S23\nbob$2boq$3o!\n")
    Path("broken.npy").write_bytes(b"no array")
    np.save("floats.npy", np.zeros((3, 3)))
    np.save("empty.npy", np.zeros((0, 0), np.uint8))
    np.save("cells.npy", np.zeros((3, 3), np.uint8))
    np.save("several.npy", np.zeros((2, 3, 3), np.uint8))
    before = sorted(Path().rglob("*"))
    status, out, err = cxd("ca", *arguments.split())
    assert (status, out) == (2, "")
    assert err.startswith("cxd: ")
    assert err.count("\n") == 1
    assert message in err
    assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("110", "--size", "1000000"),
        ("110", "--size", "100000000", "--steps", "1"),
        ("B3/S23", "--size", "2000"),
        ("110", "--size", "1000000", "--steps", "1000", "--samples", "1000"),
    ],
)
def test_more_cells_than_memory_are_refused_at_once(cxd, monkeypatch, arguments):
    monkeypatch.setattr(memory, "_free_bytes", lambda: 64 << 20)
    status, out, err = cxd("ca", *arguments)
    assert (status, out) == (2, "")
    assert re.fullmatch(r"cxd: size: .* GiB are needed and 0\.1 GiB are free; take .*\n", err)
    assert not Path("runs").exists()
