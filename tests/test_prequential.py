"""Prequential codes of labels: Kraft's equality, other processes, oracles of the learners."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from itertools import pairwise, product
from pathlib import Path
from types import FunctionType

import mpmath
import numba
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from sklearn.datasets import load_digits

from complexity import envelope
from complexity.code import DecodeError, Kind
from mdl import experts
from mdl.discrete.codelengths import dirichlet_bits
from mdl.prequential import (
    LEARNERS,
    MIXINGS,
    BlockwiseLearner,
    CalibratedLearner,
    EnsembleLearner,
    Frequencies,
    Learner,
    NetworkLearner,
    PortableNetwork,
    PrequentialCode,
    SoftNeighbours,
    Uniform,
    code_in,
    decode_labels,
    learner_from_spec,
    portable_learners,
    spec_of,
)
from mdl.prequential import _kernels as kernels
from mdl.prequential._memory import Draws, Memory
from mdl.prequential.curve import LearningCurve
from mdl.prequential.mixing import Mixture
from mdl.report import shuffled_labels

ROOT = Path(__file__).parent.parent
few = settings(max_examples=15)


def plane(n: int, seed: int = 0, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Points in the plane around as many centres as there are classes, and their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    angles = 2 * np.pi * labels / classes
    centres = 2 * np.stack([np.cos(angles), np.sin(angles)], 1)
    return centres + rng.normal(size=(n, 2)), labels


def small(**options) -> EnsembleLearner:
    return EnsembleLearner(**{"hidden": (8,), "networks": 2, "updates": 3, "replay": 8} | options)


def tiny(**options) -> PortableNetwork:
    return PortableNetwork(**{"hidden": 4, "updates": 2, "replay": 4} | options)


class Linear(torch.nn.Module):
    """For `NetworkLearner`: one layer behind a dropout that draws."""

    def __init__(self, shape, alphabet_size):
        super().__init__()
        self.drop = torch.nn.Dropout(0.2)
        self.layer = torch.nn.Linear(math.prod(shape), alphabet_size)

    def forward(self, x):
        return self.layer(self.drop(x.flatten(1)))


ALL = {
    "uniform": Uniform,
    "frequencies": Frequencies,
    "neighbours": SoftNeighbours,
    "portable": tiny,
    "ensemble": small,
    "bank": lambda: small(bank=True),
    "linear": lambda: small(hidden=()),
    "deep": lambda: small(hidden=(5, 4)),
    "network": lambda: NetworkLearner(factory=Linear, updates=2, replay=4),
    "replayed": lambda: tiny(fresh=False),
    "blockwise": lambda: BlockwiseLearner(inner=tiny(epochs=2), first=4),
    "blockwise neighbours": lambda: BlockwiseLearner(inner=SoftNeighbours(), first=3, growth=1.5),
    "calibrated": lambda: CalibratedLearner(inner=tiny()),
    "calibrated bank": lambda: CalibratedLearner(inner=SoftNeighbours(), window=7),
}


# elementary functions


@given(st.floats(-690, 700))
def test_exponential(x):
    assert kernels.exp_(x) == pytest.approx(float(mpmath.exp(x)), rel=1e-15)


@given(st.floats(1e-300, 1e300))
def test_logarithm(x):
    assert kernels.log_(x) == pytest.approx(float(mpmath.log(x)), rel=5e-16, abs=1e-18)


def test_exponential_of_very_small_numbers_is_0_and_exact_at_0():
    assert kernels.exp_(-701.0) == kernels.exp_(-math.inf) == 0
    assert kernels.exp_(0.0) == 1
    assert kernels.log_(1.0) == 0


def test_no_product_is_contracted_with_a_sum():
    """Compiled anew, for what comes from the cache has no listing."""
    if isinstance(kernels.exp_, FunctionType):
        pytest.skip("nothing is compiled")
    compiled = numba.njit("float64(float64)")(kernels.exp_.py_func)
    (text,) = compiled.inspect_asm().values()
    assert "mul" in text
    assert not re.search(r"fn?m(add|sub|la|ls)", text)


def test_draws_are_the_raw_output_that_numpy_has_always_given():
    draws = Draws(5)
    assert np.array_equal(draws.uniform(4), np.random.Generator(np.random.PCG64(5)).random(4))
    assert sorted(draws.order(9).tolist()) == list(range(9))
    rows = draws.rows(3, 4000)
    assert set(np.bincount(rows) // 1000) == {1}  # 1333 +- 30 each


def test_memory_grows():
    memory = Memory((2,), 1)
    for start in range(0, 12, 3):
        memory.add(np.full((3, 2), start), np.arange(start, start + 3))
    assert memory.labels.tolist() == list(range(12))
    assert memory.inputs[:, 1].tolist() == np.repeat([0, 3, 6, 9], 3).tolist()


# learners against plain statements


@given(st.integers(1, 30), st.integers(1, 9), st.integers(0, 99))
@few
def test_soft_neighbours_are_kernel_votes(n, dimensions, seed):
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(n + 5, dimensions))
    labels = rng.integers(0, 4, n)
    learner = SoftNeighbours(bandwidths=(0.5, 2.0), smoothings=(0.1, 0.01))
    learner.reset(inputs, 4, seed=0)
    learner.update(inputs[:n], labels)
    squares = ((inputs[:, None] - inputs[None]) ** 2).sum(2) + np.diag(np.full(n + 5, np.inf))
    scale = np.sort(squares.min(1))[(n + 5) // 2]
    d = ((inputs[n:, None] - inputs[None, :n]) ** 2).sum(2)
    expected = []
    for bandwidth, smoothing in product((0.5, 2.0), (0.1, 0.01)):
        weights = np.exp(-(d - d.min(1, keepdims=True)) / (bandwidth * scale))
        votes = weights @ np.eye(4)[labels] + smoothing
        expected.append(votes / votes.sum(1, keepdims=True))
    assert np.allclose(learner.predict(inputs[n:]), expected, rtol=1e-9, atol=1e-12)


def test_soft_neighbours_do_not_mind_scales_or_equal_inputs():
    inputs, labels = plane(40)
    codes = [PrequentialCode(3, SoftNeighbours()).bits(inputs * c, labels) for c in (1, 1024)]
    assert codes[0] == pytest.approx(codes[1], rel=1e-12)
    assert math.isfinite(PrequentialCode(3, SoftNeighbours()).bits(np.zeros((40, 2)), labels))


def reference(parameters, rows, inputs, labels, sizes, rate, dtype, decay=0.0):
    """A network D - H - ... - K trained by torch's own autograd and AdamW; the flat weights."""
    layers, start = [], 0
    for before, after in pairwise(sizes):
        layer = torch.nn.Linear(before, after, dtype=dtype)
        flat = torch.tensor(parameters, dtype=dtype)
        with torch.no_grad():
            weights = flat[start : start + before * after].reshape(before, after)
            layer.weight.copy_(weights.T)
            layer.bias.copy_(flat[start + before * after : start + (before + 1) * after])
        start += (before + 1) * after
        layers += [layer, torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    adam = torch.optim.AdamW(net.parameters(), rate, weight_decay=decay)
    for batch in torch.from_numpy(rows):
        adam.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(inputs[batch]), labels[batch])
        loss.backward()
        adam.step()
    found = [p.detach().T.reshape(-1) if p.ndim == 2 else p.detach() for p in net.parameters()]
    return torch.cat(found).numpy(), float(loss.detach())


