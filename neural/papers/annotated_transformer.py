"""The Annotated Transformer (Rush): the whole of it, trained, on copying and on real translation.

Encoder and decoder that normalise before each sublayer, sinusoids, masks, label smoothing, the rate
that rises and falls, greedy decoding; German captions of Multi30k into English. Beside it
stands a recurrent translator with attention, of as many weights, trained on the same batches.

References:
    A. M. Rush, The Annotated Transformer, NLP-OSS 2018; the sections "A first example" and "A real
        world example".
    D. Bahdanau, K. Cho and Y. Bengio, ICLR 2015: the recurrent translator.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from torch import nn

from complexity.errors import one_of
from mdl.weights.tensors import reproducible
from neural.coarse import coarse_grained
from neural.datasets import available
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.alignment import AlignmentTranslator
from neural.models.transformer import Transformer
from neural.papers.rows import ROWS
from neural.tasks.translation import Bitext, copying, multi30k, phrases
from neural.training import Measures, TrainingRun, noam
from neural.translating import (
    bleu,
    described,
    exact,
    length_batches,
    sentence_bits,
    token_loss,
    translated,
)

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]


def _texts(given: Trial) -> tuple[dict[str, Bitext], tuple[int, int]]:
    """The parts for training, validation and test, and the numbers of symbols."""
    data, words = one_of("data", given["data"], ("multi30k", "phrases", "copying")), given["words"]
    if data == "multi30k":
        return multi30k(words)
    train, tested = _steps(given) * given["batch"], given["tested"]
    if data == "phrases":
        make, symbols = partial(phrases, most=3, words=words), words + 7
    else:
        make, symbols = copying, 14
    parts = {
        "train": make(train, seed=given.seed),
        "validation": make(tested, seed=1001),
        "test": make(tested, seed=1002),
    }
    return parts, (symbols, symbols)


def _steps(given: Trial) -> int:
    return given["copy_steps" if given["data"] == "copying" else "steps"]


def _translator(given: Trial, sources: int, targets: int) -> nn.Module:
    if one_of("model", given["model"], ("transformer", "recurrent")) == "recurrent":
        units = given["units"]
        return AlignmentTranslator(
            sources, targets, units=units, embedding=given["width"], alignment=units,
            readout=given["width"], bias=True, dropout=given["dropout"],
        )  # fmt: skip
    return Transformer(
        sources, targets, width=given["width"], layers=given["layers"], heads=given["heads"],
        hidden=4 * given["width"], dropout=given["dropout"], inner_dropout=given["dropout"],
        norm="pre", shared=False,
    )  # fmt: skip


def trial(given: Trial) -> Outcome:
    """Train one translator, measuring the bits of weights and of targets along the way."""
    parts, symbols = _texts(given)
    with reproducible(given.seed):
        module = _translator(given, *symbols)
    run = TrainingRun(
        module,
        token_loss(given["smoothing"]),
        length_batches(parts["train"], given["batch"], seed=given.seed),
        optimiser="adam",
        learning_rate=given["factor"],
        schedule=noam(given["width"], given["warmup"]),
        clip=1.0 if given["model"] == "recurrent" else None,
        options={"betas": (0.9, 0.98), "eps": 1e-9, "fused": True},
        seed=given.seed,
        device=given.device,
        parameters={
            name: given[name] for name in ("data", "words", "batch", "smoothing", "warmup")
        },
    )
    held = parts["validation"]
    count = sum(map(len, held.target))
    measures = Measures(
        {
            "target_bits": (lambda m: float(sentence_bits(m, held).sum()) / count, "bits/symbol"),
            "coarse_bits": (lambda m: _coarse_bits(m, held, given["watched"]), "bits"),
        },
        {"watched": given["watched"]},
    )
    times = np.linspace(0, _steps(given), given["times"] + 1).round().astype(int)
    seen = given.observe(run, measures, times.tolist())
    test = parts["test"]
    found = translated(module.eval(), test)
    metrics = {
        "bleu": bleu(found, test),
        "exact": exact(found, test),
        "target_bits": float(seen["target_bits"][-1, 0]),
        "coarse_bits": float(seen["coarse_bits"][-1, 0]),
        "parameters": float(sum(p.numel() for p in module.parameters())),
    }
    report = described(module.cpu(), test, symbols[1])
    metrics["file_bits"] = report.model_bits + report.header_bits
    return Outcome(metrics, (report,), seen, module)


def _coarse_bits(module: nn.Module, text: Bitext, watched: int) -> float:
    """Of weights as coarse as leaves a target's symbol at most 0.05 bits dearer."""
    part = text.part(range(min(watched, len(text))))
    count = sum(map(len, part.target))

    def loss(network: nn.Module) -> float:
        return float(sentence_bits(network, part).sum()) / count

    return coarse_grained(module, loss, tolerance=0.05, energies=(0.0,)).bits


