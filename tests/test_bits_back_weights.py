"""Bits-back with weights, executed: both ends train, the payload returns, the bound is met."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from sklearn.datasets import load_digits
from test_fuzz import mutated
from torch import nn

from complexity.code import DecodeError, Kind
from complexity.envelope import pack, unpack
from mdl.bits_back import BitsBackWeights, PayloadError, network_code, weights_bound_bits
from mdl.bits_back.ans import AnsStack
from mdl.bits_back.grid import Grid, pop_weights, push_weights
from mdl.bits_back.priors import prior_from_bytes, prior_to_bytes
from mdl.weights.variational.posterior import (
    GaussianPrior,
    HorseshoePrior,
    MixturePrior,
    Posterior,
)

INPUTS = np.random.default_rng(0).normal(size=(30, 3))
LABELS = (INPUTS @ [2.0, -1.0, 0.0] > 0).astype(np.int64)


def sigmoid_classes(weights, inputs):
    """Logistic regression without a bias."""
    one = special.expit(inputs @ weights)
    return np.stack([1 - one, one], axis=1)


def logistic_trainer(inputs, labels, prior=None):
    """Ten Newton steps to the mode under a prior of sd 2, deviations by the curvature there."""
    w = np.zeros(inputs.shape[1])
    for _ in range(10):
        p = special.expit(inputs @ w)
        curvature = (inputs.T * (p * (1 - p))) @ inputs + np.eye(w.size) / 4
        w = w - np.linalg.solve(curvature, inputs.T @ (p - labels) + w / 4)
    sd = 1 / np.sqrt(np.diag(curvature))
    return Posterior(("w",), ((w.size,),), w, sd, prior or GaussianPrior(0.0, 2.0))


CODE = BitsBackWeights(logistic_trainer, sigmoid_classes, 2, 3)

PRIORS = [
    GaussianPrior(0.0, 2.0),
    GaussianPrior(np.array([0.5, 0.0, 0.0]), np.array([1.0, 2.0, 2.0])),
    MixturePrior([0.7, 0.2, 0.1], [0.0, 1.0, -2.0], [0.1, 0.5, 3.0]),
    HorseshoePrior(0.5),
    HorseshoePrior(np.array([0.5, 0.5, 0.1])),
]


@given(
    st.integers(0, 2**32),
    st.integers(0, 30),
    st.sampled_from(PRIORS),
    st.one_of(st.none(), st.integers(0, 8)),
    st.one_of(st.none(), st.binary(min_size=40, max_size=44)),
)
def test_labels_and_payload_come_back(seed, n, prior, bits, payload):
    rng = np.random.default_rng(seed)
    inputs, labels = rng.normal(size=(n, 3)), rng.integers(0, 2, n)
    code = dataclasses.replace(
        CODE, trainer=lambda x, y: logistic_trainer(x, y, prior), grid_bits=bits, seed=seed
    )
    blob = code.encode(inputs, labels, payload=payload)
    found = code.recover(blob, inputs)
    assert np.array_equal(found.labels, labels)
    assert payload is None or found.payload == payload
    assert np.array_equal(found.posterior.mean, code.trainer(inputs, labels).mean)


@pytest.mark.parametrize("prior", PRIORS[:3])
def test_mean_of_executions_is_the_bound(prior):
    """400 payloads: within 3.5 standard errors of KL + E[bits], both without the code's own.

    One weight, so that KL and expectation are integrals; the grid is fine, so that what it rounds
    is below 10^-3 bits.
    """
    inputs, labels = INPUTS[:, :1], LABELS
    if np.ndim(getattr(prior, "sd", 0)):
        prior = GaussianPrior(prior.mean[:1], prior.sd[:1])
    posterior = logistic_trainer(inputs, labels, prior)
    code = dataclasses.replace(CODE, parameters=1, grid_bits=12)
    quantised = prior_from_bytes(prior_to_bytes(prior, 1), 1)[0]
    z = np.linspace(-9, 9, 4001)
    q = stats.norm.pdf(z) * (z[1] - z[0])
    w = posterior.mean + posterior.sd * z[:, None]
    kl = np.sum(q * (stats.norm.logpdf(w[:, 0], posterior.mean, posterior.sd) / math.log(2)
                     - np.array([quantised.log2_density(each)[0] for each in w])))  # fmt: skip
    signs = np.where(labels == 1, 1, -1)
    nats = -special.log_expit(signs * (w @ inputs.T)).sum(axis=1)
    exact = kl + np.sum(q * nats) / math.log(2)
    reports = [
        code._send(inputs, labels, np.random.default_rng(seed).bytes(30), posterior)[0]
        for seed in range(400)
    ]
    nets = [each.stack.net_bits for each in reports]
    assert abs(np.mean(nets) - exact) < 3.5 * np.std(nets) / math.sqrt(len(nets))
    for each in reports[:20]:
        parts = each.weight_bits - each.refund_bits + each.label_bits
        assert each.stack.net_bits == pytest.approx(parts)


def test_bound_by_quadrature_in_every_direction():
    """`weights_bound_bits` against an integral over three independent weights' logits."""
    posterior = logistic_trainer(INPUTS, LABELS)
    ours = [
        weights_bound_bits(sigmoid_classes, posterior, INPUTS, LABELS, samples=200, seed=seed)
        for seed in range(10)
    ]
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    signs = np.where(LABELS == 1, 1, -1)
    middle, spread = INPUTS @ posterior.mean, np.sqrt(INPUTS**2 @ posterior.sd**2)
    logits = signs[:, None] * (middle[:, None] + spread[:, None] * nodes)
    nats = -(special.log_expit(logits) @ weights).sum() / math.sqrt(2 * math.pi)
    s, m = posterior.sd / 2, posterior.mean / 2
    kl = np.sum(0.5 * (s**2 + m**2 - 1) - np.log(s))
    error = np.std(ours) / math.sqrt(len(ours))
    assert abs(np.mean(ours) - (kl + nats) / math.log(2)) < 4 * error


