"""Bounds as decimals, cut on the side on which they stay bounds."""

from __future__ import annotations

from fractions import Fraction

__all__ = ["decimal"]


def decimal(x: Fraction, digits: int, *, up: bool = False) -> str:
    """A decimal of so many digits that is no larger than `x`, 0 or more, or no smaller.

    Example:
        >>> decimal(Fraction(2, 3), 4), decimal(Fraction(1, 3), 4, up=True)
        ('0.6666', '0.3334')
    """
    scaled = x.numerator * 10**digits
    whole = -(-scaled // x.denominator) if up else scaled // x.denominator
    return f"{whole // 10**digits}.{whole % 10**digits:0{digits}d}"
