"""The weight codec beside nncodec and constriction: bytes, bits and symbols per second.

python -m benchmarks.weight_codec [DATA]  (DATA: the folder with mnist/; without it, digits alone)
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from functools import cache
from pathlib import Path
from statistics import median

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks import weight_codec_peers as peers
from benchmarks.label_data import digits, mnist
from benchmarks.targets import Target, table
from benchmarks.weight_codec_nets import nll_bits, perceptron, trained
from complexity.envelope import pack
from mdl.label_coder import encode_labels
from mdl.weights.codec.files import compress, decompress
from mdl.weights.codec.labelled import two_part, two_part_decode
from mdl.weights.codec.network import (
    Recipe,
    architecture_hash,
    originals_of,
    plans_of,
    quantised_for_loss,
)
from mdl.weights.codec.payload import write_payload
from mdl.weights.codec.quantisers import quantise
from mdl.weights.codec.search import predictions
from mdl.weights.codec.sensitivity import measure_sensitivity
from mdl.weights.codec.stream import Reader, Statistics, Writer, measure

SYMBOLS = 300_000


def targets(data: str | None) -> list[Target]:
    """All figures of the weight codec.

    Args:
        data: folder with mnist/, None to leave MNIST out.
    """
    torch.set_num_threads(1)
    found = coder_length() + coder_speed() + rate_distortion() + digits_files()
    if data is not None and (Path(data) / "mnist").exists():
        found += mnist_files(str(Path(data) / "mnist"))
    return found


def coder_length() -> list[Target]:
    """Above the empirical entropy of independent symbols."""
    rng, found = np.random.default_rng(0), []
    for name, values in {
        "Gaussian, sd 3": rng.normal(0, 3, SYMBOLS),
        "Gaussian, sd 0.5": rng.normal(0, 0.5, SYMBOLS),
        "Laplace, scale 0.4": rng.laplace(0, 0.4, SYMBOLS),
    }.items():
        numbers = np.rint(values).astype(np.int64)
        counts = np.unique(numbers, return_counts=True)[1]
        entropy = -float((counts * np.log2(counts / SYMBOLS)).sum())
        bits = measure(numbers, Statistics())
        note = f"{SYMBOLS} symbols, {bits / SYMBOLS:.3f} bits each, no model sent"
        what = f"coder above H0, {name}"
        found.append(Target(what, 100 * (bits / entropy - 1), "<=", 1.5, "%", note=note))
    return found


def coder_speed(rounds: int = 7) -> list[Target]:
    """Decoding speed beside constriction's range coder with a fixed Gaussian model."""
    constriction = peers.constriction()
    rng = np.random.default_rng(0)
    numbers = np.clip(np.rint(rng.normal(0, 3, SYMBOLS)), -100, 100).astype(np.int64)
    scales = np.tile(3 * np.exp(rng.normal(-0.125, 0.5, 300)), SYMBOLS // 300)
    columns = np.rint(rng.normal(0, scales)).astype(np.int64)
    blob, other = _coded(numbers, 0), _coded(columns, 300)
    ours, mixed, theirs = [], [], []
    for _ in range(rounds):
        ours.append(_our_speed(blob, numbers, 0))
        if constriction is not None:
            theirs.append(_constriction_speed(constriction, numbers.astype(np.int32)))
        mixed.append(_our_speed(other, columns, 300))
    spread = f"range {min(ours):.2f}-{max(ours):.2f}"
    note = f"adaptive, {8 * len(blob) / SYMBOLS:.3f} bits a symbol; {spread}"
    found = [Target("decoding speed", median(ours), ">=", 0.92, "Msym/s", note=note)]
    if theirs:
        ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
        note = f"constriction {median(theirs):.2f} Msym/s, parameters given to it, interleaved"
        found.append(Target("decoding speed", ratio, ">=", 1, "ratio", "constriction", note))
    what, bits = "decoding speed, columns of their own scale", 8 * len(other) / SYMBOLS
    note = f"by the mixture of contexts, as networks are; {bits:.3f} bits a symbol"
    return [*found, Target(what, median(mixed), ">=", 0.92, "Msym/s", note=note)]


def _coded(numbers: NDArray[np.int64], columns: int) -> bytes:
    writer = Writer()
    writer.integers(numbers, Statistics(), columns=columns)
    return writer.finish()


def _our_speed(blob: bytes, numbers: NDArray[np.int64], columns: int) -> float:
    start = time.process_time()
    back = Reader(blob).integers(numbers.size, Statistics(), columns=columns)
    seconds = time.process_time() - start
    assert np.array_equal(back, numbers)
    return numbers.size / seconds / 1e6


def _constriction_speed(constriction, numbers: NDArray[np.int32]) -> float:
    model = constriction.stream.model.QuantizedGaussian(-100, 100, 0.0, 3.0)
    encoder = constriction.stream.queue.RangeEncoder()
    encoder.encode(numbers, model)
    decoder = constriction.stream.queue.RangeDecoder(encoder.get_compressed())
    start = time.process_time()
    back = decoder.decode(model, numbers.size)
    seconds = time.process_time() - start
    assert np.array_equal(back, numbers)
    return numbers.size / seconds / 1e6


def rate_distortion() -> list[Target]:
    """Bits above Shannon's R(D) = 1/2 log2(1 / D) on independent Gaussian weights."""
    weights, found = np.random.default_rng(0).normal(size=(200, 300)), []
    for states, bar, name in ((0, 0.29, "scalar"), (4, 0.20, "4 states"), (8, 0.20, "8 states")):
        for rate in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0):
            gap, bits = min(_gap(weights, states, rate, price) for price in (0.11, 0.16))
            note = f"at {bits:.2f} bits, 200 x 300, bytes of our coder"
            found.append(Target(f"R(D) gap, {name}", gap, "<=", bar, "bits", note=note))
    if peers.nncodec() is not None:
        for dq in (True, False):
            for qp in (-8, -4, 0):
                gap, bits = _nncodec_gap(weights, qp, dq)
                name = "nncodec, 8 states" if dq else "nncodec, scalar"
                note = f"at {bits:.2f} bits, qp {qp}"
                found.append(Target("R(D) gap", gap, unit="bits", peer=name, note=note))
    return found


