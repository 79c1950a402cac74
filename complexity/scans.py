"""Orders in which the cells of an array are visited: raster, Hilbert curve, Z-order.

======  ===========================================================================================
order   cells
======  ===========================================================================================
raster  C order: the last axis runs fastest
z       Z-order (Morton): by the bits of the coordinates interleaved, the first axis' bit first
hilbert Hilbert curve of the least cube of a power of two that holds the array, restricted to it;
        on a cube of a power of two every cell is next to the one before
======  ===========================================================================================

Both curves are drawn by subdivision, and parts outside the array are dropped as soon as they
appear, so that a long and narrow array costs little more than its own cells. Axes of length 1
change nothing.

References:
    G. M. Morton, A computer oriented geodetic data base and a new technique in file sequencing,
        IBM 1966.
    D. Hilbert, Über die stetige Abbildung einer Linie auf ein Flächenstück, Math. Ann. 38, 1891.
    C. H. Hamilton and A. Rau-Chaplin, Compact Hilbert indices: space-filling curves for domains
        with unequal side lengths, Inf. Process. Lett. 105, 2008: entry points, directions and
        their recursion in any number of dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of

__all__ = ["ORDERS", "scan_order"]

ORDERS = ("raster", "hilbert", "z")


def scan_order(shape: Sequence[int], order: str) -> NDArray[np.int64]:
    """The cells of an array in the order of a scan.

    Args:
        shape: of the array, any number of dimensions.
        order: "raster", "hilbert" or "z".

    Returns:
        (n,) int64, read-only: the index in C order of the cell that is visited first, second, ...
        `a.ravel()[scan_order(a.shape, order)]` are the items of `a` in that order. The last few
        results are kept.

    Raises:
        TypeError: a dimension is no integer.
        ValueError: it is negative, or the order is unknown.

    Example:
        >>> scan_order((4, 4), "hilbert")
        array([ 0,  1,  5,  4,  8, 12, 13,  9, 10, 14, 15, 11,  7,  6,  2,  3])
    """
    sides = tuple(integer("shape", side, 0) for side in shape)
    return _scan(tuple(side for side in sides if side != 1), one_of("order", order, ORDERS))


@lru_cache(maxsize=8)
def _scan(sides: tuple[int, ...], order: str) -> NDArray[np.int64]:
    size = math.prod(sides)
    if order == "raster" or len(sides) < 2 or not size:
        cells = np.arange(size, dtype=np.int64)
    else:
        corners = _subdivided(sides, hilbert=order == "hilbert")
        cells = np.ravel_multi_index(tuple(corners), sides).astype(np.int64, copy=False)
    cells.setflags(write=False)
    return cells


def _subdivided(sides: tuple[int, ...], *, hilbert: bool) -> list[NDArray[Any]]:
    """The coordinates of the cells along a curve, an array (n,) per axis.

    A part of the curve is a cube, given by its first corner, and (Hilbert) the corner `entry` where
    the curve comes in and the axis `way` along which it leaves. Its 2^d children lie in the order
    of the Gray code, turned by `way` and reflected by `entry` (Hamilton and Rau-Chaplin, sec. 2.1).
    Bit d - 1 - a of a corner belongs to axis a.
    """
    d = len(sides)
    child = np.arange(1 << d, dtype=np.int32)
    place = child ^ (child >> 1) if hilbert else child
    entries, ways = _child_entries(d), _child_ways(d)
    wide = np.int32 if max(sides) < 1 << 30 else np.int64
    corners = [np.zeros(1, wide) for _ in sides]
    entry = turn = way = np.zeros(1, np.int32)
    half = 1 << (max(sides) - 1).bit_length() >> 1
    while half:
        if hilbert:
            turn = (way + 1) % d
            bits = _turned(place, turn[:, None], d) ^ entry[:, None]
        else:
            bits = np.broadcast_to(place, (len(corners[0]), 1 << d))
        inside = np.ones(bits.shape, bool)
        grown = []
        for axis, side in enumerate(sides):
            corner = corners[axis][:, None] + (bits >> (d - 1 - axis) & 1) * wide(half)
            inside &= corner < side
            grown.append(corner)
        corners = [corner[inside] for corner in grown]
        half >>= 1
        if hilbert and half:
            entry = (entry[:, None] ^ _turned(entries, turn[:, None], d))[inside]
            way = ((turn[:, None] + ways) % d)[inside]
    return corners


def _turned(bits: NDArray[np.int32], by: NDArray[np.int32], d: int) -> NDArray[np.int32]:
    """Words of d bits, rotated to the left."""
    return (bits << by | bits >> (d - by)) & ((1 << d) - 1)


def _child_entries(d: int) -> NDArray[np.int32]:
    """Where the curve enters each child: e(0) = 0, e(i) = Gray code of 2 floor((i - 1) / 2)."""
    even = np.maximum(np.arange(1 << d, dtype=np.int32) - 1, 0) // 2 * 2
    return even ^ (even >> 1)


def _child_ways(d: int) -> NDArray[np.int32]:
    """Along which axis it leaves: d(0) = 0, d(i) = trailing ones of i - 1 (i even) or i (odd)."""
    index = np.arange(1 << d, dtype=np.int32)
    odd = np.where(index % 2, index, index - 1)
    ones = np.frexp(((odd + 1) & ~odd).astype(np.float64))[1] - 1
    return np.where(index == 0, 0, ones).astype(np.int32) % d
