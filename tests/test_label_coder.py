"""Labels by tables of probabilities: exact, as long as -log2 p, and damage that can be seen is."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complexity.code import DecodeError
from mdl.label_coder import (
    LabelDecoder,
    LabelEncoder,
    cumulative_frequencies,
    decode_labels,
    encode_labels,
    label_bits,
)


def drawn(rows: int, classes: int, seed: int, sharpness: float = 1.0):
    """A table of probabilities and labels drawn from it."""
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.full(classes, 1 / sharpness), rows)
    table = 0.999 * table + 0.001 / classes
    labels = (table.cumsum(1) / table.sum(1, keepdims=True) < rng.random((rows, 1))).sum(1)
    return table, np.minimum(labels, classes - 1)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 400),
    st.integers(1, 40),
    st.integers(0, 2**32),
    st.sampled_from([0.2, 1, 30]),
    st.integers(1, 60),
)
def test_round_trip_in_any_batches_and_length(rows, classes, seed, sharpness, batch):
    table, labels = drawn(rows, classes, seed, sharpness)
    blob = encode_labels(table, labels)
    parts = [table[start : start + batch] for start in range(0, rows, batch)]
    assert encode_labels(parts, labels) == blob
    np.testing.assert_array_equal(decode_labels(blob, table), labels)
    decoder = LabelDecoder(blob)
    popped = [decoder.pop(part) for part in parts]
    decoder.finish()
    np.testing.assert_array_equal(np.concatenate([np.zeros(0, int), *popped]), labels)
    ideal = -np.log2(table[np.arange(rows), labels] / table.sum(1)).sum()
    assert label_bits(table, labels) == pytest.approx(ideal, abs=1e-6 + 1e-8 * ideal)
    assert ideal - 1e-3 <= 8 * len(blob) <= ideal + 9.001


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(lambda row: sum(row) > 0.01),
        min_size=1,
        max_size=20,
    )
)
def test_frequencies_are_the_stated_rounding_in_exact_arithmetic(rows):
    table = np.array([[value / sum(row) for value in row] for row in rows])
    found = cumulative_frequencies(table)
    assert (np.diff(found, axis=1) >= 1).all()
    assert (found[:, 0] == 0).all()
    assert (found[:, -1] == 1 << 48).all()
    for row, got in zip(table, found, strict=True):
        total = sum(map(Fraction, row))
        for k in range(1, 3):  # a few units of 2^-53 each for sums, quotient and product
            exact = sum(map(Fraction, row[:k])) / total * ((1 << 48) - 3) + k
            assert -2 < got[k] - exact < 2


def test_an_impossible_label_costs_48_bits_and_comes_back():
    table = np.tile([1.0, 0.0], (50, 1))
    labels = np.ones(50, int)
    blob = encode_labels(table, labels)
    assert 8 * len(blob) == pytest.approx(50 * 48, abs=17)
    np.testing.assert_array_equal(decode_labels(blob, table), labels)


def test_certain_labels_cost_nothing():
    assert encode_labels(np.ones((100, 1)), np.zeros(100, int)) == b""
    assert decode_labels(b"", np.ones((100, 1))).sum() == 0
    assert encode_labels([], []) == b""
    sure = np.tile([1.0, 0.0], (1000, 1))
    assert len(encode_labels(sure, np.zeros(1000, int))) == 1


def test_codewords_of_all_messages_are_a_prefix_code():
    table = np.array([[0.7, 0.2, 0.1], [0.01, 0.01, 0.98], [1 / 3, 1 / 3, 1 / 3], [0, 0.5, 0.5]])
    words = {encode_labels(table, message): message for message in product(range(3), repeat=4)}
    assert len(words) == 81
    assert sum(Fraction(1, 256 ** len(word)) for word in words) <= 1
    ordered = sorted(words)
    for one, other in pairwise(ordered):
        assert not other.startswith(one)
    for word, message in words.items():
        assert tuple(decode_labels(word, table)) == message


def test_carries_run_through_long_rows_of_255():
    # labels that follow the expansion of just under a half: each carry has to go far
    table = np.tile([0.5, 0.5], (4096, 1))
    for labels in (np.ones(4096, int), np.r_[0, np.ones(4095, int)], np.r_[1, np.zeros(4095, int)]):
        np.testing.assert_array_equal(decode_labels(encode_labels(table, labels), table), labels)
    thirds = np.full((3000, 3), 1 / 3)
    labels = np.random.default_rng(0).integers(0, 3, 3000)
    np.testing.assert_array_equal(decode_labels(encode_labels(thirds, labels), thirds), labels)


def test_every_truncation_and_anything_behind_is_noticed():
    table, labels = drawn(200, 10, 1)
    blob = encode_labels(table, labels)
    for end in range(len(blob)):
        with pytest.raises(DecodeError, match=r"truncated|damaged"):
            decode_labels(blob[:end], table)
    for tail in (b"\0", b"\xff", b"junk", blob):
        with pytest.raises(DecodeError, match="damaged"):
            decode_labels(blob + tail, table)


def test_damage_never_raises_anything_but_decode_error():
    table, labels = drawn(60, 4, 2)
    blob, rng = encode_labels(table, labels), np.random.default_rng(3)
    refused = 0
    for _ in range(2000):
        damaged = bytearray(blob)
        for _ in range(rng.integers(1, 4)):
            damaged[rng.integers(len(damaged))] = rng.integers(256)
        try:
            other = decode_labels(bytes(damaged), table)
        except DecodeError:
            refused += 1
        else:
            assert encode_labels(table, other) == damaged  # a codeword of other labels
    assert refused > 100


def test_decodes_in_a_fresh_process():
    table, labels = drawn(500, 7, 5)
    blob = encode_labels(table, labels)
    program = (
        "import sys, numpy as np; from mdl.label_coder import decode_labels\n"
        "table = np.frombuffer(bytes.fromhex(sys.stdin.readline()), float).reshape(500, 7)\n"
        "print(decode_labels(bytes.fromhex(sys.stdin.readline()), table).tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=table.tobytes().hex() + "\n" + blob.hex() + "\n",
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert eval(done.stdout) == labels.tolist()


def test_labels_in_a_row_as_long_as_the_encoder_says():
    table, labels = drawn(2000, 10, 8, 10)
    encoder = LabelEncoder()
    for start in range(0, 2000, 7):
        encoder.push(table[start : start + 7], labels[start : start + 7])
        assert 8 * len(encoder.finish()) <= encoder.bits + 9
    assert encoder.bits == pytest.approx(label_bits(table, labels))


@pytest.mark.parametrize(
    ("table", "labels", "error", "message"),
    [
        ([[0.5, 0.5]], [2], ValueError, "labels: got 2, accepted are integers from 0 to 1"),
        ([[0.5, 0.5]], [-1], ValueError, "labels: got -1"),
        ([[0.5, 0.5]], [0.0], TypeError, "labels: got float64"),
        ([[0.5, 0.5]], [0, 1], ValueError, "labels: got 2, accepted are as many as rows"),
        ([[0.5, 0.5]] * 2, [0], ValueError, "labels: got shape"),
        ([[0.5, 0.6]], [0], ValueError, "probabilities: got a row of sum 1.1"),
        ([[np.nan, 1]], [0], ValueError, "probabilities: got NaN or negative"),
        ([[-0.5, 1.5]], [0], ValueError, "probabilities: got NaN or negative"),
        ([[True, False]], [0], TypeError, "probabilities: got bool"),
        ([np.zeros((2, 0))], [0, 0], ValueError, "probabilities: got shape"),
        ([[np.inf, 0]], [0], ValueError, "probabilities: got a row of sum inf"),
    ],
)
def test_bad_input_is_named(table, labels, error, message):
    with pytest.raises(error, match=message):
        encode_labels(table, labels)


def test_a_blob_is_bytes():
    with pytest.raises(TypeError, match="blob: got str"):
        LabelDecoder("x")  # type: ignore[arg-type]
