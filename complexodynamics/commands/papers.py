"""`cxd papers`: the table of the reading list, with what the runs in a ledger showed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from neural.engine.result import PaperResult

__all__ = ["papers"]


def papers(
    *,
    run: Annotated[bool, Parameter(show_default=False)] = False,
    scale: Literal["smoke", "lab", "paper"] = "lab",
    seeds: int | None = None,
    jobs: int | None = None,
    out: Path = Path("runs/papers"),
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """List all works of the reading list with the verdicts and bits of their runs.

    Args:
        run: First run every work that runs here; what is in the ledger already is not run again.
        scale: Of the runs that are shown or made: smoke takes seconds, lab minutes a seed.
        seeds: How many seeds to run; by default each work's own number.
        jobs: Processes; by default as many as there are cores.
        out: The ledger's folder.
        json: Print one JSON document in place of the table.
    """
    from complexity.errors import one_of
    from neural import papers as works

    one_of("scale", scale, ("smoke", "lab", "paper"))
    if run:
        _run_all(scale, seeds, jobs, out)
    known = works.keys()
    rows = [_row(key, scale, out) for key in known]
    if json:
        from complexodynamics.output import print_json

        print_json({"scale": scale, "ledger": str(out), "papers": rows})
        return
    _print(rows, scale, out)


def _run_all(scale: str, seeds: int | None, jobs: int | None, out: Path) -> None:
    from neural import papers as works

    for paper in works.all():
        if scale in paper.scales:
            paper.run(scale=scale, seeds=seeds, jobs=jobs, out=out)


def _row(key: str, scale: str, out: Path) -> dict[str, Any]:
    from neural import papers as works

    row = works.row(key)
    found = _result(out / key / scale / "result.json")
    state = "not built" if not works.built(key) else "not run"
    shortest = None if found is None else _shortest(found)
    return {
        "key": key,
        "group": row.group,
        "work": row.reference.short,
        "title": row.reference.title,
        "state": state if found is None else str(found.verdict),
        "seeds": 0 if found is None else len(found.seeds),
        "code": None if shortest is None else shortest[0],
        "bits": None if shortest is None else shortest[1],
    }


def _result(path: Path) -> PaperResult | None:
    if not path.is_file():
        return None
    from neural.engine.result import PaperResult

    return PaperResult.load(path)


def _shortest(found: PaperResult) -> tuple[str, float] | None:
    """The code with the fewest bits, on average, for the first arm's networks."""
    means = {name: float(bits.mean()) for name, bits in found.bits(found.arms[0]).items()}
    known = {name: bits for name, bits in means.items() if not math.isnan(bits)}
    return min(known.items(), key=lambda item: item[1]) if known else None


def _print(rows: list[dict[str, Any]], scale: str, out: Path) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    styles = {"shown": "green", "not shown": "red", "inconclusive": "yellow"}
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("paper", no_wrap=True)
    table.add_column("work", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("bits", justify="right")
    group = rows[0]["group"]
    for row in rows:
        if row["group"] != group:
            table.add_section()
            group = row["group"]
        state = row["state"]
        style = styles.get(state, "dim")
        bits = "" if row["bits"] is None else f"{row['bits']:,.0f}"
        table.add_row(row["key"], row["work"], f"[{style}]{state}[/{style}]", bits)
    console = Console()
    console.print(table)
    done = sum(bool(row["seeds"]) for row in rows)
    runs = sum(row["state"] != "not built" for row in rows)
    console.print(
        f"{len(rows)} works, {runs} run here, {done} have results at scale {scale} below {out}; "
        "bits are those of the shortest code of the first arm's networks, mean over seeds",
        highlight=False,
    )
