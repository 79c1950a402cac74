"""The unbounded plane: a finite pattern on empty ground, and where it lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Cells", "Plane"]

Cells = npt.NDArray[np.uint8]

_STRIDE = 64
"""Steps between two fittings of the pattern's box."""


@dataclass(frozen=True)
class Plane:
    """Cells that are 0 outside of an array.

    Attributes:
        cells: the array that holds all that is not 0; leading axes are not of space.
        corner: the place of its first cell, one number for each axis of space.
    """

    cells: Cells
    corner: tuple[int, ...]

    @property
    def axes(self) -> int:
        """How many axes are of space, the last ones."""
        return len(self.corner)

    def fitted(self) -> Plane:
        """The same plane in the smallest array, of no cells where it is empty."""
        every = range(self.cells.ndim)
        shadows = [self.cells.max(tuple({*every} - {axis}), initial=0) for axis in every]
        places = [np.flatnonzero(shadow) for shadow in shadows[-self.axes :]]
        if not places[0].size:
            lead = self.cells.shape[: self.cells.ndim - self.axes]
            return Plane(np.zeros((*lead, *(0,) * self.axes), np.uint8), self.corner)
        low = [int(p[0]) for p in places]
        high = [int(p[-1]) + 1 for p in places]
        box = (..., *(slice(a, b) for a, b in zip(low, high, strict=True)))
        corner = tuple(c + a for c, a in zip(self.corner, low, strict=True))
        return Plane(np.ascontiguousarray(self.cells[box]), corner)

    def padded(self, margin: int) -> Plane:
        """The same plane with so many rows and columns of zeros more on every side."""
        lead = self.cells.ndim - self.axes
        width = [(0, 0)] * lead + [(margin, margin)] * self.axes
        return Plane(np.pad(self.cells, width), tuple(c - margin for c in self.corner))

    def window(self, shape: tuple[int, ...]) -> Cells:
        """The cells from 0 to `shape`, the shape of space alone."""
        lead = self.cells.shape[: self.cells.ndim - self.axes]
        seen = np.zeros((*lead, *shape), np.uint8)
        here: list[slice] = []
        there: list[slice] = []
        sizes = self.cells.shape[len(lead) :]
        for corner, size, side in zip(self.corner, sizes, shape, strict=True):
            first, last = max(corner, 0), max(min(corner + size, side), max(corner, 0))
            there.append(slice(first, last))
            here.append(slice(first - corner, last - corner))
        seen[(..., *there)] = self.cells[(..., *here)]
        return seen

    def advanced(
        self,
        steps: int,
        radius: int,
        step: Callable[[Cells, int], Cells],
        room: Callable[[int], None],
    ) -> Plane:
        """The plane `steps` later.

        Args:
            steps: how many.
            radius: how far a cell's influence reaches in one.
            step: (cells, n) -> the cells n steps later if all outside stays 0; empty ground stays
                empty under the rule.
            room: raises MemoryError if so many bytes cannot be had.
        """
        plane = self
        while steps:
            plane = plane.fitted()
            if not plane.cells.size:
                return plane
            # on a line a margin of an eighth is cheap
            far = plane.cells.size // (8 * max(radius, 1)) if plane.cells.ndim == 1 else 0
            count = min(steps, max(_STRIDE, far))
            margin = count * radius
            sides = plane.cells.shape[-plane.axes :]
            room(4 * int(np.prod([side + 2 * margin for side in sides], dtype=object)))
            wide = plane.padded(margin)
            plane = Plane(step(wide.cells, count), wide.corner)
            steps -= count
        return plane
