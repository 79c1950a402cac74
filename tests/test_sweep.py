"""Sweeps: the same bits everywhere, nothing computed twice, whatever happens to a worker."""

from __future__ import annotations

import csv
import dataclasses
import errno
import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulations import DamagedRunError, Trajectory, coffee, ledger, observe
from simulations.automata.elementary import ElementaryCA
from simulations.cluster import dask_executor
from simulations.program import source_digest
from simulations.sweeping import Sweep, SweepError, SweepInterrupted, cell_seed, sweep
from simulations.sweeping.coffee import coffee_numbers
from tests.toy_sweep import Stateful, cup, failing, killing, leaving, noise, slowly, walked

ROOT = Path(__file__).parent.parent


def same(one: Sweep, other: Sweep) -> bool:
    """Equal to the last bit, NaN included."""
    return (
        list(one.values) == list(other.values)
        and all(one[n].tobytes() == other[n].tobytes() for n in one.values)
        and one.times.tobytes() == other.times.tobytes()
        and one.grid == other.grid
    )


class Refusing(Executor):
    """An executor for sweeps that have nothing to compute."""

    def submit(self, fn, /, *args, **kwargs):
        raise AssertionError("computed again")


# The same numbers everywhere


def test_any_number_of_workers_and_any_executor():
    grid = {"x": [1, 2.5, 7], "y": range(4)}
    here = sweep(noise, grid, 5, workers=1, progress=False)
    assert here["noise"].shape == (3, 4, 5)
    assert len(np.unique(here["noise"])) == 60
    assert same(here, sweep(noise, grid, 5, workers=2, progress=False))
    with ThreadPoolExecutor(3) as pool:
        assert same(here, sweep(noise, grid, 5, executor=pool, progress=False))
    with ProcessPoolExecutor(1) as pool:
        assert same(here, sweep(noise, grid, 5, executor=pool))


def test_a_cell_is_its_own_affair():
    """Another order, other values beside it, more replicas: its numbers stay."""
    few = sweep(noise, {"x": [1, 3], "y": [0.5]}, 2, workers=1)
    many = sweep(noise, {"y": [9.0, 0.5], "x": [3, 2, 1]}, 4, workers=1)
    for i, x in enumerate([1, 3]):
        j = many.grid["x"].index(x)
        np.testing.assert_array_equal(few["noise"][i, 0], many["noise"][1, j, :2])
    other = sweep(noise, {"x": [1, 3], "y": [0.5]}, 2, workers=1, seed=1)
    assert not np.isin(other["noise"], few["noise"]).any()


FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | st.text()


@given(st.dictionaries(st.text(), SCALARS, max_size=3), st.integers(0, 2**70), st.integers(0, 99))
def test_seeds(parameters, seed, replica):
    found = cell_seed(seed, parameters, replica)
    assert 0 <= found < 2**63
    assert found == cell_seed(seed, dict(reversed(parameters.items())), replica)
    others = {
        cell_seed(seed + 1, parameters, replica),
        cell_seed(seed, parameters, replica + 1),
        cell_seed(seed, parameters | {"another name": 0}, replica),
    }
    assert len(others | {found}) == 4


def test_tiny_cells_travel_together():
    class Counting(ThreadPoolExecutor):
        calls = 0

        def submit(self, *args, **kwargs):
            self.calls += 1
            return super().submit(*args, **kwargs)

    with Counting(2) as pool:
        found = sweep(noise, {"x": range(3000)}, executor=pool)
        assert pool.calls < 300
    assert not np.isnan(found["noise"]).any()


# Workers that die


def test_a_killed_process_is_replaced(tmp_path):
    fn = functools.partial(cup, folder=str(tmp_path), deaths=2)
    grid = {"size": [8, 10, 12]}
    there = sweep(fn, grid, 2, workers=2, progress=False)
    assert len(list(tmp_path.iterdir())) == 2
    assert same(there, sweep(cup, grid, 2, workers=1, progress=False))


