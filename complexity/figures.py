"""Figures outside pyplot's global state, written whole; matplotlib is imported on first use."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from complexity.files import write_atomically

__all__ = ["legend", "new_figure", "save_figure", "save_gif"]

_DATES = {".png": "Software", ".svg": "Date", ".pdf": "CreationDate"}
"""Ending -> the metadata that would make equal figures differ."""


def new_figure(**options: Any) -> Any:
    """A matplotlib Figure with a constrained layout; nothing opens and nothing leaks."""
    from matplotlib.figure import Figure

    return Figure(layout="constrained", **options)


def legend(axes: Any, *arguments: Any, **options: Any) -> Any:
    """A legend that shows labels as they are: a "$" in a name is no formula."""
    made = axes.legend(*arguments, **options)
    for text in made.get_texts():
        text.set_parse_math(False)
    return made


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


def save_gif(images: Sequence[Any], path: str | os.PathLike[str], *, milliseconds: int) -> Path:
    """Write images as a GIF that loops; the last one of several is held for 20 times as long.

    Args:
        images: at least one Pillow image, all of one size.
        path: ends in .gif.
        milliseconds: that an image is shown.

    Raises:
        ValueError: another ending.
        OSError: the folder is missing or cannot be written.
    """
    if Path(path).suffix.lower() != ".gif":
        raise ValueError(f"path: got {os.fspath(path)!r}, the accepted ending is .gif")
    held = [milliseconds] * (len(images) - 1) + [20 * milliseconds]
    stream = io.BytesIO()
    images[0].save(
        stream,
        format="GIF",
        save_all=True,
        append_images=images[1:],
        duration=held if len(images) > 1 else milliseconds,
        loop=0,
        optimize=False,
    )
    return write_atomically(path, stream.getvalue())
