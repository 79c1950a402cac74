"""A posterior in units of its coded prior, dealt to blocks, and the numbers that name samples."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of
from mdl.weights.relative_entropy.sampling import (
    MAX_INDEX_BITS,
    kl_bits,
    max_divergence_bits,
    minimal_index,
    poisson_index,
)
from mdl.weights.relative_entropy.shared import CodedPrior, Layout, blocks, coded_prior, normals
from mdl.weights.variational.posterior import Posterior

__all__ = ["METHODS", "Standardised"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

METHODS = ("minimal", "poisson")
_WIDEST = 0.95  # of the prior's sd: what the Poisson method narrows a posterior's to


@dataclass(frozen=True, eq=False)
class Standardised:
    """A posterior in units of its coded prior, and how it is to be coded."""

    layout: Layout
    prior: CodedPrior
    mean: Floats
    sd: Floats
    seed: int
    method: str
    index_bits: int

    @classmethod
    def of(cls, posterior: Posterior, *, seed: int, method: str, index_bits: int) -> Standardised:
        """The posterior's means and sds in units of the prior, checked."""
        if not isinstance(posterior, Posterior):
            raise TypeError(f"posterior: got {type(posterior).__name__}, accepted is a Posterior")
        one_of("method", method, METHODS)
        seed = integer("seed", seed, 0, (1 << 64) - 1)
        index_bits = integer("index_bits", index_bits, 1, MAX_INDEX_BITS)
        if not posterior.mean.size:
            raise ValueError("posterior: got no weights, accepted is at least one")
        prior = coded_prior(posterior)
        mean, sd = (posterior.mean - prior.mean) / prior.sd, posterior.sd / prior.sd
        if method == "poisson":
            sd = np.minimum(sd, _WIDEST)
        need = kl_bits(mean, sd) if method == "minimal" else max_divergence_bits(mean, sd)
        worst = int(np.argmax(need))
        if need[worst] > index_bits:
            raise ValueError(
                f"index_bits: got {index_bits}, but weight {worst} alone needs "
                f"{need[worst]:.1f}; accepted are more bits, or a posterior nearer to its prior"
            )
        layout = tuple(zip(posterior.names, posterior.shapes, strict=True))
        return cls(layout, prior, mean, sd, seed, method, index_bits)

    @property
    def kl(self) -> float:
        """KL of the posterior from the coded prior, bits."""
        return float(np.sum(kl_bits(self.mean, self.sd)))

    def count(self, extra_bits: float, count: int | None = None) -> int:
        """The number of blocks, if it is not given already."""
        if not 0 <= extra_bits < self.index_bits:
            raise ValueError(f"extra_bits: got {extra_bits}, accepted is 0 to less than index_bits")
        if count is not None:
            return integer("count", count, 1, self.mean.size)
        size = self.mean.size
        if self.method == "minimal":
            return min(size, max(1, math.ceil(self.kl / (self.index_bits - extra_bits) - 1e-9)))
        need = max_divergence_bits(self.mean, self.sd)
        count = max(1, math.ceil(float(need.sum()) / self.index_bits))
        while count < size:
            dealt = blocks(self.seed, size, count)
            if max(float(need[where].sum()) for where in dealt) <= self.index_bits:
                break
            count += max(1, count // 64)
        return min(count, size)

    def index(self, block: int, where: Indices) -> int:
        """The number of a candidate for the weights at `where`."""
        mean, sd = self.mean[where], self.sd[where]
        if self.method == "minimal":
            return minimal_index(mean, sd, seed=self.seed, block=block, bits=self.index_bits)
        return poisson_index(mean, sd, seed=self.seed, block=block, max_bits=self.index_bits)

    def candidate(self, block: int, index: int, size: int) -> Floats:
        """The candidate of that number, in units of the prior, (size,)."""
        return normals(self.seed, block, index, size)
