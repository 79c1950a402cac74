"""Instruments for networks in training: functions of a module, each with its own unit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from simulations.system import System

__all__ = ["Measures", "accuracy", "loss_bits"]

Measure = Callable[[nn.Module], float]


@dataclass(frozen=True)
class Measures:
    """An instrument of several functions of the module.

    Attributes:
        functions: name -> (function of a module in evaluation mode, its unit).
        parameters: what determines their outcome: settings, seeds.
    """

    functions: Mapping[str, tuple[Measure, str]]
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The functions' names."""
        return tuple(self.functions)

    @property
    def units(self) -> tuple[str, ...]:
        """Their units."""
        return tuple(unit for _, unit in self.functions.values())

    def __call__(self, system: System) -> np.ndarray:
        """Values of shape (replicas, functions)."""
        with torch.no_grad():
            return np.array(
                [[f(state) for f, _ in self.functions.values()] for state in system.states()],
                np.float64,
            )


def loss_bits(inputs: Tensor, labels: Tensor, *, batch: int = 4096) -> Measure:
    """Bits of the labels under the module's softmax, summed: the data part of a two-part code.

    Args:
        inputs: (n, ...) what the module takes.
        labels: (n, ...) int64 classes; logits are (n, ..., K).
        batch: rows evaluated at once.
    """

    def measure(module: nn.Module) -> float:
        total = 0.0
        for start in range(0, len(inputs), batch):
            rows = labels[start : start + batch]
            logits = module(inputs[start : start + batch])
            flat = logits.reshape(-1, logits.shape[-1]).double()
            total += float(nn.functional.cross_entropy(flat, rows.reshape(-1), reduction="sum"))
        return total / math.log(2)

    return measure


def accuracy(inputs: Tensor, labels: Tensor, *, batch: int = 4096) -> Measure:
    """The share of labels that the module gives the highest logit."""

    def measure(module: nn.Module) -> float:
        right = 0
        for start in range(0, len(inputs), batch):
            found = module(inputs[start : start + batch]).argmax(-1)
            right += int((found == labels[start : start + batch]).sum())
        return right / labels.numel()

    return measure
