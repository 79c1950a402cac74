"""What can be known of a one-dimensional rule exactly, for all states and all times at once.

A rule is an `ElementaryCA`, a `RadiusRule`, a `Totalistic1D` or an elementary rule's number. Its
boundary plays no part: what is said is said of the unbounded line, or of rings where it says so.
"""

from simulations.automata.analysis.basins import Basins, basins
from simulations.automata.analysis.debruijn import (
    inverse,
    is_reversible,
    is_surjective,
    shortest_orphan,
)
from simulations.automata.analysis.linear import LinearRule, linear
from simulations.automata.analysis.preimages import count_preimages, preimages
from simulations.automata.analysis.tables import conserves_number, equivalents, langton_lambda

__all__ = [
    "Basins",
    "LinearRule",
    "basins",
    "conserves_number",
    "count_preimages",
    "equivalents",
    "inverse",
    "is_reversible",
    "is_surjective",
    "langton_lambda",
    "linear",
    "preimages",
    "shortest_orphan",
]
