"""The result of `observe`: labelled arrays with their provenance."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from complexity.errors import unknown
from complexity.files import write_atomically
from simulations import run_folder

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.figure import Figure

__all__ = ["Trajectory"]


def _no_frames() -> np.ndarray:
    return np.empty((0,))


def _no_times() -> npt.NDArray[np.int64]:
    return np.empty(0, np.int64)


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory:
    """Observables of a system along its clock.

    Each observable is also an attribute: `trajectory.entropy_bits` is its (T, R) array.

    Attributes:
        clock: unit of `times`, as "swaps".
        times: (T,) int64, in units of the clock.
        observables: K names.
        units: K units, as "bits".
        values: (T, R, K) float64: times by replicas by observables.
        frames: (F, ...) states of the first replica that were kept, or empty.
        frame_times: (F,) int64, when they were kept.
        provenance: parameters, seed, versions, seconds; `complete` is False for a part of a run.
    """

    clock: str
    times: npt.NDArray[np.int64]
    observables: tuple[str, ...]
    units: tuple[str, ...]
    values: npt.NDArray[np.float64]
    frames: np.ndarray = field(default_factory=_no_frames)
    frame_times: npt.NDArray[np.int64] = field(default_factory=_no_times)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> npt.NDArray[np.float64]:
        """The (T, R) values of one observable."""
        if name not in self.observables:
            raise KeyError(str(unknown("observable", name, self.observables)))
        return self.values[:, :, self.observables.index(name)]

    def __getattr__(self, name: str) -> npt.NDArray[np.float64]:
        if name in self.__dict__.get("observables", ()):
            return self[name]
        raise AttributeError(f"a Trajectory has no attribute or observable {name!r}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.observables]

    def __repr__(self) -> str:
        times, replicas, _ = self.values.shape
        span = f" from {self.times[0]:,} to {self.times[-1]:,} {self.clock}" if times else ""
        part = "" if self.complete else ", part of a run"
        return (
            f"Trajectory({times} time{'s' * (times != 1)}{span}, "
            f"{replicas} replica{'s' * (replicas != 1)}, "
            f"observables: {', '.join(self.observables)}{part})"
        )

    @property
    def replicas(self) -> int:
        """The number of replicas."""
        return self.values.shape[1]

    @property
    def complete(self) -> bool:
        """False if the run was interrupted before its last time."""
        return bool(self.provenance.get("complete", True))

    @property
    def _axis(self) -> str:
        return "time" if self.clock in self.observables else self.clock

    def mean(self, name: str) -> npt.NDArray[np.float64]:
        """The (T,) mean of an observable over replicas."""
        return self[name].mean(axis=1)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the frames, as JSON-serialisable lists and dictionaries."""
        return {
            "clock": self.clock,
            "times": self.times.tolist(),
            "observables": dict(zip(self.observables, self.units, strict=True)),
            "values": {name: self[name].tolist() for name in self.observables},
            "provenance": dict(self.provenance),
        }

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write one row per time and replica: clock, replica, then the observables, exactly.

        The first column has the clock's name, or "time" where an observable has that name.
        """
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([self._axis, "replica", *self.observables])
        for time, replicas in zip(self.times, self.values, strict=True):
            for replica, row in enumerate(replicas):
                writer.writerow([int(time), replica, *map(_shortest, row.tolist())])
        return write_atomically(path, stream.getvalue().encode())

    def to_xarray(self) -> xarray.Dataset:
        """An xarray Dataset, its dimensions named as by `to_csv`; needs the extra `tables`."""
        try:
            import xarray
        except ImportError:
            raise ImportError(_missing("xarray")) from None
        coordinates = {self._axis: self.times, "replica": np.arange(self.replicas)}
        variables = {
            name: ((self._axis, "replica"), self[name], {"units": unit})
            for name, unit in zip(self.observables, self.units, strict=True)
        }
        return xarray.Dataset(variables, coordinates)

    def to_frame(self) -> pandas.DataFrame:
        """A pandas DataFrame, its index named as by `to_csv`; needs the extra `tables`."""
        try:
            import pandas
        except ImportError:
            raise ImportError(_missing("pandas")) from None
        index = pandas.MultiIndex.from_product(
            [self.times, range(self.replicas)], names=[self._axis, "replica"]
        )
        table = self.values.reshape(-1, len(self.observables))
        return pandas.DataFrame(table, index=index, columns=list(self.observables))

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Draw every observable against the clock, one panel per unit; save to `path` if given."""
        from simulations.plotting import plot_trajectory

        return plot_trajectory(self, path)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write `run.json` and `result.npz` into a folder, which is made if need be."""
        meta = {
            "clock": self.clock,
            "observables": list(self.observables),
            "units": list(self.units),
            "provenance": dict(self.provenance),
        }
        return run_folder.write(folder, meta, self.arrays())

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, as they are saved."""
        return {
            "times": self.times,
            "values": self.values,
            "frames": self.frames,
            "frame_times": self.frame_times,
        }

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Trajectory:
        """Read a saved run, or what was measured of an interrupted one (`complete` is False then).

        Raises:
            FileNotFoundError: the folder holds neither.
            DamagedRunError: a file of it is damaged, or it is the run of something else.
        """
        path = Path(folder)
        finished = (path / "run.json").exists()
        checkpoint = None if finished else run_folder.read_checkpoint(path)
        saved = run_folder.read(path) if checkpoint is None else checkpoint
        if saved[0].get("kind") == "sweep":
            raise run_folder.DamagedRunError(f"{path}: the run in it is a sweep; use Sweep.load")
        try:
            return cls.from_saved(*saved)
        except KeyError as error:
            raise run_folder.DamagedRunError(f"{path}: damaged: {error} is missing") from None

    @classmethod
    def from_saved(cls, meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Trajectory:
        """Assemble a trajectory from what `save` or a checkpoint wrote."""
        return cls(
            clock=meta["clock"],
            times=arrays["times"],
            observables=tuple(meta["observables"]),
            units=tuple(meta["units"]),
            values=arrays["values"],
            frames=arrays["frames"],
            frame_times=arrays["frame_times"],
            provenance=meta["provenance"],
        )


def _shortest(value: float) -> str:
    """The shortest decimal number that reads back as `value`."""
    return repr(value).removesuffix(".0")


def _missing(library: str) -> str:
    return f'{library} is not installed; run: pip install "complexodynamics[tables]"'
