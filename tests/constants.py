"""Binary digits of pi and e in Python integers, from the first one of the integer part on."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

_CUBE = 640320**3 // 24


@cache
def digits_of_pi(n: int) -> np.ndarray:
    """By the series of D. and G. Chudnovsky, 47 bits a term."""
    guard = n + 64
    _, q, t = _chudnovsky(0, guard // 47 + 2)
    size = guard + t.bit_length()
    root = 10005 * _inverse_root(10005, guard)
    return _leading((426880 * q * root * _inverse(t, size)) >> size, n)


@cache
def digits_of_e(n: int) -> np.ndarray:
    """By the series of 1 / k!."""
    guard, terms = n + 64, 2
    while math.lgamma(terms + 1) < (guard + 8) * math.log(2):
        terms += terms // 8 + 1
    p, q = _factorials(0, terms)
    size = guard + q.bit_length()
    return _leading(((p + q) * _inverse(q, size)) >> 32, n)


def _leading(number: int, n: int) -> np.ndarray:
    kept = number >> (number.bit_length() - n)
    bits = np.unpackbits(np.frombuffer(kept.to_bytes(-(-n // 8), "big"), np.uint8))
    return bits[bits.size - n :]


def _chudnovsky(a: int, b: int) -> tuple[int, int, int]:
    """Binary splitting of the terms a to b - 1."""
    if b - a > 1:
        middle = (a + b) // 2
        (p, q, t), (r, s, u) = _chudnovsky(a, middle), _chudnovsky(middle, b)
        return p * r, q * s, s * t + p * u
    p = (6 * a - 5) * (2 * a - 1) * (6 * a - 1) if a else 1
    return p, a**3 * _CUBE if a else 1, (-1) ** a * p * (13591409 + 545140134 * a)


def _factorials(a: int, b: int) -> tuple[int, int]:
    if b - a == 1:
        return 1, b
    middle = (a + b) // 2
    (p, q), (r, s) = _factorials(a, middle), _factorials(middle, b)
    return p * s + r, q * s


def _inverse(d: int, n: int) -> int:
    """About 2^n / d by Newton's iteration: Python's own division takes quadratic time."""
    if n - d.bit_length() < 256:
        return (1 << n) // d
    half = (n - d.bit_length()) // 2 + 8
    drop = max(d.bit_length() - half - 16, 0)
    near = half + (d >> drop).bit_length()
    y, at = _inverse(d >> drop, near), near + drop
    return (y << (n - at + 1)) - ((d * y * y) >> (2 * at - n))


def _inverse_root(a: int, n: int) -> int:
    """About 2^n / sqrt(a)."""
    if n < 512:
        return math.isqrt((1 << (2 * n)) // a)
    half = n // 2 + 8
    y = _inverse_root(a, half)
    return (y * ((3 << (2 * half)) - a * y * y)) >> (3 * half + 1 - n)
