"""What the two families of counts share: their codes depend on a sample's sum alone, mostly."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mdl.families import _octaves as octaves
from mdl.families import shtarkov
from mdl.families._family import Family, as_counts, check_inside, checked_range

__all__ = ["Counting"]


@dataclass(frozen=True)
class Counting(Family):
    """A one-parameter family of counts with an unknown mean."""

    versions: ClassVar[tuple[str, ...]] = ("nml", "cnml", "bayes", "prequential", "two-part")
    version: str = "nml"
    mean_range: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        self._checked_version()
        if self.mean_range is not None:
            checked_range("mean_range", self.mean_range, low=0)
            if self.version != "nml":
                raise ValueError("mean_range: is for version 'nml'")

    def _parameters(self) -> int:
        return 1

    def _sample(self, argument: str, data: ArrayLike) -> NDArray[np.float64]:
        return as_counts(argument, data)

    def _check(self, sample: NDArray[np.float64]) -> None:
        if self.mean_range is not None:
            check_inside("mean_range", "the mean", float(sample.mean()), self.mean_range)

    def _fitted(self, sample: NDArray[np.float64]) -> Mapping[str, float]:
        return {"mean": float(sample.mean())}

    def _best_bits(self, sample: NDArray[np.float64]) -> float:
        return self._bits(sample, float(sample.mean()))

    def _complexity_bits(self, sample: NDArray[np.float64]) -> float:
        """Of the octave of the sum: its bit length, then the sums of that length."""
        n = sample.size
        if self.mean_range is not None:
            low, high = shtarkov._sums(n, self.mean_range)
            return math.log2(shtarkov.sum_of_terms(self._terms(n), low, high + 1))
        length = int(sample.sum()).bit_length()
        low, high = (1 << length) >> 1, 1 << length
        restricted = shtarkov.sum_of_terms(self._terms(n), low, high)
        return octaves.index_bits(length) + math.log2(restricted)

    def _conditional_nml_bits(self, sample: NDArray[np.float64]) -> float:
        first = octaves.count_bits(int(sample[0]))
        if sample.size == 1:
            return first
        return first + self._best_bits(sample) + self._conditional_complexity(sample)

    def _bayes_bits(self, sample: NDArray[np.float64]) -> float:
        first = octaves.count_bits(int(sample[0]))
        return first + self._marginal(sample) - self._marginal(sample[:1])

    def _prequential_bits(self, sample: NDArray[np.float64]) -> float:
        seen = np.arange(1, sample.size)
        means = (np.cumsum(sample)[:-1] + 0.5) / seen
        return octaves.count_bits(int(sample[0])) + self._bits(sample[1:], means)

    def _predicted_bits(self, seen: NDArray[np.float64], unseen: NDArray[np.float64]) -> float:
        return self._bits(unseen, (float(seen.sum()) + 0.5) / seen.size)

    def _two_part(self, sample: NDArray[np.float64]) -> tuple[float, float, Mapping[str, float]]:
        """The parameter of Fisher information 1, to sqrt(12 / n): the width of fewest bits."""
        total, width = float(sample.sum()), math.sqrt(12 / sample.size)
        near = math.floor(self._even(total / sample.size) / width)
        found = []
        for k in (near, near + 1, near + 2) if total else (0,):
            if k or not total:
                mean = self._mean_of(k * width)
                found.append((octaves.index_bits(k), self._bits(sample, mean), mean))
        model, rest, mean = min(found, key=lambda each: each[0] + each[1])
        return model, rest, {"mean": mean}

    def _terms(self, n: int) -> shtarkov.Terms:
        raise NotImplementedError

    @abstractmethod
    def _bits(self, sample: NDArray[np.float64], mean: float | NDArray[np.float64]) -> float:
        """-log2 likelihood under a common mean, or one each."""

    @abstractmethod
    def _conditional_complexity(self, sample: NDArray[np.float64]) -> float:
        """log2 of the sum of the maximised probabilities of the samples with this first count."""

    @abstractmethod
    def _marginal(self, sample: NDArray[np.float64]) -> float:
        """-log2 of the integral of the likelihood under the Jeffreys prior, up to a constant."""

    @abstractmethod
    def _even(self, mean: float) -> float:
        """The parameter of Fisher information 1 of a mean; 0 for 0."""

    @abstractmethod
    def _mean_of(self, even: float) -> float:
        """The mean of such a parameter."""
