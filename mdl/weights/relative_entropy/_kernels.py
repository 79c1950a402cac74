"""Numba kernels of shared randomness: counter-based normal variates, candidates and their scores.

A variate is a pure function of (key, block, candidate, position): nobody has to draw the ones
before it. Only + - * / and square roots of doubles are used, without fast-math, so that both ends
have the same numbers on every platform with IEEE arithmetic: the logarithm is a series of its own.

References:
    J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, Parallel random numbers: as easy as
        1, 2, 3, SC 2011: Philox-4x64-10, its multipliers and Weyl constants.
    M. J. Wichura, Algorithm AS 241: the percentage points of the normal distribution, Applied
        Statistics 37(3), 1988: PPND16, to about 1 part in 10^16.
"""

import math

import numpy as np
from numba import njit

_U64 = np.uint64
_32 = np.uint64(32)
_12 = np.uint64(12)
_ZERO = np.uint64(0)
_LOW = np.uint64(0xFFFFFFFF)
_M0, _M1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_W0, _W1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_ROUNDS = 10
_STEP = 2.0**-52
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # fdlibm's split
_SQRT_HALF = 0.70710678118654752440

NORMALS, ARRIVALS, ORDER = (np.uint64(stream) for stream in range(3))
"""The last word of the counter: what the numbers are for."""


@njit(cache=True, nogil=True)
def _high(a, b):
    """The upper 64 bits of the product of two words."""
    a0, a1 = a & _LOW, a >> _32
    b0, b1 = b & _LOW, b >> _32
    middle = a1 * b0 + ((a0 * b0) >> _32)
    return a1 * b1 + (middle >> _32) + ((a0 * b1 + (middle & _LOW)) >> _32)


@njit(cache=True, nogil=True)
def philox(c0, c1, c2, c3, k0, k1):
    """Four random words from a counter of four words and a key of two."""
    for _ in range(_ROUNDS):
        high0, low0 = _high(_M0, c0), _M0 * c0
        high1, low1 = _high(_M1, c2), _M1 * c2
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0 += _W0
        k1 += _W1
    return c0, c1, c2, c3


@njit(cache=True, nogil=True)
def _uniform(word):
    """A number inside (0, 1): the middles of 2^52 equal cells, all of them exact."""
    return (np.float64(word >> _12) + 0.5) * _STEP


@njit(cache=True, nogil=True)
def log(x):
    """The natural logarithm of a positive normal number: 2 artanh((m - 1) / (m + 1)) + e ln 2."""
    m, e = math.frexp(x)
    if m < _SQRT_HALF:
        m *= 2.0
        e -= 1
    s = (m - 1.0) / (m + 1.0)  # |s| <= 0.1716: 11 terms leave less than 2^-56
    z = s * s
    series = 0.0
    for k in range(21, 1, -2):
        series = (series + 1.0 / k) * z
    return e * _LN2_HIGH + (2.0 * s + (2.0 * s * series + e * _LN2_LOW))


