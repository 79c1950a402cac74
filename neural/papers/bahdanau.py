"""Neural machine translation by jointly learning to align and translate (Bahdanau, Cho, Bengio).

A translator that squeezes a sentence into one vector fails on long sentences; one that looks at the
source's symbols again for each symbol of the target does not, and its looks are alignments. Made-up
phrases, each translated in an order of its own, stand in for the news of WMT 2014: their alignment
is known, and nothing in them can be guessed. Beside them, where they are at hand, real captions.

References:
    D. Bahdanau, K. Cho and Y. Bengio, ICLR 2015, sections 3 to 5 and appendices A and B.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from complexity.code import Kind
from complexity.errors import one_of
from mdl.report import Report, null_bits
from mdl.weights.tensors import reproducible
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.alignment import AlignmentTranslator
from neural.papers.rows import ROWS
from neural.tasks.translation import (
    PADDING,
    Bitext,
    multi30k,
    padded,
    phrases,
)
from neural.training import Measures, TrainingRun, cosine
from neural.translating import bleu, described, exact, length_batches, translated

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

_EDGES = {"phrases": (2, 3, 4, 5), "multi30k": (9, 12, 15, 19)}
"""Where a class of length ends: of phrases in a sentence, of words."""


def _texts(given: Trial) -> tuple[Bitext, Bitext, int, int]:
    """To learn from, to test on, and the numbers of symbols."""
    if one_of("data", given["data"], _EDGES) == "multi30k":
        parts, symbols = multi30k(given["words"])
        return parts["train"], parts["test"], *symbols
    most, words = len(_EDGES["phrases"]) + 1, given["words"]
    stream = phrases(given["steps"] * given["batch"], most=most, words=words, seed=given.seed)
    tested = [  # as many of each class
        phrases(given["tested"], least=size, most=size, words=words, seed=1000 + size)
        for size in range(1, most + 1)
    ]
    test = Bitext(
        tuple(row for part in tested for row in part.source),
        tuple(row for part in tested for row in part.target),
        np.concatenate([part.groups for part in tested]),
        tuple(row for part in tested for row in part.aligned),
    )
    return stream, test, words + 7, words + 7


class _Coded:
    """The loss of a batch; and, class by class of length, the bits of it before it was learned.

    Nothing in the network is random, so that the loss is the codelength. What was coded since the
    last look is what an observable gives, NaN if nothing was: their sum over the training is the
    prequential code.
    """

    def __init__(self, edges: tuple[int, ...]) -> None:
        self.edges, self.bits = edges, np.full(len(edges) + 1, math.nan)

    def loss(self, module: nn.Module, batch: Any) -> Tensor:
        source, target, groups, first = batch
        logits = module(source, target[:, :-1])
        nats = functional.cross_entropy(
            logits.transpose(1, 2), target[:, 1:], ignore_index=PADDING, reduction="none"
        )  # (n, T)
        if first:
            rows = nats.detach().double().sum(1).cpu().numpy() / math.log(2)
            classes = np.digitize(groups, self.edges)
            self.bits[classes] = np.nan_to_num(self.bits[classes])
            np.add.at(self.bits, classes, rows)
        return nats.sum() / (target[:, 1:] != PADDING).sum()

    def taken(self, length: int) -> Callable[[nn.Module], float]:
        def measure(_: nn.Module) -> float:
            bits, self.bits[length] = float(self.bits[length]), math.nan
            return bits

        return measure


def trial(given: Trial) -> Outcome:
    """Train one translator on a stream of sentences, each coded before it is learned from."""
    if one_of("reads", given["reads"], ("phrases", "captions")) == "captions":
        given = given.over(given["captions"])
    text, test, sources, targets = _texts(given)
    edges = _EDGES[given["data"]]
    with reproducible(given.seed):
        module = AlignmentTranslator(
            sources, targets, units=given["units"], embedding=given["embedding"],
            alignment=given["units"] if given["aligned"] else 0, readout=given["readout"],
        )  # fmt: skip
    coded, inner = _Coded(edges), length_batches(text, given["batch"], seed=given.seed)
    once = -(-len(text) // given["batch"])  # steps until all sentences were seen
    run = TrainingRun(
        module,
        coded.loss,
        lambda step, rng: (*inner(step, rng), step < once),
        optimiser=given["optimiser"],
        learning_rate=given["learning_rate"],
        schedule=cosine(given["steps"]) if given["anneal"] else None,
        clip=1.0,
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("data", "words", "batch", "units", "readout")},
    )
    names = [f"coded_{length}" for length in range(len(edges) + 1)]
    measures = Measures({name: (coded.taken(i), "bits") for i, name in enumerate(names)})
    times = np.linspace(0, given["steps"], given["times"] + 1).round().astype(int)
    seen = given.observe(run, measures, times.tolist())
    metrics = _judged(module.eval(), test, edges)
    coded_bits = np.nansum(seen.values[:, 0], 0)  # (classes,)
    unused = np.random.default_rng()
    learned = [inner(step, unused)[1:] for step in range(min(once, given["steps"]))]
    labels = np.concatenate([target[:, 1:].ravel() for target, _ in learned])
    counts = np.zeros(len(coded_bits))  # symbols by class
    for target, groups in learned:
        np.add.at(counts, np.digitize(groups, edges), (target[:, 1:] != PADDING).sum(1).numpy())
    metrics["coded_bits"] = float(coded_bits.sum() / counts.sum())
    metrics |= {f"coded_{i}": float(coded_bits[i] / n) for i, n in enumerate(counts) if n}
    labels = labels[labels != PADDING]
    nulls = null_bits(labels, targets)
    reports = (
        described(module.cpu(), test, targets),
        Report("prequential", Kind.IDEAL, 0.0, float(coded_bits.sum()), **nulls),
    )
    return Outcome(metrics, reports, seen, module)


def _judged(module: AlignmentTranslator, test: Bitext, edges: tuple[int, ...]) -> dict[str, float]:
    found, classes = translated(module, test), np.digitize(test.groups, edges)
    scores, right = [], []
    for length in range(len(edges) + 1):
        rows = np.flatnonzero(classes == length)
        part = test.part(rows)
        chosen = [found[i] for i in rows]
        scores.append(bleu(chosen, part))
        right.append(exact(chosen, part))
    metrics = {"bleu_long": scores[-1], "bleu_fall": scores[0] - scores[-1]}
    if test.aligned and module.back is not None:
        metrics |= _pointed(module, test)
    metrics |= {f"bleu_{length}": score for length, score in enumerate(scores)}
    return metrics | {f"exact_{length}": share for length, share in enumerate(right)}


@torch.no_grad()
def _pointed(module: AlignmentTranslator, test: Bitext) -> dict[str, float]:
    """How often the greatest weight is on the word translated, and how often the diagonal is."""
    right = diagonal = total = 0
    for start in range(0, len(test), 128):
        part = test.part(range(start, min(start + 128, len(test))))
        source, target = padded(part.source), padded(part.target, start=True)[:, :-1]
        device = next(module.parameters()).device
        weights = module.alignments(*(torch.from_numpy(x).to(device) for x in (source, target)))
        for row, places in zip(weights.argmax(-1).cpu().numpy(), part.aligned, strict=True):
            right += int((row[: len(places)] == places).sum())
            diagonal += int((np.arange(len(places)) == places).sum())
            total += len(places)
    share = right / total
    return {"pointed": share, "pointed_over_diagonal": share - diagonal / total}


def answer(result: PaperResult) -> str:
    """Prequential bits of a target's symbol, of short and of long sentences."""
    told = []
    for arm in result.arms:
        all_bits, short, long = (
            result.values(arm, name).mean()
            for name in ("coded_bits", "coded_0", f"coded_{_longest(result)}")
        )
        told.append(
            f"{arm}: {all_bits:.2f} ({short:.2f} in the shortest, {long:.2f} in the longest)"
        )
    files = {arm: result.bits(arm)["quantised"].mean() for arm in result.arms}
    return (
        "Bits of a target's symbol, each sentence coded before it is learned from: "
        + "; ".join(told)
        + ". Networks in files, with the ideal codelengths of the test's targets: "
        + ", ".join(f"{arm} {bits:,.0f} bits" for arm, bits in files.items())
        + "."
    )


