"""Deep Speech 2: batch normalisation and an order of the first pass, for a recurrent recogniser.

Strings of spoken digits are recognised by convolutions, bidirectional recurrent layers and CTC.
With and without sequence-wise batch normalisation, and with the first pass over the training set
from short utterances to long ones (SortaGrad) or in random order: the work's table of four.

References:
    D. Amodei et al., ICML 2016, section 3 of arXiv:1512.02595. Word error rates on development
        data there: 11.96 neither, 10.83 SortaGrad, 9.78 batch normalisation, 9.52 both (table 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from complexity.code import Kind
from mdl.report import Report
from mdl.weights import compress, decompress
from mdl.weights.tensors import parameters_of, reproducible
from neural.ctc import edit_distance, greedy, transcript_bits
from neural.datasets import available
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.deep_speech import DeepSpeech
from neural.papers.rows import ROWS
from neural.tasks.speech import Utterances, digit_clips, digit_strings
from neural.training import TrainingRun

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

_TOLERANCES = (0.4, 0.2, 0.1)
"""Relative errors of the weights, coarsest first."""

_ANNEAL = 1.2
"""What the learning rate is divided by after every pass: section 5.1."""


def _strings(given: Trial, split: Any) -> list[Tensor]:
    """Spectrograms, their lengths, transcripts, their lengths; the shortest utterance first."""
    clips = digit_clips(given["source"], split, takes=given["takes"], seed=given.seed)
    count = given["strings"] if split == "train" else given["tested"]
    made: Utterances = digit_strings(
        clips, count, most=given["most"], noise=given["noise"], merge=given["merge"],
        seed=2 * given.seed + (split == "test"),
    )  # fmt: skip
    arrays = (made.spectrograms, made.frames, made.transcripts, made.lengths)
    return [torch.from_numpy(each) for each in arrays]


def _cut(strings: list[Tensor], rows: slice) -> tuple[Tensor, ...]:
    """Rows, without the padding that none of them needs."""
    heard, frames, said, lengths = (each[rows] for each in strings)
    return heard[:, : int(frames.max())], frames, said, lengths


def _bits(module: nn.Module, batch: Any) -> Tensor:
    """Of every transcript, (n,)."""
    heard, frames, said, lengths = batch
    return transcript_bits(module(heard, frames), module.frames(frames), said, lengths)  # pyright: ignore[reportCallIssue]


def _loss(module: nn.Module, batch: Any) -> Tensor:
    return _bits(module, batch).mean()


def trial(given: Trial) -> Outcome:
    """Train for some passes, measuring errors and bits on strings of other recordings."""
    train, test = (_strings(given, split) for split in ("train", "test"))
    size = given["batch"]
    per_pass = -(-len(train[0]) // size)

    def batches(step: int, _: np.random.Generator) -> tuple[Tensor, ...]:
        # of utterances of like length; in the first pass of SortaGrad the batches are in order
        number, at = divmod(step, per_pass)
        if number or not given["sorted"]:
            at = int(np.random.default_rng([given.seed, number]).permutation(per_pass)[at])
        return _cut(train, slice(at * size, (at + 1) * size))

    with reproducible(given.seed):
        module = DeepSpeech(
            symbols=11, bins=train[0].shape[2], channels=given["channels"],
            layers=given["layers"], units=given["units"], cell=given["cell"],
            normalise="projection" if given["normalised"] else "none",
        )  # fmt: skip
    run = TrainingRun(
        module,
        _loss,
        batches,
        optimiser=given["optimiser"],
        learning_rate=given["learning_rate"],
        schedule=lambda step: _ANNEAL ** -(step // per_pass),
        clip=given["clip"],
        options=given["options"],
        seed=given.seed,
        device=given.device,
        parameters={name: given[name] for name in ("source", "strings", "sorted", "batch")},
    )
    times = [per_pass * number for number in range(given["passes"] + 1)]
    seen = given.observe(run, _Hearing(test), times)
    module.cpu().eval()
    errors, bits = _heard(module, test)
    metrics = {"error_rate": errors, "digit_bits": bits}
    metrics["error_after_one"] = float(seen["error_rate"][1, 0])
    reports = _files(module, test)
    good = [each for each in reports if each.details["error_rate"] <= errors + given["allowed"]]
    shortest = (good or reports)[0 if good else -1]
    metrics["file_bits"] = shortest.model_bits
    metrics["file_error_rate"] = shortest.details["error_rate"]
    return Outcome(metrics, reports, seen, module)


class _Hearing:
    """An instrument: errors and bits by digit of utterances."""

    names = ("error_rate", "digit_bits")
    units = ("errors/digit", "bits/digit")

    def __init__(self, strings: list[Tensor]) -> None:
        self.strings = strings
        self.parameters = {"utterances": len(strings[0])}

    def __call__(self, system: Any) -> np.ndarray:
        return np.array([_heard(module, self.strings) for module in system.states()])


def _heard(module: nn.Module, strings: list[Tensor]) -> tuple[float, float]:
    """Errors by digit of the greedy transcripts, and bits by digit of the true ones."""
    device = next(module.parameters()).device
    wrong, bits = 0, 0.0
    with torch.no_grad():
        for start in range(0, len(strings[0]), 100):
            rows = _cut(strings, slice(start, start + 100))
            heard, frames, said, lengths = (each.to(device) for each in rows)
            table = module(heard, frames)
            after = module.frames(frames)  # pyright: ignore[reportCallIssue]
            bits += float(transcript_bits(table, after, said, lengths).double().sum())
            for row, length, true, digits in zip(
                table.cpu().numpy(), after.tolist(), said.tolist(), lengths.tolist(), strict=True
            ):
                wrong += edit_distance(greedy(row[:length]), true[:digits])
    total = int(strings[3].sum())
    return wrong / total, bits / total


def _files(module: nn.Module, strings: list[Tensor]) -> tuple[Report, ...]:
    """Files of the weights, the coarsest first, and what the networks in them hear."""
    found = []
    for tolerance in _TOLERANCES:
        blob = compress(module, tolerance=tolerance)
        errors, bits = _heard(decompress(blob, module).eval(), strings)
        found.append(
            Report(f"quantised to {tolerance:g}", Kind.FILE, 8.0 * len(blob),
                   parameters=sum(p.numel() for p in parameters_of(module).values()),
                   details={"error_rate": errors, "digit_bits": bits})
        )  # fmt: skip
    return tuple(found)


def answer(result: PaperResult) -> str:
    """Error rates by the size of the file."""
    told = []
    for arm in result.arms:
        figures = []
        for tolerance in _TOLERANCES:
            rows = [
                report
                for record in result.of(arm)
                for report in record.reports
                if report["name"] == f"quantised to {tolerance:g}"
            ]
            size = np.mean([row["total_bits"] for row in rows]) / 1000
            errors = np.mean([row["details"]["error_rate"] for row in rows])
            figures.append(f"{size:,.0f} kbit {errors:.3f}")
        told.append(f"{arm}: {', '.join(figures)}, trained {_mean(result, arm):.3f}")
    return "Files of the weights and the errors by digit of the networks in them: " + (
        "; ".join(told) + "."
    )


def _mean(result: PaperResult, arm: str) -> float:
    return float(result.values(arm, "error_rate").mean())


_LAB = {
    # real speech where it is at hand
    "source": "fsdd" if available("fsdd", split="train") else "synthetic",
    "takes": 20, "strings": 1200, "tested": 200, "most": 5, "noise": 0.05, "merge": 2,
    "channels": 8, "layers": 2, "units": 96, "cell": "gru", "normalised": True, "sorted": True,
    "optimiser": "adam", "options": {}, "learning_rate": 2e-3, "clip": 10.0, "batch": 32,
    "passes": 3, "allowed": 0.01,
}  # fmt: skip

PAPER = Paper(
    key="deep-speech-2",
    reference=ROWS["deep-speech-2"].reference,
    claim="Sequence-wise batch normalisation lowers the error rate of a deep recurrent recogniser, "
    "and so does a first pass from short utterances to long ones.",
    question="How far can the recogniser be compressed before its error rate rises?",
    arms=(
        Arm("both", "batch normalisation, SortaGrad"),
        Arm("batch norm", "the first pass in random order", {"sorted": False}),
        Arm("SortaGrad", "no batch normalisation", {"normalised": False}),
        Arm("neither", "the baseline", {"normalised": False, "sorted": False}, baseline=True),
    ),
    checks=(
        Check("batch norm lowers the error rate, with SortaGrad", "error_rate",
              "both", "SortaGrad", "lower"),
        Check("and without", "error_rate", "batch norm", "neither", "lower"),
        Check("SortaGrad lowers the error rate, without batch norm", "error_rate",
              "SortaGrad", "neither", "lower"),
        Check("and with", "error_rate", "both", "batch norm", "lower"),
    ),
    scales={
        "smoke": _LAB | {"source": "synthetic", "takes": 1, "strings": 8, "tested": 4, "most": 2,
                         "channels": 1, "units": 4, "batch": 4, "passes": 1},
        "lab": _LAB,
        # the network of seven recurrent layers, on what speech there is
        "paper": _LAB | {"source": "fsdd", "strings": 5000, "merge": 1, "channels": 32,
                         "layers": 7, "units": 1280, "cell": "rnn", "optimiser": "sgd",
                         "options": {"momentum": 0.99, "nesterov": True}, "learning_rate": 3e-4,
                         "clip": 400.0, "batch": 512, "passes": 20},
    },
    trial=trial,
    answer=answer,
    limits={"clip": Limit(like=(None,))},
    where="neural.papers.deep_speech_2:PAPER",
)  # fmt: skip
