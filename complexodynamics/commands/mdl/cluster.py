"""`cxd mdl cluster`: how many clusters rows of numbers have, by the fewest bits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from complexodynamics.output import FIGURES, check_file, print_json, terminal

if TYPE_CHECKING:
    from mdl.clustering import Clustering

__all__ = ["cluster"]


def cluster(
    file: Annotated[str, Parameter(allow_leading_hyphen=True)],
    *,
    columns: str = "",
    max_clusters: int = 10,
    family: Literal["diagonal", "renormalised", "full", "categorical"] = "diagonal",
    restarts: int = 10,
    seed: int = 0,
    json: Annotated[bool, Parameter(show_default=False)] = False,
    out: Path | None = None,
) -> None:
    """Find the number of clusters that describes the rows of a table in the fewest bits.

    Args:
        file: A CSV file of numbers, or - for standard input.
        columns: Which columns, as a,b,c: headings, or numbers from 1. By default all that hold
            numbers; one that also holds other cells has to be chosen or not.
        max_clusters: The most that are tried.
        family: What a cluster is: Gaussian with independent columns (diagonal; renormalised: its
            domain is normalised too), with any covariance (full), or columns of categories
            (categorical; numbers from 0).
        restarts: Of the search for every number.
        seed: Of the search.
        json: Print one JSON document in place of the table.
        out: Also draw bits and clusters to this file, .png, .svg or .pdf.
    """
    if out is not None:
        check_file("--out", out, FIGURES, [file])
    from complexity.errors import integer, one_of
    from complexity.inputs import read_table

    integer("max-clusters", max_clusters, 1)
    integer("restarts", restarts, 1)
    integer("seed", seed, 0)
    one_of("family", family, ("diagonal", "renormalised", "full", "categorical"))
    names, rows = read_table(file, [each.strip() for each in columns.split(",") if each.strip()])
    from mdl.clustering import cluster as clustered

    found = clustered(
        _categories(rows) if family == "categorical" else rows,
        max_clusters=max_clusters,
        family=family,
        restarts=restarts,
        seed=seed,
    )
    if out is not None:
        found.plot(out, columns=tuple(names))
    if json:
        print_json({"file": file, "columns": names} | found.to_dict())
        return

    console = terminal()
    told = f"{file}, {len(rows):,} rows of {', '.join(names)}"
    console.print(told, highlight=False, soft_wrap=True)
    console.print(_table(found))
    sizes = ", ".join(map(str, found.counts))
    console.print(
        f"shortest: {found.clusters} clusters of {sizes} rows; {found.bits:,.1f} bits",
        highlight=False,
        soft_wrap=True,
    )


def _categories(rows: Any) -> Any:
    """Numbers that are whole, as integers; others are refused later, by their type."""
    whole = (rows == rows.round()).all() and abs(rows).max(initial=0) < 1 << 53
    return rows.astype("int64") if whole else rows


def _table(found: Clustering) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("clusters", "model bits", "data bits", "total bits", "weight", "rows in each"):
        table.add_column(title, justify="right" if title != "rows in each" else "left")
    for row in found.selection.rows:
        description = row.description
        counts = [int(count) for count in description.fit["counts"]]
        rows = [count for count in counts if count]
        empty = f"; {len(counts) - len(rows)} empty" * (len(rows) < len(counts))
        table.add_row(
            str(len(counts)),
            f"{description.model_bits:,.1f}",
            f"{description.data_bits:,.1f}",
            f"{row.total_bits:,.1f}",
            f"{row.weight:.3f}",
            ", ".join(map(str, rows)) + empty,
            style="bold" if row is found.selection.best else "",
        )
    return table
