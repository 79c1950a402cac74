"""What learners keep: the inputs and labels seen so far, and draws that are the same everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Draws", "Memory"]


class Memory:
    """Inputs and labels in the order they came, in arrays that grow.

    Args:
        shape: of one input.
        expected: how many will come; more are taken too.
        dtype: of the inputs.
    """

    def __init__(self, shape: tuple[int, ...], expected: int, dtype: Any = np.float64) -> None:
        self._inputs = np.zeros((max(expected, 1), *shape), dtype)
        self._labels = np.zeros(max(expected, 1), np.int64)
        self.size = 0

    @property
    def inputs(self) -> NDArray[Any]:
        """(n, ...), a view."""
        return self._inputs[: self.size]

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n,), a view."""
        return self._labels[: self.size]

    def add(self, inputs: NDArray[Any], labels: NDArray[np.int64]) -> None:
        """Append inputs (b, ...) and labels (b,)."""
        end = self.size + len(labels)
        if end > len(self._labels):
            more = max(end, 2 * len(self._labels)) - self.size
            padding = np.zeros((more, *self._inputs.shape[1:]), self._inputs.dtype)
            self._inputs = np.concatenate([self.inputs, padding])
            self._labels = np.concatenate([self.labels, np.zeros(more, np.int64)])
        self._inputs[self.size : end] = inputs
        self._labels[self.size : end] = labels
        self.size = end


class Draws:
    """Random numbers from the raw output of PCG64, which NumPy promises never to change.

    The methods of a NumPy `Generator` may change from one version to the next (NEP 19); files that
    are decoded by drawing again must not.
    """

    def __init__(self, seed: int) -> None:
        self._raw = np.random.PCG64(seed)

    def uniform(self, *shape: int) -> NDArray[np.float64]:
        """Multiples of 2^-53 in [0, 1), in an array of this shape."""
        raw = self._raw.random_raw(int(np.prod(shape)))
        return ((raw >> np.uint64(11)).astype(np.float64) * np.float64(2.0**-53)).reshape(shape)

    def rows(self, below: int, *shape: int) -> NDArray[np.int64]:
        """Integers 0 to `below` - 1."""
        return (self.uniform(*shape) * below).astype(np.int64)

    def order(self, size: int) -> NDArray[np.int64]:
        """A permutation of 0 to `size` - 1."""
        return np.argsort(self.uniform(size), kind="stable")
