"""AlexNet: published sizes and receptive fields, the work's normalisation, and what towers see."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from neural.models.alexnet import ONE_TOWER, SMALL, AlexNet, response_normalisation
from neural.models.registry import PUBLISHED


def test_published_layers():
    """The maps, weights and multiply-adds of every layer."""
    with torch.device("meta"):
        net, later = AlexNet(), AlexNet(**ONE_TOWER)
        layers = [m for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
        assert [sum(p.numel() for p in layer.parameters()) for layer in layers] == [
            34_944, 307_456, 885_120, 663_936, 442_624, 37_752_832, 16_781_312, 4_097_000,
        ]  # fmt: skip
        x, sides = torch.zeros(1, 3, 227, 227), []
        for layer in net.see:
            x = layer(x)
            sides += [x.shape[-1]] if isinstance(layer, nn.Conv2d | nn.MaxPool2d) else []
        assert sides == [55, 27, 27, 13, 13, 13, 13, 6]
        found = []
        for module, side in ((net, 227), (later, 224)):
            with torch.no_grad(), FlopCounterMode(display=False) as counter:
                module.eval()(torch.zeros(1, 3, side, side))
            found.append(counter.get_total_flops() // 2)
    assert found == [724_406_816, 714_188_480]
    assert PUBLISHED["alexnet-one-tower"].options == ONE_TOWER


def reach(layers: list[nn.Module], side: int) -> tuple[int, int]:
    """Side of the part of an image that the map's middle sees, and how far the next one's is off.

    By gradients: weights of 1 and an average in a maximum's place leave none of them at 0.
    """
    x = torch.rand(1, layers[0].in_channels, side, side, dtype=torch.double)  # pyright: ignore
    x.requires_grad_()
    y = x
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            weights = torch.ones(1, y.shape[1], *layer.kernel_size, dtype=torch.double)
            y = functional.conv2d(y, weights / weights.numel(), None, layer.stride, layer.padding)
        elif isinstance(layer, nn.MaxPool2d):
            y = functional.avg_pool2d(y, layer.kernel_size, layer.stride)
    spans = []
    for place in (y.shape[-1] // 2 - 1, y.shape[-1] // 2):
        (gradient,) = torch.autograd.grad(y[0, 0, place].sum(), x, retain_graph=True)
        seen = gradient[0, 0].abs().sum(1).nonzero()[:, 0]
        spans.append((int(seen.min()), int(seen.max())))
    (first, last), (then, _) = spans
    return last - first + 1, then - first


def test_receptive_fields():
    """Side and stride of what a unit sees, behind each convolution and pooling."""
    with torch.device("meta"):
        layers = list(AlexNet(kernels=(2,) * 5, hidden=()).see)
    ends = [i for i, m in enumerate(layers, 1) if isinstance(m, nn.Conv2d | nn.MaxPool2d)]
    assert [reach(layers[:end], 547) for end in ends] == [
        (11, 4), (19, 8), (51, 8), (67, 16), (99, 16), (131, 16), (163, 16), (195, 32),
    ]  # fmt: skip


def test_response_normalisation():
    """Section 3.3's formula, written out."""
    torch.manual_seed(0)
    a = 30 * torch.randn(2, 9, 3, 3, dtype=torch.double)
    expected = np.zeros(a.shape)
    for i in range(9):
        near = a[:, max(0, i - 2) : min(8, i + 2) + 1].square().sum(1)
        expected[:, i] = (a[:, i] / (2 + 1e-4 * near) ** 0.75).numpy()
    np.testing.assert_allclose(response_normalisation()(a), expected, rtol=1e-12)


def small(**options: object) -> AlexNet:
    torch.manual_seed(0)
    return AlexNet(**{**SMALL, "hidden": (8,), **options}).eval()  # pyright: ignore[reportArgumentType]


def test_towers_meet_at_the_third_convolution():
    """What a tower's first channels are matters to the other from the third convolution on."""
    net = small()
    x = torch.randn(2, 3, 28, 28)
    kept, changed = [], []
    for other in (False, True):
        y = x
        for layer in net.see:
            y = layer(y)
            if isinstance(layer, nn.Conv2d):
                if other and not changed:  # the second tower's half of the first convolution
                    y = torch.cat([y[:, :8], torch.zeros_like(y[:, 8:])], 1)
                (changed if other else kept).append(y)
    same = [
        torch.equal(one[:, : one.shape[1] // 2], two[:, : two.shape[1] // 2])
        for one, two in zip(kept, changed, strict=True)
    ]
    assert same == [True, True, False, False, False]


def test_towers_are_two_convolutions():
    net = small()
    second = [m for m in net.see if isinstance(m, nn.Conv2d)][1]
    x = torch.randn(2, 16, 9, 9)
    halves = [
        functional.conv2d(x[:, 8 * t : 8 * t + 8], second.weight[16 * t : 16 * t + 16], padding=2)
        for t in range(2)
    ]
    assert second.bias is not None
    expected = torch.cat(halves, 1) + second.bias[:, None, None]
    torch.testing.assert_close(second(x), expected)


def test_start():
    """Section 5: deviation 0.01; biases of 1 behind convolutions 2, 4, 5 and hidden layers."""
    net = small(start="published", kernels=(8, 64, 64, 64, 64), hidden=(300, 30))
    layers = [m for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    biases = [layer.bias.unique().tolist() for layer in layers if layer.bias is not None]
    assert biases == [[0], [1], [0], [1], [1], [1], [1], [0]]
    for layer in layers[1:]:
        assert abs(float(layer.weight.detach().std()) / 0.01 - 1) < 0.1


def test_dropout_is_behind_the_hidden_layers():
    order = [type(layer).__name__ for layer in AlexNet(**{**SMALL, "activation": "tanh"}).answer]
    assert order == ["Linear", "Tanh", "Dropout"] * 2 + ["Linear"]


@pytest.mark.parametrize("pool", [(3, 2), (2, 2)])
@pytest.mark.parametrize("groups", [1, 2])
def test_everything_is_trained(pool, groups):
    net = small(pool=pool, groups=groups, normalise=True, dropout=0.0)
    net(torch.randn(4, 3, 28, 28)).square().sum().backward()
    assert [name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_wrong_arguments():
    for options, message in [
        ({"side": 8, "pools": (1, 2, 5)}, "side: got 8, accepted is a larger one: a map of"),
        ({"kernels": (4, 4)}, "kernels: got 2, accepted are those of 5"),
        ({"activation": "gelu"}, "activation: unknown 'gelu'"),
        ({"start": "he"}, "start: unknown 'he'"),
    ]:
        with pytest.raises(ValueError, match=message):
            small(**options)
