"""How much a reward counts by the cycle in which it comes.

A discount is a sequence gamma_1, gamma_2, ... of non-negative weights, and an agent values a future
by the sum of gamma_k r_k. The weights are counted from the start of the agent's life, not from its
present cycle, so what it plans today it still wants tomorrow.

References:
    S. Legg, Machine Super Intelligence, 2008, section 2.9: values with arbitrary discounts.
    M. Hutter, General discounting versus average reward, ALT 2006: the table of discounts and
        effective horizons.
    T. Lattimore and M. Hutter, Time consistent discounting, ALT 2011: weights by absolute cycle.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational
from typing import Protocol, runtime_checkable

from complexity.errors import integer

__all__ = ["Discount", "FixedHorizon", "Geometric", "Hyperbolic", "Power", "effective_horizon"]

Weight = Fraction | float


@runtime_checkable
class Discount(Protocol):
    """A sequence of weights."""

    def weight(self, cycle: int) -> Weight:
        """gamma of `cycle`, which counts from 1; a Fraction where it is rational."""
        ...

    def total(self, cycle: int) -> Weight:
        """The sum of the weights from `cycle` on; infinity where they are not summable."""
        ...

    @property
    def summable(self) -> bool:
        """Whether the sum of all weights is finite."""
        ...


@dataclass(frozen=True)
class Geometric:
    """gamma_k = rate^k.

    Attributes:
        rate: above 0, below 1; a Fraction keeps all values exact.

    Raises:
        ValueError: another rate.

    Example:
        >>> Geometric(Fraction(1, 2)).total(1)
        Fraction(1, 1)
    """

    rate: Fraction | float

    def __post_init__(self) -> None:
        if not 0 < self.rate < 1:
            raise ValueError(f"rate: got {self.rate}, accepted is a number above 0 and below 1")

    def weight(self, cycle: int) -> Weight:
        """gamma of `cycle`."""
        return self.rate ** integer("cycle", cycle, 1)

    def total(self, cycle: int) -> Weight:
        """rate^cycle / (1 - rate)."""
        return self.weight(cycle) / (1 - self.rate)

    @property
    def summable(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True)
class Power:
    """gamma_k = k^-exponent: the horizon grows in proportion to the age.

    Attributes:
        exponent: above 0; summable above 1. An integer keeps the weights exact.

    Raises:
        ValueError: another exponent.
    """

    exponent: int | float

    def __post_init__(self) -> None:
        _positive("exponent", self.exponent)

    def weight(self, cycle: int) -> Weight:
        """gamma of `cycle`."""
        return _inverse_power(Fraction(integer("cycle", cycle, 1)), self.exponent)

    def total(self, cycle: int) -> float:
        """Hurwitz's zeta function of the exponent at `cycle`."""
        return _zeta(self.exponent, integer("cycle", cycle, 1))

    @property
    def summable(self) -> bool:
        """Whether the exponent is above 1."""
        return self.exponent > 1


@dataclass(frozen=True)
class Hyperbolic:
    """gamma_k = (1 + kappa k)^-exponent.

    Attributes:
        kappa: above 0: how steep it starts.
        exponent: above 0; summable above 1.

    Raises:
        ValueError: another kappa or exponent.
    """

    kappa: Fraction | float = 1
    exponent: int | float = 1

    def __post_init__(self) -> None:
        _positive("kappa", self.kappa)
        _positive("exponent", self.exponent)

    def weight(self, cycle: int) -> Weight:
        """gamma of `cycle`."""
        return _inverse_power(1 + self.kappa * integer("cycle", cycle, 1), self.exponent)

    def total(self, cycle: int) -> float:
        """By Hurwitz's zeta function, as 1 + kappa k = kappa (k + 1 / kappa)."""
        start = integer("cycle", cycle, 1) + 1 / float(self.kappa)
        return float(self.kappa) ** -self.exponent * _zeta(self.exponent, start)

    @property
    def summable(self) -> bool:
        """Whether the exponent is above 1."""
        return self.exponent > 1


@dataclass(frozen=True)
class FixedHorizon:
    """gamma_k = 1 to the last cycle of a life, then 0.

    Attributes:
        cycles: how many the life has.

    Raises:
        ValueError, TypeError: it is no integer of at least 1.
    """

    cycles: int

    def __post_init__(self) -> None:
        integer("cycles", self.cycles, 1)

    def weight(self, cycle: int) -> Weight:
        """1 or 0."""
        return Fraction(integer("cycle", cycle, 1) <= self.cycles)

    def total(self, cycle: int) -> Weight:
        """The cycles that are left, this one included."""
        return Fraction(max(0, self.cycles - integer("cycle", cycle, 1) + 1))

    @property
    def summable(self) -> bool:
        """Always."""
        return True


def effective_horizon(discount: Discount, cycle: int = 1, *, share: Weight = Fraction(1, 2)) -> int:
    """The least number h of cycles after which at most `share` of the remaining weight is left.

    That is, total(cycle + h) <= share * total(cycle): from `cycle` on, the first h cycles hold the
    rest of the weight.

    Args:
        discount: a summable one.
        cycle: the present one, from 1.
        share: above 0, below 1.

    Raises:
        ValueError: the weights are not summable, the share is out of range, or the number is too
            large for floats.

    Example:
        >>> effective_horizon(FixedHorizon(10), 4)
        4
    """
    if not discount.summable:
        raise ValueError(f"discount: got {discount}, accepted is one whose weights are summable")
    if not 0 < share < 1:
        raise ValueError(f"share: got {share}, accepted is a number above 0 and below 1")
    if isinstance(discount, Geometric) and share * discount.total(cycle) < sys.float_info.min:
        cycle = 1  # of a geometric discount all are alike, and here floats hold the weights
    try:
        return _least(discount, cycle, share)
    except OverflowError:
        raise ValueError(
            f"discount: got {discount}, whose effective horizon at cycle {cycle} is above "
            f"{sys.float_info.max:.1g}; consider a steeper one"
        ) from None


def _least(discount: Discount, cycle: int, share: Weight) -> int:
    """The effective horizon, by doubling and halving."""
    bound = share * discount.total(cycle)
    high = 1
    while discount.total(cycle + high) > bound:
        high *= 2
    low = 0 if discount.total(cycle) <= bound else high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if discount.total(cycle + middle) > bound else (low, middle)
    return low if discount.total(cycle + low) <= bound else high


def _positive(name: str, value: Fraction | float) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"{name}: got {value}, accepted is a finite number above 0")


def _inverse_power(base: Fraction | float, exponent: int | float) -> Weight:
    if isinstance(exponent, int) and isinstance(base, Rational):
        return Fraction(base) ** -exponent
    return float(base) ** -exponent


def _zeta(exponent: float, start: float) -> float:
    if exponent <= 1:
        return math.inf
    from scipy.special import zeta

    return float(zeta(exponent, start))
