"""Residual networks: the published sizes, the units in torch's own functions, and their algebra."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from neural import papers
from neural.models import build
from neural.models.residual import ORDERS, ResidualNetwork, Shortcut, Unit, cifar, imagenet


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def multiply_adds(module: nn.Module, side: int) -> int:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        module.eval()(torch.zeros(1, 3, side, side, device="meta"))
    return counter.get_total_flops() // 2


def test_published_sizes_on_cifar():
    """Counts and multiply-adds of section 4.2's networks; Table 6 rounds the counts."""
    counts = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962}
    with torch.device("meta"):
        for depth, count in counts.items():
            assert parameters(cifar(depth)) == count
            assert parameters(cifar(depth, shortcut="none")) == count  # A costs nothing
            assert parameters(cifar(depth, order="pre-activation")) == count
        with_projections = [parameters(cifar(depth, shortcut="B")) for depth in (20, 56)]
        assert with_projections == [272_474, 855_770]
        assert parameters(cifar(20, shortcut="B", order="pre-activation")) == 272_282
        assert multiply_adds(cifar(20), 32) == 40_551_040
        assert multiply_adds(cifar(56), 32) == 125_485_696
        assert multiply_adds(cifar(110), 32) == 252_887_680
        assert multiply_adds(cifar(1202), 32) == 2_829_238_912


@pytest.mark.parametrize(("depth", "published"), [(164, 1.7), (1001, 10.2)])
def test_published_sizes_of_bottlenecks_on_cifar(depth, published):
    """Identity mappings, section 3, in millions: without the normalisations' own numbers."""
    with torch.device("meta"):
        module = build(f"preresnet{depth}-cifar")
    normal = [m for m in module.modules() if isinstance(m, nn.BatchNorm2d)]
    without = parameters(module) - sum(map(parameters, normal))
    assert round(without / 1e6, 1) == published


def test_published_sizes_on_imagenet():
    """Operations: Table 1 has 1.8, 3.6, 3.8 and 7.6 billion."""
    expected = {
        ("v1", 18): 1_814_073_344, ("v1", 34): 3_663_761_408, ("v1", 50): 3_857_973_248,
        ("v1", 101): 7_570_194_432, ("v1", 152): 11_282_415_616, ("v1.5", 50): 4_089_184_256,
        ("v1.5", 101): 7_801_405_440, ("v1.5", 152): 11_513_626_624,
    }  # fmt: skip
    with torch.device("meta"):
        for (version, depth), count in expected.items():
            assert multiply_adds(imagenet(depth, version=version), 224) == count
        fewer = parameters(imagenet(34)) - parameters(imagenet(34, shortcut="A"))
    # three projections with their normalisations
    assert fewer == sum(2 * width**2 + 4 * width for width in (64, 128, 256))


