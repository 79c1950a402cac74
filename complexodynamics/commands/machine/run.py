"""`cxd machine run`: one lambda term, reduced."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from complexodynamics.commands.machine import _telling
from complexodynamics.output import print_json

__all__ = ["run"]


def run(
    term: str,
    *,
    input: str | None = None,
    steps: int = 10_000,
    max_size: int = 100_000,
    json: Annotated[bool, Parameter(show_default=False)] = False,
) -> None:
    r"""Reduce a lambda term by normal order.

    As in: cxd machine run '(\x. x x) (\f x. f (f x))'

    Args:
        term: In bits of binary lambda calculus, with names as \x y. x, or with de Bruijn indices as
            \ \ 2; λ is good for the backslash.
        input: Bits; the term is applied to them as a list.
        steps: Beta steps at most.
        max_size: Bits of a term at most.
        json: Print one JSON document in place of the lines.
    """
    from complexity import machines

    found = machines.run(term, input, steps=steps, max_size=max_size)
    if json:
        print_json(found.to_dict())
        return
    made = _telling.plural(found.steps, "step")
    status = {
        "halted": f"halted after {made}",
        "looping": f"looping: proved to have no normal form, after {made}",
        "open": f"open: steps or bits ran out, after {made}",
    }[found.status]
    program = found.program
    rows = [("program", f"{_telling.cut(str(program))}, {_telling.plural(program.size, 'bit')}")]
    if found.input is not None:
        rows.append(("input", found.input or "no bits"))
    rows.append(("status", status))
    if found.output is not None:
        size = _telling.plural(found.size, "bit")
        rows.append(("output", f"{_telling.cut(str(found.output))}, {size}"))
        if found.output_bits is not None:
            rows.append(("as bits", _telling.cut(found.output_bits) or "none, the empty list"))
    rows.append(("largest", _telling.plural(found.largest, "bit")))
    _telling.lines(rows)
