"""How often the true number of clusters is found as rows grow, beside BIC, ICL, AIC and CV.

MDL is of rows *and* labels, every row in one cluster. Where components of a mixture overlap, labels
cost more than the narrower clusters save: then it finds fewer, however many rows there are, and so
does ICL, its asymptotic form. BIC, AIC and cross-validation are of the mixture's likelihood.

References:
    C. Biernacki, G. Celeux and G. Govaert, Assessing a mixture model for clustering with the
        integrated completed likelihood, IEEE Trans. Pattern Anal. Mach. Intell. 22(7), 2000.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from mdl.clustering.candidates import Clusters
from mdl.clustering.tables import checked_family, family_of
from mdl.consistency import Consistency, checked_sizes, from_choices, stream
from mdl.families._family import as_scale

__all__ = ["recovery"]


def recovery(
    sizes: Sequence[int] = (30, 60, 120, 240),
    *,
    clusters: int = 3,
    columns: int = 2,
    distance: float = 6.0,
    max_clusters: int = 6,
    replicas: int = 20,
    folds: int = 0,
    family: str = "diagonal",
    restarts: int = 5,
    seed: int = 0,
    progress: bool = True,
) -> Consistency:
    """Draw rows from spherical unit Gaussians on a line, and count clusters.

    Args:
        sizes: numbers of rows.
        clusters: the true number; all equally likely.
        columns: of a row.
        distance: of neighbouring means, in deviations.
        max_clusters: the most tried.
        replicas: data sets per size.
        folds: of cross-validation, 0 for none.
        family: as for `cluster`.
        restarts: of every search.
        seed: of the data and the searches.
        progress: whether to show progress on a terminal.

    Returns:
        Numbers by "nml", of rows and labels; by "bic", "aic" and "cv", of the mixture's likelihood
        (labels summed out, by EM), as they are used; and by "icl", BIC of rows and labels.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """
    integer("replicas", replicas, 1)
    integer("clusters", clusters, 1)
    integer("columns", columns, 1)
    integer("max_clusters", max_clusters, clusters)
    integer("folds", folds, 0)
    integer("seed", seed, 0)
    checked_family(family)
    if folds == 1:
        raise ValueError("folds: got 1, accepted is 0 or at least 2")
    as_scale("distance", distance)
    numbers = checked_sizes("sizes", sizes, max(2 * max_clusters, 2 * folds))
    criteria = ("nml", "bic", "icl", "aic", *(("cv",) if folds else ()))
    chosen = {name: np.zeros((len(numbers), replicas), np.int64) for name in criteria}
    step = np.full(columns, distance / math.sqrt(columns))
    with progress_bar("clusters", len(numbers) * replicas, show=progress) as advance:
        for at, n in enumerate(numbers):
            for replica in range(replicas):
                rng = stream(seed, n, replica)
                x = rng.normal(size=(n, columns)) + np.outer(rng.integers(0, clusters, n), step)
                rows, known = family_of(x, family)
                tried = [
                    Clusters(k, known, restarts=restarts, seed=seed)
                    for k in range(1, max_clusters + 1)
                ]
                for name, bits in _scores(tried, rows, folds).items():
                    chosen[name][at, replica] = 1 + int(np.argmin(bits))
                advance()
    made = {
        "columns": columns,
        "distance": float(distance),
        "max_clusters": max_clusters,
        "folds": folds,
        "family": family,
        "restarts": restarts,
        "seed": seed,
        "versions": versions("numpy", "scipy"),
        "commit": commit(),
    }
    return from_choices("number of clusters", clusters, numbers, chosen, made)


def _scores(tried: list[Clusters], rows: NDArray[Any], folds: int) -> dict[str, list[float]]:
    described = [each.describe(rows) for each in tried]
    mixtures = [(each.fit["mixture_bits"], each.parameters) for each in described]
    scores = {
        "nml": [each.total_bits for each in described],
        "icl": [each.bic_bits for each in described],
        "bic": [bits + free / 2 * math.log2(len(rows)) for bits, free in mixtures],
        "aic": [bits + free * math.log2(math.e) for bits, free in mixtures],
    }
    if folds:
        fold = np.arange(len(rows)) % folds  # rows are independent: any split is a random one
        scores["cv"] = [
            sum(each.heldout_bits(rows[fold != f], rows[fold == f]) for f in range(folds))
            for each in tried
        ]
    return scores
