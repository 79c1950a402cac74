"""Problems of artificial intelligence as environments (Legg 2008, section 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from complexity.errors import integer
from simulations.agents._exact import exact
from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome
from simulations.agents.thesis.passive import distribution

__all__ = [
    "PRISONERS_DILEMMA",
    "Opponent",
    "classification",
    "function_maximisation",
    "prisoners_dilemma",
    "repeated_game",
    "tit_for_tat",
]

ONE, ZERO = Fraction(1), Fraction(0)
Number = Fraction | int
Opponent = Callable[[tuple[int, ...]], Mapping[int, Fraction]]
"""The agent's actions in this episode -> probabilities of the opponent's simultaneous move."""

PRISONERS_DILEMMA = (
    (Fraction(3, 5), Fraction(0)),
    (Fraction(1), Fraction(1, 5)),
)
"""Rewards [own action][other's action] of the prisoner's dilemma; 0 cooperates, 1 defects."""


def function_maximisation(
    values: Sequence[Number], *, name: str = "function-maximisation"
) -> Model:
    """Find the maximum of f: o_k = f(a_k), r_k the greatest f so far (Definition 3.3.1).

    Observations number the distinct values of f, from the least; the one before the first action
    says nothing. Who tries all actions gets the maximum ever after.

    Args:
        values: f of action 0, 1, ...
        name: of the model.

    Raises:
        ValueError: no values.
    """
    worth = [exact("values", each) for each in values]
    if not worth:
        raise ValueError("values: got none, accepted is the function's value of every action")
    levels = tuple(sorted(set(worth)))

    def outcomes(best: Fraction | None, action: int) -> list[Outcome]:
        seen = worth[action]
        reached = seen if best is None else max(best, seen)
        return [Outcome(ONE, reached, levels.index(seen), reached)]

    return Model(
        name=name,
        interface=Interface(len(worth), len(levels), reward_levels=levels),
        start=(Outcome(ONE, None, 0),),
        outcomes=outcomes,
        optimal_value=levels[-1],
    )


def tit_for_tat(actions: tuple[int, ...]) -> Mapping[int, Fraction]:
    """Begins with 0, then plays what the agent played last."""
    return {actions[-1] if actions else 0: ONE}


def repeated_game(
    payoffs: Sequence[Sequence[Number]],
    opponent: Opponent,
    episode: int,
    *,
    name: str = "repeated-game",
) -> Model:
    """Matches of `episode` cycles of a matrix game, one after the other (Definition 3.3.3).

    Both move at once; the observation is the opponent's move, the reward the agent's payoff. The
    opponent begins every match anew. Episodes are cycles 1 to l, l + 1 to 2 l, ... as in the proof
    of Lemma 3.5.5.

    Args:
        payoffs: rewards [own action][opponent's action].
        opponent: the agent's actions in this match -> probabilities of the opponent's move.
        episode: cycles a match.
        name: of the model.

    Returns:
        The model; `optimal_value` is the best mean reward a cycle, by backward induction over a
        match, if a match has at most 4,096 sequences of own actions.

    Raises:
        TypeError, ValueError: rows of different lengths, or an episode below 1.
    """
    table = [[exact("payoffs", each) for each in row] for row in payoffs]
    moves = len(table[0]) if table else 0
    if not moves or any(len(row) != moves for row in table):
        raise ValueError("payoffs: accepted are rows of one length, one for each own action")
    length = integer("episode", episode, 1)

    def outcomes(past: tuple[int, ...], action: int) -> list[Outcome]:
        answer = opponent(past)
        distribution("opponent", [answer.get(move, ZERO) for move in range(moves)])
        following = (*past, action) if len(past) + 1 < length else ()
        return [Outcome(p, following, o, table[action][o]) for o, p in answer.items() if p]

    def best(past: tuple[int, ...]) -> Fraction:
        values = []
        for action in range(len(table)):
            drawn = outcomes(past, action)
            now = sum((each.probability * each.reward for each in drawn), ZERO)
            values.append(now if not drawn[0].state else now + best((*past, action)))
        return max(values)

    levels = sorted({ZERO, *(each for row in table for each in row)})
    return Model(
        name=name,
        interface=Interface(len(table), moves, reward_levels=tuple(levels)),
        start=(Outcome(ONE, (), 0),),
        outcomes=outcomes,
        optimal_value=best(()) / length if len(table) ** length <= 4096 else None,
    )


def prisoners_dilemma(episode: int = 5) -> Model:
    """Matches of the prisoner's dilemma against tit for tat; 0 cooperates, 1 defects."""
    return repeated_game(PRISONERS_DILEMMA, tit_for_tat, episode, name="prisoners-dilemma")


def classification(
    classes: Sequence[int],
    class_count: int,
    *,
    weights: Sequence[Number] | None = None,
    training: Fraction = Fraction(1, 2),
    name: str = "classification",
) -> Model:
    """Learn f from examples and be asked (Definition 3.3.4).

    Every cycle shows an attribute w, drawn anew, with its class f(w) (probability `training`) or
    with "?". After "?" the next action is a guess: reward 1 if it is f(w), else 0; the printed
    definition gives a wrong guess no reward at all, not even 0, which is taken for an oversight.
    Observations are w * (class_count + 1) + class, and "?" is class number `class_count`.

    Args:
        classes: f of attribute 0, 1, ...
        class_count: classes are numbers below it, and so are actions.
        weights: the exact probability of each attribute; equal ones if None.
        training: alpha, the probability of being told, between 0 and 1.
        name: of the model.

    Returns:
        The model; its `optimal_value` is 1 - training.

    Raises:
        TypeError, ValueError: no attributes, a class that is not below `class_count`, weights that
            do not sum to 1 or are of another number, or `training` not between 0 and 1.
    """
    count = integer("class_count", class_count, 1)
    known = [integer(f"classes[{w}]", each, 0, count - 1) for w, each in enumerate(classes)]
    if not known:
        raise ValueError("classes: got none, accepted is the class of every attribute")
    even = [Fraction(1, len(known))] * len(known)
    chances = distribution("weights", even if weights is None else weights)
    if len(chances) != len(known):
        raise ValueError(f"weights: got {len(chances)}, accepted is one for each of {len(known)}")
    told = exact("training", training)
    if not 0 < told < 1:
        raise ValueError(f"training: got {training}, accepted is a number between 0 and 1")

    def shown(reward: Fraction) -> list[Outcome]:
        both = [
            (p * chance, w * (count + 1) + z)
            for w, p in enumerate(chances)
            for z, chance in ((known[w], told), (count, 1 - told))
        ]
        return [Outcome(p, seen, seen, reward) for p, seen in both if p]

    def outcomes(last: int, action: int) -> list[Outcome]:
        attribute, label = divmod(last, count + 1)
        right = label == count and action == known[attribute]
        return shown(ONE if right else ZERO)

    return Model(
        name=name,
        interface=Interface(count, len(known) * (count + 1), reward_levels=(ZERO, ONE)),
        start=tuple(shown(ZERO)),
        outcomes=outcomes,
        optimal_value=1 - told,
    )
