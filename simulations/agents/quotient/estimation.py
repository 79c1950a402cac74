"""A mean by strata whose weights are estimated too, with an interval that owns up to all of it.

n' programs are put into strata; of these, n are played. A stratum's weight W_h is its share of the
n', and with n_h of its programs played, y the result of a program (of both signs together) and k 1
if it counts and 0 if it was dropped, the estimate is the ratio

    R = sum_h W_h mean_h(k y) / sum_h W_h mean_h(k).

With d = k (y - R), its variance is that of sum_h W_h mean_h(d) in double sampling for
stratification, over the square of the denominator:

    (sum_h W_h^2 s_h^2(d) / n_h + sum_h W_h mean_h(d)^2 / n') / (sum_h W_h mean_h(k))^2.

References:
    J. Neyman, Contribution to the theory of sampling human populations, Journal of the American
        Statistical Association 33, 1938: double sampling, and the allocation.
    W. G. Cochran, Sampling Techniques, third edition, 1977, section 5.4 (Satterthwaite's degrees of
        freedom), 6.11 (ratios by strata), 12.2 (double sampling).
    P. Étoré and B. Jourdain, Adaptive optimal allocation in stratified sampling methods,
        Methodology and Computing in Applied Probability 12, 2010.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

__all__ = ["Estimate", "Stratum", "allocate", "estimate", "grouped", "neyman"]

LEAST = 8
"""Programs that a stratum of its own is expected to have in a test; rarer ones join a neighbour."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stratum:
    """What was found in a stratum.

    Attributes:
        names: of the strata that it joins.
        weight: its estimated probability.
        programs: how many were played.
        dropped: how many of them were dropped.
        mean: mean result of the others, NaN if there is none.
        half_width: of the mean's 95 % interval; NaN with fewer than two of them.
    """

    names: tuple[str, ...]
    weight: float
    programs: int
    dropped: int
    mean: float
    half_width: float


@dataclass(frozen=True)
class Estimate:
    """A mean with its standard error.

    Attributes:
        mean: the estimate.
        standard_error: of it.
        degrees: of freedom of the standard error (Satterthwaite).
        strata: the parts.
    """

    mean: float
    standard_error: float
    degrees: float
    strata: tuple[Stratum, ...]

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval of Student's t."""
        return _quantile(self.degrees) * self.standard_error


def _quantile(degrees: float) -> float:
    return float(stdtrit(degrees, 0.975))


def grouped(strata: Ints, kinds: int, programs: int) -> Ints:
    """The stratum of every program of the pool, from 0, after rare ones have joined a neighbour.

    Args:
        strata: (pool,) from 1 to `kinds`.
        kinds: how many there are.
        programs: how many of the pool will be played; a group is expected to have `LEAST` of them.
    """
    counts = np.bincount(strata, minlength=kinds + 1)[1:]
    share = programs / max(len(strata), 1)
    number, filled = np.zeros(kinds + 1, np.int64), 0.0
    group = 0
    for kind in range(1, kinds + 1):
        if filled >= LEAST and counts[kind - 1 :].sum() * share >= LEAST:
            group, filled = group + 1, 0.0
        number[kind] = group
        filled += counts[kind - 1] * share
    return number[strata]


def allocate(total: int, shares: Floats, least: Ints, most: Ints) -> Ints:
    """Whole numbers between `least` and `most` that sum to `total`, as near to `shares` as can be.

    Raises:
        ValueError: `total` is not between the two's sums.
    """
    if not least.sum() <= total <= most.sum():
        raise ValueError(f"total: got {total}, accepted is from {least.sum()} to {most.sum()}")
    shares = np.maximum(shares / shares.max(), 1e-9) if shares.max() > 0 else np.ones(len(shares))
    low, high = 0.0, float((most / shares).max()) + 1.0
    for _ in range(200):  # the scale at which the clipped shares sum to the total
        middle = (low + high) / 2
        if np.clip(middle * shares, least, most).sum() < total:
            low = middle
        else:
            high = middle
    ideal = np.clip(high * shares, least, most)
    counts = np.clip(np.floor(ideal + 1e-9).astype(np.int64), least, most)
    order = np.argsort(counts - ideal, kind="stable")
    while (missing := total - counts.sum()) != 0:
        step = 1 if missing > 0 else -1
        free = counts < most if step > 0 else counts > least
        for group in [g for g in order[::step] if free[g]][: abs(missing)]:
            counts[group] += step
    return counts


