"""Agents that learn action values by temporal differences, with a learning rate and without.

All take what they observe for the state. In each cycle an agent first chooses, then learns from the
cycle before, in this order, which its seed makes reproducible:

1. The greedy action of the new observation; ties are broken at random (a draw only if there are).
2. A draw u: below epsilon, the action is uniformly random by another draw; else it is the greedy.
3. Unless this is the first cycle: the error is the reward plus gamma times the value of the target
   less the value of the last observation and action. Then the last one's trace (and count of
   visits) grows by 1, all values are moved, and all traces (and counts) decay.

The target is the chosen action for Sarsa and HLS, the greedy one for Q and HLQ; these set all
traces to 0 where the chosen action is not the greedy one of step 1, be it as good.

References:
    S. Legg, Machine Super Intelligence, 2008, section 6.7, Algorithms 2 and 3: HLS, HLQ.
    C. Watkins, Learning from delayed rewards, 1989: Q(lambda).
    G. A. Rummery, Problem solving with reinforcement learning, 1995: Sarsa(lambda).
    S. Legg and J. Veness, An approximation of the universal intelligence measure, 2011: the same
        agents with the observation for the state.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from complexity.errors import integer
from simulations.agents.interface import Interface
from simulations.agents.temporal import _kernels
from simulations.agents.temporal._checks import fraction, positive
from simulations.system import random_words

__all__ = ["HLQ", "HLS", "QLearner", "Sarsa"]

AGENT_STREAM = (1,)
"""Spawn key of an agent's draws."""


@dataclass
class _Learned:
    """What an agent has of an environment; entries are observation * actions + action."""

    interface: Interface
    values: npt.NDArray[np.float64]
    traces: npt.NDArray[np.float64]
    visits: npt.NDArray[np.float64]
    last: npt.NDArray[np.int64]
    random: npt.NDArray[np.uint64]


