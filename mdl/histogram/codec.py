"""Arrays on a grid as files: the range, the bins, and the values by an enumerative code.

A codeword is a string of bits, padded with zeros to whole bytes:

1. n + 1 in Elias' delta code; nothing follows for n = 0;
2. in that code the least value (2 v + 1, or -2 v if it is negative), the number of cells E, the
   logarithm of a granule's cells + 1, the number of bins K;
3. the index of the cuts among binom(G - 1, K - 1), with the index of the counts among
   binom(n + K - 1, K - 1), as one number of fixed length;
4. the index of the order of the bins among n! / (h_1! ... h_K!), with the place of every value
   among the cells of its bin, as one number of fixed length.

Parts 3 and 4 are the bits of `histogram(x, method="genum")`, up to its bits for K and for the
granules.

References:
    V. Zelaya Mendizábal, M. Boullé and F. Rossi, Fast and fully-automated histograms for
        large-scale data sets, Computational Statistics & Data Analysis 180, 2023: the code.
    T. M. Cover, Enumerative source encoding, IEEE Trans. Inf. Theory 19(1), 1973: the indices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity import _prefix
from complexity._bytecodec import _as_bytes
from complexity.code import DecodeError, Kind
from complexity.counting import _index, _string
from mdl.histogram._ranks import joined, parted, subset, subset_index
from mdl.histogram.grid import as_grid
from mdl.histogram.search import histogram

__all__ = ["MAX_VALUES", "HistogramCode"]

MAX_VALUES = 1 << 16
"""The longest array. Time grows with the square of its length and faster than that of its bins: 3 s
on a core for 16,384 normal values, 4 s for 511 bins; from these, 20 s for 65,536 such values, and
some minutes for 4,000 bins."""

_CELLS = 1 << 50


@dataclass(frozen=True)
class _Shape:
    """All but the order of the values and their places."""

    n: int
    least: int
    cells: int
    shift: int
    cuts: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def granules(self) -> int:
        return -(-self.cells >> self.shift)

    @property
    def widths(self) -> list[int]:
        places = [cut << self.shift for cut in (0, *self.cuts)]
        return [b - a for a, b in zip(places, [*places[1:], self.cells], strict=True)]

    @property
    def models(self) -> int:
        bins = len(self.counts)
        return math.comb(self.granules - 1, bins - 1) * math.comb(self.n + bins - 1, bins - 1)

    @property
    def orders(self) -> list[int]:
        """The alternatives of splitting the values among bins, halves of the bins at a time."""
        return [
            math.comb(sum(self.counts[first:last]), sum(self.counts[middle:last]))
            for first, middle, last in _halves(len(self.counts))
        ]

    @property
    def log2_arrays(self) -> float:
        places = zip(self.counts, self.widths, strict=True)
        return sum(map(math.log2, self.orders)) + sum(h * math.log2(w) for h, w in places)

    def header(self) -> str:
        if not self.n:
            return _prefix.delta(1)
        signed = 2 * self.least + 1 if self.least >= 0 else -2 * self.least
        numbers = (self.n + 1, signed, self.cells, self.shift + 1, len(self.counts))
        return "".join(map(_prefix.delta, numbers))


@dataclass(frozen=True)
class HistogramCode:
    """Integer arrays, values counted in units of their precision, by the histogram of fewest bits.

    The domain is arrays (n,) of int64, n up to 65536, whose range is below 2^50; an empty array
    takes 1 bit, and one value, or many that are the same, the header alone. `bits` is what the
    header takes plus log2 of the number of alternatives in parts 3 and 4; a codeword is less than
    9 bits longer: 1 for each number's fixed length, 7 to the byte's end.

    Example:
        >>> code = HistogramCode()
        >>> code.decode(code.encode(np.array([7, 7, 9, 7])))
        array([7, 7, 9, 7])
    """

    name: ClassVar[str] = "histogram"
    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float] = 9.0

    def bits(self, x: NDArray[np.int64]) -> float:
        """Ideal length of the codeword of `x` in bits, its header included.

        Raises:
            TypeError: `x` is no array of int64.
            ValueError: it has other than one dimension, is too long, or its range is too great.
        """
        shape = _shape(_values(x))
        bits = float(len(shape.header()))
        return bits + math.log2(shape.models) + shape.log2_arrays if shape.n else bits

    def encode(self, x: NDArray[np.int64]) -> bytes:
        """The codeword of `x`.

        Raises:
            TypeError, ValueError: as `bits`.
        """
        values = _values(x)
        shape = _shape(values)
        if not shape.n:
            return _prefix.packed(shape.header())
        cells = (values - shape.least).tolist()
        return _prefix.packed(shape.header() + _model(shape) + _arrangement(shape, cells))

    def decode(self, blob: bytes) -> NDArray[np.int64]:
        """The array whose codeword `blob` is.

        There is no checksum: damage may decode to other data.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        code = _prefix.unpacked(_as_bytes("blob", blob))
        n, at = _prefix.read_delta(code, 0)
        if n == 1:
            _prefix.check_padding(code, at)
            return np.zeros(0, np.int64)
        shape, at = _read_shape(code, at, n - 1)
        if shape.log2_arrays > len(code) - at + 1:
            raise DecodeError("truncated: it ends inside the values")
        number, at = _read(code, at, math.prod(_factors(shape)), "the values")
        _prefix.check_padding(code, at)
        return np.array(_disposed(shape, number), np.int64) + shape.least


