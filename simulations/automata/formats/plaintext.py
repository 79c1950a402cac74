"""Plain text patterns (.cells): a dot for a dead cell, an O for a live one.

References:
    LifeWiki, "Plaintext"; the comments with ! are those of its collection.
"""

from __future__ import annotations

import numpy as np

from simulations.automata.formats.pattern import Pattern, PatternError, lines_of, room

__all__ = ["decode", "encode"]

_STATES = bytes.maketrans(b".O*", bytes([0, 1, 1]))


def decode(text: str) -> Pattern:
    """Read a pattern; it is Life's, as the format names no rule.

    Raises:
        PatternError: a line that is neither a comment nor cells, or more cells than an array holds.
    """
    said = {"name": "", "author": ""}
    comments, rows = [], []
    lines = lines_of(text)
    for i, line in enumerate(lines, 1):
        if line.startswith("!"):
            key, colon, rest = line[1:].partition(":")
            if colon and key.lower() in said:
                said[key.lower()] = rest.strip()
            else:
                comments.append(line[1:].strip())
            continue
        row = line.rstrip(" \t")
        wrong = row.lstrip(".O*")
        if wrong:
            raise PatternError(
                f"cells: got {wrong[0]!r}, accepted are . for dead and O for alive, or a comment "
                "after !",
                line=i,
                column=len(row) - len(wrong) + 1,
            )
        rows.append(row)
    width = max(map(len, rows), default=0)
    room(len(rows), width)
    block = "".join(row.ljust(width, ".") for row in rows).encode("ascii").translate(_STATES)
    cells = np.frombuffer(block, np.uint8).reshape(len(rows), width)
    return Pattern(cells, name=said["name"], author=said["author"], comments=tuple(comments))


def encode(pattern: Pattern) -> str:
    """Write a pattern; its place and time are not kept."""
    lines = [f"!Name: {pattern.name}"] if pattern.name else []
    lines += [f"!Author: {pattern.author}"] if pattern.author else []
    lines += [f"!{comment}" for comment in pattern.comments]
    lines += ["".join(".O"[cell] for cell in row) for row in pattern.cells.tolist()]
    return "\n".join([*lines, ""])