def test_portable_network_trains_as_torch_does():
    inputs, labels = plane(30, seed=2)
    learner = PortableNetwork(hidden=7, rate=0.01, decay=0.1)
    learner.reset(inputs, 3, seed=4)
    learner._memory.add(learner._standard(inputs), labels)
    rows = np.random.default_rng(0).integers(0, 30, (1, 25, 8))
    before = learner._parameters.copy()
    loss = learner._train(rows)
    x, y = torch.from_numpy(learner._standard(inputs)), torch.from_numpy(labels)
    after, expected = reference(before, rows[0], x, y, (2, 7, 3), 0.01, torch.float64, 0.1)
    assert learner._parameters == pytest.approx(after, rel=1e-6, abs=1e-7)
    assert loss == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("hidden", [(), (6,), (6, 5)])
def test_ensemble_trains_each_network_as_torch_does(hidden):
    inputs, labels = plane(30, seed=2)
    learner = EnsembleLearner(hidden=hidden, networks=3, rate=0.01, decay=0.1)
    learner.reset(inputs, 3, seed=4)
    learner._memory.add(learner._standard(inputs), labels)
    rows = np.random.default_rng(0).integers(0, 30, (3, 20, 8))
    before = learner._parameters.numpy().copy()
    learner._train(rows)
    x, y = torch.from_numpy(learner._standard(inputs)), torch.from_numpy(labels)
    sizes = (2, *hidden, 3)
    for each in range(3):
        after, _ = reference(before[each], rows[each], x, y, sizes, 0.01, torch.float32, 0.1)
        assert learner._parameters[each].numpy() == pytest.approx(after, rel=1e-3, abs=1e-4)
    assert not np.array_equal(before[0], before[1])


def test_standardised_inputs_have_mean_0_and_deviation_1():
    inputs = np.random.default_rng(0).normal(5, 3, (50, 2, 3))
    learner = tiny()
    learner.reset(inputs, 2, seed=0)
    x = learner._standard(inputs)
    assert x.shape == inputs.shape
    assert x.mean(0) == pytest.approx(0, abs=1e-12)
    assert x.std() == pytest.approx(1)


def test_blockwise_is_a_learner_trained_on_what_came_before_the_boundary():
    inputs, labels = plane(64)
    blockwise = BlockwiseLearner(inner=small(epochs=2), first=8, growth=2)
    fresh = small(epochs=2)
    blockwise.reset(inputs, 3, seed=9)
    for start in range(0, 64, 4):
        said = blockwise.predict(inputs)
        if start < 8:
            assert np.all(said == 1 / 3)
        else:
            fresh.reset(inputs, 3, seed=9)
            known = 2 ** int(math.log2(start))
            fresh.fit(inputs[:known], labels[:known])
            assert np.array_equal(said, fresh.predict(inputs))
        blockwise.update(inputs[start : start + 4], labels[start : start + 4])


