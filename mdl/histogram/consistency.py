"""Whether the true bins of a piecewise constant density are found as data grow.

Beside the two irregular histograms stand regular ones whose number of bins minimises BIC, AIC or
Rudemo's cross-validation; they find the truth only where its edges are equally spaced.

References:
    M. Rudemo, Empirical choice of histograms and kernel density estimators, Scandinavian Journal of
        Statistics 9(2), 1982: J = 2 / ((n - 1) w) - (n + 1) / (n^2 (n - 1) w) sum h_k^2.
    E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA
        22(158), 1927: the intervals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.histogram.search import histogram

__all__ = ["EDGES", "SHARES", "Recovery", "bins_found"]

EDGES = (0.0, 0.2, 0.3, 0.7, 1.0)
SHARES = (0.1, 0.3, 0.2, 0.4)
"""The truth: four bins whose densities are 0.5, 3, 0.5 and 1.33; ten equal bins hold its edges."""

_REGULAR = 100
"""The most regular bins that are tried."""
_Z = 1.959963984540054  # 95 %


@dataclass(frozen=True)
class Recovery:
    """How often one method found the bins, of one size of samples.

    Attributes:
        method: "genum", "dp", or "regular by BIC", "... AIC", "... CV".
        n: values in a sample.
        replicas: samples.
        mean_bins: mean number of bins.
        found: share of the samples in which the number of bins is right and every cut is within
            the tolerance of the true one.
        low, high: Wilson's 95 % interval of that share.
    """

    method: str
    n: int
    replicas: int
    mean_bins: float
    found: float
    low: float
    high: float

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return asdict(self)


def bins_found(
    sizes: Sequence[int] = (100, 300, 1000, 3000, 10_000),
    *,
    replicas: int = 50,
    tolerance: float = 0.02,
    seed: int = 0,
) -> list[Recovery]:
    """Draw samples of a density with four bins, and look for them.

    Args:
        sizes: of the samples, each at least 2.
        replicas: samples of every size; all methods see the same.
        tolerance: of the place of a cut, on a range of 1.
        seed: of the samples; each has a stream of its own.

    Returns:
        One row per size and method.

    Raises:
        TypeError, ValueError: a number is out of range.
    """
    integer("replicas", replicas, 1)
    integer("seed", seed, 0)
    if not 0 < tolerance < 0.05:
        raise ValueError(f"tolerance: got {tolerance}, accepted is between 0 and 0.05")
    rows = []
    for n in sizes:
        integer("sizes", n, 2)
        found: dict[str, list[NDArray[np.float64]]] = {}
        for replica in range(replicas):
            stream = np.random.SeedSequence(seed, spawn_key=(n, replica))
            x = _sample(np.random.default_rng(stream), n)
            for method in ("genum", "dp"):
                found.setdefault(method, []).append(histogram(x, method=method).edges)
            for criterion, edges in _regular(x).items():
                found.setdefault(f"regular by {criterion}", []).append(edges)
        rows += [_row(method, n, edges, tolerance) for method, edges in found.items()]
    return rows


def _sample(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    at = rng.choice(len(SHARES), size=n, p=SHARES)
    edges = np.array(EDGES)
    return edges[at] + np.diff(edges)[at] * rng.random(n)


def _regular(x: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Edges of the regular histogram that each criterion takes."""
    n, span = x.size, float(np.ptp(x))
    best: dict[str, tuple[float, int]] = {}
    for bins in range(1, min(_REGULAR, n) + 1):
        h = np.histogram(x, bins)[0].astype(np.float64)
        width, filled = span / bins, h[h > 0]
        likelihood = float((filled * np.log(filled / (n * width))).sum())
        scores = {
            "BIC": -likelihood + (bins - 1) / 2 * math.log(n),
            "AIC": -likelihood + bins - 1,
            "CV": 2 / ((n - 1) * width)
            - (n + 1) / (n * n * (n - 1) * width) * float((h * h).sum()),
        }
        for criterion, score in scores.items():
            best[criterion] = min(best.get(criterion, (math.inf, 0)), (score, bins))
    low, high = float(x.min()), float(x.max())
    return {name: np.linspace(low, high, bins + 1) for name, (_, bins) in best.items()}


def _row(method: str, n: int, edges: list[NDArray[np.float64]], tolerance: float) -> Recovery:
    replicas = len(edges)
    hits = sum(
        each.size == len(EDGES) and bool(np.abs(each - EDGES)[1:-1].max() <= tolerance)
        for each in edges
    )
    share = hits / replicas
    centre = (share + _Z**2 / (2 * replicas)) / (1 + _Z**2 / replicas)
    spread = math.sqrt(share * (1 - share) / replicas + _Z**2 / (4 * replicas**2))
    half = _Z * spread / (1 + _Z**2 / replicas)
    mean = float(np.mean([each.size - 1 for each in edges]))
    return Recovery(method, n, replicas, mean, share, max(centre - half, 0), min(centre + half, 1))
