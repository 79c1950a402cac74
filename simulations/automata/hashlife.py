"""HashLife: Life-like rules on the unbounded plane, for numbers of generations without bound.

Equal squares are one node of a quadtree, and what becomes of a square is worked out once. Patterns
that repeat themselves in space and time (guns, breeders, spaceships) run for 10^12 generations in
well under a second; a random soup has little to share, and there `LifeLike` is faster.

References:
    R. W. Gosper, Exploiting regularities in large cellular spaces, Physica D 10, 75-80, 1984.
    T. Rokicki, An algorithm for compressing space and time, Dr. Dobb's Journal, April 2006.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.automata import _hashlife_kernels as kernels
from simulations.automata.automaton import Automaton
from simulations.automata.formats.macrocell import LEAF, Macrocell
from simulations.automata.formats.pattern import Pattern
from simulations.automata.rulestring import count_rule

__all__ = ["HashLife"]

_BYTES = 48
"""Of a node: its row, two places in the table, and what writing a tree takes."""

_FIRST = 1 << 14
"""Nodes there is room for at the beginning."""

_HIGHEST = 1000
"""The highest level of a tree."""

_SPLITS = 10
"""How often a step that does not fit into memory is halved before it is given up."""

_ONES = 2**64 - 1


@dataclass(frozen=True)
class _Square:
    """A node by its row, which does not tell its level."""

    row: int
    level: int


@final
class HashLife:
    """An engine for one rule, which remembers what it has found for later runs.

    Args:
        rule: as "B3/S23", "b3s23" or "23/3"; without B0.
        memory: bytes that nodes may take. What is remembered is dropped when they are used up, and
            a step that does not fit into them is made in smaller ones.

    Raises:
        ValueError: no such rule, or one whose empty ground comes alive; too little memory.

    Example:
        >>> import numpy as np
        >>> glider = np.array([[0, 1, 0], [0, 0, 1], [1, 1, 1]])
        >>> later = HashLife("B3/S23").run(glider, 4 * 10**12)
        >>> later.corner, later.population
        ((1000000000000, 1000000000000), 5)
    """

    def __init__(self, rule: str = "B3/S23", *, memory: int = 1 << 30) -> None:
        self.rule = count_rule(rule)
        if 0 in self.rule.birth:
            raise ValueError(
                f"rule: got {self.rule}, whose empty ground comes alive; accepted are rules "
                "without B0"
            )
        self.memory = integer("memory", memory, 1 << 20)
        counts = (self.rule.birth, self.rule.survival)
        self._rule = np.array(
            [[_ONES * (n in part) for n in range(9)] for part in counts], np.uint64
        )
        self._work = np.zeros((_HIGHEST + 1, 13), np.int64)
        self._most = 1 << ((self.memory // _BYTES).bit_length() - 1)
        self._clear()

    def _clear(self) -> None:
        """Forget everything."""
        size = min(_FIRST, self._most)
        self._nodes = np.zeros((size, kernels.WORDS), np.uint32)
        self._nodes[0, 3:5] = 2**32 - 1, 1
        self._table = np.zeros(2 * size, np.uint32)
        self._empties = [0] * (LEAF + 1)

    def run(self, pattern: Pattern | Macrocell | npt.ArrayLike, generations: int) -> Macrocell:
        """The plane after a number of generations.

        Args:
            pattern: cells of two states at their corner, a tree, or an array whose first cell is
                (0, 0).
            generations: any number from 0 on; the time grows with its number of ones in binary.

        Returns:
            The tree, with its exact `population`, the `corner` and the `shape` of its box, and a
            `window` on its cells.

        Raises:
            ValueError: another rule than the engine's, a bounded grid, more than two states.
            MemoryError: `memory` is not enough.
        """
        amount = integer("generations", generations, 0)
        tree = self._checked(pattern)
        square = self._loaded(tree)
        if amount & 3:
            square = self._step(square, 0, amount & 3)
        for j in range(2, amount.bit_length()):
            if amount >> j & 1:
                square = self._step(square, j, 0)
        arrays = self._dumped(square)
        return replace(
            tree,
            levels=arrays[0],
            words=arrays[1],
            children=arrays[2],
            generation=tree.generation + amount,
        )

    def _checked(self, pattern: Pattern | Macrocell | npt.ArrayLike) -> Macrocell:
        if isinstance(pattern, Pattern | Macrocell):
            given = pattern
            if given.grid or count_rule(given.rule) != self.rule:
                grid = f":{given.grid}" if given.grid else ""
                raise ValueError(
                    f"pattern: got rule {given.rule + grid!r}, accepted is {self.rule} on the "
                    "unbounded plane; consider giving its cells"
                )
        else:
            given = Pattern(np.asarray(pattern), str(self.rule))
        return given if isinstance(given, Macrocell) else Macrocell.of(given)

    def _step(self, square: _Square, j: int, low: int, splits: int = 0) -> _Square:
        """2^j generations, or `low` if that is not 0."""
        for _ in range(2):
            square = self._spaced(square, j)
            found = self._result(square, j, low)
            if found is not None:
                return self._trimmed(found)
            square = self._loaded(self._collected(square))
        if j <= 2 or splits == _SPLITS:
            raise MemoryError(
                f"memory: {self.memory:,} bytes ({self._most:,} nodes) are not enough for this "
                f"pattern at steps of {low or 1 << j:,} generations; give more"
            )
        for _ in range(2):
            square = self._step(square, j - 1, 0, splits + 1)
        return square

    def _result(self, square: _Square, j: int, low: int) -> _Square | None:
        """The middle of a square a step later, None if there is no room for it."""
        state = (*self._arena, self._work, self._rule)
        while True:
            found = kernels.result(*state, square.row, square.level, j, low)
            if found >= 0:
                return _Square(int(found), square.level - 1)
            if not self._grown():
                return None
            state = (*self._arena, self._work, self._rule)

    @property
    def _arena(self) -> tuple[np.ndarray, np.ndarray]:
        return self._nodes, self._table

    @property
    def _free(self) -> int:
        """How many nodes more there is room for."""
        return len(self._nodes) - int(self._nodes[0, kernels.RESULT])

    def _grown(self) -> bool:
        """Double the room, if that is allowed."""
        size = len(self._nodes)
        if 2 * size > self._most:
            return False
        Automaton._room(2 * size * _BYTES)
        self._nodes = np.concatenate([self._nodes, np.zeros_like(self._nodes)])
        self._table = np.zeros(4 * size, np.uint32)
        kernels.rehash(*self._arena)
        return True

    def _find(self, *quarters: int) -> int:
        row = int(kernels.find(*self._arena, *quarters))
        while row < 0:
            if not self._grown():
                raise MemoryError(
                    f"memory: {self.memory:,} bytes are not enough for this pattern; give more"
                )
            row = int(kernels.find(*self._arena, *quarters))
        return row

    def _empty(self, level: int) -> int:
        while len(self._empties) <= level:
            self._empties.append(self._find(*[self._empties[-1]] * 4))
        return self._empties[level]

    def _spaced(self, square: _Square, j: int) -> _Square:
        """The square with so much empty ground around that 2^j generations stay in its middle."""
        target = max(square.level + 2, j + 3)
        if target > _HIGHEST:
            raise ValueError(f"generations: a step of 2^{j} is beyond a tree of {_HIGHEST} levels")
        square = self._roomy(square, target)
        row = square.row
        for level in range(square.level, target):
            e = self._empty(level - 1)
            a, b, c, d = self._nodes[row, :4].tolist()
            quarters = ((e, e, e, a), (e, e, b, e), (e, c, e, e), (d, e, e, e))
            row = self._find(*(self._find(*quarter) for quarter in quarters))
        return _Square(row, target)

    def _roomy(self, square: _Square, level: int) -> _Square:
        """The square with room for a few nodes at each level up to one."""
        wanted = 8 * level
        if self._free < wanted and not self._grown():
            return self._loaded(self._collected(square))
        return square

    def _trimmed(self, square: _Square) -> _Square:
        """The smallest square in the middle that holds all that is alive."""
        square = self._roomy(square, square.level)
        row, level = square.row, square.level
        while level > LEAF + 2:
            e = self._empty(level - 2)
            below = [self._nodes[quarter, :4].tolist() for quarter in self._nodes[row, :4].tolist()]
            if any(below[i][k] != e for i in range(4) for k in range(4) if k != 3 - i):
                break
            row = self._find(*(below[i][3 - i] for i in range(4)))
            level -= 1
        return _Square(row, level)

    def _collected(self, square: _Square) -> Macrocell:
        """The tree of a square, all else being forgotten."""
        arrays = self._dumped(square)
        self._clear()
        return Macrocell(*arrays)

    def _loaded(self, tree: Macrocell) -> _Square:
        """Enter a tree; a root that is a leaf gets empty ground around."""
        levels = tree.levels
        rows = np.zeros(len(levels), np.int64)
        empty = np.array([self._empty(level) for level in range(tree.level + 1)], np.int64)
        tree_arrays = (levels, tree.words, tree.children, empty, rows)
        while kernels.load(*self._arena, *tree_arrays) < len(levels):
            if not self._grown():
                raise MemoryError(
                    f"memory: {self.memory:,} bytes are not enough for a pattern of "
                    f"{len(levels):,} nodes; give more"
                )
        if tree.level > LEAF:
            return _Square(int(rows[-1]), tree.level)
        return self._framed(int(tree.words[-1]))

    def _framed(self, word: int) -> _Square:
        """The square of level 4 whose middle is a leaf."""
        if not word:
            return _Square(self._empty(LEAF + 1), LEAF + 1)
        bits = np.array([word], "<u8").view(np.uint8)
        cells = np.unpackbits(bits.reshape(8, 1), axis=1, bitorder="little")
        return self._loaded(Macrocell.of(Pattern(cells, corner=(-3, -4))))

    def _dumped(self, square: _Square) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Levels, words and children of the tree below a square."""
        levels = np.zeros(square.row + 1, np.int16)
        place = np.zeros(square.row + 1, np.int64)
        kernels.mark(self._nodes, square.row, square.level, levels)
        size = 1 + kernels.dump(self._nodes, square.row, levels, place)
        arrays = (np.zeros(size, np.int64), np.zeros(size, np.uint64), np.zeros((size, 4), int))
        kernels.write(self._nodes, square.row, levels, place, *arrays)
        return arrays

    def __repr__(self) -> str:
        return f"HashLife({str(self.rule)!r}, memory={self.memory:,})"
