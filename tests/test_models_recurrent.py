"""Recurrent layers against torch's, against their equations, and the model that stacks them."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from neural import papers  # noqa: E402
from neural.models.recurrent import (  # noqa: E402
    GRU,
    LSTM,
    CarriedState,
    Elman,
    RecurrentClassifier,
    RecurrentLM,
    text_bits,
)

STEPS, BATCH, INPUTS, HIDDEN = 7, 3, 4, 5


def as_torch(layer, theirs):
    """The weights of torch's layer, in ours."""
    with torch.no_grad():
        layer.from_input.weight.copy_(theirs.weight_ih_l0)
        layer.from_input.bias.copy_(theirs.bias_ih_l0)
        layer.from_state.weight.copy_(theirs.weight_hh_l0)
        layer.from_state.bias.copy_(theirs.bias_hh_l0)
    return layer


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(Elman, nn.RNN), (GRU, nn.GRU), (LSTM, nn.LSTM)],
    ids=["rnn", "gru", "lstm"],
)
def test_equal_to_torch(ours, theirs):
    """Outputs, last states and gradients, in doubles, from a state that is not zero."""
    torch.manual_seed(0)
    other = theirs(INPUTS, HIDDEN).double()
    layer = as_torch(ours(INPUTS, HIDDEN).double(), other)
    x = torch.randn(STEPS, BATCH, INPUTS, dtype=torch.float64)
    first = torch.randn(2, 1, BATCH, HIDDEN, dtype=torch.float64)
    start = (first[0], first[1]) if ours is LSTM else first[0]
    grads = []
    for each in (layer, other):
        out, last = each(x, start)
        (out**2).sum().backward()
        ends = torch.stack(last) if isinstance(last, tuple) else last
        grads.append((out.detach(), ends.detach(), next(each.parameters()).grad))
    for a, b in zip(*grads, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def plain_lstm(layer, x, *, without=(), coupled=False):
    """The essay's equations, gate by gate, in NumPy; peepholes where the layer has them."""
    matrices = [layer.from_input.weight, layer.from_state.weight]
    biases = layer.from_input.bias + layer.from_state.bias
    rows = {
        name: slice(at * layer.hidden, (at + 1) * layer.hidden)
        for at, name in enumerate(layer.parts)
    }
    w, u = (m.detach().numpy() for m in matrices)
    b = biases.detach().numpy()
    peep = {name: p.detach().numpy() for name, p in layer.peepholes.items()}
    h = c = np.zeros(layer.hidden)
    for v in x:

        def part(name, v=v, h=h):
            return w[rows[name]] @ v + u[rows[name]] @ h + b[rows[name]]

        def gate(name, cell, part=part):
            return 1.0 if name in without else sigmoid(part(name) + peep.get(name, 0) * cell)

        f = gate("forget", c)
        i = 1 - f if coupled else gate("input", c)
        new = f * c + i * np.tanh(part("candidate"))
        h = gate("output", new) * np.tanh(new)
        c = new
    return h, c


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"peepholes": True},
        {"coupled": True},
        {"coupled": True, "peepholes": True, "without": ("output",)},
        {"without": ("input",)},
        {"without": ("forget",), "peepholes": True},
        {"without": ("output", "input", "forget")},
    ],
    ids=str,
)
def test_variants_are_their_equations(options):
    torch.manual_seed(1)
    layer = LSTM(INPUTS, HIDDEN, **options).double()
    with torch.no_grad():
        for each in layer.peepholes.values():
            each.normal_()
    x = torch.randn(STEPS, 1, INPUTS, dtype=torch.float64)
    outputs, (h, c) = layer(x)
    plain = {k: v for k, v in options.items() if k != "peepholes"}
    wanted_h, wanted_c = plain_lstm(layer, x[:, 0].numpy(), **plain)
    np.testing.assert_allclose(outputs[-1, 0].detach(), wanted_h, atol=1e-12)
    np.testing.assert_allclose(h[0, 0].detach(), wanted_h, atol=1e-12)
    np.testing.assert_allclose(c[0, 0].detach(), wanted_c, atol=1e-12)


def test_the_reset_gate_may_come_first():
    torch.manual_seed(2)
    layer = GRU(INPUTS, HIDDEN, reset_first=True).double()
    x, h = (
        np.random.default_rng(0).normal(size=INPUTS),
        np.random.default_rng(1).normal(size=HIDDEN),
    )
    w, b = layer.from_input.weight.detach().numpy(), layer.from_input.bias.detach().numpy()
    u, d = layer.from_state.weight.detach().numpy(), layer.from_state.bias.detach().numpy()
    r, z, n = (slice(k * HIDDEN, (k + 1) * HIDDEN) for k in range(3))
    reset, update = (sigmoid(w[k] @ x + b[k] + u[k] @ h + d[k]) for k in (r, z))
    new = np.tanh(w[n] @ x + b[n] + u[n] @ (reset * h) + d[n])
    found, _ = layer(torch.from_numpy(x)[None, None], torch.from_numpy(h)[None, None])
    np.testing.assert_allclose(found[0, 0].detach(), (1 - update) * new + update * h, atol=1e-12)


