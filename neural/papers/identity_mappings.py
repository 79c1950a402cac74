"""Identity Mappings in Deep Residual Networks: pre-activation trains deeper.

With nothing behind the sum of shortcut and branch, features are the first ones plus all branches,
and the loss's gradient reaches every unit undiminished (equations 4 and 5). The original unit has a
ReLU there, which hinders the start of very deep networks. Both orders learn scikit-learn's digits
for five epochs, without warming up, with 20, 56 and 110 layers; the work's Figure 6 has 110 to 1001
layers on CIFAR-10. The other orders and shortcuts run by `--arm`, `--set order=...` and
`--set shortcut={"gate": "exclusive"}`.

References:
    K. He, X. Zhang, S. Ren and J. Sun, ECCV 2016, sections 2 to 4, Table 2: errors on CIFAR-10 with
        110 layers 6.61 % (original) and 6.37 % (pre-activation); Table 3: with 1001 layers 7.61 %
        and 4.92 %.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from mdl.weights import decompress, file_report
from neural.classifying import Rows, compressed_within, scores
from neural.describing.layers import layers_of
from neural.engine.paper import Arm, Check, Outcome, Paper, Trial
from neural.engine.settings import Limit
from neural.models.residual import ResidualNetwork
from neural.papers.resnet import fitted, prequential
from neural.papers.rows import ROWS
from neural.training import loss_bits

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["PAPER", "along_depth"]

_PARTS = ("early", "middle", "late")
"""Thirds of a stage's units, of which the first, which changes sizes, is left out."""


def trial(given: Trial) -> Outcome:
    """Train one network for a few epochs; then code labels, itself, and it without each unit."""
    found, module, train, test, seen = fitted(given)
    metrics = scores(module, train, test)
    blob = compressed_within(
        module, train, given["rise"], evaluations=given["evaluations"], seed=given.seed
    )
    decoded, file = decompress(blob, module).eval(), file_report(blob, module)
    file_scores = scores(decoded, train, test)
    labels = prequential(given, found)
    some = tuple(each[: given["dropped_on"]] for each in train)
    metrics |= along_depth(module, blob, (some[0], some[1])) | {
        "file_bits": file.total_bits,
        "file_bits_per_weight": file.total_bits / file.parameters,
        "file_train_bits": file_scores["train_bits"],
        "prequential_bits": labels.total_bits,
        "uniform_bits": labels.uniform_bits,
    }
    return Outcome(metrics, (replace(file, name="quantised"), labels), seen, module)


@torch.no_grad()
def along_depth(module: ResidualNetwork, blob: bytes, rows: Rows) -> dict[str, float]:
    """Bits of the file for a weight, and of a label without a unit, by stage and third of it.

    Args:
        module: in evaluation mode.
        blob: its file.
        rows: whose labels are coded without each unit's branch in turn.

    Returns:
        "weight_bits_S_PART", the mean over units of their bits by their weights, and
        "lost_bits_S_PART", the mean rise of a label's bits, for stages S from 1 and parts early,
        middle and late; only those that hold a unit.
    """
    by_layer = layers_of(module, {"file": blob}).by_layer("file")
    whole = loss_bits(*rows)(module) / len(rows[0])
    found: dict[str, list[float]] = {}
    for stage_at, stage in enumerate(module.stages):
        assert isinstance(stage, nn.Sequential)
        units = list(stage)[1:]
        for at, unit in enumerate(units):
            prefix = f"stages.{stage_at}.{at + 1}."
            inside = [each for name, each in by_layer.items() if name.startswith(prefix)]
            bits = sum(each[1] for each in inside) / sum(each[0] for each in inside)
            branch = unit.branch
            assert isinstance(branch, nn.Module)
            hook = branch.register_forward_hook(_nothing)
            lost = loss_bits(*rows)(module) / len(rows[0]) - whole
            hook.remove()
            part = f"{stage_at + 1}_{_PARTS[3 * at // len(units)]}"
            found.setdefault(f"weight_bits_{part}", []).append(bits)
            found.setdefault(f"lost_bits_{part}", []).append(lost)
    return {name: float(np.mean(each)) for name, each in found.items()}


