"""What a pattern file holds, and what is said of one that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from complexity.errors import integer
from simulations.automata.automaton import Automaton
from simulations.automata.plane import Cells

__all__ = ["MOST_CELLS", "Pattern", "PatternError"]

MOST_CELLS = 1 << 28
"""Cells in the array of a pattern, dead ones included; what is larger is a quadtree's business."""

MOST_DIGITS = 18
"""Digits of a number in a text file, so that it is a number of 64 bits."""

LONG_DIGITS = 1000
"""Digits of a time, and of a place in an RLE file, which HashLife has beyond 64 bits."""

_SIDE = r"\d{1,9}\*?(?:[+-]\d{1,9})?"
_GRID = re.compile(rf"[TPKCS]{_SIDE}(?:,{_SIDE})?")
_BOUNDARY = {"": "open", "T": "periodic", "P": "fixed"}


class PatternError(ValueError):
    """A pattern file that cannot be read; its text is one line, path:line:column: what is wrong.

    Attributes:
        path: of the file, None for text that came from elsewhere.
        line: counted from 1, None where there are no lines.
        column: counted from 1, None where it is the line as a whole.
        reason: what is wrong and what is accepted.
    """

    def __init__(
        self,
        reason: str,
        *,
        path: Path | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(reason, path, line, column)
        self.reason, self.path, self.line, self.column = reason, path, line, column

    def within(self, path: Path) -> PatternError:
        """The same error, of this file."""
        return PatternError(self.reason, path=path, line=self.line, column=self.column)

    def __str__(self) -> str:
        places = (self.path, self.line, self.column)
        place = ":".join(str(each) for each in places if each is not None)
        if place and self.path is None:
            place = f"line {place}"
        return f"{place}: {self.reason}" if place else self.reason


def shown(text: str) -> str:
    """A piece of a file as a message quotes it."""
    return repr(text if len(text) <= 40 else text[:37] + "...")


def number(
    text: str, what: str, line: int, column: int | None = None, *, most: int = MOST_DIGITS
) -> int:
    """Digits, with a sign or not, as an int.

    Raises:
        PatternError: it is no number, or one of more than `most` digits.
    """
    digits = text[1:] if text[:1] in "+-" else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > most:
        raise PatternError(
            f"{what}: got {shown(text)}, accepted are numbers of at most {most} digits",
            line=line,
            column=column,
        )
    return int(text)


def written(value: int, what: str, most: int) -> str:
    """A number as its format can be read again.

    Raises:
        ValueError: it has more than `most` digits.
    """
    if abs(value) >= 10**most:
        raise ValueError(f"{what}: got more than {most} digits, accepted are at most so many")
    return str(value)


def room(height: int, width: int, line: int | None = None) -> None:
    """Raise PatternError, before anything is allocated, for an array of too many cells."""
    if height * width > MOST_CELLS:
        raise PatternError(
            f"pattern: {height:,} by {width:,} cells are more than the {MOST_CELLS:,} of an array; "
            "consider read_macrocell, which keeps what is alive only",
            line=line,
        )


def lines_of(text: str) -> list[str]:
    """The lines of a text, whatever system it comes from, without an empty one at its end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if not lines[-1] else lines


def split_rule(text: str, line: int | None = None) -> tuple[str, str]:
    """A rule with Golly's suffix of a bounded grid as (rule, grid), "" for an unbounded plane.

    Raises:
        PatternError: the suffix is none.
    """
    rule, colon, grid = text.partition(":")
    if colon and not _GRID.fullmatch(grid.strip().upper()):
        raise PatternError(
            f"rule: got a bounded grid {shown(grid)}, accepted are those as T30,20 (torus) or "
            "P30,20 (plane), with K, C, S for a Klein bottle, a cross-surface, a sphere",
            line=line,
        )
    return rule.strip(), grid.strip().upper()


@dataclass(frozen=True, eq=False, repr=False)
class Pattern:
    """Cells of a two-dimensional automaton, and what their file says of them.

    Attributes:
        cells: uint8 (height, width), row by row.
        rule: as its file writes it ("B3/S23", "b3/s23", "WireWorld"), without the bounded grid.
        grid: Golly's suffix of a bounded grid ("T30,20" is a torus 30 wide and 20 high, "P30,20" a
            plane with an edge; also K, C, S), "" for the unbounded plane.
        corner: (row, column) of the first cell.
        generation: the time of the cells.
        name: of the pattern, "" for none.
        author: who found it, "" for none.
        comments: lines.
        metadata: JSON-serialisable; only .npz keeps it (seed, boundary, what made it, ...).

    Raises:
        TypeError: cells that are no integers.
        ValueError: cells that are not of two axes or beyond 0 to 255, text of more than one line, a
            grid that is none.
    """

    cells: Cells
    rule: str = "B3/S23"
    grid: str = ""
    corner: tuple[int, int] = (0, 0)
    generation: int = 0
    name: str = ""
    author: str = ""
    comments: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        array = np.asarray(self.cells)
        if array.dtype.kind not in "biu":
            raise TypeError(f"cells: got dtype {array.dtype}, accepted are integers or booleans")
        # a byte needs no look, which would touch the memory of a large empty grid
        bytes_only = array.dtype == np.uint8 or not array.size
        if array.ndim != 2 or not (bytes_only or (array.min() >= 0 and array.max() <= 255)):
            raise ValueError(
                f"cells: got shape {array.shape}, accepted are two axes and states from 0 to 255"
            )
        object.__setattr__(self, "cells", np.ascontiguousarray(array, np.uint8))
        object.__setattr__(self, "comments", tuple(self.comments))
        texts = {"rule": self.rule, "name": self.name, "author": self.author}
        texts |= {"comments": "".join(self.comments)}
        for what, text in texts.items():
            if "\n" in text or "\r" in text:
                raise ValueError(f"{what}: got {shown(text)}, accepted is text without line breaks")
        if self.grid and not _GRID.fullmatch(self.grid):
            split_rule(f":{self.grid}")
        row, column = self.corner
        object.__setattr__(self, "corner", (int(row), int(column)))
        integer("generation", self.generation, 0)

    @property
    def population(self) -> int:
        """How many cells are not 0."""
        return int(np.count_nonzero(self.cells))

    @property
    def full_rule(self) -> str:
        """The rule with the bounded grid's suffix."""
        return f"{self.rule}:{self.grid}" if self.grid else self.rule

    @property
    def boundary(self) -> str:
        """What `Automaton` calls the grid: "open", "periodic" (T) or "fixed" (P).

        Raises:
            ValueError: another surface, a twisted or a half-bounded one.
        """
        plain = re.fullmatch(r"([TP])([1-9]\d*)(?:,([1-9]\d*))?", self.grid)
        if self.grid and not plain:
            raise ValueError(
                f"grid: got {self.grid!r}, accepted for a run are '' and those as T30,20 or P30,20"
            )
        return _BOUNDARY[self.grid[:1]]

    def field(self) -> Cells:
        """The cells to start a run from: those of the whole bounded grid, if there is one.

        As in Golly, (0, 0) is the grid's middle (of an even side the cell after it), and a pattern
        whose file gives no place, its corner being (0, 0), lies around it.

        Returns:
            uint8 (height, width) of the grid, or `cells` on the unbounded plane.

        Raises:
            ValueError: a grid that no `Automaton` has, or one that the pattern is not within.
        """
        if self.boundary == "open":
            return self.cells
        width, _, high = self.grid[1:].partition(",")
        shape = (int(high or width), int(width))
        sides = self.cells.shape
        corner = self.corner if any(self.corner) else tuple(-(side // 2) for side in sides)
        first = [c + side // 2 for c, side in zip(corner, shape, strict=True)]
        last = [a + side for a, side in zip(first, sides, strict=True)]
        if min(first) < 0 or any(b > side for b, side in zip(last, shape, strict=True)):
            raise ValueError(
                f"grid: {self.grid} does not hold the pattern of {sides[0]} by {sides[1]} cells at "
                f"{corner}"
            )
        room(*shape)
        whole = np.zeros(shape, np.uint8)
        whole[first[0] : last[0], first[1] : last[1]] = self.cells
        return whole

    def automaton(self, boundary: str | None = None) -> Automaton:
        """The rule as an automaton, on the file's own grid unless another boundary is given.

        Raises:
            ValueError: a rule of none of the families that count or arrange live neighbours.
        """
        from simulations.automata.isotropic import Isotropic
        from simulations.automata.life import Generations, LifeLike

        where = self.boundary if boundary is None else boundary
        for family in (LifeLike, Generations):
            try:
                return family(self.rule, where)
            except ValueError as error:
                if not str(error).startswith("rule:"):
                    raise
        return Isotropic(self.rule, where)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Pattern):
            return NotImplemented
        return np.array_equal(self.cells, other.cells) and self._said() == other._said()

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def _said(self) -> tuple[object, ...]:
        texts = (self.name, self.author, self.comments, dict(self.metadata))
        return (self.rule, self.grid, self.corner, self.generation, *texts)

    def __repr__(self) -> str:
        height, width = self.cells.shape
        name = f"{self.name!r}, " if self.name else ""
        return f"Pattern({name}{height} by {width}, {self.population} alive, {self.full_rule!r})"
