"""How do the bits change as a system evolves?

`coffee.simulate` runs the coffee automaton; `observe` runs any `System` and records observables
along the way; the result is a `Trajectory`.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from simulations import coffee
    from simulations.observation import Interrupted, StateInstrument, observe
    from simulations.run_folder import DamagedRunError
    from simulations.system import Instrument, System
    from simulations.trajectory import Trajectory

__all__ = [
    "DamagedRunError",
    "Instrument",
    "Interrupted",
    "StateInstrument",
    "System",
    "Trajectory",
    "coffee",
    "observe",
]

__getattr__, __dir__, _ = _lazy.attach(
    __name__,
    {
        "DamagedRunError": "run_folder",
        "Instrument": "system",
        "Interrupted": "observation",
        "StateInstrument": "observation",
        "System": "system",
        "Trajectory": "trajectory",
        "coffee": "",
        "observe": "observation",
    },
)
