"""Relative entropy coding: a sample of p sent to somebody who has q, in about KL(p || q) bits.

Both ends draw the same candidates from q, and the sender says which one to take. Chosen by the
Poisson functional representation (candidate k has the k-th arrival of a Poisson process, and the
least arrival over p/q wins) the sample is exactly one of p. The search ends once no later candidate
can win, which is known where p/q is bounded: after 2^bound candidates on average, so that tokens
are sent together as long as their bounds add to `MOST_BITS` or less. The index k is on average of
log2 k <= KL + 1 bits, and its entropy at most KL + log2(1 + KL) + 4.

References:
    C. T. Li and A. El Gamal, Strong functional representation lemma and applications to coding
        theorems, IEEE Trans. Information Theory 64(11), 2018: section III, Theorem 1.
    C. J. Maddison, A Poisson process model for Monte Carlo, in: Perturbation, Optimization and
        Statistics, MIT Press 2016: the order in which candidates may be looked at.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_BITS", "candidate", "group_sizes", "message_bound", "select"]

MOST_BITS = 13.0
"""log2 of the most candidates that a message takes on average, unless a single token needs more."""

_FIRST, _CHUNK, _CELLS = 16, 1024, 1 << 21

Logs = NDArray[np.float64]


def message_bound(kl_bits: float) -> float:
    """Most bits that a message takes on average: KL + log2(1 + KL) + 4, Li and El Gamal's.

    Example:
        >>> message_bound(7.0)
        14.0
    """
    return kl_bits + math.log2(1 + kl_bits) + 4


def group_sizes(q: Logs, p: Logs) -> list[int]:
    """How many of the tokens go into each message, in their order: powers of 2 and a last rest.

    Args:
        q, p: log2 probabilities (B, A) of the receiver and the sender.
    """
    bounds = np.maximum((p - q).max(axis=1), 0.0)
    reach = np.concatenate([[0.0], np.cumsum(bounds)])
    sizes, start = [], 0
    while start < len(q):
        fits = int(np.searchsorted(reach, reach[start] + MOST_BITS, side="right")) - 1 - start
        rest = len(q) - start
        sizes.append(rest if fits >= rest else 1 << max(fits, 1).bit_length() - 1)
        start += sizes[-1]
    return sizes


def candidate(q: Logs, stream: tuple[int, int], index: int) -> NDArray[np.int64]:
    """Candidate number `index` (from 0) of a message, without those before it.

    Args:
        q: log2 probabilities (g, A) of the receiver, of g tokens independent of one another.
        stream: the seed that both ends have, and the number of the message.
        index: up to 2^62.
    """
    bits = _bits(stream).advance(index * len(q))
    return _drawn(np.random.Generator(bits), _cumulated(q), 1)[0]


def select(
    q: Logs, p: Logs, stream: tuple[int, int], arrivals: np.random.Generator
) -> tuple[int, NDArray[np.int64]]:
    """The candidate that is a sample of p: its number from 0, and its tokens (g,).

    Args:
        q: log2 probabilities (g, A) of the receiver, none of them 0.
        p: those of the sender.
        stream: the seed that both ends have, and the number of the message.
        arrivals: of the Poisson process; the sender's own, the receiver does without.
    """
    ratios, cumulated = p - q, _cumulated(q)
    bound = float(ratios.max(axis=1).sum())
    generator = np.random.Generator(_bits(stream))
    places = np.arange(len(q))
    best, index, tokens = np.inf, 0, np.zeros(len(q), np.int64)
    seen, now, count = 0, 0.0, _FIRST
    while True:
        count = min(count, max(1, _CELLS // max(q.size, 1)), _CHUNK)
        drawn = _drawn(generator, cumulated, count)  # (count, g)
        times = now + np.cumsum(arrivals.exponential(size=count))
        scores = np.log2(times) - ratios[places, drawn].sum(axis=1)
        first = int(np.argmin(scores))
        if scores[first] < best:
            best, index, tokens = float(scores[first]), seen + first, drawn[first]
        seen, now, count = seen + count, float(times[-1]), 2 * count
        if np.log2(now) - bound >= best:
            return index, tokens


def _bits(stream: tuple[int, int]) -> np.random.PCG64:
    return np.random.PCG64(np.random.SeedSequence(stream[0], spawn_key=(2, stream[1])))


def _cumulated(q: Logs) -> NDArray[np.float64]:
    return np.cumsum(np.exp2(q), axis=1)[:, :-1]


def _drawn(
    generator: np.random.Generator, cumulated: NDArray[np.float64], count: int
) -> NDArray[np.int64]:
    """Tokens (count, g) by inversion, one draw of 64 bits each."""
    uniform = generator.random((count, len(cumulated)))
    return (uniform[:, :, None] >= cumulated).sum(axis=2)
