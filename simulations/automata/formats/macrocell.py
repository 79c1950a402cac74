"""Macrocells (.mc): the cells of a plane as a quadtree whose equal squares are one node.

References:
    R. W. Gosper, Exploiting regularities in large cellular spaces, Physica D 10, 1984: the tree.
    Golly's manual, "Macrocell format": the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from simulations.automata.formats.pattern import (
    LONG_DIGITS,
    Pattern,
    PatternError,
    lines_of,
    number,
    room,
    shown,
    split_rule,
    written,
)
from simulations.automata.formats.rle import Runs
from simulations.automata.plane import Cells

__all__ = ["HEAD", "LEAF", "Macrocell", "decode", "encode"]

HEAD = "[M2]"
LEAF = 3
"""The level of a leaf: 8 by 8 cells."""

_MIDDLE = 1
"""The row below the root's middle; its column is 0. Golly counts rows upwards inside."""

_MOST_LEVELS = 1000
_MOST_CELLS = 1 << 24
"""Live cells of a file that are listed one by one on their way into a tree."""

_NARROW = 40
"""Levels up to here are handled in 64-bit arithmetic."""

_PART = 1 << 14
"""Leaves unpacked at a time."""

Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False, repr=False)
class Macrocell:
    """Live and dead cells of an unbounded plane, far too many to list, as a tree of shared nodes.

    A node of level k is a square of side 2^k: a leaf of 8 by 8 cells, or its four quarters. The
    root is the last row; its middle is the corner of four cells of which, as in Golly's files, the
    upper right one is (0, 0).

    Attributes:
        levels: (nodes,); row 0 stands for an empty square of any level.
        words: uint64 (nodes,): the cells of a leaf, bit 8 y + x; 0 for others.
        children: (nodes, 4): the rows of a node's upper left, upper right, lower left and lower
            right quarter, each above the node's own row; 0 for leaves.
        rule: as its file writes it, without the bounded grid.
        grid: the suffix of a bounded grid, as of a `Pattern`.
        generation: the time of the cells.
        comments: lines.
    """

    levels: Integers
    words: Words
    children: Integers
    rule: str = "B3/S23"
    grid: str = ""
    generation: int = 0
    comments: tuple[str, ...] = ()

    @classmethod
    def of(cls, pattern: Pattern) -> Macrocell:
        """The tree of a pattern of two states, at the pattern's corner.

        Raises:
            ValueError: more than two states, or a corner beyond 2^60.
        """
        cells = pattern.cells
        if cells.size and cells.max() > 1:
            raise ValueError(
                f"pattern: got state {cells.max()}, accepted for a macrocell are 0 and 1"
            )
        row, column = pattern.corner[0] - _MIDDLE, pattern.corner[1]
        _near(row, column)
        top, left = row % 8, column % 8
        height, width = cells.shape
        wide = np.pad(cells, ((top, -(top + height) % 8), (left, -(left + width) % 8)))
        shape = (wide.shape[0] // 8, 8, wide.shape[1] // 8, 8)
        blocks = np.packbits(wide.reshape(shape), axis=3, bitorder="little")
        words = np.ascontiguousarray(blocks[..., 0].transpose(0, 2, 1)).view("<u8")[..., 0]
        y, x = np.nonzero(words)
        tree = _built(y + (row >> 3), x + (column >> 3), words[y, x].astype(np.uint64))
        said = (pattern.rule, pattern.grid, pattern.generation, pattern.comments)
        return cls(*tree, *said)

    @classmethod
    def of_runs(cls, runs: Runs) -> Macrocell:
        """The tree of a run-length encoded file, whose box may be larger than any array.

        Raises:
            PatternError: more than two states, or too many live cells to list.
        """
        table = np.array(runs.runs, np.int64).reshape(-1, 4)
        if table.size and table[:, 3].max() > 1:
            raise PatternError("pattern: more than two states, accepted for a macrocell are 0, 1")
        total = sum(table[:, 2].tolist())
        if total > _MOST_CELLS:
            raise PatternError(
                f"pattern: {total:,} live cells, accepted for a tree are {_MOST_CELLS:,}"
            )
        row, column = runs.said.get("corner", (0, 0))
        row -= _MIDDLE
        _near(row + runs.height, column + runs.width)
        _near(row, column)
        lengths = table[:, 2]
        steps = np.arange(total) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        y, x = np.repeat(table[:, 0], lengths) + row, np.repeat(table[:, 1], lengths) + steps
        x += column
        bits = np.uint64(1) << ((y & 7) * 8 + (x & 7)).astype(np.uint64)
        order = np.lexsort((x >> 3, y >> 3))
        y, x, bits = y[order] >> 3, x[order] >> 3, bits[order]
        first = np.flatnonzero(np.diff(y, prepend=y[:1] - 1) | np.diff(x, prepend=x[:1] - 1))
        words = np.bitwise_or.reduceat(bits, first) if total else bits
        tree = _built(y[first], x[first], words)
        said = {key: runs.said[key] for key in ("rule", "grid", "generation") if key in runs.said}
        return cls(*tree, **said, comments=runs.said.get("comments", ()))

    @property
    def level(self) -> int:
        """The root's: all live cells are within 2^(level - 1) of the origin."""
        return int(self.levels[-1])

    @cached_property
    def _populations(self) -> np.ndarray:
        """Live cells of each node, Python ints."""
        counts = np.bitwise_count(self.words).astype(object)
        for _, rows in self._bottom_up():
            counts[rows] = counts[self.children[rows]].sum(1)
        return counts

    def _bottom_up(self) -> Iterator[tuple[int, Integers]]:
        """The rows of each level above the leaves', from below."""
        order = np.argsort(self.levels, kind="stable")
        ends = np.flatnonzero(np.diff(self.levels[order], append=_MOST_LEVELS + 1)) + 1
        for rows in np.split(order, ends[:-1]):
            if self.levels[rows[0]] > LEAF:
                yield int(self.levels[rows[0]]), rows

    @cached_property
    def population(self) -> int:
        """How many cells are alive, exactly."""
        return int(self._populations[-1])

    @cached_property
    def _box(self) -> tuple[int, int, int, int]:
        """Empty lines of the root above, to the left, below and to the right of all live cells."""
        sides = ((0, 1, 2, 3), (0, 2, 1, 3), (2, 3, 0, 1), (1, 3, 0, 2))
        above, left, below, right = (self._gap(near) for near in sides)
        return above, left, below, right

    @property
    def corner(self) -> tuple[int, int]:
        """(row, column) of the upper left of the smallest box of live cells, (0, 0) for none."""
        if not self.population:
            return 0, 0
        half = 1 << (self.level - 1)
        return self._box[0] - half + _MIDDLE, self._box[1] - half

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the smallest box of live cells."""
        if not self.population:
            return 0, 0
        above, left, below, right = self._box
        side = 1 << self.level
        return side - above - below, side - left - right

    def _gap(self, near: tuple[int, int, int, int]) -> int:
        """Empty lines at one side of the root; the side's two quarters are the first of `near`."""
        gaps = self._leaf_gaps(near).astype(object)
        for level, rows in self._bottom_up():
            half = 1 << (level - 1)
            below = self.children[rows][:, list(near)]
            each = np.where(below == 0, half, gaps[below])
            each[:, :2] = np.where(each[:, :2] < half, each[:, :2], 2 * half)
            each[:, 2:] += half
            gaps[rows] = each.min(1)
        return int(gaps[-1])

    def _leaf_gaps(self, near: tuple[int, int, int, int]) -> np.ndarray:
        """Empty lines at one side of each leaf, 8 for an empty one."""
        across = 2 if near[:2] in ((0, 1), (2, 3)) else 1
        lines = _bits(self.words).max(across)
        lines = lines[:, ::-1] if near[0] else lines
        return np.where(lines.max(1) > 0, lines.argmax(1), 8)

    def window(self, corner: tuple[int, int], shape: tuple[int, int]) -> Cells:
        """The cells from a corner on.

        Args:
            corner: (row, column) of the first cell.
            shape: (height, width).

        Returns:
            uint8 of that shape.

        Raises:
            PatternError: more cells than an array may have.
        """
        height, width = shape
        room(height, width)
        cells = np.zeros(shape, np.uint8)
        ids, y, x = self._leaves_within(corner, shape)
        for part in range(0, len(ids), _PART):
            some = slice(part, part + _PART)
            leaf, row, column = np.nonzero(_bits(self.words[ids[some]]))
            row, column = row + y[some][leaf], column + x[some][leaf]
            seen = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            cells[row[seen], column[seen]] = 1
        return cells

    def _leaves_within(
        self, corner: tuple[int, int], shape: tuple[int, int]
    ) -> tuple[Integers, Integers, Integers]:
        """Rows and places, from `corner` on, of the live leaves that a window meets."""
        alive = self._populations > 0
        half = (1 << self.level) // 2
        ids, y, x = (
            np.array([value], object)
            for value in (len(self.levels) - 1, _MIDDLE - half - corner[0], -half - corner[1])
        )
        for level in range(self.level, LEAF - 1, -1):
            side = 1 << level
            seen = (y > -side) & (y < shape[0]) & (x > -side) & (x < shape[1])
            kept = seen.astype(bool) & alive[ids.astype(np.int64)]
            dtype = object if level > _NARROW else np.int64
            ids, y, x = ids[kept].astype(np.int64), y[kept].astype(dtype), x[kept].astype(dtype)
            if level > LEAF:
                far = side // 2
                ids = self.children[ids].ravel()
                y = (y[:, None] + np.array([0, 0, far, far], dtype)).ravel()
                x = (x[:, None] + np.array([0, far, 0, far], dtype)).ravel()
        return ids.astype(np.int64), y.astype(np.int64), x.astype(np.int64)

    def pattern(self) -> Pattern:
        """The smallest box of live cells.

        Raises:
            PatternError: it has more cells than an array may have.
        """
        cells = self.window(self.corner, self.shape)
        said = (self.rule, self.grid, self.corner, self.generation)
        return Pattern(cells, *said, comments=self.comments)

    def __repr__(self) -> str:
        return (
            f"Macrocell({len(self.levels) - 1} nodes, level {self.level}, {self.population} alive, "
            f"{self.rule!r}, generation {self.generation})"
        )


def _bits(words: Words) -> np.ndarray:
    """The cells (n, 8, 8) of leaves."""
    data = words.astype("<u8").view(np.uint8).reshape(-1, 8, 1)
    return np.unpackbits(data, axis=2, bitorder="little")


def _near(row: int, column: int) -> None:
    if max(abs(row), abs(column)) >= 1 << 60:
        raise PatternError(f"corner: got ({row}, {column}), accepted are numbers below 2^60")


def _built(y: Integers, x: Integers, words: Words) -> tuple[Integers, Words, Integers]:
    """Levels, words and children of the tree of leaves at (8 y, 8 x)."""
    leaves, ids = np.unique(words, return_inverse=True)
    levels = [np.zeros(1, np.int64), np.full(len(leaves), LEAF)]
    children = [np.zeros((1 + len(leaves), 4), np.int64)]
    ids, level, count = ids + 1, LEAF, 1 + len(leaves)
    done = not words.size
    while not done:
        level += 1
        done = bool(((y + 1) | (x + 1)).max() <= 1 and min(y.min(), x.min()) >= -1)
        if done:
            y, x = y + 1, x + 1
        quarter = (y & 1) * 2 + (x & 1)
        order = np.lexsort((x >> 1, y >> 1))
        up, left = y[order] >> 1, x[order] >> 1
        new = np.diff(up, prepend=up[0] - 1).astype(bool) | (
            np.diff(left, prepend=left[0] - 1) != 0
        )
        squares = np.zeros((int(new.sum()), 4), np.int64)
        squares[np.cumsum(new) - 1, quarter[order]] = ids[order]
        y, x = up[new], left[new]
        nodes, ids = np.unique(squares, axis=0, return_inverse=True)
        ids = ids.ravel() + count
        levels.append(np.full(len(nodes), level))
        children.append(nodes)
        count += len(nodes)
    every = np.zeros(count, np.uint64)
    every[1 : 1 + len(leaves)] = leaves
    return np.concatenate(levels), every, np.concatenate(children)


def decode(text: str) -> Macrocell:
    """Read a tree of two states.

    Raises:
        PatternError: it is malformed, of more than two states, or of too many levels.
    """
    lines = lines_of(text)
    if not lines or not lines[0].startswith(HEAD):
        got = shown(lines[0] if lines else "")
        raise PatternError(f"head: got {got}, accepted is {HEAD} and what wrote it", line=1)
    said: dict = {}
    comments: list[str] = []
    levels, words, children = [0], [0], [(0, 0, 0, 0)]
    for i, line in enumerate(lines[1:], 2):
        if line.startswith("#"):
            _remark(line, i, said, comments)
        elif line[:1] in ("$", ".", "*"):
            levels.append(LEAF)
            words.append(_leaf(line.rstrip(), i))
            children.append((0, 0, 0, 0))
        elif line.strip():
            level, below = _node(line, i, levels)
            levels.append(level)
            words.append(0)
            children.append(below)
    tree = (np.array(levels), np.array(words, np.uint64), np.array(children, np.int64))
    return Macrocell(*tree, **said, comments=tuple(comments))


def _remark(line: str, i: int, said: dict, comments: list[str]) -> None:
    kind, rest = line[1:2], line[2:].strip()
    if kind == "R":
        said["rule"], said["grid"] = split_rule(rest, i)
    elif kind == "G":
        if not (rest.isascii() and rest.isdigit()) or len(rest) > LONG_DIGITS:
            raise PatternError(f"#G: got {shown(rest)}, accepted is a number", line=i)
        said["generation"] = int(rest)
    else:
        comments.append(rest if kind == "C" else line[1:].strip())


def _leaf(line: str, i: int) -> int:
    """The word of a line of rows of . and *, each ended by $."""
    rows = line.removesuffix("$").split("$")
    if len(rows) > 8 or max(map(len, rows)) > 8:
        raise PatternError(f"leaf: got {shown(line)}, accepted are 8 rows of 8 cells", line=i)
    word = 0
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if cell == "*":
                word |= 1 << (8 * y + x)
            elif cell != ".":
                raise PatternError(f"leaf: got {cell!r}, accepted are . and * and $", line=i)
    return word


def _node(line: str, i: int, levels: list[int]) -> tuple[int, tuple[int, int, int, int]]:
    """The level and the quarters of a line of five numbers."""
    parts = line.split()
    if len(parts) != 5:
        raise PatternError(
            f"node: got {shown(line)}, accepted are a level and four rows, or a leaf as *.*$",
            line=i,
        )
    level, *below = (number(part, "node", i) for part in parts)
    if not LEAF < level <= _MOST_LEVELS:
        raise PatternError(
            f"node: level {level}, accepted for two states are {LEAF + 1} to {_MOST_LEVELS}", line=i
        )
    for row in below:
        if not 0 <= row < len(levels) or (row and levels[row] != level - 1):
            raise PatternError(
                f"node: row {row} of a node of level {level}, accepted are 0 and rows before it of "
                f"level {level - 1}",
                line=i,
            )
    return level, (below[0], below[1], below[2], below[3])


def encode(tree: Macrocell) -> str:
    """Write a tree with all it says.

    Raises:
        ValueError: a generation of more than `LONG_DIGITS` digits.
    """
    grid = f":{tree.grid}" if tree.grid else ""
    lines = [f"{HEAD} (complexodynamics)", f"#R {tree.rule}{grid}"]
    lines += [f"#G {written(tree.generation, 'generation', LONG_DIGITS)}"] * bool(tree.generation)
    lines += [f"#C {comment}" for comment in tree.comments]
    cells = _bits(tree.words).tolist()
    rows = zip(tree.levels.tolist(), tree.children.tolist(), cells, strict=True)
    for level, below, leaf in list(rows)[1:]:
        if level == LEAF:
            text = "$".join("".join(".*"[c] for c in row).rstrip(".") for row in leaf)
            lines.append(text.rstrip("$") + "$")
        else:
            lines.append(" ".join(map(str, (level, *below))))
    return "\n".join([*lines, *(["$"] if len(tree.levels) == 1 else []), ""])