def _gap(weights: NDArray, states: int, rate: float, price: float) -> tuple[float, float]:
    """Bits above R(D), and the rate, near a wanted rate: the step is found by bisection."""
    low, high, best = 0.05, 4.0, (np.inf, 0.0, 0.0)
    for _ in range(6):
        step = float(np.sqrt(low * high))
        square = step**2 * (1 if states == 0 else 2.5)
        done = quantise(weights, step, price=price * square, states=states, passes=3)
        writer = Writer()
        writer.integers(done.numbers.ravel(), Statistics(), columns=300, states=states)
        bits = 8 * len(writer.finish()) / weights.size
        gap = bits + 0.5 * np.log2(np.mean((weights - done.values) ** 2))
        best = min(best, (abs(bits - rate), float(gap), bits))
        low, high = (step, high) if bits > rate else (low, step)
    return best[1:]


def _nncodec_gap(weights: NDArray, qp: int, dq: bool) -> tuple[float, float]:
    tensors = {"w": weights.astype(np.float32)}
    blob, decoded = peers.nncodec_file(tensors, qp=qp, nonweight_qp=-20, use_dq=dq)
    bits = 8 * len(blob) / weights.size
    return float(bits + 0.5 * np.log2(np.mean((weights - decoded["w"]) ** 2))), bits


def digits_files() -> list[Target]:
    """All labels of digits in two-part files, of the same networks."""
    inputs, labels = digits()
    found = []
    for hidden in ((), (16,), (32,)):
        sizes = (64, *hidden, 10)
        net = trained(sizes, inputs, labels, epochs=150, batch=64, rate=_RATE[hidden], l1=1e-3)
        blob, report = two_part(net, (inputs, labels))
        _, back = two_part_decode(blob, perceptron(*sizes), inputs)
        assert np.array_equal(back, labels)
        name = "-".join(map(str, sizes))
        note = (
            f"model {report.model_bits:.0f} + labels {report.data_bits:.0f} + header "
            f"{report.header_bits:.0f} bits; uniform {report.uniform_bits:.0f}; trained with L1 "
            f"1e-3, accuracy {nll_bits(net, inputs, labels)[1]:.3f}"
        )
        what = f"two-part file, digits {name}"
        found.append(Target(what, 8 * len(blob), unit="bits", note=note))
        if peers.nncodec() is not None:
            found += _digits_peer(net, sizes, inputs, labels, blob, report.header_bits)
    return found


_RATE = {(): 1e-2, (16,): 5e-3, (32,): 5e-3}


def _digits_peer(net, sizes, inputs, labels, blob: bytes, header: float) -> list[Target]:
    tensors, best = _arrays(net), (np.inf, "")
    for qp in range(-20, 9):
        for nonweight_qp in (-40, -30, -20, -14, -10, -6, -2):
            for dq in (True, False):
                file, other = _nncodec_net(tensors, sizes, qp, nonweight_qp, dq)
                coded = encode_labels(predictions(other, torch.from_numpy(inputs)), labels)
                total = 8 * (len(file) + len(coded))
                setting = f"qp {qp}, biases {nonweight_qp}, {'DQ' if dq else 'no DQ'}"
                best = min(best, (total, f"{8 * len(file)} + labels {8 * len(coded)} ({setting})"))
    total, note = best
    name = "-".join(map(str, sizes))
    what = f"our whole file by its file and labels, digits {name}"
    same = f"both without our header of {header:.0f} bits"
    return [
        Target(what, 8 * len(blob) / total, "<=", 0.80, "ratio", "nncodec", f"{total}: {note}"),
        Target(what, (8 * len(blob) - header) / total, unit="ratio", peer="nncodec", note=same),
    ]


