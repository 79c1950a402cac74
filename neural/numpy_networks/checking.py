"""Are the gradients right? Against centred differences, away from kinks.

References:
    CS231n, notes "Neural networks 3", section "Gradient checks": double precision, relative errors
        (below 1e-7 is happy, above 1e-2 wrong), and kinks: a difference across one says nothing,
        which is seen by a winner of some max that changes.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from neural.numpy_networks.network import Network

__all__ = ["GradientCheck", "gradient_check", "numeric_gradient", "relative_error"]

Array = NDArray[Any]


@dataclass(frozen=True)
class GradientCheck:
    """What a comparison found.

    Attributes:
        error: the largest over parameters, and the inputs, of |a - n| / max(|a|, |n|), by norm.
        errors: name -> that.
        compared: entries.
        skipped: entries at which a winner changed, of which nothing is said.
    """

    error: float
    errors: dict[str, float]
    compared: int
    skipped: int


def numeric_gradient(function: Callable[[], float], at: Array, *, step: float = 1e-5) -> Array:
    """Centred differences of a function of an array that it reads, entry by entry.

    Args:
        function: without arguments; reads `at`, which is changed and put back.
        at: of any shape, float64.
        step: h.

    Returns:
        The shape of `at`.
    """
    found = np.zeros_like(at)
    for index in np.ndindex(at.shape):
        high, low = _both(function, at, index, step)
        found[index] = (high - low) / (2 * step)
    return found


def relative_error(analytic: Array, numeric: Array) -> float:
    """|a - n| / max(|a|, |n|) of two arrays by Euclidean norm; 0 where both are 0."""
    scale = max(np.linalg.norm(analytic), np.linalg.norm(numeric))
    return float(np.linalg.norm(np.subtract(analytic, numeric)) / scale) if scale else 0.0


def gradient_check(
    network: Network,
    inputs: Array,
    labels: Array,
    *,
    entries: int = 30,
    step: float = 1e-5,
    training: bool = True,
    seed: int = 0,
) -> GradientCheck:
    """Compare a network's gradients with differences of its loss.

    Args:
        network: of float64; dropout, which is random, is not part of it. It stays as it is, the
            running figures of batch normalisation too.
        inputs: (n, ...); few are enough, and cross fewer kinks.
        labels: (n,) integers.
        entries: of each parameter, and of the inputs, drawn at random; all where there are fewer.
        step: h.
        training: as of `Network.loss`.
        seed: of the draws.

    Raises:
        TypeError: the network is not of float64.
    """
    integer("entries", entries, 1)
    if network.dtype != np.float64:
        raise TypeError(f"network: got {network.dtype}, accepted is one of float64")
    network = copy.deepcopy(network)
    x, rng = np.array(inputs, np.float64), np.random.default_rng(seed)

    def loss() -> float:
        return network.loss(x, labels, training=training)[0]

    _, by_inputs = network.loss(x, labels, training=training)
    where = {"inputs": (x, by_inputs.reshape(x.shape))}
    for name, layer, key in network.named():
        where[name] = layer.parameters[key], np.array(layer.gradients[key])
    errors, compared, skipped = {}, 0, 0
    for name, (array, gradient) in where.items():
        chosen = rng.choice(array.size, min(entries, array.size), replace=False)
        pairs = []
        for index in zip(*np.unravel_index(chosen, array.shape), strict=True):
            sides = []
            high, low = _both(loss, array, index, step, lambda s=sides: s.append(_winners(network)))
            if all(np.array_equal(a, b) for a, b in zip(*sides, strict=True)):
                pairs.append((gradient[index], (high - low) / (2 * step)))
        compared, skipped = compared + len(pairs), skipped + len(chosen) - len(pairs)
        if pairs:
            errors[name] = relative_error(*np.array(pairs).T)
    return GradientCheck(max(errors.values(), default=np.nan), errors, compared, skipped)


def _both(
    function: Callable[[], float],
    at: Array,
    index: tuple[Any, ...],
    step: float,
    after: Callable[[], None] = lambda: None,
) -> tuple[float, float]:
    """The function with an entry raised and lowered."""
    kept = at[index]
    values = []
    for sign in (1, -1):
        at[index] = kept + sign * step
        values.append(function())
        after()
    at[index] = kept
    return values[0], values[1]


def _winners(network: Network) -> list[Array]:
    return [np.array(each.winners) for each in network.layers if each.winners is not None]
