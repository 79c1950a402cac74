"""Stated serialisations, and front ends that make a byte codec a codec of texts, symbols or arrays.

The same numbers compress differently as text, bytes or packed bits, so what is compressed is always
said. Each front end turns its object into bytes (a header that says what is needed to come back,
then the data) and hands them to a byte codec; its codewords are those of that codec.

===========  ================================================================================
front end    bytes handed to the byte codec
===========  ================================================================================
text         UTF-8
string       tag (0 str, 1 list, 2 tuple of int); alphabet size; sorted alphabet (code points, or
             zigzag integers); length; then symbol indices of 1, 2, 4 or 8 bits, MSB first
array        dtype number; number of dimensions; dimensions; then the layout. No header when shape
             and dtype are known to the receiver
===========  ================================================================================

Numbers in headers are LEB128. Array layouts: "bytes" (items in C order, little endian, a boolean is
one byte), "packed" (0/1 items in C order, one bit each, MSB first, zero bits to the byte's end) and
"text" (`str(value)` joined by single spaces, as several published studies compressed). Another
`order` than "raster" takes the items along a space-filling curve (`complexity.scans`) in place of
C order; shapes and headers stay the same.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from complexity import _leb128
from complexity._layouts import (
    LAYOUTS,
    array_from_bytes,
    array_header,
    array_to_bytes,
    little_endian,
    pack_symbols,
    read_array_header,
    symbol_width,
    unpack_symbols,
    unzigzag,
    zigzag,
)
from complexity._spec import canonical_name
from complexity.code import Codec, DecodeError, Kind, domain_of, resolve
from complexity.errors import as_array, integer, one_of
from complexity.scans import ORDERS, scan_order

__all__ = [
    "LAYOUTS",
    "ORDERS",
    "ArrayCodec",
    "StringCodec",
    "TextCodec",
    "array_codec",
    "array_to_bytes",
    "codec_for",
    "to_bytes",
]

_SEQUENCES = (str, list, tuple)  # position is the tag in a string's header


def to_bytes(x: bytes | bytearray | memoryview | str | NDArray[Any]) -> bytes:
    """Bytes as they are, a str as UTF-8, an array as its header and its items (layout "bytes").

    Raises:
        TypeError: `x` is something else.
        ValueError: a str holds lone surrogates, which UTF-8 cannot.
    """
    if isinstance(x, bytes | bytearray | memoryview):
        return bytes(x)
    if isinstance(x, str):
        return _utf8(x)
    if isinstance(x, np.ndarray | np.generic):
        array = as_array("x", x, "accepted are arrays of numbers")
        return array_header(array) + array_to_bytes(array)
    raise TypeError(f"x: got {type(x).__name__}, accepted is bytes, str or a NumPy array")


def codec_for(x: Any, code: str | Codec) -> Codec:
    """A codec for `x` over a byte codec, chosen by the type of `x`; others are kept as they are.

    Raises:
        TypeError: no front end takes such an object.
    """
    inner = resolve(code)
    if isinstance(x, bytes | bytearray | memoryview) or domain_of(inner) not in ("bytes", ""):
        return inner
    if isinstance(x, str):
        return TextCodec(inner)
    if isinstance(x, np.ndarray | np.generic):
        return ArrayCodec(inner)
    if isinstance(x, list | tuple):
        return StringCodec(inner)
    raise TypeError(
        f"x: got {type(x).__name__}, accepted is bytes, str, an array, or a list or tuple of int"
    )


@dataclass(frozen=True)
class _FrontEnd(ABC):
    """What the front ends share: the wrapped codec's kind, overhead and bits."""

    code: Any

    def __post_init__(self) -> None:
        inner = resolve(self.code)
        if not isinstance(inner, Codec):
            raise TypeError(f"code: {inner.name!r} cannot encode; accepted is a byte codec")
        if domain_of(inner) not in ("bytes", ""):
            raise TypeError(f"code: got {inner.name!r}, accepted is a codec of byte strings")
        object.__setattr__(self, "code", inner)

    @property
    def kind(self) -> Kind:
        """What the bits are worth: as the wrapped codec's."""
        return self.code.kind

    @property
    def overhead(self) -> float:
        """Bits by which `8 * len(encode(x))` may exceed `bits(x)`: as the wrapped codec's."""
        return self.code.overhead

    def bits(self, x: Any) -> float:
        """Length of the codeword of `x` in bits, its header included."""
        return self.code.bits(self._serialise(x))

    def encode(self, x: Any) -> bytes:
        """The codeword of `x`.

        Raises:
            TypeError: `x` is not of the domain's type.
            ValueError: its value is outside the domain.
        """
        return self.code.encode(self._serialise(x))

    def decode(self, blob: bytes) -> Any:
        """The object whose codeword `blob` is.

        Raises:
            DecodeError: the byte codec rejects `blob`, or what it holds is no such object.
        """
        data = self.code.decode(blob)
        try:
            value = self._parse(data)
            exact = self._serialise(value) == data
        except DecodeError:
            raise
        except (ValueError, TypeError, OverflowError) as error:
            raise DecodeError(f"damaged: {error}") from None
        if not exact:
            raise DecodeError("damaged: not the serialisation of any object")
        return value

    @abstractmethod
    def _serialise(self, x: Any) -> bytes: ...

    @abstractmethod
    def _parse(self, data: bytes) -> Any: ...


