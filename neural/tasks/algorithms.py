"""Algorithms to be learned from examples: copying, recalling, comparing, following two links.

References:
    A. Graves, G. Wayne and I. Danihelka, Neural Turing Machines, 2014, section 4: copy, repeat
        copy, associative recall.
    A. Santoro et al., Relational recurrent neural networks, 2018, section 4.1: the N-th farthest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer

__all__ = [
    "Episodes", "Recalls", "associative_recall", "copies", "nth_farthest", "repeat_copies",
    "two_hops",
]  # fmt: skip


@dataclass(frozen=True)
class Episodes:
    """Sequences of one length, each answered in its last steps, while nothing comes in.

    Attributes:
        inputs: (count, steps, channels) float32.
        targets: (count, answered, bits) float32, 0 or 1, for the last `answered` steps.
    """

    inputs: NDArray[np.float32]
    targets: NDArray[np.float32]


@dataclass(frozen=True)
class Recalls:
    """Sequences of one length and the class that is asked for after each.

    Attributes:
        inputs: (count, steps, channels) float32.
        labels: (count,) int64.
        classes: their number.
    """

    inputs: NDArray[np.float32]
    labels: NDArray[np.int64]
    classes: int


def copies(count: int, length: int, rng: np.random.Generator, *, bits: int = 8) -> Episodes:
    """Random vectors between two delimiters, to be said again.

    Channels are the bits, then the starting and the ending delimiter.

    Raises:
        TypeError, ValueError: a number is below 1.

    Example:
        >>> task = copies(3, 5, np.random.default_rng(0))
        >>> task.inputs.shape, task.targets.shape
        ((3, 12, 10), (3, 5, 8))
    """
    vectors = _vectors(count, length, bits, rng)
    inputs = np.zeros((count, 2 * length + 2, bits + 2), np.float32)
    inputs[:, 0, bits] = 1
    inputs[:, 1 : length + 1, :bits] = vectors
    inputs[:, length + 1, bits + 1] = 1
    return Episodes(inputs, vectors)


def repeat_copies(
    count: int,
    length: int,
    repeats: int,
    rng: np.random.Generator,
    *,
    bits: int = 6,
    most: int = 10,
) -> Episodes:
    """Random vectors to be said as many times as a number after them says, then an end marker.

    The number is scaled to mean 0 and variance 1 over 1 to `most`, in a channel of its own; the
    marker is the last of bits + 1 targets.

    Raises:
        TypeError, ValueError: a number is below 1.
    """
    vectors = _vectors(count, length, bits, rng)
    answered = length * integer("repeats", repeats, 1) + 1
    inputs = np.zeros((count, length + 2 + answered, bits + 2), np.float32)
    inputs[:, 0, bits] = 1
    inputs[:, 1 : length + 1, :bits] = vectors
    spread = np.sqrt((integer("most", most, 2) ** 2 - 1) / 12)
    inputs[:, length + 1, bits + 1] = (repeats - (most + 1) / 2) / spread
    targets = np.zeros((count, answered, bits + 1), np.float32)
    targets[:, :-1, :bits] = np.tile(vectors, (1, repeats, 1))
    targets[:, -1, bits] = 1
    return Episodes(inputs, targets)


def associative_recall(
    count: int, items: int, rng: np.random.Generator, *, bits: int = 6, length: int = 3
) -> Episodes:
    """A list of items of `length` vectors each; one is shown again, the next is asked for.

    Channels are the bits, the delimiter before an item, and that around the one shown again.

    Raises:
        TypeError, ValueError: a number is below 1, or there are fewer than 2 items.
    """
    integer("items", items, 2)
    integer("length", length, 1)
    vectors = _vectors(count, items * length, bits, rng).reshape(count, items, length, bits)
    inputs = np.zeros((count, (items + 1) * (length + 1) + 1 + length, bits + 2), np.float32)
    for item in range(items):
        start = item * (length + 1)
        inputs[:, start, bits] = 1
        inputs[:, start + 1 : start + 1 + length, :bits] = vectors[:, item]
    asked = rng.integers(items - 1, size=count)
    rows, start = np.arange(count), items * (length + 1)
    inputs[:, [start, start + length + 1], bits + 1] = 1
    inputs[:, start + 1 : start + 1 + length, :bits] = vectors[rows, asked]
    return Episodes(inputs, vectors[rows, asked + 1])


def nth_farthest(
    count: int, vectors: int, rng: np.random.Generator, *, dimension: int = 16
) -> Recalls:
    """Labelled vectors in a random order: which is the n-th farthest from the one with label m?

    Channels of every step: a vector, uniform over [-1, 1]; its label, n - 1 and m, each one-hot.

    Returns:
        Labels of the answers; distance is Euclidean and n runs from 1, the farthest.

    Raises:
        TypeError, ValueError: a number is below 1.
    """
    integer("vectors", vectors, 1)
    shape = (integer("count", count, 1), vectors, integer("dimension", dimension, 1))
    points = rng.uniform(-1, 1, shape).astype(np.float32)
    names = rng.permuted(np.tile(np.arange(vectors), (count, 1)), axis=1)
    rank, asked = rng.integers(vectors, size=(2, count))
    rows = np.arange(count)
    reference = points[rows, (names == asked[:, None]).argmax(1)]
    order = np.argsort(-np.linalg.norm(points - reference[:, None], axis=2), axis=1)
    one_hot = np.eye(vectors, dtype=np.float32)
    questions = np.concatenate([one_hot[rank], one_hot[asked]], axis=1)
    told = np.repeat(questions[:, None], vectors, axis=1)
    inputs = np.concatenate([points, one_hot[names], told], axis=2)
    return Recalls(inputs, names[rows, order[rows, rank]], vectors)


def two_hops(count: int, symbols: int, rng: np.random.Generator) -> Recalls:
    """The links of a random cycle in a random order, then a symbol: where do two links lead?

    Channels of a step: where a link starts and where it ends, each one-hot; the question is a
    start alone. Who knows no link finds one in symbols - 1.

    Raises:
        TypeError, ValueError: there are fewer than 3 symbols, or no sequence is asked for.
    """
    integer("symbols", symbols, 3)
    cycle = rng.permuted(np.tile(np.arange(symbols), (integer("count", count, 1), 1)), axis=1)
    order = rng.permuted(np.tile(np.arange(symbols), (count, 1)), axis=1)
    one_hot, rows = np.eye(symbols, dtype=np.float32), np.arange(count)
    inputs = np.zeros((count, symbols + 1, 2 * symbols), np.float32)
    starts = np.take_along_axis(cycle, order, 1)
    ends = np.take_along_axis(cycle, (order + 1) % symbols, 1)
    inputs[:, :-1, :symbols], inputs[:, :-1, symbols:] = one_hot[starts], one_hot[ends]
    asked = rng.integers(symbols, size=count)
    inputs[:, -1, :symbols] = one_hot[cycle[rows, asked]]
    return Recalls(inputs, cycle[rows, (asked + 2) % symbols], symbols)


def _vectors(count: int, length: int, bits: int, rng: np.random.Generator) -> NDArray[np.float32]:
    shape = (integer("count", count, 1), integer("length", length, 1), integer("bits", bits, 1))
    return rng.integers(2, size=shape).astype(np.float32)
