"""A Simple Neural Network Module for Relational Reasoning: pairs of objects, summed.

On Sort-of-CLEVR a perceptron on all objects at once answers questions about one of them, and fails
on those that relate several; a relation network answers both. At lab scale objects are rows of the
scene's state, as in the work's section 5.1.2; at paper scale cells of a convolution's output.
Beside them, where bAbI is at hand, its stories are read: objects are sentences, and relational are
the answers that take several of them.

References:
    A. Santoro et al., NeurIPS 2017, sections 3.2, 4 and 5: on Sort-of-CLEVR above 94 % on both
        kinds of questions, 63 % on relational ones for the perceptron.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.code import Kind
from complexity.errors import one_of
from mdl.label_coder import encode_labels
from mdl.report import Report, null_bits
from mdl.weights import compress, decompress
from mdl.weights.tensors import parameters_of, reproducible
from neural.asking import Asked, of_scenes, of_stories
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.relation_network import (
    ImageQuestions,
    PairlessPerceptron,
    RelationNetwork,
    StoryQuestions,
)
from neural.papers.rows import ROWS
from neural.tasks.scenes import sort_of_clevr
from neural.tasks.stories import babi_stories
from neural.training import Measures, TrainingRun, cosine, linear_warmup

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

_TOLERANCES = (0.5, 0.4, 0.3, 0.2, 0.14, 0.1, 0.07, 0.05, 0.03)
"""Relative errors of the weights that are tried in the two-part code."""

_VIEWS: dict[str, dict[str, Any]] = {
    "state": {"g": (128, 128, 128), "f": (128,), "hidden": (256, 256, 256), "dropout": 0.0,
              "learning_rate": 2e-3, "steps": 8000, "batch": 64},
    # CLEVR's network; the perceptron as deep as f
    "pixels": {"g": (256, 256, 256, 256), "f": (256, 256), "hidden": (256, 256), "dropout": 0.5,
               "learning_rate": 1e-4, "steps": 8000, "batch": 64},
    # bAbI's network, with LSTMs of 32; the perceptron has more weights
    "stories": {"g": (256, 256, 256, 256), "f": (256, 512), "hidden": (512, 512, 512),
                "dropout": 0.0, "learning_rate": 1e-3, "steps": 6000, "batch": 64},
}  # fmt: skip
"""What is looked at, and the settings that it has where a scale leaves them open with None."""


def _view(settings: Trial | Mapping[str, Any]) -> str:
    """What is looked at: without data, as at smoke scale, the scene's state for stories."""
    view = one_of("view", settings["view"], _VIEWS)
    return "state" if view == "stories" and settings["data"] is None else view


def _settled(given: Trial) -> Trial:
    """The trial with the settings of its view."""
    view = _view(given)
    left = {name: value for name, value in _VIEWS[view].items() if given[name] is None}
    return given.over({"view": view, **left})


def _asked(given: Trial) -> tuple[Asked, Asked]:
    """What is learned from, and what is tested on."""
    if given["view"] == "stories":
        parts = babi_stories(given["tasks"], name=given["data"], most=given["sentences"])
        if not all((part.facts > 1).any() for part in parts):
            raise ValueError(
                f"tasks: got {given['tasks']}, accepted are some with answers of several facts"
            )
        return of_stories(parts[0]), of_stories(parts[1])
    return (
        of_scenes(sort_of_clevr(given["scenes"], seed=2 * given.seed), given["view"]),
        of_scenes(sort_of_clevr(given["tested"], seed=2 * given.seed + 1), given["view"]),
    )


def _network(given: Trial, sizes: Mapping[str, Any]) -> nn.Module:
    names = ("g", "f", "dropout") if given["pairs"] else ("hidden", "dropout")
    options = {name: given[name] for name in names}
    if given["view"] == "stories":
        return StoryQuestions(pairs=given["pairs"], **options, **sizes)
    if given["view"] == "pixels":
        return ImageQuestions(pairs=given["pairs"], **options)
    if given["pairs"]:
        return RelationNetwork(10, 11, **options, **sizes)
    return PairlessPerceptron(6, 10, 11, **options, **sizes)


def _loss(module: nn.Module, batch: Any) -> Tensor:
    return functional.cross_entropy(module(*batch[:2]), batch[2])


def trial(given: Trial) -> Outcome:
    """Train on questions of both kinds, measuring each on scenes or stories never seen."""
    given = _settled(given)
    train, test = _asked(given)

    def batches(step: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        n, m = train.answers.shape
        return train.take(rng.integers(0, n, given["batch"]), rng.integers(0, m, given["batch"]))

    with reproducible(given.seed):
        module = _network(given, train.sizes)
    run = TrainingRun(
        module,
        _loss,
        batches,
        optimiser="adam",
        learning_rate=given["learning_rate"],
        schedule=linear_warmup(given["warmup"], cosine(given["steps"])),
        clip=1.0,
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("view", "scenes", "batch", "steps")},
    )
    measures = {"relational": (lambda m: _right(m, test, relational=True), "share")}
    if not test.relational.all():
        measures["non_relational"] = (lambda m: _right(m, test, relational=False), "share")
    times = np.linspace(0, given["steps"], given["times"]).astype(int).tolist()
    seen = given.observe(run, Measures(measures, {"tested": given["tested"]}), times)
    module.cpu().eval()
    report = _coded(module, train)
    metrics = {name: measure(module) for name, (measure, _) in measures.items()}
    metrics |= _by_question(module, test)
    metrics["model_bits"] = report.model_bits
    metrics["saved_bits"] = report.nml_bits - report.data_bits
    metrics["saved_per_model_bit"] = metrics["saved_bits"] / metrics["model_bits"]
    return Outcome(metrics, (report,), seen, module)


