"""`cxd report`: what the runs of the reading list showed, as one HTML page."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from complexodynamics.output import check_file, print_json, terminal

if TYPE_CHECKING:
    from complexodynamics.report import Work

__all__ = ["report"]


def report(
    *,
    scale: Literal["smoke", "lab", "paper"] = "lab",
    ledger: Path = Path("runs/papers"),
    out: Path = Path("report.html"),
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """Write one HTML page of all works: verdicts, intervals, bits, and how they were made.

    Nothing is run; `cxd papers --run` runs all works, `cxd paper KEY` one. The page needs no other
    file and no network.

    Args:
        scale: Of the runs: smoke takes seconds, lab minutes a seed.
        ledger: The folder that holds the runs, or files KEY.json of results.
        out: The page, a name in .html.
        json: Print one JSON document of what the page says in its table.
    """
    check_file("--out", out, (".html",))
    from complexity.files import write_atomically
    from complexodynamics.report import gathered, html_page

    works = gathered(ledger, scale=scale)
    missing = [work.row.key for work in works if work.result is None]
    run = _run(scale, ledger)
    if len(missing) == len(works):
        what = f"no results at scale {scale}" if ledger.is_dir() else "there is no such folder"
        raise ValueError(
            f"--ledger {ledger}: {what}; `cxd papers --run{run}` runs all works, "
            f"`cxd paper KEY{run}` one"
        )
    write_atomically(out, html_page(works))
    if json:
        listed = [work.line.to_dict() for work in works]
        print_json({"scale": scale, "ledger": str(ledger), "out": str(out), "papers": listed})
        return
    _print(works, missing, out, run)


def _run(scale: str, ledger: Path) -> str:
    """The options that make a run fill this ledger."""
    told = "" if scale == "lab" else f" --scale {scale}"
    return told if ledger == Path("runs/papers") else f"{told} --out {shlex.quote(str(ledger))}"


def _print(works: Sequence[Work], missing: Sequence[str], out: Path, run: str) -> None:
    from complexodynamics.report.words import counted

    console = terminal()
    counts = ", ".join(
        f"{count} {state}" for state, count in counted(work.line for work in works).items()
    )
    console.print(f"{out}: {len(works)} works: {counts}", highlight=False, soft_wrap=True)
    if missing:
        console.print(f"not run: {', '.join(missing)}", highlight=False)
        console.print(f"`cxd paper KEY{run}` runs one", highlight=False, soft_wrap=True)
