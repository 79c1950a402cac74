"""Optimisers by name, and their state as arrays: no pickle holds what a run resumes from."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import torch

from complexity.errors import one_of, unknown
from mdl.description import plain

__all__ = [
    "OPTIMISERS", "checked_clip", "checked_moments", "checked_rate", "optimiser_arrays",
    "optimiser_of", "scheduled_rate", "whole", "write_moments",
]  # fmt: skip

OPTIMISERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
    "adadelta": torch.optim.Adadelta,
}
"""Name -> torch's class; `learning_rate` is passed as its `lr`."""


def optimiser_of(
    name: str,
    parameters: Iterable[torch.nn.Parameter],
    learning_rate: float,
    options: Mapping[str, object],
) -> torch.optim.Optimizer:
    """An optimiser by name.

    Raises:
        ValueError: the name is unknown, or torch refuses an option, or it is not finite.
        TypeError: torch knows no such option.
    """
    make = OPTIMISERS[one_of("optimiser", name, OPTIMISERS)]
    known = [each for each in inspect.signature(make).parameters if each not in ("params", "lr")]
    for option, value in options.items():
        if option not in known:
            raise TypeError(str(unknown("options", option, known, hint=f"of {name!r}")))
        for each in value if isinstance(value, tuple | list) else (value,):
            if isinstance(each, float) and not math.isfinite(each):  # torch lets some pass
                raise ValueError(f"options: got {value!r} for {option!r}, accepted is finite")
    try:
        return make(parameters, lr=learning_rate, **options)
    except (TypeError, ValueError, RuntimeError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"options: got {dict(options)}: {error}") from None


_FASTEST = torch.finfo(torch.float32).max


def checked_rate(learning_rate: float) -> float:
    """The learning rate as a float.

    Raises:
        TypeError: it is no number.
        ValueError: it is below 0, or no float32.
    """
    accepted = (
        f"learning_rate: got {learning_rate!r}, accepted is a number from 0 to {_FASTEST:.4g}"
    )
    rate = _number(learning_rate, accepted)
    if not 0 <= rate <= _FASTEST:
        raise ValueError(accepted)
    return rate


def scheduled_rate(learning_rate: float, factor: float, step: int) -> float:
    """The learning rate times a schedule's factor.

    Raises:
        TypeError: the factor is no number.
        ValueError: it is NaN, or the product below 0 (training would climb) or no float32.
    """
    accepted = (
        f"schedule: got {factor!r} at step {step}, accepted is a number that makes of "
        f"{learning_rate:g} a learning rate from 0 to {_FASTEST:.4g}"
    )
    rate = learning_rate * _number(factor, accepted)
    if not 0 <= rate <= _FASTEST:
        raise ValueError(accepted)
    return rate


def checked_clip(clip: float | None) -> float | None:
    """The greatest norm of a gradient, None for any.

    Raises:
        TypeError: it is no number.
        ValueError: it is not above 0: gradients would be turned around, or be none.
    """
    if clip is None:
        return None
    accepted = f"clip: got {clip!r}, accepted is a number above 0, or None"
    norm = _number(clip, accepted)
    if not norm > 0:
        raise ValueError(accepted)
    return norm


