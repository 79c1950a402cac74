"""Least squares on an orthonormal basis, and what is refused before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import as_array
from mdl.families._family import as_reals

__all__ = ["ExactFit", "Fit", "as_inputs", "fitted", "orthonormal"]

_RANK = 1e-10  # least singular value of scaled columns, over the greatest
_EXACT = 1e-24  # a residual sum of squares below this share of y's is rounding


class ExactFit(ValueError):
    """The outputs are constant or fitted but for rounding: their density is unbounded."""


@dataclass(frozen=True)
class Fit:
    """A least-squares fit of outputs (n,) on k columns, and on a constant where there is one.

    Attributes:
        y: the outputs (n,).
        basis: an orthonormal basis (n, k) of the columns, centred if there is a constant.
        intercept: whether there is a constant.
        mean: of the outputs; 0 without a constant.
        total: the sum of squares of the outputs less their mean.
        explained: its part in the basis.
        residual: the rest, above 0.
        coefficients: in the basis (k,).
    """

    y: NDArray[np.float64]
    basis: NDArray[np.float64]
    intercept: bool
    mean: float
    total: float
    explained: float
    residual: float
    coefficients: NDArray[np.float64]

    @property
    def n(self) -> int:
        """Observations."""
        return self.y.size

    @property
    def k(self) -> int:
        """Columns, the constant not counted."""
        return self.basis.shape[1]

    @property
    def contrasts(self) -> int:
        """Dimensions that are left for the columns and the residuals."""
        return self.n - self.intercept


def as_inputs(argument: str, x: ArrayLike) -> NDArray[np.float64]:
    """A matrix (n, p) of finite float64.

    Raises:
        TypeError: it holds no real numbers.
        ValueError: it is not of two dimensions, or not finite.
    """
    given = as_array(argument, x, "accepted is (n, p)")
    if given.ndim != 2:
        raise ValueError(f"{argument}: got shape {given.shape}, accepted is (n, p)")
    return as_reals(argument, given.reshape(-1)).reshape(given.shape)


def orthonormal(columns: NDArray[np.float64], *, intercept: bool, what: str) -> NDArray[np.float64]:
    """An orthonormal basis (n, k) of columns (n, k), orthogonal to the constant if there is one.

    Raises:
        ValueError: there are too few rows, or a column is constant, zero, or a combination.
    """
    n, k = columns.shape
    needed = k + intercept + 2
    if n < needed:
        raise ValueError(
            f"data: got {n} observations, accepted are at least {needed} for {what}, which has "
            f"{k + intercept} coefficients"
        )
    if not k:
        return columns
    size = np.linalg.norm(columns, axis=0)
    centred = columns - columns.mean(axis=0) if intercept else columns
    norms = np.linalg.norm(centred, axis=0)
    flat = np.flatnonzero(norms <= 1e-13 * size)
    if flat.size:
        kind = "constant" if intercept else "zero"
        raise ValueError(
            f"data: column {int(flat[0])} of {what} is {kind}, accepted are others; leave it out"
        )
    scaled = centred / norms
    basis, triangle = np.linalg.qr(scaled)
    singular = np.linalg.svd(triangle, compute_uv=False)
    if singular[-1] < _RANK * singular[0]:
        raise ValueError(
            f"data: the {k} columns of {what} are linearly dependent; leave some out, or give "
            "more different inputs"
        )
    return basis


def fitted(
    basis: NDArray[np.float64], y: NDArray[np.float64], *, intercept: bool, what: str
) -> Fit:
    """The fit of outputs (n,) in an orthonormal basis (n, k).

    Raises:
        ExactFit: the outputs are constant, or are fitted exactly.
    """
    mean = float(y.mean()) if intercept else 0.0
    centred = y - mean
    total = float(centred @ centred)
    rounding = (4 * np.finfo(float).eps) ** 2 * float(y @ y)
    if total <= max(rounding, 1e-200):
        raise ExactFit(
            f"data: got outputs that are all {mean:g}, whose density is unbounded; accepted are "
            "outputs that differ"
        )
    coefficients = basis.T @ centred
    explained = float(coefficients @ coefficients)
    left = centred - basis @ coefficients
    residual = float(left @ left)
    if residual <= max(_EXACT * total, rounding):
        raise ExactFit(
            f"data: {what} fits the outputs exactly, where the density is unbounded; accepted are "
            "candidates that leave a residual"
        )
    return Fit(y, basis, intercept, mean, total, explained, residual, coefficients)
