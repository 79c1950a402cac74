"""The BF reference machine of Legg and Veness: short programs as environments.

A `Program` is run by a `Machine`; `BFEnvironment` is the same for Gymnasium, `BFClass` the class of
all of them with their prior. `sample` draws the programs of a test, `episode` plays one.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from simulations.agents.reference_machine.draws import Draws
    from simulations.agents.reference_machine.environment import BFEnvironment
    from simulations.agents.reference_machine.episodes import (
        BrokenEpisodeError,
        Episode,
        Rule,
        compiled,
        episode,
    )
    from simulations.agents.reference_machine.machine import Cycle, Machine
    from simulations.agents.reference_machine.prior import BFClass
    from simulations.agents.reference_machine.program import Program, draw
    from simulations.agents.reference_machine.sampling import STRATA, ProgramSample, sample

__all__ = [
    "STRATA",
    "BFClass",
    "BFEnvironment",
    "BrokenEpisodeError",
    "Cycle",
    "Draws",
    "Episode",
    "Machine",
    "Program",
    "ProgramSample",
    "Rule",
    "compiled",
    "draw",
    "episode",
    "sample",
]

__getattr__, __dir__, _ = _lazy.attach(
    __name__,
    {
        "STRATA": "sampling",
        "BFClass": "prior",
        "BFEnvironment": "environment",
        "BrokenEpisodeError": "episodes",
        "Cycle": "machine",
        "Draws": "draws",
        "Episode": "episodes",
        "Machine": "machine",
        "Program": "program",
        "ProgramSample": "sampling",
        "Rule": "episodes",
        "compiled": "episodes",
        "draw": "program",
        "episode": "episodes",
        "sample": "sampling",
    },
    extra="agents",
)
