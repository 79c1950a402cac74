"""Bits of small integer pictures of known shape, coded cell by cell given cells around.

A cell's probability given its context (cells to the left, above, ...) is the estimate (its count
there + 1/2) / (all counts there + levels / 2). Beyond the edge every cell is 0. Of four sets of
neighbours the best is taken, which costs 2 bits to say. There is no header, so windows of a few
cells can be compared; an arithmetic coder meets the length to within a few bits.

References:
    R. E. Krichevsky and V. K. Trofimov, The performance of universal encoding, IEEE Trans. Inf.
        Theory 27(2), 1981; Q. Xie and A. R. Barron, IEEE Trans. Inf. Theory 46(2), 2000: Dirichlet.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import Code, domain_of
from complexity.serialise import ArrayCodec

__all__ = ["NEIGHBOURS", "code_bits", "neighbour_bits"]

NEIGHBOURS = ((), ((0, 1),), ((0, 1), (1, 0)), ((0, 1), (1, 0), (1, 1)))
"""Sets of neighbours, each as (rows up, columns left) of the cell."""


def neighbour_bits(windows: NDArray[Any], levels: int) -> NDArray[np.float64]:
    """Bits of every window: the best set of neighbours for it, and 2 bits that say which.

    Args:
        windows: (windows, rows, columns) of integers from 0, below `levels`.
        levels: number of values a cell may have.

    Returns:
        (windows,) bits; Kraft's inequality holds over the windows of a shape.
    """
    lengths = [_adaptive_bits(windows.astype(np.int64), levels, around) for around in NEIGHBOURS]
    return np.min(lengths, axis=0) + math.log2(len(NEIGHBOURS))


def _adaptive_bits(
    windows: NDArray[np.int64], levels: int, around: tuple[tuple[int, int], ...]
) -> NDArray[np.float64]:
    from scipy.special import gammaln

    count, rows, columns = windows.shape
    contexts = np.broadcast_to(np.arange(count)[:, None, None], windows.shape).astype(np.int64)
    padded = np.pad(windows, ((0, 0), (1, 0), (1, 0)))
    for up, left in around:
        moved = padded[:, 1 - up : 1 - up + rows, 1 - left : 1 - left + columns]
        contexts = _ranked(contexts * levels + moved)
    kinds = _ranked(contexts * levels + windows)
    seen, first, each = np.unique(kinds, return_index=True, return_counts=True)
    places, place_first, together = np.unique(contexts, return_index=True, return_counts=True)
    size = rows * columns
    nats = np.bincount(
        place_first // size,
        gammaln(together + levels / 2) - gammaln(levels / 2) if places.size else None,
        minlength=count,
    )
    gain = gammaln(each + 0.5) - gammaln(0.5) if seen.size else None
    return (nats - np.bincount(first // size, gain, minlength=count)) / math.log(2)


def _ranked(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels as ranks, which stay small however many contexts there could be."""
    _, ranks = np.unique(labels, return_inverse=True)
    return ranks.reshape(labels.shape)


def code_bits(picture: NDArray[Any], levels: int, code: Code | None) -> float:
    """Bits of a picture of known shape: by its neighbours, or by a registered code.

    Args:
        picture: (rows, columns) of integers from 0, below `levels`.
        levels: number of values a cell may have.
        code: None for `neighbour_bits`; a code of byte strings gets one byte a cell (two, or four,
            for more levels) and no header; any other the picture as an array of those integers.
    """
    if code is None:
        return float(neighbour_bits(picture[None], levels)[0])
    cells = picture.astype(np.min_scalar_type(levels - 1))
    if domain_of(code) == "bytes":
        code = ArrayCodec(code, shape=cells.shape, dtype=cells.dtype)  # type: ignore[arg-type]
    return float(code.bits(cells))
