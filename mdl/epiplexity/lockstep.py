"""A teacher learns from data and a student from the teacher: the loop behind requential coding.

The student sees nothing but what is sent: samples of the teacher's predictions. Whoever gets the
same samples makes the same student, and so its description is as long as the samples are to send
to somebody who has the student so far: relative entropy coding does that in about the divergence of
the student's prediction from the teacher's, however much entropy the data have and however many
weights the student has.

References:
    S. Qiu et al., requential coding, arXiv:2607.11883, 2026.
    M. Finzi, S. Qiu, Y. Jiang, P. Izmailov, J. Z. Kolter and A. G. Wilson, From entropy to
        epiplexity: rethinking information for computationally bounded intelligence,
        arXiv:2601.03220, 2026.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mdl.epiplexity.learner import sampling
from mdl.epiplexity.training import OnlineLearner, Training

__all__ = ["FLOOR", "Send", "Step", "lockstep", "log2_probabilities", "student_step"]

FLOOR = 2.0**-12
"""Share of the uniform distribution in a student's prediction, so that no ratio is infinite."""

Logs = NDArray[np.float64]
"""log2 of probabilities, (B, A)."""

Send = Callable[[Logs, Logs], NDArray[np.int64]]
"""From the predictions of student and teacher to the teacher's sample (B,)."""


@dataclass(frozen=True)
class Step:
    """What one batch did.

    Attributes:
        kl_bits: divergence of the student's predictions from the teacher's, along the sample.
        teacher_bits: of the teacher's own batch before it was learned.
        student: after it has learned from the sample.
    """

    kl_bits: float
    teacher_bits: float
    student: OnlineLearner


def log2_probabilities(logits: Tensor, floor: float = 0.0) -> Logs:
    """log2 of the softmax of logits (B, A), with a share `floor` of the uniform distribution."""
    probabilities = torch.softmax(logits.cpu().double(), -1).numpy()
    with np.errstate(divide="ignore"):
        return np.log2((1 - floor) * probabilities + floor / logits.shape[-1])


def student_step(
    student: OnlineLearner,
    given: Tensor,
    length: int,
    obtain: Callable[[Logs], NDArray[np.int64]],
) -> None:
    """Predict rows behind their given tokens (B, a), obtain them token by token, learn from them.

    Sender and receiver both run this: the one obtains what the teacher draws, the other what it
    reads.
    """
    predictions = sampling(student.averaged, given, length)
    logits, rows = next(predictions), given
    while True:
        column = torch.from_numpy(obtain(log2_probabilities(logits, FLOOR))).to(given.device)
        rows = torch.cat([rows, column[:, None]], dim=1)
        if rows.shape[1] == length:
            break
        logits = predictions.send(column)
    student.learn(rows, given.shape[1])


def lockstep(
    module: nn.Module, batches: Iterable[Tensor], given: int, training: Training, send: Send
) -> Iterator[Step]:
    """Teach a teacher batch by batch, and a student from the same start on the teacher's samples.

    After every batch (B, T) the teacher's running average draws as many rows behind the same given
    tokens, `send` brings each of their tokens over, and the student learns from them.

    Raises:
        RuntimeError: a loss is not finite.
    """
    teacher = OnlineLearner(copy.deepcopy(module), training)
    student = OnlineLearner(module, training)
    for batch in batches:
        teacher_bits = teacher.learn(batch, given)
        draws = _Draws(teacher.averaged, batch[:, :given], batch.shape[1], send)
        student_step(student, batch[:, :given], batch.shape[1], draws)
        yield Step(draws.kl_bits, teacher_bits, student)


class _Draws:
    """A teacher's samples as the student asks for them, and what they cost."""

    def __init__(self, teacher: nn.Module, given: Tensor, length: int, send: Send) -> None:
        self.kl_bits = 0.0
        self._predictions = sampling(teacher, given, length)
        self._send, self._last = send, None

    def __call__(self, student: Logs) -> NDArray[np.int64]:
        if self._last is None:
            logits = next(self._predictions)
        else:
            logits = self._predictions.send(self._last)
        teacher = log2_probabilities(logits)
        p = np.exp2(teacher)
        self.kl_bits += float(np.sum(p * np.where(p > 0, teacher - student, 0.0)))
        column = self._send(student, teacher)
        self._last = torch.from_numpy(column).to(logits.device)
        return column
