"""How often the true number of clusters is found as rows grow, beside BIC and AIC."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from complexity.progress import progress as progress_bar
from mdl.clustering.candidates import Clusters
from mdl.clustering.tables import family_of

__all__ = ["Recovery", "recovery"]


@dataclass(frozen=True)
class Recovery:
    """How often each criterion found the true number.

    Attributes:
        sizes: (s,) numbers of rows.
        clusters: the true number.
        replicas: data sets per size.
        found: criterion -> (s, replicas) numbers found: "mdl", "bic", "aic".
    """

    sizes: tuple[int, ...]
    clusters: int
    replicas: int
    found: Mapping[str, NDArray[np.int64]]

    def shares(self, criterion: str) -> NDArray[np.float64]:
        """(s,) of the data sets where it found the truth."""
        return (self.found[criterion] == self.clusters).mean(1)

    def intervals(self, criterion: str) -> NDArray[np.float64]:
        """(s, 2) 95 % intervals of those shares (Wilson 1927)."""
        z, n, p = 1.959964, self.replicas, self.shares(criterion)
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return np.stack([middle - half, middle + half], 1)

    def to_dict(self) -> dict[str, Any]:
        """Shares and intervals as JSON values."""
        return {
            "sizes": list(self.sizes),
            "clusters": self.clusters,
            "replicas": self.replicas,
            "found": {
                name: {
                    "share": self.shares(name).tolist(),
                    "interval": self.intervals(name).tolist(),
                }
                for name in self.found
            },
        }


def recovery(
    sizes: Sequence[int] = (30, 60, 120, 240),
    *,
    clusters: int = 3,
    columns: int = 2,
    distance: float = 6.0,
    max_clusters: int = 6,
    replicas: int = 20,
    family: str = "diagonal",
    restarts: int = 5,
    seed: int = 0,
    progress: bool = True,
) -> Recovery:
    """Draw rows from spherical unit Gaussians on a line, and count clusters by MDL, BIC and AIC.

    BIC and AIC are of the mixture likelihood (labels summed out, by EM), as they are used.

    Args:
        sizes: numbers of rows.
        clusters: the true number; all equally likely.
        columns: of a row.
        distance: of neighbouring means, in deviations.
        max_clusters: the most tried.
        replicas: data sets per size.
        family: as for `cluster`.
        restarts: of every search.
        seed: of the data and the searches.
        progress: whether to show progress on a terminal.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """
    integer("replicas", replicas, 1)
    integer("clusters", clusters, 1)
    integer("max_clusters", max_clusters, 1)
    found = {name: np.zeros((len(sizes), replicas), np.int64) for name in ("mdl", "bic", "aic")}
    step = np.full(columns, distance / math.sqrt(columns))
    with progress_bar("clustering", len(sizes) * replicas, show=progress) as advance:
        for s, n in enumerate(sizes):
            for replica in range(replicas):
                rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(n, replica)))
                x = rng.normal(size=(n, columns)) + np.outer(rng.integers(0, clusters, n), step)
                rows, known = family_of(x, family)
                described = [
                    Clusters(k, known, restarts=restarts, seed=seed).describe(rows)
                    for k in range(1, max_clusters + 1)
                ]
                penalties = {"bic": math.log2(n) / 2, "aic": math.log2(math.e)}
                bits = {name: _penalised(described, each) for name, each in penalties.items()}
                bits["mdl"] = [each.total_bits for each in described]
                for name, values in bits.items():
                    found[name][s, replica] = 1 + int(np.argmin(values))
                advance()
    return Recovery(tuple(sizes), clusters, replicas, found)


def _penalised(described: list[Any], per_parameter: float) -> list[float]:
    return [each.fit["mixture_bits"] + each.parameters * per_parameter for each in described]
