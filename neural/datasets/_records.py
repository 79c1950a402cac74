"""What the records of data sets have in common: a short repr, and their parts by name."""

from __future__ import annotations

from typing import Any

from complexity.errors import one_of
from neural.datasets.registry import DatasetEntry, entry

__all__ = ["chosen", "shown"]


def chosen(name: str, split: str) -> tuple[DatasetEntry, tuple[str, ...]]:
    """A data set and the names of the files of one part.

    Raises:
        ValueError: it has no such part.
    """
    each = entry(name)
    return each, each.splits[one_of("split", split, each.splits)]


def shown(record: Any) -> str:
    """The repr of a record: its class and what its `to_dict` has."""
    fields = ", ".join(f"{key}={value!r}" for key, value in record.to_dict().items())
    return f"{type(record).__name__}({fields})"
