"""What options of networks and tasks accept: sizes, lists of them, shares, numbers; and shapes.

torch's own layers take a size of 0, and much else, without a word.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sized
from typing import TYPE_CHECKING, Any

from complexity.errors import integer, share

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["lists", "numbers", "shaped", "shares", "sizes"]


def sizes(least: int, /, **given: Any) -> None:
    """Refuse arguments that are no integers from `least`.

    Raises:
        TypeError, ValueError: names the first.
    """
    for name, value in given.items():
        integer(name, value, least)


def lists(least: int, fewest: int, /, **given: Any) -> None:
    """Refuse arguments that are no sequences of `fewest` or more integers from `least`.

    Raises:
        TypeError, ValueError: names the first.
    """
    for name, values in given.items():
        accepted = f"accepted are {fewest} or more integers at least {least}"
        if not (isinstance(values, Iterable) and isinstance(values, Sized)):
            raise TypeError(f"{name}: got {values!r}, {accepted}")
        if len(values) < fewest:
            raise ValueError(f"{name}: got {len(values)}, {accepted}")
        for each in values:
            integer(name, each, least)


def shares(**given: Any) -> None:
    """Refuse arguments that are no numbers from 0 to 1.

    Raises:
        TypeError, ValueError: names the first.
    """
    for name, value in given.items():
        _no_bool(name, value, "a number from 0 to 1")
        share(name, value)


def numbers(least: float, /, **given: Any) -> None:
    """Refuse arguments that are no finite numbers from `least`, which may be -inf.

    Raises:
        TypeError, ValueError: names the first.
    """
    accepted = "a finite number" + (f" at least {least:g}" if least > -math.inf else "")
    for name, value in given.items():
        _no_bool(name, value, accepted)
        try:
            fits = least <= value and math.isfinite(value)
        except (TypeError, ValueError):
            raise TypeError(f"{name}: got {value!r}, accepted is {accepted}") from None
        if not fits:
            raise ValueError(f"{name}: got {value!r}, accepted is {accepted}")


def _no_bool(name: str, value: Any, accepted: str) -> None:
    if isinstance(value, bool):
        raise TypeError(f"{name}: got {value!r}, accepted is {accepted}")


def shaped(argument: str, tensor: Tensor, *sides: int | str) -> None:
    """Refuse a tensor of another shape, where torch would broadcast it, or compute nonsense.

    Args:
        argument: its name.
        tensor: what came.
        sides: of the accepted shape; a name stands for any size.

    Raises:
        ValueError: names both shapes.
    """
    fits = tensor.ndim == len(sides) and all(
        isinstance(side, str) or side == size
        for side, size in zip(sides, tensor.shape, strict=True)
    )
    if not fits:
        accepted = ", ".join(map(str, sides)) + ("," if len(sides) == 1 else "")
        raise ValueError(
            f"{argument}: got the shape {tuple(tensor.shape)}, accepted is ({accepted})"
        )