def _nothing(_: nn.Module, __: Any, output: Tensor) -> Tensor:
    return torch.zeros_like(output)


def answer(result: PaperResult) -> str:
    """Labels' prequential bits by depth; what late units take and do against early ones."""

    def mean(arm: str, name: str) -> float:
        return float(result.values(arm, name).mean())

    told = [f"{arm} layers {mean(arm, 'prequential_bits'):,.0f}" for arm in result.arms]
    parts = []
    for arm in result.arms:
        if not np.isnan(
            result.values(arm, "lost_bits_3_late")
        ).any():  # a stage of 20 layers is short
            early, late = (
                f"{mean(arm, f'weight_bits_3_{part}'):.2f} bits a weight, "
                f"{mean(arm, f'lost_bits_3_{part}'):.2f} bits a label lost without it"
                for part in ("early", "late")
            )
            parts.append(f"{arm}: early {early}, late {late}")
    return (
        f"Of {mean(result.arms[0], 'uniform_bits'):,.0f} bits of the training labels, those "
        "learned as they are coded take: " + "; ".join(told) + ". A unit of the last stage: "
        + "; ".join(parts) + "."
    )  # fmt: skip


_LAB: dict[str, Any] = {
    "data": "digits", "train": 0, "test": 0, "depth": 110, "layers": {}, "widths": (8, 16, 32),
    "order": "original", "shortcut": "A", "augment": False, "batch": 100, "steps": 60,
    "learning_rate": 0.1, "decay": "cosine", "warmup": 0, "times": 6, "refit_first": 100,
    "refit_growth": 3.0, "refit_steps": 40, "rise": 0.02 / math.log(2), "evaluations": 10,
    "dropped_on": 300,
}  # fmt: skip

PAPER = Paper(
    key="identity-mappings",
    reference=ROWS["identity-mappings"].reference,
    claim="With batch normalisation and ReLU before the convolutions, and nothing behind the sum, "
    "networks train at depths where the original units do not.",
    question="What is the codelength along the depth: of labels by networks of more layers, and of "
    "one unit after another?",
    arms=tuple(
        Arm(f"{order} {depth}", f"{depth} layers", {"order": order, "depth": depth},
            baseline=order == "original")
        for order in ("pre-activation", "original") for depth in (20, 56, 110)
    ),
    checks=(
        Check("110 layers: pre-activation takes 0.5 bits of a training label less", "train_bits",
              "pre-activation 110", "original 110", "lower", 0.5),
        Check("56 layers: pre-activation takes fewer bits of a training label", "train_bits",
              "pre-activation 56", "original 56", "lower"),
        Check("110 layers: pre-activation errs less on the test", "test_error",
              "pre-activation 110", "original 110", "lower"),
        Check("pre-activation: from 20 to 110 layers at most 0.5 bits of a training label more",
              "train_bits", "pre-activation 110", "pre-activation 20", "lower", -0.5),
    ),
    scales={
        "smoke": _LAB | {"train": 40, "test": 20, "layers": {"20": 8, "56": 14, "110": 20},
                         "widths": (2, 2, 2), "batch": 20, "steps": 3, "times": 3,
                         "refit_first": 20, "refit_steps": 1, "evaluations": 1, "dropped_on": 20},
        "lab": _LAB,
        # the rate is a tenth for the first 400 steps, as the authors warm up
        "paper": _LAB | {"data": "cifar10", "widths": (16, 32, 64), "augment": True, "batch": 128,
                         "steps": 64_000, "decay": "steps", "warmup": 400, "times": 65,
                         "refit_first": 1000, "refit_growth": 2.0, "refit_steps": 10_000,
                         "dropped_on": 10_000},
    },
    trial=trial,
    answer=answer,
    limits={"times": Limit(low=2), "shortcut": Limit(like=({},))},
    where="neural.papers.identity_mappings:PAPER",
)  # fmt: skip
