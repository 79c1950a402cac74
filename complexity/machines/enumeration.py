"""All programs to a size, run: how many halt, how many are proved not to, and the busy beaver.

References:
    J. Tromp, Binary lambda calculus and combinatory logic, 2008; OEIS A114852 (closed terms),
        A333958 (those with a normal form), A333479 (the largest normal form).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from complexity.files import save_json
from complexity.machines.levels import FUEL, ROOM, Level, Machine, levels
from complexity.provenance import commit, versions

__all__ = ["Enumeration", "SizeRow", "enumerate"]


@dataclass(frozen=True)
class SizeRow:
    """The programs of one size. On the machine of terms none asks for more or is void.

    Attributes:
        size: bits of each.
        programs: how many were run: all closed terms, and on the prefix machine those that are read
            to their end.
        halted: how many halt with an output, at the least.
        looping: how many are proved to have no normal form, at the least.
        void: how many end otherwise than with an output and the rest of what can be read.
        reading: how many ask for one more bit.
        open: how many are neither; 0 makes all figures of the row exact.
        busy_beaver: bits of the largest output, None without one; with open programs a lower bound.
        champion: the first program that prints it, as bits.
        champion_text: its term with names.
        most_steps: most beta steps of one that halts; with open programs a lower bound.
    """

    size: int
    programs: int
    halted: int
    looping: int
    void: int
    reading: int
    open: int
    busy_beaver: int | None
    champion: str | None
    champion_text: str | None
    most_steps: int | None


@dataclass(frozen=True)
class Enumeration:
    """What became of all programs to a size.

    Attributes:
        machine: "terms" or "prefix".
        steps, max_size: beta steps and bits within which each was run.
        rows: one per size, from 0.
        provenance: versions and commit.
    """

    machine: str
    steps: int
    max_size: int
    rows: tuple[SizeRow, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def decided_to(self) -> int:
        """The size up to which no program is open: up to there every figure is exact."""
        return next((row.size - 1 for row in self.rows if row.open), self.rows[-1].size)

    def __repr__(self) -> str:
        halted, looping, opened = (
            sum(getattr(row, name) for row in self.rows) for name in ("halted", "looping", "open")
        )
        return (
            f"Enumeration of {self.machine} to {self.rows[-1].size} bits: {halted} halt, "
            f"{looping} loop, {opened} open; all decided to {self.decided_to} bits"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        told = asdict(self) | {"rows": [asdict(row) for row in self.rows]}
        return told | {"decided_to": self.decided_to, "provenance": dict(self.provenance)}

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())


def enumerate(
    size: int,
    *,
    machine: Machine = "terms",
    steps: int = FUEL,
    max_size: int = ROOM,
    progress: bool = True,
) -> Enumeration:
    """Run all programs of up to `size` bits.

    With the defaults every closed term of up to 28 bits is decided, and of the 2,148,823 to 32 bits
    19 are open. That takes some seconds; work grows by 1.9 a bit.

    Args:
        size: 0 to 36.
        machine: "terms", closed terms by themselves; "prefix", Tromp's universal prefix machine.
        steps: beta steps at most.
        max_size: bits of a term at most, at least 100.
        progress: whether to show progress on a terminal.

    Raises:
        TypeError: a number is no integer.
        ValueError: a number is out of range, or the machine unknown.

    Example:
        >>> found = enumerate(20)
        >>> found.rows[20].halted, found.rows[20].looping, found.rows[20].open
        (882, 1, 0)
    """
    rows = [_row(level) for level in levels(size, machine, steps, max_size, progress=progress)]
    made = {**versions("numba"), "commit": commit()}
    return Enumeration(machine, steps, max_size, tuple(rows), made)


def _row(level: Level) -> SizeRow:
    from complexity.machines import _kernels

    halted = level.having(_kernels.HALTED)
    best = None
    if halted.size:
        best = int(halted[level.records[halted, 2].argmax()])
    champion = None if best is None else level.program(best)
    return SizeRow(
        size=level.size,
        programs=len(level),
        halted=halted.size,
        looping=level.having(_kernels.LOOPING).size,
        void=level.having(_kernels.VOID).size,
        reading=level.having(_kernels.READS).size,
        open=level.having(_kernels.OPEN).size,
        busy_beaver=None if best is None else int(level.records[best, 2]),
        champion=None if champion is None else champion.bits,
        champion_text=None if champion is None else str(champion),
        most_steps=int(level.records[halted, 1].max()) if halted.size else None,
    )
