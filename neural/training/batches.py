"""Batches as functions of the step: which rows, and the rows themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from complexity.errors import integer
from simulations.system import generator

__all__ = ["Batches", "RowBatches", "minibatches", "passes"]

Batches = Callable[[int, np.random.Generator], Any]
"""(step, its own generator) -> what the loss takes; a function of these two alone."""

Rows = Tensor | slice
"""Indices (size,) int64, or a slice of all rows."""


class RowBatches:
    """Batches that are rows of arrays, and tell which.

    Args:
        arrays: of as many rows each, as (inputs, labels).
        choose: (step, its own generator) -> the rows of the batch.

    Raises:
        ValueError: the arrays differ in length, or are empty.
    """

    def __init__(
        self,
        arrays: Sequence[np.ndarray | Tensor],
        choose: Callable[[int, np.random.Generator], Rows],
    ) -> None:
        self.tensors = tuple(torch.as_tensor(each) for each in arrays)
        self.count = row_count(arrays)
        self.rows = choose

    def take(self, rows: Rows) -> tuple[Tensor, ...]:
        """These rows of every array."""
        return tuple(each[rows] for each in self.tensors)

    def __call__(self, step: int, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """The batch of a step."""
        return self.take(self.rows(step, rng))


def row_count(arrays: Sequence[np.ndarray | Tensor]) -> int:
    """The number of rows that all arrays have.

    Raises:
        ValueError: they differ in length, or are empty.
    """
    rows = {len(each) for each in arrays}
    if len(rows) != 1 or not min(rows):
        raise ValueError(f"arrays: got {sorted(rows)} rows, accepted are arrays of as many each")
    return rows.pop()


def minibatches(arrays: Sequence[np.ndarray | Tensor], size: int) -> RowBatches:
    """Rows drawn without replacement for every step; all rows in order where `size` covers them.

    Args:
        arrays: of as many rows each, as (inputs, labels).
        size: rows of a batch, at least 1.

    Raises:
        ValueError: the arrays differ in length, or are empty.
    """
    integer("size", size, 1)
    count = row_count(arrays)

    def choose(_: int, rng: np.random.Generator) -> Rows:
        if size >= count:
            return slice(None)
        return torch.from_numpy(rng.choice(count, size, replace=False))

    return RowBatches(arrays, choose)


def passes(arrays: Sequence[np.ndarray | Tensor], size: int, *, seed: int = 0) -> RowBatches:
    """Every row once in each pass, in an order of its own; the last batch of a pass may be smaller.

    A pass takes ceil(rows / size) steps, so that after as many all prequential bits are counted.

    Args:
        arrays: of as many rows each, as (inputs, labels).
        size: rows of a batch, at least 1.
        seed: of the orders.

    Raises:
        TypeError, ValueError: the arrays differ in length, or are empty; `size` is below 1, or
            `seed` below 0.
    """
    integer("size", size, 1)
    integer("seed", seed, 0)
    count = row_count(arrays)
    steps = -(-count // size)
    current: tuple[int, np.ndarray] = (-1, np.empty(0, np.int64))

    def choose(step: int, _: np.random.Generator) -> Rows:
        nonlocal current
        number, at = divmod(step, steps)
        if current[0] != number:
            current = number, generator(seed, (number,)).permutation(count)
        return torch.from_numpy(current[1][at * size : (at + 1) * size])

    return RowBatches(arrays, choose)
