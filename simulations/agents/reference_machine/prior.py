"""All programs of the reference machine, weighted by their prior: a class of environments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from complexity.errors import integer
from simulations.agents.environment_class import Member
from simulations.agents.reference_machine.machine import interface
from simulations.agents.reference_machine.program import Program, draw

if TYPE_CHECKING:
    from simulations.agents.reference_machine.environment import BFEnvironment

__all__ = ["BFClass"]

_OTHERS = "<>+-,.%"


@dataclass(frozen=True)
class BFClass:
    """All programs: a class of environments that can be sampled, weighed and listed by length.

    An `EnvironmentClass` for `upsilon`, with the mean reward for the value.

    Attributes:
        symbols: of the tapes.
        cells: of the observation.

    Raises:
        TypeError, ValueError: see `interface`.

    Example:
        >>> machines = BFClass()
        >>> sum(2 ** -machines.bits(program) for program in machines.programs(2))
        0.34...
    """

    symbols: int = 5
    cells: int = 1
    kraft_sum: ClassVar[float] = 1.0

    def __post_init__(self) -> None:
        interface(self.symbols, self.cells)

    @property
    def name(self) -> str:
        """The machine's."""
        return f"BF({self.symbols})" if self.cells == 1 else f"BF({self.symbols},{self.cells})"

    def sample(self, n: int, seed: int) -> list[Member]:
        """Independent programs, each with the probability 2^-bits, as environments."""
        return [self.member(program) for program in draw(integer("n", n, 0), seed)]

    def member(self, program: Program | str) -> Member:
        """A program, its bits, and what makes its environment."""
        checked = program if isinstance(program, Program) else Program(program)
        return Member(checked.text, checked.bits, partial(self.environment, checked))

    def bits(self, program: Program | str) -> float:
        """-log2 of a program's probability; 2^-bits sums to 1 over all programs."""
        return (program if isinstance(program, Program) else Program(program)).bits

    def environment(self, program: Program | str) -> BFEnvironment:
        """The program as a Gymnasium environment."""
        from simulations.agents.reference_machine.environment import BFEnvironment

        return BFEnvironment(program, symbols=self.symbols, cells=self.cells)

    def programs(self, longest: int) -> Iterator[Program]:
        """All programs of up to `longest` instructions, the shortest first."""
        for length in range(1, integer("longest", longest, 0) + 1):
            for body in _balanced(length - 1):
                yield Program(body + "#")


def _balanced(length: int) -> Iterator[str]:
    """All texts with matched brackets: one instruction or one loop, and then the rest."""
    if length == 0:
        yield ""
        return
    for each in _OTHERS:
        for rest in _balanced(length - 1):
            yield each + rest
    for inside in range(length - 1):
        for loop in _balanced(inside):
            for rest in _balanced(length - 2 - inside):
                yield f"[{loop}]{rest}"
