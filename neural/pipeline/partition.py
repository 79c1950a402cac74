"""Which layers a stage holds: neighbours, split so that the costliest stage costs least."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn

from complexity.errors import integer
from mdl.weights.tensors import parameters_of

__all__ = ["balanced", "checked_layers", "measured_costs", "parameter_costs"]


def checked_layers(module: object) -> list[nn.Module]:
    """The layers of an nn.Sequential.

    Raises:
        TypeError, ValueError: it is none, or is empty.
    """
    if not isinstance(module, nn.Sequential):
        raise TypeError(
            f"module: got {type(module).__name__}, accepted is a torch.nn.Sequential, whose layers "
            "are what is split"
        )
    if not len(module):
        raise ValueError("module: got no layers, accepted are one or more")
    return list(module)


def parameter_costs(module: nn.Sequential) -> list[float]:
    """The number of parameters of each layer."""
    return [
        float(sum(p.numel() for p in parameters_of(layer).values()))
        for layer in checked_layers(module)
    ]


def measured_costs(module: nn.Sequential, inputs: Tensor, *, repeats: int = 3) -> list[float]:
    """Seconds that each layer takes for a forward and a backward pass: the least of some tries.

    The module is not changed.

    Args:
        module: its layers pass on one tensor each.
        inputs: of one micro-batch, (n, ...).
        repeats: tries, at least 1.
    """
    integer("repeats", repeats, 1)
    found, given = [], inputs
    for layer in (copy.deepcopy(each).train() for each in checked_layers(module)):
        best, left = math.inf, given
        for _ in range(repeats):
            entering = given.detach().requires_grad_(given.is_floating_point())
            began = time.perf_counter()
            left = layer(entering)
            if left.requires_grad:
                left.backward(torch.ones_like(left))
            if left.is_cuda:
                torch.cuda.synchronize(left.device)
            best = min(best, time.perf_counter() - began)
        found.append(best)
        given = left.detach()
    return found


def balanced(costs: Sequence[float], stages: int) -> tuple[range, ...]:
    """Split layers into stages of neighbours, such that the greatest sum of costs is the least.

    Of several such splits, one of the least sum of squares.

    Args:
        costs: of each layer, none negative.
        stages: how many, at most as many as layers; each gets a layer or more.

    Returns:
        The layers of each stage, by index.

    Raises:
        ValueError: there are fewer layers than stages, or a cost is negative or no number.

    Example:
        >>> [list(each) for each in balanced([5, 1, 1, 1, 4], 3)]
        [[0], [1, 2, 3], [4]]
    """
    count = len(costs)
    if not all(cost >= 0 and math.isfinite(cost) for cost in costs):
        raise ValueError(f"costs: got {list(costs)}, accepted are finite numbers, none negative")
    if integer("stages", stages, 1) > count:
        raise ValueError(f"stages: got {stages}, accepted are at most {count}, one for each layer")
    total = [0.0, *accumulate(map(float, costs))]
    greatest, _ = _split(total, stages, max, math.inf)
    return _split(total, stages, lambda before, more: before + more * more, greatest)[1]


def _split(
    total: Sequence[float],
    stages: int,
    joined: Callable[[float, float], float],
    most: float,
) -> tuple[float, tuple[range, ...]]:
    """The least of what stages' costs, none above `most`, are joined to; and the stages."""
    count = len(total) - 1
    # least[j]: for the first j layers in so many stages; begins[k][j]: where the last one begins
    least, begins = [0.0, *[math.inf] * count], []
    for stage in range(stages):
        before, least, starts = least, [math.inf] * (count + 1), [0] * (count + 1)
        for end in range(stage + 1, count + 1):
            for start in range(stage, end):
                cost = total[end] - total[start]
                found = joined(before[start], cost) if cost <= most else math.inf
                if found < least[end]:
                    least[end], starts[end] = found, start
        begins.append(starts)
    parts, end = [], count
    for starts in reversed(begins):
        parts.append(range(starts[end], end))
        end = starts[end]
    return least[count], tuple(reversed(parts))
