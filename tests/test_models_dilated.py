"""Dilated convolutions: upsampled kernels, published counts, and windows by their gradients."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import correlate

from neural.engine.paper import Trial
from neural.models.dilated import (
    BASIC,
    CITYSCAPES,
    LARGE,
    ContextModule,
    DilatedNetwork,
    FrontEnd,
    Segmenter,
    identity_weights,
    receptive_fields,
)
from neural.papers.dilated_convolutions import PAPER, _measured_field


def upsampled(kernel: np.ndarray, dilation: int) -> np.ndarray:
    """Zeros between the entries."""
    side = dilation * (len(kernel) - 1) + 1
    found = np.zeros((side, side))
    found[::dilation, ::dilation] = kernel
    return found


@given(st.integers(1, 5), st.integers(0, 10**6))
def test_a_dilated_layer_is_a_convolution_with_an_upsampled_kernel(dilation, seed):
    rng = np.random.default_rng(seed)
    image, conv = rng.normal(size=(2, 13, 13)), ContextModule(2, dilations=(dilation,)).layers[0]
    assert isinstance(conv, torch.nn.Conv2d)
    conv.double()
    kernels = rng.normal(size=(2, 2, 3, 3))
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(kernels))
    found = conv(torch.from_numpy(image)[None])[0].detach().numpy()
    for out in range(2):
        parts = [
            correlate(image[each], upsampled(kernels[out, each], dilation), mode="constant")
            for each in range(2)
        ]
        np.testing.assert_allclose(found[out], sum(parts), atol=1e-12)


def test_receptive_fields_as_table_1():
    assert receptive_fields(ContextModule(1)) == (3, 5, 9, 17, 33, 65, 67, 67)
    assert receptive_fields(ContextModule(1, widths=LARGE)) == (3, 5, 9, 17, 33, 65, 67, 67)
    assert receptive_fields(ContextModule(1, dilations=CITYSCAPES))[-1] == 259
    assert len(receptive_fields(ContextModule(1, dilations=CITYSCAPES))) == 10
    for layers in range(1, 8):  # dilations 1, 2, 4, ...: 2^(i + 2) - 1
        module = ContextModule(1, dilations=[2**i for i in range(layers)])
        assert receptive_fields(module)[-2] == 2 ** (layers + 1) - 1


@pytest.mark.parametrize(("dilations", "side"), [(BASIC, 67), ((1,) * 7, 15)])
def test_what_the_middle_has_a_gradient_from(dilations, side):
    torch.manual_seed(0)
    module = ContextModule(2, dilations=dilations, initial="he").double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.abs_()
    image = torch.rand(1, 2, 81, 81, dtype=torch.float64, requires_grad=True)
    module(image)[0, :, 40, 40].sum().backward()
    assert image.grad is not None
    rows, columns = image.grad[0].abs().sum(0).nonzero(as_tuple=True)
    half = side // 2
    assert len(rows) == side**2
    assert (rows.min(), rows.max()) == (columns.min(), columns.max()) == (40 - half, 40 + half)


def test_the_field_that_the_paper_measures():
    for name, side in (("dilated", 69), ("undilated", 17)):  # with a layer of 3 x 3 before
        arm = PAPER.arm(name)
        trial = Trial(arm, 0, "smoke", PAPER.settings("smoke", arm))
        assert receptive_fields(Segmenter(dilations=trial["dilations"]))[-1] == side
        assert _measured_field(trial) == side


def test_the_front_end_sees_and_gives_what_it_should():
    small = FrontEnd(3, widths=(1, 1, 1, 1, 1), hidden=1)
    assert receptive_fields(small)[-1] == 380
    with torch.no_grad():
        assert small(torch.zeros(1, 3, 900, 900)).shape == (1, 3, 66, 66)  # (900 - 2 * 186) / 8
        both = DilatedNetwork(5, front={"widths": (1, 1, 1, 1, 1), "hidden": 1})
        assert both(torch.zeros(1, 3, 500, 500)).shape == (1, 5, 16, 16)
    small.eval()
    with torch.no_grad():
        for parameter in small.parameters():
            parameter.fill_(1.0)
    image = torch.rand(1, 3, 388, 388)
    image.requires_grad_()
    found = small(image)
    assert found.shape[2:] == (2, 2)
    found[0, 0, 0, 0].backward()
    assert image.grad is not None
    rows = image.grad[0].abs().sum(0).any(1).nonzero()
    # of each cell that is pooled only the greatest has a gradient: the outer ones may have none
    assert rows.max() < 380
    assert rows.max() - rows.min() > 360


def test_numbers_of_parameters():
    def count(module: torch.nn.Module) -> int:
        return sum(p.numel() for p in module.parameters())

    with torch.device("meta"):
        for maps in (1, 11, 21):
            assert count(ContextModule(maps)) == 64 * maps**2 + 8 * maps
            plain = ContextModule(maps, dilations=(1,) * 7)
            assert count(plain) == count(ContextModule(maps))
        assert count(ContextModule()) == 28_392
        assert count(ContextModule(widths=LARGE)) == 6_803_139
        # VGG-16's 138,357,544 with 21 maps in place of 1,000 classes
        assert count(FrontEnd()) == 138_357_544 - 4097 * (1000 - 21)
        assert count(Segmenter()) == 4258


@given(st.integers(1, 4), st.booleans(), st.sampled_from(["layers", "once"]))
def test_the_identity_hands_on_what_comes(maps, large, padding):
    module = ContextModule(maps, widths=LARGE if large else None, padding=padding)
    x = torch.rand(1, maps, 6, 6)
    torch.testing.assert_close(module(x), x, atol=1e-5, rtol=0)


def test_equation_5():
    conv = torch.nn.Conv2d(4, 6, 3)
    torch.manual_seed(0)
    identity_weights(conv, 2, noise=0.01)
    weight = conv.weight.detach()
    expected = torch.zeros(6, 4)
    expected[:3, :2] = expected[3:, 2:] = 2 / 6
    centre = torch.zeros_like(weight, dtype=torch.bool)
    centre[:, :, 1, 1] = expected > 0
    torch.testing.assert_close(weight[:, :, 1, 1] * (expected > 0), expected)
    rest = weight[~centre]
    assert 0 < rest.abs().max() < 0.05 * 2 / 6
    assert abs(float(rest.std()) / (0.01 * 2 / 6) - 1) < 0.2
    assert conv.bias is not None
    assert not conv.bias.any()
    with pytest.raises(ValueError, match="maps: got 4, accepted is a number that divides 4 inputs"):
        identity_weights(conv, 4)


def test_padding_once_is_what_unpadded_layers_leave():
    torch.manual_seed(0)
    once = ContextModule(2, initial="he", padding="once")
    layers = ContextModule(2, initial="he")
    layers.load_state_dict(once.state_dict())
    x = torch.rand(1, 2, 80, 80)
    assert once(x).shape == x.shape
    inner = slice(33, -33)  # where no window meets an edge both are the same
    torch.testing.assert_close(once(x)[..., inner, inner], layers(x)[..., inner, inner])
    assert not torch.allclose(once(x), layers(x))


def test_bad_arguments():
    with pytest.raises(ValueError, match="widths: got 2, accepted are as many as dilations, 7"):
        ContextModule(2, widths=(1, 2))
    with pytest.raises(ValueError, match="initial: unknown 'xavier'"):
        ContextModule(2, initial="xavier")
