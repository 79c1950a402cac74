"""A result as the cells of tables, the same in the docs' pages and in the report."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from neural.engine.judgement import mean_interval
from neural.engine.result import PaperResult

__all__ = ["interval", "measured", "number"]


def interval(values: Iterable[float]) -> str:
    """A mean over seeds and its interval, or one number where all agree; "" where none is known.

    Where only some are known, how many.

    Example:
        >>> interval([1.0, 2.0, 3.0])
        '2 (-0.4841 to 4.484)'
    """
    every = list(values)
    known = [each for each in every if not np.isnan(each)]
    if not known:
        return ""
    mean, low, high = mean_interval(known)
    told = number(mean)
    if len(known) > 1 and low != high:
        told += f" ({number(low)} to {number(high)})"
    return told if len(known) == len(every) else f"{told}, {len(known)} of {len(every)} seeds"


def number(value: float) -> str:
    """Four digits that count, thousands parted."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def measured(result: PaperResult) -> dict[str, list[str]]:
    """Metric, its underscores as spaces -> a cell for each arm; those that any arm has."""
    found = {
        name.replace("_", " "): [interval(result.values(arm, name)) for arm in result.arms]
        for name in result.metrics
    }
    return {name: cells for name, cells in found.items() if any(cells)}
