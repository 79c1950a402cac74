"""Geometric mixing: a weighted product of predictions, normalised, its weights learned online.

With weights w the probability of a symbol is in proportion to prod_e p_e(a)^w_e: for two symbols
the logistic mixing of context-mixing compressors. After every symbol the weights take a step down
the gradient of its codelength in nats,

    w_e += rate (ln p_e(x) - sum_a p(a) ln p_e(a)).

They are not normalised: together, experts that are sure in different ways may be surer than each.

References:
    M. Mahoney, Adaptive weighing of context models for lossless data compression, 2005 (PAQ).
    C. Mattern, Linear and geometric mixtures: analysis, DCC 2013.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mdl.experts.mixtures import checked_experts, checked_symbol, stacked
from mdl.experts.predictors import Predictor

__all__ = ["GeometricMixture"]

MAX_RATE = 1e6
"""Weights and their products with logarithms of probabilities stay finite."""


class GeometricMixture:
    """A predictor from the product of others' predictions; weights begin at 1 / E.

    Args:
        experts: predictors over one alphabet, at least one, that never give a probability 0; they
            are updated with the mixture.
        rate: of learning, from 0 to a million.

    Raises:
        TypeError: an expert is no predictor.
        ValueError: there is none, or the rate is out of range.
    """

    def __init__(self, experts: Sequence[Predictor], *, rate: float = 0.02) -> None:
        self._experts = checked_experts(experts)
        self._rate = checked_rate(rate)
        self._weights = np.full(len(self._experts), 1 / len(self._experts))

    @property
    def weights(self) -> NDArray[np.float64]:
        """The exponents of the experts, (E,)."""
        return self._weights.copy()

    def predict(self) -> NDArray[np.float64]:
        """The probabilities of the next symbol, (K,).

        Raises:
            ValueError: an expert gives a probability 0.
        """
        return self._mixed()[1]

    def update(self, symbol: int) -> None:
        """See the next symbol and learn; the experts see it too.

        Raises:
            TypeError, ValueError: it is not 0 to K - 1, or an expert gives a probability 0.
        """
        logs, chances = self._mixed()
        checked_symbol(symbol, chances.size)
        self._weights += self._rate * (logs[:, symbol] - logs @ chances)
        for expert in self._experts:
            expert.update(symbol)

    def _mixed(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        chances = stacked(self._experts)  # (E, K)
        if not np.all(chances > 0):
            raise ValueError("experts: got a probability 0, accepted are positive ones")
        logs = np.log(chances)
        scores = self._weights @ logs
        product = np.exp(scores - scores.max())
        return logs, product / product.sum()


def checked_rate(rate: float) -> float:
    """A rate of learning.

    Raises:
        TypeError, ValueError: it is no number from 0 to a million.
    """
    if isinstance(rate, bool) or not isinstance(rate, numbers.Real):
        raise TypeError(f"rate: got {rate!r}, accepted is a number from 0 to 1e6")
    if not 0 <= (rate if isinstance(rate, int) else float(rate)) <= MAX_RATE:
        raise ValueError(f"rate: got {rate}, accepted is a number from 0 to 1e6")
    return float(rate)
