"""Pointer networks, whose attention is the output, and the networks that they are compared with.

An answer is a sequence of indices into the inputs, ended by a symbol of its own. All networks here
take (points, answers) and give the logits of every symbol of the answers given those before it;
logit 0 is the end, logit 1 + i the input i. Answers are (batch, steps) int64, filled up by -1.

References:
    O. Vinyals, M. Fortunato and N. Jaitly, Pointer networks, NIPS 2015 (arXiv:1506.03134).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from neural._options import sizes

__all__ = ["AdditiveAttention", "PointerNetwork", "SequenceToSequence", "greedy", "symbols_of"]


class AdditiveAttention(nn.Module):
    """Scores v . tanh(W1 e_j + W2 d_i); equation 3.

    Args:
        keys: width of the e_j.
        queries: width of the d_i.
        size: of the hidden layer.

    Raises:
        TypeError, ValueError: a number is below 1.
    """

    def __init__(self, keys: int, queries: int, size: int) -> None:
        super().__init__()
        sizes(1, keys=keys, queries=queries, size=size)
        self.key = nn.Linear(keys, size, bias=False)
        self.query = nn.Linear(queries, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)

    def forward(self, keys: Tensor, queries: Tensor) -> Tensor:
        """(batch, steps, n) of keys (batch, n, .) and queries (batch, steps, .)."""
        both = self.key(keys).unsqueeze(1) + self.query(queries).unsqueeze(2)
        return self.score(torch.tanh(both)).squeeze(-1)


def symbols_of(answers: Tensor) -> Tensor:
    """Symbols (batch, steps + 1) to be told: 1 + index, then 0 for the end; -1 after it."""
    ended = nn.functional.pad(answers, (0, 1), value=-1)  # (batch, steps + 1)
    lengths = (answers >= 0).sum(1, keepdim=True)
    symbols = torch.where(ended >= 0, ended + 1, ended)
    return symbols.scatter(1, lengths, 0)


class _Reader(nn.Module):
    """What all have in common: an LSTM that reads the points."""

    def __init__(self, inputs: int, size: int) -> None:
        super().__init__()
        sizes(1, inputs=inputs, size=size)
        self.encoder = nn.LSTM(inputs, size, batch_first=True)
        self.start = nn.Parameter(torch.zeros(inputs))
        nn.init.uniform_(self.start, -0.08, 0.08)

    def told(self, points: Tensor, answers: Tensor) -> Tensor:
        """What the decoder takes: the start, then the points answered so far."""
        chosen = answers.clamp_min(0).unsqueeze(-1).expand(-1, -1, points.shape[-1])
        start = self.start.expand(len(points), 1, -1)
        return torch.cat([start, points.gather(1, chosen)], 1)  # (batch, steps + 1, inputs)


class PointerNetwork(_Reader):
    """Encoder and decoder LSTMs; the decoder's attention over the inputs is its output.

    The end is pointed at as one more input, whose encoding is learned.

    Args:
        inputs: coordinates of a point.
        size: of the LSTMs and of the attention.

    Raises:
        TypeError, ValueError: a number is below 1.
    """

    def __init__(self, inputs: int = 2, *, size: int = 256) -> None:
        super().__init__(inputs, size)
        self.decoder = nn.LSTM(inputs, size, batch_first=True)
        self.end = nn.Parameter(torch.zeros(size))
        nn.init.uniform_(self.end, -0.08, 0.08)
        self.attention = AdditiveAttention(size, size, size)

    def forward(self, points: Tensor, answers: Tensor) -> Tensor:
        """Logits (batch, steps + 1, 1 + n) of the symbols of answers (batch, steps)."""
        encoded, state = self.encoder(points)  # (batch, n, size)
        decoded, _ = self.decoder(self.told(points, answers), state)
        end = self.end.expand(len(points), 1, -1)
        return self.attention(torch.cat([end, encoded], 1), decoded)


class SequenceToSequence(_Reader):
    """The same LSTMs with a softmax over a fixed number of indices, with attention or without.

    With attention the mean of encodings by its weights is an input of the softmax, beside the
    decoder's state, and goes into the decoder's next step; section 2.2.

    Args:
        inputs: coordinates of a point.
        most: points that it has symbols for.
        size: of the LSTMs and of the attention.
        attention: whether there is one.

    Raises:
        TypeError, ValueError: a number is below 1.
    """

    def __init__(
        self, inputs: int = 2, *, most: int = 50, size: int = 256, attention: bool = True
    ) -> None:
        super().__init__(inputs, size)
        sizes(1, most=most)
        self.size, self.most = size, most
        self.attention = AdditiveAttention(size, size, size) if attention else None
        self.decoder = nn.LSTMCell(inputs + (size if attention else 0), size)
        self.out = nn.Linear(size * (2 if attention else 1), 1 + most)

    def forward(self, points: Tensor, answers: Tensor) -> Tensor:
        """Logits (batch, steps + 1, 1 + most) of the symbols of answers (batch, steps).

        Raises:
            ValueError: there are more points than symbols for them.
        """
        if points.shape[1] > self.most:
            raise ValueError(
                f"points: got {points.shape[1]}, accepted are at most {self.most}, for which it "
                "has symbols"
            )
        encoded, (hidden, cell) = self.encoder(points)
        state = hidden[0], cell[0]
        context = points.new_zeros(len(points), self.size)
        found = []
        for x in self.told(points, answers).unbind(1):
            if self.attention is None:
                state = self.decoder(x, state)
                found.append(state[0])
                continue
            state = self.decoder(torch.cat([x, context], 1), state)
            scores = self.attention(encoded, state[0].unsqueeze(1))  # (batch, 1, n)
            context = (torch.softmax(scores, -1) @ encoded).squeeze(1)
            found.append(torch.cat([state[0], context], 1))
        return self.out(torch.stack(found, 1))


@torch.no_grad()
def greedy(network: nn.Module, points: Tensor, steps: int) -> Tensor:
    """Answers (batch, steps) by the likeliest symbol each time, -1 after the end.

    Symbols of inputs that there are not are never said.
    """
    answers = torch.full((len(points), 0), -1, device=points.device)
    going = torch.ones(len(points), dtype=torch.bool, device=points.device)
    for _ in range(steps):
        logits = network(points, answers)[:, -1, : 1 + points.shape[1]]
        index = logits.argmax(-1) - 1
        going = going & (index >= 0)
        answers = torch.cat([answers, torch.where(going, index, -1).unsqueeze(1)], 1)
    return answers
