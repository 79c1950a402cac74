"""What the verbs of `cxd machine` say alike."""

from __future__ import annotations

from typing import Any

__all__ = ["cut", "lines", "plural", "table"]

_LONGEST = 400


def cut(text: str, longest: int = _LONGEST) -> str:
    """A text for people, its end left out if it is long; --json has all of it."""
    return text if len(text) <= longest else f"{text[: longest - 4]} ..."


def plural(count: int, what: str) -> str:
    """A count and what is counted."""
    return f"{count:,} {what}{'s' * (count != 1)}"


def lines(rows: list[tuple[str, str]]) -> None:
    """Print names and values below one another."""
    from complexodynamics.output import terminal

    width = max(len(name) for name, _ in rows) + 2
    console = terminal()
    for name, value in rows:
        console.print(f"{name:<{width}}{value}", highlight=False, soft_wrap=True)


def table(*columns: tuple[str, bool]) -> Any:
    """An empty table; columns by title and whether they are numbers."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title, number in columns:
        if number:
            made.add_column(title, justify="right", no_wrap=True)
        else:
            made.add_column(title, overflow="fold")
    return made