def _values(x: Any) -> NDArray[np.int64]:
    if not isinstance(x, np.ndarray) or x.dtype != np.int64:
        got = f"an array of {x.dtype}" if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(f"x: got {got}, accepted is an array (n,) of int64")
    if x.ndim != 1 or x.size > MAX_VALUES:
        raise ValueError(f"x: got shape {x.shape}, accepted is (n,) with n up to {MAX_VALUES}")
    if x.size and int(x.max()) - int(x.min()) >= _CELLS:
        raise ValueError(f"x: got {x.min()} to {x.max()}, accepted is a range below 2^50")
    return x


def _shape(values: NDArray[np.int64]) -> _Shape:
    if not values.size:
        return _Shape(0, 0, 0, 0, (), ())
    # from 0, so that the edges are exact: cells are whole numbers, their borders halves
    cells = values - values.min()
    grid, found = as_grid(cells), histogram(cells)
    shift = found.granule.bit_length() - 1
    cuts = (found.edges[1:-1] + 0.5).astype(np.int64) >> shift
    return _Shape(
        values.size,
        int(values.min()),
        grid.size,
        shift,
        tuple(cuts.tolist()),
        tuple(found.counts.tolist()),
    )


def _fixed(number: int, total: int) -> str:
    width = (total - 1).bit_length()
    return f"{number:0{width}b}" if width else ""


def _read(code: str, at: int, total: int, what: str) -> tuple[int, int]:
    end = at + (total - 1).bit_length()
    if end > len(code):
        raise DecodeError(f"truncated: it ends inside {what}")
    number = int(code[at:end] or "0", 2)
    if number >= total:
        raise DecodeError(f"damaged: the number of {what} is out of range")
    return number, end


def _model(shape: _Shape) -> str:
    bins = len(shape.counts)
    bars = np.cumsum(np.array(shape.counts[:-1], np.int64) + 1) - 1  # stars and bars
    compositions = math.comb(shape.n + bins - 1, bins - 1)
    number = subset_index([cut - 1 for cut in shape.cuts]) * compositions
    return _fixed(number + subset_index(bars.tolist()), shape.models)


