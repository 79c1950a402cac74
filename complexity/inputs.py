"""Reading what people want measured: files, folders, standard input, columns, images, sequences."""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from complexity.errors import one_of, unknown
from complexity.graphs import plain_graph
from complexity.symbolic import symbolise

__all__ = ["READINGS", "Named", "fasta_letters", "read_inputs", "read_table"]


@dataclass(frozen=True)
class Named:
    """An object and what to call it: bytes, a str, a NumPy array, or a networkx graph."""

    name: str
    data: Any


def read_inputs(
    paths: Iterable[str | os.PathLike[str]],
    *,
    reading: str = "auto",
    recursive: bool = False,
    symbols: str = "",
    most: int | None = None,
) -> list[Named]:
    """Read files as objects; every one of them, or an error before anything is measured.

    Args:
        paths: files; "-" for standard input; `FILE.csv:COLUMN` for a column (its heading, or its
            number from 1).
        reading: how files are read. "auto" goes by the name: `.npy` arrays, `.fa`/`.fasta`/`.fna`
            sequences, the usual image files as pixels (of palettes their colours), columns of CSV
            files, all others as bytes. Or one of `READINGS` for all of them: "graph" is GraphML,
            graph6 with its heading, or a list of edges (two labels a line, undirected; the rest of
            a line and what follows # is ignored), of which nodes and edges alone are kept.
        recursive: whether a folder stands for the files below it, sorted.
        symbols: how columns and 1-D arrays become symbols, as for `complexity.symbolise`: a step
            that loses information. "" leaves them as they are.
        most: of what is read as bytes, take the first so many and leave the rest unread, None for
            all.

    Raises:
        ValueError: nothing is there, or it is empty, larger than memory, changes while it is read,
            or is not what it is read as; the message names the file.
    """
    one_of("reading", reading, ("auto", *READINGS))
    places = [place for path in paths for place in _expanded(os.fspath(path), recursive)]
    named = [_symbolised(_read(place, reading, most), symbols) for place in places]
    if not named:
        raise ValueError("paths: got none, accepted is at least one file")
    return named


def read_table(
    path: str | os.PathLike[str], columns: Iterable[str] = ()
) -> tuple[list[str], np.ndarray]:
    """Read columns of numbers from a CSV file.

    Args:
        path: the file; "-" for standard input.
        columns: which, by heading or number from 1; none for all that hold numbers. What holds
            none, as names do, is left out, but a column of both has to be chosen or not.

    Returns:
        Their names, and the rows, (n, columns) float64.

    Raises:
        ValueError: the file is no CSV, a column is unknown, or holds cells that are not numbers.
    """
    place = os.fspath(path)
    octets = sys.stdin.buffer.read() if place == "-" else _octets(Path(place))
    called = _called(place)
    heading, body = _cells(octets, called)
    if not body:
        raise ValueError(f"{called} has no rows: nothing to measure")
    chosen = [_index(heading, each, called, len(body[0])) for each in columns]
    if not chosen:
        chosen = _numeric_columns(heading, body, called)
    names = [heading[j] if j < len(heading) else str(j + 1) for j in chosen]
    try:
        return names, np.array([[_number(row[j]) for j in chosen] for row in body])
    except IndexError:
        raise ValueError(f"{called}: some lines lack a column of {', '.join(names)}") from None
    except ValueError as error:
        raise ValueError(f"{called}: cells that are not numbers: {error}") from None


def _expanded(path: str, recursive: bool) -> list[str]:
    if path == "-" or not Path(path).is_dir():
        return [path]
    if not recursive:
        raise ValueError(f"{path} is a folder; accepted is a file")
    try:
        found = sorted(
            os.path.join(folder, name)
            for folder, _, names in os.walk(path, onerror=_unreadable)
            for name in names
            if not name.startswith(".")
        )
    except OSError as error:
        raise ValueError(f"{error.filename} cannot be read: {error.strerror}") from None
    if not found:
        raise ValueError(f"{path} is a folder without files: nothing to measure")
    return found


def _unreadable(error: OSError) -> None:
    raise error


