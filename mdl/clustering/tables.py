"""Tables that are clustered: what is accepted, and the family that is read off one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import as_array, one_of
from mdl.clustering.families import (
    CategoricalFamily,
    DiagonalGaussian,
    Family,
    FullGaussian,
    RenormalisedGaussian,
)

__all__ = ["FAMILIES", "categories", "checked_family", "family_of", "numbers"]

FAMILIES = {
    "diagonal": DiagonalGaussian,
    "renormalised": RenormalisedGaussian,
    "full": FullGaussian,
    "categorical": CategoricalFamily,
}
"""Name -> class, for `family=`."""

_STEPS = 1000
_WIDEST = 1e140  # so that squares, and sums of them, are floats


def numbers(argument: str, x: Any) -> NDArray[np.float64]:
    """Rows (n, m) of float64; a vector is one column.

    Raises:
        TypeError: items are not real numbers.
        ValueError: NaN, infinities, no column, more than two dimensions, or a ragged sequence.
    """
    accepted = "accepted is an array (n, m) of finite real numbers"
    array = as_array(argument, x, accepted)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{argument}: got items of type {array.dtype}, {accepted}")
    array = array.reshape(-1, 1) if array.ndim == 1 else array
    if array.ndim != 2 or not array.shape[1]:
        raise ValueError(f"{argument}: got shape {array.shape}, {accepted}")
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{argument}: got NaN or infinity, {accepted}")
    if np.abs(array).max(initial=0) > _WIDEST:
        raise ValueError(
            f"{argument}: got magnitudes whose squares are beyond floats, accepted are up to "
            f"{_WIDEST:g}; scale them down"
        )
    return array


def categories(argument: str, x: Any) -> NDArray[np.int64]:
    """Rows (n, m) of natural numbers below 65536; a vector is one column.

    Raises:
        TypeError: items are not integers.
        ValueError: they are negative or too large, or the shape is another.
    """
    accepted = "accepted is an array (n, m) of integers from 0 to 65535"
    array = as_array(argument, x, accepted)
    if array.dtype.kind not in "biu":
        raise TypeError(f"{argument}: got items of type {array.dtype}, {accepted}")
    array = array.reshape(-1, 1) if array.ndim == 1 else array
    if array.ndim != 2 or not array.shape[1]:
        raise ValueError(f"{argument}: got shape {array.shape}, {accepted}")
    if array.size and not 0 <= int(array.min()) <= int(array.max()) < 1 << 16:
        raise ValueError(f"{argument}: got {array.min()} to {array.max()}, {accepted}")
    return array.astype(np.int64)


def checked_family(family: Any) -> None:
    """Refuse what is neither a family nor the name of one.

    Raises:
        TypeError: it is something else.
        ValueError: no family is of that name.
    """
    if isinstance(family, str):
        one_of("family", family, FAMILIES)
    elif isinstance(family, type) or not isinstance(family, Family):
        names = ", ".join(FAMILIES)
        raise TypeError(f"family: got {family!r}, accepted is one of {names}, or a Family")


def family_of(x: Any, family: str | Family) -> tuple[NDArray[Any], Family]:
    """Rows, checked, and their family: itself, or one whose domain is read off the rows.

    The centre and R are those of the columns' ranges; the least deviation is the smallest
    difference of two values in a column, or a thousandth of its range where that is more.
    Categorical columns have one more category than their largest.

    Raises:
        TypeError, ValueError: `x` is no table, the name is unknown, or a column is constant (so one
            row is refused: its range cannot be read off; give a family).
    """
    checked_family(family)
    if not isinstance(family, str):
        check = categories if isinstance(family, CategoricalFamily) else numbers
        rows = check("x", x)
        if rows.shape[1] != family.columns:
            raise ValueError(
                f"x: got {rows.shape[1]} columns, accepted are the family's {family.columns}"
            )
        if isinstance(family, CategoricalFamily) and (rows >= family.alphabet_sizes).any():
            raise ValueError(
                f"x: got a category beyond the alphabet sizes {family.alphabet_sizes}, accepted "
                "are integers below them"
            )
        return rows, family
    if family == "categorical":
        rows = categories("x", x)
        if not len(rows):
            raise ValueError("x: got no rows, accepted with family='categorical' is at least one")
        return rows, CategoricalFamily(tuple(int(top) + 1 for top in rows.max(0)))
    rows = numbers("x", x)
    if len(rows) < 2:
        raise ValueError(
            f"x: got {len(rows)} rows, accepted are at least 2 (or a family with its domain)"
        )
    low, high = rows.min(0), rows.max(0)
    half = high / 2 - low / 2
    constant = np.flatnonzero(half <= 1e-12 * np.maximum(np.abs(low), np.abs(high)))
    if constant.size:
        raise ValueError(
            f"x: column {constant[0]} is constant, accepted are others; leave it out, it tells no "
            "clusters"
        )
    if not (half > 1 / _WIDEST).all():
        raise ValueError(
            "x: got a range whose square is beyond floats, accepted is a wider one; scale it up"
        )
    gaps = [float(np.diff(np.unique(column)).min()) for column in rows.T]
    least = np.maximum(gaps, 2 * half / _STEPS)
    # two values: the deviation may be no more than half their difference
    least = np.minimum(least, half / 2)
    domain = tuple(tuple(map(float, values)) for values in (low + half, half, least))
    return rows, FAMILIES[family](*domain)
