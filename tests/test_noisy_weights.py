"""Noisy weights against sampling, quadrature, exact Bayes, autograd and finite differences."""

from __future__ import annotations

import copy
import json
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

pytest.importorskip("torch")
import itertools

import torch
from torch import nn
from torch.nn import functional

from mdl.report import shuffled_labels
from mdl.weights.tensors import flat_parameters, parameters_of
from mdl.weights.variational import (
    GaussianPrior,
    HorseshoePrior,
    MixturePrior,
    Posterior,
    VariationalOnlineNewton,
    description_length,
    fit,
    noisy,
    training,
)
from mdl.weights.variational.layers import _LocalLinear
from mdl.weights.variational.losses import as_examples, as_loss
from mdl.weights.variational.priors import (
    FixedGaussian,
    LearnedGaussian,
    LearnedHorseshoe,
    LearnedMixture,
)
from mdl.weights.variational.training import SCHEDULE_1993, Descent, coefficients

LN2 = math.log(2)
PRIORS = ("learned", "mixture", "spike-and-slab", "horseshoe", 0.3)


@pytest.fixture(autouse=True)
def own_stream():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


# what weights cost


def density_integral(prior, low, high):
    edges = sorted({low, high, *(e for e in (0.0,) if low < e < high)})
    pieces = itertools.pairwise(edges)
    return sum(
        quad(lambda x: 2.0 ** float(prior.log2_density(np.array([x]))[0]), *p, limit=200)[0]
        for p in pieces
    )


@pytest.mark.parametrize(
    "prior",
    [
        GaussianPrior(0.2, 0.5),
        MixturePrior([0.3, 0.7], [0.0, 0.4], [0.1, 0.5]),
        HorseshoePrior(0.3),
    ],
    ids=lambda prior: type(prior).__name__,
)
def test_cdf_is_the_integral_of_the_density(prior):
    points = np.array([-1.5, -0.4, 0.05, 0.3, 2.0])
    cdf = prior.cdf(points)
    for (a, b), step in zip(itertools.pairwise(points), np.diff(cdf), strict=True):
        assert density_integral(prior, a, b) == pytest.approx(step, abs=1e-7)
    far = prior.cdf(np.array([-1e12, 1e12]))
    assert far == pytest.approx([0, 1], abs=1e-9)


def divergence_bits(prior, mean, sd):
    """By adaptive quadrature."""

    def f(z):
        own = (-0.5 * z * z - math.log(sd * math.sqrt(2 * math.pi))) / LN2
        there = float(np.ravel(prior.log2_density(np.array([mean + sd * z])))[0])
        return math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi) * (own - there)

    edges = sorted({-10.0, 10.0, min(max(-mean / sd, -10.0), 10.0)})
    return sum(quad(f, a, b, limit=400)[0] for a, b in itertools.pairwise(edges))


gaussians = st.tuples(st.floats(-1, 1), st.floats(-5, 0).map(math.exp))


@settings(max_examples=30)
@given(gaussians)
def test_divergences_are_the_integrals(gaussian):
    mean, sd = gaussian
    for prior in (GaussianPrior(0.1, 0.4), HorseshoePrior(0.2)):
        found = prior.kl_bits(np.array([mean]), np.array([sd]))[0]
        assert found == pytest.approx(divergence_bits(prior, mean, sd), abs=2e-5, rel=1e-6)


class Triangle:
    """A prior that has no divergence of its own: uniform in [-4, 4]."""

    def cdf(self, x):
        return np.clip((x + 4) / 8, 0, 1)

    def log2_density(self, x):
        return np.full_like(x, -3.0)


def test_any_prior_has_a_divergence():
    posterior = Posterior(("w",), ((2,),), np.zeros(2), np.array([0.1, 0.2]), Triangle())
    entropy = sum(0.5 * math.log2(2 * math.pi * math.e * sd**2) for sd in (0.1, 0.2))
    assert posterior.kl_bits == pytest.approx(6 - entropy, abs=1e-9)


def training_priors():
    sizes = [7, 5]
    mixture = LearnedMixture([-0.2, 0.1, 0.3], [0.1, 0.2, 0.4], centred=False)
    spike = LearnedMixture([0.0, 0.0], [0.02, 0.3], centred=True)
    fixed = FixedGaussian(GaussianPrior(np.linspace(-1, 1, 12), 0.5), 12)
    return [fixed, LearnedGaussian(sizes), mixture, spike, LearnedHorseshoe(sizes)]


