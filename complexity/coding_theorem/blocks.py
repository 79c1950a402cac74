"""Blocks of cells: how they are written, and bits by shape and index.

A block's index is its cells in row order as a binary number, the first cell the highest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import as_bits
from complexity.errors import as_array, integer

__all__ = ["MOST_TABULATED", "Block", "cells_of", "shape_of", "tabulate", "text_of"]

Block = str | Sequence[Any] | NDArray[Any]
"""A str such as '0110', or '01/10' for two rows, a list of bits or of rows, or an array."""

MOST_TABULATED = 20
"""The most cells of a shape whose blocks are listed."""


def tabulate(bits: Mapping[str, float]) -> dict[tuple[int, ...], NDArray[np.float64]]:
    """Bits by block as bits by shape and index, which `complexity.bdm` takes for a table.

    Args:
        bits: of every block, called as '0110', or '01/10' for two rows.

    Returns:
        By shape, (2**cells,) bits; NaN for blocks that `bits` leaves out.

    Raises:
        ValueError: a block is no 0/1 block of 1 to 20 cells.

    Example:
        >>> tabulate({"0": 1.5, "1": 2.5})
        {(1,): array([1.5, 2.5])}
    """
    tables: dict[tuple[int, ...], NDArray[np.float64]] = {}
    for block, value in bits.items():
        shape = tuple(map(len, block.split("/")))
        shape = shape if len(shape) == 1 else (len(shape), shape[0])
        digits = block.replace("/", "")
        ragged = len(digits) != math.prod(shape) or digits.strip("01")
        if ragged or not 1 <= len(digits) <= MOST_TABULATED:
            raise ValueError(
                f"bits: got the block {block!r}, accepted are blocks of 1 to {MOST_TABULATED} "
                "cells such as '0110' or '01/10'"
            )
        table = tables.setdefault(shape, np.full(1 << len(digits), np.nan))
        table[int(digits, 2)] = value
    return tables


def shape_of(argument: str, shape: Any, dimensions: int) -> tuple[int, ...]:
    """A block's shape, given itself or its one side.

    Raises:
        TypeError, ValueError: it is no positive integer and no tuple of `dimensions` of them.
    """
    if isinstance(shape, tuple | list):
        if len(shape) != dimensions:
            raise ValueError(
                f"{argument}: got {tuple(shape)}, accepted are {dimensions} sides or one integer"
            )
        return tuple(integer(argument, side, 1) for side in shape)
    return (integer(argument, shape, 1),) * dimensions


def cells_of(block: Block, dimensions: int) -> NDArray[np.uint8]:
    """The cells (n,) or (H, W) of a block.

    Raises:
        TypeError, ValueError: it has other dimensions, or other symbols than 0 and 1.
    """
    if isinstance(block, str):
        rows = block.split("/")
        if dimensions == 1:
            return as_bits("block", block)
        if len({len(row) for row in rows}) != 1:
            raise ValueError(f"block: got {block!r}, accepted are rows of one length, '01/10'")
        return as_bits("block", "".join(rows)).reshape(len(rows), -1)
    array = as_array("block", block, "accepted are rows of one length")
    if array.ndim != dimensions:
        raise ValueError(f"block: got {array.ndim} dimensions, accepted are {dimensions}")
    return as_bits("block", block if dimensions == 1 else array.ravel()).reshape(array.shape)


def text_of(index: int, shape: tuple[int, ...]) -> str:
    """The block of that index, such as '0110' or '01/10'."""
    digits = f"{index:0{math.prod(shape)}b}"
    width = shape[-1]
    return "/".join(digits[at : at + width] for at in range(0, len(digits), width))
