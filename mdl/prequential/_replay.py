"""What the networks share: standardised inputs, and training on new labels among replayed ones."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.prequential import _kernels as kernels
from mdl.prequential._checks import number
from mdl.prequential._memory import Draws, Memory

__all__ = ["Replay"]


@dataclass(kw_only=True)
class Replay(ABC):
    """A learner by gradients: after every block a few steps, on what is replayed from the past.

    Batches are the new block and labels drawn evenly, with replacement, from all that was seen.

    Attributes:
        updates: steps of Adam after every block.
        replay: labels drawn for each, besides the block's own.
        fresh: whether the block is in the batch of every step, or of the first only. In every one
            suits streams whose neighbours are alike (scikit-learn's digits, eight calibrated
            networks: 373 bits, in the first only 414), in the first only those in random order
            (1,500 labels of MNIST, one network: 1,065 bits, in every one 1,101).
        rate: of learning.
        decay: of weights, decoupled: per step the factor 1 - rate * decay.
        epochs: passes over all labels, in batches of `replay`, of `fit`.

    Raises:
        TypeError, ValueError: one of them is out of range.
    """

    updates: int = 10
    replay: int = 32
    fresh: bool = True
    rate: float = 1e-3
    decay: float = 0.0
    epochs: int = 20

    _dtype: ClassVar[Any] = np.float32  # of the inputs that are kept

    def __post_init__(self) -> None:
        for name in ("updates", "replay", "epochs"):
            setattr(self, name, integer(name, getattr(self, name), 1, 1 << 20))
        if not isinstance(self.fresh, bool):
            raise TypeError(f"fresh: got {self.fresh!r}, accepted is True or False")
        for name, least in (("rate", 1e-12), ("decay", 0.0)):
            setattr(self, name, number(name, getattr(self, name), least, 1e3))

    def reset(self, inputs: NDArray[np.float64], alphabet_size: int, *, seed: int) -> None:
        """Begin anew, with weights drawn by the seed; the inputs (n, ...) set the standard."""
        flat = np.ascontiguousarray(inputs.reshape(len(inputs), -1))
        self._means = np.zeros(flat.shape[1])
        variance = kernels.moments(flat, self._means) if len(flat) else 0.0
        self._deviation = math.sqrt(variance) or 1.0
        self._shape, self._size = inputs.shape[1:], alphabet_size
        self._memory = Memory(self._shape, len(flat), self._dtype)
        self._draws = Draws(seed)
        self._build(self._draws)

    def update(self, inputs: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
        """See the labels (b,) of inputs (b, ...), and train.

        Raises:
            ArithmeticError: the loss is no finite number.
        """
        before = self._memory.size
        self._memory.add(self._standard(inputs), labels)
        now = self._memory.size
        new = now - before
        rows = self._draws.rows(now, self._copies, self.updates, new + self.replay)
        rows[:, : self.updates if self.fresh else 1, :new] = np.arange(before, now)
        self._checked(rows)

    def fit(self, inputs: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
        """See labels (n,) of inputs (n, ...) all at once, and train on them for some epochs.

        Raises:
            ArithmeticError: the loss is no finite number.
        """
        self._memory.add(self._standard(inputs), labels)
        n = self._memory.size
        size = min(self.replay, n)
        for _ in range(self.epochs):
            orders = [self._draws.order(n)[: n - n % size] for _ in range(self._copies)]
            self._checked(np.array(orders).reshape(self._copies, -1, size))

    def _standard(self, inputs: NDArray[np.float64]) -> NDArray[Any]:
        flat = inputs.reshape(len(inputs), -1)
        return ((flat - self._means) / self._deviation).reshape(inputs.shape).astype(self._dtype)

    def _checked(self, rows: NDArray[np.int64]) -> None:
        loss = self._train(rows)
        if not math.isfinite(loss):
            raise ArithmeticError(
                f"{self.name}: the loss is {loss} after {self._memory.size} labels; "  # type: ignore[attr-defined]
                f"consider a smaller rate than {self.rate:g}"
            )

    @property
    def _copies(self) -> int:
        """How many networks train, each on batches of its own."""
        return 1

    @abstractmethod
    def _build(self, draws: Draws) -> None:
        """New weights."""

    @abstractmethod
    def _train(self, rows: NDArray[np.int64]) -> float:
        """A step for each batch of rows of the memory, (copies, steps, batch); the last loss."""
