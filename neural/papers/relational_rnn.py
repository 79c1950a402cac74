"""Relational Recurrent Neural Networks (Santoro et al.): memories that attend to one another.

The paper's task, the N-th farthest of some vectors, takes hours here and is that of scale "paper".
At lab scale links of a cycle are told in a random order, and where two of them lead is asked for;
and bAbI's stories are read whose answers follow from two sentences (basic deduction). Memories have
to be brought together too.

References:
    A. Santoro et al., NeurIPS 2018, sections 4.1 and 5.1: 91 % on the N-th farthest, LSTM below 30.
    J. Weston et al., Towards AI-complete question answering, 2015: task 15, basic deduction.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import integer, one_of
from mdl.report import null_bits
from mdl.weights import compress, file_report
from mdl.weights.tensors import reproducible
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.relational_memory import Recall
from neural.papers.rows import ROWS
from neural.tasks.algorithms import Recalls, nth_farthest, two_hops
from neural.tasks.stories import babi_stories
from neural.training import Measures, TrainingRun, accuracy, loss_bits

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

_STEPS = tuple(2.0**-each for each in range(-2, 8))
"""Distances between the numbers that a state is rounded to, coarsest first."""


def _source(given: Trial) -> tuple[Recalls, Callable[[int, np.random.Generator], Recalls]]:
    """What is tested on, and a function that draws some to learn from."""
    task = one_of("task", given["task"], ("two hops", "nth farthest", "stories"))
    chosen = np.random.default_rng(1)
    if task == "stories" and given["data"] is not None:
        train, test = babi_stories(given["tasks"], name=given["data"], most=given["sentences"])
        tested = integer("tested", given["tested"], 1, len(test))
        return (
            test.recalls(chosen.permutation(len(test))[:tested]),
            lambda count, rng: train.recalls(rng.integers(0, len(train), count)),
        )
    make = nth_farthest if task == "nth farthest" else two_hops
    return (
        make(given["tested"], given["symbols"], chosen),
        lambda count, rng: make(count, given["symbols"], rng),
    )


def _tensors(task: Recalls) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(task.inputs), torch.from_numpy(task.labels)


def _network(given: Trial, channels: int, classes: int) -> nn.Module:
    if given["core"] == "lstm":
        options = {"size": given["lstm_size"]}
    else:
        options = {name: given[name] for name in ("slots", "heads", "head_size", "gating")}
    return Recall(channels, classes, core=given["core"], hidden=given["hidden"], **options)


def _nats(module: nn.Module, batch: Any) -> Tensor:
    return functional.cross_entropy(module(batch[0]), batch[1])


def trial(given: Trial) -> Outcome:
    """Train for a number of episodes, and round what the network remembers of some."""
    held_out, drawn = _source(given)
    inputs, labels = (each.to(given.device) for each in _tensors(held_out))
    with reproducible(given.seed):
        module = _network(given, inputs.shape[2], held_out.classes)
    run = TrainingRun(
        module,
        _nats,
        lambda step, rng: _tensors(drawn(given["batch"], rng)),
        optimiser="adam",
        learning_rate=given["lstm_rate" if given["core"] == "lstm" else "learning_rate"],
        clip=1.0,
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("task", "symbols", "data", "tasks", "batch")},
    )
    total = loss_bits(inputs, labels)
    measures = {
        "right": (accuracy(inputs, labels), "share"),
        "answer_bits": (lambda m: total(m) / len(labels), "bits/answer"),
    }
    times = np.linspace(0, given["steps"], given["times"]).astype(int).tolist()
    seen = given.observe(run, Measures(measures), times)
    with torch.no_grad():
        metrics = {name: measure(module) for name, (measure, _) in measures.items()}
        metrics |= _remembered(module, inputs, labels, given["allowed"])
    module.cpu().eval()
    report = file_report(
        compress(module), module, loss_bits(inputs.cpu(), labels.cpu()),
        **null_bits(held_out.labels, held_out.classes),
    )  # fmt: skip
    return Outcome(metrics, (report,), seen, module)


def _remembered(module: Any, inputs: Tensor, labels: Tensor, allowed: float) -> dict[str, float]:
    """Bits of the state before the question, rounded as coarsely as answers allow.

    They are an estimate: entropies of the rounded numbers one by one, over the episodes.
    """
    state = module.state(inputs[:, :-1])  # (episodes, parts, width)

    def rounded_bits(step: float) -> float:
        found = module.answered(module.state(inputs[:, -1:], torch.round(state / step) * step))
        return float(functional.cross_entropy(found, labels)) / math.log(2)

    exact = float(functional.cross_entropy(module(inputs), labels)) / math.log(2)
    fits = (step for step in _STEPS if rounded_bits(step) <= exact + allowed)
    step = next(fits, _STEPS[-1])
    whole = torch.round(state / step).long().flatten(1).cpu().numpy()
    total = sum(_entropy_bits(column) for column in whole.T)
    return {"state_bits": total, "bits_per_part": total / state.shape[1], "rounded_to": step}


def _entropy_bits(values: np.ndarray) -> float:
    shares = np.unique(values, return_counts=True)[1] / len(values)
    return float(-np.sum(shares * np.log2(shares)))


def answer(result: PaperResult) -> str:
    """Bits of the state, by arm, beside what there is to be known."""
    told = []
    for arm in result.arms:
        total, part = (result.values(arm, name).mean() for name in ("state_bits", "bits_per_part"))
        own = result.provenance["settings"][arm]
        parts = "its output and its cell" if own["core"] == "lstm" else "each slot"
        told.append(f"{arm}: {total:,.0f}, {part:,.0f} for {parts}")
    settings = result.provenance["settings"][result.arms[0]]
    links = math.lgamma(settings["symbols"]) / math.log(2)  # cycles: (symbols - 1)!
    known = f"; the links are {links:.1f} bits" if settings["task"] == "two hops" else ""
    return (
        "Bits (an estimate) of the state before the question, rounded so that an answer costs at "
        f"most {settings['allowed']} bits more: " + "; ".join(told) + f"{known}."
    )


_LAB = {
    "task": "two hops", "symbols": 6, "slots": 6, "heads": 4, "head_size": 16, "hidden": 64,
    "lstm_size": 128, "batch": 64, "steps": 2000, "times": 11, "tested": 1000,
    "learning_rate": 5e-4, "lstm_rate": 1e-3, "gating": "unit", "allowed": 0.05,
    "data": "babi_10k", "tasks": [15], "sentences": 20,
}  # fmt: skip
"""Data, tasks and sentences are of stories."""

PAPER = Paper(
    key="relational-rnn",
    reference=ROWS["relational-rnn"].reference,
    claim="Where memories have to be brought together, a memory whose slots attend to one another "
    "learns it in fewer examples than an LSTM.",
    question="How many bits does a slot of the memory hold?",
    arms=(
        Arm("relational", "slots that attend to one another, gated", {"core": "relational"}),
        Arm("LSTM", "one layer", {"core": "lstm"}, baseline=True),
        Arm("stories", "bAbI's basic deduction", {"core": "relational", "task": "stories"},
            data="babi_10k"),
        Arm("stories, LSTM", "the same by an LSTM", {"core": "lstm", "task": "stories"},
            baseline=True, data="babi_10k"),
    ),
    checks=(
        Check("after as many examples more is answered than by the LSTM", "right",
              "relational", "LSTM"),
        Check("and of stories, too", "right", "stories", "stories, LSTM"),
    ),
    scales={
        "smoke": _LAB | {"symbols": 3, "slots": 2, "heads": 1, "head_size": 4, "hidden": 8,
                         "lstm_size": 8, "batch": 8, "steps": 6, "times": 3, "tested": 30,
                         "data": None},
        "lab": _LAB,
        # 8 vectors of 16 numbers, 8 slots of 8 heads of 256, an LSTM of as much state
        "paper": _LAB | {"task": "nth farthest", "symbols": 8, "slots": 8, "heads": 8,
                         "head_size": 256, "hidden": 256, "lstm_size": 2048, "batch": 1600,
                         "steps": 1_000_000, "times": 101, "learning_rate": 1e-4,
                         "lstm_rate": 1e-4},
    },
    trial=trial,
    answer=answer,
    limits={
        "times": Limit(low=2),
        "gating": Limit(like=(None,)),
        "data": Limit(like=("babi_10k", None)),
    },
    where="neural.papers.relational_rnn:PAPER",
)  # fmt: skip
