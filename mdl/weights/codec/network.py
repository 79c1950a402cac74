"""A network's tensors on their way into a file: originals, what they are sensitive to, numbers."""

from __future__ import annotations

import copy
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from complexity.code import DecodeError
from mdl.weights.codec import steps
from mdl.weights.codec.payload import Coded, Plan
from mdl.weights.codec.quantisers import Quantised, quantise
from mdl.weights.codec.sensitivity import Sensitivity
from mdl.weights.tensors import architecture, tensors_of

__all__ = [
    "Recipe",
    "architecture_hash",
    "exact",
    "originals_of",
    "plans_of",
    "quantised_for_loss",
    "quantised_for_weights",
    "with_tensors",
]

# step^2 curvature / price at which distortion and bits balance, measured on Gaussian weights; for
# fine steps 6 / ln 2 = 8.7 is the theory (Wiegand and Schwarz 2011, section 4.4)
_BALANCE = {0: 8.3, 4: 3.3, 8: 3.3}
_BUFFER_FINENESS = 256.0  # steps to the root mean square of a tensor that has no derivatives
_MOST_STEPS = 2.0**50  # of the greatest number: beyond, it is no integer of 64 bits, or no double's

Tensors = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Recipe:
    """How a network is quantised for its loss.

    Attributes:
        price: bits of distortion that a bit of the file is worth.
        states: of the trellis, 4 or 8; 0 for scalar quantisers.
        shifts: quarter octaves by which tensors' steps differ from those of the theory.
    """

    price: float = 1.0
    states: int = 8
    shifts: Mapping[str, int] = field(default_factory=dict)


def architecture_hash(module: torch.nn.Module) -> bytes:
    """4 bytes of names, shapes, dtypes and ties."""
    return hashlib.blake2b(architecture(module).encode(), digest_size=4).digest()


def plans_of(module: torch.nn.Module) -> list[Plan]:
    """What both ends know of the tensors, in the order of the state dict, tied ones once."""
    return [
        Plan(name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))
        for name, tensor in tensors_of(module).items()
    ]


def originals_of(module: torch.nn.Module) -> dict[str, NDArray[np.float64]]:
    """The floating tensors as float64."""
    return {
        name: tensor.detach().cpu().double().numpy()
        for name, tensor in tensors_of(module).items()
        if tensor.is_floating_point()
    }


