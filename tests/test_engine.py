"""The engine of papers: intervals against a published table, runs that resume, a ledger."""

from __future__ import annotations

import errno
import json
import linecache
import math
import os
import shutil
import signal
import subprocess
import sys
import types
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from hypothesis import given
from hypothesis import strategies as st

import simulations
from neural.engine import (
    Arm,
    Cell,
    Check,
    Outcome,
    Paper,
    PaperResult,
    Reference,
    Trial,
    Verdict,
    judge,
    overall,
)
from neural.engine.judgement import mean_interval
from neural.engine.ledger import DamagedCellError
from neural.engine.result import spread
from neural.engine.running import _source
from neural.training import Measures, TrainingRun, loss_bits, minibatches
from simulations import run_folder
from simulations.cluster import dask_executor
from tests.toy_paper import KILLED, PAPER, THREADS

ROOT = Path(__file__).parent.parent


def metrics_of(result: PaperResult) -> list[tuple]:
    return [(r.arm, r.seed, dict(r.metrics), r.reports) for r in result.records]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("papers")
    return folder, PAPER.run(scale="smoke", seeds=3, out=folder, jobs=1, progress=False)


def test_students_own_table():
    """Gosset's sleep data, ten differences of two drugs: 1.58 [0.70, 2.46] (t = 2.262)."""
    extra = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    mean, low, high = mean_interval(extra)
    assert mean == pytest.approx(1.58)
    assert (low, high) == (pytest.approx(0.70, abs=0.005), pytest.approx(2.46, abs=0.005))


@pytest.mark.parametrize(
    ("better", "verdict"),
    [
        ([1.0, 1.1, 0.9], Verdict.SHOWN),
        ([-1.0, -1.1, -0.9], Verdict.NOT_SHOWN),
        ([1.0, -1.1, 0.9], Verdict.INCONCLUSIVE),
        ([5.0], Verdict.INCONCLUSIVE),
        ([0.0, 0.0], Verdict.NOT_SHOWN),
    ],
)
def test_verdicts(better, verdict):
    check = Check("a above b", "x", "a", "b")
    seeds = [{"a": {"x": 3 + d}, "b": {"x": 3.0}} for d in better]
    found = judge(check, seeds)
    assert found.numbers == pytest.approx(better)
    assert found.verdict is verdict
    lower = Check("a below b", "x", "a", "b", "lower")
    assert judge(lower, seeds).mean == pytest.approx(-found.mean)


def test_levels_and_margins():
    level = Check("perfect", "x", "a", sense="lower", by=0.5)
    assert level.number({"a": {"x": 0.2}}) == pytest.approx(0.3)
    margin = Check("by two", "x", "a", "b", "higher", 2.0)
    assert margin.number({"a": {"x": 5.0}, "b": {"x": 4.0}}) == -1
    shown, not_shown = ([1.0, 1.0, 1.1], [-1.0, -1.0, -1.1])
    both = [judge(level, [{"a": {"x": 0.5 - d}} for d in each]) for each in (shown, not_shown)]
    assert overall(both) is Verdict.NOT_SHOWN
    assert overall(both[:1]) is Verdict.SHOWN
    assert overall([]) is Verdict.INCONCLUSIVE
    for unknown in ({"x": math.nan}, {}):
        found = judge(level, [{"a": {"x": 0.1}}, {"a": unknown}])
        assert found.verdict is Verdict.INCONCLUSIVE
        assert math.isnan(found.mean)
    with pytest.raises(ValueError, match="numbers: got"):
        mean_interval([])


@given(st.integers(1, 9999), st.integers(1, 9999))
def test_what_is_exactly_as_asked_is_not_better(a, b):
    """In decimals, where binary says now that 0.8 - 0.7 exceeds 0.1, and now that it does not."""
    less, by, more = a / 10_000, b / 10_000, (a + b) / 10_000
    margin, level = Check("x", "x", "a", "b", by=by), Check("x", "x", "a", by=more)
    for check, value in ((margin, more), (level, 1 - (1 - more))):
        for beyond, verdict in ((0, Verdict.NOT_SHOWN), (1e-9, Verdict.SHOWN)):
            found = judge(check, [{"a": {"x": value + beyond}, "b": {"x": less}}] * 3)
            assert found.mean == pytest.approx(beyond, rel=1e-3, abs=0)
            assert found.verdict is verdict
        assert check.number({"a": {"x": math.inf}, "b": {"x": less}}) == math.inf


