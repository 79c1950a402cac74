"""The quartet tree: the binary tree whose quartets of leaves fit the distances best.

A tree embeds one of the three pairings ab|cd of every four leaves, at the cost d(a, b) + d(c, d).
With C_T the sum of these costs, m that of every quartet's cheapest and M of its dearest pairing,
S(T) = (M - C_T) / (M - m) is 1 for a tree that fits every quartet, about 1/3 for a random one.
Finding the best tree is NP-hard; the heuristic climbs by random mutations from random trees.

References:
    R. Cilibrasi and P. Vitanyi, A fast quartet tree heuristic for hierarchical clustering, Pattern
    Recognition 44(3), 2011, arXiv:cs/0606048.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.distances import _kernels as kernels
from complexity.distances.matrix import DistanceMatrix, matrix_of
from complexity.distances.trees import Tree
from complexity.errors import integer
from complexity.progress import progress as progress_bar
from complexity.provenance import commit, versions

__all__ = ["QuartetTree", "quartet_score", "quartet_tree", "undecided"]

_SLICE = 2000  # trials between two looks at an interrupt


@dataclass(frozen=True)
class QuartetTree:
    """The best tree that was found.

    Attributes:
        tree: the tree, without lengths.
        score: S(T), at most 1 (no unit), recomputed over all quartets.
        scores: S(T) that each restart came to.
        trials: trees that were tried, over all restarts.
        code: of the distances.
        provenance: parameters, seed, versions, commit, seconds.
    """

    tree: Tree
    score: float
    scores: tuple[float, ...]
    trials: int
    code: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        agreed = sum(score >= self.score - 1e-9 for score in self.scores)
        return (
            f"QuartetTree({len(self.tree.labels)} leaves, S(T) = {self.score:.6f}, found by "
            f"{agreed} of {len(self.scores)} restarts)"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "newick": self.tree.to_newick(),
            "score": self.score,
            "scores": list(self.scores),
            "trials": self.trials,
            "code": self.code,
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Any:
        """Write the tree as Newick text; see `Tree.save`."""
        return self.tree.save(path)

    def plot(self, path: str | os.PathLike[str] | None = None, *, title: str = "") -> Any:
        """Draw the tree unrooted; see `Tree.plot`."""
        return self.tree.plot(path, title=title or f"quartet tree, S(T) = {self.score:.4f}")


def quartet_score(tree: Tree, matrix: DistanceMatrix) -> float:
    """S(T) of any tree over all quartets of its leaves; 1 where all pairings cost the same.

    A quartet that the tree leaves open counts the mean of its three costs.

    Args:
        tree: over the labels of `matrix`, at least 4.
        matrix: the distances.

    Raises:
        ValueError: the labels differ, or are fewer than 4.
    """
    matrix_of(matrix, 4, " for quartets")
    if set(tree.labels) != set(matrix.labels):
        lone = sorted(set(tree.labels) ^ set(matrix.labels))[0]
        raise ValueError(f"tree: the leaf {lone!r} is not in both the tree and the matrix")
    shape = Tree(tree.labels, tree.edges)
    rows = [tree.labels.index(label) for label in matrix.labels]
    paths = shape.path_lengths()[np.ix_(rows, rows)].astype(np.int64)
    least, most, own = kernels.quartet_sums(paths, np.array(matrix.values))
    return 1.0 if _alike(least, most) else float((most - own) / (most - least))


def undecided(matrix: DistanceMatrix) -> bool:
    """Whether all pairings of every four objects cost the same, so that S(T) is 1 of any tree.

    Args:
        matrix: distances of at least 4 objects.

    Raises:
        ValueError: there are fewer.
    """
    n = len(matrix_of(matrix, 4, " for quartets"))
    least, most, _ = kernels.quartet_sums(np.zeros((n, n), np.int64), np.array(matrix.values))
    return _alike(least, most)


def _alike(least: float, most: float) -> bool:
    return bool(most - least <= 1e-12 * abs(most))


def quartet_tree(
    matrix: DistanceMatrix,
    *,
    seed: int = 0,
    restarts: int = 8,
    patience: int | None = None,
    start: Tree | None = None,
    workers: int | None = None,
    progress: bool = True,
) -> QuartetTree:
    """Search for the binary tree with the highest S(T).

    Args:
        matrix: distances of at least 4 objects.
        seed: of the search; restart r uses the r-th stream spawned from it.
        restarts: independent searches, of which the best (the first of equals) is returned.
        patience: trials without a gain after which a search ends; by default 500 n, at least 5000.
        start: a binary tree from which the first search starts instead of a random one.
        workers: threads, by default as many as processors; the result does not depend on them.
        progress: whether to show progress on a terminal.

    Returns:
        The tree, its score, and the scores of all restarts: agreement says that it is well found.

    Raises:
        TypeError: `matrix` is no DistanceMatrix.
        ValueError: there are fewer than 4 objects, or an argument is out of range.
        KeyboardInterrupt: interrupted; nothing is kept.
    """
    matrix_of(matrix, 4, " for quartets")
    seed = integer("seed", seed, 0)
    restarts = integer("restarts", restarts, 1)
    n = len(matrix)
    patience = integer("patience", max(500 * n, 5000) if patience is None else patience, 1)
    threads = integer("workers", (os.cpu_count() or 1) if workers is None else workers, 1)
    first = None if start is None else _as_array(start, matrix)
    began = time.perf_counter()
    d = np.array(matrix.values)
    floor = kernels.quartet_sums(np.zeros((n, n), np.int64), d)[0]
    stop = threading.Event()

    def search(restart: int) -> tuple[NDArray[np.int64], int]:
        stream = np.random.SeedSequence(seed, spawn_key=(restart,))
        state = stream.generate_state(4, np.uint64)
        near = np.full((2 * n - 2, 3), -1, np.int64)
        if first is None or restart:
            kernels.random_tree(near, state)
        else:
            near[:] = first
        cost = kernels.binary_cost(near, d, np.empty((6, 2 * n - 2), np.int64))
        least = floor + 1e-12 * abs(floor)
        stale = trials = 0
        while stale < patience and cost > least and not stop.is_set():
            cost, stale, made = kernels.climb(near, d, state, cost, least, stale, patience, _SLICE)
            trials += made
        advance()
        return near, trials

    with (
        progress_bar("searching trees", restarts, show=progress) as advance,
        ThreadPoolExecutor(threads) as pool,
    ):
        try:
            found = list(pool.map(search, range(restarts)))
        except BaseException as error:
            stop.set()
            pool.shutdown(cancel_futures=True)
            if isinstance(error, KeyboardInterrupt):
                raise KeyboardInterrupt(
                    "interrupted while searching trees; nothing is kept"
                ) from None
            raise
    trees = [_as_tree(near, matrix.labels) for near, _ in found]
    scores = tuple(quartet_score(tree, matrix) for tree in trees)
    best = int(np.argmax(np.round(scores, 12)))
    provenance = {
        "seed": seed,
        "restarts": restarts,
        "patience": patience,
        "seconds": time.perf_counter() - began,
        "versions": versions("numpy", "numba"),
        "commit": commit(),
    }
    trials = sum(made for _, made in found)
    return QuartetTree(trees[best], scores[best], scores, trials, matrix.code, provenance)


def _as_tree(near: NDArray[np.int64], labels: tuple[str, ...]) -> Tree:
    pairs = [(a, int(b)) for a, row in enumerate(near) for b in row if a < b]
    return Tree(labels, tuple(pairs))


def _as_array(tree: Tree, matrix: DistanceMatrix) -> NDArray[np.int64]:
    n = len(matrix)
    if set(tree.labels) != set(matrix.labels) or len(tree.edges) != 2 * n - 3:
        raise ValueError("start: accepted is a binary tree over the labels of the matrix")
    places = {at: matrix.labels.index(label) for at, label in enumerate(tree.labels)}
    near = np.full((2 * n - 2, 3), -1, np.int64)
    for node, others in enumerate(tree.neighbours):
        for k, other in enumerate(others):
            near[places.get(node, node), k] = places.get(other, other)
    return near
