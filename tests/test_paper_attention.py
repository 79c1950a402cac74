"""Counted operations against the orders of Table 1; heads taken out of a network."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
import torch

from neural.models.transformer import MultiHeadAttention, Transformer
from neural.papers.attention import layer_operations, without_heads


@pytest.mark.parametrize(("length", "width"), [(5, 8), (10, 8), (7, 16)])
def test_operations(length, width):
    """n^2 d twice and four projections of n d^2; six products of n d^2; k n d^2 with k = 3."""
    square = length * width**2
    attention = layer_operations("self-attention", length, width)
    assert attention == 2 * length**2 * width + 4 * square
    assert layer_operations("recurrent", length, width) == 6 * square
    assert layer_operations("convolutional", length, width) == 3 * square


def test_a_head_that_is_left_out_adds_nothing():
    torch.manual_seed(0)
    model = Transformer(9, width=12, layers=1, heads=3, hidden=8)
    name = "encoder.0.self_attention"
    attention = model.get_submodule(name)
    assert isinstance(attention, MultiHeadAttention)
    x = torch.randn(2, 5, 12)
    parts = []
    for head in range(3):
        others = {(name, each) for each in range(3) if each != head}
        parts.append(without_heads(model, others).get_submodule(name)(x, x) - attention.out.bias)
    torch.testing.assert_close(sum(parts) + attention.out.bias, attention(x, x))
    less = without_heads(model, {(name, 1)}).get_submodule(name)(x, x)
    torch.testing.assert_close(less, parts[0] + parts[2] + attention.out.bias)
