"""The relational memory core: attention as torch's, gates as the equations, published sizes."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from neural.models.relational_memory import Recall, RelationalMemory  # noqa: E402


def test_attention_is_torchs():
    torch.manual_seed(0)
    core = RelationalMemory(3, slots=4, heads=2, head_size=5)
    core.attend_norm = nn.Identity()
    theirs = nn.MultiheadAttention(10, 2, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(core.attend.weight)
        theirs.in_proj_bias.copy_(core.attend.bias)
        theirs.out_proj.weight.copy_(torch.eye(10))
        theirs.out_proj.bias.zero_()
    rows = torch.randn(2, 5, 10)
    expected = theirs(rows, rows, rows, need_weights=False)[0]
    assert torch.allclose(core.attended(rows), expected, atol=1e-6)


@pytest.mark.parametrize("gating", ["unit", "memory", None])
def test_gates(gating):
    torch.manual_seed(0)
    core = RelationalMemory(3, slots=4, heads=2, head_size=5, gating=gating)
    x, memory = torch.randn(2, 1, 10), torch.randn(2, 4, 10)
    rows = torch.cat([memory, x], 1)
    rows = core.norms[0](rows + core.attended(rows))
    new = core.norms[1](rows + core.rows(rows))[:, :4]
    found = core.step(x, memory)
    if gating is None:
        assert torch.equal(found, new)
        return
    for slot in range(4):
        told = core.gate_input(x[:, 0]) + core.gate_memory(torch.tanh(memory[:, slot]))
        half = told.shape[1] // 2
        keep, take = torch.sigmoid(told[:, :half] + 1), torch.sigmoid(told[:, half:])
        expected = keep * memory[:, slot] + take * torch.tanh(new[:, slot])
        assert torch.allclose(found[:, slot], expected, atol=1e-6)


def test_shapes_and_causality():
    torch.manual_seed(0)
    core = RelationalMemory(3, slots=4, heads=2, head_size=5, gating="memory", blocks=2)
    inputs = torch.randn(2, 6, 3)
    states = core(inputs)
    assert states.shape == (2, 6, 4, 10)
    later = core(torch.cat([inputs[:, :3], inputs[:, 3:] + 1], 1))
    assert torch.equal(later[:, :3], states[:, :3])
    assert not torch.equal(later[:, 3], states[:, 3])
    torch.testing.assert_close(core(inputs[:, :3]), states[:, :3])
    assert torch.equal(core.initial(1)[0], torch.eye(4, 10))


@pytest.mark.parametrize("core", ["relational", "lstm"])
def test_recall(core):
    options = {"slots": 2, "heads": 1, "head_size": 4} if core == "relational" else {"size": 6}
    network, inputs = Recall(3, 5, core=core, hidden=7, **options), torch.randn(2, 4, 3)
    logits = network(inputs)
    assert logits.shape == (2, 5)
    half = network.state(inputs[:, :2])
    later = network.answered(network.state(inputs[:, 2:], half))
    assert torch.allclose(later, logits, atol=1e-6)


def test_bad_input():
    with pytest.raises(ValueError, match="gating"):
        RelationalMemory(3, gating="units")
    with pytest.raises(ValueError, match="core"):
        Recall(3, 5, core="gru")