class _Controller:
    """Choosing, learning and remembering; what differs is in `_kernels.act`."""

    kind: ClassVar[int]
    epsilon: float
    gamma: float
    lambda_: float
    initial: float
    _learned: _Learned | None = None

    def __post_init__(self) -> None:
        positive("alpha", self._alpha)
        fraction("epsilon", self.epsilon)
        fraction("gamma", self.gamma, one=False)
        fraction("lambda_", self.lambda_, zero=self.kind in (_kernels.SARSA, _kernels.Q))
        if not math.isfinite(self.initial):
            raise ValueError(f"initial: got {self.initial}, accepted is a finite number")

    @property
    def _alpha(self) -> float:
        """The learning rate; of no matter where there is none."""
        return getattr(self, "alpha", 1.0)

    @property
    def name(self) -> str:
        """The class and its numbers."""
        return repr(self)

    @property
    def parameters(self) -> tuple[int, float, float, float, float]:
        """Kind, alpha, epsilon, gamma and lambda, as the kernels want them."""
        numbers = (self._alpha, self.epsilon, self.gamma, self.lambda_)
        return self.kind, *map(float, numbers)  # type: ignore[return-value]

    def reset(self, interface: Interface, seed: int) -> None:
        """Forget everything and prepare for an environment of this interface."""
        entries = interface.observations * interface.actions
        self._learned = _Learned(
            interface,
            values=np.full(entries, float(self.initial)),
            traces=np.zeros(entries),
            visits=np.ones(entries),
            last=np.full(1, -1, np.int64),
            random=random_words(seed, AGENT_STREAM, 4),
        )

    def act(self, observation: int, reward: float) -> int:
        """Choose an action, and learn from the last one.

        Raises:
            RuntimeError: the agent was never reset.
            TypeError, ValueError: no observation of the interface.
        """
        learned = self._ready()
        seen = integer("observation", observation, 0, learned.interface.observations - 1)
        return int(
            _kernels.act(
                *self.parameters,
                learned.interface.actions,
                learned.values,
                learned.traces,
                learned.visits,
                learned.last,
                learned.random,
                seen,
                float(reward),
            )
        )

    def action_values(self) -> npt.NDArray[np.float64]:
        """(observations, actions): what each action is held to be worth.

        Raises:
            RuntimeError: the agent was never reset.
        """
        learned = self._ready()
        return learned.values.reshape(learned.interface.observations, -1).copy()

    def snapshot(self) -> dict[str, np.ndarray]:
        """All that has been learned, as arrays.

        Raises:
            RuntimeError: the agent was never reset.
        """
        learned = self._ready()
        return {name: getattr(learned, name).copy() for name in _ARRAYS}

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of `snapshot`, in the interface of the last reset.

        Raises:
            RuntimeError: the agent was never reset.
            ValueError: the snapshot is of another interface.
        """
        learned = self._ready()
        if snapshot["values"].shape != learned.values.shape:
            raise ValueError(
                f"snapshot: got {snapshot['values'].size} action values, accepted is one of "
                f"{learned.values.size}: reset for its interface first"
            )
        for name in _ARRAYS:
            setattr(learned, name, snapshot[name].copy())

    def _ready(self) -> _Learned:
        if self._learned is None:
            raise RuntimeError(f"{self.name}: reset(interface, seed) comes before all else")
        return self._learned


_ARRAYS = ("values", "traces", "visits", "last", "random")


@dataclass(eq=False)
class QLearner(_Controller):
    """Watkins' Q(lambda); Q-learning where lambda is 0.

    Attributes:
        alpha: the learning rate, above 0.
        epsilon: the chance of a random action, in [0, 1].
        gamma: the discount, in [0, 1).
        lambda_: how much of a trace lasts, times gamma; in [0, 1].
        initial: what every action is held to be worth at first.

    Raises:
        TypeError, ValueError: a number outside its range.
    """

    kind: ClassVar[int] = _kernels.Q
    alpha: float
    epsilon: float
    gamma: float
    lambda_: float = 0.0
    initial: float = 0.0


@dataclass(eq=False)
class Sarsa(_Controller):
    """Sarsa(lambda).

    Attributes:
        alpha: the learning rate, above 0.
        epsilon: the chance of a random action, in [0, 1].
        gamma: the discount, in [0, 1).
        lambda_: how much of a trace lasts, times gamma; in [0, 1].
        initial: what every action is held to be worth at first.

    Raises:
        TypeError, ValueError: a number outside its range.
    """

    kind: ClassVar[int] = _kernels.SARSA
    alpha: float
    epsilon: float
    gamma: float
    lambda_: float = 0.0
    initial: float = 0.0


@dataclass(eq=False)
class HLQ(_Controller):
    """HLQ(lambda): Q(lambda) without a learning rate (thesis, Algorithm 3).

    Attributes:
        epsilon: the chance of a random action, in [0, 1].
        gamma: the discount, in [0, 1).
        lambda_: how much of old evidence lasts, in (0, 1].
        initial: what every action is held to be worth at first, as if by one visit.

    Raises:
        TypeError, ValueError: a number outside its range.
    """

    kind: ClassVar[int] = _kernels.HLQ
    epsilon: float
    gamma: float
    lambda_: float = 1.0
    initial: float = 0.0


@dataclass(eq=False)
class HLS(_Controller):
    """HLS(lambda): Sarsa(lambda) without a learning rate (thesis, Algorithm 2).

    Attributes:
        epsilon: the chance of a random action, in [0, 1].
        gamma: the discount, in [0, 1).
        lambda_: how much of old evidence lasts, in (0, 1].
        initial: what every action is held to be worth at first, as if by one visit.

    Raises:
        TypeError, ValueError: a number outside its range.
    """

    kind: ClassVar[int] = _kernels.HLS
    epsilon: float
    gamma: float
    lambda_: float = 1.0
    initial: float = 0.0