def test_a_cell_that_always_kills_is_given_up(tmp_path):
    fn = functools.partial(killing, folder=str(tmp_path))
    found = sweep(fn, {"x": range(8)}, workers=2, errors="keep", progress=False)
    assert len(list(tmp_path.iterdir())) == 3
    assert [str(each) for each in found.failed] == [
        "x=3, replica 0: killed its worker three times, perhaps for memory"
    ]
    rest = [0, 1, 2, 4, 5, 6, 7]
    alone = sweep(noise, {"x": rest}, workers=1)
    np.testing.assert_array_equal(found["noise"][rest], alone["noise"])
    assert np.isnan(found["noise"][3])


class KilledWorker(Exception):
    """What Dask's is called."""


class Blaming(Executor):
    """Gives up a call after deaths, and blames those that waited beside the guilty one."""

    _max_workers = 4

    def __init__(self) -> None:
        self.waiting: list[tuple[Future, Any, Any]] = []
        self.calls: list[list[int]] = []
        self.lock = threading.Lock()
        self.done = False
        threading.Thread(target=self._work, daemon=True).start()

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        with self.lock:
            self.waiting.append((future, fn, args))
        return future

    def _work(self):
        while not self.done:
            time.sleep(0.005)
            with self.lock:
                batch, self.waiting = self.waiting, []
            xs = [cell.parameters["x"] for _, _, args in batch for cell in args[1]]
            self.calls.append(xs)
            for future, fn, args in batch:
                if 5 in xs:
                    future.set_exception(KilledWorker())
                else:
                    future.set_result(fn(*args))


def test_the_innocent_are_tried_alone():
    """Whatever Dask gives up with the guilty cell is computed; only that one is failed."""
    pool = Blaming()
    found = sweep(noise, {"x": range(12)}, executor=pool, errors="keep")
    pool.done = True
    assert [each.parameters["x"] for each in found.failed] == [5]
    assert [5] in pool.calls
    rest = [x for x in range(12) if x != 5]
    np.testing.assert_array_equal(
        found["noise"][rest], sweep(noise, {"x": rest}, workers=1)["noise"]
    )


def test_a_pool_of_ones_own_that_breaks(tmp_path):
    fn = functools.partial(killing, folder=str(tmp_path))
    with (
        ProcessPoolExecutor(1) as pool,
        pytest.raises(ChildProcessError, match="executor: a process of it was killed"),
    ):
        sweep(fn, {"x": [3]}, executor=pool)


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_loses_a_worker(tmp_path, monkeypatch):
    """The same bits as in this process, and a second start computes nothing."""
    dask = pytest.importorskip("dask")
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    marks = tmp_path / "marks"
    marks.mkdir()
    fn = functools.partial(cup, folder=str(marks), deaths=1)
    grid, out = {"size": [8, 10, 12]}, tmp_path / "out"
    options = {"distributed.deploy.lost-worker-timeout": "300s",
               "distributed.worker.daemon": False}  # fmt: skip
    with (
        dask.config.set(options),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        dask_executor(cluster.scheduler_address) as executor,
    ):
        there = sweep(fn, grid, 3, executor=executor, out=out)
    assert len(list(marks.iterdir())) == 1
    assert same(there, sweep(cup, grid, 3, workers=1, progress=False))
    again = sweep(fn, grid, 3, executor=Refusing(), out=out)
    assert same(again, there)
    assert (again.provenance["computed"], again.provenance["kept"]) == (0, 9)


_ORPHANS = """
import os, time, sys
from simulations.sweeping import sweep
def slow(x, seed, folder):
    open(f"{folder}/{os.getpid()}", "w").close()
    time.sleep(60)
if __name__ == "__main__":
    sweep(slow, {"x": [1, 2], "folder": [sys.argv[1]]}, workers=2)
"""


