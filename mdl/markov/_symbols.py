"""Sequences as integers 0 to K - 1, and the contexts that their symbols follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from complexity._symbols import Symbols, _values, ranks
from complexity.errors import as_array, integer

__all__ = [
    "MAX_ALPHABET",
    "Counts",
    "as_symbols",
    "checked_alphabet",
    "count",
    "grouped",
    "joined",
    "pair_codes",
]

MAX_ALPHABET = 1 << 16
"""The most symbols of an alphabet."""
_SPAN = 1 << 62  # codes of contexts stay below, in int64


def as_symbols(
    argument: str, data: Symbols, alphabet_size: int | None
) -> tuple[NDArray[np.int64], int]:
    """The symbols (n,) as int64, and the alphabet's size, at least 1.

    Without an alphabet size the alphabet is the set of symbols that occur, in their order.

    Raises:
        TypeError: `data` is no text, byte string, or sequence of integers, or it is a text and the
            alphabet's size is given.
        ValueError: it has more than one dimension, or symbols outside the alphabet.
    """
    if not isinstance(data, str | bytes | bytearray | memoryview):
        values = as_array(argument, data, "accepted is one of integers (n,)")
        if values.shape == (0,):
            data = b""  # no symbols, whatever the type of their array
    if alphabet_size is None:
        try:
            symbols, size = ranks(data)
        except (TypeError, ValueError) as error:
            raise type(error)(str(error).replace("x:", f"{argument}:", 1)) from None
        if size > MAX_ALPHABET:
            raise ValueError(
                f"{argument}: got {size} different symbols, accepted are at most {MAX_ALPHABET}"
            )
        return symbols.astype(np.int64), max(size, 1)
    if isinstance(data, str):
        raise TypeError(f"{argument}: got a text; with alphabet_size accepted are integers from 0")
    octets = isinstance(data, bytes | bytearray | memoryview)
    accepted = "accepted are integers (n,) from 0"
    values = np.frombuffer(data, np.uint8) if octets else as_array(argument, data, accepted)
    if values.ndim != 1:
        raise ValueError(f"{argument}: got shape {values.shape}, accepted is a 1-D array")
    if values.size and values.dtype.kind not in "biu":
        raise TypeError(f"{argument}: got {values.dtype}, accepted are integers from 0")
    if values.size and not 0 <= int(values.min()) <= int(values.max()) < alphabet_size:
        raise ValueError(
            f"{argument}: got {int(values.min())} to {int(values.max())}, accepted are integers "
            f"from 0 to {alphabet_size - 1}; alphabet_size is {alphabet_size}"
        )
    return values.astype(np.int64), alphabet_size


def joined(
    train: Symbols, test: Symbols, alphabet_size: int | None
) -> tuple[NDArray[np.int64], int, int]:
    """Both as one sequence over one alphabet, the length of the first, and the alphabet's size.

    Raises:
        TypeError, ValueError: as `as_symbols`.
    """
    parts = []
    for name, part in (("train", train), ("test", test)):
        symbols, _ = as_symbols(name, part, alphabet_size)
        if alphabet_size is None and symbols.size:  # their values, for ranks among both
            symbols = _values(part).astype(np.int64)
        parts.append(symbols)
    symbols, size = as_symbols("train and test", np.concatenate(parts), alphabet_size)
    return symbols, parts[0].size, size


def checked_alphabet(alphabet_size: int | None) -> int | None:
    """An alphabet size as an int, or None; refused if it is neither, or out of range."""
    if alphabet_size is None:
        return None
    return integer("alphabet_size", alphabet_size, 1, MAX_ALPHABET)


def pair_codes(symbols: NDArray[np.int64], order: int, alphabet_size: int) -> NDArray[np.int64]:
    """(n - order,) a number per symbol and its context: `code // alphabet_size` is the context's.

    Contexts keep their order (that of the oldest symbol first); where there are too many of them
    for 62 bits, those that do not occur get no number.
    """
    n = max(symbols.size - order, 0)
    context, span = np.zeros(n, np.int64), 1
    for back in range(order):
        if span * alphabet_size**2 >= _SPAN:
            distinct, context = np.unique(context, return_inverse=True)
            span = max(distinct.size, 1)
        context = context * alphabet_size + symbols[back : back + n]
        span *= alphabet_size
    return context * alphabet_size + symbols[order : order + n]


@dataclass(frozen=True)
class Counts:
    """How often each symbol follows each context, for the pairs that occur.

    Attributes:
        pairs: (P,) occurrences of a context with the symbol after it, grouped by context.
        first: (C,) where each context's pairs begin.
        totals: (C,) occurrences of each context.
        contexts: (C,) the contexts' numbers.
        symbols: (P,) the symbols.
    """

    pairs: NDArray[np.int64]
    first: NDArray[np.int64]
    totals: NDArray[np.int64]
    contexts: NDArray[np.int64]
    symbols: NDArray[np.int64]

    @property
    def owners(self) -> NDArray[np.int64]:
        """(P,) index of each pair's context."""
        return np.repeat(np.arange(self.totals.size), self.support)

    @property
    def support(self) -> NDArray[np.int64]:
        """(C,) how many different symbols follow each context."""
        return np.diff(self.first, append=self.pairs.size)

    def ml_bits(self) -> NDArray[np.float64]:
        """(C,) -log2 of the maximised likelihood of the symbols after each context."""
        from scipy.special import xlogy

        apart = np.add.reduceat(xlogy(self.pairs, self.pairs), self.first)
        return np.maximum(xlogy(self.totals, self.totals) - apart, 0) / np.log(2)

    def dirichlet_bits(self, prior: float, alphabet_size: int) -> NDArray[np.float64]:
        """(C,) -log2 of the mixture under Dirichlet(prior, ..., prior) after each context."""
        from mdl.discrete.codelengths import log_rising

        whole = log_rising(prior * alphabet_size, self.totals)
        parts = np.add.reduceat(log_rising(prior, self.pairs), self.first)
        return (whole - parts) / np.log(2)


def count(codes: NDArray[np.int64], alphabet_size: int) -> Counts | None:
    """Count the pairs; None for none."""
    if not codes.size:
        return None
    if int(codes.max()) < 4 * codes.size + 1024:
        dense = np.bincount(codes)
        distinct = np.flatnonzero(dense)
        pairs = dense[distinct]
    else:
        distinct, pairs = np.unique(codes, return_counts=True)
    return grouped(distinct, pairs, alphabet_size)


def grouped(codes: NDArray[Any], pairs: NDArray[Any], alphabet_size: int) -> Counts:
    """Counts of sorted, different codes."""
    contexts = codes // alphabet_size
    first = np.flatnonzero(np.diff(contexts, prepend=-1))
    totals = np.add.reduceat(pairs, first)
    return Counts(pairs, first, totals, contexts[first], codes - contexts * alphabet_size)
