"""Networks as files: what comes back, how long it is, and that damage is noticed."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
import zstandard
from torch import nn

from complexity.code import DecodeError
from complexity.envelope import pack, unpack
from mdl.report import shuffled_labels
from mdl.weights.codec.files import compress, decompress, file_report
from mdl.weights.codec.labelled import two_part, two_part_decode
from mdl.weights.codec.network import originals_of, plans_of
from mdl.weights.codec.payload import coded_bits, read_payload, write_payload
from mdl.weights.codec.search import FLOOR, label_nll_bits, logits, predictions, search_total
from mdl.weights.codec.sensitivity import measure_sensitivity
from mdl.weights.tensors import flat_parameters, reproducible, tensors_of


def perceptron() -> nn.Module:
    return nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 6)
        self.norm = nn.LayerNorm(6)
        self.out = nn.Linear(6, 20)
        self.out.weight = self.embed.weight

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.norm(self.embed(x)))


class Odd(nn.Module):
    """Dtypes and shapes that are seldom."""

    def __init__(self) -> None:
        super().__init__()
        self.float16 = nn.Parameter(torch.randn(3, 4, dtype=torch.float16))
        self.bfloat16_ = nn.Parameter(torch.randn(5, 2, dtype=torch.bfloat16))
        self.float64 = nn.Parameter(torch.randn(4, 3, 2, dtype=torch.float64) * 1e-7)
        self.scalar = nn.Parameter(torch.tensor(3.7))
        self.empty = nn.Parameter(torch.zeros(0, 3))
        self.nothing = nn.Parameter(torch.zeros(7, 3))
        self.tiny = nn.Parameter(torch.full((2, 2), 1e-30))
        self.register_buffer("mask", torch.tensor([True, False, True]))
        self.register_buffer("counts", torch.tensor([[-5, 2**62], [0, 300]]))
        self.register_buffer("bytes", torch.arange(250, 256).to(torch.uint8))
        self.register_buffer("lost", torch.ones(3), persistent=False)


MODULES = {
    "perceptron": perceptron,
    "convolution": lambda: nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(),
        nn.Linear(4 * 64, 10),
    ),
    "recurrent": lambda: nn.LSTM(5, 7, num_layers=2),
    "tied": Tied,
    "odd": Odd,
}  # fmt: skip


def made(name: str, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return MODULES[name]()


def states(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in module.state_dict().items()}


def same(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(states(one).items(), states(other).items(), strict=True)
    return all(a == b and x.dtype == y.dtype and torch.equal(x, y) for (a, x), (b, y) in pairs)


@pytest.fixture(scope="module")
def digits():
    from sklearn.datasets import load_digits

    data = load_digits()
    return (data.data[:600] / 16).astype(np.float32), data.target[:600].astype(np.int64)


@pytest.fixture(scope="module")
def trained(digits):
    """64-16-10, 40 epochs with light L1: it knows nearly all of the first 600 digits."""
    inputs, labels = map(torch.from_numpy, digits)
    with reproducible(0) as generator:
        net = perceptron()
        optimiser = torch.optim.Adam(net.parameters(), lr=1e-2)
        for _ in range(40):
            for index in torch.randperm(len(inputs), generator=generator).split(64):
                optimiser.zero_grad()
                loss = nn.functional.cross_entropy(net(inputs[index]), labels[index])
                (loss + 1e-3 * sum(p.abs().sum() for p in net.parameters())).backward()
                optimiser.step()
    return net


def nll(module: nn.Module, data, floor: float = 0.0) -> float:
    return label_nll_bits(logits(module, torch.from_numpy(data[0])), data[1], floor=floor)


# files without data


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("quantiser", ["scalar", "trellis", "trellis-4"])
def test_weights_come_back_within_the_tolerance(name, quantiser):
    module, other = made(name), made(name, seed=1)
    before = states(other)
    blob = compress(module, tolerance=0.05, quantiser=quantiser)
    found = decompress(blob, other)
    assert all(torch.equal(before[k], v) for k, v in states(other).items())
    assert same(found, decompress(blob, module))  # sender and receiver have the same network
    for key, tensor in tensors_of(module).items():
        back = tensors_of(found)[key]
        assert back.dtype == tensor.dtype
        if tensor.is_floating_point() and tensor.numel():
            error = (back.double() - tensor.double()).norm() / max(tensor.double().norm(), 1e-300)
            rounding = torch.finfo(tensor.dtype).eps  # a step's multiple in the tensor's dtype
            assert error <= (0.05 if tensor.ndim >= 2 else 0.0125) + rounding
        else:
            assert torch.equal(back, tensor)


@pytest.mark.parametrize("name", MODULES)
def test_exact_files_return_every_bit(name):
    module = made(name)
    with torch.no_grad():
        next(module.parameters()).view(-1)[0] = -0.0
    blob = compress(module, quantiser="exact")
    found = decompress(blob, made(name, seed=1))
    for key, tensor in tensors_of(module).items():
        back = tensors_of(found)[key].detach().contiguous()
        raw = tensor.detach().contiguous()
        assert back.dtype == raw.dtype
        assert back.view(-1).view(torch.uint8).tolist() == raw.view(-1).view(torch.uint8).tolist()
    if name == "perceptron":
        assert len(blob) < 0.95 * 4 * sum(p.numel() for p in module.parameters())


def test_zeros_have_no_digits():
    """A pruned network takes where the others are, and their words; less than zstd of the bytes."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(64, 64), nn.Linear(64, 10))
    with torch.no_grad():
        for tensor in net.parameters():
            tensor[torch.rand(tensor.shape) < 0.9] = 0.0
    flat = flat_parameters(net)
    share = np.mean(flat != 0)
    where = -flat.size * (share * math.log2(share) + (1 - share) * math.log2(1 - share))
    blob = compress(net, quantiser="exact")
    assert 8 * len(blob) < where + 32 * np.sum(flat != 0) + 500  # 500: header, and what is learned
    zstd = zstandard.ZstdCompressor(level=19).compress(flat.astype(np.float32).tobytes())
    assert len(blob) < len(zstd)
    assert same(decompress(blob, net), net)


