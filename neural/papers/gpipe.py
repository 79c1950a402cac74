"""GPipe: a network in stages, each held by a process, trained on micro-batches in step (Huang).

What is claimed is a way to compute, and is measured on real processes: gradients are those of one
process, a stage waits K - 1 of M + K - 1 ticks, and what is computed again is not kept. None of it
depends on the network's size, so that it is small here. Batch normalisation sees a micro-batch:
with it, their number does change what is learned.

References:
    Y. Huang et al., GPipe, NeurIPS 2019, sections 2 and 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from complexity.code import Kind
from mdl.label_coder import decode_labels, encode_labels
from mdl.report import Report, null_bits
from mdl.weights import compress, decompress
from mdl.weights.label_files import class_probabilities
from mdl.weights.tensors import reproducible, tensors_of
from neural.datasets import digits
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.papers.rows import ROWS
from neural.pipeline import (
    Pipeline,
    accumulated,
    activations,
    launch,
    measured_activations,
    measured_ticks,
    ticks,
)
from neural.training import TrainingRun, minibatches
from neural.training.distributed import processes

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER"]

_NEAR = 0.15
"""How far a step may be from the law by the wall clock."""

Settings = Mapping[str, Any]


def _network(given: Settings) -> nn.Sequential:
    """Layers in a row for digits."""
    width, norm = given["width"], nn.BatchNorm1d if given["batch_norm"] else nn.LayerNorm
    with reproducible(given["seed"]):
        blocks = [
            nn.Sequential(nn.Linear(width if at else 64, width), norm(width), nn.Tanh())
            for at in range(given["layers"] - 1)
        ]
        return nn.Sequential(*blocks, nn.Linear(width, 10))


def _rows(given: Settings, *, unseen: bool = False) -> tuple[Tensor, Tensor]:
    """Some of the digits, drawn by the seed, or the others: (n, 64) float32 and (n,) int64."""
    images = digits()
    order = np.random.default_rng(given["seed"]).permutation(len(images.labels))
    chosen = order[given["rows"] :] if unseen else order[: given["rows"]]
    inputs = images.scaled().reshape(len(images.labels), -1)[chosen]
    return torch.from_numpy(inputs), torch.from_numpy(images.labels[chosen])


def _trained(given: Settings, module: nn.Module, loss: Any) -> nn.Module:
    run = TrainingRun(
        module, loss, minibatches(_rows(given), given["batch"]), optimiser="adam",
        learning_rate=given["learning_rate"], seed=given["seed"],
    )  # fmt: skip
    run.advance(given["steps"])
    return module


def staged(given: Settings) -> dict[str, Any]:
    """What one process of a group finds out; all of them call."""
    found: dict[Any, Any] = {"gradients": {}, "ticks": {}, "kept": {}}
    inputs, labels = (rows[: given["batch"]] for rows in _rows(given))
    for m in given["microbatches"]:
        for again in (False, True):
            pipe = Pipeline(_network(given), cross_entropy, microbatches=m, rematerialise=again)
            pipe.gradients(inputs, labels)
            grads = {name: p.grad for name, p in pipe.module.named_parameters()}
            found["gradients"][m, again] = grads
            found["kept"][m, again] = measured_activations(
                given["layers"], m, rematerialise=again, rows=given["batch"]
            )
        found["ticks"][m] = measured_ticks(m, tick=given["tick"])
    pipe = Pipeline(_network(given), cross_entropy, microbatches=given["parts"], rematerialise=True)
    _trained(given, pipe.module, pipe.loss)
    return found | {"weights": pipe.gathered()}


def _by_hand(given: Settings, microbatches: int) -> dict[str, Tensor]:
    """Gradients of the first batch in one process: added up over micro-batches, then divided."""
    module = _network(given)
    parts = [rows[: given["batch"]].chunk(microbatches) for rows in _rows(given)]
    with reproducible(0):
        for x, y in zip(*parts, strict=True):
            cross_entropy(module(x), y).backward()
    return {n: p.grad / microbatches for n, p in module.named_parameters() if p.grad is not None}


def _alone(given: Settings, microbatches: int) -> nn.Module:
    """The network trained in this process."""
    module = _network(given)
    if not given["batch_norm"]:
        return _trained(given, module, accumulated(cross_entropy, microbatches))
    with processes():  # a pipeline of one stage: it keeps averages of whole batches
        pipe = Pipeline(module, cross_entropy, microbatches=microbatches)
        _trained(given, pipe.module, pipe.loss)
    return module


def _described(given: Settings, module: nn.Module) -> tuple[bytes, Report]:
    """Weights, and the training labels by them, as files that are read again."""
    inputs, labels = _rows(given)
    weights = compress(module)
    table = class_probabilities(decompress(weights, module), inputs)  # (n, 10)
    coded = encode_labels(table, labels.numpy())
    if not np.array_equal(decode_labels(coded, table), labels.numpy()):
        raise ValueError("other labels were decoded")
    report = Report(
        "quantised, labels", Kind.FILE, 8.0 * len(weights), 8.0 * len(coded),
        parameters=sum(p.numel() for p in module.parameters()), **null_bits(labels.numpy(), 10),
    )  # fmt: skip
    return weights + coded, report


def _unseen(given: Settings, module: nn.Module) -> float:
    """Bits of the label of a digit that was not learned from."""
    inputs, labels = _rows(given, unseen=True)
    return float(-np.log2(class_probabilities(module, inputs)[range(len(labels)), labels]).mean())


def trial(given: Trial) -> Outcome:
    """Train in this process for each number of micro-batches; or by stages, and compare."""
    settings = {**given.settings, "seed": given.seed}
    if given["stages"]:
        return _compared(settings)
    if given["parts"] not in given["microbatches"]:
        raise ValueError(
            f"parts: got {given['parts']}, accepted are microbatches, {given['microbatches']}"
        )
    found = {m: _alone(settings, m).eval() for m in given["microbatches"]}
    reports = {m: _described(settings, module)[1] for m, module in found.items()}
    metrics = {f"bits_{m}": report.total_bits for m, report in reports.items()}
    metrics["bits_range"] = max(metrics.values()) - min(metrics.values())
    metrics |= {f"unseen_{m}": _unseen(settings, module) for m, module in found.items()}
    with processes():
        metrics["kept"] = measured_activations(given["layers"], 1, rows=given["batch"])
    m = given["parts"]
    return Outcome(metrics | {"total_bits": reports[m].total_bits}, (reports[m],), None, found[m])


def _compared(given: Settings) -> Outcome:
    """Groups of processes against one that adds up micro-batches, and against the laws."""
    alone = _alone(given, given["parts"])
    expected, report = _described(given, alone.eval())
    metrics: dict[str, float] = {"total_bits": report.total_bits}
    other = {"gradients": 0, "weights": 0, "bytes": 0}
    off, near = {"ticks": 0.0, "kept": 0.0}, []
    for k in given["stages"]:
        found = launch(
            staged, given, processes=k, timeout=given["timeout"], limit=10 * given["timeout"]
        )
        for m in given["microbatches"]:
            by_hand = _by_hand(given, m)
            for again in (False, True):
                every = {n: g for one in found for n, g in one["gradients"][m, again].items()}
                other["gradients"] += _differing(every, by_hand)
                kept, name = found[0]["kept"][m, again], "again" if again else "kept"
                law = float(activations(given["layers"], k, m, rematerialise=again))
                off["kept"] = max(off["kept"], abs(kept - law))
                metrics[f"{name}_{k}_{m}"] = kept
            took = found[0]["ticks"][m]
            off["ticks"] = max(off["ticks"], abs(took.counted - ticks(k, m)))
            metrics[f"ticks_{k}_{m}"] = took.slept if given["tick"] else took.counted
            metrics[f"bubble_{k}_{m}"] = 1 - m / metrics[f"ticks_{k}_{m}"]
            near.append(abs(metrics[f"ticks_{k}_{m}"] / ticks(k, m) - 1) <= _NEAR)
        module = _network(given).eval()
        with torch.no_grad():
            for name, tensor in tensors_of(module).items():
                tensor.copy_(found[0]["weights"][name])
        other["weights"] += _differing(tensors_of(module), tensors_of(alone))
        blob, _ = _described(given, module)
        other["bytes"] += sum(a != b for a, b in zip(blob, expected, strict=False))
        other["bytes"] += abs(len(blob) - len(expected))
    metrics["kept"] = metrics[f"again_{max(given['stages'])}_{max(given['microbatches'])}"]
    metrics["near"] = sum(near) / len(near)
    metrics |= {f"other_{name}": float(count) for name, count in other.items()}
    metrics |= {f"{name}_off": value for name, value in off.items()}
    return Outcome(metrics, (report,), None, alone)


def _differing(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> int:
    """How many numbers differ, if by the last bit.

    Raises:
        ValueError: only one of both has some tensor.
    """
    if found.keys() != expected.keys():
        raise ValueError(f"only one of both has {sorted(found.keys() ^ expected.keys())}")
    return sum(int((found[name] != expected[name]).sum()) for name in found)


def answer(result: PaperResult) -> str:
    """The same bits however it was split; and what micro-batches change with batch statistics."""
    told = []
    if "pipeline" in result.arms:
        bits, other = (result.values("pipeline", name) for name in ("total_bits", "other_bytes"))
        told.append(
            f"Weights and training labels take {bits.mean():,.0f} bits in one file, in which "
            f"{other.max():,.0f} bytes differ between one process and any number of stages."
        )
    ranges = [
        f"{arm} {result.values(arm, 'bits_range').mean():,.0f}"
        for arm in result.arms
        if arm != "pipeline"
    ]
    if ranges:
        told.append(f"Over the numbers of micro-batches the bits vary by: {', '.join(ranges)}.")
    return " ".join(told)


_LAB = {
    "stages": (2, 4), "microbatches": (1, 2, 4, 8, 16), "parts": 8, "layers": 8, "width": 32,
    "batch_norm": False, "rows": 1200, "batch": 64, "steps": 100, "learning_rate": 3e-3,
    "tick": 0.24, "timeout": 300.0,
}  # fmt: skip

PAPER = Paper(
    key="gpipe",
    reference=ROWS["gpipe"].reference,
    claim="A network split into stages over processes takes the steps of one process; a stage "
    "waits (K - 1) / (M + K - 1) of the time, and keeps as little as computed where it computes "
    "again.",
    question="Does the same network take the same bits, however it was split?",
    arms=(
        Arm("pipeline", "K processes with a stage each, against one and against the laws"),
        Arm("one process", "adds up micro-batches", {"stages": ()}, baseline=True),
        Arm("batch normalisation", "the same, by statistics of micro-batches",
            {"stages": (), "batch_norm": True}),
    ),
    checks=(
        Check("numbers in gradients that differ from one process's: none", "other_gradients",
              "pipeline", None, "lower", 0.5),
        Check("numbers in trained weights that differ: none", "other_weights",
              "pipeline", None, "lower", 0.5),
        Check("a step takes M + K - 1 ticks by the order of its messages", "ticks_off",
              "pipeline", None, "lower", 1e-9),
        Check("and by the clock within 15 %, for all K and M", "near", "pipeline", None, "higher",
              0.999),
        Check("what is kept is what was computed, for all K and M", "kept_off",
              "pipeline", None, "lower", 1e-9),
        Check("less is kept than in one process", "kept", "pipeline", "one process", "lower"),
    ),
    scales={
        # stages that sleep would differ from run to run: here ticks are those of messages alone
        "smoke": _LAB | {"stages": (2,), "microbatches": (1, 2), "parts": 2, "layers": 4,
                         "width": 8, "rows": 60, "batch": 12, "steps": 3,
                         "tick": 0.0},
        "lab": _LAB,
        # the paper's K and M, and a row of layers with some 10^9 weights
        "paper": _LAB | {"stages": (2, 4, 8), "microbatches": (1, 4, 32), "parts": 32,
                         "layers": 64, "width": 4096, "batch": 1024, "steps": 1000,
                         "learning_rate": 3e-4},
    },
    trial=trial,
    answer=answer,
    # one digit is left to be told; the first layer is not the last
    limits={"rows": Limit(high=1796), "layers": Limit(low=2)},
    where="neural.papers.gpipe:PAPER",
)  # fmt: skip
