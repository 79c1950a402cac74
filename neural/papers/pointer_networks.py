"""Pointer Networks (Vinyals, Fortunato, Jaitly): convex hulls, told as indices into the points.

An attention that is the output can point at any number of points, so it is asked for hulls of more
points than it was trained on. Beside it: the same LSTMs with a softmax over indices, which has
symbols for all points that are tested, with attention and without. Triangulations and shortest
tours are other values of the setting `problem`.

References:
    O. Vinyals, M. Fortunato and N. Jaitly, NIPS 2015, section 4.2 and table 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.errors import integer, one_of
from mdl.weights import compress, file_report
from mdl.weights.tensors import reproducible
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.pointer import PointerNetwork, SequenceToSequence, greedy, symbols_of
from neural.papers.rows import ROWS
from neural.tasks.geometry import PADDING, covered_share, problems
from neural.training import Measures, TrainingRun

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]


def _drawn(given: Trial, count: int, points: int, rng: np.random.Generator) -> tuple[Tensor, ...]:
    return tuple(map(torch.from_numpy, problems(given["problem"], count, points, rng)))


def _network(given: Trial) -> nn.Module:
    model = one_of("model", given["model"], ("pointer", "attention", "plain"))
    if model == "pointer":
        return PointerNetwork(size=given["size"])
    return SequenceToSequence(
        most=given["beyond"], size=given["size"], attention=model == "attention"
    )


def _nats(module: nn.Module, batch: Any) -> Tensor:
    """Per answer."""
    points, answers = batch
    logits = module(points, answers).flatten(0, 1)
    symbols = symbols_of(answers).flatten()
    return functional.cross_entropy(logits, symbols, ignore_index=-1, reduction="sum") / len(points)


def _bits(module: nn.Module, batch: Any) -> float:
    with torch.no_grad():
        return float(_nats(module, batch)) / math.log(2)


def _said(module: nn.Module, batch: Any) -> Tensor:
    """Answers as long as the longest, or one symbol longer."""
    points, answers = batch
    return greedy(module, points, answers.shape[1] + 1)


def _right(module: nn.Module, batch: Any) -> float:
    """The share of answers that are said as they are written, which is one way only."""
    answers = functional.pad(batch[1], (0, 1), value=PADDING)
    return float((_said(module, batch) == answers).all(1).double().mean())


def _covered(module: nn.Module, batch: Any) -> float:
    """The mean share of the hull's area inside what was said."""
    points, said = batch[0].cpu().numpy(), _said(module, batch).cpu().numpy()
    shares = [covered_share(p, s[s >= 0]) for p, s in zip(points, said, strict=True)]
    return float(np.mean(shares))


def trial(given: Trial) -> Outcome:
    """Train on `least` to `most` points, and test at `most` and at `beyond`."""
    integer("least", given["least"], 3, given["most"])
    held_out = {
        name: tuple(
            each.to(given.device)
            for each in _drawn(given, given["tested"], given[name], np.random.default_rng(1))
        )
        for name in ("most", "beyond")
    }

    def batches(step: int, rng: np.random.Generator) -> Any:
        count = int(rng.integers(given["least"], given["most"] + 1))
        return _drawn(given, given["batch"], count, rng)

    with reproducible(given.seed):
        module = _network(given)
    run = TrainingRun(
        module,
        _nats,
        batches,
        optimiser=given["optimiser"],
        learning_rate=given["learning_rate"],
        clip=2.0,
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("problem", "least", "most", "batch")},
    )
    functions = {
        f"{what}_{name}": (lambda m, f=function, b=batch: f(m, b), unit)
        for name, batch in held_out.items()
        for what, function, unit in (("right", _right, "share"), ("bits", _bits, "bits/answer"))
    }
    times = np.linspace(0, given["steps"], given["times"]).astype(int).tolist()
    seen = given.observe(run, Measures(functions), times)
    metrics = {name: measure(module) for name, (measure, _) in functions.items()}
    if given["problem"] == "hull":
        metrics |= {f"area_{name}": _covered(module, held_out[name]) for name in held_out}
    uniform = {name: _uniform_bits(batch) for name, batch in held_out.items()}
    metrics["saved_beyond"] = 1 - metrics["bits_beyond"] * given["tested"] / uniform["beyond"]
    blob = compress(module.cpu().eval())
    here = {name: tuple(each.cpu() for each in batch) for name, batch in held_out.items()}
    reports = tuple(
        file_report(
            blob, module, lambda sent, batch=here[name]: _bits(sent, batch) * given["tested"],
            name=f"weights and answers, {given[name]} points",
            labels=int((symbols_of(held_out[name][1]) >= 0).sum()), uniform_bits=uniform[name],
        )
        for name in held_out
    )  # fmt: skip
    return Outcome(metrics, reports, seen, module)


