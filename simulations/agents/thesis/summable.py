"""Reward-summable environments: those the universal intelligence measure sums over.

References:
    S. Legg, Machine Super Intelligence, 2008, section 4.1: the total reward is at most 1, so that
        no discount is needed; 4.2: the environments `alternation` and `slide`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from simulations.agents._exact import exact
from simulations.agents.interface import Interface
from simulations.agents.model import Model, Outcome

__all__ = [
    "SummableModel",
    "alternation",
    "repeated_alternation",
    "repeated_slide",
    "slide",
    "summable",
]

ONE = Fraction(1)


@dataclass(frozen=True)
class SummableModel(Model):
    """A reward-summable model that also says how much reward can still come.

    Attributes:
        rest: cycles -> an upper bound of the expected rewards after so many cycles, whatever is
            done; None if only the bound 1 of the whole sum is known.
    """

    rest: Callable[[int], Fraction] | None = None


def _halves(cycle: int) -> Fraction:
    return Fraction(1, 2**cycle)


def alternation() -> SummableModel:
    """Reward 2^-k in cycle k if the action differs from the one before (Legg 2008, section 4.2).

    The first action has none before it and earns 0. Observations say nothing. The best agent
    alternates: 1/2; a uniformly random one gets 1/4.
    """

    def outcomes(state: tuple[int, int | None], action: int) -> list[Outcome]:
        cycle, last = state
        reward = Fraction(0) if last in (None, action) else _halves(cycle)
        return [Outcome(ONE, (cycle + 1, action), 0, reward)]

    return SummableModel(
        name="alternation",
        interface=Interface(2, 1, reward_bounds=(Fraction(0), Fraction(1, 4))),
        start=(Outcome(ONE, (1, None), 0),),
        outcomes=outcomes,
        optimal_value=Fraction(1, 2),
        summable=True,
        rest=_halves,
    )


def slide() -> SummableModel:
    """A playground slide (Legg 2008, section 4.2, figure 4.1); observations say nothing.

    At the bottom, action 0 rests for a reward of 2^(-k-4) in cycle k, action 1 climbs for 0; at the
    top both slide down for 2^-k. The best agent climbs at once: 1/3; a uniformly random one gets
    9/40, one that always rests 1/16.
    """

    def outcomes(state: tuple[int, bool], action: int) -> list[Outcome]:
        cycle, top = state
        if top:
            return [Outcome(ONE, (cycle + 1, False), 0, _halves(cycle))]
        reward = Fraction(0) if action else _halves(cycle + 4)
        return [Outcome(ONE, (cycle + 1, bool(action)), 0, reward)]

    return SummableModel(
        name="slide",
        interface=Interface(2, 1, reward_bounds=(Fraction(0), Fraction(1, 4))),
        start=(Outcome(ONE, (1, False), 0),),
        outcomes=outcomes,
        optimal_value=Fraction(1, 3),
        summable=True,
        rest=_halves,
    )


def repeated_alternation() -> Model:
    """`alternation` for ever: reward 1, not 2^-k. Mean reward 1 at best, 1/2 at random."""

    def outcomes(last: int | None, action: int) -> list[Outcome]:
        return [Outcome(ONE, action, 0, Fraction(last not in (None, action)))]

    return Model(
        name="repeated-alternation",
        interface=Interface(2, 1, reward_levels=(Fraction(0), ONE)),
        start=(Outcome(ONE, None, 0),),
        outcomes=outcomes,
        optimal_value=ONE,
    )


def repeated_slide() -> Model:
    """`slide` for ever: 1/16 for resting, 1 for sliding. Mean 1/2 at best, 17/48 at random."""

    def outcomes(top: bool, action: int) -> list[Outcome]:
        if top:
            return [Outcome(ONE, False, 0, ONE)]
        return [Outcome(ONE, bool(action), 0, Fraction(0) if action else Fraction(1, 16))]

    return Model(
        name="repeated-slide",
        interface=Interface(2, 1, reward_levels=(Fraction(0), Fraction(1, 16), ONE)),
        start=(Outcome(ONE, False, 0),),
        outcomes=outcomes,
        optimal_value=Fraction(1, 2),
    )


def summable(model: Model, discount: Fraction = Fraction(1, 2)) -> SummableModel:
    """A model's reward-summable version: a reward r of cycle k is (1 - g) g^(k-1) r.

    "The temporal preference is already factored in" (Legg 2008, section 4.1): the sum of these
    rewards is the normalised discounted sum of the old ones.

    Args:
        model: its rewards are within [0, 1].
        discount: g, between 0 and 1.

    Raises:
        ValueError: rewards outside [0, 1], a discount that is not between 0 and 1, or a model whose
            rewards are summable already.
    """
    ratio = exact("discount", discount)
    if not 0 < ratio < 1:
        raise ValueError(f"discount: got {discount}, accepted is a number between 0 and 1")
    if model.summable:
        raise ValueError(f"model: {model.name}'s rewards are summable already")
    bounds = model.interface.reward_bounds
    assert bounds is not None
    low, high = bounds
    if low < 0 or high > 1:
        raise ValueError(f"model: {model.name}'s rewards are from {low} to {high}, not in [0, 1]")

    def outcomes(state: tuple[int, object], action: int) -> list[Outcome]:
        cycle, inner = state
        share = (1 - ratio) * ratio ** (cycle - 1)
        return [
            Outcome(
                each.probability, (cycle + 1, each.state), each.observation, share * each.reward
            )
            for each in model.outcomes(inner, action)
        ]

    return SummableModel(
        name=f"{model.name}, summable by {ratio}",
        interface=Interface(
            model.interface.actions,
            model.interface.observations,
            reward_bounds=(Fraction(0), (1 - ratio) * Fraction(high)),
        ),
        start=tuple(each._replace(state=(1, each.state)) for each in model.start),
        outcomes=outcomes,
        summable=True,
        code_bits=model.code_bits,
        rest=lambda cycles: ratio**cycles * Fraction(high),
    )
