"""Numba kernels of the context-adaptive binary arithmetic coder of integers.

All helpers live in this file because Numba's cache does not see changes elsewhere. Every number is
computed with + - * /, `frexp` and `ldexp` on doubles, without fast-math and by one kernel for
encoder and decoder, so that codewords decode on every platform with IEEE arithmetic.

An integer is *binarised*: is it zero; is it negative; is its magnitude above 1, 2, ... UNARY (each
a decision as long as the last said yes); then the excess by exponential Golomb, the digits of its
length adaptive, those of its value plain. Each decision has a number, its *bin*.

A bin's probability is a logistic mixture of MODELS adaptive estimates, told apart by their contexts

0. the bin alone,
1. magnitudes before it in the row (or, for the sign, the signs of the two before),
2. magnitudes above it in the column (or the sign above, and that before it),
3. both, more coarsely (or the signs of all three),
4. their product by the mean magnitude of all so far (or nothing),

and all of them by whether the trellis of a dependent quantiser is in the half of its states that
has the odd points. An estimate in a context that was never seen begins at the bin's own.

Arrays that the kernels advance in place:

- `chance` (MODELS, CONTEXTS) float64: the estimates, that the decision is yes.
- `seen` (MODELS, CONTEXTS) int32: how often each was used, up to its limit.
- `weight` (2 * BINS, MODELS) float64, `used` (2 * BINS,) int64: of the mixture.
- `above` (2, columns) float64: the row above with its signs, and the mean magnitude so far.
- `place` (7,) float64: column, the two before with their signs, means, state of the trellis, row.
- `coder` (4,) uint64, `cost` (2,) float64, `buffer` (n,) uint8: as in `complexity.context`.
"""

import math

import numpy as np
from numba import njit

MEASURE, ENCODE, DECODE = range(3)
LOW, SIZE, CODE, SHIFTED = range(4)
COLUMN, LAST, BEFORE, MEAN, STATE, ROW, WHOLE = range(7)

START = 0xF << 60
"""Size of the first interval, 15/16 of all: probabilities rounded to 32 bits never make a codeword
shorter than the ideal codelength."""

UNARY = 14
"""Magnitudes up to this have decisions of their own."""

_SIGN = UNARY + 1
_ESCAPE = _SIGN + 1
_DIGITS = 62  # of the excess + 1, beyond the first
BINS = _ESCAPE + 1
_LEVELS = 12  # of a magnitude as context
_COARSE = 6
MODELS = 5
CONTEXTS = max(_LEVELS, _COARSE * _COARSE, 27) * 2 * BINS

_THRESHOLDS = np.array([0.02, 0.1, 0.25, 0.45, 0.7, 1.0, 1.5, 2.2, 3.3, 5.0, 8.0])
_HALVED = np.array([0, 1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 5])

WEIGHTS = np.array([0.2, 0.25, 0.25, 0.2, 0.25])
"""Of the mixture, to begin with."""

LIMIT = 400
_RATES = np.array([1.0 / (n + 1.6) for n in range(LIMIT + 1)])
_LEARNING = np.array([max(0.02 / (1 + n / 24.0), 0.0015) for n in range(4096)])
_TRUST = 1

_TRANSITIONS = np.array(
    [
        [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0]],
        [[0, 1], [2, 3], [1, 0], [3, 2], [0, 0], [0, 0], [0, 0], [0, 0]],
        [[0, 2], [7, 5], [1, 3], [6, 4], [2, 0], [5, 7], [3, 1], [4, 6]],
    ]
)
_U8 = np.uint8
_U64 = np.uint64
_32 = np.uint64(32)
_56 = np.uint64(56)
_8 = np.uint64(8)
_ZERO = np.uint64(0)
_ONE = np.uint64(1)
_HALF_WORD = np.uint64(0xFFFFFFFF)
_TOP = np.uint64(1 << 56)
_TINY = 2.0**-900
_FLOOR = 2.0**-16


@njit(cache=True, nogil=True)
def _split(size, p):
    """The part of an interval of `size` that a one of probability `p` gets: the low part.

    The smaller probability is rounded down to 32 bits, and is at least 2^-32.
    """
    if p <= 0.5:
        share = max(_U64(p * 4294967296.0), _ONE)
    else:
        share = _HALF_WORD + _ONE - max(_U64((1.0 - p) * 4294967296.0), _ONE)
    return (size >> _32) * share + (((size & _HALF_WORD) * share) >> _32)


