"""What a front door says about bad input: the argument, what came, what is accepted."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["as_array", "integer", "one_of", "share", "shown", "unknown"]


def unknown(argument: str, got: object, known: Iterable[str], *, hint: str = "") -> ValueError:
    """The error for a name that is not one of `known`: lists them and the nearest one.

    `hint` says for what they are known, as "for walk cups".

    Example:
        >>> unknown("clock", "sweps", ["attempts", "sweeps"])
        ValueError("clock: unknown 'sweps'; known: attempts, sweeps; did you mean 'sweeps'?")
    """
    names = list(known)
    message = f"{argument}: unknown {got!r}; known{hint and ' ' + hint}: {', '.join(names)}"
    near = difflib.get_close_matches(str(got), names, n=1, cutoff=0.5)
    if near:
        message += f"; did you mean {near[0]!r}?"
    return ValueError(message)


def one_of(argument: str, value: str, known: Iterable[str]) -> str:
    """Return `value` if it is one of `known`, else raise `unknown`'s ValueError."""
    names = list(known)
    if value not in names:
        raise unknown(argument, value, names)
    return value


def integer(argument: str, value: object, minimum: int, maximum: int | None = None) -> int:
    """Return `value` as an int within [minimum, maximum].

    Raises:
        TypeError: `value` is not an integer (bool is not one here).
        ValueError: it is out of range.
    """
    accepted = f"at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
    if isinstance(value, bool):
        raise TypeError(f"{argument}: got {value!r}, accepted is an integer {accepted}")
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{argument}: got {value!r}, accepted is an integer {accepted}") from None
    if number < minimum or (maximum is not None and number > maximum):
        raise ValueError(f"{argument}: got {shown(number)}, accepted is an integer {accepted}")
    return number


def shown(number: int) -> str:
    """An integer as text; beyond 256 bits its size alone, as Python refuses to write long ones.

    Example:
        >>> shown(-17), shown(10**5000)
        ('-17', 'an integer of 16610 bits')
    """
    size = number.bit_length()
    return str(number) if size <= 256 else f"an integer of {size} bits"


def share(argument: str, value: Any, accepted: str = "a number from 0 to 1") -> float:
    """Return `value` as a float within [0, 1].

    Raises:
        TypeError: `value` is not a number.
        ValueError: it is out of range.
    """
    message = f"{argument}: got {value!r}, accepted is {accepted}"
    try:
        inside = bool(0 <= value <= 1)
    except (TypeError, ValueError):
        raise TypeError(message) from None
    if not inside:
        raise ValueError(message)
    return float(value)


def as_array(argument: str, x: Any, accepted: str) -> NDArray[Any]:
    """Data as NumPy takes them; `accepted` begins with "accepted", for what is said otherwise.

    Raises:
        ValueError: a ragged sequence; or masked cells, below which numbers lie that are no data.
    """
    import numpy as np

    if np.ma.is_masked(x):
        raise ValueError(
            f"{argument}: got masked cells, {accepted}, none masked; fill or drop them"
        )
    try:
        return np.asarray(x)
    except ValueError:
        raise ValueError(f"{argument}: got a ragged sequence, {accepted}") from None
