"""A segmentation with its codelength."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import Kind
from complexity.figures import new_figure, save_figure
from complexity.files import save_json

__all__ = ["Segmentation"]


_DRAWN = 200
"""The most segments whose cuts are drawn; more would hide the series."""


@dataclass(frozen=True)
class Segmentation:
    """A series cut into segments, each with parameters of its own, and what it costs.

    Bits of real-valued series are those at resolution 1 (see `mdl.Description`).

    Attributes:
        family: what segments are made of.
        n: number of items.
        cuts: where the second and later segments begin, ascending, (m - 1,) int64.
        parameters: maximum likelihood estimates, one mapping per segment.
        scale: least (or everyone's) standard deviation; 0 where there is none.
        complexity_bits: parametric complexities of the segments together.
        structure_bits: of the number of segments and the cuts.
        data_bits: -log2 of the maximised likelihood given the cuts.
        null_bits: total of the whole series as one segment, with the number of segments.
        optimal: whether no segmentation is shorter.
        values: the series, (n,).
        kind: what the total is worth.
    """

    family: str
    n: int
    cuts: NDArray[np.int64]
    parameters: tuple[Mapping[str, Any], ...]
    scale: float
    complexity_bits: float
    structure_bits: float
    data_bits: float
    null_bits: float
    optimal: bool
    values: NDArray[Any] = field(repr=False)
    kind: Kind = Kind.IDEAL

    @property
    def model_bits(self) -> float:
        """Complexities and structure."""
        return self.complexity_bits + self.structure_bits

    @property
    def total_bits(self) -> float:
        """Bits in all."""
        return self.model_bits + self.data_bits

    @property
    def bounds(self) -> NDArray[np.int64]:
        """0, the cuts, n: (m + 1,)."""
        return np.concatenate([[0], self.cuts, [self.n]]).astype(np.int64)

    def __repr__(self) -> str:
        return (
            f"Segmentation({len(self.parameters)} segments, family={self.family!r}, n={self.n}, "
            f"cuts={self.cuts.tolist()}, model {self.model_bits:.1f} + data {self.data_bits:.1f} = "
            f"{self.total_bits:.1f} bits, one segment {self.null_bits:.1f})"
        )

    def to_dict(self) -> dict[str, Any]:
        """All but the series, as JSON values."""
        return {
            "family": self.family,
            "n": self.n,
            "segments": len(self.parameters),
            "cuts": self.cuts.tolist(),
            "parameters": [
                {
                    name: {str(k): v for k, v in value.items()}
                    if isinstance(value, dict)
                    else value
                    for name, value in each.items()
                }
                for each in self.parameters
            ],
            "scale": self.scale,
            "complexity_bits": self.complexity_bits,
            "structure_bits": self.structure_bits,
            "model_bits": self.model_bits,
            "data_bits": self.data_bits,
            "total_bits": self.total_bits,
            "null_bits": self.null_bits,
            "optimal": self.optimal,
            "kind": str(self.kind),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path does not end in .json.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """The series, the cuts, and the mean of every segment with a band of one deviation.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(9, 3.5))
        axes = figure.add_subplot()
        real = self.values.dtype.kind in "iuf"
        shown = self.values if real else np.unique(self.values, return_inverse=True)[1]
        axes.plot(shown, color="0.5", linewidth=0.6, marker="." if self.n < 300 else "", zorder=1)
        bounds = self.bounds.tolist()
        for cut in bounds[1:-1] if len(bounds) <= _DRAWN else ():
            axes.axvline(cut - 0.5, color="tab:red", linewidth=0.5, alpha=0.4, zorder=0)
        for first, last, found in zip(bounds[:-1], bounds[1:], self.parameters, strict=True):
            if "mean" not in found:
                continue
            at = np.array([first - 0.5, last - 0.5])
            middle = (first + last - 1) / 2
            line = found["mean"] + found.get("slope", 0.0) * (at - middle)
            axes.plot(at, line, color="tab:blue", linewidth=1.5, zorder=3)
            spread = found.get("standard_deviation", self.scale)
            axes.fill_between(at, line - spread, line + spread, color="tab:blue", alpha=0.2)
        axes.set_xlabel("item")
        axes.set_ylabel("value")
        saved = self.null_bits - self.total_bits
        axes.set_title(
            f"{len(self.parameters)} segments ({self.family}), {self.total_bits:,.0f} bits, "
            f"{saved:,.0f} fewer than one"
        )
        return save_figure(figure, path)
