"""The Transformer: multi-head attention written out, encoder and decoder, sinusoids.

References:
    A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, L. Kaiser and
        I. Polosukhin, Attention is all you need, NeurIPS 2017.
    A. M. Rush, The Annotated Transformer, NLP-OSS 2018: normalises before each sublayer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from complexity.errors import integer, one_of
from neural._options import shaped, shares, sizes

__all__ = ["MultiHeadAttention", "Transformer", "TransformerLayer", "sinusoids"]

Norm = Literal["post", "pre"]


def sinusoids(length: int, width: int) -> Tensor:
    """Positions (length, width): sin and cos of pos / 10000^(2i / width), in turn (section 3.5)."""
    places = torch.arange(length, dtype=torch.float64)[:, None]
    pairs = torch.arange(0, width, 2, dtype=torch.float64)
    angles = places * torch.exp(pairs * (-math.log(10000.0) / width))  # (length, width / 2)
    both = torch.stack([angles.sin(), angles.cos()], -1)
    return both.flatten(1)[:, :width].float()


class MultiHeadAttention(nn.Module):
    """Section 3.2.2: in each head, softmax(Q K' / sqrt(d_k)) V; heads side by side, then W^O.

    Args:
        width: d_model.
        heads: h; d_v is width / h.
        key_width: d_k of a head; width / h where 0.
        dropout: on the weights of attention, which the paper has not and the code of the time has.

    Raises:
        TypeError, ValueError: a number is below 1 (of `key_width`, below 0), or the dropout no
            share; the heads do not divide the width.
    """

    def __init__(self, width: int, heads: int, *, key_width: int = 0, dropout: float = 0.0) -> None:
        super().__init__()
        if integer("width", width, 1) % integer("heads", heads, 1):
            raise ValueError(f"heads: got {heads}, accepted is a divisor of the width {width}")
        sizes(0, key_width=key_width)
        shares(dropout=dropout)
        self.heads = heads
        self.query = nn.Linear(width, heads * (key_width or width // heads))
        self.key = nn.Linear(width, heads * (key_width or width // heads))
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def weights(self, x: Tensor, memory: Tensor, seen: Tensor | None = None) -> Tensor:
        """What each position of x attends to: (n, heads, T, S), rows of sum 1.

        Args:
            x: (n, T, width), the queries.
            memory: (n, S, width), the keys.
            seen: bool, of a shape that broadcasts to (n, heads, T, S); None for all.
        """
        query, key = self._split(self.query(x)), self._split(self.key(memory))
        scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])  # (n, heads, T, S)
        if seen is not None:
            scores = scores.masked_fill(~seen, -math.inf)
        return scores.softmax(-1)

    def forward(self, x: Tensor, memory: Tensor, seen: Tensor | None = None) -> Tensor:
        """Like `weights`; gives (n, T, width)."""
        weights = self.dropout(self.weights(x, memory, seen))
        mixed = weights @ self._split(self.value(memory))  # (n, heads, T, d_v)
        return self.out(mixed.transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (n, heads, T, d)


class TransformerLayer(nn.Module):
    """Self-attention, attention to a memory in a decoder, two linear maps with ReLU between.

    Args:
        width: d_model.
        heads: of attention.
        hidden: d_ff.
        dropout: on the output of each sublayer (section 5.4).
        inner_dropout: on attention weights and inside the feed-forward sublayer.
        norm: "post" normalises the sum of input and sublayer, "pre" the sublayer's input.
        decoder: whether it attends to a memory too.
        key_width: as in `MultiHeadAttention`.

    Raises:
        TypeError, ValueError: an option is out of range.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        hidden: int,
        *,
        dropout: float = 0.1,
        inner_dropout: float = 0.0,
        norm: Norm = "post",
        decoder: bool = False,
        key_width: int = 0,
    ) -> None:
        super().__init__()
        self.norm = one_of("norm", norm, ("post", "pre"))
        sizes(1, hidden=hidden)
        shares(dropout=dropout, inner_dropout=inner_dropout)

        def attention() -> MultiHeadAttention:
            return MultiHeadAttention(width, heads, key_width=key_width, dropout=inner_dropout)

        self.self_attention = attention()
        self.memory_attention = attention() if decoder else None
        self.feed_forward = nn.Sequential(
            nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(inner_dropout), nn.Linear(hidden, width)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3 if decoder else 2))
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Tensor,
        seen: Tensor | None = None,
        memory: Tensor | None = None,
        memory_seen: Tensor | None = None,
    ) -> Tensor:
        """x (n, T, width) to the same shape; masks as in `MultiHeadAttention.weights`."""
        x = self._sublayer(0, x, lambda y: self.self_attention(y, y, seen))
        if (attend := self.memory_attention) is not None:
            assert memory is not None, "a decoder's layer has a memory"
            x = self._sublayer(1, x, lambda y: attend(y, memory, memory_seen))
        return self._sublayer(-1, x, self.feed_forward)

    def _sublayer(self, index: int, x: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        norm = self.norms[index]
        if self.norm == "post":
            return norm(x + self.dropout(function(x)))
        return x + self.dropout(function(norm(x)))


class Transformer(nn.Module):
    """Encoder and decoder over sequences of symbols, of which `padding` is none.

    A `neural.decoding.Translator`. At its defaults it is the base model of Table 3.

    Args:
        symbols: of the source, and of the target too where `target_symbols` is 0.
        target_symbols: of the target.
        width: d_model.
        layers: N, of encoder and decoder each.
        heads: h.
        hidden: d_ff.
        dropout: P_drop, of sublayers and of the sums of embeddings and positions.
        inner_dropout: as in `TransformerLayer`.
        norm: "post" as Vaswani et al., "pre" as the Annotated Transformer, with a last norm each.
        shared: one matrix for both embeddings and the output (section 3.4), without bias.
        positions: "sinusoids", "learned" (Table 3, row E), or "none".
        key_width: d_k; width / heads where 0.
        longest: positions that are learned.
        padding: the symbol that stands for none.

    Raises:
        TypeError, ValueError: a number is below 1 (of `target_symbols`, `key_width` and `padding`,
            below 0), or a dropout no share; an unknown name; heads that do not divide the width;
            symbols shared by two vocabularies of different size.
    """

    def __init__(
        self,
        symbols: int,
        target_symbols: int = 0,
        *,
        width: int = 512,
        layers: int = 6,
        heads: int = 8,
        hidden: int = 2048,
        dropout: float = 0.1,
        inner_dropout: float = 0.0,
        norm: Norm = "post",
        shared: bool = True,
        positions: Literal["sinusoids", "learned", "none"] = "sinusoids",
        key_width: int = 0,
        longest: int = 512,
        padding: int = 0,
    ) -> None:
        super().__init__()
        sizes(1, symbols=symbols, width=width, layers=layers, longest=longest)
        sizes(0, target_symbols=target_symbols, padding=padding)
        target_symbols = target_symbols or symbols
        one_of("positions", positions, ("sinusoids", "learned", "none"))
        if shared and target_symbols != symbols:
            raise ValueError(
                f"target_symbols: got {target_symbols}, accepted is the source's {symbols} where "
                "embeddings are shared; consider shared=False"
            )
        self.width, self.padding, self.positions = width, padding, positions
        self.source = nn.Embedding(symbols, width)
        self.target = self.source if shared else nn.Embedding(target_symbols, width)
        if positions == "learned":
            self.places = nn.Parameter(torch.empty(longest, width))

        def stack(decoder: bool) -> nn.ModuleList:
            return nn.ModuleList(
                TransformerLayer(
                    width, heads, hidden, dropout=dropout, inner_dropout=inner_dropout, norm=norm,
                    decoder=decoder, key_width=key_width,
                )
                for _ in range(layers)
            )  # fmt: skip

        self.encoder, self.decoder = stack(False), stack(True)
        last = norm == "pre"  # what comes out of a residual stream was not normalised
        self.encoder_norm = nn.LayerNorm(width) if last else nn.Identity()
        self.decoder_norm = nn.LayerNorm(width) if last else nn.Identity()
        self.read = None if shared else nn.Linear(width, target_symbols)
        self.dropout = nn.Dropout(dropout)
        for parameter in self.parameters():
            if parameter.ndim > 1:
                nn.init.xavier_uniform_(parameter)
        for table in dict.fromkeys(
            (self.source, self.target)
        ):  # of unit variance once multiplied by sqrt(width)
            nn.init.normal_(table.weight, std=width**-0.5)

    def encode(self, source: Tensor) -> tuple[Tensor, ...]:
        """Source (n, S) to memory (n, S, width), what of it is no padding (n, S), no prefix."""
        real = source != self.padding
        x = self._embedded(self.source, source)
        for layer in self.encoder:
            x = layer(x, real[:, None, None])
        return self.encoder_norm(x), real, source[:, :0]

    def decode(self, memory: Tensor, real: Tensor, target: Tensor) -> Tensor:
        """Logits (n, T, K) of what follows each symbol of the target (n, T)."""
        length = target.shape[1]
        causal = torch.ones(length, length, dtype=torch.bool, device=target.device).tril()
        x = self._embedded(self.target, target)
        for layer in self.decoder:  # paddings come last, where causality hides them
            x = layer(x, causal, memory, real[:, None, None])
        x = self.decoder_norm(x)
        return x @ self.target.weight.T if self.read is None else self.read(x)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits (n, T, K) of what follows each symbol of target (n, T), given source (n, S).

        Raises:
            ValueError: source or target has another shape.
        """
        shaped("source", source, "n", "S")
        shaped("target", target, len(source), "T")
        memory, real, _ = self.encode(source)
        return self.decode(memory, real, target)

    def step(self, state: tuple[Tensor, ...], symbols: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits (n, K) of the symbol after `symbols` (n,), and the state there."""
        memory, real, prefix = state
        prefix = torch.cat([prefix, symbols[:, None]], 1)
        return self.decode(memory, real, prefix)[:, -1], (memory, real, prefix)

    def _embedded(self, table: nn.Embedding, symbols: Tensor) -> Tensor:
        x = table(symbols) * math.sqrt(self.width)  # (n, T, width)
        if self.positions == "sinusoids":
            x = x + sinusoids(symbols.shape[1], self.width).to(x)
        elif self.positions == "learned":
            if symbols.shape[1] > len(self.places):
                raise ValueError(
                    f"symbols: got {symbols.shape[1]} a row, accepted are at most "
                    f"{len(self.places)}, whose positions are learned; give a greater longest"
                )
            x = x + self.places[: symbols.shape[1]] * math.sqrt(self.width)
        return self.dropout(x)
