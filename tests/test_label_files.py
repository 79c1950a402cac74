"""Weights and labels in one file: the predictions of both ends, where it ends, its report."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from complexity.code import DecodeError
from complexity.envelope import pack, unpack
from mdl.weights.integer_law import MAX_MAGNITUDE, best_law, law
from mdl.weights.label_files import (
    class_probabilities,
    decode_labels,
    decode_weights,
    encode_labels,
    label_report,
    sampled_module,
)
from mdl.weights.subspace import fit_subspace
from mdl.weights.tensors import flat_parameters
from tests.test_relative_entropy import labelled, small


@pytest.fixture(scope="module")
def code():
    module, data = small(), labelled()
    return fit_subspace(module, data, dimension=6, steps=30, rounds=2, steps_between=1)


class Turned(torch.nn.Module):
    """Classes first."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.T


def test_predictions_are_the_softmax_above_a_floor():
    logits = np.array([[0.0, -1e4, 1.0], [2.0, 2.0, 2.0]])
    module = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Dropout(0.5)).train()
    found = class_probabilities(module, logits)
    powers = np.exp(logits)
    plain = (1 - 2**-10) * powers / powers.sum(1, keepdims=True) + 2**-10 / 3
    np.testing.assert_allclose(found, plain, rtol=1e-14)
    assert found[0, 1] == 2**-10 / 3
    assert module.training
    with pytest.raises(ValueError, match="NaN or infinite logits"):
        class_probabilities(module, np.array([[np.nan, 0.0]]))
    for wrong in (torch.nn.Flatten(0), torch.nn.Unflatten(1, (3, 1))):
        with pytest.raises(ValueError, match="accepted are logits"):
            class_probabilities(wrong, logits)
    with pytest.raises(ValueError, match=r"shape \(3, 2\), accepted are logits"):
        class_probabilities(Turned(), logits)


def test_bytes_behind_the_end_are_refused(code):
    """Sealed again, so that no checksum sees them."""
    module, (inputs, labels) = small(), labelled()
    before = flat_parameters(module)
    both = encode_labels(code, module, inputs, labels)
    assert np.array_equal(decode_labels(both, module, inputs)[1], labels.numpy())
    for blob, read in (
        (code.blob, lambda longer: decode_weights(longer, module)),
        (both, lambda longer: decode_labels(longer, module, inputs)),
    ):
        _, payload = unpack(blob)
        with pytest.raises(DecodeError, match="damaged"):
            read(pack(payload + b"\0", kind="subspace"))
    with pytest.raises(DecodeError, match="holds no weights of such a code"):
        decode_weights(pack(b"", kind="text"), module)
    assert not np.array_equal(flat_parameters(sampled_module(code, module)), before)
    assert np.array_equal(flat_parameters(module), before)


def test_a_report_has_the_bits_of_the_labels_and_their_accuracy(code):
    module, (inputs, labels) = small(), labelled()
    report = label_report(code, module, inputs, labels)
    table = class_probabilities(sampled_module(code, module), inputs)
    chosen = table[np.arange(len(labels)), labels]
    assert report.data_bits == pytest.approx(-np.log2(chosen).sum(), abs=1e-3)
    assert report.total_bits == 8 * len(encode_labels(code, module, inputs, labels))
    hits = (table.argmax(1) == labels.numpy()).mean()
    assert report.details["accuracy"] == hits


def test_laws_are_refused_beyond_their_bytes_and_the_best_is_the_best():
    for parameter, most in ((-1, 3), (192, 3), (0, -1), (0, MAX_MAGNITUDE + 1)):
        with pytest.raises(DecodeError, match="no law of integers"):
            law("laplace", parameter, most)
    values = np.array([0, 0, 1, -1, 0, 2, -3, 0, 1])
    totals = {
        (family, parameter): -np.log2(law(family, parameter, 3)[values + 3]).sum()
        for family in ("gaussian", "laplace")
        for parameter in range(192)
    }
    assert totals[best_law(values)] == pytest.approx(min(totals.values()))
