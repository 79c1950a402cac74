"""Growing a tree greedily, then pruning it optimally.

A node is split where the structure's bits and both sides' labels as leaves are fewest, even if that
is more than a leaf takes: what lies below may pay. From the leaves up, a split then stays where it
and the trees below it take fewer bits than a leaf. Of all subtrees with the same root that gives
the one of fewest bits, because the bits of a node depend on nothing outside it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.trees.leaves import Leaves, labelled
from mdl.trees.structure import DecisionTree, places, threshold_of, usable

__all__ = ["MAX_DEPTH", "grow_tree", "prune_tree"]

MAX_DEPTH = 64
"""The greatest depth that can be asked for."""


def grow_tree(
    x: Any,
    y: Any,
    *,
    alphabet_size: int | None = None,
    max_depth: int = 16,
    version: str = "nml",
    pruned: bool = True,
) -> DecisionTree:
    """A tree that describes labels given attributes in few bits: an upper bound of the fewest.

    Args:
        x: (n, m) finite attributes.
        y: (n,) labels, integers from 0.
        alphabet_size: number of labels that may occur, the largest in `y` plus 1 if None.
        max_depth: 0 to 64.
        version: of the leaves' code, "nml" or "bayes".
        pruned: whether to prune; else it is as grown, to pure leaves or the depth.

    Returns:
        The tree. n = 0 and n = 1 give a leaf.

    Raises:
        TypeError, ValueError: an argument is outside what is accepted.

    Example:
        >>> x = np.arange(40.0).reshape(-1, 1)
        >>> print(grow_tree(x, (x[:, 0] > 24.2).astype(int)))
        x[0] <= 24.5:
          labels [25, 0]
        x[0] > 24.5:
          labels [0, 15]
    """
    rows, labels, size = labelled(x, y, alphabet_size)
    integer("max_depth", max_depth, 0, MAX_DEPTH)
    leaves = Leaves(size, len(labels), version)
    tree = _grown(rows, labels, np.eye(size, dtype=np.int64), leaves, max_depth)
    return prune_tree(tree, rows, version=version, max_depth=max_depth) if pruned else tree


def prune_tree(
    tree: DecisionTree, x: NDArray[np.float64], *, version: str, max_depth: int
) -> DecisionTree:
    """The subtree with the same root of fewest bits.

    Args:
        tree: as grown on rows `x` (n, m), with the counts of their labels.
        x: the rows.
        version: of the leaves' code.
        max_depth: of the structure's code.
    """
    leaves = Leaves(len(tree.counts), sum(tree.counts), version)
    return _pruned(tree, x, leaves, max_depth)[0]


def _grown(
    x: NDArray[np.float64],
    y: NDArray[np.int64],
    indicator: NDArray[np.int64],
    leaves: Leaves,
    depth_left: int,
) -> DecisionTree:
    counts = np.bincount(y, minlength=len(indicator))
    leaf = DecisionTree(tuple(counts.tolist()))
    if not depth_left or np.count_nonzero(counts) < 2:
        return leaf
    best = (math.inf, -1, math.nan)
    for column in usable(x).tolist():
        order = np.argsort(x[:, column], kind="stable")
        values = x[order, column]
        ends = np.flatnonzero(values[1:] != values[:-1])
        low = np.cumsum(indicator[y[order]], axis=0)[ends]  # (places, K)
        bits = leaves.bits(low) + leaves.bits(counts - low)
        place = int(bits.argmin())
        total = float(bits[place]) + math.log2(ends.size)
        if total < best[0] - 1e-12:
            best = (total, column, threshold_of(places(values), place))
    if best[1] < 0:
        return leaf
    low = x[:, best[1]] <= best[2]
    return DecisionTree(
        leaf.counts,
        best[1],
        best[2],
        _grown(x[low], y[low], indicator, leaves, depth_left - 1),
        _grown(x[~low], y[~low], indicator, leaves, depth_left - 1),
    )


def _pruned(
    tree: DecisionTree, x: NDArray[np.float64], leaves: Leaves, depth_left: int
) -> tuple[DecisionTree, float]:
    columns = usable(x) if depth_left else x[:0]
    alone = float(leaves.bits(np.array(tree.counts))) + (len(columns) > 0)
    leaf = DecisionTree(tree.counts)
    if tree.left is None or tree.right is None:
        return leaf, alone
    values = x[:, tree.attribute]
    own = 1 + math.log2(len(columns)) + math.log2(places(values).size - 1)
    low = values <= tree.threshold
    left, left_bits = _pruned(tree.left, x[low], leaves, depth_left - 1)
    right, right_bits = _pruned(tree.right, x[~low], leaves, depth_left - 1)
    total = own + left_bits + right_bits
    if alone <= total:
        return leaf, alone
    return DecisionTree(tree.counts, tree.attribute, tree.threshold, left, right), total