def test_a_finer_grid_costs_a_longer_payload_and_nothing_else():
    """Each bit of the grid borrows a bit a weight; KL of bins is below KL, and rises to it."""
    posterior = logistic_trainer(INPUTS, LABELS)
    initial, mean_net = {}, {}
    for bits in (3, 6, 9):
        code = dataclasses.replace(CODE, grid_bits=bits)
        sent = [
            code._send(INPUTS, LABELS, np.random.default_rng(seed).bytes(40), posterior)[0]
            for seed in range(300)
        ]
        initial[bits] = np.mean([each.stack.initial_bits for each in sent])
        mean_net[bits] = np.array([each.stack.net_bits for each in sent])
    assert initial[6] - initial[3] == pytest.approx(9, abs=0.5)
    assert initial[9] - initial[6] == pytest.approx(9, abs=0.5)
    error = math.hypot(*(np.std(mean_net[bits]) / math.sqrt(300) for bits in (3, 9)))
    assert abs(mean_net[3].mean() - mean_net[9].mean()) < 4 * error
    edges = {
        bits: Grid.covering(posterior.mean, posterior.sd, bits=bits).edges() for bits in initial
    }
    divergences = []
    for bits in (3, 6, 9):
        q = np.diff(special.ndtr((edges[bits][:, None] - posterior.mean) / posterior.sd), axis=0)
        p = np.diff(special.ndtr(edges[bits] / 2))[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            divergences.append(np.nansum(np.where(q > 0, q * np.log2(q / p), 0)))
    assert divergences[0] < divergences[1] < divergences[2] <= posterior.kl_bits
    assert divergences[2] == pytest.approx(posterior.kl_bits, abs=1e-3)


@given(st.integers(0, 2**32), st.sampled_from(PRIORS), st.integers(0, 8))
def test_weights_under_any_prior_come_back_at_their_cost(seed, prior, bits):
    rng = np.random.default_rng(seed)
    grid = Grid(bits, -5 << bits, (10 << bits) + 1)
    places = rng.integers(0, grid.bins, 3)
    stack = AnsStack(b"eight or more bytes")
    push_weights(stack, places, prior, grid)
    edges = grid.edges()
    edges[0], edges[-1] = -np.inf, np.inf
    mass = prior.cdf(edges[places + 1]) - prior.cdf(edges[places])
    cost = -np.log2(np.maximum(mass, 2.0**-39)).sum()
    assert abs(stack.net_bits - cost) < 0.1 + 3 * (mass < 1e-9).sum()
    assert np.array_equal(pop_weights(stack, prior, 3, grid), places)
    assert stack.payload() == b"eight or more bytes"


@given(st.integers(1, 50), st.integers(0, 2**32), st.integers(0, 3))
def test_priors_travel(size, seed, kind):
    rng = np.random.default_rng(seed)
    scales = np.exp(3 * rng.normal(size=4))[np.sort(rng.integers(0, 4, size))]
    means = rng.normal(size=4)[np.sort(rng.integers(0, 4, size))]
    prior = (
        GaussianPrior(0.0, scales),
        GaussianPrior(means, scales),
        MixturePrior(
            rng.dirichlet(np.ones(5)) + 0.0, rng.normal(size=5), np.exp(rng.normal(size=5))
        ),
        HorseshoePrior(scales),
    )[kind]
    blob = prior_to_bytes(prior, size)
    again, end = prior_from_bytes(blob + b"more", size)
    assert end == len(blob)
    assert type(again) is type(prior)
    for name, tolerance in (("mean", 1e-7), ("means", 1e-7), ("sd", 2**-8), ("sds", 2**-8),
                            ("scale", 2**-8), ("proportions", 2**-7)):  # fmt: skip
        if hasattr(prior, name):
            shape = np.shape(getattr(again, name))
            expected = np.broadcast_to(getattr(prior, name), shape)
            np.testing.assert_allclose(getattr(again, name), expected, rtol=tolerance)
    assert prior_to_bytes(again, size) == blob or kind == 2  # proportions are normalised again
    for end in range(len(blob)):
        with pytest.raises(DecodeError, match=r"truncated|damaged"):
            prior_from_bytes(blob[:end], size)


def test_priors_of_no_known_kind():
    class Own:
        def cdf(self, x):
            return x

    with pytest.raises(TypeError, match="prior: got Own, accepted are Gaussians"):
        prior_to_bytes(Own(), 3)  # type: ignore[arg-type]
    with pytest.raises(DecodeError, match="no prior of kind 9"):
        prior_from_bytes(b"\x09", 3)
    with pytest.raises(DecodeError, match="4 weights follow 0 of 3"):
        prior_from_bytes(b"\x00\x04\x80\x3f", 3)
    with pytest.raises(DecodeError, match="no prior has such parameters"):
        prior_from_bytes(b"\x00\x03\x80\xbf", 3)


def digits_code(epochs=6):
    return network_code(
        lambda: nn.Sequential(nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 10)), 10, epochs=epochs
    )


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    return (data.data[:400] / 16).astype(np.float32), data.target[:400].astype(np.int64)