def test_calibration_finds_the_power_of_fewest_bits():
    rng = np.random.default_rng(3)
    table = rng.dirichlet(np.ones(4), 200)
    labels = np.array([rng.choice(4, p=row) for row in table**0.4 / (table**0.4).sum(1)[:, None]])

    def nats(power):
        tempered = table**power / (table**power).sum(1, keepdims=True)
        return -np.log(tempered[np.arange(200), labels]).sum() + (power - 1) ** 2 / 2

    powers = np.ones(1)
    kernels.fit_powers(table[None], labels, 1.0, 20, powers)
    assert powers[0] == pytest.approx(minimize_scalar(nats, bounds=(0.01, 9)).x, abs=1e-4)
    out = np.empty((1, 200, 4))
    kernels.temper(table[None], powers, out)
    tempered = table ** powers[0]
    assert np.allclose(out[0], tempered / tempered.sum(1, keepdims=True), rtol=1e-12)


def test_calibration_mends_what_is_too_sure():
    inputs, labels = plane(300)
    noisy = np.where(
        np.random.default_rng(1).random(300) < 0.4, shuffled_labels(labels, seed=2), labels
    )
    sure = SoftNeighbours(bandwidths=(0.01,), smoothings=(1e-6,))
    plain, calibrated = (
        PrequentialCode(3, learner, uniform=False, mixing="bayes").bits(inputs, noisy)
        for learner in (sure, CalibratedLearner(inner=sure))
    )
    assert calibrated < 0.6 * plain


# mixtures


@given(st.sampled_from(MIXINGS), st.integers(1, 4), st.integers(0, 40), st.integers(0, 999))
def test_mixtures_are_those_of_experts(mixing, count, n, seed):
    """Both interfaces of `mdl.experts`: predictors one by one, and tables."""
    rng = np.random.default_rng(seed)
    table = 0.99 * rng.dirichlet(np.full(3, 0.5), (count, n)) + 0.01 / 3
    symbols = rng.integers(0, 3, n)
    rate = {"fixed-share": 0.1, "geometric": 0.05}.get(mixing)
    if mixing == "fixed-share" and count == 1:
        return
    mixture = Mixture(mixing, rate, count, 3)
    bits = 0.0
    for t in range(n):
        row = np.ascontiguousarray(table[:, t])
        mixed = mixture.predict(row)
        assert mixed.sum() == pytest.approx(1, rel=1e-12)
        bits -= math.log2(mixed[symbols[t]])
        mixture.update(row, int(symbols[t]))
    chosen = table[:, np.arange(n), symbols]
    expected = {
        "switch": lambda: experts.switch(chosen),
        "bayes": lambda: experts.bayes_mixture(chosen),
        "fixed-share": lambda: experts.fixed_share(chosen, 0.1),
        "geometric": lambda: experts.geometric_mixture(table, symbols, rate=0.05),
    }[mixing]()
    assert bits == pytest.approx(expected.total_bits, rel=1e-9, abs=1e-9)
    assert mixture.weights == pytest.approx(expected.weights, rel=1e-7, abs=1e-9)


# codes


@pytest.mark.parametrize("name", ALL)
def test_learners_are_learners_and_say_probabilities(name):
    learner = ALL[name]()
    assert isinstance(learner, Learner)
    assert learner.name in LEARNERS
    inputs, labels = plane(24)
    said = []
    for _ in range(2):
        learner.reset(inputs, 3, seed=7)
        for start in range(0, 20, 5):
            part = slice(start, start + 5)
            assert np.asarray(learner.predict(inputs[part])).shape[-2:] == (5, 3)
            learner.update(inputs[part], labels[part])
        said.append(np.asarray(learner.predict(inputs[20:])))
    assert np.array_equal(*said)  # reset forgets everything
    assert said[0].sum(-1) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("mixing", MIXINGS)
def test_kraft_holds_with_equality(mixing):
    """All 3^5 labels of five inputs: the lengths are those of one probability distribution."""
    inputs = np.array([0.0, 1.0, 0.1, 1.1, 0.9])
    learners = [SoftNeighbours(), tiny(), Frequencies()]
    code = PrequentialCode(3, learners, block_size=2, mixing=mixing)
    total = sum(2 ** -code.bits(inputs, y) for y in product(range(3), repeat=5))
    assert total == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize("rate", [0.1, 2, 1000])
def test_the_ideal_length_is_the_files_where_a_mixture_is_too_sure(rate):
    """Powers that grow say of some labels that they cannot come: the coder takes 48 bits for one.

    A file is at least as long as the ideal, and less than 9 bits longer.
    """
    inputs = np.arange(400) % 10
    labels = (inputs > 4) ^ (np.arange(400) % 7 == 0)
    code = PrequentialCode(2, SoftNeighbours(), mixing="geometric", rate=rate)
    bits, word = code.bits(inputs, labels), code.encode(inputs, labels, envelope=False)
    assert bits <= 8 * len(word) < bits + 9
    assert (code.decode(word, inputs, envelope=False) == labels).all()


