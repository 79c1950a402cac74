"""What a planner is and what it returns."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol

from complexity.errors import integer
from simulations.agents.discounts import Discount, Geometric

if TYPE_CHECKING:
    import numpy as np

    from simulations.agents.interface import Interface
    from simulations.agents.prediction import PerceptPredictor

__all__ = ["Plan", "Planner", "weights"]


@dataclass(frozen=True)
class Plan:
    """What each action is worth.

    Attributes:
        values: by action: the expected discounted sum of rewards over the horizon, in reward units;
            Fractions where the predictor, the rewards and the discount are exact. Where a geometric
            discount's weights underflow, as if the present cycle were the first.
        visits: by action: how often it was tried; None if the planner does not sample.
    """

    values: tuple[Fraction | float, ...]
    visits: tuple[int, ...] | None = None

    @property
    def best(self) -> int:
        """The action worth most; of equals the first."""
        return max(range(len(self.values)), key=self.values.__getitem__)

    @property
    def value(self) -> Fraction | float:
        """What the best action is worth."""
        return max(self.values)

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; Fractions become floats."""
        return {
            "best": self.best,
            "values": [float(each) for each in self.values],
            "visits": None if self.visits is None else list(self.visits),
        }

    def __repr__(self) -> str:
        values = ", ".join(f"{float(each):.6g}" for each in self.values)
        return f"Plan(best action {self.best}; values {values})"


class Planner(Protocol):
    """Anything that plans: `expectimax`, a `RhoUCT`, or a function of one's own."""

    def __call__(
        self,
        predictor: PerceptPredictor,
        interface: Interface,
        horizon: int,
        *,
        discount: Discount | None = None,
        start: int = 1,
        generator: np.random.Generator | None = None,
    ) -> Plan:
        """Say what each action is worth now; leave the predictor as it was."""
        ...


def weights(
    discount: Discount | None, start: int, horizon: int, *, exact: bool = False
) -> list[Fraction | float]:
    """The weights of the cycles start ... start + horizon - 1, without the zeros at the end.

    Where the first is smaller than floats hold to full precision, a geometric discount's are those
    from cycle 1 on: what it prefers does not depend on age.

    Args:
        discount: all weights are 1 if None.
        start: the first cycle, from 1.
        horizon: how many cycles, at least 1.
        exact: weights that are Fractions will meet no floats, and stay as they are.

    Raises:
        ValueError, TypeError: start or horizon is no integer of at least 1.
    """
    integer("start", start, 1)
    integer("horizon", horizon, 1)
    if discount is None:
        return [Fraction(1)] * horizon
    if isinstance(discount, Geometric):
        first = discount.weight(start)
        if first < sys.float_info.min and not (exact and isinstance(first, Fraction)):
            start = 1
    found = [discount.weight(cycle) for cycle in range(start, start + horizon)]
    while found and not found[-1]:
        found.pop()
    return found