def test_a_network_trained_at_both_ends(digits, tmp_path):
    """The receiver is a fresh process: it trains on what it decoded, and the payload is back."""
    code, (inputs, labels) = digits_code(), digits
    payload = np.random.default_rng(1).bytes(1500)
    blob = code.encode(inputs, labels, payload=payload)
    np.save(tmp_path / "inputs.npy", inputs)
    (tmp_path / "labels.cxd").write_bytes(blob)
    program = """
import hashlib, pathlib, sys
import numpy as np
from torch import nn
from mdl.bits_back import network_code
folder = pathlib.Path(sys.argv[1])
code = network_code(
    lambda: nn.Sequential(nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 10)), 10, epochs=6
)
found = code.recover((folder / "labels.cxd").read_bytes(), np.load(folder / "inputs.npy"))
print(hashlib.sha256(found.labels.tobytes() + found.payload).hexdigest())
"""
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert said == hashlib.sha256(labels.tobytes() + payload).hexdigest()


def test_report_of_a_network(digits):
    code, (inputs, labels) = digits_code(), digits
    posterior = code.trainer(inputs, labels)
    payload = np.random.default_rng(2).bytes(1500)
    report = code.describe(inputs, labels, payload=payload, posterior=posterior, samples=4)
    blob = code.encode(inputs, labels, payload=payload, posterior=posterior)
    details = report.details
    assert report.kind == Kind.FILE
    assert report.parameters == 64 * 8 + 8 + 80 + 10
    assert report.total_bits == pytest.approx(8 * (len(blob) - len(payload)))
    assert details["net_bits"] == pytest.approx(report.model_bits + report.data_bits)
    assert report.model_bits == pytest.approx(details["weight_bits"] - details["refund_bits"])
    assert details["initial_bits"] == pytest.approx(details["refund_bits"])
    assert details["prior_bits"] <= 8 * 17  # four tensors: a tag, and 3 or 4 bytes each
    assert report.header_bits < 8 * 100
    assert report.uniform_bits == pytest.approx(400 * math.log2(10))
    json.dumps(report.to_dict())
    # 8 sd of one run's luck is far above what a wrong refund would be off by (thousands of bits)
    assert abs(details["net_bits"] - details["bound_bits"]) < 0.35 * details["bound_bits"]


def test_training_anew_gives_the_same_bits(digits):
    code, (inputs, labels) = digits_code(epochs=2), digits
    first, second = (code.trainer(inputs, labels) for _ in range(2))
    assert first.mean.tobytes() == second.mean.tobytes()
    assert first.sd.tobytes() == second.sd.tobytes()


