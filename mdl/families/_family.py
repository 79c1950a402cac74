"""What all families share: what a sample is, and how versions become descriptions."""

from __future__ import annotations

import math
import numbers
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import as_array, one_of
from mdl.description import Description

__all__ = [
    "Family",
    "as_counts",
    "as_real",
    "as_reals",
    "as_scale",
    "check_inside",
    "checked_range",
]

_LARGEST_COUNT = 1 << 53
_GREATEST = sys.float_info.max
_SMALLEST, _LARGEST = 1e-100, 1e100  # squares of what lies between stay inside a double's range


class Family(ABC):
    """A family of distributions of independent observations, with its universal codes.

    Subclasses are frozen dataclasses with a field `version`.
    """

    versions: ClassVar[tuple[str, ...]]
    exchangeable: ClassVar[bool] = True
    version: str

    @property
    def name(self) -> str:
        """The family and its version."""
        return f"{self._called()} ({self.version})"

    def describe(self, data: ArrayLike) -> Description:
        """The codelength of a sample (n,), in bits; n is known. No observation takes no bits.

        Raises:
            TypeError: the data are no numbers.
            ValueError: they are outside the domain, or a density is unbounded there.
        """
        sample = self._sample("data", data)
        n, k = sample.size, self._parameters()
        if n == 0:
            return Description(self.name, self.version, 0, 0.0, 0.0, 0.0, k)
        self._check(sample)
        best, grid = self._best_bits(sample), self._grid_bits(n)
        fit: dict[str, Any] = dict(self._fitted(sample))
        if self.version == "two-part":
            model, rest, sent = self._two_part(sample)
            fit["sent"] = sent
        else:
            rest = best
            if self.version == "nml":
                model = self._complexity_bits(sample)
            elif self.version == "cnml":
                model = self._conditional_nml_bits(sample) - best
            elif self.version == "bayes":
                model = self._bayes_bits(sample) - best
            else:
                model = self._prequential_bits(sample) - best
        return Description(self.name, self.version, n, model, rest + grid, best + grid, k, fit=fit)

    def heldout_bits(self, train: ArrayLike, test: ArrayLike) -> float:
        """-log2 likelihood of `test` under the parameters estimated from `train`, in bits.

        Raises:
            TypeError, ValueError: as `describe`; or `train` is empty.
        """
        seen, unseen = self._sample("train", train), self._sample("test", test)
        if not seen.size:
            raise ValueError("train: got no observation, accepted is at least one")
        self._check(seen)
        return self._predicted_bits(seen, unseen) + self._grid_bits(unseen.size)

    def _checked_version(self) -> None:
        one_of("version", self.version, self.versions)

    @abstractmethod
    def _check(self, sample: NDArray[np.float64]) -> None:
        """Refuse a sample under which the likelihood is unbounded, or outside a stated range."""

    def _grid_bits(self, n: int) -> float:
        return 0.0

    def _conditional_nml_bits(self, sample: NDArray[np.float64]) -> float:
        raise NotImplementedError

    def _prequential_bits(self, sample: NDArray[np.float64]) -> float:
        raise NotImplementedError

    def _two_part(self, sample: NDArray[np.float64]) -> tuple[float, float, Mapping[str, float]]:
        raise NotImplementedError

    @abstractmethod
    def _called(self) -> str: ...

    @abstractmethod
    def _parameters(self) -> int: ...

    @abstractmethod
    def _sample(self, argument: str, data: ArrayLike) -> NDArray[np.float64]: ...

    @abstractmethod
    def _fitted(self, sample: NDArray[np.float64]) -> Mapping[str, float]: ...

    @abstractmethod
    def _best_bits(self, sample: NDArray[np.float64]) -> float: ...

    @abstractmethod
    def _complexity_bits(self, sample: NDArray[np.float64]) -> float: ...

    @abstractmethod
    def _bayes_bits(self, sample: NDArray[np.float64]) -> float: ...

    @abstractmethod
    def _predicted_bits(self, seen: NDArray[np.float64], unseen: NDArray[np.float64]) -> float: ...