@given(st.lists(st.integers(0, 4), max_size=60))
@few
def test_frequencies_alone_are_the_estimator_of_krichevsky_and_trofimov(labels):
    code = PrequentialCode(5, Frequencies(), block_size=1, floor=1e-12, uniform=False)
    expected = float(dirichlet_bits(np.bincount(np.array(labels, int), minlength=5)))
    assert code.bits(np.zeros((len(labels), 1)), labels) == pytest.approx(expected, abs=1e-6)


@given(
    st.sampled_from(sorted(set(ALL) - {"network"})),
    st.sampled_from(MIXINGS),
    st.lists(st.integers(0, 2), max_size=20),
    st.integers(1, 6),
)
@settings(max_examples=40)
def test_round_trip(name, mixing, labels, block_size):
    inputs = np.random.default_rng(len(labels)).normal(size=(len(labels), 2, 2))
    code = PrequentialCode(3, ALL[name](), block_size=block_size, mixing=mixing)
    word = code.encode(inputs, labels, envelope=False)
    assert code.bits(inputs, labels) - 1e-6 <= 8 * len(word) <= code.bits(inputs, labels) + 9
    assert code.decode(word, inputs, envelope=False).tolist() == labels
    blob = code.encode(inputs, labels)
    assert code.decode(blob, inputs).tolist() == labels
    assert decode_labels(blob, inputs).tolist() == labels
    assert code_in(blob) == code


@given(st.lists(st.integers(0, 2), min_size=1, max_size=30), st.integers(0, 9))
@few
def test_no_labels_cost_much_more_than_their_uniform_code(labels, seed):
    """The switch stays with the uniform expert: log2 E + log2 n at most, whatever comes."""
    inputs = np.random.default_rng(seed).normal(size=(len(labels), 3))
    code = PrequentialCode(3, [SoftNeighbours(), tiny()])
    excess = code.bits(inputs, labels) - len(labels) * math.log2(3)
    assert excess <= math.log2(23) + math.log2(len(labels)) + 1e-9


def test_any_module_is_a_learner_of_its_makers_code():
    inputs, labels = plane(60)
    code = PrequentialCode(3, ALL["network"]())
    blob = code.encode(inputs, labels)
    torch.rand(3)  # what others draw does not matter
    assert np.array_equal(code.decode(blob, inputs), labels)
    with pytest.raises(DecodeError, match=r"built by its maker only; decode with a Preq"):
        decode_labels(blob, inputs)
    wrong = NetworkLearner(factory=lambda shape, size: torch.nn.Linear(2, 5))
    with pytest.raises(ValueError, match=r"outputs of shape \(4, 5\), accepted are logits"):
        PrequentialCode(3, wrong).bits(inputs, labels)


def test_networks_learn_more_than_frequencies():
    inputs, labels = plane(400)
    limit = 0.75 * 400 * math.log2(3)
    for learner in (PortableNetwork(), EnsembleLearner(networks=2), SoftNeighbours()):
        assert PrequentialCode(3, learner).bits(inputs, labels) < limit
    linear = NetworkLearner(factory=Linear, rate=0.01)
    assert PrequentialCode(3, linear).bits(inputs, labels) < limit


def test_digits_by_the_standard_code():
    """All 1,797 labels at most 320 bits, a codeword at most 16 longer, and back from the file."""
    data = load_digits()
    code = PrequentialCode(10)
    report = code.report(data.data, data.target, file=True)
    assert report.details["ideal_bits"] <= 320
    assert report.data_bits <= report.details["ideal_bits"] + 16
    assert report.kind == Kind.FILE
    assert report.header_bits < 120 * 8


def test_shuffled_labels_are_not_compressed():
    data = load_digits()
    labels = shuffled_labels(data.target[:600], seed=0)
    report = PrequentialCode(10, portable_learners()).report(data.data[:600], labels)
    assert 0 <= report.total_bits - report.uniform_bits <= 20
    assert not report.compresses


# the same everywhere


def test_threads_and_streams_are_the_callers_own():
    inputs, labels = plane(120)
    code = PrequentialCode(3, EnsembleLearner(hidden=(64,), networks=2))
    before = torch.get_num_threads()
    try:
        blobs = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            torch.manual_seed(threads)
            state = torch.get_rng_state()
            blobs.append(code.encode(inputs, labels))
            assert torch.get_num_threads() == threads
            assert torch.equal(torch.get_rng_state(), state)
            assert not torch.are_deterministic_algorithms_enabled()
    finally:
        torch.set_num_threads(before)
    assert blobs[0] == blobs[1]
    other = PrequentialCode(3, EnsembleLearner(hidden=(64,), networks=2), seed=1)
    assert other.encode(inputs, labels, envelope=False) != code.encode(
        inputs, labels, envelope=False
    )


