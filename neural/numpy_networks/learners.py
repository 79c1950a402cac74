"""The ladder's rungs as learners of `mdl.prequential`: what each says of the next label.

References:
    J. Bornschein, Y. Li and M. Hutter, Sequential learning of neural networks for prequential MDL,
        2022 (arXiv 2210.07931): online, with replay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neural.numpy_networks.neighbours import nearest, votes
from neural.numpy_networks.network import Network
from neural.numpy_networks.optimisers import Optimiser
from simulations.system import generator

__all__ = ["NeighbourVotes", "OnlineNetwork"]

Array = NDArray[Any]


@dataclass
class NeighbourVotes:
    """The votes of the k nearest labels seen, for several k at once; smoothed by half a vote each.

    Attributes:
        counts: values of k, one expert each.
    """

    counts: tuple[int, ...] = (1, 3, 5, 10, 20)

    name: ClassVar[str] = "neighbour-votes"
    portable: ClassVar[bool] = False

    def reset(self, inputs: Array, alphabet_size: int, *, seed: int) -> None:
        """Forget all labels."""
        self._size = alphabet_size
        self._inputs = np.zeros((len(inputs), int(np.prod(inputs.shape[1:]))), np.float32)
        self._labels, self._seen = np.zeros(len(inputs), np.int64), 0

    def predict(self, inputs: Array) -> NDArray[np.float64]:
        """(len(counts), b, K); all labels alike before any was seen."""
        if not self._seen:
            return np.full((len(self.counts), len(inputs), self._size), 1 / self._size)
        most = min(max(self.counts), self._seen)
        rows = nearest(self._inputs[: self._seen], inputs, most)  # (b, most)
        tally = votes(self._labels[rows], self._size)  # (most, b, K)
        chosen = tally[np.minimum(self.counts, most) - 1] + 0.5
        return chosen / chosen.sum(2, keepdims=True)

    def update(self, inputs: Array, labels: NDArray[np.int64]) -> None:
        """Keep inputs (b, ...) and labels (b,)."""
        rows = slice(self._seen, self._seen + len(labels))
        self._inputs[rows], self._labels[rows] = inputs.reshape(len(inputs), -1), labels
        self._seen += len(labels)


@dataclass
class OnlineNetwork:
    """A network that is trained after every block, on it and on what is drawn of the past.

    Attributes:
        factory: (shape of an input, K, seed) -> a network.
        updates: steps after every block.
        replay: examples of each, drawn evenly with replacement, besides the block.
        optimiser: one of `OPTIMISERS`.
        rate: of learning.
    """

    factory: Callable[[tuple[int, ...], int, int], Network]
    updates: int = 10
    replay: int = 50
    optimiser: str = "adam"
    rate: float = 1e-3

    name: ClassVar[str] = "numpy-network"
    portable: ClassVar[bool] = False

    def reset(self, inputs: Array, alphabet_size: int, *, seed: int) -> None:
        """Begin anew, with weights drawn by the seed."""
        self._network = self.factory(inputs.shape[1:], alphabet_size, seed)
        self._taken = Optimiser(self._network, self.optimiser, rate=self.rate)
        self._rng = generator(seed, (1,))  # apart from the weights' stream
        self._inputs = np.zeros(inputs.shape, self._network.dtype)
        self._labels, self._seen = np.zeros(len(inputs), np.int64), 0

    def predict(self, inputs: Array) -> NDArray[np.float64]:
        """(b, K)."""
        return self._network.probabilities(inputs)

    def update(self, inputs: Array, labels: NDArray[np.int64]) -> None:
        """See labels (b,) of inputs (b, ...), and train."""
        first, now = self._seen, self._seen + len(labels)
        self._inputs[first:now], self._labels[first:now] = inputs, labels
        self._seen = now
        for _ in range(self.updates):
            rows = np.r_[first:now, self._rng.integers(now, size=self.replay)]
            self._network.loss(self._inputs[rows], self._labels[rows])
            self._taken.step()
