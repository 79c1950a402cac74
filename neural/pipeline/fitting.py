"""Train a network of one's own by several processes: one call, here or under torchrun."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from complexity.errors import integer
from mdl.weights.tensors import checked_module, tensors_of
from neural.pipeline.launching import launch
from neural.pipeline.partition import balanced, checked_layers, parameter_costs
from neural.pipeline.pipelined import Loss, Pipeline
from neural.training.batches import minibatches
from neural.training.distributed import processes
from neural.training.system import TrainingRun

__all__ = ["Fitted", "train"]


@dataclass(frozen=True)
class Fitted:
    """A training by stages.

    Attributes:
        losses: of each step, (steps,) float64, before it was taken.
        layers: which each stage held, by index.
        microbatches: parts of each batch.
    """

    losses: np.ndarray
    layers: tuple[tuple[int, ...], ...]
    microbatches: int

    def __repr__(self) -> str:
        stages = " | ".join(f"{part[0]}-{part[-1]}" for part in self.layers)
        return (
            f"Fitted(loss {self.losses[0]:.4f} to {self.losses[-1]:.4f} in {len(self.losses)} "
            f"steps; layers {stages}; {self.microbatches} micro-batches)"
        )


def train(
    module: nn.Sequential,
    loss: Loss,
    inputs: np.ndarray | Tensor,
    targets: np.ndarray | Tensor,
    *,
    stages: int,
    microbatches: int,
    steps: int,
    batch: int,
    schedule: str = "gpipe",
    rematerialise: bool = False,
    costs: Sequence[float] | None = None,
    clip: float | None = None,
    seed: int = 0,
    device: str = "cpu",
    timeout: float = 300.0,
    limit: float | None = None,
    **options: Any,
) -> Fitted:
    """Train a network of layers in a row, in place, by as many processes as stages.

    The processes are started here, on this machine; under torchrun they are those there are, every
    one of which calls, and `stages` has to be their number. The weights that come out are the same
    to the last bit for any number of stages.

    Args:
        module: its layers pass on one tensor each; of classes that a fresh process can import.
        loss: a function of a module by name: (outputs, targets) -> the mean over rows.
        inputs: (rows, ...).
        targets: (rows, ...).
        stages: processes.
        microbatches: parts of each batch.
        steps: of training.
        batch: rows of a step, a multiple of `microbatches`, at most all.
        schedule, rematerialise, costs, clip: as for `Pipeline`.
        seed: of batches and of noise.
        device: "cpu" or "cuda", a GPU for each process.
        timeout, limit: seconds, as for `launch`; under torchrun the limits are its own.
        options: of `TrainingRun`: optimiser, learning_rate, options; its schedule is called `rate`.

    Raises:
        TypeError, ValueError: of `Pipeline`; more stages than layers; a training that diverged.
        RuntimeError: a process failed, hung or was killed; none is left running.

    Example:
        >>> from torch import nn
        >>> from neural.pipeline import train
        >>> rows = torch.linspace(-1, 1, 64)[:, None]
        >>> net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
        >>> found = train(net, nn.functional.mse_loss, rows, rows.sin(), stages=1,
        ...               microbatches=4, steps=50, batch=64, learning_rate=0.02)
        >>> bool(found.losses[-1] < found.losses[0])
        True
    """
    checked_layers(checked_module("module", module))
    balanced(parameter_costs(module), stages)
    rows = min(integer("batch", batch, 1), len(inputs))
    if rows % integer("microbatches", microbatches, 1):
        raise ValueError(
            f"batch: got {rows} rows, accepted are multiples of {microbatches} micro-batches"
        )
    integer("steps", steps, 1)
    if "rate" in options:
        options["schedule"] = options.pop("rate")
    pipeline = {
        "microbatches": microbatches, "schedule": schedule, "rematerialise": rematerialise,
        "costs": parameter_costs(module) if costs is None else list(costs), "clip": clip,
    }  # fmt: skip
    call = _Call(
        module, loss, (torch.as_tensor(inputs), torch.as_tensor(targets)), steps, rows, pipeline,
        {"seed": seed, **options},
    )  # fmt: skip
    started = "RANK" in os.environ and "WORLD_SIZE" in os.environ  # by torchrun
    if started or stages == 1:
        with processes(device) as here:
            if dist.get_world_size() != stages:
                raise ValueError(
                    f"stages: got {stages}, accepted is {dist.get_world_size()}, the number of "
                    "processes that torchrun started"
                )
            losses, layers, tensors = _trained(call, here)
    else:
        losses, layers, tensors = launch(
            _launched, call, device, processes=stages, device=device, timeout=timeout, limit=limit
        )[0]
    with torch.no_grad():
        for name, tensor in tensors_of(module).items():
            tensor.copy_(tensors[name])
    return Fitted(np.array(losses), layers, microbatches)


@dataclass(frozen=True)
class _Call:
    """What every process is told."""

    module: nn.Sequential
    loss: Loss
    rows: tuple[Tensor, Tensor]
    steps: int
    batch: int
    pipeline: dict[str, Any]
    options: dict[str, Any]


_Found = tuple[list[float], tuple[tuple[int, ...], ...], dict[str, Tensor]]


def _trained(call: _Call, device: torch.device) -> _Found:
    """What every process does: losses, the layers of each stage, all tensors."""
    pipe = Pipeline(call.module, call.loss, device=device, **call.pipeline)
    batches = minibatches(call.rows, call.batch)
    run = TrainingRun(pipe.module, pipe.loss, batches, device=device, **call.options)
    losses = []
    for _ in range(call.steps):
        run.advance(1)
        losses.append(run.last_loss)
    every: list[Any] = [None] * pipe.stages
    dist.all_gather_object(every, tuple(pipe.layers))
    return losses, tuple(every), pipe.gathered()


def _launched(call: _Call, device: str) -> _Found | None:
    """The same in a process of `launch`; what all know, the first one tells."""
    here = torch.device(device)
    if here.type == "cuda":
        here = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    found = _trained(call, here)
    return found if dist.get_rank() == 0 else None