def _read(place: str, reading: str, most: int | None) -> Named:
    path, colon, column = place, "", ""
    if not os.path.exists(place) and ":" in place:
        path, colon, column = place.rpartition(":")
    how = _reading_of(path) if reading == "auto" else reading
    limit = -1 if most is None or colon or how != "bytes" else most
    octets = sys.stdin.buffer.read(limit) if path == "-" else _octets(Path(path), limit)
    if not octets:
        raise ValueError(f"{_called(path)} is empty: nothing to measure")
    if colon and not column:
        raise ValueError(f"{place}: no column is named; accepted is FILE.csv:COLUMN")
    if column:
        return Named(place, _column(octets, path, column))
    try:
        data = READINGS[how](octets)
    except (ValueError, OSError, EOFError, SyntaxError) as error:
        raise ValueError(f"{_called(path)} cannot be read as {how}: {error}") from None
    if len(data) == 0 if not isinstance(data, np.ndarray) else data.size == 0:
        raise ValueError(f"{_called(path)} holds no symbols: nothing to measure")
    return Named(_called(path), data)


def _symbolised(named: Named, method: str) -> Named:
    if not method:
        return named
    if not isinstance(named.data, np.ndarray):
        raise ValueError(f"{named.name}: symbols are made of columns and arrays (.npy)")
    try:
        return Named(named.name, symbolise(named.data, method))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{named.name}: {error}") from None


def _called(path: str) -> str:
    return "standard input" if path == "-" else path


def _octets(path: Path, limit: int = -1) -> bytes:
    """A file's bytes, the first `limit` of them unless that is -1."""
    try:
        before = path.stat()
        _refuse_larger_than_memory(path, before.st_size if limit < 0 else limit)
        octets = path.read_bytes() if limit < 0 else _beginning(path, limit)
        after = path.stat()
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist{_nearest(path)}") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ValueError(f"{path} changed while it was read; measure a copy that stands still")
    return octets


def _beginning(path: Path, limit: int) -> bytes:
    with path.open("rb") as stream:
        return stream.read(limit)


def _refuse_larger_than_memory(path: Path, size: int) -> None:
    memory = _memory()
    if size > memory:
        raise ValueError(
            f"{path} holds {size:,} bytes, more than the {memory:,} bytes of memory here; "
            "measure pieces of it"
        )


def _memory() -> int:
    """Physical memory in bytes; where the system does not tell, no limit."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return sys.maxsize


def _nearest(path: Path) -> str:
    try:
        siblings = [item.name for item in path.parent.iterdir()]
    except OSError:
        return ""
    near = difflib.get_close_matches(path.name, siblings, n=1)
    return f"; did you mean {path.parent / near[0]}?" if near else ""


def _reading_of(path: str) -> str:
    suffix = Path(path).suffix.lower()
    if suffix in (".fa", ".fasta", ".fna"):
        return "fasta"
    if suffix in (".png", ".bmp", ".tif", ".tiff", ".pgm", ".pbm", ".ppm"):
        return "image"
    return "array" if suffix == ".npy" else "bytes"


def fasta_letters(octets: bytes) -> str:
    """The letters of a FASTA file's sequences, one after the other: no headings, no line ends.

    Raises:
        ValueError: it is not ASCII, or has no letters.
    """
    lines = octets.decode("ascii").splitlines()
    letters = "".join("".join(line.split()) for line in lines if not line.startswith((">", ";")))
    if not letters:
        raise ValueError("no letters outside its headings")
    return letters


def _text(octets: bytes) -> str:
    return octets.decode("utf-8")


def _array(octets: bytes) -> np.ndarray:
    import tokenize

    stream = io.BytesIO(octets)
    try:
        array = np.lib.format.read_array(stream, allow_pickle=False)
    except (tokenize.TokenError, MemoryError) as error:
        raise ValueError(f"its header is damaged: {error.args[0]}") from None
    if stream.tell() < len(octets):
        raise ValueError(f"{len(octets) - stream.tell()} bytes follow the array")
    return array


def _image(octets: bytes) -> np.ndarray:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(octets)) as image:
            if (pictures := getattr(image, "n_frames", 1)) > 1:
                raise ValueError(f"it holds {pictures} pictures, accepted is one")
            if image.mode in ("P", "PA"):  # indices, which mean nothing without their palette
                image = image.convert("RGBA" if image.has_transparency_data else "RGB")
            return np.array(image)
    except UnidentifiedImageError:
        raise ValueError("not an image that Pillow knows") from None
    except Image.DecompressionBombError as error:
        raise ValueError(str(error)) from None


def _graph(octets: bytes) -> Any:
    import networkx

    octets = octets.removeprefix(codecs.BOM_UTF8)
    try:
        if octets.lstrip().startswith(b"<"):
            graph = networkx.parse_graphml(octets.decode("utf-8"))
        elif octets.startswith(b">>graph6<<"):
            graph = networkx.from_graph6_bytes(octets.strip())
        else:
            lines = octets.decode("utf-8").splitlines()
            _demand_edges(lines)
            kind = int if _are_numbered(lines) else str
            graph = networkx.parse_edgelist(lines, data=False, nodetype=kind)
        return plain_graph(graph)
    except (networkx.NetworkXException, SyntaxError, TypeError, LookupError) as error:
        raise ValueError(str(error)) from None


def _demand_edges(lines: Iterable[str]) -> None:
    """Raise ValueError for a line of one word, which networkx would leave out."""
    for number, line in enumerate(lines, 1):
        if len(line.partition("#")[0].split()) == 1:
            raise ValueError(
                f"line {number}: got {line.strip()!r}, accepted are two labels with a space between"
            )


def _are_numbered(lines: Iterable[str]) -> bool:
    """Whether all labels of a list of edges are integers, and no two of them the same one."""
    ends = {end for line in lines for end in line.partition("#")[0].split()[:2]}
    return all(end.isdecimal() for end in ends) and len(set(map(int, ends))) == len(ends)


READINGS: dict[str, Callable[[bytes], Any]] = {
    "bytes": bytes,
    "text": _text,
    "array": _array,
    "image": _image,
    "fasta": fasta_letters,
    "graph": _graph,
}
"""How a file's bytes become an object."""


