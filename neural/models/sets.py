"""Sequence to sequence for sets: read, process, write; and a chain of conditional probabilities.

References:
    O. Vinyals, S. Bengio and M. Kudlur, Order matters: sequence to sequence for sets, ICLR 2016
        (arXiv:1511.06391), section 4.2.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import integer, one_of
from neural._options import sizes
from neural.models.pointer import AdditiveAttention

__all__ = ["ChainLSTM", "Process", "ReadProcessWrite"]


class Process(nn.Module):
    """An LSTM without inputs that attends to a set of memories; equations 3 to 7.

    What it gives does not depend on the order of the memories.

    Args:
        size: of a memory, and of the LSTM.
        steps: P, at least 1; with 1 there is a query and no weight of q* in it.
    """

    def __init__(self, size: int, *, steps: int) -> None:
        super().__init__()
        self.size, self.steps = integer("size", size, 1), integer("steps", steps, 1)
        self.cell = nn.LSTMCell(2 * size, size)  # from q* = [query, reading] to the next query

    def forward(self, memories: Tensor, real: Tensor | None = None) -> Tensor:
        """q* (batch, 2 size) of memories (batch, n, size); `real` (batch, n) tells which there are.

        Every set has at least one; None for all.
        """
        batch = len(memories)
        both = memories.new_zeros(batch, 2 * self.size)
        state = memories.new_zeros(2, batch, self.size).unbind(0)
        for _ in range(self.steps):
            state = self.cell(both, state)
            scores = memories @ state[0].unsqueeze(-1)  # (batch, n, 1)
            if real is not None:
                scores = scores.masked_fill(~real.unsqueeze(-1), -torch.inf)
            reading = (torch.softmax(scores, 1) * memories).sum(1)
            both = torch.cat([state[0], reading], 1)
        return both


class ReadProcessWrite(nn.Module):
    """Memories of the elements, P steps of `Process`, and a pointer network that writes.

    Args:
        inputs: numbers of an element.
        size: of memories and LSTMs.
        steps: P, of the process block; with 0 the writer begins with a learned state.
        glimpse: whether the writer attends to the memories once before it points.
        reader: "set" for a small network of each element, "lstm" for an LSTM over all in the order
            they come, which is the pointer network that the paper compares with.

    Raises:
        TypeError, ValueError: a number is below 1 (of `steps`, below 0); the reader is unknown.
    """

    def __init__(
        self,
        inputs: int = 1,
        *,
        size: int = 128,
        steps: int = 5,
        glimpse: bool = True,
        reader: str = "set",
    ) -> None:
        super().__init__()
        sizes(1, inputs=inputs, size=size)
        sizes(0, steps=steps)
        ordered = one_of("reader", reader, ("set", "lstm")) == "lstm"
        self.lstm = nn.LSTM(inputs, size, batch_first=True) if ordered else None
        if self.lstm is None:
            self.read = nn.Sequential(nn.Linear(inputs, size), nn.ReLU(), nn.Linear(size, size))
            self.process = Process(size, steps=steps) if steps else None
            self.begin = nn.Linear(2 * size, 2 * size) if steps else None
            self.state = None if steps else nn.Parameter(torch.zeros(2 * size))
        self.start = nn.Parameter(torch.zeros(inputs))
        self.writer = nn.LSTM(inputs, size, batch_first=True)
        self.glimpse = AdditiveAttention(size, size, size) if glimpse else None
        self.point = AdditiveAttention(size, size * (2 if glimpse else 1), size)

    def forward(self, elements: Tensor, answers: Tensor) -> Tensor:
        """Logits (batch, steps, n) of the elements (batch, n, inputs) that are pointed at.

        Args:
            elements: the set, in any order.
            answers: (batch, steps) indices; each step sees those before it. The last is not seen.
        """
        if self.lstm is not None:
            memories, state = self.lstm(elements)
        else:
            memories = self.read(elements)  # (batch, n, size)
            hidden, cell = self._begun(memories).chunk(2, -1)
            state = torch.tanh(hidden), cell.contiguous()
        chosen = answers[:, :-1].unsqueeze(-1).expand(-1, -1, elements.shape[-1])
        start = self.start.expand(len(elements), 1, -1)
        told = torch.cat([start, elements.gather(1, chosen)], 1)
        written, _ = self.writer(told, state)  # (batch, steps, size)
        if self.glimpse is not None:
            weights = torch.softmax(self.glimpse(memories, written), -1)
            written = torch.cat([written, weights @ memories], -1)
        return self.point(memories, written)

    def _begun(self, memories: Tensor) -> Tensor:
        """The writer's first state (1, batch, 2 size): output, to be squashed, and cell."""
        if self.state is not None:
            return self.state.expand(1, len(memories), -1)
        assert self.process is not None
        assert self.begin is not None
        return self.begin(self.process(memories)).unsqueeze(0)

    @torch.no_grad()
    def greedy(self, elements: Tensor) -> Tensor:
        """Indices (batch, n), the likeliest each time."""
        batch, count = elements.shape[:2]
        answers = torch.zeros(batch, 0, dtype=torch.int64, device=elements.device)
        for _ in range(count):
            seen = functional.pad(answers, (0, 1))  # the last is not seen
            found = self(elements, seen)[:, -1].argmax(-1, keepdim=True)
            answers = torch.cat([answers, found], 1)
        return answers


class ChainLSTM(nn.Module):
    """The joint law of variables as a chain: each by an LSTM that has seen those before it.

    Args:
        alphabet_size: K, values of every variable.
        width: of the embedding.
        size: of the LSTM.

    Raises:
        TypeError, ValueError: a number is below 1.
    """

    def __init__(self, alphabet_size: int, *, width: int = 32, size: int = 64) -> None:
        super().__init__()
        sizes(1, alphabet_size=alphabet_size, width=width, size=size)
        self.embed = nn.Embedding(alphabet_size + 1, width)  # the last is the start
        self.lstm = nn.LSTM(width, size, batch_first=True)
        self.out = nn.Linear(size, alphabet_size)

    def forward(self, values: Tensor) -> Tensor:
        """Logits (batch, variables, K) of values (batch, variables), each given those before."""
        start = self.embed.num_embeddings - 1
        told = functional.pad(values[:, :-1], (1, 0), value=start)
        return self.out(self.lstm(self.embed(told))[0])
