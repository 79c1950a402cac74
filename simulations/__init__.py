"""How do the bits change as a system evolves?

`coffee.simulate` runs the coffee automaton, `automata` has all others, and in `agents` the system
is an agent in its environment. `observe` runs any `System` and records observables along the way;
the result is a `Trajectory`. `sweep` runs a function over a grid of parameters.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from simulations import agents, automata, coffee
    from simulations.observation import Interrupted, StateInstrument, observe
    from simulations.run_folder import DamagedRunError
    from simulations.sweeping import FailedCell, Sweep, SweepError, SweepInterrupted, sweep
    from simulations.system import Instrument, System
    from simulations.trajectory import Trajectory

__all__ = [
    "DamagedRunError",
    "FailedCell",
    "Instrument",
    "Interrupted",
    "StateInstrument",
    "Sweep",
    "SweepError",
    "SweepInterrupted",
    "System",
    "Trajectory",
    "agents",
    "automata",
    "coffee",
    "observe",
    "sweep",
]

__getattr__, __dir__, _ = _lazy.attach(
    __name__,
    {
        "DamagedRunError": "run_folder",
        "FailedCell": "sweeping",
        "Instrument": "system",
        "Interrupted": "observation",
        "StateInstrument": "observation",
        "Sweep": "sweeping",
        "SweepError": "sweeping",
        "SweepInterrupted": "sweeping",
        "System": "system",
        "Trajectory": "trajectory",
        "agents": "",
        "automata": "",
        "coffee": "",
        "observe": "observation",
        "sweep": "sweeping",
    },
)
