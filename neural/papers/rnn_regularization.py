"""Recurrent neural network regularization (Zaremba, Sutskever, Vinyals): where dropout belongs.

A two-layer LSTM reads few words many times over: without dropout, with dropout on all connections,
and with dropout on those that are not recurrent. The word-level test bits are those at the moment
that is best on held-out text, as the authors chose theirs.

The networks at the end are sent as files, from fine to coarse: how many bits does each need to
predict the test text as well as the others?

References:
    W. Zaremba, I. Sutskever and O. Vinyals, 2014, section 3.2 and table 1: test perplexities of
        114.5 without dropout, 82.7 and 78.4 with it, on the Penn Treebank.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from complexity.code import Kind
from mdl.report import Report, null_bits
from mdl.weights import compress, decompress, file_report
from mdl.weights.tensors import reproducible
from neural.datasets import available
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.recurrent import CarriedState, RecurrentLM, text_bits
from neural.papers.rows import ROWS
from neural.tasks.text import corpus, streams
from neural.training import Measures, TrainingRun, cosine

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]


def trial(given: Trial) -> Outcome:
    """Train on a short text for long, watching what is held out."""
    found = corpus(
        given["text"], unit="words", train=given["train"], test=2 * given["test"],
        vocabulary=given["vocabulary"], seed=given.seed,
    )  # fmt: skip
    held_out, test = np.split(found.test, 2)
    with reproducible(given.seed):
        model = RecurrentLM(
            len(found.symbols), hidden=given["hidden"], embedding=given["hidden"],
            layers=given["layers"], dropout=given["dropout"],
            recurrent_dropout=given["recurrent_dropout"], uniform=given["uniform"],
        )  # fmt: skip
    side = streams(found.train, given["streams"])  # (B, n)
    unroll, once = given["unroll"], (side.shape[1] - 1) // given["unroll"]
    if not once:
        raise ValueError(
            f"unroll: got {unroll}, accepted are at most {side.shape[1] - 1} of streams of "
            f"{side.shape[1]} words"
        )
    steps = given["epochs"] * once

    def batches(step: int, rng: np.random.Generator) -> Any:
        del rng
        at = step % once * unroll
        part = torch.from_numpy(side[:, at : at + unroll + 1])
        return part[:, :-1], part[:, 1:], step % once == 0

    def loss(module: Any, batch: Any) -> Tensor:
        tokens, following, fresh = batch
        logits = module(tokens, fresh=fresh)  # (B, T, K)
        return functional.cross_entropy(logits.transpose(1, 2), following)

    run = TrainingRun(
        CarriedState(model, given["streams"]),
        loss,
        batches,
        optimiser=given["optimiser"],
        learning_rate=given["learning_rate"],
        schedule=cosine(steps, end=0.02),
        clip=given["clip"],
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("text", "train", "vocabulary", "streams")},
    )
    texts = {"held_out_bits": held_out, "test_bits": test, "train_bits": found.train[: len(test)]}

    def bits_of(text: np.ndarray) -> Any:
        return lambda module: text_bits(module.model, text) / (len(text) - 1)

    measures = Measures({name: (bits_of(text), "bits/word") for name, text in texts.items()})
    seen = given.observe(run, measures, [each * once for each in range(given["epochs"] + 1)])
    best = int(seen["held_out_bits"][:, 0].argmin())
    carried: Any = run.module.cpu().eval()
    metrics = {
        "test_bits": float(seen["test_bits"][best, 0]),
        "perplexity": 2 ** float(seen["test_bits"][best, 0]),
        "best_epoch": float(best),
        "end_test_bits": float(seen["test_bits"][-1, 0]),
        "end_train_bits": float(seen["train_bits"][-1, 0]),
    }
    report = _sent(given, carried.model, test)
    metrics["file_bits"] = report.model_bits + report.header_bits
    return Outcome(metrics, (report,), seen, carried.model)


def _sent(given: Trial, model: RecurrentLM, test: np.ndarray) -> Report:
    """The file and the test text, by the coarseness that makes both together shortest.

    Its details have all that were tried: [bits of the file, bits of a word of the test text].
    """
    found, tried = [], []
    nulls = null_bits(test[1:], model.symbols)
    for tolerance in given["tolerances"]:
        blob = compress(model, tolerance=tolerance)
        decoded: Any = decompress(blob, model).eval()
        bits = text_bits(decoded, test)
        tried.append([8 * len(blob), bits / (len(test) - 1)])
        found.append(replace(file_report(blob, model), data_bits=bits, kind=Kind.IDEAL, **nulls))
    shortest = min(found, key=lambda report: report.total_bits)
    return replace(shortest, name="quantised", details={"tried": tried})


def _equal(result: PaperResult, seed: int) -> tuple[float, dict[str, float]]:
    """The bits of a word that all arms' networks reach in some file, and each one's least file."""
    tried = {
        record.arm: record.reports[0]["details"]["tried"]
        for record in result.records
        if record.seed == seed
    }
    level = max(min(bits for _, bits in files) for files in tried.values())
    return level, {
        arm: float(min(size for size, bits in files if bits <= level))
        for arm, files in tried.items()
    }


def answer(result: PaperResult) -> str:
    """The least files at a loss that all reach."""
    found = [_equal(result, seed) for seed in result.seeds]
    level = float(np.mean([level for level, _ in found]))
    told = [f"{arm} {np.mean([files[arm] for _, files in found]):,.0f}" for arm in result.arms]
    train = [f"{arm} {result.values(arm, 'end_train_bits').mean():.2f}" for arm in result.arms]
    return (
        f"Bits of the coarsest file that predicts the test text as well as the worst network does "
        f"at its best ({level:.3f} bits a word): {', '.join(told)}. Of a word that was learned "
        f"from, the networks at the end take {', '.join(train)} bits."
    )


_REAL = all(available("wikitext2", split=split) for split in ("validation", "test"))
_LAB = {
    "text": "wikitext2_small" if _REAL else "story",
    "train": 10_000, "test": 2_000, "vocabulary": 1_000, "hidden": 200, "layers": 2,
    "dropout": 0.0, "recurrent_dropout": 0.0, "uniform": 0.1, "streams": 5, "unroll": 20,
    "epochs": 40, "optimiser": "adam", "learning_rate": 3e-3, "clip": 5.0,
    "tolerances": [0.7, 0.5, 0.35, 0.25, 0.15, 0.08],
}  # fmt: skip
_RATE = 0.5

PAPER = Paper(
    key="rnn-regularization",
    reference=ROWS["rnn-regularization"].reference,
    claim="Dropout on the connections that are not recurrent makes an LSTM predict words better "
    "than no dropout does, and than dropout on all connections.",
    question="Does dropout shorten the network's code at equal loss?",
    arms=(
        Arm("non-recurrent", "dropout between layers, at input and output", {"dropout": _RATE}),
        Arm("no dropout", "the same network", baseline=True),
        Arm("all connections", "dropout on what a layer sees of its past, too",
            {"dropout": _RATE, "recurrent_dropout": _RATE}, baseline=True),
    ),
    checks=(
        Check("fewer bits of a test word than without dropout", "test_bits",
              "non-recurrent", "no dropout", "lower"),
        Check("and than with dropout on all connections", "test_bits",
              "non-recurrent", "all connections", "lower"),
    ),
    scales={
        "smoke": _LAB | {"text": "story", "train": 300, "test": 60, "vocabulary": 50, "hidden": 8,
                         "streams": 5, "epochs": 2, "tolerances": [0.5, 0.1]},
        "lab": _LAB,
        # the medium network; WikiText-2 for the Penn Treebank, whose licence is not free
        "paper": _LAB | {"text": "wikitext2", "train": 0, "test": 100_000, "vocabulary": 10_000,
                         "hidden": 650, "uniform": 0.05, "streams": 20, "unroll": 35,
                         "epochs": 39,
                         "optimiser": "sgd", "learning_rate": 1.0},
    },
    trial=trial,
    answer=answer,
    seeds=6,
    limits={
        "test": Limit(low=2), "vocabulary": Limit(like=(0,)), "dropout": Limit(high=1),
        "recurrent_dropout": Limit(high=1), "clip": Limit(like=(None,)),
    },
    where="neural.papers.rnn_regularization:PAPER",
)  # fmt: skip
