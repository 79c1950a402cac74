"""Tiny universal machines: programs run one and all, their shortest, their prior, their Omega.

The reference machine is Tromp's binary lambda calculus; the Turing machines with n states are
those of `complexity.enumerate_machines`. Every figure is exact or a bound, and says which.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from complexity.machines.counting import closed_terms as closed_terms
    from complexity.machines.counting import count_closed as count_closed
    from complexity.machines.counting import kraft_sum as kraft_sum
    from complexity.machines.enumeration import Enumeration as Enumeration
    from complexity.machines.enumeration import SizeRow as SizeRow
    from complexity.machines.enumeration import enumerate as enumerate
    from complexity.machines.levels import Program as Program
    from complexity.machines.lists import list_term as list_term
    from complexity.machines.literal import literal_program as literal_program
    from complexity.machines.omega import HaltingProbability as HaltingProbability
    from complexity.machines.omega import halting_probability as halting_probability
    from complexity.machines.prior import PriorEntry as PriorEntry
    from complexity.machines.prior import UniversalPrior as UniversalPrior
    from complexity.machines.prior import universal_prior as universal_prior
    from complexity.machines.reduction import Run as Run
    from complexity.machines.reduction import run as run
    from complexity.machines.search import LevinSearch as LevinSearch
    from complexity.machines.search import levin_search as levin_search
    from complexity.machines.shortest import ShortestProgram as ShortestProgram
    from complexity.machines.shortest import shortest_program as shortest_program
    from complexity.machines.terms import Term as Term
    from complexity.machines.words import KraftChaitin as KraftChaitin
    from complexity.machines.words import kraft_chaitin as kraft_chaitin

_CONTENTS = {
    # terms, and bit strings as terms
    "Term": "terms",
    "list_term": "lists",
    # one program run
    "Run": "reduction",
    "run": "reduction",
    # all programs to a size
    "Enumeration": "enumeration",
    "Program": "levels",
    "SizeRow": "enumeration",
    "closed_terms": "counting",
    "count_closed": "counting",
    "enumerate": "enumeration",
    "kraft_sum": "counting",
    # what follows from them
    "HaltingProbability": "omega",
    "PriorEntry": "prior",
    "ShortestProgram": "shortest",
    "UniversalPrior": "prior",
    "halting_probability": "omega",
    "literal_program": "literal",
    "shortest_program": "shortest",
    "universal_prior": "prior",
    # searching, and words for programs
    "KraftChaitin": "words",
    "LevinSearch": "search",
    "kraft_chaitin": "words",
    "levin_search": "search",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
