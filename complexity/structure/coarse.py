"""Coarse-grainings of 0/1 pictures as models, and the bits of what they leave: apparent complexity.

A model is the coarse picture, its cells the sums of blocks of s by s cells, exact or rounded to a
few levels; its set are all fine pictures that have it. Sums over growing blocks that tile each
other are nested.

References:
    S. Aaronson, S. M. Carroll and L. Ouellette, Quantifying the rise and fall of complexity in
        closed systems: the coffee automaton, arXiv:1405.6903, 2014, section 2: apparent complexity,
        the length of the compressed coarse picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.code import Code, Kind, resolve
from complexity.errors import as_array, integer
from complexity.structure.models import Model
from complexity.structure.pictures import code_bits

__all__ = ["CoarseGrainings", "apparent_complexity", "block_sums", "coarse_grain"]

_MAX_LEVELS = 256
_MAX_SCALE = 1 << 12
_MAX_EXACT = 1 << 10  # cells of a block whose pictures are counted in integers
_WIDE = 1 << 63  # from here on, sums are Python's integers


def block_sums(array: ArrayLike, scale: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sums over blocks of `scale` by `scale` cells that tile a picture, cut off at its far edges.

    Args:
        array: (rows, columns) of booleans or integers.
        scale: side of a block, in cells.

    Returns:
        Sums and numbers of cells of the blocks, each (ceil(rows/scale), ceil(columns/scale)).

    Raises:
        TypeError: cells that are no integers, or a scale that is none.
        ValueError: an array of other than two dimensions, without cells, or with sums beyond int64.

    Example:
        >>> block_sums([[1, 0, 1], [1, 1, 0]], 2)[0].tolist()
        [[3, 1]]
    """
    cells = _picture(array)
    integer("scale", scale, 1, _MAX_SCALE)
    area = min(scale, cells.shape[0]) * min(scale, cells.shape[1])
    wide = max(-int(cells.min()), int(cells.max())) * area >= _WIDE
    sums, sizes = cells.astype(object if wide else np.int64), []
    for axis, side in enumerate(cells.shape):
        starts = np.arange(0, side, scale)
        sums = np.add.reduceat(sums, starts, axis=axis)
        sizes.append(np.diff(np.append(starts, side)))
    if wide and max(-sums.min(), sums.max()) >= _WIDE:
        raise ValueError(f"array: got sums from {sums.min()} to {sums.max()}, accepted are 64 bits")
    return sums.astype(np.int64), np.outer(*sizes)


def coarse_grain(
    array: ArrayLike, scale: int, levels: int | None = None, *, maximum: int = 1
) -> NDArray[np.int64]:
    """The coarse picture: block sums, or block means rounded to levels.

    Args:
        array: (rows, columns) of booleans or integers from 0 to `maximum`.
        scale: side of a block, in cells.
        levels: 2 to 256, and the mean v is round(v / maximum * (levels - 1)), halves up; None for
            the sums.
        maximum: the cell value that counts as 1.

    Returns:
        (ceil(rows/scale), ceil(columns/scale)) of integers from 0.

    Raises:
        TypeError, ValueError: as `block_sums`, and for cells or numbers out of range.
    """
    integer("maximum", maximum, 1)
    cells = _picture(array)
    if cells.min() < 0 or cells.max() > maximum:
        raise ValueError(
            f"array: got cells from {cells.min()} to {cells.max()}, accepted are 0 to {maximum}"
        )
    sums, sizes = block_sums(cells, scale)
    if levels is None:
        return sums
    integer("levels", levels, 2, _MAX_LEVELS)
    wide = 2 * levels * maximum * int(sizes.max()) >= _WIDE
    exact = object if wide else np.int64
    return _rounded(sums.astype(exact), sizes.astype(exact) * maximum, levels).astype(np.int64)


def _rounded(sums: NDArray[Any], most: NDArray[Any], levels: int) -> NDArray[np.int64]:
    return (2 * (levels - 1) * sums + most) // (2 * most)


def apparent_complexity(
    array: ArrayLike,
    *,
    scale: int,
    levels: int = 3,
    maximum: int = 1,
    code: str | Code | None = None,
) -> float:
    """Bits of the coarse-grained picture, its shape known: what is left without the fine detail.

    Args:
        array: (rows, columns) of booleans or integers from 0 to `maximum`.
        scale: side of a block, in cells.
        levels: values of a coarse cell, 2 to 256.
        maximum: the cell value that counts as 1.
        code: of the coarse picture, such as "xz"; None for the adaptive code by neighbours.

    Returns:
        Its length in bits.

    Raises:
        TypeError, ValueError: as `coarse_grain`; or the code is unknown, or an estimate.

    Example:
        >>> apparent_complexity(np.eye(8, dtype=int), scale=8) == 2 + math.log2(3)
        True
    """
    picture = coarse_grain(array, scale, levels, maximum=maximum)
    return code_bits(picture, levels, _length_code(code))


