"""The data's negative log likelihood under several samples of a network's weights at once."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import torch
from torch.func import functional_call, vmap
from torch.nn.functional import cross_entropy

from complexity.errors import integer
from mdl.weights.tensors import check_classes, checked_module, parameters_of

__all__ = ["Loss", "SampledLoss", "check_finite"]

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class SampledLoss:
    """An unbiased estimate of E[-log p(targets | inputs, weights)] over all examples, in nats.

    A step takes a batch of examples, split among the samples of the weights: more samples take no
    more time, and their noise is averaged. The network runs as in `eval()`.

    Args:
        module: a network; it is copied.
        data: inputs (N, ...) and labels (N,) or targets (N, ...).
        generator: of the batches.
        batch_size: examples in a step.
        groups: samples of the weights in a step.
        loss: nats of outputs and targets, summed over examples; None for the cross entropy of
            logits and classes.
        device: where it runs.

    Raises:
        TypeError, ValueError: the data are empty, inputs and targets differ in number, or a class
            is out of range.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        data: tuple[Any, Any],
        *,
        generator: torch.Generator,
        batch_size: int = 2048,
        groups: int = 16,
        loss: Loss | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        self.module = copy.deepcopy(checked_module("module", module)).to(device).eval()
        parameters = parameters_of(self.module)
        self.layout = tuple((name, tuple(p.shape)) for name, p in parameters.items())
        self.dtype = next(iter(parameters.values())).dtype
        self.device = torch.device(device)
        inputs, targets = data
        self._inputs = torch.as_tensor(inputs).to(device)
        self._targets = torch.as_tensor(targets).to(device)
        self.size = len(self._inputs)
        if len(self._targets) != self.size or not self.size:
            raise ValueError(
                f"data: got {self.size} inputs and {len(self._targets)} labels, accepted are as "
                "many of both, at least 1"
            )
        if self._inputs.is_floating_point() and not bool(torch.isfinite(self._inputs).all()):
            raise ValueError("data: got NaN or infinite inputs, accepted are finite numbers")
        self.groups = min(integer("groups", groups, 1), self.size)
        self._share = max(1, min(integer("batch_size", batch_size, 1), self.size) // self.groups)
        if loss is None and not self._targets.is_floating_point():
            self._targets = self._targets.long()
            with torch.no_grad():
                check_classes(self._targets, self.module(self._inputs[:1]).shape[1])
        self._loss = loss or _cross_entropy
        self._generator = generator

    def __call__(self, weights: torch.Tensor) -> torch.Tensor:
        """The estimate for samples of the weights (groups, D), a scalar in double precision."""
        groups = len(weights)
        count = groups * self._share
        at = torch.randperm(self.size, generator=self._generator)[:count].to(self.device)
        shape = (groups, self._share)
        inputs = self._inputs[at].reshape(*shape, *self._inputs.shape[1:])
        targets = self._targets[at].reshape(*shape, *self._targets.shape[1:])
        flat = weights.to(self.dtype)
        if groups == 1:
            nats = self._one(flat[0], inputs[0], targets[0])
        else:
            nats = vmap(self._one, randomness="different")(flat, inputs, targets).sum()
        return nats.to(torch.float64) * (self.size / count)

    def _one(self, flat: torch.Tensor, inputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        parts, start = {}, 0
        for name, shape in self.layout:
            size = math.prod(shape)
            parts[name] = flat[start : start + size].reshape(shape)
            start += size
        return self._loss(functional_call(self.module, parts, (inputs,)), targets)


def check_finite(loss: torch.Tensor, *parameters: torch.Tensor) -> None:
    """Raise FloatingPointError if a gradient is missing a number."""
    for parameter in parameters:
        if parameter.grad is not None and not bool(torch.isfinite(parameter.grad).all()):
            raise FloatingPointError(
                f"a gradient is NaN or infinite (loss {float(loss.detach()):.4g} nats); consider "
                "a smaller learning_rate"
            )


def _cross_entropy(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return cross_entropy(outputs, targets, reduction="sum")
