"""Polynomial regression whose degree is chosen by description length."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.estimators._sklearn import (
    BaseEstimator,
    RegressorMixin,
    check_is_fitted,
    validate_data,
)
from mdl.regression import Linear
from mdl.regression._fit import ExactFit, fitted, orthonormal
from mdl.selection import select

__all__ = ["MDLPolynomialRegression"]


class MDLPolynomialRegression(RegressorMixin, BaseEstimator):
    """Least squares by a polynomial of the degree that describes outputs in the fewest bits.

    Of several inputs it is a sum of polynomials of one degree, one per input, without products.
    The columns are Legendre polynomials of inputs scaled to -1 to 1; constant inputs are left out,
    and so are degrees that need more rows than there are.

    Args:
        max_degree: the highest that is tried.
        version: "nml", "bayes", "prequential", "snls" or "two-part", as for `mdl.regression`.

    Attributes:
        degree_: the degree found.
        coef_: (columns,) of Legendre polynomials 1 to degree_, input by input.
        intercept_: the constant.
        codelength_: bits of outputs given inputs at resolution 1, the choice of degree included.
            Outputs that a degree fits exactly, as constant ones, have no density: the least such
            degree is taken, and this is minus infinity.
        description_: of the degree found, how they split, `mdl.Description`; None then.
        selection_: all degrees, `mdl.Selection`; None then.
        n_features_in_: number of inputs.
    """

    def __init__(self, *, max_degree: int = 8, version: str = "nml") -> None:
        self.max_degree = max_degree
        self.version = version

    def fit(self, X: Any, y: Any) -> Any:
        """Find the degree.

        Args:
            X: (n, m) finite numbers, n at least 3.
            y: (n,) finite numbers.

        Returns:
            The estimator.

        Raises:
            ValueError: as scikit-learn's; a parameter is out of range.
        """
        integer("max_degree", self.max_degree, 0, 50)
        X, y = validate_data(self, X, y, ensure_min_samples=3, dtype=np.float64, y_numeric=True)
        y = np.asarray(y, np.float64)
        self._low, self._high = X.min(0), X.max(0)
        candidates: list[_Degree] = []
        exact = False
        for degree in range(self.max_degree + 1):
            if not exact and self._fits(X, degree):
                candidates.append(_Degree(degree, self))
                exact = self._is_exact(X, y, degree)
        self.degree_ = candidates[-1].degree
        self.codelength_, self.description_, self.selection_ = -math.inf, None, None
        if not exact:
            self.selection_ = select(candidates, (X, y), progress=False)
            self.description_ = self.selection_.best.description
            self.codelength_ = self.selection_.bits
            self.degree_ = next(
                each.degree for each in candidates if each.name == self.description_.name
            )
        columns = self._columns(X, self.degree_)
        found = _least_squares(columns, y)
        self.intercept_, self.coef_ = float(found[0]), found[1:]
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """(n,) outputs; beyond the range of the inputs that were fitted, the polynomial goes on."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        # a sum per row, so that a row's output does not depend on those beside it
        return self.intercept_ + (self._columns(X, self.degree_) * self.coef_).sum(1)

    def _is_exact(self, X: NDArray[np.float64], y: NDArray[np.float64], degree: int) -> bool:
        what = f"degree {degree}"
        basis = orthonormal(self._columns(X, degree), intercept=True, what=what)
        try:
            fitted(basis, y, intercept=True, what=what)
        except ExactFit:
            return True
        return False

    def _fits(self, X: NDArray[np.float64], degree: int) -> bool:
        columns = self._columns(X, degree)
        if not degree or not columns.shape[1]:
            return not degree
        try:
            orthonormal(columns, intercept=True, what=f"degree {degree}")
        except ValueError:  # too few rows, or dependent columns
            return False
        return True

    def _columns(self, X: NDArray[np.float64], degree: int) -> NDArray[np.float64]:
        """(n, degree times the inputs that vary)."""
        vary = self._high > self._low
        scaled = (X[:, vary] - self._low[vary]) / ((self._high - self._low)[vary] / 2) - 1
        parts = [legendre.legvander(column, degree)[:, 1:] for column in scaled.T]
        return np.concatenate([np.zeros((len(X), 0)), *parts], axis=1)


def _least_squares(columns: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[Any]:
    """The constant, and the coefficients of columns (n, k): (k + 1,)."""
    return np.linalg.lstsq(np.column_stack([np.ones(len(y)), columns]), y, rcond=None)[0]


class _Degree:
    """A degree as a candidate on (X, y)."""

    def __init__(self, degree: int, estimator: MDLPolynomialRegression) -> None:
        self.degree, self._estimator = degree, estimator

    @property
    def name(self) -> str:
        return f"degree {self.degree} ({self._estimator.version})"

    def describe(self, data: Any) -> Any:
        columns = self._estimator._columns(data[0], self.degree)
        found = Linear(version=self._estimator.version).describe((columns, data[1]))
        return dataclasses.replace(found, name=self.name)
