"""Speed of the elementary rules: `python -m benchmarks.automata_1d [--rounds N] [--out FOLDER]`.

Before anything is timed, both kernels, NumPy and cellpylib must give the same cells. One thread;
cellpylib is left out where it is not installed (requirements-automata.txt).
"""

from __future__ import annotations

import os
import time
from importlib import metadata

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Bar, Contender, FirstCall, Race, first_call, race
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity.provenance import commit
from simulations.automata import elementary
from simulations.automata.elementary import ElementaryCA

OURS, OTHER, WALLS = "ours, rule 30", "ours, rule 110", "ours, rule 30, fixed"
RUNTIME, HISTORY = "ours, rule at run time", "ours, history kept"
NUMPY, CELLPYLIB = "NumPy table", "cellpylib, memoised"

AT_LEAST = {NUMPY: 500.0, CELLPYLIB: 5e4}
"""Peer -> what our rate is to be, as a multiple of its."""

STEPS = {10_000: (1 << 21, 1000, 20), 1_000_000: (1 << 17, 10, 1)}
"""Width -> steps of a call of ours, of NumPy, of cellpylib."""

Cells = NDArray[np.uint8]


def soup(width: int) -> Cells:
    """A random row, half of its cells 1."""
    return np.random.default_rng(width).integers(0, 2, width, np.uint8)


def run_by(worth: int, automaton: ElementaryCA, cells: Cells, steps: int) -> Cells:
    """Run with another threshold for compiling: 0 for always, 2^62 for never."""
    kept, elementary._WORTH_COMPILING = elementary._WORTH_COMPILING, worth
    try:
        return automaton.run(cells, steps)
    finally:
        elementary._WORTH_COMPILING = kept


def ours(name: str, rule: int, boundary: str, width: int, steps: int) -> Contender:
    cells, automaton = soup(width), ElementaryCA(rule, boundary)

    def run() -> None:
        run_by(0, automaton, cells, steps)

    return Contender(name, run, width * steps, "cells", f"bytes in and out, {steps} steps a call")


def runtime_rule(width: int, steps: int) -> Contender:
    """The kernel that any rule starts with, before one of its own is compiled."""
    cells, automaton = soup(width), ElementaryCA(30)

    def run() -> None:
        run_by(1 << 62, automaton, cells, steps)

    return Contender(RUNTIME, run, width * steps, "cells", "a rule never seen before")


def history(width: int, steps: int) -> Contender:
    cells, automaton = soup(width), ElementaryCA(30)
    note = f"{steps} steps, all rows returned as bytes"
    return Contender(
        HISTORY, lambda: automaton.history(cells, steps), width * steps, "cells", note
    )  # fmt: skip


def numpy_step(cells: Cells, table: Cells) -> Cells:
    """One step on a ring: the neighbourhood's number by shifted copies, looked up."""
    return table[4 * np.roll(cells, 1) + 2 * cells + np.roll(cells, -1)]


def numpy_table(width: int, steps: int) -> Contender:
    cells, table = soup(width), ElementaryCA(30).table

    def run() -> None:
        now = cells
        for _ in range(steps):
            now = numpy_step(now, table)

    return Contender(NUMPY, run, width * steps, "cells", "uint8, two shifted copies, a table")


def cellpylib_rows(cells: Cells, steps: int) -> NDArray[np.integer]:
    """All rows by cellpylib, which keeps them."""
    import cellpylib  # pyright: ignore[reportMissingImports]

    return cellpylib.evolve(
        cells[np.newaxis].astype(np.int32), timesteps=steps + 1, memoize=True,
        apply_rule=lambda around, cell, time: cellpylib.nks_rule(around, 30),
    )  # fmt: skip


def version() -> str | None:
    """cellpylib's version, None without it."""
    try:
        return metadata.version("cellpylib")
    except metadata.PackageNotFoundError:
        return None


