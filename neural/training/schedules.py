"""Learning rates as functions of the step: what a run needs to know about time, and no state."""

from __future__ import annotations

import math
from collections.abc import Callable

from complexity.errors import integer, share

__all__ = ["Schedule", "cosine", "linear_warmup", "noam", "step_decay"]

Schedule = Callable[[int], float]
"""Step (0 for the first) -> factor of the learning rate."""


def linear_warmup(steps: int, then: Schedule | None = None) -> Schedule:
    """A factor that grows evenly to 1 in so many steps, or none; afterwards `then`, or 1.

    Raises:
        TypeError, ValueError: `steps` is no integer from 0.
    """
    integer("steps", steps, 0)

    def factor(step: int) -> float:
        late = then(step) if then else 1.0
        return late * min((step + 1) / steps, 1.0) if steps else late

    return factor


def cosine(total: int, *, end: float = 0.0) -> Schedule:
    """Half a cosine from 1 to `end` in so many steps, `end` from then on.

    Raises:
        TypeError, ValueError: `total` is no integer from 1, or `end` is not from 0 to 1.

    References:
        I. Loshchilov and F. Hutter, SGDR: Stochastic gradient descent with warm restarts, ICLR
            2017, equation 5.
    """
    integer("total", total, 1)
    share("end", end)

    def factor(step: int) -> float:
        return end + (1 - end) * (1 + math.cos(math.pi * min(step / total, 1.0))) / 2

    return factor


def step_decay(at: tuple[int, ...], *, factor: float = 0.1) -> Schedule:
    """Multiply by `factor` at each of these steps."""
    return lambda step: factor ** sum(step >= each for each in at)


def noam(width: int, warmup: int) -> Schedule:
    """width^-0.5 min(s^-0.5, s warmup^-1.5) at step s from 1: to be the rate itself, times 1.

    Raises:
        TypeError, ValueError: a number is below 1.

    References:
        A. Vaswani et al., Attention is all you need, NeurIPS 2017, equation 3; by Noam Shazeer.
    """

    integer("width", width, 1)
    integer("warmup", warmup, 1)

    def factor(step: int) -> float:
        return width**-0.5 * min((step + 1) ** -0.5, (step + 1) * warmup**-1.5)

    return factor
