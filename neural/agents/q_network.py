"""A network that says what actions are worth after the last few cycles, and the agent it makes.

References:
    C. Watkins, Learning from delayed rewards, 1989: action values.
    L.-J. Lin and T. M. Mitchell, Memory approaches to reinforcement learning in non-Markovian
        domains, CMU-CS-92-138, 1992: a window of the last cycles as the network's input.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from complexity.errors import integer
from simulations.agents.interface import Interface
from simulations.agents.reference_machine.draws import Draws

__all__ = ["QNetwork", "QNetworkAgent", "remember"]


class QNetwork(nn.Module):
    """A layer of rectified units on the last cycles, and a value for every action.

    A cycle is its action and its observation, each as one of so many, and its reward over the
    greatest there can be; the newest comes first, and what was before the start is all 0.

    Args:
        actions: how many there are.
        observations: how many there are.
        window: cycles that it sees.
        hidden: units of the layer.

    Raises:
        TypeError, ValueError: a number that is no integer, or below 1.

    Example:
        >>> network = QNetwork(actions=5, observations=5, window=3, hidden=4)
        >>> network(torch.zeros(2, network.inputs)).shape
        torch.Size([2, 5])
    """

    def __init__(self, actions: int, observations: int, *, window: int, hidden: int) -> None:
        super().__init__()
        self.actions = integer("actions", actions, 1)
        self.observations = integer("observations", observations, 1)
        self.window = integer("window", window, 1)
        self.hidden = nn.Linear(self.inputs, integer("hidden", hidden, 1))
        self.values = nn.Linear(hidden, actions)

    @property
    def inputs(self) -> int:
        """Numbers that it sees."""
        return self.window * (self.actions + self.observations + 1)

    def forward(self, memories: Tensor) -> Tensor:
        """(n, inputs) -> (n, actions): discounted rewards to come, over the greatest reward."""
        return self.values(torch.relu(self.hidden(memories)))

    def greedy(self, memories: NDArray[np.float32]) -> NDArray[np.int64]:
        """(n,) the actions of the greatest values, the first of equal ones."""
        with torch.no_grad():
            return self(torch.from_numpy(memories)).argmax(dim=1).numpy()


def remember(
    memories: NDArray[np.float32],
    actions: NDArray[np.int64] | None,
    observations: NDArray[np.int64],
    rewards: NDArray[np.float64],
    kinds: tuple[int, int],
) -> None:
    """Put a cycle in front of each memory, in place; the oldest is forgotten.

    Args:
        memories: (n, inputs) of a network.
        actions: (n,) last actions; None where there was none yet.
        observations: (n,) answers.
        rewards: (n,) over the greatest reward.
        kinds: how many actions and observations there are.
    """
    width = sum(kinds) + 1
    memories[:, width:] = memories[:, :-width].copy()
    memories[:, :width] = 0.0
    rows = np.arange(len(memories))
    if actions is not None:
        memories[rows, actions] = 1.0
    memories[rows, kinds[0] + observations] = 1.0
    memories[:, width - 1] = rewards


class QNetworkAgent:
    """Follows a trained network, which does not learn any more; acts at random now and then.

    Args:
        network: for interfaces of its numbers of actions and observations.
        epsilon: the chance of a random action, in [0, 1].

    Raises:
        TypeError, ValueError: no such network, another epsilon.

    Example:
        >>> network = QNetwork(2, 1, window=2, hidden=3)
        >>> agent = QNetworkAgent(network, epsilon=0.0)
        >>> agent.reset(Interface(2, 1, reward_levels=(-1, 1)), seed=0)
        >>> agent.act(0, 0.0) in (0, 1)
        True
    """

    def __init__(self, network: QNetwork, epsilon: float = 0.02) -> None:
        if not isinstance(network, QNetwork):
            raise TypeError(f"network: got a {type(network).__name__}, accepted is a QNetwork")
        if not 0 <= epsilon <= 1:
            raise ValueError(f"epsilon: got {epsilon}, accepted is a number from 0 to 1")
        self.network, self.epsilon = network, float(epsilon)
        self._greatest = 0.0

    @property
    def name(self) -> str:
        """With the number of units."""
        return f"Q-network({self.network.hidden.out_features} units)"

    def reset(self, interface: Interface, seed: int) -> None:
        """Forget everything; all draws come from `seed`.

        Raises:
            ValueError: the network is for another interface.
        """
        kinds = self.network.actions, self.network.observations
        if (interface.actions, interface.observations) != kinds:
            raise ValueError(
                f"interface: got {interface.actions} actions and {interface.observations} "
                f"observations, accepted are {kinds[0]} and {kinds[1]}, those of the network"
            )
        self._kinds, self._last, self._draws = kinds, -1, Draws(seed)
        self._memory = np.zeros((1, self.network.inputs), np.float32)
        assert interface.reward_bounds is not None
        self._greatest = max(abs(float(end)) for end in interface.reward_bounds) or 1.0

    def act(self, observation: int, reward: float) -> int:
        """Remember the last cycle and choose an action.

        Raises:
            RuntimeError: the agent was never reset.
        """
        if not self._greatest:
            raise RuntimeError("act: the agent knows no environment; call reset first")
        last = None if self._last < 0 else np.array([self._last])
        answer = np.array([integer("observation", observation, 0, self._kinds[1] - 1)])
        remember(self._memory, last, answer, np.array([reward / self._greatest]), self._kinds)
        self._last = int(self.network.greedy(self._memory)[0])
        if self._draws.uniform() < self.epsilon:
            self._last = self._draws.below(self._kinds[0])
        return self._last

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """The memory, the last action (-1 for none) and the state of the draws."""
        return {
            "memory": self._memory.copy(),
            "last": np.array(self._last),
            "words": self._draws.words,
        }

    def restore(self, snapshot: Mapping[str, NDArray[Any]]) -> None:
        """Return to the moment of `snapshot`, after a `reset` for the same interface."""
        self._memory, self._last = snapshot["memory"].copy(), int(snapshot["last"])
        self._draws = Draws.of(snapshot["words"])
