"""The 256 elementary rules: a row of bits, each of which looks at itself and its two neighbours.

References:
    S. Wolfram, Statistical mechanics of cellular automata, Rev. Mod. Phys. 55, 1983: the numbering.
"""

from __future__ import annotations

from collections import Counter
from typing import final

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.automata import _elementary_kernels as kernels
from simulations.automata.automaton import Automaton, Cells

__all__ = ["ElementaryCA", "refuse_living_ground"]

Words = npt.NDArray[np.uint64]

_BOUNDARIES = {
    "periodic": kernels.PERIODIC,
    "fixed": kernels.FIXED,
    "reflecting": kernels.REFLECTING,
    "open": kernels.FIXED,
}

_WORTH_COMPILING = 1 << 36
"""Cells updated under one rule by one process before a kernel is compiled for it."""

_LONG = 2048
"""Cells below which the kernel for any rule is as fast."""

_MANY = 512
"""Steps of a run below which it is as fast, for its packing is simpler."""

_PERIOD = 64
"""Steps between two copies of a ring's ends."""

_BLOCK = 1 << 20
"""Cells whose history is kept at a time while one of them is watched."""

_updated: Counter[int] = Counter()


def refuse_living_ground(boundary: str, born: bool, name: str) -> None:
    """Raise ValueError if empty ground would not stay empty on the open line."""
    if boundary == "open" and born:
        raise ValueError(
            f"boundary: got 'open' for {name}, whose empty ground comes alive; accepted are "
            "periodic, fixed, reflecting"
        )


