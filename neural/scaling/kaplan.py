"""What Kaplan et al. published: laws in nats a symbol of their vocabulary, counts, best choices.

References:
    J. Kaplan et al., Scaling laws for neural language models, 2020: sections 1.2 and 2.1, equations
        1.1 to 1.8, tables 1, 4 and 5; appendix D.6 for the learning rate.
"""

from __future__ import annotations

import math

from complexity.errors import integer
from neural.scaling.joint import JointLaw
from neural.scaling.laws import PowerLaw

__all__ = [
    "LOSS_OF_BEST_COMPUTE",
    "LOSS_OF_COMPUTE",
    "LOSS_OF_DATA",
    "LOSS_OF_PARAMETERS",
    "LOSS_OF_PARAMETERS_AND_DATA",
    "PETAFLOP_DAY",
    "critical_batch",
    "forward_flops",
    "learning_rate",
    "optimal_parameters",
    "parameters",
    "symbols_needed",
    "training_flops",
]

PETAFLOP_DAY = 8.64e19
"""Floating point operations: 1e15 a second for a day."""

LOSS_OF_PARAMETERS = PowerLaw.of_scale(0.076, 8.8e13)
"""L(N), of parameters outside embeddings, data and training without end (1.1)."""
LOSS_OF_DATA = PowerLaw.of_scale(0.095, 5.4e13)
"""L(D), of symbols, a large network stopped early (1.2)."""
LOSS_OF_COMPUTE = PowerLaw.of_scale(0.057, 1.6e7)
"""L(C), of petaflop-days at one batch size for all (table 5)."""
LOSS_OF_BEST_COMPUTE = PowerLaw.of_scale(0.050, 3.1e8)
"""L(Cmin), of petaflop-days at the best batch size (1.3)."""
LOSS_OF_PARAMETERS_AND_DATA = JointLaw(0.076, 0.103, 6.4e13, 1.8e13)
"""L(N, D) (1.5, table 2)."""


def parameters(layers: int, width: int, *, attention: int = 0, hidden: int = 0) -> int:
    """N = 2 d L (2 d_attn + d_ff): the matrices outside embeddings; 12 L d^2 by default (2.1).

    Args:
        layers: L.
        width: d.
        attention: d_attn of all heads; d where 0.
        hidden: d_ff; 4 d where 0.

    Raises:
        TypeError, ValueError: a number that is not positive.

    Example:
        >>> parameters(48, 1600)
        1474560000
    """
    for name, value in (("layers", layers), ("width", width)):
        integer(name, value, 1)
    return 2 * width * layers * (2 * (attention or width) + (hidden or 4 * width))


def forward_flops(layers: int, width: int, context: int) -> int:
    """Operations of a symbol forward, 2 N + 2 L n_ctx d (2.2).

    Example:
        >>> forward_flops(12, 768, 1024)
        188743680
    """
    return 2 * parameters(layers, width) + 2 * layers * context * width


def training_flops(count: float, symbols: float) -> float:
    """C = 6 N B S: of training N parameters on so many symbols, without the context's part."""
    return 6.0 * count * symbols


def learning_rate(count: float) -> float:
    """Of Adam at N parameters, from their fits to small networks (D.1)."""
    return 0.003239 - 0.0001395 * math.log(count)


def critical_batch(loss: float) -> float:
    """Symbols of a batch beyond which time is hardly saved: 2e8 / L^(1 / 0.21) (1.4)."""
    return 2e8 * loss ** (-1 / 0.21)


def optimal_parameters(compute: float) -> float:
    """N for so many petaflop-days at the best batch size: 1.3e9 C^0.73 (table 6)."""
    return 1.3e9 * compute**0.73


def symbols_needed(count: float) -> float:
    """D beyond which N parameters hardly overfit: 5e3 N^0.74 (4.4)."""
    return 5e3 * count**0.74
