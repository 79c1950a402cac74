"""A small network in double precision whose training is the same, bit for bit, on every machine."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.prequential import _kernels as kernels
from mdl.prequential._memory import Draws
from mdl.prequential._replay import Replay

__all__ = ["PortableNetwork"]


@dataclass(kw_only=True)
class PortableNetwork(Replay):
    """One hidden layer of rectified units, trained online with replay, without torch.

    Loops of + - * / and square roots in a stated order, its own exponentials and logarithms, and
    draws from raw generator output: files made with it decode on any machine with IEEE arithmetic.
    Some ten times slower than `EnsembleLearner`, per network of the same size.

    Attributes:
        hidden: number of hidden units.
        updates, replay, fresh, rate, decay, epochs: as `Replay` has them.

    Raises:
        TypeError, ValueError: one of them is out of range.
    """

    hidden: int = 32

    name: ClassVar[str] = "portable-network"
    portable: ClassVar[bool] = True
    _dtype: ClassVar[Any] = np.float64

    def __post_init__(self) -> None:
        super().__post_init__()
        self.hidden = integer("hidden", self.hidden, 1, 1 << 12)

    def predict(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The softmax of the outputs, (b, K)."""
        flat = np.ascontiguousarray(self._standard(inputs).reshape(len(inputs), -1))
        out = np.empty((len(flat), self._size))
        kernels.network_predict(self._parameters, self.hidden, flat, out)
        return out

    def _build(self, draws: Draws) -> None:
        size = self._means.size
        first = (2 * draws.uniform((size + 1) * self.hidden) - 1) / math.sqrt(size)
        second = (2 * draws.uniform((self.hidden + 1) * self._size) - 1) / math.sqrt(self.hidden)
        self._parameters = np.concatenate([first, second])
        self._moments, self._powers = np.zeros((2, self._parameters.size)), np.ones(2)

    def _train(self, rows: NDArray[np.int64]) -> float:
        seen = self._memory.inputs.reshape(self._memory.size, -1)
        state = (self._parameters, self._moments, self._powers)
        settings = (self.rate, self.decay)
        labels = self._memory.labels
        return kernels.network_train(
            *state, self.hidden, self._size, seen, labels, rows[0], *settings
        )
