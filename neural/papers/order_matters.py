"""Order Matters (Vinyals, Bengio, Kudlur): sets in, and sets out, of a network of sequences.

Sets in: numbers are sorted by a network that reads them as a set, processes the set for P steps and
writes pointers, with or without a glimpse at the set before each, beside the pointer network, whose
reader is an LSTM and sees an order. Sets out: the variables of a star-shaped model are told one
after another, head first or head last; by the chain rule both are codes of the same data, and one
is learned sooner.

References:
    O. Vinyals, S. Bengio and M. Kudlur, ICLR 2016, sections 4.3 and 5.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.code import Kind
from complexity.errors import one_of
from mdl.report import Report, null_bits
from mdl.weights import compress, file_report
from mdl.weights.tensors import reproducible
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.sets import ChainLSTM, ReadProcessWrite
from neural.papers.rows import ROWS
from neural.tasks.sets import numbers_to_sort, star
from neural.training import Measures, TrainingRun

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]


def trial(given: Trial) -> Outcome:
    """Learn to sort, or to tell the variables of a star."""
    task = one_of("task", given["task"], ("sorting", "star"))
    return _star(given) if task == "star" else _sorting(given)


def _sorting_nats(module: nn.Module, batch: Any, reduction: str = "mean") -> Tensor:
    elements, answers = batch
    logits = module(elements, answers)
    return functional.cross_entropy(logits.flatten(0, 1), answers.flatten(), reduction=reduction)


def _drawn(given: Trial, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    elements, answers = numbers_to_sort(count, given["numbers"], rng)
    return torch.from_numpy(elements), torch.from_numpy(answers)


def _sorting(given: Trial) -> Outcome:
    elements, answers = _drawn(given, given["tested"], np.random.default_rng(1))
    held_out = elements.to(given.device), answers.to(given.device)

    def answer_bits(module: nn.Module) -> float:
        with torch.no_grad():
            return float(_sorting_nats(module, held_out, "sum")) / math.log(2) / len(answers)

    def sorted_share(module: Any) -> float:
        return float((module.greedy(held_out[0]) == held_out[1]).all(1).double().mean())

    with reproducible(given.seed):
        module = ReadProcessWrite(
            size=given["size"],
            steps=given["process"],
            glimpse=given["glimpse"],
            reader=given["reader"],
        )
    run = TrainingRun(
        module,
        _sorting_nats,
        lambda step, rng: _drawn(given, given["batch"], rng),
        optimiser="adam",
        learning_rate=given["learning_rate"],
        clip=2.0,
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("task", "numbers", "batch")},
    )
    measures = {"sorted": (sorted_share, "share"), "answer_bits": (answer_bits, "bits/set")}
    times = np.linspace(0, given["steps"], given["times"]).astype(int).tolist()
    seen = given.observe(run, Measures(measures), times)
    metrics = {name: measure(module) for name, (measure, _) in measures.items()}
    metrics["moved_bits"] = _moved(module, *held_out)
    module.cpu().eval()
    report = file_report(
        compress(module), module,
        lambda sent: float(_sorting_nats(sent, (elements, answers), "sum")) / math.log(2),
        **null_bits(answers.numpy().ravel(), given["numbers"]),
    )  # fmt: skip
    return Outcome(metrics, (report,), seen, module)


def _moved(module: nn.Module, elements: Tensor, answers: Tensor) -> float:
    """Mean difference of an answer's bits between an order of the set and the reverse."""
    there = elements.flip(1), elements.shape[1] - 1 - answers
    with torch.no_grad():
        one, other = (
            functional.cross_entropy(
                module(points, said).transpose(1, 2), said, reduction="none"
            ).sum(1)
            for points, said in ((elements, answers), there)
        )
    return float((one - other).abs().mean()) / math.log(2)


def _star_nats(module: nn.Module, batch: Any, reduction: str = "mean") -> Tensor:
    (values,) = batch
    logits = module(values)
    return functional.cross_entropy(logits.flatten(0, 1), values.flatten(), reduction=reduction)


