"""What an agent sees of an environment: numbered actions and observations, and rewards."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from complexity.errors import integer
from simulations.agents._exact import exact

__all__ = ["Interface", "Percept"]


class Percept(NamedTuple):
    """What an environment answers to an action.

    Attributes:
        observation: its number.
        reward: a Fraction where the environment is exact, else a float.
    """

    observation: int
    reward: Fraction | float


@dataclass(frozen=True)
class Interface:
    """The alphabet in which an agent and an environment talk.

    Attributes:
        actions: how many there are; an action is a number below it.
        observations: how many there are.
        reward_levels: all values a reward can have, increasing; None if they are not finitely many.
        reward_bounds: the least and the greatest reward; of `reward_levels` where they are given.

    Raises:
        ValueError, TypeError: a count below one, levels that do not increase, bounds that the
            levels leave, a reward that is not finite.

    Example:
        >>> Interface(2, 3, reward_levels=(-1, 0, 1)).reward_bounds
        (-1, 1)
    """

    actions: int
    observations: int
    reward_levels: tuple[Fraction | float, ...] | None = None
    reward_bounds: tuple[Fraction | float, Fraction | float] | None = None

    def __post_init__(self) -> None:
        integer("actions", self.actions, 1)
        integer("observations", self.observations, 1)
        levels = self.reward_levels
        for argument in ("reward_levels", "reward_bounds"):
            for reward in getattr(self, argument) or ():
                exact(argument, reward)
        if levels is not None:
            if not levels or any(a >= b for a, b in itertools.pairwise(levels)):
                raise ValueError(
                    f"reward_levels: got {levels}, accepted are one or more increasing numbers"
                )
            span = (levels[0], levels[-1])
            if self.reward_bounds is None:
                object.__setattr__(self, "reward_bounds", span)
            elif self.reward_bounds[0] > span[0] or self.reward_bounds[1] < span[1]:
                raise ValueError(
                    f"reward_bounds: got {self.reward_bounds}, and reward_levels from "
                    f"{span[0]} to {span[1]}; accepted are bounds that hold all levels"
                )
        elif self.reward_bounds is None:
            raise ValueError("reward_bounds: got none and no reward_levels; give one of the two")

    def checked_action(self, action: object) -> int:
        """The action as an int.

        Raises:
            TypeError: it is not an integer.
            ValueError: it is not one of the interface's actions.
        """
        return integer("action", action, 0, self.actions - 1)

    def checked_percept(self, observation: object, reward: Fraction | float) -> Percept:
        """The percept, if the interface has it.

        Raises:
            TypeError: the observation is not an integer.
            ValueError: the observation or the reward is not one of the interface's.
        """
        seen = integer("observation", observation, 0, self.observations - 1)
        if self.reward_levels is not None and reward not in self.reward_levels:
            levels = ", ".join(str(float(each)) for each in self.reward_levels[:8])
            more = ", ..." if len(self.reward_levels) > 8 else ""
            raise ValueError(f"reward: got {reward}, accepted are the levels {levels}{more}")
        assert self.reward_bounds is not None
        low, high = self.reward_bounds
        if not low <= reward <= high:
            raise ValueError(f"reward: got {reward}, accepted is from {low} to {high}")
        return Percept(seen, reward)
