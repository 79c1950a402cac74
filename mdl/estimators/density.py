"""Histograms whose bins are chosen by description length, a column at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.code import Kind
from mdl.description import Description
from mdl.estimators._sklearn import (
    BaseEstimator,
    DensityMixin,
    TransformerMixin,
    check_is_fitted,
    validate_data,
)
from mdl.histogram import histogram

__all__ = ["MDLHistogram"]


class MDLHistogram(TransformerMixin, DensityMixin, BaseEstimator):
    """The histogram of every column that describes it in the fewest bits, columns independent.

    As a transformer it gives bins as ordinal numbers, as a density the product of the columns'.

    Args:
        method: "genum" or "dp", as for `mdl.histogram.histogram`.
        precision: to which values were recorded; None lets it follow from them.
        max_bins: of a column, at most; None for no limit of one's own.

    Attributes:
        histograms_: one per column, `mdl.histogram.Histogram`.
        bin_edges_: (m,) list of edges (bins + 1,).
        codelength_: bits of all columns at resolution 1.
        description_: how they split, `mdl.Description`.
        n_features_in_: number of columns.
    """

    def __init__(
        self,
        *,
        method: str = "genum",
        precision: float | None = None,
        max_bins: int | None = None,
    ) -> None:
        self.method = method
        self.precision = precision
        self.max_bins = max_bins

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # bins are integers
        return tags

    def fit(self, X: Any, y: Any = None) -> Any:
        """Find the bins.

        Args:
            X: (n, m) finite numbers; without a precision, n at least 2 and no constant column.
            y: not used.

        Returns:
            The estimator.

        Raises:
            ValueError: as scikit-learn's and as `mdl.histogram.histogram`'s.
        """
        least = 1 if self.precision is not None else 2
        X = validate_data(self, X, ensure_min_samples=least, dtype=np.float64)
        self.histograms_ = [
            histogram(column, method=self.method, precision=self.precision, max_bins=self.max_bins)
            for column in X.T
        ]
        kinds = {each.kind for each in self.histograms_}
        self.bin_edges_ = [each.edges for each in self.histograms_]
        self.description_ = Description(
            name="histogram",
            version=self.method,
            n=len(X),
            model_bits=sum(each.model_bits for each in self.histograms_),
            data_bits=sum(each.data_bits for each in self.histograms_),
            best_fit_bits=sum(each.best_fit_bits for each in self.histograms_),
            parameters=sum(2 * (each.counts.size - 1) for each in self.histograms_),
            kind=Kind.ESTIMATE if Kind.ESTIMATE in kinds else Kind.IDEAL,
        )
        self.codelength_ = self.description_.total_bits
        return self

    def transform(self, X: Any) -> NDArray[np.int64]:
        """(n, m) numbers of bins from 0; what is out of range is in the nearest."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        columns = [
            np.searchsorted(edges[1:-1], column, side="right")
            for edges, column in zip(self.bin_edges_, X.T, strict=True)
        ]
        return np.array(columns, np.int64).T

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """(n,) log density of rows, finite everywhere: in nats, as everywhere in scikit-learn."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        pairs = zip(self.histograms_, X.T, strict=True)
        bits = sum((each.predictive_bits(column) for each, column in pairs), np.zeros(len(X)))
        return -bits * np.log(2)

    def score(self, X: Any, y: Any = None) -> Any:
        """Mean log density of rows, in nats."""
        return float(self.score_samples(X).mean())
