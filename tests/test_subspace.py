"""Random subspaces of weight space: projections, laws of integers, codes as files, d_int90."""

from __future__ import annotations

import hashlib
import math
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.linalg import hadamard

from complexity.code import DecodeError
from mdl.label_coder import LabelDecoder, LabelEncoder
from mdl.report import shuffled_labels
from mdl.weights.integer_law import best_law, law, pop_integers, push_integers
from mdl.weights.intrinsic import IntrinsicDimension, intrinsic_dimension
from mdl.weights.label_files import (
    class_probabilities,
    decode_labels,
    decode_weights,
    encode_labels,
    label_report,
    sampled_module,
)
from mdl.weights.projections import Projection, _hadamard, initial_weights
from mdl.weights.sampled_loss import SampledLoss
from mdl.weights.subspace import SubspaceCode, fit_subspace
from mdl.weights.subspace_training import Coordinates
from mdl.weights.tensors import flat_parameters
from tests.test_relative_entropy import fuzz, labelled, small

QUICK = {"dimension": 12, "steps": 120, "rounds": 4, "steps_between": 5, "learning_rate": 0.03}


@cache
def coded(projection: str = "dense") -> SubspaceCode:
    """The small network on its three clouds of points."""
    return fit_subspace(small(), labelled(), projection=projection, **QUICK)


# projections


@pytest.mark.parametrize("width", [1, 2, 8, 32])
def test_the_transform_is_hadamards(width):
    x = np.random.default_rng(0).normal(size=(3, width))
    assert _hadamard(x) == pytest.approx(x @ hadamard(width))
    assert _hadamard(torch.tensor(x)).numpy() == pytest.approx(x @ hadamard(width))


@given(
    kind=st.sampled_from(["dense", "fastfood"]),
    dimension=st.integers(1, 40),
    size=st.integers(1, 300),
    seed=st.integers(0, 2**64 - 1),
)
def test_both_ends_project_alike_and_linearly(kind, dimension, size, seed):
    projection = Projection(seed, dimension, size, kind)
    rng = np.random.default_rng(0)
    u, v = rng.normal(size=(2, dimension))
    ours = projection.apply(u)
    assert ours.shape == (size,)
    assert projection.torch(torch.tensor(u)[None])[0].numpy() == pytest.approx(ours, abs=1e-12)
    assert projection.apply(2 * u - v) == pytest.approx(2 * ours - projection.apply(v), abs=1e-11)
    assert np.array_equal(Projection(seed, dimension, size, kind).apply(u), ours)


def test_fastfood_is_the_product_of_its_factors():
    projection = Projection(5, 6, 20, "fastfood")  # three blocks of 8, the last one cut off
    full = []
    for b in range(3):
        permuted = np.eye(8)[projection._orders[b]]
        h = hadamard(8)
        factors = h @ np.diag(projection._gaussian[b]) @ permuted @ h
        full.append(factors @ np.diag(projection._signs[b]))
    matrix = np.concatenate(full)[:20, :6] / math.sqrt(8 * 6)
    u = np.random.default_rng(0).normal(size=6)
    assert projection.apply(u) == pytest.approx(matrix @ u)


@pytest.mark.parametrize("kind", ["dense", "fastfood"])
def test_a_weight_moves_by_the_root_mean_square_of_the_coordinates(kind):
    u = np.random.default_rng(0).normal(size=50)
    moved = Projection(0, 50, 20_000, kind).apply(u)
    # squares of normal numbers of variance mean(u^2): their mean has sd sqrt(2 / 20000) of it
    assert np.mean(moved**2) / np.mean(u**2) == pytest.approx(1, abs=4 * math.sqrt(2 / 20_000))
    assert stats.kstest(moved / math.sqrt(np.mean(u**2)), "norm").pvalue > 1e-4


def test_a_million_weights():
    moved = Projection(0, 300, 1_000_000, "fastfood").apply(np.ones(300))
    assert np.mean(moved**2) == pytest.approx(1, abs=4 * math.sqrt(2 / 1e6))


def test_where_a_subspace_begins():
    layout = [("0.weight", (40, 1000)), ("0.bias", (40,)), ("norm.weight", (40,))]
    start = initial_weights(1, layout)
    assert start[:40_000].std() == pytest.approx(math.sqrt(2 / 1000), rel=4 / math.sqrt(80_000))
    assert not start[40_000:40_040].any()
    assert (start[40_040:] == 1).all()


# integers


@given(
    family=st.sampled_from(["gaussian", "laplace"]),
    parameter=st.integers(0, 191),
    most=st.integers(0, 60),
)
def test_laws_of_integers(family, parameter, most):
    table = law(family, parameter, most)
    k = np.arange(-most, most + 1)
    log_ratio = math.log1p(-(2.0 ** ((parameter - 192) / 8)))
    expected = np.exp(log_ratio * (k**2 if family == "gaussian" else abs(k)))
    assert table == pytest.approx(expected / expected.sum(), rel=1e-9, abs=1e-300)


