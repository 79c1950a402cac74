"""The toy data of the notes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from simulations.system import generator

__all__ = ["spiral"]


def spiral(
    points: int = 100, classes: int = 3, *, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Arms of a spiral, one a class: no line separates them.

    Args:
        points: of each class.
        classes: arms.
        seed: of their noise.

    Returns:
        (n, 2) and (n,), n = points * classes.

    References:
        CS231n, notes "Putting it together: minimal neural network case study".
    """
    integer("points", points, 1)
    integer("classes", classes, 1)
    rng = generator(integer("seed", seed, 0), (1,))  # apart from weights of the same seed
    radius = np.linspace(0, 1, points)
    arms = []
    for each in range(classes):
        angle = np.linspace(4 * each, 4 * (each + 1), points) + 0.2 * rng.standard_normal(points)
        arms.append(np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1))
    return np.concatenate(arms), np.repeat(np.arange(classes), points)
