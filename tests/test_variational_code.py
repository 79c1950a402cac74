"""Bits-back coding with decoders that predict pixels from pixels: laws, bound, other processes."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys

import laws
import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_fuzz import mutated

from complexity.code import Codec, DecodeError, Kind
from complexity.envelope import pack, unpack
from mdl import bits_back
from mdl.bits_back import PayloadError
from mdl.bits_back.likelihoods import Categorical
from mdl.weights import compress, decompress
from neural.models.variational import LossyAutoencoder
from neural.variational_code import VariationalCode, _backwards, _forwards, elbo_bits


def network(seed=0, *, side=4, scale=0.2, **options):
    """With weights that nobody trained, away from a code that says nothing."""
    small = {
        "levels": 2, "latents": 2, "encoder": "perceptron", "hidden": 6, "features": 2, "width": 5,
        "blocks": 1, "tied": False, "flow_steps": 0, "flow_hidden": (8,), "mean_only": False,
        "reverse": False, "reaches": (2,),
    }  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = LossyAutoencoder(side, **{**small, **options}).eval()
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.add_(scale * torch.randn_like(parameter))
    return net


def images_of(net, n, seed=0):
    kind = np.uint8 if net.levels <= 256 else np.uint16
    shape = (n, net.side, net.side)
    return np.random.default_rng(seed).integers(0, net.levels, shape).astype(kind)


@given(
    st.integers(0, 1000),
    st.sampled_from([(), (1,), (2, 1), (3,)]),
    st.integers(0, 2),
    st.sampled_from([2, 3, 300]),
    st.integers(1, 16),
    st.integers(1, 9),
    st.integers(0, 12),
    st.one_of(st.none(), st.binary(min_size=150, max_size=160)),
)
@settings(max_examples=12, deadline=None)
def test_images_and_payload_come_back(seed, reaches, steps, levels, bits, block, n, payload):
    net = network(seed, side=3, levels=levels, reaches=reaches, flow_steps=steps)
    images = images_of(net, n, seed)
    code = VariationalCode(net, latent_bits=bits, block=block, seed=seed)
    found = code.recover(code.encode(images, payload=payload))
    assert laws.same(found.images, images)
    if payload is not None:
        assert found.payload == payload


def test_laws():
    code = VariationalCode(network(side=2, flow_steps=1), latent_bits=6, block=2)
    assert isinstance(code, Codec)
    for n in (0, 1, 4):
        images = images_of(code.net, n)
        laws.check_round_trip(code, images)
        laws.check_length(code, images)
        laws.check_prefix_free(code, images)
    laws.check_damage(code, images_of(code.net, 2), replacements=(1, 0xFF))
    every = np.array(list(itertools.product(range(2), repeat=4)), np.uint8).reshape(16, 1, 2, 2)
    laws.check_kraft(code, every)
    assert code.encode(every[5]) == code.encode(every[5])


@given(st.integers(0, 400), st.integers(1, 70))
def test_blocks(count, block):
    sizes = list(_forwards(count, block))
    assert sum(sizes) == count
    assert list(_backwards(count, block)) == sizes[::-1]
    done = np.cumsum([0, *sizes[:-1]]) if sizes else np.zeros(0)
    assert all(1 <= size <= min(block, 1 + at // 4) for size, at in zip(sizes, done, strict=True))


def test_a_million_millions_of_images_are_not_counted_through():
    assert next(_backwards(1 << 50, 1)) == 1


class Factorised:
    """A plain autoencoder as `mdl.bits_back` has it, through other code."""

    def __init__(self, net):
        self.net = net
        self.pixels, self.alphabet_size = net.side**2, net.levels
        self.latents = (net.latents,)

    def infer(self, level, below):
        image = torch.from_numpy(np.asarray(below).reshape(1, self.net.side, self.net.side))
        with torch.no_grad():
            mean, log_sd = self.net.infer(image)
        return bits_back.Normal(mean[0].double().numpy(), log_sd[0].double().exp().numpy())

    def generate(self, level, above):
        raise AssertionError("there is one level")

    def likelihood(self, z):
        with torch.no_grad():
            features = self.net.features(torch.from_numpy(z.astype(np.float32))[None])
            logits = self.net.decoder(torch.zeros(1, self.net.side, self.net.side), features)
        return Categorical(logits.double().numpy().reshape(self.pixels, -1))

    def spread(self, level):
        return bits_back.Normal(np.zeros(self.net.latents), np.ones(self.net.latents))

    def digest(self):
        return "00"


def test_a_factorised_decoder_is_coded_as_by_the_other_coder():
    """One image with the same payload: the same net length, and the same bound."""
    net = network(3, reaches=(), latents=1)
    ours = VariationalCode(net, latent_bits=10)
    theirs = bits_back.BitsBackCode(Factorised(net), (4, 4), latent_bits=10)  # pyright: ignore[reportArgumentType]
    images, payload = images_of(net, 12), np.random.default_rng(1).bytes(200)
    for image in images:
        found = ours.describe(image[None], payload=payload, samples=1)[1].data_bits
        expected = theirs.describe(image[None], payload=payload, samples=1).data_bits
        assert found == pytest.approx(expected, abs=0.01)  # pixels go in another order
    pixels, code = elbo_bits(net, images, samples=2000, seed=1)
    assert (pixels.shape, code.shape) == ((12,), (12, 1))
    bound = bits_back.elbo_bits(Factorised(net), images, samples=300, seed=2)  # pyright: ignore[reportArgumentType]
    assert pixels.sum() + code.sum() == pytest.approx(bound.sum(), rel=5e-3)


@pytest.mark.parametrize("options", [
    {"reaches": ()}, {"reaches": (2, 1)}, {"reaches": (2,), "flow_steps": 2},
])  # fmt: skip
def test_the_mean_net_length_is_the_bound(options):
    """Over many payloads, within four standard errors of both samples."""
    net = network(5, side=3, scale=0.1, **options)
    images, size = images_of(net, 24), 15
    code, nets = VariationalCode(net, latent_bits=12, block=24), []
    for seed in range(size):
        payload = np.random.default_rng(seed).bytes(400)
        nets.append(code._encoded(images.astype(np.int64), payload)[1].net_bits)
    sums = [
        sum(part.sum() for part in elbo_bits(net, images, samples=1, seed=seed))
        for seed in range(100)
    ]
    error = math.hypot(np.std(nets) / math.sqrt(size), np.std(sums) / math.sqrt(len(sums)))
    assert abs(np.mean(nets) - np.mean(sums)) < 4 * error
    assert error < 0.02 * np.mean(sums)


def test_growing_blocks_start_from_the_bits_of_a_few_images():
    net = network(2, scale=0.1)
    images = images_of(net, 60)
    one = VariationalCode(net).describe(images[:1], samples=1)[1].details["initial_bits"]
    many = VariationalCode(net).describe(images, samples=1)[1].details["initial_bits"]
    assert many < 4 * one


def test_report():
    net = network(flow_steps=1)
    images, payload = images_of(net, 20), np.random.default_rng(4).bytes(300)
    code = VariationalCode(net)
    blob, report = code.describe(images, payload=payload)
    assert blob == code.encode(images, payload=payload)
    assert report.kind == Kind.FILE
    assert report.total_bits == pytest.approx(8 * len(blob) - 8 * len(payload))
    assert report.details["file_bits"] == 8 * len(blob)
    assert report.details["bits_per_dim"] == pytest.approx(report.data_bits / images.size)
    assert 0 < report.header_bits < 8 * 85
    needed = report.details["initial_bits"] + 48
    code.encode(images, payload=payload[: math.ceil(needed / 8) + 2])
    with pytest.raises(PayloadError, match="payload"):
        code.encode(images, payload=b"xx")


def test_a_fresh_process_decodes(tmp_path):
    """From the file of the weights and that of the images."""
    net = network(6, flow_steps=1, reaches=(2, 1))
    weights, images = compress(net, tolerance=0.05), images_of(net, 10)
    sender = decompress(weights, net)
    assert isinstance(sender, LossyAutoencoder)
    (tmp_path / "weights.cxd").write_bytes(weights)
    (tmp_path / "images.cxd").write_bytes(VariationalCode(sender).encode(images))
    np.save(tmp_path / "images.npy", images)
    program = """
