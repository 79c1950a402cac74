"""MC-AIXI-CTW: an approximation of AIXI that predicts by context trees and plans by simulation.

The agent learns how its percepts depend on the history by context-tree weighting, a mixture over
all prediction suffix trees of a bounded depth with the weights 2^-Gamma, in place of Solomonoff's
mixture over all programs; and it looks for the action with the greatest expected sum of rewards
within a horizon by Monte Carlo tree search in that mixture, or exactly where the horizon is short.

Every part of a cycle (learning, searching) is one call of compiled code.

References:
    J. Veness, K. S. Ng, M. Hutter, W. Uther and D. Silver, A Monte-Carlo AIXI Approximation,
        Journal of Artificial Intelligence Research 40, 2011: section 4, rho-UCT; section 5,
        action-conditional CTW and its factored form; section 7, exploration by chance.
    M. Hutter, Universal Artificial Intelligence, 2005: AIXI.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer, one_of
from simulations.agents import _search_kernels as kernels
from simulations.agents.interface import Interface, Percept
from simulations.agents.prediction import ContextTreePredictor, PerceptCodec
from simulations.program import value_text
from simulations.system import random_words

__all__ = ["MCAIXI"]

PLANNERS = ("rho-uct", "expectimax")
MAX_HISTORIES = 10**8
"""Leaves of an exact search, at most."""


class MCAIXI:
    """The agent MC-AIXI-CTW.

    Args:
        depth: bits of history before a percept, its action included, that the trees look at.
        horizon: cycles that are planned ahead, the rewards of which are summed.
        simulations: of rho-UCT, each cycle. The search tree is built anew every cycle, for the
            trees have learned meanwhile.
        factored: every bit of a percept has its own tree, fac-ctw; False for one tree for all.
        planner: "rho-uct"; or "expectimax", which is exact and sums over all
            (actions * percepts)^horizon histories.
        exploration: C of rho-UCT: an action's bound is V / (m (greatest - least reward)) +
            C sqrt(log T / T(action)), m the cycles that are left, T the numbers of visits.
        epsilon: probability that the first action is a random one.
        epsilon_decay: by which that probability is multiplied each cycle.
        learning_period: cycles during which the trees learn from what happens; None: always.
        codec: how actions and percepts become bits: from an interface to its codec.

    Raises:
        TypeError, ValueError: an argument of another type or out of range.

    Example:
        >>> agent = MCAIXI(depth=8, horizon=2, planner="expectimax", epsilon_decay=0.9)
        >>> agent.reset(Interface(2, 1, reward_levels=(0, 1)), seed=0)
        >>> reward, sum_of_rewards = 0.0, 0.0
        >>> for cycle in range(200):  # action 1 is paid
        ...     reward = float(agent.act(0, reward))
        ...     sum_of_rewards += reward
        >>> sum_of_rewards > 180
        True
    """

    def __init__(
        self,
        depth: int = 32,
        horizon: int = 4,
        simulations: int = 200,
        *,
        factored: bool = True,
        planner: str = "rho-uct",
        exploration: float = math.sqrt(2),
        epsilon: float = 0.99,
        epsilon_decay: float = 0.999,
        learning_period: int | None = None,
        codec: Callable[[Interface], PerceptCodec] = PerceptCodec,
    ) -> None:
        self.depth = integer("depth", depth, 0)
        self.horizon = integer("horizon", horizon, 1)
        self.simulations = integer("simulations", simulations, 1)
        self.factored = bool(factored)
        self.planner = one_of("planner", planner, PLANNERS)
        self.exploration = _within("exploration", exploration, math.inf)
        self.epsilon = _within("epsilon", epsilon, 1.0)
        self.epsilon_decay = _within("epsilon_decay", epsilon_decay, 1.0)
        self.learning_period = (
            None if learning_period is None else integer("learning_period", learning_period, 0)
        )
        self.codec = codec
        self._model: ContextTreePredictor | None = None

    @property
    def name(self) -> str:
        """The agent as the paper writes it, with the planner where that is another."""
        trees = "fac-ctw" if self.factored else "ctw"
        return f"MC-AIXI({trees})" if self.planner == "rho-uct" else f"AIXI({trees}, expectimax)"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """All that determines what it does, besides the seed."""
        return {**self._numbers, "codec": value_text(self.codec)}

    @property
    def _numbers(self) -> Mapping[str, Any]:
        names = (
            "depth",
            "horizon",
            "simulations",
            "factored",
            "planner",
            "exploration",
            "epsilon",
            "epsilon_decay",
            "learning_period",
        )
        return {name: getattr(self, name) for name in names}

    @property
    def model(self) -> ContextTreePredictor:
        """What it has learned.

        Raises:
            RuntimeError: it was not reset yet.
        """
        if self._model is None:
            raise RuntimeError("the agent knows no environment yet; call reset(interface, seed)")
        return self._model

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self._numbers.items())
        return f"MCAIXI({given})"

    def reset(self, interface: Interface, seed: int) -> None:
        """Forget everything and prepare for an environment of this interface.

        Raises:
            ValueError: it has no reward levels; the trees would be too deep; or an exact search
                would take more than 10^8 histories.
        """
        model = ContextTreePredictor(
            interface, self.depth, self.factored, codec=self.codec(interface)
        )
        actions = interface.actions
        if self.planner == "expectimax":
            _check_histories(interface, self.horizon)
        self._model = model
        self._random = random_words(seed, (), 4)
        self._cycles, self._last_action = 0, -1
        self._begun = False
        self._decisions = np.zeros(self.simulations + 2, kernels.DECISION)
        self._chances = np.zeros((self.simulations + 1) * actions + 1, kernels.CHANCE)
        self.action_values: NDArray[np.float64] = np.full(actions, np.nan)
        """Expected sum of rewards of each action at the last planning; NaN before it."""
        self.action_visits: NDArray[np.int64] = np.zeros(actions, np.int64)
        """How many simulations began with each action at the last search."""

    def act(self, observation: int, reward: float) -> int:
        """Learn from the last percept and choose the next action.

        Raises:
            ValueError, TypeError: the percept is not one of the interface's.
            RuntimeError: it was not reset yet.
        """
        self._perceive(observation, reward)
        chance = self.epsilon * self.epsilon_decay**self._cycles
        if chance > 0 and kernels.uniform(self._random) < chance:
            action = kernels.below(self._random, self.model.interface.actions)
        else:
            self.plan()
            action = kernels.best(self.action_values, self._random)
        self._cycles += 1
        self._last_action = int(action)
        return self._last_action

    def plan(self) -> NDArray[np.float64]:
        """Estimate what each action is worth now: the expected sum of rewards in the horizon."""
        model, codec = self.model, self.model.codec
        trees = model.trees.arrays(codec.cycle_bits * self.horizon)
        if self.planner == "expectimax":
            places = self.horizon * (codec.percept_bits + 1)
            numbers, sums = np.zeros((3, places), np.int64), np.zeros((2, places))
            kernels.expectimax(trees, codec.coding, self.action_values, *numbers, *sums)
            return self.action_values
        assert model.interface.reward_bounds is not None
        low, high = model.interface.reward_bounds
        kernels.search(
            trees,
            codec.coding,
            self._random,
            self._decisions,
            self._chances,
            np.empty(self.horizon, np.int64),
            np.empty(self.horizon),
            self.simulations,
            self.exploration,
            float(high - low) or 1.0,
            self.action_values,
            self.action_visits,
        )
        return self.action_values

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """Copies of all that `restore` needs."""
        trees = {f"trees_{name}": part for name, part in self.model.trees.snapshot().items()}
        clock = np.array([self._cycles, self._last_action, self._begun], np.int64)
        return {**trees, "random": self._random.copy(), "clock": clock}

    def restore(self, snapshot: Mapping[str, NDArray[Any]]) -> None:
        """Return to the moment of `snapshot`, after a `reset` for the same interface.

        Raises:
            ValueError: it is of trees of another shape.
            RuntimeError: it was not reset yet.
        """
        trees = {name[6:]: part for name, part in snapshot.items() if name.startswith("trees_")}
        self.model.trees.restore(trees)
        self._random = np.array(snapshot["random"], np.uint64)
        cycles, action, begun = snapshot["clock"]
        self._cycles, self._last_action, self._begun = int(cycles), int(action), bool(begun)

    def _perceive(self, observation: int, reward: float) -> None:
        """Learn the answer to the last action, or see the first observation."""
        model = self.model
        if not self._begun:
            model.begin(observation)
            self._begun = True
        elif self.learning_period is None or self._cycles <= self.learning_period:
            model.update(self._last_action, Percept(observation, reward))
        else:
            model.condition(self._last_action, Percept(observation, reward))
        model.commit()


def _within(argument: str, value: float, greatest: float) -> float:
    """The value as a finite float from 0 to `greatest`."""
    number = float(value)
    if not 0 <= number <= greatest or number == math.inf:
        accepted = "a finite number from 0" if greatest == math.inf else f"from 0 to {greatest:g}"
        raise ValueError(f"{argument}: got {value}, accepted is {accepted}")
    return number


def _check_histories(interface: Interface, horizon: int) -> None:
    percepts = interface.observations * len(interface.reward_levels or ())
    digits = horizon * math.log10(interface.actions * percepts)  # may be no float themselves
    if digits > math.log10(MAX_HISTORIES):
        raise ValueError(
            f"horizon: got {horizon}, with {interface.actions} actions and {percepts} percepts an "
            f"exact search takes 10^{digits:.1f} histories a cycle; accepted are at most "
            f"{MAX_HISTORIES:.0e}; a shorter horizon, or planner='rho-uct', takes fewer"
        )
