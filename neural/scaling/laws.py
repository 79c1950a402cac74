r"""Power laws through points: y = (scale / x)^exponent + offset, with intervals by resampling.

The fit is by least squares of log y, as losses scatter in proportion to themselves. Intervals are
Student's t, with the deviation of resampled fits: of whole seeds where there are several, of points
where there is one; they tell what the sample says of the law, not how far a single point may fall
from it. Percentiles of so few would be far too narrow: of three seeds they hold the truth in 72 of
100 samples, of two in 56.

References:
    J. Kaplan et al., Scaling laws for neural language models, 2020, equations 1.1 to 1.4.
    B. Efron, Bootstrap methods: another look at the jackknife, Annals of Statistics 7(1), 1979.
    T. C. Hesterberg, What teachers should know about the bootstrap, The American Statistician
        69(4), 2015: how narrow percentiles of small samples are, and t with a resampled deviation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import integer
from mdl.description import plain

__all__ = ["HeldOut", "PowerLaw", "fit", "frontier", "held_out"]

Floats = NDArray[np.float64]

LEVEL = 0.95
"""Of the intervals, two-sided."""


@dataclass(frozen=True, eq=False, repr=False)
class PowerLaw:
    """y = exp(intercept) x^-exponent + offset; a quantity that grows has a negative exponent.

    Attributes:
        exponent: alpha.
        intercept: log of the coefficient.
        offset: what remains for x without end, 0 unless it was fitted.
        r2: the share of the variance of log y that the law explains.
        rms: root of the mean squared residual of log y: 0.01 is a scatter of 1 %.
        low, high: of the exponent's 95 % interval; equal to it for a law that was not fitted,
            infinite where there are no more points than numbers that are fitted.
        resampled: what the interval is over: "seeds", "points" or "nothing".
        samples: (R, 3) exponent, intercept and offset of the resampled fits.
        reach: of an interval to either side, in standard deviations of these.
    """

    exponent: float
    intercept: float
    offset: float = 0.0
    r2: float = math.nan
    rms: float = math.nan
    low: float = math.nan
    high: float = math.nan
    resampled: Literal["seeds", "points", "nothing"] = "nothing"
    samples: Floats = field(default_factory=lambda: np.empty((0, 3)))
    reach: float = math.nan

    @classmethod
    def of_scale(cls, exponent: float, scale: float) -> PowerLaw:
        """The law (scale / x)^exponent, as Kaplan et al. write theirs."""
        found = exponent * math.log(scale)
        return cls(exponent, found, low=exponent, high=exponent)

    @property
    def scale(self) -> float:
        """The x at which the law, without its offset, is 1; infinite where it is no float."""
        try:
            return math.exp(self.intercept / self.exponent)
        except (OverflowError, ZeroDivisionError):
            return math.inf

    def __call__(self, x: ArrayLike) -> Floats:
        """What the law says of x > 0, in the shape of x."""
        return _law(np.asarray(x, float), self.exponent, self.intercept, self.offset)

    def interval(self, x: float) -> tuple[float, float]:
        """The 95 % interval of the law's value at x, by the resampled fits: symmetric in log y.

        Raises:
            ValueError: the law was not fitted.
        """
        if not len(self.samples):
            raise ValueError("interval: this law was not fitted, and has no resampled fits")
        values = np.log(_law(np.asarray(x, float), *self.samples.T))
        low, high = _ends(math.log(float(self(x))), values, self.reach)
        with np.errstate(over="ignore"):
            return float(np.exp(low)), float(np.exp(high))

    def __repr__(self) -> str:
        text = f"PowerLaw(exponent {self.exponent:.4g}"
        if len(self.samples):
            text += f" [{self.low:.4g}, {self.high:.4g}] over {self.resampled}"
        text += f", scale {self.scale:.4g}"
        if self.offset:
            text += f", offset {self.offset:.4g}"
        return text + ("" if math.isnan(self.r2) else f", R2 {self.r2:.4f}") + ")"

    def to_dict(self) -> dict[str, Any]:
        """All but the samples, as JSON values; what is not finite is None."""
        names = ("exponent", "scale", "offset", "r2", "rms", "low", "high", "resampled")
        return {name: plain(getattr(self, name)) for name in names}


@dataclass(frozen=True)
class HeldOut:
    """A law fitted without the largest x, and what it says of them.

    Attributes:
        law: of the others.
        x: (k,) that were held out.
        found: (k,) y there, means over seeds.
        predicted: (k,) by the law.
        errors: (k,) (predicted - found) / found.
    """

    law: PowerLaw
    x: Floats
    found: Floats
    predicted: Floats

    @property
    def errors(self) -> Floats:
        """Relative errors, positive where the law says too much."""
        return (self.predicted - self.found) / self.found


def fit(
    x: ArrayLike, y: ArrayLike, *, offset: bool = False, resamples: int = 1000, seed: int = 0
) -> PowerLaw:
    """The power law through points.

    Args:
        x: (n,) positive: parameters, symbols, or computation.
        y: (n,) positive, or (seeds, n) of several runs at the same x.
        offset: whether a constant remains for x without end; needs three different x.
        resamples: fits for the interval; 0 for none.
        seed: of the resampling.

    Raises:
        TypeError, ValueError: an argument is out of range, or there are fewer than two (with an
            offset three) different x.

    Example:
        >>> law = fit([1e3, 1e4, 1e5], [4.0, 2.0, 1.0])
        >>> round(law.exponent, 6), round(float(law(1e6)), 6)
        (0.30103, 0.5)
    """
    x, rows = _points(x, y)
    integer("resamples", resamples, 0)
    rng = np.random.default_rng(integer("seed", seed, 0))
    least = 3 if offset else 2
    if len(np.unique(x)) < least:
        raise ValueError(f"x: got {len(np.unique(x))} different, accepted are at least {least}")
    every = np.tile(x, len(rows)), rows.ravel()
    exponent, intercept, rest = _fitted(*every, offset=offset)
    residuals = np.log(every[1]) - np.log(_law(every[0], exponent, intercept, rest))
    variance = np.log(every[1]).var()
    r2 = 1 - float(np.mean(residuals**2) / variance) if variance else 0.0
    samples = []
    for _ in range(resamples):
        if len(rows) > 1:
            drawn = rows[rng.integers(len(rows), size=len(rows))]
            parts = np.tile(x, len(rows)), drawn.ravel()
        else:
            chosen = rng.integers(len(x), size=len(x))
            while len(np.unique(x[chosen])) < least:
                chosen = rng.integers(len(x), size=len(x))
            parts = x[chosen], rows[0, chosen]
        samples.append(_fitted(*parts, offset=offset))
    array = np.array(samples).reshape(-1, 3)
    reach = _reach(len(rows), 1) if len(rows) > 1 else _reach(len(x), least)
    low, high = _ends(exponent, array[:, 0], reach) if resamples else (math.nan, math.nan)
    over = "nothing" if not resamples else "seeds" if len(rows) > 1 else "points"
    rms = float(np.sqrt(np.mean(residuals**2)))
    return PowerLaw(exponent, intercept, rest, r2, rms, low, high, over, array, reach)


def held_out(x: ArrayLike, y: ArrayLike, count: int = 1, **options: Any) -> HeldOut:
    """Fit a law to all but the largest x, and compare what it says of those.

    Args:
        x, y: as of `fit`.
        count: of the largest different x that are held out, with all points there.
        options: of `fit`.

    Raises:
        TypeError, ValueError: as of `fit`; or too few x remain.
    """
    x, rows = _points(x, y)
    different = np.unique(x)
    integer("count", count, 1, max(1, len(different) - 2))
    order = np.argsort(x, kind="stable")
    known, last = np.split(order, [np.searchsorted(x[order], different[-count])])
    law = fit(x[known], rows[:, known], **options)
    return HeldOut(law, x[last], rows[:, last].mean(0), law(x[last]))


def frontier(compute: ArrayLike, loss: ArrayLike) -> tuple[Floats, Floats]:
    """The points that no other beats with as much computation or less, by computation.

    Args:
        compute, loss: (n,) of all sizes and moments of training.

    Returns:
        Computation and loss of those points; both are monotone.

    Raises:
        ValueError: they are not as many, or not positive.
    """
    x, rows = _points(compute, loss)
    if np.ndim(loss) != 1:  # a seed's points may beat another's
        raise ValueError(
            f"loss: got shape {np.shape(loss)}, accepted is (n,); consider one frontier for each "
            "seed"
        )
    order = np.lexsort((rows[0], x))
    x, y = x[order], rows[0][order]
    best = np.minimum.accumulate(y)
    kept = np.r_[True, y[1:] < best[:-1]]
    return x[kept], y[kept]


def _points(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """x (n,) and y (seeds, n), all of them positive numbers."""
    first, rows = np.asarray(x, float), np.atleast_2d(np.asarray(y, float))
    if first.ndim != 1 or rows.ndim != 2 or rows.shape[1] != len(first) or not rows.size:
        raise ValueError(
            f"y: got shape {np.shape(y)} with x of shape {np.shape(x)}, accepted is (n,) or "
            "(seeds, n) with x (n,)"
        )
    for name, each in (("x", first), ("y", rows)):
        if not (np.isfinite(each).all() and (each > 0).all()):
            raise ValueError(f"{name}: got numbers from {each.min()}, accepted are finite ones > 0")
    return first, rows


def _law(x: Floats, exponent: Any, intercept: Any, offset: Any) -> Floats:
    return np.exp(intercept - exponent * np.log(x)) + offset


def _reach(units: int, lost: int) -> float:
    """How many deviations of resampled fits an interval reaches to either side of the fit.

    Resampled fits of n units with p numbers have (n - p) / n of the variance.
    """
    from scipy.special import stdtrit

    freedom = units - lost
    if not freedom:
        return math.inf
    return float(stdtrit(freedom, (1 + LEVEL) / 2)) * math.sqrt(units / freedom)


def _ends(middle: float, resampled: Floats, reach: float) -> tuple[float, float]:
    half = math.inf if math.isinf(reach) else reach * float(resampled.std())
    return middle - half, middle + half


def _fitted(x: Floats, y: Floats, *, offset: bool) -> tuple[float, float, float]:
    """Exponent, intercept and offset of least squares in log y."""
    if not offset:
        return *_line(np.log(x), np.log(y)), 0.0
    from scipy.optimize import least_squares

    def start(rest: float) -> tuple[float, float, float]:
        return *_line(np.log(x), np.log(y - rest)), rest

    def residuals(found: Floats) -> Floats:
        return np.log(_law(x, *found)) - np.log(y)

    tried = [start(share * float(y.min())) for share in (0.0, 0.3, 0.6, 0.8, 0.9, 0.97)]
    tried.sort(key=lambda each: float(np.sum(residuals(np.array(each)) ** 2)))
    ends = [
        least_squares(residuals, each, bounds=([-np.inf, -np.inf, 0.0], np.inf),
                      x_scale=(0.1, 1.0, float(y.min())), xtol=1e-15, ftol=1e-15, gtol=1e-15)
        for each in tried[:2]
    ]  # fmt: skip
    exponent, intercept, rest = min(ends, key=lambda end: end.cost).x
    if rest < 1e-9 * y.min():  # at the bound
        return start(0.0)
    return float(exponent), float(intercept), float(rest)


def _line(u: Floats, v: Floats) -> tuple[float, float]:
    """Minus the slope, and the intercept, of v against u."""
    spread = u - u.mean()
    slope = float(spread @ (v - v.mean()) / (spread @ spread))
    return -slope, float(v.mean() - slope * u.mean())
