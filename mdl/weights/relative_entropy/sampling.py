"""Which candidate to name: minimal random coding and the Poisson functional representation.

The sender has a Gaussian Q, both ends have candidates from P, a standard normal in every dimension.
A number names a candidate that is distributed as Q: exactly in the Poisson functional
representation, whose number is unbounded, and nearly in minimal random coding, whose number has a
fixed width. The number takes little more than KL(Q || P) bits, however finely Q is known.

References:
    M. Havasi, R. Peharz and J. M. Hernandez-Lobato, Minimal random code learning, ICLR 2019:
        algorithm 1; theorem 3.2, the bias with exp(KL + t) candidates.
    C. T. Li and A. El Gamal, Strong functional representation lemma and applications to coding
        theorems, IEEE Trans. Inf. Theory 64(11), 2018: theorem 1 and its proof.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer
from mdl.weights.relative_entropy import _kernels as kernels

__all__ = [
    "MAX_INDEX_BITS",
    "POISSON_EXCESS_BITS",
    "kl_bits",
    "max_divergence_bits",
    "minimal_index",
    "poisson_index",
]

Floats = NDArray[np.float64]

MAX_INDEX_BITS = 28
"""The widest index: 2^28 candidates of a block take about a minute for every ten weights."""

POISSON_EXCESS_BITS = 1 + math.log2(math.e) / math.e
"""E[log2 K] <= KL + this, for the number K >= 1 of the Poisson functional representation."""

_CHUNK = 1 << 16
_PATIENCE = 32.0  # the race lasts longer than this times exp(D_max) with probability exp(-32)


def kl_bits(mean: ArrayLike, sd: ArrayLike) -> Floats:
    """KL(N(mean, sd^2) || N(0, 1)) in bits, elementwise."""
    mean, sd = np.asarray(mean, np.float64), np.asarray(sd, np.float64)
    return (0.5 * (mean * mean + sd * sd - 1) - np.log(sd)) / math.log(2)


def max_divergence_bits(mean: ArrayLike, sd: ArrayLike) -> Floats:
    """log2 of the supremum of Q/P, elementwise: infinite where the sd is not below 1.

    The Poisson functional representation looks at 2^this many candidates, on average.
    """
    mean, sd = np.asarray(mean, np.float64), np.asarray(sd, np.float64)
    room = np.maximum(1 - sd * sd, 0)
    with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0: decided below
        bits = (mean * mean / (2 * room) - np.log(sd)) / math.log(2)
    return np.where(room > 0, bits, np.where((mean == 0) & (sd == 1), 0.0, np.inf))


def minimal_index(mean: ArrayLike, sd: ArrayLike, *, seed: int, block: int, bits: int) -> int:
    """The number below 2^bits of a candidate, drawn with probability proportional to Q/P.

    Args:
        mean: of Q, (n,).
        sd: of Q, (n,), positive.
        seed: of the shared randomness.
        block: which stream of it.
        bits: width of the number. With KL + t bits the candidate is distributed nearly as Q, with
            fewer than KL bits it is not.

    Raises:
        TypeError, ValueError: an argument is out of range, or not finite.

    Example:
        >>> from mdl.weights.relative_entropy.shared import normals
        >>> index = minimal_index([0.9], [0.1], seed=0, block=0, bits=8)
        >>> index, normals(0, 0, index, 1)
        (11, array([1.01555258]))
    """
    mean, sd = _gaussian(mean, sd)
    count = 1 << integer("bits", bits, 0, MAX_INDEX_BITS)
    key, stream = _key(seed, block)
    noise = np.random.default_rng((seed, block))  # the sender's own: only the winner is told
    precision = 1 / (sd * sd)
    best, winner, scores = -math.inf, 0, np.empty(min(count, _CHUNK))
    for first in range(0, count, scores.size):
        kernels.scores(key, stream, first, mean, precision, scores)
        scores += noise.gumbel(size=scores.size)
        at = int(np.argmax(scores))
        if scores[at] > best:
            best, winner = float(scores[at]), first + at
    return winner


def poisson_index(
    mean: ArrayLike, sd: ArrayLike, *, seed: int, block: int, max_bits: float = 24.0
) -> int:
    """The number, from 0 on, of a candidate that is an exact sample of Q.

    Candidates arrive as a Poisson process; the one with the least arrival time over Q/P is named.
    With K the number plus 1, E[log2 K] <= KL + log2(e)/e + 1.

    Args:
        mean: of Q, (n,).
        sd: of Q, (n,), positive, below 1 (or 1 with mean 0: there Q is P).
        seed: of the shared randomness.
        block: which stream of it.
        max_bits: refuse a Q whose Q/P reaches beyond 2^max_bits: so many candidates are looked at.

    Raises:
        TypeError, ValueError: an argument is out of range, or Q/P reaches too high.

    Example:
        >>> from mdl.weights.relative_entropy.shared import normals
        >>> index = poisson_index([0.9], [0.1], seed=0, block=0)
        >>> index, normals(0, 0, index, 1)
        (2, array([0.81336794]))
    """
    mean, sd = _gaussian(mean, sd)
    needed = float(np.sum(max_divergence_bits(mean, sd)))
    if needed > max_bits:
        raise ValueError(
            f"sd: got a Q with Q/P up to 2^{needed:.4g}, accepted is up to 2^{max_bits:g}; "
            "consider smaller blocks, or an sd further below the prior's"
        )
    key, stream = _key(seed, block)
    bound = needed * math.log(2) + float(np.sum(np.log(sd)))  # the scores leave this constant out
    limit = math.ceil(_PATIENCE * 2.0**needed) + 64
    winner = kernels.race(key, stream, mean, 1 / (sd * sd), bound, limit)
    if winner < 0:
        raise ValueError(f"seed: got {seed}, with which {limit} candidates decide nothing")
    return int(winner)


def _gaussian(mean: ArrayLike, sd: ArrayLike) -> tuple[Floats, Floats]:
    mean = np.ascontiguousarray(mean, np.float64)
    sd = np.ascontiguousarray(sd, np.float64)
    if mean.ndim != 1 or sd.shape != mean.shape:
        raise ValueError(f"mean: got shape {mean.shape} and sd {sd.shape}, accepted is (n,) twice")
    if not np.isfinite(mean).all():
        raise ValueError("mean: got NaN or infinite ones, accepted are finite numbers")
    if not (np.isfinite(sd) & (sd > 0)).all():
        raise ValueError("sd: got one that is not positive and finite, accepted are such numbers")
    return mean, sd


def _key(seed: int, block: int) -> tuple[np.uint64, np.uint64]:
    return np.uint64(integer("seed", seed, 0, (1 << 64) - 1)), np.uint64(
        integer("block", block, 0, (1 << 64) - 1)
    )
