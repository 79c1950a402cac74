"""Bits-back coding of images: laws, the bound it meets, files that other processes decode."""

from __future__ import annotations

import bz2
import dataclasses
import gzip
import hashlib
import json
import lzma
import math
import subprocess
import sys

import laws
import numpy as np
import pytest
import torch
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from sklearn.datasets import load_digits
from test_fuzz import mutated

from complexity.code import Codec, DecodeError, Kind
from complexity.envelope import pack, unpack
from mdl.bits_back import (
    VAE,
    BitsBackCode,
    DenseModel,
    Normal,
    PayloadError,
    elbo_bits,
    fit_vae,
)
from mdl.bits_back.chain import ORDERS
from mdl.bits_back.likelihoods import LIKELIHOODS, Bernoulli, Categorical, DiscretisedLogistic

PIXELS = 6


def random_model(seed, latents=(2,), likelihood="bernoulli", alphabet_size=2, gain=1.0):
    """A model with weights that nobody trained."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        vae = VAE(
            PIXELS, latents=latents, hidden=5, alphabet_size=alphabet_size, likelihood=likelihood
        )
        with torch.no_grad():
            for parameter in vae.parameters():
                parameter.mul_(gain)
    images = np.random.default_rng(seed).integers(0, alphabet_size, (20, PIXELS))
    return vae.freeze(images)


@pytest.fixture(scope="module")
def digits():
    """Binarised digits: 1,437 to fit, 360 to code."""
    data = (load_digits().data >= 8).astype(np.uint8)
    order = np.random.default_rng(0).permutation(len(data))
    return data[order[:1437]], data[order[1437:]]


@pytest.fixture(scope="module")
def flat(digits):
    return fit_vae(VAE(64, latents=8, hidden=64), digits[0], epochs=30, learning_rate=5e-3)


@pytest.fixture(scope="module")
def deep(digits):
    return fit_vae(VAE(64, latents=(8, 8, 8), hidden=32), digits[0], epochs=6, learning_rate=5e-3)


@given(
    st.integers(0, 1000),
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.sampled_from(LIKELIHOODS),
    st.sampled_from([2, 3, 17, 300]),
    st.sampled_from(ORDERS),
    st.integers(1, 12),
    st.integers(0, 5),
    st.one_of(st.none(), st.binary(min_size=150, max_size=160)),
)
@settings(max_examples=40)
def test_images_and_payload_come_back(seed, latents, likelihood, size, order, bits, n, payload):
    size = 2 if likelihood == "bernoulli" else size
    model = random_model(seed, tuple(latents), likelihood, size, gain=3)
    images = np.random.default_rng(seed).integers(0, size, (n, 2, 3))
    images = images.astype(np.uint8 if size <= 256 else np.uint16)
    code = BitsBackCode(model, (2, 3), latent_bits=bits, order=order, seed=seed)
    blob = code.encode(images, payload=payload)
    found = code.recover(blob)
    assert laws.same(found.images, images)
    if payload is not None:
        assert found.payload == payload


@pytest.mark.parametrize("order", ORDERS)
def test_laws(order):
    code = BitsBackCode(random_model(1, (2, 2)), order=order, latent_bits=5)
    assert isinstance(code, Codec)
    for n in (0, 1, 3):
        images = np.random.default_rng(n).integers(0, 2, (n, PIXELS)).astype(np.uint8)
        laws.check_round_trip(code, images)
        laws.check_length(code, images)
        laws.check_prefix_free(code, images)
        laws.check_damage(code, images)
        laws.check_determinism(code, images)
    every = ((np.arange(2**PIXELS)[:, None] >> np.arange(PIXELS)) & 1).astype(np.uint8)
    laws.check_kraft(code, every[:, None, :])


class OneLatent:
    """p(x = 1 | z) = sigmoid(a z + b) for two pixels, q(z | x) = N(c x_1 - d x_2, s^2)."""

    pixels, alphabet_size, latents = 2, 2, (1,)
    a, b, s = np.array([2.0, -1.0]), np.array([0.3, -0.2]), 0.5

    def infer(self, level, below):
        return Normal(np.array([0.8 * below[0] - 0.6 * below[1]]), np.array([self.s]))

    def generate(self, level, above):
        raise AssertionError("there is one level")

    def likelihood(self, z):
        return Bernoulli(self.a * z[0] + self.b)

    def spread(self, level):
        return Normal(np.zeros(1), np.ones(1))

    def digest(self):
        return "0123456789abcdef"

    def nats(self, z, x):
        logits = self.a[:, None] * z + self.b[:, None]
        return -(special.log_expit(np.where(x[:, None] == 1, logits, -logits))).sum(0)


@pytest.mark.parametrize("image", [(0, 0), (1, 0), (1, 1)])
def test_mean_length_is_the_bound_of_the_buckets_by_enumeration(image):
    """E[net] = sum over buckets of q (log q/p - log p(x | z)): 3,000 payloads, 4 errors."""
    model, x = OneLatent(), np.array([image], np.uint8)
    code, size = BitsBackCode(model, latent_bits=3), 8
    edges = special.ndtri(np.arange(size + 1) / size)
    middles = special.ndtri((np.arange(size) + 0.5) / size)
    mean, sd = model.infer(1, x[0].astype(float))
    q = np.diff(special.ndtr((edges - mean) / sd))
    exact = float(np.sum(q * (np.log2(q * size) + model.nats(middles, x[0]) / math.log(2))))
    nets = [
        code._encoded(x, np.random.default_rng(seed).bytes(40))[1].net_bits for seed in range(3000)
    ]
    assert abs(np.mean(nets) - exact) < 4 * np.std(nets) / math.sqrt(len(nets))


@pytest.mark.parametrize("image", [(0, 0), (0, 1)])
def test_elbo_by_quadrature(image):
    model, x = OneLatent(), np.array(image)
    mean, sd = model.infer(1, x.astype(float))
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    nats = float(weights @ model.nats(mean + sd * nodes, x)) / math.sqrt(2 * math.pi)
    kl = float(np.sum(0.5 * (mean**2 + sd**2 - 1) - np.log(sd)))
    samples = elbo_bits(model, np.tile(x, (4000, 1)), samples=1, seed=1)
    error = samples.std() / math.sqrt(len(samples))
    assert abs(samples.mean() - (nats + kl) / math.log(2)) < 4 * error


@pytest.mark.parametrize("latents", [(3,), (3, 2), (2, 2, 2)])
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_training_and_coding_see_the_same_model(latents, likelihood):
    """The loss in torch and the bound of the frozen model agree in the mean over samples."""
    size = 2 if likelihood == "bernoulli" else 5
    with torch.random.fork_rng():
        torch.manual_seed(3)
        vae = VAE(PIXELS, latents=latents, hidden=8, alphabet_size=size, likelihood=likelihood)
        with torch.no_grad():
            for parameter in vae.parameters():
                parameter.mul_(2)
        image = np.random.default_rng(4).integers(0, size, (1, PIXELS))
        with torch.no_grad():
            theirs = vae(torch.tensor(image).repeat(4000, 1)).double().numpy() / math.log(2)
    model = vae.freeze(np.random.default_rng(5).integers(0, size, (50, PIXELS)))
    ours = elbo_bits(model, image.repeat(2000, 0), samples=1, seed=6)
    error = math.hypot(theirs.std() / math.sqrt(4000), ours.std() / math.sqrt(2000))
    assert abs(theirs.mean() - ours.mean()) < 4 * error


def test_likelihoods_are_those_of_scipy():
    rng = np.random.default_rng(7)
    logits = rng.normal(size=9) * 5
    np.testing.assert_allclose(Bernoulli(logits).probabilities()[:, 1], special.expit(logits))
    table = rng.normal(size=(9, 4)) * 5
    np.testing.assert_allclose(
        Categorical(table).probabilities(), special.softmax(table, axis=1), rtol=1e-13
    )
    mean, scale = rng.uniform(-1, 1, 9), rng.gamma(2, 0.1, 9)
    p = DiscretisedLogistic(mean, scale, 16).probabilities()
    np.testing.assert_allclose(p.sum(axis=1), 1)
    edges = (np.arange(15) + 0.5) / 7.5 - 1
    below = special.expit((edges[None] - mean[:, None]) / scale[:, None])
    np.testing.assert_allclose(np.cumsum(p, axis=1)[:, :-1], below, atol=1e-6)


def test_rate_is_the_elbo_within_a_percent_and_the_payload_returns(digits, flat):
    """360 test digits into 8 payloads."""
    code, images = BitsBackCode(flat, latent_bits=12), digits[1]
    bound = elbo_bits(flat, images, samples=40, seed=1).sum()
    rates = []
    for seed in range(8):
        payload = np.random.default_rng(seed).bytes(64)
        blob = code.encode(images, payload=payload)
        found = code.recover(blob)
        assert laws.same(found.images, images)
        assert found.payload == payload
        rates.append(code.describe(images, payload=payload, samples=1).data_bits)
    assert abs(np.mean(rates) / bound - 1) < 0.01


def test_shorter_than_general_compressors(digits, flat):
    """The whole file, header and the bits to start from included; the receiver has the model."""
    images = digits[1]
    ours = len(BitsBackCode(flat).encode(images))
    for data in (np.packbits(images).tobytes(), images.tobytes()):
        peers = (
            gzip.compress(data, 9),
            bz2.compress(data),
            lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
            zstandard.ZstdCompressor(level=22).compress(data),
        )
        assert ours < min(map(len, peers))


def test_bit_swap_starts_from_fewer_bits(digits, deep):
    """One image at a time: BB-ANS owes the latents of all levels, Bit-Swap has x to live on."""
    owed = {order: [] for order in ORDERS}
    for order in ORDERS:
        for seed, image in enumerate(digits[1][:40]):
            code = BitsBackCode(deep, latent_bits=10, order=order, seed=seed)
            owed[order].append(code.initial_bits(image[None]))
    assert np.mean(owed["bit-swap"]) < 0.8 * np.mean(owed["bb-ans"])
    lengths = {
        order: BitsBackCode(deep, order=order, latent_bits=10).describe(digits[1], samples=1)
        for order in ORDERS
    }
    # the same bound: net lengths differ by the luck of the samples alone
    assert abs(lengths["bit-swap"].data_bits / lengths["bb-ans"].data_bits - 1) < 0.03
    assert lengths["bit-swap"].details["initial_bits"] < lengths["bb-ans"].details["initial_bits"]


def test_report(digits, flat):
    images, payload = (
        digits[1][:50],
        b"seventy-two bytes or so that should look random but do not, " * 2,
    )
    code = BitsBackCode(flat)
    report = code.describe(images, payload=payload)
    size = 8 * len(code.encode(images, payload=payload))
    assert report.kind == Kind.FILE
    assert report.details["file_bits"] == size
    assert report.total_bits == pytest.approx(size - 8 * len(payload))
    assert report.header_bits < 8 * 75
    assert report.details["bits_per_dim"] == pytest.approx(report.data_bits / images.size)
    assert json.loads(json.dumps(report.to_dict()))["details"]["images"] == 50
    needed = code.initial_bits(images) + 48
    assert code.encode(images, payload=bytes(math.ceil(needed / 8) + 2))


def test_a_fresh_process_decodes_without_torch(tmp_path, digits, deep):
    images, payload = digits[1][:20], np.random.default_rng(3).bytes(100)
    (tmp_path / "model.safetensors").write_bytes(deep.to_safetensors())
    (tmp_path / "images.cxd").write_bytes(BitsBackCode(deep, (8, 8)).encode(
        images.reshape(-1, 8, 8), payload=payload
    ))  # fmt: skip
    program = """
