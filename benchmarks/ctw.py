"""Speed and memory of context-tree weighting: `python -m benchmarks.ctw [--rounds N]`.

Before anything is timed, the code and the textbook peer must agree on the codelength, and what was
encoded must come back. The text is alice29.txt where the folder COMPLEXODYNAMICS_DATA (or
`--data`) has the Canterbury corpus, else words drawn by Zipf's law.
"""

from __future__ import annotations

import math
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.ctw_peers import textbook
from benchmarks.harness import Bar, Contender, FirstCall, Race, first_call, race, time_snippet
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity import ContextTree
from complexity.context import Ctw, CtwBits
from complexity.provenance import commit

DEPTH = 24
OURS, ENCODE, DECODE, TEXTBOOK = "codelength", "encode", "decode", "textbook, Numba"
TEXT_BAR, RANDOM_BAR = 1.0, 0.5  # Mbit of input per CPU second, at depth 24


def words(size: int = 150_000, vocabulary: int = 3000, seed: int = 0) -> bytes:
    """Return `size` bytes of words drawn by Zipf's law."""
    rng = np.random.default_rng(seed)
    letters = np.frombuffer(b"eeeettaoinshrdlucmfwypvbgkj", np.uint8)
    drawn = [rng.choice(letters, rng.integers(1, 10)).tobytes() for _ in range(vocabulary)]
    weights = 1 / np.arange(1, vocabulary + 1)
    order = rng.choice(vocabulary, size, p=weights / weights.sum())
    return b" ".join(drawn[i] for i in order)[:size]


def text(data: str | None) -> tuple[str, bytes]:
    """Return the name and the bytes of the text."""
    path = Path(data or ".") / "canterbury" / "alice29.txt"
    if data and path.exists():
        return "alice29.txt", path.read_bytes()
    return "words by Zipf's law", words()


def contenders(bits: NDArray[np.uint8], depth: int) -> list[Contender]:
    """Return what is timed on a bit string, the code verified."""
    code, note = CtwBits(depth), f"depth {depth}"
    blob, length = code.encode(bits), code.bits(bits)
    header = 8 * math.ceil(max(bits.size.bit_length(), 1) / 7)

    def comes_back() -> bool:
        return np.array_equal(code.decode(blob), bits)

    def close() -> bool:
        return 0 <= 8 * len(blob) - length <= code.overhead

    return [
        Contender(OURS, lambda: code.bits(bits), bits.size, "bits", note),
        Contender(ENCODE, lambda: code.encode(bits), bits.size, "bits", note, verify=close),
        Contender(DECODE, lambda: code.decode(blob), bits.size, "bits", note, verify=comes_back),
        Contender(
            TEXTBOOK,
            lambda: textbook(bits, depth),
            bits.size,
            "bits",
            "a node a level, logarithms, codelength only",
            verify=lambda: math.isclose(textbook(bits, depth), length - header, rel_tol=1e-9),
        ),
    ]


def bits_race(title: str, bits: NDArray[np.uint8], rounds: int) -> Race:
    """Race code and peer on a bit string."""
    bars = [Bar(OURS, TEXTBOOK, 2), Bar(ENCODE, OURS, 0.7), Bar(DECODE, OURS, 0.7)]
    return race(title, contenders(bits, DEPTH), baseline=TEXTBOOK, rounds=rounds, bars=bars)


def bytes_race(title: str, data: bytes, rounds: int) -> Race:
    """Race the depths of the code of bytes."""
    depths = [16, 24, 32, 48, 64]
    entries = []
    for depth in depths:
        code = Ctw(depth)
        share = code.bits(data) / len(data)
        note = f"{share:.4f} bits per byte"
        name = f"ctw:depth={depth}"
        entries.append(
            Contender(name, lambda code=code: code.bits(data), 8 * len(data), "bits", note)
        )
    return race(title, entries, baseline="ctw:depth=24", rounds=rounds)


def verdict(title: str, timed: Race, bar: float) -> str:
    """Return a sentence on the slowest of codelength, encode and decode against a rate."""
    slowest = min(timed.timing(name).rate for name in (OURS, ENCODE, DECODE)) / 1e6
    judged = "pass" if slowest >= bar else "FAIL"
    return f"{title}: {slowest:.2f} Mbit/s for the slowest of the three (>= {bar} wanted: {judged})"


def memory(title: str, bits: NDArray[np.uint8]) -> str:
    """Return a sentence on the nodes that a string leaves."""
    parts = []
    for depth in (16, 24, 32, 48, 64):
        tree = ContextTree(depth)
        tree.extend(bits)
        parts.append(f"{8 * tree.nbytes / bits.size:.0f} at depth {depth}")
    return f"{title}: {', '.join(parts)} bytes of nodes per input byte"


_SETUP = """
import numpy as np
from complexity.context import CtwBits
code, bits = CtwBits(24), np.zeros(1000, np.uint8)
"""


def first_calls(repeats: int = 3) -> tuple[FirstCall, ...]:
    """Measure the first codelength in fresh processes."""
    return (
        first_call(
            OURS, _SETUP, "code.bits(bits)", repeats=repeats, cold_at_most=6.0, warm_at_most=0.3
        ),
    )


def benchmark(rounds: int, data: str | None) -> Report:
    """Verify, race and measure everything."""
    began = time.perf_counter()
    time_snippet(_SETUP, "code.decode(code.encode(bits)); code.bits(bits)", cache=None)
    name, octets = text(data)
    letters = np.unpackbits(np.frombuffer(octets, np.uint8))
    random = np.random.default_rng(0).integers(0, 2, 10**6).astype(np.uint8)
    by_text = bits_race(f"bits of {name}, depth {DEPTH}", letters, rounds)
    by_random = bits_race(f"random bits, depth {DEPTH}", random, rounds)
    notes = (
        "Everything was verified first: the peer gives the same codelength to 1e-9, what was "
        "encoded decodes, and is at most 10 bits longer than its codelength.",
        f"{verdict('Text', by_text, TEXT_BAR)}; {verdict('random', by_random, RANDOM_BAR)}.",
        f"{memory(name, letters)}. {memory('Random bits', random)}. A node takes 32 bytes; the "
        "arena grows by doubling.",
    )
    races = (by_text, by_random, bytes_race(f"bytes of {name}", octets, rounds))
    calls = first_calls()
    return Report(
        title="Context-tree weighting",
        command=f"python -m benchmarks.ctw --rounds {rounds}",
        machine=machine(),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=races,
        first_calls=calls,
        notes=notes,
    )


if __name__ == "__main__":
    command("ctw", benchmark, rounds=5, about=__doc__, data="canterbury/alice29.txt")
