"""Labels from a known network: a random perceptron whose softmax they are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from neural._options import numbers

__all__ = ["Teacher", "teacher"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Teacher:
    """A perceptron with tanh units.

    Attributes:
        layers: (weights (fan-in, fan-out), biases (fan-out,)) each, the last gives logits (n, K).
    """

    layers: tuple[tuple[Floats, Floats], ...]

    def chances(self, inputs: NDArray[np.floating]) -> Floats:
        """The labels' probabilities (n, K) given inputs (n, d)."""
        h = inputs.astype(np.float64)
        for weights, biases in self.layers[:-1]:
            h = np.tanh(h @ weights + biases)
        weights, biases = self.layers[-1]
        logits = h @ weights + biases  # (n, K)
        powers = np.exp(logits - logits.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)

    def draw(
        self, n: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Standard normal inputs (n, d) and labels (n,) drawn from the softmax."""
        inputs = rng.normal(size=(n, len(self.layers[0][0]))).astype(np.float32)
        below = np.cumsum(self.chances(inputs), axis=1)[:, :-1]  # (n, K - 1)
        return inputs, (rng.random((n, 1)) > below).sum(1)


def teacher(
    seed: int,
    *,
    inputs: int = 4,
    width: int = 4,
    depth: int = 1,
    classes: int = 2,
    gain: float = 3.0,
) -> Teacher:
    """A random perceptron with normal weights.

    Args:
        seed: of the weights.
        inputs: d.
        width: units of each hidden layer.
        depth: hidden layers; 0 for a linear one.
        classes: K.
        gain: the deviation of weights times the root of the fan-in, of the last layer twice that;
            biases of hidden layers have 1.

    Raises:
        TypeError, ValueError: a size is no integer of at least 1, the depth none of at least 0; the
            gain is not finite, or below 0.
    """
    numbers(0, gain=gain)
    for name, size in (("inputs", inputs), ("width", width), ("classes", classes)):
        integer(name, size, 1)
    rng = np.random.default_rng(integer("seed", seed, 0))
    sizes = [inputs, *[width] * integer("depth", depth, 0)]
    hidden = [
        (rng.normal(0, gain / fan_in**0.5, (fan_in, fan_out)), rng.normal(size=fan_out))
        for fan_in, fan_out in pairwise(sizes)
    ]
    last = rng.normal(0, 2 * gain / sizes[-1] ** 0.5, (sizes[-1], classes))
    return Teacher((*hidden, (last, np.zeros(classes))))
