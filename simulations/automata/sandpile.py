"""The abelian sandpile: a cell of four grains or more gives one to each neighbour.

Grains fall off the edge: outside lies ground that holds none, which this field calls an open
boundary and this package "fixed". So every pile settles, to the same heights in whatever order
cells topple, and the settled piles that can come back form a group.

References:
    P. Bak, C. Tang and K. Wiesenfeld, Self-organized criticality, Phys. Rev. Lett. 59, 1987.
    D. Dhar, Self-organized critical state of sandpile automaton models, Phys. Rev. Lett. 64, 1990:
    the group, its order, the burning test.
    D. Dhar, P. Ruelle, S. Sen and D.-N. Verma, Algebraic aspects of abelian sandpile models, J.
    Phys. A 28, 1995: the group's invariant factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.automata import _sandpile_kernels as kernels
from simulations.automata.automaton import LATEST, Automaton, Cells
from simulations.system import random_words

__all__ = [
    "Avalanches",
    "Sandpile",
    "Settled",
    "group_order",
    "invariant_factors",
    "is_recurrent",
    "sandpile_identity",
    "stabilise",
]

Heights = npt.NDArray[np.int64]
_MOST = 1 << 60

_AT_ONCE = 1 << 20
"""Grains whose avalanches are recorded at a time where only the pile is asked for."""


@dataclass(frozen=True, eq=False)
class Settled:
    """A pile that has settled.

    Attributes:
        heights: grains in each cell, 0 to 3, uint8 (H, W).
        topplings: how often each cell toppled (the odometer), int64 (H, W).
        lost: grains that fell off the edge.
    """

    heights: Cells
    topplings: Heights
    lost: int

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and numbers."""
        return {
            "heights": self.heights.tolist(),
            "topplings": self.topplings.tolist(),
            "lost": self.lost,
        }


@dataclass(frozen=True, eq=False)
class Avalanches:
    """What each dropped grain set off, one entry a grain.

    Attributes:
        sizes: topplings.
        areas: cells that toppled at least once.
        durations: rounds in which all unstable cells topple at once.
        lost: grains that fell off the edge.
        state: the pile after the last, uint8 (H, W).
    """

    sizes: Heights
    areas: Heights
    durations: Heights
    lost: Heights
    state: Cells

    def __repr__(self) -> str:
        largest = int(self.sizes.max(initial=0))
        return f"Avalanches(grains={len(self.sizes)}, largest={largest} topplings)"

    def to_dict(self) -> dict[str, Any]:
        """Plain lists."""
        names = ("sizes", "areas", "durations", "lost", "state")
        return {name: getattr(self, name).tolist() for name in names}


@final
class Sandpile(Automaton):
    """A settled pile that is driven: a step drops a grain on a random cell and lets all settle.

    Example:
        >>> import numpy as np
        >>> pile = Sandpile()
        >>> pile.avalanches(np.full((3, 3), 3), 1).lost.sum() > 0
        np.True_
    """

    BOUNDARIES: ClassVar[tuple[str, ...]] = ("fixed",)

    states = 4
    local = False
    clock = "grains"
    draws = True

    def __init__(self, boundary: str = "fixed") -> None:
        super().__init__(boundary)

    @property
    def name(self) -> str:
        """The abelian sandpile's name."""
        return "sandpile"

    def _advance(self, cells: Cells, steps: int, start: int, seed: int) -> Cells:
        for time in range(start, start + steps, _AT_ONCE):
            grains = min(_AT_ONCE, start + steps - time)
            cells = _driven(cells, grains, time, seed).state
        return cells

    def avalanches(
        self, state: npt.ArrayLike, steps: int, *, start: int = 0, seed: int = 0
    ) -> Avalanches:
        """As `run`, and what each of the `steps` grains set off."""
        cells = self.checked(state)
        count, begin = integer("steps", steps, 0, LATEST), integer("start", start, 0, LATEST)
        return _driven(cells, count if cells.size else 0, begin, seed)


def _driven(cells: Cells, steps: int, start: int, seed: int) -> Avalanches:
    around = np.pad(cells, 1)
    records = np.empty((4, steps), np.int64)
    kernels.drive(around, random_words(seed, (), 1)[0], start, *records)
    return Avalanches(*records, state=around[1:-1, 1:-1].copy())


