"""What an estimate of epiplexity says: structure and time-bounded entropy, in bits, with curves."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import Kind
from complexity.figures import legend, new_figure, save_figure
from complexity.files import save_json

__all__ = ["Curve", "Epiplexity"]


@dataclass(frozen=True)
class Curve:
    """One learner along its training; point 0 is the untrained uniform prediction.

    Attributes:
        model: the learner, as text.
        parameters: number of its weights.
        trained_tokens: (k,) described tokens seen in training.
        flops: (k,) of training and of describing the data once, 6 N D + 2 N D'.
        loss_bits: (k,) bits per described token of rows held out.
        loss_se: (k,) its standard error, over rows.
        structure_bits: (k,) S, of the learner.
        structure_se: (k,) its standard error.
        entropy_bits: (k,) H, of the data by the learner.
    """

    model: str
    parameters: int
    trained_tokens: NDArray[np.int64]
    flops: NDArray[np.float64]
    loss_bits: NDArray[np.float64]
    loss_se: NDArray[np.float64]
    structure_bits: NDArray[np.float64]
    structure_se: NDArray[np.float64]
    entropy_bits: NDArray[np.float64]

    @property
    def total_bits(self) -> NDArray[np.float64]:
        """(k,) S + H."""
        return self.structure_bits + self.entropy_bits


@dataclass(frozen=True)
class Epiplexity:
    """The two parts of the data's description that is shortest within the budget.

    Attributes:
        structure_bits: S, epiplexity: of the model; an estimate, that may come out a little below
            zero where there is none.
        structure_se: its standard error.
        entropy_bits: H, time-bounded entropy: of the data by the model.
        entropy_se: its standard error.
        trivial_bits: of the data by the uniform code; the total is never above.
        tokens: that are described.
        trained_tokens: that the chosen model was trained on, 0 if the uniform code is shortest.
        parameters: weights of the chosen model.
        flops: of training it and describing the data.
        budget: most flops allowed, infinite for none.
        estimator: "prequential" or "requential".
        kind: ESTIMATE for the area under the loss curve; BOUND for the cumulative divergence, of
            the expected length of a code that exists.
        model: the chosen learner, as text.
        curves: of all learners.
        seed: of everything drawn.
        seconds: of processor time.
        provenance: versions, training settings.
    """

    structure_bits: float
    structure_se: float
    entropy_bits: float
    entropy_se: float
    trivial_bits: float
    tokens: int
    trained_tokens: int
    parameters: int
    flops: float
    budget: float
    estimator: str
    kind: Kind
    model: str
    curves: tuple[Curve, ...] = field(repr=False)
    seed: int = 0
    seconds: float = math.nan
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def total_bits(self) -> float:
        """S + H."""
        return self.structure_bits + self.entropy_bits

    def __repr__(self) -> str:
        return (
            f"Epiplexity(S {self.structure_bits:.5g} ± {self.structure_se:.2g} + "
            f"H {self.entropy_bits:.5g} ± {self.entropy_se:.2g} = {self.total_bits:.6g} bits "
            f"({self.kind}) of {self.tokens} tokens, trivial {self.trivial_bits:.6g}; "
            f"{self.estimator}, {self.model or 'uniform'} of {self.parameters} weights after "
            f"{self.trained_tokens} tokens, {self.flops:.2g} flops)"
        )

    def within(self, budget: float) -> tuple[float, float]:
        """S and H in bits of the shortest description within a smaller budget of flops."""
        points = [(self.trivial_bits, 0.0, self.trivial_bits)]
        for curve in self.curves:
            ok = curve.flops <= budget
            points += zip(
                curve.total_bits[ok], curve.structure_bits[ok], curve.entropy_bits[ok], strict=True
            )
        _, structure, entropy = min(points)
        return float(structure), float(entropy)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the curves' points, as JSON values; bits where the name says so."""
        names = (
            "structure_bits", "structure_se", "entropy_bits", "entropy_se", "total_bits",
            "trivial_bits", "tokens", "trained_tokens", "parameters", "flops", "budget",
            "estimator", "model", "seed", "seconds",
        )  # fmt: skip
        plain = {name: getattr(self, name) for name in names}
        finite = {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in plain.items()
        }
        return finite | {"kind": str(self.kind), "provenance": dict(self.provenance)}

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write everything, the curves too, as .json; whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        curves = [
            {
                name: value.tolist() if isinstance(value, np.ndarray) else value
                for name, value in vars(curve).items()
            }
            for curve in self.curves
        ]
        return save_json(path, self.to_dict() | {"curves": curves})

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Total, structure and entropy of every learner over compute; the choice is marked.

        Args:
            path: where to save the figure (.png, .svg, .pdf); None for nowhere.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(10, 3.4))
        titles = {
            "total_bits": "S + H, bits",
            "structure_bits": "S: structure, bits",
            "entropy_bits": "H: time-bounded entropy, bits",
        }
        for axes, (name, title) in zip(figure.subplots(1, 3), titles.items(), strict=True):
            for curve in self.curves:
                axes.plot(curve.flops, getattr(curve, name), marker=".", label=curve.model)
            if self.trained_tokens:
                axes.plot([self.flops], [getattr(self, name)], "k*", markersize=12)
            axes.set_xscale("log")
            axes.set_xlabel("flops")
            axes.set_title(title, fontsize=10)
        legend(figure.axes[0], fontsize=7)
        return save_figure(figure, path)
