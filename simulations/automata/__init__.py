"""Automata: rules that take a grid of cells from one time to the next, exactly and fast.

`get_automaton("B3/S23")` makes one from the way the field writes it; the families can be made
directly. All have `run`, `history` and `system` (for `simulations.observe`), reversible ones
`reverse`. The rooms: `analysis` (exact algebra of rules on a line), `measures` (of states and
histories), `formats` (files of patterns). `HashLife` runs sparse patterns for any time.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from simulations.automata import analysis as analysis
    from simulations.automata import formats as formats
    from simulations.automata import measures as measures
    from simulations.automata.ant import LangtonAnt as LangtonAnt
    from simulations.automata.asynchronous import Asynchronous as Asynchronous
    from simulations.automata.automaton import Automaton as Automaton
    from simulations.automata.automaton import AutomatonSystem as AutomatonSystem
    from simulations.automata.automaton import Reversible as Reversible
    from simulations.automata.census import Census as Census
    from simulations.automata.classification import ComplexityPlane as ComplexityPlane
    from simulations.automata.classification import RuleMeasures as RuleMeasures
    from simulations.automata.classification import classify as classify
    from simulations.automata.classification import complexity_plane as complexity_plane
    from simulations.automata.elementary import ElementaryCA as ElementaryCA
    from simulations.automata.exclusion import Exclusion as Exclusion
    from simulations.automata.exclusion import Flux as Flux
    from simulations.automata.hashlife import HashLife as HashLife
    from simulations.automata.hashlife_system import HashLifeSystem as HashLifeSystem
    from simulations.automata.isotropic import Isotropic as Isotropic
    from simulations.automata.lattice_gas import LatticeGas as LatticeGas
    from simulations.automata.life import Generations as Generations
    from simulations.automata.life import LifeLike as LifeLike
    from simulations.automata.local import LocalRule as LocalRule
    from simulations.automata.margolus import BlockAutomaton as BlockAutomaton
    from simulations.automata.margolus import Margolus as Margolus
    from simulations.automata.names import get_automaton as get_automaton
    from simulations.automata.one_dimensional import RadiusRule as RadiusRule
    from simulations.automata.one_dimensional import Totalistic1D as Totalistic1D
    from simulations.automata.pictures import film as film
    from simulations.automata.pictures import picture as picture
    from simulations.automata.sandpile import Avalanches as Avalanches
    from simulations.automata.sandpile import Sandpile as Sandpile
    from simulations.automata.sandpile import group_order as group_order
    from simulations.automata.sandpile import invariant_factors as invariant_factors
    from simulations.automata.sandpile import is_recurrent as is_recurrent
    from simulations.automata.sandpile import sandpile_identity as sandpile_identity
    from simulations.automata.sandpile import stabilise as stabilise
    from simulations.automata.second_order import SecondOrder as SecondOrder

_CONTENTS = {
    **dict.fromkeys(("analysis", "formats", "measures"), ""),
    "LangtonAnt": "ant",
    "Asynchronous": "asynchronous",
    **dict.fromkeys(("Automaton", "AutomatonSystem", "Reversible"), "automaton"),
    "Census": "census",
    **dict.fromkeys(
        ("ComplexityPlane", "RuleMeasures", "classify", "complexity_plane"), "classification"
    ),
    "ElementaryCA": "elementary",
    **dict.fromkeys(("Exclusion", "Flux"), "exclusion"),
    "HashLife": "hashlife",
    "HashLifeSystem": "hashlife_system",
    "Isotropic": "isotropic",
    "LatticeGas": "lattice_gas",
    **dict.fromkeys(("Generations", "LifeLike"), "life"),
    "LocalRule": "local",
    **dict.fromkeys(("BlockAutomaton", "Margolus"), "margolus"),
    "get_automaton": "names",
    **dict.fromkeys(("RadiusRule", "Totalistic1D"), "one_dimensional"),
    **dict.fromkeys(("film", "picture"), "pictures"),
    **dict.fromkeys(
        ("Avalanches", "Sandpile", "group_order", "invariant_factors", "is_recurrent",
         "sandpile_identity", "stabilise"), "sandpile"
    ),
    "SecondOrder": "second_order",
}  # fmt: skip

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS)  # pyright: ignore[reportUnsupportedDunderAll]
