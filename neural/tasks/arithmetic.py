"""Arithmetic modulo a prime, some of the table for training and the rest for testing.

References:
    A. Power, Y. Burda, H. Edwards, I. Babuschkin and V. Misra, Grokking: generalization beyond
        overfitting on small algorithmic datasets, arXiv:2201.02177, 2022.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of
from neural._options import numbers

__all__ = ["OPERATIONS", "ModularTask", "modular"]

OPERATIONS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "squares": lambda a, b: a * a + b * b,
}
"""Name -> what is computed of a and b, before the remainder is taken."""


@dataclass(frozen=True)
class ModularTask:
    """Pairs and their results, in a random order and split.

    Attributes:
        modulus: p; numbers are 0 to p - 1.
        train_inputs: (n, 2) int64.
        train_labels: (n,) int64.
        test_inputs: (p^2 - n, 2) int64.
        test_labels: (p^2 - n,) int64.
    """

    modulus: int
    train_inputs: NDArray[np.int64]
    train_labels: NDArray[np.int64]
    test_inputs: NDArray[np.int64]
    test_labels: NDArray[np.int64]


def modular(
    modulus: int = 97,
    operation: Literal["add", "subtract", "multiply", "squares"] = "add",
    *,
    share: float = 0.5,
    seed: int = 0,
) -> ModularTask:
    """All p^2 pairs (a, b) with a op b mod p; a random share of them is for training.

    Args:
        modulus: p, at least 2.
        operation: one of `OPERATIONS`.
        share: of the pairs that are for training, between 0 and 1.
        seed: of the split.

    Raises:
        TypeError, ValueError: an argument is out of range.

    Example:
        >>> task = modular(5, share=0.4)
        >>> task.train_inputs.shape, task.test_labels.shape
        ((10, 2), (15,))
    """
    integer("modulus", modulus, 2)
    integer("seed", seed, 0)
    compute = OPERATIONS[one_of("operation", operation, OPERATIONS)]
    numbers(0, share=share)
    if not 0 < share < 1:
        raise ValueError(f"share: got {share}, accepted is a number between 0 and 1")
    a, b = np.divmod(np.arange(modulus * modulus), modulus)
    pairs, results = np.stack([a, b], axis=1), compute(a, b) % modulus
    order = np.random.default_rng(seed).permutation(len(pairs))
    train, test = np.split(order, [round(share * len(pairs))])
    return ModularTask(modulus, pairs[train], results[train], pairs[test], results[test])
