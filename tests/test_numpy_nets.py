"""Layers from NumPy against differences, against torch, and against the course's own numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from mdl.prequential import PrequentialCode
from neural import numpy_networks as nets
from neural.numpy_networks.convolution import places
from neural.numpy_networks.neighbours import votes
from neural.numpy_networks.optimisers import Optimiser

RNG = np.random.default_rng(7)


# The notes' numbers


def test_losses_of_the_notes():
    scores = np.array([[-2.85, 0.86, 0.28]])
    assert nets.svm_loss(scores, np.array([2]))[0] == pytest.approx(1.58)
    assert nets.softmax_loss(scores, np.array([2]))[0] == pytest.approx(1.0402, abs=1e-4)
    assert nets.svm_loss(np.array([[13.0, -7.0, 11.0]]), np.array([0]), margin=10)[0] == 8
    zeros, labels = np.zeros((5, 10)), np.arange(5)
    assert nets.softmax_loss(zeros, labels)[0] == pytest.approx(math.log(10))  # 2.302
    assert nets.svm_loss(zeros, labels)[0] == 9


def test_the_sigmoid_circuit():
    """f = 1 / (1 + exp(-(w0 x0 + w1 x1 + w2))) at w = (2, -3, -3), x = (-1, -2)."""
    w, x = np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0])

    def f() -> float:
        return float(1 / (1 + np.exp(-(w[:2] @ x + w[2]))))

    assert f() == pytest.approx(0.7310586, abs=1e-7)
    by_w, by_x = nets.numeric_gradient(f, w), nets.numeric_gradient(f, x)
    np.testing.assert_allclose(by_w, [-0.1966, -0.3932, 0.1966], atol=5e-5)
    np.testing.assert_allclose(by_x, [0.3932, -0.5898], atol=5e-5)
    assert w.tolist() == [2, -3, -3]


def test_the_first_layer_of_alexnet():
    """227 pixels, 96 filters of 11 with stride 4: columns of 363 by 3025, 34,944 parameters."""
    assert nets.im2col(np.zeros((1, 3, 227, 227), np.float32), 11, stride=4).shape == (1, 363, 3025)
    layer = nets.Convolution(3, 96, 11, RNG, stride=4, pad=0)
    assert sum(each.size for each in layer.parameters.values()) == 34_944
    assert places(227, 11, stride=4) == 55
    assert places(7, 3, stride=2) == 3
    assert places(5, 3, pad=1) == 5
    with pytest.raises(ValueError, match="do not fit evenly into a side of 10"):
        places(10, 3, stride=2)


def test_the_spiral():
    """The notes' program, written as they have it: the same losses, step by step."""
    rng = np.random.default_rng(0)
    x, y = nets.spiral(seed=0)
    assert x.shape == (300, 2)
    w1, w2 = 0.01 * rng.standard_normal((2, 100)), 0.01 * rng.standard_normal((100, 3))
    b1, b2, expected = np.zeros((1, 100)), np.zeros((1, 3)), []
    for _ in range(800):
        hidden = np.maximum(0, x @ w1 + b1)
        exp = np.exp(hidden @ w2 + b2)
        probs = exp / exp.sum(1, keepdims=True)
        decay = 0.5 * 1e-3 * ((w1 * w1).sum() + (w2 * w2).sum())
        expected.append(-np.log(probs[range(300), y]).mean() + decay)
        probs[range(300), y] -= 1
        scores = probs / 300
        by_hidden = scores @ w2.T
        by_hidden[hidden <= 0] = 0
        steps = (
            hidden.T @ scores + 1e-3 * w2, scores.sum(0, keepdims=True),
            x.T @ by_hidden + 1e-3 * w1, by_hidden.sum(0, keepdims=True),
        )  # fmt: skip
        for value, step in zip((w2, b2, w1, b1), steps, strict=True):
            value -= step
    net = nets.perceptron(2, 3, hidden=100, deviation=0.01, decay=1e-3, seed=0)
    np.testing.assert_allclose(nets.train(net, x, y, steps=800, rate=1.0), expected, rtol=1e-6)
    assert expected[0] == pytest.approx(1.0987, abs=1e-3)
    assert net.accuracy(x, y) > 0.8  # 98 % after 10,000