def _arrays(net: torch.nn.Module) -> dict[str, NDArray[np.float32]]:
    return {name: tensor.numpy() for name, tensor in net.state_dict().items()}


def _nncodec_net(tensors, sizes, qp: int, nonweight_qp: int, dq: bool):
    file, decoded = peers.nncodec_file(tensors, qp=qp, nonweight_qp=nonweight_qp, use_dq=dq)
    net = perceptron(*sizes)
    state = {name: torch.from_numpy(value.astype(np.float32)) for name, value in decoded.items()}
    net.load_state_dict(state)
    return file, net


@cache
def _mnist(folder: str):
    return mnist(folder)


def mnist_files(folder: str) -> list[Target]:
    """A perceptron 784-300-100-10 at the loss of nncodec's files, and at a test accuracy."""
    train, test = _mnist(folder)
    sizes = (784, 300, 100, 10)
    net = trained(sizes, *train, epochs=25, batch=256, rate=2e-3, l1=5e-6)
    original, accuracy = nll_bits(net, *train)[0], nll_bits(net, *test)[1]
    blob = compress(net, train, tolerance=1.0, quantiser="scalar", evaluations=10)
    loss = nll_bits(decompress(blob, perceptron(*sizes)), *train)[0]
    note = f"train NLL {loss:.0f} bits, original {original:.0f}, {4 * 266_610} bytes"
    name = "MNIST 784-300-100-10"
    found = [Target(f"{name}, compress(tolerance=1)", len(blob), unit="bytes", note=note)]
    if peers.nncodec() is None:
        return found
    ours = _our_frontier(net, sizes, train, test)
    theirs = _frontier(net, sizes, train, test)
    for rise in (1.5, 2.2, 4.2):  # the shortest of its files within these times the loss
        peer = min(each for each in theirs if each[1] <= rise * original)
        best = min(each for each in ours if each[1] <= peer[1])
        found.append(_beside(f"{name}, bytes at NLL {peer[1]:.0f}", best, peer, 0.70))
    best, peer = (min(each for each in side if each[2] >= 0.9825) for side in (ours, theirs))
    what = f"{name}, shortest of test accuracy at least 0.9825 (float {accuracy:.4f})"
    return [*found, _beside(what, best, peer, 0.90)]


File = tuple[int, float, float, str]
"""Bytes, NLL on the training set in bits, test accuracy, settings."""


def _beside(what: str, ours: File, theirs: File, bar: float) -> Target:
    sides = (f"{n} bytes, NLL {nll:.0f}, test {right:.4f}, {how}" for n, nll, right, how in
             (ours, theirs))  # fmt: skip
    return Target(what, ours[0] / theirs[0], "<=", bar, "ratio", "nncodec", " by ".join(sides))


def _our_frontier(net, sizes, train, test) -> list[File]:
    """Our files along the price of a bit, scalar and by the trellis, as `compress` writes them."""
    known = measure_sensitivity(net, torch.from_numpy(train[0]))
    plans, originals, found = plans_of(net), originals_of(net), []
    for octave, states in itertools.product(np.arange(-15.5, -10.9, 0.25), (0, 8)):
        recipe = Recipe(2.0**octave, states)
        tensors = quantised_for_loss(plans, originals, known, recipe, net)
        payload = write_payload(plans, tensors, states=states)
        blob = pack(architecture_hash(net) + payload, kind="weights")
        back = decompress(blob, perceptron(*sizes))
        loss, right = nll_bits(back, *train)[0], nll_bits(back, *test)[1]
        setting = f"price 2^{octave:.2f}{', trellis' if states else ''}"
        found.append((len(blob), loss, right, setting))
    return found


def _frontier(net, sizes, train, test) -> list[File]:
    """nncodec's files, without its use of data (its default)."""
    tensors, found = _arrays(net), []
    for dq in (True, False):
        for qp in range(-26, -12):
            file, other = _nncodec_net(tensors, sizes, qp, -40, dq)
            loss, right = nll_bits(other, *train)[0], nll_bits(other, *test)[1]
            setting = f"qp {qp}, {'DQ' if dq else 'no DQ'}"
            found.append((len(file), loss, right, setting))
    return found


if __name__ == "__main__":
    default = os.environ.get("COMPLEXODYNAMICS_DATA")
    print(table(targets(sys.argv[1] if len(sys.argv) > 1 else default)))