@pytest.mark.parametrize(("own", "other"), [("float32", "float64"), ("bfloat16", "float32")])
def test_digits_that_another_type_adds_take_no_bits(own, other):
    torch.manual_seed(0)
    narrow = nn.Sequential(nn.Linear(64, 32), nn.Linear(32, 10)).to(getattr(torch, own))
    wide = copy.deepcopy(narrow).to(getattr(torch, other))
    blobs = [compress(net, quantiser="exact") for net in (narrow, wide)]
    assert 8 * (len(blobs[1]) - len(blobs[0])) <= 4 * 7 + 8  # of four tensors: how many digits
    assert same(decompress(blobs[1], wide), wide)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_zeros_and_numbers_next_to_them_come_back(dtype):
    """Of either sign: plain zeros, and beside them -0 or numbers without a leading one."""
    tiny = torch.finfo(dtype).smallest_normal
    for extra in ([], [-0.0], [tiny / 2], [-tiny / 4, 0.0]):
        values = torch.tensor([0.0, 1.5, 0.0, -2.0, tiny, 0.0, *extra], dtype=dtype)
        module = Widest(values)
        module.layer = module.layer.to(dtype)
        found = decompress(compress(module, quantiser="exact"), module)
        assert torch.equal(found.table, values)
        assert torch.equal(found.table.signbit(), values.signbit())


def test_tied_tensors_stay_tied_and_are_coded_once():
    module = made("tied")
    found = decompress(compress(module), made("tied", seed=1))
    assert found.out.weight is found.embed.weight
    apart = copy.deepcopy(module)
    apart.out.weight = nn.Parameter(module.out.weight.detach().clone())
    assert len(compress(module)) + 40 < len(compress(apart))


