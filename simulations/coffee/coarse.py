"""The coarse-grained picture of a cup, with every choice of the published measurement explicit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from complexity.errors import integer, one_of
from simulations.coffee import _coarse_kernels as kernels

__all__ = ["ADJUSTMENTS", "PUBLISHED", "RULES", "CoarseGraining", "published_grain"]

Cells = npt.NDArray[np.integer]
Buckets = npt.NDArray[np.uint8]

_ROUNDINGS = {"nearest": kernels.NEAREST, "ceil": kernels.CEIL, "interval": kernels.INTERVAL}
_EDGES = {"truncate": "constant", "periodic": "wrap", "nearest": "edge"}

RULES: dict[str, Callable[[Buckets, int], Buckets]] = {
    "none": lambda buckets, levels: buckets,
    "paper": kernels.adjust_to_majority,
    "published-code": kernels.flatten_narrow_rows,
    "viterbi": kernels.adjust_by_viterbi,
}
"""By name: (picture with buckets below levels, levels) -> adjusted picture."""

ADJUSTMENTS = tuple(RULES)
"""Names of the rules against border-pixel artifacts."""


def published_grain(size: int) -> int:
    """The published code's window side: round(sqrt(size)), less one if that is even."""
    grain = round(size**0.5)
    return max(grain - 1 + grain % 2, 1)


@dataclass(frozen=True)
class CoarseGraining:
    """How a cup becomes a coarse picture, after Aaronson, Carroll and Ouellette (2014), 4-6.

    Attributes:
        grain: side of the averaging window in cells; None takes `published_grain`. Sliding
            windows are centred, so their side is odd.
        window: "sliding" puts a window around every cell (as published), "blocks" tiles the cup.
        edge: what a window sees beyond the wall: "truncate" nothing (as published), "periodic" the
            other side, "nearest" the wall's cells.
        levels: number of buckets, 2 to 64.
        rounding: "nearest" rounds v (levels - 1), so that the equilibrium 1/2 is a bucket's centre
            for odd levels; "ceil" rounds up, which puts 1/2 on a border (the published code's
            seven buckets); "interval" cuts 0..1 into equal intervals closed on the right (its
            three).
        adjustment: "paper": cells within one bucket of their row's majority take its value (6.1 as
            written); "published-code": a row is flattened only if all its values span one bucket;
            "viterbi": per row, the values within one bucket that change least; "none".
        maximum: the cell value that counts as 1. The published code used int(sqrt(grain)) for
            the non-interacting cup only, which widened its buckets.
        serialisation: how cells become the bytes that a code compresses: "bytes" one byte per
            cell, "packed" ceil(log2 levels) bits per cell, most significant first, "text" decimal
            numbers joined by spaces (as published).
    """

    grain: int | None = None
    window: Literal["sliding", "blocks"] = "sliding"
    edge: Literal["truncate", "periodic", "nearest"] = "truncate"
    levels: int = 7
    rounding: Literal["nearest", "ceil", "interval"] = "nearest"
    adjustment: Literal["none", "paper", "published-code", "viterbi"] = "paper"
    maximum: int = 1
    serialisation: Literal["bytes", "packed", "text"] = "bytes"

    def __post_init__(self) -> None:
        one_of("window", self.window, ("sliding", "blocks"))
        one_of("edge", self.edge, _EDGES)
        one_of("rounding", self.rounding, _ROUNDINGS)
        one_of("adjustment", self.adjustment, ADJUSTMENTS)
        one_of("serialisation", self.serialisation, ("bytes", "packed", "text"))
        self._set("levels", integer("levels", self.levels, 2, 64))
        self._set("maximum", integer("maximum", self.maximum, 1, 1 << 20))
        if self.grain is not None:
            self._set("grain", integer("grain", self.grain, 1))
            if self.window == "sliding" and self.grain % 2 == 0:
                raise ValueError(
                    f"grain: got {self.grain}, accepted is an odd side for sliding windows "
                    '(they are centred on a cell); window="blocks" takes even ones'
                )

    def _set(self, name: str, value: int) -> None:
        object.__setattr__(self, name, value)  # a NumPy integer becomes JSON's

    def for_size(self, size: int) -> CoarseGraining:
        """The same with the grain filled in and checked against the cup.

        Raises:
            ValueError: the grain is larger than the cup.
        """
        grain = published_grain(size) if self.grain is None else self.grain
        if grain > size:
            raise ValueError(f"grain: got {grain}, accepted is at most the cup's size {size}")
        return dataclasses.replace(self, grain=grain)

    def to_dict(self) -> dict[str, Any]:
        """The parameters by name."""
        return dataclasses.asdict(self)

    def picture(self, cells: Cells) -> Buckets:
        """The adjusted buckets of a cup, uint8 of the cup's shape (smaller for blocks).

        Args:
            cells: (n, n) of 0 and 1, or of counts.

        Raises:
            ValueError: cells of another shape or kind, or negative ones.
        """
        cells = _checked_cells(cells)
        exact = self.for_size(len(cells))
        return RULES[self.adjustment](exact._buckets(cells), self.levels)

    def _buckets(self, cells: Cells) -> Buckets:
        assert self.grain is not None
        sums, row_cells, column_cells = (
            _sliding(cells, self.grain, self.edge)
            if self.window == "sliding"
            else _blocks(cells, self.grain)
        )
        rounding = _ROUNDINGS[self.rounding]
        return kernels.quantise(
            sums, row_cells, column_cells, np.int64(self.maximum), np.int64(self.levels), rounding
        )

    def serialise(self, values: Cells, scale: int) -> bytes:
        """The bytes of a picture or of fine cells, in the stated serialisation.

        Args:
            values: integers from 0; `scale` is what "text" divides them by.
            scale: levels - 1 for a picture, 1 for cells.

        Raises:
            ValueError: values that the serialisation cannot hold.
        """
        top = int(values.max(initial=0))
        if self.serialisation == "text":
            names = [str(level / scale) for level in range(top + 1)]
            return " ".join([names[value] for value in values.ravel().tolist()]).encode()
        if self.serialisation == "packed":
            if top > scale:
                raise ValueError(f'serialisation: "packed" holds values to {scale}, got {top}')
            return _packed(values, scale)
        if top > 255:
            raise ValueError(f'serialisation: "bytes" holds values to 255, got {top}; use "text"')
        return values.astype(np.uint8).tobytes()


