"""Discrete columns as integers: different rows with how often each occurs, and joint counts."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import as_array, integer

__all__ = ["Table", "as_table", "members"]

_SPAN = 1 << 62  # codes of cells stay below, in int64


def members(mask: int) -> Iterator[int]:
    """The columns of a set, from its bits."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@dataclass(frozen=True)
class Table:
    """Discrete columns.

    Attributes:
        names: (d,) of the columns.
        arities: (d,) how many values each has.
        rows: (d, m) int64 of the different rows, values from 0.
        weights: (m,) how often each occurs.
        n: rows in all.
    """

    names: tuple[Hashable, ...]
    arities: tuple[int, ...]
    rows: NDArray[np.int64]
    weights: NDArray[np.int64]
    n: int

    def cells(self, mask: int) -> NDArray[np.int64]:
        """The counts, none of them zero, of the configurations of a set of columns."""
        codes, span = np.zeros(self.weights.size, np.int64), 1
        for column in members(mask):
            if span * self.arities[column] >= _SPAN:
                distinct, codes = np.unique(codes, return_inverse=True)
                span = distinct.size
            codes = codes * self.arities[column] + self.rows[column]
            span *= self.arities[column]
        if span > 4 * codes.size + 1024:
            codes = np.unique(codes, return_inverse=True)[1]
        counts = np.bincount(codes, self.weights)
        return counts[counts > 0].astype(np.int64)

    def configurations(self, mask: int) -> int:
        """The product of the arities of a set of columns."""
        return math.prod(self.arities[column] for column in members(mask))


def as_table(data: Any, arities: Sequence[int] | None = None) -> Table:
    """Read columns: (n, d) integers, or a mapping (or data frame) of names to columns.

    Raises:
        TypeError: values are neither integers, booleans nor strings.
        ValueError: shapes do not fit, there is no column, or values exceed the arities.
    """
    columns = _columns(data)
    lengths = {column.size for column in columns.values()}
    if len(lengths) != 1:
        raise ValueError(f"data: got columns of {sorted(lengths)} rows, accepted is one length")
    if arities is not None and len(arities) != len(columns):
        raise ValueError(f"arities: got {len(arities)}, accepted are {len(columns)}, one a column")
    values, sizes = [], []
    for index, (name, column) in enumerate(columns.items()):
        if column.dtype.kind not in "biuU":
            raise TypeError(
                f"data: column {name!r} is of {column.dtype}, accepted are integers, booleans or "
                "strings; bin real numbers first"
            )
        if arities is None:
            distinct, ranks = np.unique(column, return_inverse=True)
            values.append(ranks)
            sizes.append(max(distinct.size, 1))
            continue
        arity = integer("arities", arities[index], 1)
        if column.dtype.kind == "U" or not np.all((column >= 0) & (column < arity)):
            raise ValueError(
                f"data: got other values in column {name!r}, accepted are integers from 0 to "
                f"{arity - 1}"
            )
        values.append(column)
        sizes.append(arity)
    stacked = np.array(values, np.int64).reshape(len(columns), -1)
    rows, weights = np.unique(stacked, axis=1, return_counts=True)
    return Table(tuple(columns), tuple(sizes), rows, weights, stacked.shape[1])


def _columns(data: Any) -> dict[Hashable, NDArray[Any]]:
    if hasattr(data, "columns") and hasattr(data, "iloc"):  # a pandas DataFrame
        data = {name: data[name].tolist() for name in data.columns}
    if isinstance(data, Mapping):
        found: dict[Hashable, NDArray[Any]] = {n: np.asarray(c) for n, c in data.items()}
        if any(column.ndim != 1 for column in found.values()):
            raise ValueError("data: accepted are columns of one dimension")
    else:
        array = as_array("data", data, "accepted is (n, columns)")
        if array.ndim != 2:
            raise ValueError(
                f"data: got shape {array.shape}, accepted is (n, columns) or a mapping of columns"
            )
        found = {}
        found.update(enumerate(array.T))
    if not found:
        raise ValueError("data: got no column, accepted is at least one")
    return found
