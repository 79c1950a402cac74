"""Requential coding executed: a file from which anybody makes the same trained network, bit by bit.

The file holds no weights and no data. It says how large the network is and how it is trained, and
then, message by message, which of the candidates that sender and receiver draw alike from the
student are samples of the teacher. So its length is that of what was learned.

Payload, behind the description in the envelope of kind "requential": three parts, each its length
as LEB128 and its bytes; of every 2^20 messages, and of those that are left.

========  ==========================================================================================
part      content
========  ==========================================================================================
sizes     of every message, 0 where it holds all the rest of its column of a batch, else 1 + log2 of
          its number of tokens; the codec "multinomial", version bayes
widths    of every message, floor(log2 of its index from 1); the same
digits    the binary digits of the indices behind the leading one, packed
========  ==========================================================================================

The decoder trains the student. Another build of torch or another processor may round differently;
the description holds a hash of the student's weights, so that this is an error and not another
network.

References:
    S. Qiu et al., requential coding, arXiv:2607.11883, 2026.
    C. T. Li and A. El Gamal, Strong functional representation lemma and applications to coding
        theorems, IEEE Trans. Information Theory 64(11), 2018.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from complexity.code import DecodeError, Kind
from complexity.envelope import pack, unpack
from complexity.errors import integer
from complexity.progress import progress
from mdl.epiplexity.learner import CausalTransformer, Transformer
from mdl.epiplexity.lockstep import lockstep, student_step
from mdl.epiplexity.messages import Receiver, Sender
from mdl.epiplexity.rows import as_rows
from mdl.epiplexity.training import OnlineLearner, Training
from mdl.report import Report
from mdl.weights.tensors import flat_parameters, reproducible

__all__ = ["KIND", "Requential", "decode_requential", "requential"]

KIND = "requential"
_LONGEST, _MOST_ROWS, _MOST_ALPHABET = 4096, 1 << 20, 256
_MOST_WEIGHTS, _MOST_WORK = 1 << 24, 1 << 42  # the latter is hours of one processor


@dataclass(frozen=True)
class Requential:
    """A trained student, and the file it comes from.

    Attributes:
        blob: the file.
        student: what it decodes to: the running average of the student's weights.
        kl_bits: divergences of the student's predictions from the teacher's, summed.
        bound_bits: the sum over messages of KL + log2(1 + KL) + 4.
        index_bits: of the payload.
        messages: number of them.
        candidates: drawn by the sender to find the samples' indices, per message.
        report: the file's bits, its model's, header and all.
    """

    blob: bytes = field(repr=False)
    student: CausalTransformer = field(repr=False)
    kl_bits: float
    bound_bits: float
    index_bits: float
    messages: int
    candidates: float
    report: Report


def requential(
    data: Any,
    *,
    model: Transformer = Transformer(16, 1),  # noqa: B008 - frozen
    training: Training = Training(batch_size=64),  # noqa: B008 - frozen
    alphabet_size: int | None = None,
    context: int = 64,
    seed: int = 0,
    show: bool = True,
) -> Requential:
    """Train a student that a short file describes, on one thread of the processor.

    A teacher learns from the data, batch by batch, and after every batch a student learns from as
    many samples of the teacher, which is all that is sent.

    Args:
        data: integer tokens, at most 256 kinds: a stream, rows, or a pair (inputs, targets), as in
            `epiplexity`; the rows are taken in their order, once.
        model: size of teacher and student.
        training: of both; with greater batches more tokens share a message.
        alphabet_size: of the tokens; None for one more than the greatest.
        context: window of a stream, in tokens.
        seed: of the start and of the candidates.
        show: whether a terminal sees a progress bar.

    Raises:
        TypeError, ValueError: data or a number are out of range.
        RuntimeError: a loss is not finite.
    """
    rows = as_rows(data, alphabet_size=alphabet_size, context=context)
    integer("alphabet_size", rows.alphabet_size, 2, _MOST_ALPHABET)
    integer("rows", len(rows), 2, _MOST_ROWS)
    integer("length", rows.length, 1, _LONGEST)
    if not isinstance(model, Transformer):
        raise TypeError(f"model: got {type(model).__name__}, accepted is a Transformer")
    if not isinstance(training, Training):
        raise TypeError(f"training: got {type(training).__name__}, accepted is a Training")
    seed = integer("seed", seed, 0, (1 << 62) - 1)
    weights = _weights(model, rows.length)
    if max(weights / _MOST_WEIGHTS, weights * rows.tokens.size / _MOST_WORK) > 1:
        raise ValueError(f"model: got about {weights} weights, which is too long to decode")
    before = time.process_time()
    sender = Sender(seed)
    tokens = torch.from_numpy(rows.tokens)
    kl_bits = 0.0
    with reproducible(seed):
        module = model(rows.alphabet_size, rows.length)
        batches = tokens.split(training.batch_size)
        with progress("batches", len(batches), show=show) as advance:
            step = None
            for step in lockstep(module, batches, rows.given, training, sender):
                kl_bits += step.kl_bits
                advance()
    assert step is not None
    student = step.student.averaged
    assert isinstance(student, CausalTransformer)
    meta = {
        "alphabet_size": rows.alphabet_size,
        "given": rows.given,
        "inputs": _digest(rows.tokens[:, : rows.given]),
        "length": rows.length,
        "model": asdict(model),
        "rows": len(rows),
        "seed": seed,
        "student": _digest(flat_parameters(student)),
        "training": asdict(training),
    }
    payload = sender.payload()
    blob = pack(payload, kind=KIND, meta=meta)
    report = Report(
        "requential",
        Kind.FILE,
        model_bits=8.0 * len(payload),
        header_bits=8.0 * (len(blob) - len(payload)),
        parameters=student.parameter_count,
        seconds=time.process_time() - before,
        details={"kl_bits": kl_bits, "bound_bits": sender.bound_bits, "seed": seed},
    )
    messages = len(sender.sizes)
    return Requential(
        blob, student, kl_bits, sender.bound_bits, 8.0 * len(payload), messages,
        sum(sender.seen) / messages, report,
    )  # fmt: skip


def decode_requential(blob: bytes, *, inputs: ArrayLike | None = None) -> CausalTransformer:
    """The student of a file of `requential`: trained again, and checked to be the same.

    Args:
        blob: the file.
        inputs: where data were a pair: the inputs (n, a), which are not in the file.

    Raises:
        DecodeError: the file is damaged or of another kind, or is trained to other weights here.
        ValueError: the inputs are missing, or are not those of the file.
    """
    meta, payload = unpack(blob, kind=KIND)
    plan = _Plan.of(meta)
    receiver = Receiver(payload, plan.seed)
    known = plan.inputs_of(inputs)
    with reproducible(plan.seed):
        module = plan.model(plan.alphabet_size, plan.length)
        student = OnlineLearner(module, plan.training)
        try:
            for batch in known.split(plan.training.batch_size):
                student_step(student, batch, plan.length, receiver)
        except RuntimeError as error:
            raise DecodeError(f"damaged: {error}") from None
    receiver.end()
    if _digest(flat_parameters(student.averaged)) != plan.student:
        raise DecodeError("the student comes out with other weights: damage, or another torch")
    assert isinstance(student.averaged, CausalTransformer)
    return student.averaged


def _weights(model: Transformer, length: int) -> int:
    """About as many as the model has."""
    width, block = model.width, model.width * (4 + 2 * model.expansion)
    return width * (model.depth * block + length)


def _digest(array: NDArray[Any]) -> str:
    data = np.ascontiguousarray(array)
    little = data.astype(data.dtype.newbyteorder("<"), copy=False)
    return hashlib.blake2b(little.tobytes(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class _Plan:
    """The description of a file, checked."""

    alphabet_size: int
    given: int
    inputs: str
    length: int
    model: Transformer
    rows: int
    seed: int
    student: str
    training: Training

    @classmethod
    def of(cls, meta: dict[str, Any]) -> _Plan:
        try:
            plan = cls(
                integer("alphabet_size", meta["alphabet_size"], 2, _MOST_ALPHABET),
                integer("given", meta["given"], 0, _LONGEST - 1),
                str(meta["inputs"]),
                integer("length", meta["length"], 1, _LONGEST),
                Transformer(**meta["model"]),
                integer("rows", meta["rows"], 2, _MOST_ROWS),
                integer("seed", meta["seed"], 0, (1 << 62) - 1),
                str(meta["student"]),
                Training(**meta["training"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DecodeError(f"damaged: the description is not that of a file; {error}") from None
        weights = _weights(plan.model, plan.length)
        work = weights * plan.rows * plan.length * plan.training.updates
        if plan.given >= plan.length or weights > _MOST_WEIGHTS or work > _MOST_WORK:
            raise DecodeError("damaged: sizes that no file has")
        return plan

    def inputs_of(self, inputs: ArrayLike | None) -> torch.Tensor:
        """The given tokens (rows, given), if they are those of the file."""
        shape = (self.rows, self.given)
        if inputs is None and self.given:
            raise ValueError(f"inputs: got none, accepted are those of the file, {shape}")
        known = np.zeros(shape, np.int64) if inputs is None else np.asarray(inputs, np.int64)
        if known.shape != shape or _digest(known) != self.inputs:
            raise ValueError(f"inputs: got others, accepted are those of the file, {shape}")
        return torch.from_numpy(np.ascontiguousarray(known))
