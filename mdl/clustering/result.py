"""`mdl.cluster`: the number of clusters by the fewest bits in all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from complexity.figures import new_figure, save_figure
from complexity.files import save_json
from mdl.clustering.candidates import Clusters
from mdl.clustering.families import Family
from mdl.clustering.tables import family_of
from mdl.selection import Selection, select

__all__ = ["Clustering", "cluster"]


@dataclass(frozen=True)
class Clustering:
    """The partition of rows that was found to take the fewest bits: an upper bound of the least.

    Attributes:
        x: (n, m) the rows.
        labels: (n,) int64, numbered from 0 by their first rows.
        selection: every number of clusters, its bits and criteria.
        provenance: family and its domain, restarts, seed.
    """

    x: NDArray[Any]
    labels: NDArray[np.int64]
    selection: Selection
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def clusters(self) -> int:
        """How many have rows."""
        return int(self.labels.max()) + 1

    @property
    def bits(self) -> float:
        """Of rows and labels, with the choice of the number among those tried."""
        return self.selection.bits

    @property
    def counts(self) -> NDArray[np.int64]:
        """(clusters,) rows in each."""
        return np.bincount(self.labels)

    def __repr__(self) -> str:
        return (
            f"Clustering({len(self.labels)} rows in {self.clusters} clusters of "
            f"{', '.join(map(str, self.counts))}; {self.bits:.1f} bits)"
        )

    def to_dict(self) -> dict[str, Any]:
        """All but the rows, as JSON values."""
        return {
            "clusters": self.clusters,
            "bits": self.bits,
            "counts": self.counts.tolist(),
            "labels": self.labels.tolist(),
            "selection": self.selection.to_dict(),
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_dict` as .json, whole or not at all.

        Raises:
            ValueError: the path does not end in .json.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        columns: tuple[str, ...] | None = None,
    ) -> Any:
        """Bits against the number of clusters, and the clusters in the two columns where they are
        furthest apart.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.
            columns: names for the axes.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(10, 4))
        left, right = figure.subplots(1, 2)
        self._plot_bits(left)
        self._plot_rows(right, columns or tuple(f"column {j}" for j in range(self.x.shape[1])))
        return save_figure(figure, path)

    def _plot_bits(self, axes: Any) -> None:
        described = [row.description for row in self.selection.rows]
        order = np.argsort([len(each.fit["counts"]) for each in described])
        number = np.array([len(described[i].fit["counts"]) for i in order])
        for label, column in (("total", "total_bits"), ("data", "data_bits")):
            bits = np.array([getattr(described[i], column) for i in order])
            there = np.isfinite(bits)
            axes.plot(number[there], bits[there], "o-", label=label)
        best = self.selection.best.description
        axes.plot(len(best.fit["counts"]), best.total_bits, "k*", ms=14, label="least")
        axes.set(xlabel="clusters", ylabel="bits", xticks=number)
        axes.legend()

    def _plot_rows(self, axes: Any, names: tuple[str, ...]) -> None:
        pair = _telling(self.x, self.labels)
        across = self.x[:, pair[0]]
        up = self.x[:, pair[1]] if len(pair) > 1 else np.arange(len(self.x))
        for number in range(self.clusters):
            here = self.labels == number
            axes.plot(across[here], up[here], ".", color=f"C{number % 10}")
        axes.set_xlabel(names[pair[0]], parse_math=False)
        axes.set_ylabel(names[pair[1]] if len(pair) > 1 else "row", parse_math=False)
        axes.set_title(f"{self.clusters} cluster{'s' * (self.clusters > 1)}, {self.bits:.0f} bits")


def _telling(x: NDArray[Any], labels: NDArray[np.int64]) -> list[int]:
    """The two columns in which clusters explain most of the variance; a column if there is one."""
    total = np.maximum(x.var(0), 1e-300)
    within = sum(x[labels == c].var(0) * np.mean(labels == c) for c in np.unique(labels))
    return sorted(np.argsort(within / total, kind="stable")[:2].tolist())


def cluster(
    x: Any,
    *,
    max_clusters: int = 10,
    family: str | Family = "diagonal",
    restarts: int = 10,
    seed: int = 0,
    folds: int = 0,
    progress: bool = True,
) -> Clustering:
    """The number of clusters, and the partition, that describe rows in the fewest bits.

    Args:
        x: (n, m) finite real numbers (n at least 2, no constant column), or natural numbers for
            categorical columns.
        max_clusters: the most that are tried, 1..max_clusters, and at most n.
        family: "diagonal" (Gaussian NML, deviations at least a stated least), "renormalised"
            (Gaussian, its range normalised once more), "full" (Gaussian with covariances),
            "categorical", or a `Family` with its domain.
        restarts: of the search for every number.
        seed: of the search.
        folds: of cross-validation beside, 0 for none.
        progress: whether to show progress on a terminal.

    Returns:
        The partition and the table over numbers of clusters.

    Raises:
        TypeError: `x` holds other than real numbers (integers).
        ValueError: NaN, infinities, too few rows, a constant column, an unknown family, or no
            partition is in the family's domain.

    Example:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> x = np.concatenate([rng.normal(0, 1, (50, 2)), rng.normal(9, 1, (50, 2))])
        >>> cluster(x, max_clusters=4).clusters
        2
    """
    integer("max_clusters", max_clusters, 1, 1000)
    rows, known = family_of(x, family)
    if not len(rows):
        raise ValueError("x: got no rows, accepted is at least one")
    numbers = range(1, min(max_clusters, len(rows)) + 1)
    candidates = [Clusters(k, known, restarts=restarts, seed=seed) for k in numbers]
    if not any(np.isfinite(each.describe(rows).total_bits) for each in candidates):
        raise ValueError(f"x: no partition is in the domain of {known!r}; use family='diagonal'")
    described = select(candidates, rows, folds=folds, seed=seed, progress=progress)
    best = described.best.description
    told = {"family": repr(known), "restarts": restarts, "seed": seed}
    return Clustering(rows, best.fit["labels"], described, told)
