"""Numbers of users as Fractions."""

from __future__ import annotations

from fractions import Fraction

__all__ = ["exact"]


def exact(argument: str, value: Fraction | float) -> Fraction:
    """The number without rounding; a float is the binary fraction that it is.

    Raises:
        TypeError: it is not a number.
        ValueError: it is not finite.
    """
    try:
        return Fraction(value)
    except TypeError:
        raise TypeError(f"{argument}: got {value!r}, accepted is a number") from None
    except (ValueError, OverflowError):
        raise ValueError(f"{argument}: got {value!r}, accepted is a finite number") from None
