"""What labels cost given a network's outputs, in nats: classes, or numbers with Gaussian noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from complexity.errors import one_of
from mdl.weights.tensors import check_classes

__all__ = ["Classes", "Examples", "GaussianNoise", "LossLike", "as_examples", "as_loss"]

LossLike = Literal["classes", "gaussian"] | Callable[[Tensor, Tensor], Tensor]
"""A name; or a function of outputs and labels of B examples that gives nats, (B,)."""


@dataclass(frozen=True, eq=False)
class Examples:
    """N inputs with their labels, as tensors.

    Attributes:
        inputs: one or several tensors (N, ...), the arguments of the network.
        labels: (N, ...).
    """

    inputs: tuple[Tensor, ...]
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, which: Any) -> Examples:
        return Examples(tuple(each[which] for each in self.inputs), self.labels[which])

    def to(self, device: torch.device) -> Examples:
        """The same on a device."""
        return Examples(tuple(each.to(device) for each in self.inputs), self.labels.to(device))


def as_examples(
    data: Any,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Examples:
    """Tensors of `data`, a pair (inputs, labels) of arrays; inputs may be a tuple of arrays.

    Floating numbers become those of `dtype`.

    Raises:
        TypeError: it is no such pair.
        ValueError: there are no examples, or not as many inputs as labels.
    """
    if isinstance(data, Examples):
        return data.to(torch.device(device))
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(f"data: got {type(data).__name__}, accepted is a pair (inputs, labels)")
    inputs, labels = data
    several = inputs if isinstance(inputs, tuple) else (inputs,)
    found = Examples(tuple(_tensor(each, dtype) for each in several), _tensor(labels, dtype))
    lengths = {len(each) for each in (*found.inputs, found.labels)}
    if len(lengths) > 1 or 0 in lengths:
        raise ValueError(
            f"data: got {sorted(lengths)} inputs and labels, accepted is one number, at least 1"
        )
    return found.to(torch.device(device))


def _tensor(array: Any, dtype: torch.dtype) -> Tensor:
    tensor = array if isinstance(array, Tensor) else torch.from_numpy(np.array(array))
    if tensor.dim() == 0:
        raise ValueError(
            "data: got a number, accepted are arrays of examples, along the first axis"
        )
    if tensor.is_floating_point():
        return tensor.to(dtype)
    return tensor if tensor.dtype == torch.bool else tensor.long()


class Classes:
    """Labels 0 to K - 1, (B, ...), by the softmax of outputs (B, ..., K)."""

    header_bits = 0.0

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Nats of an example, on average over the batch, ()."""
        self._check(outputs, labels)
        nats = functional.cross_entropy(outputs.flatten(0, -2), labels.flatten())
        return nats if labels.dim() == 1 else nats * (labels.numel() / len(labels))

    def _check(self, outputs: Tensor, labels: Tensor) -> None:
        if outputs.shape[:-1] != labels.shape or labels.is_floating_point():
            raise ValueError(
                f"data: got outputs {tuple(outputs.shape)} and labels {tuple(labels.shape)} of "
                f"{str(labels.dtype).removeprefix('torch.')}, accepted are outputs (B, ..., K) and "
                "integers (B, ...); loss='gaussian' is for numbers"
            )
        check_classes(labels, outputs.shape[-1])


class GaussianNoise:
    """Numbers (B, J) as outputs (B, J) with Gaussian noise, its variance that of the misfit.

    The variances are parameters as well: estimated as the data pass, one per column, and sent with
    10 bits each. Bits are those of densities, as for numbers recorded to a precision of 1.
    """

    decay = 0.9
    """Of the running mean of squared errors."""

    def __init__(self) -> None:
        self.var: Tensor | None = None

    @property
    def header_bits(self) -> float:
        """Of the variances."""
        return 0.0 if self.var is None else 10.0 * self.var.numel()

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        """Nats of an example, on average over the batch, ()."""
        square = self.squares(outputs, labels)
        now = square.detach().clamp_min(1e-12)
        if self.var is None:
            self.var = now
        elif torch.is_grad_enabled():
            self.var = self.decay * self.var + (1 - self.decay) * now
        return 0.5 * (square / self.var + (2 * math.pi * self.var).log()).sum()

    @staticmethod
    def squares(outputs: Tensor, labels: Tensor) -> Tensor:
        """Mean squared error of every column, (J,)."""
        if outputs.shape != labels.shape:
            raise ValueError(
                f"data: got outputs {tuple(outputs.shape)} and labels {tuple(labels.shape)}, "
                "accepted are equal shapes"
            )
        return (outputs - labels).square().reshape(len(labels), -1).mean(0)


class _Own:
    """A caller's function of outputs and labels: nats (B,)."""

    header_bits = 0.0

    def __init__(self, function: Callable[[Tensor, Tensor], Tensor]) -> None:
        self.function = function

    def __call__(self, outputs: Tensor, labels: Tensor) -> Tensor:
        nats = self.function(outputs, labels)
        if nats.shape != labels.shape[:1]:
            raise ValueError(
                f"loss: gave shape {tuple(nats.shape)}, accepted is ({len(labels)},): nats of each"
            )
        return nats.mean()


def as_loss(loss: Any) -> Any:
    """What a front door was given as `loss`.

    Raises:
        TypeError, ValueError: it is neither known nor a function.
    """
    if isinstance(loss, Classes | GaussianNoise | _Own):
        return loss
    if callable(loss):
        return _Own(loss)  # pyright: ignore[reportArgumentType]
    if not isinstance(loss, str):
        raise TypeError(f"loss: got {loss!r}, accepted is 'classes', 'gaussian' or a function")
    return {"classes": Classes, "gaussian": GaussianNoise}[
        one_of("loss", loss, ("classes", "gaussian"))
    ]()
