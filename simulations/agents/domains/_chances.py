"""Small helpers of the domains: numbers as exact probabilities."""

from __future__ import annotations

from fractions import Fraction
from numbers import Real

__all__ = ["probability"]


def probability(argument: str, value: Fraction | float) -> Fraction:
    """The number as an exact probability; a float counts as the decimal that it is printed as.

    Raises:
        TypeError: it is not a number.
        ValueError: it is below 0 or above 1.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{argument}: got {value!r}, accepted is a number from 0 to 1")
    if not 0 <= value <= 1:
        raise ValueError(f"{argument}: got {value}, accepted is a number from 0 to 1")
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)
