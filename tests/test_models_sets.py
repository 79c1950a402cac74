"""Sets: no order of the input matters, P steps are the equations, the chain sees no future."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from neural.models.sets import ChainLSTM, Process, ReadProcessWrite  # noqa: E402


@pytest.mark.parametrize("steps", [0, 1, 5])
@pytest.mark.parametrize("glimpse", [True, False])
def test_another_order_gives_the_same_answers(steps, glimpse):
    torch.manual_seed(0)
    network = ReadProcessWrite(2, size=8, steps=steps, glimpse=glimpse).double()
    elements = torch.rand(3, 6, 2).double()
    answers = torch.stack([torch.randperm(6) for _ in range(3)])
    order = torch.randperm(6)
    place = torch.argsort(order)  # where each element went
    logits = network(elements, answers)
    there = network(elements[:, order], place[answers])
    assert torch.allclose(there, logits[:, :, order], atol=1e-12)
    assert torch.equal(order[network.greedy(elements[:, order])], network.greedy(elements))


def test_an_lstm_reader_sees_the_order():
    torch.manual_seed(0)
    network = ReadProcessWrite(1, size=8, reader="lstm")
    elements, answers = torch.rand(1, 4, 1), torch.tensor([[0, 1, 2, 3]])
    turned = network(elements.flip(1), 3 - answers).flip(2)
    assert not torch.allclose(turned, network(elements, answers), atol=1e-4)


def test_process_is_the_equations():
    torch.manual_seed(0)
    process = Process(4, steps=2).requires_grad_(False)
    memories = torch.randn(1, 5, 4)
    hidden, cell, both = torch.zeros(1, 4), torch.zeros(1, 4), torch.zeros(1, 8)
    for _ in range(2):
        hidden, cell = process.cell(both, (hidden, cell))
        powers = np.exp([float(m @ hidden[0]) for m in memories[0]])
        shares = torch.tensor(powers / powers.sum(), dtype=torch.float32)
        both = torch.cat([hidden, (shares[:, None] * memories[0]).sum(0, keepdim=True)], 1)
    assert torch.allclose(process(memories), both, atol=1e-5)
    with pytest.raises(ValueError, match="steps"):
        Process(4, steps=0)


def test_greedy_is_the_likeliest_each_time():
    torch.manual_seed(0)
    network = ReadProcessWrite(1, size=8, steps=1)
    elements = torch.rand(5, 4, 1)
    said = network.greedy(elements)
    assert torch.equal(network(elements, said).argmax(-1), said)


def test_the_chain_sees_no_future():
    torch.manual_seed(0)
    chain = ChainLSTM(5, width=4, size=8)
    values = torch.randint(5, (3, 6))
    other = values.clone()
    other[:, 3] = (other[:, 3] + 1) % 5
    before, after = chain(values), chain(other)
    assert torch.equal(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4], after[:, 4])
