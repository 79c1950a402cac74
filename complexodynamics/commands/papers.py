"""`cxd papers`: the table of the reading list, with what the runs in a ledger showed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from neural.engine.overview import Overview

__all__ = ["papers"]


def papers(
    *,
    run: Annotated[bool, Parameter(show_default=False)] = False,
    scale: Literal["smoke", "lab", "paper"] = "lab",
    seeds: int | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    out: Path = Path("runs/papers"),
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """List all works of the reading list with the verdicts and bits of their runs.

    Args:
        run: First run every work that runs here; what is in the ledger already is not run again.
        scale: Of the runs that are shown or made: smoke takes seconds, lab minutes a seed.
        seeds: How many seeds to run; by default each work's own number.
        jobs: Processes; by default as many as there are cores.
        cluster: A Dask scheduler, as tcp://10.0.0.1:8786, whose workers run the trials; they write
            into --out, which has to be on a disk they share, and have one thread each.
        out: The ledger's folder.
        json: Print one JSON document in place of the table.
    """
    from complexity.errors import one_of
    from neural import papers as works

    one_of("scale", scale, ("smoke", "lab", "paper"))
    for option, value in {"seeds": seeds, "jobs": jobs, "cluster": cluster}.items():
        if value is not None and not run:
            raise ValueError(f"--{option}: only runs heed it; give --run too, or leave it out")
    if run:
        _run_all(scale, seeds, jobs, cluster, out)
    known = works.keys()
    rows = [_row(key, scale, out) for key in known]
    if json:
        from complexodynamics.output import print_json

        listed = [row.to_dict() for row in rows]
        print_json({"scale": scale, "ledger": str(out), "papers": listed})
        return
    _print(rows, scale, out)


def _run_all(
    scale: str, seeds: int | None, jobs: int | None, cluster: str | None, out: Path
) -> None:
    from complexodynamics.commands.paper import executor_of
    from neural import papers as works

    with executor_of(cluster, jobs=jobs) as executor:
        for paper in works.all():
            if scale in paper.scales:
                paper.run(scale=scale, seeds=seeds, jobs=jobs, executor=executor, out=out)


def _row(key: str, scale: str, out: Path) -> Overview:
    from neural import papers as works
    from neural.engine.overview import overview

    path = out / key / scale / "result.json"
    return overview(works.row(key), path, built=works.built(key))


def _print(rows: list[Overview], scale: str, out: Path) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    from complexodynamics.output import terminal

    styles = {"shown": "green", "not shown": "red", "inconclusive": "yellow"}
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("paper", no_wrap=True)
    table.add_column("work", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("bits", justify="right", no_wrap=True)
    group = rows[0].group
    for row in rows:
        if row.group != group:
            table.add_section()
            group = row.group
        style = styles.get(row.state, "dim")
        bits = "" if row.bits is None else f"{row.bits:,.0f}"
        estimate = "~" if row.kind == "estimate" else ""
        table.add_row(row.key, row.work, Text(row.state, style), estimate + bits)
    console = terminal()
    console.print(table)
    done = sum(bool(row.seeds) for row in rows)
    runs = sum(row.state != "not built" for row in rows)
    console.print(
        f"{len(rows)} works, {runs} run here, {done} have results at scale {scale} below {out}; "
        "bits are those of the shortest code of the first arm's networks, mean over seeds; ~ is an "
        "estimate, where there is no code",
        highlight=False,
    )
