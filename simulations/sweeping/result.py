"""The result of a sweep: labelled arrays over the grid, replicas and, where it passes, time."""

from __future__ import annotations

import csv
import io
import itertools
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from complexity.errors import unknown
from complexity.files import write_atomically
from simulations import run_folder
from simulations.sweeping.grid import Scalar

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.figure import Figure

__all__ = ["FailedCell", "Sweep"]

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FailedCell:
    """A cell without numbers.

    Attributes:
        parameters: of the call.
        replica: from 0.
        seed: the function was given.
        error: type and message, or what became of the worker.
        traceback: where it was raised, "" if nowhere.
    """

    parameters: Mapping[str, Scalar]
    replica: int
    seed: int
    error: str
    traceback: str = field(default="", repr=False)

    def __str__(self) -> str:
        settings = [f"{name}={value}" for name, value in self.parameters.items()]
        return f"{', '.join([*settings, f'replica {self.replica}'])}: {self.error}"


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """Numbers of a function over a grid of parameters, several times each.

    Attributes:
        grid: parameter -> its values; the first dimensions of every array.
        replicas: how often each setting was run, R; the dimension after the grid's.
        values: name -> float64 array of shape (*grid, R, *own), `own` being () for numbers, (T,)
            along a clock; NaN where a cell failed, or where another cell's array is longer.
        units: name -> unit, where it is known.
        clock: unit of the times, None where no time passes.
        times: (T,) if all cells have the same, else (*grid, R, T), NaN behind their ends.
        failed: cells without numbers.
        provenance: function, seed, versions, seconds; how many cells were `computed` and how many
            `kept` from before; `complete` is False for an interrupted sweep.
    """

    grid: Mapping[str, tuple[Scalar, ...]]
    replicas: int
    values: Mapping[str, Numbers]
    units: Mapping[str, str] = field(default_factory=dict)
    clock: str | None = None
    times: Numbers = field(default_factory=lambda: np.empty(0))
    failed: tuple[FailedCell, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Numbers:
        """The (*grid, R, *own) values of one name."""
        if name not in self.values:
            raise KeyError(str(unknown("value", name, self.values)))
        return self.values[name]

    def __repr__(self) -> str:
        sides = [f"{name}: {len(values)}" for name, values in self.grid.items()]
        counts = [f"{self.cells} cell{'s' * (self.cells != 1)}"]
        if kept := self.provenance.get("kept"):
            counts.append(f"{kept} kept from before")
        if self.failed:
            counts.append(f"{len(self.failed)} failed")
        if not self.complete:
            counts.append("interrupted")
        return (
            f"Sweep({' x '.join([*sides, f'replicas: {self.replicas}'])}; "
            f"values: {', '.join(self.values) or 'none'}; {', '.join(counts)})"
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the grid."""
        return tuple(len(values) for values in self.grid.values())

    @property
    def cells(self) -> int:
        """Settings times replicas."""
        return int(np.prod(self.shape, dtype=int)) * self.replicas

    @property
    def complete(self) -> bool:
        """False if the sweep was interrupted before its last cell."""
        return bool(self.provenance.get("complete", True))

    def settings(self) -> Iterator[dict[str, Scalar]]:
        """Every setting of the grid, in the order of the arrays."""
        for values in itertools.product(*self.grid.values()):
            yield dict(zip(self.grid, values, strict=True))

    def mean(self, name: str) -> Numbers:
        """The (*grid, *own) mean over the replicas that have a number, NaN without any."""
        return self.interval(name)[0]

    def interval(self, name: str, *, level: float = 0.95) -> tuple[Numbers, Numbers, Numbers]:
        """Mean over replicas with its two-sided interval by Student's t.

        Args:
            name: of the value.
            level: of confidence, pointwise.

        Returns:
            Mean, low, high, each of shape (*grid, *own); the ends are infinite for one replica.

        Raises:
            KeyError: there is no such value.
            ValueError: the level is not between 0 and 1.

        References:
            Student (W. S. Gosset), The probable error of a mean, Biometrika 6(1), 1908.
        """
        if not 0 < level < 1:
            raise ValueError(f"level: got {level}, accepted is a number between 0 and 1")
        from scipy.stats import t

        axis, found = len(self.grid), self[name]
        known = ~np.isnan(found)
        count = known.sum(axis)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(known, found, 0.0).sum(axis) / count
            away = np.where(known, found - np.expand_dims(mean, axis), 0.0)
            error = np.sqrt((away**2).sum(axis) / (count - 1) / count)
        half = t.ppf((1 + level) / 2, np.maximum(count - 1, 1)) * error
        half = np.where(count == 1, np.inf, half)
        return mean, mean - half, mean + half

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values, NaN as itself."""
        return {
            "grid": {name: list(values) for name, values in self.grid.items()},
            "replicas": self.replicas,
            "values": {name: array.tolist() for name, array in self.values.items()},
            "units": dict(self.units),
            "clock": self.clock,
            "times": self.times.tolist(),
            "failed": [asdict(each) for each in self.failed],
            "provenance": dict(self.provenance),
        }

    def columns(self) -> dict[str, np.ndarray]:
        """A column for every dimension and value, a row per cell, and per time where it passes."""
        long = self.times.shape[-1] if self.clock else 1
        lead = (*self.shape, self.replicas, long)
        labels = {name: np.array(values, object) for name, values in self.grid.items()}
        labels["replica"] = np.arange(self.replicas)
        found = {
            name: np.broadcast_to(np.expand_dims(values, _others(len(lead), at)), lead)
            for at, (name, values) in enumerate(labels.items())
        }
        if self.clock:
            found[self._time] = np.broadcast_to(self.times, lead)
        for name, array in self.values.items():
            own = array.shape[len(self.grid) + 1 :]
            if self.clock or not own:
                found[name] = array.reshape(lead)
                continue
            for place in np.ndindex(own):
                label = ",".join(map(str, place))
                found[f"{name}[{label}]"] = array[(..., *place)].reshape(lead)
        return {name: column.ravel() for name, column in found.items()}

    @property
    def _time(self) -> str:
        taken = self.clock in self.values or self.clock in self.grid
        return "time" if taken or self.clock is None else self.clock

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write one row per cell (and time), numbers exactly; empty where there is none."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        columns = self.columns()
        writer.writerow(columns)
        for row in zip(*(column.tolist() for column in columns.values()), strict=True):
            writer.writerow([_text(value) for value in row])
        return write_atomically(path, stream.getvalue().encode())

    def to_frame(self) -> pandas.DataFrame:
        """A pandas DataFrame of `columns`, indexed by the dimensions; needs the extra `tables`."""
        try:
            import pandas
        except ImportError:
            raise ImportError(_missing("pandas")) from None
        frame = pandas.DataFrame(self.columns()).infer_objects()
        index = [*self.grid, "replica", *([self._time] if self.clock else [])]
        return frame.set_index(index)

    def to_xarray(self) -> xarray.Dataset:
        """An xarray Dataset with the grid, "replica" and "time" as dimensions.

        Where cells have times of their own, "time" counts them, and the clock is a coordinate over
        all dimensions. Needs the extra `tables`.
        """
        try:
            import xarray
        except ImportError:
            raise ImportError(_missing("xarray")) from None
        lead = (*self.grid, "replica")
        coordinates: dict[str, Any] = {name: _labels(values) for name, values in self.grid.items()}
        coordinates["replica"] = np.arange(self.replicas)
        if self.clock and self.times.ndim == 1:
            coordinates["time"] = ("time", self.times, {"units": self.clock})
        elif self.clock:
            coordinates[f"clock_{self.clock}"] = ((*lead, "time"), self.times)
        variables = {}
        for name, array in self.values.items():
            own = [f"{name}_{axis}" for axis in range(array.ndim - len(lead))]
            unit = {"units": self.units[name]} if name in self.units else {}
            variables[name] = ((*lead, *(["time"] if self.clock else own)), array, unit)
        return xarray.Dataset(
            variables, coordinates, {"function": self.provenance.get("function", "")}
        )

    def plot(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """Draw every value with its 95 % interval over replicas; save to `path` if given.

        Along a clock a line per setting; else against the first parameter of several numbers, with
        a line for every setting of the others.
        """
        from simulations.sweeping.figure import plot_sweep

        return plot_sweep(self, path)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write `run.json` and `result.npz` into a folder, which is made if need be."""
        arrays = {f"value{i}": array for i, array in enumerate(self.values.values())}
        meta = self.to_dict() | {"kind": "sweep", "values": list(self.values), "times": None}
        return run_folder.write(folder, meta, arrays | {"times": self.times})

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Sweep:
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: the folder holds no finished run.
            DamagedRunError: a file of it is damaged, or it is the run of something else.
        """
        meta, arrays = run_folder.read(folder)
        if meta.get("kind") != "sweep":
            raise run_folder.DamagedRunError(f"{folder}: the run in it is no sweep")
        return cls(
            {name: tuple(values) for name, values in meta["grid"].items()},
            meta["replicas"],
            {name: arrays[f"value{i}"] for i, name in enumerate(meta["values"])},
            meta["units"], meta["clock"], arrays["times"],
            tuple(FailedCell(**each) for each in meta["failed"]), meta["provenance"],
        )  # fmt: skip


def _labels(values: tuple[Scalar, ...]) -> np.ndarray:
    kinds = {str if isinstance(v, str) else bool if isinstance(v, bool) else float for v in values}
    plain = len(kinds) == 1 and None not in values
    return np.array(values) if plain else np.array(values, object)


def _others(count: int, at: int) -> list[int]:
    return [axis for axis in range(count) if axis != at]


def _text(value: Any) -> Any:
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value).removesuffix(".0")
    return value


def _missing(library: str) -> str:
    return f'{library} is not installed; run: pip install "complexodynamics[tables]"'