def _cells(octets: bytes, path: str) -> tuple[list[str], list[list[str]]]:
    """The heading of a CSV file, empty if all cells of the first line are numbers; other lines."""
    try:
        rows = [row for row in csv.reader(io.StringIO(octets.decode("utf-8-sig"))) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} cannot be read as CSV: {error}") from None
    if rows and not all(_numeric(cell) for cell in rows[0]):
        return rows[0], rows[1:]
    return [], rows


def _index(heading: list[str], column: str, path: str, width: int) -> int:
    if column in heading:
        return heading.index(column)
    if not column.isdecimal():
        raise unknown(f"{path}: column", column, heading)
    width = len(heading) or width
    if not 1 <= int(column) <= width:
        raise ValueError(f"{path}: column {column} of {width}")
    return int(column) - 1


def _numeric_columns(heading: list[str], body: list[list[str]], called: str) -> list[int]:
    """The columns that hold numbers alone; what is to be done with a missing cell is not ours."""
    chosen = []
    for j in range(len(body[0])):
        others = [i for i, row in enumerate(body) if j >= len(row) or not _numeric(row[j])]
        if not others:
            chosen.append(j)
        elif len(others) < len(body):
            name = heading[j] if j < len(heading) else j + 1
            cell = body[others[0]][j] if j < len(body[others[0]]) else "nothing"
            raise ValueError(
                f"{called}: column {name} holds numbers, and {cell!r} in row {others[0] + 1}; "
                "choose columns, or drop such rows"
            )
    if not chosen:
        raise ValueError(f"{called} has no column that holds numbers alone")
    return chosen


def _column(octets: bytes, path: str, column: str) -> np.ndarray:
    """A CSV column as int64, or uint64, if all its cells are integers, else float64, else an error.

    The first line is a heading if any of its cells is not a number.
    """
    heading, body = _cells(octets, path)
    index = _index(heading, column, path, len(body[0]) if body else 0)
    try:
        cells = [row[index] for row in body]
    except IndexError:
        raise ValueError(f"{path}: some lines have no column {column}") from None
    if not cells:
        raise ValueError(f"{path}: column {column} is empty: nothing to measure")
    if not all(map(_numeric, cells)):
        raise ValueError(f"{path}: column {column} holds cells that are not numbers")
    try:
        integers = [int(cell) for cell in cells]
    except ValueError:
        return np.array([float(cell) for cell in cells])
    for dtype in (np.int64, np.uint64):
        with suppress(OverflowError):
            return np.array(integers, dtype)
    raise ValueError(f"{path}: column {column} holds integers that do not fit 64 bits")


def _number(cell: str) -> float:
    if "_" in cell or not cell.isascii():  # "2020_01" and "٣" are numbers to Python alone
        raise ValueError(f"could not convert string to float: {cell!r}")
    return float(cell)


def _numeric(cell: str) -> bool:
    try:
        _number(cell)
    except ValueError:
        return False
    return True
