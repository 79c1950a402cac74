"""Playing programs in chunks: on any executor, kept as they finish, the same for any of them."""

from __future__ import annotations

import copy
import hashlib
import os
import pickle
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import (
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.code import DecodeError
from complexity.envelope import pack, unpack
from complexity.errors import integer
from complexity.files import write_atomically
from complexity.progress import progress as progress_bar
from simulations.agents.agent import Agent
from simulations.agents.reference_machine import _kernels as kernels
from simulations.agents.reference_machine.episodes import Rule, compiled, mean_rewards
from simulations.agents.reference_machine.program import Program
from simulations.agents.reference_machine.sampling import ProgramSample
from simulations.ledger import digest, naming
from simulations.program import program_text, source_digest
from simulations.run_folder import pack_arrays, unpack_arrays
from simulations.sweeping.processes import LOST_PROCESS
from simulations.system import random_words

__all__ = ["Entrant", "InterruptedTest", "Trial", "workforce"]

_COMPILED, _PYTHON = 1_000_000, 20_000
"""Interactions of a chunk of programs."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class InterruptedTest(KeyboardInterrupt):
    """A test stopped by Ctrl-C; `folder` holds the chunks that had finished, None for nothing."""

    def __init__(self, done: int, planned: int, folder: Path | None) -> None:
        kept = f"kept in {folder}; the same call goes on" if folder else "nothing was saved"
        super().__init__(f"interrupted after {done} of {planned} chunks of programs; {kept}")
        self.folder = folder


@dataclass(frozen=True)
class Entrant:
    """An agent that takes the test.

    Attributes:
        name: what it is called.
        agent: it is played in a copy, and stays as it is.
    """

    name: str
    agent: Agent

    @cached_property
    def player(self) -> Agent | Rule:
        """The compiled form, or the agent itself."""
        return compiled(self.agent) or self.agent

    @cached_property
    def identity(self) -> str:
        """What its results depend on, as a digest.

        Raises:
            TypeError: the agent cannot be pickled.
        """
        if isinstance(self.player, Rule):
            source = Path(kernels.__file__).read_bytes()
            return digest(
                {
                    "kind": self.player.kind,
                    "parameters": self.player.parameters,
                    "source": hashlib.sha256(source).hexdigest(),
                }
            )
        blob = hashlib.sha256(self.pickled()).hexdigest()
        # a pickle but names the functions in it
        told = {"state": blob, "value": program_text(self.agent)}
        return digest({**told, "source": source_digest(type(self.agent))})

    def pickled(self) -> bytes:
        """The agent as bytes.

        Raises:
            TypeError: it cannot be pickled.
        """
        try:
            return pickle.dumps(self.agent)
        except Exception as error:  # whatever an agent's parts may raise
            raise TypeError(
                f"agent: {self.name} cannot be pickled ({error}), which other processes and `out` "
                "need; give workers=1 and no out, or define it at the top of a module"
            ) from None


@dataclass(frozen=True)
class Chunk:
    """Some programs for one agent, ready to be sent anywhere."""

    player: Agent | Rule
    texts: tuple[str, ...]
    seeds: npt.NDArray[np.uint64]
    words: npt.NDArray[np.uint64]
    cycles: int
    symbols: int
    cells: int

    def play(self) -> Floats:
        """(programs, 2) mean rewards, NaN where over time."""
        player = self.player if isinstance(self.player, Rule) else copy.deepcopy(self.player)
        return mean_rewards(
            player,
            [Program(text) for text in self.texts],
            cycles=self.cycles,
            seeds=self.seeds,
            words=self.words,
            symbols=self.symbols,
            cells=self.cells,
        )

    def digest(self, identity: str) -> str:
        """What the results depend on: agent, programs, seeds, machine."""
        return digest(
            {
                "agent": identity,
                "programs": self.texts,
                "seeds": self.seeds.tolist(),
                "words": self.words.tolist(),
                "machine": [self.cycles, self.symbols, self.cells],
            }
        )


@dataclass(frozen=True)
class Trial:
    """The conditions of a test, alike for all who take it.

    Attributes:
        pool: programs that may be played.
        interactions: cycles of an episode.
        seed: of agents and machines.
        folder: where finished chunks are kept; None for nowhere.
    """

    pool: ProgramSample
    interactions: int
    seed: int
    folder: Path | None = None

    def play(
        self,
        entrants: Sequence[Entrant],
        programs: Ints,
        executor: Executor | None,
        *,
        progress: bool,
    ) -> Floats:
        """Let everyone play some programs of the pool.

        Args:
            entrants: who plays.
            programs: (m,) indices in the pool.
            executor: where; None for here.
            progress: show a bar.

        Returns:
            (m, entrants, 2) mean rewards for both signs, NaN where over time.

        Raises:
            InterruptedTest: Ctrl-C.
            BrokenEpisodeError: an agent failed; chunks that had finished are kept.
        """
        results = np.empty((len(programs), len(entrants), 2))
        jobs = [
            (entrant, who, part)
            for who, entrant in enumerate(entrants)
            for part in self._parts(entrant, len(programs))
        ]
        done = 0
        try:
            with progress_bar("playing programs", len(jobs), show=progress) as tick:
                for job, values in self._played(jobs, programs, executor):
                    _, who, part = jobs[job]
                    results[part, who] = values
                    done += 1
                    tick()
        except KeyboardInterrupt:
            raise InterruptedTest(done, len(jobs), self.folder) from None
        return results

    def _parts(self, entrant: Entrant, count: int) -> list[slice]:
        size = _COMPILED if isinstance(entrant.player, Rule) else _PYTHON
        step = max(1, size // (2 * self.interactions))
        return [slice(first, min(first + step, count)) for first in range(0, count, step)]

    def _played(
        self, jobs: Sequence[tuple[Entrant, int, slice]], programs: Ints, executor: Executor | None
    ) -> Iterator[tuple[int, Floats]]:
        """Job numbers with their results, as they come; each is kept before it is given out."""
        waiting: list[tuple[int, Chunk, Path | None]] = []
        for job, (entrant, _, part) in enumerate(jobs):
            chunk = self._chunk(entrant, programs[part])
            path = self._path(entrant, chunk)
            found = _read(path, len(chunk.texts))
            if found is None:
                waiting.append((job, chunk, path))
            else:
                yield job, found
        if executor is None:
            for job, chunk, path in waiting:
                yield job, _keep(path, chunk.play())
            return
        futures: dict[Future[Floats], tuple[int, Path | None]] = {
            executor.submit(Chunk.play, chunk): (job, path) for job, chunk, path in waiting
        }
        try:
            for future in as_completed(futures):
                job, path = futures[future]
                yield job, _keep(path, future.result())
        finally:
            for future in futures:
                future.cancel()

    @cached_property
    def _seeds(self) -> npt.NDArray[np.uint64]:
        """(pool, 2): of the agents; a program's do not depend on the size of the pool."""
        return random_words(self.seed, (2,), 2 * len(self.pool)).reshape(-1, 2)

    @cached_property
    def _words(self) -> npt.NDArray[np.uint64]:
        """(pool, 2, 4): states of the machines' generators, likewise."""
        return random_words(self.seed, (3,), 8 * len(self.pool)).reshape(-1, 2, 4)

    def _chunk(self, entrant: Entrant, programs: Ints) -> Chunk:
        return Chunk(
            entrant.player,
            tuple(self.pool.programs[i].text for i in programs),
            self._seeds[programs],
            self._words[programs],
            self.interactions,
            self.pool.symbols,
            self.pool.cells,
        )

    def _path(self, entrant: Entrant, chunk: Chunk) -> Path | None:
        if self.folder is None:
            return None
        return self.folder / f"{chunk.digest(entrant.identity)[:32]}.cxd"


def _read(path: Path | None, count: int) -> Floats | None:
    """A finished chunk; None if it is not there, or damaged: then it is played again."""
    if path is None or not path.exists():
        return None
    try:
        _, payload = unpack(path.read_bytes(), kind="aiq")
        values = unpack_arrays(payload, path)["rewards"]
    except (DecodeError, ValueError, KeyError):
        return None
    return values if values.shape == (count, 2) else None


def _keep(path: Path | None, values: Floats) -> Floats:
    if path is not None:
        with naming(path):
            write_atomically(path, pack(pack_arrays({"rewards": values}), kind="aiq"))
    return values


@contextmanager
def workforce(
    entrants: Sequence[Entrant], workers: int | None, executor: Executor | None
) -> Iterator[Executor | None]:
    """Who plays: the given executor, threads for kernels, processes for agents in Python.

    Args:
        entrants: who takes the test.
        workers: how many; None for one a core. One works in this process, and so do agents that
            cannot be pickled unless `workers` says otherwise.
        executor: any; then `workers` must be None.

    Raises:
        TypeError: an agent has to be sent away and cannot be pickled; no integer.
        ValueError: both arguments are given, or workers below 1.
    """
    if executor is not None and workers is not None:
        raise ValueError("workers: got it beside an executor, which has its own; give one of them")
    number = (os.cpu_count() or 1) if workers is None else integer("workers", workers, 1)
    in_python = [each for each in entrants if not isinstance(each.player, Rule)]
    if executor is not None or (workers or 0) > 1:
        for each in in_python:
            each.pickled()
    pool: Any = nullcontext(executor)
    if executor is None and number > 1:
        if not in_python:
            pool = ThreadPoolExecutor(number)
        elif workers is not None or all(_picklable(each) for each in in_python):
            pool = ProcessPoolExecutor(
                number, mp_context=get_context("spawn"), initializer=_end_with_ctrl_c
            )
    try:
        with pool as hands:
            yield hands
    except BrokenProcessPool as error:
        raise RuntimeError(f"workers: {LOST_PROCESS}") from error


def _picklable(entrant: Entrant) -> bool:
    try:
        entrant.pickled()
    except TypeError:
        return False
    return True


def _end_with_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
