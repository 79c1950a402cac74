"""Sample and approximate entropy: whether stretches of a series that agree go on to agree.

Two stretches agree if no two of their values differ by more than r. Both are in nats, as in the
literature; `.bits` converts.

References:
    S. M. Pincus, Approximate entropy as a measure of system complexity, Proc. Natl. Acad. Sci. USA
        88 (1991), 2297-2301.
    J. S. Richman and J. R. Moorman, Physiological time-series analysis using approximate entropy
        and sample entropy, Am. J. Physiol. Heart Circ. Physiol. 278 (2000), H2039-H2049.
"""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.entropy import _kernels
from complexity.entropy._estimates import Estimate, series
from complexity.errors import integer

__all__ = ["ApproximateEntropy", "SampleEntropy", "approximate_entropy", "sample_entropy"]


@dataclass(frozen=True, kw_only=True)
class SampleEntropy(Estimate):
    """-ln(A / B), in nats; NaN where B is 0, infinite where only A is.

    Attributes:
        m: length of the shorter templates.
        r: tolerance, in the units of the series.
        n: length of the series.
        matches: B, pairs of templates of length m within r.
        longer_matches: A, those pairs that are within r one sample longer.
    """

    m: int
    r: float
    n: int
    matches: int
    longer_matches: int

    @property
    def bits(self) -> float:
        """The value in bits."""
        return self.value / math.log(2)


@dataclass(frozen=True, kw_only=True)
class ApproximateEntropy(Estimate):
    """phi(m) - phi(m + 1), in nats.

    Attributes:
        m: length of the shorter templates.
        r: tolerance, in the units of the series.
        n: length of the series.
        phi: mean log share of templates within r, for lengths m and m + 1, in nats.
    """

    m: int
    r: float
    n: int
    phi: tuple[float, float]

    @property
    def bits(self) -> float:
        """The value in bits."""
        return self.value / math.log(2)


def sample_entropy(x: ArrayLike, *, m: int = 2, r: float | None = None) -> SampleEntropy:
    """Sample entropy: minus the log of the share of matches that last one sample longer.

    Both lengths use the first n - m templates, no template is compared with itself, and a match is
    a distance (largest difference) of at most `r` (Richman and Moorman 2000). Time grows as n**2
    times the share of pairs within `r` in their first value.

    It lies when few pairs match: with fewer than some 10**m values it has no precision, without
    longer matches it is infinite. It is 0 for constant series and near 0 for periodic ones if `r`
    is below the gaps between their values; above, neighbours match and part again (a sine of 25
    samples a period has 0.28 nats). A trend or an outlier widens the standard deviation, hence the
    default `r`, and lowers it. Integers have many differences of exactly r: a tolerance half-way
    between them avoids that.

    Args:
        x: series (n,) of finite real numbers, booleans or integers, n at least m + 2.
        m: length of the shorter templates, at least 1.
        r: tolerance, at least 0; by default a fifth of the standard deviation of `x`.

    Raises:
        TypeError: an argument is of another type.
        ValueError: an argument is out of range, or `x` is not 1-D, not finite, or too short.
    """
    values, m, r = _arguments(x, m, r, 2)
    shorter, longer = _matches(values, m, r, values.size - m)
    b, a = int(shorter.sum()) // 2, int(longer.sum()) // 2
    value = -math.log(a / b) + 0.0 if a else (math.inf if b else math.nan)
    reasons = [_too_short(values.size, m)]
    if a == 0:
        reasons.append(f"no templates of length {m + 1 if b else m} match")
    return SampleEntropy(
        value=value,
        units="nats",
        warning="; ".join(filter(None, reasons)),
        m=m,
        r=r,
        n=values.size,
        matches=b,
        longer_matches=a,
    )


def approximate_entropy(x: ArrayLike, *, m: int = 2, r: float | None = None) -> ApproximateEntropy:
    """Approximate entropy phi(m) - phi(m + 1) (Pincus 1991, equations 1-4).

    phi(m) is the mean over the n - m + 1 templates of the log share of them within `r`; a template
    matches itself, so no logarithm is infinite.

    It lies when the series is short: a template that matches only itself counts as regularity, so
    the value is too low and grows with n; below some 10**m values it says little, and values at
    different n or r cannot be compared. It is 0 for constant series and near 0 for periodic ones if
    `r` is below the gaps between their values.

    Args:
        x: series (n,) of finite real numbers, booleans or integers, n at least m + 1.
        m: length of the shorter templates, at least 1.
        r: tolerance, at least 0; by default a fifth of the standard deviation of `x`.

    Raises:
        TypeError: an argument is of another type.
        ValueError: an argument is out of range, or `x` is not 1-D, not finite, or too short.
    """
    values, m, r = _arguments(x, m, r, 1)
    count = values.size - m + 1
    shorter, longer = _matches(values, m, r, count)
    whole = longer[:-1]  # by place in the series: only the last template has no longer one
    phi = (
        float(np.log((shorter + 1) / count).mean()),
        float(np.log((whole + 1) / (count - 1)).mean()),
    )
    return ApproximateEntropy(
        value=phi[0] - phi[1],
        units="nats",
        warning=_too_short(values.size, m),
        m=m,
        r=r,
        n=values.size,
        phi=phi,
    )


def _arguments(
    x: ArrayLike, m: int, r: float | None, templates: int
) -> tuple[NDArray[Any], int, float]:
    m = integer("m", m, 1)
    values = series(x, m + templates, f"m={m}")
    if values.dtype == np.int64 and max(-int(values.min()), int(values.max())) > 1 << 53:
        values = values.view(np.uint64) - values.min().view(np.uint64)  # differences are all
    values = values.astype(np.float64)
    if r is None:
        return values, m, 0.2 * _deviation(values)
    if not isinstance(r, numbers.Real) or isinstance(r, bool):
        raise TypeError(f"r: got {r!r}, accepted is a number of at least 0, or None")
    if not 0 <= r < math.inf:
        raise ValueError(f"r: got {r}, accepted is a finite number of at least 0")
    return values, m, float(r)


def _deviation(values: NDArray[np.float64]) -> float:
    """The standard deviation; of huge values too, whose squares would overflow."""
    largest = math.frexp(float(np.abs(values).max()))[1]
    unit = 2.0 ** max(0, largest - 400)
    return float((values / unit).std()) * unit


def _matches(
    values: NDArray[Any], m: int, r: float, count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """How many others are within r of each of `count` templates, in m and in m + 1 values."""
    padded = np.append(values, np.nan)  # the last template may be one value short: no match
    order = np.argsort(values[:count], kind="stable")
    columns = np.stack([padded[c : c + count][order] for c in range(m + 1)])
    sorted_matches = np.zeros((2, count), np.int32)
    _kernels.template_matches(columns, r, *sorted_matches)
    matches = np.empty_like(sorted_matches)
    matches[:, order] = sorted_matches
    return matches[0], matches[1]


def _too_short(n: int, m: int) -> str:
    return f"n = {n} is below 10**m = {10**m}" if n < 10**m else ""