class Interrupted(Uniform):
    """Somebody presses Ctrl-C in the third block."""

    portable = False

    def update(self, inputs, labels):
        self.blocks = getattr(self, "blocks", 0) + 1
        if self.blocks == 3:
            raise KeyboardInterrupt


def test_interruption_leaves_torch_as_it_was():
    inputs, labels = plane(40)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with pytest.raises(KeyboardInterrupt):
            PrequentialCode(3, Interrupted()).bits(inputs, labels)
        assert torch.get_num_threads() == 2
        assert not torch.are_deterministic_algorithms_enabled()
    finally:
        torch.set_num_threads(before)


PROGRAM = """
import sys
import numpy as np
from mdl.prequential import decode_labels
from tests_inputs import inputs
labels = decode_labels(open(sys.argv[1], "rb").read(), inputs)
print(",".join(map(str, labels.tolist())), "torch" in sys.modules)
"""


def elsewhere(folder, blob, inputs, **environment):
    """What a fresh process decodes, and whether it loaded torch."""
    (folder / "labels.cxd").write_bytes(blob)
    listed = f"import numpy as np\ninputs = np.array({inputs.tolist()!r})\n"
    (folder / "tests_inputs.py").write_text(listed)
    env = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"} | environment
    command = [sys.executable, "-c", PROGRAM, str(folder / "labels.cxd")]
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    numbers, loaded = done.stdout.split()
    return [int(number) for number in numbers.split(",")], loaded == "True"


def test_file_is_decoded_by_a_fresh_process(tmp_path):
    inputs, labels = plane(48)
    blob = PrequentialCode(3, [SoftNeighbours(), small()], seed=3).encode(inputs, labels)
    assert elsewhere(tmp_path, blob, inputs, OMP_NUM_THREADS="2") == (labels.tolist(), True)


def test_portable_file_is_decoded_by_plain_python_arithmetic(tmp_path):
    """CPython's own doubles in place of compiled code; the tables' checksum has to agree."""
    inputs, labels = plane(40)
    learners = [SoftNeighbours(), CalibratedLearner(inner=tiny()), Frequencies()]
    for mixing in ("switch", "geometric"):
        code = PrequentialCode(3, learners, mixing=mixing)
        assert code.portable
        blob = code.encode(inputs, labels)
        found = elsewhere(tmp_path, blob, inputs, NUMBA_DISABLE_JIT="1")
        assert found == (labels.tolist(), False)


def test_defaults_of_format_1_stay():
    """Specs leave out what is default, so that another default would change old files."""
    learner = {"updates": 10, "replay": 32, "fresh": True, "rate": 1e-3, "decay": 0.0, "epochs": 20}
    assert vars(PortableNetwork()) == learner | {"hidden": 32}
    settings = {"hidden": (128,), "networks": 8, "bank": False, "device": "cpu"}
    assert vars(EnsembleLearner()) == learner | settings
    assert vars(SoftNeighbours()) == {
        "bandwidths": (0.0625, 0.125, 0.25, 0.5, 1.0, 2.0, 4.0),
        "smoothings": (0.1, 0.01, 0.001),
    }
    assert vars(Frequencies()) == {"alpha": 0.5}
    assert PrequentialCode(10).spec == {"alphabet_size": 10}
    assert [spec_of(learner) for learner in PrequentialCode(10).learners] == [
        {"learner": "soft-neighbours"},
        {"learner": "calibrated", "inner": {"learner": "ensemble"}},
        {"learner": "uniform"},
    ]
    calibrated = vars(CalibratedLearner(inner=Uniform()))
    assert calibrated == {"inner": Uniform(), "window": 500, "strength": 1.0}
    blockwise = vars(BlockwiseLearner(inner=Uniform()))
    assert blockwise == {"inner": Uniform(), "first": 16, "growth": 2.0}
    code = vars(PrequentialCode(10))
    assert len(code.pop("learners")) == 3
    assert code == {
        "alphabet_size": 10, "block_size": 4, "mixing": "switch", "rate": None, "seed": 0,
        "floor": 1e-3, "uniform": True,
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(ALL) - {"network"}))
def test_specs_come_back(name):
    learner = ALL[name]()
    assert learner_from_spec(json.loads(json.dumps(spec_of(learner)))) == learner


# what is refused


