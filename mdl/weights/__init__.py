"""Networks as descriptions: noisy weights, weights as files, relative entropy and subspace codes."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.weights import codec as codec
    from mdl.weights import hinton_van_camp as hinton_van_camp
    from mdl.weights import relative_entropy as relative_entropy
    from mdl.weights import subspace as subspace
    from mdl.weights import tensors as tensors
    from mdl.weights import variational as variational
    from mdl.weights.codec.files import compress as compress
    from mdl.weights.codec.files import decompress as decompress
    from mdl.weights.variational.bits import description_length as description_length
    from mdl.weights.variational.network import NoisyModule as NoisyModule
    from mdl.weights.variational.network import noisy as noisy
    from mdl.weights.variational.posterior import Posterior as Posterior
    from mdl.weights.variational.results import Fit as Fit
    from mdl.weights.variational.training import fit as fit

_CONTENTS = {
    # a network with noise, its training, its bits
    "Fit": "variational.results",
    "NoisyModule": "variational.network",
    "Posterior": "variational.posterior",
    "description_length": "variational.bits",
    "fit": "variational.training",
    "noisy": "variational.network",
    "variational": "",
    # the method of 1993 as it was
    "hinton_van_camp": "",
    # a trained network as a short file
    "codec": "",
    "compress": "codec.files",
    "decompress": "codec.files",
    # a sample of noisy weights as a file, and weights in a random subspace
    "relative_entropy": "",
    "subspace": "",
    # a module's tensors
    "tensors": "",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
