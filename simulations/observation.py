"""`observe`: run a system, record observables along the way, survive interruptions."""

from __future__ import annotations

import hashlib
import json
import os
import time as wall
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from simulations import run_folder
from simulations.memory import room
from simulations.system import Instrument, System
from simulations.trajectory import Trajectory

__all__ = ["Interrupted", "StateInstrument", "observe"]

CHECKPOINT_SECONDS = 20.0


class Interrupted(KeyboardInterrupt):
    """A run stopped by Ctrl-C. `trajectory` holds what was measured, `folder` where it was kept."""

    def __init__(self, trajectory: Trajectory, planned: int, folder: Path | None) -> None:
        kept = f"kept in {folder}; the same call resumes it" if folder else "nothing was saved"
        super().__init__(
            f"interrupted after {len(trajectory.times)} of {planned} measured times; {kept}"
        )
        self.trajectory = trajectory
        self.folder = folder


@dataclass(frozen=True)
class StateInstrument:
    """An instrument made of functions of one replica's state, each giving one number.

    Attributes:
        functions: name -> function.
        unit: the unit of all of them.
    """

    functions: Mapping[str, Callable[[Any], float]]
    unit: str = "bits"

    @property
    def names(self) -> tuple[str, ...]:
        """The functions' names."""
        return tuple(self.functions)

    @property
    def units(self) -> tuple[str, ...]:
        """The common unit, once for each name."""
        return (self.unit,) * len(self.functions)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What each function is called."""
        return {
            name: getattr(function, "__qualname__", type(function).__qualname__)
            for name, function in self.functions.items()
        }

    def __call__(self, system: System) -> npt.NDArray[np.float64]:
        """Values of shape (replicas, functions)."""
        return np.array(
            [[f(state) for f in self.functions.values()] for state in system.states()], np.float64
        )


def observe(
    system: System,
    observables: Instrument | Mapping[str, Callable[[Any], float]],
    times: Sequence[int] | npt.NDArray[np.integer],
    *,
    keep: int = 0,
    out: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Trajectory:
    """Advance a system through `times` and measure it at each of them.

    With `out`, the run is checkpointed there (every 20 s and on Ctrl-C) and saved when it is
    done: the same call resumes an interrupted run, to the same result to the last bit, and
    returns a finished one at once. Functions in a mapping are told apart by their names alone, so
    functions that measure something else want another name, or another folder.

    Args:
        system: what evolves; it must be at a time no later than the first of `times`.
        observables: an `Instrument`, or a mapping from names to functions of a state (bits).
        times: strictly increasing, in units of the system's clock.
        keep: how many states of the first replica to keep as frames, spread evenly over `times`.
        out: the run's folder.
        progress: show a bar on a terminal's standard error.

    Returns:
        A Trajectory of len(times) by system.replicas by number of observables.

    Raises:
        ValueError: `times` do not increase or lie in the system's past; `out` holds another run;
            the instrument's values are of another shape than it says.
        TypeError: parameters that JSON cannot hold.
        MemoryError: the frames would not fit; says so before anything is measured.
        DamagedRunError: a file in `out` is damaged.
        Interrupted: Ctrl-C; a KeyboardInterrupt that carries what was measured.
    """
    instrument = StateInstrument(observables) if isinstance(observables, Mapping) else observables
    schedule = _checked_times(times, system.time)
    run = _Run(system, instrument, schedule, integer("keep", keep, 0))
    with nullcontext() if out is None else run_folder.prepared(out) as folder:
        finished = None if folder is None else run.resume(folder)
        return run.finish(folder, progress) if finished is None else finished


def _checked_times(
    times: Sequence[int] | npt.NDArray[np.integer], start: int
) -> npt.NDArray[np.int64]:
    schedule = np.asarray(times)
    if schedule.ndim != 1 or schedule.size == 0 or schedule.dtype.kind not in "iu":
        raise ValueError(
            f"times: got an array of shape {schedule.shape} and dtype {schedule.dtype}, "
            "accepted is a non-empty sequence of integers"
        )
    schedule = schedule.astype(np.int64)
    if schedule[0] < start or np.any(np.diff(schedule) <= 0):
        raise ValueError(f"times: must increase strictly and start no earlier than {start}")
    return schedule


@dataclass(frozen=True)
class _Measured:
    """What has been measured so far, and the system's snapshot at that moment."""

    snapshot: Mapping[str, np.ndarray]
    values: tuple[npt.NDArray[np.float64], ...] = ()
    frames: tuple[np.ndarray, ...] = ()
    frame_times: tuple[int, ...] = ()


