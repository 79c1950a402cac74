"""Results: the structure function, sophistication by slack, effective complexity."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from complexity.code import ROUNDING
from complexity.figures import new_figure, save_figure
from complexity.files import save_json
from complexity.structure.models import Model, checked_slack

__all__ = ["EffectiveComplexity", "Sophistication", "StructureFunction"]


@dataclass(frozen=True)
class StructureFunction:
    """Least data bits by model bits: a falling staircase, given where it falls.

    Attributes:
        models: one per step, by growing model bits and falling data bits; each takes part of its
            model bits to say which class it is of.
        classes: names of the classes.
        size: cells or bits of the object.
        provenance: versions and commit.
    """

    models: tuple[Model, ...]
    classes: tuple[str, ...]
    size: int
    provenance: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def alpha(self) -> tuple[float, ...]:
        """Model bits at which h falls."""
        return tuple(model.model_bits for model in self.models)

    @property
    def h(self) -> tuple[float, ...]:
        """Data bits from there on."""
        return tuple(model.data_bits for model in self.models)

    @property
    def minimum_bits(self) -> float:
        """The least two-part total, in bits: a codelength of the object."""
        alike = (1 + ROUNDING) * min(model.total_bits for model in self.models)
        return next(model.total_bits for model in self.models if model.total_bits <= alike)

    def least_data(self, alpha: float) -> float:
        """h(alpha) in bits, infinite where no model has so few bits."""
        return min(
            (model.data_bits for model in self.models if model.model_bits <= alpha),
            default=math.inf,
        )

    def least_total(self, alpha: float) -> float:
        """lambda(alpha) in bits, infinite where no model has so few bits."""
        found = min(
            (model.total_bits for model in self.models if model.model_bits <= alpha),
            default=math.inf,
        )
        return max(found, self.minimum_bits)

    def sufficient(self, slack: float = 0.0) -> Model:
        """The model with the fewest bits whose total is within `slack` bits of the least.

        Raises:
            TypeError, ValueError: the slack is not a number from 0.
        """
        enough = self.minimum_bits + checked_slack(slack)
        return next(model for model in self.models if model.total_bits <= enough)

    def __repr__(self) -> str:
        best = self.sufficient()
        return (
            f"StructureFunction of {self.size} cells: {len(self.models)} steps, least total "
            f"{self.minimum_bits:.2f} bits = {best.model_bits:.2f} + {best.data_bits:.2f} "
            f"({best.family}: {best.description})"
        )

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "size": self.size,
            "classes": list(self.classes),
            "minimum_bits": self.minimum_bits,
            "models": [model.to_dict() for model in self.models],
            "provenance": dict(self.provenance),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """h as a staircase, the two-part totals of its steps, and the line of slope -1.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(7, 4.2))
        axes = figure.add_subplot()
        best, reach = self.sufficient(), max(1.05 * self.alpha[-1], self.alpha[0] + 1)
        axes.step([*self.alpha, reach], [*self.h, self.h[-1]], where="post", label=r"$h(\alpha)$")
        totals = [model.total_bits for model in self.models]
        axes.plot(self.alpha, totals, ".", color="C1", label="model + data")
        end = min(reach, self.minimum_bits)
        axes.plot(
            [0, end],
            [self.minimum_bits, self.minimum_bits - end],
            "--",
            color="0.6",
            label=r"least total $-\ \alpha$",
        )
        axes.plot(best.model_bits, best.data_bits, "o", color="C3", label=best.description)
        axes.set_xlim(0, reach)
        axes.set_ylim(0, 1.08 * max(*totals, *self.h))
        axes.set_xlabel(r"$\alpha$: bits of the model")
        axes.set_ylabel("bits")
        axes.legend()
        return save_figure(figure, path)


@dataclass(frozen=True)
class Sophistication:
    """Bits of the smallest model that is as good as the best, within a slack.

    Attributes:
        bits: of that model.
        slack: bits by which its total may exceed the least.
        model: that model.
        curve: (slack, bits) wherever the bits fall as the slack grows, from slack 0 on.
    """

    bits: float
    slack: float
    model: Model
    curve: tuple[tuple[float, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values."""
        return asdict(self) | {"model": self.model.to_dict(), "curve": list(map(list, self.curve))}

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Sophistication by slack.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(6, 3.6))
        axes = figure.add_subplot()
        slacks, bits = map(list, zip(*self.curve, strict=True))
        reach = 1.2 * max(slacks[-1], self.slack) + 1
        axes.step([*slacks, reach], [*bits, bits[-1]], where="post")
        axes.plot(self.slack, self.bits, "o", color="C3", label=self.model.description)
        axes.set_xlim(0, reach)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("slack (bits)")
        axes.set_ylabel("sophistication (bits)")
        axes.legend()
        return save_figure(figure, path)


@dataclass(frozen=True)
class EffectiveComplexity:
    """What is regular and what is not, in the terms of Gell-Mann and Lloyd.

    Attributes:
        bits: effective complexity, the bits that describe the ensemble.
        random_bits: bits of the object given the ensemble; the ensemble's entropy where it is
            uniform.
        total_information: their sum, in bits.
        ensemble: the model chosen.
    """

    bits: float
    random_bits: float
    total_information: float
    ensemble: Model

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values."""
        return asdict(self) | {"ensemble": self.ensemble.to_dict()}
