"""Deep Speech 2: convolutions over a spectrogram, recurrent layers, a distribution for each frame.

Batch normalisation is sequence-wise: its mean and variance are over all frames of all utterances of
a batch, and it normalises what enters a recurrent layer, never what the layer keeps to itself.
Frames of padding take no part in anything.

References:
    D. Amodei et al., Deep Speech 2: end-to-end speech recognition in English and Mandarin, ICML
        2016, sections 3.1 to 3.5 of arXiv:1512.02595.
    S. Naren, deepspeech.pytorch: LSTM and GRU networks of this kind, whose numbers of parameters
        are known; they normalise a layer's inputs rather than their projection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import one_of
from neural._options import shaped, sizes

__all__ = ["DeepSpeech", "LookaheadConvolution", "RecurrentLayer", "SequenceNorm", "frame_mask"]

CLIP = 20.0
"""Of the clipped ReLU, min(max(x, 0), 20): section 3.1."""

_GATES = {"rnn": 1, "gru": 3, "lstm": 4}
_KERNELS = ((41, 11), (21, 11))  # frequency, time: section 3.5
_STRIDES = ((2, 2), (2, 1))

Normalise = Literal["projection", "inputs", "none"]


def frame_mask(lengths: Tensor, frames: int) -> Tensor:
    """Which frames exist, (n, frames) bool, of utterances of these lengths (n,)."""
    return torch.arange(frames, device=lengths.device) < lengths[:, None]


class SequenceNorm(nn.Module):
    """Batch normalisation over all existing frames of a batch."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(features)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(n, t, features) or (n, t, features, bins), normalised where the mask (n, t) is True."""
        found = torch.zeros_like(x)
        found[mask] = self.norm(x[mask])
        return found


