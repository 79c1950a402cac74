"""The figure of a paper's result."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from complexity.figures import legend, new_figure, save_figure

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["drawn"]

_METRICS = 4
"""The most panels of metrics; those that are judged come first."""

_CROWD = 6
"""Names of arms that fit below a panel without being turned further."""


def drawn(result: PaperResult, path: str | os.PathLike[str] | None = None) -> Any:
    """Metrics by arm with a dot per seed; beneath, observables along the training by arm."""
    from simulations.plotting import draw_observable

    judged = [each.metric for each in result.judgements if each.metric in result.metrics]
    metrics = list(dict.fromkeys([*judged, *result.metrics]))[:_METRICS]
    curves = {arm: found for arm in result.arms if (found := result.trajectory(arm)) is not None}
    names = list(dict.fromkeys(n for curve in curves.values() for n in curve.observables))
    rows = 1 + bool(names)
    width = max(len(metrics), len(names), 1)
    figure = new_figure(figsize=(3.4 * width, 2.6 * rows))
    grid = figure.add_gridspec(rows, 1)
    panels = grid[0].subgridspec(1, len(metrics) or 1).subplots(squeeze=False)[0]
    for axes, metric in zip(panels, metrics, strict=False):
        for at, arm in enumerate(result.arms):
            values = result.values(arm, metric)
            values = values[~np.isnan(values)]
            axes.plot(np.full(len(values), at), values, "o", alpha=0.6, color=f"C{at}")
            if values.size:
                axes.plot(at, values.mean(), "_", markersize=24, color=f"C{at}")
        known = [at for at, arm in enumerate(result.arms)
                 if not np.isnan(result.values(arm, metric)).all()]  # fmt: skip
        axes.set_xticks(known, [result.arms[at] for at in known],
                        rotation=20 if len(known) <= _CROWD else 60, ha="right",
                        parse_math=False)  # fmt: skip
        axes.set_title(metric.replace("_", " "), fontsize="medium")
        axes.margins(x=0.15)
    if names:
        below = grid[1].subgridspec(1, len(names)).subplots(squeeze=False)[0]
        for axes, name in zip(below, names, strict=True):
            for at, (arm, curve) in enumerate(curves.items()):
                if name in curve.observables:
                    draw_observable(axes, curve, name, color=f"C{at}")
                    axes.lines[-1].set_label(arm)
                    axes.set_ylabel(curve.units[curve.observables.index(name)])
                    axes.set_xlabel(curve.clock)
                    if curve.times[0] > 0 and curve.times[-1] > 10 * curve.times[0]:
                        axes.set_xscale("log")
                        axes.xaxis.set_minor_formatter("")  # they would overlap
                        if curve.times[-1] < 1000 * curve.times[0]:
                            axes.xaxis.get_major_locator().set_params(subs=(1, 2, 5))
                            axes.xaxis.set_major_formatter("{x:g}")
            axes.set_title(name.replace("_", " "), fontsize="medium")
            for band in axes.collections:  # of many arms they would hide one another
                band.set_alpha(min(0.2, 0.5 / len(curves)))
        lines = {line.get_label(): line for axes in below for line in axes.lines}
        legend(
            below[-1], list(lines.values()), list(lines), frameon=False, fontsize="small",
            loc="center left", bbox_to_anchor=(1, 0.5),
        )  # fmt: skip
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    seeds = f"{len(result.seeds)} seed{'s' * (len(result.seeds) != 1)}"
    figure.suptitle(f"{result.key}: {result.verdict} ({result.scale}, {seeds})")
    return save_figure(figure, path)
