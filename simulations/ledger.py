"""What ledgers of finished work share: names by digest, one writer at a time, errors with a place.

A cell is one piece of work, named after a digest of everything that determines it, its program
included: nothing finished is computed twice, and another program never meets these results.
"""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["DamagedCellError", "alone", "digest", "naming"]


class DamagedCellError(ValueError):
    """A file of a cell is damaged or of another format; the message has its path."""


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of JSON values, whatever the order of the names, in 64 hexadecimal digits."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Say where, and that what had finished is kept, if a disk that is full or broken ends it."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
            raise
        reason = f"{error.strerror}; what had finished is kept, and the same call goes on"
        raise OSError(error.errno, reason, str(path)) from error


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other process is at this folder; one that ends, however, gives it free."""
    try:
        import fcntl
    except ImportError:  # no POSIX: who starts two runs of one ledger is to wait himself
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
