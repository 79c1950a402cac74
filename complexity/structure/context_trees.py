"""Context trees as models: the tree in one bit a node, the string by estimates in its leaves.

A leaf is the set of pasts that end alike; a tree's code is a bit for every node above the greatest
depth: leaf or not (the natural code: its probability is context-tree weighting's prior). The bits
that follow a leaf's context have the probability of the Krichevsky-Trofimov estimator, so all
parameters are paid for in the data bits. Contexts are written from the bit before on backwards:
"01" says that the last bit was 0 and the one before it 1. The past of the string is zeros.

References:
    P. A. J. Volf and F. M. J. Willems, Context maximizing: finding MDL decision trees, Benelux
        Symposium on Information Theory, 1994; the same, A study of the context tree maximizing
        method, 1995: P_m = max(P_e / 2, P_m0 P_m1 / 2).
    F. M. J. Willems, Y. M. Shtarkov and T. J. Tjalkens, The context-tree weighting method: basic
        properties, IEEE Trans. Inf. Theory 41(3), 1995: the natural code.
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

__all__ = ["MAX_FRONTIER_DEPTH", "MAX_MAP_DEPTH", "ContextTrees", "TreeModel", "map_tree"]

MAX_MAP_DEPTH = 16
"""The deepest tree of the recursion."""
MAX_FRONTIER_DEPTH = 10
"""The deepest tree of the frontier: work quadratic in 2^depth."""


@dataclass(frozen=True)
class TreeModel:
    """A context tree and its two parts.

    Attributes:
        leaves: the contexts, the last bit first, in dictionary order; ("",) without memory.
        model_bits: one for every node above the greatest depth.
        data_bits: of the string, by the Krichevsky-Trofimov estimator in every leaf.
    """

    leaves: tuple[str, ...]
    model_bits: int
    data_bits: float

    @property
    def total_bits(self) -> float:
        """Length of the two-part codeword, in bits."""
        return self.model_bits + self.data_bits

    def to_dict(self) -> dict[str, Any]:
        """All fields, and the total, as JSON values."""
        return {
            "leaves": list(self.leaves),
            "model_bits": self.model_bits,
            "data_bits": self.data_bits,
            "total_bits": self.total_bits,
        }


def map_tree(x: BitsLike, *, depth: int = 8) -> TreeModel:
    """The tree with the fewest bits in all, the maximum a posteriori tree; of equals the smaller.

    Args:
        x: a bit string.
        depth: bits of context at most, 0 to 16.

    Raises:
        TypeError: `x` is no bit string, or the depth no integer.
        ValueError: one of them is out of range.

    Example:
        >>> map_tree("10" * 20, depth=3).leaves
        ('0', '1')
    """
    data = as_bits("x", x)
    depth = integer("depth", depth, 0, MAX_MAP_DEPTH)
    estimates = _estimates(data, depth)
    best = estimates[depth]
    splits: list[NDArray[np.bool_]] = []  # per depth from the greatest up: whether a node splits
    for level in range(depth - 1, -1, -1):
        apart = best[: 1 << level] + best[1 << level :]
        splits.append(apart < estimates[level])
        best = 1 + np.minimum(apart, estimates[level])
    splits.reverse()
    leaves, stack, nodes = [], [(0, 0)], 0
    while stack:
        level, node = stack.pop()
        nodes += level < depth
        if level < depth and splits[level][node]:
            stack += [(level + 1, node + (1 << level)), (level + 1, node)]
        else:
            leaves.append((level, node))
    bits = float(sum(estimates[level][node] for level, node in leaves))
    return TreeModel(tuple(_context(level, node) for level, node in leaves), nodes, bits)


@dataclass(frozen=True)
class ContextTrees:
    """Context trees of bounded depth: for every number of model bits the best tree, exactly.

    The frontier is by dynamic programming: the least data bits of a subtree of m bits are those of
    its leaf (m = 1) or the least over m = 1 + m0 + m1 of its children's.

    Args:
        depth: bits of context at most, 0 to 10.

    Raises:
        TypeError: the depth is no integer.
        ValueError: it is out of range.
    """

    depth: int = 6

    def __post_init__(self) -> None:
        integer("depth", self.depth, 0, MAX_FRONTIER_DEPTH)

    @property
    def name(self) -> str:
        """The class by name."""
        return f"context trees to depth {self.depth}"

    def models(self, x: BitsLike) -> tuple[Model, ...]:
        """The best tree of every number of bits.

        Raises:
            TypeError: `x` is no bit string.
            ValueError: it holds other than 0 and 1, or is too long.
        """
        return tuple(
            Model(self.name, _words(tree), float(tree.model_bits), tree.data_bits)
            for tree in self.trees(x)
        )

    def trees(self, x: BitsLike) -> tuple[TreeModel, ...]:
        """The best tree of every number of bits that some tree has, by growing bits.

        Raises:
            TypeError: `x` is no bit string.
            ValueError: it holds other than 0 and 1, or is too long.
        """
        estimates = _estimates(as_bits("x", x), self.depth)
        table = [[np.array([bits]) for bits in estimates[self.depth]]]
        choices: list[list[NDArray[np.int64]]] = []
        for level in range(self.depth - 1, -1, -1):
            below, pairs = table[-1], range(1 << level)
            merged = [_least_sums(below[node], below[node + (1 << level)]) for node in pairs]
            bits = [np.append(np.inf, least) for least, _ in merged]
            for node in pairs:  # the leaf takes one bit; children at the greatest depth none
                if estimates[level][node] <= bits[node][1:2].min(initial=np.inf):
                    bits[node][1] = estimates[level][node]
                    merged[node][1][0] = -1
            table.append(bits)
            choices.append([choice for _, choice in merged])
        table.reverse()
        choices.reverse()
        root = table[0][0]
        return tuple(
            self._tree(choices, size, float(root[size]))
            for size in range(root.size)
            if np.isfinite(root[size])
        )

    def _tree(self, choices: list[list[NDArray[np.int64]]], size: int, bits: float) -> TreeModel:
        leaves, stack = [], [(0, 0, size)]
        while stack:
            level, node, spent = stack.pop()
            if level == self.depth or choices[level][node][spent - 1] < 0:
                leaves.append(_context(level, node))
                continue
            left = int(choices[level][node][spent - 1])
            stack.append((level + 1, node + (1 << level), spent - 1 - left))
            stack.append((level + 1, node, left))
        return TreeModel(tuple(leaves), size, bits)


def _estimates(data: NDArray[np.uint8], depth: int) -> list[NDArray[np.float64]]:
    """Per level (2^level,): bits after each context, which counts from the last bit, 2^0, back."""
    from scipy.special import gammaln

    padded = np.concatenate([np.zeros(depth, np.uint8), data])
    contexts = np.zeros(data.size, np.int64)
    for back in range(depth):
        contexts += padded[depth - 1 - back : padded.size - 1 - back].astype(np.int64) << back
    counts = np.bincount(2 * contexts + data, minlength=2 << depth).reshape(-1, 2)
    levels = []
    for _ in range(depth + 1):
        half = gammaln(counts + 0.5).sum(axis=1) - math.log(math.pi)
        levels.append((gammaln(counts.sum(axis=1) + 1.0) - half) / math.log(2))
        size = len(counts) // 2
        counts = counts[:size] + counts[size:]
    return levels[::-1]


def _least_sums(
    a: NDArray[np.float64], b: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The least a[i] + b[m - i] for every m, and that i."""
    least = np.full(a.size + b.size - 1, np.inf)
    choice = np.zeros(least.size, np.int64)
    for i in np.flatnonzero(np.isfinite(a)):
        sums, window = a[i] + b, slice(i, i + b.size)
        better = sums < least[window]
        least[window][better] = sums[better]
        choice[window][better] = i
    return least, choice


def _context(level: int, node: int) -> str:
    return "".join(str(node >> back & 1) for back in range(level))


def _words(tree: TreeModel) -> str:
    if len(tree.leaves) > 8:
        return f"tree of {len(tree.leaves)} leaves"
    return f"tree {{{','.join(tree.leaves)}}}" if tree.leaves != ("",) else "tree without memory"
