"""A histogram with its codelength."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.code import Kind
from complexity.figures import new_figure, save_figure
from complexity.files import write_atomically

__all__ = ["Histogram"]


@dataclass(frozen=True)
class Histogram:
    """A density that is constant in each of K bins, and what it costs.

    Bits of data are those at resolution 1 (see `mdl.Description`): data recorded to `precision`
    take `n * log2(1 / precision)` more.

    Attributes:
        edges: of the bins, ascending, (K + 1,) float64.
        counts: values in each bin, (K,) int64.
        method: "dp" (NML) or "genum" (enumerative two-part code).
        precision: width of the cells in which the data were counted.
        granule: cells between the places where a cut may be; 0 if cuts may be beside any value.
        candidates: places where a cut may be.
        model_bits: what K, the cuts and, by method, the complexity or the counts take.
        data_bits: the rest.
        best_fit_bits: -log2 of the maximised likelihood given the edges.
        optimal: whether no choice of cuts among the candidates is shorter; else it was searched.
        kind: what the total is worth.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    method: str
    precision: float
    granule: int
    candidates: int
    model_bits: float
    data_bits: float
    best_fit_bits: float
    optimal: bool
    kind: Kind = Kind.IDEAL

    @property
    def n(self) -> int:
        """Number of values."""
        return int(self.counts.sum())

    @property
    def total_bits(self) -> float:
        """Bits in all, at resolution 1."""
        return self.model_bits + self.data_bits

    @property
    def recorded_bits(self) -> float:
        """Bits in all of the data as recorded, to the precision."""
        return self.total_bits - self.n * math.log2(self.precision)

    @property
    def densities(self) -> NDArray[np.float64]:
        """The density in each bin, (K,): the share of the values over the width."""
        return self.counts / self.n / np.diff(self.edges)

    def density(self, x: ArrayLike) -> NDArray[np.float64]:
        """The density at points of any shape: 0 outside the range.

        An edge belongs to the bin at its right, the last one to the last bin.

        Raises:
            ValueError: a point is NaN.
        """
        points = np.asarray(x, np.float64)
        if np.isnan(points).any():
            raise ValueError("x: got NaN, accepted are numbers")
        at = np.searchsorted(self.edges, points, side="right") - 1
        at = np.where(points == self.edges[-1], self.counts.size - 1, at)
        inside = (at >= 0) & (at < self.counts.size)
        return np.where(inside, self.densities[np.clip(at, 0, self.counts.size - 1)], 0.0)

    def predictive_bits(self, x: ArrayLike) -> NDArray[np.float64]:
        """-log2 density of other points, finite everywhere, at resolution 1.

        Every bin has half a point more (Krichevsky and Trofimov), and so have both sides of the
        range, where the density falls as that of a Cauchy distribution with the range as its scale.

        Raises:
            ValueError: a point is NaN.
        """
        points = np.asarray(x, np.float64)
        if np.isnan(points).any():
            raise ValueError("x: got NaN, accepted are numbers")
        log_widths = np.log2(np.diff(self.edges))
        total = math.log2(self.n + (self.counts.size + 2) / 2)
        at = np.searchsorted(self.edges, points, side="right") - 1
        at = np.where(points == self.edges[-1], self.counts.size - 1, at)
        inside = (at >= 0) & (at < self.counts.size)
        near = np.clip(at, 0, self.counts.size - 1)
        bits = total - np.log2(self.counts[near] + 0.5) + log_widths[near]
        # scale (1 + (away / scale)^2) as the square of a hypotenuse; of halves where doubles end
        scale = self.edges[-1] - self.edges[0]
        unit = 1.0 if np.abs(points).max(initial=0.0) < 1e307 else 0.25
        low, high = self.edges[0] * unit, self.edges[-1] * unit
        away = np.maximum(low - points * unit, points * unit - high)
        far = np.hypot(scale * unit, np.where(inside, 0.0, away))
        tail = total + 1 + math.log2(math.pi / 2) - math.log2(scale)
        return np.where(inside, bits, tail + 2 * np.log2(far / unit))

    def __repr__(self) -> str:
        return (
            f"Histogram({self.counts.size} bins on [{self.edges[0]:g}, {self.edges[-1]:g}], "
            f"n={self.n}, method={self.method!r}, model {self.model_bits:.1f} + data "
            f"{self.data_bits:.1f} = {self.total_bits:.1f} bits)"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "method": self.method,
            "n": self.n,
            "bins": int(self.counts.size),
            "edges": self.edges.tolist(),
            "counts": self.counts.tolist(),
            "precision": self.precision,
            "granule": self.granule,
            "candidates": self.candidates,
            "model_bits": self.model_bits,
            "data_bits": self.data_bits,
            "total_bits": self.total_bits,
            "recorded_bits": self.recorded_bits,
            "best_fit_bits": self.best_fit_bits,
            "optimal": self.optimal,
            "kind": str(self.kind),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json (everything) or .csv (lower, upper, count, density).

        The file is whole or not there at all.

        Raises:
            ValueError: the path ends in neither.
            OSError: the folder is missing or cannot be written.
        """
        suffix = Path(path).suffix.lower()
        if suffix not in (".json", ".csv"):
            raise ValueError(f"path: got {os.fspath(path)!r}, accepted is a name in .json or .csv")
        if suffix == ".json":
            text = json.dumps(self.to_dict(), indent=2, allow_nan=False) + "\n"
        else:
            rows = zip(self.edges[:-1], self.edges[1:], self.counts, self.densities, strict=True)
            lines = [f"{float(a)!r},{float(b)!r},{c},{float(d)!r}" for a, b, c, d in rows]
            text = "\n".join(["lower,upper,count,density", *lines]) + "\n"
        return write_atomically(path, text.encode("utf-8"))

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """The density against the values, logarithmic where it spans more than three decades.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(7, 4))
        axes = figure.add_subplot()
        axes.stairs(self.densities, self.edges, fill=True, alpha=0.4)
        axes.stairs(self.densities, self.edges, color="tab:blue", linewidth=0.8)
        filled = self.densities[self.counts > 0]
        if filled.max() > 1000 * filled.min():
            axes.set_yscale("log")
        axes.set_xlabel("value")
        axes.set_ylabel("density")
        axes.set_title(f"{self.counts.size} bins, n = {self.n:,}, {self.total_bits:,.0f} bits")
        return save_figure(figure, path)