@njit(cache=True, nogil=True)
def _encode(coder, buffer, p, bit):
    """Narrow the interval by one bit; bytes that are settled but for a carry go to `buffer`."""
    bound = _split(coder[SIZE], p)
    size = bound
    low = coder[LOW]
    if bit == 0:
        size = coder[SIZE] - bound
        low += bound
        if low < bound:
            i = np.int64(coder[SHIFTED]) - 1
            while buffer[i] == 255:
                buffer[i] = _U8(0)
                i -= 1
            buffer[i] += _U8(1)
    while size < _TOP:
        buffer[np.int64(coder[SHIFTED])] = _U8(low >> _56)
        coder[SHIFTED] += _ONE
        low <<= _8
        size <<= _8
    coder[LOW] = low
    coder[SIZE] = size


@njit(cache=True, nogil=True)
def _decode(coder, body, p):
    """The next bit; -1 when no codeword as short as `body` can hold what was decoded."""
    bound = _split(coder[SIZE], p)
    bit = 1 if coder[CODE] < bound else 0
    if bit == 1:
        size = bound
    else:
        size = coder[SIZE] - bound
        coder[CODE] -= bound
    while size < _TOP:
        coder[SHIFTED] += _ONE
        shifted = np.int64(coder[SHIFTED])
        if shifted >= body.size:
            return -1
        byte = _U64(body[shifted + 7]) if shifted + 7 < body.size else _ZERO
        coder[CODE] = (coder[CODE] << _8) | byte
        size <<= _8
    coder[SIZE] = size
    return bit


@njit(cache=True, nogil=True)
def _decide(bit, p, mode, coder, cost, buffer):
    """Measure, encode or decode one decision; what it was, or -1."""
    if mode == ENCODE:
        _encode(coder, buffer, p, bit)
    elif mode == DECODE:
        bit = _decode(coder, buffer, p)
    else:
        cost[1] *= p if bit == 1 else 1.0 - p
        if cost[1] < _TINY:
            cost[0] -= math.log2(cost[1])
            cost[1] = 1.0
    return bit


def _log_odds(p):
    """About log2(p / (1 - p)), for p up to 1/2: within 0.009, the same on every machine."""
    m, e = math.frexp((1.0 - p) / p)
    # log2 of a mantissa in [1/2, 1): a parabola through both ends
    return 1.0 - e - (2.0 * m - 1.0) * (1.3465 - 0.3465 * (2.0 * m - 1.0))


