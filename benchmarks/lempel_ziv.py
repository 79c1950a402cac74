"""Speed of the parsings: `python -m benchmarks.lempel_ziv [--rounds N] [--out FOLDER]`.

Peers are raced if they are installed (`benchmarks/requirements-peers.txt`). A peer of the same
definition must give the same count before anything is timed.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.harness import Bar, Contender, Race, first_call, race, time_snippet
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity.lempel_ziv import Lz76, Lz78, lz76, lz78
from complexity.provenance import commit

PEERS = ("antropy", "neurokit2", "lempel_ziv_complexity")
LARGE = 10**6


def peer(name: str) -> Any:
    """The module of a peer, None if it is not installed."""
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def coins(n: int) -> NDArray[np.uint8]:
    return np.random.default_rng(n).integers(0, 2, n, dtype=np.uint8)


def fibonacci(n: int) -> NDArray[np.uint8]:
    """The first n symbols of the Fibonacci word."""
    old, new = "0", "01"
    while len(new) < n:
        old, new = new, new + old
    return np.frombuffer(new[:n].encode(), np.uint8) - ord("0")


def de_bruijn() -> NDArray[np.uint8]:
    """The first 10**6 symbols of a de Bruijn word of order 20: the register x**20 + x**3 + 1."""
    register = bytearray([0] * 19 + [1])
    for k in range(LARGE - 21):
        register.append(register[k] ^ register[k + 3])
    return np.frombuffer(b"\0" + bytes(register), np.uint8)


def counting(
    name: str, count: Callable[[Any], int], x: Any, *, times: int = 1, expected: int | None = None
) -> Contender:
    """Count the phrases of `x`, `times` times over."""
    found: list[int] = []

    def run() -> None:
        for _ in range(times):
            found[:] = [int(count(x))]

    verify = None if expected is None else lambda: found == [expected]
    return Contender(name, run, times * len(x), "symbols", verify=verify)


def lz76_race(n: int, bar: float, rounds: int) -> Race:
    """Random bits against the peers of the same definition."""
    x = coins(n)
    phrases = lz76(x)
    contenders = [counting("lz76", lz76, x, times=max(1, 10**6 // n))]
    bars = []
    if (antropy := peer("antropy")) is not None:
        count = partial(antropy.lziv_complexity, normalize=False)
        contenders.append(counting("antropy", count, x, expected=phrases))
        bars.append(Bar("lz76", "antropy", bar))
    if n <= 1000 and (neurokit := peer("neurokit2")) is not None:
        count = partial(_neurokit_lz76, neurokit)
        contenders.append(counting("neurokit2", count, x, expected=phrases))
    title = f"LZ76, {n} random bits"
    return race(title, contenders, baseline="lz76", rounds=rounds, bars=bars)


def _neurokit_lz76(neurokit: Any, x: NDArray[np.uint8]) -> int:
    return neurokit.complexity_lempelziv(x, permutation=False)[1]["Complexity_Kolmogorov"]


def growth_race(rounds: int) -> Race:
    """A million symbols of several kinds against a tenth of it."""
    large, small = f"random bits, n={LARGE}", f"random bits, n={LARGE // 10}"
    structured = {
        "zeros": np.zeros(LARGE, np.uint8),
        "Fibonacci word": fibonacci(LARGE),
        "de Bruijn word": de_bruijn(),
    }
    octets = np.random.default_rng(1).integers(0, 256, LARGE, dtype=np.uint8)
    contenders = [
        counting(large, lz76, coins(LARGE)),
        counting(small, lz76, coins(LARGE // 10), times=10),
        *(counting(name, lz76, x) for name, x in structured.items()),
        counting("random bytes", lz76, octets),
    ]
    # near-linear: ten times the symbols in at most fifty times the time, whatever their structure
    bars = [Bar(name, small, 0.2) for name in (large, *structured)]
    title = "LZ76, growth and structure"
    return race(title, contenders, baseline=large, rounds=rounds, bars=bars)


def lz78_race(rounds: int) -> Race:
    """A million random bits against the peer that counts these words."""
    text = "".join(map(str, coins(LARGE).tolist()))
    contenders, bars = [counting("lz78", lz78, text, times=10)], []
    if (naereen := peer("lempel_ziv_complexity")) is not None:
        count = naereen.lempel_ziv_complexity
        # it leaves an incomplete last word out, so it may count one less
        words = int(count(text))
        if lz78(text) - words not in (0, 1):
            raise RuntimeError(f"lz78 gives {lz78(text)} words, lempel_ziv_complexity {words}")
        contenders.append(counting("lempel_ziv_complexity", count, text))
        bars.append(Bar("lz78", "lempel_ziv_complexity", 20))
    title = f"LZ78, {LARGE} random bits"
    return race(title, contenders, baseline="lz78", rounds=rounds, bars=bars)


def codec_race(rounds: int) -> Race:
    """The codecs on a million bytes of a skewed random source, zlib beside them."""
    rng = np.random.default_rng(2)
    x = np.minimum(rng.geometric(0.1, LARGE), 255).astype(np.uint8).tobytes()

    def contenders(name: str, encode: Callable, decode: Callable) -> list[Contender]:
        blob = encode(x)
        note = f"{8 * len(blob) / len(x):.3f} bits a byte"
        return [
            Contender(f"{name} encodes", lambda: encode(x), LARGE, "bytes", note),
            Contender(
                f"{name} decodes",
                lambda: decode(blob),
                LARGE,
                "bytes",
                verify=lambda: decode(blob) == x,
            ),
        ]

    entries = [
        *contenders("lz76", Lz76().encode, Lz76().decode),
        *contenders("lz78", Lz78().encode, Lz78().decode),
        *contenders("zlib-9", lambda data: zlib.compress(data, 9), zlib.decompress),
    ]
    return race("codecs", entries, baseline="zlib-9 encodes", rounds=rounds)


_SETUP = """
import numpy as np
from complexity.lempel_ziv import Lz76, Lz78, lz76, lz78
x = np.random.default_rng(0).integers(0, 2, 1000, dtype=np.uint8)
"""
_CALLS = {"lz76": "lz76(x)", "lz78": "lz78(x)"}
_ALL = """
y = np.random.default_rng(0).integers(0, 256, 1000, dtype=np.uint8).tobytes()
lz76(x), lz78(x), lz76(y), lz78(y), lz76(x.tobytes()), lz78(x.tobytes())
for codec in (Lz76(), Lz78()):
    codec.decode(codec.encode(y)), codec.decode(codec.encode(x.tobytes()))
"""

NOTES = (
    "All of a call is timed, the conversion of its input included. Peers of the same definition "
    "(antropy, neurokit2) gave the same counts before anything was timed; lempel_ziv_complexity "
    "counts the words of LZ78, without an incomplete last one.",
)


def benchmark(rounds: int) -> Report:
    """Verify, race and measure everything."""
    began = time.perf_counter()
    time_snippet(_SETUP, _ALL, cache=None)  # compile in another process
    races = (
        lz76_race(1000, 5, rounds),
        lz76_race(10**4, 50, rounds),
        lz76_race(10**5, 200, min(rounds, 3)),
        growth_race(rounds),
        lz78_race(rounds),
        codec_race(rounds),
    )
    calls = tuple(first_call(name, _SETUP, call, repeats=2) for name, call in _CALLS.items())
    return Report(
        title="Lempel-Ziv parsings",
        command=f"python -m benchmarks.lempel_ziv --rounds {rounds}",
        machine=machine(("numpy", "numba", *PEERS)),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        first_calls=calls,
        notes=NOTES,
    )


if __name__ == "__main__":
    command("lempel_ziv", benchmark, rounds=5, about=__doc__)