def test_a_tensor_of_zeros_costs_at_most_two_bytes():
    def zeros(layers: int) -> nn.Module:
        net = nn.Sequential(*(nn.Linear(50, 50) for _ in range(layers)))
        for parameter in net.parameters():
            nn.init.zeros_(parameter)
        return net

    few, many = len(compress(zeros(1))), len(compress(zeros(41)))
    assert (many - few) / 80 <= 2
    assert few <= 37 + 4 + 1 + 2 * 2 + 1


def test_finer_is_longer_and_nearer():
    module = made("perceptron")
    blobs = [compress(module, tolerance=t) for t in (0.3, 0.1, 0.03, 0.01)]
    errors = [
        np.linalg.norm(flat_parameters(decompress(b, module)) - flat_parameters(module))
        for b in blobs
    ]
    assert sorted(map(len, blobs)) == list(map(len, blobs))
    assert sorted(errors, reverse=True) == errors


PROGRAM = """
import hashlib, json, sys
import torch
from torch import nn
from mdl.weights.codec.files import decompress
from mdl.weights.codec.labelled import two_part_decode
from sklearn.datasets import load_digits
torch.manual_seed(99)
net = nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
inputs = (load_digits().data[:600] / 16).astype("float32")
weights, both = map(bytes.fromhex, sys.stdin.read().split())
torch.set_num_threads(1)
found = decompress(weights, net).eval()
out = found(torch.from_numpy(inputs)).detach().numpy()
_, labels = two_part_decode(both, net, inputs)
print(json.dumps([hashlib.sha256(out.tobytes()).hexdigest(), labels.tolist()]))
"""


def test_a_fresh_process_has_the_same_predictions_and_labels(trained, digits):
    weights = compress(trained, tolerance=0.05)
    both, _ = two_part(trained, digits, evaluations=30)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=f"{weights.hex()} {both.hex()}",
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    digest, labels = json.loads(done.stdout)
    with reproducible(0), torch.no_grad():
        out = decompress(weights, trained).eval()(torch.from_numpy(digits[0])).numpy()
    assert digest == hashlib.sha256(out.tobytes()).hexdigest()
    assert labels == digits[1].tolist()


# files by the loss


@pytest.mark.parametrize("quantiser", ["scalar", "trellis"])
def test_labels_take_no_more_than_the_tolerance_says(trained, digits, quantiser):
    blob = compress(trained, digits, tolerance=0.1, quantiser=quantiser)
    found = decompress(blob, perceptron())
    assert nll(found, digits) <= 1.1 * nll(trained, digits) + 1e-6
    blind = next(  # the shortest file without data that is as good
        b
        for b in (compress(trained, tolerance=t, quantiser=quantiser) for t in
                  (0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02))
        if nll(decompress(b, trained), digits) <= 1.1 * nll(trained, digits)
    )  # fmt: skip
    assert len(blob) < 0.9 * len(blind)


@pytest.fixture(scope="module")
def told(trained, digits):
    """The digits that the network has right."""
    with torch.no_grad():
        right = trained(torch.from_numpy(digits[0])).argmax(1).numpy() == digits[1]
    return digits[0][right], digits[1][right]


@pytest.mark.parametrize("scale", [100.0, 1e4])
def test_a_network_sure_of_every_label_takes_no_longer_file(trained, told, scale):
    """Greater logits of the same weights: no loss, no curvature, and the weights matter as much."""
    sure = copy.deepcopy(trained)
    with torch.no_grad():
        sure[2].weight *= scale
        sure[2].bias *= scale
    assert nll(sure, told) < 1e-3
    blob = compress(sure, told)
    assert nll(decompress(blob, sure), told) <= nll(sure, told) + 1
    assert len(blob) < 1.2 * len(compress(trained, told))
    own, others = (two_part(net, told, evaluations=60)[1] for net in (sure, trained))
    assert own.compresses
    assert own.total_bits < 1.25 * others.total_bits


