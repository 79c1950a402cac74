"""All programs of one size, run: what they print, which are proved never to halt, which are open.

Two machines are known. On `terms` a program is a closed term and its output the normal form; closed
terms are a prefix code. On `prefix`, Tromp's universal prefix machine, a program is a closed term M
followed by bits that M reads: it prints x if, for every z, M applied to the list of those bits that
goes on with z reduces to <x, z>. Whether it wants one more bit shows when reduction meets z, so
only programs that are read to their end are run, and both continuations of those that ask for a
bit.

References:
    J. Tromp, Binary lambda calculus and combinatory logic, 2008, sections 3 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of
from complexity.machines.counting import MAX_LISTED, codes_of
from complexity.machines.terms import Term, tokens_as_term
from complexity.progress import progress as progress_bar

__all__ = ["FUEL", "MACHINES", "ROOM", "Level", "Machine", "Program", "levels"]

Machine = Literal["terms", "prefix"]
MACHINES = ("terms", "prefix")

FUEL, ROOM = 1000, 20_000
"""Beta steps and bits within which programs are run, where nothing else is said."""

_KEPT = 26  # bits up to which levels are kept: some 10 MB for a machine


@dataclass(frozen=True)
class Program:
    """A program: a closed term, and on the prefix machine the bits that it reads.

    Attributes:
        term: the term.
        data: the bits that follow it, "" on the machine of terms.
    """

    term: Term
    data: str = ""

    @property
    def bits(self) -> str:
        """The program's bits."""
        return self.term.bits + self.data

    @property
    def size(self) -> int:
        """How many bits it has."""
        return self.term.size + len(self.data)

    def __str__(self) -> str:
        return f"{self.term} : {self.data}" if self.data else str(self.term)


@dataclass(frozen=True, eq=False)
class Level:
    """The programs of one size, in the order of their terms' sizes, then of their bits.

    Attributes:
        size: bits of each.
        codes, sizes, data, reads: (n,) the term as an integer, its bits, what follows likewise.
        records: (n, 4) int64: status (of `_kernels`), steps, bits of the output, of the largest.
        ends: (n,) int64: where each output ends in `outputs`.
        outputs: int32 tokens of all outputs.
    """

    size: int
    codes: NDArray[np.uint64]
    sizes: NDArray[np.int64]
    data: NDArray[np.uint64]
    reads: NDArray[np.int64]
    records: NDArray[np.int64]
    ends: NDArray[np.int64]
    outputs: NDArray[np.int32]

    def __len__(self) -> int:
        return self.codes.size

    def having(self, status: int) -> NDArray[np.int64]:
        """Which programs have that status."""
        return np.flatnonzero(self.records[:, 0] == status)

    def program(self, place: int) -> Program:
        """The program at `place`."""
        term = Term.parse(f"{int(self.codes[place]):0{int(self.sizes[place])}b}")
        read = int(self.reads[place])
        return Program(term, f"{int(self.data[place]):0{read}b}" if read else "")

    def output(self, place: int) -> Term:
        """What it prints; nothing that makes sense for one that does not halt."""
        return tokens_as_term(np.frombuffer(self.key(place), np.int32).tolist())

    def key(self, place: int) -> bytes:
        """Its output as bytes, alike for like outputs."""
        start = int(self.ends[place - 1]) if place else 0
        return self.outputs[start : int(self.ends[place])].tobytes()


def key_of(term: Term) -> bytes:
    """The bytes that `Level.key` gives for that output."""
    return np.array(term.tokens, np.int32).tobytes()


def levels(
    size: int, machine: str, steps: int, max_size: int, *, progress: bool = True
) -> Iterator[Level]:
    """The levels from 0 to `size` bits, run one after the other.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is out of range, or the machine unknown.
    """
    size = integer("size", size, 0, MAX_LISTED)
    steps = integer("steps", steps, 1)
    max_size = integer("max_size", max_size, 100, 1 << 30)
    one_of("machine", machine, MACHINES)
    return _levels(size, machine, steps, max_size, progress)


def _levels(size: int, machine: str, steps: int, max_size: int, progress: bool) -> Iterator[Level]:
    with progress_bar(f"programs to {size} bits", size, show=progress) as advance:
        level = None
        for each in range(size + 1):
            if each <= _KEPT:
                level = _kept(each, machine, steps, max_size)
            else:
                level = _run(each, machine, steps, max_size, level)
            yield level
            advance()


@lru_cache(maxsize=4 * (_KEPT + 1))
def _kept(size: int, machine: str, steps: int, max_size: int) -> Level:
    before = _kept(size - 1, machine, steps, max_size) if size and machine == "prefix" else None
    return _run(size, machine, steps, max_size, before)


def _run(size: int, machine: str, steps: int, max_size: int, before: Level | None) -> Level:
    """The programs of `size` bits; on the prefix machine `before` holds those of a bit less."""
    from complexity.machines import _kernels

    codes = codes_of(size)
    sizes = np.full(codes.size, size, np.int64)
    data, reads = np.zeros(codes.size, np.uint64), np.zeros(codes.size, np.int64)
    argument = np.zeros(0, np.int32)
    if machine == "prefix":
        argument = np.array([_kernels.REST], np.int32)
        if before is not None and (asking := before.having(_kernels.READS)).size:
            both = np.repeat(asking, 2)
            bit = np.tile(np.array([0, 1], np.uint64), asking.size)
            codes = np.concatenate([before.codes[both], codes])
            sizes = np.concatenate([before.sizes[both], sizes])
            data = np.concatenate([before.data[both] << np.uint64(1) | bit, data])
            reads = np.concatenate([before.reads[both] + 1, reads])
    return Level(
        size, codes, sizes, data, reads,
        *run_programs(codes, sizes, data, reads, argument, steps, max_size, proofs=True),
    )  # fmt: skip


def run_programs(
    codes: NDArray[np.uint64],
    sizes: NDArray[np.int64],
    data: NDArray[np.uint64],
    reads: NDArray[np.int64],
    argument: NDArray[np.int32],
    steps: int,
    max_size: int,
    *,
    proofs: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Records, ends and outputs of programs, as in `Level`."""
    from complexity.machines import _kernels

    count = codes.size
    records, ends = np.zeros((count, 4), np.int64), np.zeros(count, np.int64)
    parts: list[Any] = []
    done, room, written = 0, 16 * count + 1024, 0
    while done < count:
        part = np.empty(room, np.int32)
        reached = _kernels.run_all(
            codes, sizes, data, reads, argument, steps, max_size, proofs, done,
            records, ends, part,
        )  # pyright: ignore[reportCallIssue]  # fmt: skip
        if reached == done:
            room *= 4
            continue
        length = int(ends[reached - 1])
        ends[done:reached] += written
        parts.append(part[:length])
        written, done = written + length, reached
    return records, ends, np.concatenate(parts) if parts else np.zeros(0, np.int32)
