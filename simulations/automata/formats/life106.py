"""Life 1.06 patterns (.lif, .life): the place x y of every live cell.

References:
    LifeWiki, "Life 1.06"; the format of the program Life32's and Golly's readers.
"""

from __future__ import annotations

import numpy as np

from simulations.automata.formats.pattern import (
    MOST_DIGITS,
    Pattern,
    PatternError,
    lines_of,
    number,
    room,
    shown,
    written,
)

__all__ = ["HEAD", "decode", "encode"]

HEAD = "#Life 1.06"


def decode(text: str) -> Pattern:
    """Read a pattern; it is Life's, in the box of its live cells.

    Raises:
        PatternError: another head, a line that is not two numbers, cells too far apart for an
            array.
    """
    lines = lines_of(text)
    if not lines or lines[0].strip() != HEAD:
        got = shown(lines[0] if lines else "")
        raise PatternError(f"head: got {got}, accepted is {HEAD!r}", line=1)
    places = []
    for i, line in enumerate(lines[1:], 2):
        if line.startswith("#") or not line.strip():
            continue
        parts = line.split()
        if len(parts) != 2:
            raise PatternError(f"cell: got {shown(line)}, accepted are x and y", line=i)
        places.append((number(parts[1], "y", i), number(parts[0], "x", i)))
    if not places:
        return Pattern(np.zeros((0, 0), np.uint8))
    rows, columns = zip(*places, strict=True)
    top, left = min(rows), min(columns)
    shape = (max(rows) - top + 1, max(columns) - left + 1)
    room(*shape)
    cells = np.zeros(shape, np.uint8)
    at = np.array(places, np.int64) - np.array([top, left], np.int64)
    cells[at[:, 0], at[:, 1]] = 1
    return Pattern(cells, corner=(top, left))


def encode(pattern: Pattern) -> str:
    """Write the live cells; nothing else that a pattern says is kept.

    Raises:
        ValueError: a live cell's place has more than `MOST_DIGITS` digits.
    """
    places = np.argwhere(pattern.cells)
    for end in (places.min(0), places.max(0)) if len(places) else ():
        for at, first in zip(end.tolist(), pattern.corner, strict=True):
            written(at + first, "corner", MOST_DIGITS)
    top, left = pattern.corner
    return "\n".join([HEAD, *(f"{x + left} {y + top}" for y, x in places.tolist()), ""])