def test_another_learner_or_network_is_refused():
    blob = CODE.encode(INPUTS, LABELS)

    def learns_otherwise(inputs, labels):
        found = logistic_trainer(inputs, labels)
        return dataclasses.replace(found, mean=np.nextafter(found.mean, 9))

    def fails(inputs, labels):
        raise FloatingPointError("bits are no longer finite")

    for changes, message in (
        ({"trainer": learns_otherwise}, "the learner gives another posterior"),
        ({"trainer": fails}, "the learner fails on the decoded labels: bits are no longer"),
        ({"network": lambda w, x: sigmoid_classes(w * 1.001, x)}, "other probabilities"),
        ({"network": lambda w, x: np.full((30, 2), np.nan)}, "NaN"),
        ({"alphabet_size": 3}, "network: gave shape"),
        ({"parameters": 4}, "3 of 4|truncated|damaged"),
    ):
        with pytest.raises(DecodeError, match=message):
            dataclasses.replace(CODE, **changes).recover(blob, INPUTS)
    with pytest.raises(DecodeError, match="other probabilities"):
        CODE.recover(blob, INPUTS[::-1])
    with pytest.raises(DecodeError, match="accepted is"):
        CODE.recover(blob, INPUTS[:-1])


def test_bad_input_is_named():
    for labels, message in (
        (LABELS + 1, "labels: got 1 to 2, accepted is 0 to 1"),
        (LABELS * 1.0, "labels: got float64 of shape"),
        (LABELS[:, None], r"labels: got int64 of shape \(30, 1\)"),
    ):
        with pytest.raises(ValueError, match=message):
            CODE.encode(INPUTS, labels)
    posterior = logistic_trainer(INPUTS, LABELS)
    for wrong in (-100, -1, 2):
        with pytest.raises(ValueError, match=f"labels: got .*{wrong}.*, accepted is 0 to 1"):
            weights_bound_bits(sigmoid_classes, posterior, INPUTS, [*LABELS[:-1], wrong], samples=1)
    with pytest.raises(PayloadError, match=r"payload: got 16 bits, accepted are about \d+ or more"):
        CODE.encode(INPUTS, LABELS, payload=b"xx")
    needed = CODE.describe(INPUTS, LABELS).details["initial_bits"] + 48
    assert CODE.encode(INPUTS, LABELS, payload=bytes(range(math.ceil(needed / 8) + 2)))
    wide = dataclasses.replace(
        CODE, grid_bits=30, trainer=lambda x, y: logistic_trainer(1e-9 * x, y)
    )
    with pytest.raises(ValueError, match="grid_bits: got 30 for weights from"):
        wide.encode(INPUTS, LABELS)
    for options, message in (
        ({"alphabet_size": 1}, "alphabet_size: got 1"),
        ({"grid_bits": 31}, "grid_bits: got 31"),
        ({"parameters": 0}, "parameters: got 0"),
        ({"seed": -1}, "seed: got -1"),
    ):
        with pytest.raises(ValueError, match=message):
            dataclasses.replace(CODE, **options)
    with pytest.raises(ValueError, match="posterior: got 3 weights, accepted are 4"):
        dataclasses.replace(CODE, parameters=4).encode(INPUTS, LABELS)


def fuzz(rounds: int) -> None:
    """Mutated files, and what is mutated in a valid envelope: DecodeError for each."""
    rng = np.random.default_rng(11)
    files = [
        CODE.encode(INPUTS[:20], rng.integers(0, 2, 20), payload=rng.bytes(30)) for _ in range(3)
    ]
    for k in range(rounds):
        blob, other = files[k % 3], files[(k + 1) % 3]
        damaged = mutated(blob, other, rng)
        if k % 2:
            changed = mutated(unpack(blob)[1], unpack(other)[1], rng)
            damaged = pack(changed, kind="bits-back-weights")
        if damaged in files:
            continue
        with pytest.raises(DecodeError) as caught:
            CODE.recover(damaged, INPUTS[:20])
        assert str(caught.value)


def test_mutated_files_and_mutated_stacks():
    fuzz(3000)


@pytest.mark.parametrize("prior", [0.5, "learned", "mixture", "spike-and-slab", "horseshoe"])
def test_every_prior_of_noisy_training(digits, prior):
    inputs, labels = digits[0][:100], digits[1][:100]
    code = network_code(lambda: nn.Linear(64, 10), 10, prior=prior, epochs=2)
    payload = np.random.default_rng(5).bytes(2000)
    found = code.recover(code.encode(inputs, labels, payload=payload), inputs)
    assert np.array_equal(found.labels, labels)
    assert found.payload == payload
