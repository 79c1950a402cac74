"""What one process computes: its layers, on one micro-batch after another.

The noise of a layer on a micro-batch comes from a stream of its own, so that it is the same however
the layers are split, and the same when activations are computed again. Batch normalisation uses
the statistics of its micro-batch; the averages for evaluation are those of the whole batch, and
move once a step.

References:
    Y. Huang et al., GPipe, NeurIPS 2019, sections 2.2 and 2.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.checkpoint import checkpoint

__all__ = ["Stage"]

_GOLDEN = 0x9E3779B97F4A7C15
"""Odd: its multiples are different words, also modulo 2^32, which is what torch's stream takes."""


class _Adjoining(torch.autograd.Function):
    """The identity, whose gradient is contiguous, as what stages send has to be."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        return grads[0].contiguous()


class Stage(nn.Module):
    """The layers of one stage, for the micro-batches of a step in their order.

    Args:
        layers: of this stage.
        first: the index of the first of them in the whole network.
        total: how many the whole network has.
        rematerialise: keep nothing of a forward pass but its inputs, and compute the rest again
            when its gradient is asked for.
    """

    def __init__(self, layers: nn.Sequential, first: int, total: int, rematerialise: bool) -> None:
        super().__init__()
        self.layers, self.first, self.total = layers, first, total
        self.rematerialise = rematerialise
        self.again = False  # whether activations are being computed again
        self._word = self._next = 0

    def forward(self, x: Tensor) -> Tensor:
        """The next micro-batch of the step, through all layers."""
        micro, self._next = self._next, self._next + 1
        if not (self.rematerialise and torch.is_grad_enabled()):
            return self._through(x, micro)
        kept = {name: buffer.clone() for name, buffer in self.layers.named_buffers()}
        # the second argument: without an input that needs a gradient there would be none of weights
        made = checkpoint(
            self._again, x, torch.empty(0, requires_grad=True), micro, kept,
            use_reentrant=True, preserve_rng_state=False,
        )  # fmt: skip
        assert isinstance(made, Tensor)
        return made

    def _again(self, x: Tensor, _: Tensor, micro: int, kept: dict[str, Tensor]) -> Tensor:
        """The forward pass, without gradients at first; then again, and no buffer changes."""
        if not torch.is_grad_enabled():
            return self._through(x, micro)
        self.again = True
        try:
            return functional_call(_Seeded(self, micro), kept, (x,))
        finally:
            self.again = False

    def _through(self, x: Tensor, micro: int) -> Tensor:
        for index, layer in enumerate(self.layers, self.first):
            _seed(self._word + _GOLDEN * (1 + micro * self.total + index), x.device)
            # before every layer, wherever stages begin: sums over another layout round otherwise
            x = layer(_Adjoining.apply(x.contiguous()))
        return x.contiguous()

    @contextmanager
    def step(self, word: int) -> Iterator[None]:
        """A step of training, whose noise follows from a word; torch's streams are as before."""
        self._word, self._next = word, 0
        devices = {p.device for p in self.layers.parameters() if p.is_cuda}
        with ExitStack() as stack:
            stack.enter_context(torch.random.fork_rng(list(devices)))
            for layer in self.layers.modules():
                if isinstance(layer, _BatchNorm) and layer.track_running_stats and layer.training:
                    stack.enter_context(_deferred(layer, self))
            yield


class _Seeded(nn.Module):
    """A stage's layers under their own names, on a given micro-batch."""

    def __init__(self, stage: Stage, micro: int) -> None:
        super().__init__()
        self.run = lambda x: stage._through(x, micro)
        for name, layer in stage.layers.named_children():
            self.add_module(name, layer)

    def forward(self, x: Tensor) -> Tensor:
        return self.run(x)


def _seed(word: int, device: torch.device) -> None:
    if device.type == "cpu":
        torch.default_generator.manual_seed(word % 2**63)
    else:
        torch.manual_seed(word % 2**63)


@contextmanager
def _deferred(layer: _BatchNorm, stage: Stage) -> Iterator[None]:
    """Leave the averages alone for a step, then move them by the statistics of all its batches.

    References:
        T. Chan, G. Golub and R. LeVeque, Updating formulae and a pairwise algorithm for computing
            sample variances, 1979: how two parts' variances give that of both.
    """
    parts: list[tuple[int, Tensor, Tensor]] = []  # count, mean, sum of (x - mean)^2: (C,) each

    def seen(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if stage.again:
            return
        x = inputs[0].detach()  # (n, C, ...)
        variance, mean = torch.var_mean(x, [i for i in range(x.ndim) if i != 1], correction=0)
        count = x.numel() // x.shape[1]
        squares = variance * count
        if parts:
            before, middle, already = parts.pop()
            off, both = mean - middle, before + count
            mean = middle + off * (count / both)
            squares = already + squares + off.square() * (before * count / both)
            count = both
        parts.append((count, mean, squares))

    hook = layer.register_forward_pre_hook(seen)
    layer.track_running_stats = False
    try:
        yield
    finally:
        hook.remove()
        layer.track_running_stats = True
    averages = (layer.running_mean, layer.running_var, layer.num_batches_tracked)
    if not parts or any(each is None for each in averages):
        return
    [(count, mean, squares)] = parts
    layer.num_batches_tracked.add_(1)  # pyright: ignore[reportOptionalMemberAccess]
    share = layer.momentum
    if share is None:
        share = 1 / float(layer.num_batches_tracked)  # pyright: ignore[reportArgumentType]
    layer.running_mean.lerp_(mean, share)  # pyright: ignore[reportOptionalMemberAccess]
    layer.running_var.lerp_(squares / max(1, count - 1), share)  # pyright: ignore[reportOptionalMemberAccess]