class _Run:
    """A run under way. `measured` is replaced as one, so an interrupt finds it in step."""

    def __init__(
        self,
        system: System,
        instrument: Instrument,
        schedule: npt.NDArray[np.int64],
        keep: int,
    ) -> None:
        self.system = system
        self.instrument = instrument
        self.schedule = schedule
        self.keep = keep
        self.seconds = 0.0
        picks = np.linspace(0, len(schedule) - 1, keep).round().astype(int)
        self.kept = {int(schedule[i]) for i in picks}
        if self.kept:  # one by one, and then as an array
            frame = np.asarray(system.states()[0]).nbytes
            room("keep", 2 * len(self.kept) * frame, "keep fewer states, or smaller ones")
        self.identity = self._identity()
        self.measured = _Measured(system.snapshot())

    def finish(self, folder: Path | None, progress: bool) -> Trajectory:
        """Measure all that is left, and save it."""
        planned, done = len(self.schedule), len(self.measured.values)
        try:
            with progress_bar("observing", planned, done=done, show=progress) as tick:
                self.go(folder, tick)
            trajectory = self.trajectory()
            if folder is not None:
                trajectory.save(folder)
        except KeyboardInterrupt:
            self.checkpoint(folder)
            raise Interrupted(self.trajectory(), planned, folder) from None
        return trajectory

    def go(self, folder: Path | None, tick: Callable[[], None]) -> None:
        """Measure all that is left of the schedule."""
        saved = started = wall.monotonic()
        before = self.seconds
        for time in self.schedule[len(self.measured.values) :]:
            self.system.advance(int(time) - self.system.time)
            row = self._measure()
            self.measured = self._with(int(time), row)
            now = wall.monotonic()
            self.seconds = before + now - started
            tick()
            if folder is not None and now - saved > CHECKPOINT_SECONDS:
                self.checkpoint(folder)
                saved = now

    def _measure(self) -> npt.NDArray[np.float64]:
        row = np.asarray(self.instrument(self.system), np.float64)
        wanted = (self.system.replicas, len(self.instrument.names))
        if row.shape != wanted:
            raise ValueError(
                f"observables: the instrument gave values of shape {row.shape}, accepted is "
                f"{wanted}: replicas by names"
            )
        return row

    def _with(self, time: int, row: npt.NDArray[np.float64]) -> _Measured:
        before = self.measured
        kept = time in self.kept
        return _Measured(
            self.system.snapshot(),
            (*before.values, row),
            (*before.frames, np.array(self.system.states()[0])) if kept else before.frames,
            (*before.frame_times, time) if kept else before.frame_times,
        )

    def _identity(self) -> dict[str, Any]:
        """What makes two runs the same run, as JSON will give it back."""
        digest = hashlib.sha256(self.schedule.astype("<i8").tobytes()).hexdigest()
        parameters = {
            "system": dict(self.system.parameters),
            "instrument": dict(self.instrument.parameters),
            "observables": list(self.instrument.names),
            "times": f"{len(self.schedule)} from {self.schedule[0]} to {self.schedule[-1]}",
            "times_sha256": digest,
            "keep": self.keep,
        }
        return json.loads(json.dumps(parameters, default=_python_value))

    def trajectory(self) -> Trajectory:
        """What has been measured so far."""
        shape = (0, self.system.replicas, len(self.instrument.names))
        measured = self.measured
        done = len(measured.values)
        return Trajectory(
            clock=self.system.clock,
            times=self.schedule[:done],
            observables=tuple(self.instrument.names),
            units=tuple(self.instrument.units),
            values=np.array(measured.values) if done else np.empty(shape),
            frames=np.array(measured.frames),
            frame_times=np.array(measured.frame_times, np.int64),
            provenance={
                "parameters": self.identity,
                "versions": versions("numpy", "numba"),
                "commit": commit(),
                "seconds": round(self.seconds, 3),
                "complete": done == len(self.schedule),
            },
        )

    def checkpoint(self, folder: Path | None) -> None:
        """Keep what has been measured and the state it was measured in."""
        if folder is None:
            return
        part = self.trajectory()
        meta = {
            "clock": part.clock,
            "observables": list(part.observables),
            "units": list(part.units),
            "provenance": dict(part.provenance),
        }
        state = {f"system.{name}": array for name, array in self.measured.snapshot.items()}
        run_folder.write_checkpoint(folder, meta, part.arrays() | state)

    def resume(self, folder: Path) -> Trajectory | None:
        """Take up the run in the folder: its trajectory if it is finished, else None."""
        if (folder / "run.json").exists():
            found = Trajectory.load(folder)
            self._same_run(folder, found.provenance)
            if found.complete:
                return found
        saved = run_folder.read_checkpoint(folder)
        if saved is None:
            return None
        meta, arrays = saved
        self._same_run(folder, meta["provenance"])
        prefix = "system."
        snapshot = {
            name.removeprefix(prefix): array
            for name, array in arrays.items()
            if name.startswith(prefix)
        }
        self.system.restore(snapshot)
        self.measured = _Measured(
            snapshot,
            tuple(arrays["values"]),
            tuple(arrays["frames"]),
            tuple(arrays["frame_times"].tolist()),
        )
        self.seconds = float(meta["provenance"]["seconds"])
        return None

    def _same_run(self, folder: Path, provenance: Mapping[str, Any]) -> None:
        there, here = _flat(provenance["parameters"]), _flat(self.identity)
        for name in here | there:
            if here.get(name) != there.get(name):
                raise ValueError(
                    f"out: {folder} holds another run ({name}: {there.get(name)!r} there, "
                    f"{here.get(name)!r} here); choose another folder or delete that one"
                )


def _python_value(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"parameters: got {value!r}, accepted is what JSON can hold")


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in tree.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[prefix + name] = value
    return flat
