"""The neural Turing machine: equations against their plain statement, a program set by hand."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from neural.models.turing_machine import SkipLSTM, TuringMachine, by_content, by_location  # noqa: E402

RNG = np.random.default_rng(0)


def rows(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


def test_content_addressing():
    memory, keys, strength = rows(2, 5, 3), rows(2, 2, 3), np.exp(rows(2, 2, 1))
    found = by_content(*map(torch.from_numpy, (memory, keys, strength))).numpy()
    for b in range(2):
        for h in range(2):
            cosine = [
                m @ keys[b, h] / np.linalg.norm(m) / np.linalg.norm(keys[b, h]) for m in memory[b]
            ]
            powers = np.exp(strength[b, h, 0] * np.array(cosine))
            assert found[b, h] == pytest.approx(powers / powers.sum())


def test_location_addressing():
    content, previous = RNG.dirichlet(np.ones(6), (2, 1, 2))[0], RNG.dirichlet(np.ones(6), (1, 2))
    content = content.reshape(1, 2, 6)
    gate, sharp = np.array([[[0.3], [0.9]]]), np.array([[[1.0], [2.5]]])
    shift = RNG.dirichlet(np.ones(3), (1, 2))
    found = by_location(
        *map(torch.from_numpy, (content, previous, gate, shift, sharp))
    ).numpy()  # fmt: skip
    for h in range(2):
        mixed = gate[0, h] * content[0, h] + (1 - gate[0, h]) * previous[0, h]
        moved = np.array(
            [sum(mixed[j] * shift[0, h, (i - j + 1) % 6] for j in range(6) if (i - j + 1) % 6 < 3)
             for i in range(6)]
        )  # fmt: skip
        assert found[0, h] == pytest.approx(moved ** sharp[0, h] / np.sum(moved ** sharp[0, h]))


@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
@pytest.mark.parametrize("heads", [1, 2])
def test_addresses_are_shares_and_gradients_are_numbers(controller, heads):
    torch.manual_seed(0)
    machine = TuringMachine(4, 3, controller=controller, size=8, slots=7, width=5, heads=heads)
    inputs = torch.randn(2, 9, 4)
    logits, weights = machine.run(inputs)
    assert logits.shape == (2, 9, 3)
    assert weights.shape == (2, 9, 2 * heads, 7)
    assert torch.allclose(weights.sum(-1), torch.ones(2, 9, 2 * heads))
    logits.square().sum().backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in machine.parameters())
    later = machine(torch.cat([inputs[:, :4], inputs[:, 4:] + 1], 1))
    assert torch.equal(later[:, :4], logits[:, :4])  # nothing looks ahead
    assert not torch.equal(later[:, 4], logits[:, 4])
    torch.testing.assert_close(machine(inputs[:, :4]), logits[:, :4])


def test_writing_is_erasing_and_adding():
    """Heads that stand still on slots of their own, told what to erase and to add by biases."""
    machine = TuringMachine(1, 2, controller="feedforward", size=1, slots=3, width=2, heads=2)
    with torch.no_grad():
        for parameter in machine.parameters():
            parameter.zero_()
        biases = machine.address.bias.view(4, -1)
        biases[:, 3], biases[:, 4], biases[:, 6] = -50, 0, 50  # gate shut, shift in the middle
        machine.places[:, :] = -50
        for head, slot in enumerate((0, 1, 0, 0)):  # both write to slot 0
            machine.places[head, slot] = 50
        changes = machine.change.bias.view(2, 4)
        changes[0] = torch.tensor([50.0, -50.0, 0.25, 1.0])  # erases the first number, adds
        changes[1] = torch.tensor([-50.0, 0.0, 0.5, 2.0])  # halves the second, adds
        machine.out.weight[:, 1:3] = torch.eye(2)  # the first reading
    said = machine(torch.zeros(1, 4, 1))[0].detach().numpy()
    slot, expected = np.full(2, 1e-6), []
    for _ in range(4):
        expected.append(slot)
        slot = slot * [0.0, 0.5] + [0.75, 3.0]
    assert said == pytest.approx(np.array(expected), abs=1e-5)


def test_focus_moves_on_by_one_slot():
    machine = TuringMachine(1, 1, controller="feedforward", size=2, slots=6, width=3, focus=30.0)
    with torch.no_grad():
        machine.address.weight.zero_()
        machine.address.bias.view(2, -1)[:, 4] = -30  # the gate, shut
    _, weights = machine.run(torch.zeros(1, 5, 1))
    assert weights[0, :, 0].argmax(-1).tolist() == [1, 2, 3, 4, 5]


def test_the_lstm_is_torchs_with_a_bias_each():
    torch.manual_seed(0)
    ours = SkipLSTM(3, 2, size=4, layers=1)
    theirs = torch.nn.LSTM(3, 4, batch_first=True)
    with torch.no_grad():
        weight = ours.layers[0].weight_ih_l0
        theirs.weight_ih_l0.copy_(weight[:, :3])
        theirs.bias_ih_l0.copy_(weight[:, 3])
        theirs.bias_hh_l0.zero_()
        theirs.weight_hh_l0.copy_(ours.layers[0].weight_hh_l0)
    inputs = torch.randn(2, 6, 3)
    assert torch.allclose(ours(inputs), ours.out(theirs(inputs)[0]), atol=1e-6)
