"""Numba kernels of arrays of integers: their codewords one behind another, without padding.

Every code has a number, and every integer a rank from 1 to 2^63 - 1, in int64; `parameter` is the
divisor of a Golomb code and the size of a range. All helpers live in this file because Numba's
cache does not see changes elsewhere.
"""

import numpy as np
from numba import njit

UNARY, GAMMA, DELTA, OMEGA, GOLOMB, RANGE, FIBONACCI, LEB128 = range(8)
TRUNCATED, MALFORMED = -1, -2

_MOST = (1 << 63) - 1


def _fibonacci_numbers():
    numbers = [1, 2]
    while numbers[-2] + numbers[-1] <= _MOST:
        numbers.append(numbers[-2] + numbers[-1])
    return np.array(numbers, np.int64)


_FIBONACCI = _fibonacci_numbers()


@njit(cache=True, nogil=True)
def _width(value):
    """Number of binary digits of a natural number."""
    digits = 0
    while value > 0:
        value >>= 1
        digits += 1
    return digits


@njit(cache=True, nogil=True)
def _put(out, at, value, width):
    """Write `width` bits of `value`, most significant first, at bit `at` of zeroed bytes."""
    while width > 0:
        room = 8 - (at & 7)
        take = min(room, width)
        bits = (value >> (width - take)) & ((1 << take) - 1)
        out[at >> 3] |= np.uint8(bits << (room - take))
        at += take
        width -= take
    return at


@njit(cache=True, nogil=True)
def _get(blob, at, width):
    """`width` bits, at most 63, at bit `at`, and the place behind them, -1 if the bytes end."""
    if at < 0 or at + width > 8 * blob.size:
        return 0, TRUNCATED
    value = 0
    while width > 0:
        room = 8 - (at & 7)
        take = min(room, width)
        bits = (np.int64(blob[at >> 3]) >> (room - take)) & ((1 << take) - 1)
        value = value << take | bits
        at += take
        width -= take
    return value, at


@njit(cache=True, nogil=True)
def _zeros(blob, at):
    """How many zeros are before the next one, and its place, -1 if there is none."""
    start = at
    while at < 8 * blob.size:
        byte = blob[at >> 3] & (255 >> (at & 7))
        if byte:
            at = (at | 7) + 1 - _width(np.int64(byte))
            return at - start, at
        at = (at | 7) + 1
    return 0, TRUNCATED


@njit(cache=True, nogil=True)
def _length_below(value, size):
    digits = _width(size - 1)
    return digits - (value < (1 << digits) - size)


@njit(cache=True, nogil=True)
def _put_below(out, at, value, size):
    """`value` below `size` in truncated binary."""
    digits = _width(size - 1)
    short = (1 << digits) - size
    if value < short:
        return _put(out, at, value, digits - 1)
    return _put(out, at, value + short, digits)


@njit(cache=True, nogil=True)
def _get_below(blob, at, size):
    digits = _width(size - 1)
    short = (1 << digits) - size
    value, at = _get(blob, at, max(digits - 1, 0))
    if at >= 0 and digits > 0 and value >= short:
        bit, at = _get(blob, at, 1)
        value = 2 * value + bit - short
    return value, at


@njit(cache=True, nogil=True)
def _put_gamma(out, at, value):
    digits = _width(value)
    return _put(out, at + digits - 1, value, digits)


@njit(cache=True, nogil=True)
def _get_gamma(blob, at):
    zeros, at = _zeros(blob, at)
    if at < 0:
        return 0, at
    if zeros > 62:
        return 0, MALFORMED
    return _get(blob, at, zeros + 1)


@njit(cache=True, nogil=True)
def _put_delta(out, at, value):
    digits = _width(value)
    at = _put_gamma(out, at, digits)
    return _put(out, at, value - (1 << (digits - 1)), digits - 1)


@njit(cache=True, nogil=True)
def _get_delta(blob, at):
    digits, at = _get_gamma(blob, at)
    if at < 0:
        return 0, at
    if digits > 63:
        return 0, MALFORMED
    rest, at = _get(blob, at, digits - 1)
    return (1 << (digits - 1)) + rest, at


@njit(cache=True, nogil=True)
def _put_omega(out, at, value):
    end = at + _length(OMEGA, value, 0)
    place = end - 1  # groups are written from the last to the first
    while value > 1:
        digits = _width(value)
        place -= digits
        _put(out, place, value, digits)
        value = digits - 1
    return end


@njit(cache=True, nogil=True)
def _get_omega(blob, at):
    value = 1
    while True:
        bit, after = _get(blob, at, 1)
        if after < 0 or bit == 0:
            return value, after
        if value > 62:
            return 0, MALFORMED
        value, at = _get(blob, at, value + 1)
        if at < 0:
            return 0, at


