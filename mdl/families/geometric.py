"""Counts of failures before a success: the geometric family.

References:
    S. de Rooij and P. Grünwald, An empirical study of minimum description length model selection
        with infinite parametric complexity, J. Math. Psychology 50(2), 2006.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mdl.families import shtarkov
from mdl.families._counting import Counting

__all__ = ["Geometric"]

_LOG2_E = math.log2(math.e)


@dataclass(frozen=True)
class Geometric(Counting):
    """The geometric family p (1 - p)^x of counts x from 0; its mean (1 - p) / p is unknown.

    "nml" without a range: the bit length of the sum (Elias gamma code), then the NML restricted to
    the sums of that length. "cnml": the first count by the Elias delta code, then the NML given it.
    "bayes": the first count so, then the posterior of the Jeffreys prior 1 / (p sqrt(1 - p)).
    "prequential": the first count so, then the mean (sum so far + 1/2) / (counts so far).
    "two-part": 2 arsinh sqrt(mean) to sqrt(12 / n), the best width.

    n = 0 takes no bits; n = 1, and counts that are all 0, are described as any others. "cnml" is
    for samples with n + first count up to 2^20 (its normaliser is right to 1e-9).

    Args:
        version: "nml", "cnml", "bayes", "prequential" or "two-part".
        mean_range: stated closed range (low, high) of the fitted mean, for "nml".

    Raises:
        TypeError, ValueError: a parameter is not of its type or out of range.

    Example:
        >>> round(Geometric("bayes").describe([2, 3, 1, 4]).total_bits, 3)
        14.408
    """

    def _called(self) -> str:
        return "geometric"

    def _terms(self, n: int) -> shtarkov.Terms:
        return lambda sums: shtarkov.geometric_terms(sums, n)

    def _bits(self, sample: NDArray[np.float64], mean: float | NDArray[np.float64]) -> float:
        from scipy.special import xlog1py

        # x ln(1 + 1 / mean), which is 0 where x is 0, whatever the mean
        inverse = 1 / np.where(np.asarray(mean) > 0, mean, np.inf)
        empty = np.where((sample > 0) & (np.asarray(mean) == 0), np.inf, 0.0)
        nats = np.log1p(mean) + xlog1py(sample, inverse) + empty
        return float(np.sum(nats)) * _LOG2_E

    def _conditional_complexity(self, sample: NDArray[np.float64]) -> float:
        n, first = sample.size, float(sample[0])
        if n + first > 1 << 20:
            raise ValueError(
                f"data: got {n} counts, the first {first:g}, accepted for 'cnml' are samples with "
                "n + first up to 2^20; use 'nml'"
            )

        def joint(sums: NDArray[np.float64]) -> NDArray[np.float64]:
            return shtarkov.geometric_terms(sums, n) * _first_given_sum(first, sums, n)

        # terms fall as s^-2: one by one as far as they bend, then the integral of what is left
        end = max(1 << 12, 16 * (n + int(first)))
        total = 0.0
        for start in range(int(first), end, 1 << 16):
            total += float(
                np.sum(joint(np.arange(start, min(start + (1 << 16), end), dtype=np.float64)))
            )
        nodes, weights = np.polynomial.legendre.leggauss(24)
        u = (nodes + 1) / 2 / (end - 0.5)
        tail = float(np.sum(weights * joint(1 / u) / u**2)) / 2 / (end - 0.5)
        return math.log2(total + tail)

    def _marginal(self, sample: NDArray[np.float64]) -> float:
        from scipy.special import betaln

        return -float(betaln(sample.size, float(sample.sum()) + 0.5)) * _LOG2_E

    def _even(self, mean: float) -> float:
        return 2 * math.asinh(math.sqrt(mean))

    def _mean_of(self, even: float) -> float:
        return math.sinh(even / 2) ** 2


def _first_given_sum(first: float, sums: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """How many of the samples (m,) with these sums begin so: C(n-2+s-x, n-2) / C(n-1+s, n-1)."""
    from scipy.special import betaln

    rest = sums - first
    ways = -betaln(rest + 1, n - 1) - np.log(rest + n - 1)
    everywhere = -betaln(sums + 1, n) - np.log(sums + n)
    return np.exp(ways - everywhere)
