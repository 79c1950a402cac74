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
from mdl.weights.relative_entropy.shared import (
    CodedPrior,
    Layout,
    blocks,
    coded_prior,
    normals,
    power_of_two,
)
from mdl.weights.variational.posterior import Posterior

__all__ = ["METHODS", "Standardised"]

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

METHODS = ("minimal", "poisson")
_WIDEST = 0.95  # of the prior's sd: what the Poisson method narrows a posterior's to
_ROOM = 2.0  # bits of an index beyond those of a weight, for a sample near the posterior's


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
        layout = tuple(zip(posterior.names, posterior.shapes, strict=True))
        prior = _reaching(posterior, layout, method, index_bits)
        mean, sd, need = _in_units(posterior, prior.mean, prior.sd, method)
        worst = int(np.argmax(need))
        if need[worst] > index_bits:
            raise ValueError(
                f"index_bits: got {index_bits}, but weight {worst} alone needs "
                f"{need[worst]:.1f}; accepted are more bits, or a posterior nearer to its prior"
            )
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


def _in_units(
    posterior: Posterior, mean: Floats, sd: Floats, method: str, part: slice = slice(None)
) -> tuple[Floats, Floats, Floats]:
    """Means and sds in units of a prior's, and the bits that every weight needs, (D,) each."""
    mean, sd = (posterior.mean[part] - mean) / sd, posterior.sd[part] / sd
    if method == "poisson":
        sd = np.minimum(sd, _WIDEST)
    return mean, sd, kl_bits(mean, sd) if method == "minimal" else max_divergence_bits(mean, sd)


def _reaching(posterior: Posterior, layout: Layout, method: str, index_bits: int) -> CodedPrior:
    """The coded prior, wider where a weight is so far out that no index would name it.

    Training on bits leaves a few great weights among many that are noise; under one Gaussian for
    all of them a great one costs z^2 / 2 nats. A tensor's prior is widened by eighths of an octave
    until each of its weights needs at most index_bits - _ROOM.
    """
    prior = coded_prior(posterior)
    need = _in_units(posterior, prior.mean, prior.sd, method)[2]
    steps, start = bytearray(prior.blob), 0
    for tensor, (_, shape) in enumerate(layout):
        part = slice(start, start + math.prod(shape))
        start = part.stop
        if not np.any(need[part] > index_bits):
            continue
        for step in range(steps[tensor] + 1, 256):
            sd = np.full(need[part].shape, power_of_two(step))
            bits = _in_units(posterior, prior.mean[part], sd, method, part)[2]
            if bits.max() <= index_bits - _ROOM:
                steps[tensor] = step
                break
    return CodedPrior.read(bytes(steps), layout, means=prior.means)
