"""Predictors that average the predictions of others by weights that learn who is right.

After every symbol the weights are multiplied by the probabilities that the experts gave it, and
normalised; then a share of all weight is dealt out anew:

=============  ============================================================================
Bayes          nothing: the code is at most log2 E bits longer than the best of E experts'
fixed share    the rate alpha, evenly among the *other* experts (Herbster and Warmuth)
switch         1 / (t + 1) after t symbols, to every expert alike, the same one included: the
               time of the next switch has the prior 1 / (t (t + 1)), its expert 1 / E
=============  ============================================================================

So each is the forward algorithm of a Markov chain over experts, and its code is the Bayes mixture
of all E^n sequences of experts. Weights are kept as logarithms: none is ever lost.

References:
    M. Herbster and M. Warmuth, Tracking the best expert, Machine Learning 32, 1998.
    T. van Erven, P. Grünwald and S. de Rooij, Catching up faster in Bayesian model selection and
        model averaging, NIPS 2007; Catching up faster by switching sooner, J. R. Stat. Soc. B 74,
        2012.
    W. M. Koolen and S. de Rooij, Combining expert advice efficiently, COLT 2008.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.experts.predictors import Predictor, as_probabilities, checked_predictor

__all__ = ["BayesMixture", "FixedShare", "Switch", "redealt"]


class _Weights:
    """Logarithms of the weights, and how they change."""

    def __init__(
        self, experts: Sequence[Predictor], prior: Any, rate: Callable[[int], float]
    ) -> None:
        self.experts = checked_experts(experts)
        self.prior = checked_prior(prior, len(self.experts))
        with np.errstate(divide="ignore"):  # an expert of prior 0 stays out
            self.logs = np.log2(self.prior)
        self.rate, self.seen = rate, 0

    def predict(self) -> NDArray[np.float64]:
        chances = stacked(self.experts)  # (E, K)
        return np.exp2(self.logs) @ chances

    def update(self, symbol: int) -> None:
        chances = stacked(self.experts)
        checked_symbol(symbol, chances.shape[1])
        with np.errstate(divide="ignore"):
            logs = self.logs + np.log2(chances[:, symbol])
        largest = float(logs.max())
        if largest == -math.inf:
            raise ValueError(f"symbol: got {symbol}, to which every expert gives probability 0")
        logs -= largest + math.log2(float(np.exp2(logs - largest).sum()))
        self.seen += 1
        self.logs = redealt(logs, self.prior, self.rate(self.seen))
        for expert in self.experts:
            expert.update(symbol)


class BayesMixture:
    """The posterior mean of the experts' predictions.

    Args:
        experts: predictors over one alphabet, at least one; they are updated with the mixture.
        prior: their weights, (E,), of sum 1; None for even ones.

    Raises:
        TypeError: an expert is no predictor.
        ValueError: there is none, or the prior is no distribution over them.
    """

    def __init__(
        self,
        experts: Sequence[Predictor],
        *,
        prior: Sequence[float] | NDArray[Any] | None = None,
    ) -> None:
        self._weights = _Weights(experts, prior, lambda seen: 0.0)

    @property
    def weights(self) -> NDArray[np.float64]:
        """The posterior probabilities of the experts, (E,)."""
        return np.exp2(self._weights.logs)

    def predict(self) -> NDArray[np.float64]:
        """The probabilities of the next symbol, (K,)."""
        return self._weights.predict()

    def update(self, symbol: int) -> None:
        """See the next symbol; the experts see it too.

        Raises:
            TypeError, ValueError: it is not 0 to K - 1, or no expert expected it.
        """
        self._weights.update(symbol)


class FixedShare:
    """Tracks the best expert: with the chance `rate` another one is the best from now on.

    Args:
        experts: predictors over one alphabet, at least one; they are updated with the mixture.
        rate: alpha, the share given to the others after every symbol, 0 to (E - 1) / E.

    Raises:
        TypeError: an expert is no predictor.
        ValueError: there is none, or the rate is out of range.
    """

    def __init__(self, experts: Sequence[Predictor], rate: float) -> None:
        share = share_of(rate, len(checked_experts(experts)))
        self._weights = _Weights(experts, None, lambda seen: share)

    @property
    def weights(self) -> NDArray[np.float64]:
        """The probabilities that each expert is the best for the next symbol, (E,)."""
        return np.exp2(self._weights.logs)

    def predict(self) -> NDArray[np.float64]:
        """The probabilities of the next symbol, (K,)."""
        return self._weights.predict()

    def update(self, symbol: int) -> None:
        """See the next symbol; the experts see it too.

        Raises:
            TypeError, ValueError: it is not 0 to K - 1, or no expert expected it.
        """
        self._weights.update(symbol)


class Switch:
    """The switch distribution: Bayes over sequences of experts, switches ever rarer.

    Args:
        experts: predictors over one alphabet, at least one; they are updated with the mixture.

    Raises:
        TypeError: an expert is no predictor.
        ValueError: there is none.

    Example:
        >>> from mdl.experts import Constant, sequential_bits
        >>> switch = Switch([Constant([0.1, 0.9]), Constant([0.9, 0.1])])
        >>> round(200000 * 2 ** -sequential_bits(switch, [1, 1, 1, 0, 0, 0]))
        4701
    """

    def __init__(self, experts: Sequence[Predictor]) -> None:
        self._weights = _Weights(experts, None, lambda seen: 1 / (seen + 1))

    @property
    def weights(self) -> NDArray[np.float64]:
        """The probabilities that each expert is in use for the next symbol, (E,)."""
        return np.exp2(self._weights.logs)

    def predict(self) -> NDArray[np.float64]:
        """The probabilities of the next symbol, (K,)."""
        return self._weights.predict()

    def update(self, symbol: int) -> None:
        """See the next symbol; the experts see it too.

        Raises:
            TypeError, ValueError: it is not 0 to K - 1, or no expert expected it.
        """
        self._weights.update(symbol)


def redealt(
    logs: NDArray[np.float64], prior: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """log2 of weights (E,) of which a share was dealt out anew by the prior."""
    if not share:
        return logs
    return np.log2((1 - share) * np.exp2(logs) + share * prior)


def share_of(rate: float, experts: int) -> float:
    """The share to deal out to all experts alike, that gives the others `rate`.

    Raises:
        TypeError, ValueError: the rate is no number from 0 to (E - 1) / E.
    """
    most = (experts - 1) / experts
    if isinstance(rate, bool) or not isinstance(rate, int | float | np.number):
        raise TypeError(f"rate: got {rate!r}, accepted is a number from 0 to {most}")
    if not 0 <= rate <= most:
        raise ValueError(f"rate: got {rate}, accepted is a number from 0 to {most}")
    return min(float(rate) / most, 1.0) if most else 0.0


def checked_experts(experts: Sequence[Predictor]) -> list[Predictor]:
    """The experts as a list.

    Raises:
        TypeError, ValueError: one is no predictor, or there is none.
    """
    if not isinstance(experts, Iterable):
        raise TypeError(f"experts: got {experts!r}, accepted is a sequence of predictors")
    found = list(experts)
    if not found:
        raise ValueError("experts: got none, accepted is at least one")
    for expert in found:
        checked_predictor("experts", expert)
    return found


def checked_prior(prior: Any, experts: int) -> NDArray[np.float64]:
    """The prior weights (E,), even ones for None.

    Raises:
        TypeError, ValueError: they are no distribution over the experts.
    """
    if prior is None:
        return np.full(experts, 1 / experts)
    weights = as_probabilities("prior", prior)
    if weights.size != experts:
        raise ValueError(f"prior: got {weights.size} weights, accepted are {experts}")
    return weights / weights.sum()


def checked_symbol(symbol: int, alphabet_size: int) -> None:
    """Raises TypeError or ValueError unless the symbol is 0 to K - 1."""
    integer("symbol", symbol, 0, alphabet_size - 1)


def stacked(experts: Sequence[Predictor]) -> NDArray[np.float64]:
    """The predictions of all, (E, K).

    Raises:
        ValueError: one is no distribution, or of another alphabet.
    """
    rows = [as_probabilities("predict()", expert.predict()) for expert in experts]
    if len({row.size for row in rows}) > 1:
        raise ValueError(f"experts: got alphabets of {[row.size for row in rows]}, accepted is one")
    return np.stack(rows)
