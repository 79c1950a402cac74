"""Small random environments, and what can be said of them by going through every policy."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from hypothesis import strategies as st

from simulations.agents.interface import Interface, Percept
from simulations.agents.model import Model, Outcome

ACTIONS, STATES = 2, 2
REWARDS = (Fraction(0), Fraction(1, 3), Fraction(1))


@st.composite
def models(draw: st.DrawFn, percepts: int = 2, rewards: Sequence[Fraction] | None = None) -> Model:
    """Two actions, two hidden states, and `percepts` percepts with any probabilities.

    The reward of each observation is drawn unless given.
    """
    if rewards is None:
        rewards = draw(st.lists(st.sampled_from(REWARDS), min_size=percepts, max_size=percepts))
    counts = st.lists(
        st.integers(0, 4), min_size=STATES * percepts, max_size=STATES * percepts
    ).filter(any)
    table = {
        (state, action): outcomes(draw(counts), rewards)
        for state in range(STATES)
        for action in range(ACTIONS)
    }
    start = draw(st.lists(st.integers(0, 3), min_size=STATES, max_size=STATES).filter(any))
    return Model(
        name="small",
        interface=Interface(ACTIONS, percepts, reward_levels=REWARDS),
        start=tuple(
            Outcome(Fraction(count, sum(start)), state, 0)
            for state, count in enumerate(start)
            if count
        ),
        outcomes=lambda state, action: table[state, action],
    )


@st.composite
def classes(draw: st.DrawFn) -> list[Model]:
    """Two or three models with the same two percepts, so that all policies can be gone through."""
    rewards = draw(st.lists(st.sampled_from(REWARDS), min_size=2, max_size=2))
    return draw(st.lists(models(rewards=rewards), min_size=2, max_size=3))


def outcomes(counts: Sequence[int], rewards: Sequence[Fraction]) -> list[Outcome]:
    cells = itertools.product(range(STATES), range(len(rewards)))
    return [
        Outcome(Fraction(count, sum(counts)), state, seen, rewards[seen])
        for (state, seen), count in zip(cells, counts, strict=True)
    ]


class Tree(NamedTuple):
    """A deterministic policy: what to do, and what after each percept."""

    action: int
    then: Mapping[Percept, Tree]


def policies(percepts: Sequence[Percept], horizon: int) -> Iterator[Tree]:
    """Every policy of so many cycles."""
    if horizon == 0:
        return
    later = list(policies(percepts, horizon - 1))
    for action in range(ACTIONS):
        if not later:
            yield Tree(action, {})
        else:
            for chosen in itertools.product(later, repeat=len(percepts)):
                yield Tree(action, dict(zip(percepts, chosen, strict=True)))


def policy_value(
    model: Model, policy: Tree, weights: Sequence[Fraction | float]
) -> Fraction | float:
    """The expected weighted sum of rewards, over the paths of hidden states."""
    joint = {each.state: each.probability for each in model.start}
    return _value(model, joint, policy, weights)


def _value(model, joint, policy, weights):
    if not weights:
        return Fraction(0)
    total, after = Fraction(0), {}
    for state, probability in joint.items():
        for each in model.outcomes(state, policy.action):
            both = probability * each.probability
            total += both * weights[0] * each.reward
            follows = after.setdefault(Percept(each.observation, each.reward), {})
            follows[each.state] = follows.get(each.state, Fraction(0)) + both
    for percept, follows in after.items():
        if percept in policy.then:
            total += _value(model, follows, policy.then[percept], weights[1:])
    return total


def percepts_of(*models: Model) -> list[Percept]:
    """Every percept that any state and action of the models may bring."""
    return sorted(
        {
            Percept(each.observation, each.reward)
            for model in models
            for state in range(STATES)
            for action in range(ACTIONS)
            for each in model.outcomes(state, action)
        }
    )