def as_reals(argument: str, data: ArrayLike) -> NDArray[np.float64]:
    """A sample (n,) of finite float64, of magnitudes whose squares do not overflow.

    Raises:
        TypeError: `data` are no real numbers.
        ValueError: they are not of one dimension, not finite, or too large.
    """
    given = as_array(argument, data, "accepted is (n,)")
    if given.size and given.dtype.kind not in "buif":
        raise TypeError(f"{argument}: got dtype {given.dtype}, accepted are real numbers")
    if given.ndim != 1:
        raise ValueError(f"{argument}: got shape {given.shape}, accepted is (n,)")
    sample = given.astype(np.float64)
    odd = np.flatnonzero(~np.isfinite(sample))
    if odd.size:
        at = int(odd[0])
        raise ValueError(f"{argument}: got {given[at]} at {at}, accepted are finite numbers")
    if sample.size and float(np.abs(sample).max()) > _LARGEST:
        raise ValueError(
            f"{argument}: got {np.abs(sample).max():g}, accepted are magnitudes up to {_LARGEST:g}"
        )
    return sample


def as_counts(argument: str, data: ArrayLike) -> NDArray[np.float64]:
    """A sample (n,) of counts as float64: whole numbers from 0, their sum below 2^53.

    Raises:
        TypeError: `data` are no real numbers.
        ValueError: one is negative or not whole, or the sum is too large.
    """
    sample = as_reals(argument, data)
    odd = np.flatnonzero((sample < 0) | (sample != np.floor(sample)))
    if odd.size:
        at = int(odd[0])
        raise ValueError(
            f"{argument}: got {sample[at]:g} at {at}, accepted are whole numbers from 0"
        )
    if sample.sum() >= _LARGEST_COUNT:
        raise ValueError(f"{argument}: got the sum {sample.sum():g}, accepted are sums below 2^53")
    return sample


def as_real(argument: str, value: float, *, low: float = -math.inf) -> float:
    """A finite number, from `low` on.

    Raises:
        TypeError: it is no number.
        ValueError: it is NaN, infinite, or below.
    """
    accepted = "a finite number" if low == -math.inf else f"a finite number from {low:g}"
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{argument}: got {value!r}, accepted is {accepted}")
    if not max(low, -_GREATEST) <= value <= _GREATEST:
        raise ValueError(f"{argument}: got {value}, accepted is {accepted}")
    return float(value)


def as_scale(argument: str, value: float) -> float:
    """A positive finite number.

    Raises:
        TypeError: it is no number.
        ValueError: it is not positive, or its square is outside a double's range.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"{argument}: got {value!r}, accepted is a positive number")
    if not _SMALLEST <= value <= _LARGEST:
        raise ValueError(
            f"{argument}: got {value}, accepted is a number from {_SMALLEST:g} to {_LARGEST:g}"
        )
    return float(value)


def checked_range(
    argument: str, value: tuple[float, float], *, low: float = -math.inf
) -> tuple[float, float]:
    """A range (low, high) of finite numbers, low < high.

    Raises:
        TypeError: it is no pair of numbers.
        ValueError: it is empty, not finite, or begins below `low`.
    """
    try:
        first, last = value
    except (TypeError, ValueError):
        first = last = None
    if not (isinstance(first, numbers.Real) and isinstance(last, numbers.Real)):
        raise TypeError(f"{argument}: got {value!r}, accepted is a pair (low, high)")
    in_doubles = all(-_GREATEST <= each <= _GREATEST for each in (first, last, last - first))
    if not (in_doubles and low <= float(first) < float(last)):
        floor = "" if low == -math.inf else f" from {low:g}"
        raise ValueError(f"{argument}: got {value!r}, accepted is (low, high), low < high{floor}")
    return float(first), float(last)


def check_inside(argument: str, what: str, value: float, bounds: tuple[float, float]) -> None:
    """Refuse a fitted parameter outside its stated range: the code gives it no bits.

    Raises:
        ValueError: it is outside.
    """
    if not bounds[0] <= value <= bounds[1]:
        raise ValueError(
            f"data: {what} is {value:g}, outside the {argument} from {bounds[0]:g} to "
            f"{bounds[1]:g}; state a wider one, or none"
        )
