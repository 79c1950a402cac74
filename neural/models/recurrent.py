"""Recurrent layers from their equations, and the language model that stacks them.

`Elman`, `GRU` and `LSTM` have the signature, the weights and (where nothing is left out or added)
the results of torch's `nn.RNN`, `nn.GRU` and `nn.LSTM` with one layer; torch's are fused, and two
to three times faster. What torch lacks is here: peepholes, coupled gates, gates left out, and
dropout on the recurrent connection.

References:
    S. Hochreiter and J. Schmidhuber, Long short-term memory, Neural Computation 9(8), 1997.
    F. A. Gers, J. Schmidhuber and F. Cummins, Learning to forget, Neural Computation 12(10), 2000.
    F. A. Gers and J. Schmidhuber, Recurrent nets that time and count, IJCNN 2000: peepholes.
    K. Cho et al., Learning phrase representations using RNN encoder-decoder, EMNLP 2014: the GRU.
    C. Olah, Understanding LSTM networks, 2015: all of these side by side.
    K. Greff et al., LSTM: a search space odyssey, IEEE TNNLS 28(10), 2017: gates left out.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import one_of
from neural._options import numbers, shaped, shares, sizes

__all__ = [
    "GRU",
    "LSTM",
    "CarriedState",
    "Elman",
    "RecurrentClassifier",
    "RecurrentLM",
    "text_bits",
]

Gate = Literal["input", "forget", "output"]


class Recurrence(nn.Module, ABC):
    """A layer over time: what the inputs say at once for all steps, then one step after the other.

    Args:
        inputs: width of an input.
        hidden: units, H.
        parts: linear maps of the input and of the state in a step.
        states: vectors that it remembers.
        recurrent_dropout: probability that a unit is not seen by the next step, anew every step.

    Raises:
        TypeError, ValueError: a number is below 1, or the dropout no share.
    """

    def __init__(
        self, inputs: int, hidden: int, *, parts: int, states: int, recurrent_dropout: float
    ) -> None:
        super().__init__()
        sizes(1, inputs=inputs, hidden=hidden)
        shares(recurrent_dropout=recurrent_dropout)
        self.hidden, self.states = hidden, states
        self.recurrent_dropout = recurrent_dropout
        self.from_input = nn.Linear(inputs, parts * hidden)
        self.from_state = nn.Linear(hidden, parts * hidden)
        for each in self.parameters():  # torch's: by the number of units, whatever feeds them
            nn.init.uniform_(each, -(hidden**-0.5), hidden**-0.5)

    @abstractmethod
    def step(self, x: Tensor, h: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The state after an input.

        Args:
            x: (B, parts H), the input's part.
            h: (B, H), the first vector of the state as the next step sees it.
            state: vectors (B, H).
        """

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Outputs (T, B, H) and the last state, of inputs (T, B, inputs) and a first state.

        A state is (1, B, H), or a tuple of as many as there are vectors; None for zeros.

        Raises:
            ValueError: inputs or state have another shape.
        """
        shaped("x", x, "T", "B", self.from_input.in_features)
        start = (x.new_zeros(1, x.shape[1], self.hidden),) * self.states
        given = start if state is None else state if isinstance(state, tuple) else (state,)
        if len(given) != self.states:
            raise ValueError(f"state: got {len(given)} vectors, accepted are {self.states}")
        for each in given:
            shaped("state", each, 1, x.shape[1], self.hidden)
        now = tuple(each[0] for each in given)
        outputs = []
        for part in self.from_input(x):  # (B, parts H)
            seen = now[0]
            if self.recurrent_dropout:
                seen = functional.dropout(seen, self.recurrent_dropout, self.training)
            now = self.step(part, seen, now)
            outputs.append(now[0])
        last = tuple(each[None] for each in now)
        return torch.stack(outputs), last if self.states > 1 else last[0]


class Elman(Recurrence):
    """The plain recurrent layer: h' = tanh(W x + U h + b).

    Args:
        inputs: width of an input.
        hidden: units.
        recurrent_dropout: as for `Recurrence`.
    """

    def __init__(self, inputs: int, hidden: int, *, recurrent_dropout: float = 0.0) -> None:
        super().__init__(inputs, hidden, parts=1, states=1, recurrent_dropout=recurrent_dropout)

    def step(self, x: Tensor, h: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """See `Recurrence.step`."""
        del state
        return (torch.tanh(x + self.from_state(h)),)


class GRU(Recurrence):
    """The gated recurrent unit: h' = (1 - z) n + z h, with reset gate r and update gate z.

    Args:
        inputs: width of an input.
        hidden: units.
        reset_first: whether n = tanh(W x + U (r h)), as Cho et al. and Olah have it; otherwise
            n = tanh(W x + r (U h)), as torch does.
        recurrent_dropout: as for `Recurrence`.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        reset_first: bool = False,
        recurrent_dropout: float = 0.0,
    ) -> None:
        super().__init__(inputs, hidden, parts=3, states=1, recurrent_dropout=recurrent_dropout)
        self.reset_first = reset_first

    def step(self, x: Tensor, h: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """See `Recurrence.step`."""
        x_r, x_z, x_n = x.chunk(3, 1)
        if self.reset_first:
            weight, bias = self.from_state.weight, self.from_state.bias
            cut = 2 * self.hidden
            h_r, h_z = functional.linear(h, weight[:cut], bias[:cut]).chunk(2, 1)
            h_n = functional.linear(torch.sigmoid(x_r + h_r) * h, weight[cut:], bias[cut:])
            new = torch.tanh(x_n + h_n)
        else:
            h_r, h_z, h_n = self.from_state(h).chunk(3, 1)
            new = torch.tanh(x_n + torch.sigmoid(x_r + h_r) * h_n)
        z = torch.sigmoid(x_z + h_z)
        return ((1 - z) * new + z * state[0],)


class LSTM(Recurrence):
    """Long short-term memory: c' = f c + i tanh(W x + U h + b), h' = o tanh(c').

    A gate is the sigmoid of a linear map of input and state.

    Args:
        inputs: width of an input.
        hidden: units.
        without: gates that are left out, which is to say always open.
        coupled: whether what is forgotten is what is written: i = 1 - f.
        peepholes: whether gates see their unit's cell: i and f the last, o the new one.
        forget_bias: added to the forget gate's bias at the start (Gers et al. 2000).
        recurrent_dropout: as for `Recurrence`.

    Raises:
        TypeError, ValueError: a number is out of range; a gate is unknown, or both left out and
            coupled.
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        *,
        without: Sequence[Gate] = (),
        coupled: bool = False,
        peepholes: bool = False,
        forget_bias: float = 0.0,
        recurrent_dropout: float = 0.0,
    ) -> None:
        sizes(1, hidden=hidden)
        numbers(-math.inf, forget_bias=forget_bias)
        missing = [one_of("without", gate, ("input", "forget", "output")) for gate in without]
        if coupled and {"input", "forget"} & set(missing):
            raise ValueError(f"without: got {missing}, accepted with coupled gates is 'output'")
        order = ("input", "forget", "candidate", "output")  # torch's
        absent = {*missing, *(("input",) if coupled else ())}
        parts = tuple(part for part in order if part not in absent)
        super().__init__(
            inputs, hidden, parts=len(parts), states=2, recurrent_dropout=recurrent_dropout
        )
        self.parts, self.coupled = parts, coupled
        gates = [part for part in parts if part != "candidate"] if peepholes else []
        self.peepholes = nn.ParameterDict(
            {gate: nn.Parameter(torch.zeros(hidden)) for gate in gates}
        )
        if forget_bias and "forget" in parts:
            at = parts.index("forget") * hidden
            with torch.no_grad():
                self.from_input.bias[at : at + hidden] += forget_bias

    def step(self, x: Tensor, h: Tensor, state: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """See `Recurrence.step`."""
        c = state[1]
        part = dict(
            zip(self.parts, (x + self.from_state(h)).chunk(len(self.parts), 1), strict=True)
        )

        def gated(name: str, what: Tensor, cell: Tensor) -> Tensor:
            if name not in part:
                return what
            peep = self.peepholes[name] * cell if name in self.peepholes else 0
            return torch.sigmoid(part[name] + peep) * what

        candidate = torch.tanh(part["candidate"])
        kept = gated("forget", c, c)
        if self.coupled:
            new = candidate - gated("forget", candidate, c)
        else:
            new = gated("input", candidate, c)
        after = kept + new
        return gated("output", torch.tanh(after), after), after


_OWN = {"rnn": Elman, "gru": GRU, "lstm": LSTM}
_FUSED = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class RecurrentLM(nn.Module):
    """The next symbol from those before: embedding, recurrent layers, softmax.

    Dropout is on what enters a layer and on what leaves the last one; with `recurrent_dropout` also
    on what a layer sees of its own past.

    Args:
        symbols: of the alphabet, or words of the vocabulary: K.
        cell: "rnn", "gru" or "lstm".
        hidden: units of a layer.
        layers: one above the other.
        embedding: width of a symbol; 0 for one-hot vectors, which the first layer embeds.
        dropout: probability, on connections that are not recurrent (Zaremba et al. 2014, section
            3.2; on embeddings, too).
        recurrent_dropout: on the recurrent ones; torch's layers have none, then they are ours.
        uniform: weights are drawn evenly between -uniform and uniform; torch's way where 0.

    Raises:
        TypeError, ValueError: the cell is unknown; a number is below 1 (of `embedding` and
            `uniform`, below 0), or a dropout no share.
    """

    def __init__(
        self,
        symbols: int,
        *,
        cell: str = "lstm",
        hidden: int = 128,
        layers: int = 2,
        embedding: int = 0,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        uniform: float = 0.0,
    ) -> None:
        super().__init__()
        one_of("cell", cell, _OWN)
        sizes(1, symbols=symbols, hidden=hidden, layers=layers)
        sizes(0, embedding=embedding)
        shares(dropout=dropout, recurrent_dropout=recurrent_dropout)
        numbers(0, uniform=uniform)
        self.symbols = symbols
        self.embed = nn.Embedding(symbols, embedding) if embedding else None
        widths = [embedding or symbols, *[hidden] * layers]
        self.layers = nn.ModuleList(
            _OWN[cell](before, after, recurrent_dropout=recurrent_dropout)
            if recurrent_dropout
            else _FUSED[cell](before, after)
            for before, after in pairwise(widths)
        )
        self.drop = nn.Dropout(dropout)
        self.read = nn.Linear(hidden, symbols)
        if uniform:
            for each in self.parameters():
                nn.init.uniform_(each, -uniform, uniform)

    def states(self, tokens: Tensor, state: Any = None) -> tuple[list[Tensor], Any]:
        """What every layer puts out, (T, B, H) each, and the last states; given as to `forward`."""
        shaped("tokens", tokens, "B", "T")
        x: Tensor
        if self.embed is None:
            x = functional.one_hot(tokens.T, self.symbols).to(self.read.weight.dtype)  # (T, B, K)
        else:
            x = self.drop(self.embed(tokens.T))  # (T, B, E)
        outputs, after = [], []
        for layer, before in zip(self.layers, state or [None] * len(self.layers), strict=True):
            x, last = layer(x, before)  # (T, B, H)
            outputs.append(x)
            after.append(last)
            x = self.drop(x)
        return outputs, after

    def forward(self, tokens: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """Logits (B, T, K) of what follows each symbol, and the state to go on from.

        Args:
            tokens: (B, T) int64.
            state: what was returned for the symbols before; None at a beginning.

        Raises:
            ValueError: tokens have another shape.
        """
        outputs, after = self.states(tokens, state)
        return self.read(self.drop(outputs[-1])).transpose(0, 1), after


@torch.no_grad()
def text_bits(model: RecurrentLM, text: NDArray[np.int64], *, piece: int = 1 << 12) -> float:
    """Bits of a text, all but its first symbol, under a model in evaluation mode.

    Args:
        model: as it is; it reads the text in one go.
        text: (n,) symbols.
        piece: symbols that are read at once, for memory's sake.
    """
    tokens = torch.from_numpy(text).to(model.read.weight.device)
    total, state = 0.0, None
    for start in range(0, len(tokens) - 1, piece):
        part = tokens[start : start + piece + 1]
        logits, state = model(part[None, :-1], state)
        total += float(functional.cross_entropy(logits[0].double(), part[1:], reduction="sum"))
    return total / math.log(2)


class RecurrentClassifier(nn.Module):
    """A sequence's class, or number, from the state behind its last step.

    Args:
        layer: any of the layers above, of H units.
        outputs: classes, or 1.
    """

    def __init__(self, layer: Recurrence, outputs: int) -> None:
        super().__init__()
        sizes(1, outputs=outputs)
        self.layer = layer
        self.read = nn.Linear(layer.hidden, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, outputs) of sequences (B, T, inputs)."""
        return self.read(self.layer(x.transpose(0, 1))[0][-1])


class CarriedState(nn.Module):
    """A language model in training on texts read on and on: it begins where its last batch ended.

    The state is kept in buffers, so that the snapshot of a run holds it; beside it `spent_bits`,
    what was paid so far for symbols seen the first time, a prequential code (Dawid 1984).

    Args:
        model: the language model.
        streams: texts that are read side by side, B.
    """

    def __init__(self, model: RecurrentLM, streams: int) -> None:
        super().__init__()
        sizes(1, streams=streams)
        self.model = model
        modes = {each: each.training for each in model.modules()}
        with torch.no_grad():
            _, state = model.eval()(torch.zeros(streams, 1, dtype=torch.int64))
        for each, training in modes.items():
            each.training = training
        self.shape = [len(each) if isinstance(each, tuple) else 0 for each in state]
        for index, each in enumerate(_flat(state)):
            self.register_buffer(f"state{index}", torch.zeros_like(each))
        self.register_buffer("spent_bits", torch.zeros((), dtype=torch.float64))

    def forward(self, tokens: Tensor, *, fresh: bool = False) -> Tensor:
        """Logits (B, T, K) of symbols (B, T) behind those of the last call, or of none if fresh."""
        # copies, as the gradient is of the state that was
        kept = iter([getattr(self, f"state{index}").clone() for index in range(len(self))])
        state = [tuple(next(kept) for _ in range(n)) if n else next(kept) for n in self.shape]
        logits, after = self.model(tokens, None if fresh else state)
        for index, each in enumerate(_flat(after)):
            getattr(self, f"state{index}").copy_(each.detach())
        return logits

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> CarriedState:
        spent = self.spent_bits
        super()._apply(fn, recurse)
        self.spent_bits = spent.to(self.spent_bits.device)  # a sum: half precision would lose it
        return self

    def __len__(self) -> int:
        """Tensors of the state."""
        return sum(n or 1 for n in self.shape)


def _flat(state: Sequence[Any]) -> list[Tensor]:
    return [part for each in state for part in (each if isinstance(each, tuple) else (each,))]
