"""Masked convolutions: what a pixel depends on, probabilities that sum to 1, bytes that decode."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from torch.nn import functional

from complexity.code import DecodeError
from mdl.label_coder import label_bits
from mdl.weights import compress, decompress
from mdl.weights.codec.search import predictions
from neural.image_code import decode_images, encode_images
from neural.models.masked_convolution import (
    AtPixel,
    MaskedConvolution,
    PixelCNN,
    causal_windows,
)

SIZES = [
    {"levels": 2, "reach": 1, "width": 6, "hidden": 5},
    {"levels": 3, "reach": 2, "width": 6, "hidden": 5, "blocks": 2},
]


def network(options, seed=0):
    torch.manual_seed(seed)
    net = PixelCNN(**options)
    with torch.no_grad():  # away from logits near 0, where much would be alike
        net.last.weight.mul_(8)
    return net


def masked_kernel(layer, inputs):
    """The kernel (outputs, inputs, side, side) with zeros where the mask is."""
    side = 2 * layer.reach + 1
    weight = layer.linear.weight.detach()
    flat = torch.zeros(len(weight), inputs, side * side)
    flat[..., : layer.places] = weight.reshape(len(weight), inputs, layer.places)
    return flat.reshape(len(weight), inputs, side, side)


@pytest.mark.parametrize(("reach", "centre"), [(1, False), (2, False), (0, True), (2, True)])
def test_the_layer_is_torchs_convolution_with_a_mask(reach, centre):
    torch.manual_seed(1)
    layer, x = MaskedConvolution(3, 4, reach, centre=centre), torch.randn(2, 3, 7, 6)
    kernel = masked_kernel(layer, 3)
    assert int((kernel[0, 0] != 0).sum()) == 2 * reach * (reach + 1) + centre
    expected = functional.conv2d(x, kernel, layer.linear.bias, padding=reach)
    padded = functional.pad(x, (reach, reach, reach, 0)).movedim(1, -1)
    torch.testing.assert_close(layer(padded).movedim(-1, 1), expected)


@pytest.mark.parametrize("options", SIZES)
def test_a_pixel_depends_on_all_in_its_window_before_it_and_on_no_other(options):
    net, side = network(options), 7
    padded = torch.rand(1, side + net.reach, side + 2 * net.reach, requires_grad=True)
    logits = net.interior(padded)
    for row, column in [(0, 0), (3, 3), (4, 6), (6, 2)]:
        (found,) = torch.autograd.grad(
            logits[0, row, column].square().sum(), padded, retain_graph=True
        )
        depends = found[0, net.reach :, net.reach : net.reach + side] != 0
        places = list(np.ndindex(side, side))
        assert not any(depends[place] for place in places if place >= (row, column))
        if not options.get("blocks"):  # one layer: the whole causal window (rectified units aside)
            near = [p for p in places if max(abs(p[0] - row), abs(p[1] - column)) <= net.reach]
            assert {p for p in near if p < (row, column)} == {p for p in places if depends[p]}


@pytest.mark.parametrize("options", SIZES[:1])
def test_probabilities_of_all_images_sum_to_one(options):
    net = network(options).double()
    images = torch.tensor(list(itertools.product(range(2), repeat=9))).reshape(512, 3, 3)
    with torch.no_grad():
        logs = net.interior(functional.pad(images, (1, 1, 1, 0), value=-1)).log_softmax(-1)
    each = logs.gather(-1, images[..., None]).sum((1, 2, 3)).exp()
    assert float(each.sum()) == pytest.approx(1, abs=1e-6)
    assert float(each.max() / each.min()) > 10  # and the network is not indifferent


@pytest.mark.parametrize("options", SIZES)
def test_windows_give_what_images_give(options):
    net = network(options)
    images = torch.from_numpy(np.random.default_rng(2).integers(0, options["levels"], (3, 5, 6)))
    with torch.no_grad():
        whole = net(images).reshape(-1, options["levels"])
        alone = AtPixel(net)(causal_windows(images, net.reach))
    torch.testing.assert_close(alone, whole)


@pytest.mark.parametrize("options", SIZES)
def test_images_come_back_from_the_bytes_of_network_and_pixels(options):
    net = network(options)
    images = np.random.default_rng(3).integers(0, options["levels"], (4, 6, 5))
    weights = compress(AtPixel(net))
    sender = decompress(weights, AtPixel(net)).net
    receiver = decompress(weights, AtPixel(network(options, seed=9))).net
    blob = encode_images(sender, images)
    np.testing.assert_array_equal(decode_images(blob, receiver), images)
    windows = causal_windows(torch.from_numpy(images), net.reach)
    ideal = label_bits(predictions(AtPixel(sender), windows), images.ravel())
    overhead = 8 * len(blob) - ideal  # envelope of 36 bytes, 4 numbers, a hash, up to 9 bits
    assert 0 <= overhead <= 8 * (36 + 4 + 4) + 9
    with pytest.raises(DecodeError, match=r"not the sender's|labels|damaged"):
        decode_images(blob, network(options, seed=9))


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int8, torch.float32])
def test_images_of_any_dtype(dtype):
    """Also of those that have no number for what is outside."""
    net = network(SIZES[0])
    images = torch.from_numpy(np.random.default_rng(1).integers(0, 2, (3, 4, 5)))
    assert torch.equal(net(images.to(dtype)), net(images))
    windows = causal_windows(images.to(dtype), net.reach)
    assert torch.equal(windows.long(), causal_windows(images, net.reach))


def test_bad_images():
    net = network(SIZES[0])
    with pytest.raises(ValueError, match=r"got shape \(3, 3\)"):
        encode_images(net, np.zeros((3, 3), int))
    with pytest.raises(ValueError, match="outside 0 to 1"):
        encode_images(net, np.full((1, 3, 3), 2))
    blob = encode_images(net, np.zeros((1, 2, 2), int))
    with pytest.raises(DecodeError, match="2 levels, it has 3"):
        decode_images(blob, network(SIZES[1]))


def test_numbers_of_weights():
    """A kernel of side 2r + 1 has 2r(r + 1) places before its centre."""
    net = PixelCNN(2, reach=4, width=12, hidden=12)
    assert sum(p.numel() for p in net.parameters()) == 12 * 41 + 12 * 13 + 2 * 13
    assert math.isclose(net.reach, 4)
