"""The codes of a network by name: what they are worth, what they need, who writes and reads them.

What a code is of matters as much as its length: FILE rows of weights describe the network that is
given; codes that train describe one that they trained, from its weights or from fresh ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from inspect import Parameter, signature
from typing import Any, Literal

from numpy.typing import NDArray

from complexity.code import Kind
from mdl.bits_back.networks import network_code
from mdl.prequential.modules import NetworkLearner
from mdl.weights.codec.files import compress
from mdl.weights.codec.labelled import two_part
from mdl.weights.relative_entropy.retraining import code_with_retraining
from mdl.weights.subspace import fit_subspace
from mdl.weights.variational.training import fit
from neural.describing import files, training
from neural.describing.files import Reader
from neural.describing.subject import Encoded, Subject
from neural.describing.training import Receiver

__all__ = ["CODES", "NetworkCode"]


@dataclass(frozen=True)
class NetworkCode:
    """A way to write a network down.

    Attributes:
        name: in tables, and of `codes=`.
        kind: FILE (bytes that decode) or BOUND.
        describes: the weights as "given" or "rounded", or weights that are "trained on" from those
            or "fresh".
        summary: one line.
        encode: makes it of a subject, with the code's own options.
        read: fills a blank stand-in from a file of weights; None where labels are in the file.
        read_labels: the labels of a file that holds them; None for files of weights and bounds.
        cheap: whether it belongs to the default set, where it applies.
        labels: whether it needs data.
        options: names of those it has; None for those of the compressor.
    """

    name: str
    kind: Kind
    describes: Literal["given", "rounded", "trained on", "fresh"]
    summary: str
    encode: Callable[[Subject, dict[str, Any]], Encoded]
    read: Reader | None = None
    read_labels: Callable[[bytes, Receiver], NDArray[Any]] | None = None
    cheap: bool = False
    labels: bool = False
    options: tuple[str, ...] | None = None


def _named(*functions: Callable[..., Any], less: Sequence[str] = ()) -> tuple[str, ...]:
    """The keywords of functions, but those that `describe` gives them."""
    names = [
        name
        for function in functions
        for name, each in signature(function).parameters.items()
        if each.kind is Parameter.KEYWORD_ONLY and name not in ("progress", *less)
    ]
    return tuple(dict.fromkeys(names))


def _cast(name: str, dtype: str, summary: str, *, exact: bool) -> NetworkCode:
    def encode(subject: Subject, options: dict[str, Any]) -> Encoded:
        return files.cast(subject, dtype)

    return NetworkCode(
        name, Kind.FILE, "given" if exact else "rounded", summary, encode,
        partial(files.read_cast, dtype=dtype), cheap=True, options=(),
    )  # fmt: skip


def _compressor(name: str) -> NetworkCode:
    def encode(subject: Subject, options: dict[str, Any]) -> Encoded:
        return files.compressor(subject, name, options)

    summary = f"{name} of the bytes, in order or in planes of equal significance"
    read = files.compressor_reader(name)
    return NetworkCode(name, Kind.FILE, "given", summary, encode, read, cheap=True)


def _codec(name: str, quantiser: str, summary: str) -> NetworkCode:
    def encode(subject: Subject, options: dict[str, Any]) -> Encoded:
        return files.codec(subject, quantiser, options)

    describes = "given" if name == "exact" else "rounded"
    return NetworkCode(
        name, Kind.FILE, describes, summary, encode, files.read_codec, cheap=True,
        options=() if name == "exact" else _named(compress),
    )  # fmt: skip


_ALL = (
    _cast("raw", "", "every number in the dtype it has", exact=True),
    _cast("float32", "float32", "32 bits a weight", exact=False),
    _cast("bfloat16", "bfloat16", "16 bits a weight, 8 of them significant", exact=False),
    _compressor("zstd"),
    _compressor("xz"),
    _compressor("brotli"),
    _codec("exact", "exact", "adaptive arithmetic code; every bit comes back"),
    _codec("quantised", "auto", "as coarse as the labels (5 %) or the weights (2 %) allow"),
    NetworkCode(
        "two-part", Kind.FILE, "rounded", "weights and labels in the fewest bits that are found",
        training.code_two_part, read_labels=training.read_two_part, cheap=True, labels=True,
        options=_named(two_part),
    ),
    NetworkCode(
        "variational", Kind.BOUND, "trained on", "noisy weights: divergence and expected labels",
        training.code_variational, labels=True, options=_named(fit),
    ),
    NetworkCode(
        "relative-entropy", Kind.FILE, "trained on", "a sample of noisy weights, and the labels",
        training.code_relative_entropy, read_labels=training.read_sampled, labels=True,
        options=("epochs", *_named(code_with_retraining)),
    ),
    NetworkCode(
        "bits-back", Kind.FILE, "fresh", "weights drawn from bits that come back; net of those",
        training.code_bits_back, read_labels=training.read_bits_back, labels=True,
        options=_named(network_code, fit, less=("seed",)),
    ),
    NetworkCode(
        "subspace", Kind.FILE, "fresh", "weights in a random subspace, and the labels",
        training.code_subspace, read_labels=training.read_sampled, labels=True,
        options=_named(fit_subspace),
    ),
    NetworkCode(
        "prequential", Kind.FILE, "fresh", "labels alone: the decoder trains the network again",
        training.code_prequential, read_labels=training.read_prequential, labels=True,
        options=tuple(each.name for each in fields(NetworkLearner) if each.name != "factory"),
    ),
)  # fmt: skip

CODES = {code.name: code for code in _ALL}
"""Name -> code, in the order of tables."""