import hashlib, pathlib, sys
from mdl.bits_back import BitsBackCode, DenseModel
folder = pathlib.Path(sys.argv[1])
model = DenseModel.from_safetensors((folder / "model.safetensors").read_bytes())
found = BitsBackCode(model, (8, 8)).recover((folder / "images.cxd").read_bytes())
assert "torch" not in sys.modules
print(found.images.shape, hashlib.sha256(found.images.tobytes() + found.payload).hexdigest())
"""
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout
    digest = hashlib.sha256(images.tobytes() + payload).hexdigest()
    assert said == f"(20, 8, 8) {digest}\n"


def test_another_model_code_or_arithmetic_is_refused():
    model, images = random_model(1, (2, 2)), np.eye(PIXELS, dtype=np.uint8)
    code = BitsBackCode(model)
    blob = code.encode(images)
    with pytest.raises(DecodeError, match="another model"):
        BitsBackCode(random_model(2, (2, 2))).decode(blob)
    with pytest.raises(DecodeError, match="latent_bits=10, order='bit-swap'"):
        BitsBackCode(model, latent_bits=9).decode(blob)
    with pytest.raises(DecodeError, match="order='bb-ans'"):
        BitsBackCode(model, order="bb-ans").decode(blob)

    class Elsewhere(DenseModel):
        def likelihood(self, z):
            logits = super().likelihood(z).logits  # type: ignore[attr-defined]
            return Bernoulli(logits * (1 + 1e-9))

    there = Elsewhere(**{f.name: getattr(model, f.name) for f in dataclasses.fields(model)})
    with pytest.raises(DecodeError, match="its arithmetic differs"):
        BitsBackCode(there).decode(blob)

    class Infers(DenseModel):
        def infer(self, level, below):
            mean, sd = super().infer(level, below)
            return Normal(mean + 1e-9, sd)

    there = Infers(**{f.name: getattr(model, f.name) for f in dataclasses.fields(model)})
    with pytest.raises(DecodeError, match="do not come back"):
        BitsBackCode(there).decode(blob)


def fuzz(rounds: int) -> None:
    """Mutated files, and mutated stacks in a valid envelope: DecodeError for each."""
    code = BitsBackCode(random_model(1), latent_bits=6)
    rng = np.random.default_rng(9)
    files = [
        code.encode(rng.integers(0, 2, (n, PIXELS)).astype(np.uint8), payload=rng.bytes(30))
        for n in (0, 1, 6)
    ]
    for k in range(rounds):
        blob, other = files[k % 3], files[(k + 1) % 3]
        damaged = mutated(blob, other, rng)
        if k % 2:
            damaged = pack(mutated(unpack(blob)[1], unpack(other)[1], rng), kind="bits-back")
        if damaged in files:
            continue
        with pytest.raises(DecodeError) as caught:
            code.decode(damaged)
        assert str(caught.value)


def test_mutated_files_and_mutated_stacks():
    fuzz(4000)
    code = BitsBackCode(random_model(1))
    with pytest.raises(DecodeError, match="kind"):
        code.decode(pack(b"", kind="other"))
    body = unpack(code.encode(np.zeros((0, PIXELS), int)))[1]
    images = np.random.default_rng(1).integers(0, 2, (6, PIXELS))
    more = b"\x80\x80\x80\x80\x04" + unpack(code.encode(images, payload=bytes(50)))[1][1:]
    with pytest.raises(DecodeError, match="payload too short"):  # 2^30 images, 6 are there
        code.decode(pack(more, kind="bits-back"))
    many = pack(b"\x80\x80\x80\x80\x80\x20" + body[1:], kind="bits-back")
    with pytest.raises(DecodeError, match="damaged: 1099511627776 images"):
        code.decode(many)


def test_bad_input_is_named():
    model = random_model(1)
    code, good = BitsBackCode(model, (2, 3)), np.zeros((4, 2, 3), np.uint8)
    for x, message in (
        (good[0], r"shape \(2, 3\), accepted is \(n, 2, 3\)"),
        (good.reshape(4, 6), r"accepted is \(n, 2, 3\)"),
        (good + 2, "got 2 to 2, accepted is 0 to 1"),
    ):
        with pytest.raises(ValueError, match=message):
            code.encode(x)
    with pytest.raises(TypeError, match="float64"):
        code.encode(good.astype(float))
    with pytest.raises(PayloadError, match=r"payload: got 16 bits, accepted are about \d+ or more"):
        code.encode(good, payload=b"xx")
    for options, message in (
        ({"shape": (7,)}, "6 pixels"),
        ({"latent_bits": 17}, "1 to 16"),
        ({"order": "bitswap"}, "did you mean 'bit-swap'"),
        ({"seed": -1}, "at least 0"),
    ):
        with pytest.raises(ValueError, match=message):
            BitsBackCode(model, **options)

    class Nan(OneLatent):
        b = np.array([np.nan, 0.0])

    with pytest.raises(ValueError, match="NaN"):
        BitsBackCode(Nan()).encode(np.zeros((1, 2), int))

    class Wide(OneLatent):
        b = np.zeros(3)
        a = np.zeros(3)

    with pytest.raises(ValueError, match=r"model: its likelihood gave shape \(3, 2\)"):
        BitsBackCode(Wide()).encode(np.zeros((1, 2), int))


def test_training_is_reproducible_and_improves(digits):
    images = digits[0][:300]
    runs = [fit_vae(VAE(64, latents=(4, 2), hidden=16), images, epochs=3, seed=5) for _ in range(2)]
    assert runs[0].to_safetensors() == runs[1].to_safetensors()
    assert runs[0].digest() == runs[1].digest()
    other = fit_vae(VAE(64, latents=(4, 2), hidden=16), images, epochs=3, seed=6)
    assert other.digest() != runs[0].digest()
    longer = fit_vae(VAE(64, latents=(4, 2), hidden=16), images, epochs=12, seed=5)
    short, long = (elbo_bits(model, images, samples=2).mean() for model in (runs[0], longer))
    assert long < short < 64


def test_training_errors(digits):
    images = digits[0][:100]
    vae = VAE(64, latents=2, hidden=4)
    for call, message in (
        (lambda: fit_vae(vae, images[:, :60]), r"images: got shape \(100, 60\)"),
        (lambda: fit_vae(vae, images[:0]), "n > 0"),
        (lambda: fit_vae(vae, images + 1), "images: got 1 to 2"),
        (lambda: fit_vae(vae, images, epochs=0), "epochs: got 0"),
        (lambda: fit_vae(vae, images, learning_rate=0), "learning_rate: got 0"),
        (lambda: VAE(64, latents=()), "latents: got none"),
        (lambda: VAE(64, likelihood="gauss"), "likelihood: unknown 'gauss'"),
        (lambda: VAE(64, alphabet_size=3), "a Bernoulli pixel has 2"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(FloatingPointError, match="epoch"):
        fit_vae(vae, images, learning_rate=1e30, epochs=20)


def test_model_files():
    model = random_model(3, (2, 3), "categorical", 4)
    blob = model.to_safetensors()
    again = DenseModel.from_safetensors(blob)
    assert again.digest() == model.digest()
    assert again.to_safetensors() == blob
    assert again.latents == (2, 3)
    for damaged in (b"", blob[:50], b"x" * 100):
        with pytest.raises(ValueError, match="no model in these"):
            DenseModel.from_safetensors(damaged)
    tensors = dict(model.tensors)
    name, tensor = "infer.2.0.bias", tensors["infer.2.0.bias"]
    for bad, message in (
        (tensor * np.float32("nan"), f"NaN or infinite weights in '{name}'"),
        (tensor[:-1], "infer.2.0.weight"),
    ):
        with pytest.raises(ValueError, match=message):
            dataclasses.replace(model, tensors=tensors | {name: bad})
    with pytest.raises(ValueError, match=r"got 'spread.1' None, accepted is \(2, 2\)"):
        dataclasses.replace(model, tensors={k: v for k, v in tensors.items() if k != "spread.1"})
    with pytest.raises(ValueError, match="latents: got"):
        dataclasses.replace(model, latents=())


def test_a_size_of_numpy_is_a_size():
    assert VAE(4, latents=np.int64(2)).latents == (2,)  # type: ignore[arg-type]
