"""Sequences whose answer lies far back: what a recurrent network has to remember for long.

References:
    S. Hochreiter and J. Schmidhuber, Long short-term memory, Neural Computation 9(8), 1997:
        experiment 4, the adding problem; experiment 6, the temporal order problem.
    J. Martens and I. Sutskever, Learning recurrent neural networks with Hessian-free optimization,
        ICML 2011, section 5: both at any length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer

__all__ = ["SequenceTask", "adding", "temporal_order"]

_SYMBOLS = 6
"""X and Y, which matter, and four others."""


@dataclass(frozen=True, repr=False)
class SequenceTask:
    """Sequences and one answer for each.

    Attributes:
        inputs: (n, T, width) float32.
        labels: (n,), int64 classes or float32 numbers.
        classes: how many there are, 0 for numbers.
    """

    inputs: NDArray[np.float32]
    labels: NDArray[np.int64] | NDArray[np.float32]
    classes: int

    def __repr__(self) -> str:
        return f"SequenceTask({self.inputs.shape}, classes={self.classes})"


def temporal_order(count: int, length: int = 100, *, seed: int = 0) -> SequenceTask:
    """In which order did X and Y come? Two of them among distractors, four possible answers.

    The first stands in the second tenth of the sequence, the other in the tenth behind its half;
    each is X or Y.

    Args:
        count: sequences, n.
        length: steps, at least 10.
        seed: from which all is drawn.

    Returns:
        One-hot inputs of six symbols, classes 0 (XX) to 3 (YY).

    Raises:
        TypeError, ValueError: an argument is out of range.

    Example:
        >>> temporal_order(5, 20)
        SequenceTask((5, 20, 6), classes=4)
    """
    integer("count", count, 1)
    integer("length", length, 10)
    rng = np.random.default_rng(integer("seed", seed, 0))
    symbols = rng.integers(2, _SYMBOLS, (count, length))
    which = rng.integers(0, 2, (count, 2))
    rows = np.arange(count)
    for index, (start, stop) in enumerate(((1, 2), (5, 6))):
        at = rng.integers(start * length // 10, stop * length // 10, count)
        symbols[rows, at] = which[:, index]
    inputs = np.eye(_SYMBOLS, dtype=np.float32)[symbols]
    return SequenceTask(inputs, 2 * which[:, 0] + which[:, 1], 4)


def adding(count: int, length: int = 100, *, seed: int = 0) -> SequenceTask:
    """The sum of two marked numbers: one in the first tenth of the sequence, one in its first half.

    Args:
        count: sequences, n.
        length: steps, at least 10.
        seed: from which all is drawn.

    Returns:
        Inputs (number evenly between 0 and 1, mark 0 or 1), the sums. H&S count an answer as right
        that is within 0.04.

    Raises:
        TypeError, ValueError: an argument is out of range.

    Example:
        >>> adding(5, 20)
        SequenceTask((5, 20, 2), classes=0)
    """
    integer("count", count, 1)
    integer("length", length, 10)
    rng = np.random.default_rng(integer("seed", seed, 0))
    numbers = rng.random((count, length), dtype=np.float32)
    marks = np.zeros((count, length), np.float32)
    rows = np.arange(count)
    first = rng.integers(0, length // 10, count)
    second = rng.integers(length // 10, length // 2, count)
    marks[rows, first] = marks[rows, second] = 1
    return SequenceTask(np.stack([numbers, marks], 2), (numbers * marks).sum(1), 0)
