"""Pointer networks: what is pointed at, what is not looked at, what is said."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from neural.models.pointer import (  # noqa: E402
    AdditiveAttention,
    PointerNetwork,
    SequenceToSequence,
    greedy,
    symbols_of,
)


def networks():
    return [
        PointerNetwork(size=8),
        SequenceToSequence(most=7, size=8),
        SequenceToSequence(most=7, size=8, attention=False),
    ]


def test_attention_is_the_equation():
    torch.manual_seed(0)
    attention = AdditiveAttention(3, 4, 5)
    keys, queries = torch.randn(2, 6, 3), torch.randn(2, 2, 4)
    v, w1, w2 = (
        each.weight.detach().numpy() for each in (attention.score, attention.key, attention.query)
    )
    found = attention(keys, queries).detach().numpy()
    for b in range(2):
        for i in range(2):
            for j in range(6):
                hidden = np.tanh(w1 @ keys[b, j].numpy() + w2 @ queries[b, i].numpy())
                assert found[b, i, j] == pytest.approx(float(v[0] @ hidden), abs=1e-5)


def test_symbols():
    answers = torch.tensor([[2, 0, 1], [3, -1, -1], [-1, -1, -1]])
    assert symbols_of(answers).tolist() == [[3, 1, 2, 0], [4, 0, -1, -1], [0, -1, -1, -1]]


@pytest.mark.parametrize("which", range(3))
def test_the_chain_sees_what_was_said_and_no_more(which):
    torch.manual_seed(0)
    network = networks()[which]
    points = torch.rand(4, 5, 2)
    answers = torch.tensor([[0, 1, 2]]).repeat(4, 1)
    logits = network(points, answers)
    assert logits.shape == (4, 4, 6 if which == 0 else 8)
    other = answers.clone()
    other[:, 2] = 4
    changed = network(points, other)
    assert torch.equal(changed[:, :3], logits[:, :3])
    assert not torch.allclose(changed[:, 3], logits[:, 3])


@pytest.mark.parametrize("which", range(3))
def test_greedy_is_the_likeliest_each_time(which):
    torch.manual_seed(1)
    network = networks()[which]
    points = torch.rand(16, 5, 2)
    said = greedy(network, points, 4)
    logits = network(points, said)[:, :4, :6]
    symbols = symbols_of(said)[:, :4]
    there = symbols >= 0
    assert torch.equal(logits.argmax(-1)[there], symbols[there])
    assert int(said.max()) < 5


def test_any_number_of_points():
    network = PointerNetwork(size=8)
    for count in (3, 30):
        assert network(torch.rand(2, count, 2), torch.zeros(2, 1).long()).shape == (2, 2, count + 1)


def test_more_points_than_symbols():
    with pytest.raises(ValueError, match="points: got 8, accepted are at most 7"):
        networks()[1](torch.rand(2, 8, 2), torch.zeros(2, 1).long())