_compiled_log_odds = njit(cache=True, nogil=True)(_log_odds)
_GRID = 1 << 13
_LOG_ODDS = np.array([_log_odds(min((i + 0.5) / _GRID, 0.5)) for i in range(_GRID // 2 + 1)])


@njit(cache=True, nogil=True)
def stretch(p):
    """About log2(p / (1 - p)), odd about 1/2: of the middle of a cell of 2^-13, exact outside."""
    q = min(p, 1.0 - p)
    t = _LOG_ODDS[int(q * _GRID)] if q > 0.0078125 else _compiled_log_odds(q)
    return t if p <= 0.5 else -t


def _chance(t):
    """About 1 / (1 + 2^-t), within 0.3 % of itself, the same on every machine."""
    whole = math.floor(t)
    f = t - whole
    odds = math.ldexp(1.0 + f * (0.6565 + 0.3435 * f), whole)
    return odds / (1.0 + odds)


_STEPS = 128  # to a unit of log-odds
_WIDEST = 16
_CHANCES = np.array([_chance(i / _STEPS - _WIDEST) for i in range(2 * _WIDEST * _STEPS + 1)])


@njit(cache=True, nogil=True)
def squash(t):
    """About 1 / (1 + 2^-t), to the nearest 1/128 of t, between 2^-16 and 1 - 2^-16 or so."""
    t = min(max(t, -16.0), 16.0)
    return _CHANCES[int((t + 16.0) * 128.0 + 0.5)]


@njit(cache=True, nogil=True)
def _adaptive(bit, digit, mode, chance, seen, coder, cost, buffer):
    """One decision about the length of an escape: a single estimate for every digit of it."""
    at = (CONTEXTS // BINS - 1 - digit) * BINS + _ESCAPE  # a row that no model uses for this bin
    p = chance[0, at]
    bit = _decide(bit, p, mode, coder, cost, buffer)
    if bit < 0:
        return bit
    n = seen[0, at]
    chance[0, at] = min(max(p + (bit - p) * _RATES[n], _FLOOR), 1.0 - _FLOOR)
    if n < LIMIT:
        seen[0, at] = n + 1
    return bit


@njit(cache=True, nogil=True)
def _excess(value, mode, chance, seen, coder, cost, buffer):
    """A number from 0 by exponential Golomb; -1 for the end of the bytes, -2 for one too great."""
    digits = 0
    if mode != DECODE:
        while (value + 1) >> (digits + 1) > 0:
            digits += 1
    length = 0
    while length < _DIGITS:
        bit = 1 if length < digits else 0
        bit = _adaptive(bit, length, mode, chance, seen, coder, cost, buffer)
        if bit < 0:
            return -1
        if bit == 0:
            break
        length += 1
    number = np.int64(1)
    for digit in range(length - 1, -1, -1):
        bit = ((value + 1) >> digit) & 1 if mode != DECODE else 0
        bit = _decide(bit, 0.5, mode, coder, cost, buffer)
        if bit < 0:
            return -1
        number = 2 * number + bit
    return number - 1


@njit(cache=True, nogil=True)
def _level(x):
    """Which of the levels of magnitude x is at."""
    level = 0
    while level < _THRESHOLDS.size and x > _THRESHOLDS[level]:
        level += 1
    return level


@njit(cache=True, nogil=True)
def _signed(x):
    return 0 if x == 0 else (1 if x > 0 else 2)


@njit(cache=True, nogil=True, error_model="numpy")
def code_integers(
    values, trellis, mode, chance, seen, weight, used, above, place, coder, cost, buffer
):
    """Code the integers (n,) that come next in rows as long as `above`; decoding writes them.

    `above` may have no columns, for a single row. `trellis` is 0 (none), 1 (4 states) or 2 (8).

    Returns:
        0; -1 if the bytes end, -2 if a number is beyond 2^63 - 1.
    """
    columns = above.shape[1]
    column = int(place[COLUMN])
    last, before, mean = place[LAST], place[BEFORE], place[MEAN]
    state, row, whole = int(place[STATE]), place[ROW], place[WHOLE]
    done = row * columns + column
    contexts = np.zeros((2, MODELS), np.int64)  # of magnitudes, of signs
    inputs = np.empty(MODELS)
    low, span, code, shifted = coder[LOW], coder[SIZE], coder[CODE], np.int64(coder[SHIFTED])
    for i in range(values.size):
        value = values[i]
        size = abs(value)
        half = state & 1
        up, tall = 0.0, 0.0
        if columns > 0 and row > 0:
            up, tall = above[0, column], above[1, column]
        across = 0.25 * abs(last) + 0.15 * abs(before) + 0.6 * mean
        down = 0.15 * abs(up) + 0.85 * tall
        contexts[0, 1] = _level(across)
        contexts[0, 2] = _level(down)
        contexts[0, 3] = _HALVED[contexts[0, 1]] * _COARSE + _HALVED[contexts[0, 2]]
        contexts[0, 4] = _level(across * down / (whole + 0.01))

        b, reached, minus = 0, np.int64(0), 0
        while b >= 0:
            if mode == DECODE:
                bit = 0
            elif b == 0:
                bit = 1 if size > 0 else 0
            elif b == _SIGN:
                bit = 1 if value < 0 else 0
            else:
                bit = 1 if size > b else 0
            # the mixture; written out here, as passing arrays on costs more than using them
            number, which = half * BINS + b, 1 if b == _SIGN else 0
            dot = 0.0
            for m in range(MODELS):
                at = contexts[which, m] * 2 * BINS + number
                if seen[m, at] == 0 and m > 0:
                    chance[m, at] = chance[0, number]
                    seen[m, at] = _TRUST
                inputs[m] = stretch(chance[m, at])
                dot += weight[number, m] * inputs[m]
            p = squash(dot)
            if mode == MEASURE:
                cost[1] *= p if bit == 1 else 1.0 - p
                if cost[1] < _TINY:
                    cost[0] -= math.log2(cost[1])
                    cost[1] = 1.0
            else:
                bound = _split(span, p)
                if mode == DECODE:
                    bit = 1 if code < bound else 0
                if bit == 1:
                    span = bound
                elif mode == DECODE:
                    span -= bound
                    code -= bound
                else:
                    span -= bound
                    low += bound
                    if low < bound:
                        k = shifted - 1
                        while buffer[k] == 255:
                            buffer[k] = _U8(0)
                            k -= 1
                        buffer[k] += _U8(1)
                while span < _TOP:
                    span <<= _8
                    if mode == DECODE:
                        shifted += 1
                        if shifted >= buffer.size:
                            return -1
                        byte = _U64(buffer[shifted + 7]) if shifted + 7 < buffer.size else _ZERO
                        code = (code << _8) | byte
                    else:
                        buffer[shifted] = _U8(low >> _56)
                        shifted += 1
                        low <<= _8
            error = (bit - p) * _LEARNING[used[number]]
            if used[number] < _LEARNING.size - 1:
                used[number] += 1
            for m in range(MODELS):
                at = contexts[which, m] * 2 * BINS + number
                weight[number, m] += error * inputs[m]
                n = seen[m, at]
                q = chance[m, at] + (bit - chance[m, at]) * _RATES[n]
                chance[m, at] = min(max(q, _FLOOR), 1.0 - _FLOOR)
                if n < LIMIT:
                    seen[m, at] = n + 1

            if b == 0:
                if bit == 0:
                    break
                b = _SIGN
                contexts[1, 1] = _signed(last) * 3 + _signed(before)
                contexts[1, 2] = _signed(up) * 3 + _signed(last)
                contexts[1, 3] = contexts[1, 1] * 3 + _signed(up)
            elif b == _SIGN:
                minus, reached, b = bit, np.int64(1), 1
            elif bit == 0:
                break
            else:
                reached += 1
                b = b + 1 if b < UNARY else -1
        if reached > 0:
            if reached > UNARY:
                rest = size - reached if mode != DECODE else np.int64(0)
                coder[LOW], coder[SIZE], coder[CODE], coder[SHIFTED] = low, span, code, shifted
                rest = _excess(rest, mode, chance, seen, coder, cost, buffer)
                low, span, code = coder[LOW], coder[SIZE], coder[CODE]
                shifted = np.int64(coder[SHIFTED])
                if rest < 0:
                    return -1
                if rest > 9223372036854775807 - reached:
                    return -2
                reached += rest
            if mode == DECODE:
                size = reached
                value = -size if minus == 1 else size
        elif mode == DECODE:
            size, value = np.int64(0), np.int64(0)
        values[i] = value

        if trellis > 0:
            state = _TRANSITIONS[trellis, state, size & 1]
        before = last
        last = min(size, 64) * (1.0 if value >= 0 else -1.0)
        mean += (abs(last) - mean) / min(column + 2.0, 40.0)
        whole += (abs(last) - whole) / min(done + 2.0, 4000.0)
        done += 1
        if columns > 0:
            above[0, column] = last
            if row == 0:
                above[1, column] = abs(last)
            else:
                above[1, column] += (abs(last) - above[1, column]) / min(row + 1.0, 64.0)
            column += 1
            if column == columns:
                column, last, before, mean = 0, 0.0, 0.0, 0.0
                row += 1
        else:
            column = min(column + 1, 1 << 20)
    coder[LOW], coder[SIZE], coder[CODE], coder[SHIFTED] = low, span, code, shifted
    place[COLUMN] = column
    place[LAST], place[BEFORE], place[MEAN] = last, before, mean
    place[STATE], place[ROW], place[WHOLE] = state, row, whole
    return 0


@njit(cache=True, nogil=True)
def code_plain(numbers, bits, mode, coder, cost, buffer):
    """Whole numbers (n,) below 2^bits in plain bits, the greatest first; -1 if the bytes end."""
    for i in range(numbers.size):
        number = np.int64(0)
        for digit in range(bits - 1, -1, -1):
            bit = _decide((numbers[i] >> digit) & 1, 0.5, mode, coder, cost, buffer)
            if bit < 0:
                return -1
            number = 2 * number + bit
        numbers[i] = number
    return 0
