"""An environment as a measure: hidden states, and exact probabilities of what an action brings.

A chronological measure mu(o_k r_k | a_1 o_1 r_1 ... a_k) with (possibly infinitely many) hidden
states is given by one function, `outcomes(state, action)`. The exact solver, the planners, the
taxonomy, mixtures and the Gymnasium environment that samples it all read this one statement.

References:
    S. Legg, Machine Super Intelligence, 2008, section 2.8: chronological measures; 3.2: the
        classes that states give.
    L. P. Kaelbling, M. L. Littman and A. R. Cassandra, Planning and acting in partially observable
        stochastic domains, Artificial Intelligence 101, 1998: the belief state.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple, Self

from simulations.agents.interface import Interface, Percept

__all__ = ["Belief", "Model", "Outcome"]

State = Hashable


class Outcome(NamedTuple):
    """One of the things that can happen: with a probability, a next state and a percept."""

    probability: Fraction
    state: State
    observation: int
    reward: Fraction = Fraction(0)


@dataclass(frozen=True)
class Model:
    """A chronological measure with hidden states.

    Attributes:
        name: of the environment.
        interface: its actions, observations and rewards.
        start: what can happen before the first action: states and first observations, reward 0.
        outcomes: (state, action) -> what can happen; probabilities are Fractions that sum to 1.
            States are hashable and may be infinitely many. An action that makes no sense in a
            state is answered (by a penalty, say), not refused. The task never ends: what would be
            an episode's end is an outcome into a start state.
        optimal_value: the greatest mean reward a cycle in the long run, or, for a reward-summable
            environment, the greatest expected sum of rewards; None if it is not known.
        summable: rewards are non-negative and sum to at most 1 (Legg 2008, section 4.1.3).
        code_bits: the length of the environment's description, None if it has none.
    """

    name: str
    interface: Interface
    start: tuple[Outcome, ...]
    outcomes: Callable[[State, int], Sequence[Outcome]]
    optimal_value: Fraction | float | None = None
    summable: bool = False
    code_bits: float | None = None

    @cached_property
    def prior(self) -> Mapping[int, tuple[Fraction, Belief]]:
        """First observation -> (its probability, the belief after it)."""
        groups: dict[int, dict[State, Fraction]] = {}
        for each in self.start:
            weights = groups.setdefault(each.observation, {})
            weights[each.state] = weights.get(each.state, Fraction(0)) + each.probability
        return {
            observation: (sum(weights.values(), Fraction(0)), Belief.of(weights))
            for observation, weights in groups.items()
        }


@dataclass(frozen=True)
class Belief:
    """A distribution over hidden states given the history; equal beliefs are equal and hash so.

    Attributes:
        weights: (state, probability) of all possible states; the probabilities sum to 1.
    """

    weights: frozenset[tuple[State, Fraction]]

    @classmethod
    def of(cls, weights: Mapping[State, Fraction]) -> Self:
        """The belief proportional to `weights`.

        Raises:
            ValueError: they are all zero: what was seen is impossible.
        """
        total = sum(weights.values(), Fraction(0))
        if total <= 0:
            raise ValueError("weights: got no positive one, accepted is a possible history")
        return cls(frozenset((s, w / total) for s, w in weights.items() if w))

    def expand(self, model: Model, action: int) -> Mapping[Percept, tuple[Fraction, Belief]]:
        """Percept -> (its probability after `action`, the belief that follows it)."""
        groups: dict[Percept, dict[State, Fraction]] = {}
        for state, weight in self.weights:
            for each in model.outcomes(state, action):
                if not each.probability:
                    continue
                follows = groups.setdefault(Percept(each.observation, each.reward), {})
                joint = weight * each.probability
                follows[each.state] = follows.get(each.state, Fraction(0)) + joint
        return {
            percept: (sum(weights.values(), Fraction(0)), Belief.of(weights))
            for percept, weights in groups.items()
        }
