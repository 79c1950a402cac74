"""Optimisers by name, and their state as arrays: no pickle holds what a run resumes from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import torch

from complexity.errors import one_of

__all__ = [
    "OPTIMISERS", "checked_clip", "checked_rate", "optimiser_arrays", "optimiser_of",
    "restore_optimiser", "whole",
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
        ValueError: the name is unknown, or torch refuses an option.
        TypeError: torch knows no such option.
    """
    return OPTIMISERS[one_of("optimiser", name, OPTIMISERS)](
        parameters, lr=learning_rate, **options
    )


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
    try:
        rate = float(learning_rate)
    except (TypeError, ValueError):
        raise TypeError(accepted) from None
    if not 0 <= rate <= _FASTEST:
        raise ValueError(accepted)
    return rate


def checked_clip(clip: float | None) -> float | None:
    """The greatest norm of a gradient, None for any.

    Raises:
        ValueError: it is not above 0: gradients would be turned around, or be none.
    """
    if clip is not None and not clip > 0:
        raise ValueError(f"clip: got {clip}, accepted is a number above 0, or None")
    return clip


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
        ValueError: the array is of another shape.
    """
    found = torch.from_numpy(np.array(array))
    if like.dtype == torch.bfloat16:
        found = found.view(torch.bfloat16)
    if found.shape != like.shape:
        raise ValueError(f"got an array of shape {tuple(found.shape)}, wanted {tuple(like.shape)}")
    return found.to(like.device, like.dtype)


def _entries(optimiser: torch.optim.Optimizer) -> set[str]:
    """What such an optimiser keeps of a parameter once it has taken a step."""
    known = inspect.signature(type(optimiser)).parameters
    options = {name: value for name, value in optimiser.defaults.items() if name in known}
    weight = torch.zeros(1, requires_grad=True)
    weight.grad = torch.zeros(1)
    twin = type(optimiser)([weight], **options)
    twin.step()
    return {name for name, value in twin.state[weight].items() if value is not None}


def optimiser_arrays(optimiser: torch.optim.Optimizer) -> dict[str, np.ndarray]:
    """The optimiser's state as arrays named "PARAMETER.ENTRY"."""
    arrays = {}
    for index, entries in optimiser.state_dict()["state"].items():
        for entry, value in entries.items():
            if value is None:
                continue
            if not isinstance(value, torch.Tensor | int | float | bool):
                raise TypeError(f"optimiser: its {entry!r} is {type(value).__name__}, no number")
            tensor = isinstance(value, torch.Tensor)
            arrays[f"{index}.{entry}"] = to_array(value) if tensor else np.asarray(value)
    return arrays


def restore_optimiser(optimiser: torch.optim.Optimizer, arrays: Mapping[str, np.ndarray]) -> None:
    """Write the state of `optimiser_arrays` back.

    Raises:
        ValueError: it is the state of an optimiser of other parameters, or of another optimiser.
    """
    parameters = [each for group in optimiser.param_groups for each in group["params"]]
    state: dict[int, dict[str, object]] = {}
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
    for index, entries in state.items():
        if entries.keys() != own:
            raise ValueError(
                f"snapshot: of parameter {index} has {sorted(entries)}, wanted {sorted(own)}: it "
                "is of another optimiser"
            )
    current = optimiser.state_dict()
    optimiser.load_state_dict({"state": state, "param_groups": current["param_groups"]})
