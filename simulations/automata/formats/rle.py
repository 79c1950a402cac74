"""Run-length encoded patterns (.rle), extended: many states, bounded grids.

References:
    D. Buckingham, J. Nicholls' and A. Trevorrow's formats as Golly's manual gives them: "Extended
    RLE format"; the lines with # are XLife's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from simulations.automata.formats.pattern import (
    LONG_DIGITS,
    MOST_DIGITS,
    Pattern,
    PatternError,
    lines_of,
    number,
    room,
    shown,
    split_rule,
    written,
)
from simulations.automata.plane import Cells

__all__ = ["Runs", "decode", "decode_runs", "encode"]

HEADER = re.compile(r"\s*x\s*=\s*(-?\d+)\s*,\s*y\s*=\s*(-?\d+)\s*(?:,\s*rule\s*=(.*))?", re.I)
_ITEM = re.compile(r"(\d*)([bo$.!A-X]|[p-y][A-X])|([ \t]+)")
_POSITION = re.compile(r"#CXRLE\b.*?\bPos\s*=\s*(-?\d+)\s*,\s*(-?\d+)", re.I)
_TIME = re.compile(r"#CXRLE\b.*?\bGen\s*=\s*(\d+)\b", re.I)
_LONGEST = 70

Integers = npt.NDArray[np.int64]


@dataclass
class Runs:
    """A file's runs of cells that are not 0, and all else that it says.

    Attributes:
        height: of the box that the header promises.
        width: the same.
        runs: (row, first column, length, state) of each, integers (runs, 4).
        said: the fields of a `Pattern` but its cells.
    """

    height: int = -1
    width: int = -1
    runs: list[tuple[int, int, int, int]] = field(default_factory=list)
    said: dict = field(default_factory=dict)


def decode(text: str) -> Pattern:
    """Read a pattern.

    Raises:
        PatternError: it is malformed, larger than its header says or than an array may be.
    """
    read = decode_runs(text)
    room(read.height, read.width)
    cells = np.zeros((read.height, read.width), np.uint8)
    for y, x, length, state in read.runs:
        cells[y, x : x + length] = state
    return Pattern(cells, **read.said)


def decode_runs(text: str) -> Runs:
    """Read the runs of a pattern of any size.

    Raises:
        PatternError: it is malformed or larger than its header says.
    """
    read, comments = Runs(), []
    said = read.said
    body: list[tuple[int, str]] = []
    lines = lines_of(text)
    for i, line in enumerate(lines, 1):
        if line.startswith("#"):
            _remark(line, i, said, comments)
        elif read.height < 0:
            if line.strip():
                _header(line, i, read)
        else:
            body.append((i, line))
            if "!" in line:
                break
    if read.height < 0:
        raise PatternError("header: missing, accepted is x = 3, y = 3, rule = B3/S23", line=1)
    last, rest = _body(body, read)
    after = [line.removeprefix("#C").strip() for line in (rest, *lines[last:])]
    said["comments"] = (*comments, *(line for line in after if line))
    said.setdefault("rule", "B3/S23")
    return read


def _remark(line: str, i: int, said: dict, comments: list[str]) -> None:
    """Take in a line that begins with #."""
    kind, rest = line[1:2], line[2:].strip()
    if line.upper().startswith("#CXRLE"):
        if place := _POSITION.match(line):
            x, y = (number(each, "Pos", i, most=LONG_DIGITS) for each in place.groups())
            said["corner"] = (y, x)
        if time := _TIME.match(line):
            said["generation"] = number(time[1], "Gen", i, most=LONG_DIGITS)
    elif kind == "N":
        said["name"] = rest
    elif kind == "O":
        said["author"] = rest
    elif kind in ("R", "P"):
        numbers = rest.split()
        if len(numbers) != 2:
            raise PatternError(
                f"#{kind}: got {shown(rest)}, accepted is the corner's x and y", line=i
            )
        x, y = (number(each, f"#{kind}", i) for each in numbers)
        said["corner"] = (y, x)
    elif kind == "r":
        said["rule"], said["grid"] = split_rule(rest, i)
    else:
        comments.append(rest if kind in ("C", "c", "D", "") else line[1:].strip())


