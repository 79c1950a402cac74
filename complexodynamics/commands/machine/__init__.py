"""`cxd machine VERB`: programs of tiny universal machines, run one and all."""

from __future__ import annotations

from cyclopts import App

__all__ = ["VERBS", "app"]

VERBS = {
    "run": (
        "complexodynamics.commands.machine.run:run",
        "Reduce a lambda term, by itself or applied to bits.",
    ),
    "enumerate": (
        "complexodynamics.commands.machine.enumerate:enumerate",
        "Run all programs to a size: halting counts and busy beavers.",
    ),
    "shortest": (
        "complexodynamics.commands.machine.shortest:shortest",
        "The shortest program that prints an output, or a bracket.",
    ),
    "prior": (
        "complexodynamics.commands.machine.prior:prior",
        "The universal prior from below: outputs by their probability.",
    ),
    "omega": (
        "complexodynamics.commands.machine.omega:omega",
        "The halting probability between exact bounds.",
    ),
    "search": (
        "complexodynamics.commands.machine.search:search",
        "Levin's search: the least size + log2 time that prints an output.",
    ),
}
"""Name -> (where the function is, one line of help)."""

app = App(name="machine", help="What do all short programs do? Binary lambda calculus, run.")
for _name, (_where, _help) in VERBS.items():
    app.command(_where, name=_name, help=_help)
