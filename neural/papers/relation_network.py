"""A Simple Neural Network Module for Relational Reasoning: pairs of objects, summed.

On Sort-of-CLEVR a perceptron on all objects at once answers questions about one of them, and fails
on those that relate several; a relation network answers both. At lab scale objects are rows of the
scene's state, as in the work's section 5.1.2; at paper scale cells of a convolution's output.

References:
    A. Santoro et al., NeurIPS 2017, sections 3.2, 4 and 5: on Sort-of-CLEVR above 94 % on both
        kinds of questions, 63 % on relational ones for the perceptron.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.code import Kind
from mdl.label_coder import encode_labels
from mdl.report import Report, null_bits
from mdl.weights import compress, decompress
from mdl.weights.tensors import parameters_of, reproducible
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.models.relation_network import ImageQuestions, PairlessPerceptron, RelationNetwork
from neural.papers.rows import ROWS
from neural.tasks.scenes import ANSWERS, Scenes, sort_of_clevr
from neural.training import Measures, TrainingRun, cosine, linear_warmup

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

_TOLERANCES = (0.3, 0.2, 0.14, 0.1, 0.07, 0.05)
"""Relative errors of the weights that are tried in the two-part code."""


class _Asked:
    """Scenes as tensors, and batches of their questions."""

    def __init__(self, scenes: Scenes, view: str) -> None:
        self.scenes = scenes
        seen = scenes.images() if view == "pixels" else scenes.states()
        self.objects, self.questions, self.answers = (
            torch.from_numpy(each) for each in (seen, scenes.questions(), scenes.answers)
        )

    def take(self, scene: Any, question: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Objects, questions and answers of pairs of indices."""
        objects = self.objects[scene]
        if objects.dtype == torch.uint8:
            objects = objects.float() / 255
        return objects, self.questions[scene, question], self.answers[scene, question]

    def kind(self, relational: bool) -> Tensor:
        """Scene and question, (k, 2) int64, of all questions of a kind."""
        return torch.from_numpy(np.argwhere(self.scenes.relational == relational))

    def bits(self, module: nn.Module, rows: Tensor) -> Tensor:
        """-log2 probabilities of all answers, (k, classes) float64, to the questions (k, 2)."""
        device = next(module.parameters()).device
        parts = []
        with torch.no_grad():
            for scene, question in (each.T for each in rows.split(2000)):
                logits = module(*(x.to(device) for x in self.take(scene, question)[:2]))
                parts.append(-logits.double().log_softmax(1).cpu() / math.log(2))
        return torch.cat(parts)


def _network(given: Trial) -> nn.Module:
    options = {name: given[name] for name in ("g", "f", "dropout")}
    if not given["pairs"]:
        options = {"hidden": given["hidden"], "dropout": given["dropout"]}
    if given["view"] == "pixels":
        return ImageQuestions(pairs=given["pairs"], **options)
    if given["pairs"]:
        return RelationNetwork(10, 11, len(ANSWERS), **options)
    return PairlessPerceptron(6, 10, 11, len(ANSWERS), **options)


def _loss(module: nn.Module, batch: Any) -> Tensor:
    return functional.cross_entropy(module(*batch[:2]), batch[2])


