"""The AIQ test: how much reward does an agent get, on average over random programs?

`aiq` tests one agent, `compare` several on the same programs.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from simulations.agents.quotient.estimation import Estimate, Stratum
    from simulations.agents.quotient.measuring import aiq, compare
    from simulations.agents.quotient.playing import InterruptedTest
    from simulations.agents.quotient.result import Comparison, Difference, Quotient

__all__ = [
    "Comparison",
    "Difference",
    "Estimate",
    "InterruptedTest",
    "Quotient",
    "Stratum",
    "aiq",
    "compare",
]

__getattr__, __dir__, _ = _lazy.attach(
    __name__,
    {
        "Comparison": "result",
        "Difference": "result",
        "Estimate": "estimation",
        "InterruptedTest": "playing",
        "Quotient": "result",
        "Stratum": "estimation",
        "aiq": "measuring",
        "compare": "measuring",
    },
)