def test_workers_that_find_another_trial_are_noticed(tmp_path):
    """They would run the one that `where` names, and keep its numbers as this one's."""
    other = replace(PAPER, trial=THREADS.trial, answer=None)
    for workers in (None, ThreadPoolExecutor(1)):
        with pytest.raises(ValueError, match=r"where: the trial of 'tests\.toy_paper:PAPER'"):
            other.run(
                scale="smoke", seeds=1, jobs=2, executor=workers, out=tmp_path, progress=False
            )
    assert not list(tmp_path.rglob("cell.json"))
    found = other.run(scale="smoke", seeds=1, jobs=1, out=tmp_path, progress=False)
    assert found.values("wide", "bits").tolist() == [1]


def test_a_second_training_of_a_trial_is_not_taken_for_the_first(tmp_path):
    """Both have the same sizes and settings, which is all that a folder is known by."""

    def trial(given: Trial) -> Outcome:
        assert given.folder is not None
        found = []
        for labels in (torch.zeros(9, dtype=torch.int64), torch.ones(9, dtype=torch.int64)):
            module = torch.nn.Linear(2, 2)
            rows = [torch.ones(9, 2), labels]
            run = TrainingRun(module, loss, minibatches(rows, 3), learning_rate=0.1)
            measures = Measures({"bits": (loss_bits(*rows), "bits")})
            observe = given.observe
            if found:
                with pytest.raises(ValueError, match="observe: this trial has observed another"):
                    given.over({"width": 1}).observe(run, measures, [0, 40])
                observe = partial(simulations.observe, out=given.folder / "second", progress=False)
            found.append(observe(run, measures, [0, 40]).values[-1, 0, 0])
            assert found[-1] == loss_bits(*rows)(module)
        return Outcome({"bits": max(found)})

    def loss(module: torch.nn.Module, batch: Any) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(module(batch[0]), batch[1])

    paper = replace(PAPER, trial=trial, answer=None, where="")
    result = paper.run(scale="smoke", seeds=1, out=tmp_path, progress=False)
    assert result.values("wide", "bits")[0] < 5  # either is learned


def test_a_mean_of_some_seeds_says_of_how_many():
    assert spread(np.array([2.0, math.nan, math.nan])) == "2, 1 of 3"
    assert spread(np.array([1.0, math.nan, 3.0])).startswith("2 [")
    assert spread(np.array([1.0, math.nan, 3.0])).endswith("], 2 of 3")
    assert spread(np.array([1.0, 3.0])).endswith("]")
    assert spread(np.array([math.nan])) == "-"


def test_a_run(ran):
    folder, result = ran
    assert result.arms == ("wide", "narrow")
    assert [len(result.of(arm)) for arm in result.arms] == [3, 3]
    bits = result.values("narrow", "bits") - result.values("wide", "bits")
    assert result.judgements[0].numbers == pytest.approx(bits)
    assert result.bits("wide")["float32"] == pytest.approx(
        32 * (16 * 3 + 17 * 2) + result.values("wide", "bits")
    )
    assert "bits, less pi" in result.answer
    assert result.trajectory("wide").replicas == 3
    assert result.verdict.value in repr(result)
    assert len(list(folder.rglob("cell.json"))) == len(list(folder.rglob("weights.safetensors")))


def test_nothing_runs_twice(ran, monkeypatch):
    folder, result = ran
    never = replace(PAPER, where="")
    monkeypatch.setattr("neural.engine.running.run_cell", None)
    again = never.run(scale="smoke", seeds=3, out=folder, jobs=1, progress=False)
    assert metrics_of(again) == metrics_of(result)
    assert (
        again.trajectory("narrow").values.tobytes() == result.trajectory("narrow").values.tobytes()
    )


