"""Relative entropy coding: a sample of a posterior in little more bits than its divergence."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.weights.relative_entropy.retraining import code_with_retraining as code_with_retraining
    from mdl.weights.relative_entropy.sampling import kl_bits as kl_bits
    from mdl.weights.relative_entropy.sampling import max_divergence_bits as max_divergence_bits
    from mdl.weights.relative_entropy.sampling import minimal_index as minimal_index
    from mdl.weights.relative_entropy.sampling import poisson_index as poisson_index
    from mdl.weights.relative_entropy.shared import normals as normals
    from mdl.weights.relative_entropy.weight_code import WeightCode as WeightCode
    from mdl.weights.relative_entropy.weight_code import code_posterior as code_posterior
    from mdl.weights.relative_entropy.weight_code import encode_posterior as encode_posterior

_CONTENTS = {
    # a posterior's weights as a file
    "WeightCode": "weight_code",
    "code_posterior": "weight_code",
    "code_with_retraining": "retraining",
    "encode_posterior": "weight_code",
    # any Gaussian's sample as a number
    "kl_bits": "sampling",
    "max_divergence_bits": "sampling",
    "minimal_index": "sampling",
    "normals": "shared",
    "poisson_index": "sampling",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
