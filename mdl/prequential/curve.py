"""What every label cost, along the way: the learning curve of a prequential code, in bits."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.figures import legend, new_figure, save_figure
from complexity.files import save_json
from mdl import experts as mixtures
from mdl.prequential._checks import number

__all__ = ["LearningCurve"]


@dataclass(frozen=True)
class LearningCurve:
    """Codelengths of labels in their order.

    Attributes:
        name: of the code.
        bits: of every label by the mixture, (n,) float64.
        expert_bits: of every label by each expert alone, (E, n) float64.
        experts: their names, (E,).
        codeword_bits: 8 times the length of the codeword that the labels were coded by.
        wrong: whether the mixture's likeliest label was another, (n,) bool.
        seconds: spent.
        labels: n.
        uniform_bits: of all labels under the uniform code.
        nml_bits: of all labels by normalised maximum likelihood.
    """

    name: str
    bits: NDArray[np.float64]
    expert_bits: NDArray[np.float64]
    experts: Sequence[str]
    codeword_bits: int
    wrong: NDArray[np.bool_]
    seconds: float
    labels: int
    uniform_bits: float
    nml_bits: float

    @property
    def total_bits(self) -> float:
        """Of all labels."""
        return float(self.bits.sum())

    @property
    def cumulative_bits(self) -> NDArray[np.float64]:
        """Of the first 1, 2, ..., n labels, (n,)."""
        return np.cumsum(self.bits)

    @property
    def experts_total(self) -> dict[str, float]:
        """Name -> bits of all labels by that expert alone."""
        totals = self.expert_bits.sum(1).tolist()
        return dict(zip(self.experts, totals, strict=True))

    @property
    def best_expert(self) -> str:
        """The name of the expert with the fewest bits, "" without labels."""
        return min(self.experts_total, key=lambda name: self.experts_total[name], default="")

    def final_bits(self, last: float = 0.2) -> float:
        """The mean of the last labels, a fraction `last` of them: bits per label; NaN for none.

        Raises:
            ValueError: it is no fraction above 0.
        """
        if not self.labels:
            return math.nan
        many = math.ceil(number("last", last, 1e-9, 1.0) * self.labels)
        return float(self.bits[-many:].mean())

    def area_bits(self, last: float = 0.2) -> float:
        """What learning cost: the area between the curve and its final height, in bits.

        The prequential estimate of the information in the model: total bits less n times
        `final_bits`, which is the part that would be left had the last model been known from the
        start. An estimate, not a code; it is too small where the curve still falls at its end.

        References:
            M. Finzi et al., From entropy to epiplexity, 2026 (arXiv 2601.03220): prequential coding
                estimate of the program's length.

        Raises:
            ValueError: `last` is no fraction above 0.
        """
        return self.total_bits - self.labels * self.final_bits(last) if self.labels else 0.0

    def remixed_bits(self, mixing: str, *, rate: float = 0.01) -> float:
        """The bits of all labels by another mixture of the same experts, without training again.

        Args:
            mixing: "bayes", "switch" or "fixed-share".
            rate: of "fixed-share".

        Raises:
            ValueError: the mixing is none of these.
        """
        table = np.exp2(-self.expert_bits)
        match mixing:
            case "bayes":
                return mixtures.bayes_mixture(table).total_bits
            case "switch":
                return mixtures.switch(table).total_bits
            case "fixed-share":
                return mixtures.fixed_share(table, rate).total_bits
        raise ValueError(f"mixing: got {mixing!r}, accepted is bayes, switch or fixed-share")

    def binned(self, bins: int = 40) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean bits per label over stretches whose lengths grow in proportion to n.

        Returns:
            The ends of the stretches, and the means: two arrays of at most `bins`.
        """
        edges = np.unique(np.geomspace(1, max(self.labels, 1), bins + 1).astype(int))
        edges = np.concatenate([[0], edges]) if self.labels else edges[:0]
        sums = np.concatenate([[0.0], self.cumulative_bits])[edges]
        return edges[1:].astype(np.float64), np.diff(sums) / np.diff(edges)

    def __repr__(self) -> str:
        return (
            f"LearningCurve({self.name!r}: {self.labels} labels in {self.total_bits:.1f} bits, "
            f"uniform {self.uniform_bits:.1f}; {int(self.wrong.sum())} errors on the way, at the "
            f"end {self.final_bits():.3f} bits per label, learning cost {self.area_bits():.1f})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Totals in bits and the binned curve as JSON values."""
        ends, means = self.binned()
        final = self.final_bits()
        return {
            "name": self.name,
            "labels": self.labels,
            "total_bits": self.total_bits,
            "codeword_bits": self.codeword_bits,
            "uniform_bits": self.uniform_bits,
            "nml_bits": self.nml_bits,
            "final_bits": None if math.isnan(final) else final,
            "area_bits": self.area_bits(),
            "errors": int(self.wrong.sum()),
            "experts": self.experts_total,
            "curve": {"n": ends.tolist(), "bits_per_label": means.tolist()},
            "seconds": self.seconds,
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_dict` as .json, whole or not at all.

        Raises:
            ValueError: the path does not end in .json.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Bits per label, and all bits so far, against the number of labels.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(10, 4.2))
        rate, total = figure.subplots(1, 2)
        n = np.arange(1, self.labels + 1)
        even = self.uniform_bits / max(self.labels, 1)
        ends, means = self.binned(20)
        figure.suptitle(f"{self.name}: {self.total_bits:.0f} bits", fontsize=10, parse_math=False)
        rate.step(ends, means, where="pre", label="mixture")
        rate.axhline(even, color="k", linestyle=":", label="uniform")
        rate.set_xscale("log")
        rate.set_ylabel("bits per label")
        total.plot(n, self.cumulative_bits, label="mixture")
        if best := self.best_expert:
            alone = self.expert_bits[self.experts.index(best)]
            total.plot(n, np.cumsum(alone), linewidth=1, label=f"best expert: {best}")
        total.plot(n, even * n, "k:", label="uniform")
        cost = self.area_bits()
        label = f"slope of the end; learning cost {cost:.0f} bits"
        total.plot([0, self.labels], [cost, self.total_bits], "--", linewidth=1, label=label)
        total.set_ylim(0, max(1.3 * self.total_bits, 1.0))
        total.set_ylabel("bits so far")
        for axes in (rate, total):
            axes.set_xlabel("labels seen")
            legend(axes, frameon=False, fontsize=9)
        return save_figure(figure, path)
