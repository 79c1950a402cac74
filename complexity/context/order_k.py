"""Adaptive Markov codes of fixed order with the Krichevsky-Trofimov estimator.

The probability of a symbol after a context of `order` symbols is (its count in that context + 1/2)
/ (all counts there + alphabet_size / 2), which is the Bayesian mixture over all Markov sources of
that order under Jeffreys' prior of every context. Its regret is about (alphabet_size - 1) / 2 *
log2(n) bits per context, which is much for bytes: beyond order 0, `kt-bytes` is for long data.

References:
    R. E. Krichevsky and V. K. Trofimov, The performance of universal encoding, IEEE Trans. Inf.
        Theory 27(2), 1981: the estimator.
    Q. Xie and A. R. Barron, Asymptotic minimax regret for data compression, gambling, and
        prediction, IEEE Trans. Inf. Theory 46(2), 2000: Dirichlet(1/2) over larger alphabets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from complexity.context import _kernels as kernels
from complexity.context._arithmetic import BitsCodec, BytesCodec, Model
from complexity.errors import integer

__all__ = ["Kt", "KtBytes"]

_MAX_ORDER, _MAX_ORDER_BYTES = 20, 2  # tables of at most 32 MiB and 256 MiB


class _Table:
    """Counts of every prefix of a symbol in every context."""

    def __init__(self, width: int, order: int) -> None:
        self.width, self.order = width, order
        self.counts = np.zeros((1 << (width * (order + 1)), 2), np.int64)
        self.model = np.zeros(2, np.uint64)

    def advance(
        self,
        symbols: NDArray[np.uint8],
        mode: int,
        coder: NDArray[np.uint64],
        cost: NDArray[np.float64],
        buffer: NDArray[np.uint8],
    ) -> bool:
        return kernels.code_by_table(
            self.counts, self.model, coder, cost, symbols, buffer, mode, self.width, self.order
        )


@dataclass(frozen=True)
class Kt(BitsCodec):
    """Bit strings as from a Markov source of a given order; the first context is zeros.

    Args:
        order: bits of context, 0 (a coin of unknown bias) to 20; 2^order contexts.

    Raises:
        TypeError: the order is no integer.
        ValueError: it is out of range.

    Example:
        >>> round(262144 * 2 ** (8 - Kt().bits("0" * 10)))  # KT(10, 0); 8 bits say the length
        46189
    """

    order: int = 0
    family = "kt"

    def __post_init__(self) -> None:
        integer("order", self.order, 0, _MAX_ORDER)

    def _model(self) -> Model:
        return _Table(self.width, self.order)


@dataclass(frozen=True)
class KtBytes(BytesCodec):
    """Byte strings of at most 16 MiB as from a Markov source over 256 symbols; zeros before.

    Args:
        order: bytes of context, 0 to 2; 256^order contexts.

    Raises:
        TypeError: the order is no integer.
        ValueError: it is out of range.
    """

    order: int = 0
    family = "kt-bytes"

    def __post_init__(self) -> None:
        integer("order", self.order, 0, _MAX_ORDER_BYTES)

    def _model(self) -> Model:
        return _Table(self.width, self.order)