def test_bad_input_is_named():
    inputs, labels = plane(12)
    code = PrequentialCode(3, Frequencies())
    for x, error, message in [
        (inputs * np.nan, ValueError, r"inputs: got nan, accepted are finite"),
        (inputs + np.inf, ValueError, r"inputs: got inf"),
        (inputs.astype(str), TypeError, r"inputs: got <U"),
        (3.0, ValueError, r"inputs: got 3\.0"),
        (inputs[:, :0], ValueError, r"inputs: got shape \(12, 0\)"),
        ([[1], [1, 2]], ValueError, r"inputs: got a ragged"),
        (inputs[:5], ValueError, r"labels: got 12, accepted are as many as inputs, 5"),
    ]:
        with pytest.raises(error, match=message):
            code.bits(x, labels)
    for y, error, message in [
        (labels + 1, ValueError, r"labels: got letters from 1 to 3"),
        (labels / 2, TypeError, r"labels: got items of type float64"),
        (labels[:, None], ValueError, r"labels: got an array of shape"),
    ]:
        with pytest.raises(error, match=message):
            code.encode(inputs, y)
    for options, error, message in [
        ({"alphabet_size": 0}, ValueError, r"alphabet_size: got 0"),
        ({"block_size": 0}, ValueError, r"block_size: got 0"),
        ({"mixing": "swich"}, ValueError, r"did you mean 'switch'"),
        ({"rate": 0.1}, ValueError, r"rate: got 0\.1"),
        ({"mixing": "geometric", "rate": -1}, ValueError, r"rate: got -1"),
        ({"mixing": "geometric", "rate": 1e308}, ValueError, r"rate: got 1e\+308"),
        ({"floor": 0}, ValueError, r"floor: got 0"),
        ({"seed": -1}, ValueError, r"seed: got -1"),
        ({"learners": [Uniform]}, TypeError, r"learners: got <class"),
        ({"learners": [], "uniform": False}, ValueError, r"learners: got none"),
    ]:
        with pytest.raises(error, match=message):
            PrequentialCode(**{"alphabet_size": 3, "learners": Frequencies()} | options)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: tiny(updates=0), "updates: got 0"),
        (lambda: tiny(rate=math.nan), "rate: got nan"),
        (lambda: tiny(hidden=0), "hidden: got 0"),
        (lambda: small(networks=0), "networks: got 0"),
        (lambda: small(device="nowhere"), "device: got 'nowhere'"),
        (lambda: Frequencies(alpha=0), "alpha: got 0"),
        (lambda: SoftNeighbours(bandwidths=()), "bandwidths: got 0, accepted are 1 to 1000"),
        (lambda: SoftNeighbours(smoothings=(1, -1)), "smoothings: got -1"),
        (lambda: BlockwiseLearner(inner=tiny(), growth=1), "growth: got 1"),
        (lambda: CalibratedLearner(inner=tiny(), window=0), "window: got 0"),
        (lambda: learner_from_spec({"learner": "unifrom"}), "did you mean 'uniform'"),
    ],
)
def test_bad_settings_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()


class Odd:
    """A learner of one's own that says whatever it is told to."""

    name, portable = "odd", True

    def __init__(self, table):
        self.table = np.asarray(table, float)

    def reset(self, inputs, alphabet_size, *, seed):
        pass

    def predict(self, inputs):
        return np.broadcast_to(
            self.table, (*self.table.shape[:-2], len(inputs), self.table.shape[-1])
        )

    def update(self, inputs, labels):
        pass


def test_learners_of_ones_own():
    code = PrequentialCode(2, Odd([[0.25, 0.75]]), floor=1e-12, uniform=False)
    assert code.bits(np.zeros(8), np.ones(8, int)) == pytest.approx(8 * math.log2(4 / 3))
    word = code.encode(np.zeros(8), np.ones(8, int), envelope=False)
    assert code.decode(word, np.zeros(8), envelope=False).tolist() == [1] * 8
    with pytest.raises(TypeError, match="has no name in files"):
        code.encode(np.zeros(8), np.ones(8, int))
    for table, error, message in [
        ([[np.nan, 1]], ArithmeticError, "odd: predicts NaN"),
        ([[-0.5, 1.5]], ValueError, "odd: predicts negative"),
        ([[0.5, 0.6]], ValueError, "odd: predicts rows whose sum is not 1"),
        ([[0.5, 0.25, 0.25]], ValueError, r"odd: predicts an array of shape \(1, 4, 3\)"),
    ]:
        with pytest.raises(error, match=message):
            PrequentialCode(2, Odd(table)).bits(np.zeros(8), np.ones(8, int))


@pytest.mark.parametrize("build", [small, tiny])
def test_divergence_is_one_clear_error(build):
    inputs, labels = plane(80)
    learner = build()
    learner.reset(inputs, 3, seed=0)
    learner._parameters[..., 3] = math.nan  # as after too long a step
    with pytest.raises(ArithmeticError, match=r"the loss is nan after 4 labels; consider a sm"):
        learner.update(inputs[:4], labels[:4])


def test_no_labels_and_classes_that_never_come():
    code = PrequentialCode(7, [SoftNeighbours(), tiny()])
    empty = np.zeros((0, 3))
    assert code.bits(empty, []) == 0
    assert code.encode(empty, [], envelope=False) == b""
    assert code.decode(code.encode(empty, []), empty).tolist() == []
    assert code.report(empty, []).total_bits == 0
    inputs, labels = plane(50)
    assert np.array_equal(code.decode(code.encode(inputs, labels + 4), inputs), labels + 4)


# damage


