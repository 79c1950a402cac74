"""One pass of a learner over rows: the bits of every batch before it is learned from."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import integer

__all__ = ["OnlineLearner", "Training", "checkpoints_of", "row_bits"]

_EVALUATED = 256
"""Rows that are run at once without learning."""


@dataclass(frozen=True)
class Training:
    """How a learner learns: Adam, one batch after another, each seen once.

    Args:
        batch_size: rows of a batch.
        learning_rate: after the warm-up; constant, as in the paper.
        warmup: steps over which the learning rate rises.
        averaged: horizon in steps of the running average of the weights, which is what predicts;
            the first steps are averaged over less.
        updates: gradient steps on every batch; its bits are those before the first.
        clip: greatest norm of a gradient.

    Raises:
        TypeError, ValueError: a number is out of range.
    """

    batch_size: int = 16
    learning_rate: float = 0.005
    warmup: int = 30
    averaged: int = 50
    updates: int = 1
    clip: float = 1.0

    def __post_init__(self) -> None:
        for name in ("batch_size", "warmup", "averaged", "updates"):
            object.__setattr__(self, name, integer(name, getattr(self, name), 1))
        for name in ("learning_rate", "clip"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"{name}: got {value!r}, accepted is a positive number")
            if not 0 < value < math.inf:
                raise ValueError(f"{name}: got {value}, accepted is a positive number")


class OnlineLearner:
    """A module that learns batch by batch, and a running average of it.

    Args:
        module: of the contract in `mdl.epiplexity.learner.Factory`; it is changed.
        training: how.
    """

    def __init__(self, module: nn.Module, training: Training) -> None:
        self.module, self.training, self.steps = module, training, 0
        self.averaged = copy.deepcopy(module).eval().requires_grad_(False)
        self._optimiser = torch.optim.Adam(module.parameters(), lr=1.0, betas=(0.9, 0.95))
        self._decay = math.exp(-1 / training.averaged)

    def learn(self, tokens: Tensor, given: int) -> float:
        """Bits of the batch (B, length) behind the first `given` tokens, then learn from it.

        Raises:
            RuntimeError: the loss is not finite.
        """
        first = math.nan
        self.module.train()
        rate = self.training.learning_rate * min(1.0, (self.steps + 1) / self.training.warmup)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        for update in range(self.training.updates):
            loss = _nats(self.module, tokens, given).mean()
            if not math.isfinite(value := float(loss.detach())):
                raise RuntimeError(
                    f"the loss is {value} at step {self.steps}; consider a smaller learning_rate"
                )
            if update == 0:
                first = value * tokens[:, given:].numel() / math.log(2)
            self._optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(self.module.parameters(), self.training.clip)
            self._optimiser.step()
        self.steps += 1
        self._average()
        return first

    def _average(self) -> None:
        keep = min(self._decay, (self.steps - 1) / (self.steps + 8))
        with torch.no_grad():
            pairs = zip(self.averaged.parameters(), self.module.parameters(), strict=True)
            for mean, new in pairs:
                mean.lerp_(new, 1 - keep)
            for mean, new in zip(self.averaged.buffers(), self.module.buffers(), strict=True):
                mean.copy_(new)


def _nats(module: nn.Module, tokens: Tensor, given: int) -> Tensor:
    """Of every described token, (B, b)."""
    logits = module(tokens)[:, given:]  # (B, b, A)
    return functional.cross_entropy(logits.transpose(1, 2), tokens[:, given:], reduction="none")


def row_bits(module: nn.Module, tokens: Tensor, given: int) -> NDArray[np.float64]:
    """Bits of every row (n,) behind its given tokens, without learning."""
    parts = []
    with torch.no_grad():
        for start in range(0, len(tokens), _EVALUATED):
            nats = _nats(module, tokens[start : start + _EVALUATED], given)
            parts.append(nats.double().sum(1).cpu().numpy() / math.log(2))
    return np.concatenate(parts)


def checkpoints_of(steps: int, count: int) -> Sequence[int]:
    """Numbers of steps at which the data are evaluated: geometric, the last one included."""
    places = np.geomspace(min(8, steps), steps, count).round().astype(int)
    return sorted(set(places.tolist()))
