"""Drawing trajectories; matplotlib is imported here and nowhere earlier."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from complexity.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simulations.trajectory import Trajectory

__all__ = ["draw_observable", "new_figure", "plot_trajectory", "save_figure"]


def new_figure(**options: Any) -> Figure:
    """A Figure outside pyplot's global state, so that nothing opens and nothing leaks."""
    from matplotlib.figure import Figure

    return Figure(layout="constrained", **options)


def save_figure(figure: Figure, path: str | os.PathLike[str], *, dpi: int = 150) -> Path:
    """Write a figure as PNG or SVG, by the name's ending; equal figures give equal bytes.

    Raises:
        ValueError: another ending.
    """
    ending = Path(path).suffix.lower()
    if ending not in (".png", ".svg"):
        raise ValueError(f"path: got {str(path)!r}, accepted endings are .png and .svg")
    metadata = {"Software": None} if ending == ".png" else {"Date": None}
    from matplotlib import rc_context

    stream = io.BytesIO()
    with rc_context({"svg.hashsalt": "complexodynamics"}):
        figure.savefig(stream, format=ending[1:], dpi=dpi, metadata=metadata)
    return write_atomically(path, stream.getvalue())


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
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
    panels[-1].set_xlabel(f"time ({trajectory.clock})")
    if path is not None:
        save_figure(figure, path)
    return figure


def _label(name: str) -> str:
    return name.removesuffix("_bits").replace("_", " ")
