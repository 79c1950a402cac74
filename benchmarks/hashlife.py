"""Speed of HashLife: `python -m benchmarks.hashlife [--rounds N] [--out FOLDER]`.

Every run starts with nothing remembered, and all must count the same live cells at its end. One
thread; a peer that is not installed is left out (requirements-automata.txt).
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import automata_peers as peers
from benchmarks.automata import clock
from benchmarks.harness import Contender, Race, first_call, race
from benchmarks.machine import machine
from benchmarks.report import Report, command
from complexity.provenance import commit
from simulations.automata import formats
from simulations.automata.formats import Pattern
from simulations.automata.hashlife import HashLife
from simulations.automata.life import LifeLike

OURS, PACKED, LIFELIB, GOLLY = "ours", "ours, LifeLike open", "lifelib", "Golly HashLife"

GUN = """x = 36, y = 9, rule = B3/S23
24bo$22bobo$12b2o6b2o12b2o$11bo3bo4b2o12b2o$2o8bo5bo3b2o$2o8bo3bob2o4b
obo$10bo5bo7bo$11bo3bo$12b2o!
"""
ACORN = "x = 7, y = 3, rule = B3/S23\nbo$3bo$2o2b3o!\n"


@dataclass(frozen=True)
class Task:
    """A pattern to run.

    Attributes:
        title: of the race.
        pattern: at time 0.
        generations: how far.
        repeats: runs of ours and lifelib's in a call, so that a call can be timed.
        dense: whether the packed engine takes part.
    """

    title: str
    pattern: Pattern
    generations: int
    repeats: int
    dense: bool = False


def tasks() -> tuple[Task, ...]:
    gun, acorn = (formats.decode(text.encode()) for text in (GUN, ACORN))
    soup = Pattern(np.random.default_rng(512).integers(0, 2, (512, 512), np.uint8))
    return (
        Task("Gosper's gun, 2^43 generations", gun, 1 << 43, 20),
        Task("Acorn, 5206 generations", acorn, 5206, 2, True),
        Task("Soup of 512 by 512 on the plane, 512 generations", soup, 512, 1, True),
    )


def contender(name: str, task: Task, once: Callable[[], int], repeats: int, note: str) -> Contender:
    """What runs a task from nothing and gives the live cells at its end."""
    expected = HashLife().run(task.pattern, task.generations).population

    def run() -> None:
        for _ in range(repeats):
            once()

    def verify() -> bool:
        return once() == expected

    return Contender(name, run, task.generations * repeats, "generations", note, verify=verify)


def ours(task: Task) -> Contender:
    def once() -> int:
        return HashLife().run(task.pattern, task.generations).population

    return contender(OURS, task, once, task.repeats, "`HashLife().run`, and the population")


def packed(task: Task) -> Contender:
    automaton = LifeLike("B3/S23", boundary="open")

    def once() -> int:
        system = automaton.system(task.pattern.cells)
        system.advance(task.generations)
        return int(system.snapshot()["cells0"].sum())

    return contender(PACKED, task, once, 1, "every cell of the box, every generation")


def lifelib(task: Task) -> Contender:
    import lifelib  # pyright: ignore[reportMissingImports]

    session = lifelib.load_rules("b3s23")
    text = formats.encode(task.pattern, "rle").decode()

    def once() -> int:
        tree = session.lifetree(memory=1000)
        return int(tree.pattern(text).advance(task.generations).population)

    note = f"{peers.version('python-lifelib')}, a new tree of at most 1000 MB, and the population"
    return contender(LIFELIB, task, once, task.repeats, note)


def golly(task: Task, program: str, folder: Path) -> Contender:
    path = folder / f"{task.generations}.rle"
    formats.write(path, task.pattern)
    steps = str(task.generations)

    def once() -> int:
        # its steps are of less than 2^31, or double
        stride = ["-i", steps] if task.generations < 1 << 31 else ["-2"]
        arguments = [program, "-a", "HashLife", "-m", steps, *stride, str(path)]
        said = subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
        counts = re.findall(r"^[\d,]+: ([\d,]+)$", said, re.MULTILINE)
        return int(counts[-1].replace(",", ""))

    note = f"bgolly {peers.bgolly_version(program)}, a process for each run, which reads the file"
    return contender(GOLLY, task, once, 1, note)


def hashlife_race(task: Task, folder: Path, rounds: int) -> Race:
    """Race whatever can run a task."""
    contenders = [ours(task)]
    program = peers.bgolly()
    if task.dense:
        contenders.append(packed(task))
    if peers.version("python-lifelib"):
        contenders.append(lifelib(task))
    if program:
        contenders.append(golly(task, program, folder))
    return race(task.title, contenders, baseline=OURS, rounds=rounds, clock=clock)


_SETUP = "from simulations.automata.hashlife import HashLife"
_CALL = "HashLife().run([[0, 1, 0], [0, 0, 1], [1, 1, 1]], 10**12)"

NOTES = (
    "Each contender's rate is given as a multiple of ours; above 1 it is faster. lifelib and Golly "
    "are C++, and lifelib is compiled for Life alone, where ours takes any rule without B0. "
    "lifelib wins. Golly is a process for each run: of the gun's time most is its start.",
    "LifeLike on the open plane is the packed engine: on a soup, which has nothing to share, it is "
    "the one to take.",
)


def benchmark(rounds: int) -> Report:
    """Verify and race everything.

    Raises:
        RuntimeError: a contender counts other cells.
    """
    began = time.perf_counter()
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        races = [hashlife_race(task, Path(folder), rounds) for task in tasks()]
    calls = (first_call("HashLife, a glider for 10^12 generations", _SETUP, _CALL, repeats=2),)
    return Report(
        title="HashLife",
        command=f"python -m benchmarks.hashlife --rounds {rounds}",
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
    command("hashlife", benchmark, rounds=5, about=__doc__)
