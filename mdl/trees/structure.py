"""A decision tree, and the code of its structure to a receiver who has the attributes.

From the root, left branches first:

=========  ========================================================================================
of a node  bits
=========  ========================================================================================
kind       1, leaf or split; none where no attribute has two values, or at the greatest depth
attribute  log2 of the number of attributes with at least two values among the node's rows
threshold  log2 of the number of places between neighbouring values of that attribute there
=========  ========================================================================================

A leaf has probability 1/2 at every node, as the corrected coding has it for a binary tree, not the
uniform code over trees of a given size. Rows with a value of at most the threshold go left; it is
the middle of the two values. No row, or equal rows, are a leaf of 0 bits.

References:
    J. R. Quinlan and R. L. Rivest, Inferring decision trees using the minimum description length
        principle, Information and Computation 80(3), 1989.
    C. S. Wallace and J. D. Patrick, Coding decision trees, Machine Learning 11, 1993: the
        correction.
    M. Mehta, J. Rissanen and R. Agrawal, MDL-based decision tree pruning, KDD 1995.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mdl.trees.leaves import Leaves, attributes

__all__ = ["DecisionTree", "places", "threshold_of", "tree_bits", "usable"]


@dataclass(frozen=True)
class DecisionTree:
    """A leaf, or a split and two trees.

    Attributes:
        counts: (K,) labels of the rows that were seen here.
        attribute: column that is compared, -1 in a leaf.
        threshold: at most this goes left; NaN in a leaf.
        left: tree, None in a leaf.
        right: tree, None in a leaf.
    """

    counts: tuple[int, ...]
    attribute: int = -1
    threshold: float = math.nan
    left: DecisionTree | None = None
    right: DecisionTree | None = None

    @property
    def is_leaf(self) -> bool:
        """Whether it splits nothing."""
        return self.attribute < 0

    @property
    def leaves(self) -> int:
        """Number of leaves."""
        return sum(node.is_leaf for node in self.nodes())

    @property
    def depth(self) -> int:
        """Splits on the longest way to a leaf."""
        if self.left is None or self.right is None:
            return 0
        return 1 + max(self.left.depth, self.right.depth)

    def nodes(self) -> Iterator[DecisionTree]:
        """All nodes, a node before its left, its left before its right tree."""
        yield self
        for below in (self.left, self.right):
            if below is not None:
                yield from below.nodes()

    def probabilities(self, x: Any) -> NDArray[np.float64]:
        """(n, K) chances of labels of rows (n, m): (count + 1/2) / (total + K/2) of their leaf.

        Raises:
            TypeError, ValueError: `x` is no table of finite numbers.
        """
        rows = attributes("x", x)
        out = np.empty((len(rows), len(self.counts)))
        self._fill(rows, np.arange(len(rows)), out)
        return out

    def _fill(self, x: NDArray[np.float64], rows: NDArray[np.int64], out: Any) -> None:
        if self.left is None or self.right is None:
            counts = np.array(self.counts) + 0.5
            out[rows] = counts / counts.sum()
            return
        low = x[rows, self.attribute] <= self.threshold
        self.left._fill(x, rows[low], out)
        self.right._fill(x, rows[~low], out)

    def __str__(self) -> str:
        return "\n".join(self._lines(""))

    def _lines(self, indent: str) -> Iterator[str]:
        if self.left is None or self.right is None:
            yield f"{indent}labels {list(self.counts)}"
            return
        for sign, below in (("<=", self.left), (">", self.right)):
            yield f"{indent}x[{self.attribute}] {sign} {self.threshold:g}:"
            yield from below._lines(indent + "  ")

    def to_dict(self) -> dict[str, Any]:
        """Nested JSON values."""
        if self.left is None or self.right is None:
            return {"counts": list(self.counts)}
        return {
            "counts": list(self.counts),
            "attribute": self.attribute,
            "threshold": self.threshold,
            "left": self.left.to_dict(),
            "right": self.right.to_dict(),
        }


def usable(x: NDArray[np.float64]) -> NDArray[np.int64]:
    """The columns of rows (n, m) that have at least two values."""
    return np.flatnonzero(np.any(x != x[:1], axis=0)) if len(x) else np.zeros(0, np.int64)


def places(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The different values, ascending, -0 and 0 as one; a place lies after all but the last."""
    return np.unique(values + 0.0)


def threshold_of(values: NDArray[np.float64], place: int) -> float:
    """The middle of two neighbouring values, or the lower where no float is between them."""
    low, high = float(values[place]), float(values[place + 1])
    middle = low / 2 + high / 2
    return middle if low <= middle < high else low


def tree_bits(
    tree: DecisionTree,
    x: NDArray[np.float64],
    y: NDArray[np.int64],
    *,
    alphabet_size: int,
    max_depth: int,
    version: str = "nml",
) -> tuple[float, float]:
    """Bits of the structure, and of the labels in the leaves, given the attributes.

    Args:
        tree: whose splits are used; its counts are not.
        x: (n, m) attributes.
        y: (n,) labels.
        alphabet_size: of labels.
        max_depth: a node so deep is a leaf, for nothing.
        version: of the leaves' code, "nml" or "bayes".

    Raises:
        ValueError: a threshold is not among a node's places, or the tree is too deep.
    """
    leaves = Leaves(alphabet_size, len(y), version)

    def below(node: DecisionTree, rows: NDArray[np.int64], depth: int) -> tuple[float, float]:
        here = x[rows]
        columns = usable(here) if depth < max_depth else np.zeros(0, np.int64)
        if node.left is None or node.right is None:
            counts = np.bincount(y[rows], minlength=alphabet_size)
            return float(columns.size > 0), float(leaves.bits(counts))
        values = places(here[:, node.attribute])
        known = [threshold_of(values, place) for place in range(values.size - 1)]
        if node.attribute not in columns or node.threshold not in known:
            raise ValueError(f"tree: x[{node.attribute}] <= {node.threshold} is no split there")
        low = here[:, node.attribute] <= node.threshold
        parts = [
            below(node.left, rows[low], depth + 1),
            below(node.right, rows[~low], depth + 1),
        ]
        own = 1 + math.log2(columns.size) + math.log2(len(known))
        return own + parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]

    return below(tree, np.arange(len(y)), 0)
