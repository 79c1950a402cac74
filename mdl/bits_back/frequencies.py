"""Distributions as integers: cumulative frequencies in units of 2^-precision, and buckets.

Rounding is down and the same on every machine; whatever can be coded gets 2 units at the least, so
that no symbol is impossible and an error of a distribution function below 2^-41 does no harm.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer
from mdl.bits_back import _kernels as kernels

__all__ = [
    "MAX_PRECISION",
    "cumulative_frequencies",
    "normal_edges",
    "normal_middles",
]

MAX_PRECISION = 40
"""Bits of a probability, so that those of 2^16 buckets leak less than 10^-6 bits a symbol."""


def cumulative_frequencies(
    probabilities: ArrayLike, *, precision: int = MAX_PRECISION
) -> NDArray[np.uint64]:
    """Probabilities (n, K) as cumulative frequencies (n, K + 1) in units of 2^-precision.

    Rounded down, the same on every machine, and never below 2 units.

    Raises:
        ValueError: it is no table, or a probability is NaN, infinite or negative, or all of a row
            are 0; K is more than a quarter of 2^precision.
    """
    table = np.ascontiguousarray(probabilities, np.float64)
    if table.ndim != 2 or not table.shape[1]:
        raise ValueError(f"probabilities: got shape {table.shape}, accepted is (n, K) with K > 0")
    if 4 * table.shape[1] > 1 << checked_precision(precision):
        raise ValueError(f"precision: got {precision} bits for {table.shape[1]} symbols")
    totals = table.sum(axis=1)
    if not (np.isfinite(totals).all() and (totals > 0).all() and (table >= 0).all()):
        row = int(np.argmin(np.isfinite(totals) & (totals > 0) & (table >= 0).all(axis=1)))
        raise ValueError(f"probabilities: row {row} has NaN, negative or no mass")
    return kernels.cumulative(table, np.uint64(precision))


@cache
def normal_edges(bits: int) -> NDArray[np.float64]:
    """Edges (2^bits + 1,) of 2^bits buckets that have equal mass under the standard normal."""
    upper = kernels.normal_quantiles(integer("bits", bits, 1, 16), 1.0)
    return _fixed(np.concatenate([[-np.inf], upper]))


@cache
def normal_middles(bits: int) -> NDArray[np.float64]:
    """Medians (2^bits,) of the buckets of `normal_edges`."""
    return _fixed(kernels.normal_quantiles(integer("bits", bits, 1, 16), 0.5))


def _fixed(array: NDArray[np.float64]) -> NDArray[np.float64]:
    array.flags.writeable = False
    return array


def checked_precision(value: int, argument: str = "precision") -> int:
    """Return a precision of 1 to 40 bits."""
    return integer(argument, value, 1, MAX_PRECISION)


def checked_symbols(symbols: ArrayLike, size: int) -> NDArray[np.int64]:
    """Symbols (n,) as int64, if they are 0 to size - 1."""
    values = np.asarray(symbols)
    if values.ndim != 1 or (values.size and values.dtype.kind not in "iub"):
        raise ValueError(
            f"symbols: got {values.dtype} of shape {values.shape}, accepted are integers (n,)"
        )
    values = values.astype(np.int64)
    if values.size and not (values.min() >= 0 and values.max() < size):
        raise ValueError(
            f"symbols: got {values.min()} to {values.max()}, accepted is 0 to {size - 1}"
        )
    return values


def checked_intervals(
    starts: ArrayLike, frequencies: ArrayLike, precision: int
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Starts and frequencies as uint64 (n,), if they are intervals of 2^precision units."""
    whole = 1 << checked_precision(precision)
    places, sizes = np.asarray(starts), np.asarray(frequencies)
    if places.shape != sizes.shape or places.ndim != 1:
        raise ValueError(f"starts: got shapes {places.shape}, {sizes.shape}, accepted is (n,)")
    if places.size and not (
        0 <= places.min() <= places.max() <= whole
        and sizes.min() >= 1
        and sizes.max() <= whole
        and (places.astype(np.uint64) + sizes.astype(np.uint64)).max() <= whole
    ):
        raise ValueError(f"frequencies: an interval is empty or ends beyond 2^{precision}")
    return places.astype(np.uint64), sizes.astype(np.uint64)


def checked_normals(
    mean: ArrayLike, sd: ArrayLike, edges: NDArray[np.float64], precision: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means and deviations as float64 (n,), if they are those of normals."""
    means = np.ascontiguousarray(mean, np.float64)
    deviations = np.ascontiguousarray(sd, np.float64)
    if means.ndim != 1 or means.shape != deviations.shape:
        raise ValueError(f"mean: got shapes {means.shape}, {deviations.shape}, accepted is (n,)")
    if not (np.isfinite(means).all() and np.isfinite(deviations).all()):
        raise ValueError("mean: got NaN or infinite, accepted are finite numbers")
    if means.size and not (deviations > 0).all():
        raise ValueError(f"sd: got {deviations.min():g}, accepted is above 0")
    if 4 * edges.size > 1 << checked_precision(precision):
        raise ValueError(f"precision: got {precision} bits for {edges.size - 1} buckets")
    return means, deviations