@given(st.lists(st.integers(-300, 300), max_size=50).map(lambda x: np.array(x, np.int64)))
def test_integers_come_back(values):
    family, parameter = best_law(values)
    encoder = LabelEncoder()
    push_integers(encoder, values, family, parameter)
    most = int(np.max(np.abs(values), initial=0))
    decoder = LabelDecoder(encoder.finish())
    assert np.array_equal(pop_integers(decoder, values.size, family, parameter, most), values)
    decoder.finish()


@pytest.mark.parametrize(("family", "scale"), [("gaussian", 2.7), ("laplace", 2.7)])
def test_the_best_law_is_near_the_entropy(family, scale):
    rng = np.random.default_rng(0)
    draw = rng.normal if family == "gaussian" else rng.laplace
    values = np.rint(draw(0, scale, 4000)).astype(np.int64)
    found, parameter = best_law(values)
    assert found == family
    encoder = LabelEncoder()
    push_integers(encoder, values, found, parameter)
    counts = np.bincount(values - values.min())
    entropy = stats.entropy(counts, base=2) * values.size
    assert entropy <= encoder.bits <= 1.01 * entropy


# training


def test_the_sampled_loss_is_unbiased():
    module, (inputs, labels) = small(), labelled(60)
    weights = torch.tensor(flat_parameters(module))
    exact = torch.nn.functional.cross_entropy(module(inputs), labels, reduction="sum").item()
    every = SampledLoss(
        module, (inputs, labels), generator=torch.Generator().manual_seed(0), groups=1
    )
    assert every(weights[None]).item() == pytest.approx(exact, rel=1e-6)
    some = SampledLoss(
        module, (inputs, labels), generator=torch.Generator().manual_seed(0), batch_size=12,
        groups=3,
    )  # fmt: skip
    with torch.no_grad():
        found = [some(weights.expand(3, -1)).item() for _ in range(200)]
    assert np.mean(found) == pytest.approx(exact, abs=4 * np.std(found) / math.sqrt(200))


