"""What automata do, in bits: entropies, light cones, causal states, damage, densities.

A measure is a function of a *history*, the states from one time on (time, *space), as
`Automaton.history` gives it; one state is a history of one time. `HistoryInstrument` makes
observables of them.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from simulations.automata.measures.causal import CausalStates, causal_states
    from simulations.automata.measures.compression import bits_per_cell, lz76_bits_per_cell
    from simulations.automata.measures.damage import (
        DamageSpreading,
        LyapunovExponent,
        damage_spreading,
        lyapunov_exponent,
    )
    from simulations.automata.measures.densities import (
        LocalStructure,
        local_structure,
        neighbourhood_table,
    )
    from simulations.automata.measures.entropies import (
        EntropyConvergence,
        spatial_entropy,
        temporal_entropy,
    )
    from simulations.automata.measures.information import (
        DistanceInformation,
        PatternInformation,
        light_cone_information,
        mutual_information_at,
    )
    from simulations.automata.measures.instrument import HistoryInstrument
    from simulations.automata.measures.neighbourhoods import light_cone, patterns

__all__ = [
    "CausalStates",
    "DamageSpreading",
    "DistanceInformation",
    "EntropyConvergence",
    "HistoryInstrument",
    "LocalStructure",
    "LyapunovExponent",
    "PatternInformation",
    "bits_per_cell",
    "causal_states",
    "damage_spreading",
    "light_cone",
    "light_cone_information",
    "local_structure",
    "lyapunov_exponent",
    "lz76_bits_per_cell",
    "mutual_information_at",
    "neighbourhood_table",
    "patterns",
    "spatial_entropy",
    "temporal_entropy",
]

__getattr__, __dir__, _ = _lazy.attach(
    __name__,
    {
        "CausalStates": "causal",
        "DamageSpreading": "damage",
        "DistanceInformation": "information",
        "EntropyConvergence": "entropies",
        "HistoryInstrument": "instrument",
        "LocalStructure": "densities",
        "LyapunovExponent": "damage",
        "PatternInformation": "information",
        "bits_per_cell": "compression",
        "causal_states": "causal",
        "damage_spreading": "damage",
        "light_cone": "neighbourhoods",
        "light_cone_information": "information",
        "local_structure": "densities",
        "lyapunov_exponent": "damage",
        "lz76_bits_per_cell": "compression",
        "mutual_information_at": "information",
        "neighbourhood_table": "densities",
        "patterns": "neighbourhoods",
        "spatial_entropy": "entropies",
        "temporal_entropy": "entropies",
    },
)
