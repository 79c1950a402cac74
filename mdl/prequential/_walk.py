"""The walk that sender and receiver both make: predict, mix, take the label, learn."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from complexity.progress import progress
from mdl.prequential.learners import Learner, is_portable
from mdl.prequential.mixing import Mixture

if TYPE_CHECKING:
    from mdl.prequential.code import PrequentialCode

__all__ = ["learners_of", "walk"]


def walk(
    code: PrequentialCode,
    x: NDArray[np.float64],
    take: Callable[[int, NDArray[np.float64]], int],
    watch: Callable[[int, NDArray[np.float64]], None],
    show: bool,
) -> list[str]:
    """Go through all labels of inputs (n, ...).

    Args:
        code: the settings; its learners are copied.
        x: the inputs.
        take: gets the position of a label and the mixture's probabilities (K,), gives the label.
        watch: gets the position of a block and what the experts say of it, (E, b, K).
        show: a progress bar, on a terminal.

    Returns:
        The names of the experts, (E,); none without labels.

    Raises:
        ArithmeticError: a learner diverges.
        ValueError: one predicts something else than probabilities.
    """
    if not len(x):
        return []
    learners = [_own(learner) for learner in learners_of(code)]
    mixture, names = Mixture(code.mixing, code.rate, 1, code.alphabet_size), []
    size, step = code.alphabet_size, code.block_size
    y = np.zeros(len(x), np.int64)
    with (
        _one_thread(learners, code.seed),
        progress("prequential", -(-len(x) // step), show=show) as advance,
    ):
        for learner, seed in zip(learners, _seeds(code.seed, len(learners)), strict=True):
            learner.reset(x, size, seed=seed)
        for start in range(0, len(x), step):
            part = x[start : start + step]
            banks = [_said(learner, part, code) for learner in learners]
            table = np.concatenate(banks)
            if not start:
                mixture = Mixture(code.mixing, code.rate, len(table), size)
                names = _names(learners, [len(bank) for bank in banks])
            watch(start, table)
            rows = np.ascontiguousarray(table.transpose(1, 0, 2))  # (b, E, K)
            for index, row in enumerate(rows, start):
                mixed = mixture.predict(row)
                y[index] = take(index, mixed)
                mixture.update(row, int(y[index]))
            if start + step < len(x):
                for learner in learners:
                    learner.update(part, y[start : start + step])
            advance()
    return names


def learners_of(code: PrequentialCode) -> tuple[Learner, ...]:
    """The code's learners, which it has checked and put into a tuple."""
    return code.learners  # type: ignore[return-value]


def _own(learner: Learner) -> Learner:
    """A copy, with those of learners inside it: two that share one would both train it."""
    found = copy.copy(learner)
    inside = getattr(found, "__dict__", {})
    inside.update({name: _own(each) for name, each in inside.items() if isinstance(each, Learner)})
    return found


def _said(
    learner: Learner, part: NDArray[np.float64], code: PrequentialCode
) -> NDArray[np.float64]:
    """A learner's predictions (m, b, K), with the floor."""
    table = np.asarray(learner.predict(part), np.float64)
    table = table[None] if table.ndim == 2 else table
    if table.ndim != 3 or table.shape[1:] != (len(part), code.alphabet_size) or not len(table):
        raise ValueError(
            f"{learner.name}: predicts an array of shape {table.shape}, accepted is "
            f"{(len(part), code.alphabet_size)}, or several such"
        )
    if not np.isfinite(table).all():
        raise ArithmeticError(f"{learner.name}: predicts NaN; consider a smaller rate of learning")
    if (table < 0).any():
        raise ValueError(f"{learner.name}: predicts negative numbers, accepted are probabilities")
    sums = np.add.accumulate(table, axis=2)[:, :, -1:]  # in order, alike on every machine
    if (np.abs(sums - 1) > 1e-4).any():
        raise ValueError(f"{learner.name}: predicts rows whose sum is not 1")
    return (1 - code.floor) * (table / sums) + code.floor / code.alphabet_size


def _seeds(seed: int, count: int) -> list[int]:
    """One for each learner, whatever the others are."""
    sequences = [np.random.SeedSequence(seed, spawn_key=(index,)) for index in range(count)]
    return [int(each.generate_state(1, np.uint64)[0] >> np.uint64(1)) for each in sequences]


def _names(learners: list[Learner], sizes: list[int]) -> list[str]:
    """The learners' names, numbered where one occurs twice or is a bank."""
    found = []
    for index, (learner, size) in enumerate(zip(learners, sizes, strict=True)):
        twice = sum(other.name == learner.name for other in learners) > 1
        name = f"{learner.name} #{index}" if twice else learner.name
        found += [name] if size == 1 else [f"{name} [{each}]" for each in range(size)]
    return found


def _one_thread(learners: list[Learner], seed: int) -> AbstractContextManager[object]:
    if all(map(is_portable, learners)):
        return nullcontext()
    try:
        from mdl.weights.tensors import reproducible
    except ModuleNotFoundError:  # learners of one's own may do without torch
        return nullcontext()
    return reproducible(seed, threads=1)
