"""What the results share: files that are whole or absent, and a checked number of bits."""

from __future__ import annotations

import io
import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from complexity.files import write_atomically

__all__ = ["checked_slack", "save_figure", "save_json"]


def save_json(result: Any, path: str | os.PathLike[str]) -> Path:
    """Write a result's `to_dict()` as .json, whole or not at all.

    Raises:
        ValueError: the path ends otherwise.
        OSError: the folder is missing or cannot be written.
    """
    if Path(path).suffix.lower() != ".json":
        raise ValueError(f"path: got {os.fspath(path)!r}, accepted is a name in .json")
    text = json.dumps(result.to_dict(), indent=2, allow_nan=False) + "\n"
    return write_atomically(path, text.encode("utf-8"))


def save_figure(figure: Any, path: str | os.PathLike[str] | None) -> Any:
    """Save a figure where a path is given, and return it."""
    if path is not None:
        buffer = io.BytesIO()
        figure.savefig(buffer, format=Path(path).suffix.lstrip(".") or "png")
        write_atomically(path, buffer.getvalue())
    return figure


def checked_slack(slack: float, argument: str = "slack") -> float:
    """A number of bits from 0.

    Raises:
        TypeError: it is no number.
        ValueError: it is negative or not finite.
    """
    if isinstance(slack, bool) or not isinstance(slack, int | float | np.number):
        raise TypeError(f"{argument}: got {slack!r}, accepted is a number of bits from 0")
    if not 0 <= slack < math.inf:
        raise ValueError(f"{argument}: got {slack}, accepted is a finite number of bits from 0")
    return float(slack)
