"""`cxd mdl VERB`: which explanation of one's own data is shortest?"""

from __future__ import annotations

from cyclopts import App

__all__ = ["VERBS", "app"]

VERBS = {
    "histogram": (
        "complexodynamics.commands.mdl.histogram:histogram",
        "The histogram of a column that describes it in the fewest bits.",
    ),
    "markov": (
        "complexodynamics.commands.mdl.markov:markov",
        "The order of the Markov chain that describes a file in the fewest bits.",
    ),
    "polynomial": (
        "complexodynamics.commands.mdl.polynomial:polynomial",
        "The degree of the polynomial that describes one column given another.",
    ),
    "segment": (
        "complexodynamics.commands.mdl.segment:segment",
        "Where a series changes: the segmentation of fewest bits.",
    ),
    "cluster": (
        "complexodynamics.commands.mdl.cluster:cluster",
        "How many clusters rows of numbers have.",
    ),
}
"""Name -> (where the function is, one line of help)."""

app = App(name="mdl", help="Which explanation of your data is shortest?")
for _name, (_where, _help) in VERBS.items():
    app.command(_where, name=_name, help=_help)
