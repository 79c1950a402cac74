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
from mdl import weights
from mdl.weights.tensors import reproducible
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
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
    if given["model"] == "recurrent":
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
            "file_bits": (lambda m: 8.0 * len(weights.compress(m, quantiser="scalar")), "bits"),
        }
    )
    times = np.linspace(0, _steps(given), given["times"] + 1).round().astype(int)
    seen = given.observe(run, measures, times.tolist())
    test = parts["test"]
    found = translated(module.eval(), test)
    metrics = {
        "bleu": bleu(found, test),
        "exact": exact(found, test),
        "target_bits": float(seen["target_bits"][-1, 0]),
        "file_bits": float(seen["file_bits"][-1, 0]),
        "parameters": float(sum(p.numel() for p in module.parameters())),
    }
    return Outcome(metrics, (described(module.cpu(), test, symbols[1]),), seen, module)


def answer(result: PaperResult) -> str:
    """Bits of the file and of a target's symbol, with and without smoothing."""
    told = []
    for arm in ("label smoothing", "no smoothing", "recurrent"):
        model, data, words = (
            result.values(arm, name).mean() for name in ("file_bits", "target_bits", "bleu")
        )
        told.append(f"{arm} {model:,.0f} bits of weights, {data:.2f} a symbol, BLEU {words:.1f}")
    return "At the end, on sentences not trained on: " + "; ".join(told) + "."


_LAB = {
    "model": "transformer", "width": 64, "units": 86, "layers": 2, "heads": 4, "dropout": 0.1,
    "data": "multi30k", "words": 2000, "steps": 900, "copy_steps": 600, "batch": 32,
    "smoothing": 0.1, "factor": 0.5, "warmup": 300, "tested": 500, "times": 6,
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
            {"data": "copying", "smoothing": 0.0}),
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
        "paper": _LAB | {"words": 0, "width": 512, "units": 1325, "layers": 6, "heads": 8,
                         "steps": 7256, "copy_steps": 400, "batch": 32, "factor": 1.0,
                         "warmup": 3000},
    },
    trial=trial,
    answer=answer,
    where="neural.papers.annotated_transformer:PAPER",
)  # fmt: skip