def _longest(result: PaperResult) -> int:
    return max(int(name[6:]) for name in result.metrics if name[6:].isdigit())


_LAB = {
    "data": "phrases", "words": 20, "steps": 800, "batch": 64, "units": 96, "embedding": 48,
    "readout": 48, "optimiser": "adam", "learning_rate": 3e-3, "anneal": True,
    "tested": 100, "times": 20, "reads": "phrases",
    "captions": {"data": "multi30k", "words": 2000, "steps": 1816},
}  # fmt: skip

PAPER = Paper(
    key="bahdanau",
    reference=ROWS["bahdanau"].reference,
    claim="A translator that aligns does not collapse on long sentences, where one that reads a "
    "fixed vector does; and its alignments are sensible.",
    question="How many bits has a target, coded while it is learned, with and without alignment?",
    arms=(
        Arm("alignment", "RNNsearch", {"aligned": True}),
        Arm("fixed vector", "RNNencdec, units the same", {"aligned": False}, baseline=True),
        Arm("captions", "Multi30k, German to English", {"aligned": True, "reads": "captions"},
            data="multi30k"),
        Arm("fixed vector, captions", "as many batches", {"aligned": False, "reads": "captions"},
            baseline=True, data="multi30k"),
    ),
    checks=(
        Check("of the longest sentences, better translations (BLEU)", "bleu_long",
              "alignment", "fixed vector"),
        Check("BLEU falls less from the shortest to the longest", "bleu_fall",
              "alignment", "fixed vector", "lower"),
        Check("the greatest weight is on the word translated, more often than the diagonal is",
              "pointed_over_diagonal", "alignment"),
        Check("of captions, fewer bits as they are learned", "coded_bits",
              "captions", "fixed vector, captions", "lower"),
        Check("and of the longest better translations (BLEU)", "bleu_long",
              "captions", "fixed vector, captions"),
    ),
    scales={
        "smoke": _LAB | {"steps": 8, "batch": 8, "units": 8, "embedding": 8, "readout": 4,
                         "tested": 4, "times": 2, "captions": {}},
        "lab": _LAB,
        "paper": _LAB | {"data": "multi30k", "words": 30_000, "steps": 288_000, "batch": 80,
                         "units": 1000, "embedding": 620, "readout": 500,
                         "optimiser": "adadelta", "learning_rate": 1.0, "anneal": False,
                         "times": 100, "captions": {}},
    },
    trial=trial,
    answer=answer,
    limits={"words": Limit(like=(0,))},
    where="neural.papers.bahdanau:PAPER",
)  # fmt: skip
