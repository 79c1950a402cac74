"""`observe`: what is measured when, and that no interruption changes a bit of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations import (
    DamagedRunError,
    Interrupted,
    StateInstrument,
    System,
    Trajectory,
    memory,
    observe,
)
from simulations import observation as observation_module
from simulations.automata.elementary import ElementaryCA
from simulations.coffee import ExactCup, WalkCup, draw, initial_cup, simulate, summarise

MODERATE = settings(deadline=None, max_examples=50)


class Walk:
    """A counter and a seeded random walk per replica; a tick is one draw of each generator."""

    clock = "ticks"

    def __init__(self, *, replicas: int = 2, seed: int = 5, extra=None) -> None:
        self.time = 0
        self.replicas = replicas
        self.parameters = {"model": "walk", "seed": seed, "extra": extra}
        self.places = np.zeros((replicas, 1), np.int64)
        self.streams = [np.random.default_rng([seed, r]) for r in range(replicas)]
        self.calls: list[int] = []
        self.before_call: Callable[[int], None] = lambda call: None

    def advance(self, amount: int) -> None:
        self.before_call(len(self.calls))
        self.calls.append(amount)
        for place, stream in zip(self.places, self.streams, strict=True):
            for _ in range(amount):
                place += int(stream.integers(-1, 2))
        self.time += amount

    def states(self):
        return np.concatenate([np.full((self.replicas, 1), self.time), self.places], axis=1)

    def snapshot(self):
        words = json.dumps([stream.bit_generator.state for stream in self.streams])
        return {
            "time": np.array(self.time),
            "places": self.places.copy(),
            "streams": np.frombuffer(words.encode(), np.uint8).copy(),
        }

    def restore(self, snapshot) -> None:
        self.time = int(snapshot["time"])
        self.places = snapshot["places"].copy()
        states = json.loads(snapshot["streams"].tobytes())
        for stream, state in zip(self.streams, states, strict=True):
            stream.bit_generator.state = state


BOTH = {"time": lambda state: state[0], "place": lambda state: state[1]}
TIMES = [0, 1, 4, 9, 10, 25]


def walked(seed: int, replica: int, ticks: int) -> int:
    """Where a walk is after some ticks, with one vectorless draw per tick."""
    stream = np.random.default_rng([seed, replica])
    return sum(int(stream.integers(-1, 2)) for _ in range(ticks))


def assert_same(a: Trajectory, b: Trajectory, *, wall_clock: bool = False) -> None:
    """Equal to the last bit, up to the seconds that they took."""
    for name, array in a.arrays().items():
        other = b.arrays()[name]
        assert (array.dtype, array.shape) == (other.dtype, other.shape), name
        assert array.tobytes() == other.tobytes(), name
    assert (a.clock, a.observables, a.units) == (b.clock, b.observables, b.units)
    ignored = set() if wall_clock else {"seconds"}
    assert {k: v for k, v in a.provenance.items() if k not in ignored} == {
        k: v for k, v in b.provenance.items() if k not in ignored
    }


# What is measured


def test_the_walk_is_a_system():
    assert isinstance(Walk(), System)


def test_values_are_those_at_the_given_times():
    run = observe(Walk(replicas=3), BOTH, TIMES, keep=0)
    assert run.clock == "ticks"
    assert run.observables == ("time", "place")
    assert run.units == ("bits", "bits")
    np.testing.assert_array_equal(run.times, TIMES)
    np.testing.assert_array_equal(run["time"], np.repeat(TIMES, 3).reshape(-1, 3))
    expected = [[walked(5, replica, time) for replica in range(3)] for time in TIMES]
    np.testing.assert_array_equal(run["place"], expected)
    assert run.complete
    assert len(run.frames) == len(run.frame_times) == 0


@MODERATE
@given(
    times=st.lists(st.integers(0, 60), min_size=1, max_size=12, unique=True).map(sorted),
    replicas=st.integers(1, 3),
    keep=st.integers(0, 14),
)
def test_any_schedule(times, replicas, keep):
    system = Walk(replicas=replicas)
    run = observe(system, BOTH, np.array(times, np.uint16), keep=keep)
    assert run.values.shape == (len(times), replicas, 2)
    assert run["place"].tolist() == [[walked(5, r, t) for r in range(replicas)] for t in times]
    assert system.time == times[-1]
    assert len(run.frames) == len(run.frame_times) == min(keep, len(times))
    assert set(run.frame_times.tolist()) <= set(times)
    for time, frame in zip(run.frame_times, run.frames, strict=True):
        assert frame.tolist() == [time, walked(5, 0, time)]
    if keep >= 2:
        assert (run.frame_times[0], run.frame_times[-1]) == (times[0], times[-1])


def test_frames_are_spread_evenly_and_are_copies():
    run = observe(Walk(), BOTH, range(9), keep=3)
    assert run.frame_times.tolist() == [0, 4, 8]
    assert run.frames[:, 0].tolist() == [0, 4, 8]


def test_an_instrument_of_several_units():
    class Both:
        names = ("time", "place")
        units = ("ticks", "cells")
        parameters = {"kind": "both"}  # noqa: RUF012

        def __call__(self, system):
            return np.asarray(system.states(), float)

    run = observe(Walk(), Both(), TIMES)
    assert run.units == ("ticks", "cells")
    assert run.provenance["parameters"]["instrument"] == {"kind": "both"}
    np.testing.assert_array_equal(run.values, observe(Walk(), BOTH, TIMES).values)


def test_a_state_instrument_has_the_unit_it_is_given():
    run = observe(Walk(), StateInstrument(BOTH, unit="cells"), TIMES)
    assert run.units == ("cells", "cells")


@pytest.mark.parametrize("shape", [(2,), (2, 1), (1, 2), (2, 2, 1)])
def test_an_instrument_of_another_shape_is_refused(shape):
    class Wrong(StateInstrument):
        def __call__(self, system):
            return np.zeros(shape)

    with pytest.raises(ValueError, match=r"accepted is \(2, 2\): replicas by names"):
        observe(Walk(), Wrong(BOTH), TIMES)


def test_provenance_is_json_and_names_everything():
    run = observe(Walk(extra=(1, np.int64(2), np.arange(2))), BOTH, TIMES, keep=2)
    provenance = json.loads(json.dumps(run.provenance, allow_nan=False))
    assert provenance == run.provenance
    parameters = provenance["parameters"]
    assert parameters["system"] == {"model": "walk", "seed": 5, "extra": [1, 2, [0, 1]]}
    assert parameters["observables"] == ["time", "place"]
    assert parameters["times"] == "6 from 0 to 25"
    assert parameters["keep"] == 2
    assert {"python", "complexodynamics", "numpy", "numba"} <= provenance["versions"].keys()
    assert provenance["seconds"] >= 0


def test_parameters_that_json_cannot_hold_are_refused_before_any_work(tmp_path):
    system = Walk(extra=object())
    with pytest.raises(TypeError, match="parameters: got <object"):
        observe(system, BOTH, TIMES, out=tmp_path / "run")
    assert not system.calls
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "times",
    [[], [3, 2], [1, 1], [0.0, 1.0], [[1, 2]], 5, [-1, 2], ["a"], [True, False],
     np.array([5, 3], np.uint8), np.array([2**63], np.uint64)],
)  # fmt: skip
def test_bad_times(tmp_path, times):
    with pytest.raises(ValueError, match=r"^times: "):
        observe(Walk(), BOTH, times, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_times_in_the_past_of_the_system():
    system = Walk()
    system.advance(7)
    with pytest.raises(ValueError, match="start no earlier than 7"):
        observe(system, BOTH, [6, 8])
    assert observe(system, BOTH, [7, 9]).times.tolist() == [7, 9]


@pytest.mark.parametrize(("keep", "error"), [(-1, ValueError), (1.0, TypeError)])
def test_bad_keep(keep, error):
    with pytest.raises(error, match="keep: got"):
        observe(Walk(), BOTH, TIMES, keep=keep)


def test_memory_for_frames_is_asked_for_before_anything_is_measured(monkeypatch):
    def never(state):
        raise AssertionError("measured")

    row = ElementaryCA(30).system(np.zeros(10**6, int))
    monkeypatch.setattr(memory, "_free_bytes", lambda: 150 << 20)
    with pytest.raises(MemoryError, match=r"keep: 0\.2 GiB are needed and 0\.1 GiB are free; keep"):
        observe(row, {"never": never}, range(100), keep=100)
    observe(row, {"alive": np.count_nonzero}, range(100), keep=2, progress=False)


# Interruptions


def interrupt_at(call: int) -> Callable[[int], None]:
    def stop(now: int) -> None:
        if now == call:
            raise KeyboardInterrupt

    return stop


def stopped(system: System, *, out: Path | None, keep: int = 3, call: int) -> Interrupted:
    system.before_call = interrupt_at(call)
    with pytest.raises(KeyboardInterrupt) as caught:
        observe(system, BOTH, TIMES, keep=keep, out=out)
    assert isinstance(caught.value, Interrupted)
    return caught.value


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("call", range(len(TIMES)))
def test_an_interruption_at_any_call_changes_nothing(tmp_path, call):
    whole = observe(Walk(), BOTH, TIMES, keep=3)
    stop = stopped(Walk(), out=tmp_path / "run", call=call)
    assert stop.folder == tmp_path / "run"
    assert f"after {call} of {len(TIMES)} measured times" in str(stop)
    assert "the same call resumes it" in str(stop)
    assert names(tmp_path / "run") == ["checkpoint.cxd"]

    part = Trajectory.load(tmp_path / "run")
    assert not part.complete
    assert_same(part, stop.trajectory, wall_clock=True)
    np.testing.assert_array_equal(part.times, whole.times[:call])
    np.testing.assert_array_equal(part.values, whole.values[:call])
    reached = {0: 0, 1: 1, 2: 1, 3: 2, 4: 2, 5: 2}[call]  # frames are of times 0, 4 or 9, 25
    np.testing.assert_array_equal(part.frame_times, whole.frame_times[:reached])

    again = Walk()
    resumed = observe(again, BOTH, TIMES, keep=3, out=tmp_path / "run")
    assert_same(resumed, whole)
    assert again.calls == np.diff([0, *TIMES])[call:].tolist()
    assert names(tmp_path / "run") == ["result.npz", "run.json"]
    assert_same(Trajectory.load(tmp_path / "run"), resumed, wall_clock=True)


@MODERATE
@given(calls=st.lists(st.integers(0, 4), max_size=5))
def test_any_number_of_interruptions(tmp_path_factory, calls):
    folder = tmp_path_factory.mktemp("runs") / "run"
    done = 0
    for call in calls:
        if done + call >= len(TIMES):
            break
        stop = stopped(Walk(), out=folder, call=call)
        done += call
        assert len(stop.trajectory.times) == done
    whole = observe(Walk(), BOTH, TIMES, keep=3)
    assert_same(observe(Walk(), BOTH, TIMES, keep=3, out=folder), whole)


def test_an_interruption_without_a_folder_still_carries_what_was_measured():
    stop = stopped(Walk(), out=None, call=4)
    assert "nothing was saved" in str(stop)
    assert stop.folder is None
    whole = observe(Walk(), BOTH, TIMES)
    np.testing.assert_array_equal(stop.trajectory.values, whole.values[:4])


def test_an_interruption_of_the_instrument_loses_only_its_time(tmp_path):
    def impatient(state) -> float:
        if state[0] == 9 and not asked:
            asked.append(1)
            raise KeyboardInterrupt
        return state[1]

    asked: list[int] = []
    observables = {"time": BOTH["time"], "place": impatient}
    with pytest.raises(Interrupted) as caught:
        observe(Walk(), observables, TIMES, out=tmp_path)
    assert caught.value.trajectory.times.tolist() == [0, 1, 4]
    resumed = observe(Walk(), observables, TIMES, out=tmp_path)
    np.testing.assert_array_equal(resumed.values, observe(Walk(), BOTH, TIMES).values)


def test_an_interruption_while_saving_keeps_everything(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Trajectory, "save", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(Interrupted, match=f"after {len(TIMES)} of {len(TIMES)}"):
            observe(Walk(), BOTH, TIMES, out=tmp_path)
    system = Walk()
    assert_same(observe(system, BOTH, TIMES, out=tmp_path), observe(Walk(), BOTH, TIMES))
    assert not system.calls


def test_seconds_accumulate(tmp_path, monkeypatch):
    """Every time takes 2 s on a clock of our own, and the time under way when stopped none."""
    now = [100.0]
    monkeypatch.setattr(observation_module.wall, "monotonic", lambda: now[0])

    def ticking(stop_at: int) -> Walk:
        system = Walk()

        def call(index: int) -> None:
            interrupt_at(stop_at)(index)
            now[0] += 2

        system.before_call = call
        return system

    with pytest.raises(Interrupted) as caught:
        observe(ticking(4), BOTH, TIMES, out=tmp_path)
    assert caught.value.trajectory.provenance["seconds"] == 8
    now[0] += 1000
    assert observe(ticking(99), BOTH, TIMES, out=tmp_path).provenance["seconds"] == 12


def test_a_killed_process_resumes_from_the_last_checkpoint(tmp_path, monkeypatch):
    """Any other exception stands for a kill: nothing is written when it comes."""
    monkeypatch.setattr(observation_module, "CHECKPOINT_SECONDS", -1.0)
    system = Walk()
    system.before_call = lambda call: (_ for _ in ()).throw(RuntimeError) if call == 4 else None
    with pytest.raises(RuntimeError):
        observe(system, BOTH, TIMES, out=tmp_path / "run")
    assert Trajectory.load(tmp_path / "run").times.tolist() == TIMES[:4]
    again = Walk()
    assert_same(observe(again, BOTH, TIMES, out=tmp_path / "run"), observe(Walk(), BOTH, TIMES))
    assert len(again.calls) == 2


def test_a_run_that_fails_at_once_leaves_no_folder(tmp_path):
    (tmp_path / "here").mkdir()

    def bad(state):
        raise ValueError("no such measurement")

    for folder in ("here", "a/b/c"):
        with pytest.raises(ValueError, match="no such measurement"):
            observe(Walk(), {"x": bad}, TIMES, out=tmp_path / folder)
    assert names(tmp_path) == ["here"]


# Folders


def test_a_finished_run_is_returned_at_once(tmp_path):
    first = observe(Walk(), BOTH, TIMES, out=tmp_path / "run")
    system = Walk()
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()}
    second = observe(system, BOTH, TIMES, out=str(tmp_path / "run"))
    assert_same(first, second, wall_clock=True)
    assert not system.calls
    assert before == {path.name: path.stat().st_mtime_ns for path in (tmp_path / "run").iterdir()}


OTHERS = {
    "system.seed": ({"seed": 6}, {}),
    "system.extra": ({"extra": "new"}, {}),
    "keep": ({}, {"keep": 1}),
    "times": ({}, {"times": [0, 1, 4, 9, 10]}),
    "times_sha256": ({}, {"times": [0, 2, 4, 9, 10, 25]}),
    "observables": ({}, {"observables": {"time": BOTH["time"]}}),
}


@pytest.mark.parametrize("finished", [True, False])
@pytest.mark.parametrize("name", OTHERS)
def test_another_runs_folder_is_refused_naming_the_parameter(tmp_path, name, finished):
    if finished:
        observe(Walk(), BOTH, TIMES, out=tmp_path)
    else:
        stopped(Walk(), out=tmp_path, call=3, keep=0)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    of_system, changes = OTHERS[name]
    arguments = {"observables": BOTH, "times": TIMES, "keep": 0} | changes
    system = Walk(**of_system)
    with pytest.raises(ValueError, match=rf"holds another run \(.*{name}: .* there, .* here"):
        observe(system, **arguments, out=tmp_path)
    assert not system.calls
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_a_saved_part_is_not_taken_for_the_whole(tmp_path):
    """What an Interrupted carries may be saved where the run was, which goes on from there."""
    stopped(Walk(), out=tmp_path, call=3).trajectory.save(tmp_path)
    assert not Trajectory.load(tmp_path).complete
    assert "checkpoint.cxd" in names(tmp_path)
    again = Walk()
    stop = stopped(again, out=tmp_path, call=1)
    assert again.calls == np.diff(TIMES)[2:3].tolist()
    assert_same(Trajectory.load(tmp_path), stop.trajectory, wall_clock=True)
    whole = observe(Walk(), BOTH, TIMES, keep=3, out=tmp_path)
    assert_same(whole, observe(Walk(), BOTH, TIMES, keep=3))
    assert names(tmp_path) == ["result.npz", "run.json"]


def test_a_damaged_checkpoint_is_refused_and_nothing_is_lost(tmp_path):
    stopped(Walk(), out=tmp_path, call=4)
    path = tmp_path / "checkpoint.cxd"
    data = path.read_bytes()
    places = range(0, len(data), 7)
    damaged = [data[:i] + bytes([data[i] ^ 1]) + data[i + 1 :] for i in places]
    for blob in [*damaged, *(data[:i] for i in places), data + b"0", b""]:
        with path.open("wb") as stream:
            stream.write(blob)
        system = Walk()
        for attempt in (
            lambda: Trajectory.load(tmp_path),
            lambda system=system: observe(system, BOTH, TIMES, keep=3, out=tmp_path),
        ):
            with pytest.raises(DamagedRunError, match=r"checkpoint\.cxd: .*delete it"):
                attempt()
        assert not system.calls
        assert path.read_bytes() == blob
        assert names(tmp_path) == ["checkpoint.cxd"]
    path.write_bytes(data)
    whole = observe(Walk(), BOTH, TIMES, keep=3)
    assert_same(observe(Walk(), BOTH, TIMES, keep=3, out=tmp_path), whole)


def test_a_damaged_result_is_refused_and_nothing_is_lost(tmp_path):
    observe(Walk(), BOTH, TIMES, out=tmp_path)
    data = (tmp_path / "result.npz").read_bytes()[:-1]
    (tmp_path / "result.npz").write_bytes(data)
    with pytest.raises(DamagedRunError, match=r"result\.npz"):
        observe(Walk(), BOTH, TIMES, out=tmp_path)
    assert (tmp_path / "result.npz").read_bytes() == data


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        system = Walk()
        with pytest.raises(OSError, match=r"^out: .*file"):
            observe(system, BOTH, TIMES, out=out)
        assert not system.calls
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_cannot_be_written_to(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match="cannot be written"):
        observe(Walk(), BOTH, TIMES, out=tmp_path)


# Coffee


def cup(**changes) -> ExactCup:
    return ExactCup(initial_cup(16), **{"clock": "attempts", "seed": 3, "replicas": 2} | changes)


CREAM = {
    "upper": lambda cells: float(cells[:8].sum()),
    "place": lambda cells: float((np.arange(256) * cells.ravel()).sum()),
}


@pytest.mark.parametrize("boundary", ["reflecting", "periodic"])
def test_a_cup_starts_as_given_and_keeps_its_cream(boundary):
    run = observe(cup(boundary=boundary), CREAM | {"all": np.sum}, [0, 50, 5000], keep=3)
    np.testing.assert_array_equal(run["upper"][0], [128, 128])
    np.testing.assert_array_equal(run["all"], np.full((3, 2), 128))
    assert run["upper"][2].max() < 110
    np.testing.assert_array_equal(run.frames[0], initial_cup(16))
    assert run.frames.shape == (3, 16, 16)


@pytest.mark.parametrize("clock", ["swaps", "attempts", "sweeps"])
@pytest.mark.parametrize("call", [0, 1, 3])
def test_an_interrupted_cup_resumes_to_the_last_bit(tmp_path, clock, call):
    times = [7, 100, 4999, 6001]
    whole = observe(cup(clock=clock), CREAM, times, keep=2)

    class Stopped(ExactCup):
        calls = 0

        def advance(self, amount):
            if self.calls == call:
                raise KeyboardInterrupt
            self.calls += 1
            super().advance(amount)

    system = Stopped(initial_cup(16), clock=clock, seed=3, replicas=2)
    with pytest.raises(Interrupted) as caught:
        observe(system, CREAM, times, keep=2, out=tmp_path)
    np.testing.assert_array_equal(caught.value.trajectory.values, whole.values[:call])
    assert_same(observe(cup(clock=clock), CREAM, times, keep=2, out=tmp_path), whole)


def test_measuring_on_the_way_changes_nothing():
    often = observe(cup(), CREAM, range(0, 9001, 100))
    once = observe(cup(), CREAM, [9000])
    np.testing.assert_array_equal(often.values[-1], once.values[-1])


def test_the_first_replica_does_not_depend_on_how_many_there_are():
    one = observe(cup(replicas=1), CREAM, [100, 1000])
    three = observe(cup(replicas=3), CREAM, [100, 1000])
    np.testing.assert_array_equal(three.values[:, :1], one.values)


@pytest.mark.parametrize("model", [ExactCup, WalkCup])
def test_no_two_replicas_or_seeds_share_a_stream(model):
    """Whole states are compared; two of 256 cells half full agree with probability 10^-75."""
    states = []
    for seed in range(4):
        system = model(initial_cup(16), seed=seed, replicas=3)
        system.advance(5000)
        states += [np.asarray(state).tobytes() for state in system.states()]
    assert len(set(states)) == 12


CHEAP = {"size": 16, "samples": 5, "null_samples": 4, "replicas": 3, "progress": False}


@pytest.mark.parametrize("model", ["interacting", "walk", "stirred"])
def test_results_depend_on_the_seed_and_not_on_the_workers(model):
    runs = [simulate(**CHEAP, model=model, seed=1, workers=workers) for workers in (1, 2, 5)]
    for run in runs[1:]:
        assert_same(run, runs[0])
    other = simulate(**CHEAP, model=model, seed=2)
    for name in ("entropy_bits", "null_mean_bits"):
        assert not np.array_equal(other[name], runs[0][name])
    assert not np.array_equal(other.frames[-1], runs[0].frames[-1])


def test_workers_may_change_between_a_run_and_its_resumption(tmp_path):
    first = simulate(**CHEAP, seed=1, workers=1, out=tmp_path)
    assert_same(simulate(**CHEAP, seed=1, workers=4, out=tmp_path), first, wall_clock=True)


def test_a_run_without_a_measurement_is_refused_by_its_readers(monkeypatch):
    monkeypatch.setattr(ExactCup, "advance", lambda *_: interrupt_at(0)(0))
    with pytest.raises(Interrupted, match="after 0 of 5") as caught:
        simulate(**CHEAP)
    for reader in (draw, summarise):
        with pytest.raises(ValueError, match="nothing has been measured yet"):
            reader(caught.value.trajectory)
    assert caught.value.trajectory.plot().axes


def test_numpy_numbers_are_taken_as_parameters(tmp_path):
    run = simulate(16, samples=np.int64(3), seed=np.uint8(2), replicas=np.int32(1),
                   null_samples=np.int64(2), keep=np.int16(1), out=tmp_path)  # fmt: skip
    assert_same(run, simulate(16, samples=3, seed=2, replicas=1, null_samples=2, keep=1))
