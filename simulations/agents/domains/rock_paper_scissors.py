"""Rock, paper, scissors against an opponent with a habit."""

from __future__ import annotations

from fractions import Fraction

from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome

__all__ = ["rock_paper_scissors"]

ROCK, PAPER, SCISSORS = range(3)


def rock_paper_scissors() -> Model:
    """The opponent plays rock if it has just won with rock, else each move equally likely.

    Actions and observations (the opponent's move): 0 rock, 1 paper, 2 scissors. Rewards: 1 for a
    win, 0 for a draw, -1 for a loss. The best plan is to lose to a rock at times: scissors until
    the opponent has won with rock, then paper.

    References:
        V. F. Farias, C. C. Moallemi, T. Weissman and B. Van Roy, Universal reinforcement learning,
            IEEE Transactions on Information Theory 56, 2010; Veness et al. (2011), section 7.
    """
    third = Fraction(1, 3)

    def outcomes(state: bool, action: int) -> list[Outcome]:
        moves = {ROCK: Fraction(1)} if state else dict.fromkeys((ROCK, PAPER, SCISSORS), third)
        return [_round(action, move, chance) for move, chance in moves.items()]

    return Model(
        name="rock-paper-scissors",
        interface=Interface(3, 3, (Fraction(-1), Fraction(0), Fraction(1))),
        start=(Outcome(Fraction(1), False, PAPER),),
        outcomes=outcomes,
        optimal_value=Fraction(1, 4),
    )


def _round(mine: int, theirs: int, chance: Fraction) -> Outcome:
    reward = (0, 1, -1)[(mine - theirs) % 3]
    return Outcome(chance, reward == -1 and theirs == ROCK, theirs, Fraction(reward))
