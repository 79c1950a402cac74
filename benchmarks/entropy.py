"""Speed of the entropies: `python -m benchmarks.entropy [--rounds N] [--out FOLDER]`.

Peers are raced if they are installed (`benchmarks/requirements-peers.txt`), and must give the same
value before anything is timed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.harness import Bar, Contender, Race, first_call, race, time_snippet
from benchmarks.lempel_ziv import peer
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity import approximate_entropy, permutation_entropy, sample_entropy
from complexity.provenance import commit

OURS, ANTROPY, NEUROKIT = "ours", "antropy", "neurokit2"


def estimating(
    name: str, estimate: Callable[[], float], n: int, expected: float, *, times: int = 1
) -> Contender:
    """Estimate an entropy of `n` values, `times` times over."""
    found: list[float] = []

    def run() -> None:
        for _ in range(times):
            found[:] = [float(estimate())]

    def verify() -> bool:
        return math.isclose(found[0], expected, rel_tol=1e-6)

    return Contender(name, run, times * n, "values", verify=verify)


def permutation_race(order: int, n: int, rounds: int, bar: float | None) -> Race:
    x = np.random.default_rng(order).normal(size=n)
    value = permutation_entropy(x, order=order).value
    contenders = [
        estimating(OURS, lambda: permutation_entropy(x, order=order).value, n, value, times=10)
    ]
    bars = []
    if (antropy := peer("antropy")) is not None:
        contenders.append(estimating(ANTROPY, lambda: antropy.perm_entropy(x, order), n, value))
        bars += [Bar(OURS, ANTROPY, bar)] if bar else []
    if (neurokit := peer("neurokit2")) is not None:
        contenders.append(
            estimating(
                NEUROKIT,
                lambda: _neurokit_permutation(neurokit, x, order),
                n,
                value,
            )
        )
    title = f"permutation entropy, order {order}, n={n}"
    return race(title, contenders, baseline=OURS, rounds=rounds, bars=bars)


def _neurokit_permutation(neurokit: Any, x: Any, order: int) -> float:
    """Its value in bits: it is normalised by log2(order!)."""
    share = neurokit.entropy_permutation(x, delay=1, dimension=order, corrected=True)[0]
    return share * math.log2(math.factorial(order))


def sample_race(n: int, rounds: int, bar: float) -> Race:
    x = np.random.default_rng(n).normal(size=n)
    value = sample_entropy(x).value
    contenders = [estimating(OURS, lambda: sample_entropy(x).value, n, value)]
    bars = []
    if (antropy := peer("antropy")) is not None:
        contenders.append(estimating(ANTROPY, lambda: antropy.sample_entropy(x), n, value))
        bars.append(Bar(OURS, ANTROPY, bar))
    title = f"sample entropy, m=2, n={n}"
    return race(title, contenders, baseline=OURS, rounds=rounds, bars=bars)


def approximate_race(n: int, rounds: int) -> Race:
    x = np.random.default_rng(n).normal(size=n)
    value = approximate_entropy(x).value
    contenders = [estimating(OURS, lambda: approximate_entropy(x).value, n, value)]
    if (antropy := peer("antropy")) is not None:
        contenders.append(estimating(ANTROPY, lambda: antropy.app_entropy(x), n, value))
    title = f"approximate entropy, m=2, n={n}"
    return race(title, contenders, baseline=OURS, rounds=rounds)


_SETUP = """
import numpy as np
from complexity import approximate_entropy, permutation_entropy, sample_entropy
x = np.random.default_rng(0).normal(size=1000)
"""
_CALLS = {
    "permutation entropy": "permutation_entropy(x)",
    "sample entropy": "sample_entropy(x)",
}

NOTES = (
    "All of a call is timed. Every peer gave our value to 1e-6 before anything was timed. Time of "
    "sample and approximate entropy grows with the square of n: compare rows of one race only.",
)


def benchmark(rounds: int) -> Report:
    """Verify, race and measure everything."""
    began = time.perf_counter()
    time_snippet(_SETUP, "\n".join(_CALLS.values()), cache=None)  # compile in another process
    races = (
        permutation_race(3, 10**5, rounds, None),
        permutation_race(6, 10**5, rounds, 1.5),
        sample_race(3000, rounds, 1.5),
        sample_race(20_000, rounds, 1.5),
        approximate_race(3000, rounds),
    )
    calls = tuple(first_call(name, _SETUP, call, repeats=2) for name, call in _CALLS.items())
    return Report(
        title="Entropies of series",
        command=f"python -m benchmarks.entropy --rounds {rounds}",
        machine=machine(("numpy", "numba", "antropy", "neurokit2")),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        first_calls=calls,
        notes=NOTES,
    )


if __name__ == "__main__":
    command("entropy", benchmark, rounds=5, about=__doc__)