def test_derivatives_of_a_sure_network_are_those_of_one_that_doubts(trained, told):
    """They are per unit of the weights, so that they fall with the square of the scale."""
    found = []
    for scale in (1e3, 1e5):
        sure = copy.deepcopy(trained)
        with torch.no_grad():
            sure[2].weight *= scale
            sure[2].bias *= scale
        layers = measure_sensitivity(sure, torch.from_numpy(told[0])).layers
        found.append((layers["2.weight"].outputs * scale**2, layers["0.weight"].outputs))
    np.testing.assert_allclose(*(each[0] for each in found), rtol=0.02)
    np.testing.assert_allclose(*(each[1] for each in found), rtol=0.02)
    assert found[0][0].min() > 0


def test_hidden_units_that_no_derivative_passes(told):
    """Where nothing tells how precise weights have to be, they cost no more than as they are."""
    inputs, labels = map(torch.from_numpy, told)
    with reproducible(0):
        net = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
    with torch.no_grad():
        net[0].weight *= 1e20
    optimiser = torch.optim.Adam(net[2].parameters(), lr=1e-2)
    for _ in range(300):
        optimiser.zero_grad()
        nn.functional.cross_entropy(net(inputs), labels).backward()
        optimiser.step()
    blob = compress(net, told)
    before, after = nll(net, told), nll(decompress(blob, net), told)
    assert after <= before + max(0.05 * before, 1)
    assert len(blob) <= len(compress(net, quantiser="exact"))


@pytest.mark.parametrize("where", ["inputs", "hidden units"])
def test_units_do_not_matter(trained, digits, where):
    """Inputs or hidden units in thousandths, and weights that make up for it: the same function."""
    scaled, inputs = copy.deepcopy(trained), digits[0]
    with torch.no_grad():
        if where == "inputs":
            inputs = inputs / np.float32(1024)
            scaled[0].weight *= 1024
        else:
            scaled[0].weight /= 1024
            scaled[0].bias /= 1024
            scaled[2].weight *= 1024
    before, after = trained(torch.from_numpy(digits[0])), scaled(torch.from_numpy(inputs))
    assert torch.equal(before, after)
    lengths = [len(compress(*pair)) for pair in ((trained, digits), (scaled, (inputs, digits[1])))]
    assert lengths[1] == pytest.approx(lengths[0], rel=0.01)


def test_two_parts_are_a_file_of_labels(trained, digits):
    blob, report = two_part(trained, digits, evaluations=60)
    net, labels = two_part_decode(blob, perceptron(), digits[0])
    np.testing.assert_array_equal(labels, digits[1])
    assert report.kind == "file"
    assert report.total_bits == 8 * len(blob)
    assert report.parameters == 1210
    assert report.compresses
    assert report.data_bits == pytest.approx(nll(net, digits, FLOOR), abs=10)
    float32, _ = two_part(trained, digits, quantiser="exact")
    assert len(blob) < 0.15 * len(float32)
    # the header is the envelope, two hashes, and the length of the weights
    assert report.header_bits <= 8 * (20 + len('{"kind":"two-part"}') + 8 + 2)
    again, _ = two_part(trained, digits, evaluations=60)
    assert again == blob


def test_shuffled_labels_are_not_compressed(trained, digits):
    inputs, labels = digits
    control = (inputs, shuffled_labels(labels, seed=0))
    blob, report = two_part(trained, control, evaluations=40)
    assert not report.compresses
    # a network of zeros: a byte for each tensor and one before, the flushes of two coders
    most = report.uniform_bits + report.header_bits + 8 * (4 + 1) + 20
    assert report.uniform_bits <= report.total_bits <= most
    np.testing.assert_array_equal(two_part_decode(blob, trained, inputs)[1], control[1])


def test_the_search_never_loses_what_it_found(trained, digits):
    inputs, labels = torch.from_numpy(digits[0]), digits[1]
    few, many = (search_total(trained, inputs, labels, states=(0,), evaluations=n) for n in (5, 60))
    assert many.total_bits <= few.total_bits
    plans = plans_of(trained)
    assert coded_bits(plans, many.tensors) == pytest.approx(many.model_bits)
    blob = write_payload(plans, many.tensors)
    assert many.model_bits <= 8 * len(blob) <= many.model_bits + 10
    back, trellis = read_payload(blob, plans)
    assert trellis == 0
    for one, other in zip(back, many.tensors, strict=True):
        assert one.step == other.step
        np.testing.assert_array_equal(one.numbers, other.numbers)


