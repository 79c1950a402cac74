"""A model that is known, as a predictor of its own percepts."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Self

from simulations.agents.interface import Percept
from simulations.agents.model import Belief, Model

if TYPE_CHECKING:
    import numpy as np

__all__ = ["TrueModel", "draw"]

_REMEMBERED = 1 << 16
"""Expansions (belief, action) kept, so that planning and filtering do not repeat one another."""


class TrueModel:
    """The percept predictor of a `Model`: exact filtering of the belief, with undo.

    Args:
        model: what is predicted.
        observation: the first one; may be left out if the model has only one.
        belief: what is known of the hidden state, in place of the first observation.

    Raises:
        ValueError: the model's first observation is another, or one of several and not given.
    """

    def __init__(
        self, model: Model, observation: int | None = None, *, belief: Belief | None = None
    ) -> None:
        self.model = model
        self._beliefs = [_first(model, observation) if belief is None else belief]
        self._expand = lru_cache(_REMEMBERED)(lambda known, action: known.expand(model, action))

    @property
    def state(self) -> Belief:
        """The belief; it determines all predictions."""
        return self._beliefs[-1]

    def at(self, belief: Belief) -> Self:
        """A predictor of the same model from another belief on, with nothing to undo."""
        other = copy.copy(self)
        other._beliefs = [belief]
        return other

    def probabilities(self, action: int) -> Mapping[Percept, Fraction]:
        """Percept -> its probability after `action`; those that cannot come are left out."""
        return {percept: p for percept, (p, _) in self._expand(self.state, action).items()}

    def update(self, action: int, percept: Percept) -> None:
        """Condition on what an action brought.

        Raises:
            ValueError: the model gives it probability 0.
        """
        found = self._expand(self.state, action).get(percept)
        if found is None:
            raise ValueError(
                f"percept: got observation {percept.observation} and reward {percept.reward} after "
                f"action {action}, which {self.model.name} rules out"
            )
        self._beliefs.append(found[1])

    def undo(self) -> None:
        """Take the last update back.

        Raises:
            IndexError: there is none.
        """
        if len(self._beliefs) == 1:
            raise IndexError("undo: no update is left to take back")
        self._beliefs.pop()

    def sample(self, action: int, generator: np.random.Generator) -> Percept:
        """A percept drawn as the model draws it."""
        return draw(self.probabilities(action), generator)


def draw(
    probabilities: Mapping[Percept, Fraction | float], generator: np.random.Generator
) -> Percept:
    """A percept drawn with these probabilities; they are taken in the mapping's order."""
    left = generator.random()
    for percept, probability in probabilities.items():
        left -= float(probability)
        if left < 0:
            return percept
    # rounding left a crumb: the last percept that can come
    return next(p for p in reversed(list(probabilities)) if probabilities[p])


def _first(model: Model, observation: int | None) -> Belief:
    prior = model.prior
    known = ", ".join(map(str, sorted(prior)))
    if observation is None:
        if len(prior) > 1:
            raise ValueError(f"observation: got none, {model.name} begins with one of {known}")
        return next(iter(prior.values()))[1]
    if observation not in prior:
        raise ValueError(f"observation: got {observation}, {model.name} begins with {known}")
    return prior[observation][1]
