"""Agents and environments: how well does who predicts by short descriptions act?

`make("tiger")` is an environment with its exact optimum, `play` lets an agent act in it. `MCAIXI`
predicts by context trees and plans in what it predicts; `BayesAgent` is AIXI over a finite class;
`HLQ` learns without a learning rate. `solve` computes optima, `upsilon` and `aiq` measure agents
over classes of environments. The rooms: `domains` and `thesis` (environments), `taxonomy`,
`planning`, `temporal` (temporal differences), `reference_machine`, `quotient` (the AIQ test),
`limits` (what no predictor can).
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from simulations.agents import domains as domains
    from simulations.agents import limits as limits
    from simulations.agents import planning as planning
    from simulations.agents import reference_machine as reference_machine
    from simulations.agents import taxonomy as taxonomy
    from simulations.agents import temporal as temporal
    from simulations.agents import thesis as thesis
    from simulations.agents.agent import Agent as Agent
    from simulations.agents.agent import BrokenPlayError as BrokenPlayError
    from simulations.agents.agent import Play as Play
    from simulations.agents.agent import play as play
    from simulations.agents.baselines import ConstantAgent as ConstantAgent
    from simulations.agents.baselines import FreqAgent as FreqAgent
    from simulations.agents.baselines import PolicyAgent as PolicyAgent
    from simulations.agents.baselines import RandomAgent as RandomAgent
    from simulations.agents.bayes import BayesAgent as BayesAgent
    from simulations.agents.bayes import MDLAgent as MDLAgent
    from simulations.agents.bayes import ThompsonAgent as ThompsonAgent
    from simulations.agents.discounts import FixedHorizon as FixedHorizon
    from simulations.agents.discounts import Geometric as Geometric
    from simulations.agents.discounts import Hyperbolic as Hyperbolic
    from simulations.agents.discounts import Power as Power
    from simulations.agents.discounts import effective_horizon as effective_horizon
    from simulations.agents.environment import MeasureEnv as MeasureEnv
    from simulations.agents.environment import ModelEnvironment as ModelEnvironment
    from simulations.agents.environment import adapt as adapt
    from simulations.agents.environment import from_transitions as from_transitions
    from simulations.agents.environment import make as make
    from simulations.agents.environment import names as names
    from simulations.agents.environment import register as register
    from simulations.agents.interaction import Interaction as Interaction
    from simulations.agents.interaction import MeanReward as MeanReward
    from simulations.agents.interaction import learning_curve as learning_curve
    from simulations.agents.interface import Interface as Interface
    from simulations.agents.interface import Percept as Percept
    from simulations.agents.mcaixi import MCAIXI as MCAIXI
    from simulations.agents.measure import EnvClass as EnvClass
    from simulations.agents.measure import Upsilon as Upsilon
    from simulations.agents.measure import bits_by_code as bits_by_code
    from simulations.agents.measure import upsilon as upsilon
    from simulations.agents.mixture import UniversalMixture as UniversalMixture
    from simulations.agents.model import Belief as Belief
    from simulations.agents.model import Model as Model
    from simulations.agents.model import Outcome as Outcome
    from simulations.agents.planning import Plan as Plan
    from simulations.agents.planning import RhoUCT as RhoUCT
    from simulations.agents.planning import TrueModel as TrueModel
    from simulations.agents.planning import expectimax as expectimax
    from simulations.agents.prediction import ContextTreePredictor as ContextTreePredictor
    from simulations.agents.prediction import PerceptCodec as PerceptCodec
    from simulations.agents.prediction import PerceptPredictor as PerceptPredictor
    from simulations.agents.quotient import Comparison as Comparison
    from simulations.agents.quotient import Quotient as Quotient
    from simulations.agents.quotient import aiq as aiq
    from simulations.agents.quotient import compare as compare
    from simulations.agents.solver import Solution as Solution
    from simulations.agents.solver import solve as solve
    from simulations.agents.solver import value_of as value_of
    from simulations.agents.temporal import HLQ as HLQ
    from simulations.agents.temporal import HLS as HLS
    from simulations.agents.temporal import QLearner as QLearner
    from simulations.agents.temporal import Sarsa as Sarsa

_CONTENTS = {
    **dict.fromkeys(
        ("domains", "limits", "planning", "reference_machine", "taxonomy", "temporal", "thesis"), ""
    ),
    **dict.fromkeys(("Agent", "BrokenPlayError", "Play", "play"), "agent"),
    **dict.fromkeys(("ConstantAgent", "FreqAgent", "PolicyAgent", "RandomAgent"), "baselines"),
    **dict.fromkeys(("BayesAgent", "MDLAgent", "ThompsonAgent"), "bayes"),
    **dict.fromkeys(
        ("FixedHorizon", "Geometric", "Hyperbolic", "Power", "effective_horizon"), "discounts"
    ),
    **dict.fromkeys(
        ("MeasureEnv", "ModelEnvironment", "adapt", "from_transitions", "make", "names",
         "register"), "environment"
    ),
    **dict.fromkeys(("Interaction", "MeanReward", "learning_curve"), "interaction"),
    **dict.fromkeys(("Interface", "Percept"), "interface"),
    "MCAIXI": "mcaixi",
    **dict.fromkeys(("EnvClass", "Upsilon", "bits_by_code", "upsilon"), "measure"),
    "UniversalMixture": "mixture",
    **dict.fromkeys(("Belief", "Model", "Outcome"), "model"),
    **dict.fromkeys(("Plan", "RhoUCT", "TrueModel", "expectimax"), "planning"),
    **dict.fromkeys(("ContextTreePredictor", "PerceptCodec", "PerceptPredictor"), "prediction"),
    **dict.fromkeys(("Comparison", "Quotient", "aiq", "compare"), "quotient"),
    **dict.fromkeys(("Solution", "solve", "value_of"), "solver"),
    **dict.fromkeys(("HLQ", "HLS", "QLearner", "Sarsa"), "temporal"),
}  # fmt: skip

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="agents")  # pyright: ignore[reportUnsupportedDunderAll]