def test_a_line_on_the_spiral():
    """The notes' 49 % and a loss of 0.786, on other noise."""
    x, y = nets.spiral(seed=1)
    line = nets.perceptron(2, 3, deviation=0.01, decay=1e-3)
    losses = nets.train(line, x, y, steps=200, rate=1.0)
    assert losses[0] == pytest.approx(math.log(3), abs=0.01)
    assert losses[-1] == pytest.approx(0.786, abs=0.05)
    assert 0.45 < line.accuracy(x, y) < 0.56


# Gradients


def entrywise(layer: nets.Layer, x: np.ndarray, *, training: bool) -> float:
    """The course's own measure: the largest |a - n| / (|a| + |n|) of any entry."""
    upstream = RNG.normal(size=layer.forward(x, training=training).shape)

    def f() -> float:
        return float((layer.forward(x, training=training) * upstream).sum())

    layer.forward(x, training=training)
    pairs = [(layer.backward(upstream), nets.numeric_gradient(f, x))]
    for name, value in layer.parameters.items():
        pairs.append((layer.gradients[name], nets.numeric_gradient(f, value)))
    return max(float((np.abs(a - n) / np.maximum(1e-3, abs(a) + abs(n))).max()) for a, n in pairs)


@pytest.mark.parametrize(
    ("layer", "shape", "training"),
    [
        (nets.Affine(5, 4, RNG), (3, 5), True),
        (nets.ReLU(), (4, 6), True),
        (nets.Flatten(), (2, 3, 2, 2), True),
        (nets.BatchNorm(4), (6, 4), True),
        (nets.BatchNorm(4), (6, 4), False),
        (nets.BatchNorm(3), (2, 3, 3, 2), True),
        (nets.Convolution(2, 3, 3, RNG), (2, 2, 4, 5), True),
        (nets.Convolution(2, 3, 3, RNG, stride=2, pad=0, bias=False), (2, 2, 5, 7), True),
        (nets.MaxPool(2), (2, 2, 4, 6), True),
        (nets.MaxPool(3, stride=2), (2, 2, 5, 7), True),
        (nets.Dropout(0.5), (4, 5), False),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, nets.Layer) else str(each),
)
def test_gradients_of_a_layer(layer, shape, training):
    assert entrywise(layer, RNG.normal(size=shape), training=training) < 1e-7


def test_gradients_of_dropout_in_training():
    class Frozen(nets.Dropout):
        def forward(self, x, *, training=False):
            self.reseed(4)
            return super().forward(x, training=training)

    assert entrywise(Frozen(0.4), RNG.normal(size=(5, 6)), training=True) < 1e-7


@pytest.mark.parametrize("loss", list(nets.LOSSES))
def test_gradients_of_a_loss(loss):
    scores, labels = RNG.normal(size=(4, 5)), np.array([0, 4, 2, 2])
    analytic = nets.LOSSES[loss](scores, labels)[1]
    numeric = nets.numeric_gradient(lambda: nets.LOSSES[loss](scores, labels)[0], scores)
    assert nets.relative_error(analytic, numeric) < 1e-7


@pytest.mark.parametrize("loss", list(nets.LOSSES))
@pytest.mark.parametrize("normalised", [False, True])
def test_gradients_of_a_network(loss, normalised):
    net = nets.convolutional(
        (2, 8, 8), 4, filters=(3, 4), hidden=6, normalised=normalised, decay=0.1, loss=loss
    )
    found = nets.gradient_check(net, RNG.normal(size=(3, 2, 8, 8)), np.array([0, 3, 1]))
    assert found.error < 1e-7
    names = {name for name, _, _ in net.named()}
    assert set(found.errors) == names | {"inputs"}
    assert found.compared > 100


