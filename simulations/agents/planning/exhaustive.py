"""Exact expectimax over a predictor's percepts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from numbers import Rational
from typing import TYPE_CHECKING

from simulations.agents.discounts import Geometric
from simulations.agents.planning.plan import Plan, weights

if TYPE_CHECKING:
    import numpy as np

    from simulations.agents.discounts import Discount
    from simulations.agents.interface import Interface
    from simulations.agents.prediction import PerceptPredictor

__all__ = ["expectimax"]

Value = Fraction | float


def expectimax(
    predictor: PerceptPredictor,
    interface: Interface,
    horizon: int,
    *,
    discount: Discount | None = None,
    start: int = 1,
    generator: np.random.Generator | None = None,
) -> Plan:
    """What each action is worth if all later ones are chosen best, exactly.

    Sums over every percept and maximises over every action of the next `horizon` cycles. If the
    predictor has a hashable `state` that determines all its predictions (a `TrueModel`'s belief),
    equal states are searched once; without one the work grows as (actions * percepts)^horizon.

    Args:
        predictor: is updated and undone, and left as it was.
        interface: whose actions are tried.
        horizon: cycles, at least 1.
        discount: weights of the cycles; all 1 if None.
        start: the present cycle, from 1, where the discount's weights begin.
        generator: not used; all planners are called alike.

    Raises:
        ValueError, TypeError: a horizon or start below 1, or a horizon too long to recurse.

    References:
        S. Legg, Machine Super Intelligence, 2008, section 2.9: the optimal agent pi^mu, unfolded.

    Example:
        >>> from simulations.agents.interface import Interface
        >>> from simulations.agents.model import Model, Outcome
        >>> from simulations.agents.planning import TrueModel
        >>> half = Fraction(1, 2)
        >>> coin = Model("coin", Interface(1, 1, (0, 1)), (Outcome(Fraction(1), 0, 0),),
        ...              lambda s, a: [Outcome(half, 0, 0, Fraction(r)) for r in (0, 1)])
        >>> expectimax(TrueModel(coin), coin.interface, horizon=3).value
        Fraction(3, 2)
    """
    exact = isinstance(discount, Geometric) and _is_exact(predictor)
    scale = weights(discount, start, horizon, exact=exact)
    search = _Search(predictor, interface.actions, scale)
    try:
        return Plan(tuple(search.action_value(action, 0) for action in range(interface.actions)))
    except RecursionError:
        raise ValueError(f"horizon: got {horizon}, accepted is less than Python recurses") from None


def _is_exact(predictor: PerceptPredictor) -> bool:
    """Whether its probabilities and rewards are Fractions."""
    pairs = predictor.probabilities(0).items()
    return all(isinstance(each, Rational) for (_, reward), p in pairs for each in (reward, p))


class _Search:
    """One search: values by (depth, state) where the predictor has states."""

    def __init__(self, predictor: PerceptPredictor, actions: int, weights: Sequence[Value]) -> None:
        self.predictor = predictor
        self.actions = actions
        self.weights = weights
        self.known: dict[tuple[int, Hashable], Value] = {}

    def action_value(self, action: int, depth: int) -> Value:
        if depth == len(self.weights):
            return Fraction(0)
        value: Value = Fraction(0)
        # a copy, for the predictor may reuse its mapping when it is asked again further down
        for percept, probability in list(self.predictor.probabilities(action).items()):
            if not probability:
                continue
            value += probability * (self.weights[depth] * percept.reward)
            if depth + 1 < len(self.weights):
                self.predictor.update(action, percept)
                try:
                    value += probability * self.best_value(depth + 1)
                finally:
                    self.predictor.undo()
        return value

    def best_value(self, depth: int) -> Value:
        state = getattr(self.predictor, "state", None)
        key = (depth, state)
        if state is not None and key in self.known:
            return self.known[key]
        value = max(self.action_value(action, depth) for action in range(self.actions))
        if state is not None:
            self.known[key] = value
        return value
