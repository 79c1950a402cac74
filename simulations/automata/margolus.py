"""Block automata on the Margolus neighbourhood: two-by-two blocks, cut anew at every step.

At even times the grid is cut into blocks whose upper left cells lie at even rows and columns, at
odd times at odd ones, and every block is replaced by its entry in a table. So a rule is reversible
exactly if its table is a permutation of the 16 blocks.

References:
    N. Margolus, Physics-like models of computation, Physica D 10, 1984: the neighbourhood and the
    billiard-ball model.
    T. Toffoli and N. Margolus, Cellular Automata Machines, MIT Press 1987: critters and
    Tron. The notation "M0,8,4,..." is that of M. Wojtowicz's MCell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, final

import numpy as np
import numpy.typing as npt

from complexity.errors import integer, unknown
from simulations.automata import _margolus_kernels as kernels
from simulations.automata._packed import pack, unpack
from simulations.automata.automaton import Automaton, Cells, Invariant, Reversible

__all__ = ["BLOCK_TABLES", "BlockAutomaton", "Margolus"]

BLOCK_TABLES: Mapping[str, tuple[int, ...]] = {
    "bbm": (0, 8, 4, 3, 2, 5, 9, 7, 1, 6, 10, 11, 12, 13, 14, 15),
    "critters": (15, 14, 13, 3, 11, 5, 6, 1, 7, 9, 10, 2, 12, 4, 8, 0),
    "tron": (15, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0),
    "hpp": (0, 8, 4, 12, 2, 10, 9, 14, 1, 6, 5, 13, 3, 11, 7, 15),
    "sand": (0, 4, 8, 12, 4, 12, 12, 13, 8, 12, 12, 14, 12, 13, 14, 15),
}
"""Known rules: entry b is what block b becomes, b = 1 upper left + 2 upper right + 4 lower left + 8
lower right cell. All but "sand" are permutations."""

Rule = str | Sequence[int]

_MANY = 8
"""Steps from which on packing a grid's cells pays."""

_LARGE = 1 << 22
"""Cells updated from which on it pays to compile the kernel for packed cells."""


@final
class Margolus(Reversible):
    """A reversible block automaton: its table is a permutation of the 16 blocks.

    Args:
        rule: a name of `BLOCK_TABLES`, MCell's "M0,8,4,...", or 16 numbers, what each block
            becomes.
        boundary: "periodic"; both sides of a grid are even.

    Raises:
        ValueError: the table is no permutation; `BlockAutomaton` takes such.

    Example:
        >>> import numpy as np
        >>> ball = np.zeros((4, 4), int)
        >>> ball[0, 0] = 1
        >>> np.argwhere(Margolus("bbm").run(ball, 3)).tolist()
        [[3, 3]]
    """

    BOUNDARIES: ClassVar[tuple[str, ...]] = ("periodic",)

    def __init__(self, rule: Rule, boundary: str = "periodic") -> None:
        super().__init__(boundary)
        self._name, self.table = _read(rule)
        if len(set(self.table)) < 16:
            twice = next(b for b in self.table if self.table.count(b) > 1)
            first, second, *_ = (b for b in range(16) if self.table[b] == twice)
            raise ValueError(
                f"rule: blocks {first} and {second} of {self._name!r} both become {twice}, "
                "accepted are permutations; consider BlockAutomaton, which has no inverse"
            )
        self._table = np.array(self.table, np.uint8)
        self._inverse = kernels.inverse(self._table)

    @property
    def name(self) -> str:
        """The rule's name, or its table as "M0,8,4,..."."""
        return self._name

    @property
    def invariants(self) -> Mapping[str, Invariant]:
        """What the table alone shows to be conserved."""
        return _conserved(self.table)

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        _even(shape, self.name)

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        return _evolved(cells, self._table, steps, start & 1)

    def _retreat(self, cells: Cells, steps: int, start: int) -> Cells:
        return _evolved(cells, self._inverse, steps, (start - 1) & 1)