def test_convolutions_are_compensated_too():
    torch.manual_seed(3)
    net = MODULES["convolution"]().eval()
    inputs = torch.randn(300, 1, 8, 8)
    labels = net(inputs).argmax(1)
    blob = compress(net, (inputs, labels), tolerance=0.2)
    found = decompress(blob, MODULES["convolution"]())
    data = (inputs.numpy(), labels.numpy())
    assert nll(found, data) <= 1.2 * nll(net, data)
    assert found[1].num_batches_tracked == net[1].num_batches_tracked


def test_codelengths_of_labels_by_torch(trained, digits):
    inputs, labels = map(torch.from_numpy, digits)
    found = logits(trained, inputs)
    bits = nn.functional.cross_entropy(torch.from_numpy(found), labels, reduction="sum")
    assert label_nll_bits(found, digits[1], floor=0) == pytest.approx(float(bits) / math.log(2))
    table = predictions(trained, inputs)
    np.testing.assert_allclose(table.sum(1), 1)
    assert table.min() >= FLOOR / 10
    floored = -np.log2(table[np.arange(len(labels)), labels]).sum()
    assert label_nll_bits(found, digits[1]) == pytest.approx(floored)
    assert label_nll_bits(np.array([[0.0, -1e6]]), np.array([1]), floor=0) > 1e6


# sensitivities


def test_moments_are_the_squares_of_outputs_that_errors_make():
    torch.manual_seed(4)
    net = MODULES["convolution"]()
    inputs = torch.randn(40, 1, 8, 8)
    known = measure_sensitivity(net, inputs).layers["0.weight"]
    delta = torch.randn(4, 1, 3, 3).double()
    out = nn.functional.conv2d(inputs.double(), delta, padding=1)  # (n, 4, 8, 8)
    flat = delta.flatten(1).numpy()
    form = np.einsum("ri,ij,rj->r", flat, known.moments[:9, :9], flat)
    np.testing.assert_allclose(form, out.square().sum((0, 2, 3)).numpy(), rtol=1e-5)
    assert known.moments[9, 9] == 40 * 64
    assert known.bias == "0.bias"
    factor = known.factor
    own = np.diag(known.moments)
    damped = known.moments + 0.01 * np.diag([*[own[:9].mean()] * 9, own[9]])
    np.testing.assert_allclose(factor.T @ factor @ damped, np.eye(10), atol=1e-6)


def test_outputs_are_the_fisher_information(digits):
    """For a softmax it is p (1 - p) for every class: the drawn labels' mean is near it."""
    inputs = torch.from_numpy(digits[0])
    torch.manual_seed(5)
    net = nn.Linear(64, 10)
    found = measure_sensitivity(net, inputs).layers["weight"].outputs
    p = net(inputs).softmax(1).detach().double().numpy()
    expected = p * (1 - p)
    # the variance of (p - y)^2 for y ~ p
    spread = p * (1 - p) * (1 - 2 * p) ** 2
    error = np.sqrt(spread.sum(0)) / len(p)
    assert (np.abs(found - expected.mean(0)) <= 4 * error).all()


def test_the_second_order_loss_is_that_of_finite_differences(digits):
    """A linear softmax and errors in one output: 1/2 g H is its Hessian up to their correlation."""
    inputs = torch.from_numpy(digits[0])
    torch.manual_seed(6)
    net = nn.Linear(64, 10, bias=False)
    known = measure_sensitivity(net, inputs).layers["weight"]
    rng = np.random.default_rng(0)
    p = net(inputs).softmax(1).detach().double().numpy()
    ratios = []
    for _ in range(20):
        delta, row = rng.normal(size=64), int(rng.integers(10))
        moved = digits[0].astype(np.float64) @ delta
        exact = (p[:, row] * (1 - p[:, row]) * moved**2).sum() / (2 * math.log(2))
        form = known.outputs[row] * (delta @ known.moments @ delta) / (2 * math.log(2))
        ratios.append(form / exact)
    assert 0.8 < np.mean(ratios) < 1.25


