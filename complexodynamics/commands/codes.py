"""`cxd codes`: the codes that are known by name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import Parameter

__all__ = ["codes"]


def codes(*, json: Annotated[bool, Parameter(show_default=False)] = False) -> None:
    """List the codes: name, kind, what they take, options with defaults, and whether installed.

    Args:
        json: Print one JSON document in place of the table.
    """
    from complexity.code import codes as registered

    rows = [_row(entry) for entry in registered().values()]
    if json:
        from complexodynamics.output import print_json

        print_json({"codes": rows})
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from complexodynamics.output import terminal

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("code", "kind", "takes"):
        table.add_column(heading, no_wrap=True)
    table.add_column("summary, and options", overflow="fold")
    for row in rows:
        missing = "" if row["available"] else f" (install: complexodynamics[{row['extra']}])"
        options = ", ".join(f"{key}={value}" for key, value in row["parameters"].items())
        summary = row["summary"] + missing + (options and "\n" + options)
        table.add_row(row["name"], row["kind"], row["domain"], summary)
    terminal().print(table, highlight=False)


def _row(entry: Any) -> dict[str, Any]:
    row = asdict(entry)
    del row["factory"]
    return {**row, "available": entry.available}