def trial(given: Trial) -> Outcome:
    """Train on questions of both kinds, measuring each on scenes never seen."""
    train = _Asked(sort_of_clevr(given["scenes"], seed=2 * given.seed), given["view"])
    test = _Asked(sort_of_clevr(given["tested"], seed=2 * given.seed + 1), given["view"])

    def batches(step: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        n, m = train.answers.shape
        return train.take(rng.integers(0, n, given["batch"]), rng.integers(0, m, given["batch"]))

    with reproducible(given.seed):
        module = _network(given)
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
    measures = {
        "relational": (lambda m: _right(m, test, relational=True), "share"),
        "non_relational": (lambda m: _right(m, test, relational=False), "share"),
    }
    times = np.linspace(0, given["steps"], given["times"]).astype(int).tolist()
    seen = given.observe(run, Measures(measures, {"tested": given["tested"]}), times)
    module.cpu().eval()
    report = _shortest(module, train)
    metrics = {name: measure(module) for name, (measure, _) in measures.items()}
    metrics |= _by_question(module, test)
    metrics["model_bits"] = report.model_bits
    metrics["saved_bits"] = report.nml_bits - report.data_bits
    metrics["saved_per_model_bit"] = metrics["saved_bits"] / metrics["model_bits"]
    return Outcome(metrics, (report,), seen, module)


def _right(module: nn.Module, asked: _Asked, *, relational: bool) -> float:
    """The share of right answers among questions of one kind."""
    rows = asked.kind(relational)
    found = asked.bits(module, rows).argmin(1)
    return float((found == asked.answers[*rows.T]).double().mean())


def _by_question(module: nn.Module, asked: _Asked) -> dict[str, float]:
    """Shares of right answers to the relational questions, and what their answers cost."""
    rows = asked.kind(True)
    bits, answers = asked.bits(module, rows), asked.answers[*rows.T]
    right = (bits.argmin(1) == answers).double()
    which = torch.from_numpy(asked.scenes.asked[..., 1])[*rows.T]
    names = {"nearest": 3, "farthest": 4, "count": 5}
    return {
        **{name: float(right[which == at].mean()) for name, at in names.items()},
        "relational_bits": float(bits.gather(1, answers[:, None]).mean()),
    }


def _shortest(module: nn.Module, asked: _Asked) -> Report:
    """The two-part code of the relational answers: the file of weights for which it is shortest.

    Which one that is, a twentieth of the answers tells.
    """
    every = asked.kind(True)
    files = {each: compress(module, tolerance=each) for each in _TOLERANCES}

    def coded(tolerance: float, rows: Tensor) -> int:
        """Bytes of the answers."""
        table = torch.exp2(-asked.bits(decompress(files[tolerance], module).eval(), rows))
        table = 0.999 * table + 0.001 / len(ANSWERS)  # no answer costs more than 14 bits
        return len(encode_labels(table.numpy(), asked.answers[*rows.T].numpy()))

    some = every[: -(-len(every) // 20)]
    best = min(
        files,
        key=lambda each: len(files[each]) + coded(each, some) * len(every) / len(some),
    )
    return Report(
        "quantised, relational answers", Kind.FILE, 8.0 * len(files[best]),
        8.0 * coded(best, every),
        parameters=sum(p.numel() for p in parameters_of(module).values()),
        details={"tolerance": best}, **null_bits(asked.answers[*every.T].numpy(), len(ANSWERS)),
    )  # fmt: skip


def answer(result: PaperResult) -> str:
    """Bits that a file of weights saves on the relational answers, by its own bits."""
    told = []
    for arm in result.arms:
        model, saved, ratio, each = (
            result.values(arm, name).mean()
            for name in ("model_bits", "saved_bits", "saved_per_model_bit", "relational_bits")
        )
        told.append(
            f"{arm}: a file of {model:,.0f} bits saves {saved:,.0f}, {ratio:.2f} for each of its "
            f"own ({each:.2f} bits for an answer about a scene never seen)"
        )
    return (
        "Of the bits that the training scenes' relational answers take without scenes and "
        "questions: " + "; ".join(told) + "."
    )


_SETTINGS = {
    "view": "state", "pairs": True, "scenes": 9800, "tested": 500, "g": (128, 128, 128),
    "f": (128,), "hidden": (256, 256, 256), "dropout": 0.0, "batch": 64, "steps": 8000,
    "warmup": 200, "learning_rate": 2e-3, "times": 9,
}  # fmt: skip

PAPER = Paper(
    key="relation-network",
    reference=ROWS["relation-network"].reference,
    claim="A relation network answers questions that relate several objects better than a "
    "perceptron on all of them, and questions about one no worse.",
    question="How many bits of relational answers does a bit of the model save?",
    arms=(
        Arm("relation network", "g on pairs of objects, summed, f"),
        Arm("perceptron", "on all objects at once", {"pairs": False}, baseline=True),
    ),
    checks=(
        Check("relational questions: more right answers than the perceptron", "relational",
              "relation network", "perceptron"),
        Check("non-relational ones: at most a point in a hundred fewer", "non_relational",
              "relation network", "perceptron", by=-0.01),
    ),
    scales={
        "smoke": _SETTINGS | {"scenes": 40, "tested": 20, "g": (8, 8), "f": (8,),
                              "hidden": (16,), "batch": 8, "steps": 8, "warmup": 2, "times": 3},
        "lab": _SETTINGS,
        # CLEVR's network on Sort-of-CLEVR's images; the perceptron as deep as f
        "paper": _SETTINGS | {"view": "pixels", "tested": 200, "g": (256, 256, 256, 256),
                              "f": (256, 256), "hidden": (256, 256), "dropout": 0.5,
                              "steps": 300_000, "learning_rate": 1e-4, "times": 31},
    },
    trial=trial,
    answer=answer,
    where="neural.papers.relation_network:PAPER",
)  # fmt: skip