# damage


def test_another_architecture_is_refused():
    blob = compress(made("perceptron"))
    for other in (nn.Linear(64, 10), made("tied"), perceptron().double()):
        with pytest.raises(DecodeError, match="another architecture"):
            decompress(blob, other)


def test_other_inputs_are_refused(trained, digits):
    blob, _ = two_part(trained, digits, quantiser="scalar", evaluations=5)
    inputs = digits[0].copy()
    inputs[500, 20] += 0.01
    for wrong in (inputs, inputs[:-1], inputs[:, :3], inputs.astype(np.float64)):
        with pytest.raises(DecodeError, match="predictions"):
            two_part_decode(blob, trained, wrong)
    with pytest.raises(DecodeError, match="of kind 'two-part'"):
        decompress(blob, trained)
    with pytest.raises(DecodeError, match="of kind 'weights'"):
        two_part_decode(compress(trained), trained, digits[0])


def mutated(blob: bytes, rng: np.random.Generator) -> bytes:
    """Bytes changed, cut off, doubled or behind."""
    damaged = bytearray(blob)
    kind = rng.integers(4)
    if kind == 0:
        return bytes(damaged[: rng.integers(len(damaged))])
    if kind == 1:
        return bytes(damaged) + rng.bytes(int(rng.integers(1, 9)))
    for _ in range(rng.integers(1, 5)):
        damaged[rng.integers(len(damaged))] = rng.integers(256)
    if kind == 3:
        start = int(rng.integers(len(damaged)))
        damaged[start:start] = damaged[start : start + int(rng.integers(1, 9))]
    return bytes(damaged)


def fuzz(rounds: int, seed: int = 0) -> int:
    """Mutate whole files, and payloads that are sealed again; how many were refused."""
    rng, refused = np.random.default_rng(seed), 0
    cases = [(made(name), compress(made(name), tolerance=0.3, quantiser=q))
             for name, q in [("odd", "trellis"), ("odd", "exact"), ("tied", "scalar")]]  # fmt: skip
    for step in range(rounds):
        module, blob = cases[step % len(cases)]
        if rng.random() < 0.3:
            damaged = mutated(blob, rng)
            same_bytes = damaged == blob
        else:  # a sealed payload may decode to another network
            _, payload = unpack(blob, kind="weights")
            damaged = pack(payload[:4] + mutated(payload[4:], rng), kind="weights")
            same_bytes = True
        try:
            found = decompress(damaged, module)
        except DecodeError:
            refused += 1
        else:
            assert same_bytes
            assert all(torch.isfinite(p).all() for p in found.parameters())
    return refused


def test_damage_is_refused_or_decodes_to_a_network():
    assert fuzz(3000) > 1500


# bad input


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"tolerance": 0}, ValueError, "tolerance: got 0"),
        ({"tolerance": "total"}, ValueError, "tolerance: got 'total'"),
        ({"tolerance": True}, TypeError, "tolerance: got True"),
        ({"tolerance": [1]}, TypeError, r"tolerance: got \[1\]"),
        ({"seed": -1}, ValueError, "seed: got -1"),
        ({"seed": 1 << 70}, ValueError, "seed: got 1180591620717411303424"),
        ({"device": "nosuch"}, ValueError, "device: got 'nosuch'"),
        ({"quantiser": "vector"}, ValueError, "quantiser: unknown 'vector'"),
        ({"data": 3}, TypeError, "data: got int"),
        ({"data": (np.zeros((3, 64), np.float32), [0, 1])}, ValueError, "3 inputs and 2 labels"),
        ({"data": (np.zeros((2, 64), np.float32), [0.5, 1])}, TypeError, "got labels float64"),
        ({"data": (np.zeros((2, 64), np.float32), [0, -1])}, ValueError, "data: got label -1"),
        ({"data": (np.zeros((2, 64), np.float32), [0, 10])}, ValueError, "data: got label 10"),
        ({"data": (np.zeros((2, 64), np.float32), np.array([0, 2**64 - 100], np.uint64))},
         ValueError, "data: got label 18446744073709551516"),
        ({"data": (np.full((2, 64), np.nan, np.float32), [0, 1])}, ValueError, "NaN"),
        ({"evaluations": 0, "data": (np.zeros((2, 64), np.float32), [0, 1])}, ValueError,
         "evaluations: got 0"),
    ],
)  # fmt: skip
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        compress(perceptron(), **arguments)


