"""Codes that search or train: two-part, noisy weights and their samples, subspaces, prequential.

All but the two-part code describe a network that they train themselves, from the weights that are
given or from fresh ones. Their readers take the file, the network of the architecture (its weights
zero) and the inputs, and give the labels.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from complexity.code import Kind
from mdl.bits_back.networks import network_code
from mdl.prequential import _file
from mdl.prequential.code import PrequentialCode
from mdl.prequential.modules import NetworkLearner
from mdl.report import Report
from mdl.weights.codec.files import compress
from mdl.weights.codec.labelled import two_part, two_part_decode
from mdl.weights.label_files import CodedWeights, decode_labels, encode_labels, label_report
from mdl.weights.relative_entropy.retraining import code_with_retraining
from mdl.weights.subspace import fit_subspace
from mdl.weights.tensors import tensors_of
from mdl.weights.variational.network import NoisyModule, noisy
from mdl.weights.variational.results import Fit
from mdl.weights.variational.training import fit
from neural.describing.stand_in import StandIn
from neural.describing.subject import Encoded, Subject

__all__ = [
    "Receiver",
    "code_bits_back",
    "code_prequential",
    "code_relative_entropy",
    "code_subspace",
    "code_two_part",
    "code_variational",
    "read_bits_back",
    "read_prequential",
    "read_sampled",
    "read_two_part",
]

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Receiver:
    """What the receiver of labels has beside the file.

    Attributes:
        network: of the architecture; its weights are zero.
        inputs: (n, ...).
        classes: K.
        make: gives a network with fresh weights.
        seed: of the code.
        options: of the code.
    """

    network: nn.Module
    inputs: torch.Tensor
    classes: int
    make: Callable[[], nn.Module]
    seed: int = 0
    options: dict[str, Any] = field(default_factory=dict)


def _encoded(report: Report, blob: bytes | None) -> Encoded:
    return Encoded(
        report.kind, report.model_bits, report.header_bits, report.data_bits, blob,
        details=report.details,
    )  # fmt: skip


def code_two_part(subject: Subject, options: dict[str, Any]) -> Encoded:
    """A file of `mdl.weights.two_part`."""
    settings = {"seed": subject.seed, "evaluations": 200, "device": subject.device} | options
    module = copy.deepcopy(subject.module).to(subject.device)
    blob, report = two_part(module, subject.data, **settings)
    return _encoded(report, blob)


def read_two_part(blob: bytes, given: Receiver) -> Labels:
    """The labels of a two-part file."""
    return two_part_decode(blob, given.network, given.inputs)[1]


# ---- noisy weights, trained on from those that are given


def _refined(subject: Subject, options: dict[str, Any]) -> tuple[NoisyModule, Fit]:
    """The noisy network, trained; and its course of training."""
    settings = {"seed": subject.seed, "device": subject.device} | options
    network = noisy(subject.module)
    return network, fit(network, subject.data, progress=subject.progress, **settings)


def code_variational(subject: Subject, options: dict[str, Any]) -> Encoded:
    """The bound of noisy weights that were trained on from the network's, buffers in its header."""
    network, fitted = _refined(subject, options)
    found = _encoded(network.description_length(subject.data, seed=subject.seed), None)
    return replace(
        found,
        header_bits=found.header_bits + _left_alone_bits(subject, network),
        details={**found.details, **fitted.settings},
    )


def _left_alone_bits(subject: Subject, network: NoisyModule) -> float:
    """Of the buffers that training did not change: the report counts those that it did."""
    now = tensors_of(network.network())
    return 8.0 * sum(
        before.element_size() * int((now[name].cpu() == before).sum())
        for name, before in subject.buffers.items()
    )


def code_relative_entropy(subject: Subject, options: dict[str, Any]) -> Encoded:
    """A sample of such weights, coded with retraining, and the labels.

    The option "epochs" is of the noisy training before, the others of `code_with_retraining`.
    """
    own = {name: value for name, value in options.items() if name != "epochs"}
    refined = {"epochs": options["epochs"]} if "epochs" in options else {}
    posterior = _refined(subject, refined)[1].posterior
    settings = {"seed": subject.seed, "device": subject.device} | own
    return _sampled(
        subject,
        code_with_retraining(
            subject.module, subject.data, posterior, progress=subject.progress, **settings
        ),
    )


def code_subspace(subject: Subject, options: dict[str, Any]) -> Encoded:
    """Weights in a random subspace, trained from a random start, and the labels."""
    settings = {
        "dimension": min(256, subject.parameters), "seed": subject.seed, "device": subject.device,
    } | options  # fmt: skip
    code = fit_subspace(subject.module, subject.data, progress=subject.progress, **settings)
    return _sampled(subject, code)


def _sampled(subject: Subject, code: CodedWeights) -> Encoded:
    inputs, labels = subject.data
    report = label_report(code, subject.module, inputs, labels)
    found = _encoded(report, encode_labels(code, subject.module, inputs, labels))
    if not subject.buffers:
        return found
    buffers = compress(StandIn(subject.buffers), quantiser="exact")
    return replace(found, buffers=buffers, header_bits=found.header_bits + 8 * len(buffers))


def read_sampled(blob: bytes, given: Receiver) -> Labels:
    """The labels of a file of weights that were sampled, or are in a subspace."""
    return decode_labels(blob, given.network, given.inputs)[1]


# ---- labels whose decoder trains a fresh network


def _array(inputs: torch.Tensor) -> NDArray[np.floating]:
    """The inputs; NumPy has no bfloat16."""
    return (inputs.float() if inputs.dtype == torch.bfloat16 else inputs).numpy()


def code_bits_back(subject: Subject, options: dict[str, Any]) -> Encoded:
    """Labels by weights that pay their choice back; both ends train from fresh weights."""
    inputs, labels = subject.numbers
    classes = subject.table.shape[1]
    code = network_code(subject.fresh(), classes, seed=subject.seed, **options)
    array = _array(inputs)
    posterior = code.trainer(array, labels)
    report = code.describe(array, labels, posterior=posterior)
    return _encoded(report, code.encode(array, labels, posterior=posterior))


def read_bits_back(blob: bytes, given: Receiver) -> Labels:
    """The labels of a bits-back file; the payload has to come back too, or nothing does."""
    code = network_code(given.make, given.classes, seed=given.seed, **given.options)
    return code.recover(blob, _array(given.inputs)).labels


def _single(module: nn.Module) -> nn.Module:
    """In the precision of a learner's inputs, unless it changes that by itself."""
    return module.float() if len({each.dtype for each in module.parameters()}) == 1 else module


def _prequential(
    make: Callable[[], nn.Module], classes: int, seed: int, options: dict[str, Any]
) -> PrequentialCode:
    learner = NetworkLearner(factory=lambda shape, size: _single(make()), **options)
    return PrequentialCode(classes, learner, seed=seed)


def code_prequential(subject: Subject, options: dict[str, Any]) -> Encoded:
    """Labels one after another by a fresh network that learns from those before."""
    inputs, labels = subject.numbers
    code = _prequential(subject.fresh(), subject.table.shape[1], subject.seed, options)
    blob = code.encode(_array(inputs), labels, show=subject.progress)
    data = 8.0 * len(_file.opened(blob).word)
    return Encoded(Kind.FILE, 0.0, 8 * len(blob) - data, data, blob, details={"code": code.name})


def read_prequential(blob: bytes, given: Receiver) -> Labels:
    """The labels of a prequential file, by training as the sender did."""
    code = _prequential(given.make, given.classes, given.seed, given.options)
    return code.decode(blob, _array(given.inputs), show=False)