def test_the_forget_gate_opens_first():
    torch.manual_seed(3)
    low = LSTM(INPUTS, HIDDEN)
    torch.manual_seed(3)
    high = LSTM(INPUTS, HIDDEN, forget_bias=1.0)
    difference = (high.from_input.bias - low.from_input.bias).detach().numpy()
    np.testing.assert_allclose(
        difference.reshape(4, HIDDEN), np.eye(4)[1][:, None] * np.ones(HIDDEN)
    )


def test_wrong_gates():
    with pytest.raises(ValueError, match="accepted with coupled gates"):
        LSTM(2, 2, coupled=True, without=("forget",))
    with pytest.raises(ValueError, match="without: unknown 'ouput'"):
        LSTM(2, 2, without=("ouput",))  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_text_in_two_parts_is_one_text(cell):
    """Also for our layers, which the model takes for dropout on recurrent connections."""
    torch.manual_seed(4)
    tokens = torch.randint(9, (2, 12))
    for options in ({}, {"recurrent_dropout": 0.5, "dropout": 0.5, "embedding": 6}):
        model = RecurrentLM(9, cell=cell, hidden=8, **options).eval()
        whole, _ = model(tokens)
        first, state = model(tokens[:, :5])
        second, _ = model(tokens[:, 5:], state)
        torch.testing.assert_close(torch.cat([first, second], 1), whole)
        carried = CarriedState(model, 2).eval()
        again = [carried(tokens[:, :5], fresh=True), carried(tokens[:, 5:])]
        torch.testing.assert_close(torch.cat(again, 1), whole)
        text = tokens[0].numpy()
        logits = whole[0, :-1].detach()
        nats = nn.functional.cross_entropy(logits, tokens[0, 1:], reduction="sum")
        assert text_bits(model, text) == pytest.approx(float(nats) / np.log(2), rel=1e-5)
        assert text_bits(model, text, piece=3) == pytest.approx(text_bits(model, text), rel=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_bits_spent_are_summed_in_double_precision(dtype):
    """In float16 70,000 bits are infinite, in bfloat16 the next bit is lost."""
    carried = CarriedState(RecurrentLM(5, hidden=4), 2).to(dtype)
    logits = carried(torch.zeros(2, 3, dtype=torch.int64), fresh=True)
    assert logits.dtype == carried.get_buffer("state0").dtype == dtype
    for bits in (70_000.0, 1.0):
        carried.spent_bits += torch.tensor(bits, dtype=torch.float64)
    assert float(carried.spent_bits) == 70_001


def test_dropout_on_recurrent_connections_only_there():
    torch.manual_seed(5)
    x = torch.randn(1, 2, INPUTS)
    layer = Elman(INPUTS, HIDDEN, recurrent_dropout=1.0).train()
    h = torch.ones(1, 2, HIDDEN)
    forgetful, _ = layer(x, h)
    torch.testing.assert_close(forgetful, layer(x, 0 * h)[0])
    assert not torch.allclose(layer.eval()(x, h)[0], forgetful)


def test_classifier():
    module = RecurrentClassifier(LSTM(INPUTS, HIDDEN), 3)
    assert module(torch.randn(6, STEPS, INPUTS)).shape == (6, 3)


def test_sums_instead_of_classes(tmp_path):
    """The other task of the paper on LSTMs: an answer's bits are those of an error."""
    paper = papers.get("understanding-lstm")
    found = paper.run(
        scale="smoke", seeds=1, arms=["LSTM"], out=tmp_path, jobs=1, progress=False,
        settings={"task": "adding", "tested": 400},
    )  # fmt: skip
    # before training, sums are off by about their spread, 1/6 around 1, plus what the output is off
    bits = found.values("LSTM", "answer_bits")[0]
    assert bits > 0.5 * np.log2(2 * np.pi * np.e / 6 / 0.04**2)
    assert found.values("LSTM", "right")[0] < 0.2


def test_a_model_whose_state_is_carried_stays_in_its_mode():
    model = RecurrentLM(5, hidden=4, dropout=0.5)
    model.read.eval()
    CarriedState(model, 2)
    assert model.training
    assert model.drop.training
    assert not model.read.training
