"""The networks among which criteria choose: fitted side by side as alone, to the optimum known."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
import torch

from neural.engine import Trial
from neural.papers.mdl_tutorial import PAPER, perceptron, trained
from neural.tasks import teacher


def _given(scale: str = "smoke", **settings: object) -> Trial:
    arm = PAPER.arms[0]
    return Trial(arm, 0, scale, PAPER.settings(scale, arm) | settings)


def test_sizes():
    shapes = {(0, 0): 4 * 2 + 2, (4, 1): 20 + 10, (8, 3): 40 + 72 + 72 + 18}
    for shape, expected in shapes.items():
        assert sum(p.numel() for p in perceptron(4, 2, shape).parameters()) == expected


@pytest.mark.parametrize("prior", [False, True])
def test_side_by_side_as_alone(prior):
    rows = teacher(0).draw(60, np.random.default_rng(0))
    shapes = [(0, 0), (4, 1), (3, 2)]
    together = trained(shapes, rows, 2, _given(), prior=prior)
    for shape, net in zip(shapes, together, strict=True):
        [alone] = trained([shape], rows, 2, _given(), prior=prior)
        for one, other in zip(net.parameters(), alone.parameters(), strict=True):
            assert torch.equal(one, other)


def test_a_linear_network_reaches_the_optimum_of_logistic_regression():
    linear_model = pytest.importorskip("sklearn.linear_model")
    x, y = teacher(1, depth=0, gain=0.5).draw(300, np.random.default_rng(0))
    [net] = trained([(0, 0)], (x, y), 2, _given("lab"))
    with torch.no_grad():
        nats = float(torch.nn.functional.cross_entropy(net(torch.from_numpy(x)), torch.tensor(y)))
    best = linear_model.LogisticRegression(C=1e6, tol=1e-10).fit(x, y).predict_log_proba(x)
    assert nats == pytest.approx(-best[np.arange(300), y].mean(), abs=1e-4)
