"""`cxd mdl markov`: the order of the Markov chain that describes a file in the fewest bits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from complexodynamics.output import FIGURES, check_file, print_json, terminal

if TYPE_CHECKING:
    from mdl.markov import OrderTable

__all__ = ["markov"]


def markov(
    file: Annotated[str, Parameter(allow_leading_hyphen=True)],
    *,
    max_order: int = 8,
    reading: Literal["auto", "bytes", "text", "fasta"] = "auto",
    folds: int = 0,
    json: Annotated[bool, Parameter(show_default=False)] = False,
    out: Path | None = None,
) -> None:
    """Describe a sequence by Markov chains of growing order, and find the shortest description.

    Args:
        file: A file, - for standard input, or FILE.csv:COLUMN of integers.
        max_order: The highest order, and the depth of the context tree.
        reading: What a symbol is; auto goes by the name (FASTA letters, .npy integers, else bytes),
            and takes a file of 0, 1 and spaces for bits.
        folds: Cross-validate too, each block predicted from those before it; 0 for not.
        json: Print one JSON document in place of the table.
        out: Also draw the table to this file, .png, .svg or .pdf.
    """
    if out is not None:
        check_file("--out", out, FIGURES, [file])
    from complexity.errors import one_of
    from complexity.inputs import read_inputs
    from mdl.markov import order_table

    one_of("reading", reading, ("auto", "bytes", "text", "fasta"))
    [named] = read_inputs([file], reading=reading)
    symbols, unit = _symbols(named.data, named.name, reading)
    table = order_table(symbols, max_order=max_order, folds=folds)
    if out is not None:
        table.plot(out)
    if json:
        print_json({"file": named.name, "unit": unit} | table.to_dict())
        return

    console = terminal()
    told = f"{named.name}, {table.n:,} {unit} of {table.alphabet_size} kinds; bits per symbol"
    console.print(told, highlight=False, soft_wrap=True)
    console.print(_drawn(table))
    best, tree = table.best, table.tree
    console.print(
        f"shortest: {best.name}, {best.total_bits:,.1f} bits; weighted context tree {tree.name}: "
        f"{tree.total_bits:,.1f} bits, {tree.total_bits / table.n:.4f} per symbol",
        highlight=False,
        soft_wrap=True,
    )


def _symbols(data: Any, name: str, reading: str) -> tuple[Any, str]:
    """What the chain sees, and what a symbol is called."""
    if isinstance(data, str):
        return data, "letters" if reading != "text" else "characters"
    if isinstance(data, bytes):
        letters = data.translate(None, b" \t\r\n")
        if reading == "auto" and letters and set(letters) <= set(b"01"):
            return letters, "bits"
        return data, "bytes"
    if data.ndim != 1 or data.dtype.kind not in "biu":
        raise ValueError(
            f"{name}: got {data.dtype} of shape {data.shape}, accepted is one column of integers"
        )
    return data, "integers"


def _drawn(table: OrderTable) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    drawn.add_column("order", justify="right")
    for name in table.bits:
        drawn.add_column(name.upper() if name in ("bic", "aic", "cv") else name, justify="right")
    for order in range(table.max_order + 1):
        cells = [
            Text(value, "bold") if table.orders[name] == order else value
            for name in table.bits
            for value in [_per_symbol(table.per_symbol(name)[order])]
        ]
        drawn.add_row(str(order), *cells)
    orders = [str(table.orders[name]) for name in table.bits]
    drawn.add_section()
    drawn.add_row("best", *orders)
    return drawn


def _per_symbol(bits: float) -> str:
    return f"{bits:.4f}" if bits < 1000 else f"{bits:.2e}"
