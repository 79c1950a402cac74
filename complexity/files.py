"""Writing files so that no half-written one is ever seen."""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["save_json", "save_table", "write_atomically"]


def write_atomically(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write `data` beside `path` and rename it into place; on failure nothing is left behind.

    A file that is replaced hands on its permissions.

    Raises:
        OSError: the folder is missing or cannot be written, or the disk is full; it names `path`.
    """
    target = Path(path)
    try:
        _write_beside(target, data)
    except OSError as error:
        if error.errno is None:
            raise
        raise type(error)(error.errno, error.strerror, str(target)) from None
    return target


def _write_beside(target: Path, data: bytes) -> None:
    beside = target.parent / f".{secrets.token_hex(8)}.tmp"  # short: `target` may be 255 bytes
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    kept = _permissions(target)
    handle = os.open(beside, flags, 0o666 if kept is None else kept)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if kept is not None:
            with suppress(OSError):  # the umask may have narrowed them
                os.chmod(beside, kept)
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise


def _permissions(target: Path) -> int | None:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except OSError:
        return None


def save_json(path: str | os.PathLike[str], document: Any) -> Path:
    """Write JSON values as .json, whole or not at all.

    Raises:
        ValueError: the path ends otherwise, or a number is not finite.
        OSError: the folder is missing or cannot be written.
    """
    if Path(path).suffix.lower() != ".json":
        raise ValueError(f"path: got {os.fspath(path)!r}, accepted is a name in .json")
    text = json.dumps(document, indent=2, allow_nan=False) + "\n"
    return write_atomically(path, text.encode("utf-8"))


def save_table(
    path: str | os.PathLike[str], document: Any, rows: Sequence[Mapping[str, Any]]
) -> Path:
    """Write JSON values as .json, or the rows among them as .csv, whole or not at all.

    Args:
        path: the file.
        document: all of it, for .json.
        rows: one or more; what the first has is the heading of .csv.

    Raises:
        ValueError: the path ends in neither, or a number is not finite.
        OSError: the folder is missing or cannot be written.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".json":
        return save_json(path, document)
    if suffix != ".csv":
        raise ValueError(f"path: got {os.fspath(path)!r}, accepted is a name in .json or .csv")
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return write_atomically(path, stream.getvalue().encode("utf-8"))
