"""Bits-back coding, executed: images by a VAE, labels by sampled weights, and the coder below them.

Run with: python -m benchmarks.bits_back
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import lzma
import math
import os
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from statistics import median

import numpy as np
import zstandard
from numpy.typing import NDArray
from scipy import special
from torch import nn

from benchmarks.label_data import digits, mnist
from benchmarks.targets import Target, table
from mdl.bits_back import VAE, BitsBackCode, elbo_bits, fit_vae, network_code
from mdl.bits_back.ans import AnsStack
from mdl.bits_back.grid import Grid
from mdl.weights.variational.posterior import Posterior

PAYLOADS = 8
TEST = 297


@cache
def binarised() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Digits at half their range, in a random order: 1,500 to fit, 297 to code."""
    images = (digits()[0] >= 0.5).astype(np.uint8)
    shuffled = images[np.random.default_rng(0).permutation(len(images))]
    return shuffled[:-TEST], shuffled[-TEST:]


def payload_of(seed: int, size: int) -> bytes:
    return np.random.default_rng(seed).bytes(size)


def spread_of(values: list[float]) -> float:
    """Standard error of the mean."""
    return float(np.std(values, ddof=1) / math.sqrt(len(values)))


def images() -> list[Target]:
    """A VAE 64-100-8 against its own bound and against general compressors."""
    train, test = binarised()
    model = fit_vae(VAE(64, latents=8, hidden=100), train, epochs=60, learning_rate=4e-3)
    bound = float(elbo_bits(model, test, samples=50, seed=1).sum())
    found = []
    for bits in (8, 12):
        code, nets, returned = BitsBackCode(model, (64,), latent_bits=bits), [], 0
        for seed in range(PAYLOADS):
            payload = payload_of(seed, 64)
            blob = code.encode(test, payload=payload)
            back = code.recover(blob)
            returned += back.payload == payload and np.array_equal(back.images, test)
            report = code.describe(test, payload=payload, samples=1)
            nets.append(report.data_bits)
        gap = float(np.mean(nets)) / bound - 1
        found.append(
            Target(
                f"BB-ANS on {TEST} digits, |rate / ELBO - 1|",
                abs(gap), "<=", 0.01,
                note=f"{bits}-bit latents; ELBO {bound / test.size:.4f}, rate "
                f"{np.mean(nets) / test.size:.4f} +- {spread_of(nets) / test.size:.4f} bits a "
                f"pixel over {PAYLOADS} payloads; gap {gap:+.2%}",
            )
        )  # fmt: skip
        found.append(
            Target("images and payload returned", returned, ">=", PAYLOADS, "payloads",
                   note=f"{bits}-bit latents")
        )  # fmt: skip
    whole = len(BitsBackCode(model).encode(test))
    packed = np.packbits(test).tobytes()
    peers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "bz2": bz2.compress,
        "xz": lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
        "zstd-22": zstandard.ZstdCompressor(level=22).compress,
    }
    for peer, compress in peers.items():
        size = min(len(compress(packed)), len(compress(test.tobytes())))
        note = f"{whole} of {size} bytes, header and the bits to start from included"
        found.append(Target("BB-ANS file", whole / size, "<=", 1.0, peer=peer, note=note))
    return found


