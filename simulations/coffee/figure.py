"""The figure of a coffee run: frames of the cup above its curves."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from complexity.figures import new_figure, save_figure
from simulations.coffee.summary import corrected_interval, not_empty
from simulations.plotting import draw_observable
from simulations.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COFFEE", "CREAM", "brightest_cell", "draw", "draw_frames", "short_time"]

COFFEE = "#3b2314"
CREAM = "#f7ead3"
_ENTROPY, _COMPLEXITY, _NULL = "#6b7280", "#b45309", "#0f766e"
_LETTERS = "kMGTPE"
"""Of powers of 1000."""


def draw(
    trajectory: Trajectory, path: str | os.PathLike[str] | None = None, *, columns: int = 6
) -> Figure:
    """Cup frames above entropy, complexity with its null model, and the corrected complexity.

    Args:
        trajectory: a coffee run.
        path: where to save it, .png or .svg.
        columns: how many frames to show.

    Raises:
        ValueError: nothing was measured.
    """
    not_empty(trajectory)
    corrected = "corrected_bits" in trajectory.observables
    panels = 3 if corrected else 2
    figure = new_figure(figsize=(9, 1.8 + 2.0 * panels))
    grid = figure.add_gridspec(1 + panels, columns, height_ratios=[0.82] + [1] * panels)
    draw_frames([figure.add_subplot(grid[0, i]) for i in range(columns)], trajectory)
    axes = [figure.add_subplot(grid[1 + i, :]) for i in range(panels)]
    draw_observable(axes[0], trajectory, "entropy_bits", color=_ENTROPY)
    axes[0].set_ylabel("entropy (bits)")
    _complexity_panel(axes[1], trajectory)
    if corrected:
        _corrected_panel(axes[2], trajectory)
    for panel in axes:
        panel.set_xlim(trajectory.times[0], max(trajectory.times[-1], trajectory.times[0] + 1))
        panel.spines[["top", "right"]].set_visible(False)
        panel.ticklabel_format(axis="x", style="sci", scilimits=(0, 5), useMathText=True)
    for panel in axes[:-1]:
        panel.tick_params(labelbottom=False)
        panel.xaxis.get_offset_text().set_visible(False)
    axes[-1].set_xlabel(f"time ({trajectory.clock})")
    figure.suptitle(_title(trajectory), fontsize=10)
    if path is not None:
        save_figure(figure, path)
    return figure


def draw_frames(axes: list[Axes], trajectory: Trajectory) -> None:
    """Show as many frames as there are axes, evenly spread over those that were kept."""
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("coffee", [COFFEE, CREAM])
    kept = len(trajectory.frame_times)
    picks = np.linspace(0, kept - 1, len(axes)).round().astype(int) if kept else []
    brightest = brightest_cell(trajectory.frames)
    for panel in axes:
        panel.set_axis_off()
    for panel, pick in zip(axes, picks, strict=False):
        panel.imshow(
            trajectory.frames[pick], cmap=colours, vmin=0, vmax=brightest, interpolation="nearest"
        )
        panel.set_title(short_time(int(trajectory.frame_times[pick])), fontsize=8)


def brightest_cell(frames: np.ndarray) -> int:
    """The cell value drawn as pure cream: 1, or what one cell in a hundred of counts exceeds."""
    return max(1, int(np.quantile(frames, 0.99))) if frames.size else 1


def short_time(time: int) -> str:
    """A clock reading in a few characters: 12, 3.4k, 8.5M."""
    if time < 10_000:
        return str(time)
    rounded = float(f"{time:.3g}")
    power = max(i for i in range(1, len(_LETTERS) + 1) if rounded >= 1000**i)
    return f"{rounded / 1000**power:.3g}{_LETTERS[power - 1]}"


def _complexity_panel(axes: Axes, trajectory: Trajectory) -> None:
    draw_observable(axes, trajectory, "complexity_bits", color=_COMPLEXITY)
    if "null_mean_bits" in trajectory.observables:
        mean, spread = trajectory.mean("null_mean_bits"), trajectory.mean("null_sd_bits")
        axes.plot(trajectory.times, mean, color=_NULL, lw=1, label="independent noise, mean ± 2 sd")
        axes.fill_between(
            trajectory.times, mean - 2 * spread, mean + 2 * spread, color=_NULL, alpha=0.2, lw=0
        )
    axes.set_ylabel("complexity (bits)")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, fontsize=8, loc="best")


def _corrected_panel(axes: Axes, trajectory: Trajectory) -> None:
    low, high = corrected_interval(trajectory)
    axes.axhline(0, color="black", lw=0.8)
    axes.fill_between(
        trajectory.times, low, high, color=_COMPLEXITY, alpha=0.25, lw=0, label="95 % interval"
    )
    axes.plot(trajectory.times, trajectory.mean("corrected_bits"), color=_COMPLEXITY, lw=1)
    axes.set_ylabel("complexity - null (bits)")
    axes.legend(frameon=False, fontsize=8, loc="best")


def _title(trajectory: Trajectory) -> str:
    parameters = trajectory.provenance["parameters"]
    system, instrument = parameters["system"], parameters["instrument"]
    coarse = instrument["coarse"]
    return (
        f"{system['model']} cup, {system['size']} x {system['size']}, "
        f"{system['boundary']} boundary, "
        f"{trajectory.replicas} replica{'s' * (trajectory.replicas > 1)} · {instrument['code']}, "
        f"grain {coarse['grain']}, {coarse['levels']} levels ({coarse['rounding']}), "
        f"adjustment {coarse['adjustment']}"
    )
