"""apgcodes: names of still lifes (xs), oscillators (xp) and spaceships (xq), one for all phases.

References:
    A. P. Goucher, apgsearch, 2015: the code and which phase it is of; the string after the prefix
    is H. Wechsler's, extended.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulations.automata.formats.pattern import Pattern, PatternError, room, shown
from simulations.automata.plane import Cells, Plane

__all__ = ["decode", "encode"]

_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_VALUE = {character: value for value, character in enumerate(_CHARACTERS)}
_STRIP = 5
_FEWEST, _MOST = 4, 39
"""Zeros that y and a character stand for; one, two and three are 0, w and x."""


def decode(code: str, rule: str = "B3/S23") -> Pattern:
    """The phase of an object that its code spells.

    The number of an xs must be its population; the period after xp and xq is not tried.

    Args:
        code: as "xq4_153".
        rule: of the result.

    Raises:
        PatternError: it is no apgcode of an object with two states.
    """
    head, _, body = code.partition("_")
    if head[:2] not in ("xs", "xp", "xq") or not (head[2:].isascii() and head[2:].isdigit()):
        raise PatternError(
            f"apgcode: got {shown(code)}, accepted are xs4_33, xp2_7, xq4_153 and their like",
            line=1,
        )
    cells = _unpacked(_strips(body, code))
    population = int(np.count_nonzero(cells))
    if head[:2] == "xs" and head[2:] != str(population):
        raise PatternError(
            f"apgcode: {shown(code)} spells {population} cells, not {head[2:][:20]}", line=1
        )
    return Pattern(Plane(cells, (0, 0)).fitted().cells, rule, metadata={"apgcode": code})


def _strips(body: str, code: str) -> list[list[int]]:
    """The columns of each strip of five rows, numbers below 32."""
    strips: list[list[int]] = [[]]
    characters = iter(body)
    for character in characters:
        if character == "z":
            strips.append([])
        elif character in "wx":
            strips[-1] += [0] * (2 if character == "w" else 3)
        elif character == "y":
            after = next(characters, "")
            if after not in _VALUE:
                raise _strange(code, f"y{after}")
            strips[-1] += [0] * (_FEWEST + _VALUE[after])
        elif character in _VALUE:
            strips[-1].append(_VALUE[character])
        else:
            raise _strange(code, character)
    return strips


def _strange(code: str, what: str) -> PatternError:
    return PatternError(
        f"apgcode: got {shown(what)} in {shown(code)}, accepted are 0-9, a-x, y with a character "
        "and z",
        line=1,
    )


def _unpacked(strips: list[list[int]]) -> Cells:
    width = max(map(len, strips), default=0)
    room(_STRIP * len(strips), width, line=1)
    values = np.zeros((len(strips), 1, width), np.uint8)
    for i, strip in enumerate(strips):
        values[i, 0, : len(strip)] = strip
    bits = np.uint8(1) & (values >> np.arange(_STRIP, dtype=np.uint8)[:, None])
    return bits.astype(np.uint8).reshape(_STRIP * len(strips), width)


def encode(pattern: Pattern, *, longest: int = 1000) -> str:
    """The code of a still life, an oscillator or a spaceship: its shortest string over all phases
    and orientations and, of those, the first in the alphabet.

    Args:
        pattern: of a Life-like or an isotropic rule, on the unbounded plane.
        longest: the longest period that is tried.

    Raises:
        ValueError: it is empty, has more than two states, or does not return within `longest`
            generations.
    """
    if pattern.grid or not pattern.population or pattern.cells.max() > 1:
        raise ValueError(
            f"pattern: got {pattern!r}, accepted for an apgcode are live cells of two states on "
            "the unbounded plane"
        )
    phases, moves = _orbit(pattern, longest)
    strings = [_spelled(turned) for cells in phases for turned in _turned(cells)]
    body = min(strings, key=lambda text: (len(text), text))
    if moves:
        return f"xq{len(phases)}_{body}"
    return f"xp{len(phases)}_{body}" if len(phases) > 1 else f"xs{pattern.population}_{body}"


def _orbit(pattern: Pattern, longest: int) -> tuple[list[Cells], bool]:
    """The object's phases, each in its box, and whether it is elsewhere after them."""
    system = pattern.automaton("open").system(pattern.cells)
    planes: list[Plane] = []
    for _ in range(longest + 1):
        snapshot = system.snapshot()
        row, column = snapshot["corners"][0].tolist()
        plane = Plane(snapshot["cells0"], (row, column)).fitted()
        if planes and np.array_equal(plane.cells, planes[0].cells):
            return [each.cells for each in planes], plane.corner != planes[0].corner
        if not plane.cells.size:
            raise ValueError(f"pattern: {pattern!r} dies after {len(planes)} generations")
        planes.append(plane)
        system.advance(1)
    raise ValueError(
        f"pattern: {pattern!r} does not return within {longest} generations; consider a larger "
        "longest"
    )


def _turned(cells: Cells) -> Iterator[Cells]:
    """The eight orientations."""
    for flipped in (cells, cells[:, ::-1]):
        for quarter in range(4):
            yield np.rot90(flipped, quarter)


def _spelled(cells: Cells) -> str:
    """Wechsler's string of an array: strips of five rows, a column of one a character."""
    height, width = cells.shape
    strips = -(-height // _STRIP)
    padded = np.zeros((strips * _STRIP, width), np.uint8)
    padded[:height] = cells
    weights = (1 << np.arange(_STRIP, dtype=np.uint8))[:, None]
    values = (padded.reshape(strips, _STRIP, width) * weights).sum(1)
    return "z".join(_spelled_strip(strip) for strip in values.tolist())


def _spelled_strip(columns: list[int]) -> str:
    text, zeros = "", 0
    for column in columns:
        if column:
            text += _zeros(zeros) + _CHARACTERS[column]
        zeros = 0 if column else zeros + 1
    return text


def _zeros(count: int) -> str:
    text = ""
    while count > _MOST:
        text, count = text + "yz", count - _MOST
    return text + (("", "0", "w", "x")[count] if count < _FEWEST else f"y{_CHARACTERS[count - 4]}")
