"""The works of the reading list, each with its result where there is one at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from complexity.errors import one_of
from neural import papers
from neural.engine.overview import Overview, overview
from neural.engine.paper import SCALES
from neural.engine.result import PaperResult
from neural.papers.rows import Row

__all__ = ["Work", "gathered", "naming"]


@dataclass(frozen=True, eq=False)
class Work:
    """A work of the reading list, and what its run gave.

    Attributes:
        row: what to cite.
        scale: at which it ran, or would have.
        line: the work in one line, of the table of all.
        path: where its result is, or would be.
        result: of its run; None without one.
    """

    row: Row
    scale: str
    line: Overview
    path: Path
    result: PaperResult | None = None


def gathered(ledger: str | os.PathLike[str], *, scale: str = "lab") -> tuple[Work, ...]:
    """All works in the order of the list, with their results at a scale.

    Args:
        ledger: a folder with KEY/SCALE/result.json, as runs leave it, or with KEY.json; where it
            has both, the former counts.
        scale: "smoke", "lab" or "paper"; a KEY.json of another is passed over.

    Raises:
        ValueError: there is no such scale; a file is damaged, or the result of something else,
            and is named.
    """
    one_of("scale", scale, SCALES)
    return tuple(_work(papers.row(key), Path(ledger), scale) for key in papers.keys())  # noqa: SIM118


def _work(row: Row, ledger: Path, scale: str) -> Work:
    path, alone = ledger / row.key / scale / "result.json", ledger / f"{row.key}.json"
    if not path.is_file() and alone.is_file() and PaperResult.load(alone).scale == scale:
        path = alone
    built = papers.built(row.key)
    if not path.is_file():
        return Work(row, scale, overview(row, path, built=built), path)
    result = PaperResult.load(path)
    if (result.key, result.scale) != (row.key, scale):
        raise ValueError(
            f"{path}: the result of {result.key!r} at scale {result.scale!r}, accepted here is "
            f"one of {row.key!r} at {scale!r}"
        )
    with naming(path):
        return Work(row, scale, overview(row, path, built=built), path, result)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name a result that lacks what results have, as one without a checksum may.

    Raises:
        ValueError: in place of what reading it raised.
    """
    try:
        yield
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path}: lacks what the result of a paper has, or holds something else "
            f"({type(error).__name__}: {error}); `cxd paper` writes it again from its ledger"
        ) from error
