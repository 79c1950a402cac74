"""What the entropies share: reading a series, and being an estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.code import Kind
from complexity.errors import as_array

__all__ = ["Estimate", "series"]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number that no code stands behind.

    Attributes:
        value: the estimate, in `units`.
        units: of `value`.
        warning: why not to trust it, "" where nothing is known against it.
        kind: always "estimate".
    """

    value: float
    units: str
    warning: str = ""
    kind: Kind = field(default=Kind.ESTIMATE, init=False)

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values; a number that is not finite is None."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def series(x: ArrayLike, shortest: int, why: str) -> NDArray[Any]:
    """A series of finite real numbers, contiguous: float64, or int64 if it came as integers.

    Integers of which one is 2^63 or more are less 2^63: order and differences are the same.

    Raises:
        TypeError: `x` is not of booleans, integers or real floats.
        ValueError: it is not 1-D, is not finite, or has fewer than `shortest` values, which is
            what `why` needs.
    """
    values = as_array("x", x, "accepted is a 1-D series of numbers")
    if values.size == 0 and values.ndim == 1:
        values = values.astype(np.float64)
    if values.dtype.kind not in "biuf":
        raise TypeError(f"x: got {values.dtype}, accepted are booleans, integers or real floats")
    if values.ndim != 1:
        raise ValueError(f"x: got shape {values.shape}, accepted is a 1-D series; use x.ravel()")
    if values.size < shortest:
        raise ValueError(f"x: got {values.size} values, accepted are at least {shortest} for {why}")
    if values.dtype.kind == "u" and values.max(initial=0) >= 1 << 63:
        values = (values.astype(np.uint64) ^ np.uint64(1 << 63)).view(np.int64)
    with np.errstate(over="ignore"):  # of long doubles; what is not finite is said below
        real = np.ascontiguousarray(values, np.float64 if values.dtype.kind == "f" else np.int64)
    if values.dtype.kind == "f" and not np.isfinite(real).all():
        bad = int(np.flatnonzero(~np.isfinite(real))[0])
        raise ValueError(f"x: got {real[bad]} at index {bad}, accepted are finite values")
    return real
