"""Positive observations whose logarithms are normal: products of many factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from mdl.description import Description
from mdl.families._family import as_reals
from mdl.families.gaussian import Gaussian

__all__ = ["LogNormal"]


@dataclass(frozen=True)
class LogNormal:
    """The normal family of ln x, with the density of x: sum of log2 x bits more.

    n = 0 takes no bits; n = 1, and equal observations, are refused as `Gaussian` refuses them.

    Args:
        version: as of `Gaussian`: "nml", "bayes", "prequential" or "two-part".
        precision: the data are recorded to this precision: n log2(1 / precision) bits more.

    Raises:
        TypeError, ValueError: a parameter is not of its type or out of range.

    Example:
        >>> LogNormal().describe([1.0, 2.5, 0.3, 4.0]).name
        'log-normal (nml)'
    """

    exchangeable: ClassVar[bool] = True
    version: str = "nml"
    precision: float = 1.0

    def __post_init__(self) -> None:
        self._logarithms_family()

    @property
    def name(self) -> str:
        """The family and its version."""
        return f"log-normal ({self.version})"

    def describe(self, data: ArrayLike) -> Description:
        """The codelength of positive observations (n,), in bits.

        Raises:
            TypeError: the data are no numbers.
            ValueError: one is not positive, or their logarithms do not differ.
        """
        sample = _positive("data", data)
        inner = self._logarithms_family().describe(np.log(sample))
        more = float(np.log2(sample).sum())
        return Description(
            self.name,
            self.version,
            inner.n,
            inner.model_bits,
            inner.data_bits + more,
            inner.best_fit_bits + more,
            inner.parameters,
            fit=inner.fit,
        )

    def heldout_bits(self, train: ArrayLike, test: ArrayLike) -> float:
        """-log2 likelihood of `test` under the parameters estimated from `train`, in bits.

        Raises:
            TypeError, ValueError: as `describe`; or `train` is empty.
        """
        seen, unseen = _positive("train", train), _positive("test", test)
        bits = self._logarithms_family().heldout_bits(np.log(seen), np.log(unseen))
        return bits + float(np.log2(unseen).sum())

    def _logarithms_family(self) -> Gaussian:
        return Gaussian(version=self.version, precision=self.precision)


def _positive(argument: str, data: ArrayLike) -> np.ndarray:
    sample = as_reals(argument, data)
    if np.any(sample <= 0):
        raise ValueError(f"{argument}: got {sample.min():g}, accepted are positive numbers")
    return sample