def _header(line: str, i: int, read: Runs) -> None:
    """Take in the line x = 3, y = 3, rule = B3/S23."""
    match = HEADER.fullmatch(line)
    if not match:
        raise PatternError(
            f"header: got {shown(line)}, accepted is x = 3, y = 3, rule = B3/S23", line=i
        )
    width, height = number(match[1], "x", i), number(match[2], "y", i)
    if width < 0 or height < 0:
        raise PatternError(f"header: got {width} by {height} cells, accepted is 0 or more", line=i)
    read.width, read.height = width, height
    if match[3] and match[3].strip():
        read.said["rule"], read.said["grid"] = split_rule(match[3].strip(), i)


def _body(lines: list[tuple[int, str]], read: Runs) -> tuple[int, str]:
    """Take in the runs; return the line of the ! and what follows it there, or raise."""
    x = y = 0
    width, height = read.width, read.height
    for i, line in lines:
        place = 0
        while place < len(line):
            item = _ITEM.match(line, place)
            if item is None or len(item[1] or "") > MOST_DIGITS:
                raise _strange(line, place, i)
            digits, tag = item[1], item[2]
            if tag is None:
                place = item.end()
                continue
            count = int(digits) if digits else 1
            if not count:
                raise PatternError(
                    "run: a count of 0, accepted is 1 or more", line=i, column=place + 1
                )
            if tag == "!":
                return i, line[item.end() :]
            if tag == "$":
                y, x = y + count, 0
            else:
                state = _state(tag, i, place)
                if y >= height or x + count > width:
                    raise PatternError(
                        f"pattern: row {y} to column {x + count - 1} is beyond the header's "
                        f"{width} by {height} cells",
                        line=i,
                        column=place + 1,
                    )
                if state:
                    read.runs.append((y, x, count, state))
                x += count
            place = item.end()
    raise PatternError("pattern: ends without !", line=lines[-1][0] if lines else None)


def _strange(line: str, place: int, i: int) -> PatternError:
    return PatternError(
        f"pattern: got {shown(line[place : place + 12])}, accepted are runs of b, o, ., A to X, "
        "pA to yO, $ and at the end !",
        line=i,
        column=place + 1,
    )


def _state(tag: str, i: int, place: int) -> int:
    if len(tag) == 1:
        return "bo".find(tag) if tag in "bo" else max(ord(tag) - 64, 0)
    state = 24 * (ord(tag[0]) - 111) + ord(tag[1]) - 64
    if state > 255:
        raise PatternError(
            f"pattern: state {state} of {tag}, accepted are 0 to 255", line=i, column=place + 1
        )
    return state


def encode(pattern: Pattern) -> str:
    """Write a pattern, with all it says but its metadata.

    Raises:
        ValueError: a corner or a generation of more than `LONG_DIGITS` digits.
    """
    lines = [f"#N {pattern.name}"] if pattern.name else []
    lines += [f"#O {pattern.author}"] if pattern.author else []
    lines += [f"#C {comment}" for comment in pattern.comments]
    if pattern.corner != (0, 0) or pattern.generation:
        row, column = (written(place, "corner", LONG_DIGITS) for place in pattern.corner)
        time = written(pattern.generation, "generation", LONG_DIGITS)
        lines.append(f"#CXRLE Pos={column},{row} Gen={time}")
    height, width = pattern.cells.shape
    lines.append(f"x = {width}, y = {height}, rule = {pattern.full_rule}")
    return "\n".join([*lines, *_wrapped(_items(pattern.cells)), ""])


def _items(cells: Cells) -> list[str]:
    """The runs of all rows, without dead cells at the end of one."""
    two = not cells.size or cells.max() < 2
    tags = ["b", "o"] if two else [_tag(state) for state in range(256)]
    items: list[str] = []
    ends = 0
    for row in cells:
        live = np.flatnonzero(row)
        if live.size:
            if ends:
                items.append(_run(ends, "$"))
            ends = 0
            row = row[: live[-1] + 1]
            starts = np.flatnonzero(np.diff(row, prepend=row[0] ^ 1))
            lengths = np.diff(starts, append=row.size)
            pairs = zip(lengths.tolist(), row[starts].tolist(), strict=True)
            items += [_run(length, tags[state]) for length, state in pairs]
        ends += 1
    return [*items, "!"]


def _tag(state: int) -> str:
    if state == 0:
        return "."
    high, low = divmod(state - 1, 24)
    return (chr(111 + high) if high else "") + chr(65 + low)


def _run(count: int, tag: str) -> str:
    return f"{count}{tag}" if count > 1 else tag


def _wrapped(items: list[str]) -> list[str]:
    lines = [""]
    for item in items:
        if len(lines[-1]) + len(item) > _LONGEST:
            lines.append("")
        lines[-1] += item
    return lines
