"""`cxd machine search`: Levin's universal search for a program."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from complexodynamics.commands.machine import _telling
from complexodynamics.output import print_json

__all__ = ["search"]


def search(
    *,
    output: str,
    input: str | None = None,
    phases: int = 24,
    max_size: int = 20_000,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """Find the program with the least size + log2 of its time that prints an output.

    As in: cxd machine search --output 110 --input 0110

    Phase i runs every closed term p of up to i bits for 2^(i - |p|) steps. What is found has the
    least Kt, by which no output can do better.

    Args:
        output: Bits, printed as a list, or a term in normal form with a lambda in it.
        input: Bits; every program is applied to them as a list.
        phases: The last phase, to 36; each takes twice the time of the one before.
        max_size: Bits of a term at most.
        json: Print one JSON document in place of the lines.
    """
    from complexity import machines
    from complexity.machines.lists import as_output

    wanted = as_output("output", output)
    found = machines.levin_search(
        lambda term: term == wanted, input=input, phases=phases, max_size=max_size
    )
    if json:
        print_json(found.to_dict())
        return
    stopped = found.capped and f"; {_telling.plural(found.capped, 'program')} ran out of bits"
    if found.program is None:
        rows = [("program", "none found"), ("Kt", f"more than {found.phase} bits{stopped or ''}")]
    else:
        bound = "at most " if found.capped else ""
        steps = _telling.plural(found.steps or 0, "step")
        rows = [
            ("program", f"{_telling.cut(str(found.program))}, {found.program.size} bits, {steps}"),
            ("Kt", f"{bound}{found.kt_bits:.3f} bits, found in phase {found.phase}{stopped or ''}"),
        ]
    rows.append(("work", f"{_telling.plural(found.total_steps, 'step')} in {found.runs:,} runs"))
    _telling.lines(rows)
