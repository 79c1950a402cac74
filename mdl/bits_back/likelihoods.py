"""What a model says of the pixels of an image given its latents: one distribution a pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mdl.bits_back import _kernels as kernels

__all__ = ["LIKELIHOODS", "Bernoulli", "Categorical", "DiscretisedLogistic", "Likelihood"]

Array = NDArray[np.float64]


class Likelihood(Protocol):
    """Independent distributions of n pixels."""

    def probabilities(self) -> Array:
        """Of every value of every pixel, (n, K), rows of sum 1."""
        ...


@dataclass(frozen=True)
class Bernoulli:
    """Pixels 0 or 1.

    Attributes:
        logits: (n,) log-odds of a one, natural.
    """

    logits: Array

    def probabilities(self) -> Array:
        """Of 0 and 1, (n, 2)."""
        logits = np.ascontiguousarray(self.logits, np.float64)
        return np.stack([kernels.sigmoids(-logits), kernels.sigmoids(logits)], axis=1)


@dataclass(frozen=True)
class Categorical:
    """Pixels 0 to K - 1, each value with a chance of its own.

    Attributes:
        logits: (n, K), natural logarithms up to a constant a pixel.
    """

    logits: Array

    def probabilities(self) -> Array:
        """Softmax, (n, K)."""
        logits = np.ascontiguousarray(self.logits, np.float64)
        shifted = logits - logits.max(axis=1, keepdims=True)
        weights = kernels.exponentials(shifted.ravel()).reshape(shifted.shape)
        return weights / np.cumsum(weights, axis=1)[:, -1:]  # cumsum: a fixed order


@dataclass(frozen=True)
class DiscretisedLogistic:
    """Pixels 0 to K - 1, the mass of a logistic distribution around each; the tails go to the ends.

    Attributes:
        mean: (n,) in [-1, 1], where value j is at 2 j / (K - 1) - 1.
        scale: (n,) above 0, in the same unit.
        alphabet_size: K.

    References:
        T. Salimans, A. Karpathy, X. Chen and D. P. Kingma, PixelCNN++, ICLR 2017, section 2.1.
    """

    mean: Array
    scale: Array
    alphabet_size: int

    def probabilities(self) -> Array:
        """Of every value, (n, K): a share of 1e-6 is spread evenly, so that none is 0."""
        size = self.alphabet_size
        middles = (np.arange(size - 1) + 0.5) * (2.0 / (size - 1)) - 1.0
        z = (middles[None, :] - np.asarray(self.mean)[:, None]) / np.asarray(self.scale)[:, None]
        below = kernels.sigmoids(np.ascontiguousarray(z, np.float64).ravel()).reshape(z.shape)
        ends = np.zeros((len(z), 1))
        mass = np.diff(np.concatenate([ends, below, ends + 1.0], axis=1), axis=1)
        return mass * (1.0 - 1e-6) + 1e-6 / size


LIKELIHOODS = ("bernoulli", "categorical", "discretised-logistic")
"""Names of the three, for models that choose one."""