def weights(seed=0, size=12):
    generator = torch.Generator().manual_seed(seed)
    mean = torch.randn(size, generator=generator, dtype=torch.float64) * 0.4
    return mean, torch.randn(size, generator=generator, dtype=torch.float64) - 3


@pytest.mark.parametrize("prior", training_priors(), ids=lambda prior: type(prior).__name__)
def test_slopes_of_priors(prior):
    mean, log_var = (each.requires_grad_() for each in weights())
    prior.double().adapt(mean.detach(), log_var.detach().exp())
    wanted = torch.autograd.grad(prior.nats(mean, log_var), (mean, log_var))
    found = prior.slopes(mean.detach(), log_var.detach().exp())
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a, b)
    again = torch.autograd.grad(prior.eval()(mean, log_var), (mean, log_var))
    torch.testing.assert_close(again, wanted)


@pytest.mark.parametrize("prior", training_priors(), ids=lambda prior: type(prior).__name__)
def test_nats_are_those_of_the_frozen_prior(prior):
    """Up to the precision it is sent with; for the horseshoe a bound from above."""
    mean, log_var = weights()
    prior.double()
    for _ in range(50):
        prior.adapt(mean, log_var.exp())
    bits = float(prior.nats(mean, log_var)) / LN2
    frozen = prior.frozen()
    exact = frozen.kl_bits(mean.numpy(), (0.5 * log_var).exp().numpy()).sum()
    if isinstance(prior, LearnedHorseshoe):
        assert exact < bits < exact + 12
    else:
        assert bits == pytest.approx(exact, abs=0.1)


@pytest.mark.parametrize("prior", training_priors()[1:], ids=lambda prior: type(prior).__name__)
def test_adapting_never_costs(prior):
    mean, log_var = weights(1)
    prior.double()
    costs = []
    for _ in range(30):
        costs.append(float(prior.nats(mean, log_var)))
        prior.adapt(mean, log_var.exp())
    assert all(later <= before + 1e-6 for before, later in itertools.pairwise(costs))
    assert costs[-1] < costs[0]


def test_learned_gaussian_is_best_among_zero_means():
    prior = LearnedGaussian([12]).double()
    mean, log_var = weights(2)
    prior.adapt(mean, log_var.exp())
    own = float(prior.nats(mean, log_var)) / LN2
    sd = (0.5 * log_var).exp().numpy()
    for factor in (0.9, 1.1):
        other = GaussianPrior(0.0, factor * prior.frozen().sd[0])
        assert other.kl_bits(mean.numpy(), sd).sum() > own


# layers


@pytest.mark.parametrize(
    "network",
    [
        nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2, bias=False)),
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)),
        nn.LSTM(3, 4),
    ],
    ids=["linear", "convolution", "lstm"],
)
def test_a_noisy_network_is_printed_as_the_network_it_was_made_of(network):
    made = noisy(network)
    layers = repr(network).splitlines()
    printed = [line.strip().removeprefix("(template): ") for line in repr(made).splitlines()]
    assert [line.strip() for line in layers] == printed[3:-1]
    assert printed[:2] == ["NoisyModule(", f"{made.mean.numel()} weights"]
    assert repr(made.template)


def test_local_reparametrisation_is_its_plain_statement():
    x = torch.randn(5, 4, requires_grad=True)
    w, b = torch.randn(12, requires_grad=True), torch.randn(3, requires_grad=True)
    wv, bv = (torch.rand(n).requires_grad_() for n in (12, 3))
    inputs = (x, w, wv, b, bv)
    torch.manual_seed(1)
    found = _LocalLinear.apply(*inputs)
    torch.manual_seed(1)
    sd = functional.linear(x.square(), wv.view(3, 4), bv).sqrt()
    wanted = functional.linear(x, w.view(3, 4), b) + sd * torch.randn_like(sd)
    torch.testing.assert_close(found, wanted)
    after = torch.randn(5, 3)
    torch.testing.assert_close(
        torch.autograd.grad(found, inputs, after), torch.autograd.grad(wanted, inputs, after)
    )


def test_inputs_of_zero_have_finite_slopes():
    net = noisy(nn.Linear(4, 3, bias=False))
    net(torch.zeros(5, 4)).sum().backward()
    assert torch.isfinite(net.log_var.grad).all()


