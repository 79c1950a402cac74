"""Initial cups: half and half, a disc, or the user's own array."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.errors import integer, one_of
from simulations.coffee._kernels import LANES
from simulations.system import random_words

__all__ = [
    "INITIAL",
    "MAX_SIZE",
    "binary_cup",
    "initial_cup",
    "random_lanes",
    "restored",
    "run_parameters",
    "saved",
]

INITIAL = ("half", "disc")
MAX_SIZE = 32766
"""Walkers' coordinates are 16-bit, one beyond either wall included."""

Cup = npt.NDArray[np.uint8]


def initial_cup(size: int, initial: str | npt.ArrayLike = "half") -> Cup:
    """An (n, n) cup, 1 where there is cream and 0 where there is coffee.

    Args:
        size: side n, even, from 2 to 32766.
        initial: "half" (cream in the upper half), "disc" (a centred disc of radius n/4), or an
            (n, n) array of non-negative integers, which sets the size itself.

    Raises:
        ValueError, TypeError: anything else.
    """
    if not isinstance(initial, str):
        return _own_cup(np.asarray(initial))
    one_of("initial", initial, INITIAL)
    n = integer("size", size, 2, MAX_SIZE)
    if n % 2:
        raise ValueError(f"size: got {n}, accepted is an even integer (half the cup is cream)")
    place = np.arange(n) + 0.5 - n / 2
    y, x = place[:, None], place[None, :]
    cream = y + 0 * x < 0 if initial == "half" else x * x + y * y < (n / 4) ** 2
    return cream.astype(np.uint8)


def _own_cup(array: np.ndarray) -> Cup:
    if array.dtype.kind not in "biu":
        raise TypeError(
            f"initial: got an array of dtype {array.dtype}, accepted are booleans or integers "
            "(1 is cream, 0 is coffee)"
        )
    shape = " by ".join(map(str, array.shape)) or "a single number"
    if array.ndim != 2 or array.shape[0] != array.shape[1] or len(array) % 2 or len(array) < 2:
        raise ValueError(f"initial: got {shape} cells, accepted is a square with an even side")
    if len(array) > MAX_SIZE:
        raise ValueError(f"initial: got {shape} cells, accepted are sides up to {MAX_SIZE}")
    if array.min() < 0 or array.max() > 255:
        raise ValueError(
            f"initial: got values from {array.min()} to {array.max()}, accepted are 0 to 255"
        )
    return array.astype(np.uint8)


def binary_cup(cup: Cup) -> Cup:
    """Return `cup` if all its cells are 0 or 1.

    Raises:
        ValueError: they are not, and swaps need them to be.
    """
    if cup.max() > 1:
        raise ValueError(f"initial: got cells up to {cup.max()}, accepted are 0 and 1")
    return cup


def random_lanes(seed: int, streams: int) -> npt.NDArray[np.uint64]:
    """(streams, 4, LANES) generator states; stream i is SeedSequence(seed, spawn_key=(i,))."""
    words = [random_words(seed, (stream,), 4 * LANES) for stream in range(streams)]
    return np.array(words).reshape(streams, 4, LANES)


def run_parameters(cup: Cup, **others: Any) -> dict[str, Any]:
    """What determines a cup's run; the initial cells are stood for by a SHA-256."""
    digest = hashlib.sha256(cup.tobytes()).hexdigest()
    return {"size": len(cup), **others, "initial_sha256": digest[:16]}


def saved(cup: object, names: Iterable[str]) -> dict[str, np.ndarray]:
    """Copies of a cup's arrays and counters by attribute name, as a System's snapshot."""
    return {name.lstrip("_"): np.array(getattr(cup, name)) for name in names}


def restored(cup: object, names: Iterable[str], snapshot: Mapping[str, np.ndarray]) -> None:
    """Put the attributes of `saved` back; counters become plain integers again."""
    for name in names:
        value = np.array(snapshot[name.lstrip("_")])
        setattr(cup, name, value if value.ndim else int(value))
