"""What a coffee run says: where the curves start, peak and end, and what the null model leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from simulations.trajectory import Trajectory

__all__ = ["CoffeeRow", "CoffeeSummary", "corrected_interval", "not_empty", "smoothed", "summarise"]

Curve = npt.NDArray[np.float64]


def smoothed(curve: Curve) -> Curve:
    """Centred running mean over a fortieth of the curve, from which peaks are read."""
    half = len(curve) // 80
    total = np.concatenate([[0.0], np.cumsum(curve)])
    place = np.arange(len(curve))
    low, high = np.maximum(place - half, 0), np.minimum(place + half + 1, len(curve))
    return (total[high] - total[low]) / (high - low)


def not_empty(trajectory: Trajectory) -> None:
    """Raise a ValueError if the run was interrupted before its first time."""
    if len(trajectory.times) == 0:
        raise ValueError("trajectory: nothing has been measured yet; resume the run first")


def corrected_interval(trajectory: Trajectory, *, level: float = 0.95) -> tuple[Curve, Curve]:
    """Pointwise confidence interval of the null-corrected complexity, in bits.

    Student's interval for (mean over R replicas) - (mean over M noise cups) with their pooled
    variance: under the null the two spreads are one, and a single replica has none of its own.

    Args:
        trajectory: a coffee run with a null model.
        level: confidence at each time by itself; neighbouring times are correlated.

    Returns:
        (T,) lower and (T,) upper ends.

    Raises:
        KeyError: the run has no null model.
    """
    corrected = trajectory["corrected_bits"]
    replicas = corrected.shape[1]
    samples = trajectory.provenance["parameters"]["instrument"]["null_samples"]
    freedom = replicas + samples - 2
    mean = corrected.mean(axis=1)
    own = ((corrected - mean[:, None]) ** 2).sum(axis=1)
    noise = (samples - 1) * trajectory["null_sd_bits"][:, 0] ** 2
    error = np.sqrt((own + noise) / freedom * (1 / replicas + 1 / samples))
    reach = stats.t.ppf((1 + level) / 2, freedom) * error
    return mean - reach, mean + reach


@dataclass(frozen=True)
class CoffeeRow:
    """One curve, averaged over replicas and smoothed: bits, and the clock at the peak.

    The peak is where the curve is farthest from 0, so that of the corrected curve may be negative.
    """

    name: str
    start: float
    peak: float
    peak_time: int
    end: float


@dataclass(frozen=True)
class CoffeeSummary:
    """The table at the end of a coffee run.

    Attributes:
        clock: unit of the times.
        rows: entropy, complexity and, with a null model, the null's mean and the corrected curve.
        corrected: null-corrected complexity at the complexity's peak with its 95 % interval
            (bits: value, lower, upper), or None without a null model. The interval is
            simultaneous over all measured times (Bonferroni), for the peak was picked among them.
    """

    clock: str
    rows: tuple[CoffeeRow, ...]
    corrected: tuple[float, float, float] | None

    def __repr__(self) -> str:
        head = f"{'bits':>12} {'start':>9} {'peak':>9} {'at ' + self.clock:>16} {'end':>9}"
        lines = [head] + [
            f"{row.name:>12} {row.start:z9.0f} {row.peak:z9.0f} {row.peak_time:16,} {row.end:z9.0f}"
            for row in self.rows
        ]
        return "\n".join([*lines, *([self.verdict] if self.verdict else [])])

    @property
    def verdict(self) -> str:
        """What the null model leaves of the peak, in a sentence."""
        if self.corrected is None:
            return ""
        value, low, high = self.corrected
        said = (
            "not distinguishable from independent noise"
            if low <= 0 <= high
            else "more than independent noise has"
            if low > 0
            else "less than independent noise has"
        )
        return (
            f"At the complexity's peak {value:+.0f} bits [{low:+.0f}, {high:+.0f}] "
            f"remain after the null correction: {said}."
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON-serialisable dictionaries."""
        return {
            "clock": self.clock,
            "rows": [vars(row) for row in self.rows],
            "corrected_at_peak_bits": self.corrected,
            "verdict": self.verdict,
        }


def summarise(trajectory: Trajectory) -> CoffeeSummary:
    """The start, smoothed peak and end (mean of the last tenth) of each curve, in bits.

    Raises:
        ValueError: nothing was measured.
    """
    not_empty(trajectory)
    names = {
        "entropy_bits": "entropy",
        "complexity_bits": "complexity",
        "null_mean_bits": "null",
        "corrected_bits": "corrected",
    }
    rows = tuple(
        _row(trajectory, name, label)
        for name, label in names.items()
        if name in trajectory.observables
    )
    corrected = None
    if "corrected_bits" in trajectory.observables:
        peak = int(np.argmax(smoothed(trajectory.mean("complexity_bits"))))
        low, high = corrected_interval(trajectory, level=1 - 0.05 / len(trajectory.times))
        value = trajectory.mean("corrected_bits")[peak]
        corrected = (float(value), float(low[peak]), float(high[peak]))
    return CoffeeSummary(trajectory.clock, rows, corrected)


def _row(trajectory: Trajectory, name: str, label: str) -> CoffeeRow:
    curve = trajectory.mean(name)
    smooth = smoothed(curve)
    peak = int(np.argmax(np.abs(smooth)))
    tail = max(1, len(curve) // 10)
    return CoffeeRow(
        label,
        float(curve[0]),
        float(smooth[peak]),
        int(trajectory.times[peak]),
        float(curve[-tail:].mean()),
    )
