"""Tables of transitions, as Gymnasium's toy_text environments carry them, as models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import numpy as np

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

    States are observed. Where an episode ends, the next begins at once. Probabilities are read as
    the nearest fractions with a denominator of at most a million, and so are rewards if that is the
    same float; else they are the decimal fractions that they are written as.

    Args:
        table: state -> action -> (probability, next state, reward, whether the episode ends)s.
        start: where episodes begin: a state, or the states' probabilities (a mapping, or a
            sequence such as `env.unwrapped.initial_state_distrib`).
        name: of the model.

    Raises:
        ValueError: probabilities that do not sum to 1; states with different numbers of actions.

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
    begins = _beginnings(start)
    rows: dict[tuple[int, int], list[Outcome]] = {
        (int(state), int(action)): _row(entries, begins, f"table[{state}][{action}]")
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
    start: int | Mapping[int, float] | Sequence[float] | np.ndarray,
) -> dict[int, Fraction]:
    if isinstance(start, Mapping):
        items = list(start.items())
    elif isinstance(start, Sequence | np.ndarray):
        items = list(enumerate(start))
    else:
        items = [(start, 1.0)]
    begins = {int(state): _fraction(p) for state, p in items if p}
    _sums_to_one(begins.values(), "start")
    return begins


def _row(
    entries: Sequence[tuple[float, int, float, bool]], begins: Mapping[int, Fraction], place: str
) -> list[Outcome]:
    chances: dict[tuple[int, Fraction], Fraction] = {}
    for chance, after, reward, ends in entries:
        p = _fraction(chance)
        for state, q in begins.items() if ends else ((int(after), Fraction(1)),):
            key = (state, _reward(reward))
            chances[key] = chances.get(key, Fraction(0)) + p * q
    _sums_to_one(chances.values(), place)
    return [Outcome(p, state, state, reward) for (state, reward), p in chances.items() if p]


def _fraction(number: float | Fraction) -> Fraction:
    return Fraction(number).limit_denominator(10**6)


def _reward(number: float | Fraction) -> Fraction:
    near = _fraction(number)
    return near if near == number or float(near) == number else Fraction(str(number))


def _sums_to_one(chances: Iterable[Fraction], place: str) -> None:
    total = sum(chances, Fraction(0))
    if total != 1:
        raise ValueError(
            f"{place}: got probabilities that sum to {float(total):.9g}, accepted is 1"
        )
