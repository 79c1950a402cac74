"""`cxd machine omega`: the halting probability."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from complexodynamics.commands.machine import _telling
from complexodynamics.output import FIGURES, check_file, print_json

__all__ = ["omega"]


def omega(
    *,
    size: int | None = None,
    states: int | None = None,
    machine: Literal["terms", "prefix"] = "terms",
    steps: int | None = None,
    max_size: int = 20_000,
    out: Path | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """Bound the halting probability by all programs to a size, or all Turing machines of a size.

    Args:
        size: Bits of the largest programs, to 36; by default 24.
        states: Instead, of Turing machines with two symbols on a blank tape, 1 to 5; to 4 exact.
        machine: terms, closed lambda terms by themselves; prefix, Tromp's universal prefix machine.
        steps: Steps at most: by default 1000 of programs, the busy beaver's of Turing machines.
        max_size: Bits of a term at most.
        out: Also draw the bracket by size to this file, .png, .svg or .pdf.
        json: Print one JSON document in place of the lines.
    """
    if out is not None:
        check_file("--out", out, FIGURES)
    from complexity import machines

    found = machines.halting_probability(
        size, states=states, machine=machine, steps=steps, max_size=max_size
    )
    if out is not None:
        found.plot(out)
    told = found.to_dict()
    if json:
        print_json(told)
        return
    if found.exact:
        rows = [("exactly", f"{found.lower} = {float(found.lower):.12f}")]
    else:
        rows = [("at least", told["lower_decimal"]), ("at most", told["upper_decimal"])]
    if states is None:
        rows.append(("all programs", f"at most {told['total_decimal']}, halting or not"))
    else:
        what = _telling.plural(states, "state")
        rows.append(("machines", f"all with {what}, for {found.steps:,} steps from a blank tape"))
    _telling.lines(rows)
