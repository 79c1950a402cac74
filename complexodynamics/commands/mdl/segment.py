"""`cxd mdl segment`: where a series changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from complexodynamics.output import FIGURES, check_file, print_json, terminal

if TYPE_CHECKING:
    from mdl.segmentation import Segmentation

__all__ = ["segment"]

_SHOWN = 40
"""Segments up to which all are printed."""


def segment(
    file: str,
    *,
    family: Literal["gaussian", "mean", "linear", "poisson", "multinomial"] = "gaussian",
    scale: float | None = None,
    max_segments: int | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
    out: Path | None = None,
) -> None:
    """Cut a series into the segments, each with parameters of its own, that take the fewest bits.

    Args:
        file: FILE.csv:COLUMN (heading or number), a 1-D array in .npy, or letters in FASTA.
        family: What segments are: gaussian (mean and deviation), mean, linear (a trend), poisson
            (counts), multinomial (symbols).
        scale: The least standard deviation of a segment, for mean that of all; by default it
            follows from successive differences.
        max_segments: The most segments.
        json: Print one JSON document in place of a table.
        out: Also draw the series and its segments to this file, .png, .svg or .pdf.
    """
    if out is not None:
        check_file("--out", out, FIGURES, [file])
    from complexity.inputs import read_inputs
    from mdl.segmentation import segment as cut

    [named] = read_inputs([file])
    if isinstance(named.data, bytes):
        raise ValueError(f"{named.name}: series are read from FILE.csv:COLUMN, .npy or FASTA")
    try:
        found = cut(named.data, family, scale=scale, max_segments=max_segments)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{named.name}: {error}") from None
    if out is not None:
        found.plot(out)
    if json:
        print_json({"file": named.name} | found.to_dict())
        return

    console = terminal()
    told = (
        f"{named.name}, {found.n:,} items: {len(found.parameters)} "
        f"segment{'s' * (len(found.parameters) != 1)} ({family}), "
        f"{found.total_bits:,.1f} bits = model {found.model_bits:,.1f} + data "
        f"{found.data_bits:,.1f}; as one segment {found.null_bits:,.1f}"
    )
    console.print(told, highlight=False, soft_wrap=True)
    console.print(_table(found))
    if len(found.parameters) > _SHOWN:
        console.print(f"... the first {_SHOWN}; --json has all", highlight=False)


def _table(found: Segmentation) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("from", justify="right")
    table.add_column("to", justify="right")
    names = list(found.parameters[0])
    for name in names:
        table.add_column(name.replace("_", " "), justify="right", overflow="fold")
    bounds = found.bounds.tolist()
    rows = zip(bounds[:-1], bounds[1:], found.parameters, strict=True)
    for first, last, parameters in list(rows)[:_SHOWN]:
        table.add_row(str(first), str(last - 1), *(_told(parameters[name]) for name in names))
    return table


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{letter} {share:.3f}" for letter, share in value.items())
    return f"{value:.6g}"
