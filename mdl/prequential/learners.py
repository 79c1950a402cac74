"""What a learner is, and the two that look at no input: uniform, and frequencies of labels.

A *learner* predicts the labels of inputs from those that it has seen, and is deterministic: reset
with the same inputs, alphabet and seed, and updated with the same labels, it says the same again,
bit for bit. That is all a decoder needs, which has the inputs and re-trains.

Inputs may all be looked at from the start, to standardise them for instance: sender and receiver
both have them. A learner may be a *bank* of m experts that share their work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mdl.prequential._checks import number

__all__ = ["Frequencies", "Learner", "Uniform", "checked_learner", "is_portable"]


@runtime_checkable
class Learner(Protocol):
    """Predicts labels 0 to K - 1 from inputs and the labels that it has seen.

    A learner of this package is a dataclass whose fields are its settings (`mdl.prequential.specs`
    writes them into files); what it has learned is set by `reset` and lives beside them.
    """

    name: ClassVar[str]
    """What files call it."""

    portable: ClassVar[bool]
    """Whether it says the same on every machine, bit for bit; else the torch build matters. A
    learner that changes another one, its `inner`, speaks for itself only."""

    def reset(self, inputs: NDArray[np.float64], alphabet_size: int, *, seed: int) -> None:
        """Forget everything; be ready to predict K labels of inputs (n, ...) like these."""
        ...

    def predict(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probabilities of the labels of inputs (b, ...): (b, K), of a bank (m, b, K)."""
        ...

    def update(self, inputs: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
        """See the labels (b,) int64 of inputs (b, ...)."""
        ...


@dataclass
class Uniform:
    """Every label alike, always: with it in a mixture, no labels cost much more than this."""

    name: ClassVar[str] = "uniform"
    portable: ClassVar[bool] = True

    def reset(self, inputs: NDArray[Any], alphabet_size: int, *, seed: int) -> None:
        """Remember K."""
        self._size = alphabet_size

    def predict(self, inputs: NDArray[Any]) -> NDArray[np.float64]:
        """1 / K, (b, K)."""
        return np.full((len(inputs), self._size), 1 / self._size)

    def update(self, inputs: NDArray[Any], labels: NDArray[np.int64]) -> None:
        """Learn nothing."""


@dataclass
class Frequencies:
    """How often each label came so far, whatever its input: (count + alpha) / (n + K alpha).

    Attributes:
        alpha: the prior count of every label; 1/2 is the estimator of Krichevsky and Trofimov.

    Raises:
        TypeError, ValueError: alpha is no number, or out of range.
    """

    alpha: float = 0.5
    _counts: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    name: ClassVar[str] = "frequencies"
    portable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.alpha = number("alpha", self.alpha, 1e-9, 1e9)

    def reset(self, inputs: NDArray[Any], alphabet_size: int, *, seed: int) -> None:
        """Count from 0."""
        self._counts = np.zeros(alphabet_size)

    def predict(self, inputs: NDArray[Any]) -> NDArray[np.float64]:
        """The same for every input of the block, (b, K)."""
        counts = self._counts + self.alpha
        return np.tile(counts / np.add.accumulate(counts)[-1], (len(inputs), 1))

    def update(self, inputs: NDArray[Any], labels: NDArray[np.int64]) -> None:
        """Count the labels (b,)."""
        np.add.at(self._counts, labels, 1.0)


def checked_learner(argument: str, learner: object) -> Learner:
    """The learner, if it is one.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(learner, type) or not isinstance(learner, Learner):
        raise TypeError(
            f"{argument}: got {learner!r}, accepted is a learner with reset, predict and update"
        )
    return learner


def is_portable(learner: Learner) -> bool:
    """Whether a learner, and the one inside it, say the same on every machine."""
    inner = getattr(learner, "inner", None)
    return learner.portable and (inner is None or is_portable(inner))