def test_kinks_are_seen_and_a_wrong_gradient_is_found():
    net = nets.perceptron(2, 2, hidden=3)
    _, layer, name = next(iter(net.named()))
    layer.parameters[name][:, 1] = 0  # one unit is at its kink
    found = nets.gradient_check(net, np.ones((1, 2)), np.array([0]), training=False)
    assert found.skipped >= 3
    assert found.error < 1e-7

    class Wrong(nets.ReLU):
        def backward(self, out):
            return super().backward(out) * 1.001

    net.layers[2] = Wrong()
    layer.parameters[name][:] = RNG.normal(size=(2, 3))
    assert nets.gradient_check(net, RNG.normal(size=(5, 2)), np.zeros(5, int)).error > 1e-4
    with pytest.raises(TypeError, match="accepted is one of float64"):
        nets.gradient_check(nets.perceptron(2, 2, dtype=np.float32), np.ones((1, 2)), np.array([0]))


@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(0, 2), st.integers(0, 3), st.integers(0, 3)
)
def test_col2im_is_the_transpose(size, stride, pad, down, right):
    """<im2col(x), c> = <x, col2im(c)> for all x and c."""
    shape = (2, 2, size + stride * down, size + stride * right)
    if min(shape[2:]) <= 2 * pad:
        return
    x = RNG.normal(size=(2, 2, shape[2] - 2 * pad, shape[3] - 2 * pad))
    columns = nets.im2col(x, size, stride=stride, pad=pad)
    other = RNG.normal(size=columns.shape)
    back = nets.col2im(other, x.shape, size, stride=stride, pad=pad)
    assert (columns * other).sum() == pytest.approx((x * back).sum())


# Against torch


@pytest.mark.parametrize(("size", "stride", "pad"), [(3, 1, 1), (3, 2, 0), (5, 1, 2), (1, 1, 0)])
def test_convolution_is_that_of_torch(size, stride, pad):
    layer = nets.Convolution(3, 4, size, RNG, stride=stride, pad=pad)
    x, upstream = RNG.normal(size=(2, 3, 9, 7)), None
    mine = layer.forward(x)
    tensors = [torch.from_numpy(each).requires_grad_() for each in (x, *layer.parameters.values())]
    theirs = functional.conv2d(*tensors, stride=stride, padding=pad)
    np.testing.assert_allclose(mine, theirs.detach(), rtol=0, atol=1e-12)
    upstream = RNG.normal(size=mine.shape)
    by_x = layer.backward(upstream)
    theirs.backward(torch.from_numpy(upstream))
    for found, tensor in zip((by_x, *layer.gradients.values()), tensors, strict=True):
        np.testing.assert_allclose(found, tensor.grad, rtol=0, atol=1e-12)


@pytest.mark.parametrize("training", [False, True])
def test_a_network_is_its_twin(training):
    """Scores, the gradient by images, and running figures."""
    net = nets.convolutional((3, 8, 8), 5, filters=(4, 6), hidden=7, normalised=True)
    x, labels = RNG.normal(size=(6, 3, 8, 8)), np.array([0, 1, 2, 3, 4, 0])
    net.scores(x, training=True)  # running figures that are not the first ones
    twin = nets.as_torch(net).train(training)
    images = torch.from_numpy(x).requires_grad_()
    scores = twin(images)
    np.testing.assert_allclose(net.scores(x, training=training), scores.detach(), atol=1e-12)
    functional.cross_entropy(scores, torch.from_numpy(labels)).backward()
    np.testing.assert_allclose(net.loss(x, labels, training=training)[1], images.grad, atol=1e-12)


def test_running_figures():
    layer, x = nets.BatchNorm(2), RNG.normal(size=(5, 2))
    layer.forward(x, training=True)
    theirs = nn.BatchNorm1d(2, dtype=torch.float64)
    theirs(torch.from_numpy(x))
    np.testing.assert_allclose(layer.mean, theirs.running_mean)
    unbiased = 0.9 + (layer.variance - 0.9) * 5 / 4  # torch's running variance has n / (n - 1)
    np.testing.assert_allclose(unbiased, theirs.running_var)
    assert not np.allclose(layer.forward(x), layer.forward(x, training=True))


