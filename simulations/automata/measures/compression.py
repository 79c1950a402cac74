"""Bits per cell of a state or a history, by any code."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from complexity.code import Code, resolve
from complexity.lempel_ziv.lz76 import lz76

__all__ = ["bits_per_cell", "lz76_bits_per_cell"]


def bits_per_cell(cells: npt.ArrayLike, code: str | Code = "template") -> float:
    """Codelength over the number of cells, in bits.

    Args:
        cells: a state or a history.
        code: a code of arrays, by its spec: "template" weighs contexts in as many dimensions as the
            cells have (in a history, one of them is time), "array(xz)" packs the bits and
            compresses them.

    Raises:
        TypeError, ValueError: no cells, or the code does not take them.
    """
    array = np.asarray(cells)
    if not array.size:
        raise ValueError("cells: got none, accepted is at least one")
    return float(resolve(code).bits(array)) / array.size


def lz76_bits_per_cell(cells: npt.ArrayLike) -> float:
    """LZ76 phrases times log2(n) over the n cells, in C order: an estimate, in bits.

    It says nothing below some thousands of cells: see `complexity.lz76_zscore`.

    Raises:
        TypeError, ValueError: fewer than 2 cells, or not integers.
    """
    array = np.asarray(cells).ravel()
    if array.size < 2:
        raise ValueError(f"cells: got {array.size}, accepted are at least 2")
    return lz76(array) * math.log2(array.size) / array.size
