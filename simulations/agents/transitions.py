"""Tables of transitions, as Gymnasium's toy_text environments carry them, as models."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from numbers import Rational

import numpy as np

from simulations.agents._exact import exact
from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome

__all__ = ["from_transitions"]


def from_transitions(
    table: Mapping[int, Mapping[int, Sequence[tuple[float, int, float, bool]]]],
    *,
    start: int | Mapping[int, float] | Sequence[float] | np.ndarray = 0,
    name: str = "transitions",
) -> Model:
    """The model of a Gymnasium table of transitions, as `env.unwrapped.P` of the toy_text ones.

    States are observed. Where an episode ends, the next begins at once. An action's probabilities
    are read as the nearest fractions with a denominator of at most a million, if each is the same
    number to 9 digits (below 1e-15 it is 0: so much may come of rounding); else they are the
    decimal fractions that they are written as. A reward is the nearest such fraction if that is the
    same float, else its decimal fraction. Integers and Fractions are what they are.

    Args:
        table: state -> action -> (probability, next state, reward, whether the episode ends)s.
        start: where episodes begin: a state, or the states' probabilities (a mapping, or a
            sequence such as `env.unwrapped.initial_state_distrib`).
        name: of the model.

    Raises:
        ValueError: probabilities that do not sum to 1, or a negative one; a reward that is not
            finite; a next state that is none of the table's, nor a start; states with different
            numbers of actions.

    Example:
        >>> import gymnasium
        >>> from simulations.agents.solver import solve
        >>> lake = gymnasium.make("FrozenLake-v1", is_slippery=False).unwrapped
        >>> solve(from_transitions(lake.P)).optimal_value
        Fraction(1, 6)
    """
    counts = {len(actions) for actions in table.values()}
    if len(counts) != 1:
        raise ValueError(f"table: got states with {sorted(counts)} actions, accepted is one number")
    begins = _beginnings(start, table)
    rows: dict[tuple[int, int], list[Outcome]] = {
        (int(state), int(action)): _row(entries, begins, table, f"table[{state}][{action}]")
        for state, actions in table.items()
        for action, entries in actions.items()
    }
    levels = {each.reward for row in rows.values() for each in row}
    observations = 1 + max(int(state) for state in table)
    return Model(
        name=name,
        interface=Interface(counts.pop(), observations, tuple(sorted(levels))),
        start=tuple(Outcome(p, state, state) for state, p in begins.items()),
        outcomes=lambda state, action: rows[state, action],
    )


def _beginnings(
    start: int | Mapping[int, float] | Sequence[float] | np.ndarray, known: Mapping[int, object]
) -> dict[int, Fraction]:
    if isinstance(start, Mapping):
        items = list(start.items())
    elif isinstance(start, Sequence | np.ndarray):
        items = list(enumerate(start))
    else:
        items = [(start, 1)]
    chances = _chances([p for _, p in items], "start")
    return {_state(s, known, "start"): p for (s, _), p in zip(items, chances, strict=True) if p}


def _row(
    entries: Sequence[tuple[float, int, float, bool]],
    begins: Mapping[int, Fraction],
    known: Mapping[int, object],
    place: str,
) -> list[Outcome]:
    found: dict[tuple[int, Fraction], Fraction] = {}
    chances = _chances([p for p, *_ in entries], place)
    for p, (_, after, reward, ends) in zip(chances, entries, strict=True):
        follows = begins if ends else {_state(after, known, place): Fraction(1)}
        worth = _reward(reward, place)
        for state, q in follows.items():
            found[state, worth] = found.get((state, worth), Fraction(0)) + p * q
    return [Outcome(p, state, state, reward) for (state, reward), p in found.items() if p]


def _state(state: int, known: Mapping[int, object], place: str) -> int:
    if state not in known:
        raise ValueError(f"{place}: got the state {state}, accepted are those of the table")
    return int(state)


def _chances(numbers: Sequence[float | Fraction], place: str) -> list[Fraction]:
    """The probabilities as `from_transitions` says; they sum to 1."""
    near = [_near(number, place) for number in numbers]
    pairs = zip(near, numbers, strict=True)
    same = all(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-15) for a, b in pairs)
    if sum(near) != 1 or not same:
        near = [_decimal(number) for number in numbers]
    total = sum(near, Fraction(0))
    if total != 1:
        excess = float(total - 1)
        shown = f"{float(total):.9g}" if abs(excess) > 1e-9 else f"1 {excess:+.1g}"
        raise ValueError(
            f"{place}: got probabilities that sum to {shown}, accepted is 1; Fractions are read "
            "as they are"
        )
    if min(near) < 0:
        raise ValueError(
            f"{place}: got the probability {float(min(near)):g}, accepted is a number from 0 to 1"
        )
    return near


def _reward(number: float | Fraction, place: str) -> Fraction:
    near = _near(number, place)
    return near if float(near) == number else _decimal(number)


def _near(number: float | Fraction, place: str) -> Fraction:
    read = exact(place, number)
    return read if isinstance(number, Rational) else read.limit_denominator(10**6)


def _decimal(number: float | Fraction) -> Fraction:
    return Fraction(number) if isinstance(number, Rational) else Fraction(str(number))
