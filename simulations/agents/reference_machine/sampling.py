"""Samples of programs for a test: drawn from the prior, tried, and put into strata.

A program is drawn, its pointless code removed, and it is played 5 times for 200 cycles with random
actions. It is *passive*, and rejected, if it has no `,` or no `.` or if its rewards from the fifth
cycle on are the same all five times; it is rejected too if a cycle is over time. If all five runs
showed the same of ten simple behaviours from the seventh cycle on, that is its stratum, otherwise
the length of its text.

References:
    S. Legg and J. Veness, An approximation of the universal intelligence measure, 2011: the
        programs that are left out, and stratification.
    S. Legg and others, the AIQ software, 2011: the behaviours and the bands of length.
"""

from __future__ import annotations

import bisect
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from complexity.files import write_atomically
from complexity.progress import progress as progress_bar
from simulations.agents.reference_machine import _kernels as kernels
from simulations.agents.reference_machine.machine import interface
from simulations.agents.reference_machine.program import Program
from simulations.system import random_words

__all__ = ["STRATA", "ProgramSample", "classify", "sample"]

_BANDS = (8, 10, 13, 16, 20, 24, 31, 43, 60)
STRATA = (
    "copy",
    "1-back",
    "2-back",
    "3-back",
    "increment",
    "decrement",
    "1-back increment",
    "1-back decrement",
    "copy, centre free",
    "1-back, centre free",
    "length < 8",
    *(f"length {a} to {b - 1}" for a, b in pairwise(_BANDS)),
    "length >= 60",
)
"""What programs of the strata 1 to 20 do: "copy" rewards with the last action's own symbol,
"1-back" with that of the action before, "increment" with the next symbol; "centre free" means
except after the centre symbol."""

REASONS = ("no input or output", "over time", "passive")


@dataclass(frozen=True)
class ProgramSample:
    """Programs that passed, in the order in which they were drawn.

    Attributes:
        programs: of the sample.
        strata: (programs,) int64 from 1 to 20, see `STRATA`.
        symbols: of the tapes.
        cells: of the observation.
        seed: of draws and trials; None if the programs came from elsewhere.
        rejected: reason -> how many programs were drawn and left out for it.
    """

    programs: tuple[Program, ...]
    strata: npt.NDArray[np.int64]
    symbols: int = 5
    cells: int = 1
    seed: int | None = None
    rejected: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        interface(self.symbols, self.cells)
        object.__setattr__(self, "symbols", int(self.symbols))
        object.__setattr__(self, "cells", int(self.cells))
        strata = np.asarray(self.strata, np.int64)
        object.__setattr__(self, "strata", strata)
        if strata.shape != (len(self.programs),):
            raise ValueError(
                f"strata: got shape {strata.shape}, accepted is one for each of the "
                f"{len(self.programs)} programs"
            )
        if strata.size and not (strata.min() >= 1 and strata.max() <= len(STRATA)):
            raise ValueError(f"strata: got one outside 1 to {len(STRATA)}")

    def __len__(self) -> int:
        return len(self.programs)

    def __repr__(self) -> str:
        left_out = ", ".join(f"{count} {reason}" for reason, count in self.rejected.items())
        return (
            f"ProgramSample({len(self)} programs of {self.symbols} symbols, seed {self.seed}"
            f"{'; rejected: ' if left_out else ''}{left_out})"
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a line "stratum program" for each, the format of the original AIQ software.

        Raises:
            OSError: the folder is missing or cannot be written.
        """
        lines = [f"{s} {p}\n" for s, p in zip(self.strata, self.programs, strict=True)]
        return write_atomically(path, "".join(lines).encode("ascii"))

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, symbols: int = 5, cells: int = 1
    ) -> ProgramSample:
        """Read what `save` or the original software wrote.

        Raises:
            OSError: the file cannot be read.
            ValueError: a line is something else; the message has the path and the line.
        """
        programs, strata = [], []
        for number, line in enumerate(Path(path).read_text("utf-8").splitlines(), 1):
            try:
                stratum, text = line.split()
                programs.append(Program(text))
                strata.append(integer("stratum", int(stratum), 1, len(STRATA)))
            except ValueError as error:
                raise ValueError(
                    f"{os.fspath(path)}, line {number}: got {line[:60]!r}, accepted is "
                    f"'stratum program' ({error})"
                ) from None
        return cls(tuple(programs), np.array(strata, np.int64), symbols, cells)


def sample(
    count: int, *, symbols: int = 5, cells: int = 1, seed: int = 0, progress: bool = True
) -> ProgramSample:
    """Draw programs until `count` have passed.

    Args:
        count: how many.
        symbols: of the tapes.
        cells: of the observation.
        seed: of draws and trials; the first programs do not depend on `count`.
        progress: show a bar on a terminal's standard error.

    Raises:
        TypeError, ValueError: see `interface`.

    Example:
        >>> sample(3, seed=1, progress=False).programs[0].text.endswith("#")
        True
    """
    count, seed = integer("count", count, 0), integer("seed", seed, 0)
    interface(symbols, cells)
    drawn, tried = random_words(seed, (0,), 4), random_words(seed, (1,), 4)
    programs: list[Program] = []
    strata: list[int] = []
    rejected: dict[str, int] = dict.fromkeys(REASONS, 0)
    with progress_bar("sampling programs", count, show=progress) as tick:
        while len(programs) < count:
            program = Program.of(kernels.draw_program(drawn)).reduced()
            verdict = classify(program, tried, symbols=symbols, cells=cells)
            if isinstance(verdict, str):
                rejected[verdict] += 1
                continue
            programs.append(program)
            strata.append(verdict)
            tick()
    return ProgramSample(
        tuple(programs), np.array(strata, np.int64), symbols, cells, seed, rejected
    )


def classify(
    program: Program, words: npt.NDArray[np.uint64], *, symbols: int = 5, cells: int = 1
) -> int | str:
    """A program's stratum, or the reason to reject it.

    Args:
        program: to try.
        words: (4,) state of the generator of the random actions and symbols; advances in place.
        symbols: of the tapes.
        cells: of the observation.
    """
    if "," not in program.text or "." not in program.text:
        return REASONS[0]
    first = np.empty(kernels.CHECK_CYCLES, np.int8)
    overtime, passive, behaviour = kernels.survey(
        program.code, program.jumps, symbols, cells, words, first
    )
    if overtime or passive:
        return REASONS[1 if overtime else 2]
    if behaviour:
        return int(behaviour).bit_length()
    return 11 + bisect.bisect_right(_BANDS, len(program))
