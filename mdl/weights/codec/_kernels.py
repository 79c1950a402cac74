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
- `coder` (4,) uint64, `buffer` (n,) uint8: as in `complexity.context`.
- `cost` (2,) float64: the ideal codelength is cost[0] - log2(cost[1]), with a whole cost[0].

Where contexts tell nothing, `code_counted` codes an integer at once, by how often it was seen:

- `counts` (2, SYMBOLS) int64: of the integers up to NEAR in magnitude and of all others, for both
  halves of the trellis' states.
"""

import math

import numpy as np
from numba import njit

MEASURE, ENCODE, DECODE, FOLLOW = range(4)
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

NEAR = 15
"""Integers up to this magnitude are counted each by itself."""

SYMBOLS = 2 * NEAR + 2  # the last is all others
_SEEN = 16  # an integer seen counts as much as this many that were not
_FULL = _SEEN << 14  # counts are halved beyond
_RENEWED = 1 << 10  # integers from one table of chances to the next

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
_16 = np.uint64(16)
_HUGE = 2.0**900
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
def _narrow(coder, buffer, start, size):
    """To the part of the interval; bytes that are settled but for a carry go to `buffer`."""
    low = coder[LOW] + start
    if low < start:
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
def _encode(coder, buffer, p, bit):
    """Narrow the interval by one bit."""
    bound = _split(coder[SIZE], p)
    if bit == 1:
        _narrow(coder, buffer, _ZERO, bound)
    else:
        _narrow(coder, buffer, bound, coder[SIZE] - bound)


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
    cost[1] *= p if bit == 1 else 1.0 - p
    if cost[1] < _TINY:
        cost[0] += 900.0
        cost[1] *= _HUGE
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
    t = _LOG_ODDS[_U64(int(q * _GRID))] if q > 0.0078125 else _compiled_log_odds(q)
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
    return _CHANCES[_U64(int((t + 16.0) * 128.0 + 0.5))]


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
    for k in range(_THRESHOLDS.size):  # all of them, as branches are foreseen badly
        level += 1 if x > _THRESHOLDS[k] else 0
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
    To FOLLOW is to advance `above` and `place` past integers that `code_counted` coded.

    Returns:
        0; -1 if the bytes end, -2 if a number is beyond 2^63 - 1.
    """
    columns = above.shape[1]
    column = int(place[COLUMN])
    last, before, mean = place[LAST], place[BEFORE], place[MEAN]
    state, row, whole = int(place[STATE]), place[ROW], place[WHOLE]
    done = row * columns + column
    contexts = np.zeros((2, MODELS), np.uint64)  # where magnitudes' begin, and signs'
    inputs = np.empty(MODELS)
    low, span, code, shifted = coder[LOW], coder[SIZE], coder[CODE], np.int64(coder[SHIFTED])
    likely = cost[1]
    for i in range(values.size):
        value = values[i]
        size = abs(value)
        half = state & 1
        up, tall = 0.0, 0.0
        if columns > 0 and row > 0:
            up, tall = above[0, column], above[1, column]
        if mode != FOLLOW:
            across = 0.25 * abs(last) + 0.15 * abs(before) + 0.6 * mean
            down = 0.15 * abs(up) + 0.85 * tall
            level, other = _level(across), _level(down)
            contexts[0, 1] = level * 2 * BINS
            contexts[0, 2] = other * 2 * BINS
            contexts[0, 3] = (_HALVED[level] * _COARSE + _HALVED[other]) * 2 * BINS
            contexts[0, 4] = _level(across * down / (whole + 0.01)) * 2 * BINS

        b, reached, minus = -1 if mode == FOLLOW else 0, np.int64(0), 0
        while b >= 0:
            if mode == DECODE:
                bit = 0
            elif b == 0:
                bit = 1 if size > 0 else 0
            elif b == _SIGN:
                bit = 1 if value < 0 else 0
            else:
                bit = 1 if size > b else 0
            # the mixture; written out here, as passing arrays on costs more than using them, with
            # unsigned indices, which need no test for counting from the end
            number, which = _U64(half * BINS + b), _U64(1 if b == _SIGN else 0)
            dot = 0.0
            for m in range(MODELS):
                at = contexts[which, m] + number
                if seen[m, at] == 0 and m > 0:
                    chance[m, at] = chance[0, number]
                    seen[m, at] = _TRUST
                inputs[m] = stretch(chance[m, at])
                dot += weight[number, m] * inputs[m]
            p = squash(dot)
            if mode != MEASURE:
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
            likely *= p if bit == 1 else 1.0 - p
            if likely < _TINY:
                cost[0] += 900.0
                likely *= _HUGE
            times = used[number]
            target = 1.0 if bit == 1 else 0.0
            error = (target - p) * _LEARNING[_U64(times)]
            if times < _LEARNING.size - 1:
                used[number] = times + 1
            for m in range(MODELS):
                at = contexts[which, m] + number
                weight[number, m] += error * inputs[m]
                n = seen[m, at]
                q = chance[m, at]
                q += (target - q) * _RATES[_U64(n)]
                chance[m, at] = min(max(q, _FLOOR), 1.0 - _FLOOR)
                seen[m, at] = min(n + 1, LIMIT)

            if b == 0:
                if bit == 0:
                    break
                b = _SIGN
                signs = _signed(last) * 3 + _signed(before)
                contexts[1, 1] = signs * 2 * BINS
                contexts[1, 2] = (_signed(up) * 3 + _signed(last)) * 2 * BINS
                contexts[1, 3] = (signs * 3 + _signed(up)) * 2 * BINS
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
                cost[1] = likely
                rest = _excess(rest, mode, chance, seen, coder, cost, buffer)
                likely = cost[1]
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
    cost[1] = likely
    coder[LOW], coder[SIZE], coder[CODE], coder[SHIFTED] = low, span, code, shifted
    place[COLUMN] = column
    place[LAST], place[BEFORE], place[MEAN] = last, before, mean
    place[STATE], place[ROW], place[WHOLE] = state, row, whole
    return 0


