"""Langton's ant, and the ants of more colours.

References:
    C. Langton, Studying artificial life with cellular automata, Physica D 22, 1986.
    D. Gale, J. Propp, S. Sutherland and S. Troubetzkoy, Further travels with my ant, Math.
    Intelligencer 17, 1995: ants of many colours by words of L and R.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
import numpy.typing as npt

from complexity.errors import integer, one_of
from simulations.automata import _ant_kernels as kernels
from simulations.automata.automaton import Cells, Invariant, Reversible
from simulations.automata.plane import Plane

__all__ = ["Ant", "LangtonAnt"]

HEADINGS = "NESW"
_TURNS = {"N": 0, "R": 1, "U": 2, "L": 3}
_MOST_COLOURS = 51


@dataclass(frozen=True)
class Ant:
    """Where the ant is, and which way it looks: "N", "E", "S" or "W"."""

    row: int
    column: int
    heading: str


@final
class LangtonAnt(Reversible):
    """An ant that turns by the colour of its cell, changes it to the next, and moves one on.

    A state is one array: a cell holds its colour, from 0 to the number k of colours less 1, and
    where the ant stands k (1 + heading) more, the headings being N, E, S, W. There is at most one.

    Args:
        rule: a letter for each colour: R and L turn to that side, U turns round, N does not turn.
            "RL" is Langton's.
        boundary: "periodic" or "open"; from the latter `reverse` comes back only if nothing of the
            run, the ant included, is beyond the window.

    Example:
        >>> import numpy as np
        >>> langton = LangtonAnt("RL")
        >>> state = langton.placed(np.zeros((5, 5), int), 2, 2)
        >>> langton.ant(langton.run(state, 4))
        Ant(row=2, column=2, heading='N')
    """

    BOUNDARIES: ClassVar[tuple[str, ...]] = ("periodic", "open")

    def __init__(self, rule: str = "RL", boundary: str = "periodic") -> None:
        super().__init__(boundary)
        if not isinstance(rule, str) or not rule or not set(rule) <= set(_TURNS):
            raise ValueError(f"rule: got {rule!r}, accepted are words of the letters R, L, U, N")
        self.colours = integer("rule: its length", len(rule), 1, _MOST_COLOURS)
        self.states = 5 * self.colours
        self.rule = rule
        self._turns = np.array([_TURNS[letter] for letter in rule], np.int64)

    @property
    def name(self) -> str:
        """The rule as a word."""
        return self.rule

    @property
    def invariants(self) -> Mapping[str, Invariant]:
        """The number of ants, where none can leave the window."""
        if self.boundary == "open":
            return {}
        return {"ants": lambda cells: int(np.count_nonzero(cells >= self.colours))}

    def placed(self, colours: npt.ArrayLike, row: int, column: int, heading: str = "N") -> Cells:
        """The state of an ant on a grid of colours (H, W)."""
        cells = self.checked(colours)
        if (cells >= self.colours).any():
            raise ValueError(f"colours: got {cells.max()}, accepted are 0 to {self.colours - 1}")
        y = integer("row", row, 0, cells.shape[0] - 1)
        x = integer("column", column, 0, cells.shape[1] - 1)
        code = HEADINGS.index(one_of("heading", heading, HEADINGS))
        cells[y, x] += self.colours * (1 + code)
        return cells

    def ant(self, state: npt.ArrayLike) -> Ant | None:
        """The ant, None where there is none.

        Raises:
            ValueError: there are several.
        """
        cells = self.checked(state)
        places = np.argwhere(cells >= self.colours)
        if len(places) > 1:
            raise ValueError(f"state: got {len(places)} ants, accepted is at most one")
        if not len(places):
            return None
        y, x = places[0].tolist()
        return Ant(y, x, HEADINGS[int(cells[y, x]) // self.colours - 1])

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        return self._walked(kernels.walk, cells, steps)

    def _retreat(self, cells: Cells, steps: int, start: int) -> Cells:
        if self.boundary == "periodic":
            return self._walked(kernels.unwalk, cells, steps)
        plane = Plane(cells, (0, 0)).advanced(
            steps, 1, lambda cells, count: self._walked(kernels.unwalk, cells, count), self._room
        )
        return plane.window(cells.shape)

    def _walked(
        self, kernel: Callable[..., tuple[int, int, int]], cells: Cells, steps: int
    ) -> Cells:
        ant = self.ant(cells)
        if ant is None:
            return cells
        cells[ant.row, ant.column] %= self.colours
        heading = HEADINGS.index(ant.heading)
        y, x, heading = kernel(cells, ant.row, ant.column, heading, self._turns, steps)
        cells[y, x] += self.colours * (1 + heading)
        return cells