def _read_shape(code: str, at: int, n: int) -> tuple[_Shape, int]:
    signed, at = _prefix.read_delta(code, at)
    cells, at = _prefix.read_delta(code, at)
    shift, at = _prefix.read_delta(code, at)
    bins, at = _prefix.read_delta(code, at)
    least = (signed - 1) // 2 if signed % 2 else -(signed // 2)
    if n > MAX_VALUES or cells > _CELLS or shift - 1 > (cells - 1).bit_length():
        raise DecodeError(f"damaged: {n} values in {cells} cells")
    if not -(1 << 63) <= least <= (1 << 63) - cells:
        raise DecodeError(f"damaged: values from {least} are no 64-bit integers")
    granules = -(-cells >> (shift - 1))
    # every bin beside the first takes at least a bit of its cut and its count
    if bins > min(granules, len(code) + 1) or _log2_comb(granules - 1, bins - 1) > len(code):
        raise DecodeError(f"truncated or damaged: {bins} bins do not fit")
    compositions = math.comb(n + bins - 1, bins - 1)
    models = math.comb(granules - 1, bins - 1) * compositions
    number, at = _read(code, at, models, "the bins")
    cuts = [cut + 1 for cut in subset(number // compositions, bins - 1, granules - 1)]
    bars = subset(number % compositions, bins - 1, n + bins - 1)
    edges = [-1, *bars, n + bins - 1]
    counts = tuple(b - a - 1 for a, b in pairwise(edges))
    return _Shape(n, least, cells, shift - 1, tuple(cuts), counts), at


def _log2_comb(n: int, k: int) -> float:
    """At most log2 binom(n, k), to refuse what is far too large: binom(n, k) >= (n / k)^k."""
    k = min(k, n - k)
    return k * math.log2(n / k) if k > 0 else 0.0


def _halves(bins: int) -> list[tuple[int, int, int]]:
    """Bins split in halves again and again: (first, middle, last), the outer ones first."""
    nodes, waiting = [], [(0, bins)]
    while waiting:
        first, last = waiting.pop()
        if last - first > 1:
            middle = (first + last) // 2
            nodes.append((first, middle, last))
            waiting += [(middle, last), (first, middle)]
    return nodes


def _factors(shape: _Shape) -> list[int]:
    """The alternatives of each step; their product is n! / prod h! prod w^h."""
    return shape.orders + [w**h for h, w in zip(shape.counts, shape.widths, strict=True)]


def _arrangement(shape: _Shape, cells: list[int]) -> str:
    starts = np.cumsum([0, *shape.widths])
    labels = np.searchsorted(starts, np.array(cells), side="right") - 1
    digits = []
    for first, middle, last in _halves(len(shape.counts)):
        inside = labels[(labels >= first) & (labels < last)]
        ones = (inside >= middle).astype(int).tolist()
        digits.append(_index(ones, sum(ones)))
    offsets = np.array(cells) - starts[labels]
    for at, width in enumerate(shape.widths):
        digits.append(joined(offsets[labels == at].tolist(), width)[0])
    number = 0
    factors = _factors(shape)
    for digit, factor in zip(digits, factors, strict=True):
        number = number * factor + digit
    return _fixed(number, math.prod(factors))


def _disposed(shape: _Shape, number: int) -> list[int]:
    """The cells of the values, in order."""
    digits = []
    for factor in reversed(_factors(shape)):
        number, digit = divmod(number, factor)
        digits.append(digit)
    digits.reverse()
    nodes = _halves(len(shape.counts))
    labels = np.zeros(shape.n, np.int64)
    for (first, middle, last), digit in zip(nodes, digits, strict=False):
        here = np.flatnonzero(labels == first)
        ones = sum(shape.counts[middle:last])
        labels[here[np.array(_string(here.size, ones, digit), bool)]] = middle
    starts = np.cumsum([0, *shape.widths])
    cells = starts[labels]
    for at, (h, w) in enumerate(zip(shape.counts, shape.widths, strict=True)):
        cells[labels == at] += np.array(parted(digits[len(nodes) + at], w, h), np.int64)
    return cells.tolist()
