"""The k nearest neighbours, by one product of matrices.

References:
    CS231n, notes "Image classification": the first rung of the ladder.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer

__all__ = ["nearest", "votes"]

Array = NDArray[Any]


def nearest(known: Array, asked: Array, count: int, *, skip_self: bool = False) -> Array:
    """Indices of the nearest known examples by Euclidean distance, (m, count), nearest first.

    Args:
        known: (n, ...).
        asked: (m, ...).
        count: of neighbours, at most n (n - 1 with `skip_self`).
        skip_self: whether `asked` are the known examples, each of which leaves itself out.

    Raises:
        TypeError, ValueError: the count is out of range.
    """
    integer("count", count, 1, len(known) - skip_self)
    a, b = (each.reshape(len(each), -1).astype(np.float64) for each in (asked, known))
    squares = (b**2).sum(1) - 2 * a @ b.T  # (m, n), less |a|^2, which changes no order
    if skip_self:
        np.fill_diagonal(squares, np.inf)
    return np.argsort(squares, 1, kind="stable")[:, :count]


def votes(labels: Array, classes: int) -> Array:
    """Of labels (m, count), how many of the first 1, 2, ... are of each class: (count, m, K)."""
    return np.cumsum(np.eye(classes, dtype=np.int64)[labels], 1).transpose(1, 0, 2)
