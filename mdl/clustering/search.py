"""Finding a labelling of few bits: classification EM from many starts, merges, single moves.

For a number of clusters the normaliser is the same for all labellings, so a search lowers the
maximised complete-data likelihood's bits: those of the labels, n H(counts), and of the rows. What
it finds is an upper bound of the least.

References:
    G. Celeux and G. Govaert, A classification EM algorithm for clustering and two stochastic
        versions, Computational Statistics & Data Analysis 14(3), 1992.
    C. Biernacki, G. Celeux and G. Govaert, Choosing starting values for the EM algorithm for
        getting the highest likelihood in multivariate Gaussian mixture models, Computational
        Statistics & Data Analysis 41(3-4), 2003: a few rounds from every start, then the best.
    D. Arthur and S. Vassilvitskii, k-means++: the advantages of careful seeding, SODA 2007.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mdl.clustering.families import Family, Floats

__all__ = ["best_fit_bits", "mixture_search", "search"]

_ROUNDS = 100
_FEW = 10  # rounds of EM from every start
_MOVED = 2000  # rows up to which single rows are moved,
_ALL = 100  # rows times clusters up to which to every cluster,
_RANDOM = 30  # rows times clusters up to which also from random labels
_OUTSIDE = 1e12  # bits that stand for infinitely many
_NEAR, _SWEEPS = 3, 20  # else to so many; times over all rows

Labels = NDArray[np.int64]


def best_fit_bits(x: NDArray[Any], labels: Labels, clusters: int, family: Family) -> float:
    """-log2 of the maximised likelihood of rows (n, m) and labels (n,), infinite off the domain."""
    if not len(x):
        return 0.0
    weights = np.eye(clusters)[labels]
    estimates, counts = family.estimate(x, weights), weights.sum(0)
    rows = family.row_bits(x, estimates)[np.arange(len(x)), labels].sum()
    with np.errstate(divide="ignore"):
        shares = np.where(counts > 0, np.log2(counts / len(x)), 0.0)
    return float(rows + family.further_bits(estimates, counts).sum() - counts @ shares)


def search(
    x: NDArray[Any], clusters: int, family: Family, *, restarts: int, seed: int, moves: bool = True
) -> tuple[Labels, float]:
    """The best labelling found (n,) and its bits without the normaliser; infinite if none is in
    the domain. Labels are numbered by their first rows. Without `moves` of single rows it is
    several times faster, and near enough to begin a mixture from."""
    start = np.zeros(len(x), np.int64)
    if clusters == 1 or len(x) < 2:
        return start, best_fit_bits(x, start, clusters, family)
    # every number of clusters has its own stream, so that one does not depend on another
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(clusters,)))
    points = family.features(x)
    found = [_climbed(x, start, clusters, family)]
    starts = [_seeded(points, clusters, rng) for _ in range(restarts)]
    found += [_climbed(x, each, clusters, family) for each in starts]
    above = min(
        (
            _climbed(x, _seeded(points, clusters + 1, rng), clusters + 1, family)
            for _ in range(max(restarts // 2, 1))
        ),
        key=_bits,
    )[0]
    for a, b in combinations(range(clusters + 1), 2):
        merged = np.where(above == b, a, above)
        merged = np.where(merged > b, merged - 1, merged)
        found.append((merged, best_fit_bits(x, merged, clusters, family)))
    best = _climbed(x, min(found, key=_bits)[0], clusters, family)
    best = min([best, *found], key=_bits)
    if moves and len(x) <= _MOVED:
        tried = [best]
        if len(x) * clusters <= _RANDOM:  # single moves end in many places: go from many
            random = [rng.integers(0, clusters, len(x)) for _ in range(2 * restarts)]
            tried += found
            tried += [(each, best_fit_bits(x, each, clusters, family)) for each in random]
        best = min((_moved(x, each, clusters, family) for each in tried), key=_bits)
    return _in_order(best[0]), best[1]


def mixture_search(
    x: NDArray[Any], labels: Labels, family: Family, *, clusters: int, restarts: int, seed: int
) -> tuple[float, Floats]:
    """-log2 likelihood of rows under the mixture, its labels summed out, and the chances of the
    labels (n, k) that its estimates are made of: by EM from the given labels and from others.

    What BIC and AIC of a mixture model are made of; an upper bound, as EM finds it. Estimates are
    those of the search: of full covariances and of categories a little off the maximum.
    """
    if clusters == 1:
        return _expected(x, labels, clusters, family, _ROUNDS)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(clusters, 1)))
    points = family.features(x)
    starts = [labels, *(_seeded(points, clusters, rng) for _ in range(restarts))]
    found = [_expected(x, each, clusters, family, _FEW) for each in starts]
    weights = min(found, key=lambda each: each[0])[1]
    return _expected(x, weights, clusters, family, _ROUNDS)


def _expected(
    x: NDArray[Any], start: NDArray[Any], clusters: int, family: Family, rounds: int
) -> tuple[float, Floats]:
    """EM from labels (n,) or chances of them (n, k): bits, and the chances they are of."""
    weights = np.eye(clusters)[start.astype(np.int64)] if start.ndim == 1 else start
    total = np.inf
    for _ in range(rounds):
        bits = _joint_bits(x, weights, family)
        least = bits.min(1, keepdims=True)
        shares = np.exp2(least - bits)
        before, total = total, float((least[:, 0] - np.log2(shares.sum(1))).sum())
        if before - total < 1e-6:
            break
        weights = shares / shares.sum(1, keepdims=True)
    return total, weights


def _bits(found: tuple[Labels, float]) -> float:
    return found[1]


def _joint_bits(x: NDArray[Any], weights: Floats, family: Family) -> Floats:
    """-log2 of share times density, (n, k)."""
    with np.errstate(divide="ignore"):
        shares = np.log2(weights.mean(0))
    bits = family.row_bits(x, family.estimate(x, weights, smooth=True)) - shares
    return np.where(np.isnan(bits), np.inf, bits)


def _climbed(
    x: NDArray[Any], labels: Labels, clusters: int, family: Family
) -> tuple[Labels, float]:
    """The best labelling on the way of classification EM."""
    best = labels, best_fit_bits(x, labels, clusters, family)
    for _ in range(_ROUNDS):
        after = _joint_bits(x, np.eye(clusters)[labels], family).argmin(1)
        if (after == labels).all():
            break
        labels = after
        best = min(best, (labels, best_fit_bits(x, labels, clusters, family)), key=_bits)
    return best


def _moved(
    x: NDArray[Any], best: tuple[Labels, float], clusters: int, family: Family
) -> tuple[Labels, float]:
    """Move single rows to a near cluster, or an empty one, while that saves bits."""
    labels = best[0].copy()
    costs = [_cluster_bits(x[labels == c], family) for c in range(clusters)]
    for _ in range(_SWEEPS):
        near = _joint_bits(x, np.eye(clusters)[labels], family).argsort(1, kind="stable")
        moved = False
        for row in range(len(x)):
            home = int(labels[row])
            for other in near[row, : _NEAR if len(x) * clusters > _ALL else None].tolist():
                if other == home:
                    continue
                labels[row] = other
                pair = [_cluster_bits(x[labels == c], family) for c in (home, other)]
                if sum(pair) < costs[home] + costs[other] - 1e-9:
                    costs[home], costs[other] = pair
                    home, moved = other, True
                labels[row] = home
        if not moved:
            break
    return min(best, (labels, best_fit_bits(x, labels, clusters, family)), key=_bits)


def _cluster_bits(rows: NDArray[Any], family: Family) -> float:
    """What one cluster adds to the bits, but for n log2 n, which all labellings share.

    Finite even off the domain, so that moves can lead back to it.
    """
    if not len(rows):
        return 0.0
    one = np.zeros(len(rows), np.int64)
    bits = best_fit_bits(rows, one, 1, family) - len(rows) * float(np.log2(len(rows)))
    return min(bits, _OUTSIDE)


def _seeded(points: Floats, clusters: int, rng: np.random.Generator) -> Labels:
    """Every row with the nearest of rows drawn by k-means++."""
    seeds = [int(rng.integers(len(points)))]
    squares = ((points - points[seeds[0]]) ** 2).sum(1)
    labels = np.zeros(len(points), np.int64)
    for number in range(1, clusters):
        if not squares.any():
            break  # fewer different rows than clusters
        seeds.append(int(rng.choice(len(points), p=squares / squares.sum())))
        away = ((points - points[seeds[-1]]) ** 2).sum(1)
        labels[away < squares] = number
        squares = np.minimum(squares, away)
    return labels


def _in_order(labels: Labels) -> Labels:
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)
