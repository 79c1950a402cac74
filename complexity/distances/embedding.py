"""Distances as points: classical multidimensional scaling."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.distances.matrix import DistanceMatrix, matrix_of
from complexity.errors import integer
from complexity.provenance import commit, versions

__all__ = ["Embedding", "classical_mds"]


@dataclass(frozen=True, eq=False)
class Embedding:
    """Points whose Euclidean distances come near to given ones.

    Attributes:
        labels: names of the n points.
        points: (n, dimensions) float64, centred, in the unit of the distances.
        stress: Kruskal's stress 1, the root of sum (d - d')^2 / sum d^2 over pairs: 0 if the points
            have exactly the distances d.
        eigenvalues: (n,) of the centred matrix, largest first; negative ones say how far the
            distances are from Euclidean.
        provenance: versions and commit.
    """

    labels: tuple[str, ...]
    points: NDArray[np.float64]
    stress: float
    eigenvalues: NDArray[np.float64]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        n, dimensions = self.points.shape
        return f"Embedding({n} points in {dimensions} dimensions, stress {self.stress:.4f})"

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "labels": list(self.labels),
            "points": self.points.tolist(),
            "stress": self.stress,
            "eigenvalues": self.eigenvalues.tolist(),
            "provenance": dict(self.provenance),
        }

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """A map of the first two dimensions.

        Args:
            path: where to save the figure, .png or .svg.

        Returns:
            The matplotlib Figure.
        """
        from complexity.distances import _drawing

        return _drawing.scatter(self, path)


def classical_mds(matrix: DistanceMatrix, *, dimensions: int = 2) -> Embedding:
    """Classical scaling: the eigenvectors of the doubly centred squared distances.

    Args:
        matrix: distances of n objects.
        dimensions: from 1 to n - 1. Directions with negative eigenvalues get coordinates 0.

    Returns:
        Points with the signs fixed (the largest coordinate of each dimension is positive).

    Raises:
        TypeError: `matrix` is no DistanceMatrix.
        ValueError: there are fewer than 2 objects, or `dimensions` is out of range.

    References:
        W. Torgerson, Multidimensional scaling: I. Theory and method, Psychometrika 17, 1952.
        J. Kruskal, Multidimensional scaling by optimizing goodness of fit, Psychometrika 29, 1964
        (the stress).
    """
    n = len(matrix_of(matrix, 2))
    integer("dimensions", dimensions, 1, n - 1)
    d = np.array(matrix.values)
    centring = np.eye(n) - 1.0 / n
    values, vectors = np.linalg.eigh(-0.5 * centring @ (d * d) @ centring)
    values, vectors = values[::-1].copy(), vectors[:, ::-1]
    points = vectors[:, :dimensions] * np.sqrt(np.maximum(values[:dimensions], 0.0))
    peaks = points[np.argmax(np.abs(points), axis=0), np.arange(dimensions)]
    points = points * np.where(peaks < 0, -1.0, 1.0)
    gaps = np.linalg.norm(points[:, None] - points[None], axis=-1)
    scale = float((d * d).sum())
    stress = float(np.sqrt(((d - gaps) ** 2).sum() / scale)) if scale else 0.0
    provenance = {"versions": versions("numpy"), "commit": commit()}
    return Embedding(matrix.labels, points, stress, values, provenance)
