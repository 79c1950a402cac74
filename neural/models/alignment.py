"""Translation that learns to align, and the fixed vector that it was compared with.

Recurrent units are those of the paper's appendix A.1.1, with the reset gate inside the product
U (r s), where torch's GRU has it outside.

References:
    D. Bahdanau, K. Cho and Y. Bengio, Neural machine translation by jointly learning to align and
        translate, ICLR 2015; appendix A.2 for every equation.
    K. Cho et al., Learning phrase representations using RNN encoder-decoder for statistical machine
        translation, EMNLP 2014.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from neural._options import shaped, shares, sizes

__all__ = ["AlignmentTranslator", "GatedUnit"]


class GatedUnit(nn.Module):
    """s' = (1 - z) s + z tanh(W x + U (r s)) with gates z, r = sigmoid(W x + U s).

    Args:
        inputs: size of x.
        units: size of s.
        bias: whether W x has a bias.

    Raises:
        TypeError, ValueError: a number is below 1.
    """

    def __init__(self, inputs: int, units: int, *, bias: bool = False) -> None:
        super().__init__()
        sizes(1, inputs=inputs, units=units)
        self.into = nn.Linear(inputs, 3 * units, bias=bias)
        self.gates = nn.Linear(units, 2 * units, bias=False)
        self.candidate = nn.Linear(units, units, bias=False)
        for square in (*self.gates.weight.chunk(2), self.candidate.weight):  # appendix B.1
            nn.init.orthogonal_(square)

    def forward(self, projected: Tensor, state: Tensor) -> Tensor:
        """The state (n, units) after `projected` = into(x), (n, 3 units)."""
        into_update, into_reset, into_new = projected.chunk(3, -1)
        update, reset = self.gates(state).chunk(2, -1)
        update, reset = torch.sigmoid(into_update + update), torch.sigmoid(into_reset + reset)
        new = torch.tanh(into_new + self.candidate(reset * state))
        return state + update * (new - state)


class AlignmentTranslator(nn.Module):
    """RNNsearch; or RNNencdec, whose decoder sees the encoder's last state alone.

    A `neural.decoding.Translator`. The readout takes s_{i-1}, as appendix A.2.2 has it.

    Args:
        source_symbols: K_x.
        target_symbols: K_y.
        units: n, of each direction and of the decoder.
        embedding: m.
        alignment: n', hidden units of the alignment model; 0 for the fixed vector.
        readout: l, maxout units of two pieces.
        bias: whether there are any; the paper's equations leave them out.
        dropout: on embeddings and on the readout; the paper has none.
        padding: the symbol that stands for none.

    Raises:
        TypeError, ValueError: a number is below 1 (of `alignment` and `padding`, below 0), or the
            dropout no share.
    """

    def __init__(
        self,
        source_symbols: int,
        target_symbols: int,
        *,
        units: int = 1000,
        embedding: int = 620,
        alignment: int = 1000,
        readout: int = 500,
        bias: bool = False,
        dropout: float = 0.0,
        padding: int = 0,
    ) -> None:
        super().__init__()
        sizes(1, source_symbols=source_symbols, target_symbols=target_symbols, units=units)
        sizes(1, embedding=embedding, readout=readout)
        sizes(0, alignment=alignment, padding=padding)
        shares(dropout=dropout)
        self.units, self.padding = units, padding
        memory = 2 * units if alignment else units
        self.source = nn.Embedding(source_symbols, embedding)
        self.target = nn.Embedding(target_symbols, embedding)
        self.ahead = GatedUnit(embedding, units, bias=bias)
        self.back = GatedUnit(embedding, units, bias=bias) if alignment else None
        self.first = nn.Linear(units, units, bias=bias)  # W_s
        self.decoder = GatedUnit(embedding, units, bias=bias)
        self.context = nn.Linear(memory, 3 * units, bias=False)  # C_z, C_r, C
        if alignment:
            self.align_state = nn.Linear(units, alignment, bias=bias)  # W_a
            self.align_memory = nn.Linear(memory, alignment, bias=False)  # U_a
            self.align = nn.Linear(alignment, 1, bias=False)  # v_a
        self.read_state = nn.Linear(units, 2 * readout, bias=bias)  # U_o
        self.read_symbol = nn.Linear(embedding, 2 * readout, bias=False)  # V_o
        self.read_context = nn.Linear(memory, 2 * readout, bias=False)  # C_o
        self.read = nn.Linear(readout, target_symbols, bias=bias)  # W_o
        self.dropout = nn.Dropout(dropout)

    def encode(self, source: Tensor) -> tuple[Tensor, ...]:
        """Source (n, S) to the decoder's state (n, units) and what it looks at.

        With alignment: annotations (n, S, 2 units), their projections (n, S, n'), what is no
        padding (n, S). Without: the fixed vector (n, 1, units) in their place.
        """
        real = source != self.padding
        embedded = self.dropout(self.source(source))
        ahead = self._scan(self.ahead, embedded, real, range(source.shape[1]))
        if self.back is None:  # paddings keep the state, so the last is that of the last symbol
            fixed = ahead[:, -1:]
            return torch.tanh(self.first(fixed[:, 0])), fixed, fixed, real[:, :1]
        back = self._scan(self.back, embedded, real, range(source.shape[1] - 1, -1, -1))
        memory = torch.cat([ahead, back], -1)  # (n, S, 2 units)
        return torch.tanh(self.first(back[:, 0])), memory, self.align_memory(memory), real

    def _scan(self, unit: GatedUnit, x: Tensor, real: Tensor, order: range) -> Tensor:
        projected, keep = unit.into(x).unbind(1), real[..., None].unbind(1)
        state = x.new_zeros(len(x), self.units)
        states = [state] * len(projected)
        for at in order:
            state = torch.where(keep[at], unit(projected[at], state), state)
            states[at] = state
        return torch.stack(states, 1)  # (n, S, units)

    def _attend(self, state: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
        """The context (n, memory) of the next symbol and the weights (n, S) it is a mean by."""
        hidden, memory, projected, real = state
        if self.back is None:
            return memory[:, 0], real.to(memory)
        energy = self.align(torch.tanh(self.align_state(hidden)[:, None] + projected))[..., 0]
        weights = energy.masked_fill(~real, -math.inf).softmax(-1)  # (n, S)
        return (weights[:, None] @ memory)[:, 0], weights

    def _advance(
        self, state: tuple[Tensor, ...], projected: Tensor
    ) -> tuple[tuple[Tensor, ...], Tensor, Tensor]:
        context, weights = self._attend(state)
        hidden = self.decoder(projected + self.context(context), state[0])
        return (hidden, *state[1:]), context, weights

    def _logits(self, hidden: Tensor, symbol: Tensor, context: Tensor) -> Tensor:
        pieces = self.read_state(hidden) + self.read_symbol(symbol) + self.read_context(context)
        return self.read(self.dropout(pieces.unflatten(-1, (-1, 2)).amax(-1)))

    def _decoded(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        shaped("source", source, "n", "S")
        shaped("target", target, len(source), "T")
        state = self.encode(source)
        embedded = self.dropout(self.target(target))
        hidden, contexts, weights = [], [], []
        for projected in self.decoder.into(embedded).unbind(1):
            hidden.append(state[0])
            state, context, weight = self._advance(state, projected)
            contexts.append(context)
            weights.append(weight)
        logits = self._logits(torch.stack(hidden, 1), embedded, torch.stack(contexts, 1))
        return logits, torch.stack(weights, 1)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits (n, T, K_y) of what follows each symbol of target (n, T), given source (n, S).

        Raises:
            ValueError: source or target has another shape.
        """
        return self._decoded(source, target)[0]

    def alignments(self, source: Tensor, target: Tensor) -> Tensor:
        """Weights (n, T, S) of source symbols as what follows each target symbol is chosen."""
        return self._decoded(source, target)[1]

    def step(self, state: tuple[Tensor, ...], symbols: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits (n, K_y) of the symbol after `symbols` (n,), and the state there."""
        embedded = self.target(symbols)
        after, context, _ = self._advance(state, self.decoder.into(embedded))
        return self._logits(state[0], embedded, context), after
