"""A model as a Gymnasium environment that samples it."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any, Protocol, runtime_checkable

import gymnasium
import numpy as np
from gymnasium import spaces

from simulations.agents import _plain
from simulations.agents.interface import Percept
from simulations.agents.model import Belief, Lottery, Model, Outcome

__all__ = ["MeasureEnv", "ModelEnvironment"]

CACHED_LOTTERIES = 65_536


@runtime_checkable
class MeasureEnv(Protocol):
    """An environment that knows its own probabilities."""

    def percept_probabilities(self, action: int) -> Mapping[Percept, Fraction]:
        """The probability of each percept after the history so far and this action."""
        ...

    def snapshot(self) -> dict[str, np.ndarray]:
        """Copies of all that `restore` needs."""
        ...

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of `snapshot`."""
        ...


class ModelEnvironment(gymnasium.Env[Any, Any]):
    """A model, sampled: a Gymnasium environment that never terminates.

    `reset(seed=...)` seeds it; every draw has exactly the probability that the model states.

    Attributes:
        model: the model.
        name: of the model.
        interface: its actions, observations and rewards.
        reward_levels, reward_bounds: of the interface.
        code_bits: the length of its description, None if it has none.
        optimal_value: as the model states it, None if it is not known.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 (Gymnasium declares it so)

    def __init__(self, model: Model) -> None:
        if not isinstance(model, Model):
            raise TypeError(f"model: got a {type(model).__name__}, accepted is a Model")
        self.model = model
        self.name = model.name
        self.interface = model.interface
        self.reward_levels = model.interface.reward_levels
        self.reward_bounds = model.interface.reward_bounds
        self.code_bits = model.code_bits
        self.optimal_value = model.optimal_value
        self.action_space = spaces.Discrete(model.interface.actions)
        self.observation_space = spaces.Discrete(model.interface.observations)
        self._lottery = lru_cache(CACHED_LOTTERIES)(self._made_lottery)
        self._state: Any = None
        self._begun = False
        self._different: list[Fraction | float] = []
        self._places: dict[Fraction | float, int] = {}
        self._forget()

    def _made_lottery(self, state: Any, action: int) -> Lottery:
        return Lottery(self.model.outcomes(state, action))

    def _forget(self) -> None:
        """The history is what the belief has not read yet, after its first observation."""
        self._belief: Belief | None = None
        self._first = 0
        # rewards are kept as places in the list of the different ones
        self._actions, self._observations, self._rewards = array("q"), array("q"), array("q")

    def _place(self, reward: Fraction) -> int:
        place = self._places.setdefault(reward, len(self._different))
        if place == len(self._different):
            self._different.append(reward)
        return place

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Begin anew; without a seed, with the next draws of the old one."""
        super().reset(seed=seed)
        start = Lottery(self.model.start).sample(self.np_random)
        self._forget()
        self._state, self._first, self._begun = start.state, start.observation, True
        return start.observation, {}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Act: (observation, reward, False, False, {}).

        Raises:
            ValueError, TypeError: it is not one of the actions.
            RuntimeError: the environment was not reset.
        """
        if not self._begun:
            raise RuntimeError(f"{self.name}: reset it before the first step")
        number = self.interface.checked_action(action)
        happens: Outcome = self._lottery(self._state, number).sample(self.np_random)
        self._state = happens.state
        self._actions.append(number)
        self._observations.append(happens.observation)
        self._rewards.append(self._place(happens.reward))
        return happens.observation, float(happens.reward), False, False, {}

    def belief(self) -> Belief:
        """The distribution of the hidden state given the history since the reset.

        Raises:
            ValueError: the model's outcomes are too many to list.
        """
        if self._belief is None:
            self._belief = self.model.prior[self._first][1]
        history = zip(self._actions, self._observations, self._rewards, strict=True)
        for action, seen, place in history:
            percept = Percept(seen, self._different[place])
            self._belief = self._belief.expand(self.model, action)[percept][1]
        self._actions, self._observations, self._rewards = array("q"), array("q"), array("q")
        return self._belief

    def percept_probabilities(self, action: int) -> dict[Percept, Fraction]:
        """The exact probability of each percept, given the history since the reset.

        Raises:
            ValueError: the model's outcomes are too many to list.
        """
        number = self.interface.checked_action(action)
        found = self.belief().expand(self.model, number)
        return {percept: probability for percept, (probability, _) in found.items()}

    def snapshot(self) -> dict[str, np.ndarray]:
        """Copies of the hidden state, the history and the generator.

        Raises:
            TypeError: states that are not plain values (see `_plain.packed`).
        """
        held = None if self._belief is None else self._belief.weights
        generator = self.np_random.bit_generator.state
        return {
            "state": _plain.packed((self._begun, self._state, self._first, held)),
            "generator": _plain.packed(generator),
            "actions": np.array(self._actions, np.int64),
            "observations": np.array(self._observations, np.int64),
            "rewards": np.array(self._rewards, np.int64),
            "different": _plain.packed(tuple(self._different)),
        }

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return to the moment of `snapshot`."""
        self._begun, self._state, self._first, held = _plain.unpacked(snapshot["state"])
        self._belief = None if held is None else Belief(held)
        self.np_random.bit_generator.state = _plain.unpacked(snapshot["generator"])
        self._actions = array("q", snapshot["actions"].tolist())
        self._observations = array("q", snapshot["observations"].tolist())
        self._rewards = array("q", snapshot["rewards"].tolist())
        self._different = list(_plain.unpacked(snapshot["different"]))
        self._places = {reward: place for place, reward in enumerate(self._different)}

    def __repr__(self) -> str:
        return f"ModelEnvironment({self.name})"