def _uniform_bits(batch: Any) -> float:
    """Of all answers, by a code that gives the end and every point the same length."""
    points, answers = batch
    return int((symbols_of(answers) >= 0).sum()) * math.log2(1 + points.shape[1])


def answer(result: PaperResult) -> str:
    """Bits of an answer by arm, at both sizes, beside a code that knows nothing."""
    told = []
    for arm in result.arms:
        most, beyond = (result.values(arm, f"bits_{name}").mean() for name in ("most", "beyond"))
        told.append(f"{arm}: {most:.2f} and {beyond:.2f}")
    uniform = []
    for at in (0, 1):
        report = result.of(result.arms[0])[0].reports[at]
        uniform.append(report["uniform_bits"])
    sets = result.provenance["settings"][result.arms[0]]["tested"]
    return (
        "Bits of an answer, at the largest trained size and beyond: "
        + "; ".join(told)
        + f"; with the same length for every symbol: {uniform[0] / sets:.2f} and "
        f"{uniform[1] / sets:.2f}."
    )


_LAB = {
    "problem": "hull", "least": 4, "most": 7, "beyond": 10, "tested": 500, "size": 64,
    "batch": 64, "steps": 3000, "times": 11, "optimiser": "adam", "learning_rate": 5e-3,
}  # fmt: skip

PAPER = Paper(
    key="pointer-networks",
    reference=ROWS["pointer-networks"].reference,
    claim="Pointing at the inputs finds more convex hulls than sequence to sequence with attention "
    "does, and works for more points than were trained on.",
    question="How many bits does an answer take by each network?",
    arms=(
        Arm("pointer", "attention is the output", {"model": "pointer"}),
        Arm("attention", "sequence to sequence with attention", {"model": "attention"},
            baseline=True),
        Arm("LSTM", "sequence to sequence without", {"model": "plain"}, baseline=True),
    ),
    checks=(
        Check("of the largest trained size, more hulls are right than with attention",
              "right_most", "pointer", "attention"),
        Check("and than without", "right_most", "pointer", "LSTM"),
        Check("of more points than trained on, more hulls are right than with attention",
              "right_beyond", "pointer", "attention"),
        Check("and they take fewer bits than with equal lengths", "saved_beyond", "pointer"),
    ),
    scales={
        "smoke": _LAB | {"least": 4, "most": 5, "beyond": 6, "tested": 20, "size": 8, "batch": 8,
                         "steps": 6, "times": 3},
        "lab": _LAB,
        # 256 units, 5 to 50 points, SGD at 1.0; ten million sets where the paper has a million
        # that come again
        "paper": _LAB | {"least": 5, "most": 50, "beyond": 500, "batch": 128, "tested": 1000,
                         "size": 256, "steps": 78_125, "optimiser": "sgd", "learning_rate": 1.0},
    },
    trial=trial,
    answer=answer,
    limits={"times": Limit(low=2), **dict.fromkeys(("least", "most", "beyond"), Limit(low=3))},
    where="neural.papers.pointer_networks:PAPER",
)  # fmt: skip
