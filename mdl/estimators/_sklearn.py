"""What is taken from scikit-learn, or the error that names the extra that brings it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = [
    "BaseEstimator",
    "ClassifierMixin",
    "ClusterMixin",
    "DensityMixin",
    "RegressorMixin",
    "TransformerMixin",
    "check_classification_targets",
    "check_is_fitted",
    "unique_labels",
    "validate_data",
]


def _found() -> dict[str, Any]:
    try:
        from sklearn import base
        from sklearn.utils import multiclass, validation
    except ImportError as error:
        raise ImportError(
            'these estimators need scikit-learn: pip install "complexodynamics[sklearn]"',
            name="sklearn",
        ) from error
    return {**vars(base), **vars(multiclass), **vars(validation)}


if TYPE_CHECKING:
    from sklearn.base import (
        BaseEstimator,
        ClassifierMixin,
        ClusterMixin,
        DensityMixin,
        RegressorMixin,
        TransformerMixin,
    )
    from sklearn.utils.multiclass import check_classification_targets, unique_labels
    from sklearn.utils.validation import check_is_fitted, validate_data
else:
    globals().update({name: value for name, value in _found().items() if name in __all__})