def answer(result: PaperResult) -> str:
    """Bits of the weights and of a target's symbol along the training, arm by arm."""
    told = []
    for arm in ("label smoothing", "no smoothing", "recurrent"):
        seen = result.trajectory(arm)
        assert seen is not None
        pairs = zip(seen["coarse_bits"].mean(1), seen["target_bits"].mean(1), strict=True)
        told.append(f"{arm} " + ", ".join(f"{a:,.0f} and {b:.2f}" for a, b in pairs))
    return (
        "Bits of weights rounded as coarsely as leaves a symbol at most 0.05 bits dearer, and bits "
        "of a symbol of sentences not trained on, from the start of training to its end: "
        + "; ".join(told)
        + "."
    )


_REAL = available("multi30k")
_LAB = {
    "data": "multi30k" if _REAL else "phrases", "words": 4000 if _REAL else 20,
    "model": "transformer", "width": 128, "units": 172, "layers": 2, "heads": 4, "dropout": 0.1,
    "steps": 1816, "copy_steps": 600, "batch": 64,
    "smoothing": 0.1, "factor": 0.5, "warmup": 300, "tested": 500, "times": 6, "watched": 256,
}  # fmt: skip

PAPER = Paper(
    key="annotated-transformer",
    reference=ROWS["annotated-transformer"].reference,
    claim="The Transformer written out copies perfectly, and translates captions better than a "
    "recurrent translator with as many weights.",
    question="How do the bits of weights and targets go along the training, with label smoothing "
    "and without?",
    arms=(
        Arm("label smoothing", "the Transformer, as published"),
        Arm("no smoothing", "the same without", {"smoothing": 0.0}),
        Arm("recurrent", "attention over a bidirectional GRU", {"model": "recurrent"},
            baseline=True),
        Arm("copy", "the Transformer, copying ten words of ten",
            {"data": "copying", "smoothing": 0.0, "batch": 128}),
    ),
    checks=(
        Check("copies unseen sequences, 999 of 1,000", "exact", "copy", by=0.999),
        Check("translates better than the recurrent translator (BLEU)", "bleu",
              "label smoothing", "recurrent"),
    ),
    scales={
        "smoke": _LAB | {"data": "phrases", "words": 6, "width": 8, "units": 9, "layers": 1,
                         "heads": 2, "steps": 4, "copy_steps": 4, "batch": 8, "tested": 4,
                         "times": 1},
        "lab": _LAB,
        "paper": _LAB | {"data": "multi30k", "words": 0, "width": 512, "units": 1325, "layers": 6,
                         "heads": 8, "steps": 7256, "copy_steps": 400, "batch": 32, "factor": 1.0,
                         "warmup": 3000},
    },
    trial=trial,
    answer=answer,
    limits={"dropout": Limit(high=1)},
    where="neural.papers.annotated_transformer:PAPER",
)  # fmt: skip
