"""Whether the true bins of a piecewise constant density are found as data grow.

Values are recorded as cells of a grid that holds the true edges, and all criteria choose among all
sets of cuts between cells. "genum" and "dp" are the two codes of `histogram`. BIC, AIC and
cross-validation take the bins of greatest likelihood for every number K of them, and then K: with
2 (K - 1) free parameters, as a cut is one beside the share of its bin, or by the bits of held-out
values, each fold's bins of K chosen without it.

References:
    P. Kontkanen and P. Myllymäki, MDL histogram density estimation, AISTATS 2007: a truth of a few
        bins, found among all cuts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions
from mdl.consistency import Consistency, checked_sizes, stream
from mdl.histogram.grid import Grid, as_grid
from mdl.histogram.result import Histogram
from mdl.histogram.search import METHODS, histogram

__all__ = ["EDGES", "SHARES", "bins_found"]

EDGES = (0, 20, 30, 70, 100)
SHARES = (0.1, 0.3, 0.2, 0.4)
"""The truth: four bins of a hundred cells, with densities 0.5, 3, 0.5 and 1.33 hundredths."""

_FOLDS = 10


def bins_found(
    sizes: Sequence[int] = (100, 200, 400, 800, 1600, 3200),
    *,
    replicas: int = 50,
    tolerance: int = 2,
    max_bins: int = 12,
    seed: int = 0,
    progress: bool = True,
) -> Consistency:
    """Draw samples of a density with four bins, and look for them.

    Args:
        sizes: of the samples, each at least 20.
        replicas: samples of every size; all methods see the same.
        tolerance: cells by which a cut that counts as found may be off, 0 to 4.
        max_bins: the most bins for BIC, AIC and cross-validation, from 4; the codes need no bound.
        seed: of the samples; each has a stream of its own.
        progress: whether to show progress on a terminal.

    Returns:
        Numbers of bins by "genum", "dp", "bic", "aic" and "cv"; a truth counts as found if the
        number is right and so is every cut.

    Raises:
        TypeError, ValueError: a number is out of range.
    """
    integer("replicas", replicas, 1)
    integer("tolerance", tolerance, 0, 4)
    integer("max_bins", max_bins, len(SHARES), EDGES[-1])
    integer("seed", seed, 0)
    numbers = checked_sizes("sizes", sizes, 2 * _FOLDS)
    criteria = (*METHODS, "bic", "aic", "cv")
    chosen = {name: np.zeros((len(numbers), replicas), np.int64) for name in criteria}
    found = {name: np.zeros((len(numbers), replicas), np.bool_) for name in criteria}
    with progress_bar("bins", len(numbers) * replicas, show=progress) as advance:
        for at, n in enumerate(numbers):
            for replica in range(replicas):
                x = _sample(stream(seed, n, replica), n)
                every = {method: histogram(x, method=method) for method in METHODS}
                every |= _penalised(x, max_bins)
                for name, each in every.items():
                    chosen[name][at, replica] = each.counts.size
                    found[name][at, replica] = _right(each, tolerance)
                advance()
    made = {
        "edges": list(EDGES),
        "shares": list(SHARES),
        "tolerance": tolerance,
        "max_bins": max_bins,
        "folds": _FOLDS,
        "seed": seed,
        "versions": versions("numpy", "scipy", "numba"),
        "commit": commit(),
    }
    return Consistency("number of bins", len(SHARES), numbers, replicas, chosen, found, made)


def _sample(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Cells (n,), 0 to 99."""
    at = rng.choice(len(SHARES), size=n, p=SHARES)
    edges = np.array(EDGES)
    return edges[at] + np.floor(np.diff(edges)[at] * rng.random(n)).astype(np.int64)


def _right(found: Histogram, tolerance: int) -> bool:
    """Whether bins are the true ones; a cut below cell c has its edge at c - 1/2."""
    if found.counts.size != len(SHARES):
        return False
    off = np.abs(found.edges[1:-1] + 0.5 - EDGES[1:-1])
    return bool(off.max() <= tolerance)


def _penalised(x: NDArray[np.int64], most: int) -> dict[str, Histogram]:
    """The histograms that BIC, AIC and cross-validation take."""
    best = _likeliest(x, most)
    n, free = x.size, 2.0 * np.arange(len(best))
    likelihood = np.array([each.best_fit_bits for each in best])
    scores = {
        "bic": likelihood + free / 2 * math.log2(n),
        "aic": likelihood + free * math.log2(math.e),
        "cv": np.zeros(len(best)),
    }
    for fold in range(_FOLDS):  # the values are independent: any split is a random one
        test = np.arange(n) % _FOLDS == fold
        known = _likeliest(x[~test], most)
        known += [known[-1]] * (len(best) - len(known))
        scores["cv"] += [float(each.predictive_bits(x[test]).sum()) for each in known[: len(best)]]
    return {name: best[int(np.argmin(values))] for name, values in scores.items()}


def _likeliest(x: NDArray[np.int64], most: int) -> list[Histogram]:
    """The bins of greatest likelihood, 1 to `most` of them, among all cuts between cells."""
    from mdl.histogram import _kernels as kernels

    grid = as_grid(x)
    places = np.arange(grid.size + 1)
    below = np.concatenate([[0], np.cumsum(np.bincount(x - x.min(), minlength=grid.size))])
    counts = np.arange(x.size + 1, dtype=np.float64)
    table = -counts * np.log2(np.maximum(counts, 1))
    every = []
    for bins in range(1, min(most, grid.size) + 1):
        penalties = np.full(bins, np.inf)  # no other number
        penalties[-1] = 0.0
        later = np.zeros(bins)
        chosen = kernels.best_bins(places, below, table, penalties, later)
        every.append(_given(grid, places[chosen], np.diff(below[chosen])))
    return every


def _given(grid: Grid, places: NDArray[np.int64], counts: NDArray[np.int64]) -> Histogram:
    """A histogram without a code: bits of its best fit alone."""
    h, w = counts[counts > 0], np.diff(places)[counts > 0]
    best = float((h * np.log2(w * grid.n / h)).sum())
    edges, candidates = grid.edge(places), grid.size - 1
    return Histogram(edges, counts, "likeliest", 1.0, 1, candidates, 0.0, best, best, True)
