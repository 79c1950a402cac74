"""Networks that learn arithmetic modulo a prime: an MLP on embeddings, a one-layer transformer.

References:
    N. Nanda, L. Chan, T. Lieberum, J. Smith and J. Steinhardt, Progress measures for grokking via
        mechanistic interpretability, ICLR 2023: one layer, 4 heads, width 128, no layer norm.
    B. DeMoss, S. Sapora, J. Foerster, N. Hawes and I. Posner, The complexity dynamics of grokking,
        arXiv:2412.09810, 2024.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from neural._options import shaped, sizes

__all__ = ["ModularMLP", "ModularTransformer"]


class ModularMLP(nn.Module):
    """Two numbers, one embedding for both, a hidden layer on their sum.

    Args:
        modulus: p, inputs and outputs.
        width: of the embedding.
        hidden: units of the hidden layer.

    Raises:
        TypeError, ValueError: a number is below 1.
    """

    def __init__(self, modulus: int, *, width: int = 128, hidden: int = 256) -> None:
        super().__init__()
        sizes(1, modulus=modulus, width=width, hidden=hidden)
        self.embed = nn.Embedding(modulus, width)
        self.first = nn.Linear(width, hidden)
        self.second = nn.Linear(hidden, modulus)

    def forward(self, pairs: Tensor) -> Tensor:
        """Logits (n, p) of pairs (n, 2).

        Raises:
            ValueError: they have another shape.
        """
        shaped("pairs", pairs, "n", 2)
        both = self.embed(pairs).sum(1)  # (n, width)
        return self.second(functional.relu(self.first(both)))


class ModularTransformer(nn.Module):
    """One layer of attention and one of perceptrons over "a b =", without normalisation.

    Args:
        modulus: p; the sign "=" is one symbol more.
        width: of the residual stream.
        heads: of attention; they divide the width.
        hidden: units of the perceptrons; 4 times the width where 0.

    Raises:
        TypeError, ValueError: a number is below 1 (of `hidden`, below 0); the heads do not divide
            the width.
    """

    def __init__(self, modulus: int, *, width: int = 128, heads: int = 4, hidden: int = 0) -> None:
        super().__init__()
        sizes(1, modulus=modulus, width=width, heads=heads)
        sizes(0, hidden=hidden)
        if width % heads:
            raise ValueError(f"heads: got {heads}, accepted is a divisor of the width {width}")
        self.heads = heads
        self.symbols = nn.Embedding(modulus + 1, width)
        self.places = nn.Parameter(torch.randn(3, width) / width**0.5)
        self.into = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.first = nn.Linear(width, hidden or 4 * width)
        self.second = nn.Linear(hidden or 4 * width, width)
        self.read = nn.Linear(width, modulus, bias=False)
        self.equals = modulus

    def forward(self, pairs: Tensor) -> Tensor:
        """Logits (n, p) at the sign "=", of pairs (n, 2).

        Raises:
            ValueError: they have another shape.
        """
        shaped("pairs", pairs, "n", 2)
        sign = pairs.new_full((len(pairs), 1), self.equals)
        x = self.symbols(torch.cat([pairs, sign], 1)) + self.places  # (n, 3, width)
        split = self.into(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = split  # each (n, heads, 3, width / heads)
        seen = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        x = x + self.second(functional.relu(self.first(x)))
        return self.read(x[:, -1])
