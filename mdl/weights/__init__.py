"""Networks as descriptions: noisy weights, weights as files, samples and subspaces of weights."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from mdl.weights import codec as codec
    from mdl.weights import hinton_van_camp as hinton_van_camp
    from mdl.weights import relative_entropy as relative_entropy
    from mdl.weights import tensors as tensors
    from mdl.weights import variational as variational
    from mdl.weights.codec.files import compress as compress
    from mdl.weights.codec.files import decompress as decompress
    from mdl.weights.codec.files import file_report as file_report
    from mdl.weights.codec.labelled import two_part as two_part
    from mdl.weights.codec.labelled import two_part_decode as two_part_decode
    from mdl.weights.intrinsic import IntrinsicDimension as IntrinsicDimension
    from mdl.weights.intrinsic import intrinsic_dimension as intrinsic_dimension
    from mdl.weights.label_files import decode_labels as decode_labels
    from mdl.weights.label_files import decode_weights as decode_weights
    from mdl.weights.label_files import encode_labels as encode_labels
    from mdl.weights.label_files import label_report as label_report
    from mdl.weights.relative_entropy.retraining import code_with_retraining as code_with_retraining
    from mdl.weights.relative_entropy.weight_code import WeightCode as WeightCode
    from mdl.weights.relative_entropy.weight_code import code_posterior as code_posterior
    from mdl.weights.relative_entropy.weight_code import encode_posterior as encode_posterior
    from mdl.weights.subspace import SubspaceCode as SubspaceCode
    from mdl.weights.subspace import fit_subspace as fit_subspace
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
    "file_report": "codec.files",
    "two_part": "codec.labelled",
    "two_part_decode": "codec.labelled",
    # a sample of noisy weights as a file
    "WeightCode": "relative_entropy.weight_code",
    "code_posterior": "relative_entropy.weight_code",
    "code_with_retraining": "relative_entropy.retraining",
    "encode_posterior": "relative_entropy.weight_code",
    "relative_entropy": "",
    # weights in a random subspace as a file
    "IntrinsicDimension": "intrinsic",
    "SubspaceCode": "subspace",
    "fit_subspace": "subspace",
    "intrinsic_dimension": "intrinsic",
    # what is in a file of either kind
    "decode_labels": "label_files",
    "decode_weights": "label_files",
    "encode_labels": "label_files",
    "label_report": "label_files",
    # a module's tensors
    "tensors": "",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
