"""What works on classifiers share: how well one does, in bits and errors, and its file."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mdl.weights import compress
from mdl.weights.codec.search import label_nll_bits, logits
from neural.tasks.images import LabelledImages
from neural.training import Measures, accuracy, loss_bits

__all__ = ["Rows", "compressed_within", "measures", "rows_of", "scores"]

Rows = tuple[Tensor, Tensor]
"""Inputs (n, ...) and labels (n,) int64."""


def rows_of(found: LabelledImages) -> tuple[Rows, Rows]:
    """What is learned from, and what is tested on, as tensors."""
    train = torch.from_numpy(found.train), torch.from_numpy(found.train_labels)
    return train, (torch.from_numpy(found.test), torch.from_numpy(found.test_labels))


def measures(train: Rows, test: Rows, *, device: str = "cpu") -> Measures:
    """Along a training: bits of a training label, errors in training and test."""
    parts = {
        name: [each.to(device) for each in rows]
        for name, rows in (("train", train), ("test", test))
    }

    def bits(module: nn.Module) -> float:
        return loss_bits(*parts["train"])(module) / len(train[0])

    return Measures(
        {
            "train_bits": (bits, "bits/label"),
            "train_error": (lambda m: 1 - accuracy(*parts["train"])(m), "share"),
            "test_error": (lambda m: 1 - accuracy(*parts["test"])(m), "share"),
        }
    )


@torch.no_grad()
def scores(module: nn.Module, train: Rows, test: Rows) -> dict[str, float]:
    """Bits of a label and shares of wrong answers, in training and test.

    Args:
        module: on the processor, in evaluation mode.
        train: what it learned from.
        test: what it did not.
    """
    found = {}
    for name, rows in (("train", train), ("test", test)):
        found[f"{name}_bits"] = loss_bits(*rows)(module) / len(rows[0])
        found[f"{name}_error"] = 1 - accuracy(*rows)(module)
    return found


def compressed_within(
    module: nn.Module,
    rows: Rows,
    rise: float,
    *,
    quantiser: str = "trellis",
    evaluations: int = 10,
    seed: int = 0,
) -> bytes:
    """A short file of a classifier by which a label takes at most `rise` bits more.

    Networks that fit perfectly have no bits of labels to be relative to: so the rise is absolute,
    and the same for all that are compared.

    Args:
        module: on the processor.
        rows: whose labels' bits count.
        rise: bits of a label.
        quantiser: as `mdl.weights.compress` has it.
        evaluations: quantised networks that are tried, at most.
        seed: of the labels drawn to measure sensitivities.

    Returns:
        A file of `mdl.weights.compress`.

    Raises:
        TypeError, ValueError: as `mdl.weights.compress`.
    """
    own = label_nll_bits(logits(module, rows[0]), rows[1].numpy(), floor=0.0)
    return compress(
        module, rows, tolerance=rise * len(rows[0]) / max(own, 1e-9), quantiser=quantiser,
        evaluations=evaluations, seed=seed,
    )  # fmt: skip
