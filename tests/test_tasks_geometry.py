"""Hulls, triangulations and tours against their definitions, by enumeration where that is small."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest

pytest.importorskip("torch")
from neural.tasks.geometry import (
    convex_hull,
    covered_share,
    delaunay,
    problems,
    tour,
    tour_length,
)


@pytest.mark.parametrize("seed", range(5))
def test_a_hull_has_all_points_on_its_left(seed):
    points = np.random.default_rng(seed).uniform(size=(9, 2))
    hull = convex_hull(points)
    assert hull[0] == hull.min()
    inside = set(range(9)) - set(hull.tolist())
    for a, b in zip(hull, np.roll(hull, -1), strict=True):
        (dx, dy), rest = points[b] - points[a], np.delete(points, [a, b], 0) - points[a]
        assert (dx * rest[:, 1] - dy * rest[:, 0] > 0).all()
        inside -= {a, b}
    assert covered_share(points, hull) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(5))
def test_no_point_is_in_a_delaunay_circle(seed):
    points = np.random.default_rng(seed).uniform(size=(8, 2))
    found = {tuple(each) for each in delaunay(points).tolist()}
    expected = set()
    for corners in combinations(range(8), 3):
        a, b, c = points[list(corners)]
        centre = np.linalg.solve(2 * np.array([b - a, c - a]), [b @ b - a @ a, c @ c - a @ a])
        others = np.delete(points, corners, 0)
        if (np.linalg.norm(others - centre, axis=1) > np.linalg.norm(a - centre)).all():
            expected.add(corners)
    assert found == expected


@pytest.mark.parametrize("cities", range(1, 8))
def test_a_tour_is_the_shortest(cities):
    points = np.random.default_rng(cities).uniform(size=(cities, 2))
    best = min(tour_length(points, np.array((0, *rest))) for rest in permutations(range(1, cities)))
    found = tour(points)
    assert tour_length(points, found) == pytest.approx(best)
    assert sorted(found.tolist()) == list(range(cities))
    assert found[0] == 0
    assert cities < 4 or found[1] < found[-1]


def test_covered_share():
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    assert covered_share(square, np.array([0, 1, 2, 3])) == 1
    assert covered_share(square, np.array([3, 2, 1, 0])) == 1
    assert covered_share(square, np.array([0, 1, 2])) == 0.5
    assert covered_share(square, np.array([0, 2, 1, 3])) == 0  # its sides cross
    assert covered_share(square, np.array([0, 1, 1, 2])) == 0
    assert covered_share(square, np.array([0, 1])) == 0


@pytest.mark.parametrize("kind", ["hull", "triangles", "tour"])
def test_problems(kind):
    points, answers = problems(kind, 6, 5, np.random.default_rng(0))
    again, same = problems(kind, 6, 5, np.random.default_rng(0))
    assert np.array_equal(points, again)
    assert np.array_equal(answers, same)
    assert answers.shape[0] == 6
    for row in answers:
        ended = np.flatnonzero(row < 0)
        assert not ended.size or (row[ended[0] :] < 0).all()


def test_bad_input():
    with pytest.raises(ValueError, match="accepted are 1 to 16"):
        tour(np.zeros((17, 2)))
    with pytest.raises(ValueError, match=r"accepted is \(n, 2\)"):
        convex_hull(np.zeros((4, 3)))
    line = np.arange(8.0).reshape(4, 2)
    for find in (convex_hull, delaunay, lambda points: covered_share(points, np.arange(3))):
        for points in (line, line[:3]):
            with pytest.raises(ValueError, match=f"points: got {len(points)} on a line"):
                find(points)
    square = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    for measure in (covered_share, tour_length):
        for index in (-1, 4):  # filled up, or of no point
            with pytest.raises(ValueError, match=rf"got indices from .*{index}.*accepted are 0 to"):
                measure(square, np.array([0, 1, 2, index]))
    assert covered_share(square, np.array([], int)) == 0
    with pytest.raises(ValueError, match="did you mean 'hull'"):
        problems("hulls", 1, 4, np.random.default_rng(0))
