"""Classifiers whose size is chosen by description length: a tree, a list of rules."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mdl.estimators._sklearn import (
    BaseEstimator,
    ClassifierMixin,
    check_classification_targets,
    check_is_fitted,
    validate_data,
)
from mdl.trees.candidates import DecisionTrees, RuleLists

__all__ = ["MDLRuleListClassifier", "MDLTreeClassifier"]


class _Classifier(ClassifierMixin, BaseEstimator, ABC):
    """What the two share: labels as integers, a candidate that describes them."""

    @abstractmethod
    def _candidate(self, alphabet_size: int) -> Any:
        """What describes the labels."""

    def fit(self, X: Any, y: Any) -> Any:
        """Find the model of fewest bits for labels given attributes.

        Args:
            X: (n, m) finite numbers.
            y: (n,) labels of any type.

        Returns:
            The estimator.

        Raises:
            ValueError: as scikit-learn's; or a parameter is out of range.
        """
        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        candidate = self._candidate(len(self.classes_))
        self.description_ = candidate.describe((X, labels))
        self.codelength_ = self.description_.total_bits
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """(n, classes) chances of the classes in the order of `classes_`."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        return self.description_.fit["found"].probabilities(X)

    def predict(self, X: Any) -> NDArray[Any]:
        """(n,) the likeliest labels; of equals the first."""
        chances = self.predict_proba(X)
        return self.classes_[chances.argmax(1)]


class MDLTreeClassifier(_Classifier):
    """A decision tree, grown greedily and pruned to the fewest bits; nothing to tune.

    One class gives a leaf of 0 bits.

    Args:
        max_depth: of the tree, 0 to 64.
        version: of the leaves' code, "nml" or "bayes".

    Attributes:
        tree_: `mdl.trees.DecisionTree`; its counts are in the order of `classes_`.
        classes_: the labels, sorted.
        codelength_: bits of tree and labels, given the attributes.
        description_: how they split, `mdl.Description`.
        n_features_in_: number of attributes.

    References:
        See `mdl.trees.structure`.
    """

    def __init__(self, *, max_depth: int = 16, version: str = "nml") -> None:
        self.max_depth = max_depth
        self.version = version

    def _candidate(self, alphabet_size: int) -> Any:
        return DecisionTrees(self.max_depth, self.version, alphabet_size)

    @property
    def tree_(self) -> Any:
        """The tree that was found."""
        check_is_fitted(self)
        return self.description_.fit["found"]


class MDLRuleListClassifier(_Classifier):
    """An ordered list of rules, added while they save bits; nothing to tune.

    One class gives an empty list.

    Args:
        max_rule_length: conditions of a rule, at most.
        cuts: thresholds per attribute, at most.
        beam_width: rules that the search keeps.
        version: of the leaves' code, "nml" or "bayes".

    Attributes:
        rules_: `mdl.trees.RuleList`; its counts are in the order of `classes_`.
        classes_: the labels, sorted.
        codelength_: bits of rules and labels, given the attributes.
        description_: how they split, `mdl.Description`.
        n_features_in_: number of attributes.

    References:
        See `mdl.trees.listing`.
    """

    def __init__(
        self,
        *,
        max_rule_length: int = 3,
        cuts: int = 16,
        beam_width: int = 10,
        version: str = "nml",
    ) -> None:
        self.max_rule_length = max_rule_length
        self.cuts = cuts
        self.beam_width = beam_width
        self.version = version

    def _candidate(self, alphabet_size: int) -> Any:
        return RuleLists(
            self.max_rule_length, self.cuts, self.beam_width, self.version, alphabet_size
        )

    @property
    def rules_(self) -> Any:
        """The rules that were found."""
        check_is_fitted(self)
        return self.description_.fit["found"]