PUBLISHED: Mapping[str, CoarseGraining] = {
    "three-bucket": CoarseGraining(levels=3, rounding="interval", adjustment="none"),
    "seven-bucket-code": CoarseGraining(levels=7, rounding="ceil", adjustment="published-code"),
    "seven-bucket-paper": CoarseGraining(levels=7, rounding="ceil", adjustment="paper"),
}
"""The measurements of the publication: section 5, the ported code of section 6, 6.1 as written."""


def _checked_cells(cells: Cells) -> Cells:
    cells = np.asarray(cells)
    square = cells.ndim == 2 and cells.shape[0] == cells.shape[1] > 0
    if not square or cells.dtype.kind not in "biu" or cells.min() < 0:
        raise ValueError(
            f"cells: got shape {cells.shape} and dtype {cells.dtype}, "
            "accepted is a square of integers from 0"
        )
    return cells


def _sliding(
    cells: Cells, grain: int, edge: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    n = len(cells)
    half = grain // 2
    padded = np.pad(cells.astype(np.int64), half, mode=_EDGES[edge])  # type: ignore[call-overload]
    inside = np.full(n, grain, np.int64)
    if edge == "truncate":
        place = np.arange(n)
        inside = np.minimum(place + half, n - 1) - np.maximum(place - half, 0) + 1
    return kernels.window_sums(padded, grain), inside, inside


def _blocks(
    cells: Cells, grain: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    starts = np.arange(0, len(cells), grain)
    sums = np.add.reduceat(cells.astype(np.int64), starts, axis=0)
    sums = np.add.reduceat(sums, starts, axis=1)
    inside = np.diff(np.append(starts, len(cells)))
    return sums, inside, inside


def _packed(values: Cells, top: int) -> bytes:
    width = int(top).bit_length()
    bits = np.unpackbits(values.astype(np.uint8).reshape(-1, 1), axis=1)[:, 8 - width :]
    return np.packbits(bits).tobytes()
