"""Numba kernels of the quantisers: a search through the choices, each paid in distortion and bits.

One search serves all. A row of weights is quantised from left to right; what is left of the row
is then moved so as to undo the error as far as the inputs let it (error compensation); and the
choices compete by distortion + bits. With a single state the best choice so far is kept; with 4 or
8, one for every state of the trellis (Viterbi's algorithm, where the bits and the compensation are
those of the survivor).

Points of the quantisers, in units of the step: with one state k; else 2 k where the state is even,
2 k - sign(k) where it is odd. The parity of k moves the state.

All helpers live in this file because Numba's cache does not see changes elsewhere.
"""

import math

import numpy as np
from numba import njit

HALVES = 2
LEVELS = 6  # of magnitudes nearby, for the bits
MOST = 18  # magnitudes with bits of their own

_THRESHOLDS = np.array([0.05, 0.3, 0.8, 1.8, 4.0])
_NEXT = np.array(
    [
        [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0]],
        [[0, 1], [2, 3], [1, 0], [3, 2], [0, 0], [0, 0], [0, 0], [0, 0]],
        [[0, 2], [7, 5], [1, 3], [6, 4], [2, 0], [5, 7], [3, 1], [4, 6]],
    ]
)


@njit(cache=True, nogil=True)
def _level(x):
    level = 0
    while level < _THRESHOLDS.size and x > _THRESHOLDS[level]:
        level += 1
    return level


@njit(cache=True, nogil=True)
def _point(k, half, trellis):
    """The value of k in units of the step."""
    if trellis == 0:
        return float(k)
    if half == 0:
        return 2.0 * k
    return 2.0 * k - (1.0 if k > 0 else (-1.0 if k < 0 else 0.0))


@njit(cache=True, nogil=True)
def values(numbers, trellis):
    """The quantised numbers (n,) in units of the step, float64; states run through all of them."""
    out = np.empty(numbers.size)
    state = 0
    for i in range(numbers.size):
        out[i] = _point(numbers[i], state & 1, trellis)
        state = _NEXT[trellis, state, numbers[i] & 1]
    return out


@njit(cache=True, nogil=True)
def _bits(rates, half, level, k):
    size = abs(k)
    if size < MOST:
        return rates[half, level, size]
    return rates[half, level, MOST - 1] + 2.0 * math.log2(size - MOST + 2.0)


@njit(cache=True, nogil=True)
def levels(numbers, trellis):
    """The contexts of numbers (rows, columns) as the search sees them, half * LEVELS + level."""
    rows, columns = numbers.shape
    out = np.empty((rows, columns), np.int64)
    tall = np.zeros(columns)
    state = 0
    for i in range(rows):
        last, mean = 0.0, 0.0
        for j in range(columns):
            out[i, j] = (state & 1) * LEVELS + _level(0.3 * last + 0.3 * mean + 0.4 * tall[j])
            size = float(abs(numbers[i, j]))
            mean += (size - mean) / min(j + 2.0, 12.0)
            last = size
            tall[j] += (size - tall[j]) / min(i + 1.0, 16.0)
            state = _NEXT[trellis, state, numbers[i, j] & 1]
    return out


