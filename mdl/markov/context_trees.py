"""Context trees over any alphabet: the best tree, and the mixture of all of them.

A tree source's leaves are contexts of 0 to `depth` symbols, and each has a distribution of its own.
The code of a tree takes a bit for every node above the greatest depth: leaf or not. Symbols after a
leaf's context are coded by the mixture under Dirichlet(1/2). With the codelength e of a node's own
mixture, and the sums over its K children,

    map    m = 1 + min(e, sum of the children's m)         at the greatest depth m = e
    bayes  w = 1 - log2(2^-e + 2^-(sum of the children's w))                     w = e

For two symbols they are `complexity.structure.map_tree` and `complexity.ContextTree`, after the
first `depth` symbols, which are sent uniformly here, log2 K bits each.

References:
    F. M. J. Willems, Y. M. Shtarkov and T. J. Tjalkens, The context-tree weighting method: basic
        properties, IEEE Trans. Inf. Theory 41(3), 1995.
    P. A. J. Volf and F. M. J. Willems, Context maximizing: finding MDL decision trees, Benelux
        Symposium on Information Theory, 1994.
    T. J. Tjalkens, Y. M. Shtarkov and F. M. J. Willems, Context tree weighting: multi-alphabet
        sources, Benelux Symposium on Information Theory, 1993.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from complexity._symbols import Symbols
from complexity.code import Kind
from complexity.errors import integer, one_of
from mdl.description import Description
from mdl.markov._symbols import Counts, as_symbols, checked_alphabet, count, grouped

__all__ = ["TREE_VERSIONS", "TreeSource", "deepest"]

TREE_VERSIONS = ("bayes", "map")
"""The universal codes of tree sources."""
_LISTED = 64  # leaves that a description names


def deepest(alphabet_size: int) -> int:
    """The greatest depth: contexts and symbols are numbered below 2^62, and 64 is enough."""
    return 64 if alphabet_size == 1 else min(64, int(61 / math.log2(alphabet_size)) - 1)


@dataclass(frozen=True)
class TreeSource:
    """Sequences as from a tree source of bounded depth: a candidate.

    Nothing (n = 0), and n up to the depth, cost nothing beyond the first symbols and, for "map",
    one bit of tree (none at depth 0).

    Args:
        depth: symbols of context at most, from 0; K^(depth + 2) is below 2^61.
        alphabet_size: K; symbols are then integers from 0 to K - 1. None: the symbols that occur.
        version: "bayes", the weighted mixture of all trees, or "map", the best tree in two parts
            with the mixture in its leaves. Best fit, parameters and `fit` are those of the best
            tree in both.

    Raises:
        TypeError, ValueError: an argument is not accepted.

    Example:
        >>> TreeSource(3, version="map").describe("01" * 20).fit["contexts"]
        [[0], [1]]
    """

    depth: int
    alphabet_size: int | None = None
    version: str = "bayes"

    def __post_init__(self) -> None:
        size = checked_alphabet(self.alphabet_size)
        object.__setattr__(self, "alphabet_size", size)
        object.__setattr__(self, "depth", integer("depth", self.depth, 0, deepest(size or 1)))
        one_of("version", self.version, TREE_VERSIONS)

    @property
    def name(self) -> str:
        """Such as "tree-8 (bayes)"."""
        return f"tree-{self.depth} ({self.version})"

    @property
    def exchangeable(self) -> bool:
        """Whether the order of the symbols does not matter: for depth 0."""
        return self.depth == 0

    def describe(self, data: Symbols) -> Description:
        """The codelength of a sequence.

        Args:
            data: a text, a byte string, or (n,) integers. The contexts in `fit` begin with the
                last symbol and are given for up to 64 leaves, those that occur.

        Raises:
            TypeError, ValueError: it is not of the domain, or the depth is too great for its
                alphabet.
        """
        symbols, size = as_symbols("data", data, self.alphabet_size)
        integer(f"depth for {size} symbols", self.depth, 0, deepest(size))
        first = min(self.depth, symbols.size) * math.log2(size)
        found = _Recursion(symbols, size, self.depth)
        total = found.best if self.version == "map" else found.weighted
        return Description(
            name=self.name,
            version=self.version,
            n=symbols.size,
            model_bits=total - found.ml_bits,
            data_bits=first + found.ml_bits,
            best_fit_bits=first + found.ml_bits,
            parameters=found.leaves * (size - 1),
            kind=Kind.IDEAL,
            fit={
                "leaves": found.leaves,
                "deepest": found.deepest,
                "contexts": found.contexts[:_LISTED],
            },
        )


@dataclass
class _Recursion:
    """Both recursions, from the greatest depth to the root, and the best tree back again."""

    symbols: NDArray[np.int64]
    size: int
    depth: int
    best: float = 0.0
    weighted: float = 0.0
    ml_bits: float = 0.0
    leaves: int = 0
    deepest: int = 0
    contexts: list[list[int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # a context's number has its last symbol first, so that a node's parent is its // K
        counts = count(_reversed_codes(self.symbols, self.depth, self.size), self.size)
        if counts is None:
            self.best, self.leaves = float(self.depth > 0), 1
            self.contexts = [[]]
            return
        levels = [counts]
        best = weighted = counts.dirichlet_bits(0.5, self.size)
        splits: list[NDArray[np.bool_]] = []
        for level in range(self.depth - 1, -1, -1):
            below = levels[-1]
            counts = _merged(below, self.size)
            parent = np.searchsorted(counts.contexts, below.contexts // self.size)
            own = counts.dirichlet_bits(0.5, self.size)
            absent = self.size - np.bincount(parent)  # leaves of one bit, where any are above depth
            apart = np.bincount(parent, best) + (absent if level + 1 < self.depth else 0)
            weighted = 1 - np.logaddexp2(-own, -np.bincount(parent, weighted))
            splits.append(apart < own)
            best = 1 + np.minimum(apart, own)
            levels.append(counts)
        self.best, self.weighted = float(best[0]), float(weighted[0])
        self._descend(levels[::-1], splits[::-1])

    def _descend(self, levels: list[Counts], splits: list[NDArray[np.bool_]]) -> None:
        here = np.ones(1, bool)
        inner = 0
        for level, counts in enumerate(levels):
            ends = here & ~splits[level] if level < self.depth else here
            self.ml_bits += float(counts.ml_bits()[ends].sum())
            if ends.any():
                self.deepest = level
            if len(self.contexts) < _LISTED:
                listed = counts.contexts[ends][:_LISTED]
                self.contexts += [_digits(int(code), level, self.size) for code in listed]
            if level == self.depth:
                break
            goes_on = here & splits[level]
            inner += int(goes_on.sum())
            below = levels[level + 1]
            here = goes_on[np.searchsorted(counts.contexts, below.contexts // self.size)]
        self.leaves = inner * (self.size - 1) + 1


def _reversed_codes(symbols: NDArray[np.int64], depth: int, size: int) -> NDArray[np.int64]:
    n = max(symbols.size - depth, 0)
    codes = np.zeros(n, np.int64)
    for back in range(1, depth + 1):
        codes = codes * size + symbols[depth - back : depth - back + n]
    return codes * size + symbols[depth : depth + n]


def _merged(counts: Counts, size: int) -> Counts:
    """The counts of contexts one symbol shorter."""
    codes = (counts.contexts // size)[counts.owners] * size + counts.symbols
    distinct, places = np.unique(codes, return_inverse=True)
    pairs = np.bincount(places, counts.pairs).astype(np.int64)
    return grouped(distinct, pairs, size)


def _digits(code: int, length: int, size: int) -> list[int]:
    digits = []
    for _ in range(length):
        code, digit = divmod(code, size)
        digits.append(digit)
    return digits[::-1]
