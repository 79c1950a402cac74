"""Writing files so that no half-written one is ever seen."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["save_json", "write_atomically"]


def write_atomically(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write `data` beside `path` and rename it into place; on failure nothing is left behind.

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
    handle, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(beside, 0o666 & ~umask)
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise


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
