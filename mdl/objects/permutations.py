"""Permutations by their Lehmer code: log2 n! bits.

References:
    D. H. Lehmer, Teaching combinatorial tricks to a computer, Proc. Symp. Applied Math. 10, 1960.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mdl.objects import _kernels
from mdl.objects._base import Enumerated, as_integers, from_number, to_number

__all__ = ["MAX_PERMUTED", "Permutation"]

MAX_PERMUTED = 1 << 17
"""The longest permutation: a second or two for `decode` at this length."""


@dataclass(frozen=True)
class Permutation(Enumerated):
    """n as LEB128, then the index among the n! permutations in dictionary order.

    An object is an array or sequence (n,), a permutation of 0 to n - 1, n at most 131072; decoding
    gives an array of int64. None and one item take the header alone, 8 bits.

    Example:
        >>> code = Permutation()
        >>> code.encode([2, 0, 1]).hex(), round(2 ** (code.bits([2, 0, 1]) - 8))  # index 4 of 6
        ('0380', 6)
    """

    family: ClassVar[str] = "permutation"

    def _item(self, x: Any) -> NDArray[np.int64]:
        item = as_integers(x, MAX_PERMUTED)
        seen = np.zeros(item.size, bool)
        inside = item[(item >= 0) & (item < item.size)]
        seen[inside] = True
        if not seen.all():
            raise ValueError(
                f"x: got no {int(np.flatnonzero(~seen)[0])} among {item.size} items, accepted is a "
                f"permutation of 0 to {item.size - 1}; numpy.argsort makes one"
            )
        return item

    def _shape(self, item: NDArray[np.int64]) -> tuple[int]:
        return (item.size,)

    def _check(self, shape: tuple[int, ...]) -> None:
        if shape[0] > MAX_PERMUTED:
            raise ValueError(f"{shape[0]} items, of at most {MAX_PERMUTED}")

    def _least_bits(self, shape: tuple[int, ...]) -> float:
        return math.lgamma(shape[0] + 1) / math.log(2) - 1

    def _count(self, shape: tuple[int, ...], choice: int) -> int:
        return math.factorial(shape[0])

    def _rank(self, item: NDArray[np.int64], shape: tuple[int, ...], choice: int) -> int:
        return to_number(_kernels.lehmer_digits(item).tolist(), range(shape[0], 0, -1))

    def _unrank(self, index: int, shape: tuple[int, ...], choice: int) -> NDArray[np.int64]:
        digits = from_number(index, range(shape[0], 0, -1))
        return _kernels.from_lehmer_digits(np.array(digits, np.int64))
