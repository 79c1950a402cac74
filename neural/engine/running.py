"""Run a paper: every arm under every seed that is not in the ledger yet, on the cores there are."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import (
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from complexity.errors import integer, unknown
from complexity.progress import progress as progress_bar
from mdl.devices import usable
from neural.engine.ledger import Cell, Ledger, Record, naming
from neural.engine.paper import Outcome, Paper, Trial
from neural.engine.result import PaperResult, assembled
from neural.engine.settings import check_settings
from simulations.program import source_digest
from simulations.sweeping.processes import LOST_PROCESS

__all__ = ["run_paper"]

DEFAULT_ROOT = Path("runs") / "papers"

_MOST = (1 << 63) - 1
"""Of a seed: torch takes no larger one."""

_MANY = 1_000_000
"""Seeds of a run: a result holds them all."""

_IN_TURN = threading.Lock()
"""Torch's random stream, threads and settings belong to the process: one trial at a time."""


def run_paper(
    paper: Paper,
    *,
    scale: str = "lab",
    seeds: int | Iterable[int] | None = None,
    arms: Iterable[str] | None = None,
    out: str | os.PathLike[str] = DEFAULT_ROOT,
    jobs: int | None = None,
    executor: Executor | None = None,
    device: str = "cpu",
    settings: Mapping[str, Any] | None = None,
    progress: bool = True,
) -> PaperResult:
    """Train the arms of a paper, judge its claim, count its bits.

    What the ledger below `out` holds already is not run again; beside its cells the result is kept
    as `result.json`, where the paper was run as it is. Interrupted, the same call goes on
    where the training was, to the same numbers. Results depend on neither `jobs` nor the executor.

    Args:
        paper: what to run.
        scale: "smoke", "lab" or "paper".
        seeds: how many, from 0, or which; None for the paper's own number.
        arms: names of arms, None for all whose data are at hand; checks of others are left out.
        out: the ledger's folder; of an executor's workers too, who write their cells there.
        jobs: processes, one thread each (this one too, while it runs a trial); None for as many as
            there are cores, 1 for none but this.
        executor: runs the trials elsewhere, as that of `dask_executor` or any other of
            `concurrent.futures`. A worker's threads take turns; give it one.
        device: of torch, as "cuda".
        settings: over those of the scale and the arms, as {"steps": 100}. Checks of arms that are
            then not what the paper says are left out.
        progress: whether to show it on a terminal.

    Raises:
        TypeError: arms, settings or executor are none; a setting that JSON cannot hold, or of
            another kind than the paper's own.
        ValueError: an unknown scale, arm, setting or device; a setting out of range; an arm or seed
            given twice; a trial that diverged, or failed with other settings than the paper's; an
            executor for a paper that others cannot find; workers that find another one.
        DamagedCellError: a file of the ledger is damaged.
        OSError: a full disk, or a folder that cannot be written; what had finished is kept.
        RuntimeError: a process was killed; what had finished is kept.
    """
    if not isinstance(executor, Executor | None):
        raise TypeError(f"executor: got {executor!r}, accepted is one of `concurrent.futures`")
    if executor is not None and not paper.where:
        raise ValueError(
            f"executor: the paper {paper.key!r} has no `where`, by which a worker would find it"
        )
    if executor is None:  # whose workers have devices of their own
        usable(device)
    if isinstance(arms, str) or not isinstance(arms, Iterable | None):
        raise TypeError(f"arms: got {arms!r}, accepted is a list of names, or None")
    if not isinstance(settings, Mapping | None):
        raise TypeError(f"settings: got {settings!r}, accepted is a mapping by name, or None")
    absent = paper.absent(scale) if arms is None else {}
    chosen = (
        [paper.arm(name) for name in arms]
        if arms is not None
        else [arm for arm in paper.arms if arm.name not in absent]
    )
    names = [arm.name for arm in chosen]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"arms: got {names}, accepted are one or more different ones")
    numbers = _seeds(paper.seeds if seeds is None else seeds)
    if jobs is not None:
        integer("jobs", jobs, 1)
    given = {name: _setting(name, value) for name, value in (settings or {}).items()}
    check_settings(paper, given)
    # workers of an executor may have another working folder
    root = Path(out) if executor is None else Path(out).absolute()
    ledger, code = Ledger(root), _source(paper)
    cells = []
    for arm in chosen:
        values = paper.settings(scale, arm)
        for name in given:
            if name not in values:
                raise unknown("settings", name, values)
        values |= given
        cells += [ledger.cell(paper.key, scale, arm.name, s, values, code) for s in numbers]
    found: dict[int, Record] = {}
    for index, cell in enumerate(cells):
        if (record := cell.read()) is not None:
            found[index] = record
    pending = [index for index in range(len(cells)) if index not in found]
    with progress_bar(paper.key, len(cells), done=len(found), show=progress) as advance:
        for index in _run(paper, [cells[i] for i in pending], jobs, executor, device, progress):
            cell = cells[pending[index]]
            record = cell.read()
            if record is None:
                raise RuntimeError(
                    f"{cell.folder}: a worker has written the cell, and it is not here; give an "
                    "`out` on a disk that all workers share"
                )
            found[pending[index]] = record
            advance()
    records = [found[index] for index in range(len(cells))]
    result = assembled(paper, scale, chosen, numbers, records, cells)
    if arms is None and not settings:  # the paper as it is: what tables of papers show
        path = ledger.root / paper.key / scale / "result.json"
        with naming(path):
            result.save(path)
    return result


