"""Arrays and symbols as bytes: the layouts under the front ends of `complexity.serialise`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity import _leb128
from complexity.code import DecodeError
from complexity.errors import one_of

__all__ = [
    "LAYOUTS",
    "array_from_bytes",
    "array_header",
    "array_to_bytes",
    "little_endian",
    "pack_symbols",
    "read_array_header",
    "symbol_width",
    "unpack_symbols",
    "unzigzag",
    "zigzag",
]

LAYOUTS = ("bytes", "packed", "text")

# Position in this table is the dtype's number in an array's header: append only.
_DTYPES = tuple(
    np.dtype(name)
    for name in ("?", "<i1", "<u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
)


def array_to_bytes(array: NDArray[Any], layout: str = "bytes") -> bytes:
    """The items of an array as bytes, without a header.

    Args:
        array: any shape; booleans, integers or floats of at most 64 bits.
        layout: "bytes", "packed" (values 0 and 1 only) or "text".

    Raises:
        TypeError: the dtype is none of those.
        ValueError: the layout is unknown or cannot hold a value exactly.
    """
    array = np.asarray(array)
    if layout == "bytes":
        return array.astype(little_endian(array.dtype), copy=False).tobytes()
    one_of("layout", layout, LAYOUTS)
    little_endian(array.dtype)
    return _packed(array) if layout == "packed" else _as_text(array)


def little_endian(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The little-endian form of a dtype in the table."""
    if dtype.kind not in "biuf" or dtype.itemsize > 8:
        raise TypeError(
            f"dtype: got {dtype}, accepted are booleans, integers and floats of at most 64 bits"
        )
    return dtype.newbyteorder("<")


def array_header(array: NDArray[Any]) -> bytes:
    numbers = (_DTYPES.index(little_endian(array.dtype)), array.ndim, *array.shape)
    return b"".join(map(_leb128.write, numbers))


def read_array_header(data: bytes) -> tuple[np.dtype[Any], tuple[int, ...], int]:
    number, start = _leb128.read(data, 0, "the dtype")
    if number >= len(_DTYPES):
        raise DecodeError(f"damaged: unknown dtype number {number}")
    dimensions, start = _leb128.read(data, start, "the number of dimensions")
    if dimensions > 64:
        raise DecodeError(f"damaged: an array of {dimensions} dimensions")
    shape = []
    for _ in range(dimensions):
        size, start = _leb128.read(data, start, "the shape")
        shape.append(size)
    return _DTYPES[number], tuple(shape), start


def _packed(array: NDArray[Any]) -> bytes:
    if array.dtype.kind != "b":
        if not np.isin(array, (0, 1)).all() or (
            array.dtype.kind == "f" and np.signbit(array).any()
        ):
            raise ValueError("layout 'packed': got values other than 0 and 1; use layout 'bytes'")
        array = array != 0
    return np.packbits(array, axis=None).tobytes()


def _as_text(array: NDArray[Any]) -> bytes:
    if array.dtype.kind == "f":
        odd = np.isnan(array)
        if odd.any() and array[odd].tobytes() != np.full(odd.sum(), np.nan, array.dtype).tobytes():
            raise ValueError("layout 'text': got a NaN with a payload; use layout 'bytes'")
    return " ".join(map(str, array.ravel().tolist())).encode("ascii")


_PARSERS = {"b": "True".__eq__, "i": int, "u": int, "f": float}


def array_from_bytes(data: bytes, layout: str, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    """The items of a layout, as many as the shape says; sizes are checked first."""
    if layout == "text":
        words = data.decode("ascii").split(" ") if data else []
        if len(words) != count:
            raise DecodeError(f"damaged: {len(words)} items where the shape says {count}")
        with np.errstate(over="ignore"):  # a number too large for its dtype fails the round trip
            return np.array([_PARSERS[dtype.kind](word) for word in words], dtype)
    need = count * dtype.itemsize if layout == "bytes" else -(-count // 8)
    if len(data) != need:
        raise DecodeError(f"damaged: {len(data)} bytes where shape and dtype say {need}")
    if layout == "bytes":
        return np.frombuffer(data, dtype).astype(dtype.newbyteorder("="))  # a copy: writable
    return np.unpackbits(np.frombuffer(data, np.uint8), count=count).astype(dtype)


def zigzag(number: int) -> int:
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"x: got the symbol {number}, accepted are integers of 64 bits")
    return number << 1 if number >= 0 else (-number << 1) - 1


def unzigzag(number: int) -> int:
    return -((number + 1) >> 1) if number & 1 else number >> 1


def symbol_width(alphabet_size: int) -> int:
    """Bits per symbol: 1, 2, 4 or 8."""
    return next(width for width in (1, 2, 4, 8) if alphabet_size <= 1 << width)


def pack_symbols(indices: NDArray[np.uint8], width: int) -> bytes:
    bits = np.unpackbits(indices[:, None], axis=1)[:, 8 - width :]
    return np.packbits(bits, axis=None).tobytes()


def unpack_symbols(data: bytes, width: int) -> NDArray[np.uint8]:
    bits = np.unpackbits(np.frombuffer(data, np.uint8)).reshape(-1, width)
    return np.right_shift(np.packbits(bits, axis=1).ravel(), np.uint8(8 - width))
