"""Time and memory of a pipeline, measured: layers that take a tick, tensors kept for a gradient."""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from neural.pipeline.pipelined import Pipeline

__all__ = ["Beat", "SavedTensors", "Ticks", "measured_activations", "measured_ticks"]


class Beat(nn.Module):
    """A layer that takes a given time, on a clock of its own and asleep.

    What it passes on is the time it was done, and it begins when both it and what it waits for are
    ready (Lamport 1978): so the clock after a step says how many ticks the schedule takes by the
    order of its messages, whatever else the machine is doing.

    Args:
        forward: ticks of a forward pass.
        backward: ticks of a backward pass.
        tick: seconds slept for each; 0 for none.

    Attributes:
        clock: ticks since the start.
    """

    def __init__(self, forward: int = 1, backward: int = 2, tick: float = 0.0) -> None:
        super().__init__()
        self.ticks, self.tick, self.clock = (forward, backward), tick, 0.0
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """Times (n, 1) at which the inputs were ready -> when this is done."""
        return _Beaten.apply(x, self.weight, self)  # pyright: ignore[reportReturnType]

    def beat(self, ready: Tensor, which: int) -> Tensor:
        """Wait, work, tell the time."""
        self.clock = max(self.clock, float(ready.max())) + self.ticks[which]
        time.sleep(self.ticks[which] * self.tick)
        return torch.full_like(ready, self.clock)


class _Beaten(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, layer: Beat) -> Tensor:
        ctx.layer = layer
        return layer.beat(x, 0)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        return ctx.layer.beat(grads[0], 1), torch.zeros(1, device=grads[0].device), None


@dataclass(frozen=True)
class Ticks:
    """How long a step took; a tick is a stage's forward and backward pass of a micro-batch.

    Attributes:
        counted: ticks by the order of messages.
        slept: by the wall clock, the least of some steps; NaN where stages do not sleep.
        bubble: the share of the wall clock's time that the stage did not sleep; NaN likewise.
    """

    counted: float
    slept: float
    bubble: float


def measured_ticks(
    microbatches: int, *, schedule: str = "gpipe", tick: float = 0.0, repeats: int = 3
) -> Ticks:
    """Ticks of a step of stages that take the same time; every process of a group calls.

    Args:
        microbatches: M.
        schedule: of `SCHEDULES`.
        tick: seconds of a forward and backward pass together; 0 for no sleep.
        repeats: steps, of which the quickest counts: others' load only adds.
    """
    stages = dist.get_world_size()
    module = nn.Sequential(*(Beat(1, 2, tick / 3) for _ in range(stages)))
    pipe = Pipeline(module, lambda out, _: out.sum(), microbatches=microbatches, schedule=schedule)
    [layer] = pipe.module
    assert isinstance(layer, Beat)
    rows, walls, counted = torch.zeros(microbatches, 1), [], 0.0
    pipe.predict(rows)  # shapes are known then
    for _ in range(repeats if tick else 1):
        dist.barrier()
        layer.clock, began = 0.0, time.monotonic()
        pipe.gradients(rows, rows)
        told = [None] * stages
        dist.all_gather_object(told, (layer.clock, time.monotonic() - began))
        counted = max(each[0] for each in told if each) / 3
        walls.append(max(each[1] for each in told if each))
    if not tick:
        return Ticks(counted, float("nan"), float("nan"))
    return Ticks(counted, min(walls) / tick, 1 - microbatches * tick / min(walls))


def measured_activations(
    layers: int, microbatches: int, *, rematerialise: bool = False, rows: int, width: int = 16
) -> float:
    """The peak of what autograd keeps in a step, in activations of a layer and a whole batch.

    The greatest over stages; every process of a group calls. Layers are those of the law: as wide
    as their inputs, of one matrix and one nonlinearity.

    Args:
        layers: L, a multiple of the processes.
        microbatches: M.
        rematerialise: whether activations are computed again.
        rows: of a batch, a multiple of the micro-batches.
        width: of a layer.
    """
    every = [nn.Sequential(nn.Linear(width, width), nn.Tanh()) for _ in range(layers)]
    pipe = Pipeline(
        nn.Sequential(*every), lambda x, _: x.mean(), microbatches=microbatches,
        rematerialise=rematerialise,
    )  # fmt: skip
    inputs = torch.zeros(rows, width)
    pipe.predict(inputs)  # shapes are known then
    with SavedTensors(pipe.module.parameters()) as saved:
        pipe.gradients(inputs, inputs)
    told: list[int] = [0] * pipe.stages
    dist.all_gather_object(told, saved.peak)
    return max(told) / (inputs.element_size() * inputs.numel())


class SavedTensors:
    """Counts the memory of tensors that autograd keeps for gradients; a context.

    Memory that tensors share counts once. What is kept within `torch.utils.checkpoint` is seen
    where it is made again, with `use_reentrant=True`.

    Args:
        besides: tensors that do not count, as parameters.

    Attributes:
        now: bytes kept.
        peak: the most that were kept at once.
    """

    def __init__(self, besides: Iterable[Tensor] = ()) -> None:
        self.now = self.peak = 0
        self._besides = {each.untyped_storage().data_ptr() for each in besides}
        self._holders: dict[int, int] = {}
        self._hooks = torch.autograd.graph.saved_tensors_hooks(self._keep, lambda kept: kept.tensor)

    def __enter__(self) -> SavedTensors:
        self._hooks.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._hooks.__exit__(*error)

    def _keep(self, tensor: Tensor) -> _Kept:
        kept, storage = _Kept(tensor), tensor.untyped_storage()
        place, size = storage.data_ptr(), storage.nbytes()
        if size and place not in self._besides:
            if place not in self._holders:
                self._holders[place] = 0
                self.now += size
                self.peak = max(self.peak, self.now)
            self._holders[place] += 1
            weakref.finalize(kept, self._drop, place, size)
        return kept

    def _drop(self, place: int, size: int) -> None:
        self._holders[place] -= 1
        if not self._holders[place]:
            del self._holders[place]
            self.now -= size


class _Kept:
    """A tensor that a graph holds on to, and which does not hold on to the graph."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor.detach().requires_grad_(tensor.requires_grad)
