"""What the works on image classifiers measure, against definitions and brute force."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from sklearn.metrics import accuracy_score, log_loss
from torch import nn

from mdl.prequential import PrequentialCode
from mdl.weights import compress, decompress
from neural import papers
from neural.classifying import compressed_within, measures, scores
from neural.engine import Trial
from neural.models.residual import cifar
from neural.papers.alexnet import first_below, shares
from neural.papers.identity_mappings import along_depth
from neural.papers.resnet import Refitted, prequential
from neural.tasks.images import labelled_images


def rows(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    x = torch.from_numpy(rng.normal(size=(count, 6)).astype(np.float32))
    return x, x[:, :3].argmax(1)


def test_scores():
    torch.manual_seed(0)
    net, train, test = nn.Linear(6, 3), rows(50, 0), rows(40, 1)
    found = scores(net, train, test)
    for name, (x, y) in (("train", train), ("test", test)):
        chances = net(x).double().softmax(1).detach().numpy()
        bits = log_loss(y, chances, labels=[0, 1, 2]) / math.log(2)
        assert found[f"{name}_bits"] == pytest.approx(bits)
        assert found[f"{name}_error"] == pytest.approx(1 - accuracy_score(y, chances.argmax(1)))
    instrument = measures(train, test)
    with torch.no_grad():
        seen = [function(net) for function, _ in instrument.functions.values()]
    assert seen == [found[name] for name in instrument.names]


@pytest.mark.parametrize("sharpness", [1.0, 100.0])
def test_a_file_within_an_absolute_rise(sharpness):
    """Also where labels have next to no bits, and a relative one would allow nothing."""
    net, data = nn.Linear(6, 3), rows(300, 0)
    with torch.no_grad():
        net.weight.copy_(sharpness * torch.eye(3, 6) + 0.01 * torch.randn(3, 6))
        net.bias.zero_()
    blob = compressed_within(net, data, 0.05)
    before, after = (
        scores(each, data, data)["train_bits"] for each in (net, decompress(blob, net))
    )
    assert after <= before + 0.06  # judged with predictions kept off 0
    assert len(blob) < len(compress(net, quantiser="exact"))


def smoke(key: str, arm: str) -> Trial:
    paper = papers.get(key)
    return Trial(paper.arm(arm), 5, "smoke", paper.settings("smoke", paper.arm(arm)))


def test_the_prequential_code_of_residual_networks_decodes():
    given = smoke("resnet", "residual 20")
    found = labelled_images(train=40, test=20, seed=5)
    report = prequential(given, found)
    learner = Refitted(given=given, steps=1)

    def code() -> PrequentialCode:
        from mdl.prequential import BlockwiseLearner

        blockwise = BlockwiseLearner(inner=learner, first=20, growth=2.0)
        return PrequentialCode(10, blockwise, block_size=20, uniform=False, seed=5)

    blob = code().encode(found.train, found.train_labels, envelope=False, show=False)
    assert report.total_bits <= 8 * len(blob) < report.total_bits + 10
    again = code().decode(blob, found.train, envelope=False, show=False)
    np.testing.assert_array_equal(again, found.train_labels)
    curve = code().curve(found.train, found.train_labels, show=False)
    np.testing.assert_allclose(curve.bits[:20], math.log2(10), rtol=1e-9)  # nothing is known yet


def test_along_depth():
    torch.manual_seed(0)
    net = cifar(26, widths=(2, 2, 4), order="pre-activation", channels=1).eval()
    images, labels = torch.randn(30, 1, 8, 8), torch.randint(0, 10, (30,))
    blob = compress(net, tolerance=0.2)
    found = along_depth(net, blob, (images, labels))
    assert len(found) == 2 * 3 * 3
    whole = scores(net, (images, labels), (images, labels))["train_bits"]
    for stage in (0, 1, 2):
        for at, part in enumerate(("early", "middle", "late"), 1):
            less = copy.deepcopy(net)
            last = [m for m in less.stages[stage][at].branch if isinstance(m, nn.Conv2d)][-1]  # pyright: ignore
            nn.init.zeros_(last.weight)
            without = scores(less, (images, labels), (images, labels))["train_bits"]
            assert found[f"lost_bits_{stage + 1}_{part}"] == pytest.approx(
                without - whole, abs=1e-6
            )
    each = [
        found[f"weight_bits_{stage + 1}_{part}"]
        * sum(t.numel() for t in net.stages[stage][at].state_dict().values())  # pyright: ignore
        for stage in range(3)
        for at, part in enumerate(("early", "middle", "late"), 1)
    ]
    assert 0 < sum(each) < 8 * len(blob)


def test_shares():
    from neural.models.alexnet import SMALL, AlexNet

    torch.manual_seed(0)
    net = AlexNet(**{**SMALL, "hidden": (16,)})
    found = shares(net, compress(net, quantiser="exact"))
    inside = sum(p.numel() for p in net.see.parameters())
    every = sum(p.numel() for p in net.parameters())
    assert found["convolutions_weights"] == inside / every
    assert found["convolutions_bits"] == pytest.approx(inside / every, abs=0.02)
    assert 24 < found["linear_each"] < 32


def test_first_below():
    times, errors = np.array([0, 10, 20, 30]), np.array([0.9, 0.5, 0.2, 0.3])
    assert first_below(times, errors, 0.25) == pytest.approx(10 + 10 * 0.25 / 0.3)
    assert first_below(times, errors, 0.5) == 10
    assert first_below(times, errors, 0.95) == 0
    assert first_below(times, errors, 0.1) == 30  # never: the last