TORCH = {
    "sgd": lambda p: torch.optim.SGD(p, 0.05),
    "momentum": lambda p: torch.optim.SGD(p, 0.05, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, 0.05),
    "adam": lambda p: torch.optim.Adam(p, 0.05),
}


@pytest.mark.parametrize("name", list(nets.OPTIMISERS))
def test_optimisers_are_those_of_torch(name):
    net = nets.perceptron(3, 4, hidden=5)
    twin = nets.as_torch(net)
    mine, theirs = Optimiser(net, name, rate=0.05), TORCH[name](twin.parameters())
    x, y = RNG.normal(size=(6, 3)), np.array([0, 1, 2, 3, 0, 1])
    for _ in range(6):
        net.loss(x, y)
        mine.step()
        theirs.zero_grad()
        functional.cross_entropy(twin(torch.from_numpy(x)), torch.from_numpy(y)).backward()
        theirs.step()
    np.testing.assert_allclose(net.scores(x), twin(torch.from_numpy(x)).detach(), atol=1e-10)


def test_dropout():
    layer, x = nets.Dropout(0.3, seed=1), np.ones((400, 50))
    out = layer.forward(x, training=True)
    assert set(np.unique(out)) == {0.0, 1 / 0.7}
    assert out.mean() == pytest.approx(1, abs=0.02)
    assert (layer.forward(x, training=True) != out).any()
    assert layer.forward(x).tolist() == x.tolist()
    with pytest.raises(ValueError, match="rate: got 1"):
        nets.Dropout(1)
    net = nets.convolutional((1, 2, 2), 3, filters=(2,), dropout=0.5)
    assert isinstance(nets.as_torch(net)[-2], nn.Dropout)


# Training, and looking


def test_twenty_examples_are_learned_by_heart():
    x, y = RNG.normal(size=(20, 2, 4, 4)).astype(np.float32), np.arange(20) % 5
    net = nets.convolutional((2, 4, 4), 5, filters=(8,), hidden=16, dtype=np.float32)
    losses = nets.train(net, x, y, steps=150, optimiser="adam", rate=1e-2, batch=10, anneal=True)
    assert net.accuracy(x, y) == 1
    assert losses[-1] < 0.15 < 1.6 < losses[0]
    assert {layer.parameters[name].dtype for _, layer, name in net.named()} == {np.dtype("f4")}
    again = nets.convolutional((2, 4, 4), 5, filters=(8,), hidden=16, dtype=np.float32)
    repeated = nets.train(
        again, x, y, steps=150, optimiser="adam", rate=1e-2, batch=10, anneal=True
    )
    assert losses.tolist() == repeated.tolist()


def test_what_a_network_sees():
    net = nets.convolutional((2, 4, 4), 3, filters=(4,))
    x, labels = RNG.normal(size=(3, 2, 4, 4)), np.array([2, 0, 1])
    images = torch.from_numpy(x).requires_grad_()
    scores = nets.as_torch(net)(images)
    scores[torch.arange(3), torch.from_numpy(labels)].sum().backward()
    assert images.grad is not None
    np.testing.assert_allclose(nets.saliency(net, x, labels), images.grad.abs().amax(1), atol=1e-12)
    image = nets.class_image(net, (2, 4, 4), 1, steps=30, rate=0.5)
    start = nets.class_image(net, (2, 4, 4), 1, steps=0)
    assert net.scores(image[None])[0, 1] > net.scores(start[None])[0, 1] + 0.1
    assert image.shape == (2, 4, 4)


# Neighbours, and codes


def test_neighbours():
    known, asked = RNG.normal(size=(30, 4)), RNG.normal(size=(7, 2, 2))
    found = nets.nearest(known, asked, 5)
    for row, point in zip(found, asked.reshape(7, 4), strict=True):
        assert row.tolist() == np.argsort(((known - point) ** 2).sum(1))[:5].tolist()
    own = nets.nearest(known, known, 29, skip_self=True)
    assert all(at not in row for at, row in enumerate(own))
    labels = np.array([[2, 0, 2], [1, 1, 0]])
    assert votes(labels, 3).tolist() == [
        [[0, 0, 1], [0, 1, 0]], [[1, 0, 1], [0, 2, 0]], [[1, 0, 2], [1, 2, 0]]
    ]  # fmt: skip
    with pytest.raises(ValueError, match="count"):
        nets.nearest(known, known, 30, skip_self=True)


