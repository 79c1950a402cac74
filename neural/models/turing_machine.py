"""The neural Turing machine: a controller that reads and writes a memory by content and location.

The published account leaves open what is before the first step. Here the memory is a small
constant, and first readings, addresses and the controller's state are learned; `focus` sets where
addresses begin: on the first slot, as sharp as it says, and each step moving on by one. At 0 they
begin everywhere and move nowhere.

References:
    A. Graves, G. Wayne and I. Danihelka, Neural Turing Machines, arXiv:1410.5401, 2014.
    A. Graves, Generating sequences with recurrent neural networks, 2013: the LSTM compared with.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import one_of
from neural._options import numbers, sizes

__all__ = ["SkipLSTM", "TuringMachine", "by_content", "by_location"]

_EMPTY = 1e-6  # the memory's numbers before the first step: a direction, and no content


def by_content(memory: Tensor, keys: Tensor, strength: Tensor) -> Tensor:
    """Weights (batch, heads, slots) by cosine similarity; equations 5 and 6.

    Args:
        memory: (batch, slots, width).
        keys: (batch, heads, width).
        strength: (batch, heads, 1), above 0.
    """
    slots = functional.normalize(memory, dim=-1, eps=1e-8)
    likeness = functional.normalize(keys, dim=-1, eps=1e-8) @ slots.transpose(1, 2)
    return torch.softmax(strength * likeness, -1)


def by_location(
    content: Tensor, previous: Tensor, gate: Tensor, shift: Tensor, sharpness: Tensor
) -> Tensor:
    """Weights (batch, heads, slots) after interpolation, rotation and sharpening; equations 7 to 9.

    Args:
        content: (batch, heads, slots), of this step.
        previous: (batch, heads, slots), of the step before.
        gate: (batch, heads, 1): 1 takes the content's, 0 the previous ones.
        shift: (batch, heads, 2 r + 1): shares of moving by -r to r slots.
        sharpness: (batch, heads, 1), at least 1.
    """
    mixed = gate * content + (1 - gate) * previous
    reach = shift.shape[-1] // 2
    rolled = torch.stack([mixed.roll(by, -1) for by in range(-reach, reach + 1)], -1)
    moved = (rolled @ shift.unsqueeze(-1)).squeeze(-1)
    sharp = moved.clamp_min(1e-12) ** sharpness  # the slope of a power is none at 0
    return sharp / sharp.sum(-1, keepdim=True)


class TuringMachine(nn.Module):
    """A controller with reading and writing heads over a memory.

    Args:
        inputs: channels that come in.
        outputs: logits that go out.
        controller: "lstm" or "feedforward", one layer of tanh.
        size: of the controller.
        slots: N, of the memory.
        width: M, of a slot.
        heads: for reading, and as many for writing.
        reach: the farthest shift, in slots.
        focus: of the addresses at the start of training.

    Raises:
        TypeError, ValueError: a number of anything is below 1; the controller is unknown; the focus
            is not finite.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        controller: Literal["lstm", "feedforward"] = "lstm",
        size: int = 100,
        slots: int = 128,
        width: int = 20,
        heads: int = 1,
        reach: int = 1,
        focus: float = 0.0,
    ) -> None:
        super().__init__()
        sizes(1, inputs=inputs, outputs=outputs, size=size, slots=slots, width=width)
        sizes(1, heads=heads, reach=reach)
        numbers(-math.inf, focus=focus)
        self.slots, self.width, self.heads = slots, width, heads
        seen = inputs + heads * width
        if one_of("controller", controller, ("lstm", "feedforward")) == "lstm":
            self.controller: nn.Module = nn.LSTMCell(seen, size)
            self.state = nn.Parameter(torch.zeros(2, size))
        else:
            self.controller = nn.Linear(seen, size)
            self.state = None
        # key, strength, gate, sharpness, shift of every head; erase and add of those that write
        self.parts = (width, 1, 1, 1, 2 * reach + 1)
        self.address = nn.Linear(size, 2 * heads * sum(self.parts))
        self.change = nn.Linear(size, 2 * heads * width)
        self.out = nn.Linear(size + heads * width, outputs)
        self.reads = nn.Parameter(torch.zeros(heads, width))
        self.places = nn.Parameter(torch.zeros(2 * heads, slots))
        with torch.no_grad():
            self.places[:, 0] = focus
            biases = self.address.bias.view(2 * heads, -1)
            biases[:, width + 3 + reach + 1] += focus  # the shift by one

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits (batch, steps, outputs) of inputs (batch, steps, channels)."""
        return self.run(inputs)[0]

    def run(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, and the weights of all heads, (batch, steps, 2 heads, slots): reading first."""
        batch = len(inputs)
        memory = inputs.new_full((batch, self.slots, self.width), _EMPTY)
        reads = self.reads.expand(batch, -1, -1)  # (batch, heads, width)
        weights = torch.softmax(self.places, -1).expand(batch, -1, -1)
        state = None if self.state is None else tuple(s.expand(batch, -1) for s in self.state)
        logits, places = [], []
        for x in inputs.unbind(1):
            seen = torch.cat([x, reads.flatten(1)], 1)
            if state is None:
                hidden = torch.tanh(self.controller(seen))
            else:
                state = self.controller(seen, state)
                hidden = state[0]
            weights = self._addressed(hidden, memory, weights)
            reading, writing = weights.chunk(2, 1)  # (batch, heads, slots) each
            reads = reading @ memory  # as it was before this step's writing
            erase, add = self.change(hidden).unflatten(1, (self.heads, -1)).chunk(2, -1)
            if self.heads == 1:  # equations 3 and 4
                kept = 1 - writing.transpose(1, 2) @ torch.sigmoid(erase)
            else:
                kept = (1 - writing.unsqueeze(-1) * torch.sigmoid(erase).unsqueeze(2)).prod(1)
            memory = memory * kept + writing.transpose(1, 2) @ add
            logits.append(self.out(torch.cat([hidden, reads.flatten(1)], 1)))
            places.append(weights)
        return torch.stack(logits, 1), torch.stack(places, 1)

    def _addressed(self, hidden: Tensor, memory: Tensor, previous: Tensor) -> Tensor:
        told = self.address(hidden).unflatten(1, (2 * self.heads, -1))
        keys, strength, gate, sharpness, shift = told.split(self.parts, -1)
        content = by_content(memory, torch.tanh(keys), functional.softplus(strength))
        return by_location(
            content,
            previous,
            torch.sigmoid(gate),
            torch.softmax(shift, -1),
            1 + functional.softplus(sharpness),
        )


