"""`cxd machine enumerate`: all programs to a size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from complexodynamics.commands.machine import _telling
from complexodynamics.output import check_file, print_json, terminal

__all__ = ["enumerate"]


def enumerate(
    *,
    size: int = 20,
    machine: Literal["terms", "prefix"] = "terms",
    steps: int = 1000,
    max_size: int = 20_000,
    out: Path | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """Run all programs to a size: how many halt, how many provably do not, the largest outputs.

    Args:
        size: Bits of the largest programs, to 36; to 32 takes seconds, each more doubles it.
        machine: terms, closed lambda terms by themselves; prefix, Tromp's universal prefix machine,
            on which terms read bits that follow them.
        steps: Beta steps at most.
        max_size: Bits of a term at most.
        out: Also write the table to this file, .json.
        json: Print one JSON document in place of the table.
    """
    if out is not None:
        check_file("--out", out, [".json"])
    from complexity import machines

    found = machines.enumerate(size, machine=machine, steps=steps, max_size=max_size)
    if out is not None:
        found.save(out)
    if json:
        print_json(found.to_dict())
        return
    prefix = machine == "prefix"
    titles = ["bits", "programs", "halt", "loop", *(["void", "read on"] * prefix), "open"]
    table = _telling.table(
        *((title, True) for title in [*titles, "largest"]), ("by the first program", False)
    )
    for row in found.rows:
        if not row.programs:
            continue
        counts = [row.programs, row.halted, row.looping]
        counts += [row.void, row.reading] * prefix + [row.open]
        most = "" if row.busy_beaver is None else f"{'≥ ' * (row.open > 0)}{row.busy_beaver:,}"
        champion = _telling.cut(row.champion_text or "", 60)
        table.add_row(str(row.size), *(f"{count:,}" for count in counts), most, champion)
    console = terminal()
    console.print(table)
    console.print(
        f"open: neither halted nor proved not to, within {steps:,} steps and {max_size:,} bits; "
        f"none to {found.decided_to} bits, where all figures are exact",
        highlight=False,
    )
