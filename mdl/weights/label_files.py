"""One file for a network's weights and the labels given inputs, whatever codes the weights.

The payload of such a file is a header of the weights' code, 4 bytes of BLAKE2b over the table of
predictions if labels are there, and one arithmetic codeword: the weights' numbers, then the labels.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from complexity.code import DecodeError, Kind
from complexity.envelope import unpack
from mdl.label_coder import LabelDecoder, LabelEncoder
from mdl.report import Report, null_bits
from mdl.weights.tensors import checked_module, parameters_of, reproducible, set_flat_parameters

__all__ = [
    "CodedWeights",
    "class_probabilities",
    "decode_labels",
    "decode_weights",
    "encode_labels",
    "label_report",
    "sampled_module",
]

Floats = NDArray[np.float64]
Layout = Sequence[tuple[str, tuple[int, ...]]]
Opened = tuple[Floats, bytes | None, LabelDecoder]

_FLOOR = 2.0**-10
"""Share of the uniform distribution in a prediction: no label costs more than 10 + log2 K bits."""


class CodedWeights(Protocol):
    """Weights as a header and numbers pushed on an arithmetic coder."""

    family: ClassVar[str]
    """The kind of the file's envelope."""

    @property
    def details(self) -> Mapping[str, Any]:
        """What a report says beside the bits."""
        ...

    def weights_of(self, module: torch.nn.Module) -> Floats:
        """The weights (D,) that a receiver with the module has."""
        ...

    def push(self, encoder: LabelEncoder) -> None:
        """Code the numbers."""
        ...

    def file(self, encoder: LabelEncoder, *, labels: bytes | None = None) -> bytes:
        """The file around the encoder's codeword."""
        ...


def _relative_entropy(payload: bytes, layout: Layout, module: torch.nn.Module) -> Opened:
    from mdl.weights.relative_entropy.weight_code import read_payload

    del module  # its weights do not matter
    return read_payload(payload, layout)


def _subspace(payload: bytes, layout: Layout, module: torch.nn.Module) -> Opened:
    from mdl.weights.subspace import read_payload

    return read_payload(payload, layout, module)


_READERS: dict[str, Callable[[bytes, Layout, torch.nn.Module], Opened]] = {
    "relative-entropy": _relative_entropy,
    "subspace": _subspace,
}


def decode_weights(blob: bytes, module: torch.nn.Module) -> torch.nn.Module:
    """A copy of the module with the weights that a file holds; buffers stay the module's.

    Args:
        blob: a file of relative entropy coding or of a subspace code, with or without labels.
        module: of the architecture that was coded; its weights do not matter unless the file says
            that it begins from them.

    Raises:
        DecodeError: the file is damaged, of another kind, or of another architecture.
    """
    return _opened(blob, module)[0]


def sampled_module(code: CodedWeights, module: torch.nn.Module) -> torch.nn.Module:
    """A copy of the module with the coded weights: what `decode_weights` gives."""
    found = copy.deepcopy(checked_module("module", module))
    set_flat_parameters(found, code.weights_of(module))
    return found


def encode_labels(code: CodedWeights, module: torch.nn.Module, inputs: Any, labels: Any) -> bytes:
    """One file for a network's weights and for labels given inputs.

    Args:
        code: of the weights.
        module: of the architecture; gives logits (n, K). The receiver has its buffers, as running
            statistics: trained ones have to be sent beside the file, as `neural.describe` does.
        inputs: of the network, (n, ...); the receiver has them.
        labels: classes (n,), integers 0 to K - 1.

    Raises:
        TypeError, ValueError: labels and predictions do not fit, or a prediction is NaN.
    """
    return _labelled(code, class_probabilities(sampled_module(code, module), inputs), labels)[0]


def decode_labels(
    blob: bytes, module: torch.nn.Module, inputs: Any
) -> tuple[torch.nn.Module, NDArray[np.int64]]:
    """The network and the labels (n,) of a file of `encode_labels`.

    Raises:
        DecodeError: the file is damaged or holds no labels; or the predictions differ from the
            sender's: other inputs, other buffers, or a machine with other arithmetic.
    """
    found, digest, decoder = _opened(blob, module)
    if digest is None:
        raise DecodeError("this file holds weights alone, no labels")
    table = class_probabilities(found, inputs)
    if _digest(table) != digest:
        raise DecodeError(
            "the predictions are not the sender's: other inputs or buffers, or other arithmetic"
        )
    labels = decoder.pop(table)
    decoder.finish()
    return found, labels


def label_report(code: CodedWeights, module: torch.nn.Module, inputs: Any, labels: Any) -> Report:
    """Bits of the file of `encode_labels`, without buffers, beside the labels' null codes."""
    table = class_probabilities(sampled_module(code, module), inputs)
    blob, model_bits, data_bits = _labelled(code, table, labels)
    hits = float(np.mean(table.argmax(1) == np.asarray(labels)))
    return Report(
        code.family,
        Kind.FILE,
        model_bits=model_bits,
        data_bits=data_bits,
        header_bits=8 * len(blob) - model_bits - data_bits,
        parameters=sum(p.numel() for p in parameters_of(module).values()),
        details={**code.details, "accuracy": hits},
        **null_bits(np.asarray(labels), table.shape[1]),
    )


def class_probabilities(module: torch.nn.Module, inputs: Any) -> Floats:
    """Softmax of the logits in double precision with a floor of 2^-10 / K, (n, K) float64.

    The network runs as in `eval()`, on the processor and one thread, all inputs at once.

    Raises:
        ValueError: the outputs are no (n, K) logits, or NaN.
    """
    inputs = torch.as_tensor(inputs)
    runs = copy.deepcopy(module).cpu().eval()
    with reproducible(0), torch.no_grad():
        logits = runs(inputs)
    if logits.ndim != 2 or logits.shape[0] != len(inputs):
        raise ValueError(
            f"module: got outputs of shape {tuple(logits.shape)}, accepted are logits (n, K)"
        )
    values = logits.to(torch.float64).numpy()
    if not np.isfinite(values).all():
        raise ValueError("module: got NaN or infinite logits, accepted are finite numbers")
    likely = np.exp(values - values.max(1, keepdims=True))
    likely /= likely.sum(1, keepdims=True)
    return (1 - _FLOOR) * likely + _FLOOR / values.shape[1]


def _labelled(code: CodedWeights, table: Floats, labels: Any) -> tuple[bytes, float, float]:
    """The file, and bits of the model and of the labels."""
    encoder = LabelEncoder()
    code.push(encoder)
    model_bits = encoder.bits
    encoder.push(table, np.asarray(labels))
    blob = code.file(encoder, labels=_digest(table))
    return blob, model_bits, encoder.bits - model_bits


def _opened(
    blob: bytes, module: torch.nn.Module
) -> tuple[torch.nn.Module, bytes | None, LabelDecoder]:
    checked_module("module", module)
    meta, payload = unpack(blob)
    if meta["kind"] not in _READERS:
        raise DecodeError(f"a file of kind {meta['kind']!r} holds no weights of such a code")
    layout = [(name, tuple(p.shape)) for name, p in parameters_of(module).items()]
    weights, digest, decoder = _READERS[meta["kind"]](payload, layout, module)
    if digest is None:
        decoder.finish()
    found = copy.deepcopy(module)
    set_flat_parameters(found, weights)
    return found, digest, decoder


def _digest(table: Floats) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(table).tobytes(), digest_size=4).digest()
