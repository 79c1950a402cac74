"""What training with noisy weights gives: bits by epoch, and the posterior."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from complexity.figures import new_figure, save_figure
from complexity.files import save_json
from mdl.weights.variational.posterior import Posterior

__all__ = ["Fit"]


@dataclass(frozen=True)
class Fit:
    """A course of training, in bits.

    Attributes:
        posterior: the weights' Gaussians in the end.
        coefficients: of the weights' cost, by epoch.
        model_bits: of the weights after each epoch (at coefficient 1, whatever was trained on).
        data_bits: of all labels, as met during each epoch, each with noise of its own.
        seconds: spent.
        settings: method, loss, epochs, batch size, learning rate, seed, threads, device.
    """

    posterior: Posterior
    coefficients: tuple[float, ...]
    model_bits: tuple[float, ...]
    data_bits: tuple[float, ...]
    seconds: float = math.nan
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def total_bits(self) -> tuple[float, ...]:
        """Of weights and labels, by epoch."""
        return tuple(map(sum, zip(self.model_bits, self.data_bits, strict=True)))

    def __repr__(self) -> str:
        epochs = len(self.model_bits)
        return (
            f"Fit({epochs} epoch{'s' * (epochs != 1)}: model {self.model_bits[-1]:.1f} + data "
            f"{self.data_bits[-1]:.1f} = {self.total_bits[-1]:.1f} bits, bound)"
        )

    def to_dict(self) -> dict[str, Any]:
        """Bits by epoch and the settings, as JSON values."""
        return {
            "model_bits": list(self.model_bits),
            "data_bits": list(self.data_bits),
            "total_bits": list(self.total_bits),
            "coefficients": list(self.coefficients),
            "header_bits": self.posterior.header_bits,
            "weights": int(self.posterior.mean.size),
            "seconds": self.seconds,
            "settings": dict(self.settings),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as .json, whole or not at all.

        Raises:
            ValueError: the path ends otherwise.
            OSError: the folder is missing or cannot be written.
        """
        return save_json(path, self.to_dict())

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Bits of weights and labels against the epoch, stacked.

        Args:
            path: where to save the figure (.png, .svg, .pdf); its suffix is the format.

        Returns:
            The matplotlib Figure.
        """
        figure = new_figure(figsize=(6.4, 4))
        axes = figure.add_subplot()
        epochs = range(1, len(self.model_bits) + 1)
        axes.stackplot(epochs, self.model_bits, self.data_bits, labels=("weights", "labels"))
        axes.set_xlabel("epoch")
        axes.set_ylabel("bits")
        axes.set_ylim(0, None)
        axes.legend()
        return save_figure(figure, path)
