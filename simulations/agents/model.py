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

import bisect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from numbers import Rational
from typing import Any, NamedTuple, Self

import numpy as np

from simulations.agents.interface import Interface, Percept
from simulations.ledger import digest
from simulations.program import program_text, value_text

__all__ = ["Belief", "Lottery", "Model", "Outcome", "demand_chances"]

_DIGESTED = 256

# hashable; Any, so that a model may say which states its function takes
State = Any


class Outcome(NamedTuple):
    """One of the things that can happen: with a probability, a next state and a percept."""

    probability: Fraction
    state: State
    observation: int
    reward: Fraction = Fraction(0)


def demand_chances(outcomes: Sequence[Outcome], argument: str = "outcomes") -> None:
    """Raise ValueError unless the outcomes' probabilities are exact, sum to 1, none negative."""
    chances = [each.probability for each in outcomes]
    exact = all(isinstance(chance, Rational) for chance in chances)
    if not exact or sum(chances) != 1 or min(chances) < 0:
        raise ValueError(
            f"{argument}: got probabilities {', '.join(map(str, chances)) or 'of none'}, "
            "accepted are Fractions from 0 to 1 that sum to 1"
        )


class Lottery:
    """Draws one of some outcomes with exactly their probabilities, from integers.

    Args:
        outcomes: a sequence; or one that is too long to list, and has `sample(generator)`.

    Raises:
        ValueError: the probabilities do not sum to 1, one is negative, or a float.
    """

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.outcomes = outcomes
        self.sample: Callable[[np.random.Generator], Outcome]
        if hasattr(outcomes, "sample"):
            self.sample = outcomes.sample  # pyright: ignore[reportAttributeAccessIssue]
            return
        self.sample = self._drawn
        demand_chances(outcomes)
        chances = [each.probability for each in outcomes]
        self.tickets = math.lcm(*(Fraction(chance).denominator for chance in chances))
        self.ends: list[int] = []
        for chance in chances:
            self.ends.append(int(chance * self.tickets) + (self.ends[-1] if self.ends else 0))

    def _drawn(self, generator: np.random.Generator) -> Outcome:
        if self.tickets == 1:
            return self.outcomes[bisect.bisect_right(self.ends, 0)]
        if self.tickets < 1 << 62:
            ticket = int(generator.integers(self.tickets))
        else:
            ticket = _below(self.tickets, generator)
        return self.outcomes[bisect.bisect_right(self.ends, ticket)]


