"""Numbers of candidates on an arithmetic coder: of a fixed width, or by Zipf's law in octaves.

A rank k >= 1 of Zipf's law has probability in proportion to k^-(1 + s). Here the octave
floor(log2 k) is geometric, as it is under that law but for a little, and within an octave all k are
equally likely: 0.03 bits more than 1/k would take, and the same numbers on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mdl.label_coder import LabelDecoder, LabelEncoder

__all__ = ["pop_uniform", "pop_zipf", "push_uniform", "push_zipf", "zipf_parameter"]

Indices = NDArray[np.int64]

_OCTAVES = 48
_ROWS = 4096  # of a table at a time


def push_uniform(encoder: LabelEncoder, values: Indices, bits: int) -> None:
    """Code numbers below 2^bits, 8 bits at a time, the lowest first."""
    for at, classes in _digits(bits):
        for start in range(0, values.size, _ROWS):
            part = values[start : start + _ROWS]
            table = np.full((part.size, classes), 1 / classes)
            encoder.push(table, part >> at & (classes - 1))


def pop_uniform(decoder: LabelDecoder, count: int, bits: int) -> Indices:
    """The numbers (count,)."""
    values = np.zeros(count, np.int64)
    for at, classes in _digits(bits):
        for start in range(0, count, _ROWS):
            size = min(_ROWS, count - start)
            values[start : start + size] |= decoder.pop(np.full((size, classes), 1 / classes)) << at
    return values


def zipf_parameter(ranks: Indices) -> int:
    """The byte that says the law of the octaves: 4 times their mean, at least 1."""
    return min(255, max(1, round(4 * float(np.mean(_octaves(ranks)))))) if ranks.size else 1


def push_zipf(encoder: LabelEncoder, ranks: Indices, parameter: int) -> None:
    """Code ranks from 1 on, below 2^48: all octaves, then what is within each."""
    octaves = _octaves(ranks)
    encoder.push(np.tile(_law(parameter), (ranks.size, 1)), octaves)
    for octave in np.unique(octaves).tolist():
        push_uniform(encoder, ranks[octaves == octave] - (1 << octave), octave)


def pop_zipf(decoder: LabelDecoder, count: int, parameter: int) -> Indices:
    """The ranks (count,)."""
    octaves = decoder.pop(np.tile(_law(parameter), (count, 1)))
    ranks = np.int64(1) << octaves
    for octave in np.unique(octaves).tolist():
        where = octaves == octave
        ranks[where] += pop_uniform(decoder, int(where.sum()), octave)
    return ranks


def _digits(bits: int) -> Iterator[tuple[int, int]]:
    """Place and number of classes of each digit."""
    for at in range(0, bits, 8):
        yield at, 1 << min(8, bits - at)


def _octaves(ranks: Indices) -> Indices:
    return np.array([rank.bit_length() - 1 for rank in ranks.tolist()], np.int64)


def _law(parameter: int) -> NDArray[np.float64]:
    """Probabilities of octaves 0, 1, ...: geometric with mean parameter / 4."""
    ratio, law, term, total = parameter / (parameter + 4), [], 1.0, 0.0
    for _ in range(_OCTAVES):
        law.append(term)
        total += term
        term *= ratio
    return np.array([term / total for term in law])
