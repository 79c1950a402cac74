"""The tiger behind one of two doors, in two versions.

References:
    L. P. Kaelbling, M. L. Littman and A. R. Cassandra, Planning and acting in partially observable
        stochastic domains, Artificial Intelligence 101, 1998, section 5: the tiger.
    Veness et al. (2011), section 7: both versions. Rewards of the extended one as in the programs
        that followed the paper, such as pyaixi.
"""

from __future__ import annotations

from fractions import Fraction

from simulations.agents.domains._chances import probability
from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome

__all__ = ["extended_tiger", "tiger"]

LISTEN, OPEN_LEFT, OPEN_RIGHT, STAND = range(4)
NOTHING, HEARD_LEFT, HEARD_RIGHT = range(3)
ACCURACY = Fraction(17, 20)
HALF = Fraction(1, 2)


def tiger(accuracy: Fraction | float = ACCURACY) -> Model:
    """A tiger is behind one of two doors, gold behind the other.

    Actions: 0 listen, 1 open the left door, 2 open the right one. Listening has the reward -1, and
    the observation says where the tiger is (1 left, 2 right), rightly with probability `accuracy`.
    The door with the gold has the reward 10, the tiger's -100; then the two are placed anew, each
    way equally likely, and one observes nothing (0).

    Raises:
        ValueError, TypeError: `accuracy` is no probability.
    """
    right = probability("accuracy", accuracy)

    def outcomes(state: int, action: int) -> list[Outcome]:
        if action == LISTEN:
            return _hearing(state, state, right, Fraction(-1))
        reward = Fraction(-100 if action == state else 10)
        return [Outcome(HALF, door, NOTHING, reward) for door in (OPEN_LEFT, OPEN_RIGHT)]

    return Model(
        name="tiger",
        interface=Interface(3, 3, (Fraction(-100), Fraction(-1), Fraction(10))),
        start=tuple(Outcome(HALF, door, NOTHING) for door in (OPEN_LEFT, OPEN_RIGHT)),
        outcomes=outcomes,
        optimal_value=Fraction(595, 549) if right == ACCURACY else None,
    )


def extended_tiger(accuracy: Fraction | float = ACCURACY) -> Model:
    """The tiger, with a stool on which one listens and from which one must stand up to open a door.

    Actions: 0 listen, 1 open the left door, 2 open the right one, 3 stand up. Sitting, one can
    listen (reward 0, observation as in `tiger`) or stand up (-1). Standing, one can open a door:
    gold has the reward 30, the tiger -100; then the two are placed anew and one sits again. All
    else is invalid: it changes nothing, has the reward -100, and one observes nothing (0).

    Raises:
        ValueError, TypeError: `accuracy` is no probability.
    """
    right = probability("accuracy", accuracy)

    def outcomes(state: tuple[int, bool], action: int) -> list[Outcome]:
        door, sits = state
        if sits and action == LISTEN:
            return _hearing(door, state, right, Fraction(0))
        if sits and action == STAND:
            return [Outcome(Fraction(1), (door, False), NOTHING, Fraction(-1))]
        if sits or action in (LISTEN, STAND):
            return [Outcome(Fraction(1), state, NOTHING, Fraction(-100))]
        reward = Fraction(-100 if action == door else 30)
        return [Outcome(HALF, (new, True), NOTHING, reward) for new in (OPEN_LEFT, OPEN_RIGHT)]

    levels = tuple(Fraction(each) for each in (-100, -1, 0, 30))
    return Model(
        name="extended-tiger",
        interface=Interface(4, 3, levels),
        start=tuple(Outcome(HALF, (door, True), NOTHING) for door in (OPEN_LEFT, OPEN_RIGHT)),
        outcomes=outcomes,
        optimal_value=Fraction(1868, 349) if right == ACCURACY else None,
    )


def _hearing(door: int, state: object, right: Fraction, reward: Fraction) -> list[Outcome]:
    """A listener stays where it is and hears the tiger behind its door, or the other one."""
    true, false = (HEARD_LEFT, HEARD_RIGHT) if door == OPEN_LEFT else (HEARD_RIGHT, HEARD_LEFT)
    return [
        Outcome(chance, state, heard, reward)
        for chance, heard in ((right, true), (1 - right, false))
        if chance
    ]
