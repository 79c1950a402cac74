"""Levin's universal search, on the machine of closed lambda terms.

Phase i runs every program p of up to i bits for 2^(i - |p|) steps. The first phase in which one is
accepted is the least |p| + log2 t, rounded up, over all programs that are accepted after t steps;
Levin's Kt is that least value for the programs that print a given output. The work of all phases up
to i is less than 2^(i + 1) steps, times the weight of all programs.

References:
    L. A. Levin, Universal sequential search problems, Problems of Information Transmission 9(3),
        1973; Randomness conservation inequalities, Information and Control 61, 1984: Kt.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import BitsLike, as_bits
from complexity.errors import integer
from complexity.machines.counting import MAX_LISTED, codes_of
from complexity.machines.levels import ROOM, run_programs
from complexity.machines.lists import list_term
from complexity.machines.terms import Term, tokens_as_term
from complexity.progress import progress as progress_bar

__all__ = ["LevinSearch", "levin_search"]

_PROVED_AT = 64
"""Steps at which a proof is tried, once, that a program does not halt; then it is not run again."""


@dataclass(frozen=True)
class LevinSearch:
    """What a universal search found.

    Attributes:
        program: the accepted program with the least |p| + log2 t, None if none was accepted.
        output: its output.
        output_bits: the bit string that it is as a list, None if it is none.
        input: the bit string that programs were applied to, None for none.
        phase: the phase in which it was found, otherwise the last one.
        steps: beta steps that the program takes.
        kt_bits: its |p| + log2 t, t at least 1. No program that is accepted has less, unless one of
            those that are `capped` does: with capped programs an upper bound, else exact.
        capped: programs that had steps left to run and were stopped by their size.
        runs: how many runs there were.
        total_steps: beta steps of them all.
    """

    program: Term | None
    output: Term | None
    output_bits: str | None
    input: str | None
    phase: int
    steps: int | None
    kt_bits: float | None
    capped: int
    runs: int
    total_steps: int

    @property
    def found(self) -> bool:
        """Whether a program was accepted."""
        return self.program is not None

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values, terms as bits and with names."""
        told = asdict(self) | {"found": self.found}
        for name in ("program", "output"):
            term = getattr(self, name)
            told[name] = None if term is None else term.bits
            told[f"{name}_text"] = None if term is None else str(term)
        return told


def levin_search(
    check: Callable[[Term], bool],
    *,
    input: BitsLike | None = None,
    phases: int = 24,
    max_size: int = ROOM,
    progress: bool = True,
) -> LevinSearch:
    r"""Find the program that does something with the least size plus log2 of its time.

    Args:
        check: says of an output, a term in normal form, whether it is accepted; `output.list_bits`
            is the bit string that it is. It is asked once for every program that halts, in the
            order of phases, sizes and bits, to the end of the phase in which one is accepted.
        input: a bit string; every program is applied to it as a list.
        phases: the last phase, 4 to 36; each takes about twice the time of the one before.
        max_size: bits of a term at most, at least 100.
        progress: whether to show progress on a terminal.

    Raises:
        TypeError: `check` cannot be called, or a number is no integer.
        ValueError: a number is out of range, or the input no bit string.

    Example:
        >>> found = levin_search(lambda output: output.list_bits == "110", input="0110")
        >>> str(found.program), found.phase, found.steps
        ('\\x. x (\\y z. z)', 14, 4)
    """
    if not callable(check):
        raise TypeError(f"check: got {type(check).__name__}, accepted is a function of the output")
    phases = integer("phases", phases, 4, MAX_LISTED)
    max_size = integer("max_size", max_size, 100, 1 << 30)
    given = None if input is None else list_term(as_bits("input", input))
    search = _Search(check, given, max_size)
    with progress_bar("phases of the search", phases, show=progress) as advance:
        for phase in range(1, phases + 1):
            search.run(phase)
            if search.accepted or phase == phases:
                return search.result(phase)
            advance()
    raise AssertionError("unreachable")


class _Search:
    """Programs that have not halted yet, by size, and what was found and spent."""

    def __init__(self, check: Callable[[Term], bool], given: Term | None, max_size: int) -> None:
        self.check, self.given, self.max_size = check, given, max_size
        self.argument = np.array(() if given is None else given.tokens, np.int32)
        self.waiting: dict[int, NDArray[np.uint64]] = {}
        self.accepted: list[tuple[float, int, int, int, Term]] = []
        self.capped = self.runs = self.total_steps = 0

    def run(self, phase: int) -> None:
        from complexity.machines import _kernels

        self.waiting[phase] = codes_of(phase)
        self.capped = 0
        for size, codes in self.waiting.items():
            if not codes.size:
                continue
            budget = 1 << (phase - size)
            none = np.zeros(codes.size, np.int64)
            records, ends, outputs = run_programs(
                codes, np.full(codes.size, size, np.int64), none.astype(np.uint64), none,
                self.argument, budget, self.max_size, proofs=budget == _PROVED_AT,
            )  # fmt: skip
            self.runs += codes.size
            self.total_steps += int(records[:, 1].sum())
            for place in np.flatnonzero(records[:, 0] == _kernels.HALTED).tolist():
                start = int(ends[place - 1]) if place else 0
                output = tokens_as_term(outputs[start : int(ends[place])].tolist())
                if self.check(output):
                    steps = int(records[place, 1])
                    kt = size + math.log2(max(steps, 1))
                    self.accepted.append((kt, size, int(codes[place]), steps, output))
            undecided = records[:, 0] == _kernels.OPEN
            self.capped += int((undecided & (records[:, 1] < budget)).sum())
            self.waiting[size] = codes[undecided]

    def result(self, phase: int) -> LevinSearch:
        kt, size, code, steps, output = (
            min(self.accepted, key=lambda each: each[:3]) if self.accepted else (None,) * 5
        )
        return LevinSearch(
            program=None if size is None else Term.parse(f"{code:0{size}b}"),
            output=output,
            output_bits=None if output is None else output.list_bits,
            input=None if self.given is None else self.given.list_bits,
            phase=phase,
            steps=steps,
            kt_bits=kt,
            capped=self.capped,
            runs=self.runs,
            total_steps=self.total_steps,
        )
