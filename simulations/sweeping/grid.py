"""The cells of a sweep: every setting of a grid, replica by replica, each with its own seed."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Cell", "Scalar", "cell_seed", "checked_grid", "planned"]

Scalar = bool | int | float | str | None
"""What a parameter may be: what a file names exactly."""

RESERVED = ("replica", "seed", "time")


@dataclass(frozen=True)
class Cell:
    """One call of the function.

    Attributes:
        parameters: name -> value.
        replica: from 0.
        seed: what the function is given, below 2**63.
    """

    parameters: Mapping[str, Scalar]
    replica: int
    seed: int

    def __str__(self) -> str:
        settings = [f"{name}={value}" for name, value in self.parameters.items()]
        return ", ".join([*settings, f"replica {self.replica}"])


def checked_grid(grid: Mapping[str, Iterable[Any]]) -> dict[str, tuple[Scalar, ...]]:
    """The grid with plain values.

    Raises:
        TypeError: no mapping of names to sequences of numbers, texts, booleans and None.
        ValueError: a name that is taken, no values, the same twice, or one that is not finite.
    """
    if not isinstance(grid, Mapping):
        raise TypeError(f"grid: got {grid!r}, accepted is a mapping from names to values")
    return {_name(name): _values(name, values) for name, values in grid.items()}


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name.isidentifier():
        raise TypeError(f"grid: got the name {name!r}, accepted is a parameter of the function")
    if name in RESERVED:
        raise ValueError(f"grid: {name!r} is the sweep's own, accepted is another name")
    return name


def _values(name: str, values: Any) -> tuple[Scalar, ...]:
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise TypeError(f"grid: {name}: got {values!r}, accepted is a sequence, as [{values!r}]")
    found = tuple(_scalar(name, value) for value in values)
    if not found:
        raise ValueError(f"grid: {name}: got no values, accepted are one or more")
    if len(set(found)) < len(found):
        raise ValueError(f"grid: {name}: got {list(found)}, accepted are different values")
    return found


def _scalar(name: str, value: Any) -> Scalar:
    plain = value.item() if isinstance(value, np.generic) else value
    if not isinstance(plain, bool | int | float | str | None):
        raise TypeError(
            f"grid: {name}: got {value!r}, accepted are numbers, texts, booleans and None; name "
            "the objects, and look them up in the function"
        )
    if isinstance(plain, float) and not math.isfinite(plain):
        raise ValueError(f"grid: {name}: got {plain}, accepted are finite numbers")
    return plain


def cell_seed(seed: int, parameters: Mapping[str, Scalar], replica: int) -> int:
    """The seed of a cell, a function of its own parameters: other values in the grid change none.

    Args:
        seed: the sweep's.
        parameters: of the cell, in any order; 1 and 1.0 are two values.
        replica: from 0.

    Returns:
        An integer below 2**63, from `SeedSequence(seed, spawn_key=(parameters' digest, replica))`.
    """
    text = json.dumps(dict(parameters), sort_keys=True, allow_nan=False)
    words = np.frombuffer(hashlib.sha256(text.encode()).digest(), "<u4").tolist()
    sequence = np.random.SeedSequence(seed, spawn_key=(*words, replica))
    return int(sequence.generate_state(1, np.uint64)[0]) >> 1


def planned(grid: Mapping[str, tuple[Scalar, ...]], replicas: int, seed: int) -> list[Cell]:
    """All cells, the last name's values and then the replicas varying fastest."""
    settings = (
        dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())
    )
    return [Cell(s, r, cell_seed(seed, s, r)) for s in settings for r in range(replicas)]
