"""The exact expected squared error of a network with one logistic hidden layer and noisy weights.

The total input of a hidden unit is Gaussian, as its weights are; mean and variance of its output
are integrals over that Gaussian; the outputs are linear. Nothing is sampled. The paper looked the
integrals up in a table of 300 x 300 entries; here they are sums over the nodes of the trapezoid
rule, whose derivatives are those of the sum itself.

References:
    G. Hinton and D. van Camp, Keeping the neural networks simple by minimizing the description
        length of the weights, COLT 1993: section 5.3, equations 10-14.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

__all__ = ["Shape", "expected_errors", "hidden_moments", "plain_errors"]

Floats = NDArray[np.float64]

REACH = 9.0
"""Standard deviations covered to either side; what lies beyond has probability 2e-19."""


def _rule(nodes: int) -> tuple[Floats, Floats]:
    z = np.linspace(-REACH, REACH, nodes)
    weights = np.exp(-0.5 * z * z)
    return z, weights / weights.sum()


_RULES = ((1.0, _rule(33)), (9.0, _rule(65)), (np.inf, _rule(257)))
"""Variances up to a limit, and the rule for them: moments and derivatives differ from those of 4001
nodes by less than 1e-8 up to a variance of 100, 1e-6 to 300 and 2e-4 to 1000."""


def hidden_moments(mean: Floats, var: Floats) -> tuple[Floats, Floats, Floats]:
    """Moments of a logistic unit whose total input is Gaussian.

    Args:
        mean, var: of the input, any equal shape S; variances positive.

    Returns:
        (2, *S) mean and variance of the output; and their derivatives along the input's mean and
        along its variance, (2, *S) both.
    """
    shape, mean, var = mean.shape, mean.ravel(), var.ravel()
    found = np.empty((3, 2, mean.size))
    above = -np.inf
    for limit, rule in _RULES:
        where = (var > above) & (var <= limit)
        above = limit
        if where.any():
            found[..., where] = _integrals(mean[where], var[where], *rule)
    return tuple(found.reshape(3, 2, *shape))  # pyright: ignore[reportReturnType]


def _integrals(mean: Floats, var: Floats, z: Floats, weights: Floats) -> Floats:
    sd = np.sqrt(var)
    output = expit(mean + sd * z[:, None])  # (nodes, n)
    slope = output * (1 - output)
    first, second = weights @ output, weights @ (output * output)
    along_mean = weights @ slope, 2 * (weights @ (output * slope))
    turned = (weights * z) @ slope, 2 * ((weights * z) @ (output * slope))
    along_var = turned[0] / (2 * sd), turned[1] / (2 * sd)
    return np.stack([
        (first, second - first * first),
        (along_mean[0], along_mean[1] - 2 * first * along_mean[0]),
        (along_var[0], along_var[1] - 2 * first * along_var[0]),
    ])  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """Sizes of the network; weights are one vector: hidden layer, then output layer, biases last.

    Attributes:
        inputs, hidden, outputs: numbers of units.
    """

    inputs: int
    hidden: int
    outputs: int

    @property
    def weights(self) -> int:
        """How many there are, biases included."""
        return self.hidden * (self.inputs + 1) + self.outputs * (self.hidden + 1)

    def split(self, flat: Floats) -> tuple[Floats, Floats]:
        """Weights into the hidden units (inputs + 1, hidden), and into the outputs."""
        at = self.hidden * (self.inputs + 1)
        return (
            flat[:at].reshape(self.inputs + 1, self.hidden),
            flat[at:].reshape(self.hidden + 1, self.outputs),
        )


def expected_errors(
    shape: Shape, mean: Floats, var: Floats, inputs: Floats, targets: Floats
) -> tuple[Floats, Floats, Floats]:
    """Expected squared error of every output, and its derivatives (equations 10-14).

    Args:
        shape: of the network.
        mean, var: of the weights, (D,).
        inputs: (N, inputs).
        targets: (N, outputs).

    Returns:
        Errors summed over the data, (outputs,); their derivatives along the means and along the
        variances of the weights, (outputs, D) both.
    """
    ones = np.ones((len(inputs), 1))
    x = np.hstack([inputs, ones])
    (w, u), (wv, uv) = shape.split(mean), shape.split(var)
    square = x * x
    moments, along_mean, along_var = hidden_moments(x @ w, square @ wv)  # (2, N, hidden)
    h, hv = moments
    h1, hv1 = np.hstack([h, ones]), np.hstack([hv, 0 * ones])
    seen, seen_var = h1 @ u, hv1 @ (u * u + uv) + (h1 * h1) @ uv  # equations 10 and 11
    gap = seen - targets
    errors = (gap * gap + seen_var).sum(0)  # equation 12
    to_mean = np.zeros((shape.outputs, shape.weights))
    to_var = np.zeros_like(to_mean)
    for j in range(shape.outputs):
        mean_w, mean_u = shape.split(to_mean[j])
        var_w, var_u = shape.split(to_var[j])
        mean_u[:, j] = 2 * (h1.T @ gap[:, j] + u[:, j] * hv1.sum(0))
        var_u[:, j] = (hv1 + h1 * h1).sum(0)
        to_h = 2 * (gap[:, j, None] * u[:-1, j] + h * uv[:-1, j])  # (N, hidden)
        to_hv = u[:-1, j] ** 2 + uv[:-1, j]
        mean_w[:] = x.T @ (to_h * along_mean[0] + to_hv * along_mean[1])
        var_w[:] = square.T @ (to_h * along_var[0] + to_hv * along_var[1])
    return errors, to_mean, to_var


def plain_errors(
    shape: Shape, weights: Floats, inputs: Floats, targets: Floats
) -> tuple[Floats, Floats]:
    """Squared errors of that network without noise, (outputs,), and derivatives (outputs, D)."""
    ones = np.ones((len(inputs), 1))
    x = np.hstack([inputs, ones])
    w, u = shape.split(weights)
    h = expit(x @ w)
    h1 = np.hstack([h, ones])
    gap = h1 @ u - targets
    slopes = np.zeros((shape.outputs, shape.weights))
    for j in range(shape.outputs):
        to_w, to_u = shape.split(slopes[j])
        to_u[:, j] = 2 * (h1.T @ gap[:, j])
        to_w[:] = x.T @ (2 * gap[:, j, None] * u[:-1, j] * h * (1 - h))
    return (gap * gap).sum(0), slopes
