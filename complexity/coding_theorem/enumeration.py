"""What all Turing machines with n states and two symbols print: exact counts.

On a tape a machine has 4n + 2 choices for each of its 2n entries (state and symbol read): a symbol
to write, a move to the left or right and a next state, or a symbol to write and a halt without a
move. In the plane it has 4 moves, hence 8n + 2 choices. It starts in state 1 on a blank tape, blank
being 0 and then 1. Its output is all the cells that it visited, in the plane the smallest rectangle
around them.

Machines that agree on the entries they use are run once; those that mirror each other, and the
other blank, are derived. Counts are integers of machines and do not depend on the number of
threads.

References:
    J.-P. Delahaye and H. Zenil, Numerical evaluation of algorithmic complexity for short strings,
        Applied Mathematics and Computation 219(1), 2012: the method, D(2) to D(4).
    F. Soler-Toscano, H. Zenil, J.-P. Delahaye and N. Gauvrit, Calculating Kolmogorov complexity
        from the output frequency distributions of small Turing machines, PLoS ONE 9(5), 2014: D(5)
        with at most 500 steps.
    H. Zenil, F. Soler-Toscano, J.-P. Delahaye and N. Gauvrit, Two-dimensional Kolmogorov complexity
        and an empirical validation of the coding theorem method by compressibility, PeerJ Computer
        Science 1:e23, 2015: machines in the plane.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.coding_theorem.table import Blocks, CTMTable
from complexity.errors import integer
from complexity.progress import progress as progress_bar

__all__ = ["MAX_STATES", "STEP_BOUNDS", "enumerate_machines"]

STEP_BOUNDS = {1: (1, 6, 21, 107, 500), 2: (1, 500, 500, 500)}
"""The default bound by dimensions and states. The first four on a tape are the busy beavers' (Rado
1962, Lin and Rado 1965, Brady 1983): every machine that halts does so within them."""

MAX_STATES = {1: 5, 2: 4}
"""The most states, by dimensions."""

_SPLIT, _SHARES = 4, 64
_FEW_MACHINES = 10**11  # not worth dividing


def enumerate_machines(
    states: int,
    *,
    dimensions: int = 1,
    step_bound: int | None = None,
    workers: int | None = None,
    progress: bool = True,
) -> CTMTable:
    """Count what the Turing machines with `states` states print before they halt.

    On a tape 4 states take under a second and 5 states some 6 minutes of CPU; in the plane 4 states
    take 20 seconds.

    Args:
        states: 1 to 5 on a tape, 1 to 4 in the plane.
        dimensions: 1 for a tape, 2 for the plane.
        step_bound: steps at most, 1 to 5000; the halt is one of them. By default what is known to
            be enough on a tape with up to 4 states, and 500 otherwise.
        workers: threads, None for all processors; results do not depend on it.
        progress: whether to show progress on a terminal.

    Raises:
        TypeError: an argument is not an integer.
        ValueError: an argument is out of range.
    """
    dimensions = integer("dimensions", dimensions, 1, 2)
    states = integer("states", states, 1, MAX_STATES[dimensions])
    default = STEP_BOUNDS[dimensions][states - 1]
    bound = default if step_bound is None else integer("step_bound", step_bound, 1, 5000)
    threads = (os.cpu_count() or 1) if workers is None else integer("workers", workers, 1)
    machines = (4 * dimensions * states + 2) ** (2 * states)
    shares = 1 if machines < _FEW_MACHINES else _SHARES
    with (
        progress_bar(f"machines with {states} states", shares, show=progress) as advance,
        ThreadPoolExecutor(threads) as pool,
    ):
        jobs = [
            pool.submit(_explore, states, dimensions, bound, share, shares)
            for share in range(shares)
        ]
        try:
            results = []
            for job in jobs:
                results.append(job.result())
                advance()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return _table(states, dimensions, bound, machines, results)


def _explore(states: int, dimensions: int, bound: int, share: int, shares: int) -> list[Any]:
    """A share's records (keys, counts, least steps, least states) and totals."""
    from complexity.coding_theorem import _kernels

    size = 1 << 12 if shares == 1 else 1 << 16
    while True:
        columns = [np.zeros(size, kind) for kind in (np.uint64, np.int64, np.int32, np.int32)]
        totals = np.zeros((4, 3), np.int64)
        split = _SPLIT if shares > 1 else 0
        problem = (states, 2 * dimensions, bound, split, share, shares)
        if _kernels.explore(*problem, *columns, totals):  # pyright: ignore[reportCallIssue]
            taken = columns[0] > 0
            return [*(column[taken] for column in columns), totals]
        size *= 4


def _table(
    states: int, dimensions: int, bound: int, machines: int, results: list[list[Any]]
) -> CTMTable:
    from complexity.coding_theorem import _kernels

    records = [np.concatenate(column) for column in zip(*(r[:4] for r in results), strict=True)]
    totals = np.stack([result[4] for result in results])
    halting = sum(
        2 * len(_images(dimensions, orbit)) * int(totals[:, orbit, _kernels.HALTING].sum())
        for orbit in (_kernels.ALONE, _kernels.LINE, _kernels.PLANE)
    )
    found: dict[tuple[int, ...], list[Blocks]] = {}
    for shape, blocks in _pictures(dimensions, *records):
        found.setdefault(shape, []).append(blocks)
    blocks = {shape: Blocks.merged(found[shape]) for shape in sorted(found)}
    return CTMTable(
        states=states,
        dimensions=dimensions,
        step_bound=bound,
        machines=machines,
        halting=halting,
        most_steps=int(totals[:, :, _kernels.MOST_STEPS].max()),
        outputs=sum(len(printed.index) for printed in blocks.values()),
        max_cells=_kernels.MAX_CELLS,
        blocks=blocks,
    )


def _images(dimensions: int, orbit: int) -> list[tuple[int, bool]]:
    """The symmetries that take a machine to its mirror images: quarter turns, then a flip."""
    if orbit == 1:  # it never moves
        return [(0, False)]
    if dimensions == 1:
        return [(0, False), (2, False)]
    return [(turns, flip) for turns in range(4) for flip in (False, True)[: orbit - 1]]


def _pictures(
    dimensions: int,
    keys: NDArray[np.uint64],
    counts: NDArray[np.int64],
    steps: NDArray[np.int32],
    states: NDArray[np.int32],
) -> Iterator[tuple[tuple[int, ...], Blocks]]:
    """The outputs of the explored machines and of all their images, shape by shape."""
    heads = (keys >> np.uint64(50)).astype(np.int64)
    for head in np.unique(heads).tolist():
        orbit, height, width = head >> 12, head >> 6 & 63, head & 63
        chosen = heads == head
        places = np.arange(height * width - 1, -1, -1).astype(np.uint64)
        cells = ((keys[chosen, None] >> places) & np.uint64(1)).astype(np.int64)
        cells = cells.reshape(-1, height, width)
        for turns, flip in _images(dimensions, orbit):
            image = np.rot90(cells, turns, axes=(1, 2))
            image = image[:, ::-1] if flip else image
            shape = image.shape[1:] if dimensions == 2 else (width,)
            index = image.reshape(len(image), -1) @ (1 << places.astype(np.int64))
            for values in (index, (1 << height * width) - 1 - index):  # the other blank
                yield shape, Blocks(values, counts[chosen], steps[chosen], states[chosen])
