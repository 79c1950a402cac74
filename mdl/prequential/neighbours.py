"""Soft nearest neighbours: a bank of kernel classifiers that share their distances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from mdl.prequential import _kernels as kernels
from mdl.prequential._checks import positive
from mdl.prequential._memory import Memory

__all__ = ["SoftNeighbours"]

_SAMPLE = 1000  # inputs whose distances to each other set the scale


@dataclass
class SoftNeighbours:
    """Votes of all labels seen, with weights exp(-(d - d_min) / h) in squared distance d.

    The nearest one has the weight 1; every label gets a smoothing count besides. The bandwidths h
    are in units of the median squared distance of an input to its nearest other one (among at most
    1000, evenly spaced), so that they suit any scale. There is one expert for every bandwidth and
    smoothing. A prediction takes time in proportion to what was seen.

    Attributes:
        bandwidths: (J,), by default seven from 1/16 to 4.
        smoothings: (A,), by default 0.1, 0.01 and 0.001.

    Raises:
        ValueError: there is none, or one is not positive and finite.

    References:
        E. A. Nadaraya, On estimating regression, Theory Probab. Appl. 9, 1964. The kernel vote.
    """

    bandwidths: Sequence[float] = (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0)
    smoothings: Sequence[float] = (0.1, 0.01, 0.001)

    name: ClassVar[str] = "soft-neighbours"
    portable: ClassVar[bool] = True

    def __post_init__(self) -> None:
        self.bandwidths = positive("bandwidths", self.bandwidths)
        self.smoothings = positive("smoothings", self.smoothings)

    def reset(self, inputs: NDArray[np.float64], alphabet_size: int, *, seed: int) -> None:
        """Forget all labels; the scale is measured on the inputs."""
        flat = np.ascontiguousarray(inputs.reshape(len(inputs), -1))
        self._memory = Memory(flat.shape[1:], len(flat))
        self._size = alphabet_size
        self._widths = np.array(self.bandwidths) * _scale(flat)

    def predict(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """(J * A, b, K), smoothings varying faster; all labels alike before any was seen."""
        queries = np.ascontiguousarray(inputs.reshape(len(inputs), -1))
        smoothings = np.array(self.smoothings)
        out = np.full((self._widths.size * smoothings.size, len(queries), self._size), np.nan)
        seen, labels = self._memory.inputs, self._memory.labels
        kernels.soft_neighbours(seen, labels, queries, self._widths, smoothings, out)
        return out

    def update(self, inputs: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
        """Keep the inputs (b, ...) and labels (b,)."""
        self._memory.add(inputs.reshape(len(inputs), -1), labels)


def _scale(points: NDArray[np.float64]) -> float:
    """The median squared distance to the nearest other point, or a mean above 0, or 1."""
    chosen = points[np.linspace(0, len(points) - 1, min(len(points), _SAMPLE)).astype(int)]
    if len(chosen) < 2:
        return 1.0
    distances = np.empty(len(chosen))
    kernels.nearest(chosen, distances)
    median = float(np.sort(distances)[len(distances) // 2])
    mean = float(np.add.accumulate(distances)[-1]) / len(distances)
    scale = median or mean
    return scale if 0 < scale < np.inf else 1.0