@final
class BlockAutomaton(Automaton):
    """A block automaton of any table, reversible or not, going forward only.

    Args:
        rule: as for `Margolus`; need not be a permutation.
        boundary: "periodic" (both sides of a grid are even) or "fixed" (what is put outside is
            lost).

    Example:
        >>> BlockAutomaton("sand", boundary="fixed").run([[1, 1], [0, 0]], 1)
        array([[0, 0],
               [1, 1]], dtype=uint8)
    """

    BOUNDARIES: ClassVar[tuple[str, ...]] = ("periodic", "fixed")

    def __init__(self, rule: Rule, boundary: str = "periodic") -> None:
        super().__init__(boundary)
        self._name, self.table = _read(rule)
        self._table = np.array(self.table, np.uint8)

    @property
    def name(self) -> str:
        """The rule's name, or its table as "M0,8,4,..."."""
        return self._name

    @property
    def invariants(self) -> Mapping[str, Invariant]:
        """What the table alone shows to be conserved, where nothing leaves the grid."""
        return _conserved(self.table) if self.boundary == "periodic" else {}

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        if self.boundary == "periodic":
            _even(shape, self.name)

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        if self.boundary == "periodic":
            return _evolved(cells, self._table, steps, start & 1)
        height, width = cells.shape
        around = np.pad(cells, ((1, 1 + height % 2), (1, 1 + width % 2)))
        kernels.walled(around, self._table, steps, (start + 1) & 1, height, width)
        return around[1 : height + 1, 1 : width + 1].copy()


def _evolved(cells: Cells, table: npt.NDArray[np.uint8], steps: int, phase: int) -> Cells:
    """A torus of cells `steps` later, the first step's blocks beginning at (phase, phase)."""
    if steps < _MANY or steps * cells.size < _LARGE:
        kernels.blocks(cells, table, steps, phase)
        return cells
    height = len(cells) // 2
    corners = [(y, x) for y in (0, 1) for x in (0, 1)]
    words = [np.pad(pack(np.pad(cells[y::2, x::2], (0, 1))), ((0, 1), (0, 0))) for y, x in corners]
    planes = np.stack(words)
    kernels.packed(planes, kernels.polynomials(table), steps, phase, height)
    for (y, x), plane in zip(corners, planes, strict=True):
        cells[y::2, x::2] = unpack(np.ascontiguousarray(plane[:-1, :-1]), height)
    return cells


def _read(rule: Rule) -> tuple[str, tuple[int, ...]]:
    """The rule's name and its table."""
    if isinstance(rule, str):
        if rule in BLOCK_TABLES:
            return rule, BLOCK_TABLES[rule]
        digits = rule.removeprefix("M").split(",")
        if not rule.startswith("M") or not all(digit.strip().isdecimal() for digit in digits):
            raise unknown("rule", rule, BLOCK_TABLES, hint="beside tables as 'M0,8,4,...'")
        entries: Sequence[int] = [int(digit) for digit in digits]
    else:
        entries = rule
    if len(entries) != 16:
        raise ValueError(f"rule: got a table of {len(entries)} blocks, accepted are 16")
    table = tuple(integer("rule", entry, 0, 15) for entry in entries)
    known = {entry: name for name, entry in BLOCK_TABLES.items()}
    return known.get(table, "M" + ",".join(map(str, table))), table


def _even(shape: tuple[int, ...], name: str) -> None:
    if any(side % 2 for side in shape):
        raise ValueError(
            f"state: got the shape {shape}, accepted are even sides for {name} on a torus of "
            "two-by-two blocks"
        )


def _conserved(table: Sequence[int]) -> Mapping[str, Invariant]:
    """The number of live cells if no block changes it; if all blocks exchange live and dead, by how
    many cells the one outnumbers the other."""
    counts = [(b.bit_count(), new.bit_count()) for b, new in enumerate(table)]
    if all(old == new for old, new in counts):
        return {"live": _live}
    if all(old + new == 4 for old, new in counts):
        return {"imbalance": _imbalance}
    return {}


def _live(cells: npt.NDArray[np.uint8]) -> int:
    return int(np.count_nonzero(cells))


def _imbalance(cells: npt.NDArray[np.uint8]) -> int:
    return abs(2 * _live(cells) - cells.size)