@dataclass(frozen=True)
class CoarseGrainings:
    """The 0/1 pictures with the same coarse picture, at scales 1, 2, 4, ... and several roundings.

    Which model it is costs log2 of how many there are for the shape: all pictures, every scale with
    the sums of blocks, and, above one cell, with every number of levels.

    Args:
        levels: numbers of levels to which means are rounded, besides the sums; () for none.
        code: of the coarse picture, such as "xz"; None for the adaptive code by neighbours.

    Raises:
        TypeError, ValueError: a number of levels is out of 2 to 256, or the code is no code.
    """

    levels: tuple[int, ...] = (2, 3, 5)
    code: str | Code | None = None

    def __post_init__(self) -> None:
        for number in self.levels:
            integer("levels", number, 2, _MAX_LEVELS)
        object.__setattr__(self, "code", _length_code(self.code))

    @property
    def name(self) -> str:
        """The class by name."""
        by = "neighbours" if self.code is None else resolve(self.code).name
        return f"coarse-grainings by {by}"

    def models(self, x: ArrayLike) -> tuple[Model, ...]:
        """All pictures, and those that look like `x` at every scale and rounding.

        Args:
            x: (rows, columns) of 0 and 1.

        Raises:
            TypeError, ValueError: `x` is no such array, or has more than 4096 rows or columns.
        """
        cells = _picture(x)
        if cells.min() < 0 or cells.max() > 1 or max(cells.shape) > _MAX_SCALE:
            raise ValueError(
                f"x: got {cells.shape} cells from {cells.min()} to {cells.max()}, "
                f"accepted are 0 and 1 in at most {_MAX_SCALE} rows and columns"
            )
        choices: list[tuple[int, int | None]] = [
            (1 << power, levels)
            for power in range((max(cells.shape) - 1).bit_length() + 1)
            for levels in (None, *(self.levels if power else ()))
        ]
        which = math.log2(len(choices) + 1)
        found = [Model(self.name, "all pictures", which, float(cells.size))]
        for scale, levels in choices:
            bits = which + self._picture_bits(cells, scale, levels)
            kind = "sums" if levels is None else f"{levels} levels"
            words = f"blocks of {scale} by {scale}, {kind}"
            found.append(Model(self.name, words, bits, fine_bits(cells, scale, levels)))
        return tuple(found)

    def _picture_bits(self, cells: NDArray[Any], scale: int, levels: int | None) -> float:
        picture = coarse_grain(cells, scale, levels)
        largest = min(scale, cells.shape[0]) * min(scale, cells.shape[1])
        return code_bits(picture, largest + 1 if levels is None else levels, self.code)  # type: ignore[arg-type]


def fine_bits(cells: NDArray[Any], scale: int, levels: int | None) -> float:
    """log2 of the number of 0/1 pictures with the same coarse picture.

    Counts are exact for blocks of at most 1024 cells; beyond, logarithms are summed: to 1e-8 bits
    for pictures of a million cells, to 1e-6 for the largest.
    """
    sums, sizes = block_sums(cells, scale)
    total = 0.0
    pairs, repeats = np.unique(np.stack([sums.ravel(), sizes.ravel()]), axis=1, return_counts=True)
    for ones, size, times in zip(*pairs.tolist(), repeats.tolist(), strict=True):
        same = np.array([ones])
        if levels is not None:
            every = np.arange(size + 1)
            alike = _rounded(every, np.full(size + 1, size), levels)
            same = every[alike == alike[ones]]
        total += times * _log2_ways(size, same)
    return total


def _log2_ways(size: int, ones: NDArray[np.int64]) -> float:
    """log2 of how many 0/1 blocks of so many cells hold one of these numbers of ones."""
    if size <= _MAX_EXACT:
        return math.log2(sum(math.comb(size, number) for number in ones.tolist()))
    from scipy.special import gammaln, logsumexp

    nats = gammaln(size + 1.0) - gammaln(ones + 1.0) - gammaln(size - ones + 1.0)
    return float(logsumexp(nats)) / math.log(2)  # pyright: ignore[reportArgumentType]


def _picture(array: ArrayLike) -> NDArray[Any]:
    cells = as_array("array", array, "accepted are rows of integers")
    if cells.dtype.kind not in "biu":
        raise TypeError(f"array: got {cells.dtype}, accepted are booleans or integers")
    if cells.ndim != 2 or cells.size == 0:
        raise ValueError(f"array: got shape {cells.shape}, accepted is (rows, columns) with cells")
    return cells


def _length_code(code: str | Code | None) -> Any:
    if code is None:
        return None
    found = resolve(code)
    if found.kind == Kind.ESTIMATE:
        raise ValueError(f"code: {found.name!r} is an estimate; accepted are codes and bounds")
    return found
