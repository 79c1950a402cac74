"""What commands print, for people and as one JSON document, and where they may write files."""

from __future__ import annotations

import inspect
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["FIGURES", "check_file", "check_not_read", "check_options", "print_json", "terminal"]

FIGURES = (".png", ".svg", ".pdf")
"""Endings of figures."""


def print_json(document: Any) -> None:
    """Print one JSON document on standard output; NaN and infinities become null.

    Raises:
        TypeError: the document holds what JSON and NumPy scalars do not cover.
    """
    shown = (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(_plain(document), indent=2, allow_nan=False, ensure_ascii=not shown)
    sys.stdout.write(text + "\n")


def terminal() -> Console:
    """Where commands print for people: names are no markup, and a reader may leave."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # by itself rich would exit with status 1

    return Terminal(markup=False, emoji=False)


def check_file(
    option: str, path: Path, endings: Iterable[str], read: Iterable[str | Path] = ()
) -> None:
    """Refuse a file to write before any work: its name, its folder, or that it is read.

    Args:
        option: as --out.
        path: the file.
        endings: what its name may end in.
        read: as `check_not_read`.

    Raises:
        ValueError: the name ends otherwise, the folder does not exist, or the file is read.
    """
    known = tuple(endings)
    if path.suffix.lower() not in known:
        raise ValueError(f"{option} {path}: accepted is a name in {', '.join(known)}")
    if not path.parent.is_dir():
        raise ValueError(f"{option} {path}: the folder {path.parent} does not exist")
    check_not_read(option, [path], read)


def check_not_read(option: str, written: Iterable[Path], read: Iterable[str | Path]) -> None:
    """Refuse to write what is read.

    Args:
        option: as --out.
        written: files, which need not exist.
        read: files, FILE.csv:COLUMN, or folders with all that is below them.

    Raises:
        ValueError: one is written and read.
    """
    there = [path for path in written if path.exists()]
    for place in map(str, read):
        name = place if os.path.exists(place) else place.rpartition(":")[0]
        for path in there if name else ():
            if _holds(Path(name), path):
                raise ValueError(f"{option} {path}: that is the input, which it would replace")


def check_options(command: Callable[..., None], files: Iterable[str | Path]) -> None:
    """Refuse a mistyped option, which a command that reads "-" takes for a file.

    Args:
        command: the first of its parameters is the files, the others are options.
        files: as they were given.

    Raises:
        ValueError: one begins as an option does, and is no file; says which option is near.
    """
    from complexity.errors import unknown

    for file in map(str, files):
        if file[:1] == "-" and file[:2] not in ("-", "-:") and not os.path.exists(file):
            known = [f"--{name}" for name in inspect.signature(command).parameters]
            raise unknown("option", file.partition("=")[0], known[1:])


def _holds(place: Path, path: Path) -> bool:
    """Whether it is that file, or a folder above it."""
    if place.is_dir():
        return place.resolve() in path.resolve().parents
    return place.is_file() and place.samefile(path)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # NumPy arrays and scalars
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
