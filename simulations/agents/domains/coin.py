"""A biased coin."""

from __future__ import annotations

from fractions import Fraction

from simulations.agents.domains._chances import probability
from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome

__all__ = ["coin"]


def coin(p: Fraction | float = Fraction(4, 5)) -> Model:
    """A coin falls heads (1) with probability `p`; a right guess has the reward 1, a wrong one 0.

    The action is the guess, the observation is how the coin fell. Always guessing the likelier
    side is best: max(p, 1 - p).

    Raises:
        ValueError, TypeError: `p` is no probability.
    """
    heads = probability("p", p)
    falls = [(side, chance) for side, chance in ((0, 1 - heads), (1, heads)) if chance]

    def outcomes(state: object, action: int) -> list[Outcome]:
        return [Outcome(q, None, side, Fraction(side == action)) for side, q in falls]

    return Model(
        name="coin",
        interface=Interface(2, 2, (Fraction(0), Fraction(1))),
        start=tuple(Outcome(q, None, side) for side, q in falls),
        outcomes=outcomes,
        optimal_value=max(heads, 1 - heads),
    )
