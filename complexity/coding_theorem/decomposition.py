"""Block decomposition: the complexity of blocks by the coding theorem method, and log2 of counts.

BDM(x) = sum over the different blocks of x of K(block) + log2(how often it occurs), with K from
`complexity.coding_theorem.table`. It is an estimate that bounds nothing: where the blocks occur is
left out, so that it is far too small for long objects made of few different blocks and breaks
Kraft's inequality, and each new block costs what a machine would have to print it from nothing, so
that it is too large for short ones.

References:
    H. Zenil, S. Hernandez-Orozco, N. A. Kiani, F. Soler-Toscano, A. Rueda-Toicen and J. Tegner, A
        decomposition method for global evaluation of Shannon entropy and local estimations of
        algorithmic complexity, Entropy 20(8):605, 2018: the formula and the boundary conditions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import as_bits
from complexity.code import Kind
from complexity.coding_theorem.blocks import Block, shape_of
from complexity.coding_theorem.table import CTMTable, ctm_table
from complexity.errors import as_array, integer, one_of

__all__ = ["BLOCKS", "BOUNDARIES", "Bdm", "bdm"]

BLOCKS = {1: (12,), 2: (3, 3)}
"""The default block by dimensions: the largest of which the shipped tables hold all, but for two
strings of 12 bits."""

BOUNDARIES = ("ignore", "recursive", "sliding")

Table = CTMTable | Mapping[tuple[int, ...], NDArray[np.float64]]
"""The bits of blocks: a table of machines' outputs, or by shape the bits by index, as `tabulate`
makes them."""


def bdm(
    x: Block | bytes,
    *,
    block: int | tuple[int, ...] | None = None,
    boundary: str = "ignore",
    step: int = 1,
    table: Table | None = None,
    normalised: bool = False,
) -> float:
    """Estimate the complexity of a 0/1 string or array by block decomposition.

    Args:
        x: a str or bytes of the characters 0 and 1, a list of bits or of rows of them, or an array
            (n,) or (H, W) of booleans or integers 0 and 1.
        block: length, or rows and columns, of a block; a side alone stands for a square. By
            default 12, or 3 by 3.
        boundary: what becomes of cells that fill no block. "ignore" leaves them out; "recursive"
            cuts them into strings, or squares, as large as fit, down to single cells; "sliding"
            takes the overlapping blocks at every `step` cells.
        step: for "sliding", cells from a block to the next in each direction.
        table: the bits of blocks; by default the shipped table of x's dimensions. Of a `CTMTable`,
            a block that no machine prints gets one bit more than the largest of its shape.
        normalised: (BDM - least) / (most - least) of the objects with as many blocks: all blocks
            the simplest one, or the blocks in turn from the most complex on. Not for "sliding".

    Returns:
        The estimate in bits; a number from 0 to 1 if normalised.

    Raises:
        TypeError: an argument is of another type.
        ValueError: x holds other than 0 and 1, has other than one or two dimensions or is smaller
            than a block; an argument is out of range; the table lacks a block.

    Example:
        >>> round(bdm("01" * 18), 9)  # one block, three times
        28.57568915
    """
    cells, dimensions = _as_cells(x)
    shape = BLOCKS[dimensions] if block is None else shape_of("block", block, dimensions)
    one_of("boundary", boundary, BOUNDARIES)
    if integer("step", step, 1) != 1 and boundary != "sliding":
        raise ValueError(f"step: got {step}, accepted is 1 unless boundary is 'sliding'")
    if boundary == "sliding" and normalised:
        raise ValueError("normalised: got True, accepted is False where blocks overlap")
    sides = (shape[0], shape[-1]) if dimensions == 2 else (1, shape[0])
    if boundary != "recursive" and (cells.shape[0] < sides[0] or cells.shape[1] < sides[1]):
        got, least = (" x ".join(map(str, p[-dimensions:])) for p in (cells.shape, sides))
        raise ValueError(
            f"x: got {got} cells, accepted is at least one block of {least}; "
            "consider boundary='recursive' or a smaller block"
        )
    values = ctm_table(dimensions) if table is None else table
    counted = _counted(cells, sides, dimensions, boundary, step, values)
    total = sum(_total(histogram, bits) for histogram, bits in counted)
    if not normalised:
        return total
    spans = [_span(int(histogram.sum()), bits) for histogram, bits in counted]
    least, most = (sum(ends) for ends in zip(*spans, strict=True))
    if least == most:
        raise ValueError(f"normalised: got True for {cells.size} cells, accepted are more cells")
    return (total - least) / (most - least)


@dataclass(frozen=True)
class Bdm:
    """Block decomposition with the shipped tables as a row beside codes; nothing is left out.

    It takes what `bdm` takes, with the boundary "recursive".
    """

    name: ClassVar[str] = "bdm"
    kind: ClassVar[Kind] = Kind.ESTIMATE

    def bits(self, x: Block | bytes) -> float:
        """The estimate in bits.

        Raises:
            TypeError, ValueError: as `bdm`.
        """
        return bdm(x, boundary="recursive")


def _as_cells(x: Block | bytes) -> tuple[NDArray[np.uint8], int]:
    """The cells (1, n) or (H, W) of `x`, and its dimensions."""
    if isinstance(x, bytes | bytearray | memoryview):
        x = bytes(x).decode("latin-1")
    if isinstance(x, str):
        cells = as_bits("x", x)
    else:
        array = as_array("x", x, "accepted are rows of one length")
        cells = array if array.ndim == 2 else as_bits("x", array if array.ndim > 2 else x)
    if cells.size == 0:
        raise ValueError("x: got nothing, accepted is at least one cell")
    if cells.ndim == 1:
        return cells[None, :], 1
    if cells.dtype.kind not in "biu":
        raise TypeError(f"x: got items of type {cells.dtype}, accepted are 0 and 1 as integers")
    if cells.dtype != bool and np.bitwise_or.reduce(cells, axis=None) not in (0, 1):
        raise ValueError("x: got items other than 0 and 1")
    return np.ascontiguousarray(cells, np.uint8), 2


def _counted(
    cells: NDArray[np.uint8],
    sides: tuple[int, int],
    dimensions: int,
    boundary: str,
    step: int,
    table: Table,
) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """How often each block occurs and its bits, by index, for each shape of blocks."""
    from complexity.coding_theorem import _kernels

    found: dict[tuple[int, int], tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
    waiting = [(cells, sides)]
    while waiting:
        part, (height, width) = waiting.pop()
        if (height, width) not in found:
            bits = _bits_of(table, (height, width)[-dimensions:])
            found[height, width] = np.zeros(bits.size, np.int64), bits
        histogram = found[height, width][0]
        if boundary == "sliding":
            _kernels.count_windows(part, height, width, step, histogram)
            continue
        _kernels.count_tiles(part, height, width, histogram)
        if boundary == "recursive":
            for rest in _incomplete(part, height, width):
                side = min(rest.shape)
                waiting.append((rest, (side, side) if dimensions == 2 else rest.shape))
    return [found[shape] for shape in sorted(found) if found[shape][0].any()]


def _incomplete(cells: NDArray[np.uint8], height: int, width: int) -> Iterator[NDArray[np.uint8]]:
    """The incomplete blocks at the ends, where blocks of `height` by `width` lie side by side."""
    rows, columns = cells.shape
    for y in range(0, rows, height):
        first = 0 if y + height > rows else columns - columns % width
        for x in range(first, columns, width):
            yield cells[y : y + height, x : x + width]


def _bits_of(table: Table, shape: tuple[int, ...]) -> NDArray[np.float64]:
    if isinstance(table, CTMTable):
        return _of_machines(table, shape)
    if not isinstance(table, Mapping):
        raise TypeError(
            f"table: got {type(table).__name__}, accepted is a CTMTable or what tabulate() makes"
        )
    size = 1 << math.prod(shape)
    if shape not in table or np.shape(table[shape]) != (size,):
        raise ValueError(f"table: accepted is one that has {size} bits for the shape {shape}")
    return np.asarray(table[shape], np.float64)


@lru_cache(maxsize=64)
def _of_machines(table: CTMTable, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return table.block_bits(shape)


def _total(histogram: NDArray[np.int64], bits: NDArray[np.float64]) -> float:
    from complexity.coding_theorem import _kernels

    total = _kernels.sum_blocks(histogram, bits)
    if math.isnan(total):
        lacking = int(np.count_nonzero((histogram > 0) & np.isnan(bits)))
        raise ValueError(f"table: it lacks {lacking} of the blocks of x, accepted is one with all")
    return total


def _span(blocks: int, bits: NDArray[np.float64]) -> tuple[float, float]:
    """The least BDM of so many blocks, and that of all blocks in turn from the most complex on."""
    known = np.sort(bits[~np.isnan(bits)])[::-1]
    turns, rest = divmod(blocks, known.size)
    most = float(known[:rest].sum()) + rest * math.log2(turns + 1)
    if turns:
        most += float(known[rest:].sum()) + (known.size - rest) * math.log2(turns)
    return float(known[-1]) + math.log2(blocks), most
