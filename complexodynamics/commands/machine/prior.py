"""`cxd machine prior`: outputs by the weight of the programs that print them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from complexodynamics.commands.machine import _telling
from complexodynamics.output import FIGURES, check_file, print_json, terminal

__all__ = ["prior"]


def prior(
    *,
    size: int = 20,
    machine: Literal["terms", "prefix"] = "terms",
    top: int = 20,
    strings: bool = False,
    steps: int = 1000,
    max_size: int = 20_000,
    out: Path | None = None,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    """Sum 2^-size over all programs to a size, by what they print: the universal prior from below.

    Args:
        size: Bits of the largest programs, to 36.
        machine: terms, closed lambda terms by themselves; prefix, Tromp's universal prefix machine.
        top: Outputs to show, those of the largest masses.
        strings: Show only outputs that are bit strings, as lists.
        steps: Beta steps at most.
        max_size: Bits of a term at most.
        out: Also draw masses against shortest programs to this file, .png, .svg or .pdf.
        json: Print one JSON document in place of the table.
    """
    if out is not None:
        check_file("--out", out, FIGURES)
    from complexity import machines
    from complexity.errors import integer
    from complexity.machines._decimals import decimal

    integer("top", top, 1)
    found = machines.universal_prior(size, machine=machine, steps=steps, max_size=max_size)
    if out is not None:
        found.plot(out)
    if json:
        print_json(found.to_dict(top, strings=strings))
        return
    console = terminal()
    console.print(
        f"{len(found):,} outputs of programs to {size} bits; masses are lower bounds, in all "
        f"{decimal(found.total, 9)}, and at most {decimal(found.missing, 9, up=True)} is missing",
        highlight=False,
    )
    table = _telling.table(
        ("mass", True), ("-log2", True), ("programs", True), ("shortest", True), ("output", False)
    )
    for entry in found.top(top, strings=strings):
        bits = entry.output_bits
        output = str(entry.output) if not bits else f"{bits} = {entry.output}"
        table.add_row(
            decimal(entry.mass, 9), f"{entry.bits:.3f}", f"{entry.programs:,}",
            str(entry.shortest.size), _telling.cut(output, 120),
        )  # fmt: skip
    console.print(table)