def test_other_inputs_codes_and_arithmetic_are_noticed():
    inputs, labels = plane(80)
    code = PrequentialCode(3, [SoftNeighbours(), tiny()])
    blob = code.encode(inputs, labels)
    with pytest.raises(DecodeError, match="80 labels, but there are 79 inputs"):
        decode_labels(blob, inputs[:-1])
    changed = inputs.copy()
    changed[50, 1] = np.nextafter(changed[50, 1], 9)
    with pytest.raises(DecodeError, match="the inputs are not those"):
        decode_labels(blob, changed)
    with pytest.raises(DecodeError, match="made by another code"):
        PrequentialCode(3, SoftNeighbours()).decode(blob, inputs)
    with pytest.raises(ValueError, match="inputs: got nan"):
        decode_labels(blob, inputs * np.nan)
    with pytest.raises(DecodeError, match="of kind 'weights'"):
        decode_labels(envelope.pack(b"", kind="weights"), inputs)
    networks = PrequentialCode(3, small())
    for made, place, message in [
        (blob, 8, "do not predict here what they predicted there: damaged"),
        (blob, 4, "the decoded labels are not those that were encoded: damaged"),
        (networks.encode(inputs, labels), 8, r"made with torch 2.*, here is 2.*; another build"),
    ]:
        meta, payload = envelope.unpack(made)
        payload = payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]
        forged = envelope.pack(payload, kind=meta.pop("kind"), meta=meta)
        with pytest.raises(DecodeError, match=message):
            decode_labels(forged, inputs)


FORGED = [
    None, [], 7, {}, {"alphabet_size": "3"}, {"alphabet_size": 0}, {"format": 2},
    {"learners": {}}, {"learners": [7]}, {"learners": [], "mixing": 4}, {"learners": [], "evil": 4},
    {"learners": [{"learner": "oracle"}]}, {"learners": [{"learner": "uniform", "x": 1}]},
    {"learners": [{"learner": "blockwise"}]}, {"learners": [{"learner": "network"}]},
    {"learners": [{"learner": "frequencies", "alpha": []}]}, {"learners": [{"learner": ["x"]}]},
    {"learners": [{"learner": "ensemble", "device": "meta"}]},
    {"learners": [{"learner": "ensemble", "networks": 1024, "hidden": [16384, 16384]}]},
]  # fmt: skip


@pytest.mark.parametrize("spec", FORGED)
def test_forged_descriptions(spec):
    inputs, labels = plane(12)
    blob = PrequentialCode(3, [Frequencies(), SoftNeighbours()]).encode(inputs, labels)
    meta, word = envelope.unpack(blob)
    kind = meta.pop("kind")
    forged = {"alphabet_size": 3} | spec if isinstance(spec, dict) and spec else spec
    with pytest.raises(DecodeError):
        decode_labels(envelope.pack(word, kind=kind, meta=meta | {"code": forged}), inputs)
    with pytest.raises(DecodeError):
        decode_labels(envelope.pack(word[:12], kind=kind, meta=meta), inputs)


def mutated(blob: bytes, rng: np.random.Generator) -> bytes:
    """One to three edits: bytes changed, cut off, dropped, repeated, put in."""
    data = bytearray(blob)
    for _ in range(rng.integers(1, 4)):
        a, b = sorted(rng.integers(0, len(data) + 1, 2).tolist())
        match rng.integers(0, 5):
            case 0 if data:
                data[rng.integers(len(data))] = rng.integers(256)
            case 1:
                del data[b:]
            case 2:
                del data[a:b]
            case 3:
                data[a:a] = data[a:b]
            case _:
                data[a:a] = rng.bytes(int(rng.integers(1, 5)))
    return bytes(data)


def fuzz(files: int, words: int, seed: int = 0) -> tuple[int, int]:
    """How many mutated files and bare codewords decoded; anything but a DecodeError gets out."""
    rng = np.random.default_rng(seed)
    inputs, labels = plane(12)
    code = PrequentialCode(3, [Frequencies(), SoftNeighbours(bandwidths=(1.0,))])
    blob, word = code.encode(inputs, labels), code.encode(inputs, labels, envelope=False)
    meta, payload = envelope.unpack(blob)
    kind = meta.pop("kind")
    decoded, messages = [0, 0], set()
    for index in range(files + words):
        broken = mutated(blob if index < files else word, rng)
        if index % 5 == 0 and index < files:  # damage behind a checksum that is right
            broken = envelope.pack(mutated(payload, rng), kind=kind, meta=meta)
            if broken == blob:
                continue
        try:
            if index < files:
                decode_labels(broken, inputs)
            else:
                code.decode(broken, inputs, envelope=False)
            decoded[index >= files] += broken not in (blob, word)
        except DecodeError as error:
            messages.add(str(error))
    assert "" not in messages
    return decoded[0], decoded[1]


def test_mutated_files():
    files, words = fuzz(files=4000, words=1000)
    assert files == 0  # a file notices all damage
    assert words < 500  # a codeword alone cannot, and decodes to other labels


# the curve


