"""What segments are made of: five families, each coded by normalised maximum likelihood.

===========  ===============================================  ====================================
family       a segment                                        its complexity is restricted to
===========  ===============================================  ====================================
gaussian     mean and standard deviation of its own           means in the range, deviation >= scale
mean         a mean; `scale` is everyone's deviation          means in the range
linear       a straight line and a deviation of its own       ends of the line, deviation >= scale
poisson      counts with a mean of its own                    means up to the greatest count
multinomial  symbols with frequencies of its own              nothing: it is finite
===========  ===============================================  ====================================

The range of means is four times that of the whole series, which lies in its middle, and at least 8
`scale`; it, `scale` and the alphabet count as known to both sides. With deviations below `scale`
fitted as `scale`, a single item costs log2 of that range, and no length of segments needs to be
forbidden. (If it were the range of the series, n segments of one item would code noise in fewer
bits than a Gaussian: the range says much about few items.) Of k mean parameters
b = (X'X)^-1 X'x and n items, the maximised likelihood integrates to

    C = V sqrt(det X'X) (2 pi)^(-k/2) [ A (2 / k) s^-k + s^-k P(chi2_{n-k} <= n) ],
    A = n^((n-k)/2) e^(-n/2) / (2^((n-k)/2) Gamma((n-k)/2)),  A = 0 for n = k,

with s = `scale` and V the volume of the b: the first part is where the deviation exceeds s, the
second where it is held there. A line is given by its two ends; fitted ends lie at most a third of
the series' range outside of it.

References:
    Y. M. Shtarkov, Universal sequential coding of single messages, 1987: NML.
    P. Grünwald, The Minimum Description Length Principle, MIT Press 2007, chapter 11: restricted
        families where the complexity is infinite.
    P. Kontkanen and P. Myllymäki, MDL histogram density estimation, AISTATS 2007: the multinomial.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import as_array, integer, one_of
from mdl.families._family import as_real, as_scale
from mdl.families.poisson import poisson_nats
from mdl.histogram.grid import as_values, default_precision
from mdl.nml.multinomial import multinomial_complexity
from mdl.segmentation import _kernels as kernels

__all__ = ["FAMILIES", "Series", "as_segment_scale", "as_series", "complexities"]

FAMILIES = {
    "gaussian": kernels.GAUSSIAN,
    "mean": kernels.MEAN,
    "poisson": kernels.POISSON,
    "multinomial": kernels.MULTINOMIAL,
    "linear": kernels.LINEAR,
}
"""Name -> its number in the kernels."""

_FINEST = 1e-6
"""The least scale, of the range: prefix sums of squares hold no more digits."""
_LEAST = 1e-140
"""The least range and the least scale: their squares are doubles."""
_COUNTS = 1 << 20
"""Sums of counts up to which Poisson complexities are added up; beyond, Euler and Maclaurin."""
_LETTERS = 256


@dataclass(frozen=True)
class Series:
    """A series as the kernels take it: moved to mean 0 where it is real.

    Attributes:
        family: name.
        sums: prefix sums, (p, n + 1).
        extra: bits of a segment besides its fit, by length, (n + 1,).
        scale: the least (or everyone's) standard deviation; 0 where there is none.
        centre: what was subtracted.
        letters: the symbols of "multinomial", ascending; else empty.
    """

    family: str
    sums: NDArray[np.float64]
    extra: NDArray[np.float64]
    scale: float
    centre: float
    letters: NDArray[Any]

    @property
    def n(self) -> int:
        """Number of items."""
        return self.sums.shape[1] - 1

    def parameters(self, first: int, last: int) -> dict[str, Any]:
        """The maximum likelihood estimates of a segment."""
        sums, n = self.sums[:, last] - self.sums[:, first], last - first
        if self.family == "multinomial":
            shares = (sums / n).tolist()
            return {"shares": dict(zip(self.letters.tolist(), shares, strict=True))}
        mean = float(sums[0]) / n
        if self.family == "poisson":
            return {"mean": mean}
        if self.family == "mean":
            return {"mean": mean + self.centre}
        rest = max(float(sums[1]) - n * mean * mean, 0.0)
        slope = 0.0
        if self.family == "linear" and n > 1:
            spread = n * (n * n - 1) / 12
            covariance = float(sums[2]) - (first + last - 1) / 2 * float(sums[0])
            slope = covariance / spread
            rest = max(rest - covariance * slope, 0.0) if n > 2 else 0.0
        deviation = max(math.sqrt(rest / n), self.scale)
        found = {"mean": mean + self.centre, "standard_deviation": deviation}
        return found | ({"slope": slope} if self.family == "linear" else {})


def as_series(x: ArrayLike, family: str, scale: float | None) -> Series:
    """Check a series and sum it up.

    Args:
        x: (n,): real numbers; counts for "poisson"; for "multinomial" up to 256 different symbols.
        family: one of `FAMILIES`.
        scale: see the module. By default the median distance of successive items, over 0.954, as of
            Gaussian noise (for "gaussian" and "linear" a tenth of that), but at least half the
            precision (see `mdl.histogram.as_grid`) and 1e-6 of the range.

    Raises:
        TypeError, ValueError: the data, the family or the scale are not accepted.
    """
    one_of("family", family, FAMILIES)
    if family == "multinomial":
        if scale is not None:
            raise ValueError(f"scale: got {scale}, accepted is None for 'multinomial'")
        return _symbols(x)
    values = as_values(x).astype(np.float64)
    if family == "poisson":
        if scale is not None:
            raise ValueError(f"scale: got {scale}, accepted is None for 'poisson'")
        return _counted(values)
    low, high = float(values.min()), float(values.max())
    spread = high - low
    if not spread < 1e150 or 0 < spread < _LEAST:  # squares, and their sums, stay doubles
        raise ValueError(
            f"x: got {low:g} to {high:g}, accepted is a range from {_LEAST:g} to below 1e150; "
            "scale it"
        )
    scale = _default_scale(values, family, spread) if scale is None else as_segment_scale(scale)
    if scale < _FINEST * spread:
        raise ValueError(
            f"scale: got {scale:g}, accepted is at least {_FINEST:g} of the range, "
            f"{_FINEST * spread:g}"
        )
    centre = float(values.mean())
    moved = values - centre
    parts = [moved, moved * moved] + (
        [moved * np.arange(values.size)] if family == "linear" else []
    )
    extra = complexities(family, values.size, spread=max(4 * spread, 8 * scale), scale=scale)
    return Series(family, _prefix(parts), extra, scale, centre, np.zeros(0))


def complexities(
    family: str, n: int, *, spread: float = 1.0, scale: float = 1.0, alphabet_size: int = 2
) -> NDArray[np.float64]:
    """Parametric complexity of segments of 0, 1, ..., n items, in bits, (n + 1,); entry 0 is 0.

    Args:
        family: one of `FAMILIES`.
        n: the greatest length, at least 0.
        spread: the length of the range of means; for "poisson" the greatest mean.
        scale: the least, or everyone's, standard deviation.
        alphabet_size: of "multinomial".

    Raises:
        TypeError, ValueError: an argument is out of range.
    """
    code = FAMILIES[one_of("family", family, FAMILIES)]
    integer("n", n, 0)
    integer("alphabet_size", alphabet_size, 1)
    as_segment_scale(scale)
    if code == kernels.POISSON:
        as_real("spread", spread, low=0)
    else:
        as_scale("spread", spread)
    lengths = np.arange(1, n + 1)
    if code == kernels.MULTINOMIAL:
        bits = multinomial_complexity(alphabet_size, lengths)
    elif code == kernels.POISSON:
        bits = _poisson_complexity(lengths.astype(np.float64) * float(math.floor(spread)))
    else:
        bits = _regression_complexity(code, lengths.astype(np.float64), spread, scale)
    return np.concatenate([[0.0], bits])


def _regression_complexity(
    code: int, n: NDArray[np.float64], spread: float, scale: float
) -> NDArray[np.float64]:
    from scipy.special import gammainc, gammaln

    line = (code == kernels.LINEAR) & (n > 1)
    k = np.where(line, 2.0, 1.0)
    # two ends as parameters: X has rows (1 - u, u) with u = 0, 1 / (n - 1), ..., 1
    ends = np.log(np.maximum(n * n * (n + 1) / (12 * np.maximum(n - 1, 1)), 1e-300))
    determinant = np.where(line, ends, np.log(n))
    volume = math.log(spread) + np.where(line, math.log(spread), 0.0)
    head = volume + determinant / 2 - k / 2 * math.log(2 * math.pi) - k * math.log(scale)
    if code == kernels.MEAN:
        return head / math.log(2)
    freedom = np.maximum(n - k, 0.5)
    above = freedom / 2 * np.log(n / 2) - n / 2 - gammaln(freedom / 2) + np.log(2 / k)
    held = gammainc(freedom / 2, n / 2)  # P(chi2 <= n)
    part = np.where(n > k, np.log(np.exp(above) + held), 0.0)
    return (head + part) / math.log(2)


def _poisson_complexity(most: NDArray[np.float64]) -> NDArray[np.float64]:
    """log2 sum_{s=0}^{most} s^s e^-s / s!: a sum s has that probability under its own mean."""
    from scipy.special import gammaln, xlogy

    top = int(min(most.max(initial=0.0), _COUNTS))
    s = np.arange(top + 1, dtype=np.float64)
    sums = np.cumsum(np.exp(xlogy(s, s) - s - gammaln(s + 1)))
    total = sums[np.minimum(most, top).astype(np.int64)]
    beyond = most > top
    if beyond.any():
        a, b = float(top), most[beyond]
        # 1 / sqrt(2 pi s) (1 - 1 / (12 s)) (Stirling), summed from a + 1 to b (Euler, Maclaurin)
        root = 2 * (np.sqrt(b) - math.sqrt(a)) + (b**-0.5 - a**-0.5) * (0.5 + 1 / 6)
        total[beyond] += (root - (b**-1.5 - a**-1.5) / 12) / math.sqrt(2 * math.pi)
    return np.log2(total)


def _symbols(x: ArrayLike) -> Series:
    values = as_array("x", list(x) if isinstance(x, str) else x, "accepted are symbols (n,)")
    if values.dtype.kind not in "iubU":
        raise TypeError(f"x: got items of type {values.dtype}, accepted are integers or characters")
    if values.ndim != 1 or not values.size:
        raise ValueError(f"x: got shape {values.shape}, accepted is at least 1 symbol (n,)")
    letters, codes = np.unique(values, return_inverse=True)
    if letters.size > _LETTERS:
        raise ValueError(f"x: got {letters.size} different symbols, accepted are {_LETTERS}")
    parts = [codes == letter for letter in range(letters.size)]
    extra = complexities("multinomial", values.size, alphabet_size=letters.size)
    return Series("multinomial", _prefix(parts), extra, 0.0, 0.0, letters)


def _counted(values: NDArray[np.float64]) -> Series:
    if values.min() < 0 or not np.array_equal(values, np.floor(values)) or values.max() > 2**40:
        raise ValueError("x: accepted for 'poisson' are integers from 0 to 2^40")
    extra = complexities("poisson", values.size, spread=float(values.max()))
    # under the mean of all, as logarithms of factorials would lose the digits of large counts
    mean = np.full(values.size, float(values.mean()) or 1.0)
    sums = _prefix([values, poisson_nats(values, mean), mean])
    return Series("poisson", sums, extra, 0.0, 0.0, np.zeros(0))


def _prefix(parts: list[Any]) -> NDArray[np.float64]:
    sums = np.cumsum(np.array(parts, np.float64), axis=1)
    return np.ascontiguousarray(np.concatenate([np.zeros((len(parts), 1)), sums], axis=1))


def _default_scale(values: NDArray[np.float64], family: str, spread: float) -> float:
    if spread == 0:
        raise ValueError("x: got a constant series, from which no scale follows; give scale=")
    noise = float(np.median(np.abs(np.diff(values)))) / 0.9538725524  # of N(0, 2), median |.|
    # with deviations from half the precision on, no recorded value has a probability above 1
    half = default_precision(values, spread) / 2
    return max(noise if family == "mean" else noise / 10, half, _FINEST * spread)


def as_segment_scale(scale: Any) -> float:
    """A positive number whose square is a double.

    Raises:
        TypeError, ValueError: it is none.
    """
    if isinstance(scale, bool) or not isinstance(scale, int | float | np.number):
        raise TypeError(f"scale: got {scale!r}, accepted is a positive number")
    if not _LEAST <= float(scale) < 1e150:
        raise ValueError(
            f"scale: got {scale}, accepted is a positive number, from {_LEAST:g} to below 1e150"
        )
    return float(scale)
