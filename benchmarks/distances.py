"""Speed of NCD matrices: `python -m benchmarks.distances [--rounds N] [--out FOLDER]`.

Before anything is timed, every contender must have the same values. textdistance takes part where
it is installed (`pip install textdistance`).
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Bar, Contender, Race, cpu_and_wall, race
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity.distances import DistanceMatrix, ncd_matrix, quartet_score, quartet_tree
from complexity.distances.trees import Tree
from complexity.provenance import commit

LEVEL = 6
"""zlib's default, which is textdistance's."""

OURS, CACHED, PEER = "ncd_matrix", "single lengths cached, pairs joined", "textdistance"
SEARCH, PLAIN = "quick cost of a tree", "S(T) of a tree over all quartets"


def texts(count: int, size: int) -> list[bytes]:
    """Texts of a random second-order source over 27 letters, each over its own 300 words."""
    rng = np.random.default_rng(0)
    letters = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz", np.uint8)
    common = [rng.choice(letters, rng.integers(2, 9)).tobytes() for _ in range(400)]
    found = []
    for _ in range(count):
        own = [common[k] for k in rng.choice(400, 300, replace=False)]
        found.append(b" ".join(own[k] for k in rng.integers(0, 300, size // 4))[:size])
    return found


def upper(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values above the diagonal."""
    return matrix[np.triu_indices(len(matrix), 1)]


def theirs(matrix: DistanceMatrix) -> NDArray[np.float64]:
    """textdistance's values: it leaves zlib's header of 2 bytes out of the lengths."""
    assert matrix.singles is not None
    longer = np.maximum.outer(matrix.singles, matrix.singles)
    return upper(matrix.values * longer / (longer - 16))


def wall() -> tuple[float, float]:
    """Return the wall seconds in the place of the CPU seconds too."""
    now = time.perf_counter()
    return now, now


def ours(objects: list[bytes], workers: int) -> tuple[Contender, list[DistanceMatrix]]:
    """Our matrix on one thread, and where its results are put."""
    results: list[DistanceMatrix] = []

    def run():
        code = f"zlib:level={LEVEL}"
        results[:] = [ncd_matrix(objects, code=code, order="min", workers=workers, progress=False)]

    note = "self-distances too"
    return Contender(OURS, run, _pairs(objects), "pairs", note), results


def cached(objects: list[bytes], expected: list[DistanceMatrix]) -> Contender:
    """What a careful user writes by hand."""
    found: list[float] = []

    def run():
        singles = [len(zlib.compress(x, LEVEL)) for x in objects]
        found.clear()
        for i, j in combinations(range(len(objects)), 2):
            a, b = objects[i], objects[j]
            joint = min(len(zlib.compress(a + b, LEVEL)), len(zlib.compress(b + a, LEVEL)))
            apart = joint - min(singles[i], singles[j])
            found.append(apart / max(singles[i], singles[j]))

    def verify() -> bool:
        return bool(np.allclose(found, upper(expected[0].values), rtol=0, atol=1e-15))

    return Contender(CACHED, run, _pairs(objects), "pairs", verify=verify)


def peer(objects: list[bytes], expected: list[DistanceMatrix]) -> Contender | None:
    """textdistance's ZLIBNCD; None where it is not installed."""
    try:
        from textdistance import ZLIBNCD  # type: ignore[import-not-found]
    except ImportError:
        return None
    found: list[float] = []

    def run():
        distance: Callable[..., float] = ZLIBNCD()
        found[:] = [distance(a, b) for a, b in combinations(objects, 2)]

    def verify() -> bool:
        return bool(np.allclose(found, theirs(expected[0]), rtol=0, atol=1e-12))

    note = "equal values, its header of 2 bytes allowed for"
    return Contender(PEER, run, _pairs(objects), "pairs", note, verify=verify)


def _pairs(objects: list[bytes]) -> int:
    return len(objects) * (len(objects) - 1) // 2


def matrix_race(count: int, size: int, rounds: int, *, workers: int) -> Race:
    """Race the matrix of `count` texts of `size` bytes; with several workers in wall seconds."""
    objects = texts(count, size)
    first, results = ours(objects, workers)
    contenders = [first, cached(objects, results)]
    bars = []
    if other := peer(objects, results):
        contenders.append(other)
        bars.append(Bar(OURS, PEER, 2.0))
    title = f"NCD by zlib -{LEVEL}, {count} texts of {size} bytes"
    if workers > 1:
        title += f", wall seconds, {workers} threads"
    clock = wall if workers > 1 else cpu_and_wall
    return race(title, contenders, baseline=OURS, rounds=rounds, bars=bars, clock=clock)


def quartet_race(n: int, rounds: int) -> Race:
    """Race the search's cost of a tree against the enumeration of quartets."""
    rng = np.random.default_rng(1)
    points = rng.normal(size=(n, 6))
    gaps = np.linalg.norm(points[:, None] - points[None], axis=-1)
    matrix = DistanceMatrix(tuple(map(str, range(n))), (gaps + gaps.T) / 2)
    trials = 4000
    tree: Tree = quartet_tree(matrix, restarts=1, patience=1, progress=False).tree

    def search():
        # a search that is never satisfied: its trials are mutations and costs, nothing else
        found = quartet_tree(
            matrix, restarts=1, patience=trials, workers=1, progress=False, start=tree
        )
        work[0] = found.trials

    work = [trials]
    search()

    def enumerate_all():
        for _ in range(20):
            quartet_score(tree, matrix)

    contenders = [
        Contender(SEARCH, search, work[0], "trees", "mutations included"),
        Contender(PLAIN, enumerate_all, 20, "trees"),
    ]
    title = f"cost of a quartet tree, {n} leaves"
    bars = [Bar(SEARCH, PLAIN, 5)]
    return race(title, contenders, baseline=PLAIN, rounds=rounds, bars=bars)


NOTES = (
    "Texts of words common to some of them. textdistance compresses both orders and both objects "
    "for every pair (each pair once, not both ways round), `ncd_matrix` each object once and then "
    "goes on from a copy of the compressor's state. What is left is DEFLATE itself: it finds "
    "matches in the second text more slowly than in the first, and writes both when it ends. For "
    "short texts the copy and Python's lock cost more than reading the first text again, so "
    "several threads do that. The values were equal before anything was timed.",
    "One thread and CPU seconds, but for the races that say they count wall seconds: there "
    "`ncd_matrix` has two threads, and the others, which have none, one.",
)


def benchmark(rounds: int) -> Report:
    """Verify and race everything.

    Raises:
        RuntimeError: a contender computes something else.
    """
    began = time.perf_counter()
    races = (
        matrix_race(30, 20_000, rounds, workers=1),
        matrix_race(30, 20_000, rounds, workers=2),
        matrix_race(40, 2_000, rounds, workers=1),
        matrix_race(40, 2_000, rounds, workers=2),
        quartet_race(34, rounds),
    )
    return Report(
        title="Distances",
        command=f"python -m benchmarks.distances --rounds {rounds}",
        machine=machine(),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        notes=NOTES,
    )


if __name__ == "__main__":
    command("distances", benchmark, rounds=5, about=__doc__)
