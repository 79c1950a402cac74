"""Deep Speech 2's parts against torch's own, and against their equations."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
import torch
from torch import nn

from neural.models.deep_speech import (
    DeepSpeech,
    LookaheadConvolution,
    RecurrentLayer,
    SequenceNorm,
    frame_mask,
)

LENGTHS = torch.tensor([7, 4, 1])
TORCHS = {"gru": nn.GRU, "lstm": nn.LSTM}


@pytest.mark.parametrize("cell", TORCHS)
@pytest.mark.parametrize("bidirectional", [True, False])
def test_recurrent_layers_equal_torchs(cell, bidirectional):
    torch.manual_seed(0)
    units = 5
    ours = RecurrentLayer(3, units, cell=cell, normalise="none", bidirectional=bidirectional)
    theirs = TORCHS[cell](3, units, batch_first=True, bidirectional=bidirectional)
    state = {}
    for at, end in enumerate(["", "_reverse"][: 1 + bidirectional]):
        state[f"weight_ih_l0{end}"] = ours.into.weight.chunk(1 + bidirectional)[at]
        state[f"bias_ih_l0{end}"] = ours.into.bias.chunk(1 + bidirectional)[at]
        state[f"weight_hh_l0{end}"] = ours.recurrent[at].weight
        state[f"bias_hh_l0{end}"] = ours.recurrent[at].bias
    theirs.load_state_dict(state)
    x = torch.randn(3, 7, 3)
    packed = nn.utils.rnn.pack_padded_sequence(x, LENGTHS, batch_first=True)
    expected = nn.utils.rnn.pad_packed_sequence(theirs(packed)[0], batch_first=True)[0]
    expected = expected.unflatten(2, (1 + bidirectional, units)).sum(2)
    torch.testing.assert_close(ours(x, frame_mask(LENGTHS, 7)), expected)


def test_equation_of_the_clipped_rnn():
    torch.manual_seed(0)
    layer = RecurrentLayer(2, 3, cell="rnn", bidirectional=False)
    with torch.no_grad():
        layer.recurrent[0].weight.mul_(30)  # so that some units are clipped
    x = torch.randn(1, 6, 2)
    found = layer(x, torch.ones(1, 6, dtype=torch.bool))[0].detach().numpy()
    # h_t = f(B(W x_t) + U h_{t-1} + b), statistics over the frames
    p = (x[0] @ layer.into.weight.T).detach().double().numpy()
    p = (p - p.mean(0)) / np.sqrt(p.var(0) + 1e-5)
    u, b = (each.detach().double().numpy() for each in layer.recurrent[0].parameters())
    h = np.zeros(3)
    clipped = False
    for t in range(6):
        h = np.minimum(np.maximum(p[t] + u @ h + b, 0), 20)
        clipped |= bool((h == 20).any())
        np.testing.assert_allclose(found[t], h, rtol=1e-4, atol=1e-5)
    assert clipped


def test_sequence_norm_knows_no_padding():
    torch.manual_seed(0)
    norm, mask = SequenceNorm(4), frame_mask(LENGTHS, 7)
    x = torch.randn(3, 7, 4)
    found = norm(x, mask)
    frames = x[mask].double().numpy()
    expected = (frames - frames.mean(0)) / np.sqrt(frames.var(0) + 1e-5)
    np.testing.assert_allclose(found[mask].detach().numpy(), expected, rtol=1e-4, atol=1e-5)
    assert not found[~mask].any()
    assert mask.sum(1).tolist() == LENGTHS.tolist()


def test_lookahead_is_a_sum_over_the_next_frames():
    torch.manual_seed(0)
    layer, h = LookaheadConvolution(3, 2), torch.randn(2, 5, 3)
    w, found = layer.weight.detach().numpy()[:, 0], layer(h).detach().numpy()
    for n, t, i in np.ndindex(2, 5, 3):
        expected = sum(w[i, j] * h[n, t + j, i] for j in range(3) if t + j < 5)
        assert found[n, t, i] == pytest.approx(float(expected), rel=1e-4, abs=1e-6)
    assert sum(p.numel() for p in layer.parameters()) == 3 * 3


@pytest.mark.parametrize(
    "options",
    [{}, {"normalise": "none"}, {"normalise": "inputs", "cell": "lstm"}, {"lookahead": 3}],
)
def test_utterances_do_not_see_one_another_nor_padding(options):
    torch.manual_seed(0)
    net = DeepSpeech(symbols=5, bins=21, channels=2, layers=2, units=6, **options).eval()
    lengths = torch.tensor([31, 18, 9])
    x = torch.randn(3, 31, 21)
    together = net(x, lengths)
    assert together.shape == (3, 16, 5)
    torch.testing.assert_close(together.exp().sum(2), torch.ones(3, 16))
    for row, length in enumerate(lengths.tolist()):
        alone = net(x[row : row + 1, :length], lengths[row : row + 1])
        assert alone.shape[1] == net.frames(lengths)[row]
        torch.testing.assert_close(alone[0], together[row, : alone.shape[1]])


def test_what_a_one_way_network_sees():
    torch.manual_seed(0)
    end = torch.tensor([30])  # convolutions see 15 frames ahead, a lookahead of 1 two more
    for options, sees_the_end in [({"lookahead": 1}, False), ({}, True)]:
        net = DeepSpeech(symbols=3, bins=9, channels=2, layers=1, units=4, **options).eval()
        x = torch.randn(1, 30, 9)
        changed = x.clone()
        changed[:, -1] += 1.0
        same = torch.equal(net(x, end)[0, 0], net(changed, end)[0, 0])
        assert same != sees_the_end
