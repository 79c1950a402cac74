"""Speed of the tests of randomness: `python -m benchmarks.randomness [--rounds N] [--out FOLDER]`.

The peer is nistrng (`benchmarks/requirements-peers.txt`); without it our own tests are timed alone.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Bar, Contender, Race, first_call, race, time_snippet
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity.provenance import commit
from complexity.randomness import battery, betting, linear_complexity, sum_test
from complexity.randomness.batteries import LEAST

LARGE, BLOCK, FEW = 10**6, 512, 100
PEER = "nistrng"


def coins(n: int) -> NDArray[np.uint8]:
    return np.random.default_rng(n).integers(0, 2, n, dtype=np.uint8)


def peers_registers() -> Callable[[NDArray[Any]], int] | None:
    """The peer's Berlekamp-Massey algorithm, None if it is not installed."""
    if importlib.util.find_spec(PEER) is None:
        return None
    return importlib.import_module(PEER).sp800_22r1a.LinearComplexityTest._berlekamp_massey


def register_race(rounds: int) -> Race:
    """The linear complexity of blocks of 512 bits."""
    x = coins(LARGE)
    contenders = [Contender("ours", lambda: linear_complexity(x, block=BLOCK), LARGE, "bits")]
    bars = []
    if (register := peers_registers()) is not None:
        blocks = x[: FEW * BLOCK].astype(np.int64).reshape(FEW, BLOCK)
        note = "its registers are wrong: where a polynomial is to be kept it keeps a view"
        contenders.append(
            Contender(PEER, lambda: [register(row) for row in blocks], FEW * BLOCK, "bits", note)
        )
        bars.append(Bar("ours", PEER, 20))
    title = f"linear complexity, blocks of {BLOCK} bits"
    return race(title, contenders, baseline="ours", rounds=rounds, bars=bars)


def battery_race(rounds: int) -> Race:
    """A million bits: all of it on one thread, and its parts."""
    x = coins(LARGE)

    def whole(tests: list[str] | None) -> Callable[[], object]:
        return lambda: battery(x, tests=tests, workers=1, progress=False)

    contenders = [
        Contender("battery", whole(None), LARGE, "bits"),
        Contender("SP 800-22", whole(list(LEAST)), LARGE, "bits"),
        Contender("sum test", lambda: sum_test(x), LARGE, "bits", "all codes"),
        Contender("betting", lambda: betting(x), LARGE, "bits", "context trees of depth 24"),
    ]
    return race(f"{LARGE} bits", contenders, baseline="battery", rounds=rounds)


_SETUP = """
import numpy as np
from complexity.randomness import battery
x = np.random.default_rng(0).integers(0, 2, 1000, dtype=np.uint8)
"""
_CALL = "battery(x, progress=False)"

NOTES = (
    "All of a call is timed, the check of its input included. The peer's registers are timed as "
    "they are, on the same bits as int64; their lengths are not those of Berlekamp and Massey.",
)


def benchmark(rounds: int) -> Report:
    """Race and measure everything."""
    began = time.perf_counter()
    time_snippet(_SETUP, _CALL, cache=None)  # compile in another process
    races = (register_race(rounds), battery_race(rounds))
    calls = (first_call("battery of 1000 bits", _SETUP, _CALL, repeats=2),)
    return Report(
        title="Tests of randomness",
        command=f"python -m benchmarks.randomness --rounds {rounds}",
        machine=machine(("numpy", "scipy", "numba", PEER)),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        first_calls=calls,
        notes=NOTES,
    )


if __name__ == "__main__":
    command("randomness", benchmark, rounds=3, about=__doc__)
