"""A network in training as a `simulations.System`: deterministic, copied and resumed as arrays.

All that is random in a step (which rows, dropout, noise) is drawn from a stream of the seed and the
step's number, so that a run has no state but weights, buffers and the optimiser's moments, and
continues to the same bits after an interruption.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from complexity.errors import integer
from mdl.devices import usable
from mdl.weights.tensors import architecture, checked_module, reproducible, tensors_of
from neural.training.batches import Batches, RowBatches
from neural.training.optimisers import (
    checked_clip,
    checked_moments,
    checked_rate,
    from_array,
    optimiser_arrays,
    optimiser_of,
    scheduled_rate,
    to_array,
    whole,
    write_moments,
)
from neural.training.schedules import Schedule
from simulations.system import generator

__all__ = ["TrainingRun"]


class TrainingRun:
    """A module, a loss, batches and an optimiser, advanced a step at a time.

    `states()` gives the module itself, in evaluation mode, so that functions of a module are
    observables: `observe(run, {"loss_bits": ...}, times)`.

    Args:
        module: what is trained, in place; its initial weights are the run's.
        loss: (module, batch) -> a scalar to be made small.
        batches: step -> batch, as `minibatches` makes.
        optimiser: one of `OPTIMISERS`.
        learning_rate: at a factor of 1.
        schedule: step -> factor of the learning rate; None for 1.
        clip: the greatest norm of the gradient, None for any.
        options: more of the optimiser's, as weight_decay.
        seed: of batches and of everything random in the module.
        device: where it is trained.
        threads: of the processor: results are the same for any number only where torch's are.
        prequential: (module, rows of a batch) -> (rows,) bits of their labels, as `label_bits`:
            `prequential_bits` is then counted; batches must tell their rows, as those of
            `minibatches` and `passes` do.
        parameters: what else determines the run, for its provenance: names of data and loss.

    Raises:
        TypeError, ValueError: the module has no weights to be trained or some are NaN; a function
            is none; an option is unknown; the learning rate is below 0 or infinite; `clip` is not
            above 0, `threads` below 1; there is no such device; bits are to be counted of batches
            that do not tell their rows.

    Attributes:
        prequential_bits: of the labels seen so far, each coded once, at first sight, by the network
            in evaluation mode as it was before it learned from their batch; NaN unless counted.
            Who has the inputs, the seed and the program decodes the labels in that order, and
            trains along. Examples that no batch has held yet are not in it: see `examples_seen`.
        last_loss: of the last step's batch, before the step; NaN before the first.

    References:
        A. P. Dawid, Statistical theory: the prequential approach, Journal of the Royal Statistical
            Society A 147(2), 1984.
        L. Blier and Y. Ollivier, The description length of deep learning models, NeurIPS 2018,
            section 3: here a block is a batch.
    """

    clock = "steps"
    replicas = 1

    def __init__(
        self,
        module: nn.Module,
        loss: Callable[[nn.Module, Any], Tensor],
        batches: Batches,
        *,
        optimiser: str = "adamw",
        learning_rate: float = 1e-3,
        schedule: Schedule | None = None,
        clip: float | None = None,
        options: Mapping[str, Any] | None = None,
        seed: int = 0,
        device: str | torch.device = "cpu",
        threads: int | None = 1,
        prequential: Callable[[nn.Module, Any], Tensor] | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        _check_functions(loss=loss, batches=batches)
        optional = {"schedule": schedule, "prequential": prequential}
        _check_functions(**{name: each for name, each in optional.items() if each is not None})
        self.loss, self.batches, self.schedule = loss, batches, schedule
        self.learning_rate, self.clip = checked_rate(learning_rate), checked_clip(clip)
        self.seed, self.device, self.threads = integer("seed", seed, 0), device, threads
        if threads is not None:
            integer("threads", threads, 1)
        usable(device)
        self.module = checked_module("module", module).to(device)
        trained = [each for each in module.parameters() if each.requires_grad]
        if not trained:
            raise ValueError("module: got no weight that requires a gradient, accepted is one")
        self.optimiser = optimiser_of(optimiser, trained, self.learning_rate, options or {})
        self._time = 0
        self.last_loss = math.nan
        if prequential is not None and not isinstance(batches, RowBatches):
            raise TypeError(
                f"prequential: got batches of type {type(batches).__name__}, accepted are those of "
                "`minibatches` or `passes`, which tell their rows"
            )
        self.prequential = prequential
        self.prequential_bits = math.nan if prequential is None else 0.0
        count = batches.count if isinstance(batches, RowBatches) and prequential is not None else 0
        self._seen = np.zeros(count, bool)
        digest = hashlib.sha256(architecture(module).encode()).hexdigest()
        self._parameters = {
            "architecture": digest[:16],
            "optimiser": optimiser,
            "learning_rate": self.learning_rate,
            "clip": self.clip,
            "options": dict(options or {}),
            "seed": self.seed,
            **({} if prequential is None else {"prequential": "labels at first sight"}),
            **(parameters or {}),
        }

    @property
    def time(self) -> int:
        """Steps since the start."""
        return self._time

    @property
    def parameters(self) -> Mapping[str, Any]:
        """All that determines the outcome, but for what only code can say: loss and batches."""
        return self._parameters

    def advance(self, amount: int) -> None:
        """Take so many steps.

        A step that fails or is interrupted is not undone, as running statistics may have moved:
        go on from a snapshot, as `simulations.observe` does.

        Raises:
            TypeError, ValueError: the amount is no integer from 0; the loss is no scalar tensor
                that depends on a weight; the schedule gives no learning rate.
            ValueError: the loss, a gradient or at the end a weight is not a finite number; names
                step and tensor.
        """
        integer("amount", amount, 0)
        self.module.train()
        try:
            with reproducible(0, threads=self.threads):
                for _ in range(amount):
                    self._step()
                    self._time += 1
        finally:
            self.module.eval()
        if amount and (found := self._not_finite(lambda weight: weight)):
            raise ValueError(self._diverged(self._time - 1, f"weights {found!r} are not finite"))

    @property
    def examples_seen(self) -> int:
        """Examples whose labels are in `prequential_bits`; 0 unless they are counted."""
        return int(self._seen.sum())

    def _code_unseen(self) -> None:
        """Count the labels' bits of rows that this step is the first to learn from."""
        code, batches = self.prequential, self.batches
        if code is None or not isinstance(batches, RowBatches) or self._seen.all():
            return
        rows = batches.rows(self._time, generator(self.seed, (0, self._time)))
        rows = np.unique(np.arange(batches.count)[rows])
        rows = rows[~self._seen[rows]]
        if not rows.size:
            return
        self._reseed()  # for what is random even in evaluation
        self.module.eval()
        with torch.no_grad():
            taken = _moved(batches.take(torch.from_numpy(rows)), self.device)
            bits = code(self.module, taken).double()
        self.module.train()
        if bool(bits.isnan().any()) and (found := self._not_finite(lambda weight: weight)):
            raise ValueError(self._diverged(self._time, f"weights {found!r} are not finite"))
        if bits.shape != (len(rows),) or bool(bits.isnan().any()):
            raise ValueError(
                f"prequential: got {'NaN' if bits.shape == (len(rows),) else tuple(bits.shape)} at "
                f"step {self._time}, accepted are bits of shape ({len(rows)},), one of each row"
            )
        self.prequential_bits += float(bits.sum())
        self._seen[rows] = True

    def _reseed(self) -> None:
        """Put torch's streams at the start of this step's noise."""
        word = _word(self.seed, self._time)
        if torch.device(self.device).type == "cpu":  # a fifth of a small network's step less
            torch.default_generator.manual_seed(word)
        else:
            torch.manual_seed(word)

    def _step(self) -> None:
        self._code_unseen()
        self._reseed()
        rows = self.batches(self._time, generator(self.seed, (0, self._time)))
        rate = self.learning_rate
        if self.schedule is not None:
            rate = scheduled_rate(rate, self.schedule(self._time), self._time)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.loss(self.module, _moved(rows, self.device))
        _check_loss(loss, self._time)
        loss.backward()
        self.last_loss = float(loss.detach())
        norm = nn.utils.get_total_norm(
            [p.grad for p in self.module.parameters() if p.grad is not None]
        )
        norm = whole(norm)
        if not (math.isfinite(self.last_loss) and math.isfinite(float(norm))):
            found = self._not_finite(lambda weight: weight.grad)
            blame = f" and the gradient of {found!r}" if found else ""
            raise ValueError(self._diverged(self._time, f"the loss is {self.last_loss}{blame}"))
        if self.clip is not None:
            nn.utils.clip_grads_with_norm_(self.module.parameters(), self.clip, norm)
        self.optimiser.step()

    def _not_finite(self, part: Callable[[nn.Parameter], Tensor | None]) -> str:
        """The first parameter of which that part is not all finite numbers; "" for none."""
        named = ((name, part(weight)) for name, weight in self.module.named_parameters())
        broken = (
            name for name, each in named
            if each is not None and not bool(whole(torch.isfinite(each.detach()).all()))
        )  # fmt: skip
        return next(broken, "")

    def _diverged(self, step: int, what: str) -> str:
        return (
            f"training diverged at step {step}: {what}; "
            f"consider a smaller learning rate than {self.learning_rate:g}, or clip=1.0"
        )

    def states(self) -> Sequence[nn.Module]:
        """The module, in evaluation mode."""
        self.module.eval()
        return [self.module]

    def snapshot(self) -> dict[str, np.ndarray]:
        """Weights, buffers, the optimiser's moments, time, loss and what was coded, as arrays."""
        weights = {f"weights.{k}": to_array(v) for k, v in tensors_of(self.module).items()}
        moments = {f"optimiser.{k}": v for k, v in optimiser_arrays(self.optimiser).items()}
        return weights | moments | self.counters() | {"last_loss": np.array(self.last_loss)}

    def counters(self) -> dict[str, np.ndarray]:
        """What of a snapshot is neither weight nor moment: the time, and what was coded."""
        found = {"time": np.array(self._time)}
        if self.prequential is not None:
            found["prequential.bits"] = np.array(self.prequential_bits)
            found["prequential.seen"] = self._seen.copy()
        return found

    def set_counters(self, counters: Mapping[str, np.ndarray]) -> None:
        """Write back what `counters` gave.

        Raises:
            ValueError: they are of a run of other data.
        """
        if self.prequential is not None:
            seen = counters.get("prequential.seen", np.empty(0))
            if seen.shape != self._seen.shape:
                raise ValueError(
                    f"snapshot: has bits of {len(seen)} examples, accepted are those of "
                    f"{len(self._seen)}: it is of a run of other data, or of one that counted none"
                )
            self._seen = np.array(seen, bool)
            self.prequential_bits = float(counters["prequential.bits"])
        self._time = int(counters["time"])

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of `snapshot`; learning rate, schedule and clip stay this run's.

        Raises:
            ValueError: it is of another architecture, optimiser (or the same with other options) or
                data set; the run is then as it was.
        """
        if "time" not in snapshot:
            raise ValueError("snapshot: has no 'time', accepted is what `snapshot` gave")
        tensors = tensors_of(self.module)
        given = {k.removeprefix("weights."): v for k, v in snapshot.items() if k[:8] == "weights."}
        if given.keys() != tensors.keys():
            odd = sorted(given.keys() ^ tensors.keys())[0]
            raise ValueError(f"snapshot: of another architecture: only one of both has {odd!r}")
        read = {}
        for name, tensor in tensors.items():
            try:
                read[name] = from_array(given[name], tensor)
            except ValueError as error:
                raise ValueError(f"snapshot: {name!r}: {error}") from None
        prefix = "optimiser."
        arrays = {k.removeprefix(prefix): v for k, v in snapshot.items() if k.startswith(prefix)}
        moments = checked_moments(self.optimiser, arrays, steps=int(snapshot["time"]))
        self.set_counters(snapshot)  # the last that may refuse: nothing is half restored
        self.last_loss = float(snapshot.get("last_loss", math.nan))  # older snapshots have none
        with torch.no_grad():
            for name, tensor in tensors.items():
                tensor.copy_(read[name])
        write_moments(self.optimiser, moments)


def _word(seed: int, step: int) -> int:
    """A seed for torch's stream of one step."""
    sequence = np.random.SeedSequence(seed, spawn_key=(1, step))
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(1))


def _check_functions(**given: Any) -> None:
    for name, each in given.items():
        if not callable(each):
            raise TypeError(f"{name}: got {type(each).__name__}, accepted is a function")


def _check_loss(loss: Any, step: int) -> None:
    accepted = "accepted is a scalar tensor that depends on a weight"
    if not isinstance(loss, Tensor):
        raise TypeError(f"loss: got {type(loss).__name__} at step {step}, {accepted}")
    if loss.numel() != 1 or not loss.is_floating_point():
        told = f"{str(loss.dtype).removeprefix('torch.')} of shape {tuple(loss.shape)}"
        raise ValueError(f"loss: got {told} at step {step}, {accepted}")
    if not loss.requires_grad:
        raise ValueError(
            f"loss: got one that no gradient leads back from at step {step}, {accepted}"
        )


def _moved(rows: Any, device: str | torch.device) -> Any:
    if isinstance(rows, Tensor):
        return rows.to(device)
    if isinstance(rows, tuple | list):
        moved = [_moved(each, device) for each in rows]
        return type(rows)(*moved) if hasattr(rows, "_fields") else type(rows)(moved)
    if isinstance(rows, Mapping):
        return {name: _moved(each, device) for name, each in rows.items()}
    return rows
