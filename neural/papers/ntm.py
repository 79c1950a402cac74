"""Neural Turing Machines (Graves, Wayne, Danihelka): copying and recall, beyond what was trained.

A controller with an external memory learns to copy sequences of up to `longest` vectors, to copy
up to `vectors` of them up to `repeats` times and to recall from lists of up to `items`, and then
does so with longer ones, which the LSTM does not.

References:
    A. Graves, G. Wayne and I. Danihelka, 2014, sections 4.1 to 4.3, tables 1 to 3.
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
from neural.models.turing_machine import SkipLSTM, TuringMachine
from neural.papers.rows import ROWS
from neural.tasks.algorithms import Episodes, associative_recall, copies, repeat_copies
from neural.training import Measures, TrainingRun, cosine

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

_TASKS = {"copy": ("copy", "longest"), "repeat copy": ("repeat", "vectors"),
          "associative recall": ("recall", "items")}  # fmt: skip
"""Task -> what its settings begin with, and the one that says how long it is."""

_TOLERANCES = (0.3, 0.2, 0.14, 0.1, 0.07, 0.05, 0.035, 0.025, 0.015, 0.01)
"""Relative errors of the weights that are tried, coarsest first."""


def _episodes(
    given: Trial, count: int, length: int, rng: np.random.Generator, *, repeats: int = 0
) -> Episodes:
    """Of the task: so many vectors to copy, as often as drawn or said, or items to recall."""
    task, bits, most = given["task"], given["bits"], given["repeats"]
    if task == "copy":
        return copies(count, length, rng, bits=bits)
    if task == "repeat copy":
        drawn = int(rng.integers(1, most + 1))
        return repeat_copies(count, length, repeats or drawn, rng, bits=bits, most=most)
    return associative_recall(count, max(length, 2), rng, bits=bits)


def _network(given: Trial) -> nn.Module:
    bits = given["bits"]
    outputs = bits + (given["task"] == "repeat copy")
    if given["controller"] is None:
        return SkipLSTM(bits + 2, outputs, size=given["lstm_size"])
    return TuringMachine(
        bits + 2, outputs, controller=given["controller"], size=given["size"], slots=given["slots"],
        width=given["width"], heads=given["heads"], focus=given["focus"],
    )  # fmt: skip


def _tensors(episodes: Episodes) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(episodes.inputs), torch.from_numpy(episodes.targets)


def _answered(module: nn.Module, batch: Any) -> tuple[Tensor, Tensor]:
    """Logits of the targets, and the targets, where the module is."""
    inputs, targets = (each.to(next(module.parameters()).device) for each in batch)
    return module(inputs)[:, -targets.shape[1] :], targets


def _nats(module: nn.Module, batch: Any, reduction: str = "mean") -> Tensor:
    logits, targets = _answered(module, batch)
    return functional.binary_cross_entropy_with_logits(logits, targets, reduction=reduction)


def trial(given: Trial) -> Outcome:
    """Train on lengths up to the longest, measuring bits per sequence there and beyond."""
    kind, name = _TASKS[one_of("task", given["task"], _TASKS)]
    longest = given[name]

    def tested(times: int) -> tuple[Tensor, Tensor]:
        count, rng = given["tested"], np.random.default_rng([times, 1])
        return _tensors(_episodes(given, count, times * longest, rng, repeats=given["repeats"]))

    held_out = {times: tested(times) for times in (1, 2, 3)}

    def batches(step: int, rng: np.random.Generator) -> Any:
        return _tensors(_episodes(given, given["batch"], int(rng.integers(1, longest + 1)), rng))

    def sequence_bits(times: int) -> Any:
        return lambda module: _bits(module, held_out[times]) / given["tested"]

    with reproducible(given.seed):
        module = _network(given)
    falls = kind == "recall" and given["recall_falls"]
    if given["controller"] is None and kind != "repeat":
        kind = "lstm"
    steps = given[f"{kind}_steps"]
    run = TrainingRun(
        module,
        _nats,
        batches,
        optimiser=given["optimiser"],
        learning_rate=given[f"{kind}_rate"],
        schedule=cosine(steps) if falls else None,
        options=given["optimiser_options"],
        clip=10.0,
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("task", "bits", "batch")} | {"longest": longest},
    )
    names = {1: "bits_trained", 2: "bits_twice", 3: "bits_thrice"}
    measures = {name: (sequence_bits(times), "bits/sequence") for times, name in names.items()}
    times = np.linspace(0, steps, given["times"]).astype(int).tolist()
    seen = given.observe(run, Measures(measures), times)
    module.cpu().eval()
    metrics = {name: measure(module) for name, (measure, _) in measures.items()}
    metrics["wrong_twice"] = _wrong(module, held_out[2])
    coarse, report = _coarsest(module, held_out[1], metrics["bits_trained"] + given["allowed"])
    metrics["file_bits"] = report.model_bits + report.header_bits
    metrics["file_bits_trained"] = sequence_bits(1)(coarse)
    metrics["file_bits_twice"] = sequence_bits(2)(coarse)
    return Outcome(metrics, (report,), seen, module)


def _bits(module: nn.Module, batch: tuple[Tensor, Tensor]) -> float:
    """Of all targets."""
    with torch.no_grad():
        return float(_nats(module, batch, "sum").double()) / math.log(2)


def _wrong(module: nn.Module, batch: tuple[Tensor, Tensor]) -> float:
    """The share of target bits that are likelier the other way."""
    with torch.no_grad():
        logits, targets = _answered(module, batch)
    return float(((logits > 0) != targets.bool()).double().mean())


def _coarsest(
    module: nn.Module, batch: tuple[Tensor, Tensor], most: float
) -> tuple[nn.Module, Report]:
    """The network in the coarsest file that codes the batch in `most` bits a sequence, and bits."""
    inputs, targets = batch
    for tolerance in _TOLERANCES:
        blob = compress(module, tolerance=tolerance)
        coarse = decompress(blob, module).eval()
        bits = _bits(coarse, batch)
        if bits <= most * len(inputs) or tolerance == _TOLERANCES[-1]:
            nulls = null_bits(targets.numpy().astype(int).ravel(), 2)
            report = replace(
                file_report(blob, module), kind=Kind.IDEAL, data_bits=bits,
                details={"tolerance": tolerance}, **nulls,
            )  # fmt: skip
            return coarse, report
    raise AssertionError("the last is taken")


def answer(result: PaperResult) -> str:
    """Files of the weights, and what the networks in them do."""
    told = []
    for arm in result.arms:
        size, trained, twice = (
            result.values(arm, f"file_bits{end}").mean() for end in ("", "_trained", "_twice")
        )
        told.append(f"{arm}: {size:,.0f} bits ({trained:.2f} and {twice:.1f} bits a sequence)")
    return (
        "Coarsest files of the weights that cost at most a bit a sequence more than the trained "
        "network, at the longest trained length; and what sequences cost by the networks in "
        "them, at that length and at twice: " + "; ".join(told) + "."
    )


_SETTINGS = {
    "task": "copy", "heads": 1, "focus": 3.0, "optimiser": "adam",
    "optimiser_options": {}, "recall_falls": True, "allowed": 1.0,
}  # fmt: skip
_LAB = _SETTINGS | {
    "bits": 6, "longest": 8, "vectors": 4, "repeats": 4, "items": 4, "size": 64, "slots": 40,
    "width": 12, "lstm_size": 64, "batch": 32, "copy_steps": 1000, "copy_rate": 5e-3,
    "repeat_steps": 3000, "repeat_rate": 3e-3, "recall_steps": 2000, "recall_rate": 3e-3,
    "lstm_steps": 3000, "lstm_rate": 3e-3, "times": 11, "tested": 64,
}  # fmt: skip

PAPER = Paper(
    key="ntm",
    reference=ROWS["ntm"].reference,
    claim="A controller with an addressable memory copies sequences longer than those it was "
    "trained on, once or several times, and recalls from longer lists, which an LSTM does not.",
    question="How many bits do the weights take that copy, with a memory and without?",
    arms=(
        Arm("LSTM controller", "one layer and a memory", {"controller": "lstm"}),
        Arm("feedforward controller", "tanh units and a memory", {"controller": "feedforward"}),
        Arm("LSTM", "three layers, no memory", {"controller": None}, baseline=True),
        Arm("repeat copy", "several times, by tanh units",
            {"task": "repeat copy", "controller": "feedforward"}),
        Arm("repeat copy, LSTM", "several times without a memory",
            {"task": "repeat copy", "controller": None}, baseline=True),
        Arm("recall", "associative recall by tanh units and four heads",
            {"task": "associative recall", "controller": "feedforward", "heads": 4}),
        Arm("recall, LSTM", "associative recall without a memory",
            {"task": "associative recall", "controller": None}, baseline=True),
    ),
    checks=(
        Check("twice as long: fewer bits a sequence than the LSTM, by the LSTM controller",
              "bits_twice", "LSTM controller", "LSTM", "lower"),
        Check("and by the feedforward controller", "bits_twice",
              "feedforward controller", "LSTM", "lower"),
        Check("the LSTM controller then errs in a bit of a hundred at most", "wrong_twice",
              "LSTM controller", None, "lower", 0.01),
        Check("and so does the feedforward controller", "wrong_twice",
              "feedforward controller", None, "lower", 0.01),
        Check("repeat copy of twice as many vectors: fewer bits than the LSTM", "bits_twice",
              "repeat copy", "repeat copy, LSTM", "lower"),
        Check("recall from lists twice as long: fewer bits an answer than the LSTM", "bits_twice",
              "recall", "recall, LSTM", "lower"),
        Check("and an error in a bit of a hundred at most", "wrong_twice",
              "recall", None, "lower", 0.01),
    ),
    scales={
        "smoke": _LAB | {"bits": 2, "longest": 2, "vectors": 2, "items": 2, "size": 8,
                         "slots": 6, "width": 4, "lstm_size": 8, "batch": 4, "copy_steps": 8,
                         "repeat_steps": 8, "recall_steps": 8, "lstm_steps": 8, "times": 3,
                         "tested": 4},
        "lab": _LAB,
        # networks and rates published for copying; 10^6 sequences, clipped by norm, not by number
        "paper": _LAB | {"bits": 8, "longest": 20, "vectors": 10, "repeats": 10, "items": 6,
                         "size": 100, "slots": 128, "width": 20, "lstm_size": 256,
                         "optimiser": "rmsprop", "optimiser_options": {"momentum": 0.9},
                         "recall_falls": False, "batch": 16,
                         "copy_steps": 62_500, "copy_rate": 1e-4, "repeat_steps": 62_500,
                         "repeat_rate": 1e-4, "recall_steps": 62_500, "recall_rate": 1e-4,
                         "lstm_steps": 62_500, "lstm_rate": 3e-5, "times": 51, "focus": 0.0},
    },
    trial=trial,
    answer=answer,
    limits={"times": Limit(low=2), "repeats": Limit(low=2)},
    where="neural.papers.ntm:PAPER",
)  # fmt: skip
