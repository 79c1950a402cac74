"""What ledgers of finished work share: names by digest, one writer at a time, errors with a place.

A cell is one piece of work, named after a digest of everything that determines it, its program
included: nothing finished is computed twice, and another program never meets these results.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any

__all__ = ["DamagedCellError", "alone", "digest", "naming", "source_digest"]


class DamagedCellError(ValueError):
    """A file of a cell is damaged or of another format; the message has its path."""


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of JSON values, whatever the order of the names, in 64 hexadecimal digits."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Say where, if writing below `path` fails without a name, as on a full disk."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
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


def source_digest(function: Callable[..., Any]) -> str:
    """A digest of a function's program, in 16 hexadecimal digits.

    It is the source of the function and of what of its module it makes use of, constants included;
    of the libraries beneath it says nothing.
    """
    home = function.__module__
    here = getattr(inspect.unwrap(function), "__globals__", {})
    used: dict[str, str] = {}
    waiting: list[tuple[str, Any]] = [(function.__qualname__, function)]
    while waiting:
        name, item = waiting.pop()
        if name in used:
            continue
        used[name] = _source(item)
        waiting += [
            (other, found)
            for other in _names(item)
            if (found := here.get(other)) is not None
            and getattr(found, "__module__", home) == home
            and not inspect.ismodule(found)
        ]
    return hashlib.sha256(repr(sorted(used.items())).encode()).hexdigest()[:16]


def _source(item: Any) -> str:
    try:
        return inspect.getsource(item)
    except (OSError, TypeError):  # typed at a prompt, or a constant
        if inspect.isfunction(item):
            return repr([(code.co_code, code.co_names, _constants(code)) for code in _codes(item)])
        return re.sub(r" at 0x[0-9a-f]+", "", repr(item))  # the same in every process


def _constants(code: CodeType) -> list[str]:
    return [repr(each) for each in code.co_consts if not inspect.iscode(each)]


def _names(item: Any) -> set[str]:
    """Global names that a function, or a class's methods, may look up."""
    return {name for code in _codes(item) for name in code.co_names}


def _codes(item: Any) -> list[CodeType]:
    """The code of a function, or of a class's methods, and of the functions within."""
    members = vars(item).values() if inspect.isclass(item) else [item]
    waiting = [each.__code__ for each in members if inspect.isfunction(each)]
    found: list[CodeType] = []
    while waiting:
        code = waiting.pop()
        found.append(code)
        waiting += [each for each in code.co_consts if inspect.iscode(each)]
    return found
