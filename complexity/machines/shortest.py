"""Kolmogorov complexity on a concrete machine: the shortest program of an output, or a bracket.

References:
    M. Li and P. Vitanyi, An Introduction to Kolmogorov Complexity and Its Applications, 4th edition
        2019, chapters 2 and 3.
    J. Tromp, Binary lambda calculus and combinatory logic, 2008.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from complexity.machines.levels import FUEL, ROOM, Machine, Program, key_of, levels
from complexity.machines.lists import OutputLike, as_output
from complexity.machines.terms import Term

__all__ = ["ShortestProgram", "shortest_program"]


@dataclass(frozen=True)
class ShortestProgram:
    """What is known of the length of the shortest program that prints an output.

    Attributes:
        output: the output.
        output_bits: the bit string that it is as a list, None if it is none.
        machine: "terms" or "prefix".
        lower: bits that every program for it has: every shorter one was decided, and prints other
            things or does not halt.
        upper: bits of `program`, None if none was found.
        program: the first program of that size that was found to print it.
        steps: beta steps that it takes, None if they were not counted.
    """

    output: Term
    output_bits: str | None
    machine: str
    lower: int
    upper: int | None
    program: Program | None
    steps: int | None

    @property
    def exact(self) -> bool:
        """Whether no program is shorter: then `upper` is the complexity on this machine."""
        return self.lower == self.upper

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        program = self.program
        return asdict(self) | {
            "output": self.output.bits,
            "output_text": str(self.output),
            "exact": self.exact,
            "program": None if program is None else program.bits,
            "program_text": None if program is None else str(program),
        }


def shortest_program(
    output: OutputLike,
    *,
    size: int = 24,
    machine: Machine = "terms",
    steps: int = FUEL,
    max_size: int = ROOM,
    progress: bool = True,
) -> ShortestProgram:
    r"""Look for the shortest program that prints an output, among all of up to `size` bits.

    Where none is found, upper bounds are these: on the machine of terms a normal form is a program
    for itself; on the prefix machine a bit string has `literal_program`.

    Args:
        output: a bit string, printed as a list (`list_term`), or a closed term: a `Term`, or a str
            with a lambda in it.
        size: bits of the longest programs to run, 0 to 36.
        machine, steps, max_size, progress: as in `enumerate`.

    Raises:
        TypeError: an argument is of another type.
        ValueError: an argument is out of range, or the output no closed term in normal form.

    Example:
        >>> found = shortest_program(r"\x. x (\y. x) (x (\y. x))")  # 22 bits by itself
        >>> found.lower, found.upper, str(found.program)
        (21, 21, '\\x. (\\y. y y) (x (\\y. x))')
        >>> found = shortest_program("0110", size=20, machine="prefix")
        >>> found.lower, found.upper, found.exact
        (21, 120, False)
    """
    from complexity.machines import _kernels

    term = as_output("output", output)
    if _redex(term):
        raise ValueError(f"output: got {term!s:.80}, accepted is a term in normal form")
    wanted = key_of(term)
    lower = None
    best: tuple[Program, int | None] | None = None
    searched = 0
    for level in levels(size, machine, steps, max_size, progress=progress):
        halted = level.having(_kernels.HALTED)
        alike = halted[level.records[halted, 2] == term.size].tolist()
        place = next((place for place in alike if level.key(place) == wanted), None)
        searched = level.size + 1
        if place is not None:
            best = level.program(place), int(level.records[place, 1])
            break
        if lower is None and level.having(_kernels.OPEN).size:
            lower = level.size
    if best is None and machine == "terms":
        best = Program(term), 0
    elif best is None and (string := term.list_bits) is not None:
        best = _literal(string)
    upper = None if best is None else best[0].size
    reached = searched if upper is None else min(searched, upper)
    return ShortestProgram(
        output=term,
        output_bits=term.list_bits,
        machine=machine,
        lower=reached if lower is None else lower,
        upper=upper,
        program=None if best is None else best[0],
        steps=None if best is None else best[1],
    )


def _literal(bits: str) -> tuple[Program, int | None]:
    """The program that spells the bits, its steps not counted."""
    from complexity.machines.literal import literal_program

    return literal_program(bits), None


def _redex(term: Term) -> bool:
    return (-1, 0) in zip(term.tokens, term.tokens[1:], strict=False)
