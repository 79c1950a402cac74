"""This process's stage of a network, trained in step with the others' (torch.distributed).

Every process runs the same program on the same batches. Stages pass micro-batches on by the
schedules of `torch.distributed.pipelining`; gradients of a step are the sum over micro-batches of
the loss's, divided by their number, to the last bit those of `accumulated` in one process.

References:
    Y. Huang et al., GPipe, NeurIPS 2019.
    D. Narayanan et al., PipeDream, SOSP 2019: 1F1B, here with GPipe's synchronous update.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from complexity.errors import integer, one_of
from mdl.weights.tensors import parameters_of, tensors_of
from neural.pipeline.partition import balanced, checked_layers, parameter_costs
from neural.pipeline.stages import Stage
from neural.training.optimisers import checked_clip

__all__ = ["SCHEDULES", "Loss", "Pipeline", "accumulated"]

SCHEDULES = ("gpipe", "1f1b")
"""All forward passes, then all backward passes; or one of each as soon as can be."""

Loss = Callable[[Tensor, Tensor], Tensor]
"""(outputs (n, ...), targets (n, ...)) -> their mean loss, a scalar."""


class Pipeline:
    """A network of layers in a row, of which this process holds one stage.

    Made by every process of the group, with the same arguments, after `processes()` of
    `neural.training.distributed` or within `launch`; a group of one will do. All layers are built
    in every process, and only those of its stage are moved to the device. Then as any other run:
    `TrainingRun(pipe.module, pipe.loss, minibatches(rows, size), device=pipe.device)`, with batches
    (inputs, targets). Give `clip` here and not there, where only the stage's norm is known.

    Args:
        module: its layers pass on one tensor each, and share no weights across stages.
        loss: the mean over rows of a micro-batch, taken in the last process.
        microbatches: parts of a batch, which has to be a multiple of them.
        schedule: "gpipe" or "1f1b", which keeps fewer activations and needs as many micro-batches
            as stages.
        costs: of each layer, by which stages are balanced; those of the first process count. None
            for numbers of parameters; `measured_costs` gives seconds.
        rematerialise: keep a stage's inputs only, and compute its activations again.
        clip: the greatest norm of the whole network's gradient, None for any.
        device: of this stage.

    Attributes:
        module: this stage's layers, under the names that they have in the whole.
        layers: which they are.
        stage: this process's number; that of the first is 0.
        stages: how many there are.

    Raises:
        TypeError, ValueError: not a sequence of layers; fewer of them than processes; weights tied
            across stages; an unknown schedule; `clip` is not above 0.
        RuntimeError: there is no group of processes.
    """

    def __init__(
        self,
        module: nn.Sequential,
        loss: Loss,
        *,
        microbatches: int,
        schedule: str = "gpipe",
        costs: Sequence[float] | None = None,
        rematerialise: bool = False,
        clip: float | None = None,
        device: str | torch.device = "cpu",
    ) -> None:
        if not dist.is_initialized():
            raise RuntimeError(
                "no group of processes: make a Pipeline within `launch`, or within `processes()` "
                "of neural.training.distributed"
            )
        self.stage, self.stages = dist.get_rank(), dist.get_world_size()
        self.microbatches = integer("microbatches", microbatches, 1)
        self.schedule = one_of("schedule", schedule, SCHEDULES)
        if schedule == "1f1b" and microbatches < self.stages:
            raise ValueError(
                f"microbatches: got {microbatches}, accepted are {self.stages} or more, one for "
                "each stage, with the schedule 1f1b"
            )
        self.mean_loss, self.clip = loss, checked_clip(clip)
        self.device = torch.device(device)
        every = checked_layers(module)
        weighed = parameter_costs(module) if costs is None else list(costs)
        if len(weighed) != len(every):
            raise ValueError(f"costs: got {len(weighed)}, accepted are {len(every)}, one a layer")
        [weighed] = _told([weighed], 0)
        parts = balanced(weighed, self.stages)
        _check_ties(module, parts)
        for number, part in enumerate(parts):
            if not any(parameters_of(every[index]) for index in part):
                raise ValueError(
                    f"module: stage {number} of {self.stages} (from layer {part[0]} to {part[-1]}) "
                    "would hold no weights; take fewer processes, or other costs"
                )
        self.layers = parts[self.stage]
        names = [name for name, _ in module.named_children()]
        own = OrderedDict((names[index], every[index]) for index in self.layers)
        self.module = nn.Sequential(own).to(self.device)
        held = (nn.Sequential(*(every[index] for index in part)) for part in parts)
        self._tensors = [len(parameters_of(layers)) for layers in held]
        self._dtype = next((p.dtype for p in module.parameters()), torch.float32)
        self._stage = Stage(self.module, self.layers.start, len(every), rematerialise)
        self._passing: dict[Any, tuple[Tensor, Tensor]] = {}
        self._schedules: dict[Any, Any] = {}

    def loss(self, module: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        """What `TrainingRun` takes: the loss of a batch, whose gradient is there already.

        Args:
            module: `self.module`.
            batch: inputs (n, ...) and targets (n, ...), n a multiple of the micro-batches.
        """
        value = self.gradients(*batch)
        return _handed_over(value, [p for p in module.parameters() if p.requires_grad])

    def gradients(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Replace the gradients of this stage by those of a batch; every process calls.

        Gradients are not added to those that were there: dividing by the number of micro-batches
        is done once a step (torchtitan's pull request 1732 tells what becomes of it otherwise).

        Args:
            inputs: (n, ...), n a multiple of the micro-batches; only the first stage reads them.
            targets: (n, ...); only the last stage reads them.

        Returns:
            The mean loss of the batch, a scalar, in every process.

        Raises:
            ValueError: rows are no multiple of the micro-batches, or of another number than
                targets.
        """
        if len(targets) != len(inputs):
            raise ValueError(
                f"targets: got {len(targets)} rows, accepted are those of {len(inputs)} inputs"
            )
        schedule = self._scheduled(inputs)
        first, last = self.stage == 0, self.stage == self.stages - 1
        for parameter in self.module.parameters():
            parameter.grad = None
        word = torch.randint(2**62, ()).to(self.device)
        dist.broadcast(word, 0)
        losses: list[Tensor] = []
        arguments = [inputs.to(self.device)] if first else []
        options = {"target": targets.to(self.device), "losses": losses} if last else {}
        with self._stage.step(int(word)):
            schedule.step(*arguments, **options)
        value = torch.zeros(1, dtype=torch.float64, device=self.device)
        if last:
            value = torch.stack([each.detach() for each in losses]).mean().double().reshape(1)
        dist.broadcast(value, self.stages - 1)
        if self.clip is not None:
            self._clip(self.clip)
        return value[0]

    @torch.no_grad()
    def predict(self, inputs: Tensor) -> Tensor:
        """The whole network's outputs (n, ...) in evaluation mode; every process calls.

        Args:
            inputs: (n, ...), n a multiple of the micro-batches; only the first stage reads them.
        """
        arrives, leaves = self._boundaries(inputs)
        training = self.module.training
        self.module.eval()
        parts: list[Tensor] = []
        for rows in inputs.chunk(self.microbatches):
            if self.stage == 0:
                x = rows.to(self.device)
            else:
                x = torch.empty_like(arrives, requires_grad=False)
                dist.recv(x, self.stage - 1)
            parts.append(self.module(x).contiguous())
            if self.stage < self.stages - 1:
                dist.send(parts.pop(), self.stage + 1)
        self.module.train(training)
        [last] = _told([(tuple(leaves.shape), leaves.dtype)], self.stages - 1)
        shape = (len(inputs), *last[0][1:])
        whole = torch.cat(parts) if parts else torch.empty(shape, dtype=last[1], device=self.device)
        dist.broadcast(whole, self.stages - 1)
        return whole

    def gathered(self) -> dict[str, Tensor]:
        """All tensors of the whole network by name, on the processor; every process calls."""
        own = {name: each.detach().cpu() for name, each in tensors_of(self.module).items()}
        found: dict[str, Tensor] = {}
        for stage in range(self.stages):
            [theirs] = _told([own], stage)
            found |= theirs
        return found

    def _clip(self, most: float) -> None:
        """Scale gradients as torch.nn.utils.clip_grad_norm_ does those of the whole network."""
        norms = torch.full((sum(self._tensors),), 0.0, dtype=torch.float64, device=self.device)
        at = sum(self._tensors[: self.stage])
        for index, parameter in enumerate(self.module.parameters(), at):
            norms[index] = -1.0 if parameter.grad is None else parameter.grad.norm()
        dist.all_reduce(norms)  # each is 0 but in one process: exact
        # of the tensors, in the order of the whole: the same rounding
        norm = torch.linalg.vector_norm(norms[norms >= 0].to(self._dtype))
        nn.utils.clip_grads_with_norm_(self.module.parameters(), most, norm)

    def _scheduled(self, inputs: Tensor) -> Any:
        """Torch's schedule for batches of this shape."""
        key = (tuple(inputs.shape), inputs.dtype)
        if key not in self._schedules:
            from torch.distributed.pipelining import PipelineStage, Schedule1F1B, ScheduleGPipe

            # told what arrives and leaves: asked to find out, torch would run a stage in training
            # mode on memory as it is, and batch normalisation would keep averages of that
            arrives, leaves = self._boundaries(inputs)
            stage = PipelineStage(
                self._stage, self.stage, self.stages, self.device,
                input_args=(arrives,), output_args=(leaves,),
            )  # fmt: skip
            kind = {"gpipe": ScheduleGPipe, "1f1b": Schedule1F1B}[self.schedule]
            self._schedules[key] = kind(stage, self.microbatches, loss_fn=self.mean_loss)
        return self._schedules[key]

    def _boundaries(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """A micro-batch as it arrives at this stage and as it leaves it: shapes; every one calls.

        Raises:
            ValueError: rows are no multiple of the micro-batches.
            TypeError: a stage passes on something else than a tensor.
        """
        key = (tuple(inputs.shape), inputs.dtype)
        if key in self._passing:
            return self._passing[key]
        if not len(inputs) or len(inputs) % self.microbatches:
            raise ValueError(
                f"inputs: got {len(inputs)} rows, accepted are multiples of {self.microbatches} "
                "micro-batches"
            )
        shape = (len(inputs) // self.microbatches, *inputs.shape[1:])
        passed: Any = (shape, inputs.dtype, False)
        training = self.module.training
        for stage in range(self.stages):
            shown: list[Any] = [None]
            if stage == self.stage:
                shape, dtype, needed = passed
                arrives = torch.zeros(shape, dtype=dtype, device=self.device, requires_grad=needed)
                with torch.random.fork_rng(), torch.enable_grad():
                    leaves = self.module.eval()(arrives)
                self.module.train(training)
                if not isinstance(leaves, Tensor):
                    raise TypeError(
                        f"module: layer {self.layers[-1]} returns {type(leaves).__name__}, "
                        "accepted is one tensor"
                    )
                shown = [(tuple(leaves.shape), leaves.dtype, leaves.requires_grad)]
                leaving = torch.empty(shown[0][0], dtype=leaves.dtype, device=self.device)
                self._passing[key] = arrives, leaving.requires_grad_(leaves.requires_grad)
            [passed] = _told(shown, stage)
        return self._passing[key]


def accumulated(loss: Loss, microbatches: int) -> Callable[[nn.Module, Any], Tensor]:
    """The loss of a batch in one process, by micro-batches: what a pipeline's gradients equal.

    For `TrainingRun`, as `Pipeline.loss`. Noise is that of the layers, drawn one after another; a
    pipeline has other noise. Batch normalisation keeps averages of micro-batches, not of batches.

    Args:
        loss: (outputs, targets) -> the mean over rows.
        microbatches: parts of a batch, which has to be a multiple of them.
    """
    integer("microbatches", microbatches, 1)

    def found(module: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        inputs, targets = batch
        if not len(inputs) or len(inputs) % microbatches:
            raise ValueError(
                f"inputs: got {len(inputs)} rows, accepted are multiples of {microbatches} "
                "micro-batches"
            )
        parameters = [p for p in module.parameters() if p.requires_grad]
        for parameter in parameters:
            parameter.grad = None
        losses = []
        for x, y in zip(inputs.chunk(microbatches), targets.chunk(microbatches), strict=True):
            part = loss(module(x), y)
            part.backward()
            losses.append(part.detach())
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.grad.div_(microbatches)
        return _handed_over(torch.stack(losses).mean(), parameters)

    return found


class _HandedOver(torch.autograd.Function):
    """A number whose gradients were found before."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, grads: list[Tensor | None], *_: Tensor) -> Tensor:
        ctx.grads = grads
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> Any:
        return None, None, *ctx.grads


def _handed_over(value: Tensor, parameters: list[nn.Parameter]) -> Tensor:
    """The value, on which `backward()` puts the gradients back that the parameters have now."""
    grads = [p.grad for p in parameters]
    for parameter in parameters:
        parameter.grad = None
    return _HandedOver.apply(value, grads, *parameters)  # pyright: ignore[reportReturnType]


def _told(objects: list[Any], stage: int) -> list[Any]:
    """What a stage says, in every process."""
    dist.broadcast_object_list(objects, stage)
    return objects


def _check_ties(module: nn.Sequential, parts: Sequence[range]) -> None:
    """Weights, and buffers, belong to one stage."""
    owner: dict[int, tuple[int, str]] = {}
    children = list(module.named_children())
    for number, part in enumerate(parts):
        for index in part:
            name, layer = children[index]
            for inner, tensor in tensors_of(layer).items():
                stage, other = owner.setdefault(id(tensor), (number, f"{name}.{inner}"))
                if stage != number:
                    raise ValueError(
                        f"module: {f'{name}.{inner}'!r} is tied to {other!r}, and they are in "
                        f"stages {number} and {stage}; put what is tied into one layer"
                    )