@njit(cache=True, nogil=True)
def _put_fibonacci(out, at, value):
    end = at + _length(FIBONACCI, value, 0)
    for k in range(end - at - 2, -1, -1):
        if _FIBONACCI[k] <= value:
            value -= _FIBONACCI[k]
            _put(out, at + k, 1, 1)
    _put(out, end - 1, 1, 1)
    return end


@njit(cache=True, nogil=True)
def _get_fibonacci(blob, at):
    value, before = 0, 0
    for k in range(_FIBONACCI.size + 1):
        bit, at = _get(blob, at, 1)
        if at < 0 or (bit and before):
            return value, at
        if bit:
            if k == _FIBONACCI.size or _FIBONACCI[k] > _MOST - value:
                return 0, MALFORMED
            value += _FIBONACCI[k]
        before = bit
    return 0, MALFORMED


@njit(cache=True, nogil=True)
def _put_leb128(out, at, value):
    while value > 127:
        at = _put(out, at, value & 127 | 128, 8)
        value >>= 7
    return _put(out, at, value, 8)


@njit(cache=True, nogil=True)
def _get_leb128(blob, at):
    value = 0
    for k in range(9):
        byte, at = _get(blob, at, 8)
        if at < 0:
            return 0, at
        value |= (byte & 127) << (7 * k)
        if byte < 128:
            return value, MALFORMED if k > 0 and byte == 0 else at
    return 0, MALFORMED


@njit(cache=True, nogil=True)
def _length(code, rank, parameter):
    """Bits of one codeword."""
    if code == UNARY:
        return rank
    if code == GOLOMB:
        quotient = (rank - 1) // parameter
        return quotient + 1 + _length_below(rank - 1 - quotient * parameter, parameter)
    if code == RANGE:
        return np.int64(_length_below(rank - 1, parameter))
    if code == FIBONACCI:
        digits = 1
        while digits < _FIBONACCI.size and _FIBONACCI[digits] <= rank:
            digits += 1
        return digits + 1
    digits = _width(rank)
    if code == GAMMA:
        return 2 * digits - 1
    if code == DELTA:
        return digits + 2 * _width(digits) - 2
    if code == OMEGA:
        length = 1
        while rank > 1:
            digits = _width(rank)
            length += digits
            rank = digits - 1
        return length
    return 8 * max((_width(rank - 1) + 6) // 7, 1)


@njit(cache=True, nogil=True)
def lengths(ranks, code, parameter, out):
    """Bits of the codeword of every rank, into `out` (n,) int64."""
    for i in range(ranks.size):
        out[i] = _length(code, ranks[i], parameter)


@njit(cache=True, nogil=True)
def write(ranks, code, parameter, out):
    """Elias delta of n + 1, then the codewords, into zeroed bytes."""
    at = _put_delta(out, 0, ranks.size + 1)
    for i in range(ranks.size):
        rank = ranks[i]
        if code == UNARY:
            at = _put(out, at + rank - 1, 1, 1)
        elif code == GAMMA:
            at = _put_gamma(out, at, rank)
        elif code == DELTA:
            at = _put_delta(out, at, rank)
        elif code == OMEGA:
            at = _put_omega(out, at, rank)
        elif code == GOLOMB:
            quotient = (rank - 1) // parameter
            at = _put(out, at + quotient, 1, 1)
            at = _put_below(out, at, rank - 1 - quotient * parameter, parameter)
        elif code == RANGE:
            at = _put_below(out, at, rank - 1, parameter)
        elif code == FIBONACCI:
            at = _put_fibonacci(out, at, rank)
        else:
            at = _put_leb128(out, at, rank - 1)


@njit(cache=True, nogil=True)
def read_count(blob):
    """The number of integers, or what is wrong, and the place behind it."""
    count, at = _get_delta(blob, 0)
    return (count - 1 if at >= 0 else at), at


@njit(cache=True, nogil=True)
def read(blob, at, code, parameter, ranks):
    """Read `ranks.size` codewords from bit `at`; the place behind them, or what is wrong."""
    for i in range(ranks.size):
        rank = 0
        if code == UNARY:
            rank, at = _zeros(blob, at)
            rank, at = (rank + 1, at + 1) if at >= 0 else (0, at)
        elif code == GAMMA:
            rank, at = _get_gamma(blob, at)
        elif code == DELTA:
            rank, at = _get_delta(blob, at)
        elif code == OMEGA:
            rank, at = _get_omega(blob, at)
        elif code == GOLOMB:
            quotient, at = _zeros(blob, at)
            if at >= 0:
                remainder, at = _get_below(blob, at + 1, parameter)
                if quotient > (_MOST - 1 - remainder) // parameter:
                    return MALFORMED
                rank = quotient * parameter + remainder + 1
        elif code == RANGE:
            rank, at = _get_below(blob, at, parameter)
            rank += 1
        elif code == FIBONACCI:
            rank, at = _get_fibonacci(blob, at)
        else:
            rank, at = _get_leb128(blob, at)
            if rank == _MOST:
                return MALFORMED
            rank += 1
        if at < 0:
            return at
        ranks[i] = rank
    return at
