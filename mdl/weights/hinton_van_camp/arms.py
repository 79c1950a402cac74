"""What the method of 1993 is compared with: the same network without noise, and linear regression.

Each is squared error plus a multiple of the squared weights (weight decay; ridge regression), whose
coefficient is 0, or found on a part of the training set that is held out, or the one that does best
on the test set, which the authors call cheating.

References:
    G. Hinton and D. van Camp, Keeping the neural networks simple by minimizing the description
        length of the weights, COLT 1993: equation 4, and the comparisons of section 9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer, one_of
from mdl.weights.hinton_van_camp.expected import Shape, plain_errors
from mdl.weights.hinton_van_camp.fitting import _data, relative_error

__all__ = ["Arm", "decay_network", "ridge", "tuned"]

Floats = NDArray[np.float64]
Predictor = Callable[[Floats], Floats]

DECAYS = tuple(float(each) for each in np.geomspace(1e-3, 1e3, 13))
"""Coefficients that are tried, two to a decade."""


@dataclass(frozen=True)
class Arm:
    """A way of fitting, judged on the test set.

    Attributes:
        name: of the arm.
        relative_error: squared error on the test set by that of its mean (equation 27).
        decay: coefficient of the squared weights.
        chosen: how: "none", "held out", "on the test set".
    """

    name: str
    relative_error: float
    decay: float
    chosen: str


def decay_network(
    inputs: ArrayLike,
    targets: ArrayLike,
    *,
    decay: float,
    hidden: int = 4,
    restarts: int = 1,
    iterations: int = 500,
    seed: int = 0,
) -> Predictor:
    """The network without noise: least half squared error + decay / 2 * sum of squared weights.

    Returns:
        The function from inputs (N, inputs) to outputs (N, outputs) of the cheapest restart.

    Raises:
        TypeError, ValueError: an argument is not what is said above.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    x, y = _data(inputs, targets)
    shape = Shape(x.shape[1], integer("hidden", hidden, 1), y.shape[1])

    def cost(weights: Floats) -> tuple[float, Floats]:
        errors, slopes = plain_errors(shape, weights, x, y)
        penalty = 0.5 * decay * float(weights @ weights)
        return 0.5 * float(errors.sum()) + penalty, 0.5 * slopes.sum(0) + decay * weights

    streams = np.random.SeedSequence(seed).spawn(integer("restarts", restarts, 1))
    found = [
        minimize(
            cost, np.random.default_rng(stream).normal(0, 0.15, shape.weights), jac=True,
            method="L-BFGS-B", options={"maxiter": iterations, "maxcor": 20},
        )
        for stream in streams
    ]  # fmt: skip
    w, u = shape.split(min(found, key=lambda result: result.fun).x)
    return lambda new: expit(new @ w[:-1] + w[-1]) @ u[:-1] + u[-1]


def ridge(inputs: ArrayLike, targets: ArrayLike, *, decay: float) -> Predictor:
    """Linear regression with an intercept that is free; decay 0 is least squares of least norm."""
    x, y = _data(inputs, targets)
    middle, level = x.mean(0), y.mean(0)
    size = x.shape[1]
    rows = np.vstack([x - middle, np.sqrt(decay) * np.eye(size)]) if decay else x - middle
    wanted = np.vstack([y - level, np.zeros((size, y.shape[1]))]) if decay else y - level
    slopes = np.linalg.lstsq(rows, wanted, rcond=None)[0]
    return lambda new: (new - middle) @ slopes + level


def tuned(
    name: str,
    fitted: Callable[[Floats, Floats, float], Predictor],
    train: tuple[Floats, Floats],
    test: tuple[Floats, Floats],
    chosen: str,
    *,
    share: float = 0.2,
) -> Arm:
    """An arm whose coefficient is chosen in one of three ways.

    Args:
        name: of the arm.
        fitted: from inputs, targets and a coefficient to a predictor.
        train, test: inputs and targets.
        chosen: "none" (coefficient 0), "held out" (least error on the last `share` of the training
            set, then fitted to all of it), "on the test set".
        share: of the training set.

    Raises:
        ValueError: `chosen` is none of the three.
    """
    one_of("chosen", chosen, ("none", "held out", "on the test set"))
    (x, y), decay = train, 0.0
    if chosen == "held out":
        cut = round(len(x) * (1 - share))
        decay = min(DECAYS, key=lambda d: _error(fitted(x[:cut], y[:cut], d), (x[cut:], y[cut:])))
    elif chosen == "on the test set":
        decay = min(DECAYS, key=lambda d: _error(fitted(x, y, d), test))
    return Arm(name, _error(fitted(x, y, decay), test), decay, chosen)


def _error(predictor: Predictor, data: tuple[Floats, Floats]) -> float:
    return relative_error(predictor(data[0]), data[1])
