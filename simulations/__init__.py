"""How do the bits change as a system evolves?

`coffee.simulate` runs the coffee automaton, `automata` has all others, and in `agents` the system
is an agent in its environment. `observe` runs any `System` and records observables along the way;
the result is a `Trajectory`. `sweep` runs a function over a grid of parameters.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from simulations import agents, automata, coffee
    from simulations.automata import (
        Automaton,
        ElementaryCA,
        Exclusion,
        Generations,
        HashLife,
        Isotropic,
        LangtonAnt,
        LatticeGas,
        LifeLike,
        LocalRule,
        Margolus,
        Sandpile,
        SecondOrder,
        get_automaton,
    )
    from simulations.observation import Interrupted, StateInstrument, observe
    from simulations.run_folder import DamagedRunError
    from simulations.sweeping import FailedCell, Sweep, SweepError, SweepInterrupted, sweep
    from simulations.system import Instrument, System
    from simulations.trajectory import Trajectory

__all__ = [
    "Automaton",
    "DamagedRunError",
    "ElementaryCA",
    "Exclusion",
    "FailedCell",
    "Generations",
    "HashLife",
    "Instrument",
    "Interrupted",
    "Isotropic",
    "LangtonAnt",
    "LatticeGas",
    "LifeLike",
    "LocalRule",
    "Margolus",
    "Sandpile",
    "SecondOrder",
    "StateInstrument",
    "Sweep",
    "SweepError",
    "SweepInterrupted",
    "System",
    "Trajectory",
    "agents",
    "automata",
    "coffee",
    "get_automaton",
    "observe",
    "sweep",
]

__getattr__, __dir__, _ = _lazy.attach(
    __name__,
    {
        "Automaton": "automata.automaton",
        "DamagedRunError": "run_folder",
        "ElementaryCA": "automata.elementary",
        "Exclusion": "automata.exclusion",
        "FailedCell": "sweeping",
        "Generations": "automata.life",
        "HashLife": "automata.hashlife",
        "Instrument": "system",
        "Interrupted": "observation",
        "Isotropic": "automata.isotropic",
        "LangtonAnt": "automata.ant",
        "LatticeGas": "automata.lattice_gas",
        "LifeLike": "automata.life",
        "LocalRule": "automata.local",
        "Margolus": "automata.margolus",
        "Sandpile": "automata.sandpile",
        "SecondOrder": "automata.second_order",
        "StateInstrument": "observation",
        "Sweep": "sweeping",
        "SweepError": "sweeping",
        "SweepInterrupted": "sweeping",
        "System": "system",
        "Trajectory": "trajectory",
        "agents": "",
        "automata": "",
        "coffee": "",
        "get_automaton": "automata.names",
        "observe": "observation",
        "sweep": "sweeping",
    },
)
