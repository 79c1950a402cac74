"""Arrays of any dtype as arrays of cells of at most 8 bits, and the header that leads back.

The items become *keys*, natural numbers of their size in the order of the values (a NaN by its
bits). The axes become two to four *sides*: those of length 1 are dropped; a last axis of 2 to 4
behind two others (the channels of an image) is put first; what is before the last three becomes
one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128
from complexity._layouts import array_header, little_endian, read_array_header
from complexity.code import DecodeError

__all__ = ["BITS", "Cells", "Header", "candidates", "read_header", "restored"]

BITS, VALUES, ALPHABET, PLANES, DIFFERENCES = range(5)
"""What the cells are: the items, 0 and 1; the keys; indices of a sorted alphabet; the bytes of the
keys, a plane of the most significant ones first; the same of zigzag differences in C order."""

_LARGEST = 256
_LARGEST_OF_BYTES = 16


@dataclass(frozen=True)
class Header:
    """What is said before the cells.

    Attributes:
        dtype: of the array, little endian.
        shape: of the array.
        content: what the cells are.
        predict: whether errors of a prediction are coded.
        alphabet: its keys, sorted; () if the content is another.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    content: int = BITS
    predict: bool = False
    alphabet: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Items of the array."""
        return math.prod(self.shape)

    @property
    def width(self) -> int:
        """Bits per cell, 0 for an alphabet of one."""
        if self.content == ALPHABET:
            return (len(self.alphabet) - 1).bit_length()
        return 1 if self.content == BITS else 8

    @property
    def planes(self) -> int:
        """How many cells an item takes."""
        return self.dtype.itemsize if self.content in (PLANES, DIFFERENCES) else 1

    @property
    def sides(self) -> tuple[int, ...]:
        """Of the array of cells."""
        sides = _arranged(np.broadcast_to(np.uint8(0), self.shape)).shape
        return (self.planes, *sides) if self.planes > 1 else sides

    def to_bytes(self) -> bytes:
        """Dtype number and shape; then, if there are items, 2 * content + predict and the alphabet.

        The alphabet is its size, the first key, and the gaps between keys, less 1.
        """
        head = array_header(np.broadcast_to(np.zeros((), self.dtype), self.shape))
        if not self.size:
            return head
        numbers = [2 * self.content + self.predict]
        if self.content == ALPHABET:
            gaps = [b - a - 1 for a, b in zip(self.alphabet, self.alphabet[1:], strict=False)]
            numbers += [len(self.alphabet), self.alphabet[0], *gaps]
        return head + b"".join(map(_leb128.write, numbers))


@dataclass(frozen=True)
class Cells:
    """An array as cells: (n,) uint8 in C order, behind a header."""

    header: Header
    symbols: NDArray[np.uint8]


def candidates(x: NDArray[Any]) -> list[Cells]:
    """The ways to see an array as cells; which to take is for their lengths to say.

    Raises:
        TypeError: the dtype is no boolean, integer or float of at most 64 bits.
    """
    dtype = little_endian(x.dtype)
    if not x.size:
        return [Cells(Header(dtype, x.shape), np.zeros(0, np.uint8))]
    if _is_bits(x):
        return [Cells(Header(dtype, x.shape), _arranged(x).astype(np.uint8).ravel())]
    keys = _arranged(_keys(np.asarray(x.astype(dtype, copy=False), order="C"))).ravel()
    alphabet, indices = np.unique(keys, return_inverse=True)
    largest = _LARGEST_OF_BYTES if dtype.itemsize == 1 else _LARGEST
    few = alphabet.size <= largest and 4 * alphabet.size <= x.size
    if few or alphabet.size <= 2:
        header = Header(dtype, x.shape, ALPHABET, alphabet=tuple(alphabet.tolist()))
        return _numbers(header, indices.astype(np.uint8) if header.width else np.zeros(0, np.uint8))
    if dtype.itemsize == 1:
        return _numbers(Header(dtype, x.shape, VALUES), keys)
    return [
        Cells(Header(dtype, x.shape, PLANES), _planes(keys)),
        Cells(Header(dtype, x.shape, DIFFERENCES), _planes(_differences(keys))),
    ]


def _numbers(header: Header, symbols: NDArray[np.uint8]) -> list[Cells]:
    """Cells that are categories, or magnitudes to be predicted if there are enough of them."""
    plain = Cells(header, symbols)
    if header.width <= 2:
        return [plain]
    other = Header(header.dtype, header.shape, header.content, True, header.alphabet)
    return [plain, Cells(other, symbols)]


def read_header(data: bytes) -> tuple[Header, int]:
    """The header at the beginning of a codeword, and where the cells begin.

    Raises:
        DecodeError: there is none.
    """
    dtype, shape, start = read_array_header(data)
    if not math.prod(shape):
        return Header(dtype, shape), start
    form, start = _leb128.read(data, start, "the form of the cells")
    content, predict = divmod(form, 2)
    if content > DIFFERENCES or (content == VALUES and dtype.itemsize > 1):
        raise DecodeError(f"damaged: unknown form {form} of the cells")
    alphabet: list[int] = []
    if content == ALPHABET:
        size, start = _leb128.read(data, start, "the alphabet size")
        if not 0 < size <= _LARGEST:
            raise DecodeError(f"damaged: an alphabet of {size} symbols")
        for _ in range(size):
            gap, start = _leb128.read(data, start, "the alphabet")
            alphabet.append(alphabet[-1] + 1 + gap if alphabet else gap)
        if alphabet[-1] >> (8 * dtype.itemsize):
            raise DecodeError(f"damaged: the symbol {alphabet[-1]} is no {dtype.name}")
    return Header(dtype, shape, content, bool(predict), tuple(alphabet)), start


def restored(header: Header, symbols: NDArray[np.uint8]) -> NDArray[Any]:
    """The array whose cells these are.

    Raises:
        DecodeError: a cell is outside the alphabet.
    """
    dtype, unsigned = header.dtype, np.dtype(f"<u{header.dtype.itemsize}")
    if header.content == BITS:
        return _rearranged(symbols, header.shape).astype(dtype.newbyteorder("="))
    if header.content == ALPHABET:
        keys = np.array(header.alphabet, unsigned)
        if symbols.size and int(symbols.max()) >= keys.size:
            raise DecodeError("damaged: a cell outside the alphabet")
        keys = keys[symbols] if symbols.size else np.repeat(keys, header.size)
    elif header.content == VALUES:
        keys = symbols.view(unsigned)
    else:
        octets = np.ascontiguousarray(symbols.reshape(dtype.itemsize, -1)[::-1].T)
        keys = octets.view(unsigned).ravel()
        keys = np.cumsum(_unzigzag(keys), dtype=unsigned) if header.content == DIFFERENCES else keys
    items = _items(_rearranged(keys, header.shape), dtype)
    return np.asarray(items, dtype.newbyteorder("="))


def _is_bits(x: NDArray[Any]) -> bool:
    if x.dtype.kind == "b":
        return True
    return bool(((x == 0) | (x == 1)).all()) and not (x.dtype.kind == "f" and np.signbit(x).any())


def _keys(x: NDArray[Any]) -> NDArray[Any]:
    """Natural numbers in the order of the values."""
    keys = x.view(f"<u{x.dtype.itemsize}")
    sign = keys.dtype.type(1 << (8 * x.dtype.itemsize - 1))
    if x.dtype.kind == "i":
        return keys ^ sign
    return np.where(keys & sign, ~keys, keys | sign) if x.dtype.kind == "f" else keys


def _items(keys: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The inverse of `_keys`."""
    sign = keys.dtype.type(1 << (8 * dtype.itemsize - 1))
    if dtype.kind == "i":
        keys = keys ^ sign
    elif dtype.kind == "f":
        keys = np.where(keys & sign, keys ^ sign, ~keys)
    return keys.view(dtype)