def mnist_images(data: str) -> list[Target]:
    """1,000 binarised images of the test set by a VAE 784-200-40 fitted to 20,000 others."""
    (train, _), (test, _) = mnist(Path(data) / "mnist")
    fitted, coded = ((each >= 0.5).astype(np.uint8) for each in (train[:20_000], test[:1000]))
    model = fit_vae(
        VAE(784, latents=40, hidden=200), fitted, epochs=8, batch_size=100, learning_rate=2e-3
    )
    start = time.process_time()
    report = BitsBackCode(model, latent_bits=12).describe(coded, samples=5)
    seconds = time.process_time() - start
    peer = min(
        len(lzma.compress(np.packbits(coded).tobytes(), preset=9 | lzma.PRESET_EXTREME)),
        len(zstandard.ZstdCompressor(level=22).compress(np.packbits(coded).tobytes())),
    )
    rate, bound = report.details["bits_per_dim"], report.details["elbo_bits_per_dim"]
    return [
        Target("BB-ANS on 1,000 MNIST images, |rate / ELBO - 1|", abs(rate / bound - 1), "<=", 0.01,
               note=f"{rate:.4f} and {bound:.4f} bits a pixel; coded, and bounded by 5 samples, in "
               f"{seconds:.1f} CPU s"),
        Target("BB-ANS file", report.details["file_bits"] / 8 / peer, "<=", 1.0,
               peer="the shorter of xz and zstd-22"),
    ]  # fmt: skip


def hierarchy() -> list[Target]:
    """Bit-Swap and BB-ANS on one model of three levels."""
    train, test = binarised()
    sizes = (8, 8, 8)
    model = fit_vae(VAE(64, latents=sizes, hidden=64), train, epochs=20, learning_rate=4e-3)
    owed: dict[str, list[float]] = {}
    chained, nets = {}, {}
    for order in ("bit-swap", "bb-ans"):
        owed[order] = [
            BitsBackCode(model, latent_bits=12, order=order, seed=seed).initial_bits(image[None])
            for seed, image in enumerate(test[:100])
        ]
        report = BitsBackCode(model, latent_bits=12, order=order).describe(test, samples=10)
        chained[order], nets[order] = report.details["initial_bits"], report.data_bits
        bound = report.details["elbo_bits"]
    means = {order: float(np.mean(each)) for order, each in owed.items()}
    return [
        Target(
            "Bit-Swap, bits to start from", means["bit-swap"] / means["bb-ans"], "<=", 1.0,
            peer="BB-ANS, same model",
            note=f"latents {sizes}, 12 bits each, 100 images one at a time: {means['bit-swap']:.0f}"
            f" and {means['bb-ans']:.0f} bits; all {TEST} chained: {chained['bit-swap']:.0f} and "
            f"{chained['bb-ans']:.0f}",
        ),
        Target(
            "Bit-Swap, |rate / ELBO - 1|", abs(nets["bit-swap"] / bound - 1), "<=", 0.03,
            note=f"one payload; BB-ANS {nets['bb-ans'] / bound - 1:+.2%}",
        ),
    ]  # fmt: skip


def weights() -> list[Target]:
    """The argument of 1993 for a network 64-16-10 and all labels of the digits."""
    inputs, labels = digits()
    code = network_code(
        lambda: nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10)), 10, epochs=200
    )
    start = time.process_time()
    posterior = code.trainer(inputs, labels)
    seconds = time.process_time() - start
    payloads = [payload_of(seed, 2500) for seed in range(PAYLOADS)]
    reports = [
        code.describe(inputs, labels, payload=each, posterior=posterior, samples=32)
        for each in payloads
    ]
    nets = [report.details["net_bits"] for report in reports]
    bound, error = reports[0].details["bound_bits"], spread_of(nets)

    @lru_cache(maxsize=1)
    def anew(decoded: bytes) -> Posterior:  # once for all payloads whose labels are the same
        return code.trainer(inputs, np.frombuffer(decoded, np.int64).copy())

    receiver = replace(code, trainer=lambda _, decoded: anew(decoded.tobytes()))
    returned = 0
    for payload in payloads:
        blob = code.encode(inputs, labels, payload=payload, posterior=posterior)
        back = receiver.recover(blob, inputs)
        returned += back.payload == payload and np.array_equal(back.labels, labels)
    details = reports[0].details
    return [
        Target(
            "bits-back of weights, |mean net - (KL + E[NLL])|", abs(float(np.mean(nets)) - bound),
            "<=", 3 * error, "bits",
            note=f"64-16-10, {labels.size} labels, 200 epochs in {seconds:.0f} CPU s; net "
            f"{np.mean(nets):.0f}, s.e. {error:.0f} over {PAYLOADS} payloads, bound {bound:.0f}; "
            "bar: 3 s.e.",
        ),
        Target(
            "payloads returned after the receiver trained", returned, ">=", PAYLOADS, "payloads",
            note=f"grid 2^-{details['grid_bits']}; {details['initial_bits']:.0f} bits to start "
            f"from, {details['initial_bits'] / posterior.mean.size:.2f} a weight",
        ),
        Target(
            "file beyond the payload", details["file_bits"] - details["payload_bits"], "<=",
            reports[0].uniform_bits, "bits",
            note=f"net {nets[0]:.0f}, prior {details['prior_bits']}, the rest header; bar: "
            "uniform code of the labels",
        ),
    ]  # fmt: skip


