"""Understanding LSTM networks (Olah): what a gate is good for, and what it costs in bits.

Every layer of the essay reads sequences in which two symbols far apart decide the answer (the
temporal order problem of Hochreiter and Schmidhuber): the plain network, the LSTM, its variants
with peepholes, coupled gates and the GRU, and LSTMs without one gate. The trained network is sent
as a file, as coarse as the answers allow: what a gate costs is in the weights, what it buys is in
the answers. With task="adding" there are two numbers to be added.

References:
    C. Olah, 2015: the layers.
    S. Hochreiter and J. Schmidhuber, Long short-term memory, Neural Computation 9(8), 1997,
        experiments 4 and 6: the tasks; an answer of the first is right within 0.04.
    K. Greff et al., LSTM: a search space odyssey, IEEE TNNLS 28(10), 2017: gates left out.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.code import Kind
from complexity.errors import one_of
from mdl.report import Report, null_bits
from mdl.weights import compress, decompress, file_report
from mdl.weights.tensors import reproducible
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.recurrent import GRU, LSTM, Elman, RecurrentClassifier
from neural.papers.rows import ROWS
from neural.tasks.long_range import SequenceTask, adding, temporal_order
from neural.training import Measures, TrainingRun, cosine

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

_NEAR = 0.04
"""How far off a sum may be to be right."""
_TEST, _SENT = 1 << 32, 1 << 33
"""Seeds of sequences begin here: to test on, and whose answers are sent."""
_TASKS = {"order": temporal_order, "adding": adding}


def _network(given: Trial) -> RecurrentClassifier:
    adds = one_of("task", given["task"], _TASKS) == "adding"
    width, outputs = (2, 1) if adds else (6, 4)
    cell, hidden = one_of("cell", given["cell"], ("lstm", "rnn", "gru")), given["hidden"]
    if cell == "rnn":
        return RecurrentClassifier(Elman(width, given["plain_hidden"]), outputs)
    if cell == "gru":
        return RecurrentClassifier(GRU(width, hidden, reset_first=True), outputs)
    layer = LSTM(
        width, hidden, without=given["without"], coupled=given["coupled"],
        peepholes=given["peepholes"], forget_bias=1.0,
    )  # fmt: skip
    return RecurrentClassifier(layer, outputs)


def _drawn(given: Trial, count: int, seed: int) -> SequenceTask:
    return _TASKS[given["task"]](count, given["length"], seed=seed)


def _tensors(task: SequenceTask) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(task.inputs), torch.from_numpy(task.labels)


def _answered(module: nn.Module, batch: Any) -> tuple[Tensor, Tensor]:
    """Outputs and labels, where the module is."""
    inputs, labels = (each.to(next(module.parameters()).device) for each in batch)
    return module(inputs), labels


def _loss(module: nn.Module, batch: Any) -> Tensor:
    found, labels = _answered(module, batch)
    if labels.is_floating_point():
        return functional.mse_loss(found[:, 0], labels)
    return functional.cross_entropy(found, labels)


def _right(batch: tuple[Tensor, Tensor]) -> Any:
    """The share of right answers under a module."""

    def measure(module: nn.Module) -> float:
        found, labels = _answered(module, batch)
        if labels.is_floating_point():
            return float(((found[:, 0] - labels).abs() < _NEAR).double().mean())
        return float((found.argmax(1) == labels).double().mean())

    return measure


def _answer_bits(batch: tuple[Tensor, Tensor]) -> Any:
    """Bits of an answer under a module: a class, or a sum to a precision of 0.04.

    A sum is normal around the output; the deviation is that of these very errors, so that the
    figure is a bound from below by what a deviation takes.
    """

    def measure(module: nn.Module) -> float:
        loss = float(_loss(module, batch))
        if batch[1].is_floating_point():
            return max(0.5 * math.log2(2 * math.pi * math.e * loss / _NEAR**2), 0.0)
        return loss / math.log(2)

    return measure


def trial(given: Trial) -> Outcome:
    """Train one layer on sequences that never come twice."""
    with reproducible(given.seed):
        module = _network(given)
    test = _tensors(_drawn(given, given["tested"], _TEST + given.seed))

    def batches(step: int, rng: np.random.Generator) -> Any:
        return _tensors(_drawn(given, given["batch"], int(rng.integers(_TEST))))

    run = TrainingRun(
        module,
        _loss,
        batches,
        optimiser="adam",
        learning_rate=given["learning_rate"],
        schedule=cosine(given["steps"], end=0.02),
        clip=1.0,
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("task", "length", "batch")},
    )
    right, answer_bits = _right(test), _answer_bits(test)
    measures = Measures({"right": (right, "share"), "answer_bits": (answer_bits, "bits/answer")})
    times = np.linspace(0, given["steps"], given["times"]).round().astype(int)
    seen = given.observe(run, measures, times.tolist())
    module.cpu().eval()
    with torch.no_grad():
        metrics = {"right": right(module), "answer_bits": answer_bits(module)}
    solved = np.flatnonzero(seen["right"][:, 0] >= 0.99)
    metrics["solved_step"] = float(seen.times[solved[0]]) if solved.size else math.nan
    metrics["parameters"] = float(sum(p.numel() for p in module.parameters()))
    if given["task"] == "adding":
        return Outcome(metrics, (), seen, module)  # no classes: what is sent depends on a precision
    report = _sent(given, module)
    metrics["file_bits"] = report.model_bits + report.header_bits
    metrics["file_answer_bits"] = report.data_bits / report.labels
    return Outcome(metrics, (report,), seen, module)


def _sent(given: Trial, module: RecurrentClassifier) -> Report:
    """The coarsest file of the weights with which an answer costs `allowed` bits more at most."""
    task = _drawn(given, given["sent"], _SENT + given.seed)
    measure, details = _answer_bits(_tensors(task)), {}
    with torch.no_grad():
        most = measure(module) + given["allowed"]
        for details["tolerance"] in given["tolerances"]:
            blob = compress(module, tolerance=details["tolerance"])
            bits = measure(decompress(blob, module).eval())
            if bits <= most or details["tolerance"] == given["tolerances"][-1]:
                break
        else:
            raise AssertionError("the last is taken")
    nulls = null_bits(task.labels.astype(int), task.classes)
    return replace(
        file_report(blob, module), name="coarsest", kind=Kind.IDEAL,
        data_bits=bits * given["sent"], details=details, **nulls,
    )  # fmt: skip


def answer(result: PaperResult) -> str:
    """The file's bits, and the answers' with it, arm by arm."""
    told = []
    for arm in result.arms:
        size, bits = (result.values(arm, n).mean() for n in ("file_bits", "file_answer_bits"))
        if not math.isnan(size):
            told.append(f"{arm} {size:,.0f} and {bits:.3f}")
    return (
        "Bits of the coarsest file with which an answer costs at most 0.05 bits more than by the "
        "trained network, and of that answer (2 without any network): " + "; ".join(told) + "."
    )


_LAB = {
    "task": "order", "length": 50, "cell": "lstm", "hidden": 24, "plain_hidden": 56,
    "without": [], "coupled": False, "peepholes": False, "batch": 32, "steps": 4800, "times": 25,
    "learning_rate": 5e-3, "tested": 500, "sent": 1000, "allowed": 0.05,
    "tolerances": [0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05, 0.03, 0.02, 0.01, 0.005],
}  # fmt: skip

PAPER = Paper(
    key="understanding-lstm",
    reference=ROWS["understanding-lstm"].reference,
    claim="An LSTM learns what depends on things far back, where a plain recurrent network does "
    "not; its variants learn it as well.",
    question="What does each gate cost in bits of weights, and buy in bits of answers?",
    arms=(
        Arm("LSTM", "input, forget and output gates"),
        Arm("RNN", "plain, more units so that it has as many weights, a smaller rate",
            {"cell": "rnn", "learning_rate": 1e-3}, baseline=True),
        Arm("GRU", "reset and update gates", {"cell": "gru"}),
        Arm("coupled", "writes what it forgets", {"coupled": True}),
        Arm("peepholes", "gates see cells", {"peepholes": True}),
        Arm("no input gate", "always open", {"without": ["input"]}),
        Arm("no forget gate", "never forgets", {"without": ["forget"]}),
        Arm("no output gate", "always open", {"without": ["output"]}),
    ),
    checks=(
        Check("the LSTM answers right, 99 %", "right", "LSTM", by=0.99),
        Check("the plain network does so for fewer, by half", "right", "LSTM", "RNN", by=0.5),
        Check("the GRU answers right, 99 %", "right", "GRU", by=0.99),
        Check("so does the LSTM with peepholes", "right", "peepholes", by=0.99),
        Check("and the LSTM with coupled gates", "right", "coupled", by=0.99),
    ),
    scales={
        "smoke": _LAB | {"length": 10, "hidden": 4, "plain_hidden": 8, "batch": 4, "steps": 4,
                         "times": 3, "tested": 10, "sent": 20, "tolerances": [0.5]},
        "lab": _LAB,
        "paper": _LAB | {"length": 100, "hidden": 128, "plain_hidden": 256, "steps": 50_000,
                         "times": 51, "learning_rate": 1e-3, "tested": 2560},
    },
    trial=trial,
    seeds=9,
    answer=answer,
    limits={"times": Limit(low=2)},
    where="neural.papers.understanding_lstm:PAPER",
)  # fmt: skip
