"""Waiting times: the exponential family of positive observations.

References:
    S. de Rooij and P. Grünwald, An empirical study of minimum description length model selection
        with infinite parametric complexity, J. Math. Psychology 50(2), 2006.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer
from mdl.families import _octaves as octaves
from mdl.families._family import Family, as_reals, as_scale, check_inside, checked_range

__all__ = ["Exponential", "exponential_complexity"]

_LOG2_E = math.log2(math.e)


def exponential_complexity(n: int, mean_range: tuple[float, float]) -> float:
    """Parametric complexity, in bits, of n exponential observations with their mean in a range.

    The density of the sample mean at itself is n^n e^-n / (Gamma(n) mean), so that the complexity
    is log2 of n^n e^-n / Gamma(n) * ln(high / low).

    Raises:
        TypeError, ValueError: n is no integer from 1, or the range is not (low, high), 0 < low.
    """
    integer("n", n, 1)
    low, high = _checked_means(mean_range)
    at_itself = (n * math.log(n) - n - math.lgamma(n)) * _LOG2_E
    return at_itself + math.log2(math.log(high / low))


@dataclass(frozen=True)
class Exponential(Family):
    """The exponential family; its mean is unknown.

    "nml" without a range: the octave of the mean (Elias gamma code), then the NML restricted to it.
    "bayes": observations up to the first that is not 0 by the density 2 / (pi (1 + x^2)), the rest
    by the posterior of the Jeffreys prior 1 / mean. "prequential": the same start, then the
    exponential density with the mean so far. "two-part": ln mean to sqrt(12 / n), the best width.

    n = 0 takes no bits; n = 1 is described as any other. A sample of zeros is refused: its density
    is unbounded.

    Args:
        version: "nml", "bayes", "prequential" or "two-part".
        mean_range: stated range (low, high) of the fitted mean, for "nml".
        precision: the data are recorded to this precision: n log2(1 / precision) bits more.

    Raises:
        TypeError, ValueError: a parameter is not of its type or out of range.

    Example:
        >>> found = Exponential(mean_range=(1, 8)).describe([1.0, 3.0])
        >>> round(found.best_fit_bits, 6)  # 2 log2(2 e)
        4.88539
    """

    versions: ClassVar[tuple[str, ...]] = ("nml", "bayes", "prequential", "two-part")
    version: str = "nml"
    mean_range: tuple[float, float] | None = None
    precision: float = 1.0

    def __post_init__(self) -> None:
        self._checked_version()
        as_scale("precision", self.precision)
        if self.mean_range is not None:
            _checked_means(self.mean_range)
            if self.version != "nml":
                raise ValueError("mean_range: is for version 'nml'")

    def _called(self) -> str:
        return "exponential"

    def _parameters(self) -> int:
        return 1

    def _sample(self, argument: str, data: ArrayLike) -> NDArray[np.float64]:
        sample = as_reals(argument, data)
        if np.any(sample < 0):
            raise ValueError(f"{argument}: got {sample.min():g}, accepted are numbers from 0")
        return sample

    def _check(self, sample: NDArray[np.float64]) -> None:
        if float(sample.mean()) < 1e-100:
            raise ValueError(
                f"data: {sample.size} observations of mean {sample.mean():g}, where the density "
                "is unbounded; accepted are some above 0"
            )
        if self.mean_range is not None:
            check_inside("mean_range", "the mean", float(sample.mean()), self.mean_range)

    def _fitted(self, sample: NDArray[np.float64]) -> Mapping[str, float]:
        return {"mean": float(sample.mean())}

    def _grid_bits(self, n: int) -> float:
        return -n * math.log2(self.precision)

    def _best_bits(self, sample: NDArray[np.float64]) -> float:
        return sample.size * math.log2(math.e * float(sample.mean()))

    def _complexity_bits(self, sample: NDArray[np.float64]) -> float:
        if self.mean_range is not None:
            return exponential_complexity(sample.size, self.mean_range)
        unit = octaves.octave(float(sample.mean()))
        return octaves.signed_bits(unit) + exponential_complexity(sample.size, (1.0, 2.0))

    def _bayes_bits(self, sample: NDArray[np.float64]) -> float:
        start = _start(sample)
        first = octaves.cauchy_bits(sample[:start], positive=True)
        return first + _marginal(sample) - _marginal(sample[:start])

    def _prequential_bits(self, sample: NDArray[np.float64]) -> float:
        start = _start(sample)
        means = (np.cumsum(sample) / np.arange(1, sample.size + 1))[start - 1 : -1]
        later = np.log2(means) + sample[start:] / means * _LOG2_E
        return octaves.cauchy_bits(sample[:start], positive=True) + float(later.sum())

    def _predicted_bits(self, seen: NDArray[np.float64], unseen: NDArray[np.float64]) -> float:
        mean = float(seen.mean())
        return unseen.size * math.log2(mean) + float(unseen.sum()) / mean * _LOG2_E

    def _two_part(self, sample: NDArray[np.float64]) -> tuple[float, float, Mapping[str, float]]:
        width = math.sqrt(12 / sample.size)
        near = math.floor(math.log(float(sample.mean())) / width)
        found = []
        for k in (near, near + 1):
            mean = math.exp(k * width)
            rest = sample.size * math.log2(mean) + float(sample.sum()) / mean * _LOG2_E
            found.append((octaves.signed_bits(k), rest, mean))
        model, rest, mean = min(found, key=lambda each: each[0] + each[1])
        return model, rest, {"mean": mean}


def _checked_means(mean_range: tuple[float, float]) -> tuple[float, float]:
    low, high = checked_range("mean_range", mean_range, low=0)
    return as_scale("mean_range", low), as_scale("mean_range", high)


def _start(sample: NDArray[np.float64]) -> int:
    return int(np.flatnonzero(sample)[0]) + 1


def _marginal(sample: NDArray[np.float64]) -> float:
    """-log2 of the integral of the likelihood times 1 / mean: Gamma(n) / sum^n."""
    n = sample.size
    return n * math.log2(float(sample.sum())) - math.lgamma(n) * _LOG2_E
