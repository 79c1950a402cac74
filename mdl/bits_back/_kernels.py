"""Numba kernels of bits-back coding: the rANS stack, integer frequencies, small dense layers.

All helpers live in this file because Numba's cache does not see changes elsewhere. The exponential,
the normal distribution and the layers use + - * / on doubles in a fixed order, without fast-math,
so that both ends compute the same integers whatever the library of mathematical functions, the
number of threads or the size of a batch.

The stack is advanced in place: `state` (3,) uint64 holds the head, the number of words below it and
how many words of the reserve were used; `words` (capacity,) uint16 holds the words, the next one
last; `reserve` (m,) uint16 is what an empty stack draws from.
"""

import math

import numpy as np
from numba import njit

HEAD, COUNT, USED = range(3)

_U16 = np.uint16
_U64 = np.uint64
_ONE = np.uint64(1)
_16 = np.uint64(16)
_64 = np.uint64(64)
_LOW = np.uint64(0xFFFF)
_LEAST = np.uint64(1 << 48)  # the head is in [2^48, 2^64) unless there are no words below it

_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ROOT_2_PI = 2.5066282746310002


@njit(cache=True, nogil=True)
def exp(x):
    """The exponential within 2 units in the last place: Taylor's series in |r| <= ln(2) / 2."""
    if x < -708.0:
        return 0.0
    if not x <= 709.0:
        return np.inf if x > 709.0 else x
    k = math.floor(x * _LOG2_E + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    total = 1.0
    for n in range(14, 0, -1):
        total = 1.0 + total * r / n
    return math.ldexp(total, int(k))


@njit(cache=True, nogil=True)
def normal_cdf(x):
    """The standard normal distribution function, absolute error below 2e-15.

    1/2 + density times (x + x^3/3 + x^5/15 + ...): G. Marsaglia, Evaluating the normal
    distribution, J. Stat. Software 11(4), 2004, page 5.
    """
    if x > 9.0:
        return 1.0
    if not x >= -9.0:
        return 0.0 if x < -9.0 else x
    square = x * x
    term = abs(x)
    total = 0.0
    k = 1.0
    while total + term != total:
        total += term
        k += 2.0
        term *= square / k
    half = total * exp(-0.5 * square) / _ROOT_2_PI
    return 0.5 + half if x > 0.0 else max(0.5 - half, 0.0)


@njit(cache=True, nogil=True)
def normal_quantiles(bits, shift):
    """Quantiles of (j + shift) / 2^bits, j = 0 .. 2^bits - 1, of the standard normal.

    Newton's method from the quantile before it, which lies on the convex side; 0 < shift <= 1, and
    the last is infinite where shift is 1.
    """
    size = 1 << bits
    out = np.empty(size)
    x = 0.0
    for j in range(size // 2 - 1, -1, -1):
        p = (j + shift) / size
        for _ in range(100):
            step = (normal_cdf(x) - p) * _ROOT_2_PI / exp(-0.5 * x * x)
            if step <= 1e-15 * (1.0 - x):
                break
            x -= step
        out[j] = x
    for j in range(size // 2, size):  # the mirror image: 1 - (j + shift)/size
        mirror = size - 1 - j if shift == 0.5 else size - 2 - j
        out[j] = -out[mirror] if mirror >= 0 else np.inf
    return out


@njit(cache=True, nogil=True)
def _push(state, words, start, frequency, precision):
    x = state[HEAD]
    shift = _64 - precision
    while (x >> shift) >= frequency:
        words[np.int64(state[COUNT])] = _U16(x & _LOW)
        state[COUNT] += _ONE
        x >>= _16
    state[HEAD] = ((x // frequency) << precision) + start + x % frequency


@njit(cache=True, nogil=True)
def _pop(state, words, reserve, start, frequency, precision, ground):
    """Take a symbol off; whether at least `ground` is left in a head without words below it."""
    slot = state[HEAD] & ((_ONE << precision) - _ONE)
    x = frequency * (state[HEAD] >> precision) + slot - start
    while x < _LEAST:
        if state[COUNT] > 0:
            state[COUNT] -= _ONE
            x = (x << _16) | _U64(words[np.int64(state[COUNT])])
        elif np.int64(state[USED]) < reserve.size:
            x = (x << _16) | _U64(reserve[np.int64(state[USED])])
            state[USED] += _ONE
        else:
            break
    state[HEAD] = x
    return x >= ground


@njit(cache=True, nogil=True)
def push(state, words, starts, frequencies, precision):
    """Push symbols 0 to n - 1 by their intervals (n,) uint64 of 2^precision."""
    for i in range(starts.size):
        _push(state, words, starts[i], frequencies[i], precision)


@njit(cache=True, nogil=True)
def pop(state, words, reserve, starts, frequencies, precision, ground):
    """Take known symbols n - 1 to 0 off; -1, or the symbol at which the stack ran out."""
    for i in range(starts.size - 1, -1, -1):
        if not _pop(state, words, reserve, starts[i], frequencies[i], precision, ground):
            return i
    return -1


@njit(cache=True, nogil=True)
def pop_uniform(state, words, reserve, symbols, bits, ground):
    """Take n - 1 to 0 off, uniform integers of `bits` bits each, into `symbols` (n,) int64."""
    mask = (_ONE << bits) - _ONE
    for i in range(symbols.size - 1, -1, -1):
        slot = state[HEAD] & mask
        symbols[i] = np.int64(slot)
        if not _pop(state, words, reserve, slot, _ONE, bits, ground):
            return i
    return -1


@njit(cache=True, nogil=True)
def cumulative(probabilities, precision):
    """Cumulative frequencies (n, K + 1) uint64 of rows of probabilities (n, K).

    Row j-th entry: floor(P(below j) * (2^precision - 2 K)) + 2 j; so each is at least 2.
    """
    rows, size = probabilities.shape
    out = np.empty((rows, size + 1), np.uint64)
    whole = float((_ONE << precision) - _U64(2 * size))
    for i in range(rows):
        total = 0.0
        for j in range(size):
            total += probabilities[i, j]
        below = 0.0
        for j in range(size):
            out[i, j] = _U64(min(below / total, 1.0) * whole) + _U64(2 * j)
            below += probabilities[i, j]
        out[i, size] = _ONE << precision
    return out


@njit(cache=True, nogil=True)
def pop_table(state, words, reserve, symbols, table, rows, precision, ground):
    """Take n - 1 to 0 off into `symbols`; the i-th by row rows[i] of cumulative frequencies."""
    mask = (_ONE << precision) - _ONE
    for i in range(symbols.size - 1, -1, -1):
        slot = state[HEAD] & mask
        row = rows[i]
        low, high = 0, table.shape[1] - 1
        while high - low > 1:
            middle = (low + high) // 2
            if table[row, middle] <= slot:
                low = middle
            else:
                high = middle
        symbols[i] = low
        start = table[row, low]
        if not _pop(state, words, reserve, start, table[row, low + 1] - start, precision, ground):
            return i
    return -1


@njit(cache=True, nogil=True)
def _below(j, mean, sd, edges, precision):
    """Frequencies of the buckets below j: at least 2 each but for an error of the cdf of 2^-41."""
    size = edges.size - 1
    if j == 0:
        return _U64(0)
    if j == size:
        return _ONE << precision
    whole = float((_ONE << precision) - _U64(2 * size))
    return _U64(normal_cdf((edges[j] - mean) / sd) * whole) + _U64(2 * j)


@njit(cache=True, nogil=True)
def normal_intervals(symbols, mean, sd, edges, precision, starts, frequencies):
    """Intervals of buckets `symbols` (n,) under normals; bucket j is from edge j to edge j + 1."""
    for i in range(symbols.size):
        j = symbols[i]
        starts[i] = _below(j, mean[i], sd[i], edges, precision)
        frequencies[i] = _below(j + 1, mean[i], sd[i], edges, precision) - starts[i]


@njit(cache=True, nogil=True)
def _guessed_quantile(p):
    """Within 1e-8 of the standard normal's quantile: where a search begins, never its result.

    P. J. Acklam, An algorithm for computing the inverse normal cumulative distribution function,
    2003: the rational approximations and their coefficients.
    """
    if p < 0.02425 or p > 0.97575:
        q = math.sqrt(-2.0 * math.log(p if p < 0.5 else 1.0 - p))
        top = -7.784894002430293e-03 * q - 3.223964580411365e-01
        top = ((top * q - 2.400758277161838) * q - 2.549732539343734) * q + 4.374664141464968
        below = (7.784695709041462e-03 * q + 3.224671290700398e-01) * q + 2.445134137142996
        x = (top * q + 2.938163982698783) / ((below * q + 3.754408661907416) * q + 1.0)
        return x if p < 0.5 else -x
    q = p - 0.5
    r = q * q
    top = (-3.969683028665376e01 * r + 2.209460984245205e02) * r - 2.759285104469687e02
    top = ((top * r + 1.383577518672690e02) * r - 3.066479806614716e01) * r + 2.506628277459239
    below = (-5.447609879822406e01 * r + 1.615858368580409e02) * r - 1.556989798598866e02
    below = (below * r + 6.680131188771972e01) * r - 1.328068155288572e01
    return top * q / (below * r + 1.0)


@njit(cache=True, nogil=True)
def _bucket(slot, mean, sd, edges, precision):
    """The bucket whose interval holds the slot: from a guess outwards, then by halving."""
    size = edges.size - 1
    x = mean + sd * _guessed_quantile((float(slot) + 0.5) / float(_ONE << precision))
    low, high = 0, size
    while high - low > 1:
        middle = (low + high) // 2
        if edges[middle] <= x:
            low = middle
        else:
            high = middle
    step = 1
    while _below(low, mean, sd, edges, precision) > slot:
        high = low
        low = max(low - step, 0)
        step *= 2
    while _below(high, mean, sd, edges, precision) <= slot:
        low = high
        high = min(high + step, size)
        step *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if _below(middle, mean, sd, edges, precision) <= slot:
            low = middle
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def pop_normal(state, words, reserve, symbols, mean, sd, edges, precision, ground):
    """Take n - 1 to 0 off, buckets of normals, into `symbols` (n,) int64."""
    mask = (_ONE << precision) - _ONE
    for i in range(symbols.size - 1, -1, -1):
        slot = state[HEAD] & mask
        low = _bucket(slot, mean[i], sd[i], edges, precision)
        symbols[i] = low
        start = _below(low, mean[i], sd[i], edges, precision)
        frequency = _below(low + 1, mean[i], sd[i], edges, precision) - start
        if not _pop(state, words, reserve, start, frequency, precision, ground):
            return i
    return -1


@njit(cache=True, nogil=True)
def dense(weight, bias, x, rectify):
    """A layer: weight (m, n) times x (n,) plus bias (m,), summed from left to right."""
    out = np.empty(bias.size)
    for i in range(bias.size):
        total = bias[i]
        for j in range(x.size):
            total += weight[i, j] * x[j]
        out[i] = max(total, 0.0) if rectify else total
    return out


@njit(cache=True, nogil=True)
def exponentials(x):
    """Elementwise exponential of (n,)."""
    out = np.empty(x.size)
    for i in range(x.size):
        out[i] = exp(x[i])
    return out


@njit(cache=True, nogil=True)
def sigmoids(x):
    """Elementwise logistic function of (n,), without overflow and without cancellation."""
    out = np.empty(x.size)
    for i in range(x.size):
        small = exp(-abs(x[i]))
        out[i] = (1.0 if x[i] >= 0.0 else small) / (1.0 + small)
    return out
