"""The complexity of weights: the fewest bits of a coarser network that is as good.

Weights are rounded to multiples of a step and large matrices cut to few singular values, as
coarsely as the loss allows; the codeword of what is left is the description. So noise in the
weights, which no prediction hangs on, is not counted.

References:
    B. DeMoss, S. Sapora, J. Foerster, N. Hawes and I. Posner, The complexity dynamics of grokking,
        arXiv:2412.09810, 2024, section 3: low rank, quantisation, bzip2, searched within a bound on
        the loss. Here by bisection over steps for each of a few ranks.
    O. Roy and M. Vetterli, The effective rank: a measure of effective dimensionality, EUSIPCO 2007.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from complexity.code import Code, resolve
from mdl.weights.tensors import checked_module, parameters_of

__all__ = ["CoarseGrained", "coarse_grained", "effective_rank"]

ENERGIES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Shares of the sum of squared singular values that may be dropped."""
_STEPS = 12  # of the bisection: 16 octaves, to within 1/256 of one
_FINEST, _COARSEST = 2.0**-14, 4.0
"""Steps tried, in root mean squares of the tensor they round."""


@dataclass(frozen=True)
class CoarseGrained:
    """A coarse network, and what it costs.

    Attributes:
        bits: of the codeword of the rounded weights.
        step: they are rounded to, in root mean squares of each tensor.
        dropped: share of the squared singular values left out of each matrix.
        loss: of the coarse network.
        fine_loss: of the network as it is.
        parameters: number of weights.
    """

    bits: float
    step: float
    dropped: float
    loss: float
    fine_loss: float
    parameters: int


@torch.no_grad()
def coarse_grained(
    module: nn.Module,
    loss: Callable[[nn.Module], float],
    *,
    tolerance: float,
    code: str | Code = "bz2",
    energies: Sequence[float] = ENERGIES,
) -> CoarseGrained:
    """The shortest description of a network whose loss is at most `tolerance` higher.

    Args:
        module: a trained network; it is not changed.
        loss: of a module in evaluation mode; smaller is better.
        tolerance: by which the loss may be higher, in its own units; above 0.
        code: of byte strings, for the rounded integers (tensor by tensor, in 1, 2, 4 or 8 bytes).
        energies: shares of squared singular values to try dropping.

    Returns:
        The coarse network's description. Where even the finest step fails, that of the finest.

    Raises:
        TypeError, ValueError: the module has no weights or some are NaN; the tolerance is no
            positive number.
    """
    checked_module("module", module)
    if not tolerance > 0:
        raise ValueError(f"tolerance: got {tolerance}, accepted is a number above 0")
    codec = resolve(code)
    model = copy.deepcopy(module).eval()
    fine = float(loss(model))
    weights = {name: p.detach().clone() for name, p in parameters_of(model).items()}
    best: CoarseGrained | None = None
    for dropped in sorted(energies):
        parts = {name: _factors(tensor, dropped) for name, tensor in weights.items()}
        found = _coarsest(model, parts, loss, fine + tolerance)
        if found is None:
            break  # dropping more cannot help
        step, coarse = found
        size = float(codec.bits(_rounded_bytes(parts, step)))
        if best is None or size < best.bits:
            count = sum(tensor.numel() for tensor in weights.values())
            best = CoarseGrained(size, step, dropped, coarse, fine, count)
    if best is None:
        parts = {name: [tensor] for name, tensor in weights.items()}
        size = float(codec.bits(_rounded_bytes(parts, _FINEST)))
        coarse = _loss_at(model, parts, _FINEST, loss)
        best = CoarseGrained(
            size, _FINEST, 0.0, coarse, fine, sum(map(Tensor.numel, weights.values()))
        )
    return best


def _factors(tensor: Tensor, dropped: float) -> list[Tensor]:
    """A matrix as two thinner ones if they have fewer numbers; else the tensor itself."""
    if tensor.ndim != 2 or not dropped:
        return [tensor]
    left, values, right = torch.linalg.svd(tensor.double(), full_matrices=False)
    kept = 1 - torch.cumsum(values**2, 0) / (values**2).sum().clamp(min=1e-300)
    rank = int((kept > dropped).sum()) + 1
    root = values[:rank].sqrt()
    rows, columns = tensor.shape
    if rank * (rows + columns) < rows * columns:
        return [(left[:, :rank] * root).to(tensor), (root[:, None] * right[:rank]).to(tensor)]
    return [((left[:, :rank] * values[:rank]) @ right[:rank]).to(tensor)]


def _coarsest(
    model: nn.Module,
    parts: dict[str, list[Tensor]],
    loss: Callable[[nn.Module], float],
    limit: float,
) -> tuple[float, float] | None:
    """The largest step within the limit, found by bisection of its logarithm; None for none."""
    low, high = math.log2(_FINEST), math.log2(_COARSEST)
    reached = _loss_at(model, parts, _FINEST, loss)
    if not reached <= limit:
        return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        coarse = _loss_at(model, parts, 2.0**middle, loss)
        if coarse <= limit:
            low, reached = middle, coarse
        else:
            high = middle
    return 2.0**low, reached


def _loss_at(
    model: nn.Module,
    parts: dict[str, list[Tensor]],
    step: float,
    loss: Callable[[nn.Module], float],
) -> float:
    for name, parameter in parameters_of(model).items():
        rounded = [_rounded(part, step) for part in parts[name]]
        parameter.copy_(rounded[0] @ rounded[1] if len(rounded) == 2 else rounded[0])
    return float(loss(model))


def _scale(part: Tensor) -> float:
    return max(float(part.double().square().mean().sqrt()), 1e-30)


def _integers(part: Tensor, step: float) -> Tensor:
    return torch.round(part.double() / (step * _scale(part))).to(torch.int64)


def _rounded(part: Tensor, step: float) -> Tensor:
    """Multiples of the step, in the part's dtype; half precision does not hold the integers."""
    wide = torch.promote_types(part.dtype, torch.float32)
    return (_integers(part, step).to(wide) * (step * _scale(part))).to(part.dtype)


def _rounded_bytes(parts: dict[str, list[Tensor]], step: float) -> bytes:
    """Tensor by tensor, each in the fewest bytes a number that hold all of it."""
    return b"".join(
        _narrow(_integers(part, step).cpu().numpy()).tobytes()
        for tensors in parts.values()
        for part in tensors
    )


def _narrow(integers: np.ndarray) -> np.ndarray:
    largest = int(np.abs(integers).max(initial=0))
    return integers.astype(
        next(f"<i{size}" for size in (1, 2, 4, 8) if largest < 1 << 8 * size - 1)
    )


def effective_rank(module: nn.Module) -> float:
    """The sum over matrices of exp of the entropy of their normalised singular values."""
    total = 0.0
    for tensor in parameters_of(module).values():
        if tensor.ndim < 2:
            continue
        values = torch.linalg.svdvals(tensor.detach().double().flatten(1)).cpu().numpy()
        shares = values / max(values.sum(), 1e-300)
        shares = shares[shares > 0]
        total += math.exp(float(-(shares * np.log(shares)).sum()))
    return total
