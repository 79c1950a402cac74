"""`cxd machine shortest`: Kolmogorov complexity on a tiny machine."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from complexodynamics.commands.machine import _telling
from complexodynamics.output import print_json, terminal

__all__ = ["shortest"]


def shortest(
    *outputs: str,
    size: int = 24,
    machine: Literal["terms", "prefix"] = "terms",
    steps: int = 1000,
    max_size: int = 20_000,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    r"""Look for the shortest program of each output, among all to a size.

    As in: cxd machine shortest 0 01 '\f x. f (f x)'

    Args:
        outputs: Bits, printed as a list, or terms in normal form with a lambda in them.
        size: Bits of the longest programs that are run, to 36.
        machine: terms, closed lambda terms by themselves; prefix, Tromp's universal prefix machine.
        steps: Beta steps at most.
        max_size: Bits of a term at most.
        json: Print one JSON document in place of the table.
    """
    if not outputs:
        raise ValueError("outputs: got none, accepted are bits or terms")
    from complexity import machines

    found = [
        machines.shortest_program(
            output, size=size, machine=machine, steps=steps, max_size=max_size
        )
        for output in outputs
    ]
    if json:
        print_json({"outputs": [each.to_dict() for each in found]})
        return
    table = _telling.table(("output", False), ("bits", True), ("program", False))
    for given, each in zip(outputs, found, strict=True):
        if each.exact:
            told = f"{each.upper} exact"
        elif each.upper is None:
            told = f"≥ {each.lower}"
        else:
            told = f"{each.lower} to {each.upper}"
        program = "" if each.program is None else str(each.program)
        table.add_row(_telling.cut(given, 60), told, _telling.cut(program, 200))
    terminal().print(table)
