"""Speed of block decomposition: `python -m benchmarks.bdm [--rounds N] [--out FOLDER]`.

pybdm is raced if it is installed (`benchmarks/requirements-peers.txt`), with its own tables on both
sides where the array is square, and must give the same value to 1e-9 before anything is timed.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Bar, Contender, Race, first_call, race, time_snippet
from benchmarks.lempel_ziv import peer
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity import bdm, enumerate_machines
from complexity.coding_theorem import ctm_table, tabulate
from complexity.provenance import commit

OURS, PYBDM = "ours", "pybdm"


def pybdm() -> Any:
    """The module of the peer, None if it is not installed; it imports what is deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return peer("pybdm")


def coins(*shape: int) -> NDArray[np.int64]:
    return np.random.default_rng(shape[0]).integers(0, 2, shape)


def decomposing(
    name: str, estimate: Callable[[], float], cells: int, expected: float, *, times: int = 1
) -> Contender:
    """Decompose an object of `cells` cells, `times` times over."""
    found: list[float] = []

    def run() -> None:
        for _ in range(times):
            found[:] = [float(estimate())]

    def verify() -> bool:
        return abs(found[0] - expected) < 1e-9 * max(1.0, abs(expected))

    return Contender(name, run, times * cells, "cells", verify=verify)


def its_table(side: int) -> dict[tuple[int, ...], NDArray[np.float64]]:
    """The peer's bits of squares, of which it keeps one of every block and its complement."""
    stored = pybdm().BDM(ndim=2)._ctm[side, side]
    bits = {}
    for key, value in stored.items():
        for text in (key, key.translate(str.maketrans("01", "10"))):
            bits["/".join(text[at : at + side] for at in range(0, side * side, side))] = value
    return tabulate(bits)


def square_race(side: int, boundary: str, rounds: int, bar: float | None) -> Race:
    """A square array in blocks of 4 by 4, the table being the peer's."""
    x = coins(side, side)
    theirs = pybdm()
    table = its_table(4) if theirs else {(4, 4): np.linspace(20.0, 40.0, 1 << 16)}

    def ours() -> float:
        return bdm(x, block=4, boundary=boundary, table=table)

    value = ours()
    contenders = [decomposing(OURS, ours, x.size, value, times=20)]
    bars = []
    if theirs:
        partition = {"ignore": "PartitionIgnore", "sliding": "PartitionCorrelated"}[boundary]
        method = theirs.BDM(ndim=2, partition=getattr(theirs, partition))
        contenders.append(decomposing(PYBDM, lambda: method.bdm(x), x.size, value))
        bars += [Bar(OURS, PYBDM, bar)] if bar else []
    title = f"{side} x {side} cells, blocks of 4 x 4, {boundary}"
    return race(title, contenders, baseline=OURS, rounds=rounds, bars=bars)


def string_race(n: int, boundary: str, rounds: int) -> Race:
    """A string in blocks of 12, the table ours; no block is one of the two that are imputed."""
    x = without(coins(n), ctm_table().missing(12))
    value = bdm(x, boundary=boundary)
    contenders = [
        decomposing(OURS, lambda: bdm(x, boundary=boundary), x.size, value, times=20),
    ]
    if (theirs := pybdm()) is not None:
        partition = {"ignore": "PartitionIgnore", "sliding": "PartitionCorrelated"}[boundary]
        method = theirs.BDM(ndim=1, partition=getattr(theirs, partition))
        contenders.append(decomposing(PYBDM, lambda: method.bdm(x), x.size, value))
    title = f"{x.size} bits, blocks of 12, {boundary}"
    return race(title, contenders, baseline=OURS, rounds=rounds)


def without(x: NDArray[np.int64], blocks: list[str]) -> NDArray[np.int64]:
    """A string without these substrings: where one starts, its first bit is flipped."""
    x = x.copy()
    while found := [at for b in blocks if (at := "".join(map(str, x)).find(b)) >= 0]:
        x[found] ^= 1
    return x


def enumeration_race(rounds: int) -> Race:
    """Machines per second: all that the table stands for, both blanks counted once."""
    contenders = [
        Contender(
            f"{states} states, {'tape' if dimensions == 1 else 'plane'}",
            lambda s=states, d=dimensions: enumerate_machines(s, dimensions=d, workers=1),
            (4 * dimensions * states + 2) ** (2 * states),
            "machines",
        )
        for dimensions, states in ((1, 3), (1, 4), (2, 3))
    ]
    return race("enumeration", contenders, baseline="4 states, tape", rounds=rounds)


_SETUP = """
import numpy as np
from complexity import bdm, enumerate_machines
x = np.random.default_rng(0).integers(0, 2, 1200)
y = np.random.default_rng(0).integers(0, 2, (60, 60))
"""
_CALLS = {
    "bdm of a string": "bdm(x)",
    "bdm of an array": "bdm(y)",
    "D(4)": "enumerate_machines(4, workers=1)",
}

NOTES = (
    "All of a call is timed, the check of its input included. pybdm gave our value to 1e-9 before "
    "anything was timed: in the plane with its table on both sides, for strings with the table of "
    "this package against its own, on strings without the two blocks that no machine prints.",
    "pybdm 0.1.0 imports pkg_resources, which comes with setuptools before version 81.",
)


def benchmark(rounds: int) -> Report:
    """Verify, race and measure everything."""
    began = time.perf_counter()
    time_snippet(_SETUP, "\n".join(_CALLS.values()), cache=None)  # compile in another process
    races = (
        square_race(64, "ignore", rounds, None),
        square_race(512, "ignore", rounds, 200.0),
        square_race(64, "sliding", rounds, None),
        square_race(512, "sliding", min(rounds, 3), 500.0),
        string_race(12_000, "ignore", rounds),
        string_race(12_000, "sliding", rounds),
        enumeration_race(rounds),
    )
    calls = tuple(first_call(name, _SETUP, call, repeats=2) for name, call in _CALLS.items())
    return Report(
        title="Block decomposition",
        command=f"python -m benchmarks.bdm --rounds {rounds}",
        machine=machine(("numpy", "numba", "pybdm")),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        first_calls=calls,
        notes=NOTES,
    )


if __name__ == "__main__":
    command("bdm", benchmark, rounds=5, about=__doc__)
