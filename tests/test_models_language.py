"""The decoder-only Transformer against torch's own layers, GPT-2's sizes, and causality."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
import torch
from torch import nn

from neural.models.language import GPT, TiedLSTM, small_gpt, small_lstm
from neural.scaling import kaplan
from neural.scaling.sweeping import counted_parameters


# as Radford et al.'s released weights have them, the output tied to the embedding
@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({}, 124_439_808),
        ({"width": 1024, "layers": 24, "heads": 16}, 354_823_168),
        ({"width": 1280, "layers": 36, "heads": 20}, 774_030_080),
        ({"width": 1600, "layers": 48, "heads": 25}, 1_557_611_200),
    ],
)
def test_sizes_of_gpt_2(options, count):
    with torch.device("meta"):
        module = GPT(**options)
    assert sum(p.numel() for p in module.parameters()) == count
    layers, width = options.get("layers", 12), options.get("width", 768)
    assert counted_parameters(module) == kaplan.parameters(layers, width) == 12 * layers * width**2


def test_a_model_is_torchs_layers():
    """Embeddings, torch's encoder layers with a causal mask, a norm, the embedding again."""
    torch.manual_seed(0)
    ours = GPT(11, width=16, layers=2, heads=4, context=7, dropout=0.0).eval()
    x = torch.randint(11, (3, 7))
    out = ours.symbols(x) + ours.places.weight
    mask = nn.Transformer.generate_square_subsequent_mask(7)
    for block in ours.blocks:
        theirs = nn.TransformerEncoderLayer(
            16, 4, 64, 0.0, lambda y: nn.functional.gelu(y, approximate="tanh"),
            batch_first=True, norm_first=True,
        )  # fmt: skip
        attention = block.self_attention
        maps = (attention.query, attention.key, attention.value)
        theirs.load_state_dict(
            {
                "self_attn.in_proj_weight": torch.cat([each.weight for each in maps]),
                "self_attn.in_proj_bias": torch.cat([each.bias for each in maps]),
                "self_attn.out_proj.weight": attention.out.weight,
                "self_attn.out_proj.bias": attention.out.bias,
                "linear1.weight": block.feed_forward[0].weight,
                "linear1.bias": block.feed_forward[0].bias,
                "linear2.weight": block.feed_forward[2].weight,
                "linear2.bias": block.feed_forward[2].bias,
                **{
                    f"norm{at + 1}.{name}": getattr(norm, name)
                    for at, norm in enumerate(block.norms)
                    for name in ("weight", "bias")
                },
            }
        )
        out = theirs(out, src_mask=mask, is_causal=True)
    expected = nn.functional.linear(ours.norm(out), ours.symbols.weight)
    torch.testing.assert_close(ours(x), expected)


@pytest.mark.parametrize("family", [small_gpt, small_lstm])
def test_nothing_looks_ahead(family):
    """Logits depend on the symbols up to theirs, and on all of those."""
    torch.manual_seed(0)
    module = family(13, 8).eval()
    x = torch.randint(13, (1, 9))
    base = module(x)
    for place in range(9):
        other = x.clone()
        other[0, place] = (x[0, place] + 1) % 13
        changed = (module(other) - base).abs().amax((0, 2)) > 0
        assert changed.tolist() == [at >= place for at in range(9)]


@pytest.mark.parametrize("initial", ["gpt2", "scaled"])
def test_first_weights(initial):
    torch.manual_seed(0)
    module = GPT(200, width=64, layers=3, heads=4, context=50, initial=initial)
    block = module.blocks[0]
    base = 0.02 if initial == "gpt2" else 0.1
    assert module.symbols.weight.std().item() == pytest.approx(base, rel=0.05)
    wide = 0.02 if initial == "gpt2" else 0.8 / 64**0.5
    back = 0.02 if initial == "gpt2" else 0.8 / 256**0.5
    assert block.feed_forward[0].weight.std().item() == pytest.approx(wide, rel=0.05)
    assert block.feed_forward[2].weight.std().item() == pytest.approx(back / 6**0.5, rel=0.05)
    assert not block.self_attention.query.bias.any()


def test_the_recurrent_family():
    """8 width^2 a layer in matrices, and the embedding is the output."""
    assert counted_parameters(small_lstm(20, 12)) == 2 * 8 * 12**2
    assert counted_parameters(small_gpt(20, 12)) == 24 * 12**2
    torch.manual_seed(0)
    module = TiedLSTM(20, width=6, layers=1)
    x = torch.randint(20, (2, 5))
    states = module.layers(module.symbols.weight[x])[0]
    normal = (states - states.mean(2, keepdim=True)) / (
        states.var(2, keepdim=True, correction=0) + 1e-5
    ).sqrt()
    torch.testing.assert_close(module(x), normal @ module.symbols.weight.T)


def test_bad_options():
    with pytest.raises(ValueError, match="tokens: got 9 a row, accepted are at most 8"):
        GPT(5, width=4, layers=1, heads=1, context=8)(torch.zeros(1, 9, dtype=torch.int64))
    with pytest.raises(ValueError, match="heads: got 3, accepted is a divisor"):
        GPT(5, width=4, layers=1, heads=3)
    with pytest.raises(ValueError, match="initial"):
        GPT(5, width=4, layers=1, heads=1, initial="gpt-2")
    with pytest.raises(ValueError, match="layers"):
        GPT(5, width=4, layers=0, heads=1)