def test_processes_give_the_same(ran, tmp_path):
    _, result = ran
    there = PAPER.run(scale="smoke", seeds=2, out=tmp_path, jobs=2, progress=False)
    first = [each for each in metrics_of(result) if each[1] < 2]
    assert metrics_of(there) == first


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_trial_has_one_thread_wherever_it_runs(tmp_path, jobs):
    """A sum of more threads has other last bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        found = THREADS.run(scale="smoke", seeds=1, out=tmp_path, jobs=jobs, progress=False)
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(before)
    assert [record.metrics["bits"] for record in found.records] == [1, 1]


def test_threads_take_turns(ran, tmp_path):
    """Torch's random stream is the process's: trials of one process must not share it."""
    _, result = ran
    with ThreadPoolExecutor(3) as pool:
        there = PAPER.run(scale="smoke", seeds=2, out=tmp_path, executor=pool, progress=False)
    assert metrics_of(there) == [each for each in metrics_of(result) if each[1] < 2]
    with pytest.raises(ValueError, match="executor: the paper 'toy' has no `where`"):
        replace(PAPER, where="").run(scale="smoke", out=tmp_path, executor=pool)


def test_two_runs_of_one_ledger(tmp_path):
    """What is started twice waits for itself, trains nothing twice, and has the same numbers."""
    log = tmp_path / "log"  # a list would be a value that the trial depends on, and grow

    def counted(given: Trial) -> Any:
        with log.open("a") as file:
            file.write(f"{given.arm.name} {given.seed}\n")
        return PAPER.trial(given)

    toy = replace(PAPER, trial=counted, where="")
    with ThreadPoolExecutor(2) as pool:
        options = {"scale": "smoke", "seeds": 2, "out": tmp_path, "jobs": 1, "progress": False}
        both = [pool.submit(toy.run, **options) for _ in range(2)]
        found = [each.result().to_dict()["records"] for each in both]
    assert found[0] == found[1]
    trained = log.read_text().splitlines()
    assert sorted(trained) == sorted(set(trained))
    assert len(trained) == 4


def test_workers_that_write_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr("neural.engine.running._run_elsewhere", print)
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(RuntimeError, match="on a disk that all workers share"),
    ):
        PAPER.run(out=tmp_path, executor=pool, **SHORT)


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_loses_a_worker(ran, tmp_path, monkeypatch):
    """The trial that was killed with its worker is run again by another, to the same numbers."""
    dask = pytest.importorskip("dask")
    distributed = pytest.importorskip("distributed")
    _, result = ran
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(ROOT)
    options = {"distributed.deploy.lost-worker-timeout": "300s",
               "distributed.worker.daemon": False}  # fmt: skip
    with (
        dask.config.set(options),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
        dask_executor(cluster.scheduler_address) as executor,
    ):
        there = KILLED.run(scale="smoke", seeds=2, out=tmp_path, executor=executor, progress=False)
    assert len(list(tmp_path.rglob("was-killed"))) == 2
    assert metrics_of(there) == [each for each in metrics_of(result) if each[1] < 2]


def test_a_cluster_that_is_not_there(monkeypatch):
    with pytest.raises((ValueError, ImportError), match=r"cluster"), dask_executor("host"):
        pass
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ImportError, match=r"pip install \"complexodynamics\[cluster\]\""),
        dask_executor("tcp://127.0.0.1:1"),
    ):
        pass


def test_other_settings_are_other_cells(ran):
    folder, result = ran
    changed = PAPER.run(
        scale="smoke", seeds=[0], arms=["wide"], out=folder, jobs=1, progress=False,
        settings={"steps": 4},
    )  # fmt: skip
    assert changed.values("wide", "bits")[0] != result.values("wide", "bits")[0]
    assert changed.verdict is Verdict.INCONCLUSIVE
    assert changed.judgements == ()


def test_arms_that_settings_make_one_are_not_judged(tmp_path):
    run = {"scale": "smoke", "seeds": 2, "out": tmp_path, "jobs": 1, "progress": False}
    same = PAPER.run(**run, settings={"width": 16})
    assert (same.judgements, same.verdict, same.answer) == ((), Verdict.INCONCLUSIVE, "")
    assert "(width): fewer bits than the narrow one" in repr(same)
    assert PaperResult.load(same.save(tmp_path / "same.json")).unjudged == same.unjudged
    # the first has no options: what it is stands in the scale, and only the other one's tell
    plain = replace(
        PAPER, arms=(Arm("wide", ""), Arm("narrow", "", {"width": 1, "sides": (1, 2)})),
        scales={"smoke": {"steps": 4, "width": 16, "sides": (3, 4)}}, answer=None, where="",
    )  # fmt: skip
    assert plain.run(**run, arms=["wide", "narrow"], settings={"width": 1}).judgements == ()
    judged = plain.run(**run, settings={"steps": 6})  # as stated: tuples are JSON's lists
    assert len(judged.judgements) == 1
    assert judged.unjudged == ""
    assert "left_out" not in judged.provenance


def test_an_arm_whose_data_are_not_at_hand(tmp_path, monkeypatch):
    """It is left out and the claim left open, or it is named and fails as the data set does."""
    monkeypatch.setenv("COMPLEXODYNAMICS_DATA", str(tmp_path / "nothing"))
    wide, narrow = PAPER.arms
    real = Arm("real", "", {"width": 2}, data="babi_10k")
    lab = {**PAPER.scales["smoke"]}
    paper = replace(
        PAPER, arms=(wide, narrow, real), scales={"smoke": lab, "lab": lab}, where="",
        checks=(*PAPER.checks, Check("real data, too", "bits", "wide", "real", "lower")),
    )  # fmt: skip
    run = {"seeds": 3, "out": tmp_path, "jobs": 1, "progress": False}
    found = paper.run(scale="lab", **run)
    assert found.arms == ("wide", "narrow")
    assert [each.what for each in found.judgements] == [PAPER.checks[0].what]
    assert found.judgements[0].verdict is Verdict.SHOWN
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.provenance["absent"] == {"real": "babi_10k"}
    assert found.unjudged == "not run, since data are not at hand (babi_10k): real"
    assert found.answer == PAPER.run(scale="smoke", **run).answer
    assert paper.run(scale="lab", arms=["wide", "real"], **run).unjudged == ""
    assert paper.run(scale="smoke", **run).arms == ("wide", "narrow", "real")
    monkeypatch.setattr("neural.engine.paper.available", lambda name: name == "babi_10k")
    assert paper.run(scale="lab", **run).verdict is not Verdict.INCONCLUSIVE


def test_numbers_of_numpy_are_settings(tmp_path):
    run = {"scale": "smoke", "seeds": 1, "out": tmp_path, "jobs": 1, "progress": False}
    found = [PAPER.run(**run, settings={"steps": steps}) for steps in (np.int64(4), 4)]
    assert len(list(tmp_path.rglob("cell.json"))) == 2  # of the two arms
    assert metrics_of(found[0]) == metrics_of(found[1])
    with pytest.raises(TypeError, match="for 'steps', accepted is what JSON holds"):
        PAPER.run(**run, settings={"steps": object()})


def test_a_cell_is_the_program_of_its_trial():
    """Another answer is the same cell, another constant or helper of the trial another one."""
    source = """
