"""How well one number tells two groups apart: the area under the ROC curve, with an interval.

References:
    J. A. Hanley and B. J. McNeil, The meaning and use of the area under a receiver operating
        characteristic (ROC) curve, Radiology 143 (1982), 29-36.
    H. B. Mann and D. R. Whitney, On a test of whether one of two random variables is stochastically
        larger than the other, Ann. Math. Statist. 18 (1947), 50-60.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from complexity.errors import integer

__all__ = ["Separation", "separation"]


@dataclass(frozen=True)
class Separation:
    """Whether the second group's numbers are greater than the first's.

    Attributes:
        auc: the share of pairs, one of each group, in which the second's is greater, ties counting
            half: 1 or 0 where the groups do not overlap, 1/2 where the number says nothing.
        low, high: of the bootstrap's 95 % interval, each group resampled by itself. Groups that do
            not overlap have one of no width, however few they are; look at `p_value` then.
        p_value: of the two-sided Mann-Whitney test.
        first, second: the groups' sizes.
    """

    auc: float
    low: float
    high: float
    p_value: float
    first: int
    second: int

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON values."""
        return asdict(self)


def separation(
    first: Sequence[float] | npt.NDArray[np.float64],
    second: Sequence[float] | npt.NDArray[np.float64],
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Separation:
    """Compare two groups of numbers by their ranks.

    Args:
        first, second: at least one number each, infinite ones accepted.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        ValueError: a group is empty or holds NaN.

    Example:
        >>> separation([0, 0, 1], [1, 2]).auc
        0.9166666666666666
    """
    from scipy.stats import mannwhitneyu

    groups = [np.asarray(group, np.float64) for group in (first, second)]
    for name, group in zip(("first", "second"), groups, strict=True):
        if group.ndim != 1 or not group.size or np.isnan(group).any():
            raise ValueError(f"{name}: got {group}, accepted is at least one number, none NaN")
    a, b = groups
    wins = (b[None] > a[:, None]) + 0.5 * (b[None] == a[:, None])
    random = np.random.default_rng(integer("seed", seed, 0))
    times = integer("resamples", resamples, 1)
    drawn = [random.multinomial(n, [1 / n] * n, times) for n in (a.size, b.size)]
    areas = ((drawn[0] @ wins) * drawn[1]).sum(axis=1) / wins.size
    low, high = np.quantile(areas, [0.025, 0.975])
    ranks = np.unique(np.concatenate(groups), return_inverse=True)[1]
    constant = ranks.max() == 0
    p_value = 1.0 if constant else float(mannwhitneyu(ranks[: a.size], ranks[a.size :]).pvalue)
    return Separation(float(wins.mean()), float(low), float(high), p_value, a.size, b.size)
