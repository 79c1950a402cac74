"""Trees straight from distances: neighbour joining, and dendrograms by linkage."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.distances.matrix import DistanceMatrix, matrix_of
from complexity.distances.trees import Tree
from complexity.errors import one_of
from complexity.provenance import commit, versions

__all__ = ["METHODS", "Dendrogram", "linkage", "neighbour_joining"]

METHODS = ("average", "single", "complete", "weighted")
"""Linkages that take any distances."""


def neighbour_joining(matrix: DistanceMatrix) -> Tree:
    """The neighbour-joining tree, which for path lengths of a tree is that tree.

    Args:
        matrix: distances of at least 2 objects. Of equal candidates the first pair is joined.

    Returns:
        A binary tree with lengths in the unit of the distances; some may be negative where no tree
        has these distances.

    Raises:
        TypeError: `matrix` is no DistanceMatrix.
        ValueError: there are fewer than 2 objects.

    References:
        N. Saitou and M. Nei, The neighbor-joining method, Molecular Biology and Evolution 4(4),
        1987; J. Studier and K. Keppler, 5(6), 1988 (the O(n^3) form used here).
    """
    n = len(matrix_of(matrix, 2))
    d, nodes = matrix.values.copy(), list(range(n))
    edges: list[tuple[int, int]] = []
    lengths: list[float] = []
    while len(nodes) > 3:
        r = len(nodes)
        totals = d.sum(axis=0)
        q = (r - 2) * d - totals[:, None] - totals[None, :]
        np.fill_diagonal(q, np.inf)
        i, j = sorted(map(int, np.unravel_index(np.argmin(q), q.shape)))
        to_i = d[i, j] / 2 + (totals[i] - totals[j]) / (2 * (r - 2))
        new = max(n, max(nodes) + 1)
        edges += [(nodes[i], new), (nodes[j], new)]
        lengths += [float(to_i), float(d[i, j] - to_i)]
        d[i] = d[:, i] = (d[i] + d[j] - d[i, j]) / 2
        d[i, i] = 0.0
        nodes[i] = new
        d = np.delete(np.delete(d, j, 0), j, 1)
        del nodes[j]
    if len(nodes) == 2:
        return Tree(matrix.labels, ((0, 1),), (float(d[0, 1]),))
    centre = max(n, max(nodes) + 1)
    for a, b, c in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
        edges.append((nodes[a], centre))
        lengths.append(float(d[a, b] + d[a, c] - d[b, c]) / 2)
    return Tree(matrix.labels, tuple(edges), tuple(lengths))


@dataclass(frozen=True, eq=False)
class Dendrogram:
    """A rooted binary tree with heights.

    Attributes:
        labels: names of the n leaves.
        merges: (n - 1, 4) float64, SciPy's linkage matrix: the two clusters merged (leaves are 0 to
            n - 1, the k-th merge is cluster n + k), their distance, their size.
        method: the linkage.
        provenance: versions and commit.
    """

    labels: tuple[str, ...]
    merges: NDArray[np.float64]
    method: str
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Dendrogram({len(self.labels)} leaves, {self.method} linkage)"

    def order(self) -> list[str]:
        """The labels from top to bottom of the drawing."""
        from scipy.cluster.hierarchy import leaves_list

        return [self.labels[at] for at in leaves_list(self.merges)]

    def to_tree(self) -> Tree:
        """The unrooted tree; an edge is as long as the difference of heights / 2."""
        n = len(self.labels)
        heights = [0.0] * n + [float(merge[2]) / 2 for merge in self.merges]
        edges = [(int(m[side]), n + k) for k, m in enumerate(self.merges) for side in (0, 1)]
        lengths = [heights[up] - heights[down] for down, up in edges]
        one, other = edges[-2][0], edges[-1][0]  # the root is no node of an unrooted tree
        return Tree(
            self.labels,
            (*edges[:-2], (one, other)),
            (*lengths[:-2], lengths[-2] + lengths[-1]),
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "labels": list(self.labels),
            "method": self.method,
            "merges": self.merges.tolist(),
            "newick": self.to_tree().to_newick(),
            "provenance": dict(self.provenance),
        }

    def plot(self, path: str | os.PathLike[str] | None = None, *, title: str = "") -> Any:
        """Draw the dendrogram, leaves to the right.

        Args:
            path: where to save the figure, .png or .svg.
            title: above it.

        Returns:
            The matplotlib Figure.
        """
        from complexity.distances import _drawing

        return _drawing.dendrogram(self, path, title)


def linkage(matrix: DistanceMatrix, *, method: str = "average") -> Dendrogram:
    """Cluster by linkage (`scipy.cluster.hierarchy`), with the leaves in the best order.

    Args:
        matrix: distances of at least 2 objects.
        method: "average" (UPGMA), "single", "complete" or "weighted".

    Raises:
        TypeError: `matrix` is no DistanceMatrix.
        ValueError: the method is unknown, or there are fewer than 2 objects.
    """
    from scipy.cluster import hierarchy
    from scipy.spatial.distance import squareform

    one_of("method", method, METHODS)
    matrix_of(matrix, 2)
    condensed = squareform(np.maximum(matrix.values, 0.0))
    merges = hierarchy.linkage(condensed, method, optimal_ordering=len(matrix) <= 500)
    return Dendrogram(
        matrix.labels, merges, method, {"versions": versions("scipy"), "commit": commit()}
    )
