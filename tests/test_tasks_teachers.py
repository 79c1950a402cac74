"""Labels from a known network: against torch's layers, and against the chances they came from."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
import torch

from neural.tasks import teacher


def test_chances_are_those_of_torch():
    truth = teacher(3, inputs=5, width=6, depth=2, classes=3)
    layers = []
    for weights, biases in truth.layers:
        layer = torch.nn.Linear(*weights.shape, dtype=torch.float64)
        layer.weight.data, layer.bias.data = torch.tensor(weights.T), torch.tensor(biases)
        layers += [layer, torch.nn.Tanh()]
    net = torch.nn.Sequential(*layers[:-1], torch.nn.Softmax(1))
    inputs = np.random.default_rng(0).normal(size=(50, 5))
    expected = net(torch.from_numpy(inputs)).detach().numpy()
    np.testing.assert_allclose(truth.chances(inputs), expected, rtol=0, atol=1e-12)


def test_labels_come_with_their_chances():
    truth = teacher(1, classes=3)
    inputs, labels = truth.draw(20_000, np.random.default_rng(0))
    assert inputs.shape == (20_000, 4)
    assert inputs.dtype == np.float32
    chances = truth.chances(inputs)
    for k in range(3):  # a sum of independent coins: five standard deviations
        spread = np.sqrt((chances[:, k] * (1 - chances[:, k])).sum())
        assert abs((labels == k).sum() - chances[:, k].sum()) < 5 * spread


def test_seeds_and_bad_sizes():
    first, again = (teacher(2, depth=0).draw(9, np.random.default_rng(1))[1] for _ in range(2))
    assert np.array_equal(first, again)
    assert len(teacher(2, depth=0).layers) == 1
    for wrong in ({"width": 0}, {"depth": -1}, {"classes": 0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            teacher(0, **wrong)
