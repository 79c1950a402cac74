"""Planning in any model that predicts percepts: what each action is worth.

`expectimax` is exact, `RhoUCT` samples; both ask a predictor (`PerceptPredictor`), which may be
learned, a mixture, or a `TrueModel`.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from simulations.agents.planning.exhaustive import expectimax
    from simulations.agents.planning.monte_carlo import RhoUCT
    from simulations.agents.planning.plan import Plan, Planner
    from simulations.agents.planning.true_model import TrueModel

__all__ = ["Plan", "Planner", "RhoUCT", "TrueModel", "expectimax"]

__getattr__, __dir__, _ = _lazy.attach(
    __name__,
    {
        "Plan": "plan",
        "Planner": "plan",
        "RhoUCT": "monte_carlo",
        "TrueModel": "true_model",
        "expectimax": "exhaustive",
    },
)
