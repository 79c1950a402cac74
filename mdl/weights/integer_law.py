"""Two laws of quantised numbers that any machine computes alike, each named by one byte.

Probabilities of the integers from -M to M are in proportion to r^(k^2), a discrete Gaussian, or to
r^|k|, a discrete Laplace law. With r = 1 - 2^((b - 192) / 8) for a byte b they are made by products
and sums of doubles in a fixed order.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from complexity.code import DecodeError
from mdl.label_coder import LabelDecoder, LabelEncoder
from mdl.weights.relative_entropy.shared import power_of_two

__all__ = ["FAMILIES", "MAX_MAGNITUDE", "best_law", "law", "pop_integers", "push_integers"]

Integers = NDArray[np.int64]

FAMILIES = ("gaussian", "laplace")
MAX_MAGNITUDE = 1 << 14
_PARAMETERS = 192  # bytes: r from 0.083 to 1 - 2^-24


def law(family: str, parameter: int, most: int) -> NDArray[np.float64]:
    """Probabilities of -most, ..., most, (2 most + 1,) float64.

    Raises:
        DecodeError: a number is out of the range of the format.
    """
    if not (0 <= parameter < _PARAMETERS and 0 <= most <= MAX_MAGNITUDE):
        raise DecodeError(f"damaged: no law of integers has {parameter}, {most} for its numbers")
    ratio = 1.0 - power_of_two(parameter)
    factors = np.full(most + 1, ratio)
    if family == "gaussian":  # 1, r, r^3, r^5, ...: their products are r^(k^2)
        factors[2:] = ratio * ratio
        factors[1:] = np.multiply.accumulate(factors[1:])
    factors[0] = 1.0
    side = np.multiply.accumulate(factors)  # in order, unlike a reduction
    weights = np.concatenate([side[:0:-1], side])
    return weights / np.add.accumulate(weights)[-1]


def best_law(values: Integers) -> tuple[str, int]:
    """The family and the byte that code the values in the fewest bits."""
    most = int(np.max(np.abs(values), initial=0))
    counts = np.bincount(values + most, minlength=2 * most + 1)
    best, found = math.inf, (FAMILIES[0], 0)
    seen = np.flatnonzero(counts)
    for family in FAMILIES:
        for parameter in range(_PARAMETERS):
            table = law(family, parameter, most)
            bits = -float(counts[seen] @ np.log2(np.maximum(table[seen], 2.0**-48)))
            if bits < best:
                best, found = bits, (family, parameter)
    return found


def push_integers(encoder: LabelEncoder, values: Integers, family: str, parameter: int) -> None:
    """Code the values, whose greatest magnitude the receiver is told otherwise."""
    most = int(np.max(np.abs(values), initial=0))
    row = law(family, parameter, most)
    for start in range(0, values.size, 1024):
        part = values[start : start + 1024] + most
        encoder.push(np.tile(row, (part.size, 1)), part)


def pop_integers(
    decoder: LabelDecoder, count: int, family: str, parameter: int, most: int
) -> Integers:
    """The values (count,) int64.

    Raises:
        DecodeError: the blob is too short.
    """
    row = law(family, parameter, most)
    parts = [np.zeros(0, np.int64)]
    for start in range(0, count, 1024):
        size = min(1024, count - start)
        parts.append(decoder.pop(np.tile(row, (size, 1))) - most)
    return np.concatenate(parts)
