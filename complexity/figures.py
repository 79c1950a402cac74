"""Figures outside pyplot's global state, written whole; matplotlib is imported on first use."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from complexity.files import write_atomically

__all__ = ["new_figure", "save_figure"]

_DATES = {".png": "Software", ".svg": "Date", ".pdf": "CreationDate"}
"""Ending -> the metadata that would make equal figures differ."""


def new_figure(**options: Any) -> Any:
    """A matplotlib Figure with a constrained layout; nothing opens and nothing leaks."""
    from matplotlib.figure import Figure

    return Figure(layout="constrained", **options)


def save_figure(figure: Any, path: str | os.PathLike[str] | None, *, dpi: int = 150) -> Any:
    """Write a figure where a path is given, and return it; equal figures give equal bytes.

    Args:
        figure: a matplotlib Figure.
        path: ends in .png, .svg or .pdf, which is the format; None writes nothing.
        dpi: dots per inch of a .png.

    Raises:
        ValueError: another ending.
        OSError: the folder is missing or cannot be written.
    """
    if path is None:
        return figure
    ending = Path(path).suffix.lower()
    if ending not in _DATES:
        raise ValueError(f"path: got {os.fspath(path)!r}, accepted endings are .png, .svg and .pdf")
    from matplotlib import rc_context

    stream = io.BytesIO()
    with rc_context({"svg.hashsalt": "complexodynamics"}):
        figure.savefig(stream, format=ending[1:], dpi=dpi, metadata={_DATES[ending]: None})
    write_atomically(path, stream.getvalue())
    return figure