def _number(value: object, accepted: str) -> float:
    """The value as a float, or an error that says what is accepted."""
    if isinstance(value, bool | str):
        raise TypeError(accepted)
    try:
        return float(value)  # pyright: ignore[reportArgumentType]
    except (TypeError, ValueError):
        raise TypeError(accepted) from None
    except OverflowError:  # of an integer
        raise ValueError(accepted) from None


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor, gathered from all ranks if it is sharded; then every rank has to call."""
    gather = getattr(tensor, "full_tensor", None)
    return tensor if gather is None else gather()


def to_array(tensor: torch.Tensor) -> np.ndarray:
    """A copy as an array; bfloat16, which NumPy lacks, as the int16 with its bits."""
    found = whole(tensor.detach()).cpu().clone()
    return (found.view(torch.int16) if found.dtype == torch.bfloat16 else found).numpy()


def from_array(array: np.ndarray, like: torch.Tensor) -> torch.Tensor:
    """A tensor with the dtype and the device of `like`.

    Raises:
        ValueError: the array is of another shape or dtype.
    """
    found = torch.from_numpy(np.array(array))
    if like.dtype == torch.bfloat16:
        found = found.view(torch.bfloat16)
    if found.shape != like.shape:
        raise ValueError(f"got an array of shape {tuple(found.shape)}, wanted {tuple(like.shape)}")
    if found.dtype != like.dtype:
        raise ValueError(f"got an array of {array.dtype}, wanted {like.dtype}")
    return found.to(like.device)


def _entries(optimiser: torch.optim.Optimizer) -> set[str]:
    """What such an optimiser keeps of a parameter once it has taken a step."""
    known = inspect.signature(type(optimiser)).parameters
    options = {name: value for name, value in optimiser.defaults.items() if name in known}
    weight = torch.zeros(1, requires_grad=True)
    weight.grad = torch.zeros(1)
    twin = type(optimiser)([weight], **options)
    twin.step()
    return {name for name, value in twin.state[weight].items() if value is not None}


_RULE = "rule"
_NO_RULE = ("lr", "foreach", "fused", "capturable", "differentiable")
"""Defaults that say how fast or by which program, not by which rule."""


def _rule(optimiser: torch.optim.Optimizer) -> dict[str, object]:
    """By which rule it updates: what moments mean to it."""
    options = {k: v for k, v in optimiser.defaults.items() if k not in _NO_RULE}
    return {"optimiser": type(optimiser).__name__, **plain(options)}


def optimiser_arrays(optimiser: torch.optim.Optimizer) -> dict[str, np.ndarray]:
    """The optimiser's state as arrays named "PARAMETER.ENTRY", and its rule as JSON's octets."""
    arrays = {_RULE: np.frombuffer(json.dumps(_rule(optimiser)).encode(), np.uint8)}
    for index, entries in optimiser.state_dict()["state"].items():
        for entry, value in entries.items():
            if value is None:
                continue
            if not isinstance(value, torch.Tensor | int | float | bool):
                raise TypeError(f"optimiser: its {entry!r} is {type(value).__name__}, no number")
            tensor = isinstance(value, torch.Tensor)
            arrays[f"{index}.{entry}"] = to_array(value) if tensor else np.asarray(value)
    return arrays


Moments = dict[int, dict[str, object]]


def checked_moments(
    optimiser: torch.optim.Optimizer, arrays: Mapping[str, np.ndarray], *, steps: int
) -> Moments:
    """The state of `optimiser_arrays`, for `write_moments`.

    Args:
        optimiser: that it is to be of.
        arrays: of `optimiser_arrays`; the rule may be missing, as in older snapshots.
        steps: that were taken.

    Raises:
        ValueError: it is the state of an optimiser of other parameters, or of another optimiser.
    """
    arrays = dict(arrays)
    no_rule = _RULE not in arrays
    _check_rule(optimiser, arrays.pop(_RULE, None))
    parameters = [each for group in optimiser.param_groups for each in group["params"]]
    state: Moments = {}
    for name, array in arrays.items():
        index, _, entry = name.partition(".")
        parameter = parameters[int(index)] if int(index) < len(parameters) else None
        if parameter is None or (array.size > 1 and array.shape != tuple(parameter.shape)):
            wanted = "no such parameter" if parameter is None else tuple(parameter.shape)
            raise ValueError(
                f"snapshot: {entry!r} of parameter {index}: got shape {array.shape}, "
                f"wanted {wanted}"
            )
        plain = torch.from_numpy(np.array(array))
        if plain.dtype == torch.int16 and parameter.dtype == torch.bfloat16:
            plain = plain.view(torch.bfloat16)
        # load_state_dict moves it to where the weight is
        state.setdefault(int(index), {})[entry] = plain
    own = _entries(optimiser)
    if own and steps and not state and no_rule:  # as of SGD without momentum
        raise ValueError(
            f"snapshot: of step {steps} without moments, wanted {sorted(own)}: it is of another "
            "optimiser"
        )
    for index, entries in state.items():
        if entries.keys() != own:
            raise ValueError(
                f"snapshot: of parameter {index} has {sorted(entries)}, wanted {sorted(own)}: it "
                "is of another optimiser"
            )
    return state


def write_moments(optimiser: torch.optim.Optimizer, moments: Moments) -> None:
    """Write `checked_moments` into the optimiser."""
    current = optimiser.state_dict()
    optimiser.load_state_dict({"state": moments, "param_groups": current["param_groups"]})


def _check_rule(optimiser: torch.optim.Optimizer, octets: np.ndarray | None) -> None:
    if octets is None:
        return
    here, there = _rule(optimiser), json.loads(octets.tobytes())
    for name in here.keys() & there.keys():  # torch's versions have some more, some less
        if here[name] != there[name]:
            raise ValueError(
                f"snapshot: {name} is {there[name]!r}, wanted {here[name]!r}: it is of another "
                "optimiser"
            )
