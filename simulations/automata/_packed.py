"""Grids of bits as the kernels want them: packed, cut into strips, with what lies around them.

The grid is cut into strips of columns, all rows high. A strip is copied with a halo of columns into
a buffer that stays in the processor's caches, advances there by as many generations as
the halo is wide, and is copied out. Rules are isotropic, so what is wrapped around or mirrored at a
side stays so by itself; only a wall of zeros is built anew in every generation.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulations.automata import _life_kernels as kernels
from simulations.automata._life_kernels import BLOCK, STRIDE
from simulations.automata.plane import Cells

__all__ = ["Strip", "Words", "evolved", "pack", "row_words", "unpack"]

Words = npt.NDArray[np.uint64]

_CACHE = 5 << 19
"""Bytes that the buffers of a strip may take: the third-level cache is fast enough."""

_THREADED = 1 << 20
"""Bytes of a grid below which one thread is as good as many."""

_LARGE = 1 << 22
"""Cells from which on a kernel packs them; below, NumPy does and nothing need be compiled."""

_ALL = 2**64 - 1


def row_words(height: int) -> int:
    """How many rows of words hold `height` rows of cells."""
    return max(BLOCK, -(-height // 64))


def pack(cells: Cells) -> Words:
    """Words (R, W) of cells (H, W) that are 0 or 1; see `_life_kernels` for the order of bits."""
    height, width = cells.shape
    rows = row_words(height)
    if height < 64 * rows:
        cells = np.concatenate([cells, np.zeros((64 * rows - height, width), np.uint8)])
    if cells.size >= _LARGE:
        words = np.empty((rows, width), np.uint64)
        kernels.pack(cells, words)
        return words
    lanes = cells.reshape(8, 8, rows, width)
    octets = np.empty((rows, width, 8), np.uint8)
    for j in range(8):
        octet = lanes[j, 7].copy()
        for i in range(6, -1, -1):
            octet <<= 1
            octet |= lanes[j, i]
        octets[:, :, j] = octet
    return octets.view("<u8")[:, :, 0].astype(np.uint64, copy=False)


def unpack(words: Words, height: int) -> Cells:
    """The cells (H, W) that `pack` made into words (R, W)."""
    rows, width = words.shape
    if 64 * words.size >= _LARGE:
        large = np.empty((64 * rows, width), np.uint8)
        kernels.unpack(words, large)
        return large[:height]
    octets = np.ascontiguousarray(words, "<u8").view(np.uint8).reshape(rows, width, 8)
    cells = np.empty((8, 8, rows, width), np.uint8)
    for j in range(8):
        octet = np.ascontiguousarray(octets[:, :, j])
        for i in range(8):
            np.right_shift(octet, i, out=cells[j, i])
            cells[j, i] &= 1
    return cells.reshape(64 * rows, width)[:height]


class Strip(NamedTuple):
    """The first arguments of a kernel.

    Attributes:
        strip: a flat buffer of R + 2 rows of STRIDE words.
        other: another one.
        columns: words of a row that are in use.
        edges: how to build the rows around the grid, as the kernels say.
        outside: columns to build anew in every generation.
        seen: the columns that are seen there.
        inward: whether instead a column at both ends is lost in every generation.
    """

    strip: Words
    other: Words
    columns: int
    edges: Words
    outside: npt.NDArray[np.int64]
    seen: npt.NDArray[np.int64]
    inward: bool


Step = Callable[[Strip, Words, int], object]
"""Advances a strip, with further planes one after the other, by so many generations."""


def _edges(height: int, boundary: str) -> Words:
    """How the rows around the grid come about.

    Row -1 is bit 0 of the row of words above the first. Row H lies among the grid's own rows of
    words where the last lane is not full, else in bit 63 of the row of words below the last.
    """
    rows = row_words(height)
    periodic, keep = boundary == "periodic", int(boundary != "fixed")
    above, below = (height - 1, 0) if periodic else (0, height - 1)

    def place(row: int) -> tuple[int, int]:
        return (row % rows + 1) * STRIDE, row // rows

    row_above, lane_above = place(above)
    row_below, lane_below = place(below)
    row, lane = place(height)
    full = lane == 64
    top, bottom = rows * STRIDE, (rows + 1) * STRIDE
    beyond = [
        [0, top, 1, 0, _ALL, row_above, lane_above, keep, 0],
        [bottom, STRIDE, 0, 1, _ALL, row_below, lane_below, keep & full, 63],
    ]
    inside = [[row, row, 0, 0, _ALL ^ 1 << lane % 64, row_below, lane_below, keep, lane % 64]]
    return np.array(beyond if full else inside + beyond, np.uint64)


def _seen(columns: npt.NDArray[np.int64], width: int, boundary: str) -> npt.NDArray[np.int64]:
    """Which columns of the grid are seen at any columns, -1 for none."""
    if boundary == "periodic":
        return columns % width
    if boundary == "reflecting":
        folded = columns % (2 * width)
        return np.minimum(folded, 2 * width - 1 - folded)
    return np.where((columns >= 0) & (columns < width), columns, -1)


def _cut(planes: int, rows: int, width: int) -> tuple[int, int]:
    """The columns of a strip without its halo, and the halo; no halo means one strip is all."""
    fits = _CACHE // (8 * (planes + 1) * (rows + 2))
    if width + 2 <= min(max(fits, 64), STRIDE - 4):
        return width, 0
    halo = 16 if fits >= 192 else 8
    tile = min(max(fits, 6 * halo), STRIDE - 4) - 2 * halo
    return -(-width // -(-width // tile)), halo


def evolved(
    words: Words, height: int, boundary: str, steps: int, step: Step, threads: int = 1
) -> Words:
    """The grid `steps` generations later; `words` (planes, R, W) may be overwritten."""
    planes, rows, width = words.shape
    tile, halo = _cut(planes, rows, width)
    target = np.empty_like(words) if halo else words
    edges = _edges(height, boundary)
    count = -(-width // tile)
    workers = min(threads, count) if words.nbytes >= _THREADED else 1
    shares = [range(k * count // workers, (k + 1) * count // workers) for k in range(workers)]
    buffers = [np.zeros((planes + 1, rows + 2, STRIDE), np.uint64) for _ in shares]

    def advance(share: range, buffer: Words) -> None:
        for k in share:
            here = (k * tile, min((k + 1) * tile, width))
            strip, inside = _loaded(words, buffer, here, halo, edges, boundary)
            step(strip, buffer[2:].ravel(), now)
            _stored(buffer[:, 1:-1, inside], target[:, :, slice(*here)], now % 2)

    with ThreadPoolExecutor(workers) as pool:
        run = map if workers == 1 else pool.map
        while steps:
            now = min(steps, halo) if halo else steps
            list(run(advance, shares, buffers))
            words, target = target, words
            steps -= now
    return words


def _loaded(
    words: Words, buffer: Words, here: tuple[int, int], halo: int, edges: Words, boundary: str
) -> tuple[Strip, slice]:
    """Copy the columns `here` and what is around them; say where they are in the buffer."""
    width, margin = words.shape[2], halo or 1
    first, last = here
    low, high = max(first - margin, 0), min(last + margin, width)
    columns, begin = last - first + 2 * margin, low - first + margin
    beyond = [*range(begin), *range(begin + high - low, columns)]
    outside = np.array(beyond, np.int64)
    seen = _seen(outside + (first - margin), width, boundary)
    for place, plane in enumerate(words):
        goal = buffer[place + (place > 0), 1:-1]
        goal[:, begin : begin + high - low] = plane[:, low:high]
        for column, x in zip(beyond, seen.tolist(), strict=True):
            goal[:, column] = plane[:, x] if x >= 0 else 0
    if halo and boundary != "fixed":
        outside = seen = outside[:0]
    inner = np.where(seen >= 0, seen + margin, -1)
    pair = buffer[0].ravel(), buffer[1].ravel()
    strip = Strip(*pair, columns, edges, outside, inner, halo > 0)
    return strip, slice(margin, margin + last - first)


def _stored(buffer: Words, target: Words, result: int) -> None:
    """Copy a strip out of a buffer, the first plane from its place `result`."""
    target[0] = buffer[result]
    for place in range(1, len(target)):
        target[place] = buffer[place + 1]
