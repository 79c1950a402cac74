"""Unrooted trees with labelled leaves: splits, clades, paths, and how far two trees are apart."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import unknown
from complexity.files import write_atomically

__all__ = ["Tree", "robinson_foulds"]


@dataclass(frozen=True)
class Tree:
    """An unrooted tree. Nodes 0 to n - 1 are the leaves, in the order of `labels`; others follow.

    Attributes:
        labels: names of the n leaves, all different.
        edges: pairs of nodes; inner nodes have at least three neighbours.
        lengths: of the edges, in their order, in the unit of the distances; None for a tree of
            shape alone.

    Raises:
        ValueError: the edges are no such tree.
    """

    labels: tuple[str, ...]
    edges: tuple[tuple[int, int], ...]
    lengths: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        n = len(self.labels)
        if n < 1 or len(set(self.labels)) < n:
            raise ValueError("labels: accepted is at least one, all different")
        if self.lengths is not None and len(self.lengths) != len(self.edges):
            raise ValueError(f"lengths: got {len(self.lengths)} for {len(self.edges)} edges")
        nodes = {node for edge in self.edges for node in edge} | set(range(n))
        if nodes != set(range(len(nodes))) or len(self.edges) != len(nodes) - 1:
            raise ValueError("edges: accepted is a tree over the nodes 0, 1, 2, ...")
        if len(self._preorder) != len(nodes):
            raise ValueError("edges: the tree is not connected")
        for node, near in enumerate(self.neighbours):
            if (node < n and len(near) > 1) or (node >= n and len(near) < 3):
                raise ValueError(
                    f"edges: node {node} has {len(near)} neighbours; leaves have one, inner nodes "
                    "at least three"
                )

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """The neighbours of every node."""
        near: list[list[int]] = [[] for _ in range(len(self.edges) + 1)]
        for one, other in self.edges:
            near[one].append(other)
            near[other].append(one)
        return tuple(map(tuple, near))

    @cached_property
    def _preorder(self) -> tuple[tuple[int, int], ...]:
        """(node, parent) from the leaf with the smallest label outward; its own parent is -1."""
        start = min(range(len(self.labels)), key=self.labels.__getitem__)
        found, stack, seen = [], [(start, -1)], set()
        while stack:
            node, parent = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            found.append((node, parent))
            stack += [(other, node) for other in self.neighbours[node] if other != parent]
        return tuple(found)

    def splits(self, *, trivial: bool = False) -> dict[frozenset[str], float]:
        """What every edge separates: the labels beyond it -> its length (NaN without lengths).

        Of the two sides the one without the smallest label is given, so splits of trees over the
        same labels can be compared.

        Args:
            trivial: whether to include one leaf from all others, a split that every tree has.
        """
        beyond: list[frozenset[str]] = [frozenset()] * (len(self.edges) + 1)
        lengths = self._edge_lengths
        found = {}
        for node, parent in reversed(self._preorder[1:]):
            own = {self.labels[node]} if node < len(self.labels) else set()
            children = [other for other in self.neighbours[node] if other != parent]
            beyond[node] = frozenset(own).union(*(beyond[child] for child in children))
            if trivial or 1 < len(beyond[node]) < len(self.labels) - 1:
                found[beyond[node]] = lengths[frozenset((node, parent))]
        return found

    def is_clade(self, labels: Iterable[str]) -> bool:
        """Whether one edge separates exactly these leaves from all others.

        Raises:
            ValueError: no label is given, or one is not in the tree.
        """
        wanted = frozenset(labels)
        for label in sorted(wanted):
            if label not in self.labels:
                raise unknown("labels", label, self.labels)
        if not wanted:
            raise ValueError("labels: got none, accepted is at least one")
        every = frozenset(self.labels)
        if wanted == every:
            return True
        sides = self.splits(trivial=True)
        return wanted in sides or every - wanted in sides

    def path_lengths(self) -> NDArray[np.float64]:
        """Lengths (n, n) of the paths between leaves; edges without lengths count 1."""
        n = len(self.labels)
        lengths = self._edge_lengths
        found = np.zeros((n, n))
        for leaf in range(n):
            stack = [(leaf, -1, 0.0)]
            while stack:
                node, parent, so_far = stack.pop()
                if node < n:
                    found[leaf, node] = so_far
                for other in self.neighbours[node]:
                    if other != parent:
                        step = lengths[frozenset((node, other))] if self.lengths else 1.0
                        stack.append((other, node, so_far + step))
        return (found + found.T) / 2

    @cached_property
    def _edge_lengths(self) -> dict[frozenset[int], float]:
        lengths = self.lengths or (float("nan"),) * len(self.edges)
        return {frozenset(edge): length for edge, length in zip(self.edges, lengths, strict=True)}

    def to_newick(self) -> str:
        """The tree in Newick's format, the same text for the same tree."""
        from complexity.distances.newick import write_newick

        return write_newick(self)

    def to_dict(self) -> dict[str, Any]:
        """Labels and Newick text as JSON values."""
        return {"labels": list(self.labels), "newick": self.to_newick()}

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write Newick text to a .nwk file, whole or not at all.

        Raises:
            ValueError: the path does not end in .nwk, .newick, .tree or .tre.
            OSError: the folder is missing or cannot be written.
        """
        if Path(path).suffix.lower() not in (".nwk", ".newick", ".tree", ".tre"):
            raise ValueError(
                f"path: got {os.fspath(path)!r}, accepted is a name in .nwk, .newick, .tree or .tre"
            )
        return write_atomically(path, (self.to_newick() + "\n").encode("utf-8"))

    def plot(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        title: str = "",
        lengths: bool = True,
    ) -> Any:
        """Draw the tree unrooted, by Felsenstein's equal-angle layout.

        Args:
            path: where to save the figure, .png or .svg.
            title: above the tree.
            lengths: whether to draw edges as long as they are (negative ones as 0); else, and where
                there are none, equally long. Distances that are nearly all the same, as most by
                compression are, make a star of the former.

        Returns:
            The matplotlib Figure.
        """
        from complexity.distances import _drawing

        shape = self if lengths else Tree(self.labels, self.edges)
        return _drawing.unrooted(shape, path, title)


def robinson_foulds(one: Tree, other: Tree) -> int:
    """The number of splits that only one of two trees has.

    Raises:
        ValueError: the trees have different leaves.

    References:
        D. Robinson and L. Foulds, Comparison of phylogenetic trees, Mathematical Biosciences 53,
        1981.
    """
    if set(one.labels) != set(other.labels):
        lone = sorted(set(one.labels) ^ set(other.labels))[0]
        raise ValueError(f"trees: only one of them has the leaf {lone!r}")
    return len(one.splits().keys() ^ other.splits().keys())
