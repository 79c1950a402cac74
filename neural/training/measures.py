"""Instruments for networks in training: functions of a module or of its run, each with a unit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from complexity.errors import integer
from mdl.weights.tensors import check_classes
from neural.training.batches import row_count
from simulations.system import System

if TYPE_CHECKING:
    from neural.training.system import TrainingRun

__all__ = ["PREQUENTIAL", "Measures", "accuracy", "label_bits", "loss_bits"]

Measure = Callable[[nn.Module], float]
RunMeasure = Callable[["TrainingRun"], float]


@dataclass(frozen=True)
class Measures:
    """An instrument of several functions of the module.

    Attributes:
        functions: name -> (function of a module in evaluation mode, its unit).
        parameters: what determines their outcome: settings, seeds.
        of_run: name -> (function of the TrainingRun itself, its unit), as `PREQUENTIAL`.
    """

    functions: Mapping[str, tuple[Measure, str]]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    of_run: Mapping[str, tuple[RunMeasure, str]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The functions' names."""
        return (*self.functions, *self.of_run)

    @property
    def units(self) -> tuple[str, ...]:
        """Their units."""
        return tuple(unit for _, unit in (*self.functions.values(), *self.of_run.values()))

    def __call__(self, system: System) -> np.ndarray:
        """Values of shape (replicas, names)."""
        run: Any = system
        with torch.no_grad():
            return np.array(
                [
                    [f(state) for f, _ in self.functions.values()]
                    + [f(run) for f, _ in self.of_run.values()]
                    for state in system.states()
                ],
                np.float64,
            )


PREQUENTIAL: Mapping[str, tuple[RunMeasure, str]] = MappingProxyType(
    {
        "prequential_bits": (lambda run: run.prequential_bits, "bits"),
        "examples_seen": (lambda run: float(run.examples_seen), "examples"),
    }
)
"""`Measures(..., of_run=PREQUENTIAL)` of a `TrainingRun(..., prequential=label_bits)`: the labels'
bits so far, each coded at first sight, and of how many examples."""


def label_bits(module: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Bits of each example's labels under the module's softmax, (n,) float64.

    Args:
        module: gives logits (n, ..., K).
        batch: inputs (n, ...) and labels (n, ...) int64; what an example has several of is summed.

    Raises:
        ValueError: logits are not of the labels' shape and K, or a label is not 0 to K - 1.
    """
    inputs, labels = batch
    logits = _fitting(module(inputs), labels)
    check_classes(labels, logits.shape[-1], "labels")
    flat = logits.reshape(-1, logits.shape[-1]).double()
    nats = nn.functional.cross_entropy(flat, labels.reshape(-1), reduction="none")
    return nats.reshape(len(labels), -1).sum(1) / math.log(2)


def loss_bits(inputs: Tensor, labels: Tensor, *, batch: int = 4096) -> Measure:
    """Bits of the labels under the module's softmax, summed: the data part of a two-part code.

    Args:
        inputs: (n, ...) what the module takes.
        labels: (n, ...) int64 classes; logits are (n, ..., K).
        batch: rows evaluated at once.

    Raises:
        TypeError, ValueError: `batch` is below 1; inputs and labels differ in length, or are empty;
            of the measure, as of `label_bits`.
    """
    count = row_count([inputs, labels])
    integer("batch", batch, 1)

    @torch.no_grad()
    def measure(module: nn.Module) -> float:
        total = 0.0
        for start in range(0, count, batch):
            rows = slice(start, start + batch)
            total += float(label_bits(module, (inputs[rows], labels[rows])).sum())
        return total

    return measure


def accuracy(inputs: Tensor, labels: Tensor, *, batch: int = 4096) -> Measure:
    """The share of labels that the module gives the highest logit; NaN where a logit is.

    Args:
        inputs, labels, batch: as of `loss_bits`.

    Raises:
        TypeError, ValueError: as of `loss_bits`; of the measure, logits are not of the labels'
            shape and K.
    """
    count = row_count([inputs, labels])
    integer("batch", batch, 1)

    def measure(module: nn.Module) -> float:
        right = 0.0
        for start in range(0, count, batch):
            true = labels[start : start + batch]
            logits = _fitting(module(inputs[start : start + batch]), true)
            right += math.nan if logits.isnan().any() else int((logits.argmax(-1) == true).sum())
        return right / labels.numel()

    return measure


def _fitting(logits: Tensor, labels: Tensor) -> Tensor:
    """The logits (n, ..., K), if they are of labels (n, ...)."""
    if logits.shape[:-1] != labels.shape:
        raise ValueError(
            f"labels: got shape {tuple(labels.shape)} for logits {tuple(logits.shape)}, accepted "
            "is that without the last axis"
        )
    return logits
