"""What a network is sensitive to, against its definition; what compensation moves."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn

from mdl.weights.codec.quantisers import quantise
from mdl.weights.codec.sensitivity import LayerInputs, _temperature, measure_sensitivity


@pytest.mark.parametrize("options", [{"stride": 2}, {"dilation": 2}, {"padding": (2, 0)}])
def test_moments_of_every_convolution(options):
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(2, 3, 3, bias=False, **options), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    inputs = torch.randn(20, 2, 9, 9)
    known = measure_sensitivity(net, inputs).layers["0.weight"]
    delta = torch.randn(3, 2, 3, 3).double()
    out = nn.functional.conv2d(inputs.double(), delta, **options)
    flat = delta.flatten(1).numpy()
    form = np.einsum("ri,ij,rj->r", flat, known.moments, flat)
    np.testing.assert_allclose(form, out.square().sum((0, 2, 3)).numpy(), rtol=1e-5)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_layers_whose_inputs_are_not_patches_are_not_compensated():
    layers = [
        nn.Conv2d(4, 4, 3, padding=1),
        nn.Conv2d(4, 4, 3, padding=1, groups=2),
        nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular"),
        nn.Conv2d(4, 4, 3, padding="same"),
    ]
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(4 * 36, 2))
    found = measure_sensitivity(net, torch.randn(6, 4, 6, 6))
    assert set(found.layers) == {"0.weight", "5.weight"}
    assert set(found.diagonal) == {name for name, _ in net.named_parameters()}
    wide = measure_sensitivity(nn.Linear(4097, 2), torch.randn(6, 4097))
    assert not wide.layers


class Twice(nn.Module):
    """One layer used twice, dropout between, and a layer that is not used."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.out = nn.Linear(4, 4), nn.Linear(4, 3)
        self.idle = nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        dropped = nn.functional.dropout(torch.tanh(self.layer(x)), 0.5, self.training)
        return self.out(torch.tanh(self.layer(dropped)))


def test_moments_are_sums_over_uses_and_batches_as_in_eval_mode():
    torch.manual_seed(0)
    net, inputs = Twice().train(), torch.randn(150, 4)
    known = measure_sensitivity(net, inputs)
    with torch.no_grad():
        hidden = torch.tanh(net.layer(inputs))
        last = torch.tanh(net.layer(hidden))
    ones = torch.ones(150, 1)
    one, two, three = (torch.cat([x, ones], 1).double() for x in (inputs, hidden, last))
    moments = known.layers["layer.weight"].moments
    np.testing.assert_allclose(moments, (one.T @ one + two.T @ two).numpy(), rtol=1e-5, atol=1e-5)
    moments = known.layers["out.weight"].moments
    np.testing.assert_allclose(moments, (three.T @ three).numpy(), rtol=1e-5, atol=1e-5)
    assert net.training
    assert known.idle["idle.weight"].all()
    assert not known.idle["out.weight"].any()
    assert "idle.weight" not in known.layers


def test_what_some_examples_say_is_scaled_to_all():
    torch.manual_seed(0)
    net, few = nn.Linear(6, 3), torch.randn(100, 6)
    one = measure_sensitivity(net, few, seed=3)
    many = measure_sensitivity(net, few.repeat(3, 1), examples=100, seed=3)
    layers = [each.layers["weight"] for each in (one, many)]
    np.testing.assert_allclose(3 * layers[0].moments, layers[1].moments, rtol=1e-12)
    np.testing.assert_array_equal(layers[0].outputs, layers[1].outputs)
    for name, value in one.diagonal.items():
        assert many.diagonal[name] == pytest.approx(3 * value)
    other = measure_sensitivity(net, few, seed=4).layers["weight"].outputs
    assert not np.array_equal(other, layers[0].outputs)


def test_the_diagonal_is_that_of_the_fisher_information():
    """Of a linear softmax without a matrix it is p (1 - p) / (2 ln 2) for every example."""

    class Shift(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.shift = nn.Parameter(torch.tensor([0.5, 0.0, -0.5]))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + self.shift

    net, inputs = Shift(), torch.randn(16_000, 3, generator=torch.Generator().manual_seed(0))
    p = net(inputs).softmax(1).detach().double().numpy()
    exact = (p * (1 - p)).sum(0).mean() / (2 * math.log(2))
    # squares of sums over 250 batches, two of them free: four deviations of a chi square
    wide = 4 * math.sqrt(2 / 500)
    assert measure_sensitivity(net, inputs).diagonal["shift"] == pytest.approx(exact, rel=wide)


def test_curvatures_are_schur_complements():
    """The least quadratic form of an error, others behind it free: of H given those behind."""
    rng = np.random.default_rng(2)
    x = np.column_stack([rng.normal(size=(50, 4)) @ rng.normal(size=(4, 4)), np.ones(50)])
    outputs = rng.exponential(1, 3)
    layer = LayerInputs(x.T @ x, outputs, "bias")
    damped = x.T @ x
    damped[np.diag_indices(5)] += 0.01 * np.r_[np.full(4, np.diag(damped)[:4].mean()), damped[4, 4]]
    for compensated in (False, True):
        own = []
        for j in range(4):
            behind = slice(j + 1, None)
            least = damped[j, j] - damped[j, behind] @ np.linalg.solve(
                damped[behind, behind], damped[behind, j]
            )
            own.append(least if compensated else (x[:, j] ** 2).sum())
        expected = np.outer((outputs + outputs.mean()) / 2, own) / (2 * math.log(2))
        np.testing.assert_allclose(layer.curvature(compensated=compensated), expected, rtol=1e-9)
    dead = LayerInputs(np.diag([1.0, 0.0]), np.array([0.0, 2.0]), "")
    assert (dead.curvature(compensated=False) > 0).all()  # no weight is free


def test_compensation_begins_anew_in_each_pass():
    """What is moved along takes up the errors of the numbers that are kept."""
    rng = np.random.default_rng(3)
    x = np.column_stack([rng.normal(1, 1, (300, 6)), np.ones(300)])
    factor = np.ascontiguousarray(np.linalg.cholesky(np.linalg.inv(x.T @ x)).T, np.float64)
    weights, bias = rng.normal(size=(4, 6)), rng.normal(size=(4, 1))
    for states, passes in itertools.product((0, 4, 8), (2, 3)):
        found = quantise(
            weights, 0.5, price=0.1, states=states, factor=factor, rest=bias, passes=passes
        )
        errors = x[:, :6] @ (weights - found.values).T
        np.testing.assert_allclose(found.rest[:, 0], bias[:, 0] + errors.mean(0), atol=1e-9)


@pytest.mark.parametrize("count", [3, 600, 5000])
def test_the_temperature_is_the_least_that_leaves_eight_bits(count):
    """Of all predictions: of many, those looked at have their share; of few, half the most."""
    logits = torch.randn(count, 4, generator=torch.Generator().manual_seed(1)).double()
    some = logits[:: -(-count // 512)]
    share = len(logits) / len(some)
    seen = [
        share * float(torch.special.entr((1e5 * some / t).softmax(1)).sum()) / math.log(2)
        for t in np.array([0.99, 1.01]) * _temperature(nn.Identity(), 1e5 * logits, "cpu")
    ]
    assert seen[0] < min(8, count) < seen[1]  # half of log2 4 for each
    assert _temperature(nn.Identity(), logits.repeat(5, 1), "cpu") == 1.0
    assert _temperature(nn.Identity(), logits[:, :1], "cpu") == 1.0
