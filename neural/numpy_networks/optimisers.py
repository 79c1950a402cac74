"""Updates of the notes, and the loop that takes them.

References:
    CS231n, notes "Neural networks 3": momentum, Nesterov momentum, RMSProp, Adam.
    D. P. Kingma and J. Ba, Adam, ICLR 2015, algorithm 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of
from neural.numpy_networks.network import Network
from simulations.system import generator

__all__ = ["OPTIMISERS", "Optimiser", "train"]

Array = NDArray[Any]
Update = Callable[[Array, dict[str, Any], float], Array]
"""(gradient, what it remembers of this parameter, learning rate) -> what is added to it."""


def sgd(gradient: Array, state: dict[str, Any], rate: float) -> Array:
    """Down the gradient."""
    return -rate * gradient


def momentum(gradient: Array, state: dict[str, Any], rate: float, *, mu: float = 0.9) -> Array:
    """v = mu v - rate g, added."""
    state["v"] = mu * state.get("v", 0.0) - rate * gradient
    return state["v"]


def nesterov(gradient: Array, state: dict[str, Any], rate: float, *, mu: float = 0.9) -> Array:
    """-mu v_before + (1 + mu) v, as the notes rewrite it."""
    before = state.get("v", 0.0)
    state["v"] = mu * before - rate * gradient
    return -mu * before + (1 + mu) * state["v"]


def rmsprop(
    gradient: Array, state: dict[str, Any], rate: float, *, decay: float = 0.99, eps: float = 1e-8
) -> Array:
    """By the root of a running mean of squares."""
    state["s"] = decay * state.get("s", 0.0) + (1 - decay) * gradient**2
    return -rate * gradient / (np.sqrt(state["s"]) + eps)


def adam(
    gradient: Array,
    state: dict[str, Any],
    rate: float,
    *,
    first: float = 0.9,
    second: float = 0.999,
    eps: float = 1e-8,
) -> Array:
    """Running means of gradient and square, corrected for their beginning at 0."""
    step = state["t"] = state.get("t", 0) + 1
    state["m"] = first * state.get("m", 0.0) + (1 - first) * gradient
    state["s"] = second * state.get("s", 0.0) + (1 - second) * gradient**2
    mean, square = state["m"] / (1 - first**step), state["s"] / (1 - second**step)
    return -rate * mean / (np.sqrt(square) + eps)


OPTIMISERS: dict[str, Update] = {
    "sgd": sgd,
    "momentum": momentum,
    "nesterov": nesterov,
    "rmsprop": rmsprop,
    "adam": adam,
}
"""Name -> update."""


class Optimiser:
    """An update for all parameters of a network, each with a memory of its own.

    Args:
        network: whose parameters are changed in place, by the gradients of its last `loss`.
        name: one of `OPTIMISERS`.
        rate: of learning.

    Raises:
        ValueError: an unknown name.
    """

    def __init__(self, network: Network, name: str = "adam", *, rate: float = 1e-3) -> None:
        self.network, self.rate = network, rate
        self.update = OPTIMISERS[one_of("optimiser", name, OPTIMISERS)]
        self.states: dict[str, dict[str, Any]] = {name: {} for name, _, _ in network.named()}

    def step(self, factor: float = 1.0) -> None:
        """Change every parameter, with so many times the rate."""
        for name, layer, key in self.network.named():
            added = self.update(layer.gradients[key], self.states[name], self.rate * factor)
            layer.parameters[key] += added


def train(
    network: Network,
    inputs: Array,
    labels: Array,
    *,
    steps: int,
    batch: int = 0,
    optimiser: str = "sgd",
    rate: float = 1e-3,
    anneal: bool = False,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Train a network in place.

    Args:
        network: to be trained.
        inputs: (n, ...).
        labels: (n,) integers.
        steps: updates.
        batch: examples of each, drawn without replacement; 0 for all.
        optimiser: one of `OPTIMISERS`.
        rate: of learning.
        anneal: whether the rate falls to 0 by half a cosine.
        seed: of the batches.

    Returns:
        (steps,) the loss before each update, in nats, with its decay.

    Raises:
        TypeError, ValueError: an argument is out of range.
        ArithmeticError: the loss is no finite number.
    """
    integer("steps", steps, 0)
    integer("batch", batch, 0)
    taken = Optimiser(network, optimiser, rate=rate)
    rng = generator(integer("seed", seed, 0), (1,))  # apart from weights of the same seed
    losses = np.zeros(steps)
    for step in range(steps):
        rows = slice(None) if not batch else rng.choice(len(inputs), min(batch, len(inputs)), False)
        losses[step], _ = network.loss(inputs[rows], labels[rows])
        if not math.isfinite(losses[step]):
            raise ArithmeticError(
                f"the loss is {losses[step]} at step {step}; consider a smaller rate than {rate:g}"
            )
        taken.step((1 + math.cos(math.pi * step / steps)) / 2 if anneal else 1.0)
    return losses