@njit(cache=True, nogil=True)
def normal(u):
    """The normal variate below which a share u in (0, 1) lies: AS 241's PPND16."""
    q = u - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = 2.5090809287301226727e3
        top = top * r + 3.3430575583588128105e4
        top = top * r + 6.7265770927008700853e4
        top = top * r + 4.5921953931549871457e4
        top = top * r + 1.3731693765509461125e4
        top = top * r + 1.9715909503065514427e3
        top = top * r + 1.3314166789178437745e2
        top = top * r + 3.3871328727963666080e0
        bottom = 5.2264952788528545610e3
        bottom = bottom * r + 2.8729085735721942674e4
        bottom = bottom * r + 3.9307895800092710610e4
        bottom = bottom * r + 2.1213794301586595867e4
        bottom = bottom * r + 5.3941960214247511077e3
        bottom = bottom * r + 6.8718700749205790830e2
        bottom = bottom * r + 4.2313330701600911252e1
        return q * top / (bottom * r + 1.0)
    r = math.sqrt(-log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        r -= 1.6
        top = 7.74545014278341407640e-4
        top = top * r + 2.27238449892691845833e-2
        top = top * r + 2.41780725177450611770e-1
        top = top * r + 1.27045825245236838258e0
        top = top * r + 3.64784832476320460504e0
        top = top * r + 5.76949722146069140550e0
        top = top * r + 4.63033784615654529590e0
        top = top * r + 1.42343711074968357734e0
        bottom = 1.05075007164441684324e-9
        bottom = bottom * r + 5.47593808499534494600e-4
        bottom = bottom * r + 1.51986665636164571966e-2
        bottom = bottom * r + 1.48103976427480074590e-1
        bottom = bottom * r + 6.89767334985100004550e-1
        bottom = bottom * r + 1.67638483018380384940e0
        bottom = bottom * r + 2.05319162663775882187e0
    else:
        r -= 5.0
        top = 2.01033439929228813265e-7
        top = top * r + 2.71155556874348757815e-5
        top = top * r + 1.24266094738807843860e-3
        top = top * r + 2.65321895265761230930e-2
        top = top * r + 2.96560571828504891230e-1
        top = top * r + 1.78482653991729133580e0
        top = top * r + 5.46378491116411436990e0
        top = top * r + 6.65790464350110377720e0
        bottom = 2.04426310338993978564e-15
        bottom = bottom * r + 1.42151175831644588870e-7
        bottom = bottom * r + 1.84631831751005468180e-5
        bottom = bottom * r + 7.86869131145613259100e-4
        bottom = bottom * r + 1.48753612908506148525e-2
        bottom = bottom * r + 1.36929880922735805310e-1
        bottom = bottom * r + 5.99832206555887937690e-1
    value = top / (bottom * r + 1.0)
    return -value if q < 0.0 else value


@njit(cache=True, nogil=True)
def words(seed, block, stream, out):
    """Fill out (n,) with the words of a stream, four to a counter."""
    for start in range(0, out.size, 4):
        group = philox(_U64(start // 4), _ZERO, _ZERO, stream, seed, block)
        for i in range(min(4, out.size - start)):
            out[start + i] = group[i]


@njit(cache=True, nogil=True)
def candidate(seed, block, index, out):
    """Fill out (n,) with the standard normal variates of one candidate."""
    for start in range(0, out.size, 4):
        group = philox(_U64(start // 4), _U64(index), _ZERO, NORMALS, seed, block)
        for i in range(min(4, out.size - start)):
            out[start + i] = normal(_uniform(group[i]))


@njit(cache=True, nogil=True)
def _term(word, mean, precision):
    """z^2 - precision (z - mean)^2 of the variate of a word."""
    z = normal(_uniform(word))
    off = z - mean
    return z * z - precision * (off * off)


@njit(cache=True, nogil=True)
def _score(seed, block, index, mean, precision):
    """sum of z^2 / 2 - precision (z - mean)^2 / 2: log Q/P of a candidate but for its constant."""
    total, size, start = 0.0, mean.size, 0
    while start < size:
        a, b, c, d = philox(_U64(start // 4), _U64(index), _ZERO, NORMALS, seed, block)
        total += _term(a, mean[start], precision[start])
        if start + 1 < size:
            total += _term(b, mean[start + 1], precision[start + 1])
        if start + 2 < size:
            total += _term(c, mean[start + 2], precision[start + 2])
        if start + 3 < size:
            total += _term(d, mean[start + 3], precision[start + 3])
        start += 4
    return 0.5 * total


@njit(cache=True, nogil=True)
def scores(seed, block, first, mean, precision, out):
    """Fill out (m,) with log Q/P, but for its constant, of candidates first, first + 1, ..."""
    for j in range(out.size):
        out[j] = _score(seed, block, first + j, mean, precision)


@njit(cache=True, nogil=True)
def race(seed, block, mean, precision, bound, limit):
    """The candidate whose arrival over Q/P is first, -1 if `limit` of them do not decide.

    `bound` is the supremum of the score. Candidate j arrives at T_j, a sum of j + 1 exponential
    waits; as T_j grows, no later candidate can win once log T_j - bound is beyond the best.
    """
    arrival, best, winner = 0.0, np.inf, -1
    for j in range(limit):
        group = philox(_U64(j), _ZERO, _ZERO, ARRIVALS, seed, block)
        arrival -= log(_uniform(group[0]))
        time = log(arrival)
        if time - bound > best:
            return winner
        value = time - _score(seed, block, j, mean, precision)
        if value < best:
            best, winner = value, j
    return -1
