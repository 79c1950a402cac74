"""Attention is all you need (Vaswani et al.): variations of Table 3 and a recurrent rival, small.

The base model, and one change to it at a time: a single head (row A), narrow keys (row B), one
layer (row C), learned positions (row E), and none. They translate made-up phrases whose words are
put in other orders, each sentence read once, so that dropout (row D) has little to gain. The
rival is attention over a recurrent encoder, trained for as long on one core; both are compared on
captions, German to English, too.

References:
    A. Vaswani et al., NeurIPS 2017: sections 3 and 6.2, Tables 1 and 3.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from complexity.code import Kind
from complexity.errors import one_of
from mdl import weights
from mdl.report import Report
from mdl.weights.tensors import reproducible
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.alignment import AlignmentTranslator, GatedUnit
from neural.models.transformer import MultiHeadAttention, Transformer
from neural.papers.rows import ROWS
from neural.tasks.translation import Bitext, multi30k, phrases
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

__all__ = ["PAPER", "layer_operations", "without_heads"]


def _texts(given: Trial) -> tuple[Bitext, Bitext, tuple[int, int]]:
    if one_of("data", given["data"], ("phrases", "multi30k")) == "multi30k":
        parts, symbols = multi30k(given["words"])
        return parts["train"], parts["test"], symbols
    words, most = given["words"], given["phrases"]
    train = phrases(_steps(given) * given["batch"], most=most, words=words, seed=given.seed)
    test = phrases(given["tested"], most=most, words=words, seed=1001)
    return train, test, (words + 7, words + 7)


def _steps(given: Trial) -> int:
    model = one_of("model", given["model"], ("transformer", "recurrent"))
    return given["recurrent_steps" if model == "recurrent" else "steps"]


def _translator(given: Trial, sources: int, targets: int) -> nn.Module:
    if given["model"] == "recurrent":
        return AlignmentTranslator(
            sources, targets, units=given["units"], embedding=given["width"],
            alignment=given["units"], readout=given["width"], bias=True, dropout=given["dropout"],
        )  # fmt: skip
    return Transformer(
        sources, targets, width=given["width"], layers=given["layers"], heads=given["heads"],
        hidden=4 * given["width"], dropout=given["dropout"], positions=given["positions"],
        key_width=given["key_width"], shared=given["data"] == "phrases",
    )  # fmt: skip


def trial(given: Trial) -> Outcome:
    """Train one translator; of the base model, look for heads that its code does without."""
    if one_of("reads", given["reads"], ("phrases", "captions")) == "captions":
        given = given.over(given["captions"])
    train, test, symbols = _texts(given)
    with reproducible(given.seed):
        module = _translator(given, *symbols)
    run = TrainingRun(
        module,
        token_loss(given["smoothing"]),
        length_batches(train, given["batch"], seed=given.seed),
        optimiser="adam",
        learning_rate=given["factor"],
        schedule=noam(given["width"], given["warmup"]),
        clip=1.0 if given["model"] == "recurrent" else None,
        options={"betas": (0.9, 0.98), "eps": 1e-9, "fused": True},
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("data", "words", "phrases", "batch", "heads")},
    )
    count = sum(map(len, test.target))

    def target_bits(module: nn.Module) -> float:
        return float(sentence_bits(module, test).sum()) / count

    times = np.linspace(0, _steps(given), given["times"] + 1).round().astype(int)
    measures = Measures({"target_bits": (target_bits, "bits/symbol")})
    seen = given.observe(run, measures, times.tolist())
    found = translated(module.eval(), test)
    metrics = {
        "target_bits": target_bits(module),
        "bleu": bleu(found, test),
        "exact": exact(found, test),
        "parameters": float(sum(p.numel() for p in module.parameters())),
    }
    module.cpu()
    reports = (described(module, test, symbols[1]),)
    if given["drop"] and given["model"] != "recurrent":  # which has no heads
        more, fewer = _free_heads(module, test, len(train), symbols[1])
        metrics |= more | _table_1(given["width"], given["lengths"])
        reports = (*reports, fewer)
    return Outcome(metrics, reports, seen, module)


def without_heads(module: nn.Module, dropped: set[tuple[str, int]]) -> nn.Module:
    """A copy in which these heads (name of the attention, number) are all zeros."""
    copied = copy.deepcopy(module)
    for name, head in dropped:
        attention = copied.get_submodule(name)
        assert isinstance(attention, MultiHeadAttention)
        with torch.no_grad():
            for part in (attention.query, attention.key, attention.value):
                rows = part.out_features // attention.heads
                part.weight[head * rows : (head + 1) * rows] = 0
                part.bias[head * rows : (head + 1) * rows] = 0
            columns = attention.out.in_features // attention.heads
            attention.out.weight[:, head * columns : (head + 1) * columns] = 0
    return copied


def _free_heads(
    module: nn.Module, test: Bitext, sentences: int, symbols: int
) -> tuple[dict[str, float], Report]:
    """Drop heads, the least missed first, as long as weights and targets get shorter in sum.

    The targets are those of the training, whose bits are estimated from the test's: the training
    reads a sentence once.
    """
    named = [(n, m) for n, m in module.named_modules() if isinstance(m, MultiHeadAttention)]
    heads = [(name, head) for name, each in named for head in range(each.heads)]
    scale = sentences / len(test)

    def targets(network: nn.Module) -> float:
        return scale * float(sentence_bits(network, test).sum())

    def file(network: nn.Module) -> float:
        return 8.0 * len(weights.compress(network, quantiser="scalar"))

    whole = targets(module)
    missed = {each: targets(without_heads(module, {each})) - whole for each in heads}
    full, none = file(module), file(without_heads(module, set(heads)))
    each_bits = (full - none) / len(heads)
    dropped: set[tuple[str, int]] = set()
    now = whole
    for head in sorted(heads, key=lambda each: missed[each]):
        then = targets(without_heads(module, dropped | {head}))
        if then - now >= each_bits:
            break
        dropped, now = dropped | {head}, then
    less = without_heads(module, dropped)
    report = described(less, test, symbols)
    saved = full - file(less)
    metrics = {
        "heads": float(len(heads)),
        "free_heads": float(len(dropped)),
        "head_bits": each_bits,
        "saved_bits": saved,
        "added_bits": now - whole,
    }
    name = f"quantised, {len(dropped)} of {len(heads)} heads zero"
    return metrics, Report(
        "quantised, fewer heads", Kind.IDEAL, report.model_bits, report.data_bits,
        report.header_bits, report.parameters, report.labels, report.uniform_bits,
        report.nml_bits, details={"what": name},
    )  # fmt: skip


def layer_operations(kind: str, length: int, width: int) -> int:
    """Multiply-adds of one layer over a sequence, counted as it runs: a row of Table 1.

    Args:
        kind: "self-attention" (one head, with its four projections), "recurrent" (a gated unit),
            or "convolutional" (three places).
        length: n.
        width: d.
    """
    x = torch.zeros(1, length, width)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        if kind == "self-attention":
            MultiHeadAttention(width, 1)(x, x)
        elif kind == "recurrent":
            unit, state = GatedUnit(width, width), x[:, 0]
            for projected in unit.into(x).unbind(1):
                state = unit(projected, state)
        else:
            nn.Conv1d(width, width, 3, padding=1)(x.transpose(1, 2))
    return counter.get_total_flops() // 2


def _table_1(width: int, lengths: list[int]) -> dict[str, float]:
    return {
        f"{kind}_{length}": float(layer_operations(kind, length, width))
        for kind in ("self-attention", "recurrent", "convolutional")
        for length in lengths
    }


def answer(result: PaperResult) -> str:
    """How many heads of the base model the two-part code does without."""
    found = {
        name: result.values("base", name)
        for name in ("heads", "free_heads", "head_bits", "saved_bits", "added_bits")
    }
    free = ", ".join(f"{each:.0f}" for each in found["free_heads"])
    return (
        f"A head takes {found['head_bits'].mean():,.0f} bits of the file. Of "
        f"{found['heads'][0]:.0f} heads {free} (seed by seed) are dropped for less than that: "
        f"the file is {found['saved_bits'].mean():,.0f} bits shorter, the training's targets "
        f"{found['added_bits'].mean():,.0f} bits longer (estimated on sentences of the test)."
    )


_CAPTIONS: dict[str, Any] = {
    "data": "multi30k", "words": 4000, "width": 128, "units": 172, "dropout": 0.1, "batch": 64,
    "steps": 1816, "recurrent_steps": 1693, "warmup": 400,
}  # fmt: skip
_LAB: dict[str, Any] = {
    "model": "transformer", "data": "phrases", "words": 20, "phrases": 3, "width": 64, "layers": 2,
    "heads": 4, "key_width": 0, "positions": "sinusoids", "dropout": 0.0, "smoothing": 0.0,
    "units": 84, "steps": 1400, "recurrent_steps": 1090, "batch": 32, "factor": 0.3, "warmup": 200,
    "tested": 300, "times": 7, "drop": False, "lengths": [16, 64, 256], "reads": "phrases",
    "captions": _CAPTIONS,
}  # fmt: skip

PAPER = Paper(
    key="attention",
    reference=ROWS["attention"].reference,
    claim="Heads, their width, depth and positions matter as in Table 3, and attention alone beats "
    "a recurrent translator that is trained for as long.",
    question="Which heads can be dropped from the code for free?",
    arms=(
        Arm("base", "four heads, two layers, sinusoids", {"drop": True}),
        Arm("one head", "row A", {"heads": 1}),
        Arm("narrow keys", "row B: d_k a quarter", {"key_width": 4}),
        Arm("one layer", "row C", {"layers": 1}),
        Arm("learned", "row E: positions are learned", {"positions": "learned"}),
        Arm("no positions", "symbols without their places", {"positions": "none"}),
        Arm("recurrent", "attention over a bidirectional GRU, as long on one core",
            {"model": "recurrent"}, baseline=True),
        Arm("captions", "Multi30k, German to English", {"reads": "captions"}, data="multi30k"),
        Arm("recurrent, captions", "as long on one core", {"reads": "captions",
            "model": "recurrent"}, baseline=True, data="multi30k"),
    ),
    checks=(
        Check("A: a single head costs bits", "target_bits", "base", "one head", "lower"),
        Check("B: narrow keys cost bits", "target_bits", "base", "narrow keys", "lower"),
        Check("C: a single layer costs bits", "target_bits", "base", "one layer", "lower"),
        Check("no positions cost bits", "target_bits", "base", "no positions", "lower"),
        Check("fewer bits than the recurrent translator in the same time", "target_bits",
              "base", "recurrent", "lower"),
        Check("better translations (BLEU)", "bleu", "base", "recurrent"),
        Check("of captions, fewer bits", "target_bits", "captions", "recurrent, captions", "lower"),
        Check("and better translations (BLEU)", "bleu", "captions", "recurrent, captions"),
    ),
    scales={
        "smoke": _LAB | {"words": 6, "phrases": 2, "width": 8, "units": 8, "layers": 1, "heads": 2,
                         "steps": 2, "recurrent_steps": 2, "batch": 4, "tested": 4, "times": 1,
                         "lengths": [4], "captions": {}},
        "lab": _LAB,
        "paper": _LAB | {"data": "multi30k", "words": 10_000, "width": 512, "layers": 6, "heads": 8,
                         "dropout": 0.1, "smoothing": 0.1, "units": 1325, "steps": 100_000,
                         "recurrent_steps": 100_000, "factor": 1.0, "warmup": 4000, "captions": {}},
    },
    trial=trial,
    answer=answer,
    limits={"dropout": Limit(high=1), "words": Limit(like=(0,))},
    where="neural.papers.attention:PAPER",
)  # fmt: skip
