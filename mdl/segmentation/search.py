"""The segmentation of fewest bits, exactly.

A segmentation into m segments costs the NML codelengths of its segments, log2 binom(n - 1, m - 1)
for the cuts, and log2 M for m, from 1 to M.

The price of a cut falls as there are more: it is a concave function of m. So the best number of
segments is also best under some tangent of it, a fixed price per segment, and fixed prices allow
pruning (Killick, Fearnhead and Eckley's PELT, with a condition that holds for NML: see
`linear_price`). The numbers of segments that are best at some price are found by bisection of the
price (Haynes, Eckley and Fearnhead's CROPS), and what cannot be shorter in total is left out.

References:
    R. Killick, P. Fearnhead and I. A. Eckley, Optimal detection of changepoints with a linear
        computational cost, JASA 107(500), 2012: section 3, theorem 3.1.
    K. Haynes, I. A. Eckley and P. Fearnhead, Computationally efficient changepoint detection for a
        range of penalties, J. Computational and Graphical Statistics 26(1), 2017: theorem 3.1.
    R. A. Davis, T. C. M. Lee and G. A. Rodriguez-Yam, Structural break estimation for nonstationary
        time series models, JASA 101(473), 2006: segmentation by description length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer, one_of
from mdl.segmentation.families import Series, as_series
from mdl.segmentation.result import Segmentation

__all__ = ["METHODS", "segment"]

METHODS = ("auto", "dp", "pelt")

_SMALL, _TABLE = 512, 4096
"""Items up to which "auto" takes every number of segments, and up to which "dp" is accepted."""


def segment(
    x: ArrayLike,
    family: str = "gaussian",
    *,
    scale: float | None = None,
    max_segments: int | None = None,
    method: str = "auto",
) -> Segmentation:
    """The segmentation that describes a series in the fewest bits.

    "dp" tries every number of segments in O(n^2 max_segments) time, for n up to 4096. "pelt" needs
    O(n^2) time at worst, and O(n) if there are changes all along: 10^5 items with a change every
    few hundred take seconds. Both give the optimum over up to n / 2 segments; "auto" is "dp" for n
    up to 512.

    Args:
        x: (n,), n at least 1: real numbers, counts for "poisson", symbols for "multinomial" (of
            zeros and ones: Bernoulli). One item is one segment.
        family: "gaussian" (mean and deviation), "mean", "linear", "poisson" or "multinomial".
        scale: least standard deviation of a segment, for "mean" that of all; see
            `mdl.segmentation.families`. A constant real series needs one.
        max_segments: M; by default n for "dp", else n / 2 rounded up. If "pelt" finds that more
            were shorter, it goes on as "dp" where n allows it, else it gives the best it met.
        method: "auto", "dp" or "pelt".

    Raises:
        TypeError, ValueError: the series, the family or a parameter is not accepted.

    Example:
        >>> segment([0, 1, 0, 2, 1, 0, 9, 11, 8, 10, 12, 9], "poisson").cuts
        array([6])
    """
    one_of("method", method, METHODS)
    series = as_series(x, family, scale)
    n = series.n
    table = method == "dp" or (method == "auto" and n <= _SMALL)
    if method == "dp" and n > _TABLE:
        raise ValueError(
            f"method: got 'dp' for {n} items, accepted are at most {_TABLE}; use 'pelt'"
        )
    most = (n if table else -(-n // 2)) if max_segments is None else max_segments
    most = min(integer("max_segments", most, 1), n)
    structure = _structure(n, most)
    if table:
        bounds, optimal = _by_table(series, structure), True
    else:
        bounds, optimal = _by_prices(series, structure)
    return _result(series, bounds, structure, optimal, x)


def _structure(n: int, most: int) -> NDArray[np.float64]:
    """Bits of m segments' number and cuts, m = 1, ..., most."""
    cuts = np.arange(1, most)
    steps = np.log2((n - cuts) / cuts)
    return math.log2(most) + np.concatenate([[0.0], np.cumsum(steps)])


