"""N-grams with modified Kneser-Ney smoothing: what recurrent networks have to beat.

References:
    R. Kneser and H. Ney, Improved backing-off for m-gram language modeling, ICASSP 1995.
    S. F. Chen and J. Goodman, An empirical study of smoothing techniques for language modeling,
        Computer Speech and Language 13, 1999, section 3: modified, interpolated.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from complexity.errors import integer
from neural.models import _ngram_kernels as kernels

__all__ = ["NGrams"]

_PART = 1 << 14
"""Symbols between two looks at the size of the table."""


class NGrams:
    """Counts of strings, and the probabilities of the next symbol; learns as it goes.

    Args:
        symbols: of the alphabet, K; they are the numbers 0 to K - 1.
        order: symbols of the longest context, at least 1.

    Raises:
        TypeError, ValueError: they are no integers, or below 1.

    Example:
        >>> model = NGrams(2, 3)
        >>> model.learn(np.array([0, 1] * 50))
        >>> model.predict()[3].round(3)
        array([0.998, 0.002])
    """

    def __init__(self, symbols: int, order: int) -> None:
        self.symbols = integer("symbols", symbols, 1)
        self.order = integer("order", order, 1)
        self.longest = -1
        """Symbols of the longest context known at the last prediction; -1 for none at all."""
        self._text, self._size = np.zeros(1 << 10, np.int64), 0
        self._keys, self._taken = np.zeros(1 << 12, np.uint64), 0
        self._counts = np.zeros((1 << 12, kernels.FIELDS), np.int32)
        self._tally = np.zeros((order + 1, 5), np.int64)

    def learn(self, text: NDArray[np.int64]) -> None:
        """Count what comes next, (n,) symbols.

        Raises:
            TypeError: they are no integers.
            ValueError: one is out of range.
        """
        found = self._checked(text)
        for start in range(0, found.size, _PART):
            self._learn(found[start : start + _PART])

    def predict(self) -> NDArray[np.float64]:
        """Probabilities of the next symbol, (order + 1, K): by contexts of 0 to `order` symbols."""
        out = np.empty((self.order + 1, self.symbols))
        self.longest = kernels.predict(
            self._text, self._size, self._keys, self._counts, self._tally, out
        )
        return out

    def bits(self, text: NDArray[np.int64]) -> NDArray[np.float64]:
        """The codelength of what comes next by each order, (order + 1,) bits; nothing is learned.

        Raises:
            TypeError: they are no integers.
            ValueError: a symbol is out of range.
        """
        whole = np.concatenate([self._text[: self._size], self._checked(text)])
        total, out = np.zeros(self.order + 1), np.empty((self.order + 1, self.symbols))
        kernels.spend(
            whole, self._size, whole.size, self._keys, self._counts, self._tally, out, total
        )
        return total

    def _checked(self, text: NDArray[np.int64]) -> NDArray[np.int64]:
        given = np.asarray(text)
        if given.size and given.dtype.kind not in "iub":
            raise TypeError(f"text: got {given.dtype}, accepted are integers")
        found = given.astype(np.int64, copy=False)
        if found.size and not 0 <= found.min() <= found.max() < self.symbols:
            raise ValueError(f"text: accepted are symbols from 0 to {self.symbols - 1}")
        return found

    def _learn(self, part: NDArray[np.int64]) -> None:
        stop = self._size + part.size
        if stop > self._text.size:
            more = np.zeros(2 * stop - self._text.size, np.int64)
            self._text = np.concatenate([self._text, more])
        self._text[self._size : stop] = part
        self._reserve(2 * (self.order + 1) * part.size)
        self._taken += kernels.learn(
            self._text, self._size, stop, self.order + 1, self._keys, self._counts, self._tally
        )
        self._size = stop

    def _reserve(self, more: int) -> None:
        """Keep at least a third of the places free."""
        size = self._keys.size
        while 3 * (self._taken + more) > 2 * size:
            size *= 2
        if size > self._keys.size:
            keys, counts = np.zeros(size, np.uint64), np.zeros((size, kernels.FIELDS), np.int32)
            kernels.move(self._keys, self._counts, keys, counts)
            self._keys, self._counts = keys, counts