def stabilise(heights: npt.ArrayLike) -> Settled:
    """Let a pile settle.

    Args:
        heights: grains in each cell, integers from 0 to 2^60 in all, (H, W).

    Raises:
        TypeError: not integers.
        ValueError: another number of axes, or a negative height.

    Example:
        >>> stabilise([[4, 3]]).heights
        array([[1, 0]], dtype=uint8)
    """
    array = np.asarray(heights)
    if array.dtype.kind not in "biu":
        raise TypeError(f"heights: got dtype {array.dtype}, accepted are integers")
    if array.ndim != 2:
        raise ValueError(f"heights: got {array.ndim} axes, accepted are 2")
    if array.size and (array.min() < 0 or array.sum(dtype=np.float64) > _MOST):
        raise ValueError(
            f"heights: got {array.min()} to {array.max()}, accepted are 0 and more, at most 2^60 "
            "in all"
        )
    around = np.pad(array.astype(np.int64), 1)
    topplings = np.zeros_like(around)
    if array.size:
        kernels.stabilise(around, topplings)
    inside = around[1:-1, 1:-1]
    lost = int(around.sum() - inside.sum())
    return Settled(inside.astype(np.uint8), topplings[1:-1, 1:-1].copy(), lost)


def sandpile_identity(shape: int | tuple[int, int]) -> Cells:
    """The group's neutral element: added to a recurrent pile and settled, it changes nothing.

    Args:
        shape: (rows, columns), or the side of a square.

    Example:
        >>> sandpile_identity(3)
        array([[2, 1, 2],
               [1, 0, 1],
               [2, 1, 2]], dtype=uint8)
    """
    double = np.full(_sides(shape), 6)
    return stabilise(double - stabilise(double).heights).heights


def is_recurrent(state: npt.ArrayLike) -> bool:
    """Whether a settled pile comes back: Dhar's burning test.

    A grain for each missing neighbour is added at the edge; the pile is recurrent exactly if every
    cell then topples once.

    Raises:
        ValueError, TypeError: as for `Sandpile`'s states.
    """
    cells = Sandpile().checked(state)
    burning = np.zeros(cells.shape, np.int64)
    for edge in (burning[:1], burning[-1:], burning[:, :1], burning[:, -1:]):
        edge += 1
    return bool((stabilise(cells + burning).topplings == 1).all())


def group_order(shape: int | tuple[int, int]) -> int:
    """How many recurrent piles there are: the determinant of the reduced Laplacian, exactly.

    Args:
        shape: (rows, columns), or the side of a square.

    Example:
        >>> [group_order(n) for n in (1, 2, 3)]
        [4, 192, 100352]
    """
    factors = invariant_factors(shape)
    order = 1
    for factor in factors:
        order *= factor
    return order


def invariant_factors(shape: int | tuple[int, int]) -> tuple[int, ...]:
    """The group as a product of cyclic ones: their orders, each a divisor of the next, none 1.

    Args:
        shape: (rows, columns), or the side of a square.

    Example:
        >>> invariant_factors(2)
        (8, 24)
    """
    rows, columns = sorted(_sides(shape), reverse=True)
    line = [[4 * (i == j) - (abs(i - j) == 1) for j in range(columns)] for i in range(columns)]
    # the Laplacian is made of rows of such blocks, beside them -1: eliminating those leaves a
    # polynomial of one block (Chebyshev's recurrence) with the same cokernel
    before, now = [[int(i == j) for j in range(columns)] for i in range(columns)], line
    for _ in range(rows - 1):
        product = _product(line, now)
        after = [
            [a - b for a, b in zip(p, q, strict=True)] for p, q in zip(product, before, strict=True)
        ]
        before, now = now, after
    return tuple(factor for factor in _smith(now) if factor > 1)


def _sides(shape: int | tuple[int, int]) -> tuple[int, int]:
    rows, columns = shape if isinstance(shape, tuple) else (shape, shape)
    return integer("shape", rows, 1), integer("shape", columns, 1)


Matrix = list[list[int]]


def _product(a: Matrix, b: Matrix) -> Matrix:
    columns = list(zip(*b, strict=True))
    return [
        [sum(x * y for x, y in zip(row, column, strict=True)) for column in columns] for row in a
    ]


def _smith(matrix: Matrix) -> Sequence[int]:
    """The diagonal of a non-singular square matrix's Smith normal form, by Euclid's algorithm."""
    rest, diagonal = [list(row) for row in matrix], []
    while rest:
        n = len(rest)
        _, i, j = min((abs(rest[i][j]), i, j) for i in range(n) for j in range(n) if rest[i][j])
        rest[0], rest[i] = rest[i], rest[0]
        for row in rest:
            row[0], row[j] = row[j], row[0]
        pivot = rest[0][0]
        for row in rest[1:]:
            _subtract(row, rest[0], row[0] // pivot)
        for k in range(1, n):
            times = rest[0][k] // pivot
            for row in rest:
                row[k] -= times * row[0]
        if any(row[0] for row in rest[1:]) or any(rest[0][1:]):
            continue
        odd = next((row for row in rest[1:] if any(value % pivot for value in row[1:])), None)
        if odd is not None:
            _subtract(rest[0], odd, -1)
            continue
        diagonal.append(abs(pivot))
        rest = [row[1:] for row in rest[1:]]
    return diagonal


def _subtract(row: list[int], other: Sequence[int], times: int) -> None:
    row[:] = [a - times * b for a, b in zip(row, other, strict=True)]