@final
class ElementaryCA(Automaton):
    """A row of bits under one of Wolfram's 256 rules.

    Rows of any length are packed 64 cells to a word. A rule that has been used much gets a kernel
    of its own, compiled in a second or two and kept on disk; it is fastest on a ring. One call of
    many steps is much faster than many calls of one, because every call packs the row anew.

    Args:
        rule: 0 to 255; bit 4 l + 2 c + r is what becomes of a cell c between l and r.
        boundary: "periodic", "fixed", "reflecting" or "open"; the last with even rules only.

    Attributes:
        number: the rule.
        table: uint8 (8,), the bits of the number, the lowest first.

    Example:
        >>> ElementaryCA(30, boundary="open").history([0, 0, 0, 1, 0, 0, 0], 3)
        array([[0, 0, 0, 1, 0, 0, 0],
               [0, 0, 1, 1, 1, 0, 0],
               [0, 1, 1, 0, 0, 1, 0],
               [1, 1, 0, 1, 1, 1, 1]], dtype=uint8)
    """

    axes = 1
    dimensions = 1

    def __init__(self, rule: int, boundary: str = "periodic") -> None:
        super().__init__(boundary)
        self.number = integer("rule", rule, 0, 255)
        self.table = np.array([self.number >> i & 1 for i in range(8)], np.uint8)
        refuse_living_ground(boundary, bool(self.number & 1), self.name)
        self._masks = np.where(self.table, np.uint64(2**64 - 1), np.uint64(0))

    @property
    def name(self) -> str:
        """As "rule 30"."""
        return f"rule {self.number}"

    def column(self, state: npt.ArrayLike, steps: int, cell: int) -> Cells:
        """What one cell is from time 0 to `steps`, without the memory that a history takes.

        Args:
            state: as for `run`.
            steps: at least 0.
            cell: its place in the state.

        Returns:
            uint8 (steps + 1,).

        Raises:
            ValueError, TypeError: as for `run`, or no such cell.
        """
        cells = self.checked(state)
        place, count = integer("cell", cell, 0, cells.size - 1), integer("steps", steps, 0)
        margin = count if self.boundary == "open" else 0
        self._room(count + 4 * (cells.size + 2 * margin))
        line, place = np.pad(cells, margin), place + margin
        found, row = [cells[cell : cell + 1]], self._packed(line)
        while count:
            now = min(count, max(_BLOCK // line.size, 64))
            rows = self._rows(row, line.size, now)
            words = rows[1:, 1 + place // 64]
            found.append(((words >> np.uint64(place % 64)) & np.uint64(1)).astype(np.uint8))
            row, count = rows[-1].copy(), count - now
        return np.concatenate(found)

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        _updated[self.number] += cells.size * steps
        long = cells.size >= _LONG and steps >= _MANY
        if long and _updated[self.number] >= _WORTH_COMPILING:
            return self._advance_compiled(cells, steps)
        rows = np.stack([self._packed(cells)] * 2)
        kernels.evolve(rows, cells.size, _BOUNDARIES[self.boundary], self._masks, steps)
        return self._unpacked(rows[steps % 2 :][:1], cells.size)[0]

    def _film(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        return self._unpacked(self._rows(self._packed(cells), cells.size, steps)[1:], cells.size)

    def _rows(self, row: Words, width: int, steps: int) -> Words:
        """Packed rows (steps + 1, words), the first being `row`."""
        rows = np.empty((steps + 1, row.size), np.uint64)
        rows[0] = row
        rows[:, -1] = 0
        kernels.evolve(rows, width, _BOUNDARIES[self.boundary], self._masks, steps)
        return rows

    @staticmethod
    def _packed(cells: Cells) -> Words:
        """A row of words as `kernels.evolve` takes it."""
        octets = np.zeros(8 * (-(-cells.size // 64) + 2), np.uint8)
        bits = np.packbits(cells, bitorder="little")
        octets[8 : 8 + bits.size] = bits
        return octets.view("<u8").astype(np.uint64, copy=False)

    @staticmethod
    def _unpacked(rows: Words, width: int) -> Cells:
        """The cells (n, width) of rows of words."""
        octets = np.ascontiguousarray(rows[:, 1:-1], "<u8").view(np.uint8)
        return np.unpackbits(octets, axis=1, count=width, bitorder="little")

    def _advance_compiled(self, cells: Cells, steps: int) -> Cells:
        # on the open line nothing reaches the ends, so they may meet
        ring = self.boundary in ("periodic", "open")
        margin = _PERIOD if ring else 1
        rows = -(-(cells.size + 2 * margin) // kernels.LANES)
        words = _in_lanes(cells, margin, rows)
        copies = _copies(cells.size, margin, rows, self.boundary)
        kernels.compiled(self.number)(words, rows, copies, margin, steps)
        return _out_of_lanes(words, margin, rows, cells.size)


def _in_lanes(cells: Cells, margin: int, rows: int) -> Words:
    """Words as the compiled kernels take them, `margin` cells of 0 before the first."""
    line = np.zeros(kernels.LANES * rows, np.uint8)
    line[margin : margin + cells.size] = cells
    octets = np.packbits(line.reshape(64, -1), axis=0, bitorder="little")
    lanes = np.ascontiguousarray(octets.T).view("<u8").reshape(kernels.VECTOR, rows)
    words = np.zeros((kernels.FRONT + rows + kernels.DEPTH, kernels.VECTOR), np.uint64)
    words[kernels.FRONT : kernels.FRONT + rows] = lanes.T
    return words.ravel()


def _out_of_lanes(words: Words, margin: int, rows: int, width: int) -> Cells:
    """The cells that `_in_lanes` packed."""
    lanes = words.reshape(-1, kernels.VECTOR)[kernels.FRONT : kernels.FRONT + rows].T
    octets = np.ascontiguousarray(lanes, "<u8").view(np.uint8).reshape(-1, 8)
    line = np.unpackbits(np.ascontiguousarray(octets.T), axis=0, bitorder="little")
    return line.ravel()[margin : margin + width].copy()


def _copies(width: int, margin: int, rows: int, boundary: str) -> Words:
    """How the `margin` cells beyond both ends come about, as `kernels.compiled` takes it."""
    before, after = np.arange(margin), np.arange(margin) + margin + width
    goals = np.concatenate([before, after])
    if boundary == "reflecting":
        sources = np.array([margin, margin + width - 1])
    else:
        sources = np.concatenate([before + width, after - width])

    def place(cells: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
        lane, row = cells // rows, cells % rows
        word = kernels.VECTOR * (kernels.FRONT + row) + lane % kernels.VECTOR
        return [word, lane // kernels.VECTOR]

    keep = np.full_like(goals, boundary != "fixed")
    return np.stack([*place(goals), *place(sources), keep], axis=1).astype(np.uint64)
