"""Environments that actions do not move (Legg 2008, section 3.1): chance, chains and sequences.

The thesis lets the agent act before the first percept, on which that action has no effect; here
that percept is the one `start` brings, without its reward.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import count

from complexity.errors import integer
from simulations.agents._exact import exact
from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome

__all__ = [
    "bernoulli_scheme",
    "die",
    "digits_of_pi",
    "distribution",
    "markov_chain",
    "ring_chain",
    "sequence_prediction",
]

ONE, ZERO = Fraction(1), Fraction(0)
Number = Fraction | int


def distribution(argument: str, probabilities: Sequence[Number]) -> list[Fraction]:
    """The probabilities as Fractions.

    Raises:
        ValueError: there is none, one is negative, or they do not sum to 1.
    """
    chances = [exact(argument, each) for each in probabilities]
    if min(chances, default=-1) < 0 or sum(chances) != 1:
        shown = ", ".join(map(str, chances))
        raise ValueError(f"{argument}: got {shown}, accepted are non-negative ones that sum to 1")
    return chances


def _levels(rewards: Sequence[Fraction]) -> tuple[Fraction, ...]:
    return tuple(sorted(set(rewards)))


def bernoulli_scheme(
    probabilities: Sequence[Number], rewards: Sequence[Number], *, name: str = "bernoulli-scheme"
) -> Model:
    """Independent, identically distributed percepts (Definition 3.1.1); there is one action.

    Args:
        probabilities: of observation 0, 1, ...; exact numbers that sum to 1.
        rewards: what comes with each observation.
        name: of the model.

    Raises:
        ValueError: probabilities that do not sum to 1, or another number of rewards.
    """
    chances = distribution("probabilities", probabilities)
    worth = [exact("rewards", each) for each in rewards]
    if len(worth) != len(chances):
        raise ValueError(f"rewards: got {len(worth)}, accepted is one for each of {len(chances)}")
    drawn = [Outcome(p, 0, o, r) for o, (p, r) in enumerate(zip(chances, worth, strict=True)) if p]
    return Model(
        name=name,
        interface=Interface(1, len(chances), reward_levels=_levels([*worth, ZERO])),
        start=tuple(each._replace(reward=ZERO) for each in drawn),
        outcomes=lambda state, action: drawn,
        optimal_value=sum((each.probability * each.reward for each in drawn), ZERO),
    )


def die() -> Model:
    """A die, reward 1 for a six (Example 3.1.2); observation 0 is a one. Mean reward 1/6."""
    return bernoulli_scheme([Fraction(1, 6)] * 6, [0, 0, 0, 0, 0, 1], name="die")


def markov_chain(
    transitions: Sequence[Sequence[Number]],
    rewards: Sequence[Number],
    *,
    first: int = 0,
    name: str = "markov-chain",
    optimal_value: Fraction | None = None,
) -> Model:
    """The next observation depends on the last (Definition 3.1.3); there is one action.

    Args:
        transitions: for each observation the exact probabilities of the next.
        rewards: what comes with each observation.
        first: the observation before the first action.
        name: of the model.
        optimal_value: the mean reward a cycle, if known.

    Raises:
        ValueError: a row that does not sum to 1, rows of another length, or no such `first`.
    """
    size = len(transitions)
    rows = [distribution(f"transitions[{o}]", row) for o, row in enumerate(transitions)]
    worth = [exact("rewards", each) for each in rewards]
    if any(len(row) != size for row in rows) or len(worth) != size:
        raise ValueError(f"transitions, rewards: accepted are {size} rows of {size}, and {size}")
    start = integer("first", first, 0, size - 1)
    follow = [[Outcome(p, o, o, worth[o]) for o, p in enumerate(row) if p] for row in rows]
    return Model(
        name=name,
        interface=Interface(1, size, reward_levels=_levels([*worth, ZERO])),
        start=(Outcome(ONE, start, start),),
        outcomes=lambda state, action: follow[state],  # pyright: ignore
        optimal_value=optimal_value,
    )


def ring_chain() -> Model:
    """A pebble moved by a die around 20 cells, reward 1 in cells 5 and 15 (Example 3.1.4)."""
    rows = [[Fraction((b - a) % 20 in range(1, 7), 6) for b in range(20)] for a in range(20)]
    rewards = [int(cell in (5, 15)) for cell in range(20)]
    value = Fraction(1, 10)  # the chain is doubly stochastic, so all cells are equally likely
    return markov_chain(rows, rewards, first=1, name="ring-chain", optimal_value=value)


def sequence_prediction(
    sequence: Sequence[int] | Callable[[int], int],
    alphabet_size: int = 2,
    *,
    name: str = "sequence-prediction",
) -> Model:
    """Predict a sequence: o_k is its k-th symbol, r_k = 1 - |o_k - a_k| / (alphabet_size - 1).

    The reward is that of Example 3.1.8; for bits it is 1 for a right guess. The agent gets 1 in
    every cycle if it knows the sequence. The observation before the first action is 0.

    Args:
        sequence: a period of it, or a function of k = 1, 2, ...
        alphabet_size: symbols are numbers below it, and so are actions.
        name: of the model.

    Raises:
        TypeError, ValueError: an empty period, or a symbol that is not below `alphabet_size`.
    """
    size = integer("alphabet_size", alphabet_size, 2)
    symbol, modulus = _reader(sequence)

    def outcomes(place: int, action: int) -> list[Outcome]:
        seen = integer(f"sequence({place + 1})", symbol(place + 1), 0, size - 1)
        reward = 1 - Fraction(abs(seen - action), size - 1)
        following = place + 1 if modulus is None else (place + 1) % modulus
        return [Outcome(ONE, following, seen, reward)]

    for place in range(modulus or 0):
        outcomes(place, 0)
    return Model(
        name=name,
        interface=Interface(
            size, size, reward_levels=tuple(Fraction(i, size - 1) for i in range(size))
        ),
        start=(Outcome(ONE, 0, 0),),
        outcomes=outcomes,
        optimal_value=ONE,
    )


def _reader(
    sequence: Sequence[int] | Callable[[int], int],
) -> tuple[Callable[[int], int], int | None]:
    """The symbol of k = 1, 2, ..., and the period if there is one."""
    if callable(sequence):
        return sequence, None
    period = tuple(sequence)
    if not period:
        raise ValueError("sequence: got an empty one, accepted is a period or a function of k")
    return lambda k: period[(k - 1) % len(period)], len(period)


def _pi() -> Iterator[int]:
    """Digits 3, 1, 4, ... of pi (J. Gibbons, Unbounded spigot algorithms, 2006, by Lambert)."""
    q, r, t, i = 1, 180, 60, 2
    for i in count(2):
        u, y = 3 * (3 * i + 1) * (3 * i + 2), (q * (27 * i - 12) + 5 * r) // (5 * t)
        yield y
        q, r, t = 10 * q * i * (2 * i - 1), 10 * u * (q * (5 * i - 2) + r - y * t), t * u


def digits_of_pi() -> Model:
    """Predict 3, 1, 4, 1, 5, ... with reward 1 - |o - a| / 9 (Example 3.1.8)."""
    source, known = _pi(), []

    def digit(k: int) -> int:
        while len(known) < k:
            known.append(next(source))
        return known[k - 1]

    return sequence_prediction(digit, 10, name="digits-of-pi")