class SkipLSTM(nn.Module):
    """The LSTM that the machine is compared with: inputs reach all layers, all layers the outputs.

    One bias a gate, learned initial states, no peepholes: of the usual variants the one that has
    the published numbers of parameters, for all tasks of the paper.

    Args:
        inputs: channels that come in.
        outputs: logits that go out.
        size: of a layer.
        layers: their number.

    Raises:
        TypeError, ValueError: a number is below 1.
    """

    def __init__(self, inputs: int, outputs: int, *, size: int = 256, layers: int = 3) -> None:
        super().__init__()
        sizes(1, inputs=inputs, outputs=outputs, size=size, layers=layers)
        # a channel of ones is the bias: torch's own has two
        self.layers = nn.ModuleList(
            nn.LSTM(inputs + 1 + (size if at else 0), size, bias=False, batch_first=True)
            for at in range(layers)
        )
        self.states = nn.Parameter(torch.zeros(layers, 2, size))
        self.out = nn.Linear(layers * size, outputs)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits (batch, steps, outputs) of inputs (batch, steps, channels)."""
        batch = len(inputs)
        told = functional.pad(inputs, (0, 1), value=1.0)
        found: list[Tensor] = []
        for layer, state in zip(self.layers, self.states, strict=True):
            start = tuple(s.expand(1, batch, -1).contiguous() for s in state)
            found.append(layer(torch.cat([told, *found[-1:]], -1), start)[0])
        return self.out(torch.cat(found, -1))
