"""Many small networks trained at once: every layer of all of them is one batched product."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.devices import usable
from mdl.prequential._memory import Draws
from mdl.prequential._replay import Replay

__all__ = ["EnsembleLearner"]

_BETA1, _BETA2, _TINY = 0.9, 0.999, 1e-8  # Kingma and Ba, Adam, 2015, algorithm 1: the defaults
_MOST = 1 << 26  # weights in all: a quarter of a gigabyte, and as much for each of Adam's moments


@dataclass(kw_only=True)
class EnsembleLearner(Replay):
    """The mean prediction of M networks of rectified units, trained online with replay.

    Each has weights and replay batches of its own; gradients are written out, Adam works on all
    weights as one tensor. In single precision.

    Attributes:
        hidden: units of each hidden layer; () for a linear one.
        networks: M.
        bank: whether every network is an expert of its own, instead of their mean.
        device: where to compute; files made on one decode on that one. On CUDA, torch wants the
            environment variable CUBLAS_WORKSPACE_CONFIG=:4096:8 for results that repeat.
        updates, replay, fresh, rate, decay, epochs: as `Replay` has them.

    Raises:
        TypeError, ValueError: one of them is out of range.
    """

    hidden: Sequence[int] = (128,)
    networks: int = 8
    bank: bool = False
    device: str = "cpu"

    name: ClassVar[str] = "ensemble"
    portable: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.hidden, list | tuple):
            raise TypeError(f"hidden: got {self.hidden!r}, accepted is a sequence of integers")
        self.hidden = tuple(integer("hidden", units, 1, 1 << 14) for units in self.hidden)
        self.networks = integer("networks", self.networks, 1, 1 << 10)
        if not isinstance(self.bank, bool):
            raise TypeError(f"bank: got {self.bank!r}, accepted is True or False")
        self.device = usable(self.device)

    def predict(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The mean softmax of the networks, (b, K); as a bank (M, b, K)."""
        flat = self._standard(inputs).reshape(len(inputs), -1)
        with torch.inference_mode():
            x = torch.from_numpy(flat).to(self.device).expand(self.networks, *flat.shape)
            logits = self._forward(x)[-1]  # (M, b, K)
            chances = torch.softmax(logits.double(), 2).cpu().numpy()
        return chances if self.bank else chances.mean(0)

    @property
    def _copies(self) -> int:
        return self.networks

    def _build(self, draws: Draws) -> None:
        sizes = (self._means.size, *self.hidden, self._size)
        weights = self.networks * sum((a + 1) * b for a, b in pairwise(sizes))
        if weights > _MOST:
            raise ValueError(
                f"hidden: got {weights} weights in all networks, accepted are at most {_MOST}"
            )
        parts = []
        for before, after in pairwise(sizes):
            shape = (self.networks, (before + 1) * after)
            parts.append((2 * draws.uniform(*shape) - 1) / math.sqrt(before))
        flat = np.concatenate(parts, 1).astype(np.float32)  # (M, P)
        self._parameters = torch.from_numpy(flat).to(self.device)
        self._gradients = torch.zeros_like(self._parameters)
        self._first, self._second = (torch.zeros_like(self._parameters) for _ in range(2))
        self._layers = _layers(self._parameters, sizes)
        self._slopes = _layers(self._gradients, sizes)
        self._steps = 0

    def _forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """x (M, b, D), then the units of every layer (M, b, H), last the logits (M, b, K)."""
        values = [x]
        for number, (weights, biases) in enumerate(self._layers):
            x = torch.baddbmm(biases, x, weights)
            if number < len(self.hidden):
                x = torch.relu_(x)
            values.append(x)
        return values

    def _backward(self, x: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Fill the gradients of the mean loss of each network; the mean of all, a scalar."""
        *values, logits = self._forward(x)
        logs = torch.log_softmax(logits, 2)
        loss = -logs.gather(2, labels.unsqueeze(2)).mean()
        error = logs.exp_().sub_(torch.nn.functional.one_hot(labels, self._size))
        error /= labels.shape[1]  # (M, b, K)
        for number in range(len(values) - 1, -1, -1):
            weights, biases = self._slopes[number]
            torch.bmm(values[number].transpose(1, 2), error, out=weights)
            torch.sum(error, 1, keepdim=True, out=biases)
            if number:
                error = torch.bmm(error, self._layers[number][0].transpose(1, 2))
                error *= values[number] > 0
        return loss

    def _train(self, rows: NDArray[np.int64]) -> float:
        loss = torch.zeros(())
        with torch.inference_mode():
            inputs = torch.from_numpy(self._memory.inputs.reshape(self._memory.size, -1))
            labels = torch.from_numpy(self._memory.labels)
            for step in range(rows.shape[1]):
                index = torch.from_numpy(rows[:, step])  # (M, b)
                x = inputs[index].to(self.device)  # (M, b, D)
                loss = self._backward(x, labels[index].to(self.device))
                self._descend()
        return float(loss)

    def _descend(self) -> None:
        self._steps += 1
        gradient = self._gradients
        self._first.lerp_(gradient, 1 - _BETA1)
        self._second.mul_(_BETA2).addcmul_(gradient, gradient, value=1 - _BETA2)
        root = self._second.sqrt().div_(math.sqrt(1 - _BETA2**self._steps)).add_(_TINY)
        if self.decay:
            self._parameters.mul_(1 - self.rate * self.decay)
        rate = self.rate / (1 - _BETA1**self._steps)
        self._parameters.addcdiv_(self._first, root, value=-rate)


def _layers(flat: torch.Tensor, sizes: Sequence[int]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Views of (M, P): for each layer the weights (M, D, H) and the biases (M, 1, H)."""
    found: list[Any] = []
    start = 0
    for before, after in pairwise(sizes):
        middle, end = start + before * after, start + (before + 1) * after
        weights = flat[:, start:middle].unflatten(1, (before, after))
        found.append((weights, flat[:, middle:end].unsqueeze(1)))
        start = end
    return found
