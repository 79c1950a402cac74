"""Figures of distances and trees; matplotlib is imported inside."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from complexity.figures import new_figure, save_figure

if TYPE_CHECKING:
    from complexity.distances.embedding import Embedding
    from complexity.distances.joining import Dendrogram
    from complexity.distances.matrix import DistanceMatrix
    from complexity.distances.trees import Tree

__all__ = ["dendrogram", "heat_map", "scatter", "unrooted"]

_BRANCH, _TEXT = "#6b7280", "#1f2937"


def heat_map(matrix: DistanceMatrix, path: str | os.PathLike[str] | None) -> Any:
    """The matrix as colours, rows and columns in the order of average linkage."""
    from complexity.distances.joining import linkage

    names = linkage(matrix).order() if len(matrix) > 2 else list(matrix.labels)
    rows = [matrix.labels.index(name) for name in names]
    n = len(names)
    side = 2.2 + min(max(0.19 * n, 2.0), 16.0)
    figure = new_figure(figsize=(side + 0.8, side))
    axes = figure.subplots()
    above = matrix.values[np.triu_indices(n, 1)]
    cells = np.ma.masked_array(matrix.values[np.ix_(rows, rows)], np.eye(n, dtype=bool))
    axes.set_facecolor("0.85")  # the diagonal
    image = axes.imshow(
        cells,
        cmap="viridis_r",
        vmin=float(above.min(initial=1.0)),
        vmax=float(above.max(initial=0.0)),
        interpolation="nearest",
    )
    size = 8 if n <= 90 else 4
    axes.set_xticks(range(n), names, rotation=90, fontsize=size, parse_math=False)
    axes.set_yticks(range(n), names, fontsize=size, parse_math=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    figure.colorbar(image, ax=axes, shrink=0.7, label="NCD" if matrix.code else "distance")
    axes.set_title(f"{n} objects by {matrix.code}" if matrix.code else f"{n} objects", fontsize=10)
    return save_figure(figure, path)


def unrooted(tree: Tree, path: str | os.PathLike[str] | None, title: str) -> Any:
    """The equal-angle layout (Felsenstein 2004, Inferring Phylogenies, chapter 34)."""
    places = equal_angle(tree)
    n = len(tree.labels)
    side = min(5.0 + 0.09 * n, 14.0)
    figure = new_figure(figsize=(side, side))
    axes = figure.subplots()
    for a, b in tree.edges:
        (x, y), (u, v) = places[a][:2], places[b][:2]
        axes.plot([x, u], [y, v], color=_BRANCH, lw=1.2, solid_capstyle="round")
    points = np.array([place[:2] for place in places.values()])
    reach = float(np.ptp(points, axis=0).max()) or 1.0
    for leaf, label in enumerate(tree.labels):
        x, y, angle = places[leaf]
        flipped = math.cos(angle) < 0
        axes.annotate(
            label,
            (x + 0.012 * reach * math.cos(angle), y + 0.012 * reach * math.sin(angle)),
            rotation=math.degrees(angle) + 180 * flipped,
            rotation_mode="anchor",
            ha="right" if flipped else "left",
            va="center",
            fontsize=8,
            color=_TEXT,
            parse_math=False,
        )
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.16)
    axes.axis("off")
    if title:
        figure.suptitle(title, fontsize=10, parse_math=False)
    return save_figure(figure, path)


def equal_angle(tree: Tree) -> dict[int, tuple[float, float, float]]:
    """Node -> (x, y, direction in radians); each subtree has an angle in proportion to its leaves.

    Negative lengths are drawn as 0, and a tree without lengths with edges of length 1.
    """
    n = len(tree.labels)
    root = _centre(tree)
    order, parents = [root], {root: -1}
    for node in order:  # grows while it is walked
        for other in tree.neighbours[node]:
            if other != parents[node]:
                parents[other] = node
                order.append(other)
    leaves = {node: int(node < n) for node in order}
    for node in reversed(order[1:]):
        leaves[parents[node]] += leaves[node]
    lengths = {
        frozenset(edge): max(length, 0.0)
        for edge, length in zip(tree.edges, tree.lengths or [1.0] * len(tree.edges), strict=True)
    }
    start = {root: 0.0}
    places = {root: (0.0, 0.0, 0.0)}
    for node in order:
        x, y, _ = places[node]
        angle = start[node]
        for child in tree.neighbours[node]:
            if child == parents[node]:
                continue
            share = 2 * math.pi * leaves[child] / leaves[root]
            start[child] = angle
            middle = angle + share / 2
            angle += share
            step = lengths[frozenset((node, child))]
            places[child] = (x + step * math.cos(middle), y + step * math.sin(middle), middle)
    return places


def _centre(tree: Tree) -> int:
    """The inner node whose largest branch has the fewest leaves; a leaf if there is no other."""
    n = len(tree.labels)
    if n < 3:
        return 0
    best, fewest = n, n
    order, parents = [n], {n: -1}
    for node in order:
        for other in tree.neighbours[node]:
            if other != parents[node]:
                parents[other] = node
                order.append(other)
    below = {node: int(node < n) for node in order}
    for node in reversed(order[1:]):
        below[parents[node]] += below[node]
    for node in order:
        if node >= n:
            branches = [below[c] for c in tree.neighbours[node] if c != parents[node]]
            largest = max([*branches, n - below[node]])
            if largest < fewest:
                best, fewest = node, largest
    return best


def dendrogram(tree: Dendrogram, path: str | os.PathLike[str] | None, title: str) -> Any:
    """Brackets with the leaves to the right."""
    from scipy.cluster.hierarchy import dendrogram as brackets

    figure = new_figure(figsize=(6.5, 0.8 + min(0.2 * len(tree.labels), 30.0)))
    axes = figure.subplots()
    drawn = brackets(tree.merges, no_plot=True)
    for across, up in zip(drawn["dcoord"], drawn["icoord"], strict=True):
        axes.plot(across, up, color=_BRANCH, lw=1.2)
    names = [tree.labels[at] for at in drawn["leaves"]]
    axes.set_yticks(5 + 10 * np.arange(len(names)), names, fontsize=8, parse_math=False)
    axes.invert_xaxis()
    axes.yaxis.tick_right()
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(right=0)
    axes.spines[["top", "left", "right"]].set_visible(False)
    axes.set_xlabel(f"distance ({tree.method} linkage)")
    if title:
        axes.set_title(title, fontsize=10, parse_math=False)
    return save_figure(figure, path)


def scatter(embedding: Embedding, path: str | os.PathLike[str] | None) -> Any:
    """The first two dimensions with labels."""
    figure = new_figure(figsize=(7, 6))
    axes = figure.subplots()
    xs = embedding.points[:, 0]
    ys = embedding.points[:, 1] if embedding.points.shape[1] > 1 else np.zeros_like(xs)
    axes.plot(xs, ys, "o", ms=4, color="#b45309")
    for x, y, label in zip(xs, ys, embedding.labels, strict=True):
        axes.annotate(
            label,
            (x, y),
            (3, 3),
            textcoords="offset points",
            fontsize=7,
            color=_TEXT,
            parse_math=False,
        )
    axes.set_aspect("equal", adjustable="datalim")
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(f"classical scaling, stress {embedding.stress:.3f}", fontsize=10)
    return save_figure(figure, path)
