"""Training anew at ever longer intervals, and calibration on what was predicted before it was seen.

References:
    L. Blier and Y. Ollivier, The description length of deep learning models, NeurIPS 2018,
        section 3: prequential coding in blocks, each by a network trained from scratch on all
        blocks before.
    J. Bornschein, Y. Li and M. Hutter, Sequential learning of neural networks for prequential MDL,
        2022: forward calibration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.prequential import _kernels as kernels
from mdl.prequential._checks import number
from mdl.prequential._memory import Memory
from mdl.prequential.learners import Learner, checked_learner

__all__ = ["BlockwiseLearner", "CalibratedLearner"]


@dataclass(kw_only=True)
class BlockwiseLearner:
    """Another learner, trained from scratch whenever what was seen has grown by a factor.

    Between two trainings it predicts by the last one, before the first it knows nothing.

    Attributes:
        inner: what is trained; by its method `fit` if it has one, else by one `update`.
        first: labels before the first training.
        growth: factor between two of them; the boundaries are rounded up.

    Raises:
        TypeError, ValueError: one of them is out of range.
    """

    inner: Learner
    first: int = 16
    growth: float = 2.0

    name: ClassVar[str] = "blockwise"
    portable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        checked_learner("inner", self.inner)
        self.first = integer("first", self.first, 1, 1 << 40)
        self.growth = number("growth", self.growth, 1.01, 1e6)

    def reset(self, inputs: NDArray[np.float64], alphabet_size: int, *, seed: int) -> None:
        """Forget everything."""
        self._given, self._size, self._seed = inputs, alphabet_size, seed
        self._memory = Memory(inputs.shape[1:], len(inputs))
        self._boundary = self.first
        self.inner.reset(inputs, alphabet_size, seed=seed)
        self._trained = False

    def predict(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """As the inner learner after its last training; before it all labels alike."""
        table = np.asarray(self.inner.predict(inputs))
        return table if self._trained else np.full(table.shape, 1 / self._size)

    def update(self, inputs: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
        """Keep them; train anew if it is time."""
        self._memory.add(inputs, labels)
        if self._memory.size < self._boundary:
            return
        while self._boundary <= self._memory.size:
            self._boundary = max(self._boundary + 1, int(-(-self._boundary * self.growth // 1)))
        self.inner.reset(self._given, self._size, seed=self._seed)
        train = getattr(self.inner, "fit", self.inner.update)
        train(self._memory.inputs, self._memory.labels)
        self._trained = True


@dataclass(kw_only=True)
class CalibratedLearner:
    """Another learner's predictions to a power that suits those of the labels seen so far.

    The power, an inverse temperature, is fitted to what the learner said of the last labels before
    it saw them; those that it has trained on would make it too sure. A bank has one for each.

    Attributes:
        inner: what is calibrated.
        window: how many of the last predictions count.
        strength: of a pull to 1, in units of one label's curvature.

    Raises:
        TypeError, ValueError: one of them is out of range.
    """

    inner: Learner
    window: int = 500
    strength: float = 1.0

    name: ClassVar[str] = "calibrated"
    portable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        checked_learner("inner", self.inner)
        self.window = integer("window", self.window, 1, 1 << 40)
        self.strength = number("strength", self.strength, 1e-6, 1e6)

    @property
    def powers(self) -> NDArray[np.float64]:
        """The power of each expert, (m,), 1 at first."""
        return self._powers.copy()

    def reset(self, inputs: NDArray[np.float64], alphabet_size: int, *, seed: int) -> None:
        """Forget everything."""
        self.inner.reset(inputs, alphabet_size, seed=seed)
        self._tables: NDArray[np.float64] | None = None
        self._labels = np.zeros(0, np.int64)
        self._powers = np.ones(1)
        self._last: tuple[Any, NDArray[np.float64]] = (None, np.ones((1, 0, alphabet_size)))

    def predict(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The inner learner's, tempered: (b, K) or (m, b, K)."""
        raw = np.asarray(self.inner.predict(inputs))
        table = _bank(raw)
        self._last = (inputs, table)
        powers = np.ones(len(table)) if self._tables is None else self._powers
        out = np.empty(table.shape)
        kernels.temper(table, powers, out)
        return out.reshape(raw.shape)

    def update(self, inputs: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
        """Fit the powers, with what is said of these labels now; then the learner sees them."""
        asked, table = self._last
        if asked is not inputs:
            table = _bank(np.asarray(self.inner.predict(inputs)))
        if self._tables is None:
            self._powers = np.ones(len(table))
            self._tables = table[:, :0]
        tables = np.concatenate([self._tables, table], 1)[:, -self.window :]
        self._tables = np.ascontiguousarray(tables)
        self._labels = np.concatenate([self._labels, labels])[-self.window :]
        kernels.fit_powers(self._tables, self._labels, self.strength, 2, self._powers)
        self.inner.update(inputs, labels)


def _bank(table: NDArray[Any]) -> NDArray[np.float64]:
    """(b, K) or (m, b, K) as (m, b, K), kept off 0, whose logarithm is infinite."""
    bank = table if table.ndim == 3 else table[None]
    return np.maximum(np.ascontiguousarray(bank, np.float64), 1e-12)
