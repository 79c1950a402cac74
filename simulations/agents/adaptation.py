"""Any discrete Gymnasium environment as agents see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import gymnasium
import numpy as np

from simulations.agents import _spaces
from simulations.agents.interface import Interface
from simulations.agents.model import Model
from simulations.agents.model_environment import ModelEnvironment
from simulations.ledger import digest
from simulations.program import value_text

__all__ = ["Adapted", "adapt"]


class Adapted:
    """An environment as agents see it: numbers for actions and observations, no episodes.

    Attributes:
        environment: the Gymnasium environment.
        name: its name.
        interface: its actions, observations and rewards.
    """

    def __init__(
        self, environment: gymnasium.Env[Any, Any], name: str, interface: Interface
    ) -> None:
        self.environment = environment
        self.name = name
        self.interface = interface
        assert interface.reward_bounds is not None
        levels = interface.reward_levels
        self._levels = None if levels is None else np.array([float(each) for each in levels])
        self._known = frozenset(() if self._levels is None else self._levels.tolist())
        self._low, self._high = (float(end) for end in interface.reward_bounds)
        self._tolerance = 1e-9 * max(1.0, abs(self._low), abs(self._high))
        self._numbered = _counts_from_zero(environment.action_space)
        self._numbers = _counts_from_zero(environment.observation_space)

    @property
    def resumable(self) -> bool:
        """Whether it has snapshots; a wrapped environment, whose wrappers have none, has not."""
        return hasattr(self.environment, "snapshot") and hasattr(self.environment, "restore")

    @property
    def digest(self) -> str:
        """SHA-256 of the interface, the wrappers, and the model or Gymnasium's specification.

        Without either, environments of one class and interface are one.
        """
        layers, inner = [], self.environment
        while isinstance(inner, gymnasium.Wrapper):
            layers.append(value_text(type(inner)))
            inner = inner.env
        model = inner.model.digest if isinstance(inner, ModelEnvironment) else None
        said = [self.interface, type(inner), self.environment.spec]
        return digest({"layers": layers, "model": model, "said": [*map(value_text, said)]})

    def reset(self, seed: int) -> int:
        """Seed the environment and begin; the number of the first observation."""
        return self._number(self.environment.reset(seed=seed)[0])

    def step(self, action: int) -> tuple[int, float]:
        """Act: (the observation's number, the reward).

        An episode that ends is followed by a new one at once; then the observation is its first.

        Raises:
            ValueError: an action, or a reward, that the interface does not have.
        """
        number = self.interface.checked_action(action)
        space = self.environment.action_space
        seen, reward, terminated, truncated, _ = self.environment.step(
            number if self._numbered else _spaces.element(space, number)
        )
        paid = self._checked(float(reward))
        if terminated or truncated:
            seen = self.environment.reset()[0]
        return self._number(seen), paid

    def _number(self, seen: Any) -> int:
        space = self.environment.observation_space
        number = int(seen) if self._numbers else _spaces.number(space, seen)
        if not 0 <= number < self.interface.observations:
            raise ValueError(f"observation: {self.name} gave {seen!r}, which is not in its {space}")
        return number

    def _checked(self, reward: float) -> float:
        """The reward; where levels are declared, the one that it equals but for rounding."""
        if reward in self._known:
            return reward
        if self._levels is None:
            if not self._low - self._tolerance <= reward <= self._high + self._tolerance:
                raise ValueError(
                    f"reward: {self.name} paid {reward}, declared are {self._low} to {self._high}; "
                    "give adapt the right reward_bounds"
                )
            return reward
        level = float(self._levels[np.abs(self._levels - reward).argmin()])
        if not abs(level - reward) <= self._tolerance:
            declared = ", ".join(f"{each:g}" for each in self._levels)
            raise ValueError(
                f"reward: {self.name} paid {reward}, declared are the levels {declared}; "
                "give adapt the right reward_levels"
            )
        return level

    def snapshot(self) -> dict[str, np.ndarray]:
        """The environment's.

        Raises:
            TypeError: it has none.
        """
        self._must_be_resumable()
        return self.environment.snapshot()  # pyright: ignore[reportAttributeAccessIssue]

    def restore(self, snapshot: Mapping[str, np.ndarray]) -> None:
        """Return the environment to the moment of `snapshot`.

        Raises:
            TypeError: it cannot.
        """
        self._must_be_resumable()
        self.environment.restore(snapshot)  # pyright: ignore[reportAttributeAccessIssue]

    def _must_be_resumable(self) -> None:
        if not self.resumable:
            raise TypeError(
                f"environment: {self.name} has no snapshot and restore; it can be run, not resumed"
            )

    def __repr__(self) -> str:
        return f"Adapted({self.name}, {self.interface})"


def _counts_from_zero(space: gymnasium.Space[Any]) -> bool:
    return isinstance(space, gymnasium.spaces.Discrete) and int(space.start) == 0


def adapt(
    environment: gymnasium.Env[Any, Any] | Adapted | Model,
    *,
    reward_levels: Sequence[Fraction | float] | None = None,
    reward_bounds: tuple[Fraction | float, Fraction | float] | None = None,
) -> Adapted:
    """Any discrete Gymnasium environment for agents.

    Spaces may be Discrete, MultiDiscrete, MultiBinary, and Tuple and Dict of these; their elements
    are numbered by mixed radix.

    Args:
        environment: the environment; a Model is sampled; one that is adapted already is returned
            as it is if nothing else is given.
        reward_levels: all values that a reward can have. Gymnasium environments do not say; by
            default the environment's own attribute of that name, if it has it.
        reward_bounds: the least and the greatest reward, if the levels are too many; likewise.

    Raises:
        TypeError: it is no environment.
        ValueError: a space that is not discrete, or of more than 2^63 elements; no rewards
            declared; levels that are none.

    Example:
        >>> frozen = gymnasium.make("FrozenLake-v1")
        >>> adapt(frozen, reward_levels=(0, 1)).interface
        Interface(actions=4, observations=16, reward_levels=(0, 1), reward_bounds=(0, 1))
    """
    declared = reward_levels is not None or reward_bounds is not None
    if isinstance(environment, Model):
        environment = ModelEnvironment(environment)
    if isinstance(environment, Adapted):
        if not declared:
            return environment
        environment = environment.environment
    if not isinstance(environment, gymnasium.Env):
        raise TypeError(
            f"environment: got a {type(environment).__name__}, accepted is a gymnasium.Env, "
            "a Model or what adapt returned"
        )
    name = _name(environment)
    actions = _size(environment.action_space, f"action_space of {name}")
    observations = _size(environment.observation_space, f"observation_space of {name}")
    if not declared:
        reward_levels = _attribute(environment, "reward_levels")
        reward_bounds = _attribute(environment, "reward_bounds")
    if reward_levels is None and reward_bounds is None:
        raise ValueError(
            f"reward_levels: {name} declares no rewards (Gymnasium has no reward_range any more); "
            "say which there are: adapt(environment, reward_levels=(0, 1)), or "
            "reward_bounds=(low, high) if they are too many"
        )
    levels = None if reward_levels is None else tuple(sorted(set(reward_levels)))
    return Adapted(environment, name, Interface(actions, observations, levels, reward_bounds))


def _size(space: gymnasium.Space[Any], argument: str) -> int:
    size = _spaces.size(space, argument)
    if size > 1 << 63:  # a history keeps the numbers in 64 bits
        raise ValueError(f"{argument}: got {space}, accepted are at most 2^63 elements")
    return size


def _attribute(environment: gymnasium.Env[Any, Any], name: str) -> Any:
    """An attribute of the environment, of a wrapper, or of what is wrapped."""
    return environment.get_wrapper_attr(name) if environment.has_wrapper_attr(name) else None


def _name(environment: gymnasium.Env[Any, Any]) -> str:
    own = _attribute(environment, "name")
    if isinstance(own, str):
        return own
    if environment.spec is not None:
        return environment.spec.id
    return type(environment.unwrapped).__name__