class Sums(torch.nn.Module):
    """The toy problem of Li et al. 2018, section 2.1: sums of ten groups are to be 1 to 10."""

    def __init__(self) -> None:
        super().__init__()
        self.w = torch.nn.Parameter(torch.zeros(10, 20, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.w.sum(1)


@pytest.mark.parametrize("dimension", [9, 10])
def test_training_reaches_what_least_squares_reaches(dimension):
    """Ten constraints: a subspace of ten dimensions holds a solution, one of nine does not."""
    data = (torch.eye(10, dtype=torch.float64), torch.arange(1.0, 11, dtype=torch.float64))
    nats = SampledLoss(
        Sums(), data, generator=torch.Generator().manual_seed(0), groups=1,
        loss=lambda out, goal: ((out - goal) ** 2).sum(),
    )  # fmt: skip
    projection = Projection(0, dimension, 200, "dense")
    training = Coordinates(nats, projection, np.zeros(200), torch.Generator(), 0.3)
    training.train(400, noisy=False)
    reached = nats(training.weights(1, noisy=False)).item()
    columns = [projection.apply(unit).reshape(10, 20).sum(1) for unit in np.eye(dimension)]
    left = np.linalg.lstsq(np.array(columns).T, np.arange(1.0, 11), rcond=None)[1]
    expected = float(left[0]) if left.size and dimension < 10 else 0.0
    assert reached == pytest.approx(expected, rel=1e-3, abs=1e-3)
    assert (expected > 0.01) == (dimension < 10)


def test_a_network_in_a_subspace_as_a_file():
    module, (inputs, labels), code = small(), labelled(), coded()
    report = label_report(code, module, inputs, labels)
    blob = encode_labels(code, module, inputs, labels)
    assert report.total_bits == 8 * len(blob)
    assert report.model_bits + report.data_bits < report.uniform_bits
    network, found = decode_labels(blob, module, inputs)
    assert np.array_equal(found, labels.numpy())
    assert np.array_equal(flat_parameters(network), flat_parameters(sampled_module(code, module)))
    assert code.report().total_bits == 8 * len(code.blob)
    alone = decode_weights(code.blob, module)
    assert np.array_equal(class_probabilities(alone, inputs), class_probabilities(network, inputs))
    short = QUICK | {"steps": 3, "rounds": 2, "steps_between": 1}
    blobs = [fit_subspace(module, (inputs, labels), seed=s, **short).blob for s in (0, 0, 1)]
    assert blobs[0] == blobs[1] != blobs[2]


def test_shuffled_labels_are_not_compressed():
    module, (inputs, labels) = small(), labelled()
    shuffled = torch.tensor(shuffled_labels(labels.numpy(), seed=0))
    code = fit_subspace(module, (inputs, shuffled), **QUICK)
    report = label_report(code, module, inputs, shuffled)
    assert report.model_bits + report.data_bits >= report.uniform_bits - 10


def test_another_process_decodes(tmp_path):
    module, (inputs, labels) = small(), labelled()
    for projection in ("dense", "fastfood"):
        code = coded(projection)
        (tmp_path / projection).write_bytes(encode_labels(code, module, inputs, labels))
    np.save(tmp_path / "inputs.npy", inputs.numpy())
    program = """
import hashlib, sys, numpy as np, torch
from mdl.weights.label_files import class_probabilities, decode_labels
module = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3))
inputs = np.load(sys.argv[1] + "/inputs.npy")
for name in ("dense", "fastfood"):
    network, labels = decode_labels(open(f"{sys.argv[1]}/{name}", "rb").read(), module, inputs)
    print(hashlib.sha256(class_probabilities(network, inputs).tobytes()).hexdigest(), *labels)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    for name, line in zip(("dense", "fastfood"), done.stdout.splitlines(), strict=True):
        digest, *found = line.split()
        network = decode_weights((tmp_path / name).read_bytes(), module)
        table = class_probabilities(network, inputs)
        assert digest == hashlib.sha256(table.tobytes()).hexdigest()
        assert list(map(int, found)) == labels.tolist()


def test_a_subspace_around_the_modules_own_weights():
    module, data = small(), labelled()
    code = fit_subspace(module, data, origin="module", projection="fastfood", **QUICK)
    assert code.integers.any()
    found = decode_weights(code.blob, module)
    moved = flat_parameters(found) - flat_parameters(module)
    projection = Projection(0, 12, moved.size, "fastfood")
    assert moved == pytest.approx(projection.apply(code.step * code.integers), abs=1e-6)
    torch.manual_seed(1)
    other = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3))
    with pytest.raises(DecodeError, match="coded from other weights"):
        decode_weights(code.blob, other)


def test_damaged_files_are_refused():
    module, (inputs, labels), code = small(), labelled(), coded()
    blob = encode_labels(code, module, inputs, labels)
    for end in range(len(blob)):
        with pytest.raises(DecodeError):
            decode_weights(blob[:end], module)
    fuzz(blob, lambda b: decode_weights(b, module), count=1000, seed=0)
    refused = fuzz(
        code.blob, lambda b: decode_weights(b, module), count=1200, seed=1, repack="subspace"
    )
    assert refused > 300
    with pytest.raises(DecodeError, match="other names or shapes"):
        decode_weights(blob, torch.nn.Linear(6, 5))


def test_bad_arguments():
    module, data = small(), labelled()
    with pytest.raises(ValueError, match="dimension: got 54, accepted is an integer from 1 to 53"):
        fit_subspace(module, data, dimension=54)
    with pytest.raises(ValueError, match="origin: unknown 'zero'"):
        fit_subspace(module, data, origin="zero")
    with pytest.raises(ValueError, match="steps: got 0"):
        fit_subspace(module, data, dimension=4, steps=0)
    with pytest.raises(ValueError, match="consider 'fastfood'"):
        fit_subspace(torch.nn.Linear(10_000, 10), data, dimension=200, projection="dense")
    with pytest.raises(FloatingPointError, match="gradient is NaN"):
        fit_subspace(module, data, dimension=4, loss=lambda x, _: (x * math.nan).sum())
    for label in (-100, -1, 3):  # -100: left out by torch's cross entropy
        inputs, labels = labelled()
        labels[5] = label
        with pytest.raises(ValueError, match=f"data: got label {label}, accepted are .* 0 to"):
            fit_subspace(module, (inputs, labels), dimension=4)
    with pytest.raises(ValueError, match="threshold: got 0"):
        intrinsic_dimension(small, data, threshold=0)
    with pytest.raises(ValueError, match="grid: got"):
        intrinsic_dimension(small, data, grid=[54])


# intrinsic dimension


def test_the_intrinsic_dimension_is_the_first_that_reaches_the_threshold():
    found = IntrinsicDimension((1, 4, 16), (0.3, 0.855, 0.8), 0.95, 0.9, 53, 0)
    assert found.dimension == 4
    assert IntrinsicDimension((1, 4), (0.3, 0.8), 0.95, 0.9, 53, 0).dimension is None
    assert found.to_dict()["dimension"] == 4
    assert "d_int90 = 4 of 53" in repr(found)


def test_three_clouds_need_few_dimensions():
    """Whatever its weights, a network that cannot move meets a third of three clouds."""
    found = intrinsic_dimension(
        small, labelled(), grid=(1, 53), steps=100, learning_rate=0.05, baseline_learning_rate=0.02
    )
    assert found.baseline > 0.9
    assert found.accuracies[0] < found.accuracies[1]  # with all 53 the subspace is everything
    assert found.accuracies[1] >= 0.9 * found.baseline
    assert found.parameters == 53
