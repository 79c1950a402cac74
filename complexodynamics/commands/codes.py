"""`cxd codes`: the codes that are known by name."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

__all__ = ["codes"]


def codes(*, json: bool = False) -> None:
    """List the codes: name, kind, what they take, options with defaults, and whether installed.

    Args:
        json: print one JSON document in place of a table.
    """
    from complexity.code import codes as registered

    rows = [_row(entry) for entry in registered().values()]
    if json:
        from complexodynamics.output import print_json

        print_json({"codes": rows})
        return
    from rich.table import Table

    from complexodynamics.output import terminal

    table = Table("code", "kind", "takes", "options", "summary")
    for row in rows:
        options = ", ".join(f"{key}={value}" for key, value in row["parameters"].items())
        missing = "" if row["available"] else f" (install: complexodynamics[{row['extra']}])"
        table.add_row(row["name"], row["kind"], row["domain"], options, row["summary"] + missing)
    terminal().print(table)


def _row(entry: Any) -> dict[str, Any]:
    row = asdict(entry)
    del row["factory"]
    return {**row, "available": entry.available}
