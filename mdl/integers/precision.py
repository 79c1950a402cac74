"""How precisely to send a parameter: a step about 1 / sqrt(n I), for 1/2 log2 n bits.

A parameter in a range of width w, sent to a multiple of a step d, takes log2(w / d) bits. The
rounding, an error of d^2 / 12 on average, costs n I d^2 / 24 nats of data. The sum is least at
d = sqrt(12 / (n I)), where the data take half a nat more than at full precision.

References:
    J. Rissanen, A universal prior for integers and estimation by minimum description length,
        Annals of Statistics 11(2), 1983, section 3: a step of order 1 / sqrt(n), 1/2 log n bits.
    C. S. Wallace and P. R. Freeman, Estimation and inference by compact coding, J. Royal Stat. Soc.
        B 49(3), 1987: the 12.
"""

from __future__ import annotations

import math
import numbers

from complexity.errors import integer, shown

__all__ = ["optimal_precision", "parameter_bits"]


def optimal_precision(fisher_information: float, n: int) -> float:
    """The step of a parameter that makes a two-part code shortest, sqrt(12 / (n I)).

    For n I >> 1, so that the likelihood is a parabola over the step; whoever fears the worst
    rounding rather than the mean takes 2 / sqrt(n I), as the largest error is d / 2.

    Args:
        fisher_information: I, of one observation, in nats per parameter squared.
        n: number of observations.

    Returns:
        The step, in the parameter's unit; infinite for n = 0 or I = 0: no precision is needed.

    Raises:
        TypeError: an argument is no number.
        ValueError: it is NaN, infinite or negative.

    Example:
        >>> optimal_precision(4, 300)  # a coin near 1/2
        0.1
    """
    product = _of_all(_information(fisher_information), n)
    return math.sqrt(12 / product) if product else math.inf


def parameter_bits(fisher_information: float, n: int, *, width: float = 1.0) -> float:
    """Bits that an unknown parameter costs a two-part code at its best precision.

    log2(w / d) for the parameter and 1/2 log2 e for its rounding, in all
    1/2 log2 n + log2 w + 1/2 log2(e I / 12); where the step would be wider than the range, the
    rounding alone, n I w^2 / 24 nats.

    Args:
        fisher_information: I, of one observation, in nats per parameter squared.
        n: number of observations.
        width: of the range of the parameter, all of it alike.

    Raises:
        TypeError: an argument is no number.
        ValueError: it is NaN, infinite or negative, or the width is 0.

    Example:
        >>> round(parameter_bits(4, 400) - parameter_bits(4, 100), 9)  # 1/2 log2 4
        1.0
    """
    information = _information(fisher_information)
    if isinstance(width, bool) or not isinstance(width, numbers.Real):
        raise TypeError(f"width: got {width!r}, accepted is a number above 0")
    reach = _double(width)
    if not 0 < reach < math.inf:
        raise ValueError(f"width: got {reach}, accepted is a finite number above 0")
    step = min(optimal_precision(information, n), reach)
    rounding = _of_all(information, n) * step * step / 24 * math.log2(math.e)
    if (steps := reach / step) < math.inf:
        return math.log2(steps) + rounding
    return math.log2(reach) - math.log2(step) + rounding


def _of_all(information: float, n: int) -> float:
    """n I."""
    try:
        product = information * integer("n", n, 0)
    except OverflowError:
        product = math.inf
    if product == math.inf:
        raise ValueError(
            f"n: got {shown(n)} observations of {information:g}, accepted is a product below "
            "1.8e308"
        )
    return product


def _information(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"fisher_information: got {value!r}, accepted is a number from 0 on")
    information = _double(value)
    if not 0 <= information < math.inf:
        raise ValueError(
            f"fisher_information: got {information}, accepted is a finite number from 0 on"
        )
    return information


def _double(value: float) -> float:
    """A real as a float, infinite for one beyond 1.8e308."""
    try:
        return float(value)
    except OverflowError:
        return math.inf
