"""`cxd measure`: how many bits do files take?"""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from complexodynamics.output import check_file, check_options, print_json, terminal

if TYPE_CHECKING:
    from complexity import Measurement

__all__ = ["measure"]


def measure(
    *files: Annotated[str, Parameter(allow_leading_hyphen=True, json_list=False)],
    code: list[str] | None = None,
    reading: Literal["auto", "bytes", "text", "array", "image", "fasta", "graph"] = "auto",
    symbols: str = "",
    recursive: Annotated[bool, Parameter(show_default=False)] = False,
    surrogates: int = 5,
    seed: int = 0,
    workers: int | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
    out: Path | None = None,
) -> None:
    """Count the bits of files under several codes, against their symbols shuffled and noise.

    Args:
        files: Files, - for standard input, or FILE.csv:COLUMN.
        code: A code such as xz, zstd:19 or zstd:level=3,long=true; repeat it for several. By
            default all that are installed and take such data (cxd codes lists them).
        reading: How files are read; auto goes by the name (.npy, images, FASTA, else bytes). Graphs
            are GraphML, graph6 or lists of edges.
        symbols: Measure columns and .npy series by their symbols, losing information: width:8,
            quantile:8, sax:alphabet=4,segment=5, ordinal:3, sign or median.
        recursive: Take the files below folders.
        surrogates: Shuffles, and noises over the same alphabet, to compare with; 0 for none.
        seed: Seed of the surrogates.
        workers: Threads (all processors); results do not depend on it.
        json: Print one JSON document in place of tables.
        out: Also write the results to this file, .json or .csv.
    """
    if not files:
        raise ValueError("measure: no file given; name at least one")
    check_options(measure, files)
    for file in () if recursive else files:
        if os.path.isdir(file):
            raise ValueError(f"{file} is a folder; --recursive takes the files below it")
    if out is not None:
        check_file("--out", out, (".json", ".csv"), files)
    from complexity import measurement
    from complexity.code import resolve
    from complexity.inputs import read_inputs

    chosen = [resolve(spec) for spec in code] if code else None  # bad specs fail before any work
    results = [
        measurement.measure(
            named.data,
            codes=chosen,
            surrogates=surrogates,
            seed=seed,
            workers=workers,
            name=named.name,
        )
        for named in read_inputs(files, reading=reading, recursive=recursive, symbols=symbols)
    ]
    if out is not None:
        _write(results, out)
    if json:
        print_json({"files": [result.to_dict() for result in results]})
        return

    console = terminal()
    for result in results:
        front, names = _inner_names([row.code for row in result.rows])
        told = f"{result.name}, {result.n_symbols:,} {result.unit}{front and ' as ' + front}"
        console.print(told, highlight=False, soft_wrap=True)
        console.print(_table(result, names))


def _write(results: list[Measurement], out: Path) -> None:
    """One measurement as it saves itself; several as a list, or as rows beginning with the file."""
    if len(results) == 1:
        results[0].save(out)
        return
    from complexity.files import save_table

    documents = [result.to_dict() for result in results]
    rows = [{"file": d["name"], **row} for d in documents for row in d["rows"]]
    save_table(out, {"files": documents}, rows)


def _inner_names(codes: list[str]) -> tuple[str, list[str]]:
    """The one front end of those codes that have any, and all codes without it."""
    parts = [re.fullmatch(r"(\w+)\((.*)\)(:.*)?", code) for code in codes]
    fronts = {part[1] + (part[3] or "") for part in parts if part}
    if len(fronts) != 1:
        return "", codes
    names = [part[2] if part else code for part, code in zip(parts, codes, strict=True)]
    return (fronts.pop(), names) if len(set(names)) == len(names) else ("", codes)


def _table(result: Measurement, names: list[str]) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("code", overflow="fold", min_width=min(24, max(map(len, names))))
    table.add_column("kind", no_wrap=True)
    for title in ("bits", "per symbol", "of shuffled", "z", "of noise", "CPU s"):
        table.add_column(title, justify="right")
    for row, name in zip(result.rows, names, strict=True):
        table.add_row(
            name,
            row.kind,
            f"{row.bits:,.0f}",
            f"{row.bits_per_symbol:.4f}",
            _number(row.ratio_to_shuffled, ".3f"),
            _score(row.z_shuffled),
            _number(row.bits / row.random_bits if row.random_bits else math.nan, ".3f"),
            f"{row.seconds:.3f}",
            style="bold" if row is result.best else "",
        )
    return table


def _score(z: float) -> str:
    """A z-score; beyond 999 the surrogates' spread is too small for its digits to mean anything."""
    return _number(z, ".0f") if not abs(z) > 999 else "> 999" if z > 0 else "< -999"


def _number(value: float, form: str) -> str:
    return "" if math.isnan(value) else format(value, form)
