"""States as JSON: what a snapshot holds of an environment's hidden state."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["packed", "unpacked"]


def packed(value: Any) -> npt.NDArray[np.uint8]:
    """A plain value as bytes: None, bools, numbers, strings, Fractions; tuples and sets of them.

    Raises:
        TypeError: it is of another kind, so that it would not come back as it was.
    """
    return np.frombuffer(json.dumps(_tagged(value)).encode(), np.uint8)


def unpacked(data: npt.NDArray[np.uint8]) -> Any:
    """The value of `packed`."""
    return _plain(json.loads(np.asarray(data, np.uint8).tobytes()))


def _tagged(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is Fraction:
        return {"fraction": str(value)}
    if kind is tuple:
        return {"tuple": [_tagged(each) for each in value]}
    if kind is frozenset:
        return {"frozenset": [_tagged(each) for each in value]}
    if kind is dict and all(type(name) is str for name in value):
        return {"dict": {name: _tagged(each) for name, each in value.items()}}
    raise TypeError(
        f"state: got a {kind.__name__}, which a snapshot cannot hold; accepted are None, bools, "
        "numbers, strings, Fractions, and tuples and frozensets of them"
    )


def _plain(tagged: Any) -> Any:
    if not isinstance(tagged, dict):
        return tagged
    ((kind, content),) = tagged.items()
    if kind == "fraction":
        return Fraction(content)
    if kind == "dict":
        return {name: _plain(each) for name, each in content.items()}
    return (tuple if kind == "tuple" else frozenset)(_plain(each) for each in content)