class Tied(nn.Module):
    """An embedding whose transpose is the output layer."""

    def __init__(self):
        super().__init__()
        self.embed, self.out = nn.Embedding(5, 3), nn.Linear(3, 5, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, x):
        return self.out(torch.tanh(self.embed(x)).sum(1))


class Twice(nn.Module):
    """One layer applied twice, as in a recurrent network."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, x):
        return self.layer(self.layer(x))


class Reshaped(nn.Module):
    """A layer that gets the places of an example as rows."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, x):
        return self.layer(x.reshape(-1, 3)).reshape(len(x), -1)


class Past(nn.Module):
    """A layer whose weight is used without calling it."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, x):
        return functional.linear(x, self.layer.weight, self.layer.bias)


class Recurrent(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cell, self.out = kind(3, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x):
        return self.out(self.cell(x)[0][:, -1])


class Attending(nn.Module):
    def __init__(self, *, batch_first):
        super().__init__()
        layer = nn.TransformerEncoderLayer(4, 2, 6, dropout=0.0, batch_first=batch_first)
        self.body = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.batch_first = batch_first

    def forward(self, x):
        return self.body(x if self.batch_first else x.transpose(0, 1)).sum(
            1 if self.batch_first else 0
        )


MODULES = {
    "mlp": (nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), (3,)),
    "sequence": (nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Flatten()), (2, 3)),
    "conv1d": (nn.Sequential(nn.Conv1d(2, 4, 3, groups=2), nn.Tanh(), nn.Flatten()), (2, 5)),
    "conv2d": (nn.Sequential(nn.Conv2d(1, 2, 2), nn.Tanh(), nn.Flatten()), (1, 3, 3)),
    "transposed": (nn.Sequential(nn.ConvTranspose1d(2, 2, 2), nn.Flatten()), (2, 3)),
    "norms": (nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 2)), (3,)),
    "lstm": (Recurrent(nn.LSTM), (3, 3)),
    "gru": (Recurrent(nn.GRU), (3, 3)),
    "rnn": (Recurrent(nn.RNN), (3, 3)),
    "tied": (Tied(), None),
    "twice": (Twice(), (3,)),
    "reshaped": (Reshaped(), (2, 3)),
    "past": (Past(), (3,)),
    "attention": (Attending(batch_first=True), (3, 4)),
    "attention, time first": (Attending(batch_first=False), (3, 4)),
}


def inputs_of(shape, batch=6):
    generator = torch.Generator().manual_seed(3)
    if shape is None:
        return torch.randint(0, 5, (batch, 4), generator=generator)
    return torch.randn(batch, *shape, generator=generator)


@pytest.mark.parametrize("name", MODULES)
def test_examples_see_the_posterior_in_expectation(name):
    """Moments of sums over an example's outputs: as under weights that are drawn for all of it."""
    module, shape = MODULES[name]
    net, x = noisy(module, initial_sd=0.3), inputs_of(shape)
    sd = (0.5 * net.log_var.detach()).exp()

    def statistic(out):  # of every example, not linear in its outputs
        total = out.flatten(1).sum(1)
        return torch.stack([total, total.square()])

    with torch.no_grad():
        passes = 300
        trained = torch.stack([statistic(net.train()(x)) for _ in range(passes)])
        net.eval()
        drawn = torch.stack([
            statistic(net.with_weights(net.mean + sd * torch.randn_like(sd), x))
            for _ in range(passes)
        ])  # fmt: skip
    error = (trained.var(0) + drawn.var(0)).div(passes).sqrt()
    # 6 examples, 2 moments, 15 modules: 4.5 standard errors are exceeded once in a thousand runs
    assert ((trained.mean(0) - drawn.mean(0)).abs() < 4.5 * error).all()
    assert not torch.equal(trained[0], trained[1])


