"""Scatter plots in which no label lies on another, nor on a point."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.figures import new_figure, save_figure

__all__ = ["Panel", "labelled_scatter"]

_COLOURS = {1: "0.45", 2: "C0", 3: "C3", 4: "C2"}
_MARKERS = {1: "s", 2: "o", 3: "^", 4: "D"}
_FONT = 6.5
_DISTANCES = (5.0, 9.0, 14.0, 20.0, 27.0, 35.0, 45.0)
"""Points from a mark at which its label is tried."""


@dataclass(frozen=True)
class Panel:
    """One scatter plot.

    Attributes:
        points: (n, 2); those that are not finite are left out.
        axes: what x and y are called.
        scales: of x and y: "linear", "log", or "symlog", which is linear up to 1.
    """

    points: Sequence[tuple[float, float]]
    axes: tuple[str, str]
    scales: tuple[str, str] = ("linear", "linear")


def labelled_scatter(
    panels: Sequence[Panel],
    labels: Sequence[str],
    classes: Sequence[int],
    path: str | os.PathLike[str] | None = None,
) -> Any:
    """Draw points by class, side by side in panels, each labelled where there is room for it.

    Rare classes are labelled first; a label that has to go further off is tied to its point by a
    line, one that finds no room is left out.

    Args:
        panels: at least one, of n points each.
        labels: n.
        classes: n, each 1 to 4.
        path: where to save the figure; None for nowhere.

    Returns:
        The matplotlib Figure.
    """
    figure = new_figure(figsize=(7.5 * len(panels), 6))
    drawn = figure.subplots(1, len(panels), squeeze=False)[0]
    groups = np.array(classes)
    for panel, axes in zip(panels, drawn, strict=True):
        _marks(axes, panel, groups)
    handles, names = drawn[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=4, frameon=False)
    figure.draw_without_rendering()  # settles the layout, so that places on paper are known
    figure.set_layout_engine("none")
    for panel, axes in zip(panels, drawn, strict=True):
        _names(axes, panel, labels, groups)
    return save_figure(figure, path)


def _marks(axes: Any, panel: Panel, groups: npt.NDArray[np.int64]) -> None:
    places = np.array(panel.points, np.float64)
    finite = np.isfinite(places).all(axis=1)
    for group in np.unique(groups).tolist():
        axes.scatter(
            *places[finite & (groups == group)].T,
            s=20,
            c=_COLOURS[group],
            marker=_MARKERS[group],
            label=f"class {group} ({(groups == group).sum()})",
            linewidths=0,
            zorder=3,
        )
    for name, scale in zip("xy", panel.scales, strict=True):
        options = {"linthresh": 1} if scale == "symlog" else {}
        getattr(axes, f"set_{name}scale")(scale, **options)
    axes.set_xlabel(panel.axes[0])
    axes.set_ylabel(panel.axes[1])
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(0.06)


def _names(axes: Any, panel: Panel, labels: Sequence[str], groups: npt.NDArray[np.int64]) -> None:
    places = np.array(panel.points, np.float64)
    shown = np.flatnonzero(np.isfinite(places).all(axis=1)).tolist()
    scale = 72 / axes.figure.dpi
    paper = dict(zip(shown, axes.transData.transform(places[shown]) * scale, strict=True))
    frame = np.array(axes.get_window_extent().extents) * scale
    taken = [np.concatenate([mark - 2.5, mark + 2.5]) for mark in paper.values()]
    for i in sorted(shown, key=lambda i: ((groups == groups[i]).sum(), i)):
        found = _room(paper[i], labels[i], taken, frame)
        if found is None:
            continue
        box, distance, offset = found
        taken.append(box)
        tie = {"arrowstyle": "-", "lw": 0.4, "color": "0.6", "shrinkA": 0, "shrinkB": 2}
        axes.annotate(
            labels[i],
            places[i],
            xytext=offset,
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=_FONT,
            color=_COLOURS[int(groups[i])],
            parse_math=False,
            arrowprops=tie if distance > _DISTANCES[1] else None,
        )


def _room(
    mark: npt.NDArray[np.float64],
    label: str,
    taken: Sequence[npt.NDArray[np.float64]],
    frame: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], float, tuple[float, float]] | None:
    """The nearest free box for a label around its mark: the box, how far off, and the offset."""
    half = np.array([0.29 * _FONT * len(label) + 0.5, 0.45 * _FONT])
    others = np.array(taken)
    for distance in _DISTANCES:
        for turn in range(16):
            angle = math.pi / 8 * turn + math.pi / 4
            direction = np.array([math.cos(angle), math.sin(angle)])
            centre = mark + direction * (distance + half[0] * abs(direction[0]))
            box = np.concatenate([centre - half, centre + half])
            inside = (box[:2] >= frame[:2]).all() and (box[2:] <= frame[2:]).all()
            apart = (box[2:] <= others[:, :2]) | (box[:2] >= others[:, 2:])
            if inside and apart.any(axis=1).all():
                return box, distance, (float(centre[0] - mark[0]), float(centre[1] - mark[1]))
    return None
