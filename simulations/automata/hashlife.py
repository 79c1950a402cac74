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
from simulations.automata.rulestring import CountRule, count_rule

__all__ = ["HashLife"]

_BYTES = 48
"""Of a node: its row, two places in the table, and what writing a tree takes."""

_FIRST = 1 << 14
"""Nodes there is room for at the beginning."""

_HIGHEST = 1000
"""The highest level of a tree."""

_SPLITS = 10
"""How often a step that does not fit into memory is halved before it is given up."""

_MANY = 1 << 11
"""Nodes from which on it pays to compile the kernel that enters them."""

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
        self._rule = _polynomial(self.rule)
        self._work = np.zeros((_HIGHEST + 1, kernels.PLACES), np.int64)
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
            square = self._step(square, (amount & 3) - 4)
        for j in range(2, amount.bit_length()):
            if amount >> j & 1:
                square = self._step(square, j)
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

    def _step(self, square: _Square, j: int, splits: int = 0) -> _Square:
        """2^j generations, or j + 4 if j is below 0."""
        for _ in range(2):
            square = self._spaced(square, j)
            found = self._result(square, j)
            if found is not None:
                return self._trimmed(found)
            square = self._loaded(self._collected(square))
        if j <= 2 or splits == _SPLITS:
            raise MemoryError(
                f"memory: {self.memory:,} bytes ({self._most:,} nodes) are not enough for this "
                f"pattern at steps of {1 << j if j > 0 else j + 4:,} generations; give more"
            )
        for _ in range(2):
            square = self._step(square, j - 1, splits + 1)
        return square

    def _result(self, square: _Square, j: int) -> _Square | None:
        """The middle of a square a step later, None if there is no room for it."""
        state = (*self._arena, self._work, self._rule)
        while True:
            found = kernels.result(*state, square.row, square.level, j)
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
        enter = self._entered if len(tree.levels) < _MANY else self._bulk
        rows = enter(tree, [self._empty(level) for level in range(tree.level + 1)])
        if tree.level > LEAF:
            return _Square(int(rows[-1]), tree.level)
        return self._framed(int(tree.words[-1]))

    def _entered(self, tree: Macrocell, empty: list[int]) -> list[int]:
        """Each node's row."""
        rows = [0]
        halves = tree.words.astype("<u8").view("<u4").reshape(-1, 2).tolist()
        nodes = zip(tree.levels.tolist(), halves, tree.children.tolist(), strict=True)
        next(nodes)
        for level, half, four in nodes:
            if level == LEAF:
                rows.append(self._find(*half, 0, kernels.TAG))
            else:
                rows.append(self._find(*(rows[i] if i else empty[level - 1] for i in four)))
        return rows

    def _bulk(self, tree: Macrocell, empty: list[int]) -> npt.NDArray[np.int64]:
        """As `_entered`, for many nodes."""
        size = len(tree.levels)
        rows = np.zeros(size, np.int64)
        halves = tree.words.astype("<u8").view("<u4").reshape(-1, 2).astype(np.uint32, copy=False)
        arrays = (tree.levels, halves, tree.children, np.array(empty, np.int64), rows)
        while kernels.load(*self._arena, *arrays) < size:
            if not self._grown():
                raise MemoryError(
                    f"memory: {self.memory:,} bytes are not enough for a pattern of "
                    f"{size:,} nodes; give more"
                )
        return rows

    def _framed(self, word: int) -> _Square:
        """The square of level 4 whose middle is a leaf."""
        if not word:
            return _Square(self._empty(LEAF + 1), LEAF + 1)
        bits = np.array([word], "<u8").view(np.uint8)
        cells = np.unpackbits(bits.reshape(8, 1), axis=1, bitorder="little")
        return self._loaded(Macrocell.of(Pattern(cells, corner=(-3, -4))))

    def _dumped(self, square: _Square) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Levels, words and children of the tree below a square."""
        nodes, row = self._nodes, square.row
        parts = [np.array([row])]
        seen = np.zeros(row + 1, bool)
        for _ in range(square.level - LEAF):
            seen[nodes[parts[-1], :4]] = True
            parts.append(np.flatnonzero(seen))
            seen[parts[-1]] = False
        levels = np.zeros(row + 1, np.int16)
        levels[parts.pop()] = LEAF
        levels[0] = 0
        for level, part in enumerate(reversed(parts), LEAF + 1):
            levels[part] = level * levels[nodes[part, :4]].any(axis=1)
        return _written(nodes, levels)

    def __repr__(self) -> str:
        return f"HashLife({str(self.rule)!r}, memory={self.memory:,})"


def _written(
    nodes: npt.NDArray[np.uint32], levels: npt.NDArray[np.int16]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levels, words and children of the rows whose level is not 0, in their order."""
    kept = np.flatnonzero(levels)
    place = np.zeros(len(levels), np.int64)
    place[kept] = np.arange(1, len(kept) + 1)
    quarters = nodes[kept, :4]
    leaf = levels[kept] == LEAF
    words = np.zeros(len(kept) + 1, np.uint64)
    words[1:][leaf] = quarters[leaf, 0] | quarters[leaf, 1].astype(np.uint64) << 32
    quarters[leaf] = 0
    nothing = np.zeros((1, 4), np.int64)
    children = np.concatenate([nothing, place[quarters]])
    return np.append(0, levels[kept]).astype(np.int64), words, children


def _polynomial(rule: CountRule) -> npt.NDArray[np.uint64]:
    """A rule as the kernels take it, and room for cells."""
    parts = (rule.birth, rule.survival)
    terms = np.array([[n in part for part in parts] for n in range(9)]).reshape(-1)
    terms[16:] ^= terms[:2]
    for bit in (1, 2, 4, 8):
        terms[[m for m in range(16) if m & bit]] ^= terms[[m for m in range(16) if not m & bit]]
    terms[17] ^= terms[16]
    words = np.zeros(kernels.BITS, np.uint64)
    words[: kernels.COUNTS] = np.where(terms, _ONES, 0).astype(np.uint64)
    return words
