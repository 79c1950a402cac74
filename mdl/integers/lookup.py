"""Codes of integers by name."""

from __future__ import annotations

from typing import Any

from complexity._spec import Option
from complexity.code import codes, get_code
from complexity.errors import unknown

__all__ = ["get"]

_DOMAINS = ("integer", "integers", "real")


def get(spec: str, **options: Option) -> Any:
    """The code of integers, of arrays of integers or of reals that a spec names.

    Args:
        spec: as for `complexity.get_code`: "elias-delta", "rice:3", "golomb:m=10,integers=signed",
            "truncated-binary:low=1,high=6", "integers(rice:3)", "real:precision=12".
        **options: parameters by name.

    Returns:
        A codec.

    Raises:
        TypeError: `spec` is not a string.
        ValueError: no code of integers or reals is of that name, or an option is out of range.

    Example:
        >>> get("elias-delta").bits(17), get("integers(elias-delta)").bits([17, 1])
        (9.0, 14.0)
    """
    known = {name: entry for name, entry in codes().items() if entry.domain in _DOMAINS}
    if isinstance(spec, str):
        name = spec.partition(":")[0].partition("(")[0].strip()
        if name not in known:
            raise unknown("code", name, known)
    return get_code(spec, **options)