def _by_table(series: Series, structure: NDArray[np.float64]) -> NDArray[np.int64]:
    from mdl.segmentation import _kernels as kernels
    from mdl.segmentation.families import FAMILIES

    totals, back = kernels.all_counts(
        series.sums, series.extra, FAMILIES[series.family], series.scale, structure.size
    )
    count = int(np.argmin(totals + structure))
    bounds = np.empty(count + 2, np.int64)
    bounds[-1] = series.n
    for m in range(count, -1, -1):
        bounds[m] = back[m, bounds[m + 1]]
    return bounds


@dataclass
class _Hull:
    """What prices have given: per number of segments its bits, bounds and range of prices."""

    series: Series
    found: dict[int, tuple[float, NDArray[np.int64]]] = field(default_factory=dict)
    prices: dict[int, tuple[float, float]] = field(default_factory=dict)

    def at(self, price: float) -> int:
        from mdl.segmentation import _kernels as kernels
        from mdl.segmentation.families import FAMILIES

        series = self.series
        family = FAMILIES[series.family]
        bounds = kernels.linear_price(series.sums, series.extra, family, series.scale, price)
        count = bounds.size - 1
        if count not in self.found:
            self.found[count] = (_fit(series, bounds) + _extra(series, bounds), bounds)
        low, high = self.prices.get(count, (price, price))
        self.prices[count] = (min(low, price), max(high, price))
        return count

    def may_be_shorter(self, few: int, many: int, structure: NDArray, least: float) -> bool:
        """Whether a number of segments between two may have a total below `least`.

        Segmentations that are best at a price bound all others at it.
        """
        between = np.arange(few + 1, min(many, structure.size + 1))
        if not between.size:
            return False
        from_few = self.found[few][0] + self.prices[few][0] * (few - between)
        from_many = self.found[many][0] + self.prices[many][1] * (many - between)
        bound = np.maximum(from_few, from_many) + structure[between - 1]
        return bool(bound.min() < least - 1e-9)


def _by_prices(series: Series, structure: NDArray[np.float64]) -> tuple[NDArray[np.int64], bool]:
    n = series.n
    if n == 1:
        return np.array([0, 1]), True
    full = _structure(n, n) - math.log2(n) + structure[0]
    hull = _Hull(series)
    many, few = hull.at(0.0), hull.at(math.log2(n - 1))  # slopes of the structure's bits
    waiting = [(few, many)]

    def least() -> float:
        return min(bits + full[m - 1] for m, (bits, _) in hull.found.items())

    while waiting:
        few, many = waiting.pop()
        if many - few < 2 or not hull.may_be_shorter(few, many, full, least()):
            continue
        price = (hull.found[few][0] - hull.found[many][0]) / (many - few)
        between = hull.at(price)
        if few < between < many:
            waiting += [(few, between), (between, many)]
    best = min(hull.found, key=lambda m: hull.found[m][0] + full[m - 1])
    if best <= structure.size:
        return hull.found[best][1], True
    if n <= _TABLE:
        return _by_table(series, structure), True
    allowed = [m for m in hull.found if m <= structure.size]
    if not allowed:
        return np.array([0, n]), False
    best = min(allowed, key=lambda m: hull.found[m][0] + full[m - 1])
    return hull.found[best][1], False


def _fit(series: Series, bounds: NDArray[np.int64]) -> float:
    from mdl.segmentation import _kernels as kernels
    from mdl.segmentation.families import FAMILIES

    family = FAMILIES[series.family]
    pairs = pairwise(bounds)
    return sum(kernels.fit_bits(series.sums, a, b, family, series.scale) for a, b in pairs)


def _extra(series: Series, bounds: NDArray[np.int64]) -> float:
    return float(series.extra[np.diff(bounds)].sum())


def _result(
    series: Series,
    bounds: NDArray[np.int64],
    structure: NDArray[np.float64],
    optimal: bool,
    x: Any,
) -> Segmentation:
    whole = np.array([0, series.n])
    return Segmentation(
        family=series.family,
        n=series.n,
        cuts=bounds[1:-1].astype(np.int64),
        parameters=tuple(series.parameters(int(a), int(b)) for a, b in pairwise(bounds)),
        scale=series.scale,
        complexity_bits=_extra(series, bounds),
        structure_bits=float(structure[bounds.size - 2]),
        data_bits=_fit(series, bounds),
        null_bits=_fit(series, whole) + _extra(series, whole) + float(structure[0]),
        optimal=optimal,
        values=np.asarray(list(x) if isinstance(x, str) else x),
    )
