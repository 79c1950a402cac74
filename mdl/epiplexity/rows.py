"""Tokens as a learner meets them: rows of equal length, the first part of each given for free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from complexity.errors import as_array, integer

__all__ = ["MAX_ALPHABET", "Rows", "as_rows"]

MAX_ALPHABET = 1 << 16
"""The most kinds of tokens."""


@dataclass(frozen=True)
class Rows:
    """Rows of tokens, independent of one another, whose last part is to be described.

    Attributes:
        tokens: (n, length) int64, from 0 to alphabet_size - 1.
        given: how many tokens at the start of every row the receiver has already.
        alphabet_size: of the tokens.
    """

    tokens: NDArray[np.int64]
    given: int
    alphabet_size: int

    @property
    def length(self) -> int:
        """Tokens in a row, given ones included."""
        return self.tokens.shape[1]

    @property
    def described(self) -> int:
        """Tokens in a row that are to be described."""
        return self.length - self.given

    def __len__(self) -> int:
        return len(self.tokens)

    def split(self, share: float) -> tuple[Rows, Rows]:
        """The first rows, and the last `share` of them, at least one each."""
        last = min(max(round(share * len(self)), 1), len(self) - 1)
        cut = len(self) - last
        return (
            Rows(self.tokens[:cut], self.given, self.alphabet_size),
            Rows(self.tokens[cut:], self.given, self.alphabet_size),
        )


def as_rows(data: Any, *, alphabet_size: int | None = None, context: int = 64) -> Rows:
    """What a user gives, as rows.

    Args:
        data: tokens, integers from 0: a stream (n,), which is cut into windows of `context` (the
            few tokens behind the last whole window are left out); rows (n, length), each a
            sequence of its own; or a pair (inputs, targets) of arrays (n, a) and (n, b), where
            the targets are described to somebody who has the inputs.
        alphabet_size: of the tokens; None for one more than the greatest.
        context: length of a window.

    Raises:
        TypeError: these are no integers.
        ValueError: a shape, a token or the alphabet is out of range; fewer than two rows.
    """
    if isinstance(data, tuple):
        if len(data) != 2:
            raise ValueError(f"data: got {len(data)} arrays, accepted is a pair (inputs, targets)")
        inputs, targets = _tokens("inputs", data[0]), _tokens("targets", data[1])
        if inputs.ndim != 2 or targets.ndim != 2 or len(inputs) != len(targets):
            raise ValueError(
                f"data: got shapes {inputs.shape} and {targets.shape}, "
                "accepted are (n, a) and (n, b)"
            )
        tokens, given = np.concatenate([inputs, targets], axis=1), inputs.shape[1]
    else:
        tokens, given = _tokens("data", data), 0
        if tokens.ndim == 1:
            width = integer("context", context, 1)
            tokens = tokens[: tokens.size // width * width].reshape(-1, width)
    if tokens.ndim != 2 or len(tokens) < 2 or tokens.shape[1] <= given:
        raise ValueError(
            f"data: got {tokens.shape[0]} rows of {tokens.shape[1:]} tokens, accepted are at least "
            "2 rows of at least 1 token to describe (a smaller context cuts a stream into more)"
        )
    greatest = int(tokens.max())
    size = max(greatest + 1, 2) if alphabet_size is None else alphabet_size
    size = integer("alphabet_size", size, 2, MAX_ALPHABET)
    if int(tokens.min()) < 0 or greatest >= size:
        raise ValueError(
            f"data: got tokens from {tokens.min()} to {greatest}, accepted is 0 to {size - 1}"
        )
    return Rows(np.ascontiguousarray(tokens), given, size)


def _tokens(argument: str, values: ArrayLike) -> NDArray[np.int64]:
    array = as_array(argument, values, "accepted are integers, (n,) or (n, length)")
    if array.size and array.dtype.kind not in "iub":
        raise TypeError(f"{argument}: got {array.dtype}, accepted are integers")
    if array.ndim not in (1, 2) or not array.size:
        raise ValueError(f"{argument}: got shape {array.shape}, accepted is (n,) or (n, length)")
    if int(array.max()) >= MAX_ALPHABET:
        raise ValueError(
            f"{argument}: got the token {array.max()}, accepted is 0 to {MAX_ALPHABET - 1}"
        )
    return array.astype(np.int64)
