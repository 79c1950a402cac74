"""A paper small enough for tests: wide networks fit noise-free lines better than narrow ones."""

from __future__ import annotations

import math
import os
import signal
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from complexity.code import Kind
from mdl.report import Report, null_bits
from neural.engine import Arm, Check, Outcome, Paper, Reference, Trial
from neural.training import Measures, TrainingRun, accuracy, loss_bits, minibatches


def trial(given: Trial) -> Outcome:
    rng = np.random.default_rng(given.seed)
    inputs = torch.from_numpy(rng.normal(size=(80, 2)).astype(np.float32))
    labels = (inputs[:, 0] * inputs[:, 1] > 0).long()
    torch.manual_seed(given.seed)
    width = given["width"]
    module = nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Dropout(0.1), nn.Linear(width, 2))

    def loss(module: nn.Module, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return nn.functional.cross_entropy(module(batch[0]), batch[1])

    run = TrainingRun(
        module, loss, minibatches([inputs, labels], 20), learning_rate=0.03, seed=given.seed,
        parameters={"width": width},
    )  # fmt: skip
    steps = given["steps"]
    measures = Measures(
        {
            "loss_bits": (loss_bits(inputs, labels), "bits"),
            "accuracy": (accuracy(inputs, labels), "share"),
        }
    )
    trajectory = given.observe(run, measures, [0, steps // 2, steps])
    bits = float(trajectory.loss_bits[-1, 0])
    weights = sum(p.numel() for p in module.parameters())
    report = Report(
        "float32", Kind.IDEAL, 32.0 * weights, bits, parameters=weights,
        **null_bits(labels.numpy(), 2),
    )  # fmt: skip
    metrics = {"bits": bits, "accuracy": float(trajectory.accuracy[-1, 0])}
    return Outcome(metrics, (report,), trajectory, module)


PAPER = Paper(
    key="toy",
    reference=Reference("Of Width", ("Ann Example", "Bo Other", "Cy Third"), 1999, "Tests"),
    claim="Wide networks learn the sign of a product, where narrow ones do not.",
    question="Does width pay for its bits?",
    arms=(
        Arm("wide", "sixteen hidden units", {"width": 16}),
        Arm("narrow", "one hidden unit", {"width": 1}, baseline=True),
    ),
    checks=(Check("fewer bits than the narrow one", "bits", "wide", "narrow", "lower"),),
    scales={"smoke": {"steps": 60}, "lab": {"steps": 300}},
    trial=trial,
    answer=lambda result: f"{result.bits('wide')['float32'].mean() - math.pi:.1f} bits, less pi.",
    where="tests.toy_paper:PAPER",
)


def _killed(given: Trial) -> Outcome:
    """The toy's trial, whose process is killed the first time, in the first arm."""
    assert given.folder is not None
    mark = given.folder / "was-killed"
    if given["width"] == 16 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return trial(given)


KILLED = replace(PAPER, trial=_killed, where="tests.toy_paper:KILLED")


def _counting(given: Trial) -> Outcome:
    """How many threads torch has."""
    return Outcome({"bits": float(torch.get_num_threads())})


THREADS = replace(PAPER, trial=_counting, answer=None, where="tests.toy_paper:THREADS")
