"""Kuhn's poker for the second player against an equilibrium strategy of the first."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

from simulations.agents.domains._chances import probability
from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome

__all__ = ["kuhn_poker"]

JACK, QUEEN, KING = range(3)
BET, PASS = range(2)


def kuhn_poker(alpha: Fraction | float = Fraction(7, 10)) -> Model:
    """Three cards, two players; the agent acts second in every round.

    Each player puts in a chip and is dealt one of jack, queen and king. The opponent bets a second
    chip or passes. After a bet the agent bets too (showdown) or passes (and loses its chip). After
    a pass the agent passes (showdown) or bets; then the opponent bets too (showdown) or passes
    (and loses its chip). At a showdown the higher card wins. The reward is what the agent wins or
    loses, 1 or 2 chips. Actions: 0 bet, 1 pass. The observation, 3 x (the opponent passed) + (the
    agent's card), is of the next round; it comes with the reward of the last one.

    The opponent bets with a king with probability `alpha`, with a jack with alpha / 3, never with
    a queen; after its pass and the agent's bet it bets with a king, and with a queen with
    probability (1 + alpha) / 3. All these are equilibrium strategies, so the optimum is 1/18, the
    value of the game for the second player, whatever `alpha`.

    Raises:
        ValueError, TypeError: `alpha` is not from 0 to 1.

    References:
        H. W. Kuhn, A simplified two-person poker, Contributions to the Theory of Games I, 1950;
            B. Hoehn, F. Southey, R. C. Holte and V. Bulitko, Effective short-term opponent
            exploitation in simplified poker, AAAI 2005; Veness et al. (2011), section 7.
    """
    bluff = probability("alpha", alpha)
    bets = {JACK: bluff / 3, QUEEN: Fraction(0), KING: bluff}
    calls = {JACK: Fraction(0), QUEEN: (1 + bluff) / 3, KING: Fraction(1)}

    def deals(chance: Fraction, reward: int) -> list[Outcome]:
        return [
            Outcome(chance * each / 6, (theirs, mine, act), 3 * act + mine, Fraction(reward))
            for theirs, mine in permutations((JACK, QUEEN, KING), 2)
            for act, each in ((BET, bets[theirs]), (PASS, 1 - bets[theirs]))
            if each
        ]

    def outcomes(state: tuple[int, int, int], action: int) -> list[Outcome]:
        theirs, mine, opened = state
        sign = 1 if mine > theirs else -1
        if action == PASS:
            return deals(Fraction(1), sign if opened == PASS else -1)
        call = calls[theirs] if opened == PASS else Fraction(1)
        ends = ((call, 2 * sign), (1 - call, 1))
        return [each for chance, reward in ends if chance for each in deals(chance, reward)]

    return Model(
        name="kuhn-poker",
        interface=Interface(2, 6, tuple(Fraction(each) for each in (-2, -1, 1, 2))),
        start=tuple(deals(Fraction(1), 0)),
        outcomes=outcomes,
        optimal_value=Fraction(1, 18),
    )
