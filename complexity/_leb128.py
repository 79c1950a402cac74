"""LEB128: a natural number as 7-bit digits, least significant first, the top bit meaning "more"."""

from __future__ import annotations

from complexity.code import DecodeError

__all__ = ["read", "write"]

_LONGEST = 10  # bytes: 70 bits hold every length of this toolkit


def write(number: int) -> bytes:
    """The shortest LEB128 of a natural number below 2**70."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read(blob: bytes, start: int, what: str) -> tuple[int, int]:
    """The number at `start` and the position after it.

    Raises:
        DecodeError: it is cut short, too long, or not the shortest form.
    """
    number = 0
    for index, byte in enumerate(blob[start : start + _LONGEST]):
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if byte == 0 and index:
                raise DecodeError(f"damaged: {what} is not in its shortest form")
            return number, start + index + 1
    if len(blob) - start < _LONGEST:
        raise DecodeError(f"truncated: it ends inside {what}")
    raise DecodeError(f"damaged: {what} is longer than {_LONGEST} bytes")