@dataclass(frozen=True)
class TextCodec(_FrontEnd):
    """Texts: a str as UTF-8, no header.

    Args:
        code: a byte codec, or its spec.
    """

    @property
    def name(self) -> str:
        """The canonical spec, such as "text(xz)"."""
        return canonical_name("text", {}, {}, inner=self.code.name)

    def _serialise(self, x: str) -> bytes:
        if not isinstance(x, str):
            raise TypeError(f"x: got {type(x).__name__}, accepted is str")
        return _utf8(x)

    def _parse(self, data: bytes) -> str:
        return data.decode("utf-8")


@dataclass(frozen=True)
class StringCodec(_FrontEnd):
    """Strings over at most 256 distinct symbols: a str, or a list or tuple of int.

    The alphabet and the length are in a header; symbols take 1, 2, 4 or 8 bits each.

    Args:
        code: a byte codec, or its spec.

    Example:
        >>> StringCodec("raw").bits("GATTACA" * 100) / 700 < 2.2
        True
    """

    @property
    def name(self) -> str:
        """The canonical spec, such as "string(xz)"."""
        return canonical_name("string", {}, {}, inner=self.code.name)

    def _serialise(self, x: str | Sequence[int]) -> bytes:
        if type(x) not in _SEQUENCES:
            raise TypeError(
                f"x: got {type(x).__name__}, accepted is str, or a list or tuple of int"
            )
        tag = _SEQUENCES.index(type(x))
        if tag and not all(type(item) is int for item in x):
            raise TypeError("x: got items that are not int; join characters to a str")
        alphabet = sorted(set(x))  # type: ignore[type-var]
        if len(alphabet) > 256:
            raise ValueError(f"x: got {len(alphabet)} distinct symbols, accepted are at most 256")
        rank = {symbol: index for index, symbol in enumerate(alphabet)}
        indices = np.fromiter((rank[item] for item in x), np.uint8, len(x))
        numbers = [ord(item) if isinstance(item, str) else zigzag(item) for item in alphabet]
        header = [len(alphabet), *numbers, len(x)]
        body = pack_symbols(indices, symbol_width(len(alphabet)))
        return bytes([tag]) + b"".join(map(_leb128.write, header)) + body

    def _parse(self, data: bytes) -> str | Sequence[int]:
        if not data or data[0] >= len(_SEQUENCES):
            raise DecodeError("damaged: unknown kind of string")
        size, start = _leb128.read(data, 1, "the alphabet size")
        if size > 256:
            raise DecodeError(f"damaged: an alphabet of {size} symbols")
        alphabet: list[Any] = []
        for _ in range(size):
            number, start = _leb128.read(data, start, "the alphabet")
            alphabet.append(unzigzag(number) if data[0] else chr(number))
        length, start = _leb128.read(data, start, "the length")
        width = symbol_width(size)
        if len(data) - start != -(-length * width // 8):
            raise DecodeError(f"damaged: {length} symbols do not take {len(data) - start} bytes")
        indices = unpack_symbols(data[start:], width)[:length]
        if length and int(indices.max()) >= size:
            raise DecodeError("damaged: a symbol outside the alphabet")
        items = [alphabet[index] for index in indices.tolist()]
        return "".join(items) if data[0] == 0 else _SEQUENCES[data[0]](items)


@dataclass(frozen=True)
class ArrayCodec(_FrontEnd):
    """NumPy arrays of booleans, integers or floats, of any shape; NaNs come back bit for bit.

    The dtype comes back in the machine's byte order: the byte order of the array is not recorded.

    Args:
        code: a byte codec, or its spec.
        layout: "bytes", "packed" (0/1 arrays) or "text".
        shape: the shape every array has, when the receiver knows it; needs `dtype` too, and then
            there is no header.
        dtype: the dtype every array has; needs `shape` too.
        order: "raster" (C order), "hilbert" or "z": in which order the items are laid out.

    Raises:
        ValueError: the layout or the order is unknown, or only one of shape and dtype is given.
        TypeError: the dtype is not a boolean, integer or float of at most 64 bits, or the shape
            is not of integers.
    """

    layout: str = "bytes"
    shape: tuple[int, ...] | None = None
    dtype: DTypeLike | None = None
    order: str = "raster"

    def __init__(
        self,
        code: str | Codec,
        *,
        layout: str = "bytes",
        shape: tuple[int, ...] | None = None,
        dtype: DTypeLike | None = None,
        order: str = "raster",
    ) -> None:
        one_of("layout", layout, LAYOUTS)
        one_of("order", order, ORDERS)
        if (shape is None) != (dtype is None):
            raise ValueError("shape, dtype: got one of them, accepted are both or neither")
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "layout", layout)
        object.__setattr__(self, "shape", None if shape is None else _sides(shape))
        object.__setattr__(self, "dtype", None if dtype is None else little_endian(np.dtype(dtype)))
        object.__setattr__(self, "order", order)
        self.__post_init__()

    @property
    def name(self) -> str:
        """The canonical spec, such as "array(xz):layout=packed"."""
        values = {"layout": self.layout, "shape": "", "dtype": "", "order": self.order}
        if self.shape is not None:
            values["shape"] = "x".join(map(str, self.shape)) or "scalar"
            values["dtype"] = np.dtype(self.dtype).name
        defaults = {"layout": "bytes", "shape": "", "dtype": "", "order": "raster"}
        return canonical_name("array", values, defaults, inner=self.code.name)

    def _serialise(self, x: NDArray[Any]) -> bytes:
        if not isinstance(x, np.ndarray | np.generic):
            raise TypeError(f"x: got {type(x).__name__}, accepted is a NumPy array")
        x = as_array("x", x, "accepted are arrays of numbers")
        if self.shape is None:
            return array_header(x) + array_to_bytes(self._along(x), self.layout)
        if x.shape != self.shape or little_endian(x.dtype) != self.dtype:
            raise ValueError(
                f"x: got shape {x.shape} of {x.dtype}, accepted is {self.shape} of {self.dtype}"
            )
        return array_to_bytes(self._along(x), self.layout)

    def _along(self, x: NDArray[Any]) -> NDArray[Any]:
        """The items in the order of the scan."""
        return x if self.order == "raster" else x.ravel()[scan_order(x.shape, self.order)]

    def _parse(self, data: bytes) -> NDArray[Any]:
        if self.shape is None:
            dtype, shape, start = read_array_header(data)
        else:
            dtype, shape, start = np.dtype(self.dtype), self.shape, 0
        items = array_from_bytes(data[start:], self.layout, dtype, math.prod(shape))
        if self.order != "raster":
            along, items = items, np.empty_like(items)
            items[scan_order(shape, self.order)] = along
        return items.reshape(shape)


def array_codec(
    code: str | Codec,
    *,
    layout: str = "bytes",
    shape: str = "",
    dtype: str = "",
    order: str = "raster",
) -> ArrayCodec:
    """An `ArrayCodec` from the words of a spec: a shape is "64x64", that of a number "scalar"."""
    if not shape and not dtype:
        return ArrayCodec(code, layout=layout, order=order)
    if not shape or not dtype:
        raise ValueError("shape, dtype: got one of them, accepted are both or neither")
    try:
        sizes = () if shape == "scalar" else tuple(int(size) for size in shape.split("x"))
    except ValueError:
        raise ValueError(f"shape: got {shape!r}, accepted is as in 64x64, or scalar") from None
    return ArrayCodec(code, layout=layout, shape=sizes, dtype=dtype, order=order)


def _sides(shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, Iterable):
        raise TypeError(f"shape: got {shape!r}, accepted is a tuple of integers")
    return tuple(integer("shape", side, 0) for side in shape)


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError(f"x: got a str that UTF-8 cannot hold ({error})") from None
