"""Clusters whose number is chosen by description length."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mdl.clustering.result import cluster
from mdl.clustering.tables import family_of
from mdl.estimators._sklearn import (
    BaseEstimator,
    ClusterMixin,
    DensityMixin,
    check_is_fitted,
    validate_data,
)

__all__ = ["MDLMixture"]


class MDLMixture(ClusterMixin, DensityMixin, BaseEstimator):
    """Gaussian clusters, as many as give rows and their labels the fewest bits.

    Args:
        max_clusters: the most that are tried.
        family: "diagonal", "renormalised" or "full", as for `mdl.cluster`.
        restarts: of the search for every number.
        random_state: seed of the search, a natural number.

    Attributes:
        labels_: (n,) clusters of the rows.
        n_clusters_: how many there are.
        weights_: (n_clusters_,) shares of the rows.
        codelength_: bits of rows and labels, the choice of the number included.
        description_: of the best number, how its bits split, `mdl.Description`.
        selection_: all numbers, `mdl.Selection`.
        n_features_in_: number of columns.
    """

    def __init__(
        self,
        *,
        max_clusters: int = 10,
        family: str = "diagonal",
        restarts: int = 5,
        random_state: int = 0,
    ) -> None:
        self.max_clusters = max_clusters
        self.family = family
        self.restarts = restarts
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Any:
        """Find the clusters.

        Args:
            X: (n, m) finite numbers, n at least 2, no constant column.
            y: not used.

        Returns:
            The estimator.

        Raises:
            ValueError: as scikit-learn's and as `mdl.cluster`'s.
        """
        X = validate_data(self, X, ensure_min_samples=2, dtype=np.float64)
        found = cluster(
            X,
            max_clusters=self.max_clusters,
            family=self.family,
            restarts=self.restarts,
            seed=self.random_state,
            progress=False,
        )
        self.labels_, self.n_clusters_ = found.labels, found.clusters
        self.selection_, self.codelength_ = found.selection, found.bits
        self.description_ = found.selection.best.description
        weights = np.eye(self.n_clusters_)[self.labels_]
        self.weights_ = weights.mean(0)
        self._family = family_of(X, self.family)[1]
        self._estimates = self._family.estimate(X, weights)
        return self

    def predict(self, X: Any) -> NDArray[np.int64]:
        """(n,) the likeliest cluster of every row, given its parameters and share."""
        return self._joint(X).argmin(1)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """(n, n_clusters_) chances of the clusters."""
        bits = self._joint(X)
        chances = np.exp2(bits.min(1, keepdims=True) - bits)
        return chances / chances.sum(1, keepdims=True)

    def score_samples(self, X: Any) -> NDArray[np.float64]:
        """(n,) log density of rows under the mixture: in nats, as everywhere in scikit-learn."""
        bits = self._joint(X)
        least = bits.min(1)
        return (np.log2(np.exp2(least[:, None] - bits).sum(1)) - least) * np.log(2)

    def score(self, X: Any, y: Any = None) -> Any:
        """Mean log density of rows, in nats."""
        return float(self.score_samples(X).mean())

    def _joint(self, X: Any) -> NDArray[np.float64]:
        """-log2 of share times density, (n, n_clusters_)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return self._family.row_bits(X, self._estimates) - np.log2(self.weights_)
