"""Rates, discounts and chances: numbers of an interval."""

from __future__ import annotations

import math

__all__ = ["fraction", "positive"]


def fraction(argument: str, value: float, *, zero: bool = True, one: bool = True) -> float:
    """`value` as a float if it lies between 0 and 1.

    Raises:
        TypeError: it is no number.
        ValueError: it is outside, or an end that is not accepted.
    """
    number = _real(argument, value)
    if not (0.0 <= number <= 1.0) or (number == 0.0 and not zero) or (number == 1.0 and not one):
        ends = f"{'[' if zero else '('}0, 1{']' if one else ')'}"
        raise ValueError(f"{argument}: got {value!r}, accepted is a number in {ends}")
    return number


def positive(argument: str, value: float, *, zero: bool = False) -> float:
    """`value` as a finite float above 0, or not below 0 where `zero` is accepted.

    Raises:
        TypeError: it is no number.
        ValueError: it is below, or not finite.
    """
    number = _real(argument, value)
    if not math.isfinite(number) or number < 0.0 or (number == 0.0 and not zero):
        least = "at least" if zero else "above"
        raise ValueError(f"{argument}: got {value!r}, accepted is a finite number {least} 0")
    return number


def _real(argument: str, value: float) -> float:
    try:
        if isinstance(value, bool | str):
            raise TypeError
        return float(value)
    except TypeError:
        raise TypeError(f"{argument}: got {value!r}, accepted is a number") from None
