"""Numbers moved one at a time to where weights and labels together take fewer bits.

After the quantiser, the derivative of the labels' codelength says for every number what a move by
one, or to zero, would change; the statistics of the coder say what it would save. The most
promising moves, at most one for each output, are made together and kept if the sum of the real bits
has fallen; else half of them are tried, down to one. Scalar quantisers only: a move in a trellis
would move all points behind it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from mdl.weights.codec import _trellis, steps
from mdl.weights.codec.payload import Coded, Plan
from mdl.weights.codec.quantisers import rates
from mdl.weights.tensors import parameters_of

__all__ = ["polished"]

Numbers = list[Coded]
_HOPE = 3.0  # bits: moves that promise no worse are tried, as promises are inexact


@dataclass(frozen=True)
class _Moves:
    """Candidates of all tensors, the most promising first: (m,) each."""

    tensor: NDArray[np.int64]
    entry: NDArray[np.int64]
    number: NDArray[np.int64]
    row: NDArray[np.int64]

    def first(self, most: int, tabu: set[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        """At most so many, in different rows, none of them tabu."""
        found, rows = [], set()
        for t, e, k, r in zip(
            self.tensor.tolist(), self.entry.tolist(), self.number.tolist(), self.row.tolist(),
            strict=True,
        ):  # fmt: skip
            if (t, r) in rows or (t, e, k) in tabu:
                continue
            rows.add((t, r))
            found.append((t, e, k))
            if len(found) == most:
                break
        return found


def polished(
    plans: Sequence[Plan],
    tensors: Numbers,
    cost: Callable[[Numbers], float],
    network: Callable[[Numbers], torch.nn.Module],
    curvatures: Callable[[str], NDArray[np.float64] | float],
    inputs: torch.Tensor,
    labels: NDArray[np.int64],
    *,
    rounds: int,
    device: torch.device | str = "cpu",
) -> Numbers:
    """Numbers that cost fewer bits, or the same.

    Args:
        plans: of the tensors.
        tensors: numbers of scalar quantisers.
        cost: bits of weights and labels, for numbers.
        network: that has the numbers.
        curvatures: of a matrix or vector by name: bits by squared error, nothing compensated.
        inputs: (n, ...).
        labels: (n,).
        rounds: how often the cost is asked for, at most.
        device: where derivatives are taken.
    """
    best, lowest = tensors, cost(tensors)
    tabu: set[tuple[int, int, int]] = set()
    most = 64
    while rounds > 0:
        gradients = _gradients(network(best).to(device), inputs, labels, device)
        moves = _moves(plans, best, gradients, curvatures)
        while rounds > 0:
            chosen = moves.first(most, tabu)
            if not chosen:
                return best
            changed = _moved(best, chosen)
            total = cost(changed)
            rounds -= 1
            if total < lowest:
                best, lowest, most = changed, total, min(2 * most, 64)
                break
            if len(chosen) == 1:
                tabu.update(chosen)
            most = max(len(chosen) // 2, 1)
    return best


def _gradients(
    net: torch.nn.Module,
    inputs: torch.Tensor,
    labels: NDArray[np.int64],
    device: torch.device | str,
) -> dict[str, NDArray[np.float64]]:
    """Of the labels' codelength in bits, by parameter."""
    net.eval().zero_grad()
    for parameter in net.parameters():
        parameter.requires_grad_(True)
    targets = torch.from_numpy(labels)
    for start in range(0, len(inputs), 1024):
        logits = net(inputs[start : start + 1024].to(device))
        loss = torch.nn.functional.cross_entropy(
            logits.double(), targets[start : start + 1024].to(logits.device), reduction="sum"
        )
        (loss / math.log(2)).backward()
    return {
        name: parameter.grad.detach().cpu().double().numpy()
        for name, parameter in parameters_of(net).items()
        if parameter.grad is not None
    }


def _moves(
    plans: Sequence[Plan],
    tensors: Numbers,
    gradients: dict[str, NDArray[np.float64]],
    curvatures: Callable[[str], NDArray[np.float64] | float],
) -> _Moves:
    parts = []
    for index, (plan, coded) in enumerate(zip(plans, tensors, strict=True)):
        if plan.name not in gradients or coded.step in (steps.ZEROS, steps.EXACT):
            continue
        numbers = coded.numbers.reshape(-1, plan.columns or plan.size)
        table = rates(numbers, 0)
        context = _trellis.levels(numbers, 0)
        step = steps.step_at(coded.step)
        slope = gradients[plan.name].reshape(numbers.shape) * step
        bend = np.broadcast_to(curvatures(plan.name), numbers.shape) * step**2
        now = _bits(table, context, numbers)
        rows = np.broadcast_to(np.arange(len(numbers))[:, None], numbers.shape)
        if not plan.matrix:
            rows = np.arange(numbers.size).reshape(numbers.shape)
        for target in (numbers - 1, numbers + 1, np.zeros_like(numbers)):
            change = target - numbers
            gain = slope * change + bend * change**2 + _bits(table, context, target) - now
            at = np.flatnonzero((gain < _HOPE) & (change != 0))
            parts.append(
                (np.full(at.size, index), at, target.flat[at], rows.flat[at], gain.flat[at])
            )
    if not parts:
        return _Moves(*(np.zeros(0, np.int64) for _ in range(4)))
    tensor, entry, number, row, gain = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    order = np.argsort(gain, kind="stable")
    return _Moves(tensor[order], entry[order], number[order], row[order])


def _bits(table: NDArray, context: NDArray, numbers: NDArray) -> NDArray[np.float64]:
    size = np.minimum(np.abs(numbers), _trellis.MOST - 1)
    return table[context // _trellis.LEVELS, context % _trellis.LEVELS, size]


def _moved(tensors: Numbers, chosen: list[tuple[int, int, int]]) -> Numbers:
    changed = list(tensors)
    for tensor in {t for t, _, _ in chosen}:
        numbers = tensors[tensor].numbers.copy()
        for t, entry, number in chosen:
            if t == tensor:
                numbers[entry] = number
        changed[tensor] = Coded(tensors[tensor].step, numbers)
    return changed
