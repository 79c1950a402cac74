"""Codelengths that depend on the order of the letters: sequential and conditional NML.

References:
    T. Roos and J. Rissanen, On sequentially normalized maximum likelihood models, WITMSE 2008.
    E. Takimoto and M. Warmuth, The last-step minimax algorithm, ALT 2000: the same for two letters.
    P. Grünwald, The minimum description length principle, MIT Press 2007, section 11.4.2.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.discrete.codelengths import maximum_likelihood_bits
from mdl.discrete.letters import LettersLike, as_letters
from mdl.nml.luckiness import luckiness_complexity

__all__ = ["conditional_nml_bits", "snml_bits"]


def snml_bits(x: LettersLike, alphabet_size: int) -> float:
    """Bits under sequentially normalised maximum likelihood, the last-step minimax code.

    Every letter has the probability of the maximised likelihood of all letters up to and with it,
    normalised over the letters that might be there: in proportion to (c + 1)^(c + 1) / c^c for a
    letter seen c times. No horizon is needed. The order of the letters matters.

    Args:
        x: letters (n,), integers 0 to `alphabet_size` - 1.
        alphabet_size: K.

    Returns:
        Bits: 0 for n = 0, log2 K for n = 1.

    Raises:
        TypeError: `x` holds no integers.
        ValueError: a letter is out of range.

    Example:
        >>> round(2 ** snml_bits([0, 0], 2), 9)  # 1/2, then 4 / (4 + 1)
        2.5
    """
    integer("alphabet_size", alphabet_size, 1)
    letters = as_letters("x", x, alphabet_size)
    seen = _times_before(letters)
    weights = _weight(seen)
    totals = alphabet_size + np.cumsum(_weight(seen + 1) - weights)
    before = np.concatenate([[float(alphabet_size)], totals[:-1]])[: letters.size]
    return float(np.log2(before).sum() - np.log2(weights).sum())


def conditional_nml_bits(x: LettersLike, alphabet_size: int, start: int) -> float:
    """Bits with `start` letters at log2 K each, and NML of the others conditional on them.

    The others' probability is the maximised likelihood of all n letters, normalised over all that
    might follow the first. As NML itself gives the first letter 1 / K, by symmetry, `start` 0 and 1
    are the same code.

    Args:
        x: letters (n,), integers 0 to `alphabet_size` - 1; at most 16384 behind the first.
        alphabet_size: K.
        start: how many letters are conditioned on; all, if there are no more.

    Raises:
        TypeError: `x` holds no integers.
        ValueError: a letter is out of range, or there are too many.
    """
    integer("alphabet_size", alphabet_size, 1)
    integer("start", start, 0)
    letters = as_letters("x", x, alphabet_size)
    first = letters[:start]
    bits = first.size * math.log2(alphabet_size)
    if letters.size == first.size:
        return bits
    seen = np.bincount(first, minlength=alphabet_size)
    best = maximum_likelihood_bits(np.bincount(letters, minlength=alphabet_size))
    return bits + float(best) + luckiness_complexity(seen, letters.size - first.size)


def _times_before(letters: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each letter occurred before it."""
    order = np.argsort(letters, kind="stable")
    counts = np.bincount(letters)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    seen = np.empty(letters.size, np.int64)
    seen[order] = np.arange(letters.size) - starts
    return seen


def _weight(seen: NDArray[np.int64]) -> NDArray[np.float64]:
    """(c + 1)^(c + 1) / c^c."""
    c = np.maximum(seen, 1)
    return np.where(seen == 0, 1.0, (c + 1) * np.exp(c * np.log1p(1 / c)))
