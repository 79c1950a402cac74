"""The First Law of Complexodynamics (Aaronson), told by a network that groks.

Entropy rises all the time; interestingness rises, then falls. DeMoss et al. (2024) measure it in a
network in training: the fewest bits of a coarser network that is as good rise while it memorises
the table of an operation modulo a prime, and fall when it finds the rule; without weight decay it
never finds the rule, and the bits stay. The instrument is `simulations.observe`, as for the cup.

References:
    S. Aaronson, The First Law of Complexodynamics, 2011.
    B. DeMoss, S. Sapora, J. Foerster, N. Hawes and I. Posner, The complexity dynamics of grokking,
        arXiv:2412.09810, 2024.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.code import Kind
from mdl.report import Report, null_bits
from mdl.weights.tensors import reproducible
from neural.coarse import CoarseGrained, coarse_grained, effective_rank
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models import ModularMLP
from neural.papers.rows import ROWS
from neural.tasks import modular
from neural.training import Measures, TrainingRun, accuracy, minibatches

if TYPE_CHECKING:
    from neural.engine.result import PaperResult
    from simulations.trajectory import Trajectory

__all__ = ["PAPER", "log_times"]


def log_times(steps: int, count: int) -> list[int]:
    """0, and about `count` steps evenly spaced in their logarithm, the last being `steps`."""
    spaced = np.geomspace(1, steps, count).round().astype(int)
    return [0, *np.unique(spaced).tolist()]


def _loss(module: nn.Module, batch: Any) -> Tensor:
    return functional.cross_entropy(module(batch[0]), batch[1])


def trial(given: Trial) -> Outcome:
    """Train on part of the table, measuring the coarse network's bits along the way."""
    task = modular(given["modulus"], "add", share=given["share"], seed=given.seed)
    rows = [torch.from_numpy(each) for each in (task.train_inputs, task.train_labels)]
    test = [torch.from_numpy(each) for each in (task.test_inputs, task.test_labels)]
    with reproducible(given.seed):
        module = ModularMLP(task.modulus, width=given["width"], hidden=given["hidden"])
    run = TrainingRun(
        module,
        _loss,
        minibatches(rows, len(rows[0])),
        learning_rate=given["learning_rate"],
        options={"weight_decay": given["weight_decay"], "betas": (0.9, 0.98)},
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("modulus", "share", "width", "hidden")},
    )
    label_bits = _label_bits(rows[0], rows[1])
    measures = Measures(
        {
            "coarse_bits": (lambda m: _coarse(m, label_bits, given["tolerance"]).bits, "bits"),
            "test_accuracy": (accuracy(test[0], test[1]), "share"),
            "train_accuracy": (accuracy(rows[0], rows[1]), "share"),
            "effective_rank": (effective_rank, "singular values"),
        },
        {"tolerance": given["tolerance"]},
    )
    times = log_times(given["steps"], given["times"])
    seen = given.observe(run, measures, times)
    module.eval()
    last = _coarse(module, label_bits, given["tolerance"])
    labels = rows[1].numpy()
    reports = (
        Report("float32", Kind.IDEAL, 32.0 * last.parameters, last.fine_loss * len(labels),
               parameters=last.parameters, **null_bits(labels, task.modulus)),
        Report("coarse, bz2", Kind.ESTIMATE, last.bits, last.loss * len(labels),
               parameters=last.parameters, details={"step": last.step, "dropped": last.dropped},
               **null_bits(labels, task.modulus)),
    )  # fmt: skip
    return Outcome(_summary(seen), reports, seen, module)


def _label_bits(inputs: Tensor, labels: Tensor) -> Any:
    """Mean bits of a training label under a module."""

    def measure(module: nn.Module) -> float:
        with torch.no_grad():
            return float(functional.cross_entropy(module(inputs), labels)) / math.log(2)

    return measure


def _coarse(module: nn.Module, label_bits: Any, tolerance: float) -> CoarseGrained:
    return coarse_grained(module, label_bits, tolerance=tolerance)


def _summary(seen: Trajectory) -> dict[str, float]:
    bits, accurate = seen["coarse_bits"][:, 0], seen["test_accuracy"][:, 0]
    learned = np.flatnonzero(seen["train_accuracy"][:, 0] >= 0.99)
    first = int(learned[0]) if learned.size else len(bits) - 1  # before, there is no network yet
    peak = first + int(bits[first:].argmax())
    found = np.flatnonzero(accurate >= 0.95)
    return {
        "peak_bits": float(bits[peak]),
        "end_bits": float(bits[-1]),
        "fall": 1 - float(bits[-1] / bits[peak]),
        "rise": float(bits[peak] / bits[0] - 1) if bits[0] else math.inf,
        "test_accuracy": float(accurate[-1]),
        "peak_step": float(seen.times[peak]),
        "rule_step": float(seen.times[found[0]]) if found.size else math.nan,
        "end_rank": float(seen["effective_rank"][-1, 0]),
    }


def answer(result: PaperResult) -> str:
    """The bits at their peak and at the end, with and without weight decay."""
    told = []
    for arm in result.arms:
        peak, end = (result.values(arm, name).mean() for name in ("peak_bits", "end_bits"))
        share = 100 * result.values(arm, "test_accuracy").mean()
        told.append(
            f"{arm}: {peak:,.0f} bits at the peak, {end:,.0f} at the end, "
            f"{share:.0f} % of the unseen table right"
        )
    return "The coarse network's bits: " + "; ".join(told) + "."


def _scale(steps: int, modulus: int, width: int, hidden: int, times: int) -> dict[str, Any]:
    return {
        "modulus": modulus, "share": 0.4, "width": width, "hidden": hidden, "steps": steps,
        "times": times, "learning_rate": 1e-3, "weight_decay": 1.0, "tolerance": 0.1,
    }  # fmt: skip


PAPER = Paper(
    key="complexodynamics",
    reference=ROWS["complexodynamics"].reference,
    claim="Interestingness rises and falls: the bits of a network that groks rise as it memorises "
    "and fall as it finds the rule, and stay up where weight decay is missing.",
    question="How many bits has the network at its peak, and how many when it has found the rule?",
    arms=(
        Arm("weight decay", "AdamW with a weight decay of 1"),
        Arm("no decay", "the same without", {"weight_decay": 0.0}, baseline=True),
    ),
    checks=(
        Check("with weight decay the unseen table is right, 95 %", "test_accuracy",
              "weight decay", by=0.95),
        Check("and bits fall from their peak by a quarter", "fall", "weight decay", by=0.25),
        Check("without, they fall by less than a tenth", "fall", "no decay", None, "lower", 0.1),
        Check("the rule takes fewer bits than the table by heart", "end_bits",
              "weight decay", "no decay", "lower"),
    ),
    scales={
        "smoke": _scale(60, 11, 16, 24, 6),
        "lab": _scale(8000, 59, 64, 128, 40),
        "paper": _scale(100_000, 113, 128, 512, 200),
    },
    trial=trial,
    answer=answer,
    limits={"times": Limit(low=2)},
    where="neural.papers.complexodynamics:PAPER",
)  # fmt: skip
