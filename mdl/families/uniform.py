"""Observations that are equally likely between two unknown bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mdl.families import _octaves as octaves
from mdl.families._family import Family, as_reals, as_scale

__all__ = ["Uniform"]


@dataclass(frozen=True)
class Uniform(Family):
    """The uniform family; both bounds are unknown, and estimated by the extremes.

    The extremes have the density n (n - 1) / width^2 at themselves, and n^2 comes where the Fisher
    information would give n: BIC and AIC do not hold for this family. "nml": the octave of the
    width, the shell of the middle in units of it (Elias gamma codes), then the NML restricted to
    them. "bayes": observations up to the first that differs from the first by the Cauchy density,
    the rest by the posterior of the prior 1 / width.

    n = 0 takes no bits; n = 1, and equal observations, are refused: the density is unbounded.

    Args:
        version: "nml" or "bayes" (a plug-in gives no probability beyond the extremes so far).
        precision: the data are recorded to this precision: n log2(1 / precision) bits more.

    Raises:
        TypeError, ValueError: a parameter is not of its type or out of range.

    Example:
        >>> Uniform().describe([1.0, 2.0, 5.0]).best_fit_bits  # 3 log2(5 - 1)
        6.0
    """

    versions: ClassVar[tuple[str, ...]] = ("nml", "bayes")
    version: str = "nml"
    precision: float = 1.0

    def __post_init__(self) -> None:
        self._checked_version()
        as_scale("precision", self.precision)

    def _called(self) -> str:
        return "uniform"

    def _parameters(self) -> int:
        return 2

    def _sample(self, argument: str, data: ArrayLike) -> NDArray[np.float64]:
        return as_reals(argument, data)

    def _check(self, sample: NDArray[np.float64]) -> None:
        if float(np.ptp(sample)) < 1e-100:
            raise ValueError(
                f"data: {sample.size} observations, all {sample[0]:g}, where the density is "
                "unbounded; accepted are observations that differ"
            )

    def _fitted(self, sample: NDArray[np.float64]) -> Mapping[str, float]:
        return {"low": float(sample.min()), "high": float(sample.max())}

    def _grid_bits(self, n: int) -> float:
        return -n * math.log2(self.precision)

    def _best_bits(self, sample: NDArray[np.float64]) -> float:
        return sample.size * math.log2(float(np.ptp(sample)))

    def _complexity_bits(self, sample: NDArray[np.float64]) -> float:
        n, middle = sample.size, float(sample.min() + sample.max()) / 2
        unit = octaves.octave(float(np.ptp(sample)))
        shell, length = octaves.shell_bits(middle, unit)
        # the integral of width^-2 over the octave is 2^-(unit + 1)
        return octaves.signed_bits(unit) + shell + math.log2(n * (n - 1)) + length - unit - 1

    def _bayes_bits(self, sample: NDArray[np.float64]) -> float:
        start = int(np.flatnonzero(sample != sample[0])[0]) + 1
        first = octaves.cauchy_bits(sample[:start])
        return first + _marginal(sample) - _marginal(sample[:start])

    def _predicted_bits(self, seen: NDArray[np.float64], unseen: NDArray[np.float64]) -> float:
        return _marginal(np.concatenate([seen, unseen])) - _marginal(seen)


def _marginal(sample: NDArray[np.float64]) -> float:
    """-log2 of the integral of the likelihood times 1 / width: 1 / (n (n - 1) width^(n - 1))."""
    n = sample.size
    return math.log2(n * (n - 1)) + (n - 1) * math.log2(float(np.ptp(sample)))