def test_a_curve_by_hand():
    experts = np.array([[3.0, 3, 3, 3, 3], [1, 1, 1, 1, 1], [0, 0, 0, 9, 9]])
    bits, wrong = np.array([2.0, 1, 1, 0.75, 0.25]), np.array([1, 1, 0, 0, 0], bool)
    curve = LearningCurve("x", bits, experts, ("a", "b", "c"), 8, wrong, 0.0, 5, 5.0, 4.0)
    assert (curve.total_bits, curve.best_expert) == (5, "b")
    assert curve.experts_total == {"a": 15, "b": 5, "c": 18}
    assert curve.cumulative_bits.tolist() == [2, 3, 4, 4.75, 5]
    assert [curve.final_bits(last) for last in (0.2, 0.3, 0.4, 1.0)] == [0.25, 0.5, 0.5, 1]
    assert [curve.area_bits(last) for last in (0.2, 1.0)] == [3.75, 0]
    ends, means = curve.binned(3)
    assert ends[-1] == 5
    assert float(means @ np.diff(ends, prepend=0)) == pytest.approx(5)
    for last in (0, -0.1, 1.01, math.nan):
        with pytest.raises(ValueError, match="last: got"):
            curve.final_bits(last)
    none = np.zeros(0)
    empty = LearningCurve("x", none, np.zeros((0, 0)), (), 8, none.astype(bool), 0.0, 0, 0.0, 0.0)
    assert (empty.best_expert, empty.total_bits, empty.area_bits()) == ("", 0, 0)
    assert math.isnan(empty.final_bits())
    assert [part.size for part in empty.binned()] == [0, 0]


def test_curve_adds_up(tmp_path):
    inputs, labels = plane(150)
    code = PrequentialCode(3, [SoftNeighbours(bandwidths=(1.0,)), tiny(), tiny(hidden=5)])
    curve = code.curve(inputs, labels)
    assert curve.total_bits == pytest.approx(code.bits(inputs, labels), rel=1e-12)
    assert curve.codeword_bits == 8 * len(code.encode(inputs, labels, envelope=False))
    assert curve.cumulative_bits[-1] == pytest.approx(curve.total_bits)
    assert list(curve.experts) == [
        "soft-neighbours [0]", "soft-neighbours [1]", "soft-neighbours [2]",
        "portable-network #1", "portable-network #2", "uniform",
    ]  # fmt: skip
    assert curve.experts_total["uniform"] == pytest.approx(curve.uniform_bits)
    assert curve.remixed_bits("switch") == pytest.approx(curve.total_bits, rel=1e-9)
    for mixing in ("bayes", "fixed-share"):
        other = PrequentialCode(3, code.learners, mixing=mixing)
        assert curve.remixed_bits(mixing) == pytest.approx(other.bits(inputs, labels), rel=1e-9)
    with pytest.raises(ValueError, match="mixing: got 'geometric'"):
        curve.remixed_bits("geometric")
    ends, means = curve.binned()
    assert float(np.diff(ends, prepend=0) @ means) == pytest.approx(curve.total_bits)
    last = curve.bits[-30:].mean()
    assert curve.final_bits() == pytest.approx(last)
    assert curve.area_bits() == pytest.approx((curve.bits - last).sum())
    loaded = json.loads(curve.save(tmp_path / "curve.json").read_text())
    assert loaded["total_bits"] == pytest.approx(curve.total_bits)
    assert loaded["errors"] == curve.wrong.sum()
    curve.plot(tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 10_000
    with pytest.raises(ValueError, match=r"accepted is a name in \.json"):
        curve.save(tmp_path / "curve.txt")
    assert "150 labels" in repr(curve)


def test_area_of_a_learner_that_learns_nothing_is_0():
    inputs, labels = plane(150)
    curve = PrequentialCode(3, Uniform()).curve(inputs, labels)
    assert curve.area_bits() == pytest.approx(0, abs=1e-9)
    assert curve.total_bits == pytest.approx(curve.uniform_bits)


def test_report_has_the_file_beside_the_ideal():
    inputs, labels = plane(150)
    code = PrequentialCode(3, [SoftNeighbours(), tiny()])
    ideal, file = code.report(inputs, labels), code.report(inputs, labels, file=True)
    assert ideal.kind == Kind.IDEAL
    assert ideal.header_bits == 0
    assert ideal.total_bits == file.details["ideal_bits"] == code.bits(inputs, labels)
    assert file.total_bits == 8 * len(code.encode(inputs, labels))
    assert file.data_bits == 8 * len(code.encode(inputs, labels, envelope=False))
    assert file.details["threads"] == 1
    json.dumps(file.to_dict(), allow_nan=False)


def test_learners_that_share_one_train_it_apart():
    """A file names two learners; its decoder makes two."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(60, 3))
    labels = (inputs[:, 0] > 0).astype(int)
    shared = CalibratedLearner(inner=PortableNetwork(updates=2, hidden=4))
    code = PrequentialCode(
        2, [shared, BlockwiseLearner(inner=shared), BlockwiseLearner(inner=shared)]
    )
    blob = code.encode(inputs, labels, show=False)
    assert decode_labels(blob, inputs, show=False).tolist() == labels.tolist()
    assert code.decode(blob, inputs, show=False).tolist() == labels.tolist()
