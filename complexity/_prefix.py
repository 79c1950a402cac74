"""Prefix codes of integers as strings of '0' and '1', and such strings as bytes.

Writers take an integer from 1 on, of any size. Readers take a string and a place, and give the
integer and the place behind it.

References:
    P. Elias, Universal codeword sets and representations of the integers, IEEE Trans. Inf. Theory
        21(2), 1975: gamma, delta and omega.
"""

from __future__ import annotations

from complexity.code import DecodeError

__all__ = [
    "check_padding",
    "delta",
    "gamma",
    "omega",
    "packed",
    "read_bits",
    "read_delta",
    "read_gamma",
    "read_omega",
    "unpacked",
]


def packed(code: str) -> bytes:
    """The bits, the first one highest, and zeros to the byte's end."""
    size = -(-len(code) // 8)
    return (int(code or "0", 2) << (8 * size - len(code))).to_bytes(size, "big")


def unpacked(data: bytes) -> str:
    """The bits of bytes."""
    return f"{int.from_bytes(data, 'big'):0{8 * len(data)}b}" if data else ""


def check_padding(code: str, at: int) -> None:
    """Raise DecodeError unless all that follows is zeros to the byte's end."""
    if len(code) - at >= 8 or "1" in code[at:]:
        raise DecodeError("damaged: bits follow the end of the codeword")


def gamma(number: int) -> str:
    """Zeros, one less than digits, and the digits."""
    return "0" * (number.bit_length() - 1) + f"{number:b}"


def delta(number: int) -> str:
    """Gamma of the number of digits, and the digits behind the leading one."""
    return gamma(number.bit_length()) + f"{number:b}"[1:]


def omega(number: int) -> str:
    """The digits, before them those of their number less one, and so on to 1; a zero."""
    code = "0"
    while number > 1:
        code = f"{number:b}" + code
        number = number.bit_length() - 1
    return code


def read_bits(code: str, at: int, width: int) -> tuple[int, int]:
    """A number of `width` binary digits, 0 if there are none.

    Raises:
        DecodeError: they are not there.
    """
    if at + width > len(code):
        raise DecodeError("truncated: it ends inside an integer")
    return int(code[at : at + width] or "0", 2), at + width


def read_gamma(code: str, at: int) -> tuple[int, int]:
    """What `gamma` wrote.

    Raises:
        DecodeError: it is cut short.
    """
    one = code.find("1", at)
    if one < 0:
        raise DecodeError("truncated: it ends inside an integer")
    return read_bits(code, one, one - at + 1)


def read_delta(code: str, at: int) -> tuple[int, int]:
    """What `delta` wrote.

    Raises:
        DecodeError: it is cut short.
    """
    digits, at = read_gamma(code, at)
    if at + digits - 1 > len(code):  # before a power of it is taken
        raise DecodeError("truncated: it ends inside an integer")
    rest, at = read_bits(code, at, digits - 1)
    return (1 << (digits - 1)) + rest, at


def read_omega(code: str, at: int) -> tuple[int, int]:
    """What `omega` wrote.

    Raises:
        DecodeError: it is cut short.
    """
    number = 1
    while code[at : at + 1] == "1":
        number, at = read_bits(code, at, number + 1)
    if at >= len(code):
        raise DecodeError("truncated: it ends inside an integer")
    return number, at + 1
