"""Counts of independent events: the Poisson family.

References:
    S. de Rooij and P. Grünwald, An empirical study of minimum description length model selection
        with infinite parametric complexity, J. Math. Psychology 50(2), 2006: restricted ANML,
        conditional NML, Bayes after the first count, and the plug-in code, whose redundancy is
        (var P / var M) / 2 log2 n for data of another variance than the model's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mdl.families import shtarkov
from mdl.families._counting import Counting

__all__ = ["Poisson", "poisson_nats"]

_LOG2_E = math.log2(math.e)


def poisson_nats(
    counts: NDArray[np.float64], mean: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """-ln of the probabilities of counts (n,) under a common mean, or one each.

    x ln(x / mean) - (x - mean) and what is left for mean x: the logarithm of x! itself would lose
    all digits of large counts.
    """
    means = np.asarray(mean, np.float64)
    away = counts - means
    with np.errstate(divide="ignore", invalid="ignore"):  # what is not chosen, and counts of 0
        near = np.log1p(away / means)
        ratio = np.where(np.abs(away) < means / 2, near, np.log(counts / means))
        scaled = np.where(counts > 0, counts * ratio, 0.0)
    return scaled - away - np.log(shtarkov.poisson_terms(counts))


@dataclass(frozen=True)
class Poisson(Counting):
    """The Poisson family; its mean is unknown. Its codes are codes of sequences of counts.

    "nml" without a range: the bit length of the sum (Elias gamma code), then the NML restricted to
    the sums of that length. "cnml": the first count by the Elias delta code, then the NML given it.
    "bayes": the first count so, then the posterior of the Jeffreys prior 1 / sqrt(mean).
    "prequential": the first count so, then the mean (sum so far + 1/2) / (counts so far).
    "two-part": 2 sqrt(mean) to sqrt(12 / n), the best width.

    n = 0 takes no bits; n = 1, and counts that are all 0, are described as any others. "cnml" is
    for samples with n (first count + 60) up to 2^24.

    Args:
        version: "nml", "cnml", "bayes", "prequential" or "two-part".
        mean_range: stated closed range (low, high) of the fitted mean, for "nml".

    Raises:
        TypeError, ValueError: a parameter is not of its type or out of range.

    Example:
        >>> round(Poisson("bayes").describe([2, 3, 1, 4]).total_bits, 3)
        12.469
    """

    def _called(self) -> str:
        return "poisson"

    def _terms(self, n: int) -> shtarkov.Terms:
        return shtarkov.poisson_terms

    def _bits(self, sample: NDArray[np.float64], mean: float | NDArray[np.float64]) -> float:
        return float(np.sum(poisson_nats(sample, mean))) * _LOG2_E

    def _conditional_complexity(self, sample: NDArray[np.float64]) -> float:
        from scipy.stats import binom

        n, first = sample.size, float(sample[0])
        # given its sum the first count is binomial; beyond it falls by more than e^-40
        limit = int(n * (first + 60 + 12 * math.sqrt(first)))
        if limit > 1 << 24:
            raise ValueError(
                f"data: got {n} counts, the first {first:g}, accepted for 'cnml' are samples with "
                "n (first + 60) up to 2^24; use 'nml'"
            )
        total = 0.0
        for start in range(int(first), limit + 1, 1 << 16):
            sums = np.arange(start, min(start + (1 << 16), limit + 1), dtype=np.float64)
            total += float(np.sum(shtarkov.poisson_terms(sums) * binom.pmf(first, sums, 1 / n)))
        return math.log2(total)

    def _marginal(self, sample: NDArray[np.float64]) -> float:
        total = float(sample.sum())
        if total < 100:
            rest = (total * math.log(total) - total if total else 0.0) - math.lgamma(total + 0.5)
        else:  # Stirling's series about the half; the next term is below 1e-13
            rest = -0.5 * math.log(2 * math.pi) + 1 / (24 * total) - 7 / (2880 * total**3)
        best = float(np.sum(poisson_nats(sample, total / sample.size)))
        return (best + 0.5 * math.log(sample.size) + rest) * _LOG2_E

    def _even(self, mean: float) -> float:
        return 2 * math.sqrt(mean)

    def _mean_of(self, even: float) -> float:
        return (even / 2) ** 2
