"""Bayesian networks over discrete columns: scores as bits, exact and greedy search."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.bayesian_network.candidate import NetworkModel as NetworkModel
    from mdl.bayesian_network.networks import BayesianNetwork as BayesianNetwork
    from mdl.bayesian_network.networks import learn_network as learn_network
    from mdl.bayesian_network.networks import score_network as score_network
    from mdl.bayesian_network.scores import SCORES as SCORES

_CONTENTS = {
    "BayesianNetwork": "networks",
    "NetworkModel": "candidate",
    "SCORES": "scores",
    "learn_network": "networks",
    "score_network": "networks",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