def _star(given: Trial) -> Outcome:
    """Code every batch by the network that was trained on those before it."""
    law = star(given["leaves"], given["alphabet_size"], concentration=given["concentration"],
               seed=given.seed)  # fmt: skip
    steps, size = given["steps"], given["batch"]
    values = law.sample(steps * size, np.random.default_rng([given.seed, 1]))
    true_bits = float(law.bits(values).sum())
    first = one_of("head", given["head"], ("first", "last")) == "first"
    told = torch.from_numpy(values if first else values[:, ::-1].copy())
    with reproducible(given.seed):
        module = ChainLSTM(given["alphabet_size"], width=given["width"], size=given["size"])
    run = TrainingRun(
        module,
        _star_nats,
        lambda step, rng: (told[step * size : (step + 1) * size],),
        optimiser="adam",
        learning_rate=given["learning_rate"],
        clip=2.0,
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("task", "head", "leaves", "alphabet_size")},
    )
    seen = given.observe(run, _NextBatch(told.to(given.device), size), range(steps))
    coded = seen["batch_bits"][:, 0]
    last = coded[-max(steps // 10, 1) :].mean() / size
    metrics = {
        "prequential_bits": float(coded.sum()),
        "above_truth_bits": float(coded.sum()) - true_bits,
        "bits_at_end": float(last),
    }
    module.cpu().eval()
    nulls = null_bits(values.ravel(), given["alphabet_size"])
    code = Report(f"prequential, head {given['head']}", Kind.IDEAL, 0.0, float(coded.sum()),
                  details={"true_law_bits": true_bits}, **nulls)  # fmt: skip
    return Outcome(metrics, (code, file_report(compress(module), module)), seen, module)


class _NextBatch:
    """An instrument: the bits of the batch that the run's next step trains on."""

    names = ("batch_bits",)
    units = ("bits",)

    def __init__(self, values: Tensor, size: int) -> None:
        self.values, self.size = values, size
        self.parameters = {"size": size}

    def __call__(self, system: Any) -> np.ndarray:
        batch = self.values[system.time * self.size : (system.time + 1) * self.size]
        (module,) = system.states()
        with torch.no_grad():
            return np.array([[float(_star_nats(module, (batch,), "sum")) / math.log(2)]])


def answer(result: PaperResult) -> str:
    """The prequential code of the same data in both orders."""
    first, last = (result.values(arm, "prequential_bits") for arm in ("head first", "head last"))
    above, more = (result.values(arm, "above_truth_bits") for arm in ("head first", "head last"))
    return (
        f"The same sets take {first.mean():,.0f} prequential bits with the head first and "
        f"{last.mean():,.0f} with it last: {above.mean():,.0f} and {more.mean():,.0f} more than by "
        "the law that they are drawn from, where orders make no difference."
    )


_LAB = {
    "task": "sorting", "numbers": 10, "reader": "set", "process": 5, "glimpse": True, "size": 64,
    "batch": 64, "steps": 6000, "times": 11, "tested": 1000, "learning_rate": 1e-3,
}  # fmt: skip
_STAR = {
    "task": "star", "leaves": 9, "alphabet_size": 10, "concentration": 0.3, "width": 32,
    "batch": 16, "learning_rate": 3e-3,
}  # fmt: skip

PAPER = Paper(
    key="order-matters",
    reference=ROWS["order-matters"].reference,
    claim="Reading a set as a set, with steps that process it, sorts better than reading it in an "
    "order or without the steps; and the order in which a set is told decides what it costs.",
    question="Which order of the output is the shortest prequential code?",
    arms=(
        Arm("5 steps", "set reader, 5 process steps"),
        Arm("no steps", "set reader, none", {"process": 0}, baseline=True),
        Arm("5 steps, no glimpse", "the writer points without attending first",
            {"glimpse": False}),
        Arm("no steps, no glimpse", "neither", {"process": 0, "glimpse": False}, baseline=True),
        Arm("pointer network", "an LSTM reads in order", {"reader": "lstm"}, baseline=True),
        Arm("head first", "a star's head, then its leaves", _STAR | {"head": "first"}),
        Arm("head last", "a star's leaves, then its head", _STAR | {"head": "last"},
            baseline=True),
    ),
    checks=(
        Check("5 steps sort more sets than none", "sorted", "5 steps", "no steps"),
        Check("and so they do where the writer takes no glimpse", "sorted",
              "5 steps, no glimpse", "no steps, no glimpse"),
        Check("5 steps sort more sets than the pointer network", "sorted",
              "5 steps", "pointer network"),
        Check("an answer's bits depend on the input's order by less than 0.01", "moved_bits",
              "5 steps", None, "lower", 0.01),
        Check("head first takes fewer prequential bits than head last", "prequential_bits",
              "head first", "head last", "lower"),
    ),
    scales={
        "smoke": _LAB | {"numbers": 3, "size": 8, "batch": 8, "steps": 6, "times": 3,
                         "tested": 20},
        "lab": _LAB,
        "paper": _LAB | {"size": 512, "steps": 100_000},
    },
    trial=trial,
    answer=answer,
    seeds=9,
    limits={"times": Limit(low=2)},
    where="neural.papers.order_matters:PAPER",
)  # fmt: skip
