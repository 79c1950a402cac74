"""Tables in Markdown documents, written between markers by the script that measured them.

A document holds `<!-- table NAME -->` and `<!-- end NAME -->`; what stands between is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from complexity.files import write_atomically

__all__ = ["fill", "markdown"]


def markdown(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; the first column is left-aligned, the others right-aligned.

    A bar within a cell is escaped, as GitHub's Markdown wants it.
    """
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def fill(document: Path, tables: Mapping[str, str]) -> None:
    """Replace the named tables of a document.

    Raises:
        ValueError: the document has no such markers.
    """
    text = document.read_text(encoding="utf-8")
    for name, table in tables.items():
        pattern = rf"(<!-- table {name} -->\n).*?(<!-- end {name} -->)"
        text, found = re.subn(
            pattern, lambda m, t=table: f"{m[1]}{t}\n{m[2]}", text, flags=re.DOTALL
        )
        if found != 1:
            raise ValueError(f"{document}: {found} places for the table {name!r}, wanted one")
    write_atomically(document, text.encode())