def exact(tensor: torch.Tensor) -> Coded:
    """An integer tensor's numbers, or the words of a floating one.

    Raises:
        ValueError: an integer is -2^63.
    """
    tensor = tensor.detach().cpu().contiguous().reshape(-1)
    if not tensor.is_floating_point():
        numbers = tensor.to(torch.int64).numpy().copy()
        if numbers.size and numbers.min() == np.iinfo(np.int64).min:
            raise ValueError("module: got the integer -2^63 in a buffer, accepted are greater ones")
        return Coded(steps.EXACT, numbers)
    words = {2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
    numbers = tensor.view(words).to(torch.int64).numpy().copy()
    return Coded(steps.EXACT if numbers.any() else steps.ZEROS, numbers)  # -0 has a word


def quantised_for_weights(
    module: torch.nn.Module, *, tolerance: float, states: int, price: float = 0.12
) -> list[Coded]:
    """Every floating tensor within a relative error; vectors within a quarter of it.

    Args:
        module: the network.
        tolerance: of ||W - Q|| / ||W||, each tensor.
        states: of the trellis of matrices.
        price: of a bit, in squares of a scalar quantiser's step.
    """
    return [
        _within(tensor, plan, tolerance if plan.matrix else tolerance / 4, states, price)
        for plan, tensor in zip(plans_of(module), tensors_of(module).values(), strict=True)
    ]


def _within(tensor: torch.Tensor, plan: Plan, tolerance: float, states: int, price: float) -> Coded:
    if not plan.floating or not plan.size:
        return exact(tensor)
    weights = tensor.detach().cpu().double().numpy().reshape(-1, plan.columns or plan.size)
    largest = float(np.abs(weights).max())
    if largest == 0:
        return Coded(steps.ZEROS, np.zeros(plan.size, np.int64))
    unit = math.ldexp(1.0, math.frexp(largest)[1] - 1)  # so that no square is beyond doubles
    norm = unit * float(np.linalg.norm(weights / unit))
    states = states if plan.matrix else 0
    finest = tolerance * norm / math.sqrt(plan.size)
    coarsest = steps.step_index(4 * finest)  # error / step is 1 / sqrt(12), with zeros more
    for index in range(coarsest, 0, -1):
        step = steps.step_at(index)
        if largest > _MOST_STEPS * step:
            break
        square = step * step * (1 if states == 0 else 8.3 / 3.3)
        found = quantise(weights, step, price=price * square, states=states)
        # as the tensor's own type has them, which may round again
        decoded = torch.from_numpy(found.values).to(tensor.dtype).double().numpy()
        if unit * np.linalg.norm((decoded - weights) / unit) <= tolerance * norm:
            return _coded(index, found.numbers)
        if step < finest / 64:
            break
    return exact(tensor)


def quantised_for_loss(
    plans: Sequence[Plan],
    originals: Tensors,
    known: Sensitivity,
    recipe: Recipe,
    module: torch.nn.Module,
) -> list[Coded]:
    """All tensors as the recipe has it, in the order of the plans."""
    moved, found = dict(originals), {}
    order = sorted(plans, key=lambda plan: not plan.matrix)  # biases behind their matrices
    tensors = tensors_of(module)
    for plan in order:
        coded = None
        if plan.floating and plan.size:
            coded = (_matrix if plan.matrix else _vector)(plan, moved, known, recipe)
        found[plan.name] = exact(tensors[plan.name]) if coded is None else coded
    return [found[plan.name] for plan in plans]


def _matrix(plan: Plan, moved: dict, known: Sensitivity, recipe: Recipe) -> Coded | None:
    weights = moved[plan.name].reshape(plan.shape[0], -1)
    layer = known.layers.get(plan.name)
    factor, rest = None, None
    curvature: NDArray[np.float64] | float = known.diagonal.get(plan.name, 0.0)
    if layer is not None:
        curvature, factor = layer.curvature(compensated=True), layer.factor
        rest = moved[layer.bias][:, None] if layer.bias else None
    index = _step(plan, weights, curvature, recipe, recipe.states)
    if index == steps.ZEROS:
        return Coded(index, np.zeros(plan.size, np.int64))
    done = _quantised(
        plan, weights, index, curvature, recipe, states=recipe.states, factor=factor, rest=rest
    )
    if done is None:
        return None
    if layer is not None and rest is not None:
        moved[layer.bias] = done.rest[:, 0]
    return _coded(index, done.numbers)


def _vector(plan: Plan, moved: dict, known: Sensitivity, recipe: Recipe) -> Coded | None:
    curvature = known.diagonal.get(plan.name, 0.0)
    row = moved[plan.name].reshape(1, -1)
    index = _step(plan, row, curvature, recipe, 0)
    if index == steps.ZEROS:
        return Coded(index, np.zeros(plan.size, np.int64))
    done = _quantised(plan, row, index, curvature, recipe)
    return None if done is None else _coded(index, done.numbers)


def _quantised(
    plan: Plan,
    weights: NDArray[np.float64],
    index: int,
    curvature: NDArray[np.float64] | float,
    recipe: Recipe,
    **options: Any,
) -> Quantised | None:
    """The tensor as rows; None if a number is beyond its type, or takes too many steps."""
    step, price = steps.step_at(index), recipe.price
    if float(np.abs(weights).max()) > _MOST_STEPS * step:
        return None
    if not np.any(np.asarray(curvature) > 0):  # no derivatives: any choice would do, if bits decide
        curvature, price = 1.0, 0.0
    done = quantise(weights, step, curvature=curvature, price=price, **options)
    greatest = torch.finfo(getattr(torch, plan.dtype)).max
    return done if float(np.abs(done.values).max()) <= greatest else None


def _step(
    plan: Plan,
    weights: NDArray[np.float64],
    curvature: NDArray[np.float64] | float,
    recipe: Recipe,
    states: int,
) -> int:
    """The byte of the step at which distortion and bits balance; ZEROS if nothing is there."""
    if not weights.any():
        return steps.ZEROS
    mean = float(np.exp(np.mean(np.log(np.maximum(curvature, 1e-300)))))
    if mean > 1e-200:
        step = math.sqrt(_BALANCE[states] * recipe.price / mean)
    else:  # buffers: no derivatives
        least = np.abs(weights[weights != 0]).min()
        step = min(math.sqrt(float(np.mean(weights**2))), 32 * least) / _BUFFER_FINENESS
    index = steps.step_index(step) + recipe.shifts.get(plan.name, 0)
    return min(max(index, 1), steps.LARGEST)


def _coded(index: int, numbers: NDArray[np.int64]) -> Coded:
    flat = numbers.reshape(-1)
    return Coded(index if flat.any() else steps.ZEROS, flat)


def with_tensors(
    module: torch.nn.Module, plans: Sequence[Plan], tensors: Sequence[Coded], states: int
) -> torch.nn.Module:
    """A copy of the module that has the coded tensors, in its own dtypes and on its own devices.

    Raises:
        DecodeError: a number is beyond its tensor's dtype.
    """
    net = copy.deepcopy(module)
    targets = tensors_of(net)
    with torch.no_grad():
        for plan, coded in zip(plans, tensors, strict=True):
            target = targets[plan.name]
            value = _tensor(plan, coded, states, target.dtype).reshape(target.shape)
            if 0 in target.stride():  # expanded: several entries are one number in memory
                target.data = value.to(target.device)
            else:
                target.copy_(value)
    return net


def _tensor(plan: Plan, coded: Coded, states: int, dtype: torch.dtype) -> torch.Tensor:
    if not plan.floating:
        value = torch.from_numpy(coded.numbers.copy()).to(dtype)
        if not torch.equal(value.to(torch.int64), torch.from_numpy(coded.numbers)):
            raise DecodeError(f"damaged: a number of {plan.name!r} is beyond {plan.dtype}")
        return value
    if coded.step == steps.ZEROS:
        return torch.zeros(plan.size, dtype=dtype)
    if coded.step == steps.EXACT:
        size = torch.empty(0, dtype=dtype).element_size()
        words = {2: torch.int16, 4: torch.int32, 8: torch.int64}[size]
        value = torch.from_numpy(coded.numbers.copy()).to(words).view(dtype)
    else:
        value = torch.from_numpy(coded.values(plan, states)).to(dtype)
    if not bool(torch.isfinite(value).all()):
        raise DecodeError(f"damaged: a number of {plan.name!r} is beyond {plan.dtype}")
    return value
