"""Policies whose action probabilities are exact, and the agent that plays one.

A policy is an agent without dice: what it knows after a history is a value, and so are the
probabilities of its next action. Values of such agents can be computed instead of sampled.

References:
    S. Legg, Machine Super Intelligence, 2008, section 2.8: an agent is a measure of actions.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol, runtime_checkable

import numpy as np

from simulations.agents.interface import Interface
from simulations.program import program_text
from simulations.system import generator

__all__ = ["Policy", "SamplingAgent"]

Reward = Fraction | float


@runtime_checkable
class Policy(Protocol):
    """An agent as a measure: pi(a_k | history), through a state that sums the history up.

    Attributes:
        name: what it is called.
    """

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def begin(self, interface: Interface, observation: int) -> Hashable:
        """What it knows after the first observation."""
        ...

    def probabilities(self, state: Any) -> Sequence[Fraction]:
        """The probability of every action."""
        ...

    def after(self, state: Any, action: int, observation: int, reward: Reward) -> Hashable:
        """What it knows after one more cycle; equal knowledge is equal and hashes so."""
        ...


class SamplingAgent:
    """An agent that draws its actions from a policy.

    The draw of cycle k is a function of the seed and k alone, so an agent can be restored from its
    history.

    Args:
        policy: what it follows.

    Attributes:
        policy: likewise.
        name: the policy's.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.name = policy.name
        self._interface: Interface | None = None

    def __repr__(self) -> str:
        return f"SamplingAgent({self.policy!r})"

    @property
    def parameters(self) -> Mapping[str, str]:
        """The policy in words, with its program: its name alone tells too little."""
        return {"policy": program_text(self.policy)}

    def reset(self, interface: Interface, seed: int) -> None:
        """Forget everything and prepare for an environment of this interface."""
        self._interface, self._seed = interface, seed
        self._random = generator(seed, ())
        self._percepts: list[tuple[int, float]] = []
        self._state: Hashable = None
        self._action = 0

    def act(self, observation: int, reward: Reward) -> int:
        """Learn from the last percept and draw the next action.

        The policy is told the exact value of the reward's double, so that means of equal rewards
        are equal.

        Raises:
            RuntimeError: the agent was never reset.
        """
        if self._interface is None:
            raise RuntimeError(f"{self.name} has not been reset; call reset(interface, seed) first")
        exact = Fraction(float(reward))
        if self._percepts:
            self._state = self.policy.after(self._state, self._action, observation, exact)
        else:
            self._state = self.policy.begin(self._interface, observation)
        self._percepts.append((observation, float(reward)))
        self._action = self._draw(self.policy.probabilities(self._state))
        return self._action

    def _draw(self, probabilities: Sequence[Fraction]) -> int:
        point, last = self._random.random(), 0
        for action, each in enumerate(probabilities):
            if each:
                last, point = action, point - float(each)
                if point < 0:
                    break
        return last

    def snapshot(self) -> dict[str, np.ndarray]:
        """What `restore` needs: the seed and all percepts."""
        return {
            "seed": np.array(self._seed),
            "observations": np.array([o for o, _ in self._percepts], np.int64),
            "rewards": np.array([reward for _, reward in self._percepts], np.float64),
        }

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Live through the history of `snapshot` again.

        Raises:
            RuntimeError: the agent was never reset, so it knows no interface.
        """
        if self._interface is None:
            raise RuntimeError(f"{self.name} has not been reset; call reset(interface, seed) first")
        self.reset(self._interface, int(snapshot["seed"]))
        for observation, reward in zip(
            snapshot["observations"].tolist(), snapshot["rewards"].tolist(), strict=True
        ):
            self.act(observation, reward)
