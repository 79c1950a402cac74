"""What a cell gave: its numbers in one form, or the reason why there are none."""

from __future__ import annotations

import time
import traceback as tracebacks
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from simulations.sweeping.grid import Cell
from simulations.trajectory import Trajectory

__all__ = ["Failure", "Outcome", "run_bundle", "run_cell"]

_EXACT = 2**53
"""Integers up to here are float64 numbers."""


@dataclass(frozen=True)
class Outcome:
    """The numbers of a finished cell.

    Attributes:
        arrays: name -> float64 array of any shape; of shape (T,) along a clock.
        seconds: the call took.
        units: name -> unit, where it is known.
        clock: unit of `times`, None where no time passes.
        times: (T,) int64, empty without a clock.
    """

    arrays: Mapping[str, npt.NDArray[np.float64]]
    seconds: float = 0.0
    units: Mapping[str, str] = field(default_factory=dict)
    clock: str | None = None
    times: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True)
class Failure:
    """Why a cell has no numbers: the error's type and message, and where it was raised."""

    error: str
    traceback: str = ""


def run_bundle(
    fn: Callable[..., Any], cells: Sequence[Cell], budget: float, ticket: int
) -> tuple[list[Outcome | Failure], float]:
    """Run cells one after the other until `budget` seconds have passed, and the first anyway.

    Args:
        fn: called as `fn(**parameters, seed=seed)`.
        cells: what to run.
        budget: seconds after which no further one is begun.
        ticket: another for each call: Dask takes equal calls for one.

    Returns:
        What the first cells gave, perhaps not all, and the seconds it took.
    """
    began, found = time.monotonic(), []
    for cell in cells:
        found.append(run_cell(fn, cell))
        if time.monotonic() - began > budget:
            break
    return found, time.monotonic() - began


def run_cell(fn: Callable[..., Any], cell: Cell) -> Outcome | Failure:
    """Call the function once; whatever it raises is a Failure."""
    began = time.perf_counter()
    try:
        arrays = _outcome(fn(**cell.parameters, seed=cell.seed), cell)
    except (Exception, SystemExit) as error:  # that would end the worker
        frames = tracebacks.format_exception(error)
        return Failure(f"{type(error).__name__}: {' '.join(str(error).split())}", "".join(frames))
    return Outcome(seconds=time.perf_counter() - began, **arrays)


def _outcome(found: Any, cell: Cell) -> dict[str, Any]:
    if isinstance(found, Trajectory):
        return _along_a_clock(found, cell)
    numbers = found if isinstance(found, Mapping) else {"value": found}
    if not numbers:
        raise ValueError("the function returned no numbers, accepted are one or more")
    return {"arrays": {_free(name, cell): _array(name, x) for name, x in numbers.items()}}


def _along_a_clock(found: Trajectory, cell: Cell) -> dict[str, Any]:
    if found.replicas != 1:
        raise ValueError(
            f"the function returned a Trajectory of {found.replicas} replicas, accepted is one; "
            "the sweep has replicas of its own"
        )
    return {
        "arrays": {_free(name, cell): found[name][:, 0].copy() for name in found.observables},
        "units": dict(zip(found.observables, found.units, strict=True)),
        "clock": found.clock,
        "times": np.asarray(found.times, np.int64),
    }


def _free(name: Any, cell: Cell) -> str:
    if not isinstance(name, str):
        raise TypeError(f"the function returned the name {name!r}, accepted is a text")
    if name in (*cell.parameters, "replica", "time"):
        raise ValueError(f"the function returned {name!r}, which is a dimension of the sweep")
    return name


def _array(name: str, found: Any) -> npt.NDArray[np.float64]:
    array = np.asarray(found)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"the function returned {type(found).__name__} for {name!r}, accepted is a number, a "
            "mapping of numbers, an array of numbers, or a Trajectory"
        )
    if (
        array.dtype.kind in "iu"
        and array.size
        and max(-int(array.min()), int(array.max())) > _EXACT
    ):
        raise ValueError(f"the function returned integers beyond 2**53 for {name!r}")
    return array.astype(np.float64)
