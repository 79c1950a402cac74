"""Bits and speed of histograms: `python -m benchmarks.histogram [--rounds N] [--out FOLDER]`.

The edges that each contender finds are judged by the same two codes, and by what they say of as
many other points; peers are raced if they are installed (`benchmarks/requirements-peers.txt`).
"""

from __future__ import annotations

import shutil
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
from complexity.provenance import commit
from mdl.histogram import codelength, histogram

GENUM, DP, ASTROPY, KHISTO = "ours: genum", "ours: dp", "astropy: bayesian_blocks", "khisto"
SIZES = (10**3, 10**4, 10**5)

_QUADRATIC = 10**4
"""The most points for Bayesian blocks, whose time grows with the square: minutes at 10^5."""

Values = NDArray[np.float64]


def _gaussian(rng: np.random.Generator, n: int) -> Values:
    return rng.normal(size=n)


def _bimodal(rng: np.random.Generator, n: int) -> Values:
    return np.where(rng.random(n) < 0.5, rng.normal(-3, 1, n), rng.normal(3, 0.3, n))


def _heavy(rng: np.random.Generator, n: int) -> Values:
    return rng.standard_t(1.5, n)


def _uniform(rng: np.random.Generator, n: int) -> Values:
    return rng.random(n)


def _spiky(rng: np.random.Generator, n: int) -> Values:
    """Five spikes, each a millionth wide, over a uniform floor."""
    spikes = rng.integers(0, 5, n) + 1e-6 * rng.random(n)
    return np.where(rng.random(n) < 0.5, spikes, 5 * rng.random(n))


SHAPES: dict[str, Callable[[np.random.Generator, int], Values]] = {
    "Gaussian": _gaussian,
    "bimodal": _bimodal,
    "heavy-tailed (t, 1.5)": _heavy,
    "uniform": _uniform,
    "spiky": _spiky,
}


def judged(x: Values, others: Values, edges: Values) -> str:
    """Bins, total bits by both codes, and bits of other points, all per point."""
    by_genum, by_nml = (codelength(x, edges, method=method) for method in ("genum", "dp"))
    held_out = float(by_nml.predictive_bits(others).mean())
    return (
        f"{by_nml.counts.size} bins; bits per point: enumerative "
        f"{by_genum.total_bits / x.size:.4f}, NML {by_nml.total_bits / x.size:.4f}, "
        f"held-out {held_out:.4f}"
    )


def _finding(name: str, find: Callable[[], Any], x: Values, others: Values) -> Contender:
    """Find edges; what they are worth is the note. A whole column is one unit of work."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of peers
        find()  # compiles, where there is something to compile
        began = time.perf_counter()
        edges = np.unique(np.asarray(find(), np.float64))
        note = f"{time.perf_counter() - began:.3g} s wall; {judged(x, others, edges)}"

    def run() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            find()

    return Contender(name, run, x.size, "points", note=note)


def finding_race(shape: str, n: int, rounds: int) -> Race:
    rng = np.random.default_rng(n)
    x, others = SHAPES[shape](rng, n), SHAPES[shape](rng, n)
    contenders = [
        _finding(GENUM, lambda: histogram(x).edges, x, others),
        _finding(DP, lambda: histogram(x, method="dp").edges, x, others),
    ]
    bars = []
    if (stats := peer("astropy.stats") if peer("astropy") else None) and n <= _QUADRATIC:
        find = stats.bayesian_blocks
        contenders.append(_finding(ASTROPY, lambda: find(x), x, others))
        bars.append(Bar(GENUM, ASTROPY, 1.0))
    if (khisto := peer("khisto")) is not None and shutil.which("khisto"):
        contenders.append(_finding(KHISTO, lambda: khisto.histogram(x)[1], x, others))
    return race(f"{shape}, n={n}", contenders, baseline=GENUM, rounds=rounds, bars=bars)


_SETUP = """
import numpy as np
from mdl.histogram import histogram
rng = np.random.default_rng(0)
n = 10**5
spikes = rng.integers(0, 5, n) + 1e-6 * rng.random(n)
x = np.where(rng.random(n) < 0.5, spikes, 5 * rng.random(n))
"""

NOTES = (
    "Rates are points per CPU second. The first and last edge of every contender are replaced by "
    "the ends of the range, and cuts rounded to the granules that suit them best; then both codes "
    "are those of `mdl.histogram.codelength`, and held-out bits those of as many other points by "
    "`Histogram.predictive_bits`. Our own criteria are minimised by our own searches: the held-out "
    "bits are the column that favours nobody.",
    "Bayesian blocks takes time quadratic in n and is left out at 10^5. khisto runs a program in "
    "another process, whose CPU time is not in its rate: compare its seconds of wall time, of one "
    "call.",
    "The bar for 10^5 points is 5 CPU seconds with a warm cache (first calls, below: spiky data, "
    "the slowest of the five).",
)


def benchmark(rounds: int) -> Report:
    """Judge, race and measure everything."""
    began = time.perf_counter()
    time_snippet(_SETUP, "histogram(x)", cache=None)  # compile in another process
    races = tuple(finding_race(shape, n, rounds) for n in SIZES for shape in SHAPES)
    calls = tuple(
        first_call(f"10^5 spiky points, {method}", _SETUP, f"histogram(x, method={method!r})",
                   repeats=2, cold_at_most=60.0, warm_at_most=5.0)
        for method in ("genum", "dp")
    )  # fmt: skip
    return Report(
        title="Histograms by description length",
        command=f"python -m benchmarks.histogram --rounds {rounds}",
        machine=machine(("numpy", "numba", "astropy", "khisto")),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        first_calls=calls,
        notes=NOTES,
    )


if __name__ == "__main__":
    command("histogram", benchmark, rounds=3, about=__doc__)
