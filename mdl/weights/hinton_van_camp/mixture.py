"""What noisy weights cost under an adaptive mixture of Gaussians, with all derivatives.

The parameters of the mixture are one vector: logits of the proportions, means, log-variances.

References:
    G. Hinton and D. van Camp, Keeping the neural networks simple by minimizing the description
        length of the weights, COLT 1993: equations 9 and 17, section 9 for the start.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax

from mdl.weights.variational.posterior import MixturePrior

__all__ = ["as_prior", "cost", "start"]

Floats = NDArray[np.float64]


def start(components: int = 5) -> Floats:
    """Equal proportions, means from -0.24 to 0.24, neighbours two standard deviations apart."""
    means = np.linspace(-0.24, 0.24, components) if components > 1 else np.zeros(1)
    sd = 0.24 / max(components - 1, 1)
    return np.concatenate([np.zeros(components), means, np.full(components, 2 * np.log(sd))])


def cost(mixture: Floats, mean: Floats, log_var: Floats) -> tuple[float, Floats, Floats, Floats]:
    """The bound -log sum_i pi_i exp(-G_i) of all weights in nats (equation 17).

    Args:
        mixture: (3 K,), see the module.
        mean, log_var: of the weights' Gaussians, (D,).

    Returns:
        Nats, and derivatives along `mixture`, `mean` and `log_var`.
    """
    logits, means, log_scales = mixture.reshape(3, -1)
    var, scale = np.exp(log_var), np.exp(log_scales)[:, None]
    gap = mean - means[:, None]  # (K, D)
    square = gap * gap + var
    parts = 0.5 * (square / scale - 1 - log_var + log_scales[:, None])  # G_i, equation 9
    total: Any = logsumexp(logits)
    weighed = (logits - total)[:, None] - parts
    chosen = softmax(weighed, axis=0)  # (K, D)
    pull = chosen / scale
    to_logits = len(mean) * softmax(logits) - chosen.sum(1)
    to_means = -(pull * gap).sum(1)
    to_scales = 0.5 * (chosen.sum(1) - (pull * square).sum(1))
    to_mixture = np.concatenate([to_logits, to_means, to_scales])
    to_mean, to_log_var = (pull * gap).sum(0), 0.5 * (var * pull.sum(0) - 1)
    nats: Any = logsumexp(weighed, axis=0)  # (D,)
    return -float(nats.sum()), to_mixture, to_mean, to_log_var


def as_prior(mixture: Floats) -> MixturePrior:
    """The mixture as a prior of weights."""
    logits, means, log_scales = mixture.reshape(3, -1)
    return MixturePrior(softmax(logits), means, np.exp(0.5 * log_scales))
