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
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational
from typing import Protocol, runtime_checkable

from complexity.errors import integer

__all__ = ["Discount", "FixedHorizon", "Geometric", "Hyperbolic", "Power", "effective_horizon"]

Weight = Fraction | float

_LEAST = sys.float_info.min
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
"""B_2, B_4, ..., B_16."""


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
        """Hurwitz's zeta function of the exponent at `cycle`; 0 where floats do not hold it."""
        first = integer("cycle", cycle, 1)
        return _tail(float(first), self.exponent, first)

    def _left(self, cycle: int, cycles: int) -> float:
        return _left(self.exponent, cycle, cycles)

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
        first = integer("cycle", cycle, 1)
        return _tail(1 + float(self.kappa) * first, self.exponent, first + 1 / float(self.kappa))

    def _left(self, cycle: int, cycles: int) -> float:
        return _left(self.exponent, cycle + 1 / float(self.kappa), cycles)

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
    if isinstance(discount, Geometric) and share * discount.total(cycle) < _LEAST:
        cycle = 1  # of a geometric discount all are alike, and here floats hold the weights
    left = None
    if isinstance(discount, Power | Hyperbolic) and share * discount.total(cycle) < _LEAST:
        left = discount._left  # the weights are lost to floats, their ratios are not
    try:
        return _least(discount, cycle, share, left)
    except OverflowError:
        raise ValueError(
            f"discount: got {discount}, whose effective horizon at cycle {cycle} is above "
            f"{sys.float_info.max:.1g}; consider a steeper one"
        ) from None


def _least(
    discount: Discount,
    cycle: int,
    share: Weight,
    left: Callable[[int, int], float] | None = None,
) -> int:
    """The effective horizon, by doubling and halving; by totals, or by what share is left."""
    bound = share * discount.total(cycle)

    def enough(cycles: int) -> bool:
        if left is not None:
            return left(cycle, cycles) <= share
        return discount.total(cycle + cycles) <= bound

    high = 1
    while not enough(high):
        high *= 2
    low = 0 if enough(0) else high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return low if enough(low) else high


def _positive(name: str, value: Fraction | float) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"{name}: got {value}, accepted is a finite number above 0")


def _inverse_power(base: Fraction | float, exponent: int | float) -> Weight:
    if isinstance(exponent, int) and isinstance(base, Rational):
        return Fraction(base) ** -exponent
    return float(base) ** -exponent


def _tail(first: float, exponent: float, start: float) -> float:
    """The sum of a power's weights, of which the first is first^-exponent, at `start`."""
    if exponent <= 1:
        return math.inf
    return first ** (1 - exponent) * (_scaled_zeta(exponent, start) / first)


def _left(exponent: float, start: float, cycles: int) -> float:
    """Hurwitz's zeta function at start + cycles over that at start; neither is taken."""
    faded = math.exp(-exponent * math.log1p(cycles / start))
    return faded * _scaled_zeta(exponent, start + cycles) / _scaled_zeta(exponent, start)


def _scaled_zeta(exponent: float, start: float) -> float:
    """start^s zeta(s, start), the sum over k from 0 on of (1 + k / start)^-s, for s above 1.

    Terms until what is left has an asymptotic series (Euler and Maclaurin), or is nothing: the
    series is good to the last digits from s + 10 on.
    """
    s, a = float(exponent), float(start)
    faint = a * math.expm1(min(40 / s, 700))  # a term there is e^-40
    count = math.ceil(min(max(s + 10 - a, 0), faint))
    head = math.fsum(math.exp(-s * math.log1p(k / a)) for k in range(count))
    b = a + count
    if b < s + 9:
        return head
    rest, factor = b / (s - 1) + 0.5, s / b
    for k, bernoulli in enumerate(_BERNOULLI, 1):  # B_2k / (2k)! s (s + 1) ... (s + 2k - 2) / b^..
        rest += bernoulli / math.factorial(2 * k) * factor
        factor *= (s + 2 * k - 1) / b * ((s + 2 * k) / b)
    return head + math.exp(-s * math.log1p(count / a)) * rest