def _below(bound: int, generator: np.random.Generator) -> int:
    """A uniform integer below a bound of any size, by rejection."""
    bits = (bound - 1).bit_length()
    size = -(-bits // 8)
    while True:
        number = int.from_bytes(generator.bytes(size), "little") >> (8 * size - bits)
        if number < bound:
            return number


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
            an episode's end is an outcome into a start state. Outcomes depend on nothing but state
            and action: what the function counts or collects elsewhere is in no snapshot, and a run
            that is resumed would go on differently. A sequence too long to list (so may
            `start` be) has `sample(generator)`, and its iterator raises a ValueError.
        optimal_value: the greatest mean reward a cycle in the long run, or, for a reward-summable
            environment, the greatest expected sum of rewards; None if it is not known.
        summable: rewards are non-negative and sum to at most 1 (Legg 2008, section 4.1.3).
        code_bits: the length of the environment's description, None if it has none.
    """

    name: str
    interface: Interface
    start: Sequence[Outcome]
    outcomes: Callable[[State, int], Sequence[Outcome]]
    optimal_value: Fraction | float | None = None
    summable: bool = False
    code_bits: float | None = None

    @cached_property
    def prior(self) -> Mapping[int, tuple[Fraction, Belief]]:
        """First observation -> (its probability, the belief after it); those that can come.

        Raises:
            ValueError: the probabilities of `start` do not sum to 1, or one is negative.
        """
        demand_chances(self.start, "start")
        groups: dict[int, dict[State, Fraction]] = {}
        for each in self.start:
            if not each.probability:
                continue
            weights = groups.setdefault(each.observation, {})
            weights[each.state] = weights.get(each.state, Fraction(0)) + each.probability
        return {
            observation: (sum(weights.values(), Fraction(0)), Belief.of(weights))
            for observation, weights in groups.items()
        }

    def percept(self, outcome: Outcome) -> Percept:
        """What the agent sees of an outcome.

        Raises:
            TypeError: the observation is not an integer.
            ValueError: the observation or the reward is not one of the interface's.
        """
        percept = Percept(outcome.observation, outcome.reward)
        if percept not in self._percepts:
            self.interface.checked_percept(*percept)
            self._percepts.add(percept)
        return percept

    @cached_property
    def _percepts(self) -> set[Percept]:
        """Those that the interface is known to have."""
        return set()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its interface, of what it does, and of the program of `outcomes`.

        What it does is told by its start and by the outcomes in the first 256 states reached, but
        for those too many to list; what it does elsewhere by the program, and the values in it.
        """
        program = program_text(self.outcomes)  # before it is called, which may fill its caches
        start = _listed(lambda: self.start)
        states, said = list(dict.fromkeys(each.state for each in start)), [_said(start)]
        known = set(states)
        for state in states:  # which grow meanwhile
            for action in range(self.interface.actions):
                found = _listed(lambda: self.outcomes(state, action))  # noqa: B023 (called at once)
                said.append(_said(found))
                for each in found:
                    if len(known) < _DIGESTED and each.state not in known:
                        known.add(each.state)
                        states.append(each.state)
        told = {"interface": value_text(self.interface), "outcomes": said, "program": program}
        return digest(told)


def _listed(outcomes: Callable[[], Sequence[Outcome]]) -> list[Outcome]:
    try:
        return list(outcomes())
    except ValueError:
        return []


def _said(outcomes: Sequence[Outcome]) -> list[list[str]]:
    return [
        [str(each.probability), value_text(each.state), str(each.observation), str(each.reward)]
        for each in outcomes
    ]


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
        if len(weights) == 1 and total > 0:
            return cls(frozenset((state, Fraction(1)) for state in weights))
        if total <= 0:
            raise ValueError("weights: got no positive one, accepted is a possible history")
        return cls(frozenset((s, w / total) for s, w in weights.items() if w))

    def expand(self, model: Model, action: int) -> Mapping[Percept, tuple[Fraction, Belief]]:
        """Percept -> (its probability after `action`, the belief that follows it).

        Raises:
            ValueError: probabilities of the model's outcomes that do not sum to 1, a negative one,
                or one that is no Fraction; an observation or a reward that its interface has not.
        """
        # in integers over one common denominator, several times faster than Fractions
        happens = [(weight, model.outcomes(state, action)) for state, weight in self.weights]
        of_weights = math.lcm(*(weight.denominator for weight, _ in happens))
        chances = (each.probability for _, row in happens for each in row)
        try:
            of_chances = math.lcm(*(chance.denominator for chance in chances))
        except AttributeError:  # of a float
            for _, row in happens:
                demand_chances(row)
            raise
        groups: dict[Percept, dict[State, int]] = {}
        for weight, row in happens:
            share, whole = weight.numerator * (of_weights // weight.denominator), 0
            for each in row:
                chance = each.probability
                if not chance:
                    continue
                part = chance.numerator * (of_chances // chance.denominator)
                if part < 0:
                    demand_chances(row)
                whole += part
                follows = groups.setdefault(model.percept(each), {})
                follows[each.state] = follows.get(each.state, 0) + share * part
            if whole != of_chances:
                demand_chances(row)
        found: dict[Percept, tuple[Fraction, Belief]] = {}
        for percept, joints in groups.items():
            total = sum(joints.values())
            belief = Belief(frozenset((state, Fraction(n, total)) for state, n in joints.items()))
            found[percept] = (Fraction(total, of_weights * of_chances), belief)
        return found
