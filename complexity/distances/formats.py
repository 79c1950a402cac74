"""Distance matrices as JSON, CSV and PHYLIP."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from complexity.files import write_atomically

if TYPE_CHECKING:
    from complexity.distances.matrix import DistanceMatrix

__all__ = ["load", "save"]


def save(matrix: DistanceMatrix, path: str | os.PathLike[str]) -> Path:
    """Write a matrix in the format its name ends in; see `DistanceMatrix.save`."""
    ending = _ending(path)
    if ending == ".json":
        text = json.dumps(matrix.to_dict(), indent=1, allow_nan=False) + "\n"
    elif ending == ".csv":
        stream = io.StringIO()
        returns = any("\r" in label for label in matrix.labels)  # which csv leaves bare
        quoting = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
        writer = csv.writer(stream, lineterminator="\n", quoting=quoting)
        writer.writerow(["", *matrix.labels])
        for label, row in zip(matrix.labels, matrix.values.tolist(), strict=True):
            writer.writerow([label, *row])
        text = stream.getvalue()
    else:
        text = _phylip(matrix)
    return write_atomically(path, text.encode("utf-8"))


def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The arguments of the `DistanceMatrix` in a file; see `DistanceMatrix.load`."""
    ending = _ending(path)
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
        if ending == ".json":
            found = _from_json(text)
        elif ending == ".csv":
            found = _from_csv(text)
        else:
            found = _from_phylip(text)
        from complexity.distances.matrix import DistanceMatrix

        DistanceMatrix(**found)  # what is wrong with it is said with the path
    except (ValueError, TypeError, KeyError, OverflowError, csv.Error, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{os.fspath(path)}: no distance matrix: {what}") from None
    return found


def _ending(path: str | os.PathLike[str]) -> str:
    ending = Path(path).suffix.lower()
    if ending not in (".json", ".csv", ".dist"):
        raise ValueError(
            f"path: got {os.fspath(path)!r}, accepted is a name in .json, .csv or .dist"
        )
    return ending


def _phylip(matrix: DistanceMatrix) -> str:
    for label in matrix.labels:
        if not label or label.split() != [label]:
            raise ValueError(
                f"labels: got {label!r}, accepted in .dist are names without white space; "
                "consider .csv or .json"
            )
    rows = zip(matrix.labels, matrix.values.tolist(), strict=True)
    lines = [" ".join([label, *map(repr, row)]) for label, row in rows]
    return "\n".join([str(len(lines)), *lines]) + "\n"


def _from_json(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("it holds no JSON object")
    names = ("singles", "self_distances")
    vectors = {name: [np.nan if v is None else v for v in found[name]] for name in names}
    return {
        "labels": tuple(found["labels"]),
        "values": np.array(found["values"], np.float64),
        "code": str(found["code"]),
        "warnings": tuple(found["warnings"]),
        "provenance": dict(found["provenance"]),
        **{name: np.array(vector, np.float64) for name, vector in vectors.items()},
    }


def _from_csv(text: str) -> dict[str, Any]:
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if not rows or rows[0][0:1] != [""]:
        raise ValueError("its first line is not an empty cell and the labels")
    return _square(rows[0][1:], [row for row in rows[1:] if row])


def _from_phylip(text: str) -> dict[str, Any]:
    words = [line.split() for line in text.splitlines() if line.strip()]
    if not words or len(words[0]) != 1 or not words[0][0].isdecimal():
        raise ValueError("its first line is not the number of objects")
    if len(words) - 1 != int(words[0][0]):
        raise ValueError(f"it has {len(words) - 1} lines of objects, not {words[0][0]}")
    return _square([row[0] for row in words[1:]], words[1:])


def _square(labels: list[str], rows: list[list[str]]) -> dict[str, Any]:
    if [row[0] for row in rows] != labels:
        raise ValueError("its rows are not labelled as its columns are")
    for label, row in zip(labels, rows, strict=True):
        if len(row) != len(labels) + 1:
            raise ValueError(f"row {label!r} has {len(row) - 1} numbers, not {len(labels)}")
    values = np.array([[float(cell) for cell in row[1:]] for row in rows], np.float64)
    return {"labels": tuple(labels), "values": values.reshape(len(labels), len(labels))}
