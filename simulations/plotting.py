"""Drawing trajectories; matplotlib is imported here and nowhere earlier."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from complexity.figures import legend, new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulations.trajectory import Trajectory

__all__ = ["draw_observable", "plot_trajectory"]


def draw_observable(axes: Axes, trajectory: Trajectory, name: str, **style: Any) -> None:
    """Draw the mean over replicas of one observable, with the band from smallest to largest."""
    values = trajectory[name]
    (line,) = axes.plot(trajectory.times, values.mean(axis=1), label=_label(name), **style)
    if trajectory.replicas > 1:
        axes.fill_between(
            trajectory.times,
            values.min(axis=1),
            values.max(axis=1),
            color=line.get_color(),
            alpha=0.2,
            lw=0,
        )


def plot_trajectory(trajectory: Trajectory, path: str | os.PathLike[str] | None = None) -> Figure:
    """One panel per unit, every observable a line against the clock."""
    units = list(dict.fromkeys(trajectory.units))
    figure = new_figure(figsize=(7, 1 + 2.4 * len(units)))
    panels = np.atleast_1d(figure.subplots(len(units), 1, sharex=True))
    for axes, unit in zip(panels, units, strict=True):
        for name, its_unit in zip(trajectory.observables, trajectory.units, strict=True):
            if its_unit == unit:
                draw_observable(axes, trajectory, name)
        axes.set_ylabel(unit)
        legend(axes, frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    panels[-1].set_xlabel(f"time ({trajectory.clock})")
    if path is not None:
        save_figure(figure, path)
    return figure


def _label(name: str) -> str:
    return name.removesuffix("_bits").replace("_", " ")
