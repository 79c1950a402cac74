"""Agents that every other agent has to beat, and a wrapper for policies from elsewhere.

All are plain loops; `RandomAgent` and `FreqAgent` draw as the episode kernels of the AIQ test do,
so their plays there and here are the same for the same seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.agents.interface import Interface
from simulations.agents.reference_machine.draws import Draws
from simulations.program import program_text

__all__ = ["ConstantAgent", "FreqAgent", "PolicyAgent", "Predicts", "RandomAgent"]

Snapshot = Mapping[str, npt.NDArray[Any]]


class RandomAgent:
    """Acts uniformly at random.

    Example:
        >>> agent = RandomAgent()
        >>> agent.reset(Interface(3, 1, (0, 1)), seed=0)
        >>> agent.act(0, 0.0) in range(3)
        True
    """

    name: ClassVar[str] = "random"

    def __init__(self) -> None:
        self._actions = 0
        self._draws = Draws(0)

    def reset(self, interface: Interface, seed: int) -> None:
        """Prepare for an interface; all draws come from `seed`."""
        self._actions, self._draws = interface.actions, Draws(seed)

    def act(self, observation: int, reward: float) -> int:
        """Any action."""
        _was_reset(self._actions)
        return self._draws.below(self._actions)

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """The number of actions and the state of the draws."""
        return {"actions": np.array([self._actions]), "words": self._draws.words}

    def restore(self, snapshot: Snapshot) -> None:
        """Return to the moment of `snapshot`."""
        self._actions = int(snapshot["actions"][0])
        self._draws = Draws.of(snapshot["words"])


class ConstantAgent:
    """Always does the same.

    Args:
        action: what it does.

    Raises:
        ValueError, TypeError: it is no integer from 0; from `reset`, the interface has it not.
    """

    def __init__(self, action: int) -> None:
        self.action = integer("action", action, 0)

    @property
    def name(self) -> str:
        """With the action."""
        return f"always {self.action}"

    def reset(self, interface: Interface, seed: int) -> None:
        """Check that the interface has the action."""
        interface.checked_action(self.action)

    def act(self, observation: int, reward: float) -> int:
        """The action."""
        return self.action

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Nothing: it has no memory."""
        return {}

    def restore(self, snapshot: Snapshot) -> None:
        """Nothing to do."""


class FreqAgent:
    """Epsilon-greedy on the mean reward of each action, whatever it observes.

    The value of an action is the sum of its rewards over one more than their number, which starts
    at 0 and holds back what was tried once; of equal values one is drawn.

    Args:
        epsilon: the probability of a random action, from 0 to 1.

    Raises:
        ValueError: another epsilon.

    References:
        S. Legg and J. Veness, An approximation of the universal intelligence measure, 2011,
            section 5: the agent Freq.
    """

    def __init__(self, epsilon: float = 0.05) -> None:
        if not 0 <= epsilon <= 1:
            raise ValueError(f"epsilon: got {epsilon}, accepted is a number from 0 to 1")
        self.epsilon = float(epsilon)
        self._sums: list[float] = []
        self._counts: list[int] = []
        self._last: int | None = None
        self._draws = Draws(0)

    @property
    def name(self) -> str:
        """With epsilon."""
        return f"Freq({self.epsilon:g})"

    @property
    def parameters(self) -> Mapping[str, float]:
        """All that determines what it does, besides the seed."""
        return {"epsilon": self.epsilon}

    @property
    def values(self) -> tuple[float, ...]:
        """By action: the sum of its rewards over one more than their number."""
        pairs = zip(self._sums, self._counts, strict=True)
        return tuple(total / (count + 1) for total, count in pairs)

    def reset(self, interface: Interface, seed: int) -> None:
        """Forget everything; all draws come from `seed`."""
        self._sums, self._counts = [0.0] * interface.actions, [0] * interface.actions
        self._last, self._draws = None, Draws(seed)

    def act(self, observation: int, reward: float) -> int:
        """Credit the reward to the last action and choose the next one."""
        _was_reset(len(self._sums))
        if self._last is not None:
            self._sums[self._last] += reward
            self._counts[self._last] += 1
        values = self.values
        best = [action for action, value in enumerate(values) if value == max(values)]
        action = best[self._draws.below(len(best))] if len(best) > 1 else best[0]
        if self._draws.uniform() < self.epsilon:
            action = self._draws.below(len(values))
        self._last = action
        return action

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Sums, counts, the last action (-1 for none) and the state of the draws."""
        return {
            "sums": np.array(self._sums, np.float64),
            "counts": np.array(self._counts, np.int64),
            "last": np.array([-1 if self._last is None else self._last]),
            "words": self._draws.words,
        }

    def restore(self, snapshot: Snapshot) -> None:
        """Return to the moment of `snapshot`."""
        self._sums, self._counts = snapshot["sums"].tolist(), snapshot["counts"].tolist()
        last = int(snapshot["last"][0])
        self._last, self._draws = None if last < 0 else last, Draws.of(snapshot["words"])


@runtime_checkable
class Predicts(Protocol):
    """An object with a policy, as Stable-Baselines3's models."""

    def predict(self, observation: Any) -> Any:
        """The action, or a tuple that begins with it."""
        ...


class PolicyAgent:
    """Acts by a function of the observation, or by the `predict` of a trained model.

    Args:
        policy: observation -> action, or an object whose `predict(observation)` returns the action
            or a tuple (action, ...), as Stable-Baselines3's do. It keeps no memory here: a policy
            that learns is an `Agent` of its own.
        name: of the agent; the policy's own name if None.

    Raises:
        TypeError: the policy is neither; from `act`, what it returns is no integer.

    Example:
        >>> copies = PolicyAgent(lambda observation: observation, name="copies")
        >>> copies.act(1, 0.0)
        1
    """

    def __init__(self, policy: Callable[[int], Any] | Predicts, name: str | None = None) -> None:
        own = getattr(policy, "predict", policy)
        if not callable(own):
            raise TypeError(
                f"policy: got {policy!r}, accepted is a function of the observation or an object "
                "with predict(observation)"
            )
        self._policy = own
        self.name = name or str(getattr(policy, "__name__", type(policy).__name__))

    @property
    def parameters(self) -> Mapping[str, str]:
        """The policy in words, with its program: its name alone tells too little."""
        return {"policy": program_text(self._policy)}

    def reset(self, interface: Interface, seed: int) -> None:
        """Nothing: it has no memory."""

    def act(self, observation: int, reward: float) -> int:
        """The policy's action."""
        found = self._policy(observation)
        if isinstance(found, tuple):
            found = found[0]
        if isinstance(found, np.ndarray) and found.size == 1:
            found = found.reshape(()).item()
        return integer("action", found, 0)

    def snapshot(self) -> dict[str, npt.NDArray[Any]]:
        """Nothing: it has no memory."""
        return {}

    def restore(self, snapshot: Snapshot) -> None:
        """Nothing to do."""


def _was_reset(actions: int) -> None:
    if not actions:
        raise RuntimeError("act: the agent knows no environment; call reset first")
