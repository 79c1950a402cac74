"""What the front doors here accept: numbers in a range, positive ones, inputs."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import as_array

__all__ = ["as_inputs", "number", "positive"]

_LARGEST = 1e100  # squares of differences stay finite
_MANY = 1000


def number(argument: str, value: Any, least: float, most: float) -> float:
    """A number in a range, as a float.

    Raises:
        TypeError, ValueError: it is none, or out of range.
    """
    accepted = f"accepted is a number from {least:g} to {most:g}"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{argument}: got {value!r}, {accepted}")
    if not least <= (value if isinstance(value, int) else float(value)) <= most:
        raise ValueError(f"{argument}: got {value}, {accepted}")
    return float(value)


def positive(argument: str, values: Any) -> tuple[float, ...]:
    """Positive finite numbers as a tuple.

    Raises:
        TypeError, ValueError: there is none, or it is something else.
    """
    accepted = "accepted is a sequence of positive finite numbers"
    if not isinstance(values, Sequence | np.ndarray) or isinstance(values, str | bytes):
        raise TypeError(f"{argument}: got {values!r}, {accepted}")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise TypeError(f"{argument}: got {value!r}, {accepted}")
        if not 0 < value < math.inf:
            raise ValueError(f"{argument}: got {value}, {accepted}")
    if not 1 <= len(values) <= _MANY:
        raise ValueError(f"{argument}: got {len(values)}, accepted are 1 to {_MANY}")
    return tuple(float(value) for value in values)


def as_inputs(inputs: Any) -> NDArray[np.float64]:
    """Inputs (n, ...) as an array of float64; numbers alone become (n, 1).

    Raises:
        TypeError: they are no numbers.
        ValueError: one is NaN, infinite, or beyond 1e100.
    """
    array = as_array("inputs", inputs, "accepted is an array (n, ...)")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"inputs: got {array.dtype} values, accepted are numbers (n, ...)")
    if not array.ndim:
        raise ValueError(f"inputs: got {inputs!r}, accepted is an array (n, ...)")
    if 0 in array.shape[1:]:
        raise ValueError(f"inputs: got shape {array.shape}, accepted is a number or more for each")
    with np.errstate(over="ignore"):  # of long doubles; what is too great is said below
        array = np.ascontiguousarray(array, np.float64) + 0.0  # one zero
    if not (np.abs(array) <= _LARGEST).all():
        wrong = array[~(np.abs(array) <= _LARGEST)].flat[0]
        raise ValueError(f"inputs: got {wrong}, accepted are finite numbers up to 1e100 in size")
    return array if array.ndim > 1 else array[:, None]
