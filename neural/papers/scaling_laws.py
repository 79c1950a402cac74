"""Scaling laws for neural language models (Kaplan et al.), from a sweep that is really trained.

Eight transformers read a text once; a law through the first seven foretells the loss of the last.
The same for LSTMs, and for one transformer and ever more text. Then the laws of description: how
the bits of a network's file grow with its parameters, and which network is the shortest code of
the text, when its weights are sent and when it is learned as the text is coded.

Any other family of models is swept by `model="package.module:function"`, see `neural.scaling`.

References:
    J. Kaplan et al., arXiv:2001.08361, 2020, section 3: figures 5 to 9; equations 1.1 to 1.3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from complexity.code import Kind
from complexity.errors import one_of
from mdl.report import Report, null_bits
from neural import scaling
from neural.datasets import available
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.papers.rows import ROWS
from neural.scaling import Point, PowerLaw
from neural.tasks.text import Corpus, corpus
from simulations.trajectory import Trajectory

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

_RISE = 0.01 / math.log(2)
"""How much worse than its network a file's may be: 0.01 nats, in bits of a symbol."""
_AMOUNTS = {"tenth": 0.1, "whole": 1.0, "tenfold": 10.0}
"""Texts for which the shortest two-part code is asked, by the length of the one learned from."""


def trial(given: Trial) -> Outcome:
    """Sweep a family over sizes, or one size over text, and fit the laws."""
    text = corpus(
        given["text"], unit=given["unit"], train=given["train"], test=given["test"],
        vocabulary=given["vocabulary"], seed=given.seed,
    )  # fmt: skip
    swept = one_of("sweeps", given["sweeps"], ("sizes", "baseline_sizes", "data_sizes"))
    by_data = swept == "data_sizes"
    amounts = given["amounts"] if by_data else [0]
    told = "amounts" if by_data else swept
    if len(set(given[told])) < 3:
        raise ValueError(
            f"{told}: got {given[told]}, accepted are three or more different ones: for a law, and "
            "to foretell the last by the others"
        )
    points = scaling.sweep(
        given["baseline"] if swept == "baseline_sizes" else given["model"],
        text,
        given[swept],
        symbols=[amount or len(text.train) for amount in amounts],
        recipe=scaling.Recipe(
            context=given["context"], batch=given["batch"], measured=given["measured"],
            epochs=1_000_000 if by_data else 1, steps=given["data_steps"] if by_data else 0,
            learning_rate=given["learning_rate"], warmup=given["warmup"], tested=given["tested"],
            tolerances=() if by_data else tuple(given["tolerances"]),
        ),
        seed=given.seed,
        folder=None if given.folder is None else given.folder / "points",
        device=given.device,
        progress=given.progress,
    )  # fmt: skip
    if by_data:
        return _of_data([point.symbols for point in points], points, text)
    return _of_sizes([point.parameters for point in points], points, text)


def _law(x: Sequence[float], y: Sequence[float]) -> tuple[PowerLaw, dict[str, float]]:
    """The law through all points, and what one without the last says of that."""
    law, last = scaling.fit(x, y), scaling.held_out(x, y, resamples=0)
    error = float(last.errors[0])
    return law, {
        "alpha": law.exponent,
        "r2": law.r2,
        "held_out_error": abs(error),
        "alpha_low": law.low,
        "alpha_high": law.high,
        "foretold_over_found": 1 + error,
        "last_bits": float(y[-1]),
    }


def _of_data(x: list[int], points: Sequence[Point], text: Corpus) -> Outcome:
    """L(D): the least loss along each training, as if it had been stopped there."""
    losses = [point.best_loss for point in points]
    _, metrics = _law(x, losses)
    seen = Trajectory(
        "symbols", np.array(x), ("loss_by_text",), ("bits/symbol",), np.array(losses)[:, None, None]
    )
    return Outcome(metrics, (_coded(points[-1], text),), seen)


def _of_sizes(x: list[int], points: Sequence[Point], text: Corpus) -> Outcome:
    """L(N), L(C), and the bits of files and of the text."""
    _, metrics = _law(x, [point.loss for point in points])
    compute = np.concatenate([point.compute for point in points])
    best = scaling.frontier(compute, np.concatenate([point.losses for point in points]))
    if len(best[0]) > 1:
        law = scaling.fit(*best, resamples=0)
        metrics |= {"compute_alpha": law.exponent, "compute_r2": law.r2}
    files = np.array([point.coarsest(_RISE) for point in points])
    kept = np.isfinite(files)
    if kept.sum() > 1:
        every = np.array([point.all_parameters for point in points])
        for name, counts in (("file_exponent", every), ("file_exponent_of_n", np.array(x))):
            metrics[name] = -scaling.fit(counts[kept], files[kept], resamples=0).exponent
        metrics |= {
            "bits_a_parameter_first": float((files / every)[kept][0]),
            "bits_a_parameter_last": float((files / every)[kept][-1]),
        }  # fmt: skip
    for name, times in _AMOUNTS.items():
        symbols = times * len(text.train)
        totals = [bits + symbols * loss for bits, loss in (p.file(symbols) for p in points)]
        metrics[f"two_part_n_{name}"] = float(x[int(np.argmin(totals))])
    once = np.array([point.coded_bits for point in points])  # (sizes, moments)
    metrics["prequential_n_first"] = float(x[int(once[:, 0].argmin())])
    metrics["prequential_n_whole"] = float(x[int(once[:, -1].argmin())])
    shortest = points[int(once[:, -1].argmin())]
    metrics["prequential_bits"] = shortest.prequential_bits
    values = np.array([[p.loss, p.prequential_bits, f] for p, f in zip(points, files, strict=True)])
    seen = Trajectory(
        "parameters", np.array(x), ("loss", "prequential_bits", "file_bits"),
        ("bits/symbol", "bits/symbol", "bits"), values[:, None],
    )  # fmt: skip
    reports = (_coded(shortest, text), *map(_weights, points))
    return Outcome(metrics, reports, seen)


