"""The grid on which weights are coded: multiples of 2^-bits, from the lowest to the highest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.bits_back.ans import AnsStack
from mdl.bits_back.frequencies import MAX_PRECISION
from mdl.weights.variational.posterior import GaussianPrior, HorseshoePrior, WeightPrior

__all__ = ["Grid", "pop_weights", "push_weights"]

_MAX_BINS = 1 << 22
_CELLS = 1 << 24  # of a table of cumulative frequencies: 128 MiB
_REACH = 8.0  # deviations that a grid goes beyond the outermost mean


@dataclass(frozen=True)
class Grid:
    """Weights lowest * 2^-bits, (lowest + 1) * 2^-bits, ...; the outermost bins hold the tails.

    Attributes:
        bits: of the step 2^-bits.
        lowest: number of the first point.
        bins: how many there are.

    Raises:
        ValueError: a number is out of range.
    """

    bits: int
    lowest: int
    bins: int

    def __post_init__(self) -> None:
        integer("bits", self.bits, 0, 30)
        integer("bins", self.bins, 1, _MAX_BINS)
        integer("lowest", self.lowest, -(1 << 40), 1 << 40)

    @classmethod
    def covering(
        cls, mean: NDArray[np.float64], sd: NDArray[np.float64], *, bits: int | None = None
    ) -> Grid:
        """The grid for weights of these means and deviations (D,), with 8 deviations to spare.

        Args:
            mean: (D,).
            sd: (D,).
            bits: of the step; None for the coarsest whose step is at most half of the smallest sd.

        Raises:
            ValueError: so fine a grid would have more than 2^22 points.
        """
        if not mean.size:
            return cls(bits or 0, 0, 1)
        if bits is None:
            bits = min(max(math.ceil(1 - math.log2(float(sd.min()))), 0), 30)
        low = math.floor(float((mean - _REACH * sd).min()) * 2.0**bits)
        high = math.ceil(float((mean + _REACH * sd).max()) * 2.0**bits)
        if high - low >= _MAX_BINS:
            raise ValueError(
                f"grid_bits: got {bits} for weights from {low / 2**bits:g} to {high / 2**bits:g}, "
                f"accepted is at most 2^22 points; consider a larger step (smaller grid_bits)"
            )
        return cls(bits, low, high - low + 1)

    def edges(self) -> NDArray[Any]:
        """Edges (bins + 1,) half-way between the points."""
        return (self.lowest + np.arange(self.bins + 1) - 0.5) * math.ldexp(1.0, -self.bits)

    def values(self, places: NDArray[np.int64]) -> NDArray[Any]:
        """Weights (D,) of points numbered from 0."""
        return (self.lowest + places) * math.ldexp(1.0, -self.bits)


def push_weights(
    stack: AnsStack, places: NDArray[np.int64], prior: WeightPrior, grid: Grid
) -> None:
    """Push points (D,) under the prior's mass of their bins.

    Args:
        stack: what they go onto.
        places: (D,) points, numbered from 0.
        prior: what `prior_from_bytes` gives.
        grid: where the points lie.
    """
    if isinstance(prior, GaussianPrior):
        mean, sd = np.broadcast_arrays(prior.mean, prior.sd, places)[:2]
        stack.push_normal(places, mean, sd, grid.edges())
    else:
        table, rows = _tables(prior, places.size, grid)
        stack.push_table(places, table, rows=rows)


def pop_weights(stack: AnsStack, prior: WeightPrior, size: int, grid: Grid) -> NDArray[np.int64]:
    """Pop points (size,), the inverse of `push_weights`.

    Raises:
        PayloadError: the stack has run out.
    """
    if isinstance(prior, GaussianPrior):
        mean, sd = np.broadcast_arrays(prior.mean, prior.sd, np.empty(size))[:2]
        return stack.pop_normal(mean, sd, grid.edges())
    table, rows = _tables(prior, size, grid)
    return stack.pop_table(table, rows=rows)


def _tables(
    prior: WeightPrior, size: int, grid: Grid
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Cumulative frequencies (R, bins + 1) of the different priors, and each weight's row (size,).

    A mixture is the same for all weights; a horseshoe is one for each of its scales.
    """
    if isinstance(prior, HorseshoePrior):
        scales, rows = np.unique(np.broadcast_to(prior.scale, (size,)), return_inverse=True)
        priors: list[WeightPrior] = [HorseshoePrior(scale) for scale in scales]
    else:
        priors, rows = [prior], np.zeros(size, np.int64)
    if len(priors) * grid.bins > _CELLS:
        raise ValueError(
            f"grid_bits: got {grid.bins} points for {len(priors)} different priors, accepted are "
            f"{_CELLS} in all; consider a smaller grid_bits"
        )
    whole = float((1 << MAX_PRECISION) - 2 * grid.bins)
    spare = 2 * np.arange(grid.bins + 1, dtype=np.uint64)
    table = np.empty((len(priors), grid.bins + 1), np.uint64)
    for row, each in zip(table, priors, strict=True):
        mass = np.clip(np.asarray(each.cdf(grid.edges()), np.float64), 0.0, 1.0)
        row[:] = (mass * whole).astype(np.uint64) + spare
    table[:, 0], table[:, -1] = 0, 1 << MAX_PRECISION
    return table, rows.astype(np.int64)
