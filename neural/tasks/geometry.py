"""Sets of points in the plane and what is to be pointed out: hull, triangles, shortest tour.

Answers are written one way only: where several sequences say the same, the one stated here.

References:
    O. Vinyals, M. Fortunato and N. Jaitly, Pointer networks, NIPS 2015, section 3.
    M. Held and R. M. Karp, A dynamic programming approach to sequencing problems, 1962.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of

__all__ = [
    "PADDING", "PROBLEMS", "convex_hull", "covered_share", "delaunay", "problems", "random_points",
    "tour", "tour_length",
]  # fmt: skip

PADDING = -1
"""Fills the answers of a batch up to the longest."""

_MOST_CITIES = 16  # 2^n n^2 steps


def random_points(count: int, points: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Sets of points, uniform in the unit square, (count, points, 2).

    Raises:
        TypeError, ValueError: a number is below 1.
    """
    shape = (integer("count", count, 1), integer("points", points, 1), 2)
    return rng.uniform(size=shape).astype(np.float32)


def convex_hull(points: NDArray[np.floating]) -> NDArray[np.int64]:
    """The corners (k,) of the hull of points (n, 2), counter-clockwise from the lowest index.

    Raises:
        ValueError: all points are on a line.

    Example:
        >>> convex_hull(np.array([[0.5, 0.5], [0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])).tolist()
        [1, 3, 2]
    """
    corners = _by_qhull("ConvexHull", _flat(points)).vertices.astype(np.int64)  # counter-clockwise
    return np.roll(corners, -int(corners.argmin()))


def delaunay(points: NDArray[np.floating]) -> NDArray[np.int64]:
    """The triangles (k, 3) of Delaunay: corners ascending, in the order of their incenters.

    Raises:
        ValueError: all points are on a line.
    """
    flat = _flat(points)
    triangles = np.sort(_by_qhull("Delaunay", flat).simplices.astype(np.int64), axis=1)
    corners = flat[triangles]  # (k, 3, 2)
    across = np.linalg.norm(np.roll(corners, -1, 1) - np.roll(corners, -2, 1), axis=2)
    incenters = (across[..., None] * corners).sum(1) / across.sum(1)[:, None]
    return triangles[np.lexsort(incenters.T[::-1])]


def tour(points: NDArray[np.floating]) -> NDArray[np.int64]:
    """The shortest closed tour (n,) from city 0, the lower of its two neighbours first; exact.

    Raises:
        ValueError: there are none, or more than 16.
    """
    from scipy.spatial.distance import cdist

    flat = _flat(points)
    cities = len(flat)
    if not 1 <= cities <= _MOST_CITIES:
        raise ValueError(f"points: got {cities}, accepted are 1 to {_MOST_CITIES}")
    if cities < 4:
        return np.arange(cities)
    apart, others = cdist(flat, flat), cities - 1
    # cost[S, j]: shortest path from city 0 through the set S of the others, ending in j of S
    cost = np.full((1 << others, others), np.inf)
    last = np.zeros((1 << others, others), np.int64)
    cost[1 << np.arange(others), np.arange(others)] = apart[0, 1:]
    for chosen in range(1, 1 << others):
        for end in range(others):
            before = chosen ^ (1 << end)
            if before < chosen and before:
                ways = cost[before] + apart[1:, end + 1]
                last[chosen, end] = ways.argmin()
                cost[chosen, end] = ways[last[chosen, end]]
    chosen, end = (1 << others) - 1, int((cost[-1] + apart[1:, 0]).argmin())
    found = [0]
    for _ in range(others):
        found.append(end + 1)
        chosen, end = chosen ^ (1 << end), int(last[chosen, end])
    order = np.array(found)
    return order if order[1] < order[-1] else np.roll(order[::-1], 1)


def tour_length(points: NDArray[np.floating], order: NDArray[np.integer]) -> float:
    """The length of a closed tour.

    Raises:
        ValueError: an index is of no point; `PADDING` is none.
    """
    visited = _chosen(_flat(points), "order", order)
    return float(np.linalg.norm(visited - np.roll(visited, -1, 0), axis=1).sum())


def covered_share(points: NDArray[np.floating], answer: NDArray[np.integer]) -> float:
    """The polygon's area over that of the hull; 0 where its sides cross or it is no polygon.

    Raises:
        ValueError: all points are on a line; an index is of no point, and `PADDING` is none.
    """
    flat = _flat(points)
    corners = _chosen(flat, "answer", answer)
    if len(corners) < 3 or len(set(answer.tolist())) < len(corners) or _crosses(corners):
        return 0.0
    area = abs(_cross(corners, np.roll(corners, -1, 0)).sum()) / 2
    return area / _by_qhull("ConvexHull", flat).volume


PROBLEMS = {"hull": convex_hull, "triangles": lambda points: delaunay(points).ravel(), "tour": tour}
"""Name -> points (n, 2) to the indices (k,) that answer."""


def problems(
    kind: str, count: int, points: int, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Sets of points (count, points, 2) and answers (count, longest), filled up by `PADDING`.

    Args:
        kind: one of `PROBLEMS`.
        count: number of sets.
        points: of each, at least 3.
        rng: draws the points.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """
    solve = PROBLEMS[one_of("kind", kind, PROBLEMS)]
    sets = random_points(count, integer("points", points, 3), rng)
    answers = [solve(each) for each in sets]
    padded = np.full((count, max(map(len, answers))), PADDING)
    for row, answer in zip(padded, answers, strict=True):
        row[: len(answer)] = answer
    return sets, padded


def _by_qhull(kind: str, points: NDArray[np.float64]) -> Any:
    """Scipy's structure of that name of points (n, 2)."""
    from scipy import spatial

    try:
        return getattr(spatial, kind)(points)
    except spatial.QhullError:
        raise ValueError(
            f"points: got {len(points)} on a line, accepted are three or more that are not"
        ) from None


def _chosen(
    flat: NDArray[np.float64], argument: str, indices: NDArray[np.integer]
) -> NDArray[np.float64]:
    """The points of these indices, none of which counts from the end."""
    if len(indices) and not 0 <= np.min(indices) <= np.max(indices) < len(flat):
        raise ValueError(
            f"{argument}: got indices from {np.min(indices)} to {np.max(indices)}, accepted are "
            f"0 to {len(flat) - 1}"
        )
    return flat[indices]


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def _crosses(corners: NDArray[np.float64]) -> bool:
    """Whether two sides of a polygon cross."""
    sides = np.roll(corners, -1, 0) - corners
    between = corners[None] - corners[:, None]  # [i, j]: from corner i to corner j
    left = np.sign(_cross(sides[:, None], between))  # on which side of side i is corner j
    apart = left * np.roll(left, -1, 1) < 0  # side i's line runs between the ends of side j
    return bool((apart & apart.T).any())


def _flat(points: NDArray[np.floating]) -> NDArray[np.float64]:
    found = np.asarray(points, np.float64)
    if found.ndim != 2 or found.shape[1] != 2:
        raise ValueError(f"points: got shape {found.shape}, accepted is (n, 2)")
    return found