import pathlib, sys
import numpy as np
from mdl.weights import decompress
from neural.models.variational import LossyAutoencoder
from neural.variational_code import VariationalCode
folder = pathlib.Path(sys.argv[1])
net = LossyAutoencoder(4, latents=2, encoder="perceptron", hidden=6, features=2, width=5, blocks=1,
                       tied=False, flow_steps=1, flow_hidden=(8,), mean_only=False, reverse=False,
                       reaches=(2, 1))
net = decompress((folder / "weights.cxd").read_bytes(), net)
found = VariationalCode(net).decode((folder / "images.cxd").read_bytes())
print(found.shape, bool((found == np.load(folder / "images.npy")).all()))
"""
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout
    assert said == "(10, 4, 4) True\n"


def test_another_network_code_or_arithmetic_is_refused():
    net = network(1, flow_steps=1)
    code, images = VariationalCode(net), images_of(net, 6)
    blob = code.encode(images)
    with pytest.raises(DecodeError, match="another network"):
        VariationalCode(network(2, flow_steps=1)).decode(blob)
    with pytest.raises(DecodeError, match="latent_bits=12; this code has 9"):
        VariationalCode(net, latent_bits=9).decode(blob)

    class Elsewhere(VariationalCode):
        def _digest(self):
            return code._digest()

    there = network(1, flow_steps=1)
    with torch.no_grad():
        there.decoder.last.bias.add_(1e-5)
    with pytest.raises(DecodeError, match="its arithmetic differs"):
        Elsewhere(there).decode(blob)
    there = network(1, flow_steps=1)
    with torch.no_grad():
        list(there.encoder.parameters())[-1].add_(1e-5)
    with pytest.raises(DecodeError, match="do not come back"):
        Elsewhere(there).decode(blob)


def test_mutated_files_and_mutated_stacks():
    code, rng = VariationalCode(network(1, side=2), latent_bits=6), np.random.default_rng(9)
    files = [code.encode(images_of(code.net, n), payload=rng.bytes(30)) for n in (0, 1, 6)]
    for k in range(300):
        blob, other = files[k % 3], files[(k + 1) % 3]
        damaged = mutated(blob, other, rng)
        if k % 2:
            body = mutated(unpack(blob)[1], unpack(other)[1], rng)
            damaged = pack(body, kind="lossy-autoencoder")
        if damaged in files:
            continue
        with pytest.raises(DecodeError) as caught:
            code.decode(damaged)
        assert str(caught.value)
    body = unpack(files[2])[1]
    more = pack(b"\x80\x80\x80\x80\x04" + body[1:], kind="lossy-autoencoder")  # 2^30 images
    with pytest.raises(DecodeError, match="damaged"):
        code.decode(more)
    many = pack(b"\x80\x80\x80\x80\x80\x20" + body[1:], kind="lossy-autoencoder")
    with pytest.raises(DecodeError, match="damaged: 1099511627776 images"):
        code.decode(many)


def test_bad_input_is_named():
    net = network()
    code, good = VariationalCode(net), images_of(net, 3)
    for x, message in (
        (good[0], r"shape \(4, 4\), accepted is \(n, 4, 4\)"),
        (good + 2, "accepted is 0 to 1"),
    ):
        with pytest.raises(ValueError, match=message):
            code.encode(x)
    with pytest.raises(TypeError, match="float64"):
        code.encode(good.astype(float))
    for options, message in (
        ({"latent_bits": 17}, "1 to 16"),
        ({"block": 0}, "block: got 0"),
        ({"seed": -1}, "seed: got -1"),
    ):
        with pytest.raises(ValueError, match=message):
            VariationalCode(net, **options)
    with pytest.raises(ValueError, match="goes both ways"):
        VariationalCode(network(flow_steps=2, reverse=True))
    with pytest.raises(ValueError, match="samples: got 0"):
        elbo_bits(net, good, samples=0)