def test_bad_modules_are_named():
    with pytest.raises(TypeError, match="module: got int"):
        compress(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="module: got str"):
        decompress(b"", "net")  # type: ignore[arg-type]
    net = perceptron()
    with torch.no_grad():
        net[0].weight[0, 0] = math.nan
    with pytest.raises(ValueError, match=r"NaN or infinite weights in '0\.weight'"):
        compress(net)


@pytest.mark.parametrize(
    "dtype",
    [
        torch.float8_e4m3fn,
        torch.float8_e4m3fnuz,
        torch.float8_e5m2,
        torch.float8_e5m2fnuz,
        torch.float8_e8m0fnu,
    ],
)
def test_numbers_of_eight_bits_are_refused_with_what_loses_nothing(dtype):
    module = nn.Linear(16, 16, bias=False)
    words = torch.arange(256, dtype=torch.uint8).reshape(16, 16)
    module.weight = nn.Parameter(words.view(dtype), requires_grad=False)
    with pytest.raises(TypeError, match=rf"module: got {dtype} numbers in 'weight'.*bfloat16"):
        compress(module)
    wide = module.weight.float().to(torch.bfloat16)
    assert torch.equal(wide.float().nan_to_num(), module.weight.float().nan_to_num())


def test_words_of_bfloat16_come_back():
    """Every finite one: both zeros and what is below the normal numbers too."""
    words = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16).view(torch.bfloat16)
    words = words[words.isfinite()].reshape(-1, 255)
    module = nn.Linear(255, len(words), bias=False, dtype=torch.bfloat16)
    module.weight = nn.Parameter(words)
    found = decompress(compress(module, quantiser="exact"), module)
    assert torch.equal(found.weight.view(torch.int16), words.view(torch.int16))


def test_numbers_that_are_not_there_are_refused():
    with pytest.raises(TypeError, match="module: got no numbers in 'weight'"):
        compress(nn.Linear(3, 3, device="meta"))


@pytest.mark.parametrize("quantiser", ["exact", "trellis"])
def test_a_number_that_is_shown_as_many_comes_back_as_many(quantiser):
    module = Widest(torch.tensor([0.5]).expand(16))  # all entries are one number in memory
    found = decompress(compress(module, quantiser=quantiser), module)
    assert found.table.tolist() == pytest.approx([0.5] * 16, rel=1e-2)
    assert module.table.tolist() == [0.5] * 16


def test_a_report_adds_up():
    module = made("perceptron")
    blob = compress(module)
    report = file_report(blob, module)
    assert report.total_bits == 8 * len(blob)
    assert report.kind == "file"
    assert report.header_bits == 8 * (37 + (len(blob) - 45 > 127) + 4)
    assert report.parameters == 1210
    assert set(originals_of(module)) == set(states(module))


class Widest(nn.Module):
    """A layer, and a table of numbers at the end of their type."""

    def __init__(self, table: torch.Tensor) -> None:
        super().__init__()
        self.layer = nn.Linear(8, 8)
        self.register_buffer("table", table)


@pytest.mark.parametrize("quantiser", ["trellis", "scalar"])
@pytest.mark.parametrize(
    ("dtype", "largest"),
    [
        (torch.float16, torch.finfo(torch.float16).max),
        (torch.bfloat16, 1e30),
        (torch.float32, torch.finfo(torch.float32).min),
        (torch.float64, 1e200),
        (torch.float64, 1e-200),
    ],
)
def test_numbers_at_the_ends_of_their_type_come_back(dtype, largest, quantiser):
    torch.manual_seed(0)
    table = torch.rand(16, 16, dtype=torch.float64).triu(1) * largest
    table[0, 1] = largest
    module = Widest(table).to(dtype)
    module.table = table.to(dtype)
    found = decompress(compress(module, quantiser=quantiser), module)
    error = (found.table.double() - module.table.double()) / largest
    assert float(error.norm()) <= 0.02 * float((module.table.double() / largest).norm())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("tolerance", [0.02, 0.005, 0.002, 0.0005])