def _right(module: nn.Module, asked: Asked, *, relational: bool) -> float:
    """The share of right answers among questions of one kind."""
    rows = asked.kind(relational)
    found = asked.bits(module, rows).argmin(1)
    return float((found == asked.answers[*rows.T]).double().mean())


def _by_question(module: nn.Module, asked: Asked) -> dict[str, float]:
    """Shares of right answers to groups of questions, and what relational answers cost."""
    found = {}
    for name, group in asked.groups.items():
        rows = group.nonzero()
        right = asked.bits(module, rows).argmin(1) == asked.answers[*rows.T]
        found[name] = float(right.double().mean())
    rows = asked.kind(True)
    costs = asked.bits(module, rows).gather(1, asked.answers[*rows.T][:, None])
    return found | {"relational_bits": float(costs.mean())}


def _coded(module: nn.Module, asked: Asked) -> Report:
    """The two-part code of the relational answers: by the file whose bits save the most each.

    Which one that is, a twentieth of the answers tells.
    """
    every, classes = asked.kind(True), asked.sizes["answers"]
    nulls = null_bits(asked.answers[*every.T].numpy(), classes)
    files = {each: compress(module, tolerance=each) for each in _TOLERANCES}

    def coded_bits(tolerance: float, rows: Tensor) -> float:
        table = torch.exp2(-asked.bits(decompress(files[tolerance], module).eval(), rows))
        table = 0.999 * table + 0.001 / classes  # no answer costs more than some 14 bits
        return 8.0 * len(encode_labels(table.numpy(), asked.answers[*rows.T].numpy()))

    some = every[: -(-len(every) // 20)]
    free = nulls["nml_bits"] * len(some) / len(every)
    best = max(files, key=lambda each: (free - coded_bits(each, some)) / len(files[each]))
    return Report(
        "quantised, relational answers", Kind.FILE, 8.0 * len(files[best]),
        coded_bits(best, every),
        parameters=sum(p.numel() for p in parameters_of(module).values()),
        details={"tolerance": best}, **nulls,
    )  # fmt: skip


def answer(result: PaperResult) -> str:
    """Bits that a file of weights saves on the relational answers, by its own bits."""
    told = []
    for arm in result.arms:
        model, saved, ratio, each = (
            result.values(arm, name).mean()
            for name in ("model_bits", "saved_bits", "saved_per_model_bit", "relational_bits")
        )
        about = "story" if _view(result.provenance["settings"][arm]) == "stories" else "scene"
        told.append(
            f"{arm}: a file of {model:,.0f} bits saves {saved:,.0f}, {ratio:.2g} for each of its "
            f"own ({each:.2g} bits for an answer about a {about} never seen)"
        )
    return (
        "Of the bits that relational answers learned from take without what is seen and asked: "
        + "; ".join(told)
        + "."
    )


_LAB = {
    "view": "state", "pairs": True, "scenes": 9800, "tested": 500,
    "data": "babi_10k", "tasks": (4, 15), "sentences": 20,
    "warmup": 200, "times": 9, **dict.fromkeys(_VIEWS["state"]),
}  # fmt: skip
"""Scenes and tested ones are Sort-of-CLEVR's; data, tasks and sentences are of stories."""

PAPER = Paper(
    key="relation-network",
    reference=ROWS["relation-network"].reference,
    claim="A relation network answers questions that relate several objects better than a "
    "perceptron on all of them, and questions about one no worse.",
    question="How many bits of relational answers does a bit of the model save?",
    arms=(
        Arm("relation network", "g on pairs of objects, summed, f"),
        Arm("perceptron", "on all objects at once", {"pairs": False}, baseline=True),
        Arm("stories", "bAbI's: objects are sentences", {"view": "stories"}, data="babi_10k"),
        Arm("stories, perceptron", "on all sentences at once", {"view": "stories", "pairs": False},
            baseline=True, data="babi_10k"),
    ),
    checks=(
        Check("relational questions: more right answers than the perceptron", "relational",
              "relation network", "perceptron"),
        Check("non-relational ones: at most a point in a hundred fewer", "non_relational",
              "relation network", "perceptron", by=-0.01),
        Check("of stories: more right answers that take several sentences", "relational",
              "stories", "stories, perceptron"),
        Check("and of those that take one at most a point in a hundred fewer", "non_relational",
              "stories", "stories, perceptron", by=-0.01),
    ),
    scales={
        "smoke": _LAB | {"scenes": 40, "tested": 20, "g": (8, 8), "f": (8,), "hidden": (16,),
                         "batch": 8, "steps": 8, "warmup": 2, "times": 3, "data": None},
        "lab": _LAB,
        # on bAbI all tasks at once, but the one without a training part
        "paper": _LAB | {"view": "pixels", "tested": 200, "steps": 300_000, "times": 31,
                         "tasks": tuple(task for task in range(1, 21) if task != 3)},
    },
    trial=trial,
    answer=answer,
    limits={
        "times": Limit(low=2),
        "dropout": Limit(high=1, like=(0.5,)),
        "data": Limit(like=("babi_10k", None)),
        "tasks": Limit(like=(15,)),
        "learning_rate": Limit(like=(1e-3,)),
    },
    where="neural.papers.relation_network:PAPER",
)  # fmt: skip