from neural.engine import Outcome
LEVEL = {level}
class Helper:
    def value(self):
        return LEVEL
def scaled(x):
    return Helper().value() * {factor} * x
def trial(given):
    return Outcome({{"x": [scaled(y) for y in (1.0,)][0]}})
def answer(result):
    return {text!r}
"""

    def digest(**changes):
        module = types.ModuleType("made_for_this_test")
        text = source.format(**({"level": 1, "factor": 2, "text": "a"} | changes))
        sys.modules[module.__name__] = module
        lines = text.splitlines(keepends=True)
        linecache.cache["made_for_this_test.py"] = (len(text), None, lines, "made_for_this_test.py")
        exec(compile(text, "made_for_this_test.py", "exec"), vars(module))
        try:
            return _source(replace(PAPER, trial=module.trial, answer=module.answer))
        finally:
            del sys.modules[module.__name__]

    assert digest() == digest(text="b")
    assert len({digest(), digest(level=3), digest(factor=3)}) == 3


_KILLED = """
import os, signal, sys
import neural.training.system as system
step = system.TrainingRun._step
def stopping(self):
    if self.time == 45 and "wide" in str(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    step(self)
import simulations.observation as observation
observation.CHECKPOINT_SECONDS = 0.0
system.TrainingRun._step = stopping
from tests.toy_paper import PAPER
PAPER.run(scale="smoke", seeds=1, arms=["wide"], out=sys.argv[1], jobs=1, progress=False)
"""


def test_a_trial_with_some_settings_over_its_own():
    given = Trial(PAPER.arms[0], 3, "smoke", {"steps": 60, "width": 16})
    other = given.over({"width": 4, "more": 1})
    assert (other["steps"], other["width"], other["more"], other.seed) == (60, 4, 1, 3)
    assert given["width"] == 16


def test_a_script_without_its_guard_is_told_of_it(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text("from tests.toy_paper import PAPER\nPAPER.run(scale='smoke', jobs=2)\n")
    ended = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ended.returncode
    assert '`if __name__ == "__main__":` around the call; what had finished' in ended.stderr


def test_a_killed_run_ends_as_an_unbroken_one(ran, tmp_path):
    _, result = ran
    done = subprocess.run([sys.executable, "-c", _KILLED, tmp_path, "wide"], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.rglob("checkpoint.cxd"))
    assert not list(tmp_path.rglob("cell.json"))
    resumed = PAPER.run(scale="smoke", seeds=1, arms=["wide"], out=tmp_path, jobs=1, progress=False)
    assert metrics_of(resumed) == [each for each in metrics_of(result) if each[:2] == ("wide", 0)]
    assert resumed.trajectory("wide").values.tobytes() == (
        result.of("wide")[0].trajectory.values.tobytes()
    )


def test_results_are_files(ran, tmp_path):
    _, result = ran
    path = result.save(tmp_path / "r.json")
    back = PaperResult.load(path)
    assert metrics_of(back) == metrics_of(result)
    assert back.to_dict() == result.to_dict()
    assert back.judgements == result.judgements
    figure = result.plot(tmp_path / "r.png")
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")
    assert len(figure.axes) == 4
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(ValueError, match="not the result of a paper"):
        PaperResult.load(tmp_path / "bad.json")


SIX_STEPS = {"smoke": {"steps": 6}}
SHORT = {"scale": "smoke", "seeds": 1, "arms": ["narrow"], "jobs": 1, "progress": False}


def test_a_disk_that_fills_at_any_moment(tmp_path, monkeypatch):
    """Whichever file is written, one error names a place, and the same call ends as if not."""
    monkeypatch.setattr("simulations.observation.CHECKPOINT_SECONDS", 0.0)
    short = {name: value for name, value in SHORT.items() if name != "arms"}
    paper = replace(PAPER, arms=PAPER.arms[1:], checks=(), answer=None, scales=SIX_STEPS)
    whole = paper.run(out=tmp_path / "whole", **short)
    [weights] = (tmp_path / "whole").rglob("weights.safetensors")
    written, full_at = 0, 0

    def fsync(handle: int) -> None:
        nonlocal written
        written += 1
        if written == full_at:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("complexity.files.os.fsync", fsync)
    # three checkpoints, the trajectory's two files, the trained state, weights, cell, result
    for full_at in range(1, 3 + 2 + 1 + 1 + 1 + 1 + 1):
        written, out = 0, tmp_path / str(full_at)
        with pytest.raises(OSError, match="the same call goes on") as caught:
            paper.run(out=out, **short)
        assert caught.value.errno == errno.ENOSPC
        assert Path(caught.value.filename).is_relative_to(out / "toy" / "smoke")
        assert metrics_of(paper.run(out=out, **short)) == metrics_of(whole)
        [found] = out.rglob("weights.safetensors")
        assert found.read_bytes() == weights.read_bytes()
        assert {each.name for each in out.rglob("*") if each.is_file()} == {
            "cell.json", "lock", "result.json", "result.npz", "run.json", "weights.safetensors",
        }  # fmt: skip
    written, full_at = 0, full_at + 1
    paper.run(out=tmp_path / "enough", **short)
    assert written == full_at - 1


def test_a_file_that_may_not_grow(tmp_path):
    """The system's own limit, in place of a full disk."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, hard))
    try:
        with pytest.raises(OSError, match="the same call goes on") as caught:
            PAPER.run(out=tmp_path, **SHORT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert Path(caught.value.filename).parent == tmp_path / "toy" / "smoke"
    assert metrics_of(PAPER.run(out=tmp_path, **SHORT))


def test_a_trial_that_stops_after_its_training(ran, tmp_path):
    """The network is trained again, or taken from its state, never the one it began with."""
    folder, _ = ran
    [kept] = folder.rglob("narrow-seed0-*/weights.safetensors")

    def stopping(given):
        PAPER.trial(given)
        raise OSError("stopped")

    for lost in (False, True):
        out = tmp_path / str(lost)
        paper = replace(PAPER, trial=stopping)
        with pytest.raises(OSError, match="stopped"):
            paper.run(out=out, **SHORT)
        [cell] = (out / "toy" / "smoke").iterdir()
        if lost:
            shutil.rmtree(cell / "trained")
        # the same cell, with the trial that does not stop
        given = Trial(PAPER.arms[1], 0, "smoke", {"steps": 60, "width": 1}, cell)
        outcome = PAPER.trial(given)
        Cell({"arm": "narrow", "seed": 0, "settings": {}}, cell).write(outcome, seconds=0.0)
        assert (cell / "weights.safetensors").read_bytes() == kept.read_bytes()


@pytest.mark.parametrize("file", ["training/checkpoint.cxd", "trained/checkpoint.cxd"])
def test_a_damaged_checkpoint_is_refused(tmp_path, file, monkeypatch):
    monkeypatch.setattr("simulations.observation.CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr(Cell, "write", lambda *_, **__: 1 / 0)
    if file.startswith("training"):
        monkeypatch.setattr(run_folder, "write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        PAPER.run(out=tmp_path, **SHORT)
    monkeypatch.undo()
    [path] = tmp_path.rglob(file)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9] + bytes(9))
    with pytest.raises(ValueError, match=rf"narrow, seed 0: .*{file}: damaged.*; delete it"):
        PAPER.run(out=tmp_path, **SHORT)
    path.unlink()
    assert metrics_of(PAPER.run(out=tmp_path, **SHORT))


def test_weights_are_read_back(ran, tmp_path):
    folder, _ = ran
    [path] = folder.rglob("narrow-seed0-*")
    cell = Cell(json.loads((path / "cell.json").read_text())["identity"], path)

    def network(width: int) -> torch.nn.Module:
        return torch.nn.Sequential(
            torch.nn.Linear(2, width), torch.nn.Tanh(), torch.nn.Dropout(0.1),
            torch.nn.Linear(width, 2),
        )  # fmt: skip

    given = Trial(PAPER.arms[1], 0, "smoke", cell.identity["settings"], tmp_path)
    trained = PAPER.trial(given).module
    assert trained is not None
    loaded = cell.load(network(1))
    for name, tensor in trained.state_dict().items():
        assert torch.equal(tensor, loaded.state_dict()[name])
    with pytest.raises(ValueError, match=r"'0.bias' has the shape \[2\], and \[1\] in .*'width'"):
        cell.load(network(2))
    with pytest.raises(ValueError, match=r"'0.bias' has the shape None"):
        cell.load(torch.nn.Linear(2, 1))
    whole, text = (path / "weights.safetensors").read_bytes(), (path / "cell.json").read_text()
    moved = replace(cell, folder=tmp_path)
    (tmp_path / "weights.safetensors").write_bytes(whole)
    with pytest.raises(FileNotFoundError):  # not finished
        moved.load(network(1))
    (tmp_path / "cell.json").write_text(text)
    moved.load(network(1))
    for damaged in (whole[:90], whole[:-2] + bytes([whole[-2] ^ 64]) + whole[-1:]):
        (tmp_path / "weights.safetensors").write_bytes(damaged)
        with pytest.raises(DamagedCellError, match=r"damaged: .*; delete the folder"):
            moved.load(network(1))


def test_weights_that_are_gone_are_one_error(tmp_path):
    run = {"scale": "smoke", "seeds": 1, "arms": ["narrow"], "out": tmp_path, "jobs": 1}
    PAPER.run(**run, progress=False)
    [path] = tmp_path.rglob("weights.safetensors")
    whole = path.read_bytes()
    path.unlink()
    said = r"weights\.safetensors: damaged: it is gone; delete the folder .* to run its trial again"
    with pytest.raises(DamagedCellError, match=said):
        PAPER.run(**run, progress=False)
    document = json.loads((path.parent / "cell.json").read_text())
    cell = Cell(document["identity"], path.parent)
    with pytest.raises(DamagedCellError, match=said):
        cell.load(torch.nn.Linear(2, 1))
    shutil.rmtree(path.parent)  # what the message says mends it
    PAPER.run(**run, progress=False)
    assert path.read_bytes() == whole
    assert cell.read() is not None


@pytest.mark.parametrize("damage", ["cut", "byte", "empty", "list", "deep"])
def test_a_damaged_result_is_refused(ran, tmp_path, damage):
    folder, result = ran
    text = (folder / "toy" / "smoke" / "result.json").read_text()
    broken = {"cut": text[:-40], "empty": "", "list": "[]", "deep": "[" * 200_000,
              "byte": text.replace('"bits": ', '"bits": 1', 1)}  # fmt: skip
    path = tmp_path / "result.json"
    path.write_text(broken[damage])
    with pytest.raises(ValueError, match=r"result\.json: not the result of a paper.*; delete it"):
        PaperResult.load(path)
    older = json.loads(text)
    del older["checksum"]
    path.write_text(json.dumps(older))
    assert PaperResult.load(path).to_dict() == result.to_dict()


@pytest.mark.parametrize("damage", ["cut", "byte", "empty"])
def test_a_damaged_cell_is_refused(tmp_path, damage):
    run = {"scale": "smoke", "seeds": 1, "arms": ["narrow"], "out": tmp_path, "jobs": 1}
    PAPER.run(**run, progress=False)
    [path] = tmp_path.rglob("cell.json")
    text = path.read_text()
    broken = {"cut": text[:-40], "byte": text.replace('"bits": ', '"bits": 1'), "empty": ""}
    path.write_text(broken[damage])
    with pytest.raises(DamagedCellError, match=r"cell\.json: damaged: .*; delete the folder"):
        PAPER.run(**run, progress=False)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": "labs"}, "scale: unknown 'labs'"),
        ({"scale": "paper"}, "scale: unknown 'paper'"),
        ({"arms": ["wied"]}, "did you mean 'wide'"),
        ({"arms": ["wide", "wide"]}, "arms: got .*accepted are one or more different"),
        ({"arms": []}, "arms: got"),
        ({"seeds": [1 << 64]}, "seeds: got 18446744073709551616"),
        ({"device": "nosuch"}, "device: got 'nosuch'"),
        ({"settings": {"width": 0}}, "width: got 0"),
        ({"seeds": 0}, "seeds: got 0"),
        ({"seeds": [1, 1]}, "accepted are one or more different"),
        ({"jobs": 0}, "jobs: got 0"),
        ({"settings": {"step": 3}}, "settings: unknown 'step'.*did you mean 'steps'"),
        ({"seeds": 10**12}, "seeds: got 1000000000000, accepted is an integer from 1 to 1000000"),
        ({"arms": "wide"}, "arms: got 'wide', accepted is a list of names"),
        ({"arms": 5}, "arms: got 5"),
        ({"settings": ["steps"]}, "settings: got .*accepted is a mapping"),
        ({"executor": 5}, "executor: got 5"),
    ],
)
def test_bad_input(tmp_path, options, message):
    with pytest.raises((TypeError, ValueError), match=message):
        PAPER.run(**{"scale": "smoke", "out": tmp_path, "progress": False} | options)
    assert not list(tmp_path.rglob("cell.json"))


