"""Generated algorithms: each answer computed again from the inputs alone, the slow way."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
from neural.tasks.algorithms import (
    associative_recall,
    copies,
    nth_farthest,
    repeat_copies,
    two_hops,
)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_copies():
    task = copies(4, 5, rng(), bits=3)
    assert np.array_equal(task.inputs[:, 1:6, :3], task.targets)
    assert task.inputs[:, 0, 3].all()
    assert task.inputs[:, 6, 4].all()
    assert not task.inputs[:, 7:].any()
    assert task.inputs.shape[1] - 7 == task.targets.shape[1]
    assert set(np.unique(task.targets)) == {0.0, 1.0}


def test_repeat_copies():
    told = []
    for repeats in range(1, 6):
        task = repeat_copies(2, 3, repeats, rng(), bits=4, most=5)
        for row, target in zip(task.inputs, task.targets, strict=True):
            said = [vector for _ in range(repeats) for vector in row[1:4, :4]]
            assert np.array_equal(target[:-1, :4], said)
            assert target[:, 4].tolist() == [0.0] * (3 * repeats) + [1.0]
        told.append(float(task.inputs[0, 4, 5]))
    assert np.mean(told) == pytest.approx(0)
    assert np.std(told) == pytest.approx(1)


def test_associative_recall():
    task = associative_recall(50, 4, rng(), bits=6, length=2)
    for row, target in zip(task.inputs, task.targets, strict=True):
        starts = np.flatnonzero(row[:, 6])
        items = [row[at + 1 : at + 3, :6].tolist() for at in starts]
        first, last = np.flatnonzero(row[:, 7])
        asked = items.index(row[first + 1 : last, :6].tolist())
        assert target.tolist() == items[asked + 1]
        assert not row[last + 1 :].any()
        assert len(row) - last - 1 == 2


def test_nth_farthest():
    task = nth_farthest(60, 5, rng(), dimension=3)
    assert task.inputs.shape == (60, 5, 3 + 15)
    assert nth_farthest(1, 8, rng()).inputs.shape[2] == 40  # as published
    for row, label in zip(task.inputs, task.labels, strict=True):
        points = {int(step[3:8].argmax()): step[:3] for step in row}
        rank, asked = int(row[0, 8:13].argmax()), int(row[0, 13:].argmax())
        assert (row[:, 8:] == row[0, 8:]).all()
        apart = {name: float(np.sum((p - points[asked]) ** 2)) for name, p in points.items()}
        assert sorted(apart, key=lambda name: -apart[name])[rank] == label


def test_two_hops():
    task = two_hops(60, 6, rng())
    for row, label in zip(task.inputs, task.labels, strict=True):
        follows = {int(step[:6].argmax()): int(step[6:].argmax()) for step in row[:-1]}
        assert len(follows) == 6
        asked = int(row[-1, :6].argmax())
        assert not row[-1, 6:].any()
        assert follows[follows[asked]] == label
        around = asked
        for _ in range(6):
            around = follows[around]
        assert around == asked
    counts = np.bincount(two_hops(6000, 6, rng()).labels)
    assert counts.min() > 850  # uniform: 1,000


def test_bad_input():
    with pytest.raises(ValueError, match="length"):
        copies(2, 0, rng())
    with pytest.raises(ValueError, match="items"):
        associative_recall(2, 1, rng())
    with pytest.raises(ValueError, match="symbols"):
        two_hops(2, 2, rng())
