"""Speed of the automata: `python -m benchmarks.automata [--rounds N] [--out FOLDER]`.

Before anything is timed, the kernel, the C reference, NumPy and the peers on a torus must give the
same cells. One thread; a peer that is not installed is left out (requirements-automata.txt).
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks import automata_peers as peers
from benchmarks.harness import Bar, Contender, FirstCall, Race, first_call, race, time_snippet
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity.provenance import commit
from simulations.automata import life
from simulations.automata._packed import pack, unpack
from simulations.automata.life import LifeLike

OURS, BYTES, RUNTIME, C = "ours", "ours, bytes in and out", "ours, rule at run time", "C (AVX2)"
NUMPY, SUMS = "NumPy roll", "NumPy, sums of three"
SEAGULL, LIFELIB, GOLLY = "pyseagull", "lifelib", "Golly QuickLife"

AT_LEAST = {C: 0.8, NUMPY: 100.0, SEAGULL: 2000.0, LIFELIB: 20.0, GOLLY: 20.0}
"""Peer -> what our rate is to be, as a multiple of its."""

TILES = {512: 512, 4096: 256, 16384: 256}
"""Side -> columns of a strip of the C reference, the best of 64, 128, 256 and 512."""


def clock() -> tuple[float, float]:
    """CPU seconds of this process and of the programs it has run, and wall seconds."""
    ran = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ran.ru_utime + ran.ru_stime, time.perf_counter()


def soup(n: int) -> NDArray[np.uint8]:
    """A random state (n, n), half of its cells alive."""
    return np.random.default_rng(n).integers(0, 2, (n, n), np.uint8)


def ours(n: int, steps: int) -> Contender:
    """The engine on packed cells, which is what C is given."""
    automaton, words = LifeLike("B3/S23"), [pack(soup(n))[np.newaxis]]

    def run() -> None:
        words[0] = automaton._evolved_words(words[0], n, steps)

    note = f"words in and out, {steps} generations a call"
    return Contender(OURS, run, n * n * steps, "cells", note)


def with_bytes(n: int, steps: int) -> Contender:
    """The front door, which checks, packs and unpacks."""
    cells, automaton = soup(n), LifeLike("B3/S23")

    def run() -> None:
        automaton.run(cells, steps)

    note = f"`LifeLike.run`, {steps} generations a call"
    return Contender(BYTES, run, n * n * steps, "cells", note)


def runtime_rule(n: int, steps: int) -> Contender:
    """The kernel that any rule starts with, before one of its own is compiled."""
    cells, automaton = soup(n), LifeLike("B3/S23")

    def run() -> None:
        kept, life._WORTH_COMPILING = life._WORTH_COMPILING, 1 << 62
        automaton.run(cells, steps)
        life._WORTH_COMPILING = kept

    return Contender(RUNTIME, run, n * n * steps, "cells", "a rule never seen before")


def c_reference(library, n: int, steps: int) -> Contender:
    words = pack(soup(n))

    def run() -> None:
        library.life_torus(words, n // 64, n, TILES[n], steps)

    return Contender(C, run, n * n * steps, "cells", "words in and out, gcc -O3 -march=native")


def numpy(name: str, n: int, steps: int) -> Contender:
    state, step = [soup(n)], peers.numpy_rolls if name == NUMPY else peers.numpy_step

    def run() -> None:
        for _ in range(steps):
            state[0] = step(state[0])

    return Contender(name, run, n * n * steps, "cells", "uint8")


def seagull(n: int, steps: int) -> Contender:
    from seagull.rules import conway_classic  # pyright: ignore[reportMissingImports]

    state = [soup(n).astype(bool)]

    def run() -> None:
        for _ in range(steps):
            state[0] = conway_classic(state[0])

    note = f"{peers.version('pyseagull')}, its rule alone: its Simulator fails with NumPy 2"
    return Contender(SEAGULL, run, n * n * steps, "cells", note)


def lifelib(n: int, steps: int) -> Contender:
    import lifelib  # pyright: ignore[reportMissingImports]

    session = lifelib.load_rules("b3s23")
    state = soup(n)

    def run() -> None:
        tree = session.lifetree(memory=2000)
        pattern = tree.pattern("")
        pattern[0:n, 0:n] = state
        if pattern.advance(steps).population <= 0:
            raise RuntimeError("lifelib lost the pattern")

    note = (
        f"{peers.version('python-lifelib')}, on the plane: HashLife of a soup, {steps} generations"
    )
    return Contender(LIFELIB, run, n * n * steps, "cells", note)


def golly(program: str, folder: Path, n: int, steps: int) -> Contender:
    pattern = folder / f"soup{n}.rle"
    peers.write_rle(soup(n), f"B3/S23:T{n}", pattern)

    def run() -> None:
        peers.run_bgolly(program, pattern, steps)

    note = f"bgolly {peers.bgolly_version(program)}, {steps} generations and reading the soup"
    return Contender(GOLLY, run, n * n * steps, "cells", note)


def same_cells(library, n: int = 512, steps: int = 100) -> bool:
    """Say whether both kernels, the C reference and NumPy give the same cells."""
    plain = soup(n)
    for _ in range(steps):
        plain = peers.numpy_step(plain)
    words = pack(soup(n))
    library.life_torus(words, n // 64, n, 128, steps)
    results = [unpack(words, n)]
    kept = life._WORTH_COMPILING
    for life._WORTH_COMPILING in (0, 1 << 62):
        results.append(LifeLike("B3/S23").run(soup(n), steps))
    life._WORTH_COMPILING = kept
    return all(np.array_equal(plain, result) for result in results)


STEPS = {512: 1 << 14, 4096: 512, 16384: 64}
"""Side -> generations of a call of ours and of C."""

SLOW_STEPS = {512: (256, 16, 512, 128), 4096: (4, 1, 64, 32)}
"""Side -> generations of NumPy, pyseagull, lifelib, Golly."""


def life_race(library, folder: Path, n: int, rounds: int) -> Race:
    """Race everything that can run Life on a torus of random cells."""
    contenders = [
        ours(n, STEPS[n]),
        with_bytes(n, STEPS[n]),
        runtime_rule(n, STEPS[n] // 4),
        c_reference(library, n, STEPS[n]),
    ]
    program, slow = peers.bgolly(), SLOW_STEPS[n]
    contenders += [numpy(NUMPY, n, slow[0]), numpy(SUMS, n, slow[0])]
    if peers.version("pyseagull"):
        contenders.append(seagull(n, slow[1]))
    if peers.version("python-lifelib"):
        contenders.append(lifelib(n, slow[2]))
    if program:
        contenders.append(golly(program, folder, n, slow[3]))
    bars = [Bar(OURS, c.name, AT_LEAST[c.name]) for c in contenders if c.name in AT_LEAST]
    title = f"Life, {n} by {n} torus"
    return race(title, contenders, baseline=OURS, rounds=rounds, bars=bars, clock=clock)


def size_race(library, rounds: int) -> Race:
    """Race our engine against itself at a size that no cache holds."""
    large, c = ours(16384, STEPS[16384]), c_reference(library, 16384, STEPS[16384])
    contenders = [
        ours(512, STEPS[512]),
        replace(large, name="ours, 16384"),
        replace(with_bytes(16384, STEPS[16384]), name="ours, 16384, bytes in and out"),
        replace(c, name="C, 16384"),
    ]
    bars = [Bar("ours, 16384", OURS, 0.6)]
    return race("Life, 512 and 16384", contenders, baseline=OURS, rounds=rounds, bars=bars)


_SETUP = """
import numpy as np
from simulations.automata.life import LifeLike
state = np.random.default_rng(0).integers(0, 2, (512, 512), np.uint8)
automaton = LifeLike("B3/S23")
"""

_COMPILED = "automaton.run(state, 1 << 17)"
"""Long enough for the rule to get a kernel of its own."""


def first_calls(repeats: int = 3) -> tuple[FirstCall, ...]:
    """Measure the first run of a rule in fresh processes."""
    return (
        first_call("Life, 1000 generations", _SETUP, "automaton.run(state, 1000)",
                   repeats=repeats, cold_at_most=2.0, warm_at_most=0.6),
    )  # fmt: skip


NOTES = (
    "Random soup, half of the cells alive. Both kernels, the C reference and NumPy gave the same "
    "cells before anything was timed. Ours and C are given packed cells; at the front door "
    "checking, packing and unpacking the caller's bytes come to it, once a call. "
    "lifelib and Golly are made for sparse and repetitive patterns, where they win by any factor; "
    "here is dense chaos.",
    "The physical limit: a generation of 256 cells is 19 vector operations of 256 bits and, four "
    "rows at a time, 2.5 more; a core that does 4 of them in a cycle needs 5.4 cycles, 48 cells a "
    "cycle. Memory is no limit: 16 generations in cache read and write 1/4 byte a cell.",
)


def benchmark(rounds: int) -> Report:
    """Verify, race and measure everything.

    Raises:
        RuntimeError: gcc is missing, or a contender computes something else.
    """
    began = time.perf_counter()
    os.environ["OMP_NUM_THREADS"] = "1"
    time_snippet(_SETUP, _COMPILED, cache=None)
    library = peers.compile_reference()
    if not same_cells(library):
        raise RuntimeError("the kernels, C and NumPy disagree")
    LifeLike("B3/S23").run(soup(512), 1 << 17)
    with tempfile.TemporaryDirectory() as folder:
        races = [life_race(library, Path(folder), n, rounds) for n in (512, 4096)]
    races.append(size_race(library, rounds))
    calls = first_calls()
    return Report(
        title="Automata",
        command=f"python -m benchmarks.automata --rounds {rounds}",
        machine=machine(),
        threads=1,
        rounds=rounds,
        seconds=round(time.perf_counter() - began, 1),
        commit=commit(),
        races=tuple(races),
        first_calls=calls,
        notes=NOTES,
    )


if __name__ == "__main__":
    command("automata", benchmark, rounds=5, about=__doc__)
