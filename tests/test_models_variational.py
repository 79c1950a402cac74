"""Variational autoencoders: what depends on what, densities against closed forms."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from torch.distributions import Normal, kl_divergence

from neural import papers
from neural.models import registry
from neural.models.masked_convolution import PixelCNN
from neural.models.variational import (
    AutoregressiveFlow,
    ConditionalPixelCNN,
    LossyAutoencoder,
    MaskedPerceptron,
)

SMALL: dict[str, Any] = {
    "levels": 2, "latents": 3, "encoder": "perceptron", "hidden": 8, "features": 2, "width": 6,
    "blocks": 1, "tied": False, "flow_steps": 0, "flow_hidden": (12,), "mean_only": False,
}  # fmt: skip
FIELDS = [(), (1,), (2,), (2, 1, 1), (1, 2, 0), (4,)]
FLOWS = [(1, False, True), (2, False, False), (2, False, True), (3, False, True), (2, True, True)]


def shaken(module, seed=0, scale=0.3):
    """The module in float64 with weights that nothing made small or zero."""
    torch.manual_seed(seed)
    module = module.double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(scale * torch.randn_like(parameter))
    return module.eval()


def flow_of(steps, mean_only, reverse, size=5):
    made = AutoregressiveFlow(
        size, steps=steps, hidden=(16, 16), mean_only=mean_only, reverse=reverse
    )
    return shaken(made)


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("hidden", [(), (7,), (16, 16)])
def test_a_coordinates_outputs_see_all_those_before_it_and_no_other(size, hidden):
    net = shaken(MaskedPerceptron(size, hidden, outputs=3))
    points = torch.randn(20, size, dtype=torch.float64)
    seen = torch.zeros(3, size, size, dtype=torch.bool)
    for point in points:  # of several points, as units are rectified
        jacobian = torch.autograd.functional.jacobian(lambda z: net(z[None])[0], point)
        seen |= jacobian != 0  # pyright: ignore[reportOperatorIssue]
    assert not seen.triu().any()
    if not hidden or min(hidden) >= 2 * size:
        assert torch.equal(seen, torch.ones(3, size, size).tril(-1).bool())


def test_absent_weights_are_zero():
    net = MaskedPerceptron(6, (10,))
    for at, layer in enumerate(net.layers):
        assert isinstance(layer, torch.nn.Linear)
        assert not layer.weight[~getattr(net, f"mask_{at}")].any()


@pytest.mark.parametrize("options", FLOWS)
def test_the_log_determinant_is_that_of_the_jacobian(options):
    flow = flow_of(*options)
    for z in torch.randn(3, 5, dtype=torch.float64):
        jacobian = torch.autograd.functional.jacobian(lambda z: flow(z[None])[0][0], z)
        assert isinstance(jacobian, torch.Tensor)
        log_scales = flow(z[None])[1]
        torch.testing.assert_close(-log_scales.sum(), torch.linalg.slogdet(jacobian)[1])
        if flow.ordered:
            assert not jacobian.triu(1).any()
            torch.testing.assert_close(jacobian.diagonal(), (-log_scales[0]).exp())


@pytest.mark.parametrize("options", FLOWS)
def test_sampling_undoes_the_flow(options):
    flow, noise = flow_of(*options), torch.randn(6, 5, dtype=torch.float64)
    torch.testing.assert_close(flow(flow.sample(noise))[0], noise)


@pytest.mark.parametrize(("steps", "mean_only"), [(1, False), (3, False), (2, True)])
def test_conditionals_of_a_flow_that_goes_one_way(steps, mean_only):
    """p(z) by the change of variables is the product of the normal conditionals."""
    flow, z = flow_of(steps, mean_only, False), torch.randn(6, 5, dtype=torch.float64)
    eps, log_scales = flow(z)
    density = Normal(0.0, 1.0).log_prob(eps) - log_scales
    mean, log_sd = flow.conditionals(z)
    torch.testing.assert_close(Normal(mean, log_sd.exp()).log_prob(z), density)


def test_a_flow_of_both_ways_has_no_normal_conditionals():
    flow = flow_of(2, False, True)
    assert not flow.ordered
    with pytest.raises(ValueError, match="reverse=False"):
        flow.conditionals(torch.zeros(1, 5, dtype=torch.float64))


def test_density_of_a_flow_integrates_to_one():
    flow = flow_of(2, False, True, size=2)
    axis = torch.linspace(-12, 12, 401, dtype=torch.float64)
    z = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        eps, log_scales = flow(z)
    mass = (Normal(0.0, 1.0).log_prob(eps) - log_scales).sum(1).exp().sum() * 0.06**2
    assert float(mass) == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("reaches", FIELDS)
def test_receptive_field_by_the_gradients_support(reaches):
    net = shaken(ConditionalPixelCNN(2, features=2, reaches=reaches, width=12, blocks=1))
    assert net.field == (1 + sum(2 * reach for reach in reaches) if reaches else 0)
    side = 2 * net.reach + 3
    features = torch.randn(1, side, side, 2, dtype=torch.float64)
    images, around = net.padded(torch.zeros(1, side, side), features)
    images = torch.rand(images.shape, dtype=torch.float64, requires_grad=True)
    around = around.requires_grad_()
    centre = side // 2
    logits = net.interior(images, around)[0, centre, centre]
    found, given = torch.autograd.grad(
        logits.square().sum(), (images, around), allow_unused=not reaches
    )
    assert given[0].any()
    if not reaches:
        assert found is None or not found.any()
        return
    seen = found[0, net.reach :, net.reach : net.reach + side] != 0
    rows, columns = torch.nonzero(seen).T
    assert not any(
        (row, column) >= (centre, centre)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    )
    assert centre - rows.min() == net.reach
    assert centre - columns.min() == net.reach
    if len(reaches) == 1:  # all that is before it within reach
        assert int(seen.sum()) == 2 * net.reach * (net.reach + 1)


@pytest.mark.parametrize("reaches", FIELDS)
def test_a_window_gives_what_the_image_gives(reaches):
    net = shaken(ConditionalPixelCNN(3, features=2, reaches=reaches, width=6, blocks=1))
    images = torch.from_numpy(np.random.default_rng(0).integers(0, 3, (2, 4, 4)))
    features = torch.randn(2, 4, 4, 2, dtype=torch.float64)
    whole, parts = net(images, features), net.padded(images, features)
    for row, column in itertools.product(range(4), repeat=2):
        alone = net.window(*parts, row, column)
        torch.testing.assert_close(alone, whole[:, row, column])


def test_without_features_it_is_a_pixelcnn():
    torch.manual_seed(0)
    net = ConditionalPixelCNN(2, features=1, reaches=(2,), width=5, blocks=0)
    plain = PixelCNN(2, reach=2, width=5, hidden=5)
    assert net.first is not None
    plain.first.load_state_dict(net.first.state_dict())
    images = torch.randint(0, 2, (3, 5, 5))
    hidden = plain.first(torch.nn.functional.pad(images * 2.0 - 1, (2, 2, 2, 0))[..., None])
    expected = net.last(torch.nn.functional.elu(hidden))
    torch.testing.assert_close(net(images, torch.zeros(3, 5, 5, 1)), expected)


@pytest.mark.parametrize("reaches", [(), (1,), (2, 1)])
def test_probabilities_of_all_images_given_a_code_sum_to_one(reaches):
    net = shaken(LossyAutoencoder(3, **{**SMALL, "reaches": reaches}))
    images = torch.tensor(list(itertools.product(range(2), repeat=9))).reshape(512, 3, 3)
    z = torch.randn(1, 3, dtype=torch.float64).expand(512, -1)
    with torch.no_grad():
        mass = (-net.pixel_nats(images, z)).exp()
    assert float(mass.sum()) == pytest.approx(1, abs=1e-9)
    assert float(mass.max() / mass.min()) > 10


def test_closed_form_of_the_code_is_torchs():
    net = shaken(LossyAutoencoder(3, **{**SMALL, "reaches": ()}))
    images = torch.randint(0, 2, (7, 3, 3))
    mean, log_sd = net.infer(images)
    expected = kl_divergence(Normal(mean, log_sd.exp()), Normal(0.0, 1.0))
    found = net(images, torch.randn(7, 3, dtype=torch.float64))[1]
    torch.testing.assert_close(found, expected)
    assert bool((found >= 0).all())


def test_a_flow_that_is_the_identity_is_the_standard_normal():
    """In the mean over q, by quadrature, which is exact for squares."""
    options = {**SMALL, "latents": 1, "reaches": (), "flow_steps": 2}
    net = LossyAutoencoder(3, **options).double()
    images = torch.randint(0, 2, (1, 3, 3))
    nodes, weights = np.polynomial.hermite_e.hermegauss(8)
    noise = torch.from_numpy(nodes)[:, None]
    found = net(images.expand(8, -1, -1), noise)[1][:, 0]
    mean, log_sd = net.infer(images)
    expected = kl_divergence(Normal(mean, log_sd.exp()), Normal(0.0, 1.0))[0, 0]
    total = found @ torch.from_numpy(weights) / math.sqrt(2 * math.pi)
    torch.testing.assert_close(total, expected)


@pytest.mark.parametrize("steps", [1, 2])
def test_the_codes_part_with_a_flow_is_log_q_less_log_p(steps):
    options = {**SMALL, "reaches": (), "flow_steps": steps}
    net = shaken(LossyAutoencoder(3, **options))
    images, noise = torch.randint(0, 2, (4, 3, 3)), torch.randn(4, 3, dtype=torch.float64)
    mean, log_sd = net.infer(images)
    z = mean + log_sd.exp() * noise
    flow = net.flow
    assert flow is not None
    jacobians = torch.stack([
        torch.autograd.functional.jacobian(lambda z: flow(z[None])[0][0], row)
        for row in z.detach()
    ])  # fmt: skip
    prior = Normal(0.0, 1.0).log_prob(flow(z)[0]).sum(1) + torch.linalg.slogdet(jacobians)[1]
    expected = Normal(mean, log_sd.exp()).log_prob(z).sum(1) - prior
    torch.testing.assert_close(net(images, noise)[1].sum(1), expected)


def test_the_divergence_from_a_flow_is_not_negative():
    net = shaken(LossyAutoencoder(3, **{**SMALL, "reaches": (), "flow_steps": 1}))
    images = torch.randint(0, 2, (1, 3, 3)).expand(20_000, -1, -1)
    with torch.no_grad():
        found = net(images, torch.randn(20_000, 3, dtype=torch.float64))[1].sum(1)
    assert float(found.mean()) > -4 * float(found.std()) / math.sqrt(20_000)


@pytest.mark.parametrize("reaches", [(), (2,)])
@pytest.mark.parametrize("flow_steps", [0, 1])
def test_samples_have_the_models_probabilities(reaches, flow_steps):
    options = {**SMALL, "latents": 1, "reaches": reaches, "flow_steps": flow_steps}
    net = shaken(LossyAutoencoder(2, **options), scale=1.0)
    every = torch.tensor(list(itertools.product(range(2), repeat=4))).reshape(16, 2, 2)
    noise = torch.linspace(-6, 6, 2001, dtype=torch.float64)[:, None]
    weights = torch.exp(-0.5 * noise[:, 0] ** 2).numpy()
    with torch.no_grad():
        codes = noise if net.flow is None else net.flow.sample(noise)
        nats = net.pixel_nats(every.repeat(2001, 1, 1), codes.repeat_interleave(16, 0))
        chances = (-nats).exp().reshape(2001, 16)
        expected = weights / weights.sum() @ chances.numpy()
        drawn = net.sample(
            torch.randn(20_000, 1, dtype=torch.float64), torch.Generator().manual_seed(0)
        )
    places = drawn.flatten(1) @ torch.tensor([8, 4, 2, 1])
    counts = np.bincount(places.numpy(), minlength=16)
    statistic = float(((counts - 20_000 * expected) ** 2 / (20_000 * expected)).sum())
    assert statistic < 37.7  # the 0.999 quantile of chi-squared with 15 degrees


def test_the_residual_network_and_its_weights():
    """Appendix A: 64 numbers of code, tied convolutions of 12 channels, MADE of 640 units."""
    with torch.device("meta"):
        net = registry.build("vlae")
    parts = {name: sum(p.numel() for p in part.parameters()) for name, part in net.named_children()}
    made = 64 * 640 + 640 + 640 * 640 + 640 + 640 * 64 + 64
    assert parts["flow"] == 4 * made
    decoder = 12 * 4 + (12 * 4 + 12) + (12 * 12 * 5 + 12) + 4 * 2 * (144 + 12) + 2 * 13
    assert parts["decoder"] == decoder

    def conv(inputs, outputs):
        return 9 * inputs * outputs + outputs

    blocks = 2 * (conv(16, 16) + 2 * conv(32, 32))
    assert parts["encoder"] == (
        conv(1, 16) + conv(16, 32) + conv(32, 32) + blocks + (1568 * 450 + 450) + (450 * 128 + 128)
    )
    small = LossyAutoencoder(8, hidden=10, latents=2, flow_steps=0)
    pixels, code = small(torch.randint(0, 2, (3, 8, 8)), torch.randn(3, 2))
    assert (pixels.shape, code.shape) == ((3,), (3, 2))
    (pixels.sum() + code.sum()).backward()
    assert all(p.grad is not None and p.grad.any() for p in small.parameters())
    assert small.decoder.later[0] is small.decoder.later[4]


@pytest.mark.parametrize("reaches", [(), (2,)])
def test_without_later_convolutions_none_are_tied(reaches):
    options = {"latents": 2, "reaches": reaches, "flow_steps": 0}
    images, noise, found = torch.arange(32).reshape(2, 4, 4) % 2, torch.zeros(2, 2), []
    for tied in (True, False):
        torch.manual_seed(0)
        found.append(LossyAutoencoder(4, tied=tied, **options)(images, noise)[0])
    assert torch.equal(*found)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8])
def test_images_without_negative_numbers(dtype):
    net = LossyAutoencoder(
        4, latents=2, encoder="perceptron", hidden=4, width=4, blocks=1, flow_steps=0
    )
    images, noise = torch.arange(32).reshape(2, 4, 4) % 3 % 2, torch.zeros(2, 2)
    for found, expected in zip(net(images.to(dtype), noise), net(images, noise), strict=True):
        assert torch.equal(found, expected)


def test_bad_options():
    bad: list[tuple[dict[str, Any], str]] = [
        ({"side": 9}, "side: got 9, accepted for the residual encoder"),
        ({"encoder": "residuals"}, "did you mean 'residual'"),
        ({"reaches": (2, 1, 2)}, r"reaches: got \(2, 1, 2\)"),
        ({"latents": 0}, "latents: got 0"),
        ({"flow_steps": -1}, "flow_steps: got -1"),
    ]
    for options, message in bad:
        with pytest.raises(ValueError, match=message):
            LossyAutoencoder(**options)


def test_the_paper_with_real_images(tmp_path):
    from neural import datasets

    if not datasets.available("mnist"):
        pytest.skip("mnist is not at hand")
    result = papers.get("vlae").run(
        scale="smoke", seeds=1, arms=["factorised"], out=tmp_path, jobs=1, progress=False,
        settings={"data": "mnist", "shift": 0, "coded": 1, "block": 4},
    )  # fmt: skip
    assert result.values("factorised", "elbo_bits")[0] < 28**2 * 2
