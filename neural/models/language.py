"""A decoder-only Transformer that reads on: GPT-2 at its defaults, any size by its options.

References:
    A. Radford, J. Wu, R. Child, D. Luan, D. Amodei and I. Sutskever, Language models are
        unsupervised multitask learners, 2019: normalises before sublayers, and once at the end;
        projections back into the residual stream begin smaller by sqrt(2 layers).
    J. Kaplan et al., Scaling laws for neural language models, 2020, section 2.1: what is counted.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from complexity.errors import one_of
from neural._options import shares, sizes
from neural.models.transformer import TransformerLayer

__all__ = ["GPT", "TiedLSTM", "small_gpt", "small_lstm"]


class GPT(nn.Module):
    """Symbols to logits of what follows each; the embedding is also the output's matrix.

    Args:
        symbols: of the vocabulary, K.
        width: d_model.
        layers: blocks of attention and feed-forward.
        heads: of attention; they divide the width.
        hidden: d_ff; 4 times the width where 0.
        context: positions that are learned: the longest text.
        dropout: of embeddings, attention weights and sublayers.
        initial: "gpt2" draws all matrices with a deviation of 0.02, as GPT-2; "scaled" embeddings
            with 0.1 and maps with 0.8 / sqrt(inputs), so that narrow networks learn at once too.

    Raises:
        TypeError, ValueError: a number is below 1 (of `hidden`, below 0), or the dropout no share;
            heads that do not divide the width; an unknown name.
    """

    def __init__(
        self,
        symbols: int = 50_257,
        *,
        width: int = 768,
        layers: int = 12,
        heads: int = 12,
        hidden: int = 0,
        context: int = 1024,
        dropout: float = 0.1,
        initial: Literal["gpt2", "scaled"] = "gpt2",
    ) -> None:
        super().__init__()
        sizes(1, symbols=symbols, width=width, layers=layers, heads=heads, context=context)
        sizes(0, hidden=hidden)
        shares(dropout=dropout)
        one_of("initial", initial, ("gpt2", "scaled"))
        self.context = context
        self.symbols = nn.Embedding(symbols, width)
        self.places = nn.Embedding(context, width)
        hidden = hidden or 4 * width
        blocks = [
            TransformerLayer(
                width, heads, hidden, dropout=dropout, inner_dropout=dropout, norm="pre"
            )
            for _ in range(layers)
        ]
        for block in blocks:  # as GPT-2 has it: no dropout behind the activation
            block.feed_forward = nn.Sequential(
                nn.Linear(width, hidden), nn.GELU(approximate="tanh"), nn.Linear(hidden, width)
            )
        self.blocks = nn.ModuleList(blocks)
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)
        causal = torch.ones(context, context, dtype=torch.bool).tril()
        self.register_buffer("causal", causal, persistent=False)
        self._draw(initial, blocks)

    def _draw(self, initial: str, blocks: list[TransformerLayer]) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear):
                deviation = 0.02 if initial == "gpt2" else 0.8 / math.sqrt(module.in_features)
                nn.init.normal_(module.weight, std=deviation)
                nn.init.zeros_(module.bias)
        tables = (0.02, 0.01) if initial == "gpt2" else (0.1, 0.1)
        for table, deviation in zip((self.symbols, self.places), tables, strict=True):
            nn.init.normal_(table.weight, std=deviation)
        with torch.no_grad():
            for block in blocks:
                for back in (block.self_attention.out.weight, block.feed_forward[-1].weight):
                    back.div_(math.sqrt(2 * len(blocks)))  # pyright: ignore[reportCallIssue]

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (B, T, K) of what follows each symbol of tokens (B, T) int64.

        Raises:
            ValueError: the text is longer than the context.
        """
        length = tokens.shape[1]
        if length > self.context:
            raise ValueError(f"tokens: got {length} a row, accepted are at most {self.context}")
        places = torch.arange(length, device=tokens.device)
        x = self.dropout(self.symbols(tokens) + self.places(places))  # (B, T, d)
        seen = self.causal[:length, :length]  # pyright: ignore[reportIndexIssue]
        for block in self.blocks:
            x = block(x, seen)
        return self.norm(x) @ self.symbols.weight.T


def small_gpt(symbols: int, width: int) -> GPT:
    """The family of `neural.papers.get("scaling-laws")`: two layers, heads of 16 where they fit.

    Args:
        symbols: of the vocabulary.
        width: d_model; 12 L d^2 = 24 width^2 parameters are in matrices that are no embeddings.
    """
    heads = next(each for each in range(max(1, width // 16), 0, -1) if width % each == 0)
    return GPT(
        symbols, width=width, layers=2, heads=heads, context=64, dropout=0.0, initial="scaled"
    )


class TiedLSTM(nn.Module):
    """The recurrent counterpart: embedding, LSTM layers, and the embedding again as output.

    Args:
        symbols: of the vocabulary, K.
        width: of embedding and states; 8 width^2 parameters a layer are in matrices.
        layers: of LSTM.

    Raises:
        TypeError, ValueError: a number is below 1.
    """

    def __init__(self, symbols: int, *, width: int, layers: int = 2) -> None:
        super().__init__()
        sizes(1, symbols=symbols, width=width, layers=layers)
        self.symbols = nn.Embedding(symbols, width)
        nn.init.normal_(self.symbols.weight, std=0.1)
        self.layers = nn.LSTM(width, width, layers, batch_first=True)
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (B, T, K) of what follows each symbol of tokens (B, T) int64; states from 0."""
        states, _ = self.layers(self.symbols(tokens))  # (B, T, d)
        return self.norm(states) @ self.symbols.weight.T


def small_lstm(symbols: int, width: int) -> TiedLSTM:
    """The recurrent family of `neural.papers.get("scaling-laws")`: two layers, N = 16 width^2."""
    return TiedLSTM(symbols, width=width)
