"""`cxd measure`: how many bits do files take?"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from complexity import Measurement

__all__ = ["measure"]


def measure(
    *files: Path,
    code: list[str] | None = None,
    shuffles: int = 3,
    seed: int = 0,
    json: bool = False,
    out: Path | None = None,
) -> None:
    """Count the bits of files under several codes, against the same bytes shuffled.

    Args:
        files: the files to measure, of any content.
        code: a code such as xz, zstd:19 or zstd:level=3,long=true; repeat it for several. By
            default all codes of byte strings that are installed (cxd codes lists them).
        shuffles: how many shuffles the baseline is a mean of; 0 for no baseline.
        seed: of the shuffles.
        json: print one JSON document in place of tables.
        out: also write the results to this file, .json or .csv.
    """
    _check(files, out)
    from complexity import measurement
    from complexity.code import resolve

    chosen = [resolve(spec) for spec in code] if code else None  # bad specs fail before any work
    results = [
        measurement.measure(
            path.read_bytes(), codes=chosen, shuffles=shuffles, seed=seed, name=str(path)
        )
        for path in files
    ]
    if out is not None:
        _write(results, out)
    if json:
        from complexodynamics.output import print_json

        print_json({"files": [result.to_dict() for result in results]})
        return
    from rich.console import Console

    console = Console()
    for result in results:
        console.print(_table(result))


def _check(files: tuple[Path, ...], out: Path | None) -> None:
    """Refuse bad paths, all of them before anything is measured."""
    if not files:
        raise ValueError("measure: no file given; name at least one")
    for path in files:
        if not path.exists():
            raise ValueError(f"{path} does not exist{_nearest(path)}")
        if path.is_dir():
            raise ValueError(f"{path} is a folder; name the files in it")
        try:
            with path.open("rb") as stream:
                first = stream.read(1)
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror}") from None
        if not first:
            raise ValueError(f"{path} is empty: nothing to measure")
    if out is not None and out.suffix.lower() not in (".json", ".csv"):
        raise ValueError(f"--out {out}: accepted is a name in .json or .csv")
    if out is not None and not out.parent.is_dir():
        raise ValueError(f"--out {out}: the folder {out.parent} does not exist")


def _nearest(path: Path) -> str:
    try:
        siblings = [item.name for item in path.parent.iterdir()]
    except OSError:
        return ""
    near = difflib.get_close_matches(path.name, siblings, n=1)
    return f"; did you mean {path.parent / near[0]}?" if near else ""


def _write(results: list[Measurement], out: Path) -> None:
    """One measurement as it saves itself; several as a list, or as rows beginning with the file."""
    if len(results) == 1:
        results[0].save(out)
        return
    import csv
    import io
    import json

    from complexity.files import write_atomically

    documents = [result.to_dict() for result in results]
    stream = io.StringIO()
    if out.suffix.lower() == ".json":
        json.dump({"files": documents}, stream, indent=2, allow_nan=False)
        stream.write("\n")
    else:
        rows = [{"file": d["name"], **row} for d in documents for row in d["rows"]]
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    write_atomically(out, stream.getvalue().encode("utf-8"))


def _table(result: Measurement) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(f"{result.name}, {result.n_symbols} bytes"), title_justify="left")
    table.add_column("code")
    table.add_column("kind")
    for title in ("bits", "bits per symbol", "ratio to shuffled", "seconds"):
        table.add_column(title, justify="right")
    for row in result.rows:
        ratio = "" if row.ratio_to_shuffled != row.ratio_to_shuffled else row.ratio_to_shuffled
        table.add_row(
            row.code,
            row.kind,
            f"{row.bits:,.0f}",
            f"{row.bits_per_symbol:.4f}",
            f"{ratio:.4f}" if ratio else "",
            f"{row.seconds:.3f}",
            style="bold" if row is result.best else "",
        )
    return table