@njit(cache=True, nogil=True)
def search(weights, rest, step, factor, curvature, rates, price, trellis, numbers):
    """Quantise rows (R, C) of weights into `numbers`.

    Args:
        weights: (R, C) float64.
        rest: (R, E) float64: further entries of each row that are moved, not quantised (biases).
        step: of the quantiser.
        factor: upper triangle (C + E, C + E) of the compensation, empty for none: the error e of
            column j moves column k by - e factor[j, k] / factor[j, j].
        curvature: (R, C) distortion in bits of a squared error.
        rates: (HALVES, LEVELS, MOST) bits of a magnitude, sign included.
        price: of a bit in bits of distortion.
        trellis: 0 (one state), 1 (4 states) or 2 (8).
        numbers: (R, C) int64, the result.

    Returns:
        The distortion in bits.
    """
    rows, columns = weights.shape
    extra = rest.shape[1]
    width = columns + extra
    states = 1 if trellis == 0 else (4 if trellis == 1 else 8)
    compensate = factor.shape[0] > 0
    work = np.empty((states, width))
    other = np.empty((states, width))
    cost, next_cost = np.empty(states), np.empty(states)
    lost, next_lost = np.empty(states), np.empty(states)
    last, next_last = np.empty(states), np.empty(states)
    mean, next_mean = np.empty(states), np.empty(states)
    origin = np.empty((columns, states), np.int64)
    chosen = np.empty((columns, states), np.int64)
    errors = np.empty(states)
    candidates = np.empty(5, np.int64)
    tall = np.zeros(columns)
    first = 0
    total = 0.0
    for i in range(rows):
        for s in range(states):
            cost[s] = np.inf
        cost[first], lost[first], last[first], mean[first] = 0.0, 0.0, 0.0, 0.0
        for j in range(columns):
            work[first, j] = weights[i, j]
        for j in range(extra):
            work[first, columns + j] = rest[i, j]
        for j in range(columns):
            for s in range(states):
                next_cost[s] = np.inf
            for s in range(states):
                if cost[s] == np.inf:
                    continue
                half = s & 1 if trellis > 0 else 0
                x = work[s, j] / step
                level = _level(0.3 * last[s] + 0.3 * mean[s] + 0.4 * tall[j])
                if trellis == 0:
                    base = np.int64(math.floor(x))
                elif half == 0:
                    base = np.int64(math.floor(0.5 * x))
                elif x >= 0:
                    base = np.int64(math.floor(0.5 * (x + 1.0)))
                else:
                    base = -np.int64(math.floor(0.5 * (1.0 - x))) - 1
                candidates[0], candidates[1] = base, base + 1
                candidates[2] = 0
                candidates[3] = base - 1 if base > 0 else base + 2  # one nearer to 0
                count = 4 if trellis > 0 else 3
                for c in range(count):
                    k = candidates[c]
                    if c == 2 and (base == 0 or base == -1):
                        continue
                    if c == 3 and (base == 0 or base == -1 or k == 0):
                        continue
                    error = (x - _point(k, half, trellis)) * step
                    d = error * error * curvature[i, j]
                    v = cost[s] + d + price * _bits(rates, half, level, k)
                    t = _NEXT[trellis, s, k & 1]
                    if v < next_cost[t]:
                        next_cost[t] = v
                        next_lost[t] = lost[s] + d
                        origin[j, t], chosen[j, t] = s, k
                        errors[t] = error
            for t in range(states):
                if next_cost[t] == np.inf:
                    continue
                s = origin[j, t]
                size = float(abs(chosen[j, t]))
                next_last[t] = size
                next_mean[t] = mean[s] + (size - mean[s]) / min(j + 2.0, 12.0)
                if states > 1:
                    for m in range(j + 1, width):
                        other[t, m] = work[s, m]
                if compensate:
                    scaled = errors[t] / factor[j, j]
                    target = other if states > 1 else work
                    for m in range(j + 1, width):
                        target[t, m] -= scaled * factor[j, m]
            if states > 1:
                work, other = other, work
            cost, next_cost = next_cost, cost
            lost, next_lost = next_lost, lost
            last, next_last = next_last, last
            mean, next_mean = next_mean, mean
        best = 0
        for s in range(states):
            if cost[s] < cost[best]:
                best = s
        total += lost[best]
        for j in range(extra):
            rest[i, j] = work[best, columns + j]
        first, s = best, best
        for j in range(columns - 1, -1, -1):
            numbers[i, j] = chosen[j, s]
            s = origin[j, s]
        for j in range(columns):
            tall[j] += (abs(numbers[i, j]) - tall[j]) / min(i + 1.0, 16.0)
    return total
