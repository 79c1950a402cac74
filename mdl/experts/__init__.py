"""Prediction with expert advice in bits: mixtures, tracking and switching over any predictors."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.experts.geometric import GeometricMixture as GeometricMixture
    from mdl.experts.mixtures import BayesMixture as BayesMixture
    from mdl.experts.mixtures import FixedShare as FixedShare
    from mdl.experts.mixtures import Switch as Switch
    from mdl.experts.predictors import Constant as Constant
    from mdl.experts.predictors import Counting as Counting
    from mdl.experts.predictors import Predictor as Predictor
    from mdl.experts.predictors import sequential_bits as sequential_bits
    from mdl.experts.tables import ExpertCode as ExpertCode
    from mdl.experts.tables import bayes_mixture as bayes_mixture
    from mdl.experts.tables import fixed_share as fixed_share
    from mdl.experts.tables import geometric_mixture as geometric_mixture
    from mdl.experts.tables import switch as switch

_CONTENTS = {
    # predictors
    "Constant": "predictors",
    "Counting": "predictors",
    "Predictor": "predictors",
    "sequential_bits": "predictors",
    # that combine predictors
    "BayesMixture": "mixtures",
    "FixedShare": "mixtures",
    "GeometricMixture": "geometric",
    "Switch": "mixtures",
    # the same, of tables of probabilities
    "ExpertCode": "tables",
    "bayes_mixture": "tables",
    "fixed_share": "tables",
    "geometric_mixture": "tables",
    "switch": "tables",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
