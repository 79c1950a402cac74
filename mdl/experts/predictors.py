"""What predicts one symbol after another, and what its predictions cost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from mdl.discrete.codelengths import MAX_ALPHA, checked_alpha

__all__ = ["Constant", "Counting", "Predictor", "sequential_bits"]

_SUM_TOLERANCE = 1e-9


@runtime_checkable
class Predictor(Protocol):
    """A sequential model of symbols 0 to K - 1; it keeps what it needs of the past."""

    def predict(self) -> NDArray[np.float64]:
        """The probabilities of the next symbol, (K,), of sum 1; changes nothing."""
        ...

    def update(self, symbol: int) -> None:
        """See the next symbol."""
        ...


class Constant:
    """The same probabilities always.

    Args:
        chances: of the symbols, (K,), of sum 1.

    Raises:
        TypeError, ValueError: they are not.
    """

    def __init__(self, chances: Sequence[float] | NDArray[Any]) -> None:
        self._chances = as_probabilities("chances", chances)

    def predict(self) -> NDArray[np.float64]:
        """The probabilities, (K,)."""
        return self._chances.copy()

    def update(self, symbol: int) -> None:
        """Check the symbol.

        Raises:
            TypeError, ValueError: it is not 0 to K - 1.
        """
        integer("symbol", symbol, 0, self._chances.size - 1)


class Counting:
    """A symbol by (its count + alpha) / (n + K alpha): the Dirichlet mixture, letter by letter.

    Args:
        alphabet_size: K.
        alpha: 1/2 for Krichevsky and Trofimov's estimator, 1 for Laplace's.

    Raises:
        TypeError, ValueError: an argument is out of range.
    """

    def __init__(self, alphabet_size: int, alpha: float = 0.5) -> None:
        integer("alphabet_size", alphabet_size, 1)
        self._weights = np.full(alphabet_size, min(checked_alpha(alpha), MAX_ALPHA))

    def predict(self) -> NDArray[np.float64]:
        """The probabilities of the next symbol, (K,)."""
        return self._weights / self._weights.sum()

    def update(self, symbol: int) -> None:
        """Count the symbol.

        Raises:
            TypeError, ValueError: it is not 0 to K - 1.
        """
        self._weights[integer("symbol", symbol, 0, self._weights.size - 1)] += 1


def sequential_bits(predictor: Predictor, symbols: Iterable[int]) -> float:
    """-log2 of the product of the predicted probabilities; the predictor sees the symbols.

    Raises:
        TypeError: `predictor` is none, or the symbols are no integers.
        ValueError: a prediction is no distribution, or a symbol has the probability 0.

    Example:
        >>> round(2 ** -sequential_bits(Counting(2), [0, 1]), 9)  # KT(1, 1) = 1/8
        0.125
    """
    checked_predictor("predictor", predictor)
    if not isinstance(symbols, Iterable):
        raise TypeError(f"symbols: got {symbols!r}, accepted are integers 0 to K - 1")
    bits = 0.0
    for position, symbol in enumerate(symbols):
        chances = as_probabilities("predict()", predictor.predict())
        chance = chances[integer("symbols", symbol, 0, chances.size - 1)]
        if chance == 0:
            raise ValueError(f"symbols: that at {position}, {symbol}, was given the probability 0")
        bits -= math.log2(chance)
        predictor.update(symbol)
    return bits


def checked_predictor(argument: str, predictor: object) -> None:
    """Raises TypeError unless it is a predictor."""
    if isinstance(predictor, type) or not isinstance(predictor, Predictor):
        raise TypeError(f"{argument}: got {predictor!r}, accepted has predict() and update(symbol)")


def as_probabilities(argument: str, values: Any) -> NDArray[np.float64]:
    """A distribution (K,) as float64.

    Raises:
        TypeError: the values are no numbers.
        ValueError: they are not of one dimension, in [0, 1] and of sum 1 to 1e-9.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{argument}: got items of type {array.dtype}, accepted are probabilities")
    if array.ndim != 1 or not array.size:
        raise ValueError(f"{argument}: got an array of shape {array.shape}, accepted is (K,)")
    array = array.astype(np.float64)
    if not np.all((array >= 0) & (array <= 1)):
        raise ValueError(f"{argument}: got {array}, accepted are probabilities from 0 to 1")
    if abs(float(array.sum()) - 1) > _SUM_TOLERANCE:
        raise ValueError(f"{argument}: got probabilities of sum {array.sum()}, accepted is 1")
    return array