def started(script: Path, *arguments: str | Path) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, script, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_no_process_outlives_its_sweep(tmp_path, number):
    (tmp_path / "pids").mkdir()
    (tmp_path / "script.py").write_text(_ORPHANS)
    process = started(tmp_path / "script.py", tmp_path / "pids")
    until(lambda: len(list((tmp_path / "pids").iterdir())) == 2)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    if number == signal.SIGINT:
        assert "interrupted after 0 of 2 cells; nothing was saved" in said

    def gone(pid: int) -> bool:
        stat = Path(f"/proc/{pid}/stat")
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"

    until(lambda: all(gone(int(path.name)) for path in (tmp_path / "pids").iterdir()))


def test_a_script_without_its_guard(tmp_path):
    (tmp_path / "script.py").write_text(_ORPHANS.replace('if __name__ == "__main__":', "if 1:"))
    _, said = started(tmp_path / "script.py", tmp_path).communicate(timeout=60)
    assert 'needs `if __name__ == "__main__":`' in said


# What is kept


def test_nothing_is_computed_twice(tmp_path):
    small = sweep(noise, {"x": [1, 2]}, 2, workers=1, out=tmp_path)
    assert len(list((tmp_path / "cells").iterdir())) == 4
    again = sweep(noise, {"x": [1, 2]}, 2, executor=Refusing(), out=tmp_path)
    assert same(small, again)
    assert "4 cells, 4 kept from before" in repr(again)
    more = sweep(noise, {"x": [2, 3, 1]}, 3, workers=1, out=tmp_path)
    assert (more.provenance["computed"], more.provenance["kept"]) == (5, 4)
    assert same(more, sweep(noise, {"x": [2, 3, 1]}, 3, workers=1))
    for other in (
        {"seed": 1},
        {"fn": functools.partial(noise, y=1.0)},
        {"grid": {"x": [1.0, 2.0]}},
        {"fn": killing, "grid": {"x": [1, 2], "folder": ["there"]}},
    ):
        options = {"fn": noise, "grid": {"x": [1, 2]}, "seed": 0} | other
        found = sweep(**options, replicas=2, workers=1, out=tmp_path)
        assert found.provenance["kept"] == 0


def test_another_program_is_another_function():
    """The source, and what of its module it uses; typed at a prompt, its code."""
    digests = set()
    for factor, text in ((1, "a"), (1, "b"), (2, "a")):
        there = {"__name__": "typed"}
        source = f"N = {factor}\ndef helper(x): return N * x\ndef other(): return {text!r}\n"
        exec(source + "def fn(x, seed): return [helper(y) for y in (x,)][0]", there)
        digests.add(source_digest(there["fn"]))
    assert len(digests) == 2
    there = {"__name__": "typed"}
    exec("def fn(x, seed): return x + 1", there)
    one = source_digest(there["fn"])
    exec("def fn(x, seed): return x + 2", there)
    assert source_digest(there["fn"]) != one


