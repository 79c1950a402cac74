"""Agents whose policy is a network: trained on many programs, frozen, and played in others."""

from typing import TYPE_CHECKING

from complexity import _lazy

if TYPE_CHECKING:
    from neural.agents.lanes import Lanes as Lanes
    from neural.agents.q_learning import learn as learn
    from neural.agents.q_learning import mean_rewards as mean_rewards
    from neural.agents.q_network import QNetwork as QNetwork
    from neural.agents.q_network import QNetworkAgent as QNetworkAgent

_CONTENTS = {
    # a network and the agent that follows it
    "QNetwork": "q_network",
    "QNetworkAgent": "q_network",
    # many programs beside each other
    "Lanes": "lanes",
    "learn": "q_learning",
    "mean_rewards": "q_learning",
}

__getattr__, __dir__, __all__ = _lazy.attach(__name__, _CONTENTS, extra="neural")  # pyright: ignore[reportUnsupportedDunderAll]
