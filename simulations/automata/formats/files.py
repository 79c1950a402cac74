"""Reading and writing pattern files, by their extension or by what is in them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from complexity.errors import one_of
from complexity.files import write_atomically
from simulations.automata.formats import life106, macrocell, npz, plaintext, rle
from simulations.automata.formats.macrocell import Macrocell
from simulations.automata.formats.pattern import Pattern, PatternError, lines_of
from simulations.automata.rulestring import count_rule

__all__ = ["FORMATS", "decode", "encode", "read", "read_macrocell", "write"]


@dataclass(frozen=True)
class Format:
    """A format of pattern files.

    Attributes:
        decode: file's contents -> pattern.
        encode: pattern -> file's contents.
        states: how many it can hold.
        rules: whether it holds the rule and the bounded grid; what does not is Life's.
    """

    decode: Callable[[bytes], Pattern]
    encode: Callable[[Pattern], bytes]
    states: int
    rules: bool


def _text(data: bytes) -> str:
    """UTF-8 or, where it is none, Latin-1, which anything is."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="replace")


FORMATS = {
    "rle": Format(lambda data: rle.decode(_text(data)), lambda p: _bytes(rle.encode(p)), 256, True),
    "cells": Format(
        lambda data: plaintext.decode(_text(data)), lambda p: _bytes(plaintext.encode(p)), 2, False
    ),
    "life106": Format(
        lambda data: life106.decode(_text(data)), lambda p: _bytes(life106.encode(p)), 2, False
    ),
    "macrocell": Format(
        lambda data: macrocell.decode(_text(data)).pattern(),
        lambda p: _bytes(macrocell.encode(Macrocell.of(p))),
        2,
        True,
    ),
    "npz": Format(npz.decode, npz.encode, 256, True),
}
"""Name -> format. All keep live cells; .cells no place and time, Life 1.06 no text and no box,
macrocell no name, author and box; only .npz keeps metadata."""

_EXTENSIONS = {
    ".rle": "rle", ".cells": "cells", ".lif": "life106", ".life": "life106", ".mc": "macrocell",
    ".npz": "npz",
}  # fmt: skip

_LOOK = 1 << 16
"""Bytes at the beginning of a file that tell its format."""


def read(path: str | os.PathLike[str]) -> Pattern:
    """Read a pattern file of any format, which is told by what is in it.

    Raises:
        FileNotFoundError: there is none.
        PatternError: it cannot be read; says where and why. A pattern too large for an array is
            `read_macrocell`'s business.
    """
    return _read(path, decode)


def read_macrocell(path: str | os.PathLike[str]) -> Macrocell:
    """Read a pattern file of two states as a quadtree, which may be of any size.

    Raises:
        FileNotFoundError: there is none.
        PatternError: it cannot be read; says where and why.
    """
    return _read(path, _decode_macrocell)


def _read(path: str | os.PathLike[str], decoded):
    where = Path(path)
    data = where.read_bytes()
    try:
        return decoded(data, where.suffix.lower())
    except PatternError as error:
        raise error.within(where) from None


def _decode_macrocell(data: bytes, suffix: str) -> Macrocell:
    name = _recognised(data, suffix)
    if name == "macrocell":
        return macrocell.decode(_text(data))
    if name == "rle":
        return Macrocell.of_runs(rle.decode_runs(_text(data)))
    return Macrocell.of(FORMATS[name].decode(data))


def decode(data: bytes, suffix: str = "") -> Pattern:
    """The pattern in a file's contents.

    Args:
        data: the contents.
        suffix: the file's extension, for contents that could be of several formats.

    Raises:
        PatternError: it cannot be read, or is of no format that is known.
    """
    return FORMATS[_recognised(data, suffix)].decode(data)


def _recognised(data: bytes, suffix: str) -> str:
    """The format that contents speak of or, where they do not, that an extension does."""
    if data.startswith(b"PK"):
        return "npz"
    if data.startswith(macrocell.HEAD.encode()):
        return "macrocell"
    text = _text(data[:_LOOK])
    if text.startswith(life106.HEAD):
        return "life106"
    lines = [line for line in lines_of(text) if line.strip() and not line.startswith("#")]
    if lines and rle.HEADER.fullmatch(lines[0]):
        return "rle"
    if suffix in _EXTENSIONS:
        return _EXTENSIONS[suffix]
    if lines and lines[0][0] in "!.O":
        return "cells"
    raise PatternError(f"format: not recognised; known are {', '.join(FORMATS)}")


def write(path: str | os.PathLike[str], pattern: Pattern) -> None:
    """Write a pattern in the format of the path's extension, whole or not at all.

    Raises:
        ValueError: an extension of no known format, or a pattern that the format cannot hold.
        OSError: the folder is missing or cannot be written.
    """
    where = Path(path)
    name = _EXTENSIONS.get(where.suffix.lower())
    if name is None:
        raise ValueError(
            f"path: got {where.name!r}, accepted are the extensions {', '.join(_EXTENSIONS)}"
        )
    write_atomically(where, encode(pattern, name))


def encode(pattern: Pattern, name: str) -> bytes:
    """The contents of a file in one of `FORMATS`.

    Raises:
        ValueError: an unknown format, or a pattern that it cannot hold.
    """
    chosen = FORMATS[one_of("name", name, FORMATS)]
    top = int(pattern.cells.max(initial=0))
    if top >= chosen.states:
        raise ValueError(
            f"pattern: got state {top}, accepted for {name} are 0 to {chosen.states - 1}"
        )
    if not chosen.rules and (pattern.grid or not _is_life(pattern.rule)):
        raise ValueError(
            f"pattern: got rule {pattern.full_rule!r}, accepted for {name}, which names none, is "
            "B3/S23 on the unbounded plane"
        )
    return chosen.encode(pattern)


def _is_life(rule: str) -> bool:
    try:
        return str(count_rule(rule)) == "B3/S23"
    except ValueError:
        return False