@pytest.mark.parametrize("name", MODULES)
def test_means_are_the_module(name):
    module, shape = MODULES[name]
    before = copy.deepcopy(module.state_dict())
    net, x = noisy(module).eval(), inputs_of(shape)
    module.eval()
    with torch.no_grad():
        torch.testing.assert_close(net(x), module(x))
    torch.testing.assert_close(net(x), module(x))  # attention takes another way with slopes
    net.train()(x).sum().backward()
    assert bool((net.mean.grad != 0).any())
    for key, value in module.state_dict().items():
        assert torch.equal(value, before[key])
    posterior = net.posterior()
    np.testing.assert_array_equal(posterior.mean, flat_parameters(module))
    assert posterior.names == tuple(parameters_of(module))
    plain = net.network()
    assert type(plain) is type(module)
    torch.testing.assert_close(plain.eval()(x), module(x))
    copied = copy.deepcopy(net).eval()
    torch.testing.assert_close(copied(x), module(x))
    copied.load_state_dict(net.state_dict())


def test_other_layers_share_what_examples_do_not():
    """Within a batch, outputs differ between equal examples where the rule can make them differ."""
    x = torch.ones(4, 3)
    rows = noisy(nn.Linear(3, 2))(x)
    assert len({tuple(row.tolist()) for row in rows}) == 4
    rows = noisy(Twice())(x)
    assert len({tuple(row.tolist()) for row in rows}) == 1


def test_double_precision_and_frozen_parameters():
    module = nn.Linear(3, 2).double()
    module.weight.requires_grad_(False)
    net = noisy(module)
    assert net(torch.ones(4, 3, dtype=torch.float64)).dtype == torch.float64
    assert net.posterior().mean.size == 8


# the objective


def problem(seed=0, n=24):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, 3, generator=generator)
    return x, torch.randint(0, 2, (n,), generator=generator)