def _seeds(seeds: int | Iterable[int]) -> list[int]:
    if isinstance(seeds, Iterable):
        found = [integer("seeds", each, 0, _MOST) for each in seeds]
        if not found or len(set(found)) < len(found):
            raise ValueError(f"seeds: got {found}, accepted are one or more different ones")
        return found
    return list(range(integer("seeds", seeds, 1, _MANY)))


def _setting(name: str, value: Any) -> Any:
    """The value as JSON holds it, NumPy's numbers as Python's."""
    try:
        return json.loads(json.dumps(value, default=_listed, allow_nan=False))
    except (TypeError, ValueError):
        raise TypeError(
            f"settings: got {value!r} for {name!r}, accepted is what JSON holds"
        ) from None


def _listed(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError


def _source(paper: Paper) -> str:
    """Another program is another cell; another answer or claim is none."""
    return source_digest(paper.trial)


def _run(
    paper: Paper,
    cells: list[Cell],
    jobs: int | None,
    executor: Executor | None,
    device: str,
    progress: bool,
) -> Iterable[int]:
    """Run cells and yield the index of each as it is done."""
    workers = min(jobs or os.cpu_count() or 1, len(cells))
    if executor is None and (workers <= 1 or not paper.where):
        for index, cell in enumerate(cells):
            run_cell(paper, cell, device=device, progress=progress)
            yield index
        return
    with _pool(executor, workers) as pool:
        futures: dict[Future[None], int] = {
            pool.submit(_run_elsewhere, paper.where, cell, device): index
            for index, cell in enumerate(cells)
        }
        try:
            for future in as_completed(futures):
                future.result()
                yield futures[future]
        except (BrokenProcessPool, CancelledError) as error:
            raise RuntimeError(_killed(paper, own=executor is None)) from error
        except Exception as error:
            if type(error).__name__ == "KilledWorker":  # Dask's, after four deaths of a task
                raise RuntimeError(_killed(paper, own=False)) from error
            raise
        finally:
            for future in futures:
                future.cancel()


def _killed(paper: Paper, *, own: bool) -> str:
    why = (
        LOST_PROCESS if own else "a process was killed, perhaps for memory, or the cluster is gone"
    )
    return (
        f"{paper.key}: {why}; what had finished is kept, and the same call goes on (with fewer "
        "jobs it takes less memory)"
    )


@contextmanager
def _pool(executor: Executor | None, workers: int) -> Any:
    if executor is not None:
        yield executor
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield pool


@contextmanager
def _one_thread() -> Iterator[None]:
    """Torch on one thread: sums of more have other last bits, and numbers would depend on `jobs`.

    Small networks are faster so, too, by far where every core has a process.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _run_elsewhere(where: str, cell: Cell, device: str) -> None:
    module, _, name = where.partition(":")
    paper = getattr(importlib.import_module(module), name)
    if _source(paper) != cell.identity["code"]:
        raise ValueError(
            f"where: the trial of {where!r} is another program where a worker finds it; accepted "
            "is where this paper itself is, as it is now, or jobs=1"
        )
    with _IN_TURN:
        run_cell(paper, cell, device=device)


def run_cell(paper: Paper, cell: Cell, *, device: str = "cpu", progress: bool = False) -> None:
    """Run one trial and write its cell, unless another process did so while this one waited.

    Raises:
        TypeError: the trial gave no Outcome.
        ValueError: the trial failed; names arm and seed, and settings that are not the paper's.
        MemoryError: it took more memory than there is.
        OSError: a file cannot be written, as on a full disk; names it or the cell's folder.
    """
    arm, identity = paper.arm(cell.arm), cell.identity
    trial = Trial(
        arm, cell.seed, identity["scale"], identity["settings"], cell.folder, device, progress
    )
    with naming(cell.folder), cell.alone():
        if cell.read() is not None:
            return
        began = time.perf_counter()
        try:
            with _one_thread():
                outcome: object = paper.trial(trial)
        except (OSError, ImportError):
            raise
        except Exception as error:
            changed = _changed(paper, cell)
            if not (changed or isinstance(error, ValueError)):
                raise
            kind = MemoryError if isinstance(error, MemoryError) else ValueError
            raise kind(
                f"{paper.key}, {arm.name}, seed {cell.seed}{changed}: {_told(error)}"
            ) from error
        if not isinstance(outcome, Outcome):
            raise TypeError(
                f"trial: that of {paper.key!r} gave {type(outcome).__name__}, accepted is an "
                "Outcome"
            )
        cell.write(outcome, seconds=time.perf_counter() - began)


def _changed(paper: Paper, cell: Cell) -> str:
    """Which settings a cell has that are not the paper's own, and what those are."""
    stated = json.loads(json.dumps(paper.settings(cell.identity["scale"], paper.arm(cell.arm))))
    told = [
        f"{name}={value!r} (the work's own: {stated[name]!r})"
        for name, value in cell.identity["settings"].items()
        if value != stated[name]
    ]
    return " with " + ", ".join(told) if told else ""


def _told(error: Exception) -> str:
    """What an error says; of one that no front door raised, its type too."""
    said = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    if isinstance(error, ValueError | TypeError | KeyError):
        return said
    return f"{type(error).__name__}: {said.splitlines()[0]}" if said else type(error).__name__