@pytest.mark.parametrize("damage", ["cut", "byte", "empty", "other"])
def test_a_damaged_cell_is_refused(tmp_path, damage):
    sweep(noise, {"x": [1, 2]}, workers=1, out=tmp_path)
    path, other = (tmp_path / "cells").iterdir()
    blob = bytearray(path.read_bytes())
    if damage == "byte":
        blob[len(blob) // 2] ^= 1
    broken = {"cut": blob[:-3], "empty": b"", "byte": blob, "other": other.read_bytes()}
    path.write_bytes(broken[damage])
    with pytest.raises(ledger.DamagedCellError, match=rf"{path.name}: damaged: .*; delete it"):
        sweep(noise, {"x": [1, 2]}, workers=1, out=tmp_path)
    path.unlink()
    assert sweep(noise, {"x": [1, 2]}, workers=1, out=tmp_path).provenance["computed"] == 1


def test_a_disk_that_fills_at_any_moment(tmp_path, monkeypatch):
    whole = sweep(noise, {"x": range(3)}, workers=1)
    written, full_at = 0, 0

    def fsync(handle: int) -> None:
        nonlocal written
        written += 1
        if written == full_at:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("complexity.files.os.fsync", fsync)
    for full_at in range(1, 3 + 2 + 1):  # cells, and the two files of the result
        written, out = 0, tmp_path / str(full_at)
        with pytest.raises(OSError, match="No space left"):
            sweep(noise, {"x": range(3)}, workers=1, out=out)
        found = sweep(noise, {"x": range(3)}, workers=1, out=out)
        assert same(found, whole)
        assert found.provenance["kept"] == min(full_at - 1, 3)


def test_an_interrupt_keeps_all(tmp_path):
    calls = []

    def interrupted(x, seed):
        calls.append(x)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return x

    with pytest.raises(SweepInterrupted, match="after 2 of 5 cells; nothing was saved") as caught:
        sweep(interrupted, {"x": range(5)}, workers=1)
    part = caught.value.sweep
    assert part["value"][:, 0].tolist()[:2] == [0, 1]
    assert not part.complete
    assert "interrupted" in repr(part)


def test_one_sweep_at_a_time_in_a_folder(tmp_path):
    """What is started twice waits, and computes nothing twice."""
    with ThreadPoolExecutor(2) as pool:
        both = [
            pool.submit(sweep, slowly, {"x": range(4)}, workers=1, out=tmp_path) for _ in range(2)
        ]
        found = [each.result() for each in both]
    assert sorted(each.provenance["computed"] for each in found) == [0, 4]


# Cells that fail


def test_the_folder_of_another_run_is_refused(tmp_path):
    def observed():
        system = ElementaryCA(30).system(np.eye(9, dtype=np.uint8)[4])
        return observe(system, {"live": np.sum}, [0, 3], out=tmp_path, progress=False)

    whole = observed()
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match=r"holds a run that is no sweep; choose another folder"):
        sweep(noise, {"x": [1]}, workers=1, out=tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == files
    assert np.array_equal(observed().values, whole.values)


def test_the_folder_of_a_sweep_is_no_run(tmp_path):
    sweep(noise, {"x": [1]}, workers=1, out=tmp_path)
    with pytest.raises(DamagedRunError, match=r"the run in it is a sweep; use Sweep\.load"):
        Trajectory.load(tmp_path)


def test_failures_come_at_the_end():
    with pytest.raises(SweepError) as caught:
        sweep(failing, {"x": range(4)}, 2, workers=1)
    assert str(caught.value).startswith(
        "2 of 8 cells failed; the first: x=2, replica 0: ArithmeticError: no number; "
    )
    found = caught.value.sweep
    assert found.mean("value")[[0, 1, 3]].tolist() == [0, 1, 3]
    assert np.isnan(found.mean("value")[2])
    first = found.failed[0]
    assert (first.parameters, first.replica) == ({"x": 2}, 0)
    assert first.seed == cell_seed(0, {"x": 2}, 0)
    assert "in failing" in first.traceback
    kept = sweep(failing, {"x": range(4)}, 2, workers=2, errors="keep", progress=False)
    assert same(kept, found)
    assert "2 failed" in repr(kept)


def test_failed_cells_are_tried_again(tmp_path):
    for _ in range(2):
        found = sweep(failing, {"x": range(4)}, workers=1, out=tmp_path, errors="keep")
        assert len(found.failed) == 1
    assert (found.provenance["computed"], found.provenance["kept"]) == (0, 3)
    assert not sweep(leaving, {"x": [1]}, workers=1, errors="keep").values


# What a function may return


def test_numbers_arrays_and_mappings():
    found = sweep(lambda x, seed: np.full(x, x), {"x": [1, 3]}, workers=1)
    np.testing.assert_array_equal(found["value"][:, 0], [[1, np.nan, np.nan], [3, 3, 3]])
    found = sweep(lambda x, seed: {"a": True, "b": np.eye(2)}, {"x": [1]}, workers=1)
    assert found["a"].tolist() == [[1.0]]
    assert found["b"].shape == (1, 1, 2, 2)
    assert list(found.columns()) == ["x", "replica", "a", "b[0,0]", "b[0,1]", "b[1,0]", "b[1,1]"]
    none = sweep(noise, {"x": [1]}, workers=1)
    assert none["sum"].shape == (1, 1)
    assert sweep(walked, {}, 3, workers=1)["b"].shape == (3, 4)


def test_trajectories_bring_their_clock():
    found = sweep(walked, {"steps": [4]}, 2, workers=1)
    assert (found.clock, found.units) == ("steps", {"a_bits": "bits", "b": "1"})
    assert found.times.tolist() == [0, 3, 6, 9]
    seed = cell_seed(0, {"steps": 4}, 1)
    np.testing.assert_array_equal(found["b"][0, 1], walked(seed)["b"][:, 0])
    found = sweep(walked, {"steps": [2, 4]}, 2, workers=1)
    assert found.times.shape == (2, 2, 4)
    np.testing.assert_array_equal(found.times[0, 1], [0, 3, np.nan, np.nan])
    np.testing.assert_array_equal(np.isnan(found["a_bits"]), np.isnan(found.times))


def test_trajectories_need_not_have_the_same_observables(tmp_path):
    """One that only the shorter have is as long as the others."""

    def ending(steps, seed):
        found = walked(seed, steps)
        less = {"observables": ("b",), "units": ("1",), "values": found.values[:, :, 1:]}
        return dataclasses.replace(found, **less) if steps == 4 else found

    found = sweep(ending, {"steps": [2, 4]}, 2, workers=1)
    assert found["a_bits"].shape == found["b"].shape == found.times.shape == (2, 2, 4)
    assert np.isfinite(found["a_bits"]).sum(axis=2).tolist() == [[2, 2], [0, 0]]
    with open(found.to_csv(tmp_path / "cells.csv"), newline="") as file:
        assert len(list(csv.reader(file))) == 17
    found.plot(tmp_path / "figure.png")
    found.save(tmp_path)
    assert same(Sweep.load(tmp_path), found)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "returned NoneType for 'value', accepted is a number"),
        ("text", "returned str for 'value'"),
        ({}, "returned no numbers"),
        ({"x": 1}, "returned 'x', which is a dimension"),
        ({"replica": 1}, "returned 'replica', which is a dimension"),
        ({1: 1}, "returned the name 1"),
        (2**60 + 1, "integers beyond 2**53"),
        (1j, "returned complex"),
        (walked(0, replicas=2), "a Trajectory of 2 replicas, accepted is one"),
    ],
)
def test_what_is_no_number_is_a_failed_cell(returned, message):
    [failed] = sweep(lambda x, seed: returned, {"x": [1]}, workers=1, errors="keep").failed
    assert message in failed.error