def test_votes_as_a_learner():
    x, y = RNG.normal(size=(12, 3)), RNG.integers(0, 3, 12)
    learner = nets.NeighbourVotes((1, 4))
    learner.reset(x, 3, seed=0)
    np.testing.assert_allclose(learner.predict(x[:2]), 1 / 3)
    learner.update(x[:5], y[:5])
    learner.update(x[5:10], y[5:10])
    found = learner.predict(x[10:])
    for row, point in enumerate(x[10:]):
        order = np.argsort(((x[:10] - point) ** 2).sum(1))
        for at, k in enumerate((1, 4)):
            tally = np.bincount(y[order[:k]], minlength=3) + 0.5
            np.testing.assert_allclose(found[at, row], tally / tally.sum())


def _factory(shape: tuple[int, ...], classes: int, seed: int) -> nets.Network:
    return nets.perceptron(int(np.prod(shape)), classes, hidden=8, seed=seed, dtype=np.float32)


@pytest.mark.parametrize(
    "learner", [nets.NeighbourVotes(), nets.OnlineNetwork(_factory, updates=5, rate=1e-2)]
)
def test_rungs_are_codes(learner):
    """Their labels are decoded by training along, and structure is found."""
    x = RNG.normal(size=(200, 2))
    y = (x[:, 0] > 0).astype(int)
    code = PrequentialCode(2, learner, block_size=10, mixing="bayes")
    word = code.encode(x, y, envelope=False, show=False)
    assert code.decode(word, x, envelope=False, show=False).tolist() == y.tolist()
    bits = code.bits(x, y, show=False)
    assert bits <= 8 * len(word) <= bits + 9
    assert bits < 150
    noise = RNG.integers(0, 2, 200)
    assert code.bits(x, noise, show=False) > 190


def test_bad_networks():
    with pytest.raises(ValueError, match="did you mean 'softmax'"):
        nets.perceptron(2, 2, loss="softmx")
    with pytest.raises(ValueError, match="accepted are sides that can be halved"):
        nets.convolutional((1, 6, 6), 2)
    with pytest.raises(ValueError, match="optimiser"):
        nets.train(nets.perceptron(2, 2), np.ones((1, 2)), np.array([0]), steps=1, optimiser="x")
    with pytest.raises(ArithmeticError, match="consider a smaller rate"), np.errstate(all="ignore"):
        nets.train(
            nets.perceptron(2, 2, hidden=4), 1e200 * np.ones((1, 2)), np.array([0]), steps=9,
            rate=1e200,
        )  # fmt: skip


def test_a_check_leaves_the_network_as_it_is():
    net = nets.convolutional((1, 4, 4), 3, filters=(2,), normalised=True, dropout=0.0)
    x, labels = RNG.normal(size=(9, 1, 4, 4)), np.arange(9) % 3
    nets.train(net, x, labels, steps=5, rate=0.1)
    before, gradients = net.scores(x), [layer.gradients for layer in net.layers]
    assert nets.gradient_check(net, 3 + x[:4], labels[:4], entries=3).error < 1e-6
    assert np.array_equal(net.scores(x), before)
    assert all(a is layer.gradients for a, layer in zip(gradients, net.layers, strict=True))


@pytest.mark.parametrize("training", [False, True])
def test_normalised_features_have_a_twin(training):
    rng = np.random.default_rng(0)
    layers = [
        nets.BatchNorm(4), nets.Affine(4, 6, rng), nets.BatchNorm(6), nets.ReLU(),
        nets.Affine(6, 3, rng),
    ]  # fmt: skip
    net, x = nets.Network(layers), rng.normal(size=(7, 4))
    net.scores(x, training=True)
    twin = nets.as_torch(net).train(training)
    scores = twin(torch.from_numpy(x)).detach()
    np.testing.assert_allclose(net.scores(x, training=training), scores, atol=1e-12)
