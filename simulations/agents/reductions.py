"""Environments of one class as environments of a simpler one.

Each keeps every probability: for every string of actions the percepts are the same, renamed.

References:
    S. Legg, Machine Super Intelligence, 2008: Lemmas 3.2.6 and 3.5.3 to 3.5.5.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from complexity.errors import integer
from simulations.agents._histories import Membership, Walk, window
from simulations.agents.interface import Interface, Percept
from simulations.agents.model import Belief, Model, Outcome
from simulations.agents.taxonomy import (
    LIMIT,
    is_bandit,
    is_classification,
    is_nth_order_mdp,
    is_repeated_game,
)

__all__ = [
    "bandit_to_mdp",
    "classification_to_mdp",
    "episode_actions",
    "game_to_bandit",
    "to_first_order",
    "window_number",
]

Window = tuple[int, ...]


def window_number(past: Window, interface: Interface) -> int:
    """The number of (o,), (o, a, o), (o, a, o, a, o), ... as an observation of `to_first_order`.

    Shorter windows come first, so that those of one observation keep their number.
    """
    actions, observations = interface.actions, interface.observations
    length = (len(past) + 1) // 2
    before = sum(observations * (actions * observations) ** i for i in range(length - 1))
    number = 0
    for place, symbol in enumerate(past):
        number = number * (actions if place % 2 else observations) + symbol
    return before + number


def to_first_order(model: Model, n: int, *, limit: int = LIMIT) -> Model:
    """Lemma 3.2.6: an MDP of order n as one of order 1, whose observations are windows.

    The state is the last n observations and the actions between them, and it is also what is
    observed (`window_number`); fewer in the first cycles. Rewards and probabilities stay.

    Args:
        model: a model of that order.
        n: the order.
        limit: situations at most.

    Raises:
        TypeError, ValueError: n below 1, a model that is not of order n, or more than `limit`
            situations, as when it is of none.
    """
    _demand(is_nth_order_mdp(model, n, limit, limit=limit), model, f"an MDP of order {n}")
    memory, interface = window(n), model.interface
    laws = {each.memory: each.laws for each in Walk(model, memory, limit, limit)}

    def outcomes(state: Any, action: int) -> list[Outcome]:
        found = []
        for percept, chance in laws[state][action].items():
            after: Any = memory.step(state, action, percept)
            number = window_number(after, interface)
            found.append(Outcome(chance, after, number, Fraction(percept.reward)))
        return found

    pair = interface.actions * interface.observations
    return replace(
        model,
        name=f"{model.name}, first order",
        interface=replace(
            interface, observations=sum(interface.observations * pair**i for i in range(n))
        ),
        start=tuple(Outcome(chance, (first,), first) for first, (chance, _) in model.prior.items()),
        outcomes=outcomes,
    )


def bandit_to_mdp(model: Model, *, limit: int = LIMIT) -> Model:
    """Lemma 3.5.4: a bandit as an MDP whose state is the last observation, which nobody needs.

    Raises:
        ValueError: the model is no bandit, or has more than `limit` situations.
    """
    _demand(is_bandit(model, limit, limit=limit), model, "a bandit")
    return replace(to_first_order(model, 1, limit=limit), name=f"{model.name} as an MDP")


def classification_to_mdp(model: Model, *, limit: int = LIMIT) -> Model:
    """Lemma 3.5.3: a classification problem as an MDP whose state is the last observation.

    Raises:
        ValueError: the model is no classification problem, or has more than `limit` situations.
    """
    _demand(is_classification(model, limit, limit=limit), model, "a classification problem")
    return replace(to_first_order(model, 1, limit=limit), name=f"{model.name} as an MDP")


def episode_actions(action: int, actions: int, episode: int) -> tuple[int, ...]:
    """The actions that an action of `game_to_bandit` stands for; the first is the highest digit."""
    digits = []
    for _ in range(episode):
        action, digit = divmod(action, actions)
        digits.append(digit)
    return tuple(reversed(digits))


def game_to_bandit(model: Model, episode: int, *, limit: int = LIMIT) -> Model:
    """Lemma 3.5.5: a repeated game as a bandit, whose cycle is a match.

    An action is a string of `episode` actions (`episode_actions`), an observation the string of
    percepts (o, r) of a match as digits o * levels + place of r among the levels, and the reward
    the sum of the match's rewards.

    Args:
        model: a repeated game of that episode length, with reward levels.
        episode: cycles a match.
        limit: situations at most.

    Raises:
        TypeError, ValueError: an episode below 1, a model that is no such game or has no reward
            levels, or more than `limit` situations.
    """
    length = integer("episode", episode, 1)
    interface = model.interface
    levels = interface.reward_levels
    if levels is None:
        raise ValueError(f"model: {model.name} has no reward_levels, which the percepts need")
    game = is_repeated_game(model, length, limit, limit=limit)
    _demand(game, model, f"a repeated game of episode {length}")
    beginning = Belief.of({each.state: each.probability for each in model.start})

    def outcomes(state: int, action: int) -> list[Outcome]:
        matches: list[tuple[Fraction, Belief, int, Fraction]] = [
            (Fraction(1), beginning, 0, Fraction(0))
        ]
        for move in episode_actions(action, interface.actions, length):
            matches = [
                (chance * p, after, _digit(seen, percept, levels), total + Fraction(percept.reward))
                for chance, belief, seen, total in matches
                for percept, (p, after) in belief.expand(model, move).items()
            ]
        return [Outcome(chance, 0, seen, total) for chance, _, seen, total in matches]

    def _digit(seen: int, percept: Percept, levels: tuple[Fraction | float, ...]) -> int:
        place = percept.observation * len(levels) + levels.index(percept.reward)
        return seen * interface.observations * len(levels) + place

    best = model.optimal_value
    return replace(
        model,
        name=f"{model.name} as a bandit",
        interface=Interface(
            interface.actions**length,
            (interface.observations * len(levels)) ** length,
            reward_levels=_sums(levels, length),
        ),
        start=(Outcome(Fraction(1), 0, 0),),
        outcomes=outcomes,
        optimal_value=None if best is None else best * length,
    )


def _sums(levels: Iterable[Fraction | float], count: int) -> tuple[Fraction | float, ...]:
    """All sums of so many levels, and 0."""
    sums: set[Fraction | float] = {0}
    for _ in range(count):
        sums = {total + level for total in sums for level in levels}
    return tuple(sorted(sums | {0}))


def _demand(found: Membership, model: Model, what: str) -> None:
    if not found:
        raise ValueError(f"model: {model.name} is not {what}; see {found.witness}")
    if not found.proved:
        raise ValueError(f"model: {model.name} could not be shown to be {what} for all histories")
