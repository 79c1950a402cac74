"""Temporal differences, with a learning rate and without.

Estimators of a chain's values: `TD`, `HL`, measured by `estimate` on a `MarkovChain`. Agents:
`QLearner`, `Sarsa`, `HLQ`, `HLS`; `discounted_reward` runs many of them in a `tabulate`d `Model`.
"""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from simulations.agents.temporal.chains import (
        MarkovChain,
        alternating_walk,
        random_chain,
        random_walk,
    )
    from simulations.agents.temporal.control import (
        Table,
        discounted_reward,
        play_table,
        tabulate,
    )
    from simulations.agents.temporal.controllers import HLQ, HLS, QLearner, Sarsa
    from simulations.agents.temporal.estimators import (
        HL,
        TD,
        RootMeanSquaredError,
        ValueEstimation,
        estimate,
    )
    from simulations.agents.temporal.gridworld import windy_gridworld

__all__ = [
    "HL",
    "HLQ",
    "HLS",
    "TD",
    "MarkovChain",
    "QLearner",
    "RootMeanSquaredError",
    "Sarsa",
    "Table",
    "ValueEstimation",
    "alternating_walk",
    "discounted_reward",
    "estimate",
    "play_table",
    "random_chain",
    "random_walk",
    "tabulate",
    "windy_gridworld",
]

__getattr__, __dir__, _ = _lazy.attach(
    __name__,
    {
        "HL": "estimators",
        "HLQ": "controllers",
        "HLS": "controllers",
        "MarkovChain": "chains",
        "QLearner": "controllers",
        "RootMeanSquaredError": "estimators",
        "Sarsa": "controllers",
        "TD": "estimators",
        "Table": "control",
        "ValueEstimation": "estimators",
        "alternating_walk": "chains",
        "discounted_reward": "control",
        "estimate": "estimators",
        "play_table": "control",
        "random_chain": "chains",
        "random_walk": "chains",
        "tabulate": "control",
        "windy_gridworld": "gridworld",
    },
)