def cellpylib_memoised(width: int, steps: int) -> Contender:
    cells, note = soup(width), f"{version()}, memoize=True, keeps all rows"
    return Contender(
        CELLPYLIB, lambda: cellpylib_rows(cells, steps), width * steps, "cells", note
    )  # fmt: skip


def same_cells(width: int = 10_000, steps: int = 300) -> bool:
    """Say whether both kernels, the history, NumPy and cellpylib give the same cells."""
    plain, automaton = soup(width), ElementaryCA(30)
    for _ in range(steps):
        plain = numpy_step(plain, automaton.table)
    results = [run_by(worth, automaton, soup(width), steps) for worth in (0, 1 << 62)]
    results.append(automaton.history(soup(width), steps)[-1])
    if version():
        results.append(cellpylib_rows(soup(width), steps)[-1].astype(np.uint8))
    return all(np.array_equal(plain, result) for result in results)


def width_race(width: int, rounds: int) -> Race:
    """Race everything on a ring, and our kernel between walls too."""
    long, middle, short = STEPS[width]
    contenders = [
        ours(OURS, 30, "periodic", width, long),
        ours(OTHER, 110, "periodic", width, long),
        ours(WALLS, 30, "fixed", width, long // 2),
        runtime_rule(width, long // 8),
        history(width, 10**8 // width),
        numpy_table(width, middle),
    ]
    if version():
        contenders.append(cellpylib_memoised(width, short))
    bars = [Bar(OURS, c.name, AT_LEAST[c.name]) for c in contenders if c.name in AT_LEAST]
    title = f"Elementary rules, {width:,} cells"
    return race(title, contenders, baseline=OURS, rounds=rounds, bars=bars)


_SETUP = """
import numpy as np
from simulations.automata.elementary import ElementaryCA
state = np.random.default_rng(0).integers(0, 2, 10_000, np.uint8)
automaton = ElementaryCA(30)
"""


def first_calls(repeats: int = 3) -> tuple[FirstCall, ...]:
    """Measure the first run of a rule in fresh processes."""
    return (
        first_call("rule 30, 1000 steps of 10,000 cells", _SETUP,
                   "automaton.run(state, 1000)",
                   repeats=repeats, cold_at_most=2.0, warm_at_most=0.6),
        first_call("rule 30, 1000 steps of 10,000 cells by a kernel of its own", _SETUP
                   + "from simulations.automata import elementary; elementary._WORTH_COMPILING = 0",
                   "automaton.run(state, 1000)",
                   repeats=repeats, cold_at_most=2.0, warm_at_most=0.6),
    )  # fmt: skip


NOTES = (
    "Random rows, half of the cells 1. Both kernels, the history, NumPy and cellpylib gave the "
    "same cells before anything was timed. Our figures include checking, packing and unpacking "
    "the bytes of the caller.",
    "The physical limit: a step of 256 cells is 2 vector operations of 256 bits for rule 30 and 3 "
    "for rule 110, and of four steps one load and one store; a core that does 4 such operations in "
    "a cycle makes 512 and 341 cells a cycle. Memory is no limit: a million cells are 125 kB, and "
    "four steps read and write them once.",
)


def benchmark(rounds: int) -> Report:
    """Verify, race and measure everything.

    Raises:
        RuntimeError: a contender computes something else.
    """
    began = time.perf_counter()
    os.environ["OMP_NUM_THREADS"] = "1"
    if not same_cells():
        raise RuntimeError("the kernels, NumPy and cellpylib disagree")
    races = tuple(width_race(width, rounds) for width in STEPS)
    calls = first_calls()
    return Report(
        title="One-dimensional automata",
        command=f"python -m benchmarks.automata_1d --rounds {rounds}",
        machine=machine(),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        first_calls=calls,
        notes=NOTES,
    )


if __name__ == "__main__":
    command("automata-1d", benchmark, rounds=5, about=__doc__)
