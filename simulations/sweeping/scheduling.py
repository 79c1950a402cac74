"""Cells over an executor: in bundles of about a second, whatever happens to a worker."""

from __future__ import annotations

import itertools
import os
from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from simulations.sweeping.grid import Cell
from simulations.sweeping.outcome import Failure, Outcome, run_bundle, run_cell
from simulations.sweeping.processes import Processes, WorkerDiedError, dumps_for

__all__ = ["computed", "cores"]

BUDGET = 1.0
"""Seconds of work that are worth a message."""

_AHEAD = 1024
"""The most bundles that wait at an executor of the user's, for a cluster that may grow."""

_MOST = 1024
"""Cells in a bundle."""

Found = Generator[tuple[Cell, Outcome | Failure], None, None]


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def computed(
    fn: Callable[..., Any], cells: Sequence[Cell], executor: Executor | None, workers: int | None
) -> Found:
    """Run cells and yield each with what it gave, in the order in which they end.

    Close the generator to stop; processes of its own are killed.

    Raises:
        ChildProcessError: a process pool of the user's broke, a cluster is gone, or no process
            can be started.
        ValueError: other processes cannot find the function.
    """
    if executor is not None:
        yield from _Sharing(fn, cells, executor, own=False).run()
        return
    count = min(workers or cores(), len(cells))
    if count <= 1:
        for cell in cells:
            yield cell, run_cell(fn, cell)
        return
    with Processes(count, dumps_for(fn)) as processes:
        yield from _Sharing(fn, cells, processes, own=True, width=count).run()


class _Sharing:
    """Which cells wait, which are under way, and whose worker died.

    The process of our own that dies was at one bundle, and its cells are tried one by one; the
    last of three tries is made while nothing else runs. Dask has tried four times when it gives
    up, and does not know which of a worker's tasks was at fault: the only further try is alone.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        cells: Sequence[Cell],
        executor: Executor,
        *,
        own: bool,
        width: int | None = None,
    ) -> None:
        self.fn, self.executor, self.own = fn, executor, own
        self.tries = 3 if own else 2
        self.width = _width(executor) if width is None else width
        self.waiting = deque(enumerate(cells))
        self.suspects: deque[tuple[int, Cell]] = deque()  # to be tried one by one
        self.deaths: Counter[int] = Counter()
        self.running: dict[Future[Any], list[tuple[int, Cell]]] = {}
        self.size = 1  # of the next bundle
        self.settled = False  # whether bundles of that size take about BUDGET
        self.tickets = itertools.count()

    def run(self) -> Found:
        try:
            while self.waiting or self.suspects or self.running:
                self._submit()
                done, _ = wait(self.running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield from self._received(future, self.running.pop(future))
        finally:
            for future in self.running:
                future.cancel()

    def _submit(self) -> None:
        """Hand out bundles; beside the last try of a suspect, nothing."""
        ahead = 2 * self.width
        if self.settled and not self.own:
            ahead = max(ahead, _AHEAD)
        while len(self.running) < ahead and (bundle := self._next()):
            cells = [cell for _, cell in bundle]
            try:
                future = self.executor.submit(
                    run_bundle, self.fn, cells, BUDGET, next(self.tickets)
                )
            except BrokenProcessPool as error:
                raise _broken() from error
            self.running[future] = bundle

    def _next(self) -> list[tuple[int, Cell]]:
        if self.waiting:
            fair = -(-len(self.waiting) // (2 * self.width))  # so that no worker ends early
            size = min(self.size, fair)
            return [self.waiting.popleft() for _ in range(size)]
        if not self.running:
            return [self.suspects.popleft()] if self.suspects else []
        last = self.tries - 1
        if any(
            self.deaths[index] == last for bundle in self.running.values() for index, _ in bundle
        ):
            return []
        ready = next((each for each in self.suspects if self.deaths[each[0]] < last), None)
        if ready is None:
            return []
        self.suspects.remove(ready)
        return [ready]

    def _received(self, future: Future[Any], bundle: list[tuple[int, Cell]]) -> Found:
        try:
            found, seconds = future.result()
        except (BrokenProcessPool, CancelledError) as error:
            raise _broken() from error
        except Exception as error:
            # Dask's error after too many deaths of a task, known by name for it may not be there
            if isinstance(error, WorkerDiedError) or type(error).__name__ == "KilledWorker":
                yield from self._died(bundle)
                return
            if self.own:
                raise
            why = f"{type(error).__name__}: {error}"
            raise ChildProcessError(f"executor: a worker cannot call fn ({why})") from error
        self.waiting.extendleft(reversed(bundle[len(found) :]))
        fitting = max(1, int(len(found) * BUDGET / max(seconds, 1e-6)))
        self.settled = fitting <= 2 * self.size
        self.size = min(fitting, 4 * self.size, _MOST)
        for (_, cell), result in zip(bundle, found, strict=False):
            yield cell, result

    def _died(self, bundle: list[tuple[int, Cell]]) -> Found:
        for index, cell in bundle:
            self.deaths[index] += 1
            if self.deaths[index] < self.tries:
                self.suspects.append((index, cell))
            else:
                often = "three times" if self.own else "again and again"
                yield cell, Failure(f"killed its worker {often}, perhaps for memory")


def _width(executor: Any) -> int:
    """How many calls run at once, as far as that can be known."""
    count = getattr(executor, "_max_workers", None)
    if count is None and hasattr(client := getattr(executor, "_client", None), "nthreads"):
        count = sum(client.nthreads().values())  # type: ignore[union-attr]
    return max(int(count), 1) if count is not None else cores()


def _broken() -> ChildProcessError:
    return ChildProcessError(
        "executor: a process of it was killed, perhaps for memory, or the cluster is gone; without "
        "an executor the sweep replaces killed processes itself"
    )
