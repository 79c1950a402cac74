"""`cxd mdl histogram`: the histogram of a column that describes it in the fewest bits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from complexodynamics.output import FIGURES, check_file, print_json, terminal

if TYPE_CHECKING:
    from mdl.histogram import Histogram

__all__ = ["histogram"]


def histogram(
    file: str,
    *,
    method: Literal["genum", "dp"] = "genum",
    precision: float | None = None,
    max_bins: int | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
    out: Path | None = None,
) -> None:
    """Find the bins, of any widths, that describe a column of numbers in the fewest bits.

    Args:
        file: FILE.csv:COLUMN (heading or number), or a 1-D array in .npy.
        method: genum, the enumerative two-part code, or dp, NML by dynamic programming.
        precision: To which the values were recorded; by default it follows from them.
        max_bins: The most bins.
        json: Print one JSON document in place of a table.
        out: Also draw the density to this file, .png, .svg or .pdf.
    """
    if out is not None:
        check_file("--out", out, FIGURES, [file])
    import numpy as np

    from complexity.inputs import read_inputs
    from mdl.histogram import histogram as described

    [named] = read_inputs([file])
    if not isinstance(named.data, np.ndarray):
        raise ValueError(f"{named.name}: numbers are read from FILE.csv:COLUMN or .npy")
    try:
        found = described(named.data, method=method, precision=precision, max_bins=max_bins)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{named.name}: {error}") from None
    if out is not None:
        found.plot(out)
    if json:
        print_json({"file": named.name} | found.to_dict())
        return

    console = terminal()
    told = (
        f"{named.name}, {found.n:,} values: {found.counts.size} bins, {found.total_bits:,.1f} bits "
        f"= model {found.model_bits:,.1f} + data {found.data_bits:,.1f} at resolution 1; "
        f"{found.recorded_bits:,.1f} as recorded, to {found.precision:g}"
    )
    console.print(told, highlight=False, soft_wrap=True)
    console.print(_table(found))


def _table(found: Histogram) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in ("from", "to", "values", "density"):
        table.add_column(title, justify="right")
    bins = zip(found.edges[:-1], found.edges[1:], found.counts, found.densities, strict=True)
    for low, high, count, density in bins:
        table.add_row(f"{low:.6g}", f"{high:.6g}", f"{count:,}", f"{density:.4g}")
    return table