@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("batch_size", [4, 12, 24])
def test_slope_does_not_depend_on_the_batch_size(prior, batch_size):
    """Averaged over the batches of an epoch, noise aside, it is that of bits / N."""
    x, y = problem()
    net = noisy(MODULES["mlp"][0], prior, initial_sd=1e-7)
    descent = Descent(net, as_examples((x, y)), as_loss("classes"))
    descent.done, found = 1, 0  # past the step in which the prior is set
    for start in range(0, 24, batch_size):
        descent.gradient(as_examples((x, y))[start : start + batch_size], 0.7)
        found = found + descent.slope.clone() * (batch_size / 24)
    plain, start = copy.deepcopy(MODULES["mlp"][0]), 0
    functional.cross_entropy(plain(x), y, reduction="sum").backward()
    data = torch.cat([each.grad.flatten() for each in plain.parameters()])
    own = net.prior.slopes(net.mean.detach(), net.log_var.detach().exp())[0]
    torch.testing.assert_close(found[0], (data + 0.7 * own) / 24, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("prior", PRIORS)
def test_training_follows_the_slope_of_a_loop_of_ones_own(prior):
    x, y = problem()
    net = noisy(MODULES["mlp"][0], prior)
    descent = Descent(net, as_examples((x, y)), as_loss("classes"))
    torch.manual_seed(5)
    descent.gradient(as_examples((x, y)), 1.0)
    torch.manual_seed(5)
    net.prior.eval()  # it was set already
    (functional.cross_entropy(net(x), y) + net.kl_nats() / 24).backward()
    torch.testing.assert_close(descent.slope, torch.stack([net.mean.grad, net.log_var.grad]))


def exact_evidence_bits(x, y, prior_var):
    """-log2 of the density of y = x w + noise of sd 0.5, with w ~ N(0, prior_var)."""
    cov = prior_var * np.outer(x, x) + 0.25 * np.eye(len(x))
    quadratic = y @ np.linalg.solve(cov, y)
    return 0.5 * (quadratic + np.linalg.slogdet(2 * math.pi * cov)[1]) / LN2


def line():
    rng = np.random.default_rng(4)
    x = rng.normal(size=40)
    return x, 0.8 * x + 0.5 * rng.normal(size=40)


def gaussian_nats(outputs, targets):
    return (2 * (outputs - targets).square() + 0.5 * math.log(2 * math.pi * 0.25)).sum(1)


def test_bound_is_the_evidence_where_the_posterior_is_gaussian():
    x, y = line()
    data = (x[:, None], y[:, None])
    net = noisy(nn.Linear(1, 1, bias=False), 1.0)
    found = fit(net, data, loss=gaussian_nats, epochs=150, batch_size=8, progress=False)
    report = net.description_length(data, loss=gaussian_nats, samples=400, batch_size=40)
    exact = exact_evidence_bits(x, y, 1.0)
    error = report.details["data_bits_error"]
    assert report.header_bits == 0
    assert abs(report.total_bits - exact) < 4 * error + 0.05
    var = 1 / (1 + (x @ x) / 0.25)
    assert found.posterior.sd[0] ** 2 == pytest.approx(var, rel=0.15)
    assert found.posterior.mean[0] == pytest.approx(var * (x @ y) / 0.25, abs=3 * var**0.5)


def test_newton_finds_the_evidence_of_the_best_prior():
    x, y = line()
    data = (x[:, None], y[:, None])
    net = nn.Linear(1, 1, bias=False)
    found = fit(
        net, data, loss=gaussian_nats, epochs=300, batch_size=8, method="newton", progress=False
    )
    report = description_length(
        net, data, posterior=found.posterior, loss=gaussian_nats, samples=400, batch_size=40
    )
    grid = np.geomspace(0.01, 100, 400)
    exact = min(exact_evidence_bits(x, y, each) for each in grid)
    error = report.details["data_bits_error"]
    assert report.header_bits == 10
    assert -4 * error - 0.05 < report.total_bits - 10 - exact < 4 * error + 0.2
    assert next(net.parameters()).item() == pytest.approx(found.posterior.mean[0])


def test_newton_reads_the_curvature_of_a_quadratic():
    """Loss 1/2 sum a w^2: curvature a and variance 1 / (n a + prior precision)."""
    scales = torch.tensor([0.3, 1.0, 3.0])
    weight = nn.Parameter(torch.ones(3))
    optimizer = VariationalOnlineNewton([weight], n=50, lr=0.01, prior_sd=2.0, curvature=1.0)
    curvature = []
    for step in range(3000):
        with optimizer.sampled():
            (0.5 * scales * weight.square()).sum().backward()
        optimizer.step()
        if step >= 1000:
            curvature.append(optimizer.curvature.clone())
    mean = torch.stack(curvature).mean(0)
    torch.testing.assert_close(mean, scales, rtol=0.1, atol=0.03)
    torch.testing.assert_close(weight.detach(), torch.zeros(3), atol=0.1, rtol=0)
    expected = 1 / (50 * optimizer.curvature + 0.25)
    torch.testing.assert_close(optimizer.var, expected)


def test_newton_needs_a_draw_and_takes_a_closure():
    weight = nn.Parameter(torch.ones(2))
    optimizer = VariationalOnlineNewton([weight], n=10)
    with pytest.raises(RuntimeError, match="within `sampled`"):
        optimizer.step()

    def closure():
        loss = weight.square().sum()
        loss.backward()
        return float(loss.detach())

    assert optimizer.step(closure) > 0
    assert bool((weight != 1).all())


# digits


@pytest.fixture(scope="module")
def digits():
    data = pytest.importorskip("sklearn.datasets").load_digits()
    return (data.data / 16).astype(np.float32)[:600], data.target[:600]


@pytest.mark.parametrize("method", ["adam", "newton"])
def test_digits_are_compressed_and_shuffled_ones_are_not(digits, method):
    x, y = digits
    for labels, compresses in ((y, True), (shuffled_labels(y, seed=0), False)):
        torch.manual_seed(0)
        net = nn.Linear(64, 10)
        net = noisy(net) if method == "adam" else net
        found = fit(net, (x, labels), epochs=40, method=method, progress=False)
        report = description_length(
            net, (x, labels), posterior=None if method == "adam" else found.posterior
        )
        assert report.kind == "bound"
        assert report.labels == 600
        error = report.details["data_bits_error"]
        if compresses:
            assert report.compresses
            trained = found.total_bits[-1]
            assert trained == pytest.approx(report.model_bits + report.data_bits, rel=0.08)
        else:
            assert report.total_bits > report.uniform_bits - 4 * error


@pytest.mark.parametrize("prior", PRIORS)
def test_every_prior_trains(digits, prior):
    x, y = digits
    net = noisy(nn.Linear(64, 10), prior)
    found = fit(net, (x, y), epochs=12, progress=False)
    report = net.description_length((x, y), samples=2)
    assert report.compresses
    wanted = {"learned": 20, "mixture": 178, "spike-and-slab": 32, "horseshoe": 20, 0.3: 0}
    assert report.header_bits == wanted[prior]
    assert report.model_bits == found.posterior.kl_bits == net.posterior().kl_bits


@pytest.mark.parametrize("method", ["adam", "newton"])
def test_results_come_from_the_seed(method):
    def run(seed):
        torch.manual_seed(0)
        net = nn.Linear(3, 2)
        net = noisy(net) if method == "adam" else net
        torch.set_rng_state(state)
        return fit(net, problem(), epochs=3, batch_size=5, method=method, seed=seed, progress=False)

    state = torch.get_rng_state()
    first, again, other = run(1), run(1), run(2)
    assert torch.equal(torch.get_rng_state(), state)
    assert first.to_dict() | {"seconds": 0} == again.to_dict() | {"seconds": 0}
    assert first.model_bits != other.model_bits


def test_numbers_with_learned_noise():
    """Bits of pure noise are those of its Gaussian: the network is worth nothing."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(400, 3)), 3 * rng.normal(size=(400, 2)) + 1
    net = noisy(nn.Linear(3, 2))
    fit(net, (x, y), loss="gaussian", epochs=60, progress=False)
    report = net.description_length((x, y), loss="gaussian")
    best = 200 * np.log2(2 * math.pi * math.e * y.var(0)).sum()
    assert best < report.total_bits < best + 100
    assert math.isnan(report.uniform_bits)
    assert report.header_bits == 40


def test_running_statistics_are_counted():
    x, y = problem()
    net = noisy(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)))
    assert net.description_length((x, y), samples=2).header_bits == 60
    fit(net, (x, y), epochs=1, progress=False)
    assert net.description_length((x, y), samples=2).header_bits == 60 + 32 * 8


def test_several_inputs_and_sequences_of_labels():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Embedding(4, 3), nn.Linear(3, 5)

        def forward(self, letters, shift):
            return self.b(self.a(letters) + shift[:, None])

    letters = torch.randint(0, 4, (10, 6))
    data = ((letters, torch.randn(10, 3)), letters)
    net = noisy(Both())
    fit(net, data, epochs=20, batch_size=5, progress=False)
    report = net.description_length(data)
    assert report.labels == 60
    assert report.uniform_bits == pytest.approx(60 * math.log2(5))


def test_coefficients():
    assert coefficients(0, 3) == [1, 1, 1]
    assert coefficients(1.0, 4) == [0.25, 0.5, 0.75, 1]
    assert coefficients("1993", 12) == list(SCHEDULE_1993)
    assert coefficients("1993", 24)[-2:] == [1, 1]
    assert coefficients([0.5, 1], 5) == [0.5, 0.5, 0.5, 1, 1]


def test_fit_is_a_result(tmp_path):
    pytest.importorskip("matplotlib")
    found = fit(noisy(nn.Linear(3, 2)), problem(), epochs=2, progress=False)
    assert repr(found).startswith("Fit(2 epochs: model ")
    saved = json.loads(found.save(tmp_path / "fit.json").read_text())
    assert saved["total_bits"] == list(found.total_bits)
    found.plot(tmp_path / "fit.svg")
    assert (tmp_path / "fit.svg").stat().st_size > 0


# bad input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"epochs": 0}, "epochs: got 0"),
        ({"batch_size": 0}, "batch_size: got 0"),
        ({"learning_rate": -1.0}, "learning_rate: got -1.0"),
        ({"annealing": 2.0}, "annealing: got 2.0"),
        ({"annealing": "1992"}, "annealing: unknown '1992'"),
        ({"method": "sgd"}, "method: unknown 'sgd'"),
        ({"loss": "hinge"}, "loss: unknown 'hinge'"),
        ({"loss": "gaussian"}, "data: got outputs"),
        ({"loss": lambda outputs, labels: outputs}, "loss: gave shape"),
        ({"seed": -1}, "seed: got -1"),
        ({"data": (np.zeros((0, 3)), np.zeros(0, int))}, "data: got"),
        ({"data": (np.zeros((4, 3)), np.zeros(5, int))}, "data: got"),
    ],
)
def test_fit_names_bad_input(arguments, said):
    arguments = {"data": problem(), "progress": False} | arguments
    with pytest.raises(ValueError, match=said):
        fit(noisy(nn.Linear(3, 2)), **arguments)


@pytest.mark.parametrize("method", ["adam", "newton"])
@pytest.mark.parametrize("label", [-100, -1, 2])  # -100: left out by torch's cross entropy
def test_no_label_is_left_out(method, label):
    x, y = problem()
    y[5] = label
    made = noisy(nn.Linear(3, 2)) if method == "adam" else nn.Linear(3, 2)
    with pytest.raises(ValueError, match=f"data: got label {label}, accepted are .* 0 to 1"):
        fit(made, (x, y), method=method, epochs=1, progress=False)
    if method == "adam":
        with pytest.raises(ValueError, match=f"data: got label {label}, accepted are"):
            description_length(made, (x, y))


def test_wrong_types_are_named():
    with pytest.raises(TypeError, match="network: got Linear"):
        fit(nn.Linear(3, 2), problem())
    with pytest.raises(TypeError, match="network: got a noisy one"):
        fit(noisy(nn.Linear(3, 2)), problem(), method="newton")
    with pytest.raises(TypeError, match="data: got ndarray"):
        fit(noisy(nn.Linear(3, 2)), np.zeros(3))
    with pytest.raises(TypeError, match="prior: got None"):
        noisy(nn.Linear(3, 2), None)
    with pytest.raises(ValueError, match=r"prior: unknown 'learnt'.*did you mean 'learned'"):
        noisy(nn.Linear(3, 2), "learnt")
    with pytest.raises(ValueError, match="prior: got -1"):
        noisy(nn.Linear(3, 2), -1.0)
    with pytest.raises(ValueError, match="prior: got arrays"):
        noisy(nn.Linear(3, 2), GaussianPrior(np.zeros(3), 1.0))
    with pytest.raises(ValueError, match="initial_sd: got 0"):
        noisy(nn.Linear(3, 2), initial_sd=0)
    with pytest.raises(TypeError, match="posterior: got None"):
        description_length(nn.Linear(3, 2), problem())


@pytest.mark.parametrize("method", ["adam", "newton"])
def test_what_is_not_finite_is_one_error(method):
    x, y = problem()
    x[3, 1] = math.nan
    net = nn.Linear(3, 2)
    with pytest.raises(FloatingPointError, match="epoch 1: bits are no longer finite"):
        fit(noisy(net) if method == "adam" else net, (x, y), method=method, progress=False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sd": np.array([1.0, 0.0])}, "sd: got 0.0"),
        ({"mean": np.array([1.0, math.inf])}, "mean: got inf"),
        ({"mean": np.zeros(3)}, r"mean: got shape \(3,\)"),
        ({"names": ("a", "b")}, "names: got 2 for 1 shapes"),
    ],
)
def test_posterior_is_checked(change, said):
    good = {"names": ("w",), "shapes": ((2,),), "mean": np.zeros(2), "sd": np.ones(2)}
    with pytest.raises(ValueError, match=said):
        Posterior(**good | change, prior=GaussianPrior(0.0, 1.0))


def test_priors_are_checked():
    with pytest.raises(ValueError, match=r"proportions: got sum 0.9"):
        MixturePrior([0.4, 0.5], [0, 0], [1, 1])
    with pytest.raises(ValueError, match="sds: got shapes"):
        MixturePrior([0.5, 0.5], [0, 0], [1])
    with pytest.raises(ValueError, match=r"scale: got 0.0"):
        HorseshoePrior(0.0)


def test_the_arrays_need_no_torch():
    code = "import sys, mdl.weights.variational.posterior; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_training_told_in_numbers_of_numpy_is_saved(tmp_path):
    data = (np.random.default_rng(0).normal(size=(12, 3)), np.arange(12) % 2)
    one, four = np.int64(1), np.int64(4)
    found = fit(noisy(nn.Linear(3, 2)), data, epochs=one, batch_size=four, seed=one, progress=False)  # type: ignore[arg-type]
    assert found.save(tmp_path / "fit.json").exists()


def test_few_data_are_passed_often_enough(monkeypatch):
    """As often as 2,000 steps take, and 100 times at least; here as 60, and 5."""
    assert (training._STEPS, training._EPOCHS) == (2000, 100)
    monkeypatch.setattr(training, "_STEPS", 60)
    monkeypatch.setattr(training, "_EPOCHS", 5)
    for batch_size, passes in ((64, 60), (4, 8), (1, 5)):  # 1, 8 and 30 steps a pass
        found = fit(noisy(nn.Linear(3, 2)), problem(n=30), batch_size=batch_size, progress=False)
        assert len(found.data_bits) == found.settings["epochs"] == passes
