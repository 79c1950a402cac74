"""Linear regression on given columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer
from mdl.description import Description
from mdl.families._family import as_real
from mdl.regression._candidate import check_options, described, normal_bits, pair
from mdl.regression._fit import as_inputs

__all__ = ["Linear"]


@dataclass(frozen=True)
class Linear:
    """Outputs as a linear function of columns and normal noise, of unknown scale.

    n = 0 takes no bits. Else n is at least 2 more than the number of coefficients (one observation
    is never enough), the columns are independent and not constant, and the outputs are neither
    constant nor fitted exactly.

    Args:
        columns: numbers of the columns, from 0; None for all, () for none.
        version: "nml", "bayes", "prequential", "snls" or "two-part"; see `codelengths`.
        intercept: whether there is a constant besides.
        structure_bits: what choosing these columns costs, added to the model's bits.
        precision: y is recorded to this precision: n log2(1 / precision) bits more.
        g: of Zellner's prior, for "bayes"; None for Zellner and Siow's mixture.

    Raises:
        TypeError, ValueError: an argument is not of its type or out of range.

    Example:
        >>> Linear((0, 2)).name
        'linear 0,2 (nml)'
    """

    exchangeable: ClassVar[bool] = True
    columns: tuple[int, ...] | None = None
    version: str = "nml"
    intercept: bool = True
    structure_bits: float = 0.0
    precision: float = 1.0
    g: float | None = None

    def __post_init__(self) -> None:
        check_options(self.version, self.precision, self.g)
        as_real("structure_bits", self.structure_bits, low=0)
        if self.columns is None:
            return
        for column in self.columns:
            integer("columns", column, 0)
        if len(set(self.columns)) < len(self.columns):
            raise ValueError(f"columns: got {self.columns}, accepted are different ones")

    @property
    def name(self) -> str:
        """The columns and the version, as "linear 0,2 (nml)"."""
        prior = "" if self.g is None else f", g={self.g:g}"
        return f"{self._what()} ({self.version}{prior})"

    def describe(self, data: tuple[ArrayLike, ArrayLike]) -> Description:
        """The codelength of outputs (n,) given inputs (n, p), in bits.

        Raises:
            TypeError: `data` is no tuple (x, y) of numbers.
            ValueError: they are not finite, too few, dependent, or fitted exactly (see the class).
        """
        columns, y = self._pair("data", data)
        return described(
            columns,
            y,
            name=self.name,
            what=self._what(),
            version=self.version,
            intercept=self.intercept,
            precision=self.precision,
            g=self.g,
            structure_bits=self.structure_bits,
        )

    def heldout_bits(
        self, train: tuple[ArrayLike, ArrayLike], test: tuple[ArrayLike, ArrayLike]
    ) -> float:
        """-log2 density of the outputs of `test` under least squares on `train`, in bits.

        The variance is the unbiased estimate.

        Raises:
            TypeError, ValueError: as `describe`.
        """
        return normal_bits(
            self._pair("train", train),
            self._pair("test", test),
            what=self._what(),
            intercept=self.intercept,
            precision=self.precision,
        )

    def _what(self) -> str:
        if self.columns is None:
            chosen = "linear"
        else:
            chosen = f"linear {','.join(map(str, self.columns)) or 'without columns'}"
        return chosen if self.intercept else f"{chosen}, no constant"

    def _pair(self, argument: str, data: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        inputs, y = pair(argument, data)
        x = as_inputs(f"{argument}[0]", inputs)
        if self.columns is None:
            return x, y
        if any(column >= x.shape[1] for column in self.columns):
            raise ValueError(f"columns: got {self.columns}, accepted are 0 to {x.shape[1] - 1}")
        return x[:, list(self.columns)], y
