"""The front door: a function over a grid of parameters, wherever there are processors."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.errors import integer, one_of
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from simulations.sweeping.function import checked_function, function_name, identity
from simulations.sweeping.grid import Cell, Scalar, checked_grid, planned
from simulations.sweeping.outcome import Failure, Outcome
from simulations.sweeping.result import FailedCell, Sweep
from simulations.sweeping.scheduling import computed
from simulations.sweeping.store import Store, opened

__all__ = ["SweepError", "SweepInterrupted", "sweep"]


class SweepError(RuntimeError):
    """Cells of a sweep failed. `sweep` holds what the others gave, and the failures."""

    def __init__(self, sweep: Sweep) -> None:
        count = len(sweep.failed)
        super().__init__(
            f"{count} of {sweep.cells} cells failed; the first: {sweep.failed[0]}; what the others "
            'gave is in this error\'s `sweep`, and errors="keep" returns it'
        )
        self.sweep = sweep


class SweepInterrupted(KeyboardInterrupt):
    """A sweep stopped by Ctrl-C. `sweep` holds what was finished, `folder` where it is kept."""

    def __init__(self, sweep: Sweep, done: int, folder: Path | None) -> None:
        kept = f"kept in {folder}; the same call goes on" if folder else "nothing was saved"
        super().__init__(f"interrupted after {done} of {sweep.cells} cells; {kept}")
        self.sweep = sweep
        self.folder = folder


def sweep(
    fn: Callable[..., Any],
    grid: Mapping[str, Iterable[Scalar]],
    replicas: int = 1,
    *,
    seed: int = 0,
    executor: Executor | None = None,
    workers: int | None = None,
    out: str | os.PathLike[str] | None = None,
    errors: str = "raise",
    progress: bool = True,
) -> Sweep:
    """Call a function for every setting of a grid, several times each, on all processors.

    The numbers depend on neither the workers nor their order, and a cell's on nothing but its own
    parameters, replica and seed: values can be added to the grid later. A cell whose worker is
    killed is run again; after three deaths it is given up, and the others go on.

    Args:
        fn: called as `fn(**parameters, seed=...)` with a seed of its own for each cell, an integer
            below 2**63. It returns a number, a mapping from names to numbers or arrays, an
            array, or a Trajectory of one replica.
        grid: parameter -> values (numbers, texts, booleans, None); all combinations are run.
        replicas: how often each setting is run.
        seed: of the sweep; see `cell_seed`.
        executor: runs the cells elsewhere: any of `concurrent.futures`, or that of
            `dask_executor`. Its workers import `fn`, or unpickle it.
        workers: processes, one thread each; None for as many as there are processors, 1 for none
            but this. A script that sweeps needs `if __name__ == "__main__":`.
        out: a folder for finished cells: none is computed twice, whatever stops the sweep, and
            after Ctrl-C the same call goes on. They are told apart by parameters, replica, seed and
            the source of `fn` and of what it uses of its module; of libraries beneath, choose
            another folder when they change. Failed cells are tried again.
        errors: what comes of cells that fail, once the others are done: "raise" a SweepError, or
            "keep" them as NaN and in `failed`.
        progress: show a bar on a terminal.

    Returns:
        A Sweep: float64 arrays over the grid, replicas and, for trajectories, time.

    Raises:
        ValueError, TypeError: bad input; the message names the argument and what is accepted.
        SweepError: cells failed.
        SweepInterrupted: Ctrl-C; a KeyboardInterrupt that carries what was finished.
        DamagedCellError: a file in `out` is damaged.
        ChildProcessError: the executor's processes or its cluster are gone, or none can start.
        OSError: a full disk, or a folder that cannot be written; what had finished is kept.

    Example:
        >>> from math import comb
        >>> def ways(n, k, seed):
        ...     return comb(n, k)
        >>> found = sweep(ways, {"n": [4, 5], "k": range(3)}, workers=1)
        >>> found
        Sweep(n: 2 x k: 3 x replicas: 1; values: value; 6 cells)
        >>> found.mean("value").tolist()
        [[1.0, 4.0, 6.0], [1.0, 5.0, 10.0]]
    """
    values = checked_grid(grid)
    checked_function(fn, values)
    one_of("errors", errors, ("raise", "keep"))
    if workers is not None:
        workers = integer("workers", workers, 1)
    seed, replicas = integer("seed", seed, 0), integer("replicas", replicas, 1)
    cells = planned(values, replicas, seed)
    run = _Run(fn, values, replicas, seed, cells)
    with nullcontext() if out is None else opened(out, identity(fn), seed) as store:
        result = run.finish(store, executor, workers, progress)
    if result.failed and errors == "raise":
        raise SweepError(result)
    return result


class _Run:
    """A sweep under way."""

    def __init__(
        self,
        fn: Callable[..., Any],
        grid: Mapping[str, tuple[Scalar, ...]],
        replicas: int,
        seed: int,
        cells: Sequence[Cell],
    ) -> None:
        self.fn, self.grid, self.replicas, self.seed, self.cells = fn, grid, replicas, seed, cells
        self.found: dict[int, Outcome] = {}  # by seed: another for each cell
        self.failed: dict[int, FailedCell] = {}
        self.kept = 0
        self.began = time.monotonic()

    def finish(
        self, store: Store | None, executor: Executor | None, workers: int | None, progress: bool
    ) -> Sweep:
        """Compute all that is not in the store, and save the whole."""
        try:
            self._take_up(store)
            self._compute(store, executor, workers, progress)
        except KeyboardInterrupt:
            folder = None if store is None else store.folder
            raise SweepInterrupted(self.result(), len(self.found), folder) from None
        result = self.result()
        if store is not None and self.found:
            result.save(store.folder)
        return result

    def _take_up(self, store: Store | None) -> None:
        if store is not None:
            for cell in self.cells:
                if (outcome := store.read(cell)) is not None:
                    self.found[cell.seed] = outcome
            self.kept = len(self.found)

    def _compute(
        self, store: Store | None, executor: Executor | None, workers: int | None, progress: bool
    ) -> None:
        pending = [cell for cell in self.cells if cell.seed not in self.found]
        name = function_name(self.fn).partition(":")[2]
        with (
            progress_bar(name, len(self.cells), done=self.kept, show=progress) as advance,
            closing(computed(self.fn, pending, executor, workers)) as results,
        ):
            for cell, result in results:
                if isinstance(result, Failure):
                    self.failed[cell.seed] = FailedCell(
                        cell.parameters, cell.replica, cell.seed, result.error, result.traceback
                    )
                else:
                    if store is not None:
                        store.write(cell, result)
                    self.found[cell.seed] = result
                advance()

    def result(self) -> Sweep:
        """What has been found so far."""
        clocks = {each.clock for each in self.found.values()}
        if len(clocks) > 1:
            raise ValueError(
                f"fn: its cells have the clocks {sorted(map(str, clocks))}, accepted is one"
            )
        clock = next(iter(clocks), None)
        names = dict.fromkeys(name for each in self._in_order() for name in each.arrays)
        units: dict[str, str] = {}
        for each in self._in_order():
            units |= each.units
        return Sweep(
            self.grid,
            self.replicas,
            {name: self._array(name) for name in names},
            units,
            clock,
            np.empty(0) if clock is None else self._times(),
            tuple(self.failed[c.seed] for c in self.cells if c.seed in self.failed),
            self._provenance(),
        )

    def _in_order(self) -> list[Outcome]:
        return [self.found[cell.seed] for cell in self.cells if cell.seed in self.found]

    def _array(self, name: str) -> npt.NDArray[np.float64]:
        return self._stacked(
            name, {s: o.arrays[name] for s, o in self.found.items() if name in o.arrays}
        )

    def _longest(self) -> list[tuple[int, ...]]:
        """Along a clock the shapes of all cells' times, for not all need have every name."""
        return [each.times.shape for each in self.found.values() if each.clock is not None]

    def _times(self) -> npt.NDArray[np.float64]:
        times = self._stacked("time", {s: o.times.astype(float) for s, o in self.found.items()})
        rows = times.reshape(-1, times.shape[-1])
        known = rows[~np.isnan(rows).all(axis=1)]
        return known[0] if (known == known[:1]).all() else times

    def _stacked(
        self, name: str, arrays: Mapping[int, npt.NDArray[np.float64]]
    ) -> npt.NDArray[np.float64]:
        """Arrays of cells in one, padded at their ends."""
        if len({array.ndim for array in arrays.values()}) > 1:
            raise ValueError(f"fn: {name!r} has several numbers of dimensions, accepted is one")
        shapes = [array.shape for array in arrays.values()]
        own = np.max(shapes + self._longest(), axis=0).astype(int)
        whole = np.full((len(self.cells), *own), np.nan)
        for at, cell in enumerate(self.cells):
            if (array := arrays.get(cell.seed)) is not None:
                whole[(at, *map(slice, array.shape))] = array
        return whole.reshape(*map(len, self.grid.values()), self.replicas, *own)

    def _provenance(self) -> dict[str, Any]:
        try:
            told = identity(self.fn)
        except TypeError:
            told = {"function": function_name(self.fn)}
        return {
            **told,
            "seed": self.seed,
            "computed": len(self.found) - self.kept,
            "kept": self.kept,
            "complete": len(self.found) + len(self.failed) == len(self.cells),
            "seconds": round(time.monotonic() - self.began, 3),
            "versions": versions("numpy", "numba"),
            "commit": commit(),
        }
