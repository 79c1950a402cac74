"""Bits-back coding: latent variables and weights that pay their choice back."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.bits_back.ans import AnsStack as AnsStack
    from mdl.bits_back.ans import PayloadError as PayloadError
    from mdl.bits_back.elbo import elbo_bits as elbo_bits
    from mdl.bits_back.frequencies import cumulative_frequencies as cumulative_frequencies
    from mdl.bits_back.images import BitsBackCode as BitsBackCode
    from mdl.bits_back.images import Recovered as Recovered
    from mdl.bits_back.likelihoods import Bernoulli as Bernoulli
    from mdl.bits_back.likelihoods import Categorical as Categorical
    from mdl.bits_back.likelihoods import DiscretisedLogistic as DiscretisedLogistic
    from mdl.bits_back.models import DenseModel as DenseModel
    from mdl.bits_back.models import LatentModel as LatentModel
    from mdl.bits_back.models import Normal as Normal
    from mdl.bits_back.networks import network_code as network_code
    from mdl.bits_back.vae import VAE as VAE
    from mdl.bits_back.vae import fit_vae as fit_vae
    from mdl.bits_back.weights import BitsBackWeights as BitsBackWeights
    from mdl.bits_back.weights import RecoveredLabels as RecoveredLabels
    from mdl.bits_back.weights import weights_bound_bits as weights_bound_bits

_CONTENTS = {
    # the stack
    "AnsStack": "ans",
    "PayloadError": "ans",
    "cumulative_frequencies": "frequencies",
    # images by latent-variable models
    "BitsBackCode": "images",
    "Recovered": "images",
    "elbo_bits": "elbo",
    "VAE": "vae",
    "fit_vae": "vae",
    # models as the coder sees them
    "Bernoulli": "likelihoods",
    "Categorical": "likelihoods",
    "DenseModel": "models",
    "DiscretisedLogistic": "likelihoods",
    "LatentModel": "models",
    "Normal": "models",
    # labels by weights that are sampled
    "BitsBackWeights": "weights",
    "RecoveredLabels": "weights",
    "network_code": "networks",
    "weights_bound_bits": "weights",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
