"""Arrays of cells with margins, their causal neighbours, and the model that codes them."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import count

import numpy as np
from numpy.typing import NDArray

from complexity.context._kernels import plant
from complexity.context.ctw import _arena
from complexity.template import _kernels as kernels

__all__ = ["CellModel", "causal_neighbours"]


def causal_neighbours(sides: tuple[int, ...], number: int) -> list[tuple[int, ...]]:
    """Offsets from a cell to those before it in C order, nearest first.

    Of cells as near as each other (by Euclid) the one that comes later in C order is first. Offsets
    that lead out of every array of these sides are left out, so there may be fewer than `number`.
    """
    return _neighbours(tuple(min(side - 1, number) for side in sides), number)


@lru_cache(maxsize=64)
def _neighbours(reach: tuple[int, ...], number: int) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = []
    for square in count(1):
        if len(found) >= number or square > sum(r * r for r in reach):
            break
        shell = (offset for offset in _shell(reach, square) if offset < (0,) * len(reach))
        found += sorted(shell, reverse=True)
    return found[:number]


def _shell(reach: tuple[int, ...], square: int) -> list[tuple[int, ...]]:
    """The integer vectors of that squared length whose components are within reach."""
    root = math.isqrt(square)
    if len(reach) == 1:
        return [(step,) for step in {-root, root} if root * root == square and root <= reach[0]]
    longest = min(reach[0], root)
    steps = range(-longest, longest + 1)
    return [(step, *rest) for step in steps for rest in _shell(reach[1:], square - step * step)]


class CellModel:
    """A sequential model of the cells of an array, in C order.

    Args:
        sides: of the array, two at least, each at least 1.
        width: bits per cell, 1 to 8.
        depth: bits of context at most.
        tables: how many sets of trees; the first axis is cut in as many equal parts.
        predict: whether errors of a prediction are coded, for cells whose numbers are magnitudes.
    """

    def __init__(
        self, sides: tuple[int, ...], width: int, depth: int, *, tables: int = 1, predict: bool
    ) -> None:
        self.width, self.depth, self.predict = width, depth, predict
        self._sides, self._done = sides, 0
        near = [] if predict else causal_neighbours(sides, -(-depth // width))
        # What is behind the end of a row lies in the margin before the next, so one side is enough.
        self._margins = [max((abs(o[axis]) for o in near), default=0) for axis in range(len(sides))]
        if predict:
            self._margins = [1] * (len(sides) - 2) + [2, 2]
        padded = [side + margin for side, margin in zip(sides, self._margins, strict=True)]
        self._strides = [math.prod(padded[axis + 1 :]) for axis in range(len(sides))]
        self.field = np.zeros(math.prod(padded), np.uint8)
        self.offsets = np.array([np.dot(o, self._strides) for o in near], np.int64)
        self._slab = self._strides[-3] if len(sides) > 2 else 0
        predictors = kernels.PREDICTORS_3D if self._slab else kernels.PREDICTORS
        self.errors = np.zeros((predictors + 2 if predict else 0, self.field.size), np.uint8)
        self.bias = np.zeros((kernels.BIASES, 2), np.int64)
        self._rows_per_table = math.prod(sides[:-1]) // tables
        roots = tables << width
        self.nodes = _arena(2 * roots)
        self.model = np.array([0, roots], np.uint64)
        plant(self.nodes, roots, depth)

    def advance(
        self,
        symbols: NDArray[np.uint8],
        mode: int,
        coder: NDArray[np.uint64],
        cost: NDArray[np.float64],
        buffer: NDArray[np.uint8],
    ) -> bool:
        self._reserve(2 * self.width * symbols.size)
        length = self._sides[-1]
        row, column = divmod(self._done, length)
        self._done += symbols.size
        rows = np.arange(row, -(-self._done // length))
        place = (self.field, self._starts(rows), length, column)
        state = (self.nodes, self.model, coder, cost, symbols, buffer, mode, self.width, self.depth)
        if self.predict:
            return kernels.code_by_prediction(
                *state, *place, self._strides[-2], self._slab, self.errors, self.bias
            )
        roots = rows // self._rows_per_table << self.width
        return kernels.code_by_neighbours(*state, *place, roots, self.offsets)

    def _starts(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where rows begin in the field."""
        starts = np.full(rows.size, self._margins[-1], np.int64)
        places = zip(np.unravel_index(rows, self._sides[:-1]), self._margins, strict=False)
        for (index, margin), stride in zip(places, self._strides, strict=False):
            starts += (index + margin) * stride
        return starts

    def _reserve(self, free: int) -> None:
        used = int(self.model[kernels.USED])
        if self.nodes.size - used < free:
            nodes = _arena(max(2 * self.nodes.size, used + free))
            nodes[:used] = self.nodes[:used]
            self.nodes = nodes