def coder() -> list[Target]:
    """The stack itself: bits above the entropy, and speed, beside constriction's ANS."""
    rng, count = np.random.default_rng(0), 100_000
    edges = Grid(8, -(2**13), 2**14 + 1).edges()
    mean, sd = rng.normal(size=count), np.full(count, 0.02)
    places = np.clip(np.rint(rng.normal(mean, sd) * 2**8).astype(np.int64) + 2**13, 0, 2**14)
    mass = special.ndtr((edges[places + 1] - mean) / sd) - special.ndtr((edges[places] - mean) / sd)
    ideal = float(-np.log2(mass).sum())
    stack = AnsStack(b"eight or more bytes")
    stack.push_normal(places, mean, sd, edges)
    note = "100,000 normals of sd 5 steps on 2^14 + 1 points"
    ours = (stack.net_bits - ideal) / count
    found = [Target("ANS of 40 bits, loss", ours, "<=", 1e-4, "bits/symbol", note=note)]
    try:
        import constriction  # pyright: ignore[reportMissingImports]
    except ImportError:
        return found
    family = constriction.stream.model.QuantizedGaussian(-(2**13), 2**13)
    symbols = (places - 2**13).astype(np.int32)
    peer = constriction.stream.stack.AnsCoder()
    peer.encode_reverse(symbols, family, mean * 2**8, sd * 2**8)
    theirs = (peer.num_valid_bits() - ideal) / count
    note = "the same symbols and support"
    found.append(
        Target("ANS, loss", theirs, unit="bits/symbol", peer="constriction, 24 bits", note=note)
    )
    rounds = []
    for _ in range(5):
        times = []
        for encode, decode in (
            (
                lambda s: s.push_normal(places, mean, sd, edges),
                lambda s: s.pop_normal(mean, sd, edges),
            ),
            (
                lambda s: s.encode_reverse(symbols, family, mean * 2**8, sd * 2**8),
                lambda s: s.decode(family, mean * 2**8, sd * 2**8),
            ),
        ):
            coder = AnsStack(b"x" * 8) if not times else constriction.stream.stack.AnsCoder()
            start = time.process_time()
            encode(coder)
            middle = time.process_time()
            decode(coder)
            times += [middle - start, time.process_time() - middle]
        rounds.append(times)
    for k, what in enumerate(("encode", "decode")):
        ratio = median(each[k] / each[k + 2] for each in rounds)
        rate = count / median(each[k] for each in rounds) / 1e6
        found.append(
            Target(f"ANS, seconds to {what} over theirs", ratio, peer="constriction, 24 bits",
                   note=f"ours {rate:.2f} million symbols a second, median of 5 interleaved")
        )  # fmt: skip
    return found


def targets(data: str | None) -> list[Target]:
    """All of it.

    Args:
        data: folder of the data sets; None leaves out MNIST.
    """
    found = coder() + images() + hierarchy() + weights()
    return found + (mnist_images(data) if data else [])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("COMPLEXODYNAMICS_DATA"))
    print(table(targets(parser.parse_args().data)))


if __name__ == "__main__":
    main()