class RecurrentLayer(nn.Module):
    """One layer of recurrent units, in one direction or in both, whose outputs are summed.

    Args:
        inputs: features of a frame.
        units: of each direction.
        cell: "rnn" (clipped ReLU), "gru" or "lstm".
        normalise: what passes through a `SequenceNorm`: the "projection" of the inputs, as in the
            work; the "inputs"; or "none".
        bidirectional: whether there is a second direction.
    """

    def __init__(
        self,
        inputs: int,
        units: int,
        *,
        cell: str = "gru",
        normalise: Normalise = "projection",
        bidirectional: bool = True,
    ) -> None:
        super().__init__()
        sizes(1, inputs=inputs, units=units)
        gates = _GATES[one_of("cell", cell, _GATES)]
        self.cell, self.units, self.directions = cell, units, 1 + bidirectional
        wide = self.directions * gates * units
        projected = normalise == "projection"
        self.norm = None
        if one_of("normalise", normalise, ("projection", "inputs", "none")) != "none":
            self.norm = SequenceNorm(wide if projected else inputs)
        self.normalises_projection = projected
        self.into = nn.Linear(inputs, wide, bias=not projected)
        self.recurrent = nn.ModuleList(
            [nn.Linear(units, gates * units) for _ in range(self.directions)]
        )

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(n, t, units) of frames (n, t, inputs), those that exist where the mask (n, t) is True.

        The second direction begins at an utterance's last frame. Frames that do not exist are 0.
        """
        if self.norm is not None and not self.normalises_projection:
            x = self.norm(x, mask)
        p = self.into(x)
        if self.norm is not None and self.normalises_projection:
            p = self.norm(p, mask)
        p = p.unflatten(2, (self.directions, -1))  # (n, t, d, gates * units)
        turn = _reversal(mask)
        if self.directions == 2:
            p = torch.stack([p[:, :, 0], _turned(p[:, :, 1], turn)], 2)
        h = self._run(p.permute(1, 2, 0, 3))  # (t, d, n, units)
        found = h[:, 0].transpose(0, 1)
        if self.directions == 2:
            found = found + _turned(h[:, 1].transpose(0, 1), turn)
        return found * mask[..., None]

    def _run(self, p: Tensor) -> Tensor:
        """The hidden states (t, d, n, units) of projections (t, d, n, gates * units)."""
        step: Callable[[Tensor, Tensor, list[Tensor]], list[Tensor]] = {
            "rnn": _clipped, "gru": _gru, "lstm": _lstm
        }[self.cell]  # fmt: skip
        weights, biases = zip(*(each.parameters() for each in self.recurrent), strict=True)
        weight, bias = torch.stack(weights).transpose(1, 2), torch.stack(biases)[:, None]
        zero = p.new_zeros(*p.shape[1:3], self.units)
        state = [zero, zero]
        found = []
        for each in p.unbind(0):
            kept = torch.baddbmm(bias, state[0], weight)  # (d, n, gates * units)
            state = step(each, kept, state)
            found.append(state[0])
        return torch.stack(found)


def _clipped(p: Tensor, kept: Tensor, state: list[Tensor]) -> list[Tensor]:
    del state
    return [(p + kept).clamp(0.0, CLIP)]


def _gru(p: Tensor, kept: Tensor, state: list[Tensor]) -> list[Tensor]:
    units = state[0].shape[-1]
    gates, new = p.split([2 * units, units], -1)
    kept_gates, kept_new = kept.split([2 * units, units], -1)
    reset, update = (gates + kept_gates).sigmoid().chunk(2, -1)
    return [torch.lerp(torch.tanh(new + reset * kept_new), state[0], update)]


def _lstm(p: Tensor, kept: Tensor, state: list[Tensor]) -> list[Tensor]:
    put, forget, new, show = (p + kept).chunk(4, -1)
    cell = forget.sigmoid() * state[1] + put.sigmoid() * new.tanh()
    return [show.sigmoid() * cell.tanh(), cell]


def _reversal(mask: Tensor) -> Tensor:
    """For each frame the one that takes its place when utterances run backwards, (n, t) int64."""
    lengths = mask.sum(1, keepdim=True)
    place = torch.arange(mask.shape[1], device=mask.device)
    return torch.where(mask, lengths - 1 - place, place)


def _turned(x: Tensor, turn: Tensor) -> Tensor:
    return x.gather(1, turn[..., None].expand_as(x))


class LookaheadConvolution(nn.Module):
    """Row convolution: every feature sees its own next frames; what a one-way network needs.

    r[t, i] = sum over j = 0 ... future of W[i, j] h[t + j, i]; frames beyond the end are 0.

    Args:
        features: of a frame.
        future: frames ahead, tau.
    """

    def __init__(self, features: int, future: int) -> None:
        super().__init__()
        sizes(1, features=features)
        sizes(0, future=future)
        self.future = future
        self.weight = nn.Parameter(torch.empty(features, 1, future + 1))
        nn.init.uniform_(self.weight, -((future + 1) ** -0.5), (future + 1) ** -0.5)

    def forward(self, x: Tensor) -> Tensor:
        """(n, t, features) of frames (n, t, features) that are 0 where they do not exist."""
        ahead = functional.pad(x.transpose(1, 2), (0, self.future))
        return functional.conv1d(ahead, self.weight, groups=x.shape[2]).transpose(1, 2)


class DeepSpeech(nn.Module):
    """The network.

    Args:
        symbols: of the alphabet, the blank (0) among them.
        bins: of the spectrogram.
        channels: of each of the two convolutions.
        layers: recurrent ones.
        units: of a recurrent layer, in each direction.
        cell: "rnn", "gru" or "lstm".
        normalise: "projection", "inputs" or "none"; unless none, convolutions and the last layer
            are normalised too.
        lookahead: frames that a one-way network sees ahead; None for a bidirectional one.

    Raises:
        TypeError, ValueError: a number is below 1 (of `lookahead`, below 0), or a name unknown.
    """

    def __init__(
        self,
        *,
        symbols: int = 29,
        bins: int = 161,
        channels: int = 32,
        layers: int = 5,
        units: int = 800,
        cell: str = "gru",
        normalise: Normalise = "projection",
        lookahead: int | None = None,
    ) -> None:
        super().__init__()
        sizes(1, symbols=symbols, bins=bins, channels=channels, layers=layers, units=units)
        if lookahead is not None:
            sizes(0, lookahead=lookahead)
        self.bins = bins
        self.convolutions = nn.ModuleList()
        before = 1
        for kernel, stride in zip(_KERNELS, _STRIDES, strict=True):
            padding = (kernel[0] // 2, kernel[1] // 2)
            self.convolutions.append(nn.Conv2d(before, channels, kernel, stride, padding))
            before, bins = channels, (bins - 1) // stride[0] + 1
        plain = normalise == "none"
        self.norms = nn.ModuleList([] if plain else [SequenceNorm(channels) for _ in _KERNELS])
        features = channels * bins
        self.recurrent = nn.ModuleList()
        for at in range(layers):
            # the convolutions' outputs are normalised as they are
            own: Normalise = "none" if normalise == "inputs" and at == 0 else normalise
            self.recurrent.append(
                RecurrentLayer(features, units, cell=cell, normalise=own,
                               bidirectional=lookahead is None)
            )  # fmt: skip
            features = units
        self.ahead = None if lookahead is None else LookaheadConvolution(units, lookahead)
        self.last_norm = None if plain else SequenceNorm(units)
        self.out = nn.Linear(units, symbols, bias=plain)

    def frames(self, lengths: Tensor) -> Tensor:
        """How many frames come out where so many go in."""
        return (lengths - 1) // _STRIDES[0][1] + 1

    def forward(self, spectrograms: Tensor, lengths: Tensor) -> Tensor:
        """Natural log-probabilities (n, t', symbols) of spectrograms (n, t, bins).

        Args:
            spectrograms: (n, t, bins).
            lengths: (n,) int64, frames of each; those beyond do not matter.

        Raises:
            ValueError: one has another shape.
        """
        shaped("spectrograms", spectrograms, "n", "t", self.bins)
        shaped("lengths", lengths, len(spectrograms))
        mask = frame_mask(lengths, spectrograms.shape[1])
        x = (spectrograms * mask[..., None]).transpose(1, 2)[:, None]  # (n, 1, bins, t)
        lengths = self.frames(lengths)
        for at, convolution in enumerate(self.convolutions):
            # by far the faster layout for few channels on a processor
            x = convolution(x.contiguous(memory_format=torch.channels_last))
            mask = frame_mask(lengths, x.shape[3])
            if self.norms:
                x = self.norms[at](x.permute(0, 3, 1, 2), mask).permute(0, 2, 3, 1)
            x = x.clamp(0.0, CLIP) * mask[:, None, None]
        x = x.flatten(1, 2).transpose(1, 2)  # (n, t', channels * bins)
        for layer in self.recurrent:
            x = layer(x, mask)
        if self.ahead is not None:
            x = self.ahead(x).clamp(0.0, CLIP)
        if self.last_norm is not None:
            x = self.last_norm(x, mask)
        return self.out(x).log_softmax(2)
