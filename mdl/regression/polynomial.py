"""Polynomials of a stated degree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer
from mdl.description import Description
from mdl.families._family import as_reals
from mdl.regression._candidate import check_options, described, normal_bits, pair

__all__ = ["MAX_DEGREE", "Polynomial"]

MAX_DEGREE = 50
"""The highest degree."""


@dataclass(frozen=True)
class Polynomial:
    """Outputs as a polynomial of one input and normal noise, of unknown scale.

    The columns are Legendre polynomials of the inputs scaled to -1 to 1 from their least to their
    greatest (which the receiver has), so that shifting or scaling x changes nothing, and the
    coefficients that `describe` finds are theirs, the constant first. Scaling y by c adds n log2 c
    bits, and a change of the octave's code that all degrees share.

    n = 0 takes no bits. Else n is at least degree + 3 (one observation is never enough), there are
    at least degree + 1 different inputs, and the outputs are neither constant nor fitted exactly.

    Args:
        degree: 0 to 50.
        version: "nml", "bayes", "prequential", "snls" or "two-part"; see `codelengths`.
        precision: y is recorded to this precision: n log2(1 / precision) bits more.
        g: of Zellner's prior, for "bayes"; None for Zellner and Siow's mixture.

    Raises:
        TypeError, ValueError: an argument is not of its type or out of range.

    Example:
        >>> x = np.linspace(0, 1, 20)
        >>> y = x**2 + 0.01 * np.sin(999 * x)
        >>> bits = [Polynomial(d).describe((x, y)).total_bits for d in range(5)]
        >>> int(np.argmin(bits))
        2
    """

    exchangeable: ClassVar[bool] = True
    degree: int
    version: str = "nml"
    precision: float = 1.0
    g: float | None = None

    def __post_init__(self) -> None:
        integer("degree", self.degree, 0, MAX_DEGREE)
        check_options(self.version, self.precision, self.g)

    @property
    def name(self) -> str:
        """The degree and the version, as "polynomial-3 (nml)"."""
        prior = "" if self.g is None else f", g={self.g:g}"
        return f"{self._what()} ({self.version}{prior})"

    def describe(self, data: tuple[ArrayLike, ArrayLike]) -> Description:
        """The codelength of outputs (n,) given inputs (n,), in bits.

        Raises:
            TypeError: `data` is no tuple (x, y) of numbers.
            ValueError: they are not finite, too few, or fitted exactly (see the class).
        """
        x, y = self._pair("data", data)
        return described(
            self._columns(x, _range(x)),
            y,
            name=self.name,
            what=self._what(),
            version=self.version,
            intercept=True,
            precision=self.precision,
            g=self.g,
        )

    def heldout_bits(
        self, train: tuple[ArrayLike, ArrayLike], test: tuple[ArrayLike, ArrayLike]
    ) -> float:
        """-log2 density of the outputs of `test` under least squares on `train`, in bits.

        The variance is the unbiased estimate.

        Raises:
            TypeError, ValueError: as `describe`.
        """
        x, y = self._pair("train", train)
        new, outputs = self._pair("test", test)
        span = _range(x)
        return normal_bits(
            (self._columns(x, span), y),
            (self._columns(new, span), outputs),
            what=self._what(),
            intercept=True,
            precision=self.precision,
        )

    def predict(self, data: tuple[ArrayLike, ArrayLike], x: ArrayLike) -> NDArray[Any]:
        """The curve at x (m,), fitted to `data` by least squares.

        Raises:
            TypeError, ValueError: as `describe`.
        """
        inputs, _ = self._pair("data", data)
        at = as_reals("x", x)
        coefficients = self.describe(data).fit.get("coefficients")
        if coefficients is None:
            raise ValueError("data: got no observation, accepted is at least one")
        columns = self._columns(at, _range(inputs))
        return coefficients[0] + columns @ np.asarray(coefficients[1:])

    def _what(self) -> str:
        return f"polynomial-{self.degree}"

    def _pair(self, argument: str, data: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        inputs, y = pair(argument, data)
        x = as_reals(f"{argument}[0]", inputs)
        return x, y

    def _columns(self, x: NDArray[np.float64], span: tuple[float, float]) -> NDArray[np.float64]:
        """Legendre polynomials (n, degree) of the scaled inputs, the constant left out."""
        low, high = span
        if high == low and self.degree and x.size:
            raise ValueError(
                f"data: got inputs that are all {low:g}, accepted are at least "
                f"{self.degree + 1} different ones for degree {self.degree}"
            )
        scaled = (x - low) / ((high - low) / 2 or 1.0) - 1
        return np.asarray(legendre.legvander(scaled, self.degree)[:, 1:], np.float64)


def _range(x: NDArray[np.float64]) -> tuple[float, float]:
    return (float(x.min()), float(x.max())) if x.size else (0.0, 0.0)
