"""Block entropies of symbol sequences, and the entropy rate and excess entropy made of them.

All are estimates from the counts of overlapping blocks. They hold for stationary sources and long
samples; each result has a `warning` once there are too few blocks for their length.

References:
    C. E. Shannon, A mathematical theory of communication, Bell Syst. Tech. J. 27 (1948), section 7.
    G. A. Miller, Note on the bias of information estimates, in: Information Theory in Psychology
        (1955), 95-100.
    P. Grassberger, Entropy estimates from insufficient samplings, arXiv:physics/0307138 (2003).
    J. P. Crutchfield and D. P. Feldman, Regularities unseen, randomness observed: levels of entropy
        convergence, Chaos 13 (2003), 25-54.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity._symbols import Symbols, ranks
from complexity.entropy._estimates import Estimate
from complexity.errors import integer, one_of

__all__ = [
    "BlockEntropy",
    "EntropyRate",
    "ExcessEntropy",
    "block_entropy",
    "entropy_rate",
    "excess_entropy",
]

CORRECTIONS = ("none", "miller-madow", "grassberger")
EXTRAPOLATIONS = ("none", "aitken")


@dataclass(frozen=True, kw_only=True)
class BlockEntropy(Estimate):
    """H(k): entropy of blocks of k symbols, in bits per block.

    Attributes:
        k: block length, in symbols.
        n: length of the sequence, in symbols.
        alphabet_size: distinct symbols that occur.
        blocks: overlapping blocks counted, n - k + 1.
        distinct: distinct blocks among them.
        correction: "none", "miller-madow" or "grassberger".
    """

    k: int
    n: int
    alphabet_size: int
    blocks: int
    distinct: int
    correction: str


@dataclass(frozen=True, kw_only=True)
class EntropyRate(Estimate):
    """h: entropy of the next symbol given the ones before, in bits per symbol.

    Attributes:
        k: longest block, in symbols.
        n: length of the sequence, in symbols.
        alphabet_size: distinct symbols that occur.
        block_entropies: H(0), ..., H(k), in bits.
        correction: of the block entropies.
        extrapolation: "none" or "aitken".
    """

    k: int
    n: int
    alphabet_size: int
    block_entropies: tuple[float, ...]
    correction: str
    extrapolation: str


@dataclass(frozen=True, kw_only=True)
class ExcessEntropy(Estimate):
    """E: information the past holds about the future, in bits.

    Attributes:
        k: longest block, in symbols.
        n: length of the sequence, in symbols.
        rate: the entropy rate used, in bits per symbol.
        block_entropies: H(0), ..., H(k), in bits.
        correction: of the block entropies.
    """

    k: int
    n: int
    rate: float
    block_entropies: tuple[float, ...]
    correction: str


def block_entropy(x: Symbols, k: int = 1, *, correction: str = "none") -> BlockEntropy:
    """Entropy of the blocks of `k` symbols, in bits.

    With N blocks of which D are distinct, seen n_i times, in nats:
    "none" is the plug-in ln N - sum(n_i ln n_i) / N, too low by about (D - 1) / (2N);
    "miller-madow" adds (D - 1) / (2N), with D the blocks that were seen;
    "grassberger" is ln N - sum(n_i G(n_i)) / N with G(n) = psi(n) + (-1)**n
    (psi((n + 1) / 2) - psi(n / 2)) / 2 (Grassberger 2003).

    It lies when k > log_A n, or when most blocks occur once, as those of a large alphabet do even
    for k = 1: the plug-in cannot exceed log2(N), so it says that about any random source. By Good
    and Turing the blocks that occur once are the share of the next ones that would be new. The
    corrections are for independent blocks; overlapping blocks of a correlated source are not, and
    with most blocks seen once no correction helps. Of a constant sequence the plug-in is 0,
    "grassberger" only nearly.

    Args:
        x: bytes, a str, or a 1-D array or sequence of bool or int.
        k: block length, 1 to len(x).
        correction: "none", "miller-madow" or "grassberger".

    Raises:
        TypeError: `x` or `k` is of another type.
        ValueError: `x` is empty or not 1-D, or an argument is out of range.

    Example:
        >>> block_entropy("0110" * 128, 1).value
        1.0
    """
    one_of("correction", correction, CORRECTIONS)
    symbols, size, k = _read(x, k)
    *_, counts = _block_counts(symbols, size, k)
    return BlockEntropy(
        value=_entropy(counts, correction),
        units="bits",
        warning=_doubt(k, len(symbols), size, counts),
        k=k,
        n=len(symbols),
        alphabet_size=size,
        blocks=len(symbols) - k + 1,
        distinct=len(counts),
        correction=correction,
    )


def entropy_rate(
    x: Symbols,
    k: int | None = None,
    *,
    correction: str = "none",
    extrapolation: str = "none",
) -> EntropyRate:
    """Entropy rate as H(k) - H(k - 1), in bits per symbol.

    "aitken" takes h(j) = H(j) - H(j - 1) for geometric in j and extrapolates the last three
    (Aitken's delta-squared); where they are not, or lead outside [0, h(k)], it leaves h(k).

    It lies when k > log_A n: H(k) is then limited by the sample, and the difference falls towards
    0 for any source, random ones too. It is too high when the source remembers more than k - 1
    symbols; a sequence of period p has rate 0 only from k > p on at the latest.

    Args:
        x: as `block_entropy`.
        k: longest block, 1 to len(x); by default the largest k with A**k at most sqrt(n).
        correction: of the block entropies, as in `block_entropy`.
        extrapolation: "none" or "aitken" (needs k of at least 3).

    Raises:
        TypeError, ValueError: as `block_entropy`; or "aitken" with k below 3.
    """
    one_of("extrapolation", extrapolation, EXTRAPOLATIONS)
    k, n, size, entropies, warning = _block_entropies(x, k, correction)
    rates = np.diff(entropies)
    value = float(rates[-1])
    if extrapolation == "aitken":
        if k < 3:
            raise ValueError(f'k: got {k}, accepted are at least 3 for extrapolation="aitken"')
        limit = _aitken(*rates[-3:].tolist())
        if limit is None:
            warning = "; ".join(filter(None, [warning, "not geometric: not extrapolated"]))
        else:
            value = limit
    return EntropyRate(
        value=value,
        units="bits/symbol",
        warning=warning,
        k=k,
        n=n,
        alphabet_size=size,
        block_entropies=tuple(entropies),
        correction=correction,
        extrapolation=extrapolation,
    )


def excess_entropy(x: Symbols, k: int | None = None, *, correction: str = "none") -> ExcessEntropy:
    """Excess entropy as H(k) - k h with h = H(k) - H(k - 1), in bits.

    Of a source without memory it is 0; of one with period p it is log2(p), once k > p.

    It lies when k > log_A n: the rate is then too low, so the excess too high, and pure noise shows
    memory; and it is too low when the source remembers more than k - 1 symbols, 0 if k is 1.

    Args:
        x: as `block_entropy`.
        k: longest block, 1 to len(x); by default the largest k with A**k at most sqrt(n), but 2 at
            least: of single symbols it is H(1) - H(1).
        correction: of the block entropies, as in `block_entropy`.

    Raises:
        TypeError, ValueError: as `block_entropy`.
    """
    k, n, size, entropies, warning = _block_entropies(x, k, correction, least=2)
    if k == 1 and size > 1:
        warning = "; ".join(filter(None, [warning, "k = 1: the excess of any source is 0"]))
    rate = entropies[-1] - entropies[-2]
    return ExcessEntropy(
        value=entropies[-1] - k * rate,
        units="bits",
        warning=warning,
        k=k,
        n=n,
        rate=rate,
        block_entropies=tuple(entropies),
        correction=correction,
    )


def _read(x: Symbols, k: int) -> tuple[NDArray[Any], int, int]:
    """The symbols by rank, the alphabet's size, and the block length."""
    symbols, size = ranks(x)
    if len(symbols) == 0:
        raise ValueError("x: got no symbols, accepted is at least one")
    return symbols, size, integer("k", k, 1, len(symbols))


def _block_entropies(
    x: Symbols, k: int | None, correction: str, *, least: int = 1
) -> tuple[int, int, int, list[float], str]:
    """The longest block, the length, the alphabet's size, H(0), ..., H(k), and a warning."""
    one_of("correction", correction, CORRECTIONS)
    symbols, size, longest = _read(x, 1 if k is None else k)
    n = len(symbols)
    if k is None:
        longest = min(n, max(least, int(math.log(n) / (2 * math.log(max(size, 2))) + 1e-9)))
    entropies, counts = [0.0], np.empty(0, np.int64)
    for counts in _block_counts(symbols, size, longest):
        entropies.append(_entropy(counts, correction))
    return longest, n, size, entropies, _doubt(longest, n, size, counts)


def _block_counts(symbols: NDArray[Any], size: int, k: int) -> Iterator[NDArray[np.int64]]:
    """How often each distinct block of 1, ..., k symbols occurs."""
    labels, labelled = symbols.astype(np.int64), size
    for length in range(1, k + 1):
        if length > 1:
            labels = labels[:-1] * size + symbols[length - 1 :]
            labelled *= size
        if labelled <= 4 * len(symbols):
            counts = np.bincount(labels)
            yield counts[counts > 0]
        else:
            _, labels, counts = np.unique(labels, return_inverse=True, return_counts=True)
            labelled = len(counts)
            yield counts


def _entropy(counts: NDArray[np.int64], correction: str) -> float:
    total = int(counts.sum())
    if len(counts) == 1 and correction != "grassberger":
        return 0.0
    if correction == "grassberger":
        from scipy.special import digamma

        sign = np.where(counts % 2, -1.0, 1.0)
        g = digamma(counts) + sign * (digamma((counts + 1) / 2) - digamma(counts / 2)) / 2
        return (math.log(total) - float(counts @ g) / total) / math.log(2)
    bits = math.log2(total) - float(counts @ np.log2(counts)) / total
    if correction == "miller-madow":
        bits += (len(counts) - 1) / (2 * total * math.log(2))
    return bits


def _doubt(k: int, n: int, alphabet_size: int, counts: NDArray[np.int64]) -> str:
    """Why not to trust an entropy of blocks of k symbols that occur so often, "" if none is known.

    References:
        I. J. Good, The population frequencies of species and the estimation of population
            parameters, Biometrika 40 (1953), 237-264.
    """
    if alphabet_size < 2:
        return ""
    limit = math.log(n) / math.log(alphabet_size)
    if k > limit + 1e-9:
        said = f"k = {k} exceeds log_{alphabet_size}({n}) = {limit:.2f}"
        return f"{said}: too few blocks for their length"
    blocks, once = int(counts.sum()), int(np.count_nonzero(counts == 1))
    if 2 * once <= blocks:
        return ""
    return f"{once} of {blocks} blocks occur once: too few blocks for how many there may be"


def _aitken(a: float, b: float, c: float) -> float | None:
    """The limit of a geometric approach a, b, c; None if it is none or leads outside [0, c]."""
    first, second = b - a, c - b
    if not 0 < abs(second) < abs(first) or first * second < 0:
        return None
    limit = c - second * second / (second - first)
    return limit if 0 <= limit <= c else None
