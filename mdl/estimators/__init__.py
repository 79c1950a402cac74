"""Estimators for scikit-learn that choose their structure by description length.

They need the extra: pip install "complexodynamics[sklearn]". After `fit` all have `codelength_`,
bits in all, and `description_`, how they split into model and data (`mdl.Description`).
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.estimators.classifiers import MDLRuleListClassifier as MDLRuleListClassifier
    from mdl.estimators.classifiers import MDLTreeClassifier as MDLTreeClassifier
    from mdl.estimators.density import MDLHistogram as MDLHistogram
    from mdl.estimators.mixture import MDLMixture as MDLMixture
    from mdl.estimators.regression import MDLPolynomialRegression as MDLPolynomialRegression

_CONTENTS = {
    "MDLHistogram": "density",
    "MDLMixture": "mixture",
    "MDLPolynomialRegression": "regression",
    "MDLRuleListClassifier": "classifiers",
    "MDLTreeClassifier": "classifiers",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
