"""Noisy weights: every weight a Gaussian, training on total bits, and the bound that it gives."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.weights.variational.bits import description_length as description_length
    from mdl.weights.variational.network import NoisyModule as NoisyModule
    from mdl.weights.variational.network import noisy as noisy
    from mdl.weights.variational.newton import VariationalOnlineNewton as VariationalOnlineNewton
    from mdl.weights.variational.posterior import GaussianPrior as GaussianPrior
    from mdl.weights.variational.posterior import HorseshoePrior as HorseshoePrior
    from mdl.weights.variational.posterior import MixturePrior as MixturePrior
    from mdl.weights.variational.posterior import Posterior as Posterior
    from mdl.weights.variational.posterior import WeightPrior as WeightPrior
    from mdl.weights.variational.results import Fit as Fit
    from mdl.weights.variational.training import fit as fit

_CONTENTS = {
    # a network with noise, its training, its bits
    "NoisyModule": "network",
    "noisy": "network",
    "Fit": "results",
    "fit": "training",
    "VariationalOnlineNewton": "newton",
    "description_length": "bits",
    # what is left of it as arrays
    "GaussianPrior": "posterior",
    "HorseshoePrior": "posterior",
    "MixturePrior": "posterior",
    "Posterior": "posterior",
    "WeightPrior": "posterior",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
