"""Real data as counts of cells: what "recorded to a precision" means.

A value x lies in cell round((x - least) / precision), and the cell covers half a precision on
either side of its centre, so that the range of the data is from least - precision / 2 to greatest +
precision / 2 (Kontkanen and Myllymäki 2007, section 2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import as_array

__all__ = ["MAX_CELLS", "Grid", "as_grid", "as_precision", "as_values", "default_precision"]

MAX_CELLS = 1 << 52
"""The most cells: doubles hold every integer up to here."""

_FINEST_DECIMAL, _DECIMAL_CELLS = 9, 1 << 40
_DEFAULT_CELLS = 1 << 45


@dataclass(frozen=True)
class Grid:
    """Data as counts of cells.

    Attributes:
        origin: centre of cell 0, the least value.
        precision: width of a cell.
        size: number of cells from the least value's to the greatest's.
        cells: the cells that hold a value, ascending, (m,) int64.
        counts: values in each, (m,) int64.
    """

    origin: float
    precision: float
    size: int
    cells: NDArray[np.int64] = field(repr=False)
    counts: NDArray[np.int64] = field(repr=False)

    @property
    def n(self) -> int:
        """Number of values."""
        return int(self.counts.sum())

    def edge(self, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """The lower edges of cells, (k,) float64; that of cell `size` is the upper end."""
        return self.origin + (np.asarray(cells, np.float64) - 0.5) * self.precision


def as_grid(x: ArrayLike, precision: float | None = None) -> Grid:
    """Count values in cells.

    Args:
        x: values (n,), integers or floats, n at least 1.
        precision: width of a cell. None takes 1 for integers; for floats the finest power of ten
            from 1 to 1e-9 of which all are multiples, if that makes at most 2^40 cells; else it
            makes 2^45 cells, or fewer where doubles as large as the values lie further apart.

    Raises:
        TypeError: the values are no real numbers.
        ValueError: there is none, one is NaN or infinite, they have other than one dimension, the
            precision is not positive, or the range holds more than 2^52 cells; without a precision,
            also if all floats are the same, from which no precision follows.
    """
    values = as_values(x)
    least, greatest = float(values.min()), float(values.max())
    spread = greatest - least
    if not math.isfinite(spread):
        raise ValueError(
            f"x: got {least:g} to {greatest:g}, whose range overflows, accepted is one that does "
            "not; scale them down"
        )
    if values.dtype.kind in "iu":
        spread = float(int(values.max()) - int(values.min()))
    step = default_precision(values, spread) if precision is None else as_precision(precision)
    if spread / step > MAX_CELLS - 2:
        least_step = math.ldexp(spread, -51)
        raise ValueError(
            f"precision: got {step:g} for a range of {spread:g}, "
            f"accepted is at least {least_step:g}"
        )
    if values.dtype.kind in "iu" and step == 1:
        # exact where doubles are not; modulo 2^64, as the range may be beyond the values' type
        whole = values.astype(np.uint64)
        found = (whole - whole[values.argmin()]).astype(np.int64)
    else:
        found = np.rint((values.astype(np.float64) - least) / step).astype(np.int64)
    cells, counts = np.unique(found, return_counts=True)
    return Grid(least, step, int(cells[-1]) + 1, cells, counts.astype(np.int64))


def as_values(x: Any, argument: str = "x") -> NDArray[Any]:
    """Finite real numbers (n,), n at least 1, as integers or float64.

    Raises:
        TypeError: they are no real numbers.
        ValueError: there is none, one is NaN or infinite, or the dimension is not one.
    """
    values = as_array(argument, x, "accepted are numbers (n,)")
    if values.dtype.kind not in "iuf" and values.size:
        raise TypeError(f"{argument}: got items of type {values.dtype}, accepted are real numbers")
    if values.ndim != 1 or not values.size:
        raise ValueError(
            f"{argument}: got an array of shape {values.shape}, accepted are at least 1 number (n,)"
        )
    if values.dtype.kind == "f":
        values = values.astype(np.float64)
        wrong = np.flatnonzero(~np.isfinite(values))
        if wrong.size:
            raise ValueError(
                f"{argument}: got {values[wrong[0]]} at {wrong[0]}, accepted are finite numbers; "
                f"consider {argument}[numpy.isfinite({argument})]"
            )
    return values


def as_precision(precision: Any) -> float:
    """A positive finite number.

    Raises:
        TypeError, ValueError: it is none.
    """
    if isinstance(precision, bool) or not isinstance(precision, int | float | np.number):
        raise TypeError(f"precision: got {precision!r}, accepted is a positive number")
    if not 0 < float(precision) < math.inf:
        raise ValueError(f"precision: got {precision}, accepted is a positive finite number")
    return float(precision)


def default_precision(values: NDArray[Any], spread: float) -> float:
    """The precision that `as_grid` takes where none is given, for values of a range `spread`.

    Raises:
        ValueError: all are the same float.
    """
    if values.dtype.kind in "iu":
        return 1.0
    if spread == 0:
        raise ValueError(
            f"x: got the one value {float(values[0]):g}, from which no precision follows; "
            "give precision="
        )
    finest = float(np.spacing(np.abs(values).max()))
    for digits in range(_FINEST_DECIMAL + 1):
        step = 10.0**-digits
        if spread / step > _DECIMAL_CELLS or step < finest:
            break
        if np.array_equal(np.round(values, digits), values):
            return step
    return max(spread / (_DEFAULT_CELLS - 1), finest)
