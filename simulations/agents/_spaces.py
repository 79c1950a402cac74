"""Discrete Gymnasium spaces as numbers: how many elements, and which one, by mixed radix."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from gymnasium import spaces

__all__ = ["element", "number", "size"]

KINDS = "Discrete, MultiDiscrete, MultiBinary, and Tuple and Dict of these"


def size(space: spaces.Space[Any], argument: str) -> int:
    """How many elements a space has.

    Raises:
        ValueError: it is not discrete; the message names the argument and the space.
    """
    return math.prod(_radices(space, argument))


def number(space: spaces.Space[Any], value: Any) -> int:
    """The number of an element; the first coordinate counts most."""
    total = 0
    for digit, radix in zip(_digits(space, value), _radices(space, "space"), strict=True):
        total = total * radix + digit
    return total


def element(space: spaces.Space[Any], index: int) -> Any:
    """The element of a number."""
    digits = []
    for radix in reversed(_radices(space, "space")):
        index, digit = divmod(index, radix)
        digits.append(digit)
    return _value(space, digits)


def _radices(space: spaces.Space[Any], argument: str) -> list[int]:
    match space:
        case spaces.Discrete():
            return [int(space.n)]
        case spaces.MultiDiscrete():
            return [int(each) for each in space.nvec.flat]
        case spaces.MultiBinary():
            return [2] * math.prod(space.shape)
        case spaces.Tuple():
            return [radix for part in space.spaces for radix in _radices(part, argument)]
        case spaces.Dict():
            return [radix for part in space.spaces.values() for radix in _radices(part, argument)]
    raise ValueError(f"{argument}: got {space}, accepted are {KINDS}")


def _digits(space: spaces.Space[Any], value: Any) -> list[int]:
    match space:
        case spaces.Discrete():
            return [int(value) - int(space.start)]
        case spaces.MultiDiscrete():
            return [int(each) for each in (np.asarray(value) - space.start).flat]
        case spaces.MultiBinary():
            return [int(each) for each in np.asarray(value).flat]
        case spaces.Tuple():
            pairs = zip(space.spaces, value, strict=True)
            return [digit for part, each in pairs for digit in _digits(part, each)]
        case spaces.Dict():
            return [
                digit for name, part in space.spaces.items() for digit in _digits(part, value[name])
            ]
    raise ValueError(f"space: got {space}, accepted are {KINDS}")


def _value(space: spaces.Space[Any], digits: list[int]) -> Any:
    """Takes its digits from the end of the list, first coordinate last."""
    match space:
        case spaces.Discrete():
            return space.dtype.type(digits.pop() + int(space.start))
        case spaces.MultiDiscrete():
            flat = np.array([digits.pop() for _ in range(space.nvec.size)], space.dtype)
            return (flat.reshape(space.nvec.shape) + space.start).astype(space.dtype)
        case spaces.MultiBinary():
            flat = np.array([digits.pop() for _ in range(math.prod(space.shape))], space.dtype)
            return flat.reshape(space.shape)
        case spaces.Tuple():
            return tuple(_value(part, digits) for part in space.spaces)
        case spaces.Dict():
            return {name: _value(part, digits) for name, part in space.spaces.items()}
    raise ValueError(f"space: got {space}, accepted are {KINDS}")
