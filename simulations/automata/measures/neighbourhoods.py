"""What is seen around every cell of a history, as numbers that can be counted."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from complexity.errors import integer

__all__ = ["Codes", "checked_history", "light_cone", "patterns"]

Codes = npt.NDArray[np.int64]
Offsets = Sequence[tuple[int, ...]]

_LARGEST = 1 << 62
_INT64 = (1 << 63) - 1


def patterns(history: npt.ArrayLike, *shapes: Offsets, periodic: bool = True) -> list[Codes]:
    """For every cell the numbers of the patterns around it, one for each of some shapes.

    Two cells see the same pattern of a shape exactly if they have the same number. It is the
    pattern read in base k (the greatest cell plus 1, at least 2), the first offset the most
    significant digit, while that is below 2^62, and else a rank.

    Args:
        history: integers from 0, (time, *space).
        *shapes: what a pattern is made of: offsets (time, *space) from the cell.
        periodic: whether opposite edges of space meet; else only cells that see no edge count.

    Returns:
        For each shape, int64 (times, *space): all at the same cells, those whose patterns of every
        shape lie within the history.

    Raises:
        TypeError, ValueError: not a history, or no cell of it sees so far.

    Example:
        >>> [codes] = patterns([[0, 1, 1, 0]], [(0, 0), (0, 1)])
        >>> codes
        array([[1, 3, 2, 0]])
    """
    cells = checked_history(history)
    offsets = np.array([each for shape in shapes for each in shape], np.int64)
    offsets = offsets.reshape(-1, cells.ndim)
    if not offsets.size:
        return [np.zeros(cells.shape, np.int64) for _ in shapes]
    low, high = np.minimum(offsets.min(axis=0), 0), np.maximum(offsets.max(axis=0), 0)
    if periodic:
        margins = [(0, 0), *zip(-low[1:], high[1:], strict=True)]
        cells = np.pad(cells, margins, mode="wrap")
    extent = np.array(cells.shape) - (high - low)
    if np.any(extent < 1):
        raise ValueError(
            f"history: got shape {np.shape(history)}, accepted are at least "
            f"{tuple((high - low + 1).tolist())} cells for patterns that reach so far"
        )
    views = [
        [
            cells[tuple(slice(b, b + n) for b, n in zip(np.array(at) - low, extent, strict=True))]
            for at in shape
        ]
        for shape in shapes
    ]
    alphabet = max(2, int(cells.max()) + 1)
    return [_number(each, alphabet, tuple(extent.tolist())) for each in views]


def _number(views: Iterable[np.ndarray], alphabet: int, shape: tuple[int, ...]) -> Codes:
    codes, size = np.zeros(shape, np.int64), 1
    for view in views:
        base = alphabet
        if size > _LARGEST // base:
            codes, size = _ranked(codes)
        if size > _LARGEST // base:  # of very large cells, few patterns are too many
            view, base = _ranked(view)
        codes = codes * base + view
        size *= base
    return codes


def _ranked(values: np.ndarray) -> tuple[Codes, int]:
    """The rank of each value among the distinct ones, and how many these are."""
    distinct, ranks = np.unique(values, return_inverse=True)
    return ranks.reshape(values.shape).astype(np.int64), len(distinct)


def light_cone(depth: int, radius: int = 1, dimensions: int = 1, *, past: bool) -> Offsets:
    """Offsets of a light cone: all that a cell depends on, or that depends on it.

    Args:
        depth: how many steps it reaches.
        radius: how far influence reaches in one step.
        dimensions: of space; a cone's sections are squares (cubes, ...).
        past: the present cell and what it depends on, or the future without the present.

    Returns:
        (time, *space) from near to far.

    Example:
        >>> light_cone(1, past=True)
        [(0, 0), (-1, -1), (-1, 0), (-1, 1)]
        >>> len(light_cone(2, past=False))
        8
    """
    integer("depth", depth, 0 if past else 1)
    integer("radius", radius, 0)
    times = range(0, -depth - 1, -1) if past else range(1, depth + 1)
    return [
        (time, *place)
        for time in times
        for reach in [radius * abs(time)]
        for place in itertools.product(range(-reach, reach + 1), repeat=dimensions)
    ]


def checked_history(history: npt.ArrayLike) -> np.ndarray:
    """The history as an array.

    Raises:
        TypeError: its elements are not integers or booleans.
        ValueError: it has no axis of space, no cell, a negative one, or one of 2^63 or more.
    """
    cells = np.asarray(history)
    if cells.dtype.kind not in "biu":
        raise TypeError(
            f"history: got an array of dtype {cells.dtype}, accepted are integers or booleans"
        )
    if cells.ndim < 2 or not cells.size or cells.min() < 0:
        raise ValueError(
            f"history: got shape {cells.shape}, accepted are cells from 0 of at least one time and "
            "one axis of space; of one state it is state[None]"
        )
    if cells.dtype == np.uint64:
        # beside the codes' int64 it would become a float
        if cells.max() > _INT64:
            raise ValueError(f"history: got a cell {cells.max()}, accepted are cells below 2^63")
        return cells.astype(np.int64)
    return cells.astype(np.uint8) if cells.dtype == np.bool_ else cells
