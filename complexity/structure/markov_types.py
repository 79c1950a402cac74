"""Prefixes and Markov types: nested sets of bit strings that literal bits or counts pick out.

The circular type of order k of a string of n bits is how often each word of k + 1 bits occurs in
it, read as a circle. Types of growing order are nested: the counts of order k are sums of those of
order k + 1. A type is coded one order after the other: the number of ones, uniform on 0..n; then
for every word w, the number N(1w1), uniform on what the known N(1w), N(w1) and N(w) leave. That is
one number for a coin, and 2^(k-1) more for the order k.

How many strings have a type is exact: a closed walk on the graph of words is an Eulerian circuit,
and with F_ij steps from i to j and F_i from i there are (BEST theorem)

    n t(F) prod_i (F_i - 1)! / prod_ij F_ij!

strings, t(F) being the number of spanning trees towards a root, a cofactor of the Laplacian.

References:
    N. K. Vereshchagin and P. M. B. Vitanyi, Kolmogorov's structure functions and model selection,
        IEEE Trans. Inf. Theory 50(12), 2004: sets as models; example of Hamming classes.
    P. Whittle, Some distribution and moment formulae for the Markov chain, J. R. Stat. Soc. B 17,
        1955: strings per type.
    P. Jacquet and W. Szpankowski, Markov types and minimax redundancy for Markov sources, IEEE
        Trans. Inf. Theory 50(7), 2004, section III: circular types.
    T. van Aardenne-Ehrenfest and N. G. de Bruijn, Circuits and trees in oriented linear graphs,
        Simon Stevin 28, 1951: the BEST theorem.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.bitstrings import BitsLike, as_bits
from complexity.errors import integer
from complexity.structure.models import Model

__all__ = ["MAX_ORDER", "MAX_TYPED", "MarkovTypes", "Prefixes", "markov_type_size"]

MAX_ORDER = 6
"""The highest order: 64 words, a determinant of as many rows in integers of any size."""
MAX_TYPED = 1 << 16
"""The longest string whose types are counted: factorials of its length are taken exactly."""


@dataclass(frozen=True)
class Prefixes:
    """Strings that begin as `x` does: j literal bits, then anything.

    The least informative class: every bit of the model saves one bit of data, and the model with j
    bits takes j + log2(n + 1). Its structure function is the line of slope -1, that of a string
    without structure.
    """

    @property
    def name(self) -> str:
        """The class by name."""
        return "prefixes"

    def models(self, x: BitsLike) -> tuple[Model, ...]:
        """One per length of the prefix, 0 to n.

        Raises:
            TypeError: `x` is no bit string.
            ValueError: it holds other than 0 and 1, or is too long.
        """
        n = as_bits("x", x, limit=MAX_TYPED).size
        which = math.log2(n + 1)
        return tuple(
            Model(self.name, f"{j} literal bits", which + j, float(n - j)) for j in range(n + 1)
        )


@dataclass(frozen=True)
class MarkovTypes:
    """All strings, those with as many ones, those with the same circular Markov type.

    Which of the `max_order` + 2 models costs log2 of their number.

    Args:
        max_order: highest order of a type, 0 to 6.

    Raises:
        TypeError: the order is no integer.
        ValueError: it is out of range.
    """

    max_order: int = 4

    def __post_init__(self) -> None:
        integer("max_order", self.max_order, 0, MAX_ORDER)

    @property
    def name(self) -> str:
        """The class by name."""
        return f"Markov types to order {self.max_order}"

    def models(self, x: BitsLike) -> tuple[Model, ...]:
        """All strings of n bits, and the types of order 0 to `max_order`.

        Raises:
            TypeError: `x` is no bit string.
            ValueError: it holds other than 0 and 1, or more than 65536 bits.
        """
        data = as_bits("x", x, limit=MAX_TYPED)
        spent = math.log2(self.max_order + 2)
        found = [Model(self.name, "all strings", spent, float(data.size))]
        for order in range(self.max_order + 1):
            spent += _refinement_bits(data, order)
            size = markov_type_size(data, order)
            found.append(Model(self.name, f"type of order {order}", spent, math.log2(size)))
        return tuple(found)


def markov_type_size(x: BitsLike, order: int) -> int:
    """How many strings of n bits have the circular Markov type of `x`, exactly.

    Args:
        x: a bit string of at most 65536 bits.
        order: 0 (as many ones) to 6.

    Raises:
        TypeError: `x` is no bit string, or the order no integer.
        ValueError: one of them is out of range.

    Example:
        >>> markov_type_size("0011", 0), markov_type_size("0011", 1)
        (6, 4)
    """
    data = as_bits("x", x, limit=MAX_TYPED)
    integer("order", order, 0, MAX_ORDER)
    n = data.size
    if n == 0:
        return 1
    steps = _word_counts(data, order + 1).reshape(-1, 2).tolist()
    if order == 0:
        return math.comb(n, steps[0][1])
    out = [zeros + ones for zeros, ones in steps]
    visited = [word for word, count in enumerate(out) if count]
    place = {word: index for index, word in enumerate(visited)}
    laplacian = [[0] * len(visited) for _ in visited]
    orders = 1  # of the steps from every word: multinomials
    for word in visited:
        orders *= math.comb(out[word], steps[word][1])
        for bit in (0, 1):
            if steps[word][bit]:
                after = (2 * word + bit) % len(steps)
                laplacian[place[word]][place[after]] -= steps[word][bit]
                laplacian[place[word]][place[word]] += steps[word][bit]
    trees = _determinant([row[1:] for row in laplacian[1:]])
    return n * trees * orders // math.prod(out[word] for word in visited)


def _word_counts(data: NDArray[np.uint8], length: int) -> NDArray[Any]:
    """(2^length,) how often each word occurs in the circle, its first bit the most significant."""
    words = np.zeros(data.size, np.int64)
    for shift in range(length):
        words = 2 * words + np.roll(data, -shift)
    return np.bincount(words, minlength=1 << length)


def _refinement_bits(data: NDArray[np.uint8], order: int) -> float:
    """Bits of the counts of a type of this order, given those of the order below."""
    if order == 0:
        return math.log2(data.size + 1)
    long = _word_counts(data, order).reshape(2, -1)  # rows: the first bit
    ones_before = long[1]  # N(1w)
    ones_after = long.ravel()[1::2]  # N(w1)
    every = long.sum(axis=0)  # N(w)
    low = np.maximum(0, ones_before + ones_after - every)
    high = np.minimum(ones_before, ones_after)
    return float(np.log2(high - low + 1).sum())


def _determinant(matrix: list[list[int]]) -> int:
    """Of integers, without fractions (Bareiss); pivots of a connected Laplacian are positive."""
    before = 1
    for k in range(len(matrix)):
        pivot_row, pivot = matrix[k], matrix[k][k]
        for row in matrix[k + 1 :]:
            factor = row[k]
            for j in range(k + 1, len(matrix)):
                row[j] = (row[j] * pivot - factor * pivot_row[j]) // before
        before = pivot
    return before
