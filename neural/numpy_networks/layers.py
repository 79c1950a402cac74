"""Layers with their gradients: affine maps, ReLU, batch normalisation, dropout.

References:
    CS231n, notes "Backpropagation, intuitions" and "Neural networks 1 to 3".
    S. Ioffe and C. Szegedy, Batch normalization, ICML 2015, algorithm 1.
    N. Srivastava et al., Dropout, JMLR 15, 2014; here inverted, as the notes have it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Affine", "BatchNorm", "Dropout", "Flatten", "Layer", "ReLU"]

Array = NDArray[Any]


class Layer(ABC):
    """A differentiable map: `backward` follows a `forward` and uses what that has kept.

    Attributes:
        parameters: name -> array, changed in place by training.
        gradients: name -> the loss's gradient, of the last `backward`.
        decayed: names of the parameters that the regularisation is over.
        winners: which side of its kinks each number was on in the last `forward`; None without any.
    """

    decayed: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self.winners: Array | None = None

    @abstractmethod
    def forward(self, x: Array, *, training: bool = False) -> Array:
        """Outputs of inputs, both (n, ...)."""

    @abstractmethod
    def backward(self, out: Array) -> Array:
        """The gradient by the inputs, given that by the outputs; sets `gradients`."""

    def astype(self, dtype: Any) -> None:
        """Make all parameters of this dtype."""
        self.parameters = {name: each.astype(dtype) for name, each in self.parameters.items()}


class Affine(Layer):
    """x W + b of inputs (n, D), W (D, M).

    Args:
        inputs, outputs: D and M.
        rng: of the weights.
        deviation: of the weights; sqrt(2 / D) where None (He et al. 2015).
    """

    decayed = ("weight",)

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rng: np.random.Generator,
        *,
        deviation: float | None = None,
    ) -> None:
        super().__init__()
        scale = (2 / inputs) ** 0.5 if deviation is None else deviation
        self.parameters = {
            "weight": scale * rng.standard_normal((inputs, outputs)),
            "bias": np.zeros(outputs),
        }

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """(n, M) of inputs (n, D)."""
        self._x = x
        return x @ self.parameters["weight"] + self.parameters["bias"]

    def backward(self, out: Array) -> Array:
        """(n, D) of (n, M)."""
        self.gradients = {"weight": self._x.T @ out, "bias": out.sum(0)}
        return out @ self.parameters["weight"].T


class ReLU(Layer):
    """max(x, 0), whatever the shape."""

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """The shape of x."""
        self.winners = x > 0
        return x * self.winners

    def backward(self, out: Array) -> Array:
        """The shape of x."""
        return out * self.winners


class Flatten(Layer):
    """(n, ...) to (n, D)."""

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """(n, D)."""
        self._shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, out: Array) -> Array:
        """Back to (n, ...)."""
        return out.reshape(self._shape)


class BatchNorm(Layer):
    """Each feature, or channel, to mean 0 and variance 1 of the batch, then scaled and shifted.

    Args:
        features: F; inputs are (n, F), or (n, F, H, W).
        momentum: the share of the running figures that a batch in training leaves.
        epsilon: added to variances.
    """

    def __init__(self, features: int, *, momentum: float = 0.9, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.parameters = {"scale": np.ones(features), "shift": np.zeros(features)}
        self.mean, self.variance = np.zeros(features), np.ones(features)
        self.momentum, self.epsilon = momentum, epsilon

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """The shape of x; the batch's figures in training, else the running ones."""
        self._over = (0,) if x.ndim == 2 else (0, 2, 3)
        if training:
            mean, variance = x.mean(self._over), x.var(self._over)
            keep = self.momentum
            self.mean = keep * self.mean + (1 - keep) * mean
            self.variance = keep * self.variance + (1 - keep) * variance
        else:
            mean, variance = self.mean.astype(x.dtype), self.variance.astype(x.dtype)
        self._training = training
        self._inverse = 1 / np.sqrt(variance + self.epsilon)
        self._normal = (x - self._wide(mean, x)) * self._wide(self._inverse, x)
        scale, shift = self.parameters["scale"], self.parameters["shift"]
        return self._wide(scale, x) * self._normal + self._wide(shift, x)

    def backward(self, out: Array) -> Array:
        """The shape of x."""
        over = self._over
        self.gradients = {"scale": (out * self._normal).sum(over), "shift": out.sum(over)}
        factor = self._wide(self.parameters["scale"] * self._inverse, out)
        if not self._training:
            return factor * out
        count = out.size / out.shape[1]
        centred = out - self._wide(self.gradients["shift"], out) / count
        return factor * (centred - self._normal * self._wide(self.gradients["scale"], out) / count)

    @staticmethod
    def _wide(feature: Array, like: Array) -> Array:
        return feature if like.ndim == 2 else feature[:, None, None]


class Dropout(Layer):
    """In training each number is 0 with a probability, and divided by its complement otherwise.

    Args:
        rate: the probability, from 0 to below 1.
        seed: of the draws; a forward pass in training draws anew.

    Raises:
        ValueError: the rate is out of range.
    """

    def __init__(self, rate: float = 0.5, *, seed: int = 0) -> None:
        super().__init__()
        if not 0 <= rate < 1:
            raise ValueError(f"rate: got {rate}, accepted is a number from 0 to below 1")
        self.rate = rate
        self.reseed(seed)

    def reseed(self, seed: int) -> None:
        """Draw from the start of this seed's stream, as for two passes with one mask."""
        self._rng = np.random.default_rng(seed)

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """The shape of x; x itself where nothing is trained."""
        self._mask = np.ones_like(x)
        if training and self.rate:
            self._mask = ((self._rng.random(x.shape) >= self.rate) / (1 - self.rate)).astype(
                x.dtype
            )
        return x * self._mask

    def backward(self, out: Array) -> Array:
        """The shape of x."""
        return out * self._mask
