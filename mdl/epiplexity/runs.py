"""One learner's pass over the data: the structure and entropy it has found at each checkpoint."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from mdl.epiplexity.learner import Factory, check_causal
from mdl.epiplexity.lockstep import lockstep
from mdl.epiplexity.relative_entropy import message_bound
from mdl.epiplexity.result import Curve
from mdl.epiplexity.rows import Rows
from mdl.epiplexity.training import OnlineLearner, Training, checkpoints_of, row_bits
from mdl.weights.tensors import parameters_of

__all__ = ["Run", "label"]


def label(factory: Factory) -> str:
    """A learner as text."""
    return getattr(factory, "__name__", None) or repr(factory)


class Run:
    """One learner over the rows, as many as the budget allows.

    Args:
        module: the untrained learner; it is changed.
        train: rows to learn from.
        held_out: rows that the loss is taken on.
        training: how.
        tokens: that are described in the end.
        budget: most floating-point operations for training and describing.
        seed: of the teacher's samples.
    """

    def __init__(
        self,
        module: nn.Module,
        train: Rows,
        held_out: Rows,
        training: Training,
        tokens: int,
        budget: float,
        seed: int,
    ) -> None:
        self.module, self.training, self.tokens, self.seed = module, training, tokens, seed
        self.given, self.width = train.given, train.described
        self.alphabet_size, self.length = train.alphabet_size, train.length
        self.parameters = sum(p.numel() for p in parameters_of(module).values())
        self.device = next(module.parameters()).device
        self.held_out = torch.from_numpy(held_out.tokens).to(self.device)
        self.describing = 2 * self.parameters * tokens * self.length / self.width
        self.per_row = 6 * self.parameters * self.length * training.updates
        affordable = max(0.0, budget - self.describing) / self.per_row
        count = int(min(len(train), affordable))
        self.train = torch.from_numpy(train.tokens[:count])

    def _batches(self) -> Iterator[torch.Tensor]:
        for batch in self.train.split(self.training.batch_size) if len(self.train) else ():
            yield batch.to(self.device)

    def curve(self, name: str, estimator: str, checkpoints: int) -> Curve:
        """Train, and see where the learner stands along the way.

        Raises:
            RuntimeError: a loss is not finite.
            ValueError: the trained learner looks ahead.
        """
        points = [self._point(0, math.log2(self.alphabet_size), 0.0, 0.0, 0.0)]
        steps = -(-len(self.train) // self.training.batch_size)
        places = set(checkpoints_of(steps, checkpoints)) if steps else set()
        steps_taken = self._prequential if estimator == "prequential" else self._requential
        for step, (rows, bits, model) in enumerate(steps_taken(), 1):
            if step not in places:
                continue
            losses = row_bits(model, self.held_out, self.given) / self.width
            loss = float(losses.mean())
            se = float(losses.std(ddof=1) / math.sqrt(len(losses))) if len(losses) > 1 else math.nan
            spread = 0.0
            if estimator == "prequential":
                bits, spread = bits - rows * self.width * loss, rows * self.width * se
            points.append(self._point(rows, loss, se, bits, spread))
        check_causal(self.module, self.held_out[:2], self.alphabet_size)
        columns = [np.array(column) for column in zip(*points, strict=True)]
        return Curve(name, self.parameters, *columns)

    def _point(
        self, rows: int, loss: float, se: float, structure: float, spread: float
    ) -> tuple[int, float, float, float, float, float, float]:
        flops = self.describing + self.per_row * rows if rows else 0.0
        return rows * self.width, flops, loss, se, structure, spread, self.tokens * loss

    def _prequential(self) -> Iterator[tuple[int, float, nn.Module]]:
        """Rows seen, their bits when they were met, and the learner."""
        learner, rows, bits = OnlineLearner(self.module, self.training), 0, 0.0
        for batch in self._batches():
            bits += learner.learn(batch, self.given)
            rows += len(batch)
            yield rows, bits, learner.averaged

    def _requential(self) -> Iterator[tuple[int, float, nn.Module]]:
        """Rows drawn, most bits it takes to send them, and the student."""
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(1,)))

        def send(_: np.ndarray, teacher: np.ndarray) -> np.ndarray:
            noise = rng.gumbel(size=teacher.shape)
            return np.argmax(teacher * math.log(2) + noise, axis=1)

        rows, bits = 0, 0.0
        for step in lockstep(self.module, self._batches(), self.given, self.training, send):
            bits += message_bound(step.kl_bits)
            rows = min(rows + self.training.batch_size, len(self.train))
            yield rows, bits, step.student.averaged