def test_cells_that_do_not_fit_together():
    with pytest.raises(ValueError, match="'value' has several numbers of dimensions"):
        sweep(lambda x, seed: np.zeros((1,) * x), {"x": [1, 2]}, workers=1)
    with pytest.raises(ValueError, match=r"the clocks \['days', 'steps'\], accepted is one"):
        sweep(walked, {"clock": ["steps", "days"]}, workers=1)


def test_what_only_this_process_knows(monkeypatch):
    """It is carried to the others where cloudpickle is there."""
    here = sweep(lambda x, seed: x + seed / 2**64, {"x": [1, 2]}, workers=1)
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(ValueError, match=r"fn: no other process can import .*workers=1"):
        sweep(lambda x, seed: x, {"x": [1, 2]}, workers=2)
    monkeypatch.undo()
    pytest.importorskip("cloudpickle")
    there = sweep(lambda x, seed: x + seed / 2**64, {"x": [1, 2]}, workers=2)
    assert same(here, there)


def test_what_is_bound_at_a_prompt():
    pytest.importorskip("cloudpickle")
    typed = """
import functools
from simulations.sweeping import sweep
def added(x, seed, y):
    return x + y
print(sweep(functools.partial(added, y=2), {"x": [1, 2]}, workers=2).mean("value").tolist())
"""
    run = subprocess.run([sys.executable, "-c", typed], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("[3.0, 4.0]\n", "")


# The result


def test_students_own_table():
    """Gosset's sleep data, ten differences of two drugs: 1.58 [0.70, 2.46] (t = 2.262)."""
    extra = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    values = np.array([[*extra, np.nan], [7, *[np.nan] * 10], [np.nan] * 11])
    found = Sweep({"drug": ("a", "b", "c")}, 11, {"extra": values})
    mean, low, high = found.interval("extra")
    assert mean[0] == pytest.approx(1.58)
    assert (low[0], high[0]) == (pytest.approx(0.70, abs=0.005), pytest.approx(2.46, abs=0.005))
    assert (mean[1], low[1], high[1]) == (7, -np.inf, np.inf)
    assert np.isnan([mean[2], low[2], high[2]]).all()
    with pytest.raises(ValueError, match="level: got 1"):
        found.interval("extra", level=1)
    with pytest.raises(KeyError, match="did you mean 'extra'"):
        found["extr"]


def test_results_are_files(tmp_path):
    for number, found in enumerate([
        sweep(noise, {"x": [1, 2.5], "y": [0]}, 3, workers=1),
        sweep(walked, {"steps": [2, 4], "clock": ["steps"]}, 2, workers=1),
        sweep(failing, {"x": range(4)}, workers=1, errors="keep"),
        sweep(lambda a, b, c, seed: 1, {"a": [True, None], "b": ["x", "y"], "c": [1]}, workers=1),
    ]):  # fmt: skip
        folder = tmp_path / str(number)
        found.save(folder)
        back = Sweep.load(folder)
        assert same(back, found)
        assert back.failed == found.failed
        assert repr(back) == repr(found)
        assert json.dumps(back.to_dict()) == json.dumps(found.to_dict())
        found.plot(folder / "figure.png")
        assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")
        text = found.to_csv(folder / "cells.csv").read_text()
        rows = list(csv.DictReader(text.splitlines()))
        name = list(found.values)[-1]
        numbers = [float(row[name]) if row[name] else np.nan for row in rows]
        np.testing.assert_array_equal(numbers, found[name].ravel())
    walked(0).save(tmp_path / "another")
    with pytest.raises(DamagedRunError, match="is no sweep"):
        Sweep.load(tmp_path / "another")


def test_tables_and_datasets():
    pytest.importorskip("pandas")
    pytest.importorskip("xarray")
    found = sweep(noise, {"x": [1, 2.5], "y": [0, 1]}, 3, workers=1)
    frame = found.to_frame()
    assert frame.index.names == ["x", "y", "replica"]
    assert frame.loc[(2.5, 1, 2), "noise"] == found["noise"][1, 1, 2]
    data = found.to_xarray()
    assert float(data["sum"].sel(x=2.5, y=0, replica=1)) == found["sum"][1, 0, 1]
    found = sweep(walked, {"steps": [2, 4]}, 2, workers=1)
    data = found.to_xarray()
    assert data["b"].dims == ("steps", "replica", "time")
    assert data["clock_steps"].dims == data["b"].dims
    assert data["a_bits"].attrs["units"] == "bits"
    assert found.to_frame().loc[(4, 1), "b"].tolist() == found["b"][1, 1].tolist()
    one = sweep(walked, {"steps": [4]}, 2, workers=1).to_xarray()
    assert float(one["b"].sel(steps=4, replica=1, time=6)) == found["b"][1, 1, 2]


def test_figures_of_arrays_alone():
    found = sweep(lambda x, seed: np.ones(2), {"x": [1]}, workers=1)
    with pytest.raises(ValueError, match="no numbers to draw"):
        found.plot()


def test_the_coffee_automaton():
    """The numbers are those of the summary of the cup with this seed."""
    found = sweep(
        coffee_numbers, {"size": [8], "steps": [60], "samples": [5], "null_samples": [2]}, 2,
        workers=1,
    )  # fmt: skip
    seed = found.provenance["seed"]
    parameters = {"size": 8, "steps": 60, "samples": 5, "null_samples": 2}
    run = coffee.simulate(
        8, steps=60, samples=5, null_samples=2, seed=cell_seed(seed, parameters, 1), progress=False
    )
    row = coffee.summarise(run).rows[1]
    assert found["complexity_peak_bits"].ravel()[1] == row.peak
    assert found["complexity_peak_time"].ravel()[1] == row.peak_time


def test_a_peak_that_was_picked_is_judged_by_its_own_interval():
    """Mixed cups are noise: their picked peaks are above it, by chance, and their intervals not."""
    found = sweep(
        coffee_numbers,
        {"size": [8], "clock": ["sweeps"], "steps": [40_000], "samples": [40]}, 8, workers=1,
    )  # fmt: skip
    assert np.abs(found["corrected_end_bits"]).mean() < 30
    assert found.interval("corrected_at_peak_bits")[1].item() > 0
    low, value, high = (found[f"corrected_at_peak{end}_bits"] for end in ("_low", "", "_high"))
    assert ((low <= 0) & (value < high) & (value - low == pytest.approx(high - value))).all()


def test_numbers_may_be_numpys(tmp_path):
    plain = sweep(noise, {"x": [1]}, 2, seed=3, workers=1)
    counts = (np.int64(2), np.int64(3), np.int64(1))
    found = sweep(noise, {"x": [1]}, counts[0], seed=counts[1], workers=counts[2], out=tmp_path)
    assert found["noise"].tolist() == plain["noise"].tolist()
    assert Sweep.load(tmp_path)["noise"].tolist() == plain["noise"].tolist()


# Bad input


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"grid": [1]}, TypeError, "grid: got \\[1\\], accepted is a mapping"),
        ({"grid": {"x": 3}}, TypeError, "x: got 3, accepted is a sequence, as \\[3\\]"),
        ({"grid": {"x": "ab"}}, TypeError, "x: got 'ab', accepted is a sequence, as \\['ab'\\]"),
        ({"grid": {"x": []}}, ValueError, "x: got no values"),
        ({"grid": {"x": [1, 1.0]}}, ValueError, "accepted are different values"),
        ({"grid": {"x": [np.nan]}}, ValueError, "accepted are finite"),
        ({"grid": {"x": [[1]]}}, TypeError, "accepted are numbers, texts"),
        ({"grid": {"x y": [1]}}, TypeError, "got the name 'x y'"),
        ({"grid": {"x": [1], "seed": [1]}}, ValueError, "'seed' is the sweep's own"),
        ({"grid": {"x": [1], "yy": [1]}}, ValueError, "grid: unknown 'yy'; known .*: x, y; did"),
        ({"grid": {}}, TypeError, "missing a required argument: 'x'"),
        ({"fn": 3}, TypeError, "fn: got 3"),
        ({"fn": lambda x: x}, TypeError, "takes no seed, accepted is a function called as f\\(x="),
        ({"replicas": 0}, ValueError, "replicas: got 0"),
        ({"workers": 0}, ValueError, "workers: got 0"),
        ({"seed": -1}, ValueError, "seed: got -1"),
        ({"errors": "kept"}, ValueError, "did you mean 'keep'"),
    ],
)
def test_bad_input(tmp_path, options, error, message):
    defaults = {"fn": noise, "grid": {"x": [1]}, "out": tmp_path / "out", "workers": 1}
    with pytest.raises(error, match=message):
        sweep(**defaults | options)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_told_apart(tmp_path):
    n = 3
    for fn, message in (
        (lambda x, seed: x + n, r"uses variables of the function around it \(n\)"),
        (functools.partial(noise, y=np.eye(2)), "binds arguments that are no JSON values"),
        (Stateful(), "may have a state"),
    ):
        with pytest.raises(TypeError, match=message):
            sweep(fn, {"x": [1]}, workers=1, out=tmp_path / "out")
    assert not list(tmp_path.iterdir())
    assert sweep(Stateful(), {"x": [1]}, workers=1)["value"].item() == 1