@njit(cache=True, nogil=True)
def _tabulate(counts, edges, first):
    """Where symbols begin in 2^16 parts of the interval; the first in each 2^8 parts."""
    total = counts.sum()
    if total > _FULL:
        for s in range(SYMBOLS):
            counts[s] = (counts[s] + 1) >> 1
        total = counts.sum()
    before = 0
    for s in range(SYMBOLS):
        edges[s] = s + before * (65536 - SYMBOLS) // total
        before += counts[s]
    edges[SYMBOLS] = 65536
    s = 0
    for part in range(first.size):
        while edges[s + 1] <= part << 8:
            s += 1
        first[part] = s


@njit(cache=True, nogil=True)
def _far(value, mode, chance, seen, coder, cost, buffer):
    """What is wrong, as `code_counted` returns it, and a number beyond NEAR in magnitude."""
    minus = _decide(1 if value < 0 else 0, 0.5, mode, coder, cost, buffer)
    if minus < 0:
        return -1, value
    rest = abs(value) - (NEAR + 1) if mode != DECODE else np.int64(0)
    rest = _excess(rest, mode, chance, seen, coder, cost, buffer)
    if rest < 0:
        return -1, value
    if rest > 9223372036854775807 - (NEAR + 1):
        return -2, value
    size = rest + (NEAR + 1)
    return 0, -size if minus == 1 else size


@njit(cache=True, nogil=True, error_model="numpy")
def code_counted(values, trellis, state, mode, counts, chance, seen, coder, cost, buffer):
    """Code the integers (n,) that come next by counts alone; decoding writes them.

    `state` is that of the trellis before. `above` and `place` stay behind, to FOLLOW.

    Returns:
        0; -1 if the bytes end, -2 if a number is beyond 2^63 - 1.
    """
    edges = np.empty((2, SYMBOLS + 1), np.uint64)
    first = np.empty((2, 256), np.int64)
    span, code, shifted = coder[SIZE], coder[CODE], np.int64(coder[SHIFTED])
    likely = cost[1]
    for i in range(values.size):
        if i % _RENEWED == 0:
            for half in range(2 if trellis > 0 else 1):
                _tabulate(counts[half], edges[half], first[half])
        half = state & 1
        value = values[i]
        if mode == DECODE:
            unit = span >> _16
            slot = code // unit
            if slot > 65535:
                return -1
            symbol = first[half, slot >> _8]
            while edges[half, symbol + 1] <= slot:
                symbol += 1
            start = edges[half, symbol]
            width = edges[half, symbol + 1] - start
            code -= unit * start
            span = unit * width
            while span < _TOP:
                span <<= _8
                shifted += 1
                if shifted >= buffer.size:
                    return -1
                byte = _U64(buffer[shifted + 7]) if shifted + 7 < buffer.size else _ZERO
                code = (code << _8) | byte
            value = np.int64(symbol - NEAR)
        else:
            symbol = value + NEAR if abs(value) <= NEAR else SYMBOLS - 1
            start = edges[half, symbol]
            width = edges[half, symbol + 1] - start
            if mode == ENCODE:
                unit = coder[SIZE] >> _16
                _narrow(coder, buffer, unit * start, unit * width)
        likely *= np.int64(width) / 65536.0
        if likely < _TINY:
            cost[0] += 900.0
            likely *= _HUGE
        counts[half, symbol] += _SEEN
        if symbol == SYMBOLS - 1:
            if mode == DECODE:
                coder[SIZE], coder[CODE], coder[SHIFTED] = span, code, shifted
            cost[1] = likely
            wrong, value = _far(value, mode, chance, seen, coder, cost, buffer)
            if wrong < 0:
                return wrong
            likely = cost[1]
            if mode == DECODE:
                span, code, shifted = coder[SIZE], coder[CODE], np.int64(coder[SHIFTED])
        values[i] = value
        if trellis > 0:
            state = _TRANSITIONS[trellis, state, value & 1]
    if mode == DECODE:
        coder[SIZE], coder[CODE], coder[SHIFTED] = span, code, shifted
    cost[1] = likely
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