def _channels_last(sides: tuple[int, ...]) -> bool:
    return len(sides) > 2 and sides[-1] <= 4


def _arranged(x: NDArray[Any]) -> NDArray[Any]:
    """The array with two to four sides."""
    x = x.reshape([side for side in x.shape if side != 1])
    if _channels_last(x.shape):
        x = np.moveaxis(x, -1, 0)
    if x.ndim < 2:
        return x.reshape(1, x.size)
    return x if x.ndim <= 4 else x.reshape(-1, *x.shape[-3:])


def _rearranged(symbols: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """The inverse of `_arranged`, from items in C order."""
    sides = tuple(side for side in shape if side != 1)
    if _channels_last(sides):
        moved = symbols.reshape(sides[-1], *sides[:-1])
        symbols = np.ascontiguousarray(np.moveaxis(moved, 0, -1))
    return symbols.reshape(shape)


def _differences(keys: NDArray[Any]) -> NDArray[Any]:
    steps = np.diff(keys, prepend=keys.dtype.type(0))
    signs = (steps.view(f"<i{keys.dtype.itemsize}") >> (8 * keys.dtype.itemsize - 1)).view(
        keys.dtype
    )
    return (steps << keys.dtype.type(1)) ^ signs


def _unzigzag(folded: NDArray[Any]) -> NDArray[Any]:
    one = folded.dtype.type(1)
    return (folded >> one) ^ (~(folded & one) + one)


def _planes(keys: NDArray[Any]) -> NDArray[np.uint8]:
    octets = keys.view(np.uint8).reshape(keys.size, keys.dtype.itemsize)
    return np.ascontiguousarray(octets[:, ::-1].T).ravel()
