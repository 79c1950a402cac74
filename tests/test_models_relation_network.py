"""Relation networks against equation 1 written out, and what follows from a sum over pairs."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
import torch

from neural import papers
from neural.models.relation_network import (
    ImageQuestions,
    PairlessPerceptron,
    RelationNetwork,
    StoryQuestions,
)


def test_equation_1():
    torch.manual_seed(0)
    net = RelationNetwork(3, 2, 4, g=(5, 6), f=(7,)).eval()
    objects, question = torch.randn(2, 4, 3), torch.randn(2, 2)
    weights = {name: each.detach().double().numpy() for name, each in net.named_parameters()}

    def layer(name: str, x: np.ndarray) -> np.ndarray:
        return weights[f"{name}.weight"] @ x + weights[f"{name}.bias"]

    for row in range(2):
        o, q = objects[row].double().numpy(), question[row].double().numpy()
        total = np.zeros(6)
        for i in range(4):
            for j in range(4):
                hidden = np.maximum(layer("g.0", np.concatenate([o[i], o[j], q])), 0)
                total += np.maximum(layer("g.2", hidden), 0)
        expected = layer("f.3", np.maximum(layer("f.0", total), 0))
        np.testing.assert_allclose(net(objects, question)[row].detach(), expected, rtol=1e-4)


def test_the_order_of_objects_does_not_matter():
    torch.manual_seed(0)
    objects, question = torch.randn(5, 6, 10), torch.randn(5, 11)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    net = RelationNetwork(10, 11, 10, g=(16, 16), f=(16,)).eval()
    torch.testing.assert_close(net(objects[:, order], question), net(objects, question))
    flat = PairlessPerceptron(6, 10, 11, 10, hidden=(16,)).eval()
    assert not torch.allclose(flat(objects[:, order], question), flat(objects, question))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_images_in_any_precision(dtype):
    torch.manual_seed(0)
    net = ImageQuestions(side=16, kernels=(2, 2), g=(8,), f=(8,)).eval()
    images, question = torch.rand(2, 3, 16, 16), torch.rand(2, 11)
    whole = net(images, question)
    found = net.to(dtype)(images.to(dtype), question.to(dtype))
    assert found.dtype == dtype
    torch.testing.assert_close(found.float(), whole, rtol=0.05, atol=0.05)


def test_images_have_places():
    torch.manual_seed(0)
    net = ImageQuestions(g=(8,), f=(8,)).eval()
    seen = []
    net.answer.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    net(torch.rand(2, 3, 75, 75), torch.rand(2, 11))
    (objects,) = seen
    assert objects.shape == (2, 25, 26)  # cells of 5 x 5, 24 kernels and two coordinates
    corners = objects[0, [0, 4, 20, 24], 24:].tolist()
    assert corners == [[-1, -1], [-1, 1], [1, -1], [1, 1]]


def test_stories():
    torch.manual_seed(0)
    net = StoryQuestions(words=30, sentences=4, answers=12).eval()
    story, question = torch.randint(1, 30, (3, 4, 6)), torch.randint(1, 30, (3, 5))
    logits = net(story, question)
    assert logits.shape == (3, 12)
    swapped = story[:, [1, 0, 2, 3]]  # sentences know their places
    assert not torch.allclose(net(swapped, question), logits)
    sentences = [module for module in net.modules() if isinstance(module, torch.nn.LSTM)]
    assert [each.hidden_size for each in sentences] == [32, 32]


def test_published_numbers_of_parameters():
    with torch.device("meta"):
        found = [
            sum(p.numel() for p in module.parameters())
            for module in (
                ImageQuestions(),
                ImageQuestions(question=18),
                ImageQuestions(question=18, pairs=False),
            )
        ]
    # the last two as a well-known implementation with questions of 18 bits has them
    assert found == [364_402, 366_194, 243_314]


def test_scenes_as_pixels(tmp_path):
    result = papers.get("relation-network").run(
        scale="smoke",
        seeds=1,
        arms=["relation network"],
        out=tmp_path,
        jobs=1,
        progress=False,
        settings={"view": "pixels", "scenes": 3, "tested": 2},
    )
    assert 0 <= result.values("relation network", "relational")[0] <= 1
    assert result.values("relation network", "relational_bits")[0] > 0