def test_a_trial_that_fails_says_which(tmp_path):
    def diverging(trial):
        raise ValueError("training diverged at step 3")

    paper = replace(PAPER, trial=diverging, where="")
    with pytest.raises(ValueError, match="toy, wide, seed 0: training diverged"):
        paper.run(scale="smoke", seeds=1, out=tmp_path, progress=False)


def test_a_trial_that_gives_nothing(tmp_path):
    paper = replace(PAPER, trial=lambda _: None, where="")  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match="trial: that of 'toy' gave NoneType, accepted is an Outc"):
        paper.run(scale="smoke", seeds=1, out=tmp_path, progress=False)


def test_papers_are_checked():
    with pytest.raises(ValueError, match="different names"):
        replace(PAPER, arms=(Arm("a", ""), Arm("a", "")), checks=())
    with pytest.raises(ValueError, match="checks: unknown 'no'"):
        replace(PAPER, checks=(Check("x", "y", "no"),))
    with pytest.raises(ValueError, match="scales: unknown 'huge'"):
        replace(PAPER, scales={"huge": {}})
    with pytest.raises(ValueError, match="sense: unknown 'greater'"):
        Check("x", "y", "wide", sense="greater")  # pyright: ignore[reportArgumentType]


def test_references():
    reference = PAPER.reference
    assert reference.short == "Example et al. (1999)"
    assert reference.bibtex("toy") == (
        "@article{toy,\n  title        = {{Of Width}},\n"
        "  author       = {Ann Example and Bo Other and Cy Third},\n"
        "  year         = {1999},\n  journal      = {Tests}\n}"
    )
    assert Reference("T", ("A B", "C van D"), 2000).short == "B and van D (2000)"
    assert isinstance(Paper.settings(PAPER, "lab", PAPER.arms[0]), dict)
