"""Reports of networks' codes against sums done by hand, and the null codes against their own."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from complexity.code import Kind
from mdl.nml import multinomial_complexity
from mdl.report import Report, null_bits, shuffled_labels

LABELS = np.repeat(np.arange(4), [5, 1, 0, 2])


def test_parts_add_up():
    report = Report("x", Kind.BOUND, 30.0, 6.0, 4.0, parameters=12, **null_bits(LABELS, 4))
    assert report.total_bits == 40
    assert report.bits_per_parameter == 2.5
    assert report.bits_per_label == 5
    assert report.uniform_bits == 16
    assert report.ratio == 2.5
    assert not report.compresses
    assert "LONGER than the labels alone" in repr(report)
    assert report.regret_bits == 40 - min(16, report.nml_bits)


def test_the_null_is_the_likelihood_and_its_complexity():
    likelihood = sum(-k * math.log2(k / 8) for k in (5, 1, 2))
    expected = likelihood + multinomial_complexity(4, 8)
    assert null_bits(LABELS, 4)["nml_bits"] == pytest.approx(expected, abs=1e-9)


def test_a_short_code_compresses():
    report = Report("x", Kind.FILE, 0.0, 8.0, **null_bits(LABELS, 4))
    assert report.compresses
    assert "LONGER" not in repr(report)


def test_as_long_as_the_labels_alone_is_no_compression():
    even = null_bits(np.arange(4), 4)
    for data_bits, compresses in ((8.0, False), (7.999, True)):  # uniform: 2 bits a label
        report = Report("x", Kind.FILE, 0.0, data_bits, **even)
        assert report.compresses is compresses
        assert ("LONGER" in repr(report)) is not compresses


def test_weights_alone_have_no_null():
    report = Report("w", Kind.FILE, 80.0, parameters=10)
    assert math.isnan(report.ratio)
    assert math.isnan(report.bits_per_label)
    assert not report.compresses
    document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert document["ratio"] is None
    assert document["total_bits"] == 80
    assert Report("w", Kind.FILE, 80.0).to_dict()["bits_per_parameter"] is None


def test_details_become_json():
    report = Report("w", Kind.IDEAL, 1.0, details={"sd": np.float32(2), "seeds": np.arange(2)})
    assert report.to_dict()["details"] == {"sd": 2.0, "seeds": [0, 1]}


@pytest.mark.parametrize("part", ["model_bits", "data_bits", "header_bits"])
def test_nan_is_no_length(part):
    with pytest.raises(ValueError, match=f"{part}: got NaN"):
        Report(**({"name": "x", "kind": Kind.FILE, "model_bits": 0.0} | {part: math.nan}))


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([0, 4], ValueError, "0 to 3"),
        ([0.5], TypeError, "labels: got items"),
        ("01", TypeError, "labels: got str"),
    ],
)
def test_labels_are_letters(labels, error, message):
    with pytest.raises(error, match=message):
        null_bits(labels, 4)


def test_the_control_keeps_counts_and_depends_on_the_seed():
    labels = np.arange(100) % 7
    shuffled = shuffled_labels(labels, seed=1)
    assert np.array_equal(np.bincount(shuffled), np.bincount(labels))
    assert not np.array_equal(shuffled, labels)
    assert np.array_equal(shuffled, shuffled_labels(labels, seed=1))
    assert not np.array_equal(shuffled, shuffled_labels(labels, seed=2))


def test_labels_of_one_class_have_no_ratio():
    report = Report("net", Kind.FILE, 100.0, 3.0, **null_bits([0, 0, 0], 1))
    assert report.uniform_bits == 0
    assert math.isnan(report.ratio)
    assert report.to_dict()["ratio"] is None