def test_the_tolerance_is_that_of_what_is_decoded(dtype, tolerance):
    torch.manual_seed(0)
    module = nn.Linear(64, 64).to(dtype)
    found = decompress(compress(module, tolerance=tolerance), module)
    for name, share in (("weight", 1), ("bias", 4)):
        wanted, got = (states(each)[name].double() for each in (module, found))
        assert float((got - wanted).norm()) <= tolerance / share * float(wanted.norm())


class Unseen(nn.Module):
    """Tensors that the loss has no derivative of: a table, a layer that is frozen, one unused."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("basis", torch.randn(12, 8))
        self.frozen, self.unused = nn.Linear(12, 16), nn.Linear(16, 3)
        self.out = nn.Linear(16, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            hidden = torch.relu(self.frozen(x @ self.basis.T))
        self.unused(hidden)
        return self.out(hidden)


def test_tensors_without_derivatives_are_quantised_finely():
    torch.manual_seed(1)
    module, x = Unseen(), torch.randn(300, 8)
    labels = module(x).argmax(1)
    blob = compress(module, (x, labels))
    assert len(blob) < 0.7 * len(compress(module, quantiser="exact"))
    found = states(decompress(blob, module))
    for name in ("basis", "frozen.weight", "frozen.bias", "unused.weight", "unused.bias"):
        wanted = states(module)[name]
        assert 0 < float((found[name] - wanted).norm()) < 0.01 * float(wanted.norm())
        assert abs(float((found[name] - wanted).mean())) < 0.002 * float(wanted.abs().max())


class Beside(nn.Module):
    """A network, with a layer and a table that nothing uses, and one whose units are all dead."""

    def __init__(self, own: nn.Module) -> None:
        super().__init__()
        self.own, self.unused = own, nn.Linear(64, 32)
        self.register_buffer("table", torch.randn(100))
        self.dead, self.out = nn.Linear(64, 32), nn.Linear(32, 10, bias=False)
        nn.init.constant_(self.dead.bias, -100.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.own(x) + self.out(torch.relu(self.dead(x)))


def test_weights_without_use_cost_a_byte_a_tensor(trained, digits):
    """Both networks say the same of everything: the longer one's file needs no more than that."""
    own = two_part(trained, digits, evaluations=60)[1]
    with reproducible(1):
        module = Beside(trained)
    blob, report = two_part(module, digits, evaluations=60)
    assert report.total_bits <= own.total_bits + 8 * (6 + 1)
    net, labels = two_part_decode(blob, module, digits[0])
    np.testing.assert_array_equal(labels, digits[1])
    found = states(net)
    for name in ("unused.weight", "unused.bias", "table", "dead.weight", "dead.bias", "out.weight"):
        assert not found[name].any()


def test_data_are_described_by_the_network_in_the_file():
    """By the one that was rounded, not by the one that was given."""
    torch.manual_seed(0)
    module, inputs = nn.Linear(8, 3), torch.randn(50, 8)
    blob = compress(module, tolerance=0.3)

    def bits(network):
        return network(inputs).square().sum()

    report = file_report(blob, module, bits, name="coarse", labels=50)
    with torch.no_grad():
        sent, given = float(bits(decompress(blob, module))), float(bits(module))
    assert report.data_bits == pytest.approx(sent, rel=1e-6)
    assert abs(sent - given) > 0.01 * given
    assert (report.kind, report.name, report.labels) == ("ideal", "coarse", 50)
    plain = file_report(blob, module)
    assert (plain.kind, plain.data_bits) == ("file", 0)
    assert report.model_bits == plain.model_bits
