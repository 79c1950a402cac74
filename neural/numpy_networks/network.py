"""Layers behind one another, a loss, weight decay; and the networks that the course builds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import one_of
from neural.numpy_networks.convolution import Convolution, MaxPool
from neural.numpy_networks.layers import Affine, BatchNorm, Dropout, Flatten, Layer, ReLU
from neural.numpy_networks.losses import LOSSES

__all__ = ["Network", "convolutional", "perceptron"]

Array = NDArray[Any]


class Network:
    """A classifier of layers.

    Args:
        layers: the last gives scores (n, K).
        loss: one of `LOSSES`.
        decay: half of it times the sum of squared weights (no biases) is part of the loss.
        dtype: of the parameters; gradients are checked in double precision.

    Raises:
        ValueError: an unknown loss.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        loss: str = "softmax",
        decay: float = 0.0,
        dtype: Any = np.float64,
    ) -> None:
        self.layers, self.decay = list(layers), decay
        self.criterion = LOSSES[one_of("loss", loss, LOSSES)]
        for layer in self.layers:
            layer.astype(dtype)
        self.dtype = np.dtype(dtype)

    def scores(self, x: Array, *, training: bool = False) -> Array:
        """(n, K) of inputs (n, ...)."""
        out = np.asarray(x, self.dtype)
        for layer in self.layers:
            out = layer.forward(out, training=training)
        return out

    def backward(self, out: Array) -> Array:
        """The gradient by the inputs of the last `scores`, given that by the scores."""
        for layer in reversed(self.layers):
            out = layer.backward(out)
        return out

    def loss(self, x: Array, labels: Array, *, training: bool = True) -> tuple[float, Array]:
        """The mean loss in nats with its decay, and its gradient by the inputs.

        Args:
            x: (n, ...).
            labels: (n,) integers.
            training: whether batch normalisation and dropout act as in training.
        """
        data, by_scores = self.criterion(self.scores(x, training=training), labels)
        by_inputs = self.backward(by_scores)
        for layer in self.layers:
            for name in layer.decayed:
                weight = layer.parameters[name]
                layer.gradients[name] = layer.gradients[name] + self.decay * weight
                data += self.decay / 2 * float((weight * weight).sum())
        return data, by_inputs

    def probabilities(self, x: Array, *, batch: int = 500) -> Array:
        """The softmax of the scores, (n, K) float64."""
        found = []
        for start in range(0, len(x), batch):
            scores = self.scores(x[start : start + batch]).astype(np.float64)
            chances = np.exp(scores - scores.max(1, keepdims=True))
            found.append(chances / chances.sum(1, keepdims=True))
        return np.concatenate(found)

    def accuracy(self, x: Array, labels: Array) -> float:
        """The share of labels with the highest score."""
        return float((self.probabilities(x).argmax(1) == labels).mean())

    def named(self) -> Iterator[tuple[str, Layer, str]]:
        """("2.weight", its layer, "weight") of all parameters, in order."""
        for at, layer in enumerate(self.layers):
            for name in layer.parameters:
                yield f"{at}.{name}", layer, name

    @property
    def count(self) -> int:
        """Parameters."""
        return sum(layer.parameters[name].size for _, layer, name in self.named())


def perceptron(
    inputs: int,
    classes: int,
    *,
    hidden: int = 0,
    deviation: float | None = None,
    seed: int = 0,
    **options: Any,
) -> Network:
    """A linear classifier, or one hidden layer with ReLU.

    Args:
        inputs: D, of flattened examples.
        classes: K.
        hidden: units; 0 for the linear one.
        deviation: of the weights; as in `Affine` where None.
        seed: of the weights.
        options: of `Network`.
    """
    rng = np.random.default_rng(seed)
    if not hidden:
        return Network([Flatten(), Affine(inputs, classes, rng, deviation=deviation)], **options)
    layers = [
        Flatten(),
        Affine(inputs, hidden, rng, deviation=deviation),
        ReLU(),
        Affine(hidden, classes, rng, deviation=deviation),
    ]
    return Network(layers, **options)


def convolutional(
    shape: tuple[int, int, int],
    classes: int,
    *,
    filters: Sequence[int] = (16, 32),
    size: int = 3,
    hidden: int = 0,
    normalised: bool = False,
    dropout: float = 0.0,
    seed: int = 0,
    **options: Any,
) -> Network:
    """For each of `filters` a convolution, ReLU and pooling of 2 by 2; then affine layers.

    Args:
        shape: (C, H, W) of an image; H and W are divided by 2 for each pooling.
        classes: K.
        filters: of the convolutions, with stride 1 and sides kept.
        size: side of a filter, odd.
        hidden: units before the scores, 0 for none.
        normalised: whether batch normalisation follows each convolution.
        dropout: before the last layer.
        seed: of weights and dropout.
        options: of `Network`.

    Raises:
        ValueError: a side cannot be halved.
    """
    channels, height, width = shape
    rng = np.random.default_rng(seed)
    layers: list[Layer] = []
    for count in filters:
        if height % 2 or width % 2:
            raise ValueError(f"shape: got {shape}, accepted are sides that can be halved each time")
        layers.append(Convolution(channels, count, size, rng, bias=not normalised))
        if normalised:
            layers.append(BatchNorm(count))
        layers += [ReLU(), MaxPool(2)]
        channels, height, width = count, height // 2, width // 2
    layers.append(Flatten())
    inputs = channels * height * width
    if hidden:
        layers += [Affine(inputs, hidden, rng), ReLU()]
    if dropout:
        layers.append(Dropout(dropout, seed=seed))
    layers.append(Affine(hidden or inputs, classes, rng, deviation=(1 / (hidden or inputs)) ** 0.5))
    return Network(layers, **options)