@pytest.mark.parametrize("order", ORDERS)
def test_depth_is_the_number_of_layers_with_weights(order):
    with torch.device("meta"):
        for net, depth in [
            (cifar(14, order=order), 14),
            (cifar(20, order=order, bottleneck=True, shortcut="A"), 20),
            (imagenet(50, order=order, shortcut="none"), 50),
        ]:
            layers = [m for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
            assert len(layers) == depth


def by_hand(order: str, x: torch.Tensor, layers: dict[str, nn.Module]) -> torch.Tensor:
    """Figure 4 of the second work, panel by panel."""

    def c(at: int, x: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(x, layers[f"conv{at}"].weight, padding=1)

    def n(at: int, x: torch.Tensor) -> torch.Tensor:
        bn = layers[f"bn{at}"]
        return functional.batch_norm(x, None, None, bn.weight, bn.bias, training=True)

    r = functional.relu
    return {
        "original": lambda: r(x + n(2, c(2, r(n(1, c(1, x)))))),
        "bn-after": lambda: r(n(2, x + c(2, r(n(1, c(1, x)))))),
        "relu-before": lambda: x + r(n(2, c(2, r(n(1, c(1, x)))))),
        "relu-first": lambda: x + n(2, c(2, r(n(1, c(1, r(x)))))),
        "pre-activation": lambda: x + c(2, r(n(2, c(1, r(n(1, x)))))),
    }[order]()


@pytest.mark.parametrize("order", ORDERS)
def test_orders_of_figure_4(order):
    torch.manual_seed(0)
    unit = Unit(5, 5, order=order)
    layers: dict[str, nn.Module] = {}
    for module in unit.modules():
        if isinstance(module, nn.Conv2d | nn.BatchNorm2d):
            kind = "conv" if isinstance(module, nn.Conv2d) else "bn"
            layers[f"{kind}{1 + sum(name.startswith(kind) for name in layers)}"] = module
            if kind == "bn":
                nn.init.normal_(module.weight)
                nn.init.normal_(module.bias)
    assert sorted(layers) == ["bn1", "bn2", "conv1", "conv2"]
    x = torch.randn(3, 5, 6, 6)
    torch.testing.assert_close(unit(x), by_hand(order, x, layers))


def test_shortcut_a_pads_with_zeros_on_both_sides():
    x = torch.randn(2, 4, 7, 7)
    unit = Unit(4, 10, 2, order="pre-activation")
    h = unit.shortcut(x)
    assert h.shape == (2, 10, 4, 4) == unit.branch(x).shape
    torch.testing.assert_close(h[:, 3:7], x[:, :, ::2, ::2])
    assert not h[:, :3].any()
    assert not h[:, 7:].any()
    assert not list(unit.shortcut.parameters())


def test_one_activation_before_branch_and_projection():
    """As in the authors' program: where sizes change, both see the same activated input."""
    torch.manual_seed(0)
    unit = Unit(4, 6, 2, order="pre-activation", shortcut=Shortcut("B"))
    x = torch.randn(3, 4, 8, 8)
    bn = next(m for m in unit.shared if isinstance(m, nn.BatchNorm2d))
    active = functional.relu(
        functional.batch_norm(x, None, None, bn.weight, bn.bias, training=True)
    )
    projection = next(m for m in unit.shortcut if isinstance(m, nn.Conv2d))
    expected = functional.conv2d(active, projection.weight, stride=2) + unit.branch(active)
    torch.testing.assert_close(unit(x), expected)


def without_branches(units: int, shortcut: Shortcut, order: str) -> ResidualNetwork:
    """A network whose branches all give 0."""
    net = ResidualNetwork([units], [3], first=3, order=order, shortcut=shortcut).eval()
    for unit in net.units:
        for module in unit.branch:
            if isinstance(module, nn.Conv2d | nn.BatchNorm2d):
                nn.init.zeros_(module.weight)
    return net


@settings(max_examples=20)
@given(st.integers(1, 6), st.floats(0.25, 1.5))
def test_a_scaled_shortcut_is_a_power(units, scale):
    """Equation 8 of the second work: without branches dx_L/dx_0 is lambda^L, so 1 for identity."""
    net = without_branches(units, Shortcut(scale=scale), "pre-activation")
    x = torch.randn(2, 3, 4, 4, requires_grad=True)
    y = net.stages(x)
    torch.testing.assert_close(y, scale**units * x)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    torch.testing.assert_close(gradient, torch.full_like(x, scale**units))


def test_without_branches_units_are_the_identity():
    x = torch.randn(2, 3, 4, 4)
    plain = without_branches(3, Shortcut(), "pre-activation")
    assert torch.equal(plain.stages(x), x)
    original = without_branches(3, Shortcut(), "original")
    assert torch.equal(original.stages(x.relu()), x.relu())  # rectified once, and then the same
    assert not torch.allclose(original.stages(x), x)


@pytest.mark.parametrize("order", ORDERS)
def test_features_telescope(order):
    """Equation 4: x_L = x_0 + the sum of all branches, if nothing comes behind the sum."""
    torch.manual_seed(0)
    net = ResidualNetwork([5], [4], first=4, order=order).eval()
    branches: list[torch.Tensor] = []
    for unit in net.units:
        unit.branch.register_forward_hook(lambda _, __, found: branches.append(found))
    x = torch.randn(2, 4, 6, 6)
    y = net.stages(x)
    holds = torch.allclose(y - x, torch.stack(branches).sum(0), atol=1e-5)
    assert holds == (order in ("relu-before", "relu-first", "pre-activation"))


@pytest.mark.parametrize("kind", ["exclusive", "shortcut-only"])
def test_gates(kind):
    """Figure 2 (c) and (d), by hand; where g is 0 the shortcut is the identity."""
    torch.manual_seed(0)
    unit = Unit(4, 4, order="pre-activation", shortcut=Shortcut(gate=kind)).eval()
    assert unit.gate is not None
    x = torch.randn(2, 4, 5, 5)
    g = torch.sigmoid(functional.conv2d(x, unit.gate.weight, unit.gate.bias))
    branch = unit.branch(x) * (g if kind == "exclusive" else 1)
    torch.testing.assert_close(unit(x), (1 - g) * x + branch)
    net = ResidualNetwork([1], [4], first=4, shortcut=Shortcut(gate=kind, gate_bias=-40.0))
    shut = torch.sigmoid(net.units[0].gate(x))  # pyright: ignore[reportOptionalCall]
    assert float(shut.detach().max()) < 1e-6


def test_dropout_is_on_the_shortcut_only_while_training():
    torch.manual_seed(0)
    unit = Unit(4, 4, order="pre-activation", shortcut=Shortcut(dropout=0.5, branch_scale=0.0))
    x = torch.ones(50, 4, 5, 5)
    y = unit(x)
    assert set(y.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(unit.eval()(x), x)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("shortcut", ["A", "B", "C", "none"])
@pytest.mark.parametrize("bottleneck", [False, True])
def test_everything_is_trained(order, shortcut, bottleneck):
    torch.manual_seed(0)
    net = ResidualNetwork(
        [1, 2], [3, 5], first=3, order=order, shortcut=shortcut, bottleneck=bottleneck, channels=1
    )
    net(torch.randn(6, 1, 8, 8)).square().sum().backward()
    assert [name for name, p in net.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_other_shortcuts_run_as_settings(tmp_path):
    result = papers.get("identity-mappings").run(
        scale="smoke",
        seeds=1,
        arms=["original 20"],
        out=tmp_path,
        jobs=1,
        progress=False,
        settings={"shortcut": {"kind": "B", "gate": "exclusive"}},
    )
    sizes = {record.reports[0]["parameters"] for record in result.records}
    gated = cifar(8, widths=(2, 2, 2), shortcut=Shortcut("B", gate="exclusive"), channels=1)
    assert sizes == {parameters(gated)}


def test_wrong_arguments():
    for make, message in [
        (lambda: cifar(21), "depth: got 21, accepted is 6n [+] 2, as 20 or 26"),
        (lambda: cifar(20, order="pre"), "order: unknown 'pre'"),
        (lambda: cifar(20, shortcut="D"), "shortcut: unknown 'D'"),
        (lambda: cifar(20, widths=(16, 32, 8)), "widths: got 8 channels behind 32"),
        (lambda: imagenet(19), "depth: unknown '19'; known: 18, 34, 50"),
        (lambda: imagenet(50, version="v2"), "version: unknown 'v2'"),
        (lambda: ResidualNetwork([1, 1], [4]), "widths: got 1 for 2 stages"),
        (lambda: Shortcut("none", scale=0.5), "kind: got 'none'"),
        (lambda: Shortcut(dropout=1.0), "dropout: got 1.0"),
    ]:
        with pytest.raises(ValueError, match=message):
            make()