def _coded(point: Point, text: Corpus) -> Report:
    """The text it learned from, each symbol before it was learned."""
    learned = text.train[1 : 1 + point.coded_symbols[-1]]
    return Report(
        "prequential", Kind.IDEAL, 0.0, point.coded_bits[-1],
        details={"parameters": point.parameters}, **null_bits(learned, len(text.symbols)),
    )  # fmt: skip


def _weights(point: Point) -> Report:
    """The coarsest file that is as good as the network, or the finest there is."""
    bits = point.coarsest(_RISE)
    if math.isnan(bits):
        bits = max(size for size, _ in point.files)
    name = f"weights, size {point.size}"
    return Report(name, Kind.FILE, bits, parameters=point.all_parameters)


def answer(result: PaperResult) -> str:
    """How files grow, and which size is the shortest code."""
    arm = "transformer" if "transformer" in result.arms else result.arms[0]

    def mean(metric: str) -> float:
        return float(result.values(arm, metric).mean())

    def each(metric: str) -> str:
        return "/".join(f"{value:,.0f}" for value in result.values(arm, metric))

    return (
        f"{arm}: a file as good as its network takes bits as the power {mean('file_exponent'):.2f} "
        f"of all parameters, {mean('bits_a_parameter_first'):.1f} bits a parameter in the smallest "
        f"and {mean('bits_a_parameter_last'):.1f} in the largest. The two-part code is shortest at "
        f"N = {each('two_part_n_tenth')} for a tenth of the text, {each('two_part_n_whole')} for "
        f"the whole, {each('two_part_n_tenfold')} for ten times as much (by seed); the "
        f"prequential one at {each('prequential_n_whole')}, with {mean('prequential_bits'):.3f} "
        "bits a symbol."
    )


_TEXT = "tinyshakespeare" if available("tinyshakespeare") else "story"
_LAB: dict[str, Any] = {
    "sweeps": "sizes", "model": "neural.models.language:small_gpt",
    "baseline": "neural.models.language:small_lstm", "sizes": [8, 12, 16, 20, 24, 32, 48, 64],
    "baseline_sizes": [8, 12, 16, 24, 32], "data_sizes": [24], "data_steps": 500,
    "amounts": [8192, 16_384, 32_768, 65_536, 131_072],
    "text": _TEXT, "unit": "characters", "vocabulary": 0,
    "train": 0 if _TEXT != "story" else 1_000_000, "test": 0 if _TEXT != "story" else 30_000,
    "context": 64, "batch": 32, "learning_rate": 0.01, "warmup": 50, "measured": 8,
    "tested": 20_000, "tolerances": [0.3, 0.2, 0.14, 0.1, 0.07, 0.05, 0.03],
}  # fmt: skip

PAPER = Paper(
    key="scaling-laws",
    reference=ROWS["scaling-laws"].reference,
    claim="The loss of language models falls as a power of their parameters and of their text, "
    "closely enough to foretell the loss of a larger model.",
    question="How does the compressed size of a network grow with its parameters, and which size "
    "is the shortest code of the text?",
    arms=(
        Arm("transformer", "eight sizes, each reads the text once"),
        Arm("LSTM", "five sizes of two layers, the same text",
            {"sweeps": "baseline_sizes"}, baseline=True),
        Arm("data", "one transformer, ever more text, stopped early", {"sweeps": "data_sizes"}),
    ),
    checks=(
        Check("the exponent of parameters is above 0", "alpha", "transformer"),
        Check("their power law explains 0.95 of the variance of log loss", "r2", "transformer",
              by=0.95),
        Check("without the largest model it foretells that one's loss to 5 %", "held_out_error",
              "transformer", sense="lower", by=0.05),
        Check("the exponent of text is above 0", "alpha", "data"),
        Check("without the longest text that law foretells its loss to 5 %", "held_out_error",
              "data", sense="lower", by=0.05),
    ),
    scales={
        "smoke": _LAB | {"text": "story", "train": 1600, "test": 400, "sizes": [4, 6, 8],
                         "baseline_sizes": [4, 6, 8], "data_sizes": [4], "data_steps": 8,
                         "amounts": [400, 800, 1600], "context": 16,
                         "batch": 8, "warmup": 2, "measured": 2, "tolerances": [0.2, 0.05]},
        "lab": _LAB,
        # sizes of 12 layers and a vocabulary of their own are the user's, by `model`
        "paper": _LAB | {"text": "wikitext2", "unit": "words", "vocabulary": 10_000, "train": 0,
                         "test": 0, "sizes": [16, 32, 64, 128, 256, 512], "data_sizes": [256],
                         "baseline_sizes": [16, 32, 64, 128, 256], "data_steps": 10_000,
                         "amounts": [16_384, 65_536, 262_144, 1_048_576], "tested": 0},
    },
    trial=trial,
    answer=answer,
    where="neural.papers.scaling_laws:PAPER",
)  # fmt: skip
