"""The relational memory core: a recurrent state of slots that attend to each other and the input.

References:
    A. Santoro et al., Relational recurrent neural networks, NeurIPS 2018 (arXiv:1806.01822),
        sections 3.2 to 3.4; layer norm of queries, keys and values is the authors' program's.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import one_of
from neural._options import numbers, sizes

__all__ = ["Recall", "RelationalMemory"]


class RelationalMemory(nn.Module):
    """Slots of a memory, updated at every step by attention over memory and input, gated.

    Args:
        inputs: channels that come in.
        slots: rows of the memory.
        heads: of attention.
        head_size: of a head; a slot is heads * head_size wide.
        gating: "unit" for a gate of every number, "memory" for one of every slot, None for none.
        layers: of the perceptron applied to every slot.
        blocks: times that attention and perceptron are applied in a step, with the same weights.
        forget_bias, input_bias: of the gates, not learned.

    Raises:
        TypeError, ValueError: a number is below 1 (of `layers`, below 0), or a bias not finite; the
            gating is unknown.
    """

    def __init__(
        self,
        inputs: int,
        *,
        slots: int = 8,
        heads: int = 8,
        head_size: int = 256,
        gating: Literal["unit", "memory"] | None = "unit",
        layers: int = 2,
        blocks: int = 1,
        forget_bias: float = 1.0,
        input_bias: float = 0.0,
    ) -> None:
        super().__init__()
        sizes(1, inputs=inputs, slots=slots, heads=heads, head_size=head_size, blocks=blocks)
        sizes(0, layers=layers)
        numbers(-math.inf, forget_bias=forget_bias, input_bias=input_bias)
        self.slots, self.heads, self.width, self.blocks = slots, heads, heads * head_size, blocks
        self.biases = forget_bias, input_bias
        self.into = nn.Linear(inputs, self.width)
        self.attend = nn.Linear(self.width, 3 * self.width)
        self.attend_norm = nn.LayerNorm(3 * self.width)
        self.norms = nn.ModuleList(nn.LayerNorm(self.width) for _ in range(2))
        rows = [nn.Sequential(nn.Linear(self.width, self.width), nn.ReLU()) for _ in range(layers)]
        self.rows = nn.Sequential(*rows)
        if gating is None:
            self.gate_input = self.gate_memory = None
        else:
            one_of("gating", gating, ("unit", "memory"))
            gates = 2 * (self.width if gating == "unit" else 1)
            self.gate_input = nn.Linear(self.width, gates)
            self.gate_memory = nn.Linear(self.width, gates)

    def initial(self, batch: int) -> Tensor:
        """The memory before the first step (batch, slots, width): a part of the identity."""
        weight = self.into.weight
        eye = torch.eye(self.slots, self.width, device=weight.device, dtype=weight.dtype)
        return eye.expand(batch, -1, -1)

    def forward(self, inputs: Tensor, memory: Tensor | None = None) -> Tensor:
        """The memory after every step (batch, steps, slots, width) of (batch, steps, channels).

        Args:
            inputs: at least one step.
            memory: before the first, (batch, slots, width); None for `initial`.
        """
        memory, seen = self.initial(len(inputs)) if memory is None else memory, []
        for x in self.into(inputs).unbind(1):
            memory = self.step(x.unsqueeze(1), memory)
            seen.append(memory)
        return torch.stack(seen, 1)

    def step(self, x: Tensor, memory: Tensor) -> Tensor:
        """The next memory (batch, slots, width), of a projected input (batch, 1, width)."""
        both = torch.cat([memory, x], 1)  # (batch, slots + 1, width)
        for _ in range(self.blocks):
            both = self.norms[0](both + self.attended(both))
            both = self.norms[1](both + self.rows(both))
        new = both[:, :-1]
        if self.gate_input is None or self.gate_memory is None:
            return new
        gates = self.gate_input(x) + self.gate_memory(torch.tanh(memory))
        forget, take = gates.chunk(2, -1)  # width each, or 1
        forget, take = (
            torch.sigmoid(each + bias)
            for each, bias in zip((forget, take), self.biases, strict=True)
        )
        return forget * memory + take * torch.tanh(new)

    def attended(self, rows: Tensor) -> Tensor:
        """Multi-head attention among rows (batch, n, width), without a last projection."""
        split = self.attend_norm(self.attend(rows)).unflatten(-1, (3, self.heads, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4)  # (batch, heads, n, head_size) each
        found = functional.scaled_dot_product_attention(query, key, value)
        return found.transpose(1, 2).flatten(2)


class Recall(nn.Module):
    """A recurrent core and a perceptron that answers from its last state.

    Args:
        inputs: channels that come in.
        classes: logits that go out.
        core: "relational" or "lstm".
        hidden: of the perceptron.
        options: of `RelationalMemory`; `size` of the LSTM.

    Raises:
        TypeError, ValueError: an option is out of range, or there is no such.
    """

    def __init__(
        self,
        inputs: int,
        classes: int,
        *,
        core: Literal["relational", "lstm"] = "relational",
        hidden: int = 256,
        **options: Any,
    ) -> None:
        super().__init__()
        sizes(1, inputs=inputs, classes=classes, hidden=hidden)
        if one_of("core", core, ("relational", "lstm")) == "relational":
            self.core: nn.Module = RelationalMemory(inputs, **options)
            width = self.core.slots * self.core.width
        else:
            width = options.pop("size", 2048)
            sizes(1, size=width)
            self.core = nn.LSTM(inputs, width, batch_first=True, **options)
        self.answer = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, classes))

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits (batch, classes) of inputs (batch, steps, channels)."""
        return self.answered(self.state(inputs))

    def state(self, inputs: Tensor, before: Tensor | None = None) -> Tensor:
        """All that is carried on after the inputs: (batch, parts, width).

        The parts are the slots of the memory, or output and cell of the LSTM.

        Args:
            inputs: (batch, steps, channels), at least one step.
            before: the state to go on from; None for that before the first step.
        """
        if isinstance(self.core, RelationalMemory):
            return self.core(inputs, before)[:, -1]
        start = None if before is None else tuple(before.transpose(0, 1).unsqueeze(1).contiguous())
        _, (hidden, cell) = self.core(inputs, start)
        return torch.stack([hidden[-1], cell[-1]], 1)

    def answered(self, state: Tensor) -> Tensor:
        """Logits (batch, classes) of a state."""
        seen = state.flatten(1) if isinstance(self.core, RelationalMemory) else state[:, 0]
        return self.answer(seen)
