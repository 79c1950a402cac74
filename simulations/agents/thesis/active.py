"""Environments that actions move: coins, bandits, the ring, heaven and hell, and noise.

References:
    S. Legg, Machine Super Intelligence, 2008: Examples 2.8.3, 2.10.1, 3.2.2, 3.2.4, 3.2.8.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from complexity.errors import integer
from simulations.agents._exact import exact
from simulations.agents.interface import Interface, Percept
from simulations.agents.model import Model, Outcome
from simulations.agents.thesis.passive import distribution

__all__ = ["bandit", "heaven_or_hell", "noisy_ring", "partially_observed", "ring", "two_coins"]

ONE, ZERO = Fraction(1), Fraction(0)
_BITS = (ZERO, ONE)


def two_coins() -> Model:
    """Guess how many heads two fair coins will show, reward 1 if right (Examples 2.8.2 and 2.8.3).

    The best guess is always 1: mean reward 1/2.
    """
    heads = distribution("heads", [Fraction(1, 4), Fraction(1, 2), Fraction(1, 4)])

    def outcomes(state: int, action: int) -> list[Outcome]:
        return [Outcome(p, 0, o, _BITS[o == action]) for o, p in enumerate(heads)]

    return Model(
        name="two-coins",
        interface=Interface(3, 3, reward_levels=_BITS),
        start=(Outcome(ONE, 0, 0),),
        outcomes=outcomes,
        optimal_value=Fraction(1, 2),
    )


def bandit(chances: Sequence[Fraction | int], *, name: str = "bandit") -> Model:
    """A machine of several arms (Example 3.2.2): arm a gives 1 with chances[a], else 0.

    Raises:
        ValueError: no arm, or a chance that is not in [0, 1].
    """
    arms = [exact("chances", each) for each in chances]
    if not arms or min(arms) < 0 or max(arms) > 1:
        raise ValueError(f"chances: got {list(chances)}, accepted are probabilities, at least one")

    def outcomes(state: int, action: int) -> list[Outcome]:
        both = (Outcome(arms[action], 0, 0, ONE), Outcome(1 - arms[action], 0, 0, ZERO))
        return [each for each in both if each.probability]

    return Model(
        name=name,
        interface=Interface(len(arms), 1, reward_levels=_BITS),
        start=(Outcome(ONE, 0, 0),),
        outcomes=outcomes,
        optimal_value=max(arms),
    )


def ring() -> Model:
    """The pebble of `ring_chain`, moved clockwise by action 0, back by action 1 (Example 3.2.4).

    The best mean reward a cycle is 1/7.
    """

    def outcomes(cell: int, action: int) -> list[Outcome]:
        sign = -1 if action else 1
        reached = [(cell + sign * steps) % 20 for steps in range(1, 7)]
        return [Outcome(Fraction(1, 6), o, o, _BITS[o in (5, 15)]) for o in reached]

    return Model(
        name="ring",
        interface=Interface(2, 20, reward_levels=_BITS),
        start=(Outcome(ONE, 1, 1),),
        outcomes=outcomes,
        optimal_value=Fraction(1, 7),
    )


def heaven_or_hell(heaven: int = 1) -> Model:
    """Two doors, and no way back (Example 2.10.1).

    The first action opens a door; behind door `heaven` every cycle gives 1, behind the other 0.
    Observations: 0 before the doors, 1 in heaven, 2 in hell. With the doors switched all looks the
    same before, so no agent is optimal in both.

    Raises:
        TypeError, ValueError: `heaven` is not 0 or 1.
    """
    door = integer("heaven", heaven, 0, 1)

    def outcomes(state: int, action: int) -> list[Outcome]:
        place = state or (1 if action == door else 2)
        return [Outcome(ONE, place, place, _BITS[place == 1])]

    return Model(
        name="heaven-or-hell" if door else "hell-or-heaven",
        interface=Interface(2, 3, reward_levels=_BITS),
        start=(Outcome(ONE, 0, 0),),
        outcomes=outcomes,
        optimal_value=ONE,
    )


def partially_observed(
    core: Model, channel: Callable[[Percept], Mapping[Percept, Fraction]], *, name: str
) -> Model:
    """A POMDP (Definition 3.2.7): what the core puts out is perceived through a noisy channel.

    Args:
        core: an MDP, or any model.
        channel: percept of the core -> the perceived ones with their probabilities.
        name: of the model.
    """

    def perceived(each: Outcome) -> list[Outcome]:
        noise = channel(Percept(each.observation, each.reward))
        return [
            Outcome(each.probability * p, each.state, o, Fraction(r)) for (o, r), p in noise.items()
        ]

    return replace(
        core,
        name=name,
        start=tuple(
            noisy._replace(reward=ZERO) for each in core.start for noisy in perceived(each)
        ),
        outcomes=lambda state, action: [
            noisy for each in core.outcomes(state, action) for noisy in perceived(each)
        ],
        optimal_value=None,
    )


def noisy_ring() -> Model:
    """`ring` seen badly (Example 3.2.8): the percept is right with 61/100, each other 1/100.

    The reward is part of the percept and as unreliable as the cell.
    """
    percepts = [Percept(cell, reward) for cell in range(20) for reward in _BITS]

    def channel(true: Percept) -> Mapping[Percept, Fraction]:
        return {each: Fraction(61 if each == true else 1, 100) for each in percepts}

    return partially_observed(ring(), channel, name="noisy-ring")