def neyman(groups: Ints, played: Ints, results: Floats, weights: Floats) -> Floats:
    """Shares in which to play: weight times standard deviation, by what has been played.

    Every stratum's variance is drawn towards the one within all strata by two programs' weight, so
    that none is starved on the word of a few.

    Args:
        groups: (pool,) stratum of each program.
        played: (m,) indices of the programs played.
        results: (m, agents) results, NaN where dropped; shares are for the mean of the variances.
        weights: (strata,).
    """
    sizes, sums = np.zeros(len(weights)), np.zeros(len(weights))
    for group in range(len(weights)):
        mine = results[groups[played] == group]
        mine = mine[~np.isnan(mine).any(1)]
        if len(mine):
            sizes[group] = len(mine) - 1
            sums[group] = ((mine - mine.mean(0)) ** 2).sum(0).mean()
    pooled = sums.sum() / max(sizes.sum(), 1.0)
    return weights * np.sqrt((sums + 2 * pooled) / (sizes + 2))


def estimate(
    groups: Ints, played: Ints, results: Floats, names: tuple[tuple[str, ...], ...]
) -> Estimate:
    """The mean over all programs that are not dropped.

    Args:
        groups: (pool,) stratum of each program, from 0.
        played: (m,) indices of the programs played: within a stratum, as they were drawn.
        results: (m,) their results; NaN where dropped.
        names: of every stratum.

    Raises:
        ValueError: all programs were dropped, or a stratum has fewer than two programs played.
    """
    weights = np.bincount(groups, minlength=len(names)) / len(groups)
    counts = np.bincount(groups[played], minlength=len(names))
    if counts.min() < 2:
        raise ValueError(f"played: got {counts.min()} programs of a stratum, accepted are two")
    kept = ~np.isnan(results)
    if not kept.any():
        raise ValueError("programs: all that were played were over time")

    def means(values: Floats) -> Floats:
        return np.bincount(groups[played], values, minlength=len(names)) / counts

    share = weights @ means(kept.astype(float))
    mean = weights @ means(np.where(kept, results, 0.0)) / share
    residuals = np.where(kept, results - mean, 0.0)
    centres = means(residuals)
    spread = means((residuals - centres[groups[played]]) ** 2) * counts / (counts - 1)
    within = weights**2 * spread / counts
    between = weights @ centres**2 / len(groups)
    variance = within.sum() + between
    freedom = (within**2 / (counts - 1)).sum() + between**2 / max(len(groups) - 1, 1)
    return Estimate(
        mean=float(mean),
        standard_error=float(np.sqrt(variance) / share),
        degrees=float(variance**2 / freedom) if freedom > 0 else float(counts.sum() - 1),
        strata=tuple(
            _stratum(name, weight, results[groups[played] == group])
            for group, (name, weight) in enumerate(zip(names, weights, strict=True))
        ),
    )


def _stratum(names: tuple[str, ...], weight: float, results: Floats) -> Stratum:
    kept = results[~np.isnan(results)]
    half = float("nan")
    if len(kept) > 1:
        half = _quantile(len(kept) - 1) * float(kept.std(ddof=1)) / len(kept) ** 0.5
    mean = float(kept.mean()) if len(kept) else float("nan")
    return Stratum(names, float(weight), len(results), len(results) - len(kept), mean, half)
