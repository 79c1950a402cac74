"""The figure of a sweep; matplotlib is imported here and nowhere earlier."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from complexity.figures import legend, new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulations.sweeping.result import Sweep

__all__ = ["plot_sweep"]

_COLUMNS = 3
"""Panels beside each other."""

_LINES = 10
"""The most lines that a legend names."""


def plot_sweep(sweep: Sweep, path: str | os.PathLike[str] | None = None) -> Figure:
    """A panel per value, mean and 95 % interval over replicas.

    Raises:
        ValueError: no value is a number, or a curve along a clock.
    """
    own = len(sweep.grid) + 1
    names = [name for name, array in sweep.values.items() if sweep.clock or array.ndim == own]
    if not names:
        raise ValueError("plot: this sweep has no numbers to draw, only arrays, or nothing at all")
    width = min(_COLUMNS, len(names))
    height = -(-len(names) // width)
    figure = new_figure(figsize=(4.2 * width, 1 + 2.6 * height))
    panels = figure.subplots(height, width, squeeze=False).ravel()
    for axes in panels[len(names) :]:
        axes.set_axis_off()
    for axes, name in zip(panels, names, strict=False):
        (_draw_curves if sweep.clock else _draw_dependence)(axes, sweep, name)
        axes.set_title(name.replace("_", " "), fontsize="medium")
        axes.set_ylabel(sweep.units.get(name, ""))
        axes.spines[["top", "right"]].set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    if 1 < len(labels) <= _LINES:
        legend(panels[0], handles, labels, frameon=False, fontsize="small")
    save_figure(figure, path)
    return figure


def _draw_curves(axes: Axes, sweep: Sweep, name: str) -> None:
    mean, low, high = (each.reshape(-1, each.shape[-1]) for each in sweep.interval(name))
    every = np.broadcast_to(sweep.times, sweep[name].shape)
    times = every[..., 0, :].reshape(mean.shape)  # of the first replica
    for setting, x, *curve in zip(sweep.settings(), times, mean, low, high, strict=True):
        _draw(axes, x, *curve, label=_label(sweep, setting))
    axes.set_xlabel(f"time ({sweep.clock})")


def _draw_dependence(axes: Axes, sweep: Sweep, name: str) -> None:
    at = _abscissa(sweep)
    if at is None:
        _draw(axes, np.zeros(1), *(each.reshape(1) for each in sweep.interval(name)), marker="o")
        axes.set_xticks([])
        return
    chosen = list(sweep.grid)[at]
    values = sweep.grid[chosen]
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    x = np.array(values, float) if numeric else np.arange(len(values), dtype=float)
    curves = [np.moveaxis(each, at, -1).reshape(-1, len(x)) for each in sweep.interval(name)]
    others = [s for s in sweep.settings() if s[chosen] == values[0]]
    order = np.argsort(x)
    for setting, *curve in zip(others, *curves, strict=True):
        label = _label(sweep, {k: v for k, v in setting.items() if k != chosen})
        _draw(axes, x[order], *(each[order] for each in curve), label=label, marker="o")
    if not numeric:
        axes.set_xticks(x, [str(value) for value in values], parse_math=False)
    axes.set_xlabel(chosen)


def _abscissa(sweep: Sweep) -> int | None:
    """The dimension to draw along: the first of several numbers, else the first of several."""
    several = [i for i, values in enumerate(sweep.grid.values()) if len(values) > 1]
    grid = list(sweep.grid.values())
    numeric = [i for i in several if all(isinstance(v, int | float) for v in grid[i])]
    return next(iter([*numeric, *several, *range(len(grid))]), None)


def _label(sweep: Sweep, setting: dict[str, Any]) -> str | None:
    varied = [f"{n} {v}" for n, v in setting.items() if len(sweep.grid[n]) > 1]
    return ", ".join(varied) or None


def _draw(axes: Axes, x: Any, mean: Any, low: Any, high: Any, **style: Any) -> None:
    (line,) = axes.plot(x, mean, markersize=3, **style)
    low, high = (np.where(np.isfinite(each), each, mean) for each in (low, high))
    if len(x) == 1:
        axes.vlines(x, low, high, color=line.get_color())
    else:
        axes.fill_between(x, low, high, color=line.get_color(), alpha=0.2, lw=0)
