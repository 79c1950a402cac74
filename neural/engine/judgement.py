"""Is a claim shown? A mean over seeds with its interval, and a verdict that follows from it.

A check is *shown* where the whole interval is on the claim's side, *not shown* where the whole of
it is on the other, and *inconclusive* where it holds zero: more seeds, or a longer run, would tell.
A claim is shown where all its checks are, not shown where one is not. A check of which a number is
not known, or infinite, is inconclusive.

References:
    Student (W. S. Gosset), The probable error of a mean, Biometrika 6(1), 1908.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mdl.description import plain

if TYPE_CHECKING:
    from neural.engine.paper import Check

__all__ = ["LEVEL", "Judgement", "Verdict", "judge", "mean_interval", "overall"]

LEVEL = 0.95
"""Of the intervals, two-sided."""


class Verdict(StrEnum):
    """What the intervals say of a claim."""

    SHOWN = "shown"
    NOT_SHOWN = "not shown"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Judgement:
    """A check over seeds.

    Attributes:
        what: the inequality.
        numbers: by how much it holds, seed by seed; positive is for the claim.
        mean: of the numbers.
        low, high: of the 95 % interval of the mean by Student's t; infinite for one seed.
        verdict: what follows.
        metric: that is compared; "" in results of before it was kept.
    """

    what: str
    numbers: tuple[float, ...]
    mean: float
    low: float
    high: float
    verdict: Verdict
    metric: str = ""

    def to_dict(self) -> dict[str, Any]:
        """All of it as JSON values; an infinite end is None."""
        return {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}


def mean_interval(numbers: Sequence[float], *, level: float = LEVEL) -> tuple[float, float, float]:
    """The mean of independent numbers and its interval by Student's t.

    Args:
        numbers: one or more.
        level: of the two-sided interval.

    Returns:
        Mean, low, high; the ends are infinite for a single number, and where one is infinite.

    Raises:
        ValueError: there is none, or one is NaN.
    """
    if not numbers or any(math.isnan(each) for each in numbers):
        raise ValueError(f"numbers: got {list(numbers)}, accepted are one or more, none NaN")
    count = len(numbers)
    if any(math.isinf(each) for each in numbers):  # of both signs: no mean
        return sum(numbers), -math.inf, math.inf
    mean = math.fsum(numbers) / count
    if count == 1:
        return mean, -math.inf, math.inf
    from scipy.stats import t

    spread = math.sqrt(math.fsum((each - mean) ** 2 for each in numbers) / (count - 1) / count)
    half = float(t.ppf((1 + level) / 2, count - 1)) * spread
    return mean, mean - half, mean + half


def judge(check: Check, metrics: Iterable[Mapping[str, Mapping[str, float]]]) -> Judgement:
    """A check over seeds.

    Args:
        check: what is to hold.
        metrics: for every seed, arm -> metric -> value.

    Raises:
        ValueError: no seed.
        KeyError: an arm is missing.
    """
    numbers = tuple(float(check.number(each)) for each in metrics)
    if any(math.isnan(each) for each in numbers):
        unknown = math.nan, -math.inf, math.inf
        return Judgement(check.what, numbers, *unknown, Verdict.INCONCLUSIVE, check.metric)
    mean, low, high = mean_interval(numbers)
    verdict = Verdict.INCONCLUSIVE
    if low > 0:
        verdict = Verdict.SHOWN
    elif high < 0 or (low == high == 0):  # exactly equal, every time: not better
        verdict = Verdict.NOT_SHOWN
    return Judgement(check.what, numbers, mean, low, high, verdict, check.metric)


def overall(judgements: Sequence[Judgement]) -> Verdict:
    """The verdict on a claim of several checks; inconclusive without any."""
    found = {each.verdict for each in judgements}
    if Verdict.NOT_SHOWN in found:
        return Verdict.NOT_SHOWN
    return Verdict.SHOWN if found == {Verdict.SHOWN} else Verdict.INCONCLUSIVE
