"""The code "template": context-tree weighting of arrays, with contexts from all directions.

The cells of an array are coded in C order. The context of a cell is not what came just before, as
in a string, but its *template*: the cells before it in C order that lie near it, in as many
dimensions as the array has. All depths of the template are weighted as in `complexity.context.ctw`.

0/1 arrays
    The context is the cells of the template, nearest first (by Euclid; of those as near as each
    other the last in C order first: W, N, NE, NW, WW, NN, ...). Cells outside the array are 0. In
    one dimension this is the code "ctw-bits".
Few values, bytes
    The items, or their indices in the sorted alphabet that is sent first, in up to 8 binary
    decisions, each with a context tree of its own for every value of the bits before. The context
    is the bits of the template's cells, cell by cell, each from its most significant bit.
Magnitudes
    As before, but what is coded is the error of a prediction, the least errors first. Five linear
    predictions from the neighbours (eight from three dimensions on) are blended by how well each
    did at the neighbours, and corrected by the mean error of such surroundings. The context is how
    active the surroundings are, the error to the west (before it the one in the slab before), and
    the prediction.
Wide items
    More than 256 values of 2 to 8 bytes, floats by their bits in the order of the values: planes of
    bytes, most significant first, as one more dimension with trees of their own per plane; of the
    items or of their differences in C order.

Of two ways, the one that is shorter on a block of at most 8192 items from the middle is taken; the
header names it: dtype, shape, a byte for the way, and the alphabet if there is one. Axes of length
1 are ignored, a last axis of 2 to 4 behind two others (colours) comes first, and what is before the
last three axes counts as one.

Nodes take at most 64 bytes per binary decision, as with "ctw", cells 1 byte, predictions 7 bytes
per cell more (for three sides 10).

References:
    F. M. J. Willems, Y. M. Shtarkov and T. J. Tjalkens, The context-tree weighting method: basic
        properties, IEEE Trans. Inf. Theory 41(3), 1995.
    ITU-T T.88, 2000 (JBIG2), 6.2: templates of causal neighbours for 0/1 images.
    X. Wu and N. Memon, Context-based, adaptive, lossless image coding, IEEE Trans. Commun. 45(4),
        1997: prediction with contexts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity._bytecodec import _as_bytes
from complexity._spec import canonical_name
from complexity.bitstrings import MAX_BITS
from complexity.code import DecodeError, Kind
from complexity.context._arithmetic import _decoded, _encoded, sequential_bits
from complexity.context.ctw import MAX_DEPTH
from complexity.errors import as_array, integer
from complexity.template._cells import Cells, Header, candidates, read_header, restored
from complexity.template._field import CellModel

__all__ = ["Template"]

_SAMPLE = 1 << 13


@dataclass(frozen=True)
class Template:
    """Context-tree weighting of arrays of booleans, integers or floats, of any shape.

    Arrays of at most 2^27 binary decisions: 1 per item of 0/1 arrays, up to 8 per item of at most
    256 different values, 8 per byte of others. `bits` is the ideal codelength, the header included;
    a codeword is at most 10 bits longer. NaNs come back bit for bit; the dtype comes back in the
    machine's byte order.

    Args:
        depth: bits of context at most, 0 to 64.

    Raises:
        TypeError: the depth is no integer.
        ValueError: it is out of range.

    Example:
        >>> diagonal = np.eye(64, dtype=bool)
        >>> Template().bits(diagonal) < 100
        True
    """

    depth: int = 32
    kind: ClassVar[Kind] = Kind.IDEAL
    overhead: ClassVar[float] = 10.0
    limit: ClassVar[int] = MAX_BITS // 8
    """Bytes of the items of arrays that always fit."""

    def __post_init__(self) -> None:
        integer("depth", self.depth, 0, MAX_DEPTH)

    @property
    def name(self) -> str:
        """The canonical spec, such as "template:depth=16"."""
        return canonical_name("template", {"depth": self.depth}, {"depth": 32})

    def bits(self, x: NDArray[Any]) -> float:
        """Ideal length of the codeword of `x` in bits, its header included.

        Raises:
            TypeError: `x` is no array, or its dtype no boolean, integer or float of up to 64 bits.
            ValueError: it is too large.
        """
        cells = self._cells(x)
        header = 8.0 * len(cells.header.to_bytes())
        if not cells.symbols.size:
            return header
        return header + self._cost(cells.header, cells.symbols.reshape(cells.header.sides))

    def encode(self, x: NDArray[Any]) -> bytes:
        """The codeword of `x`.

        Raises:
            TypeError: `x` is no array, or its dtype no boolean, integer or float of up to 64 bits.
            ValueError: it is too large.
        """
        cells = self._cells(x)
        head = cells.header.to_bytes()
        if not cells.symbols.size:
            return head
        model = self._model(cells.header, cells.header.sides)
        return head + _encoded(model, cells.symbols, cells.header.width)

    def decode(self, blob: bytes) -> NDArray[Any]:
        """The array whose codeword `blob` is.

        Time and memory grow with what has been decoded, as for "ctw-bits". There is no checksum:
        damage may decode to other data, or be seen because the codeword of what it decodes to
        differs.

        Raises:
            TypeError: `blob` is not bytes, bytearray or memoryview.
            DecodeError: `blob` is no codeword.
        """
        data = _as_bytes("blob", blob)
        header, start = read_header(data)
        if _decisions(header) > MAX_BITS:
            raise DecodeError(f"damaged: an array of shape {header.shape} of {header.dtype}")
        try:
            symbols = self._read(header, data[start:])
            value = restored(header, symbols)
        except (ValueError, OverflowError) as error:
            if isinstance(error, DecodeError):
                raise
            raise DecodeError(f"damaged: {error}") from None
        if self._cells(value).header != header:
            raise DecodeError("damaged: not the header of what it decodes to")
        return value

    def _read(self, header: Header, body: bytes) -> NDArray[np.uint8]:
        count = header.size * header.planes if header.width else 0
        if count:
            return _decoded(self._model(header, header.sides), body, count, header.width)
        if body:
            raise DecodeError(f"damaged: {len(body)} bytes follow the header of a constant array")
        return np.zeros(0, np.uint8)

    def _cells(self, x: NDArray[Any]) -> Cells:
        """The array as cells, in the way that is shorter on a block from its middle."""
        if not isinstance(x, np.ndarray | np.generic):
            raise TypeError(f"x: got {type(x).__name__}, accepted is a NumPy array")
        too_large = f"x: got {x.size} items of {x.dtype}, accepted are at most {MAX_BITS} decisions"
        if x.size > MAX_BITS:
            raise ValueError(too_large)
        ways = candidates(as_array("x", x, "accepted are arrays of numbers"))
        if _decisions(ways[0].header) > MAX_BITS:
            raise ValueError(too_large)
        if len(ways) == 1:
            return ways[0]
        return min(ways, key=lambda way: self._cost(way.header, _middle(way)))

    def _cost(self, header: Header, block: NDArray[np.uint8]) -> float:
        """Bits of an array of cells."""
        model = self._model(header, block.shape)
        return sequential_bits(model, block.ravel(), header.width)

    def _model(self, header: Header, sides: tuple[int, ...]) -> CellModel:
        return CellModel(
            sides, header.width, self.depth, tables=header.planes, predict=header.predict
        )


def _decisions(header: Header) -> int:
    return header.size * header.planes * max(header.width, 1)


def _middle(cells: Cells) -> NDArray[np.uint8]:
    """The cells of at most 8192 items: the longest side is halved until that few are left."""
    block = cells.symbols.reshape(cells.header.sides)
    first = int(cells.header.planes > 1)
    while block.size > _SAMPLE * cells.header.planes:
        axis = first + int(np.argmax(block.shape[first:]))
        quarter = block.shape[axis] // 4
        keep = [slice(None)] * block.ndim
        keep[axis] = slice(quarter, quarter + -(-block.shape[axis] // 2))
        block = block[tuple(keep)]
    return block
